// Type parameters: functions and methods of generic types on the way to the failure.
package main

import "fmt"

type number interface{ ~int | ~float64 }

type cents int

type ring[T any] struct{ items []T }

//go:noinline
func (r *ring[T]) at(i int) T { return r.items[i] }

//go:noinline
func sum[T number](r *ring[T], upTo int) (total T) {
	for i := 0; i < upTo; i++ {
		total += r.at(i)
	}
	return total
}

//go:noinline
func apply[K comparable, V any](values map[K]V, f func(K, V)) {
	for k, v := range values {
		f(k, v)
	}
}

func main() {
	prices := map[string]*ring[cents]{"TEA": {[]cents{450, 460}}}
	apply(prices, func(sku string, r *ring[cents]) {
		fmt.Println(sku, sum(r, 3))
	})
}
