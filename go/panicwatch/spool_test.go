//go:build linux

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"panictrail.dev/go/internal/spool"
	"panictrail.dev/go/panicwatch/internal/trial"
)

func TestManyCrashAtOnce(t *testing.T) {
	for _, storm := range []trial.Storm{
		{Processes: 60, Goroutines: 4, Mode: "panic"},
		{Processes: 12, Goroutines: 500, Mode: "map"},
		{Processes: 12, Goroutines: 4, Mode: "panic", Namespace: true},
	} {
		t.Run(fmt.Sprintf("%+v", storm), func(t *testing.T) {
			folder := t.TempDir()
			result, err := storm.Run(programs, folder)
			if err != nil {
				t.Fatal(err)
			}
			if result.Whole != storm.Processes || result.Records != storm.Processes {
				t.Errorf("%d whole of %d records of %d processes\n%s", result.Whole, result.Records, storm.Processes, strings.Join(result.Faults, "\n"))
			}
		})
	}
}

func TestASupervisorThatIsKilledLosesNoRecord(t *testing.T) {
	t.Parallel()
	// A shell that starts one crash after the other, until it is killed with the supervisor.
	script := "echo ready; while :; do " + programs.Crasher + " panic; done"
	s := run{command: []string{"/bin/sh", "-c", script}}.start(t)
	child := onlyChild(t, s.Process.Pid)
	var before []spool.Record
	for began := time.Now(); len(before) < 3 && time.Since(began) < 20*time.Second; {
		if found, err := trial.Records(s.folder); err == nil { // else one is being written
			before = found
		}
	}
	s.Process.Kill()
	syscall.Kill(-child, syscall.SIGKILL)
	o := s.end(t)
	if len(o.records) < len(before) || len(before) < 3 {
		t.Errorf("%d records before, %d after", len(before), len(o.records))
	}
	for _, record := range o.records {
		if firstLine(record.Raw) != "panic: order 4711: no such customer" {
			t.Errorf("%q", record.Raw)
		}
	}
}

func TestAFullDisk(t *testing.T) {
	// A small file system of our own, in a mount namespace. 40 kB hold lost.txt and nothing of 1 MiB.
	inner := strings.Join([]string{
		"mount -t tmpfs -o size=40k none $1",
		programs.Panicwatch + " --spool $1 " + programs.Crasher + " mebibyte",
		"echo exit $?", "echo; cat $1/lost.txt", "cp $1/*.spool $2/ 2>/dev/null", "exit 0",
	}, "\n")
	folder, kept := t.TempDir(), t.TempDir()
	command := exec.Command("unshare", "-Urm", "/bin/sh", "-c", inner, "sh", folder, kept)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Run(); err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	said := stderr.String()
	if !strings.Contains(said, strings.Repeat("0123456789abcdef", 1<<16)) || !strings.Contains(said, "no space left on device; see lost.txt") {
		t.Errorf("stderr: %d bytes, ends with %q", len(said), said[max(0, len(said)-300):])
	}
	if !strings.Contains(stdout.String(), "exit 2\n") || !strings.Contains(stdout.String(), " exit=code=2 lost=") {
		t.Errorf("%s", stdout.String())
	}
	records, err := trial.Records(kept)
	if err != nil || len(records) != 1 || !records[0].Truncated || len(records[0].Raw) != 4<<10 {
		t.Errorf("%v, %d records", err, len(records))
	}
}

func TestASpoolThatCannotBe(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{file, "/proc/none", ""} {
		command := exec.Command(programs.Panicwatch, "--spool", folder, programs.Crasher, "panic")
		var stderr bytes.Buffer
		command.Stderr = &stderr
		command.Run()
		said := stderr.String()
		if command.ProcessState.ExitCode() != 2 || !strings.Contains(said, "\npanic: order 4711: no such customer\n") ||
			!strings.Contains(said, "panicwatch: ") || !strings.Contains(said, "is not kept: there is no spool") {
			t.Errorf("%q: exit %d, %s", folder, command.ProcessState.ExitCode(), said)
		}
	}
}

