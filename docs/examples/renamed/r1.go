package main

import (
	"fmt"
	"os"
)

type Order struct {
	ID   int
	Cust *Customer
}

type Customer struct{ Zip string }

var prices = map[string]int{"tea": 3}

func price(sku string) int {
	p, ok := prices[sku]
	if !ok {
		panic(fmt.Sprintf("no price for %q", sku))
	}
	return p
}

func total(o *Order) int {
	sum := price("tea")
	if o.ID > 1 {
		sum += price("milk")
	}
	return sum + len(o.Cust.Zip)
}

func quote(o *Order) int {
	return price("coffee") + o.ID
}

func main() {
	switch os.Args[1] {
	case "total":
		total(&Order{ID: 1})
	case "milk":
		total(&Order{ID: 2})
	case "quote":
		quote(&Order{ID: 1})
	}
}
