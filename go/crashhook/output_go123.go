//go:build go1.23

package crashhook

import (
	"os"
	"runtime/debug"
)

// setCrashOutput returns whether the runtime will write crashes to the file; it keeps a copy of the descriptor.
func setCrashOutput(file *os.File) (bool, error) {
	if err := debug.SetCrashOutput(file, debug.CrashOptions{}); err != nil {
		return false, err
	}
	return true, nil
}