func TestOneSpoolOfManySupervisorsIsPrivate(t *testing.T) {
	t.Parallel()
	o := run{command: []string{programs.Crasher, "panic"}}.do(t)
	o.one(t)
	entries, err := os.ReadDir(o.folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 || !strings.HasSuffix(entry.Name(), spool.Suffix) && entry.Name() != spool.LostName {
			t.Errorf("%s is left with mode %v", entry.Name(), info.Mode())
		}
	}
	if info, err := os.Stat(o.folder); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v %v", info.Mode(), err)
	}
}

func TestEventsBeforeSIGKILL(t *testing.T) {
	t.Parallel()
	r := run{command: []string{programs.Crasher, "events"}, env: []string{"CRASHER_HOOK=1"}}
	s := r.start(t)
	syscall.Kill(onlyChild(t, s.Process.Pid), syscall.SIGKILL)
	record := s.end(t).one(t)
	if record.Source != spool.Ring || len(record.Raw) != 0 || *record.Exit.Signal != 9 || record.Exit.OOM == nil || *record.Exit.OOM {
		t.Errorf("%+v", record.Head)
	}
	lines := strings.Split(strings.TrimSpace(string(record.Ring)), "\n")
	if len(lines) != 12 || !strings.Contains(lines[11], "event 20") || !strings.Contains(lines[0], "event 9") {
		t.Errorf("%q", lines)
	}
}

func TestALoopOfCrashes(t *testing.T) {
	t.Parallel()
	for _, hook := range []string{"", "1"} {
		script := programs.Crasher + " panic; " + programs.Crasher + " map; " + programs.Crasher + " recover; " + programs.Crasher + " nil; exit 0"
		o := run{command: []string{"/bin/sh", "-c", script}, env: []string{"CRASHER_HOOK=" + hook}}.do(t)
		var headlines []string
		for _, record := range o.records {
			headlines = append(headlines, firstLine(record.Raw))
			if !bytes.Contains(o.stderr, record.Raw) {
				t.Errorf("not as on stderr:\n%s", record.Raw)
			}
		}
		want := "panic: order 4711: no such customer|fatal error: concurrent map writes|" +
			"panic: runtime error: invalid memory address or nil pointer dereference"
		if got := strings.Join(headlines, "|"); got != want || o.code != 0 {
			t.Errorf("exit %d, %s", o.code, got)
		}
	}
}

func TestALargeDump(t *testing.T) {
	o := run{command: []string{programs.Crasher, "panic", "10000"}, env: []string{"GOTRACEBACK=all"}}.do(t)
	record := o.one(t)
	if !bytes.Equal(record.Raw, o.stderr) || bytes.Count(record.Raw, []byte("\ngoroutine ")) != 10001 || record.Truncated {
		t.Errorf("%d of %d bytes, %d goroutines", len(record.Raw), len(o.stderr), bytes.Count(record.Raw, []byte("\ngoroutine ")))
	}
}

// deluge is what `crasher deluge` writes before it panics.
func deluge(megabytes, lines int) []byte {
	line := strings.Repeat("2026-11-27T10:00:00Z INFO request served in 12 ms path=/orders status=200\n", lines)
	block := []byte(line)
	for i := 0; i < lines; i++ {
		copy(block[i*len(block)/lines:], fmt.Sprintf("%020d", i))
	}
	return bytes.Repeat(block, (megabytes<<20+len(block)-1)/len(block))
}

