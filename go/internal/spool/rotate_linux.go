package spool

import (
	"os"
	"path/filepath"
	"sort"
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
	file, err := os.Open(w.folder)
	if err != nil {
		return nil, 0
	}
	defer file.Close()
	names, _ := file.Readdirnames(-1)
	sort.Strings(names)
	for _, name := range names {
		if !strings.HasSuffix(name, Suffix) {
			continue
		}
		path := filepath.Join(w.folder, name)
		if info, err := os.Lstat(path); err == nil && info.Mode().IsRegular() {
			found = append(found, segment{path, info.Size()})
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
