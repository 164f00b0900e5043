// A tool that is started by go run; it says something on standard output before it fails.
package main

import (
	"fmt"
	"strconv"
)

func must(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		panic(err)
	}
	return n
}

func main() {
	fmt.Println("import of 2 rows")
	for _, text := range []string{"450", "12,00"} {
		fmt.Println("cents:", must(text))
	}
}
