// A counter that two goroutines change without a lock, built with the race detector.
package main

import (
	"fmt"
	"sync"
)

type visits struct{ total int }

func (v *visits) add(n int) { v.total += n }

func main() {
	v := &visits{}
	var done sync.WaitGroup
	for i := 1; i <= 2; i++ {
		i := i
		done.Add(1)
		go func() {
			defer done.Done()
			v.add(i)
		}()
	}
	done.Wait()
	fmt.Println(v.total)
}
