//go:build linux

package trial

import (
	"os"
	"os/exec"
	"time"
)

// Flow is what it took to pass on what a program wrote.
type Flow struct {
	Took, CPU time.Duration // CPU: of all that took part
}

// Pass runs `WORDS 2>&1 >/dev/null | cat >/dev/null`, as a shell does.
func Pass(words []string) (Flow, error) {
	reader, writer, err := os.Pipe()
	if err != nil {
		return Flow{}, err
	}
	sink := exec.Command("cat")
	sink.Stdin = reader
	source := exec.Command(words[0], words[1:]...)
	source.Stderr = writer
	began := time.Now()
	err = sink.Start()
	reader.Close()
	if err == nil {
		if err = source.Run(); err != nil {
			sink.Process.Kill()
		}
	}
	writer.Close()
	if failed := sink.Wait(); err == nil {
		err = failed
	}
	if err != nil {
		return Flow{}, err
	}
	flow := Flow{Took: time.Since(began)}
	for _, state := range []*os.ProcessState{source.ProcessState, sink.ProcessState} {
		flow.CPU += state.UserTime() + state.SystemTime()
	}
	return flow, nil
}

// Once runs a command that says nothing and returns how long it took.
func Once(words []string) (time.Duration, error) {
	command := exec.Command(words[0], words[1:]...)
	began := time.Now()
	err := command.Run()
	return time.Since(began), err
}
