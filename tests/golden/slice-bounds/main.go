// A page of results that starts behind the end.
package main

import "fmt"

func page(skus []string, number, size int) []string {
	return skus[number*size : number*size+size]
}

func main() {
	fmt.Println(page([]string{"TEA", "CUP", "POT"}, 2, 2))
}
