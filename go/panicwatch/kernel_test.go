//go:build linux

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"panictrail.dev/go/panicwatch/internal/trial"
)

func TestACoreIsWrittenBelowProcessOne(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	words := append(append([]string{}, trial.InNamespace...), programs.Panicwatch, "--spool", "spool", programs.Crasher, "panic")
	command := exec.Command("/bin/sh", "-c", `ulimit -c unlimited; exec "$@"`, "sh")
	command.Args = append(command.Args, words...)
	command.Dir, command.Env = folder, append(os.Environ(), "GOTRACEBACK=crash")
	command.Run()
	records, err := trial.Records(filepath.Join(folder, "spool"))
	if err != nil || len(records) != 1 || command.ProcessState.ExitCode() != 134 {
		t.Fatalf("%v, %d records, exit %d", err, len(records), command.ProcessState.ExitCode())
	}
	pattern, _ := os.ReadFile("/proc/sys/kernel/core_pattern")
	limit, _ := exec.Command("/bin/sh", "-c", "ulimit -H -c").Output()
	if strings.HasPrefix(string(pattern), "|") || strings.TrimSpace(string(limit)) == "0" {
		t.Skipf("shown: one record, exit by the signal; not shown: that a core is written, which core_pattern %q and the hard limit %q "+
			"of this machine decide", pattern, limit)
	}
	if !records[0].Exit.Core {
		t.Errorf("%+v: no core", records[0].Exit)
	}
}