func TestACrashAfterAFlood(t *testing.T) {
	for _, lines := range []int{1, 50, 800, 5000} {
		for _, env := range [][]string{{"GOTRACEBACK=all"}, {"GOTRACEBACK=none"}, {"GOTRACEBACK=all", "CRASHER_HOOK=1"}} {
			lines, env := lines, append([]string{"CRASHER_NUMBERED=1"}, env...)
			t.Run(fmt.Sprint(lines, env), func(t *testing.T) {
				t.Parallel()
				o := run{command: []string{programs.Crasher, "deluge", "4", fmt.Sprint(lines)}, env: env}.do(t)
				record := o.one(t)
				flood := deluge(4, lines)
				if len(o.stderr) < len(flood) || !bytes.Equal(o.stderr[:len(flood)], flood) {
					t.Errorf("the first %d of %d bytes are not what was written", len(flood), len(o.stderr))
				} else if !bytes.Equal(o.stderr[len(flood):], record.Raw) || firstLine(record.Raw) != "panic: after the flood" {
					t.Errorf("the record is %q", record.Raw)
				}
			})
		}
	}
}

func TestAFloodIntoAFileAndToNobody(t *testing.T) {
	t.Parallel()
	file, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	nobody, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	nobody.Close()
	for _, out := range []*os.File{file, writer} {
		command, folder := run{command: []string{programs.Crasher, "deluge", "8"}, env: []string{"CRASHER_NUMBERED=1"}}.prepare(t)
		command.Stderr = out
		command.Run()
		records, err := trial.Records(folder)
		if err != nil || len(records) != 1 || firstLine(records[0].Raw) != "panic: after the flood" {
			t.Fatalf("%v: %d records; %v", err, len(records), command.ProcessState)
		}
		if out == file {
			written, err := os.ReadFile(file.Name())
			if err != nil || !bytes.Equal(written, append(deluge(8, 800), records[0].Raw...)) {
				t.Errorf("%v: %d bytes in the file", err, len(written))
			}
		}
	}
}

func TestStandardErrorThatIsNotOurs(t *testing.T) {
	t.Parallel()
	// The program's own stderr goes elsewhere, or is closed: the crash output has the text.
	for _, redirection := range []string{"2>/dev/null", "2>&-"} {
		script := programs.Crasher + " panic " + redirection + "; exit 2"
		o := run{command: []string{"/bin/sh", "-c", script}, env: []string{"CRASHER_HOOK=1"}}.do(t)
		record := o.one(t)
		if record.Source != spool.CrashOutput || firstLine(record.Raw) != "panic: order 4711: no such customer" || len(o.stderr) != 0 {
			t.Errorf("%s: %+v %q, stderr %q", redirection, record.Head, record.Raw, o.stderr)
		}
	}
}

func TestWordsOfACrashInALogAreForgotten(t *testing.T) {
	t.Parallel()
	input, keep, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	s := run{command: []string{programs.Crasher, "tick"}, flags: []string{"--grace", "0.2"}, stdin: input}.start(t)
	input.Close()
	keep.Close()
	if o := s.end(t); o.code != 0 || len(o.records) != 0 || bytes.Count(o.stderr, []byte("\n")) != 20 {
		t.Errorf("exit %d, %d records, %q", o.code, len(o.records), o.stderr)
	}
}

func TestNobodyReadsStandardError(t *testing.T) {
	t.Parallel()
	// More than a pipe holds, into one whose reader sleeps: the record is there nevertheless, and panicwatch ends.
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	r := run{command: []string{programs.Crasher, "panic", "500"}, flags: []string{"--grace", "0.5"}, env: []string{"GOTRACEBACK=all"}}
	command, folder := r.prepare(t)
	command.Stderr = writer
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	writer.Close()
	stopped := time.AfterFunc(40*time.Second, func() { command.Process.Kill() })
	command.Wait()
	stopped.Stop()
	records, err := trial.Records(folder)
	if err != nil || len(records) != 1 || bytes.Count(records[0].Raw, []byte("\ngoroutine ")) != 501 {
		t.Errorf("%v: %d records", err, len(records))
	}
}

