// A goroutine ends itself with runtime.Goexit; a deferred function panics on the way out.
package main

import (
	"runtime"
	"sync"
)

func release() {
	panic("release: not the owner")
}

func worker(done *sync.WaitGroup) {
	defer done.Done()
	defer release()
	runtime.Goexit()
}

func main() {
	var done sync.WaitGroup
	done.Add(1)
	go worker(&done)
	done.Wait()
}
