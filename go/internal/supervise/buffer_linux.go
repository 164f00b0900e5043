package supervise

import (
	"os"
	"syscall"
)

// Up to memoryMax a text is kept in memory; what is longer goes to a file without a name in the spool's folder, so that a
// dump of 26 MB takes no memory of the container. Where that is not possible, memory is used up to fallbackMax.
const (
	memoryMax   = 256 << 10
	fallbackMax = 8 << 20
	// textMax is the longest crash text that is kept: about 130,000 goroutines.
	textMax = 64 << 20
)

// buffer collects a text.
type buffer struct {
	folder string // for its file; empty: none
	memory []byte
	file   *os.File
	inFile int64
	mapped []byte
	cut    bool // there was more
}

func (b *buffer) size() int64 { return b.inFile + int64(len(b.memory)) }

func (b *buffer) add(data []byte) {
	limit := int64(textMax)
	if len(b.memory)+len(data) > memoryMax && !b.flush() {
		limit = fallbackMax
	}
	if room := limit - b.size(); int64(len(data)) > room {
		data, b.cut = data[:max(room, 0)], true
	}
	b.memory = append(b.memory, data...)
}

// flush moves what is in memory to the file.
func (b *buffer) flush() bool {
	if b.file == nil {
		if b.folder == "" {
			return false
		}
		b.file = unnamed(b.folder)
		if b.file == nil {
			b.folder = ""
			return false
		}
	}
	n, err := b.file.Write(b.memory)
	b.inFile += int64(n)
	b.memory = b.memory[:copy(b.memory, b.memory[n:])]
	if err != nil {
		b.takeBack()
	}
	return err == nil
}

// takeBack gives a full disk its bytes back: the record has more use for them.
func (b *buffer) takeBack() {
	whole := make([]byte, min(b.inFile, fallbackMax), min(b.inFile, fallbackMax)+int64(len(b.memory)))
	n, _ := b.file.ReadAt(whole, 0)
	b.cut = b.cut || b.inFile > fallbackMax
	b.memory = append(whole[:n], b.memory...)
	b.unmap()
	b.file.Close()
	b.file, b.inFile, b.folder = nil, 0, ""
}

// unnamed makes a file that is gone when it is closed, however we end.
func unnamed(folder string) *os.File {
	const tmpfile = 0x410000 // O_TMPFILE, the same on all of Linux' architectures that Go knows but parisc
	if fd, err := syscall.Open(folder, syscall.O_RDWR|syscall.O_CLOEXEC|tmpfile, 0o600); err == nil {
		return os.NewFile(uintptr(fd), folder)
	}
	file, err := os.CreateTemp(folder, ".text-")
	if err != nil {
		return nil
	}
	os.Remove(file.Name())
	return file
}

// bytes is the whole text; it is valid until the next call of add or reset.
func (b *buffer) bytes() []byte {
	if b.file == nil || len(b.memory) > 0 && !b.flush() {
		return b.memory
	}
	b.unmap()
	data, err := syscall.Mmap(int(b.file.Fd()), 0, int(b.inFile), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		data = make([]byte, b.inFile)
		n, _ := b.file.ReadAt(data, 0)
		return data[:n]
	}
	b.mapped = data
	return data
}

func (b *buffer) unmap() {
	if b.mapped != nil {
		syscall.Munmap(b.mapped)
		b.mapped = nil
	}
}

func (b *buffer) reset() {
	b.unmap()
	if b.file != nil {
		b.file.Close()
		b.file = nil
	}
	b.memory, b.inFile, b.cut = b.memory[:0], 0, false
}
