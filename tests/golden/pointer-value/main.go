// A panic with a pointer: to a struct, or (with an argument) to an error that errors.New made.
package main

import (
	"errors"
	"os"
)

type entry struct{ Message string }

func main() {
	if len(os.Args) > 1 {
		err := errors.New("queue is gone")
		panic(&err)
	}
	panic(&entry{"the real message is not in the crash text"})
}
