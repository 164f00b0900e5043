// A wait group that is done once too often.
package main

import "sync"

func main() {
	var done sync.WaitGroup
	done.Add(1)
	done.Done()
	done.Done()
}
