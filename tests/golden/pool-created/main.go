// A cache that is refreshed in the background: the goroutine runs nothing of its own, only its creator tells.
package main

import (
	"sync"
	"time"
)

func refresh(done *sync.WaitGroup) {
	go done.Done()
	time.Sleep(time.Second)
}

func main() {
	var done sync.WaitGroup
	refresh(&done)
}
