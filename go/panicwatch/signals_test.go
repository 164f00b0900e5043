//go:build linux

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"panictrail.dev/go/panicwatch/internal/trial"
)

// started is a command under panicwatch that said that it is ready.
type started struct {
	*exec.Cmd
	folder         string
	stdout, stderr bytes.Buffer
	lines          *bufio.Reader
	read           chan struct{}
	stopped        *time.Timer
}

func (r run) start(t *testing.T) *started {
	t.Helper()
	s := &started{read: make(chan struct{})}
	s.Cmd, s.folder = r.prepare(t)
	output, err := s.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.Stderr = &s.stderr
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	s.stopped = time.AfterFunc(40*time.Second, func() { s.Process.Kill() })
	s.lines = bufio.NewReader(output)
	for line := ""; line != "ready\n"; {
		if line, err = s.lines.ReadString('\n'); err != nil {
			t.Fatalf("not ready: %v; stderr:\n%s", err, s.stderr.String())
		}
	}
	return s
}

// end waits for the end of it.
func (s *started) end(t *testing.T) outcome {
	t.Helper()
	io.Copy(&s.stdout, s.lines)
	s.Wait()
	s.stopped.Stop()
	return ended(t, s.Cmd, s.folder, &s.stdout, &s.stderr)
}

// supervisor is the PID of panicwatch below a command that makes a namespace for it.
func (s *started) supervisor(t *testing.T, r run) int {
	t.Helper()
	pid := s.Process.Pid
	if r.before == nil {
		return pid
	}
	return onlyChild(t, pid)
}

// onlyChild is the child of a process, whichever of its threads started it.
func onlyChild(t *testing.T, pid int) int {
	t.Helper()
	paths, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		data, _ := os.ReadFile(path) // the thread may have ended
		if fields := strings.Fields(string(data)); len(fields) == 1 {
			child, err := strconv.Atoi(fields[0])
			if err != nil {
				t.Fatal(err)
			}
			return child
		}
	}
	t.Fatalf("process %d has no child", pid)
	return 0
}

// wrappers are the ways to start a Go program in a container.
func wrappers(command string) map[string][]string {
	return map[string][]string{
		"direct":     strings.Fields(command),
		"shell":      {"/bin/sh", "-c", command + "; exit $?"},
		"exec":       {"/bin/sh", "-c", "exec " + command},
		"two shells": {"/bin/sh", "-c", "/bin/sh -c '" + command + "; exit $?'; exit $?"},
		"background": {"/bin/sh", "-c", command + " & wait $!"},
	}
}

func TestSignalsThatAskForGoroutinesFromOutsideOfANamespace(t *testing.T) {
	for _, number := range []syscall.Signal{syscall.SIGQUIT, syscall.SIGABRT} {
		for name, command := range wrappers(programs.Crasher + " ready 20") {
			for place, before := range map[string][]string{"namespace": trial.InNamespace, "no namespace": nil} {
				number, command, before := number, command, before
				t.Run(fmt.Sprint(number, " ", name, " ", place), func(t *testing.T) {
					t.Parallel()
					r := run{command: command, before: before}
					s := r.start(t)
					if err := syscall.Kill(s.supervisor(t, r), number); err != nil {
						t.Fatal(err)
					}
					o := s.end(t)
					record := o.one(t)
					headline := map[syscall.Signal]string{syscall.SIGQUIT: "SIGQUIT: quit", syscall.SIGABRT: "SIGABRT: abort"}[number]
					if o.code != 2 || firstLine(record.Raw) != headline || !bytes.Equal(record.Raw, o.stderr) {
						t.Errorf("exit %d, record:\n%.300s\nstderr:\n%.300s", o.code, record.Raw, o.stderr)
					}
					if n := bytes.Count(record.Raw, []byte("[select (no cases)]:")); n != 20 {
						t.Errorf("%d of 20 goroutines", n)
					}
				})
			}
		}
	}
}

func TestEverySignalIsPassedOnOnce(t *testing.T) {
	t.Parallel()
	r := run{command: []string{programs.Crasher, "caught"}}
	s := r.start(t)
	want := ""
	lines := bufio.NewReader(s.lines)
	for number := syscall.Signal(1); number <= 31; number++ {
		switch number {
		case syscall.SIGKILL, syscall.SIGSTOP, syscall.SIGCHLD, syscall.SIGURG, syscall.SIGPIPE, syscall.SIGPROF, syscall.SIGTERM:
			continue
		}
		if err := syscall.Kill(s.Process.Pid, number); err != nil {
			t.Fatal(err)
		}
		want = number.String()
		if got, err := lines.ReadString('\n'); err != nil || strings.TrimSpace(got) != want {
			t.Fatalf("got %q (%v), not %q", got, err, want)
		}
	}
	s.lines = lines
	syscall.Kill(s.Process.Pid, syscall.SIGTERM)
	if o := s.end(t); o.code != 0 || o.stdout != "terminated\n" || len(o.records) != 0 {
		t.Errorf("exit %d, %q, %d records", o.code, o.stdout, len(o.records))
	}
}

