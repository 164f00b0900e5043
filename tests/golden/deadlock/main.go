// A worker waits for jobs that nobody sends; main waits for the worker.
package main

import "sync"

func consume(jobs <-chan int, done *sync.WaitGroup) {
	defer done.Done()
	for range jobs {
	}
}

func main() {
	var done sync.WaitGroup
	jobs := make(chan int)
	done.Add(1)
	go consume(jobs, &done)
	done.Wait()
}
