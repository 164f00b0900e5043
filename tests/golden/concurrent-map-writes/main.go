// Two goroutines count visits in one map.
package main

var visits = map[int]int{}

func count(from int) {
	for i := from; ; i++ {
		visits[i%64]++
	}
}

func main() {
	go count(0)
	count(32)
}
