package spool_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"panictrail.dev/go/internal/spool"
	"panictrail.dev/go/internal/spoolread"
)

func number(n int) *int    { return &n }
func answer(b bool) *bool  { return &b }
func ignore(string)        {}
func text(size int) []byte { return bytes.Repeat([]byte("panic: x\n"), size/9+1)[:size] }

func open(t *testing.T, folder string, max int64, notice func(string)) *spool.Writer {
	t.Helper()
	writer, err := spool.Open(folder, max, notice)
	if err != nil {
		t.Fatal(err)
	}
	return writer
}

func segments(t *testing.T, folder string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(folder, "*"+spool.Suffix))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func readAll(t *testing.T, folder string) (found []spoolread.Found) {
	t.Helper()
	for _, name := range segments(t, folder) {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, spoolread.Read(data)...)
	}
	return found
}

func TestARecordIsReadAsItWasWritten(t *testing.T) {
	at := time.Date(2026, 11, 27, 21, 0, 0, 123456789, time.UTC)
	for _, record := range []spool.Record{
		{Head: spool.Head{At: at, PID: 1, Command: []string{"a b", "\"\\\x01\u00e9\n"}, Source: spool.Stderr}, Raw: []byte("panic: \xff\x00\n"), Ring: []byte("one\ntwo\n")},
		{Head: spool.Head{At: at, PID: 7, NSPID: 1, Command: []string{}, Source: spool.Ring, Exit: spool.Exit{Signal: number(9), OOM: answer(true)}, Host: "h", Container: "c"}, Raw: []byte{}, Ring: []byte{}},
		{Head: spool.Head{At: at, PID: 7, Command: []string{"x"}, Source: spool.Both, Exit: spool.Exit{Code: number(2), Core: true}, Truncated: true, Dump: true, Exe: "/x",
			Build: &spool.Build{Go: "go1.26.8", Module: "m", Version: "v1", Revision: "r", BuildID: "b"}}, Raw: []byte(spool.Magic), Ring: []byte{}},
	} {
		folder := filepath.Join(t.TempDir(), "new", "spool")
		writer := open(t, folder, 0, ignore)
		if err := writer.Write(record); err != nil {
			t.Fatal(err)
		}
		writer.Close()
		found := readAll(t, folder)
		if len(found) != 1 || found[0].Damage != nil || !reflect.DeepEqual(found[0].Record, record) {
			t.Errorf("wrote %+v\nread %+v", record, found)
		}
	}
}

func TestManyWritersOfAFolder(t *testing.T) {
	folder := t.TempDir()
	var done sync.WaitGroup
	for writer := 0; writer < 20; writer++ {
		done.Add(1)
		go func(number int) {
			defer done.Done()
			w, err := spool.Open(folder, 0, ignore)
			if err != nil {
				t.Error(err)
				return
			}
			defer w.Close()
			for i := 0; i < 10; i++ {
				if err := w.Write(spool.Record{Raw: []byte(fmt.Sprint(number, " ", i))}); err != nil {
					t.Error(err)
				}
			}
		}(writer)
	}
	done.Wait()
	seen := map[string]bool{}
	for _, found := range readAll(t, folder) {
		seen[string(found.Raw)] = true
	}
	if len(seen) != 200 || len(segments(t, folder)) != 20 {
		t.Errorf("%d records in %d segments", len(seen), len(segments(t, folder)))
	}
}

func TestRotation(t *testing.T) {
	folder := t.TempDir()
	var said []string
	writer := open(t, folder, 20<<20, func(line string) { said = append(said, line) })
	defer writer.Close()
	for i := 0; i < 12; i++ {
		if err := writer.Write(spool.Record{Raw: text(3 << 20)}); err != nil {
			t.Fatal(err)
		}
		if i == 1 {
			// Somebody reads the oldest segment: it is not removed.
			file, err := os.Open(segments(t, folder)[0])
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			if err := syscall.Flock(int(file.Fd()), syscall.LOCK_SH|syscall.LOCK_NB); err == nil {
				t.Error("a segment that is written to is not locked")
			}
		}
	}
	var size int64
	for _, name := range segments(t, folder) {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() > spool.SegmentSize {
			t.Errorf("%s has %d bytes", name, info.Size())
		}
		size += info.Size()
	}
	if size > 20<<20 || len(said) != 3 || !strings.Contains(said[0], "removed the oldest segment") {
		t.Errorf("%d bytes, %q", size, said)
	}
	for _, found := range readAll(t, folder) {
		if found.Damage != nil || len(found.Raw) != 3<<20 {
			t.Errorf("%d bytes, damage %d", len(found.Raw), len(found.Damage))
		}
	}
}

