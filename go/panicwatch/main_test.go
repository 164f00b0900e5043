//go:build linux

package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"panictrail.dev/go/internal/spool"
	"panictrail.dev/go/panicwatch/internal/trial"
)

var programs trial.Programs

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "panicwatch")
	if err != nil {
		panic(err)
	}
	programs, err = trial.Build(folder, raceDetector)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(folder)
	os.Exit(code)
}

// run is one command under panicwatch.
type run struct {
	panicwatch string // "": that of programs
	command    []string
	before     []string // such as trial.InNamespace
	flags      []string
	env        []string
	stdin      io.Reader
	files      []*os.File
}

type outcome struct {
	code    int
	signal  syscall.Signal
	stdout  string
	stderr  []byte
	records []spool.Record
	folder  string
}

func (r run) prepare(t *testing.T) (*exec.Cmd, string) {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "spool")
	if r.panicwatch == "" {
		r.panicwatch = programs.Panicwatch
	}
	words := append(append([]string{}, r.before...), r.panicwatch, "--spool", folder)
	words = append(append(words, r.flags...), "--")
	words = append(words, r.command...)
	command := exec.Command(words[0], words[1:]...)
	command.Env = append(os.Environ(), r.env...)
	command.Stdin, command.ExtraFiles = r.stdin, r.files
	return command, folder
}

func (r run) do(t *testing.T) outcome {
	t.Helper()
	command, folder := r.prepare(t)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	stopped := time.AfterFunc(50*time.Second, func() { command.Process.Kill() })
	command.Wait()
	stopped.Stop()
	return ended(t, command, folder, &stdout, &stderr)
}

func ended(t *testing.T, command *exec.Cmd, folder string, stdout, stderr *bytes.Buffer) outcome {
	t.Helper()
	status := command.ProcessState.Sys().(syscall.WaitStatus)
	o := outcome{code: status.ExitStatus(), stdout: stdout.String(), stderr: stderr.Bytes(), folder: folder}
	if status.Signaled() {
		o.signal = status.Signal()
	}
	if strings.Contains(stderr.String(), "WARNING: DATA RACE") {
		t.Errorf("panicwatch has a data race:\n%s", stderr)
	}
	var err error
	if o.records, err = trial.Records(folder); err != nil {
		t.Fatal(err)
	}
	return o
}

func (o outcome) one(t *testing.T) spool.Record {
	t.Helper()
	if len(o.records) != 1 {
		t.Fatalf("%d records, not one; exit %d, signal %v, stderr:\n%s", len(o.records), o.code, o.signal, o.stderr)
	}
	return o.records[0]
}

func firstLine(text []byte) string {
	line, _, _ := strings.Cut(string(text), "\n")
	return line
}

// crashes are the ways to die whose record is, byte for byte, what the runtime wrote.
var crashes = []struct {
	mode, headline string
	env            []string
}{
	{mode: "panic", headline: "panic: order 4711: no such customer"},
	{mode: "nil", headline: "panic: runtime error: invalid memory address or nil pointer dereference"},
	{mode: "map", headline: "fatal error: concurrent map writes"},
	{mode: "deadlock", headline: "fatal error: all goroutines are asleep - deadlock!"},
	{mode: "unlock", headline: "fatal error: sync: unlock of unlocked mutex"},
	{mode: "goexit", headline: "fatal error: no goroutines (main called runtime.Goexit) - deadlock!"},
	{mode: "printing", headline: "fatal error: panic while printing panic value: no text for this error"},
	{mode: "overflow", headline: "runtime: goroutine stack exceeds 1048576-byte limit"},
	{mode: "oom", headline: "runtime: out of memory: cannot allocate "},
	{mode: "lines", headline: "panic: first"},
	{mode: "repanic", headline: "panic: once [recovered]"},
	{mode: "fault", headline: "unexpected fault address "},
	{mode: "late", headline: "panic: in another goroutine"},
	{mode: "partial", headline: "panic: glued"},
	{mode: "logged", headline: "panic: real"},
	{mode: "mebibyte", headline: "panic: 0123456789abcdef"},
	{mode: "panic", headline: "panic: cannot initialise", env: []string{"CRASHER_INIT=1"}},
	{mode: "panic", headline: "panic: order 4711", env: []string{"GOTRACEBACK=none"}},
	{mode: "panic", headline: "panic: order 4711", env: []string{"GOTRACEBACK=crash"}},
	{mode: "map", headline: "fatal error: concurrent map writes", env: []string{"GOTRACEBACK=crash"}},
}

