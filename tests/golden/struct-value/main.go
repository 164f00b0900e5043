// A panic with a plain struct.
package main

type abort struct {
	Code   int
	Reason string
}

func main() {
	panic(abort{42, "cart is frozen"})
}
