// An import whose workers run in a pool of github.com/sourcegraph/conc: it passes a panic on to who waits.
package main

import (
	"fmt"
	"strings"

	"github.com/sourcegraph/conc/pool"
)

func price(row string) string {
	return strings.Split(row, ",")[1]
}

func load(rows []string) {
	workers := pool.New().WithMaxGoroutines(2)
	for _, row := range rows {
		row := row
		workers.Go(func() { fmt.Println(price(row)) })
	}
	workers.Wait()
}

func main() {
	load([]string{"TEA-0042"})
}
