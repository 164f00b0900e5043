// A process that a supervisor aborts while it waits.
package main

import (
	"fmt"
	"time"
)

func serve(requests <-chan string) {
	for r := range requests {
		fmt.Println(r)
	}
}

func tick() {
	for {
		time.Sleep(time.Hour)
	}
}

func main() {
	go tick()
	go serve(make(chan string))
	fmt.Println("ready")
	serve(make(chan string))
}
