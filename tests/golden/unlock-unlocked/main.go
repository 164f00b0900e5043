// A mutex that is unlocked twice on the error path.
package main

import "sync"

type account struct {
	mu    sync.Mutex
	cents int
}

func (a *account) withdraw(cents int) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if cents > a.cents {
		a.mu.Unlock()
		return false
	}
	a.cents -= cents
	return true
}

func main() {
	(&account{cents: 10}).withdraw(20)
}
