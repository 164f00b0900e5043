// A closure in a closure, started as a goroutine from a closure; it fails.
package main

import (
	"sync"
	"time"
)

type order struct{ lines []int }

type pool struct{ done sync.WaitGroup }

func (p *pool) each(orders []*order, visit func(*order)) {
	for _, o := range orders {
		o := o
		p.done.Add(1)
		func() {
			go func() {
				defer p.done.Done()
				visit(o)
			}()
		}()
	}
	p.done.Wait()
}

var last = func(o *order) int { return o.lines[len(o.lines)-1] }

func main() {
	p := &pool{}
	p.each([]*order{{[]int{1}}}, func(o *order) {
		func() { time.Sleep(time.Duration(last(o))) }()
	})
	p.each([]*order{{}}, func(o *order) { last(o) })
}
