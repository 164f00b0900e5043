// A process that a supervisor aborts while it waits.
package main

import "fmt"

func serve(requests <-chan string) {
	for r := range requests {
		fmt.Println(r)
	}
}

func main() {
	go serve(make(chan string))
	fmt.Println("ready")
	serve(make(chan string))
}
