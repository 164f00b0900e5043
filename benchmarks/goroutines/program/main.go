// Command parkinglot parks goroutines in five kinds of waits and prints all their stacks, as a server does on SIGQUIT.
package main

import (
	"fmt"
	"net"
	"os"
	"runtime"
	"strconv"
	"sync"
	"time"
)

type level struct {
	depth int
	stop  chan struct{}
	tick  chan int
}

type queue struct {
	mu    sync.Mutex
	ready *sync.Cond
	items []string
}

//go:noinline
func (l *level) wait(depth int, name string, weights []float64) int {
	if depth > 0 {
		return l.wait(depth-1, name, weights) + depth
	}
	select {
	case <-l.stop:
		return 0
	case n := <-l.tick:
		return n
	}
}

//go:noinline
func (q *queue) take(who string, number int) string {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.items) == 0 {
		q.ready.Wait()
	}
	return q.items[0] + who
}

//go:noinline
func receive(from <-chan int, number int, tags ...string) int { return <-from + number }

//go:noinline
func lock(mu *sync.Mutex, number int) { mu.Lock() }

//go:noinline
func rest(number int, listener net.Listener) {
	if number%10 == 4 {
		if conn, err := listener.Accept(); err == nil {
			conn.Close()
		}
		return
	}
	time.Sleep(time.Hour + time.Duration(number))
}

func main() {
	count := 1000
	if len(os.Args) > 1 {
		count, _ = strconv.Atoi(os.Args[1])
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	var mu sync.Mutex
	mu.Lock()
	q := &queue{}
	q.ready = sync.NewCond(&q.mu)
	never := make(chan int)
	weights := []float64{1, 2}
	for i := 0; i < count; i++ {
		i := i
		switch i % 5 {
		case 0:
			l := &level{depth: i, stop: make(chan struct{}), tick: make(chan int)}
			go func() { l.wait(3+i/5%7, "level", weights) }()
		case 1:
			go receive(never, i, "a", "b")
		case 2:
			go lock(&mu, i)
		case 3:
			go func() { fmt.Println(q.take("worker", i)) }()
		case 4:
			go rest(i, listener)
		}
	}
	time.Sleep(time.Second)
	buf := make([]byte, 1<<30)
	os.Stdout.Write(buf[:runtime.Stack(buf, true)])
}
