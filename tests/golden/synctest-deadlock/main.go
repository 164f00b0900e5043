// A queue whose consumer is tested inside a bubble.
package main

import "time"

func drain(jobs <-chan int, idle time.Duration) (seen int) {
	for {
		select {
		case <-jobs:
			seen++
		case <-time.After(idle):
			return seen
		}
	}
}

func flush(jobs chan<- int, rest []int) {
	for _, job := range rest {
		jobs <- job
	}
}

func main() {
	jobs := make(chan int)
	go flush(jobs, nil)
	drain(jobs, time.Second)
}
