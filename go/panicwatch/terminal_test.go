//go:build linux

package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"panictrail.dev/go/panicwatch/internal/trial"
)

// onTerminal starts a command under panicwatch as the foreground of a terminal, and returns the other end of that.
func onTerminal(t *testing.T, command ...string) (*exec.Cmd, *os.File, *bufio.Reader, string) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	var number, unlock uint32
	for request, value := range map[uintptr]*uint32{syscall.TIOCSPTLCK: &unlock, syscall.TIOCGPTN: &number} {
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, master.Fd(), request, uintptr(unsafe.Pointer(value))); errno != 0 {
			t.Fatal(errno)
		}
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer slave.Close()
	folder := filepath.Join(t.TempDir(), "spool")
	process := exec.Command(programs.Panicwatch, append([]string{"--spool", folder, "--"}, command...)...)
	process.Stdin, process.Stdout, process.Stderr = slave, slave, slave
	process.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	stopped := time.AfterFunc(30*time.Second, func() { process.Process.Kill(); master.Close() })
	t.Cleanup(func() { stopped.Stop(); master.Close() })
	return process, master, bufio.NewReader(master), folder
}

func expect(t *testing.T, lines *bufio.Reader, want string) {
	t.Helper()
	for {
		line, err := lines.ReadString('\n')
		if strings.TrimSpace(line) == want {
			return
		}
		if err != nil {
			t.Fatalf("no %q: %v", want, err)
		}
	}
}

func TestStandardErrorIsATerminalWhereOursIsOne(t *testing.T) {
	process, _, lines, folder := onTerminal(t, programs.Crasher, "isatty")
	expect(t, lines, "tty true true")
	process.Wait()
	if records, err := trial.Records(folder); err != nil || len(records) != 0 {
		t.Errorf("%v, %d records", err, len(records))
	}
	process, _, lines, folder = onTerminal(t, programs.Crasher, "panic")
	expect(t, lines, "panic: order 4711: no such customer")
	expect(t, lines, "main.main()")
	process.Wait()
	records, err := trial.Records(folder)
	if err != nil || len(records) != 1 || strings.Contains(string(records[0].Raw), "\r") || process.ProcessState.ExitCode() != 2 {
		t.Errorf("%v, %+v, exit %d", err, records, process.ProcessState.ExitCode())
	}
}

func TestKeysOfATerminal(t *testing.T) {
	process, master, lines, _ := onTerminal(t, programs.Crasher, "caught")
	expect(t, lines, "ready")
	master.Write([]byte{3}) // Ctrl-C
	expect(t, lines, "^Cinterrupt")
	if err := syscall.Kill(process.Process.Pid, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	// Nothing between: the interrupt came once.
	if line, err := lines.ReadString('\n'); err != nil || strings.TrimSpace(line) != "terminated" {
		t.Errorf("%q %v", line, err)
	}
	process.Wait()
}

func TestCtrlZStopsBoth(t *testing.T) {
	process, master, lines, _ := onTerminal(t, programs.Crasher, "ready")
	expect(t, lines, "ready")
	master.Write([]byte{26}) // Ctrl-Z
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(process.Process.Pid, &status, syscall.WUNTRACED, nil); err != nil || !status.Stopped() {
		t.Fatalf("%v %v", status, err)
	}
	syscall.Kill(process.Process.Pid, syscall.SIGCONT)
	syscall.Kill(process.Process.Pid, syscall.SIGTERM)
	if _, err := syscall.Wait4(process.Process.Pid, &status, 0, nil); err != nil || !status.Signaled() || status.Signal() != syscall.SIGTERM {
		t.Errorf("%v %v", status, err)
	}
}
