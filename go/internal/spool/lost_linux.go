package spool

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// LostName is a file whose bytes are on the disk from the start, so that a full disk can still say what it cost.
const LostName = "lost.txt"

const lostSize = 4096

// lostHead explains the file to whoever opens it.
const lostHead = "# What the disk had no room for: time, pid, exit, bytes lost of the text, why. The newest lines are kept.\n"

// reserve makes the file where it is missing, whole: it gets its name only when its bytes are written.
func reserve(folder string) error {
	path := filepath.Join(folder, LostName)
	if info, err := os.Stat(path); err == nil && info.Size() == lostSize {
		return writable(folder)
	}
	content := bytes.Repeat([]byte{'\n'}, lostSize)
	copy(content, lostHead)
	file, err := os.CreateTemp(folder, ".lost-")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	defer file.Close()
	if _, err := file.Write(content); err != nil {
		return nil // the disk is full already: there is no reserve, and the message on stderr is all
	}
	file.Sync()
	if err := os.Link(file.Name(), path); err != nil && !os.IsExist(err) {
		return os.Rename(file.Name(), path) // a file system without links
	}
	return nil
}

func writable(folder string) error {
	const writeAndSearch = 3
	if err := syscall.Access(folder, writeAndSearch); err != nil {
		return &os.PathError{Op: "write", Path: folder, Err: err}
	}
	return nil
}

// lost notes a record that is not, or not whole, in the spool. Nothing more can be done where this fails.
func (w *Writer) lost(record *Record, kept int, why error) {
	line := lostLine(record, kept, why)
	file, err := os.OpenFile(filepath.Join(w.folder, LostName), os.O_RDWR, 0)
	if err != nil {
		return
	}
	defer file.Close()
	if flock(int(file.Fd()), syscall.LOCK_EX) != nil {
		return
	}
	content := make([]byte, lostSize)
	n, _ := file.ReadAt(content, 0)
	// In place and of the same length: nothing is to be allocated.
	file.WriteAt(withLine(content[:n], line), 0)
	file.Sync()
}

func lostLine(record *Record, kept int, why error) string {
	exit := "-"
	switch {
	case record.Exit.Code != nil:
		exit = "code=" + strconv.Itoa(*record.Exit.Code)
	case record.Exit.Signal != nil:
		exit = "signal=" + strconv.Itoa(*record.Exit.Signal)
	}
	return time.Now().UTC().Format(timeLayout) + " pid=" + strconv.Itoa(record.PID) + " exit=" + exit +
		" lost=" + strconv.Itoa(len(record.Raw)-kept) + "/" + strconv.Itoa(len(record.Raw)) + " " + why.Error() + "\n"
}

// withLine is the content with a line more: the oldest lines go where there is no room.
func withLine(content []byte, line string) []byte {
	text := bytes.TrimRight(content, "\n\x00")
	lines := bytes.SplitAfter(append(text, '\n'), []byte{'\n'})
	head := []byte(lostHead)
	if len(lines) > 0 && bytes.HasPrefix(lines[0], []byte("#")) {
		head, lines = lines[0], lines[1:]
	}
	body := append(bytes.Join(lines, nil), line...)
	for len(head)+len(body) >= lostSize {
		cut := bytes.IndexByte(body, '\n')
		if cut < 0 || cut+1 == len(body) {
			body = body[:max(0, lostSize-len(head)-1)]
			break
		}
		body = body[cut+1:]
	}
	out := bytes.Repeat([]byte{'\n'}, lostSize)
	copy(out[copy(out, head):], body)
	return out
}
