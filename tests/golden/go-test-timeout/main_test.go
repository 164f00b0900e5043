package main

import "testing"

func TestNext(t *testing.T) {
	t.Run("empty", func(t *testing.T) {
		if got := next(make(chan int)); got != 0 {
			t.Errorf("next = %d", got)
		}
	})
}
