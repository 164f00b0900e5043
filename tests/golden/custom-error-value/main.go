// A panic with an error type of the program.
package main

import "fmt"

type stockError struct {
	SKU  string
	Want int
	Have int
}

func (e stockError) Error() string {
	return fmt.Sprintf("not enough %s: want %d, have %d", e.SKU, e.Want, e.Have)
}

func take(sku string, want, have int) int {
	if want > have {
		panic(stockError{sku, want, have})
	}
	return have - want
}

func main() {
	fmt.Println(take("TEA-0042", 5, 2))
}
