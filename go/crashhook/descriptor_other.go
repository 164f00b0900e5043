//go:build !linux

package crashhook

import (
	"fmt"
	"runtime"
)

// inherited refuses: panicwatch hands descriptors down on Linux alone.
func inherited(int) error {
	return fmt.Errorf("descriptors are not taken over on %s", runtime.GOOS)
}
