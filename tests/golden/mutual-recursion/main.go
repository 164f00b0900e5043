// Two visitors call each other without an end.
package main

import "fmt"

type node struct{ next *node }

func even(n *node, depth int) bool {
	if n == nil {
		return true
	}
	return odd(n.next, depth+1)
}

func odd(n *node, depth int) bool {
	if n == nil {
		return false
	}
	return even(n.next, depth+1)
}

func main() {
	ring := &node{}
	ring.next = &node{ring}
	go func() { select {} }()
	fmt.Println(even(ring, 0))
}
