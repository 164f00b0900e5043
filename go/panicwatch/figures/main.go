//go:build linux

// Command figures measures panicwatch beside what it is compared with, in the same run: how fast standard error passes,
// beside a plain pipe; how soon a command starts, beside tini. It prints tables and judges nothing: times are of a machine.
//
//	go run ./panicwatch/figures [-megabytes 200] [-rounds 7] [-tini PATH]
package main

import (
	"flag"
	"fmt"
	"path/filepath"
	"time"

	"panictrail.dev/go/panicwatch/internal/trial"
)

func main() {
	megabytes := flag.Int("megabytes", 200, "megabytes that are written to standard error each time")
	rounds := flag.Int("rounds", 7, "times that each is measured, in turn")
	tini := flag.String("tini", "", "path of tini, to compare the start with")
	flag.Parse()
	trial.Command("figures", func(programs trial.Programs, folder string) error {
		return run(programs, filepath.Join(folder, "spool"), *megabytes, *rounds, *tini)
	})
}

func run(programs trial.Programs, spool string, megabytes, rounds int, tini string) error {
	fmt.Println("| lines in a write | plain pipe, MB/s | under panicwatch, MB/s | share | share of the best | CPU ms per 100 MB, pipe | panicwatch |")
	fmt.Println("|---|---|---|---|---|---|---|")
	for _, lines := range []int{1, 50, 800} {
		if err := passed(programs, spool, megabytes, lines, rounds); err != nil {
			return err
		}
	}
	return started(programs, spool, tini, rounds*20)
}

// passed prints a row: what `PROGRAM 2>&1 | cat` passes, without and with panicwatch before PROGRAM.
func passed(programs trial.Programs, spool string, megabytes, lines, rounds int) error {
	plain := []string{programs.Crasher, "flood", fmt.Sprint(megabytes), fmt.Sprint(lines)}
	watched := append([]string{programs.Panicwatch, "--spool", spool, "--"}, plain...)
	var times [2][]time.Duration
	var cpu [2]time.Duration
	for round := 0; round < rounds; round++ {
		for i, words := range [][]string{plain, watched} {
			flow, err := trial.Pass(words)
			if err != nil {
				return err
			}
			times[i] = append(times[i], flow.Took)
			cpu[i] += flow.CPU
		}
	}
	speed := func(took time.Duration) float64 { return float64(megabytes) * 1.048576 / took.Seconds() }
	hundreds := float64(megabytes) * 1.048576 / 100 * float64(rounds)
	best, middle := [2]float64{}, [2]float64{}
	for i := range times {
		middle[i] = speed(trial.Median(times[i])) // sorts
		best[i] = speed(times[i][0])
	}
	fmt.Printf("| %d | %.0f | %.0f | %.2f | %.2f | %.0f | %.0f |\n", lines, middle[0], middle[1], middle[1]/middle[0], best[1]/best[0],
		float64(cpu[0].Milliseconds())/hundreds, float64(cpu[1].Milliseconds())/hundreds)
	return nil
}

// started prints how long `/bin/true` takes, alone and below each init.
func started(programs trial.Programs, spool, tini string, rounds int) error {
	inits := [][]string{{}, {programs.Panicwatch, "--spool", spool, "--"}}
	names := []string{"alone", "panicwatch"}
	if tini != "" {
		inits, names = append(inits, []string{tini, "-s", "--"}), append(names, "tini")
	}
	times := make([][]time.Duration, len(inits))
	for round := 0; round < rounds; round++ {
		for i, words := range inits {
			took, err := trial.Once(append(append([]string{}, words...), "/bin/true"))
			if err != nil {
				return err
			}
			times[i] = append(times[i], took)
		}
	}
	fmt.Println("\n| /bin/true below | median ms | minimum ms |\n|---|---|---|")
	for i, name := range names {
		middle := trial.Median(times[i])
		fmt.Printf("| %s | %.2f | %.2f |\n", name, middle.Seconds()*1e3, times[i][0].Seconds()*1e3)
	}
	return nil
}
