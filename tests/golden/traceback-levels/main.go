// One crash beside two other goroutines, to be seen under each GOTRACEBACK.
package main

import "time"

type cart struct{ items []string }

func (c *cart) first() string { return c.items[0] }

func idle(d time.Duration) { time.Sleep(d) }

func main() {
	go idle(time.Hour)
	go func() { select {} }()
	time.Sleep(50 * time.Millisecond)
	(&cart{}).first()
}
