//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package ring

import (
	"errors"
	"fmt"
	"runtime"
)

// Open maps the ring file for writing, where the system has mmap.
func Open(path string) (*Ring, error) {
	return nil, fmt.Errorf("map %s: %w on %s", path, errors.ErrUnsupported, runtime.GOOS)
}
