// A discount rule with tests; one of them meets the bug.
package main

type rule struct{ steps []int }

func (r *rule) discount(quantity int) int {
	if r == nil {
		return 0
	}
	return r.steps[quantity/10]
}

func main() {
	(&rule{[]int{0}}).discount(1)
}
