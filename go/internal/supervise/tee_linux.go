package supervise

import (
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

// chunk is as much as a pipe holds, so that one read empties it.
const chunk = 64 << 10

// tee passes everything from in to out, at once and unchanged, and shows it to the capture.
type tee struct {
	in, out int // in does not block
	wake    int // an eventfd: something changed
	capture *capture
	done    chan struct{}

	end      atomic.Pointer[ending] // set when the process that we started ended
	endedAt  time.Time
	mu       sync.Mutex // held while capture, window and line are used
	left     bool       // somebody else reads now
	window   []byte     // what was read last, and room for a chunk behind it
	from, to int        // what is held of the window
	lineOpen bool       // the last byte passed on ended no line
	gone     bool       // nobody reads out
	bulk     bool       // reads were full: what is passed on is not copied
	noBulk   bool       // that does not work: out is no pipe
	moved    [2]int     // a pipe of our own, for bulk
}

func newTee(in, out int, c *capture) *tee {
	wake, _, errno := syscall.Syscall(syscall.SYS_EVENTFD2, 0, syscall.O_CLOEXEC|syscall.O_NONBLOCK, 0)
	if errno != 0 {
		wake = ^uintptr(0)
	}
	return &tee{in: in, out: out, wake: int(wake), capture: c, done: make(chan struct{}), window: make([]byte, narrow)}
}

// run passes on until the end of the stream, or until the process ended and everything that it wrote was read.
func (t *tee) run() {
	defer close(t.done)
	ready := false
	for {
		if !ready && !t.wait() {
			return
		}
		if t.bulk && !t.noBulk {
			ready = t.duplicate()
			continue
		}
		read, err := t.take(t.in, chunk)
		switch {
		case len(read) > 0:
			ready = len(read) == chunk // more may be there: ask by reading
			t.pass(read)
			t.bulk = len(read) >= chunk/2 && t.beginBulk()
		case err == syscall.EAGAIN:
			ready = false
		case err == syscall.EINTR:
		default: // nobody can write any more; a terminal says EIO
			return
		}
	}
}

// beginBulk goes over to not copying where much comes at once, and lets the pipes hold more from then on. Only then: what
// all pipes of a user may hold is limited (pipe-user-pages-soft, 64 MiB).
func (t *tee) beginBulk() bool {
	if t.noBulk || t.moved[0] != 0 {
		return !t.noBulk
	}
	if err := syscall.Pipe2(t.moved[:], syscall.O_CLOEXEC|syscall.O_NONBLOCK); err != nil {
		t.noBulk = true
		return false
	}
	for _, pipe := range [...]int{t.in, t.moved[0], t.out} {
		widen(pipe)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.left {
		t.hold(make([]byte, spacious))
	}
	return true
}

// widen lets a pipe hold 512 KiB; with more the program is not faster. Where that is not allowed it stays as it is.
func widen(pipe int) {
	const getSize, setSize, wide = 1032, 1031, 512 << 10 // F_GETPIPE_SZ, F_SETPIPE_SZ
	if size, _, errno := syscall.Syscall(syscall.SYS_FCNTL, uintptr(pipe), getSize, 0); errno == 0 && size < wide {
		syscall.Syscall(syscall.SYS_FCNTL, uintptr(pipe), setSize, wide)
	}
}

// duplicate moves what is in the pipe to one of our own (splice(2)), where the program that writes does not wait for us,
// nor we for it; from there it passes it on without copying it (tee(2)), then reads it. It ends bulk when there is little,
// so that small writes are not each given a page of the next pipe. It returns whether more may be there.
func (t *tee) duplicate() bool {
	moved, _, errno := syscall.Syscall6(syscall.SYS_SPLICE, uintptr(t.in), 0, uintptr(t.moved[1]), 0, bulkMax, spliceNonblock)
	switch {
	case errno == syscall.EAGAIN:
		return false
	case errno == syscall.EINTR:
		return true
	case errno != 0:
		t.noBulk = true
		return true
	}
	t.bulk = moved >= chunk/2
	for left := int(moved); left > 0; {
		passed := 0
		if !t.noBulk {
			passed = t.teeMoved(left)
		}
		if passed == 0 { // out is no pipe, or nobody reads it
			read, err := t.take(t.moved[0], min(left, chunk))
			if len(read) == 0 && err != syscall.EINTR {
				return false
			}
			t.pass(read)
			left -= len(read)
		}
		for passed > 0 {
			read, err := t.take(t.moved[0], min(passed, chunk))
			if n := len(read); n > 0 {
				t.lineOpen = read[n-1] != '\n'
				passed, left = passed-n, left-n
			} else if err != syscall.EINTR {
				return false
			}
		}
	}
	return moved > 0
}

// teeMoved passes on what has been moved, as much as there is room for, and returns how much that is; 0: it cannot be so.
func (t *tee) teeMoved(most int) int {
	for {
		n, _, errno := syscall.Syscall6(syscall.SYS_TEE, uintptr(t.moved[0]), uintptr(t.out), uintptr(most), spliceNonblock, 0, 0)
		switch errno {
		case 0:
			return int(n)
		case syscall.EINTR:
		case syscall.EAGAIN:
			poll(-1, pollFD{int32(t.out), pollOut, 0})
		default:
			t.noBulk = true
			return 0
		}
	}
}

const (
	bulkMax        = 1 << 20
	spliceNonblock = 2
)

// How large the window is: what has been read in bulk is held for longer, since it is searched later (see capture.search).
const (
	narrow   = lookBack + chunk
	spacious = lookBack + 4*chunk
)

// hold moves the last of what is held to the beginning of a window, which may be the same.
func (t *tee) hold(window []byte) {
	most := lookBack
	if len(window) > narrow {
		most += chunk / 2
	}
	last := t.window[max(t.from, t.to-most):t.to]
	t.window, t.from, t.to = window, 0, copy(window, last)
}

// take reads what is there, so much at most, and shows it to the capture. The slice is valid until the next call. Nothing
// is read once we have been left behind in a write that did not end.
func (t *tee) take(pipe, most int) ([]byte, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.left {
		return nil, syscall.EBADF
	}
	return t.read(pipe, most)
}

func (t *tee) read(pipe, most int) ([]byte, error) {
	if len(t.window)-t.to < chunk {
		t.hold(t.window)
	}
	n, err := syscall.Read(pipe, t.window[t.to:t.to+most])
	if n <= 0 {
		return nil, err
	}
	now := time.Now()
	fresh := t.to
	t.to += n
	t.capture.feed(t.window[t.from:t.to], fresh-t.from, now)
	if now.Sub(t.capture.last) > time.Second {
		t.capture.tick(now)
	}
	return t.window[fresh:t.to], nil
}

type pollFD struct {
	fd      int32
	events  int16
	revents int16
}

const pollIn, pollOut = 1, 4

func poll(timeout time.Duration, fds ...pollFD) []pollFD {
	var until *syscall.Timespec
	if timeout >= 0 {
		value := syscall.NsecToTimespec(int64(timeout))
		until = &value
	}
	syscall.Syscall6(syscall.SYS_PPOLL, uintptr(unsafe.Pointer(&fds[0])), uintptr(len(fds)), uintptr(unsafe.Pointer(until)), 0, 0, 0)
	return fds
}

// wait returns true when there is something to read, false when there is nothing more to wait for.
func (t *tee) wait() bool {
	for {
		t.mu.Lock()
		timeout := t.capture.waits()
		t.mu.Unlock()
		ended := t.end.Load() != nil
		if ended {
			timeout = 0
			if t.moreMayCome() {
				timeout = 20 * time.Millisecond
			}
		}
		fds := poll(timeout, pollFD{int32(t.in), pollIn, 0}, pollFD{int32(t.wake), pollIn, 0})
		switch {
		case fds[0].revents != 0:
			return true
		case fds[1].revents != 0:
			var count [8]byte
			syscall.Read(t.wake, count[:])
		case ended && timeout == 0:
			return false
		default:
			t.mu.Lock()
			if !t.left && !ended {
				t.capture.tick(time.Now())
			}
			t.mu.Unlock()
		}
	}
}

// moreMayCome says whether, though the process that we started ended, a Go program below it still writes its goroutines.
func (t *tee) moreMayCome() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.capture.mainIsGo || time.Since(t.endedAt) > t.capture.options.Grace {
		return false
	}
	if !t.capture.recording && time.Since(t.endedAt) > quiet {
		return false
	}
	for i := range t.capture.suspects {
		if t.capture.suspects[i].alive() {
			return true
		}
	}
	if t.capture.recording {
		return false
	}
	below := goProcesses(syscall.Getpid())
	for i := range below {
		below[i].close()
	}
	return len(below) > 0
}

// ended says how the process ended; run returns soon.
func (t *tee) ended(end *ending) {
	t.endedAt = time.Now()
	t.end.Store(end)
	one := uint64(1)
	syscall.Write(t.wake, (*[8]byte)(unsafe.Pointer(&one))[:])
}

// leave takes over from a run that hangs in a write which nobody reads: what is in the pipe is read without it.
func (t *tee) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.left = true
	t.hold(make([]byte, spacious)) // the other one is being written
	pipes := []int{t.in}
	if t.moved[0] != 0 {
		pipes = []int{t.moved[0], t.in}
	}
	for _, pipe := range pipes {
		for {
			if read, err := t.read(pipe, chunk); len(read) == 0 && err != syscall.EINTR {
				break
			}
		}
	}
}

// held is the last that was written, for what can only be understood from how the process ended.
func (t *tee) held() []byte { return t.window[t.from:t.to] }

// pass writes everything; where nobody reads any more, it is dropped: the process shall not die of that.
func (t *tee) pass(data []byte) {
	if t.gone {
		return
	}
	for len(data) > 0 {
		n, err := syscall.Write(t.out, data)
		switch {
		case n > 0:
			t.lineOpen = data[n-1] != '\n'
			data = data[n:]
		case err == syscall.EINTR:
		case err == syscall.EAGAIN: // somebody else made it so: it is shared
			poll(-1, pollFD{int32(t.out), pollOut, 0})
		case err == syscall.EPIPE || err == syscall.EBADF || err == syscall.EIO:
			t.gone = true
			return
		default: // a full disk may have room again
			return
		}
	}
}
