// The same for a runtime error, two guards deep.
package main

func guard(work func()) {
	defer func() {
		if value := recover(); value != nil {
			panic(value)
		}
	}()
	work()
}

func first(prices []int) int { return prices[0] }

func main() {
	guard(func() {
		guard(func() { first(nil) })
	})
}
