// fmt recovers a panic of a String method: no crash, but the words are there.
package main

import (
	"fmt"
	"log"
)

type order struct{ lines []string }

func (o *order) String() string { return o.lines[0] }

func main() {
	log.SetFlags(0)
	log.Printf("order: %v", &order{})
	fmt.Println("still here")
}