func TestEveryCrashIsOneRecord(t *testing.T) {
	for _, hook := range []bool{false, true} {
		for _, c := range crashes {
			c, hook := c, hook
			t.Run(fmt.Sprint(c.mode, c.env, hook), func(t *testing.T) {
				t.Parallel()
				env := append([]string{"GOTRACEBACK=all"}, c.env...)
				if hook {
					env = append(env, "CRASHER_HOOK=1")
				}
				parked := "3"
				if c.mode == "goexit" {
					parked = "0"
				}
				o := run{command: []string{programs.Crasher, c.mode, parked}, env: env}.do(t)
				record := o.one(t)
				if o.code != 2 && o.signal != syscall.SIGABRT {
					t.Errorf("exit %d, signal %v", o.code, o.signal)
				}
				if got := firstLine(record.Raw); !strings.HasPrefix(got, c.headline) {
					t.Errorf("begins with %.100q, not %q", got, c.headline)
				}
				// All that stands before the crash is what the program itself wrote.
				begin := bytes.Index(o.stderr, record.Raw)
				if begin < 0 || begin+len(record.Raw) != len(o.stderr) {
					t.Errorf("the record (%d bytes) is not the end of what went to stderr (%d bytes)", len(record.Raw), len(o.stderr))
				}
				if record.Truncated || record.Dump || record.Build == nil || record.Build.Go == "" || record.Exe != programs.Crasher {
					t.Errorf("head %+v", record.Head)
				}
				wholly := map[bool]spool.Source{false: spool.Stderr, true: spool.Both}[hook && c.mode != "goexit" && c.env == nil]
				if c.env == nil && record.Source != wholly {
					t.Errorf("source %s, not %s", record.Source, wholly)
				}
			})
		}
	}
}

func TestWhatIsNoCrashIsNoRecord(t *testing.T) {
	for mode, code := range map[string]int{"exitdefer": 3, "recover": 0, "stack": 1, "stack2": 2, "logfatal": 1, "usage": 2, "orphan": 0} {
		mode, code := mode, code
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			for _, command := range [][]string{{programs.Crasher, mode}, {"/bin/sh", "-c", programs.Crasher + " " + mode}} {
				o := run{command: command}.do(t)
				if len(o.records) != 0 || o.code != code {
					t.Errorf("%v: %d records, exit %d, not %d", command, len(o.records), o.code, code)
				}
			}
		})
	}
}

func TestACrashInC(t *testing.T) {
	if programs.Native == "" {
		t.Fatal("no C compiler")
	}
	for mode, headline := range map[string]string{
		"segv": "SIGSEGV: segmentation violation", "abort": "SIGABRT: abort", "message": "corrupted double-linked list",
	} {
		mode, headline := mode, headline
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			o := run{command: []string{programs.Native, mode}}.do(t)
			record := o.one(t)
			if firstLine(record.Raw) != headline || !bytes.Equal(record.Raw, o.stderr) {
				t.Errorf("record:\n%s\nstderr:\n%s", record.Raw, o.stderr)
			}
		})
	}
}

func TestAnAbortOfAProgramThatIsNotGo(t *testing.T) {
	o := run{command: []string{"/bin/sh", "-c", "echo fine >&2; echo 'free(): invalid pointer' >&2; kill -ABRT $$"}}.do(t)
	if record := o.one(t); string(record.Raw) != "free(): invalid pointer\n" || *record.Exit.Signal != int(syscall.SIGABRT) {
		t.Errorf("%q %+v", record.Raw, record.Exit)
	}
	if o.signal != syscall.SIGABRT {
		t.Errorf("signal %v", o.signal)
	}
}

func TestADumpOfAProgramThatGoesOn(t *testing.T) {
	o := run{command: []string{programs.Crasher, "dump", "40"}}.do(t)
	if record := o.one(t); !record.Dump || !bytes.Equal(record.Raw, o.stderr) || bytes.Count(record.Raw, []byte("goroutine ")) < 41 {
		t.Errorf("%+v\n%s", record.Head, record.Raw)
	}
}
