package main

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestDrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		jobs := make(chan int)
		go flush(jobs, []int{1, 2, 3})
		if seen := drain(jobs, time.Second); seen != 3 {
			t.Errorf("saw %d jobs, want 3", seen)
		}
	})
}

func TestFlushWithoutConsumer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		flush(make(chan int), []int{1})
	})
}
