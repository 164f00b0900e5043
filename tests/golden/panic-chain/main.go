// Three panics: each deferred function fails while it cleans up after the one before.
package main

import (
	"errors"
	"fmt"
)

func closeLog() {
	panic(errors.New("close log: file already closed"))
}

func rollback() {
	defer closeLog()
	var open map[string]int
	open["tx"] = 1
}

func commit() {
	defer rollback()
	panic("commit: connection reset")
}

func main() {
	defer fmt.Println("never the end")
	commit()
}
