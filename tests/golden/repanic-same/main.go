// A middleware recovers, logs and panics again with the same value.
package main

import (
	"errors"
	"log"
)

func guard(work func()) {
	defer func() {
		if value := recover(); value != nil {
			log.SetFlags(0)
			log.Printf("worker failed: %v", value)
			panic(value)
		}
	}()
	work()
}

func main() {
	guard(func() { panic(errors.New("queue is gone")) })
}
