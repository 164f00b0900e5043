package main

import "testing"

func TestNilRule(t *testing.T) {
	var r *rule
	if got := r.discount(5); got != 0 {
		t.Errorf("discount of no rule: %d", got)
	}
}

func TestDiscount(t *testing.T) {
	r := &rule{[]int{0, 5, 10}}
	for quantity, want := range map[int]int{9: 0} {
		if got := r.discount(quantity); got != want {
			t.Errorf("discount(%d) = %d, want %d", quantity, got, want)
		}
	}
	t.Run("bulk", func(t *testing.T) {
		if got := r.discount(30); got != 10 {
			t.Errorf("discount(30) = %d, want 10", got)
		}
	})
}
