// Tax rates that are read once; the first request panics, and so does every later one, elsewhere.
package main

import (
	"fmt"
	"os"
	"strings"
	"sync"
)

const table = "DE 19\nFR\n"

var rates = sync.OnceValue(func() map[string]string {
	found := map[string]string{}
	for _, line := range strings.Split(strings.TrimSpace(table), "\n") {
		fields := strings.Fields(line)
		found[fields[0]] = fields[1]
	}
	return found
})

func quote(country string) string { return country + " " + rates()[country] }

func receipt(country string) string { return "VAT " + rates()[country] }

func main() {
	if len(os.Args) > 1 {
		func() {
			defer func() { fmt.Fprintln(os.Stderr, "no quote:", recover()) }()
			quote("DE")
		}()
		fmt.Println(receipt("DE"))
	}
	fmt.Println(quote("DE"))
}
