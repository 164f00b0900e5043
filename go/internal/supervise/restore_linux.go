package supervise

import (
	"syscall"
	"unsafe"
)

// restore gives a signal back to the kernel. signal.Reset does not: the Go runtime keeps its handler and prints goroutines.
func restore(number syscall.Signal) {
	// All zero is the default handler in whatever order an architecture has the fields.
	var action [64]byte
	const maskSize = 8
	syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(number), uintptr(unsafe.Pointer(&action)), 0, maskSize, 0, 0)
}
