// A service that hangs: one request never gives the lock back, the others wait for it; workers are at rest.
package main

import (
	"fmt"
	"sync"
	"time"
)

type stock struct {
	mu   sync.Mutex
	left map[string]int
}

func (s *stock) reserve(sku string) bool {
	s.mu.Lock()
	if s.left[sku] == 0 {
		return false
	}
	s.left[sku]--
	s.mu.Unlock()
	return true
}

func worker(jobs chan string, s *stock) {
	for sku := range jobs {
		s.reserve(sku)
	}
}

func main() {
	s := &stock{left: map[string]int{"TEA-0042": 1}}
	idle := make(chan string)
	for i := 0; i < 3; i++ {
		go worker(idle, s)
	}
	s.reserve("CUP-0007")
	for i := 0; i < 4; i++ {
		go func() { s.reserve("TEA-0042") }()
	}
	time.Sleep(100 * time.Millisecond)
	fmt.Println("ready")
	time.Sleep(time.Hour)
}
