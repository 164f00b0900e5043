// Package supervise runs a command as an init does and keeps what it wrote when it crashed.
package supervise

import (
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"syscall"
	"time"

	"panictrail.dev/go/internal/spool"
)

// Options is what the user asked for.
type Options struct {
	Spool    string // empty: nothing is kept
	Ring     string // empty: in the spool
	Grace    time.Duration
	SpoolMax int64
	Command  []string
}

// DefaultGrace is how long the rest of a dump is waited for, and how long a text is kept of a process that lives on.
const DefaultGrace = 10 * time.Second

// Run runs the command and returns the exit code to end with; by a signal that ended the command it ends itself.
func Run(options Options) int {
	// What the command finds in its environment has to hold wherever it goes.
	options.Spool, options.Ring = absolute(options.Spool), absolute(options.Ring)
	listening := make(chan struct{})
	s := &supervisor{options: options, terminal: foreground(), signals: listen(listening)}
	s.capture = &capture{options: options, notice: s.notice}
	s.openSpool()
	environment := s.environment()

	in, child, err := s.stderr()
	if err != nil {
		s.notice("cannot make a pipe: " + err.Error())
		return exitNotExecutable
	}
	const subreaper = 36 // PR_SET_CHILD_SUBREAPER: what loses its parent becomes our child
	syscall.Syscall(syscall.SYS_PRCTL, subreaper, 1, 0)
	s.kills, s.killsKnown = oomKills()
	<-listening
	pid, path, failure := start(options.Command, environment, child, s.terminal)
	syscall.Close(child)
	s.capture.crash.given()
	if failure != nil {
		s.notice(failure.Error())
		s.clean()
		return failure.code
	}
	// Two threads that run Go code are all that is ever needed, and garbage is rare. Both calls stop the world: not before now.
	runtime.GOMAXPROCS(2)
	debug.SetGCPercent(20)
	s.capture.main, s.capture.path = pid, absolute(path)
	s.capture.text.folder = s.capture.folder()
	return s.watch(pid, in)
}

func absolute(path string) string {
	if path == "" {
		return ""
	}
	if whole, err := filepath.Abs(path); err == nil {
		return whole
	}
	return path
}

type supervisor struct {
	options    Options
	capture    *capture
	tee        *tee
	terminal   int // that we gave to the command, or -1
	isPty      bool
	pty        int
	signals    chan os.Signal
	kills      uint64
	killsKnown bool
}

func (c *capture) folder() string {
	if c.writer == nil {
		return ""
	}
	return c.writer.Folder()
}

// notice tells the user something, in a line of its own.
func (s *supervisor) notice(text string) {
	line := "panicwatch: " + text + "\n"
	if s.tee != nil && s.tee.lineOpen {
		line = "\n" + line
	}
	syscall.Write(2, []byte(line))
}

func (s *supervisor) openSpool() {
	if s.options.Spool == "" {
		s.notice("neither --spool nor " + spoolVariable + " is set: crashes pass to stderr and are not kept")
	} else if writer, err := spool.Open(s.options.Spool, s.options.SpoolMax, s.notice); err != nil {
		s.notice("spool: " + err.Error() + ": crashes pass to stderr and are not kept")
	} else {
		s.capture.writer = writer
	}
	name := uniqueName()
	s.capture.crash = newCrashFile(s.capture.folder(), name, s.options.Command)
	made, err := newRing(s.options.Ring, s.capture.folder(), name)
	if err != nil {
		s.notice("ring: " + err.Error() + ": there will be none")
	}
	s.capture.ring = made
}

// environment is ours and what the hook looks for.
func (s *supervisor) environment() []string {
	environment := withTraces(without(os.Environ(), crashVariable, ringVariable))
	if s.capture.crash != nil {
		environment = append(environment, crashVariable+"="+strconv.Itoa(s.capture.crash.inherited))
	}
	if s.capture.ring != nil {
		environment = append(environment, ringVariable+"="+s.capture.ring.path)
	}
	return environment
}

func without(environment []string, names ...string) (out []string) {
	for _, variable := range environment {
		keep := true
		for _, name := range names {
			if len(variable) > len(name) && variable[len(name)] == '=' && variable[:len(name)] == name {
				keep = false
			}
		}
		if keep {
			out = append(out, variable)
		}
	}
	return out
}

// stderr makes what the command writes to: a terminal where ours is one, else a pipe.
func (s *supervisor) stderr() (in, child int, err error) {
	if isTerminal(2) {
		if master, slave, err := openPty(2); err == nil {
			s.isPty, s.pty = true, master
			return master, slave, nil
		}
	}
	var ends [2]int
	if err := syscall.Pipe2(ends[:], syscall.O_CLOEXEC); err != nil {
		return -1, -1, err
	}
	return ends[0], ends[1], syscall.SetNonblock(ends[0], true)
}

// death is a child of ours that ended.
type death struct {
	pid    int
	status syscall.WaitStatus
}

// reap waits for all children: as init, and for those that lost their parent.
func reap(deaths chan<- death) {
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, syscall.WUNTRACED, nil)
		switch {
		case err == syscall.EINTR:
		case err != nil:
			return
		default:
			deaths <- death{pid, status}
		}
	}
}

func (s *supervisor) watch(pid, in int) int {
	s.tee = newTee(in, 2, s.capture)
	go s.tee.run()
	deaths := make(chan death, 16)
	go reap(deaths)
	go listenToAll(s.signals)
	if s.capture.writer != nil {
		go salvage(s.capture.folder(), s.options.SpoolMax, s.notice)
	}
	for {
		select {
		case received := <-s.signals:
			s.forward(pid, received.(syscall.Signal))
		case d := <-deaths:
			switch {
			case d.pid != pid:
			case d.status.Stopped():
				s.stop(pid)
			default:
				return s.finish(pid, d.status, deaths)
			}
		}
	}
}

func (s *supervisor) forward(pid int, number syscall.Signal) {
	if number == syscall.SIGWINCH && s.isPty {
		copySize(2, s.pty)
	}
	if number == syscall.SIGTTOU && s.terminal >= 0 || number == syscall.SIGXFSZ && s.capture.overLimit.Load() {
		return // our own
	}
	for _, target := range targets(pid, number) {
		syscall.Kill(target, number)
	}
}

// finish keeps what is to be kept and ends as the command ended.
func (s *supervisor) finish(pid int, status syscall.WaitStatus, deaths chan death) int {
	end := &ending{status: status}
	if s.killsKnown {
		if kills, ok := oomKills(); ok {
			oom := kills > s.kills && end.killed(true)
			end.oom = &oom
		}
	}
	s.tee.ended(end)
	timeout := time.NewTimer(s.options.Grace + time.Second)
	for waiting := true; waiting; {
		select {
		case <-s.tee.done:
			waiting = false
		case <-timeout.C:
			s.tee.leave()
			waiting = false
		case received := <-s.signals: // to what is left of a tree whose wrapper ended
			s.forward(pid, received.(syscall.Signal))
		case <-deaths:
		}
	}
	s.tee.mu.Lock()
	s.capture.finish(end, s.tee.held())
	s.tee.mu.Unlock()
	s.clean()
	return pass(status)
}

func (s *supervisor) clean() {
	if s.capture.writer != nil {
		s.capture.writer.Close()
	}
	s.capture.crash.remove()
	s.capture.ring.remove()
	s.takeTerminal()
}
