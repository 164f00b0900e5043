// Package ring keeps the last events of a process in 1 KiB of memory that outlives it.
//
// The file is made by panicwatch (Create), mapped and written by crashhook (Open, Write), and read by panicwatch when
// the process is dead, however it died (Read). Writers never wait for each other and never allocate.
//
// Layout, in the byte order of the machine that made it:
//
//	 0  8 bytes   magic "PTRING1\n"
//	 8  uint64    number of entries ever begun
//	16  12 slots of 84 bytes; entry n is in slot n modulo 12
//
//	 0  uint32    2n+1 while entry n is written, 2n+2 when it is whole (low 32 bits), 0 when there never was one
//	 4  uint8     bytes of text
//	 5  int8      level, as numbered by log/slog
//	 6  uint16    milliseconds since 1970, upper 16 of 48 bits
//	 8  uint32    milliseconds since 1970, lower 32 bits
//	12  68 bytes  text
//	80  uint32    the same number as at 0: a copy that was taken while the slot was written has two that differ
package ring

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sort"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"
	"unsafe"
)

// Size is the length of the file in bytes.
const Size = 1024

// TextSize is how many bytes of text an entry keeps.
const TextSize = 68

const (
	magic      = "PTRING1\n"
	headerSize = 16
	slots      = 12
	slotSize   = 84

	lengthAt = 4
	levelAt  = 5
	highAt   = 6
	lowAt    = 8
	textAt   = 12
	againAt  = 80
)

// ErrNotRing says that a file is not one that Create made.
var ErrNotRing = errors.New("not a ring file of 1024 bytes")

// Create makes the file of an empty ring, readable by its owner alone. A file of that name must not exist.
// All of it is written, so that no full disk can make the process that maps it die of SIGBUS.
func Create(path string) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(empty())
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err != nil {
		os.Remove(path)
	}
	return err
}

func empty() []byte {
	content := make([]byte, Size)
	copy(content, magic)
	return content
}

// Is says whether a file's content is a ring.
func Is(content []byte) bool { return len(content) == Size && bytes.HasPrefix(content, []byte(magic)) }

// Ring is a mapped ring, safe for many goroutines and, because all of its state is in the file, for many processes.
type Ring struct {
	begun *uint64
	bytes []byte
}

// over returns the ring in memory, which must begin at a multiple of 8.
func over(memory []byte) (*Ring, error) {
	if !Is(memory) {
		return nil, ErrNotRing
	}
	return &Ring{begun: (*uint64)(unsafe.Pointer(&memory[len(magic)])), bytes: memory}, nil
}

// Write adds an entry; text beyond TextSize bytes is cut off at the end of a rune. It neither blocks nor allocates:
// a slot that another writer holds is passed over, and where all are held the entry is given up.
func (r *Ring) Write(at time.Time, level int, text []byte) {
	text = cut(text)
	for try := 0; try < slots; try++ {
		number := atomic.AddUint64(r.begun, 1) - 1
		slot := r.bytes[headerSize+slotSize*int(number%slots):][:slotSize:slotSize]
		first := (*uint32)(unsafe.Pointer(&slot[0]))
		again := (*uint32)(unsafe.Pointer(&slot[againAt]))
		writing := uint32(number)*2 + 1
		before := atomic.LoadUint32(first)
		held := before&1 == 1
		late := before != 0 && int32(writing-before) < 0
		if held || late || writing+1 == 0 || !atomic.CompareAndSwapUint32(first, before, writing) {
			continue
		}
		atomic.StoreUint32(again, writing)
		milliseconds := uint64(at.UnixMilli())
		slot[lengthAt] = byte(len(text))
		slot[levelAt] = byte(int8(min(max(level, -128), 127)))
		binary.NativeEndian.PutUint16(slot[highAt:], uint16(milliseconds>>32))
		binary.NativeEndian.PutUint32(slot[lowAt:], uint32(milliseconds))
		copy(slot[textAt:againAt], text)
		atomic.StoreUint32(again, writing+1)
		atomic.StoreUint32(first, writing+1)
		return
	}
}

func cut(text []byte) []byte {
	if len(text) <= TextSize {
		return text
	}
	end := TextSize
	for end > TextSize-utf8.UTFMax && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end]
}

// Read returns the whole entries of a ring file's content, oldest first, each as a line without its end:
// `2026-11-27T21:17:13.123Z ERROR payment failed order=17`. It returns nil for anything else than a ring, and skips
// what was being written when the process died or the copy was taken.
func Read(content []byte) []string {
	if !Is(content) {
		return nil
	}
	begun := uint32(binary.NativeEndian.Uint64(content[len(magic):]))
	type entry struct {
		age  uint32
		line string
	}
	var entries []entry
	for slot := content[headerSize:]; len(slot) >= slotSize; slot = slot[slotSize:] {
		number := binary.NativeEndian.Uint32(slot)
		again := binary.NativeEndian.Uint32(slot[againAt:])
		if number == 0 || number&1 == 1 || number != again || slot[lengthAt] > TextSize {
			continue
		}
		entries = append(entries, entry{begun*2 - number, line(slot)})
	}
	sort.Slice(entries, func(i, j int) bool { return entries[i].age > entries[j].age })
	var lines []string
	for _, one := range entries {
		lines = append(lines, one.line)
	}
	return lines
}

func line(slot []byte) string {
	high, low := binary.NativeEndian.Uint16(slot[highAt:]), binary.NativeEndian.Uint32(slot[lowAt:])
	at := time.UnixMilli(int64(high)<<32 | int64(low)).UTC()
	text := slot[textAt : textAt+int(slot[lengthAt])]
	return at.Format("2006-01-02T15:04:05.000Z ") + levelName(int(int8(slot[levelAt]))) + " " + printable(text)
}

// printable keeps an entry on one line and free of what a terminal would act on.
func printable(text []byte) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(string(text), "\uFFFD"))
}

// levelName is what log/slog prints for a level: `WARN`, `INFO+2`.
func levelName(level int) string {
	name, base := "DEBUG", -4
	switch {
	case level >= 8:
		name, base = "ERROR", 8
	case level >= 4:
		name, base = "WARN", 4
	case level >= 0:
		name, base = "INFO", 0
	}
	if level == base {
		return name
	}
	return fmt.Sprintf("%s%+d", name, level-base)
}
