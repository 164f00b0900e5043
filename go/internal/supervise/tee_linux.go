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
	window   []byte     // lookBack bytes, then a chunk
	before   int        // how many of the lookBack bytes are there
	lineOpen bool       // the last byte passed on ended no line
	gone     bool       // nobody reads out
	bulk     bool       // reads were full: what is passed on is not copied
	noBulk   bool       // that does not work: out is no pipe
	wide     bool       // the pipes hold more than usual
}

func newTee(in, out int, c *capture) *tee {
	wake, _, errno := syscall.Syscall(syscall.SYS_EVENTFD2, 0, syscall.O_CLOEXEC|syscall.O_NONBLOCK, 0)
	if errno != 0 {
		wake = ^uintptr(0)
	}
	return &tee{in: in, out: out, wake: int(wake), capture: c, done: make(chan struct{}), window: make([]byte, lookBack+chunk)}
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
			t.bulk = t.duplicate()
			ready = t.bulk
			continue
		}
		n, err := syscall.Read(t.in, t.window[lookBack:])
		switch {
		case n > 0:
			ready = n == chunk // more may be there: ask by reading
			t.beginBulk(n)
			if !t.take(n) {
				return
			}
			t.pass(t.window[lookBack : lookBack+n])
			t.keep(n)
		case err == syscall.EAGAIN:
			ready = false
		case err == syscall.EINTR:
		default: // nobody can write any more; a terminal says EIO
			return
		}
	}
}

// beginBulk goes over to not copying where much comes at once, and lets both pipes hold more from then on. Only then: what
// all pipes of a user may hold is limited (pipe-user-pages-soft, 64 MiB).
func (t *tee) beginBulk(n int) {
	if n < chunk/2 || t.noBulk {
		return
	}
	t.bulk = true
	if !t.wide {
		t.wide = true
		widen(t.in)
		widen(t.out)
	}
}

// widen lets a pipe hold 512 KiB; with more the program is not faster. Where that is not allowed it stays as it is.
func widen(pipe int) {
	const getSize, setSize, wide = 1032, 1031, 512 << 10 // F_GETPIPE_SZ, F_SETPIPE_SZ
	if size, _, errno := syscall.Syscall(syscall.SYS_FCNTL, uintptr(pipe), getSize, 0); errno == 0 && size < wide {
		syscall.Syscall(syscall.SYS_FCNTL, uintptr(pipe), setSize, wide)
	}
}

// duplicate passes on what is in the pipe without copying it (tee(2)), then reads it. It returns false when there is little,
// so that small writes are not each given a page of the next pipe.
func (t *tee) duplicate() bool {
	n, _, errno := syscall.Syscall6(syscall.SYS_TEE, uintptr(t.in), uintptr(t.out), bulkMax, spliceNonblock, 0, 0)
	switch {
	case errno == syscall.EAGAIN:
		// Either there is nothing to read, or no room: the latter is waited for.
		if poll(0, pollFD{int32(t.in), pollIn, 0})[0].revents&pollIn == 0 {
			return false
		}
		poll(-1, pollFD{int32(t.out), pollOut, 0})
		return true
	case errno == syscall.EINTR:
		return true
	case errno != 0 || n == 0:
		t.noBulk = errno != 0
		return false
	}
	for left := int(n); left > 0; {
		read, err := syscall.Read(t.in, t.window[lookBack:lookBack+min(left, chunk)])
		if read <= 0 {
			if err == syscall.EINTR {
				continue
			}
			return false // somebody else reads
		}
		if !t.take(read) {
			return false
		}
		t.lineOpen = t.window[lookBack+read-1] != '\n'
		t.keep(read)
		left -= read
	}
	return n >= chunk/2
}

const (
	bulkMax        = 1 << 20
	spliceNonblock = 2
)

// take shows a chunk to the capture; false: we have been left behind in a write that did not end.
func (t *tee) take(n int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.left {
		return false
	}
	now := time.Now()
	t.capture.feed(t.window[lookBack-t.before:lookBack+n], t.before, now)
	if now.Sub(t.capture.last) > time.Second {
		t.capture.tick(now)
	}
	return true
}

// keep moves the last bytes to where the next chunk's look back begins.
func (t *tee) keep(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.left {
		return
	}
	whole := t.window[lookBack-t.before : lookBack+n]
	last := whole[max(0, len(whole)-lookBack):]
	t.before = len(last)
	copy(t.window[lookBack-len(last):], last)
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
	window := make([]byte, lookBack+chunk)
	before := 0
	for {
		n, err := syscall.Read(t.in, window[lookBack:])
		if err == syscall.EINTR {
			continue
		}
		if n <= 0 {
			break
		}
		t.capture.feed(window[lookBack-before:lookBack+n], before, time.Now())
		before = min(n, lookBack)
		copy(window[lookBack-before:], window[lookBack+n-before:lookBack+n])
	}
	t.window, t.before = window, before
}

// tail is the last that was written, for what can only be understood from how the process ended.
func (t *tee) tail() []byte { return t.window[lookBack-t.before : lookBack] }

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
