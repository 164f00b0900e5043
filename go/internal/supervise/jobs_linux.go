package supervise

import (
	"os"
	"os/signal"
	"syscall"
)

// takeTerminal makes us the ones whom the terminal's keys speak to, as we were before we gave it to the command.
func (s *supervisor) takeTerminal() {
	if s.terminal >= 0 {
		signal.Ignore(syscall.SIGTTOU) // or we would be stopped for it
		giveForeground(s.terminal, syscall.Getpgrp())
	}
}

// stop does as a job of a shell does when the command was stopped by Ctrl-Z: we stop too, and let it go on when we go on.
func (s *supervisor) stop(pid int) {
	if s.terminal < 0 || os.Getpid() == 1 {
		return
	}
	s.takeTerminal()
	syscall.Kill(os.Getpid(), syscall.SIGSTOP)
	giveForeground(s.terminal, pid)
	syscall.Kill(-pid, syscall.SIGCONT)
}