func TestASegmentThatIsReadIsNotRemoved(t *testing.T) {
	folder := t.TempDir()
	first := open(t, folder, 0, ignore)
	if err := first.Write(spool.Record{Raw: text(1000)}); err != nil {
		t.Fatal(err)
	}
	first.Close()
	reader, err := os.Open(segments(t, folder)[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Flock(int(reader.Fd()), syscall.LOCK_SH|syscall.LOCK_NB); err != nil {
		t.Fatal(err)
	}
	second := open(t, folder, 1, ignore)
	defer second.Close()
	second.Write(spool.Record{Raw: text(10)})
	if n := len(segments(t, folder)); n != 2 {
		t.Errorf("%d segments while one is read", n)
	}
	reader.Close()
	second.Write(spool.Record{Raw: text(10)})
	if n := len(segments(t, folder)); n != 1 {
		t.Errorf("%d segments when none is read", n)
	}
}

func TestDamage(t *testing.T) {
	folder := t.TempDir()
	writer := open(t, folder, 0, ignore)
	for i := 0; i < 3; i++ {
		writer.Write(spool.Record{Raw: []byte(fmt.Sprint("record ", i))})
	}
	writer.Close()
	data, err := os.ReadFile(segments(t, folder)[0])
	if err != nil {
		t.Fatal(err)
	}
	one := len(data) / 3
	for name, c := range map[string]struct {
		data  []byte
		whole int
	}{
		"cut":            {data[:len(data)-5], 2},
		"a byte changed": {append(append(append([]byte{}, data[:one+30]...), data[one+30]^1), data[one+31:]...), 2},
		"garbage before": {append([]byte("garbage"+spool.Magic), data...), 3},
		"empty":          {nil, 0},
		"no end":         {append([]byte(spool.Magic), 0xff, 0xff, 0xff, 0xff), 0},
	} {
		whole := 0
		for _, found := range spoolread.Read(c.data) {
			if found.Damage == nil {
				whole++
			}
		}
		if whole != c.whole {
			t.Errorf("%s: %d records", name, whole)
		}
	}
}

const fullVariable = "SPOOL_TEST_FULL"

// writeToAFullDisk is a process of its own in which no file may grow: what a full disk does, but for lost.txt, whose bytes are
// there already.
func writeToAFullDisk(t *testing.T, folder string) {
	writer := open(t, folder, 0, ignore)
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	limit.Cur = 4096
	signal.Ignore(syscall.SIGXFSZ)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < 100; i++ {
		err := writer.Write(spool.Record{Head: spool.Head{PID: 1000 + i}, Raw: text(100 << 10)})
		var lost *spool.LostError
		if !errors.As(err, &lost) || lost.Whole != 100<<10 || lost.Kept != 0 {
			t.Errorf("%v", err)
		}
	}
}

func TestTheReserveKeepsTheNewestLines(t *testing.T) {
	if folder := os.Getenv(fullVariable); folder != "" {
		writeToAFullDisk(t, folder)
		return
	}
	folder := t.TempDir()
	command := exec.Command(os.Args[0], "-test.run=^TestTheReserveKeepsTheNewestLines$")
	command.Env = append(os.Environ(), fullVariable+"="+folder)
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	lost, err := os.ReadFile(filepath.Join(folder, spool.LostName))
	if err != nil {
		t.Fatal(err)
	}
	if len(lost) != 4096 || !bytes.Contains(lost, []byte(" pid=1099 exit=- lost=102400/102400 ")) ||
		bytes.Contains(lost, []byte("pid=1000 ")) || lost[0] != '#' {
		t.Errorf("%d bytes:\n%s", len(lost), lost)
	}
	if found := readAll(t, folder); len(found) != 0 {
		t.Errorf("%d things in the spool", len(found))
	}
}
