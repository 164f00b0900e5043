package spool

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// rotate removes the oldest closed segments until the folder is no bigger than it may be. What somebody writes or reads
// (both hold a lock) stays.
func (w *Writer) rotate() {
	segments, total := w.segments()
	for _, segment := range segments {
		if total <= w.max {
			return
		}
		if segment.remove() {
			total -= segment.size
			w.notice("spool " + w.folder + " is over " + strconv.FormatInt(w.max, 10) + " bytes: removed the oldest segment, " +
				filepath.Base(segment.path) + " (" + strconv.FormatInt(segment.size, 10) + " bytes)")
		}
	}
}

type segment struct {
	path string
	size int64
}

// segments are those of all writers, the oldest first.
func (w *Writer) segments() (found []segment, total int64) {
	entries, _ := os.ReadDir(w.folder) // sorted by name, so by time
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), Suffix) || !entry.Type().IsRegular() {
			continue
		}
		if info, err := entry.Info(); err == nil {
			found = append(found, segment{filepath.Join(w.folder, entry.Name()), info.Size()})
			total += info.Size()
		}
	}
	return found, total
}

func (s segment) remove() bool {
	file, err := os.Open(s.path)
	if err != nil {
		return false
	}
	defer file.Close()
	if flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil {
		return false
	}
	return os.Remove(s.path) == nil
}
