package supervise

import (
	"bytes"
	"errors"
	"os"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"panictrail.dev/go/internal/crashtext"
	"panictrail.dev/go/internal/gobinary"
	"panictrail.dev/go/internal/spool"
)

const (
	// lookBack is how much of what was written before a crash is kept at hand, for what the runtime wrote before its headline.
	lookBack = 4 << 10
	// quiet is how long nothing must have been written before a text below a wrapper, whose process is gone, is taken as whole.
	quiet = 250 * time.Millisecond
	// bulk is how much at once is searched by the beginnings of its lines only.
	bulk = 16 << 10
	// floodMax is how much may follow the last line of a traceback before a text is no longer waited for.
	floodMax = 4 << 20
)

// capture decides what of standard error is a crash. It records from the first word that may begin one, until the process
// is dead (then it is judged by its text and by how the process ended) or has lived on (then it was none).
type capture struct {
	options Options
	writer  *spool.Writer // nil: nothing can be kept
	notice  func(string)
	crash   *crashFile
	ring    *ringFile
	main    int
	path    string // the file that was started

	recording bool
	text      buffer
	began     time.Time
	last      time.Time // when the last bytes came that look like a crash
	lastAny   time.Time
	after     int // bytes since
	// inProgress is the size at which what was recorded ended with the stacks of a crash.
	inProgress int64
	suspects   []process
	mainIsGo   bool
	floor      int  // bytes before are judged: counted back from the end of the last window
	unsearched bool // of those behind, some were not looked through for a headline
	records    int
	// overLimit: a write of ours is under way, or one met the limit of file sizes (SIGXFSZ).
	overLimit atomic.Bool
}

// feed takes what was read, with what is held of what came before it: window[fresh:] is new.
func (c *capture) feed(window []byte, fresh int, now time.Time) {
	data := window[fresh:]
	c.lastAny = now
	if c.recording {
		if at := crashtext.Headline(data); at >= 0 && (c.gone() || c.unseen()) {
			c.append(data[:at], now)
			data = data[at:]
			if c.isWhole() {
				// Another process crashes, below a wrapper that started it anew.
				c.judge(nil, false)
				c.begin(data, now)
				return
			}
		}
		if !c.isOver(now) || crashtext.Start(window[max(0, fresh-crashtext.Overlap):]) < 0 {
			c.append(data, now)
			return
		}
		// What was recorded was none, but here another begins.
		c.judge(nil, true)
		c.floor = crashtext.Overlap
	}
	if at := c.search(window, fresh); at >= 0 {
		c.begin(window[max(0, fresh-c.floor, at-lookBack):], now)
	} else {
		c.floor = min(c.floor+len(data), len(window))
	}
}

// search is where in the window a crash may begin, or -1. What comes in bulk is read by lines only where there may be a
// stack in it. Its headline may have come in bulk, too, so it is looked for in all that is held.
func (c *capture) search(window []byte, fresh int) int {
	data := window[fresh:]
	start := crashtext.Start
	if len(data) > bulk {
		if crashtext.Plain(data) {
			c.unsearched = true
			return -1
		}
		start = crashtext.StartInBulk
	}
	// In bulk the last of the line before is looked through again, too.
	from := max(0, fresh-crashtext.Overlap, fresh-c.floor)
	at := start(window[from:])
	if at < 0 {
		return -1
	}
	at += from
	if c.unsearched {
		if from = max(0, fresh-c.floor); from < at {
			if earlier := crashtext.StartInBulk(window[from:at]); earlier >= 0 {
				at = from + earlier
			}
		}
	}
	return at
}

func (c *capture) begin(data []byte, now time.Time) {
	c.recording, c.unsearched, c.began, c.last = true, false, now, now
	c.after, c.inProgress = 0, -1
	c.text.add(data)
	c.identify()
}

func (c *capture) append(data []byte, now time.Time) {
	if bytes.Contains(data, []byte("goroutine ")) || bytes.Contains(data, []byte("\n\t")) || bytes.Contains(data, []byte(" +0x")) {
		c.last, c.after = now, 0
	} else {
		c.after += len(data)
	}
	if c.after <= floodMax {
		c.text.add(data)
	}
}

