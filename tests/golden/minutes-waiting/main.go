// Goroutines that have waited for more than a minute; the collector must run for the runtime to notice.
package main

import (
	"fmt"
	"runtime"
	"sync"
	"time"
)

func consume(jobs <-chan int) { <-jobs }

func hold(mu *sync.Mutex) { mu.Lock() }

func pinned(jobs chan<- int) {
	runtime.LockOSThread()
	jobs <- 1
}

func main() {
	var mu sync.Mutex
	mu.Lock()
	go consume(make(chan int))
	go hold(&mu)
	go pinned(make(chan int))
	go func() { select {} }()
	for i := 0; i < 13; i++ {
		time.Sleep(5 * time.Second)
		runtime.GC()
	}
	go consume(make(chan int))
	time.Sleep(100 * time.Millisecond)
	fmt.Println("ready")
	mu.Lock()
}
