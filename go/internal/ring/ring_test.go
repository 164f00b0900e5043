package ring

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"
)

var at = time.Date(2026, 11, 27, 21, 17, 13, 123_456_789, time.UTC)

// heap returns a ring in memory of the Go heap: the race detector does not look at mapped files.
func heap(t testing.TB) *Ring {
	t.Helper()
	words := make([]uint64, Size/8)
	memory := unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), Size)
	copy(memory, empty())
	ring, err := over(memory)
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

func mapped(t testing.TB) (*Ring, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ring")
	if err := Create(path); err != nil {
		t.Fatal(err)
	}
	ring, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return ring, path
}

func read(t testing.TB, path string) []string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return Read(content)
}

func TestEntries(t *testing.T) {
	long := strings.Repeat("x", TextSize-1)
	for _, test := range []struct {
		name  string
		level int
		text  string
		want  string
	}{
		{"plain", 0, "started", "2026-11-27T21:17:13.123Z INFO started"},
		{"empty", 8, "", "2026-11-27T21:17:13.123Z ERROR "},
		{"level between", 5, "slow", "2026-11-27T21:17:13.123Z WARN+1 slow"},
		{"level below debug", -8, "raw", "2026-11-27T21:17:13.123Z DEBUG-4 raw"},
		{"level beyond a byte", 4000, "so bad", "2026-11-27T21:17:13.123Z ERROR+119 so bad"},
		{"exactly full", 0, long + "y", "2026-11-27T21:17:13.123Z INFO " + long + "y"},
		{"one byte too long", 0, long + "yz", "2026-11-27T21:17:13.123Z INFO " + long + "y"},
		{"rune across the end", 0, long + "é", "2026-11-27T21:17:13.123Z INFO " + long},
		{"bytes that are no text", 0, strings.Repeat("\x80", 80), "2026-11-27T21:17:13.123Z INFO \uFFFD"},
		{"lines and colours", 0, "a\nb\r\x1b[31mc\x00", "2026-11-27T21:17:13.123Z INFO a b  [31mc "},
	} {
		t.Run(test.name, func(t *testing.T) {
			ring, path := mapped(t)
			ring.Write(at, test.level, []byte(test.text))
			if got := read(t, path); !reflect.DeepEqual(got, []string{test.want}) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestTheLastTwelveAreKeptInOrder(t *testing.T) {
	for _, written := range []int{0, 1, 11, 12, 13, 24, 1000} {
		ring, path := mapped(t)
		for n := 0; n < written; n++ {
			ring.Write(at, 0, strconv.AppendInt(nil, int64(n), 10))
		}
		var want []string
		for n := max(0, written-slots); n < written; n++ {
			want = append(want, fmt.Sprintf("2026-11-27T21:17:13.123Z INFO %d", n))
		}
		if got := read(t, path); !reflect.DeepEqual(got, want) {
			t.Errorf("of %d: got %q, want %q", written, got, want)
		}
	}
}

func TestOrderSurvivesTheEndOfTheCounter(t *testing.T) {
	// Numbers are stored with 32 bits, two for each entry.
	for _, start := range []uint64{1<<31 - 5, 1<<32 - 5, 1<<63 - 5} {
		ring := heap(t)
		atomic.StoreUint64(ring.begun, start)
		for n := 0; n < 10; n++ {
			ring.Write(at, 0, []byte{'a' + byte(n)})
		}
		var got string
		for _, line := range Read(ring.bytes) {
			got += line[len(line)-1:]
		}
		if got != "abcdefghij" {
			t.Errorf("from %d: got %q", start, got)
		}
	}
}

func TestASlotThatIsHeldIsPassedOver(t *testing.T) {
	ring := heap(t)
	// A writer that was stopped in the middle of entry 2, for good: its process was killed.
	binary.NativeEndian.PutUint32(ring.bytes[headerSize+2*slotSize:], 5)
	for n := 0; n < 30; n++ {
		ring.Write(at, 0, []byte{'a' + byte(n)})
	}
	if got := len(Read(ring.bytes)); got != slots-1 {
		t.Errorf("got %d entries, want %d", got, slots-1)
	}
}

func TestNoEntryIsWrittenWhereAllSlotsAreHeld(t *testing.T) {
	ring := heap(t)
	for n := 0; n < slots; n++ {
		binary.NativeEndian.PutUint32(ring.bytes[headerSize+n*slotSize:], 1)
	}
	ring.Write(at, 0, []byte("lost"))
	if got := Read(ring.bytes); got != nil {
		t.Errorf("got %q", got)
	}
}

// letters returns an entry that says which bytes belong together.
func letters(writer, n int) []byte {
	one := fmt.Sprintf("%02d-%05d ", writer, n)
	return []byte(strings.Repeat(one, TextSize/len(one)+1)[:TextSize])
}

func checkWhole(t *testing.T, lines []string) {
	t.Helper()
	for _, line := range lines {
		text := line[len("2026-11-27T21:17:13.123Z INFO "):]
		var writer, n int
		if _, err := fmt.Sscanf(text, "%d-%d", &writer, &n); err != nil || text != string(letters(writer, n)) {
			t.Fatalf("torn entry %q", text)
		}
	}
}

func TestManyWritersWrapAround(t *testing.T) {
	const writers, entries = 32, 1000
	ring := heap(t)
	var done sync.WaitGroup
	for writer := 0; writer < writers; writer++ {
		done.Add(1)
		go func(writer int) {
			defer done.Done()
			for n := 0; n < entries; n++ {
				ring.Write(at, 0, letters(writer, n))
				if n%7 == 0 {
					runtime.Gosched()
				}
			}
		}(writer)
	}
	done.Wait()
	lines := Read(ring.bytes)
	if len(lines) != slots {
		t.Errorf("%d entries, want %d", len(lines), slots)
	}
	checkWhole(t, lines)
	if begun := atomic.LoadUint64(ring.begun); begun < writers*entries {
		t.Errorf("%d entries begun, want at least %d", begun, writers*entries)
	}
}

func TestACopyTakenWhileWritersWrite(t *testing.T) {
	ring, path := mapped(t)
	var stop atomic.Bool
	var done sync.WaitGroup
	for writer := 0; writer < 4; writer++ {
		done.Add(1)
		go func(writer int) {
			defer done.Done()
			for n := 0; !stop.Load(); n = (n + 1) % 99999 {
				ring.Write(at, 0, letters(writer, n))
			}
		}(writer)
	}
	seen := 0
	for copies := 0; copies < 1000; copies++ {
		lines := read(t, path)
		seen += len(lines)
		checkWhole(t, lines)
	}
	stop.Store(true)
	done.Wait()
	if seen == 0 {
		t.Error("no copy had a whole entry")
	}
}

func TestWhatIsNoRing(t *testing.T) {
	folder := t.TempDir()
	write := func(name string, content []byte) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, test := range []struct {
		name string
		path string
		want error
	}{
		{"missing", filepath.Join(folder, "none"), os.ErrNotExist},
		{"empty", write("empty", nil), ErrNotRing},
		{"of another size", write("long", append(empty(), 0)), ErrNotRing},
		{"without the magic", write("zeros", make([]byte, Size)), ErrNotRing},
		{"a device", os.DevNull, ErrNotRing},
	} {
		t.Run(test.name, func(t *testing.T) {
			ring, err := Open(test.path)
			if ring != nil || !errors.Is(err, test.want) {
				t.Errorf("got %v, %v; want %v", ring, err, test.want)
			}
			if content, err := os.ReadFile(test.path); err == nil && Read(content) != nil {
				t.Errorf("it has entries")
			}
		})
	}
	if err := Create(filepath.Join(folder, "empty")); !errors.Is(err, os.ErrExist) {
		t.Errorf("created over another file: %v", err)
	}
}

func TestGarbageIsReadWithoutPanic(t *testing.T) {
	content := bytes.Repeat([]byte{0xff}, Size)
	copy(content, magic)
	for at := range content[headerSize:] {
		content[headerSize+at] = byte(at * 7)
		for _, line := range Read(content) {
			if strings.ContainsAny(line, "\n\r") {
				t.Fatalf("%q", line)
			}
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	ring, _ := mapped(b)
	text := letters(1, 1)
	b.ReportAllocs()
	for n := 0; n < b.N; n++ {
		ring.Write(at, 0, text)
	}
}

func BenchmarkWriteByManyGoroutines(b *testing.B) {
	ring, _ := mapped(b)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		text := letters(1, 1)
		for pb.Next() {
			ring.Write(at, 0, text)
		}
	})
}

// What the ring is compared with: the same bytes by write(2), appended to a file.
func BenchmarkWriteToAFile(b *testing.B) {
	file, err := os.OpenFile(filepath.Join(b.TempDir(), "log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	line := append(letters(1, 1), '\n')
	for n := 0; n < b.N; n++ {
		if _, err := file.Write(line); err != nil {
			b.Fatal(err)
		}
	}
}
