//go:build linux

// Command matrix lets hundreds of programs crash in the same moment, round after round, and counts the records that are,
// byte for byte, what each program's own runtime wrote. It prints a table; exit status 1 where one is missing.
//
//	go run ./panicwatch/matrix [-rounds 20] [-processes 200] [-from 1]
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"panictrail.dev/go/panicwatch/internal/trial"
)

func main() {
	rounds := flag.Int("rounds", 20, "rounds of each row")
	processes := flag.Int("processes", 200, "processes that crash at once")
	from := flag.Int("from", 1, "the first row that is run")
	flag.Parse()
	trial.Command("capture-matrix", func(programs trial.Programs, folder string) error {
		return run(programs, folder, *rounds, *processes, *from)
	})
}

func run(programs trial.Programs, folder string, rounds, processes, from int) error {
	fmt.Println("| crash | goroutines each | process 1 of a namespace | rounds | processes | whole records | all records | MB | median seconds |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|")
	faulty := 0
	for i, storm := range []trial.Storm{
		{Mode: "panic", Goroutines: 4},
		{Mode: "map", Goroutines: 4},
		{Mode: "panic", Goroutines: 500},
		{Mode: "panic", Goroutines: 4, Namespace: true},
		{Mode: "panic", Goroutines: 500, Namespace: true},
		{Mode: "panic", Goroutines: 50_000, Processes: 1},
	} {
		if i+1 < from {
			continue
		}
		if storm.Processes == 0 {
			storm.Processes = processes
		}
		whole, err := row(programs, storm, folder, rounds)
		if err != nil {
			return err
		}
		if !whole {
			faulty++
		}
	}
	if faulty > 0 {
		return fmt.Errorf("rows in which records are missing, or too many: %d", faulty)
	}
	return nil
}

func row(programs trial.Programs, storm trial.Storm, folder string, rounds int) (bool, error) {
	var sum trial.Result
	var times []time.Duration
	for round := 0; round < rounds; round++ {
		place := filepath.Join(folder, fmt.Sprint("round", round))
		if err := os.Mkdir(place, 0o700); err != nil {
			return false, err
		}
		result, err := storm.Run(programs, place)
		if err != nil {
			return false, err
		}
		sum.Whole += result.Whole
		sum.Records += result.Records
		sum.Bytes += result.Bytes
		sum.Faults = append(sum.Faults, result.Faults...)
		times = append(times, result.Took)
		if err := os.RemoveAll(place); err != nil {
			return false, err
		}
	}
	want := rounds * storm.Processes
	fmt.Printf("| %s | %d | %v | %d | %d | %d of %d | %d | %.1f | %.2f |\n", storm.Mode, storm.Goroutines, storm.Namespace, rounds,
		storm.Processes, sum.Whole, want, sum.Records, float64(sum.Bytes)/1e6, trial.Median(times).Seconds())
	for _, fault := range sum.Faults {
		fmt.Fprintln(os.Stderr, fault)
	}
	return sum.Whole == want && sum.Records == want, nil
}
