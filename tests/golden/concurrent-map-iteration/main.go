// One goroutine writes while another one reads and iterates.
package main

var visits = map[int]int{1: 1}

func report() (sum int) {
	for _, n := range visits {
		sum += n
	}
	return sum
}

func main() {
	go func() {
		for i := 0; ; i++ {
			visits[i%512] = i
		}
	}()
	for {
		report()
	}
}
