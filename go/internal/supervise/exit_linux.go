package supervise

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// ending is how the process that we started ended.
type ending struct {
	status syscall.WaitStatus
	oom    *bool
}

// crashed says whether a Go program that ended so may have been ended by the runtime: exit code 2, or a signal.
func (e *ending) crashed() bool {
	return e.status.Signaled() || e.status.Exited() && e.status.ExitStatus() == 2
}

// killed says whether it was SIGKILL; a shell reports that of what it ran.
func (e *ending) killed(wrapper bool) bool {
	const shellKilled = 128 + int(syscall.SIGKILL)
	return e.status.Signaled() && e.status.Signal() == syscall.SIGKILL ||
		wrapper && e.status.Exited() && e.status.ExitStatus() == shellKilled
}

// silent says whether it was a signal that means a crash, though no text was written.
func (e *ending) silent() bool {
	if !e.status.Signaled() {
		return false
	}
	switch e.status.Signal() {
	case syscall.SIGSEGV, syscall.SIGBUS, syscall.SIGILL, syscall.SIGFPE, syscall.SIGABRT, syscall.SIGTRAP, syscall.SIGSYS:
		return true
	}
	return false
}

// pass ends us as the process ended: with its code, or by its signal. Init cannot die of a signal.
func pass(status syscall.WaitStatus) int {
	if !status.Signaled() {
		return status.ExitStatus()
	}
	if os.Getpid() != 1 {
		dieOf(status.Signal())
	}
	return 128 + int(status.Signal())
}

// dieOf ends us by a signal without a core and without the Go runtime's own report of it.
func dieOf(number syscall.Signal) {
	const setDumpable = 4 // PR_SET_DUMPABLE
	syscall.Syscall(syscall.SYS_PRCTL, setDumpable, 0, 0)
	restore(number)
	syscall.Kill(os.Getpid(), number)
	time.Sleep(100 * time.Millisecond) // the signal may be handled by another thread
}

// oomKills is how often the kernel killed a process of our control group for want of memory; ok is false where that
// cannot be known.
func oomKills() (kills uint64, ok bool) {
	data, err := slurp("/proc/self/cgroup")
	if err != nil {
		return 0, false
	}
	for _, line := range strings.Split(string(data), "\n") {
		fields := strings.SplitN(line, ":", 3)
		if len(fields) != 3 {
			continue
		}
		var paths []string
		switch {
		case fields[1] == "": // version 2; in a namespace of its own the path is /
			paths = []string{"/sys/fs/cgroup" + fields[2] + "/memory.events", "/sys/fs/cgroup/memory.events"}
		case hasController(fields[1], "memory"): // version 1; in a container the path is the host's
			paths = []string{"/sys/fs/cgroup/memory" + fields[2] + "/memory.oom_control", "/sys/fs/cgroup/memory/memory.oom_control"}
		}
		for _, path := range paths {
			if kills, ok := counter(path, "oom_kill "); ok {
				return kills, true
			}
		}
	}
	return 0, false
}

func hasController(list, name string) bool {
	for _, one := range strings.Split(list, ",") {
		if one == name {
			return true
		}
	}
	return false
}

func counter(path, name string) (uint64, bool) {
	data, err := slurp(path)
	if err != nil {
		return 0, false
	}
	for _, line := range strings.Split(string(data), "\n") {
		if value, ok := strings.CutPrefix(line, name); ok {
			number, err := strconv.ParseUint(strings.TrimSpace(value), 10, 64)
			return number, err == nil
		}
	}
	return 0, false
}
