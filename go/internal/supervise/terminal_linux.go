package supervise

import (
	"strconv"
	"syscall"
	"unsafe"
)

func ioctl(fd int, request, argument uintptr) error {
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), request, argument); errno != 0 {
		return errno
	}
	return nil
}

func attributesOf(fd int) (*syscall.Termios, bool) {
	var t syscall.Termios
	err := ioctl(fd, syscall.TCGETS, uintptr(unsafe.Pointer(&t)))
	return &t, err == nil
}

func isTerminal(fd int) bool {
	_, ok := attributesOf(fd)
	return ok
}

// openPty opens a terminal that changes nothing of what is written to it: programs colour their output and flush their
// lines as on the real one. master does not block; slave is for the child.
func openPty(like int) (master, slave int, err error) {
	master, err = syscall.Open("/dev/ptmx", syscall.O_RDWR|syscall.O_NOCTTY|syscall.O_CLOEXEC|syscall.O_NONBLOCK, 0)
	if err != nil {
		return -1, -1, err
	}
	var number, unlock uint32
	if err = ioctl(master, syscall.TIOCSPTLCK, uintptr(unsafe.Pointer(&unlock))); err == nil {
		err = ioctl(master, syscall.TIOCGPTN, uintptr(unsafe.Pointer(&number)))
	}
	if err == nil {
		path := "/dev/pts/" + strconv.Itoa(int(number))
		slave, err = syscall.Open(path, syscall.O_RDWR|syscall.O_NOCTTY|syscall.O_CLOEXEC, 0)
	}
	if err != nil {
		syscall.Close(master)
		return -1, -1, err
	}
	if t, ok := attributesOf(slave); ok {
		t.Oflag &^= syscall.OPOST
		t.Lflag &^= syscall.ECHO | syscall.ICANON | syscall.ISIG
		ioctl(slave, syscall.TCSETS, uintptr(unsafe.Pointer(t)))
	}
	copySize(like, slave)
	return master, slave, nil
}

// copySize gives a terminal the size of another.
func copySize(from, to int) {
	var size [4]uint16
	if ioctl(from, syscall.TIOCGWINSZ, uintptr(unsafe.Pointer(&size))) == nil {
		ioctl(to, syscall.TIOCSWINSZ, uintptr(unsafe.Pointer(&size)))
	}
}

// foreground returns the terminal that we are in the foreground of, by its descriptor, or -1.
func foreground() int {
	var group int32
	if ioctl(0, syscall.TIOCGPGRP, uintptr(unsafe.Pointer(&group))) == nil && int(group) == syscall.Getpgrp() {
		return 0
	}
	return -1
}

// giveForeground makes a process group the one that the terminal's keys speak to. SIGTTOU has to be ignored.
func giveForeground(terminal, group int) {
	number := int32(group)
	ioctl(terminal, syscall.TIOCSPGRP, uintptr(unsafe.Pointer(&number)))
}
