// A segmentation violation that another process sends while the program computes.
package main

import "fmt"

func spin(n int) (sum int) {
	for i := 0; i < n; i++ {
		sum += i % 7
	}
	return sum
}

func main() {
	fmt.Println("ready")
	for spin(1<<30) > 0 {
	}
}
