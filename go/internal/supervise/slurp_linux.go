package supervise

import "syscall"

// slurp reads a small file of /proc or /sys. os.ReadFile tries to poll each file first: three system calls more, and at the
// start and at the end of a command there are many such files.
func slurp(path string) ([]byte, error) {
	var fd int
	err := again(func() (err error) {
		fd, err = syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
		return err
	})
	if err != nil {
		return nil, err
	}
	defer syscall.Close(fd)
	data := make([]byte, 0, 2048)
	for {
		if len(data) == cap(data) {
			data = append(data, 0)[:len(data)]
		}
		var n int
		err := again(func() (err error) {
			n, err = syscall.Read(fd, data[len(data):cap(data)])
			return err
		})
		if n <= 0 || err != nil {
			return data, err
		}
		data = data[:len(data)+n]
	}
}

func again(call func() error) error {
	for {
		if err := call(); err != syscall.EINTR {
			return err
		}
	}
}
