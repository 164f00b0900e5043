// A category that is its own parent: the path never ends.
package main

import "fmt"

type category struct {
	name   string
	parent *category
}

func (c *category) path() string {
	if c == nil {
		return ""
	}
	return c.parent.path() + "/" + c.name
}

func main() {
	tea := &category{name: "tea"}
	tea.parent = tea
	fmt.Println(tea.path())
}
