package supervise

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"panictrail.dev/go/internal/spool"
)

// The crash file of a supervisor begins with this, the words of the command with a zero byte behind each, and a line's end.
const headerBegin = "\x00panicwatch\x00"

func headerOf(command []string) []byte {
	return []byte(headerBegin + strings.Join(command, "\x00") + "\x00\n")
}

// cutHeader takes the command off the content of a crash file.
func cutHeader(content []byte) (command []string, text []byte) {
	rest, ok := bytes.CutPrefix(content, []byte(headerBegin))
	if !ok {
		return nil, content
	}
	words, text, ok := bytes.Cut(rest, []byte("\x00\n"))
	if !ok {
		return nil, nil
	}
	return strings.Split(string(words), "\x00"), text
}

// salvage makes records of what supervisors before us left in the folder because they were killed: where a container runs out
// of memory the kernel kills all of it, process 1 too (memory.oom.group, which Kubernetes sets). What somebody may still write
// to is locked, and left.
func salvage(folder string, max int64, notice func(string)) {
	for _, name := range names(folder) {
		if id, ok := strings.CutPrefix(name, crashPrefix); ok {
			salvageOne(folder, id, max, notice)
		}
	}
}

func salvageOne(folder, id string, max int64, notice func(string)) {
	path := filepath.Join(folder, crashPrefix+id)
	file, err := os.Open(path)
	if err != nil {
		return
	}
	defer file.Close()
	if syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil {
		return
	}
	ring := &ringFile{path: filepath.Join(folder, ringPrefix+id), ours: true}
	info, err := file.Stat()
	if again, failed := os.Stat(path); err != nil || failed != nil || !os.SameFile(info, again) {
		return // another was faster
	}
	content := make([]byte, min(info.Size(), fallbackMax))
	n, _ := file.ReadAt(content, 0)
	command, text := cutHeader(content[:n])
	text = bytes.TrimLeft(text, "\n")
	events := ring.text()
	if len(text) > 0 || len(events) > 0 {
		killed := int(syscall.SIGKILL)
		record := spool.Record{Raw: text, Ring: events, Head: spool.Head{
			At: info.ModTime(), Command: command, Source: spool.CrashOutput, Exit: spool.Exit{Signal: &killed},
			Container: containerID(), Truncated: info.Size() > fallbackMax,
		}}
		pid, _, _ := strings.Cut(id, "-")
		record.PID, _ = strconv.Atoi(pid)
		record.Host, _ = os.Hostname()
		if len(text) == 0 {
			record.Source = spool.Ring
		}
		writer, err := spool.Open(folder, max, notice)
		if err != nil {
			return
		}
		defer writer.Close()
		if writer.Write(record) != nil {
			return // the next one may have room for it
		}
	}
	ring.remove()
	os.Remove(path)
}
