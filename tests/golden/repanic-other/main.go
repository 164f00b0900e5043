// A middleware recovers and panics with a value of its own.
package main

import "fmt"

func guard(name string, work func()) {
	defer func() {
		if value := recover(); value != nil {
			panic(fmt.Sprintf("%s: %v", name, value))
		}
	}()
	work()
}

func main() {
	var prices []int
	guard("totals", func() { prices[3]++ })
}
