// A job that starts a job that starts a job, which fails.
package main

import "time"

func charge(cents []int) int { return cents[1] }

func invoice() {
	go func() { charge([]int{100}) }()
	time.Sleep(time.Second)
}

func order() {
	go invoice()
	time.Sleep(time.Second)
}

func main() {
	go order()
	time.Sleep(time.Second)
}
