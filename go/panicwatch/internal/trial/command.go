//go:build linux

package trial

import (
	"fmt"
	"os"
)

// Command is the whole of a program that tries panicwatch: it builds everything into a folder of its own, which is removed
// afterwards, calls run there, and ends with what that said on standard error and status 1 where it failed.
func Command(name string, run func(programs Programs, folder string) error) {
	if err := inFolder(name, run); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func inFolder(name string, run func(programs Programs, folder string) error) error {
	folder, err := os.MkdirTemp("", name)
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	programs, err := Build(folder, false)
	if err != nil {
		return err
	}
	return run(programs, folder)
}
