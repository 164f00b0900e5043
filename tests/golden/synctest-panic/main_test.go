package main

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		go time.Sleep(time.Hour)
		delays := []int{1, 2}
		go retry(3, time.Minute, func(i int) error {
			return errors.New(string(rune('a' + delays[i])))
		})
		time.Sleep(10 * time.Minute)
	})
}