func TestAWrapperThatHasAHandlerGetsTheSignal(t *testing.T) {
	t.Parallel()
	script := programs.Crasher + " ready >&2 & pid=$!; trap 'echo trapped; kill -TERM $pid' TERM; echo ready; wait; wait"
	s := run{command: []string{"/bin/sh", "-c", script}}.start(t)
	syscall.Kill(s.Process.Pid, syscall.SIGTERM)
	if o := s.end(t); o.stdout != "trapped\n" || len(o.records) != 0 {
		t.Errorf("%q, %d records", o.stdout, len(o.records))
	}
}

func TestExitCodesAndSignals(t *testing.T) {
	notExecutable := filepath.Join(t.TempDir(), "data")
	if err := os.WriteFile(notExecutable, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	noInterpreter := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(noInterpreter, []byte("exit 9\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		command []string
		code    int
		signal  syscall.Signal
		before  []string
	}{
		{command: []string{"true"}, code: 0},
		{command: []string{"/bin/sh", "-c", "exit 77"}, code: 77},
		{command: []string{"/bin/sh", "-c", "kill -TERM $$"}, code: -1, signal: syscall.SIGTERM},
		{command: []string{"/bin/sh", "-c", "kill -KILL $$"}, code: -1, signal: syscall.SIGKILL},
		{command: []string{"/bin/sh", "-c", "kill -SEGV $$"}, code: -1, signal: syscall.SIGSEGV},
		{command: []string{"/bin/sh", "-c", "kill -QUIT $$"}, code: -1, signal: syscall.SIGQUIT},
		{command: []string{"/bin/sh", "-c", "kill -TERM $$"}, code: 143, before: trial.InNamespace},
		{command: []string{"panicwatch-no-such-command"}, code: 127},
		{command: []string{"/no/such/command"}, code: 127},
		{command: []string{notExecutable}, code: 126},
		{command: []string{"/"}, code: 126},
		{command: []string{noInterpreter}, code: 9},
	} {
		c := c
		t.Run(strings.Join(c.command, " "), func(t *testing.T) {
			t.Parallel()
			o := run{command: c.command, before: c.before}.do(t)
			if o.code != c.code || o.signal != c.signal {
				t.Errorf("exit %d, signal %v, not %d, %v; stderr %q", o.code, o.signal, c.code, c.signal, o.stderr)
			}
			if refused := c.code == 126 || c.code == 127; refused != (len(o.stderr) > 0) {
				t.Errorf("stderr %q", o.stderr)
			}
		})
	}
}

func TestOrphansAreReaped(t *testing.T) {
	t.Parallel()
	script := "(sleep 0.01 &) ; (sleep 0.01 &) ; sleep 0.3; for s in /proc/[0-9]*/stat; do cut -d' ' -f3 $s; done 2>/dev/null"
	o := run{command: []string{"/bin/sh", "-c", script}, before: trial.InNamespace}.do(t)
	if o.code != 0 || strings.Contains(o.stdout, "Z") {
		t.Errorf("exit %d, states of processes:\n%s", o.code, o.stdout)
	}
}

func TestAJavaProgramIsLeftAlone(t *testing.T) {
	java, err := exec.LookPath("java")
	if err != nil {
		t.Skip("not shown: that a Java program's thread dump passes and is no crash; there is no java in PATH")
	}
	t.Parallel()
	source := filepath.Join(t.TempDir(), "Ready.java")
	text := `public class Ready { public static void main(String[] a) throws Exception {
	System.err.println("panic: a word of a Java program");
	System.out.println("ready"); System.in.read(); System.exit(5); } }`
	if err := os.WriteFile(source, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	input, keep, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	s := run{command: []string{java, "-XX:TieredStopAtLevel=1", source}, stdin: input}.start(t)
	input.Close()
	syscall.Kill(s.Process.Pid, syscall.SIGQUIT)
	for {
		line, err := s.lines.ReadString('\n')
		if err != nil {
			t.Fatalf("no thread dump: %v", err)
		}
		if strings.HasPrefix(line, "Full thread dump") {
			break
		}
	}
	keep.Close()
	o := s.end(t)
	if o.code != 5 || len(o.records) != 0 || !strings.Contains(o.stdout, `"main" #1`) {
		t.Errorf("exit %d, %d records, stdout:\n%s", o.code, len(o.records), o.stdout)
	}
}
