package supervise

import (
	"os"
	"os/signal"
	"syscall"
)

// Signals of ours: SIGCHLD, SIGURG and SIGPROF (the Go runtime takes them for itself), SIGPIPE (a write of ours), and those
// that nobody can catch. All others are passed on.
var kept = map[syscall.Signal]bool{
	syscall.SIGCHLD: true, syscall.SIGURG: true, syscall.SIGPROF: true, syscall.SIGPIPE: true,
	syscall.SIGKILL: true, syscall.SIGSTOP: true,
}

const lastSignal = 64

// first are the signals that are caught before the command is started: those that init systems and people send. Catching one
// takes up to 0.1 ms (os/signal asks a thread of its own each time), so all others are caught while the command starts.
var first = [...]os.Signal{
	syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGHUP, syscall.SIGABRT, syscall.SIGUSR1, syscall.SIGUSR2,
}

// listen begins to catch the first signals, and says so by closing ready. The channel is long enough for bursts: os/signal
// drops what does not fit.
func listen(ready chan<- struct{}) chan os.Signal {
	channel := make(chan os.Signal, 128)
	go func() {
		signal.Notify(channel, first[:]...)
		close(ready)
	}()
	return channel
}

// listenToAll catches everything that can be passed on.
func listenToAll(channel chan os.Signal) {
	for number := syscall.Signal(1); number <= lastSignal; number++ {
		if !kept[number] {
			signal.Notify(channel, number)
		}
	}
}

// targets says which processes get a signal. A Go program that we started gets it. Below a shell, or another wrapper, the
// Go programs get it, each once, as if they had been started directly; unless the wrapper itself has a handler for it: then
// it is the wrapper's business, as without us. Shells are never given SIGINT (bash catches it for itself while it waits),
// SIGQUIT and SIGABRT while a Go program runs below them: these ask for the goroutines.
func targets(main int, number syscall.Signal) []int {
	p, isGo := examine(main)
	p.close()
	if isGo {
		return []int{main}
	}
	asksGo := number == syscall.SIGINT || number == syscall.SIGQUIT || number == syscall.SIGABRT
	if catches(main, int(number)) && !(asksGo && isShell(main)) {
		return []int{main}
	}
	below := goProcesses(os.Getpid())
	pids := make([]int, 0, len(below))
	for i := range below {
		below[i].close()
		pids = append(pids, below[i].pid)
	}
	if len(pids) == 0 {
		return []int{main}
	}
	return pids
}
