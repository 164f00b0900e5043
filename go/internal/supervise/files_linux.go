package supervise

import (
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"unsafe"

	"panictrail.dev/go/internal/ring"
	"panictrail.dev/go/internal/spool"
)

// What the hook in the child looks for (go/crashhook).
const (
	crashVariable = "PANICWATCH_CRASH_FD"
	ringVariable  = "PANICWATCH_RING"
	spoolVariable = "PANICWATCH_SPOOL"
)

// lowestFree is where the descriptor that the child inherits is looked for: below are those of the shell, of systemd's
// socket activation, and of scripts.
const lowestFree = 20

const (
	crashPrefix = ".crash-"
	ringPrefix  = ".ring-"
)

// uniqueName is what the names of a supervisor's own files end with; no other takes it, in whatever container.
func uniqueName() string { return strconv.Itoa(os.Getpid()) + "-" + spool.Unique() }

// crashFile is what the child's runtime writes its crash to (debug.SetCrashOutput), besides standard error.
type crashFile struct {
	path      string // empty: in memory
	file      *os.File
	inherited int
	taken     int64 // so much was recorded
	mapped    []byte
}

// newCrashFile makes the file, in the folder or, where it takes none, in memory; nil where neither can be. It begins with
// the command, for whoever finds it when we have been killed (salvage).
func newCrashFile(folder, name string, command []string) *crashFile {
	c := &crashFile{}
	const flags = syscall.O_RDWR | syscall.O_APPEND | syscall.O_CREAT | syscall.O_EXCL | syscall.O_CLOEXEC
	fd := -1
	if folder != "" {
		c.path = filepath.Join(folder, crashPrefix+name)
		var err error
		if fd, err = syscall.Open(c.path, flags, 0o600); err != nil {
			fd, c.path = -1, ""
		}
	}
	if fd < 0 {
		if fd = memoryFile(); fd < 0 {
			return nil
		}
	}
	syscall.Flock(fd, syscall.LOCK_SH|syscall.LOCK_NB) // held by the child as well, so for as long as anybody may write
	header := headerOf(command)
	if n, err := syscall.Write(fd, header); n == len(header) && err == nil {
		c.taken = int64(n)
	} else {
		syscall.Ftruncate(fd, 0)
	}
	inherited, _, errno := syscall.Syscall(syscall.SYS_FCNTL, uintptr(fd), syscall.F_DUPFD, lowestFree)
	c.file = os.NewFile(uintptr(fd), c.path)
	if errno != 0 {
		c.remove()
		return nil
	}
	c.inherited = int(inherited)
	return c
}

func memoryFile() int {
	name := []byte("panicwatch\x00")
	const closeOnExec = 1 // MFD_CLOEXEC
	fd, _, errno := syscall.Syscall(memfdCreate, uintptr(unsafe.Pointer(&name[0])), closeOnExec, 0)
	if errno != 0 {
		return -1
	}
	syscall.Syscall(syscall.SYS_FCNTL, fd, syscall.F_SETFL, syscall.O_RDWR|syscall.O_APPEND)
	return int(fd)
}

// given closes our copy of what the child has now.
func (c *crashFile) given() {
	if c != nil {
		syscall.Close(c.inherited)
	}
}

// fresh is what was written since it was taken; valid until the next call.
func (c *crashFile) fresh() []byte {
	if c == nil {
		return nil
	}
	info, err := c.file.Stat()
	if err != nil || info.Size() <= c.taken {
		return nil
	}
	if c.mapped != nil {
		syscall.Munmap(c.mapped)
	}
	c.mapped, err = syscall.Mmap(int(c.file.Fd()), 0, int(min(info.Size(), c.taken+textMax)), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return nil
	}
	return c.mapped[c.taken:]
}

// take says that the first bytes of what is fresh were recorded.
func (c *crashFile) take(size int) {
	if c != nil {
		c.taken += int64(size)
	}
}

func (c *crashFile) remove() {
	if c != nil {
		c.file.Close()
		if c.path != "" {
			os.Remove(c.path)
		}
	}
}

// ringFile is the memory that the child's hook keeps its last events in.
type ringFile struct {
	path string
	ours bool // made by us, so removed by us
}

// newRing makes the ring at the path that the user gave, or in the folder; nil where it cannot be.
func newRing(path, folder, name string) (*ringFile, error) {
	r := &ringFile{path: path}
	if path == "" {
		if folder == "" {
			return nil, nil
		}
		r.path, r.ours = filepath.Join(folder, ringPrefix+name), true
	} else if old, err := os.ReadFile(path); err == nil && ring.Is(old) {
		os.Remove(path) // of a run before us
	}
	if err := ring.Create(r.path); err != nil {
		return nil, err
	}
	return r, nil
}

// text is a line per event, the oldest first.
func (r *ringFile) text() []byte {
	if r == nil {
		return nil
	}
	data, err := os.ReadFile(r.path)
	if err != nil {
		return nil
	}
	var out []byte
	for _, entry := range ring.Read(data) {
		out = append(out, entry...)
		out = append(out, '\n')
	}
	return out
}

func (r *ringFile) remove() {
	if r != nil && r.ours {
		os.Remove(r.path)
	}
}
