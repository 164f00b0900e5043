// The totals of an order: the last line has no price, and the loop counts the lines.
package main

import "fmt"

type line struct {
	SKU      string
	Quantity int
}

//go:noinline
func total(lines []line, prices []int) int {
	sum := 0
	for i := range lines {
		sum += lines[i].Quantity * prices[i]
	}
	return sum
}

func main() {
	lines := []line{{"TEA-0042", 1}, {"CUP-0007", 2}, {"POT-0001", 1}}
	fmt.Println(total(lines, []int{450, 1200}))
}
