// Small functions that the compiler puts into their caller.
package main

import "fmt"

type price struct{ cents []int }

func (p price) base() int { return p.cents[0] }

func (p price) net() int { return p.base() * 100 / 119 }

func (p price) label() string { return fmt.Sprintf("%d cents", p.net()) }

func main() {
	fmt.Println(price{}.label())
}
