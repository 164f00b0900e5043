// Two owners close the same queue; a producer still sends.
package main

import "os"

func produce(queue chan<- int) {
	queue <- 1
}

func main() {
	queue := make(chan int, 1)
	close(queue)
	if len(os.Args) > 1 {
		close(queue)
	}
	produce(queue)
}