// isOver says whether what is recorded has been followed by other output, or by nothing, for so long that whoever wrote it
// lives on. A crash whose stacks are the last that was written is not over, however long that is ago: the runtime is silent
// for half a minute while it counts the frames of an overflown stack of 1 GB.
func (c *capture) isOver(now time.Time) bool {
	if now.Sub(c.last) <= c.options.Grace && c.after <= floodMax {
		return false
	}
	if size := c.text.size(); c.inProgress != size {
		data := c.text.bytes()
		texts := crashtext.Find(data)
		n := len(texts)
		if n == 0 || !texts[n-1].Whole() || len(bytes.TrimSpace(data[texts[n-1].End:])) > 0 {
			return true
		}
		c.inProgress = size
	}
	return false
}

// identify finds who may be crashing while they can still be looked at.
func (c *capture) identify() {
	p, isGo := examine(c.main)
	if p.file == nil { // dead already: what was started is what is known
		p.exe = c.path
		if file, err := os.Open(c.path); err == nil {
			p.file, isGo = file, gobinary.Is(file)
		}
	}
	c.mainIsGo = isGo
	if isGo {
		c.suspects = []process{p}
		return
	}
	p.close()
	c.suspects = goProcesses(os.Getpid())
}

// waits is how long the caller may wait for more before it calls tick; negative: for ever.
func (c *capture) waits() time.Duration {
	if c.recording {
		return 25 * time.Millisecond
	}
	return -1
}

// gone says whether whoever wrote what is recorded is dead, while the process that we started lives.
func (c *capture) gone() bool {
	if c.mainIsGo {
		return false // how it ended is to be heard yet
	}
	for i := range c.suspects {
		if c.suspects[i].alive() {
			return false
		}
	}
	return len(c.suspects) > 0
}

// unseen says whether whoever wrote what is recorded was gone, below a shell, before it could be looked at.
func (c *capture) unseen() bool {
	return !c.mainIsGo && len(c.suspects) == 0 && isShell(c.main)
}

// isWhole says whether what is recorded ends with a crash.
func (c *capture) isWhole() bool {
	texts := crashtext.Find(c.text.bytes())
	return len(texts) > 0 && texts[len(texts)-1].Whole()
}

// tick looks whether what is recorded can be judged though the process that we started lives on.
func (c *capture) tick(now time.Time) {
	if !c.recording {
		return
	}
	switch {
	case c.gone(): // all that it wrote was read: there was nothing more to read
		c.judge(nil, false)
	case c.unseen() && now.Sub(c.lastAny) > quiet:
		c.judge(nil, false)
	case c.isOver(now):
		c.judge(nil, true)
	}
}

// judge writes a record per crash in what was recorded. end: how the process that we started ended, nil while it lives;
// livedOn: whoever wrote the text is alive, so it was no crash.
func (c *capture) judge(end *ending, livedOn bool) {
	if !c.recording {
		return
	}
	data := c.text.bytes()
	texts := crashtext.Find(data)
	output := c.crash.fresh()
	if end != nil && c.mainIsGo {
		texts = ofOne(data, texts, end, len(output) > 0)
	}
	for _, text := range texts {
		crash := text.Whole() || text.Headline && end != nil && c.mainIsGo
		if livedOn && len(output) == 0 {
			crash = false
		}
		if !crash && !text.IsDump() {
			continue
		}
		raw := data[text.Begin:text.End]
		source := spool.Stderr
		if crash && len(output) > 0 {
			if joined, used := crashtext.Combine(raw, output, c.mainIsGo); used > 0 {
				raw, source = joined, spool.Both
				c.crash.take(used)
				output = output[used:]
			}
		}
		c.write(raw, source, end, !crash || bytes.HasPrefix(raw, []byte("SIGQUIT: ")), c.text.cut || cutOff(raw, end))
	}
	c.forget()
}

// ofOne chooses among the texts of one Go program that ended: it crashed at most once, at its end.
func ofOne(data []byte, texts []crashtext.Text, end *ending, hasOutput bool) []crashtext.Text {
	texts = crashtext.Merge(data, texts)
	if !end.crashed() && !hasOutput {
		return onlyDumps(texts)
	}
	for i := len(texts) - 1; i >= 0; i-- {
		if texts[i].Whole() {
			return append(onlyDumps(texts[:i]), texts[i])
		}
	}
	// GOTRACEBACK=none, or killed before the first stack: the headline has to be the last that was written.
	if n := len(texts) - 1; n >= 0 && texts[n].Headline && !texts[n].Logged && len(bytes.TrimSpace(data[texts[n].End:])) == 0 {
		return append(onlyDumps(texts[:n]), texts[n])
	}
	return onlyDumps(texts)
}

