// A price import that runs in an errgroup; one of its workers fails.
package main

import (
	"fmt"

	"golang.org/x/sync/errgroup"
)

func parse(row []string) (string, error) {
	return row[1], nil
}

func main() {
	var group errgroup.Group
	for _, row := range [][]string{{"TEA-0042"}} {
		row := row
		group.Go(func() error {
			sku, err := parse(row)
			fmt.Println(sku)
			return err
		})
	}
	fmt.Println(group.Wait())
}
