// A page that is put together in an errgroup; the release of golang.org/x/sync passes a panic on to Wait.
package main

import (
	"fmt"

	"golang.org/x/sync/errgroup"
)

type profile struct{ Orders map[string]int }

func (p *profile) count(kind string) {
	p.Orders[kind]++
}

func page(kinds []string) error {
	user := &profile{}
	var group errgroup.Group
	for _, kind := range kinds {
		group.Go(func() error {
			user.count(kind)
			return nil
		})
	}
	return group.Wait()
}

func main() {
	fmt.Println(page([]string{"open"}))
}
