package spool

import (
	"errors"
	"hash/maphash"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
	"unsafe"
)

// SegmentSize is where a segment is closed: what a reader that died has to read again, and what rotation removes at once.
const SegmentSize = 8 << 20

// defaultMax is how big a folder may grow.
const defaultMax = 256 << 20

// Suffix of a segment's name.
const Suffix = ".spool"

// Writer appends records to segments of its own in a folder that it may share with any number of others.
type Writer struct {
	folder string
	max    int64
	notice func(string) // what the user should see; one line without its end

	file *os.File
	size int64
}

// Open prepares a folder (made 0700 where missing) and the reserve for what will be lost when the disk is full.
// Where it fails nothing can be kept: the error says what to do.
func Open(folder string, max int64, notice func(string)) (*Writer, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	if err := reserve(folder); err != nil {
		return nil, err
	}
	if max <= 0 {
		max = defaultMax
	}
	return &Writer{folder: folder, max: max, notice: notice}, nil
}

// Folder is where the segments are.
func (w *Writer) Folder() string { return w.folder }

// Write appends one record with one writev and one fsync. Where the disk takes no more of it, it keeps the beginning of
// the text that fits, or a line in lost.txt; the error says what was lost.
func (w *Writer) Write(record Record) error {
	err := w.append(&record)
	if err == nil {
		w.rotate()
		return nil
	}
	whole := len(record.Raw)
	for _, kept := range []int{64 << 10, 4 << 10} {
		if !isFull(err) || kept >= whole {
			continue
		}
		less := record
		less.Raw, less.Truncated = record.Raw[:kept], true
		if w.append(&less) == nil {
			w.lost(&record, kept, err)
			return &LostError{Kept: kept, Whole: whole, Cause: err}
		}
	}
	w.lost(&record, 0, err)
	return &LostError{Kept: 0, Whole: whole, Cause: err}
}

// Close ends the segment: readers see that it is whole.
func (w *Writer) Close() {
	if w.file != nil {
		w.file.Close()
		w.file = nil
	}
}

// LostError says that a record, or the end of its text, could not be kept.
type LostError struct {
	Kept, Whole int // bytes of the text
	Cause       error
}

func (e *LostError) Error() string {
	return "kept " + strconv.Itoa(e.Kept) + " of " + strconv.Itoa(e.Whole) + " bytes: " + e.Cause.Error()
}

// Unwrap is what the system said.
func (e *LostError) Unwrap() error { return e.Cause }

func (w *Writer) append(record *Record) error {
	frame := record.frame()
	size := int64(len(frame) + len(record.Raw) + len(record.Ring))
	if w.file != nil && w.size > 0 && w.size+size > SegmentSize {
		w.Close()
	}
	if w.file == nil {
		if err := w.create(); err != nil {
			return err
		}
	}
	err := writeAll(int(w.file.Fd()), frame, record.Raw, record.Ring)
	if err == nil {
		err = w.file.Sync()
	}
	if err != nil {
		w.undo()
		return err
	}
	w.size += size
	return nil
}

// undo takes back half a record; where even that fails, readers find the next magic, so the segment is left.
func (w *Writer) undo() {
	if w.file.Truncate(w.size) != nil {
		w.Close()
		return
	}
	if w.size == 0 {
		os.Remove(w.file.Name())
		w.Close()
	}
}

func (w *Writer) create() error {
	name := hex16(uint64(time.Now().UnixNano())) + "-" + strconv.Itoa(os.Getpid()) + "-" + Unique()[:8] + Suffix
	file, err := os.OpenFile(filepath.Join(w.folder, name), os.O_WRONLY|os.O_APPEND|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	// A reader that gets this lock knows that the segment is closed. Another that tries it just now may hold it for a
	// moment, so this waits.
	if err := flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
		os.Remove(file.Name())
		file.Close()
		return err
	}
	syncFolder(w.folder)
	w.file, w.size = file, 0
	return nil
}

// Unique is 16 random hexadecimal digits, for names that no other process takes. The runtime's own random numbers, which the
// kernel seeds, do for that: crypto/rand makes each start longer.
func Unique() string { return hex16(new(maphash.Hash).Sum64()) }

func hex16(number uint64) string {
	digits := strconv.FormatUint(number, 16)
	return "0000000000000000"[len(digits):] + digits
}

// writeAll writes the parts with one writev; what a signal or a full pipe cut off is continued.
func writeAll(fd int, parts ...[]byte) error {
	for {
		var vector [4]syscall.Iovec
		n := 0
		for _, part := range parts {
			if len(part) > 0 {
				vector[n].Base = &part[0]
				vector[n].SetLen(len(part))
				n++
			}
		}
		if n == 0 {
			return nil
		}
		written, _, errno := syscall.Syscall(syscall.SYS_WRITEV, uintptr(fd), uintptr(unsafe.Pointer(&vector[0])), uintptr(n))
		if errno == syscall.EINTR {
			continue
		}
		if errno != 0 {
			return errno
		}
		if written == 0 {
			return syscall.ENOSPC
		}
		for i := range parts {
			cut := min(int(written), len(parts[i]))
			parts[i] = parts[i][cut:]
			written -= uintptr(cut)
		}
	}
}

func flock(fd, how int) error {
	for {
		if err := syscall.Flock(fd, how); err != syscall.EINTR {
			return err
		}
	}
}

func syncFolder(folder string) {
	if file, err := os.Open(folder); err == nil {
		file.Sync()
		file.Close()
	}
}

// isFull says whether less could be written where this much could not.
func isFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG)
}
