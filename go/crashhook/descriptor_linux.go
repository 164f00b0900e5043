package crashhook

import (
	"errors"
	"fmt"
	"syscall"
)

// inherited returns nil for a regular file that was open when the program began. What Go opens is closed at the next
// exec; what is not so was handed down.
func inherited(descriptor int) error {
	flags, _, errno := syscall.Syscall(syscall.SYS_FCNTL, uintptr(descriptor), syscall.F_GETFD, 0)
	if errno != 0 {
		return fmt.Errorf("no such descriptor was inherited: %w", errno)
	}
	if flags&syscall.FD_CLOEXEC != 0 {
		return errors.New("this descriptor was opened by the program itself")
	}
	var stat syscall.Stat_t
	if err := syscall.Fstat(descriptor, &stat); err != nil {
		return err
	}
	if stat.Mode&syscall.S_IFMT != syscall.S_IFREG {
		return errors.New("this descriptor is no regular file")
	}
	return nil
}
