// A panic with a value that has a String method, and one of a named string type.
package main

import "os"

type state int

func (s state) String() string { return [...]string{"new", "paid", "shipped"}[s] }

type reason string

func main() {
	if len(os.Args) > 1 {
		panic(reason("cart is \"frozen\""))
	}
	panic(state(1))
}
