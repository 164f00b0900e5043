//go:build linux

// Package trial builds panicwatch and programs that crash, runs them for tests and for the matrix, and reads what was kept.
package trial

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"time"

	"panictrail.dev/go/internal/spool"
	"panictrail.dev/go/internal/spoolread"
)

// Programs are what was built.
type Programs struct {
	Panicwatch string
	Crasher    string
	Native     string // empty where there is no C compiler
}

// Build compiles everything into a folder. The working directory is inside of the module.
func Build(folder string, race bool) (Programs, error) {
	programs := Programs{filepath.Join(folder, "panicwatch"), filepath.Join(folder, "crasher"), filepath.Join(folder, "native")}
	if err := Panicwatch(programs.Panicwatch, race); err != nil {
		return programs, err
	}
	// Without cgo: with it, a deadlock is not detected.
	without := append(os.Environ(), "CGO_ENABLED=0")
	if err := compile(without, "build", "-o", programs.Crasher, "panictrail.dev/go/panicwatch/testdata/crasher"); err != nil {
		return programs, err
	}
	with := append(os.Environ(), "CGO_ENABLED=1")
	if err := compile(with, "build", "-o", programs.Native, "panictrail.dev/go/panicwatch/testdata/native"); err != nil {
		if _, missing := exec.LookPath("gcc"); missing == nil {
			return programs, err
		}
		programs.Native = ""
	}
	return programs, nil
}

// Panicwatch compiles panicwatch alone: as users have it, or with the race detector.
func Panicwatch(path string, race bool) error {
	arguments := []string{"build", "-o", path}
	environment := append(os.Environ(), "CGO_ENABLED=0")
	if race {
		arguments = append(arguments, "-race")
		environment = append(os.Environ(), "CGO_ENABLED=1")
	} else {
		arguments = append(arguments, "-ldflags", "-s -w")
	}
	return compile(environment, append(arguments, "panictrail.dev/go/panicwatch")...)
}

func compile(environment []string, arguments ...string) error {
	command := exec.Command("go", arguments...)
	command.Env = environment
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("go %s: %w\n%s", strings.Join(arguments, " "), err, output)
	}
	return nil
}

// InNamespace puts a command before another, which makes that process 1 of a PID namespace, as in a container.
var InNamespace = []string{"unshare", "-Urpf", "--kill-child", "--mount-proc"}

// Records are all records of a spool, the oldest first; bytes that are no record are an error.
func Records(folder string) ([]spool.Record, error) {
	names, err := filepath.Glob(filepath.Join(folder, "*"+spool.Suffix))
	if err != nil {
		return nil, err
	}
	sort.Strings(names)
	var records []spool.Record
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		for _, found := range spoolread.Read(data) {
			if found.Damage != nil {
				return nil, fmt.Errorf("%s: %d bytes are no record", name, len(found.Damage))
			}
			records = append(records, found.Record)
		}
	}
	return records, nil
}

// Storm is many programs that crash at the same moment.
type Storm struct {
	Processes, Goroutines int
	Mode                  string
	Namespace             bool // each supervisor is process 1 of its own PID namespace
}

// Result counts the records that are, byte for byte, what the runtime of one of the processes wrote.
type Result struct {
	Whole, Records int
	Bytes          int64
	Took           time.Duration
	Faults         []string
}

// Run runs a storm in a folder.
func (s Storm) Run(programs Programs, folder string) (Result, error) {
	spoolFolder := filepath.Join(folder, "spool")
	barrier, gate, err := os.Pipe()
	if err != nil {
		return Result{}, err
	}
	defer barrier.Close()
	// What all of them pass on goes to one file, as the containers of a machine write to one log.
	shared, err := os.OpenFile(filepath.Join(folder, "stderr"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return Result{}, err
	}
	defer shared.Close()
	commands := make([]*exec.Cmd, s.Processes)
	outputs := make([]io.ReadCloser, s.Processes)
	for i := range commands {
		words := []string{programs.Panicwatch, "--spool", spoolFolder, "--", programs.Crasher, s.Mode, fmt.Sprint(s.Goroutines)}
		if s.Namespace {
			words = append(append([]string{}, InNamespace...), words...)
		}
		command := exec.Command(words[0], words[1:]...)
		command.Env = append(os.Environ(), "CRASHER_WAIT=1", "GOTRACEBACK=all", "GOMAXPROCS=2", "CRASHER_REF="+reference(folder, i))
		command.Stdin, command.Stderr = barrier, shared
		if outputs[i], err = command.StdoutPipe(); err != nil {
			return Result{}, err
		}
		if err := command.Start(); err != nil {
			return Result{}, err
		}
		commands[i] = command
	}
	for _, output := range outputs {
		io.ReadFull(output, make([]byte, len("ready\n")))
	}
	began := time.Now()
	gate.Close()
	var done sync.WaitGroup
	for _, command := range commands {
		done.Add(1)
		go func(command *exec.Cmd) {
			defer done.Done()
			command.Wait()
		}(command)
	}
	done.Wait()
	result := Result{Took: time.Since(began)}
	records, err := Records(spoolFolder)
	if err != nil {
		return result, err
	}
	err = s.compare(&result, records, folder)
	return result, err
}

func reference(folder string, i int) string {
	return filepath.Join(folder, fmt.Sprintf("reference-%d", i))
}

// compare takes each process's own reference from the records, so that no record counts twice.
func (s Storm) compare(result *Result, records []spool.Record, folder string) error {
	result.Records = len(records)
	kept := map[string]int{}
	for _, record := range records {
		result.Bytes += int64(len(record.Raw))
		text := record.Raw
		if bytes.HasPrefix(text, []byte("fatal error: ")) {
			text = text[bytes.IndexByte(text, '\n')+1:] // the runtime does not write it to the reference
		}
		kept[string(text)]++
	}
	for i := 0; i < s.Processes; i++ {
		text, err := os.ReadFile(reference(folder, i))
		if err != nil {
			return err
		}
		if kept[string(text)] > 0 {
			kept[string(text)]--
			result.Whole++
		} else {
			result.Faults = append(result.Faults, fmt.Sprintf("process %d: no record has its %d bytes", i, len(text)))
		}
	}
	return nil
}

// Median is the middle one of some durations.
func Median(times []time.Duration) time.Duration {
	sort.Slice(times, func(i, j int) bool { return times[i] < times[j] })
	return times[len(times)/2]
}
