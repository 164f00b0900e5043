//go:build !linux

// Command panicwatch runs a command as its init and supervisor; it needs Linux.
package main

import (
	"os"
	"runtime"
)

func main() {
	os.Stderr.WriteString("panicwatch: runs on Linux only (this is " + runtime.GOOS + "): run the command without it\n")
	os.Exit(1)
}