func TestResidentMemory(t *testing.T) {
	// Also under -race, whose own memory is not what users have.
	panicwatch := filepath.Join(t.TempDir(), "panicwatch")
	if err := trial.Panicwatch(panicwatch, false); err != nil {
		t.Fatal(err)
	}
	s := run{panicwatch: panicwatch, command: []string{programs.Crasher, "caught"}}.start(t)
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(data), "VmRSS:")
	kilobytes, err := strconv.Atoi(strings.Fields(rest)[0])
	t.Logf("%d kB", kilobytes)
	if err != nil || kilobytes > 4096 {
		t.Errorf("%d kB resident (%v)", kilobytes, err)
	}
	syscall.Kill(s.Process.Pid, syscall.SIGTERM)
	s.end(t)
	if info, err := os.Stat(panicwatch); err != nil || info.Size() > 3<<20 {
		t.Errorf("%v bytes, %v", info.Size(), err)
	}
}

func TestWhatAKilledSupervisorLeftIsSaved(t *testing.T) {
	t.Parallel()
	// Everything of a container is killed at once, as when it is out of memory.
	s := run{command: []string{programs.Crasher, "events"}, env: []string{"CRASHER_HOOK=1"}}.start(t)
	child := onlyChild(t, s.Process.Pid)
	s.Process.Kill()
	syscall.Kill(child, syscall.SIGKILL)
	if o := s.end(t); len(o.records) != 0 {
		t.Fatalf("%d records", len(o.records))
	}
	// The next one to start in that folder, here one that lives until its input ends.
	input, keep, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer input.Close()
	command := exec.Command(programs.Panicwatch, "--spool", s.folder, "--", "cat")
	command.Stdin = input
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	for began := time.Now(); time.Since(began) < 20*time.Second; time.Sleep(time.Millisecond) {
		left, _ := filepath.Glob(filepath.Join(s.folder, ".*"))
		own := 0
		for _, path := range left {
			if strings.Contains(filepath.Base(path), fmt.Sprintf("-%d-", command.Process.Pid)) {
				own++
			}
		}
		if own == 2 && len(left) == own {
			break
		}
	}
	keep.Close()
	command.Wait()
	records, err := trial.Records(s.folder)
	if err != nil || len(records) != 1 {
		t.Fatalf("%v, %d records", err, len(records))
	}
	record := records[0]
	if record.Source != spool.Ring || *record.Exit.Signal != 9 || !bytes.Contains(record.Ring, []byte("event 20")) ||
		strings.Join(record.Command, " ") != programs.Crasher+" events" {
		t.Errorf("%+v %q", record.Head, record.Ring)
	}
	if left, _ := filepath.Glob(filepath.Join(s.folder, ".*")); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

func TestTheRuntimesTracesAreTheCommandsOnly(t *testing.T) {
	t.Parallel()
	r := run{command: []string{"/bin/sh", "-c", "echo $GODEBUG$PANICWATCH_GODEBUG; exec sleep 0.4"}, env: []string{"GODEBUG=schedtrace=20"}}
	o := r.do(t)
	// One may come before panicwatch has read its environment; 20 would come of one that took the setting for its own.
	if o.stdout != "schedtrace=20\n" || bytes.Count(o.stderr, []byte("SCHED ")) > 2 {
		t.Errorf("%q, stderr %q", o.stdout, o.stderr)
	}
}

func TestARelativeSpoolHoldsWhereverTheCommandGoes(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	command := exec.Command(programs.Panicwatch, "--spool", "kept", "--", "/bin/sh", "-c", "cd /; exec "+programs.Crasher+" kill")
	command.Dir, command.Env = folder, append(os.Environ(), "CRASHER_HOOK=1")
	output, _ := command.CombinedOutput()
	records, err := trial.Records(filepath.Join(folder, "kept"))
	if err != nil || len(records) != 1 || records[0].Source != spool.Ring || len(output) != 0 {
		t.Errorf("%v, %+v, %s", err, records, output)
	}
}
