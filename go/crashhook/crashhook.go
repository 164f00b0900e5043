// Package crashhook lets panicwatch see more of a Go program's death than its standard error shows.
//
// Import it for its effect, in package main:
//
//	import _ "panictrail.dev/go/crashhook/auto"
//
// or call Install. Under panicwatch the runtime then writes what it prints of a fatal panic to a file of this process
// as well (debug.SetCrashOutput, Go 1.23 and later), and what Handler and Note are told goes to a ring of 1 KiB, which
// survives SIGKILL. Without panicwatch, so without PANICWATCH_CRASH_FD and PANICWATCH_RING, Install does nothing.
//
// The hook recovers no panic, starts no goroutine, handles no signal and does not keep the runtime from seeing that all
// goroutines are asleep. It costs nothing while nothing crashes, but for the entries of the ring.
//
// Go has no runtime.SetPanicHandler: no code of a program can run when another goroutine panics. This package, with
// panicwatch outside of the process, takes its place.
package crashhook

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"panictrail.dev/go/internal/ring"
)

const (
	crashVariable = "PANICWATCH_CRASH_FD"
	ringVariable  = "PANICWATCH_RING"
	// hookVariable names the process that has a hook, for another copy of this package in it.
	hookVariable = "PANICWATCH_HOOK"
)

// Status says what Install found and did.
type Status struct {
	// CrashOutput: the runtime writes crashes to the file of panicwatch, too.
	CrashOutput bool
	// Ring: entries go to the ring of panicwatch.
	Ring bool
	// Again: this process had a hook before, by this copy of the package or by another; nothing was changed.
	Again bool
	// Fault says what was asked for and could not be done; the program goes on without it.
	Fault error
}

// String is a line for people: `crash output on, ring on`.
func (s Status) String() string {
	onOff := map[bool]string{true: "on", false: "off"}
	text := fmt.Sprintf("crash output %s, ring %s", onOff[s.CrashOutput], onOff[s.Ring])
	if s.Again {
		text += " (installed before)"
	}
	if s.Fault != nil {
		text += ": " + s.Fault.Error()
	}
	return text
}

var (
	events atomic.Pointer[ring.Ring]

	installing sync.Mutex
	installed  *Status
)

// Install connects the process to the panicwatch that started it. It may be called any number of times, from any
// goroutine: calls after the first change nothing and return the same with Again set.
//
// The two variables are taken out of the environment, so that the programs that this one starts do not write to its
// files. Install replaces a file that debug.SetCrashOutput was given before, and is replaced by one given later.
func Install() Status {
	installing.Lock()
	defer installing.Unlock()
	if installed != nil {
		again := *installed
		again.Again = true
		return again
	}
	status := install()
	installed = &status
	return status
}

func install() Status {
	descriptor, path := os.Getenv(crashVariable), os.Getenv(ringVariable)
	pid := strconv.Itoa(os.Getpid())
	if descriptor == "" && path == "" {
		return Status{Again: os.Getenv(hookVariable) == pid}
	}
	os.Unsetenv(crashVariable)
	os.Unsetenv(ringVariable)
	os.Setenv(hookVariable, pid)
	var status Status
	var crashFault, ringFault error
	if descriptor != "" {
		status.CrashOutput, crashFault = takeDescriptor(descriptor)
	}
	if path != "" {
		var mapped *ring.Ring
		mapped, ringFault = ring.Open(path)
		if ringFault != nil {
			ringFault = fmt.Errorf("%s: %w", ringVariable, ringFault)
		} else {
			events.Store(mapped)
			status.Ring = true
		}
	}
	status.Fault = errors.Join(crashFault, ringFault)
	return status
}

// takeDescriptor gives the runtime the inherited descriptor and closes ours; it returns whether crashes will be there.
func takeDescriptor(text string) (bool, error) {
	number, err := strconv.Atoi(text)
	if err != nil || number <= 2 {
		return false, fmt.Errorf("%s=%s: not the number of a descriptor above 2", crashVariable, text)
	}
	// A wrapper between panicwatch and us may have closed it, and the number may be that of a file of ours now.
	if err := inherited(number); err != nil {
		return false, fmt.Errorf("%s=%s: %w", crashVariable, text, err)
	}
	file := os.NewFile(uintptr(number), "panicwatch's crash file")
	defer file.Close()
	on, err := setCrashOutput(file)
	if err != nil {
		return false, fmt.Errorf("%s=%s: %w", crashVariable, text, err)
	}
	return on, nil
}

// Announce writes the fault of a status to standard error, in one line, and nothing where there is none.
func (s Status) Announce() {
	if s.Fault != nil {
		fault := strings.ReplaceAll(s.Fault.Error(), "\n", "; ")
		fmt.Fprintf(os.Stderr, "crashhook: %s; going on without it\n", fault)
	}
}

// Note adds a line to the ring: what the program is about to do, or just did. It costs nothing where there is no ring.
func Note(text string) {
	if to := events.Load(); to != nil {
		var buffer [ring.TextSize + 1]byte
		to.Write(time.Now(), 0, buffer[:copy(buffer[:], text)])
	}
}
