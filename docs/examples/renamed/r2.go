package main

import (
	"fmt"
	"os"
)

// Order is what a customer buys.
type Order struct {
	ID   int
	Cust *Customer
}

// Customer is who buys.
type Customer struct{ Zip string }

var prices = map[string]int{"tea": 3}

func price(sku string) int {
	p, ok := prices[sku]
	if !ok {
		panic(fmt.Sprintf("no price for %q", sku))
	}
	return p
}

// amountDue was called total.
func amountDue(order *Order) int {
	due := price("tea")
	if order.ID > 1 {
		due += price("milk")
	}
	return due + len(order.Cust.Zip)
}

func quote(order *Order) int {
	return price("coffee") + order.ID
}

func main() {
	run := map[string]func(){
		"total": func() { amountDue(&Order{ID: 1}) },
		"milk":  func() { amountDue(&Order{ID: 2}) },
		"quote": func() { quote(&Order{ID: 1}) },
	}
	run[os.Args[1]]()
}
