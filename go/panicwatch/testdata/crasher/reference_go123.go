//go:build go1.23

package main

import (
	"os"
	"runtime/debug"
)

func keepReference() {
	if path := os.Getenv("CRASHER_REF"); path != "" {
		file, err := os.Create(path)
		if err != nil {
			panic(err)
		}
		if err := debug.SetCrashOutput(file, debug.CrashOptions{}); err != nil {
			panic(err)
		}
	}
}
