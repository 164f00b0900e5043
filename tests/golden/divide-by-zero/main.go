// An average over no orders.
package main

import "fmt"

//go:noinline
func average(cents, orders int) int {
	return cents / orders
}

func main() {
	fmt.Println(average(0, 0))
}