func onlyDumps(texts []crashtext.Text) (dumps []crashtext.Text) {
	for _, text := range texts {
		if text.IsDump() {
			dumps = append(dumps, text)
		}
	}
	return dumps
}

// cutOff says whether a text stops in the middle: a line without its end, of a process that was killed.
func cutOff(raw []byte, end *ending) bool {
	return len(raw) > 0 && raw[len(raw)-1] != '\n' || end != nil && end.killed(false)
}

func (c *capture) forget() {
	for i := range c.suspects {
		c.suspects[i].close()
	}
	c.suspects = nil
	c.recording = false
	c.floor = 0
	c.text.reset()
}

// finish judges what is left when the process ended and everything that it wrote was read. held: the last of that.
func (c *capture) finish(end *ending, held []byte) {
	if !c.recording && c.unsearched {
		// GOTRACEBACK=none: no stack gave the headline away.
		held := held[max(0, len(held)-c.floor):]
		if at := crashtext.StartInBulk(held); at >= 0 {
			c.begin(held[max(0, at-lookBack):], c.lastAny)
		}
	}
	before := c.records
	c.judge(end, false)
	output := bytes.TrimLeft(c.crash.fresh(), "\n")
	if len(output) == 0 && !end.status.Signaled() && !end.killed(true) {
		return
	}
	c.identify()
	if len(output) > 0 {
		c.write(output, spool.CrashOutput, end, false, cutOff(output, end))
	}
	defer c.forget()
	if c.records > before {
		return
	}
	if end.status.Signaled() && end.status.Signal() == syscall.SIGABRT {
		tail := held[max(0, len(held)-lookBack):]
		if begin, stop := crashtext.Abort(tail); begin >= 0 {
			c.write(tail[begin:stop], spool.Stderr, end, false, false)
			return
		}
	}
	if end.killed(!c.mainIsGo) || end.silent() {
		c.write(nil, spool.Ring, end, false, false)
	}
}

func (c *capture) write(raw []byte, source spool.Source, end *ending, dump, truncated bool) {
	c.records++
	record := spool.Record{Raw: raw, Ring: c.ring.text(), Head: spool.Head{
		At: c.began, PID: c.main, Command: c.options.Command, Source: source, Dump: dump, Truncated: truncated,
		Container: containerID(), Exe: c.path,
	}}
	if record.At.IsZero() || raw == nil {
		record.At = time.Now()
	}
	record.Host, _ = os.Hostname()
	if end != nil {
		record.Exit = exitOf(end)
	}
	if len(c.suspects) == 1 {
		p := &c.suspects[0]
		record.PID, record.NSPID, record.Exe = p.pid, p.nspid, p.exe
		if p.file != nil {
			record.Build = buildOf(p.file)
		}
	}
	if c.writer == nil {
		c.notice("a crash of process " + strconv.Itoa(record.PID) + " is not kept: there is no spool (" +
			strconv.Itoa(len(raw)) + " bytes passed to stderr)")
		return
	}
	c.overLimit.Store(true)
	err := c.writer.Write(record)
	c.overLimit.Store(errors.Is(err, syscall.EFBIG))
	if err != nil {
		c.notice("spool " + c.writer.Folder() + ": the record of process " + strconv.Itoa(record.PID) + " is lost, or a part of it: " +
			err.Error() + "; see " + spool.LostName + " there")
	}
}

func exitOf(end *ending) spool.Exit {
	exit := spool.Exit{Core: end.status.CoreDump(), OOM: end.oom}
	if end.status.Signaled() {
		number := int(end.status.Signal())
		exit.Signal = &number
	} else {
		code := end.status.ExitStatus()
		exit.Code = &code
	}
	return exit
}

func buildOf(file *os.File) *spool.Build {
	info := gobinary.Read(file)
	if info == nil {
		return nil
	}
	return &spool.Build{Go: info.Go, Module: info.Module, Version: info.Version, Revision: info.Revision, BuildID: info.BuildID}
}
