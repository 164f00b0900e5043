//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package ring

import (
	"fmt"
	"os"
	"syscall"
)

// Open maps the ring file for writing. The mapping stays for the life of the process; the file may be removed meanwhile.
// ErrNotRing for a file that is none; it is not written to.
func Open(path string) (*Ring, error) {
	// Without O_NONBLOCK a named pipe of that name would hold the program up for ever.
	file, err := os.OpenFile(path, os.O_RDWR|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() != Size {
		return nil, fmt.Errorf("%s: %w", path, ErrNotRing)
	}
	memory, err := syscall.Mmap(int(file.Fd()), 0, Size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map %s: %w", path, err)
	}
	ring, err := over(memory)
	if err != nil {
		syscall.Munmap(memory)
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return ring, nil
}
