// A start-up check that panics with a wrapped error.
package main

import (
	"fmt"
	"os"
)

func load(path string) []byte {
	data, err := os.ReadFile(path)
	if err != nil {
		panic(fmt.Errorf("load configuration: %w", err))
	}
	return data
}

func main() {
	fmt.Println(len(load("/etc/acme/shop.toml")))
}
