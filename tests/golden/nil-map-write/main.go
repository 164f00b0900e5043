// A stock table that was declared but never made; the first reservation writes to it.
package main

type reservations map[string]int

func reserve(open reservations, sku string, quantity int) {
	open[sku] += quantity
}

func main() {
	var open reservations
	reserve(open, "TEA-0042", 3)
}
