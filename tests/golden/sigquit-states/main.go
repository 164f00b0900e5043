// A dozen goroutines, each waiting in another way; then the signal asks for all of them.
package main

import (
	"fmt"
	"net"
	"os"
	"runtime"
	"sync"
	"syscall"
	"time"
)

type hub struct {
	mu    sync.Mutex
	rw    sync.RWMutex
	done  sync.WaitGroup
	ready *sync.Cond
	jobs  chan int
	full  chan int
}

func (h *hub) receive() { <-h.jobs }

func (h *hub) send() { h.full <- 1 }

func (h *hub) choose() {
	select {
	case <-h.jobs:
	case <-time.After(time.Hour):
	}
}

func (h *hub) lock() { h.mu.Lock() }

func (h *hub) readLock() { h.rw.RLock() }

func (h *hub) wait() { h.done.Wait() }

func (h *hub) condition() {
	h.ready.L.Lock()
	h.ready.Wait()
}

func (h *hub) accept(l net.Listener) { l.Accept() }

func (h *hub) pinned() {
	runtime.LockOSThread()
	<-h.jobs
}

func (h *hub) raw() {
	var pipe [2]int
	if err := syscall.Pipe(pipe[:]); err != nil {
		return
	}
	syscall.Read(pipe[0], make([]byte, 1))
}

func main() {
	h := &hub{jobs: make(chan int), full: make(chan int), ready: sync.NewCond(&sync.Mutex{})}
	h.mu.Lock()
	h.rw.Lock()
	h.done.Add(1)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for _, work := range []func(){h.receive, h.send, h.choose, h.lock, h.readLock, h.wait, h.condition, h.pinned, h.raw} {
		go work()
	}
	go h.accept(listener)
	go time.Sleep(time.Hour)
	go func() {
		var never chan int
		never <- 1
	}()
	go func() { select {} }()
	time.Sleep(200 * time.Millisecond)
	fmt.Println("ready")
	<-h.jobs
}
