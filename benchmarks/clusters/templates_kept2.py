"""Templates kept aside, second set: shared helpers with their callers, helpers that are wrong, crowded services.

In: nothing. Out: HELPERS and TEMPLATES. Written without knowledge of the method that they measure; mistakes that it
made with them were looked at afterwards (docs/grouping.md), so that they are no test on unseen code any more.
"""

from __future__ import annotations

from typing import Final

from benchmarks.clusters import templates_kept2_more as more
from benchmarks.clusters.template import Template

# --------------------------------------------------------------- helpers that are right: whoever calls them is not

_VET: Final = Template(
    "vet",
    kind="a validator that panics when its caller is wrong",
    packages=("vet", "insist"),
    names={
        "Some": ("Some", "NotNil", "Present"),
        "Within": ("Within", "InRange"),
        "Ok": ("Ok", "Unwrap", "Take"),
    },
    base="""
//: code some
// $Some is a pointer that is not nil.
func $Some[T any](p *T, what string) *T {
	//+
	if p == nil {
		panic(what + " is required")
	}
	return p
}
//: code within
// RangeError is a number where it should not be.
type RangeError struct {
	What      string
	V         int
	Low, High int
}

// Error says which.
func (e *RangeError) Error() string {
	return fmt.Sprintf("%s: %d is not in [%d, %d]", e.What, e.V, e.Low, e.High)
}

// $Within is a number within limits.
func $Within(what string, v, low, high int) int {
	if v < low || v > high {
		//+
		panic(&RangeError{what, v, low, high})
	}
	return v
}
//: code ok
// $Ok is a value that came without an error.
func $Ok[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
""",
    variants={
        "number": """
//: code some
// $Some is a pointer that is not nil.
func $Some[T any](p *T, what string) *T {
	if p != nil {
		return p
	}
	//+
	panic(fmt.Errorf("%s is required (%T)", what, p))
}
//: code within
// $Within is a number within limits.
func $Within[N ~int | ~int64 | ~float64](what string, v, low, high N) N {
	switch {
	case v < low, v > high:
		panic(fmt.Errorf("%s is %v, want %v to %v", what, v, low, high))
	}
	//+
	return v
}
//: code ok
// $Ok is a value that came without an error.
func $Ok[T any](v T, err error) T {
	//+
	if err != nil {
		panic(fmt.Errorf("unexpected: %w", err))
	}
	return v
}
""",
        "die": """
//: code some
// $Some is a pointer that is not nil.
func $Some[T any](p *T, what string) *T {
	$fdie(p == nil, "%s is required", what)
	return p
}
//: code within
// $Within is a number within limits.
func $Within(what string, v, low, high int) int {
	//+
	$fdie(v < low || v > high, "%s: %d is not in [%d, %d]", what, v, low, high)
	return v
}

func $fdie(wrong bool, format string, args ...any) {
	if wrong {
		//+
		panic(fmt.Sprintf(format, args...))
	}
}
//: code ok
// $Ok is a value that came without an error.
func $Ok[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
""",
    },
)
_ARENA: Final = Template(
    "arena",
    kind="a generic container by handles; the caller's handle is wrong",
    packages=("arena", "slotmap"),
    names={"Add": ("Add", "Insert", "Alloc"), "Ref": ("Ref", "At", "Deref")},
    base="""
//: code arena
// Arena keeps values by their handles.
type Arena[T any] struct {
	items []T
}

// New makes one.
func New[T any](size int) *Arena[T] {
	return &Arena[T]{items: make([]T, 0, size)}
}

// $Add keeps a value.
func (a *Arena[T]) $Add(v T) int {
	//+
	a.items = append(a.items, v)
	return len(a.items) - 1
}

// Reset forgets all values.
func (a *Arena[T]) Reset() { a.items = a.items[:0] }
//: code ref
// $Ref is the value of a handle.
func (a *Arena[T]) $Ref(h int) *T {
	//+
	return &a.items[h]
}
""",
    variants={
        "pages": """
//: code arena
const page = 16

// Arena keeps values by their handles, in pages that stay where they are.
type Arena[T any] struct {
	pages [][]T
	count int
}

// New makes one.
func New[T any](size int) *Arena[T] {
	return &Arena[T]{pages: make([][]T, 0, size/page+1)}
}

// $Add keeps a value.
func (a *Arena[T]) $Add(v T) int {
	if a.count%page == 0 {
		//+
		a.pages = append(a.pages, make([]T, 0, page))
	}
	a.pages[a.count/page] = append(a.pages[a.count/page], v)
	a.count++
	return a.count - 1
}

// Reset forgets all values.
func (a *Arena[T]) Reset() { a.pages, a.count = nil, 0 }
//: code ref
// $Ref is the value of a handle.
func (a *Arena[T]) $Ref(h int) *T {
	return &a.pages[h/page][h%page]
}
""",
        "checked": """
//: code arena
// Arena keeps values by their handles.
type Arena[T any] struct {
	items []T
}

// New makes one.
func New[T any](size int) *Arena[T] {
	a := &Arena[T]{}
	a.items = make([]T, 0, size)
	return a
}

// $Add keeps a value.
func (a *Arena[T]) $Add(v T) (h int) {
	h = len(a.items)
	a.items = append(a.items, v)
	return h
}

// Reset forgets all values.
func (a *Arena[T]) Reset() { a.items = a.items[:0] }
//: code ref
// $Ref is the value of a handle.
func (a *Arena[T]) $Ref(h int) *T {
	if h < 0 || h >= len(a.items) {
		panic(fmt.Sprintf("arena: handle %d is dangling (%d values)", h, len(a.items)))
	}
	//+
	return &a.items[h]
}
""",
    },
)
_BINFMT: Final = Template(
    "binfmt",
    kind="a decoder; its caller reads more than there is",
    packages=("binfmt", "rawio"),
    names={"Uint16": ("Uint16", "U16"), "Bytes": ("Bytes", "Slice", "Raw")},
    base="""
//: code reader
// Reader reads binary values one after the other.
type Reader struct {
	buf []byte
	off int
}

// NewReader reads these bytes.
func NewReader(data []byte) *Reader { return &Reader{buf: slices.Clip(data)} }

// $Uint16 is a number of two bytes.
func (r *Reader) $Uint16() int {
	v := binary.BigEndian.Uint16(r.buf[r.off:])
	//+
	r.off += 2
	return int(v)
}
//: code bytes
// $Bytes are the next n bytes.
func (r *Reader) $Bytes(n int) []byte {
	//+
	b := r.buf[r.off : r.off+n]
	r.off += n
	return b
}
""",
    variants={
        "advance": """
//: code reader
// Reader reads binary values one after the other.
type Reader struct {
	data []byte
}

// NewReader reads these bytes.
func NewReader(data []byte) *Reader { return &Reader{slices.Clip(data)} }

// $Uint16 is a number of two bytes.
func (r *Reader) $Uint16() int {
	//+
	b := r.$ma(2)
	return int(b[0])<<8 | int(b[1])
}

func (r *Reader) $ma(n int) []byte {
	b := r.data[:n]
	r.data = r.data[n:]
	return b
}
//: code bytes
// $Bytes are the next n bytes.
func (r *Reader) $Bytes(n int) []byte {
	return r.$ma(n)
}
""",
        "eof": """
//: code reader
// Reader reads binary values one after the other.
type Reader struct {
	buf []byte
	off int
}

// NewReader reads these bytes.
func NewReader(data []byte) *Reader { return &Reader{buf: data} }

func (r *Reader) $mb(n int) {
	if r.off+n > len(r.buf) {
		//+
		panic(fmt.Errorf("offset %d: %w", r.off, io.ErrUnexpectedEOF))
	}
}

// $Uint16 is a number of two bytes.
func (r *Reader) $Uint16() int {
	r.$mb(2)
	v := binary.BigEndian.Uint16(r.buf[r.off:])
	r.off += 2
	return int(v)
}
//: code bytes
// $Bytes are the next n bytes.
func (r *Reader) $Bytes(n int) []byte {
	r.$mb(n)
	b := r.buf[r.off : r.off+n]
	//+
	r.off += n
	return b
}
""",
        "stream": """
//: code reader
// Reader reads binary values one after the other.
type Reader struct {
	from *bytes.Reader
}

// NewReader reads these bytes.
func NewReader(data []byte) *Reader { return &Reader{bytes.NewReader(data)} }

func (r *Reader) fill(b []byte) []byte {
	if _, err := io.ReadFull(r.from, b); err != nil {
		//+
		panic(fmt.Errorf("%d bytes before the end: %w", r.from.Len(), err))
	}
	return b
}

// $Uint16 is a number of two bytes.
func (r *Reader) $Uint16() int {
	var b [2]byte
	//+
	return int(binary.BigEndian.Uint16(r.fill(b[:])))
}
//: code bytes
// $Bytes are the next n bytes.
func (r *Reader) $Bytes(n int) []byte {
	//+
	return r.fill(make([]byte, n))
}
""",
    },
)
_KVDRV: Final = Template(
    "kvdrv",
    kind="a driver; the caller breaks its rules",
    packages=("kvdrv",),
    kit=True,
    names={
        "Find": ("Find", "Fetch"),
        "Store": ("Store", "Save"),
        "Scan": ("Scan", "Bind"),
    },
    base="""
//: code session
// ErrClosed is said after Close.
var ErrClosed = errors.New("session is closed")

// Session is a connection.
type Session struct {
	addr string
	rows map[string][]string
	off  bool
}

// Dial connects.
func Dial(addr string) *Session {
	//+
	return &Session{addr: addr, rows: map[string][]string{}}
}

// Close disconnects.
func (s *Session) Close() { s.off = true }

func (s *Session) alive(op string) {
	if s.off {
		//+
		panic(fmt.Errorf("kv: %s %s: %w", op, s.addr, ErrClosed))
	}
}

// $Store writes a record.
func (s *Session) $Store(key string, cells ...string) {
	s.alive("store")
	s.rows[key] = cells
}

// $Find reads a record: nil when there is none.
func (s *Session) $Find(key string) *Record {
	s.alive("find")
	//+
	if cells, ok := s.rows[key]; ok {
		return &Record{cells}
	}
	return nil
}
//: code record
// Record is a record.
type Record struct{ cells []string }

// $Scan gives its cells.
func (r *Record) $Scan(dest ...*string) {
	if len(dest) != len(r.cells) {
		panic(fmt.Sprintf("kv: scan of %d cells into %d", len(r.cells), len(dest)))
	}
	//+
	for k, cell := range r.cells {
		*dest[k] = cell
	}
}
""",
    variants={
        "locked": """
//: code session
// ErrClosed is said after Close.
var ErrClosed = errors.New("session is closed")

// Session is a connection. It may be used by several goroutines.
type Session struct {
	mu   sync.Mutex
	addr string
	rows map[string]*Record
}

// Dial connects.
func Dial(addr string) *Session {
	return &Session{addr: addr, rows: make(map[string]*Record)}
}

// Close disconnects.
func (s *Session) Close() {
	s.with("close", func() { s.rows = nil })
}

func (s *Session) with(op string, do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rows == nil {
		panic(fmt.Errorf("kv: %s %s: %w", op, s.addr, ErrClosed))
	}
	do()
}

// $Store writes a record.
func (s *Session) $Store(key string, cells ...string) {
	s.with("store", func() {
		//+
		s.rows[key] = &Record{cells}
	})
}

// $Find reads a record: nil when there is none.
func (s *Session) $Find(key string) (r *Record) {
	//+
	s.with("find", func() { r = s.rows[key] })
	return r
}
//: code record
// Record is a record.
type Record struct{ cells []string }

// $Scan gives its cells.
func (r *Record) $Scan(dest ...*string) {
	r.fits(len(dest))
	for k := range dest {
		*dest[k] = r.cells[k]
	}
}

func (r *Record) fits(n int) {
	if had := len(r.cells); had != n {
		//+
		panic(fmt.Sprintf("kv: scan of %d cells into %d", had, n))
	}
}
""",
        "state": """
//: code session
// ErrClosed is said after Close.
var ErrClosed = errors.New("session is closed")

// Session is a connection.
type Session struct {
	addr  string
	rows  map[string][]string
	state int32
}

// Dial connects.
func Dial(addr string) *Session {
	s := &Session{addr: addr, state: 1}
	//+
	s.rows = map[string][]string{}
	return s
}

// Close disconnects.
func (s *Session) Close() { atomic.StoreInt32(&s.state, 0) }

// $Store writes a record.
func (s *Session) $Store(key string, cells ...string) {
	if atomic.LoadInt32(&s.state) == 0 {
		panic(fmt.Errorf("kv: store %s: %w", s.addr, ErrClosed))
	}
	//+
	s.rows[key] = slices.Clone(cells)
}

// $Find reads a record: nil when there is none.
func (s *Session) $Find(key string) *Record {
	//+
	if atomic.LoadInt32(&s.state) == 0 {
		panic(fmt.Errorf("kv: find %s: %w", s.addr, ErrClosed))
	}
	cells, ok := s.rows[key]
	if !ok {
		return nil
	}
	return newRecord(cells)
}
//: code record
// Record is a record.
type Record struct {
	cells []string
	at    int
}

func newRecord(cells []string) *Record { return &Record{cells: cells} }

func (r *Record) left() int { return len(r.cells) - r.at }

// $Scan gives its cells.
func (r *Record) $Scan(dest ...*string) {
	//+
	if n := r.left(); n != len(dest) {
		panic("kv: scan of " + strconv.Itoa(n) + " cells into " + strconv.Itoa(len(dest)))
	}
	for _, to := range dest {
		*to = r.cells[r.at]
		r.at++
	}
}
""",
    },
)
_FAULT: Final = Template(
    "fault",
    kind="errors that carry their stack",
    packages=("fault", "xerr"),
    names={"Wrap": ("Wrap", "With", "Annotate"), "Newf": ("Newf", "Errorf")},
    base="""
//: code traced
type traced struct {
	op  string
	err error
	pcs []uintptr
}

// Error is the whole chain.
func (t *traced) Error() string {
	//+
	return t.op + ": " + t.err.Error()
}

// Unwrap is the cause.
func (t *traced) Unwrap() error { return t.err }

// StackTrace is where it was made.
func (t *traced) StackTrace() string {
	var text strings.Builder
	frames := runtime.CallersFrames(t.pcs)
	for {
		f, more := frames.Next()
		fmt.Fprintf(&text, "%s\\n\\t%s:%d\\n", f.Function, f.File, f.Line)
		if !more {
			return strings.TrimSuffix(text.String(), "\\n")
		}
	}
}
//: code wrap
// $Wrap says what was done.
func $Wrap(err error, op string) error {
	pcs := make([]uintptr, 24)
	//+
	return &traced{op, err, pcs[:runtime.Callers(2, pcs)]}
}

// $Newf is a new error.
func $Newf(op, format string, args ...any) error {
	pcs := make([]uintptr, 24)
	return &traced{op, fmt.Errorf(format, args...), pcs[:runtime.Callers(2, pcs)]}
}
""",
    variants={
        "callers": """
//: code traced
type traced struct {
	error
	op  string
	pcs []uintptr
}

// Error is the whole chain.
func (t *traced) Error() string {
	return fmt.Sprintf("%s: %s", t.op, t.error.Error())
}

// Unwrap is the cause.
func (t *traced) Unwrap() error { return t.error }

// StackTrace is where it was made.
func (t *traced) StackTrace() string {
	var lines []string
	for _, pc := range t.pcs {
		//+
		f, _ := runtime.CallersFrames([]uintptr{pc}).Next()
		lines = append(lines, f.Function, fmt.Sprintf("\\t%s:%d", f.File, f.Line))
	}
	return strings.Join(lines, "\\n")
}

func $fcallers() []uintptr {
	pcs := make([]uintptr, 16)
	return pcs[:runtime.Callers(3, pcs)]
}
//: code wrap
// $Wrap says what was done.
func $Wrap(err error, op string) error {
	//+
	return &traced{err, op, $fcallers()}
}

// $Newf is a new error.
func $Newf(op, format string, args ...any) error {
	return &traced{fmt.Errorf(format, args...), op, $fcallers()}
}
""",
        "skip": """
//: code traced
type traced struct {
	text string
	err  error
	pcs  []uintptr
}

func capture(op string, err error, skip int) *traced {
	t := &traced{text: op, err: err, pcs: make([]uintptr, 32)}
	//+
	t.pcs = t.pcs[:runtime.Callers(skip+2, t.pcs)]
	return t
}

// Error is the whole chain.
func (t *traced) Error() string {
	cause := t.err.Error()
	//+
	return strings.Join([]string{t.text, cause}, ": ")
}

// Unwrap is the cause.
func (t *traced) Unwrap() error { return t.err }

// StackTrace is where it was made.
func (t *traced) StackTrace() string {
	var text strings.Builder
	for frames, more := runtime.CallersFrames(t.pcs), true; more; {
		var f runtime.Frame
		f, more = frames.Next()
		fmt.Fprintf(&text, "%s\\n\\t%s:%d\\n", f.Function, f.File, f.Line)
	}
	return strings.TrimSpace(text.String())
}
//: code wrap
// $Wrap says what was done.
func $Wrap(err error, op string) error { return capture(op, err, 1) }

// $Newf is a new error.
func $Newf(op, format string, args ...any) error {
	//+
	return capture(op, fmt.Errorf(format, args...), 1)
}
""",
    },
)
_REGISTRY: Final = Template(
    "registry",
    kind="a registry; the caller registers twice, or asks for what is not there",
    packages=("registry", "lookup"),
    names={
        "Register": ("Register", "MustRegister", "Enroll"),
        "Resolve": ("Resolve", "MustFind"),
        "Each": ("Each", "Visit"),
    },
    base="""
//: code registry
// Registry keeps things by their names.
type Registry[T any] struct {
	mu   sync.RWMutex
	kind string
	all  map[string]T
}

// New makes one.
func New[T any](kind string) *Registry[T] {
	return &Registry[T]{kind: kind, all: map[string]T{}}
}

// $Register adds one.
func (r *Registry[T]) $Register(name string, v T) {
	r.mu.Lock()
	defer r.mu.Unlock()
	//+
	if _, ok := r.all[name]; ok {
		panic(fmt.Sprintf("%s %q is registered twice", r.kind, name))
	}
	r.all[name] = v
}

// $Resolve is one that is there.
func (r *Registry[T]) $Resolve(name string) T {
	r.mu.RLock()
	defer r.mu.RUnlock()
	v, ok := r.all[name]
	if !ok {
		//+
		panic(fmt.Sprintf("no %s named %q", r.kind, name))
	}
	return v
}
//: code each
// $Each calls for all, in the order of names.
func (r *Registry[T]) $Each(f func(name string, v T)) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	names := make([]string, 0, len(r.all))
	for name := range r.all {
		names = append(names, name)
	}
	sort.Strings(names)
	//+
	for _, name := range names {
		f(name, r.all[name])
	}
}
""",
    variants={
        "table": """
//: code registry
// Registry keeps things by their names.
type Registry[T any] struct {
	mu    sync.RWMutex
	kind  string
	names []string
	all   []T
}

// New makes one.
func New[T any](kind string) *Registry[T] {
	return &Registry[T]{kind: kind}
}

func (r *Registry[T]) where(name string) (int, bool) {
	//+
	return slices.BinarySearch(r.names, name)
}

// $Register adds one.
func (r *Registry[T]) $Register(name string, v T) {
	r.mu.Lock()
	defer r.mu.Unlock()
	k, ok := r.where(name)
	if ok {
		panic(fmt.Errorf("%s %q is registered twice", r.kind, name))
	}
	//+
	r.names = slices.Insert(r.names, k, name)
	r.all = slices.Insert(r.all, k, v)
}

// $Resolve is one that is there.
func (r *Registry[T]) $Resolve(name string) T {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if k, ok := r.where(name); ok {
		return r.all[k]
	}
	panic(fmt.Errorf("no %s named %q", r.kind, name))
}
//: code each
// $Each calls for all, in the order of names.
func (r *Registry[T]) $Each(f func(name string, v T)) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for k, name := range r.names {
		//+
		f(name, r.all[k])
	}
}
""",
        "entries": """
//: code registry
type entry[T any] struct {
	v    T
	uses int
}

// Registry keeps things by their names.
type Registry[T any] struct {
	sync.Mutex
	kind string
	all  map[string]*entry[T]
}

// New makes one.
func New[T any](kind string) *Registry[T] {
	r := &Registry[T]{kind: kind}
	r.all = make(map[string]*entry[T], 8)
	return r
}

// $Register adds one.
func (r *Registry[T]) $Register(name string, v T) {
	//+
	r.Lock()
	defer r.Unlock()
	if r.all[name] != nil {
		panic(r.kind + " " + strconv.Quote(name) + " is registered twice")
	}
	r.all[name] = &entry[T]{v: v}
}

// $Resolve is one that is there.
func (r *Registry[T]) $Resolve(name string) T {
	r.Lock()
	defer r.Unlock()
	//+
	e := r.mustHave(name)
	e.uses++
	return e.v
}

func (r *Registry[T]) mustHave(name string) *entry[T] {
	if e, ok := r.all[name]; ok {
		return e
	}
	//+
	panic(fmt.Sprintf("no %s named %q among %d", r.kind, name, len(r.all)))
}
//: code each
// $Each calls for all, in the order of names.
func (r *Registry[T]) $Each(f func(name string, v T)) {
	r.Lock()
	defer r.Unlock()
	var names []string
	for name := range r.all {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		//+
		f(name, r.all[name].v)
	}
}
""",
    },
)
_FANOUT: Final = Template(
    "fanout",
    kind="runs functions of its caller on goroutines",
    packages=("fanout", "spread"),
    names={"Run": ("Run", "Each", "ForAll"), "Gather": ("Gather", "Collect")},
    base="""
//: code run
// $Run calls f with 0 to n-1, each on a goroutine.
func $Run(n int, f func(k int)) {
	var wg sync.WaitGroup
	for k := 0; k < n; k++ {
		wg.Add(1)
		go func(k int) {
			defer wg.Done()
			//+
			f(k)
		}(k)
	}
	wg.Wait()
}
//: code gather
// $Gather has what f gives for each number. A panic of one is that of the caller.
func $Gather[T any](n int, f func(k int) T) []T {
	all := make([]T, n)
	died := make(chan error, n)
	$Run(n, func(k int) {
		defer func() {
			if v := recover(); v != nil {
				died <- fmt.Errorf("task %d: %v\\n%s", k, v, debug.Stack())
			}
		}()
		//+
		all[k] = f(k)
	})
	close(died)
	for err := range died {
		panic(err)
	}
	return all
}
""",
    variants={
        "pool": """
//: code run
// $Run calls f with 0 to n-1, on a few goroutines.
func $Run(n int, f func(k int)) {
	work := make(chan int)
	var wg sync.WaitGroup
	for w := 0; w < 3; w++ {
		wg.Add(1)
		go $fworker(&wg, work, f)
	}
	for k := 0; k < n; k++ {
		//+
		work <- k
	}
	close(work)
	wg.Wait()
}

func $fworker(wg *sync.WaitGroup, work <-chan int, f func(k int)) {
	defer wg.Done()
	//+
	for k := range work {
		f(k)
	}
}
//: code gather
// $Gather has what f gives for each number. A panic of one is that of the caller.
func $Gather[T any](n int, f func(k int) T) []T {
	all := make([]T, n)
	var once sync.Once
	var died error
	$Run(n, func(k int) {
		defer func() {
			if v := recover(); v != nil {
				once.Do(func() { died = fmt.Errorf("panic in task %d: %v\\n%s", k, v, debug.Stack()) })
			}
		}()
		all[k] = f(k)
	})
	//+
	if died != nil {
		panic(died)
	}
	return all
}
""",
        "batch": """
//: code run
type batch struct {
	wg sync.WaitGroup
	f  func(k int)
}

func (b *batch) start(k int) {
	b.wg.Add(1)
	//+c
	go func() {
		defer b.wg.Done()
		b.f(k)
	}()
}

// $Run calls f with 0 to n-1, each on a goroutine.
func $Run(n int, f func(k int)) {
	b := &batch{f: f}
	for k := 0; k < n; k++ {
		//+
		b.start(k)
	}
	b.wg.Wait()
}
//: code gather
type died struct {
	task  int
	value any
	stack []byte
}

// Error is all that is known.
func (d *died) Error() string {
	return fmt.Sprintf("task %d died: %v\\n\\n%s", d.task, d.value, d.stack)
}

func guard(task int, to chan<- *died, f func()) {
	defer func() {
		if v := recover(); v != nil {
			//+
			to <- &died{task, v, debug.Stack()}
		}
	}()
	f()
}

// $Gather has what f gives for each number. A panic of one is that of the caller.
func $Gather[T any](n int, f func(k int) T) []T {
	all, first := make([]T, n), make(chan *died, n)
	$Run(n, func(k int) {
		guard(k, first, func() { all[k] = f(k) })
	})
	//+
	select {
	case d := <-first:
		panic(d)
	default:
		return all
	}
}
""",
    },
)
_HELPERS: Final = (_VET, _ARENA, _BINFMT, _KVDRV, _FAULT, _REGISTRY, _FANOUT)

_CALLERS: Final = (
    Template(
        "billing_checks",
        kind="three checks of an order in one function",
        copies=2,
        base="""
//: code t
type $ta struct {
	$aa string
	$ab int
	$ac *int
}
//: code a
// $Fa prices an order.
func $Fa(in @in.Input) error {
	$va := $fa(in)
	//+
	$vb := @vet.Within("quantity", $va.$ab, 1, 40) //!1
	$vc := 100
	if in.N <= 10 {
		$vc -= *@vet.Some($va.$ac, "discount") //!2
	}
	//+
	$vd := @vet.Ok(strconv.ParseInt($va.$aa, 10, 64)) //!3
	return fmt.Errorf("$Wa: %d", int64($vb*$vc)*$vd)
}
//: code b
func $fa(in @in.Input) $ta {
	$va := $ta{$aa: in.S, $ab: in.N}
	//+
	if in.N > 20 {
		$vb := in.N / 10
		$va.$ac = &$vb
	}
	return $va
}
//: call 1 n=41..60 expect="quantity"
$P.$Fa(in)
//: call 2 n=1..10 expect="discount is required"
$P.$Fa(in)
//: call 3 n=11..40 expect="invalid syntax"
$P.$Fa(in)
""",
        variants={
            "method": """
//: code t
type $ta struct {
	$aa string
	$ab int
	$ac *int
}

func ($vz $ta) $ma(initial bool) int {
	//+
	if !initial {
		return 100
	}
	return 100 - *@vet.Some($vz.$ac, "discount") //!2
}

func ($vz $ta) $mb() int64 {
	return @vet.Ok(strconv.ParseInt($vz.$aa, 10, 64)) //!3
}
//: code a
// $Fa prices an order.
func $Fa(in @in.Input) error {
	$va := $fa(in)
	$vb := @vet.Within("quantity", $va.$ab, 1, 40) //!1
	//+
	$vc := $va.$ma(in.N <= 10)
	return fmt.Errorf("$Wa: %d", int64($vb*$vc)*$va.$mb())
}
//: code b
func $fa(in @in.Input) $ta {
	$va := $ta{$aa: in.S, $ab: in.N}
	if in.N <= 20 {
		return $va
	}
	//+
	$vb := in.N / 10
	$va.$ac = &$vb
	return $va
}
""",
            "pointer": """
//: code t
type $ta struct {
	$aa string
	$ab int
	$ac *int
}
//: code a
// $Fa prices an order.
func $Fa(in @in.Input) error {
	return $fb(context.Background(), $fa(in), in.N <= 10)
}

func $fb(ctx context.Context, $va *$ta, initial bool) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	$vb := @vet.Within("quantity", $va.$ab, 1, 40) //!1
	$vc := 100
	//+
	if initial {
		$ve := @vet.Some($va.$ac, "discount") //!2
		$vc -= *$ve
	}
	$vd := @vet.Ok(strconv.ParseInt($va.$aa, 10, 64)) //!3
	//+
	return fmt.Errorf("$Wa: %d", int64($vb*$vc)*$vd)
}
//: code b
func $fa(in @in.Input) *$ta {
	$va := &$ta{$aa: in.S, $ab: in.N}
	if in.N > 20 {
		$vb := in.N / 10
		$va.$ac = &$vb
	}
	return $va
}
""",
            "inline": """
//: code a
// $Fa prices an order.
func $Fa(in @in.Input) error {
	var $va *int
	if $vb := in.N / 10; in.N > 20 {
		$va = &$vb
	}
	//+
	var (
		$vb = @vet.Within("quantity", in.N, 1, 40) //!1
		$vc = 100
		$vd int64
	)
	switch {
	case in.N <= 10:
		$vc -= *@vet.Some($va, "discount") //!2
	default:
		$vd = @vet.Ok(strconv.ParseInt(in.S, 10, 64)) //!3
	}
	return fmt.Errorf("$Wa: %d", int64($vb*$vc)*$vd)
}
""",
        },
    ),
    Template(
        "category_tree",
        kind="handles of a tree: of the parent of the root, of a value from before a reset",
        copies=2,
        base="""
//: code t
type $ta struct {
	$aa string
	$ab int
}
//: code a
// $Fa files below a category.
func $Fa(in @in.Input) error {
	$va := @arena.New[$ta](8)
	$vb := $va.@arena:Add($ta{"all", -1})
	//+
	for _, x := range in.Items {
		$vb = $va.@arena:Add($ta{strconv.Itoa(x), $vb})
	}
	h := $vb
	for $va.@arena:Ref(h).$aa != in.S { //!1
		h = $va.@arena:Ref(h).$ab
	}
	$va.Reset()
	$vc := $va.@arena:Add($ta{in.S, -1})
	//+
	$va.@arena:Ref($vb).$ab = $vc //!2
	return errors.New("$Wa")
}
//: call 1 n=1..9 expect="out of range|dangling"
$P.$Fa(in)
//: call 2 n=1..9 s=all expect="out of range|dangling"
$P.$Fa(in)
""",
        variants={
            "climb": """
//: code t
type $ta struct {
	$aa string
	$ab int
}

func $fa(all *@arena.Arena[$ta], h int, name string) int {
	//+
	for {
		v := all.@arena:Ref(h) //!1
		if v.$aa == name {
			return h
		}
		h = v.$ab
	}
}
//: code a
// $Fa files below a category.
func $Fa(in @in.Input) error {
	$va := @arena.New[$ta](8)
	$vb := $va.@arena:Add($ta{"all", -1})
	for _, x := range in.Items {
		//+
		$vb = $va.@arena:Add($ta{strconv.Itoa(x), $vb})
	}
	if $fa($va, $vb, in.S) >= 0 {
		$va.Reset()
	}
	$vc := $va.@arena:Add($ta{in.S, -1})
	$va.@arena:Ref($vb).$ab = $vc //!2
	return errors.New("$Wa")
}
""",
            "type": """
//: code t
type $ta struct {
	$aa string
	$ab int
}

type $tb struct {
	$ac *@arena.Arena[$ta]
	$ad int
}

func (t *$tb) $ma(name string) {
	t.$ad = t.$ac.@arena:Add($ta{name, t.$ad})
}

func (t *$tb) $mb(name string) (h int) {
	for h = t.$ad; t.$ac.@arena:Ref(h).$aa != name; { //!1
		//+
		h = t.$ac.@arena:Ref(h).$ab
	}
	return h
}

func (t *$tb) $mc(name string) {
	//+
	t.$ac.Reset()
	k := t.$ac.@arena:Add($ta{name, -1})
	t.$ac.@arena:Ref(t.$ad).$ab = k //!2
}
//: code a
// $Fa files below a category.
func $Fa(in @in.Input) error {
	$va := &$tb{@arena.New[$ta](8), -1}
	$va.$ma("all")
	for _, x := range in.Items {
		$va.$ma(strconv.Itoa(x))
	}
	//+
	$vb := $va.$mb(in.S)
	$va.$mc(in.S)
	return fmt.Errorf("$Wa %d", $vb)
}
""",
        },
    ),
    Template(
        "telemetry_frame",
        kind="frames: a length that is too long, a trailer that is not there, no element",
        copies=2,
        base="""
//: code a
// $Fa reads a frame.
func $Fa(in @in.Input) error {
	$va := @binfmt.NewReader($fa(in))
	$vb := $va.@binfmt:Uint16()
	var $vc []string
	//+
	for k := 0; k < $vb; k++ {
		$vd := $va.@binfmt:Uint16()
		$vc = append($vc, string($va.@binfmt:Bytes($vd))) //!1
	}
	//+
	$ve := $va.@binfmt:Uint16() //!2
	return fmt.Errorf("$Wa %s %d", $vc[0], $ve) //!3
}
//: code b
func $fa(in @in.Input) []byte {
	$vf := binary.BigEndian.AppendUint16(nil, uint16(len(in.Items)))
	for _, x := range in.Items {
		$vg := strconv.Itoa(x)
		$vh := len($vg)
		if in.N > 9 {
			$vh += 500
		}
		$vf = binary.BigEndian.AppendUint16($vf, uint16($vh))
		$vf = append($vf, $vg...)
	}
	//+
	if in.N > 0 {
		return $vf
	}
	return binary.BigEndian.AppendUint16($vf, 0)
}
//: call 1 n=10..30 expect="out of range|EOF"
$P.$Fa(in)
//: call 2 n=1..9 expect="out of range|EOF"
$P.$Fa(in)
//: call 3 n=0 expect="out of range .0. with length 0"
$P.$Fa(in)
""",
        variants={
            "element": """
//: code a
// $Fa reads a frame.
func $Fa(in @in.Input) error {
	$va := @binfmt.NewReader($fa(in))
	$vc := $fb($va)
	$ve := $va.@binfmt:Uint16() //!2
	//+
	return fmt.Errorf("$Wa %s %d", $vc[0], $ve) //!3
}

func $fb(from *@binfmt.Reader) []string {
	$vb := make([]string, from.@binfmt:Uint16())
	for k := range $vb {
		//+
		$vb[k] = $fc(from)
	}
	return $vb
}

func $fc(from *@binfmt.Reader) string {
	$vd := from.@binfmt:Uint16()
	return string(from.@binfmt:Bytes($vd)) //!1
}
//: code b
func $fa(in @in.Input) []byte {
	$vf := binary.BigEndian.AppendUint16(nil, uint16(len(in.Items)))
	for _, x := range in.Items {
		$vg := strconv.Itoa(x)
		$vh := len($vg)
		if in.N > 9 {
			$vh += 500
		}
		$vf = binary.BigEndian.AppendUint16($vf, uint16($vh))
		$vf = append($vf, $vg...)
	}
	if in.N == 0 {
		$vf = binary.BigEndian.AppendUint16($vf, 0)
	}
	return $vf
}
""",
            "type": """
//: code t
type $ta struct {
	$aa []string
	$ab int
}

func ($va *$ta) $ma(from *@binfmt.Reader) {
	$vb := from.@binfmt:Uint16()
	for len($va.$aa) < $vb {
		$vd := from.@binfmt:Uint16()
		//+
		$va.$aa = append($va.$aa, string(from.@binfmt:Bytes($vd))) //!1
	}
	$va.$ab = from.@binfmt:Uint16() //!2
}

// String is short.
func ($va $ta) String() string {
	return fmt.Sprint(len($va.$aa), "/", $va.$ab)
}

func ($va *$ta) $mb() string { return $va.$aa[0] } //!3
//: code a
// $Fa reads a frame.
func $Fa(in @in.Input) error {
	var $vi $ta
	//+
	$vi.$ma(@binfmt.NewReader($fa(in)))
	return fmt.Errorf("$Wa %s %v", $vi.$mb(), $vi)
}
//: code b
func $fa(in @in.Input) []byte {
	$vf := binary.BigEndian.AppendUint16(nil, uint16(len(in.Items)))
	for _, x := range in.Items {
		$vg := strconv.Itoa(x)
		$vh := len($vg)
		if in.N > 9 {
			$vh += 500
		}
		$vf = append(binary.BigEndian.AppendUint16($vf, uint16($vh)), $vg...)
	}
	//+
	if in.N > 0 {
		return $vf
	}
	return append($vf, 0, 0)
}
""",
        },
    ),
    Template(
        "session_use",
        kind="a driver: used after it was closed, a record that is not there, too few places",
        copies=2,
        base="""
//: code a
// $Fa copies a record.
func $Fa(in @in.Input) error {
	$va := @kvdrv.Dial(in.S)
	$va.@kvdrv:Store(strconv.Itoa(in.ID), in.S, "$Sa")
	if in.N > 6 {
		$va.Close()
	}
	//+
	$vb := $va.@kvdrv:Find(strconv.Itoa(in.ID + in.N/4)) //!1
	var $vc, $vd string
	if in.N < 4 {
		$vb.@kvdrv:Scan(&$vc) //!3
	}
	$vb.@kvdrv:Scan(&$vc, &$vd) //!2
	//+
	return fmt.Errorf("$Wa %s %s", $vc, $vd)
}
//: call 1 n=7..9 expect="session is closed"
$P.$Fa(in)
//: call 2 n=4..6 expect="nil pointer dereference"
$P.$Fa(in)
//: call 3 n=0..3 expect="scan of 2 cells into 1"
$P.$Fa(in)
""",
        variants={
            "pooled": """
//: code t
type $ta struct {
	*@kvdrv.Session
	$aa int
}

func ($va *$ta) $ma(id int) *@kvdrv.Record {
	$va.$aa++
	//+
	return $va.@kvdrv:Find(strconv.Itoa(id)) //!1
}
//: code a
// $Fa copies a record.
func $Fa(in @in.Input) error {
	$va := &$ta{Session: @kvdrv.Dial(in.S)}
	$va.@kvdrv:Store(strconv.Itoa(in.ID), in.S, "$Sa")
	if in.N > 6 {
		$va.Close()
	}
	$vb := $va.$ma(in.ID + in.N/4)
	var $vc, $vd string
	//+
	if in.N < 4 {
		$vb.@kvdrv:Scan(&$vc) //!3
	}
	$vb.@kvdrv:Scan(&$vc, &$vd) //!2
	return fmt.Errorf("$Wa %s %s", $vc, $vd)
}
""",
            "interface": """
//: code t
type $tc interface {
	@kvdrv:Find(key string) *@kvdrv.Record
	@kvdrv:Store(key string, cells ...string)
	Close()
}

func $fa(in @in.Input) $tc {
	var $va $tc = @kvdrv.Dial(in.S)
	//+
	$va.@kvdrv:Store(strconv.Itoa(in.ID), in.S, "$Sa")
	return $va
}
//: code a
// $Fa copies a record.
func $Fa(in @in.Input) error {
	$va := $fa(in)
	if in.N > 6 {
		$va.Close()
	}
	$vc, $vd := $fb($va.@kvdrv:Find(strconv.Itoa(in.ID+in.N/4)), in.N < 4) //!1
	//+
	return fmt.Errorf("$Wa %s %s", $vc, $vd)
}

func $fb($vb *@kvdrv.Record, short bool) ($vc, $vd string) {
	if short {
		$vb.@kvdrv:Scan(&$vc) //!3
		return
	}
	$vb.@kvdrv:Scan(&$vc, &$vd) //!2
	return
}
""",
            "closure": """
//: code a
// $Fa copies a record.
func $Fa(in @in.Input) (err error) {
	$va := @kvdrv.Dial(in.S)
	$va.@kvdrv:Store(strconv.Itoa(in.ID), in.S, "$Sa")
	var $vc, $vd string
	$ve := func(key string) {
		$vb := $va.@kvdrv:Find(key) //!1
		//+
		if in.N < 4 {
			$vb.@kvdrv:Scan(&$vc) //!3
		} else {
			$vb.@kvdrv:Scan(&$vc, &$vd) //!2
		}
	}
	//+
	if in.N > 6 {
		$va.Close()
	}
	$ve(strconv.Itoa(in.ID + in.N/4))
	return fmt.Errorf("$Wa %s %s", $vc, $vd)
}
""",
        },
    ),
    Template(
        "posting_errors",
        kind="errors with a stack that are logged: three of one function, and one that wraps nothing",
        copies=2,
        base="""
//: code e
// $Ea is said for a day that is over.
var $Ea = errors.New("period is locked")
//: code b
func $fa(in @in.Input) error {
	//+
	if in.N < 4 {
		_, err := strconv.Atoi(in.S)
		return @fault.Wrap(err, fmt.Sprintf("posting %d: debit", in.ID)) //!1
	}
	if in.N < 8 {
		return @fault.Wrap($Ea, fmt.Sprintf("posting %d", in.ID)) //!2
	}
	if in.N < 12 {
		_, err := strconv.ParseFloat(in.S, 64)
		return @fault.Wrap(err, fmt.Sprintf("posting %d: credit", in.ID)) //!3
	}
	//+
	_, err := strconv.Atoi(strconv.Itoa(in.N))
	return @fault.Wrap(err, "posting")
}
//: code a
// $Fa posts.
func $Fa(in @in.Input) error {
	if err := $fa(in); err != nil {
		if len(err.Error()) > 4000 { //!4
			return errors.New("$Wa")
		}
		//+
		return fmt.Errorf("$Wb: %w", err)
	}
	return nil
}
//: call 1 n=0..3 routes=log expect="strconv.Atoi: parsing"
$P.$Fa(in)
//: call 2 n=4..7 routes=log expect="period is locked"
$P.$Fa(in)
//: call 3 n=8..11 routes=log expect="strconv.ParseFloat: parsing"
$P.$Fa(in)
//: call 4 n=12..60 expect="nil pointer dereference"
$P.$Fa(in)
""",
        variants={
            "switch": """
//: code e
// $Ea is said for a day that is over.
var $Ea = errors.New("period is locked")
//: code b
func $fa(in @in.Input) (err error) {
	switch {
	case in.N < 4:
		if _, err = strconv.Atoi(in.S); err != nil {
			return @fault.Wrap(err, fmt.Sprintf("posting %d: debit", in.ID)) //!1
		}
	case in.N < 8:
		//+
		return @fault.Wrap($Ea, fmt.Sprintf("posting %d", in.ID)) //!2
	case in.N < 12:
		if _, err = strconv.ParseFloat(in.S, 64); err != nil {
			return @fault.Wrap(err, fmt.Sprintf("posting %d: credit", in.ID)) //!3
		}
	}
	return @fault.Wrap(err, "posting")
}
//: code a
// $Fa posts.
func $Fa(in @in.Input) error {
	//+
	err := $fa(in)
	if err == nil {
		return nil
	}
	if $va := err.Error(); len($va) > 4000 { //!4
		return errors.New("$Wa")
	}
	return fmt.Errorf("$Wb: %w", err)
}
""",
            "typed": """
//: code e
// $Ea is said for a day that is over.
var $Ea = errors.New("period is locked")

type $ta struct{ $aa int }

func ($va $ta) $ma(err error, which string) error {
	if which != "" {
		which = ": " + which
	}
	//+
	return @fault.Wrap(err, fmt.Sprintf("posting %d%s", $va.$aa, which)) //!1,2,3
}
//: code b
func $fa(in @in.Input) error {
	$vb := $ta{in.ID}
	if in.N < 4 {
		_, err := strconv.Atoi(in.S)
		return $vb.$ma(err, "debit")
	}
	//+
	if in.N < 8 {
		return $vb.$ma($Ea, "")
	}
	_, err := strconv.ParseFloat(in.S, 64)
	if in.N >= 12 {
		err = nil
	}
	return $vb.$ma(err, "credit")
}
//: code a
// $Fa posts.
func $Fa(in @in.Input) error {
	if err := $fa(in); err != nil {
		//+
		if len(err.Error()) > 4000 { //!4
			return errors.New("$Wa")
		}
		return fmt.Errorf("$Wb: %w", err)
	}
	return nil
}
""",
        },
    ),
    Template(
        "plugin_table",
        kind="a registry: twice the same, one that is missing, registered while it is walked",
        copies=2,
        base="""
//: code a
// $Fa sets up exporters.
func $Fa(in @in.Input) error {
	$va := @registry.New[func(int) int]("exporter")
	for _, name := range []string{"csv", "pdf", "xml"} {
		$va.@registry:Register(name, func(k int) int { return k + in.N })
	}
	//+
	if in.N > 6 {
		$va.@registry:Register(strings.ToLower("PDF"), nil) //!1
	}
	if in.N > 3 {
		return fmt.Errorf("$Wa %d", $va.@registry:Resolve(in.S)(in.ID)) //!2
	}
	//+
	$va.@registry:Each(func(name string, f func(int) int) {
		$va.@registry:Register(name+".gz", f) //!3
	})
	return nil
}
//: call 1 n=7..9 expect="registered twice"
$P.$Fa(in)
//: call 2 n=4..6 expect="no exporter named"
$P.$Fa(in)
//: call 3 n=0..3 routes=hang
$P.$Fa(in)
""",
        variants={
            "setup": """
//: code t
type $ta = func(int) int

func $fa(in @in.Input) *@registry.Registry[$ta] {
	$va := @registry.New[$ta]("exporter")
	$vb := func(k int) int { return k + in.N }
	$va.@registry:Register("csv", $vb)
	$va.@registry:Register("pdf", $vb)
	//+
	$va.@registry:Register("xml", $vb)
	if in.N > 6 {
		$va.@registry:Register("pdf", nil) //!1
	}
	return $va
}

func $fb(all *@registry.Registry[$ta]) func(string, $ta) {
	return func(name string, f $ta) {
		//+
		all.@registry:Register(name+".gz", f) //!3
	}
}
//: code a
// $Fa sets up exporters.
func $Fa(in @in.Input) error {
	$va := $fa(in)
	if in.N <= 3 {
		$va.@registry:Each($fb($va))
		return nil
	}
	//+
	$vc := $va.@registry:Resolve(in.S) //!2
	return fmt.Errorf("$Wa %d", $vc(in.ID))
}
""",
            "interface": """
//: code t
type $tb interface{ $Ma(k int) int }

type $tc int

// $Ma exports.
func (c $tc) $Ma(k int) int { return int(c) + k }

type $td struct{ *@registry.Registry[$tb] }

func (d $td) $mb(name string, v $tb) {
	//+
	d.@registry:Register(name+".gz", v) //!3
}
//: code a
// $Fa sets up exporters.
func $Fa(in @in.Input) error {
	$va := $td{@registry.New[$tb]("exporter")}
	for _, name := range []string{"csv", "pdf", "xml"} {
		//+
		$va.@registry:Register(name, $tc(in.N))
	}
	switch {
	case in.N > 6:
		$va.@registry:Register("pdf", $tc(0)) //!1
	case in.N > 3:
		//+
		return fmt.Errorf("$Wa %d", $va.@registry:Resolve(in.S).$Ma(in.ID)) //!2
	}
	$va.@registry:Each($va.$mb)
	return nil
}
""",
        },
    ),
    Template(
        "fan_shards",
        kind="functions on goroutines: beyond the end, a map that nobody made, a panic that is passed on",
        copies=2,
        base="""
//: code a
// $Fa counts by shards.
func $Fa(in @in.Input) error {
	$va := len(in.Items) / 4
	$vb := make([]int, $va)
	var $vc map[string]int
	//+
	if in.N > 20 {
		@fanout.Run($va+1, func(k int) {
			//+
			$vb[k] += in.Items[k] //!1
		})
	}
	if in.N > 10 {
		@fanout.Run(2, func(k int) {
			$vc[in.S] = in.Items[k] //!2
		})
	}
	$vd := @fanout.Gather(in.N, func(k int) int {
		return in.ID / (in.Items[k] - in.Items[0]) //!3
	})
	return fmt.Errorf("$Wa %d", $vd[0])
}
//: call 1 n=21..30 routes=go expect="index out of range"
$P.$Fa(in)
//: call 2 n=11..20 routes=go expect="nil map"
$P.$Fa(in)
//: call 3 n=1..10 expect="divide by zero"
$P.$Fa(in)
""",
        variants={
            "named": """
//: code t
type $ta struct {
	$aa []int
	$ab map[string]int
	$ac @in.Input
}

func (t *$ta) $ma(k int) {
	//+
	t.$aa[k] += t.$ac.Items[k] //!1
}

func (t *$ta) $mb(k int) {
	t.$ab[t.$ac.S] = t.$ac.Items[k] //!2
}

func (t *$ta) $mc(k int) int {
	$ve := t.$ac.Items[k] - t.$ac.Items[0]
	//+
	return t.$ac.ID / $ve //!3
}
//: code a
// $Fa counts by shards.
func $Fa(in @in.Input) error {
	$va := len(in.Items) / 4
	t := &$ta{$aa: make([]int, $va), $ac: in}
	//+
	switch {
	case in.N > 20:
		@fanout.Run($va+1, t.$ma)
	case in.N > 10:
		@fanout.Run(2, t.$mb)
	}
	return fmt.Errorf("$Wa %d", @fanout.Gather(in.N, t.$mc))
}
""",
            "locked": """
//: code a
// $Fa counts by shards.
func $Fa(in @in.Input) error {
	$va := len(in.Items) / 4
	$vb := make([]int, $va)
	var mu sync.Mutex
	var $vc map[string]int
	if in.N > 20 {
		//+
		@fanout.Run($va+1, func(k int) {
			mu.Lock()
			defer mu.Unlock()
			$vb[k] += in.Items[k] //!1
		})
	}
	if in.N > 10 {
		@fanout.Run(2, func(k int) {
			mu.Lock()
			defer mu.Unlock()
			//+
			$vc[in.S] = in.Items[k] //!2
		})
	}
	return fmt.Errorf("$Wa %d", @fanout.Gather(in.N, $fa(in)))
}
//: code b
func $fa(in @in.Input) func(int) int {
	return func(k int) int {
		//+
		return in.ID / (in.Items[k] - in.Items[0]) //!3
	}
}
""",
        },
    ),
    Template(
        "settings_load",
        kind="settings of a service: two that cannot be read, in one loop, and limits",
        copies=2,
        base="""
//: code t
type $ta struct {
	$aa int
	$ab time.Duration
	$ac bool
}
//: code a
// $Fa reads settings.
func $Fa(in @in.Input) error {
	$va := map[string]string{"port": "8080", "wait": "3s", "size": strconv.Itoa(in.N)}
	switch {
	case in.N > 9:
		$va["wait"] = in.S
	case in.N > 4:
		$va["port"] = in.S
	}
	var $vb $ta
	//+
	$vb.$aa = @vet.Ok(strconv.Atoi($va["port"])) //!1
	$vb.$ab = @vet.Ok(time.ParseDuration($va["wait"])) //!2
	//+
	$vc := @vet.Within("size", @vet.Ok(strconv.Atoi($va["size"])), 5, 90) //!3
	return fmt.Errorf("$Wa %v %d", $vb, $vc)
}
//: call 1 n=5..9 expect="strconv.Atoi: parsing"
$P.$Fa(in)
//: call 2 n=10..30 expect="invalid duration"
$P.$Fa(in)
//: call 3 n=0..4 expect="size(:| is)"
$P.$Fa(in)
""",
        variants={
            "lookup": """
//: code t
type $tb map[string]string

func ($va $tb) $ma(key string) int {
	//+
	return @vet.Ok(strconv.Atoi($va[key])) //!1
}

func ($va $tb) $mb(key string) time.Duration {
	return @vet.Ok(time.ParseDuration($va[key])) //!2
}
//: code a
// $Fa reads settings.
func $Fa(in @in.Input) error {
	$va := $tb{"port": "8080", "wait": "3s", "size": strconv.Itoa(in.N)}
	if in.N > 9 {
		$va["wait"] = in.S
	} else if in.N > 4 {
		$va["port"] = in.S
	}
	//+
	$vd, $ve := $va.$ma("port"), $va.$mb("wait")
	$vc := @vet.Within("size", $va.$ma("size"), 5, 90) //!3
	return fmt.Errorf("$Wa %d %v %d", $vd, $ve, $vc)
}
""",
            "table": """
//: code t
type $ta struct {
	$aa int
	$ab time.Duration
	$ad int
}

func $fa(key, text string, into *$ta) {
	switch key {
	case "port":
		into.$aa = @vet.Ok(strconv.Atoi(text)) //!1
	case "wait":
		//+
		into.$ab = @vet.Ok(time.ParseDuration(text)) //!2
	case "size":
		into.$ad = @vet.Within("size", @vet.Ok(strconv.Atoi(text)), 5, 90) //!3
	}
}
//: code a
// $Fa reads settings.
func $Fa(in @in.Input) error {
	$va := map[string]string{"port": "8080", "wait": "3s", "size": strconv.Itoa(in.N)}
	if in.N > 9 {
		$va["wait"] = in.S
	} else if in.N > 4 {
		$va["port"] = in.S
	}
	var $vb $ta
	//+
	for _, key := range []string{"port", "wait", "size"} {
		//+
		$fa(key, $va[key], &$vb)
	}
	return fmt.Errorf("$Wa %v", $vb)
}
""",
        },
    ),
    Template(
        "mirror_sync",
        kind="two stores are compared: over two helpers at once",
        copies=2,
        base="""
//: code t
type $ta struct {
	$aa string
	$ab *$ta
}
//: code a
// $Fa mirrors records.
func $Fa(in @in.Input) error {
	$va := @arena.New[$ta](in.N)
	$vb := @kvdrv.Dial(in.S)
	for k, x := range in.Items {
		$va.@arena:Add($ta{$aa: strconv.Itoa(x)})
		if k%2 == 0 || in.N < 8 {
			//+
			$vb.@kvdrv:Store(strconv.Itoa(x), in.S, strconv.Itoa(k))
		}
	}
	var $vc, $vd string
	for k := range in.Items {
		$ve := $va.@arena:Ref(k)
		//+
		@vet.Some($vb.@kvdrv:Find($ve.$aa), "mirror of "+in.S).@kvdrv:Scan(&$vc, &$vd) //!1
	}
	//+
	return fmt.Errorf("$Wa %s", @vet.Some($va.@arena:Ref(in.N/2).$ab, "parent of "+in.S).$aa) //!2
}
//: call 1 n=8..40 expect="mirror of .* is required"
$P.$Fa(in)
//: call 2 n=1..7 expect="parent of .* is required"
$P.$Fa(in)
""",
        variants={
            "pass": """
//: code t
type $ta struct {
	$aa string
	$ab *$ta
}
//: code b
func $fa(from *@arena.Arena[$ta], to *@kvdrv.Session, in @in.Input) {
	for k, x := range in.Items {
		from.@arena:Add($ta{$aa: strconv.Itoa(x)})
		if k%2 == 0 || in.N < 8 {
			to.@kvdrv:Store(strconv.Itoa(x), in.S, strconv.Itoa(k))
		}
	}
}

func $fb(v $ta, to *@kvdrv.Session, name string) ($vc, $vd string) {
	$vf := @vet.Some(to.@kvdrv:Find(v.$aa), "mirror of "+name) //!1
	//+
	$vf.@kvdrv:Scan(&$vc, &$vd)
	return $vc, $vd
}
//: code a
// $Fa mirrors records.
func $Fa(in @in.Input) error {
	$va, $vb := @arena.New[$ta](in.N), @kvdrv.Dial(in.S)
	$fa($va, $vb, in)
	//+
	for k := range in.Items {
		_, _ = $fb(*$va.@arena:Ref(k), $vb, in.S)
	}
	$vg := $va.@arena:Ref(in.N / 2)
	$vg = @vet.Some($vg.$ab, "parent of "+in.S) //!2
	return fmt.Errorf("$Wa %s", $vg.$aa)
}
""",
            "type": """
//: code t
type $ta struct {
	$aa string
	$ab *$ta
}

type $tb struct {
	*@arena.Arena[$ta]
	$ac *@kvdrv.Session
	$ad string
}

func (t *$tb) $ma(k int) {
	var $vc, $vd string
	@vet.Some(t.$ac.@kvdrv:Find(t.@arena:Ref(k).$aa), "mirror of "+t.$ad).@kvdrv:Scan(&$vc, &$vd) //!1
}

func (t *$tb) $mb(k int) *$ta {
	//+
	return @vet.Some(t.@arena:Ref(k).$ab, "parent of "+t.$ad) //!2
}
//: code a
// $Fa mirrors records.
func $Fa(in @in.Input) error {
	t := &$tb{@arena.New[$ta](in.N), @kvdrv.Dial(in.S), in.S}
	for k, x := range in.Items {
		t.@arena:Add($ta{$aa: strconv.Itoa(x)})
		if k%2 == 0 || in.N < 8 {
			t.$ac.@kvdrv:Store(strconv.Itoa(x), in.S, strconv.Itoa(k))
		}
	}
	//+
	for k := 0; k < in.N; k++ {
		t.$ma(k)
	}
	return fmt.Errorf("$Wa %s", t.$mb(in.N/2).$aa)
}
""",
        },
    ),
)

# --------------------------------------------------------------------------- helpers that are the bug themselves

_WRONG: Final = (
    Template(
        "recent",
        kind="a cache: what was removed is still in the list, and shrinking it",
        packages=("recent", "lru"),
        across=4,
        base="""
//: code cache
type node[V any] struct {
	value V
	hits  int
}

// Cache keeps what was used last.
type Cache[K comparable, V any] struct {
	size  int
	nodes map[K]*node[V]
	order []K
}

// New makes one.
func New[K comparable, V any](size int) *Cache[K, V] {
	return &Cache[K, V]{size: size, nodes: map[K]*node[V]{}}
}

// Put keeps a value.
func (c *Cache[K, V]) Put(key K, value V) {
	for len(c.order) >= c.size {
		c.evict()
	}
	//+
	c.nodes[key] = &node[V]{value: value}
	c.order = append(c.order, key)
}

// Remove drops a value.
func (c *Cache[K, V]) Remove(key K) { delete(c.nodes, key) }
//: code evict
func (c *Cache[K, V]) evict() {
	key := c.order[0]
	//+
	if c.nodes[key].hits > 3 { //!1
		c.nodes[key].hits = 0
	}
	delete(c.nodes, key)
	c.order = c.order[1:]
}

// Shrink keeps only the last n.
func (c *Cache[K, V]) Shrink(n int) {
	//+
	for _, key := range c.order[:len(c.order)-n] { //!2
		delete(c.nodes, key)
	}
	c.size = n
}
//: code b @1
// $Fb caches sessions.
func $Fb(in @in.Input) error {
	$va := $P.New[int, string](4)
	for k := 0; k < 9; k++ {
		$va.Put(k+in.ID, in.S)
		//+
		if k == in.N%4 {
			$va.Remove(k + in.ID)
		}
	}
	return errors.New("$Wa")
}
//: code c @2
var $ga = $P.New[string, []int](6)

// $Fc caches routes.
func $Fc(in @in.Input) error {
	//+
	$ga.Put(in.S, in.Items)
	$ga.Remove(in.S)
	for _, $vb := range strings.Split("a b c d e f g h", " ") {
		$ga.Put($vb, nil)
	}
	return errors.New("$Wb")
}
//: code d @3
// $Fd makes room.
func $Fd(in @in.Input) error {
	$vc := $P.New[string, @in.Input](64)
	for k := range in.Items {
		$vc.Put(strconv.Itoa(k), in)
	}
	//+
	$vc.Shrink(in.N + 3)
	return nil
}

// $Fe makes room for one.
func $Fe(in @in.Input) error {
	$vc := $P.New[int, struct{}](in.N)
	$vc.Put(in.ID, struct{}{})
	//+
	defer $vc.Shrink(in.N)
	return nil
}
//: call 1 n=0..9 expect="nil pointer dereference"
$P1.$Fb(in)
//: call 1 n=1..9 expect="nil pointer dereference"
$P2.$Fc(in)
//: call 2 n=1..9 expect="slice bounds out of range"
$P3.$Fd(in)
//: call 2 n=2..9 expect="slice bounds out of range"
$P3.$Fe(in)
""",
        variants={
            "list": """
//: code cache
type node[V any] struct {
	value V
	hits  int
}

// Cache keeps what was used last. It may be used by several goroutines.
type Cache[K comparable, V any] struct {
	mu    sync.Mutex
	size  int
	nodes map[K]*node[V]
	order []K
}

// New makes one.
func New[K comparable, V any](size int) *Cache[K, V] {
	//+
	return &Cache[K, V]{size: size, nodes: make(map[K]*node[V], size)}
}

// Put keeps a value.
func (c *Cache[K, V]) Put(key K, value V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	//+
	for len(c.order) >= c.size {
		key := c.order[0]
		if c.nodes[key].hits > 3 { //!1
			c.nodes[key].hits = 0
		}
		delete(c.nodes, key)
		c.order = c.order[1:]
	}
	c.nodes[key] = &node[V]{value: value}
	c.order = append(c.order, key)
}

// Remove drops a value.
func (c *Cache[K, V]) Remove(key K) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.nodes, key)
}
//: code evict
// Shrink keeps only the last n.
func (c *Cache[K, V]) Shrink(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	$fdrop(c, c.order[:len(c.order)-n]) //!2
	//+
	c.size = n
}

func $fdrop[K comparable, V any](c *Cache[K, V], keys []K) {
	for _, key := range keys {
		delete(c.nodes, key)
	}
}
//: code b @1
// $Fb caches sessions.
func $Fb(in @in.Input) error {
	$va := $P.New[int, string](4)
	for k := 0; k < 9; k++ {
		//+
		$va.Put(k+in.ID, in.S)
		if k == in.N%4 {
			$va.Remove(k + in.ID)
		}
	}
	return errors.New("$Wa")
}
//: code c @2
var $ga = $P.New[string, []int](6)

// $Fc caches routes.
func $Fc(in @in.Input) error {
	$ga.Put(in.S, in.Items)
	$ga.Remove(in.S)
	//+
	for _, $vb := range strings.Split("a b c d e f g h", " ") {
		$ga.Put($vb, nil)
	}
	return errors.New("$Wb")
}
//: code d @3
// $Fd makes room.
func $Fd(in @in.Input) error {
	$vc := $P.New[string, @in.Input](64)
	//+
	for k := range in.Items {
		$vc.Put(strconv.Itoa(k), in)
	}
	$vc.Shrink(in.N + 3)
	return nil
}

// $Fe makes room for one.
func $Fe(in @in.Input) error {
	$vc := $P.New[int, struct{}](in.N)
	$vc.Put(in.ID, struct{}{})
	//+
	defer $vc.Shrink(in.N)
	return nil
}
""",
            "touch": """
//: code cache
type node[V any] struct {
	value V
	hits  int
}

func (n *node[V]) cool() {
	if n.hits > 3 { //!1
		n.hits = 0
	}
}

// Cache keeps what was used last.
type Cache[K comparable, V any] struct {
	size  int
	nodes map[K]*node[V]
	order []K
}

// New makes one.
func New[K comparable, V any](size int) *Cache[K, V] {
	return &Cache[K, V]{size: size, nodes: map[K]*node[V]{}}
}

// Put keeps a value.
func (c *Cache[K, V]) Put(key K, value V) {
	//+
	for len(c.order) >= c.size {
		c.evict()
	}
	c.nodes[key] = &node[V]{value: value}
	c.order = append(c.order, key)
}

// Remove drops a value.
func (c *Cache[K, V]) Remove(key K) { delete(c.nodes, key) }
//: code evict
func (c *Cache[K, V]) evict() {
	oldest := c.order[0]
	c.nodes[oldest].cool()
	//+
	delete(c.nodes, oldest)
	c.order = c.order[1:]
}

// Shrink keeps only the last n.
func (c *Cache[K, V]) Shrink(n int) {
	drop := len(c.order) - n
	//+
	for _, key := range c.order[:drop] { //!2
		delete(c.nodes, key)
	}
	c.order, c.size = c.order[drop:], n
}
//: code b @1
// $Fb caches sessions.
func $Fb(in @in.Input) error {
	$va := $P.New[int, string](4)
	for k := 0; k < 9; k++ {
		$va.Put(k+in.ID, in.S)
		//+
		if k == in.N%4 {
			$va.Remove(k + in.ID)
		}
	}
	return errors.New("$Wa")
}
//: code c @2
var $ga = $P.New[string, []int](6)

// $Fc caches routes.
func $Fc(in @in.Input) error {
	//+
	$ga.Put(in.S, in.Items)
	$ga.Remove(in.S)
	for _, $vb := range strings.Split("a b c d e f g h", " ") {
		$ga.Put($vb, nil)
	}
	return errors.New("$Wb")
}
//: code d @3
// $Fd makes room.
func $Fd(in @in.Input) error {
	$vc := $P.New[string, @in.Input](64)
	for k := range in.Items {
		$vc.Put(strconv.Itoa(k), in)
	}
	//+
	$vc.Shrink(in.N + 3)
	return nil
}

// $Fe makes room for one.
func $Fe(in @in.Input) error {
	$vc := $P.New[int, struct{}](in.N)
	$vc.Put(in.ID, struct{}{})
	defer $vc.Shrink(in.N)
	return nil
}
""",
        },
    ),
    Template(
        "backoff",
        kind="a retry whose jitter divides by what a shift has lost",
        packages=("backoff", "retryer"),
        across=3,
        base="""
//: code backoff
// Policy is how often, and how long between.
type Policy struct {
	Tries int
	Base  time.Duration
}

// Delay is how long to wait before a try.
func (p Policy) Delay(try int, seed int) time.Duration {
	window := p.Base >> uint(try)
	//+
	jitter := time.Duration(seed) % window //!1
	return p.Base + jitter
}

// Do calls f until it has no error.
func (p Policy) Do(seed int, f func() error) (err error) {
	for try := 0; try < p.Tries; try++ {
		if err = f(); err == nil {
			return nil
		}
		//+
		if p.Delay(try, seed) > time.Hour {
			break
		}
	}
	return err
}
//: code b @1
// $Fb delivers.
func $Fb(in @in.Input) error {
	$va := $P.Policy{Tries: 40, Base: 1000}
	//+
	return $va.Do(in.ID, func() error {
		return fmt.Errorf("$Wa %d", in.N)
	})
}
//: code c @2
type $tc struct{ $P.Policy }

// $Fc polls.
func $Fc(in @in.Input) error {
	var $vb time.Duration
	$vc := $tc{$P.Policy{Base: time.Duration(in.N)}}
	for k := range in.Items {
		//+
		$vb += $vc.Delay(k, in.ID)
	}
	return fmt.Errorf("$Wb %v", $vb)
}
//: call 1 n=1..9 expect="divide by zero"
$P1.$Fb(in)
//: call 1 n=9..40 expect="divide by zero"
$P2.$Fc(in)
""",
        variants={
            "window": """
//: code backoff
// Policy is how often, and how long between.
type Policy struct {
	Tries int
	Base  time.Duration
}

func spread(seed, window int64) time.Duration {
	//+
	return time.Duration(seed % window) //!1
}

// Delay is how long to wait before a try.
func (p Policy) Delay(try int, seed int) time.Duration {
	//+
	return p.Base + spread(int64(seed), int64(p.Base>>uint(try)))
}

// Do calls f until it has no error.
func (p Policy) Do(seed int, f func() error) error {
	var last error
	for try := 0; try < p.Tries; try++ {
		last = f()
		if last == nil || p.Delay(try, seed) > time.Hour {
			break
		}
	}
	return last
}
//: code b @1
// $Fb delivers.
func $Fb(in @in.Input) error {
	$va := $P.Policy{Tries: 40, Base: 1000}
	return $va.Do(in.ID, func() error {
		//+
		return fmt.Errorf("$Wa %d", in.N)
	})
}
//: code c @2
type $tc struct{ $P.Policy }

// $Fc polls.
func $Fc(in @in.Input) error {
	var $vb time.Duration
	$vc := $tc{$P.Policy{Base: time.Duration(in.N)}}
	for k := range in.Items {
		$vb += $vc.Delay(k, in.ID)
	}
	//+
	return fmt.Errorf("$Wb %v", $vb)
}
""",
            "pointer": """
//: code backoff
// Policy is how often, and how long between.
type Policy struct {
	Tries int
	Base  time.Duration
	spent time.Duration
}

// Delay is how long to wait before a try.
func (p *Policy) Delay(try int, seed int) time.Duration {
	if try == 0 {
		return p.Base
	}
	window := p.Base >> uint(try)
	jitter := time.Duration(seed) % window //!1
	//+
	p.spent += p.Base + jitter
	return p.Base + jitter
}

// Do calls f until it has no error.
func (p *Policy) Do(seed int, f func() error) (err error) {
	//+
	for try := 0; try < p.Tries; try++ {
		if err = f(); err == nil {
			return nil
		}
		if p.Delay(try, seed) > time.Hour {
			break
		}
	}
	return err
}
//: code b @1
// $Fb delivers.
func $Fb(in @in.Input) error {
	$va := &$P.Policy{Tries: 40, Base: 1000}
	return $va.Do(in.ID, func() error {
		return fmt.Errorf("$Wa %d", in.N)
	})
}
//: code c @2
type $tc struct{ *$P.Policy }

// $Fc polls.
func $Fc(in @in.Input) error {
	var $vb time.Duration
	$vc := $tc{&$P.Policy{Base: time.Duration(in.N)}}
	//+
	for k := range in.Items {
		$vb += $vc.Delay(k, in.ID)
	}
	return fmt.Errorf("$Wb %v", $vb)
}
""",
        },
    ),
    Template(
        "signals",
        kind="a bus: it is left twice, or told after that",
        packages=("signals", "bulletin"),
        across=4,
        base="""
//: code bus
// Bus tells its subscribers.
type Bus[T any] struct {
	mu   sync.Mutex
	subs map[int]chan T
}

// New makes one.
func New[T any]() *Bus[T] { return &Bus[T]{subs: map[int]chan T{}} }

// Join subscribes.
func (b *Bus[T]) Join(id int) <-chan T {
	b.mu.Lock()
	defer b.mu.Unlock()
	//+
	b.subs[id] = make(chan T, 8)
	return b.subs[id]
}
//: code leave
// Leave unsubscribes.
func (b *Bus[T]) Leave(id int) {
	//+
	close(b.subs[id]) //!1
}

// Tell sends to all.
func (b *Bus[T]) Tell(v T) {
	for _, sub := range b.subs {
		//+
		sub <- v //!2
	}
}
//: code b @1
// $Fb watches prices.
func $Fb(in @in.Input) error {
	$va := $P.New[int]()
	$va.Join(in.ID)
	defer $va.Leave(in.ID)
	//+
	if in.N > 0 {
		$va.Leave(in.ID)
	}
	return errors.New("$Wa")
}
//: code c @2
// $Fc watches orders.
func $Fc(in @in.Input) error {
	$vb := $P.New[@in.Input]()
	for k := 0; k < 3; k++ {
		$vb.Join(k)
	}
	//+
	$vb.Leave(in.N % 3)
	$vb.Tell(in)
	return errors.New("$Wb")
}
//: code d @3
// $Fe passes on.
func $Fe(in @in.Input) error {
	$vd := $P.New[string]()
	$ve := $vd.Join(in.ID)
	for _, $vf := range strings.Split(in.S, "-") {
		$vd.Tell($vf)
		//+
		$vd.Leave(in.ID)
	}
	return fmt.Errorf("$Wc %s", <-$ve)
}
//: call 1 n=1..9 expect="close of closed channel"
$P1.$Fb(in)
//: call 2 n=1..9 expect="send on closed channel"
$P2.$Fc(in)
//: call 2 expect="send on closed channel"
$P3.$Fe(in)
""",
        variants={
            "locked": """
//: code bus
// Bus tells its subscribers.
type Bus[T any] struct {
	mu   sync.Mutex
	subs map[int]chan T
}

// New makes one.
func New[T any]() *Bus[T] { return &Bus[T]{subs: map[int]chan T{}} }

// Join subscribes.
func (b *Bus[T]) Join(id int) <-chan T {
	b.mu.Lock()
	defer b.mu.Unlock()
	sub := make(chan T, 8)
	//+
	b.subs[id] = sub
	return sub
}
//: code leave
// Leave unsubscribes.
func (b *Bus[T]) Leave(id int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if sub, ok := b.subs[id]; ok {
		close(sub) //!1
	}
}

// Tell sends to all.
func (b *Bus[T]) Tell(v T) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for id := range b.subs {
		$fput(b.subs[id], v)
	}
}

func $fput[T any](sub chan<- T, v T) {
	//+
	select { //!2
	case sub <- v: //!2
	default:
	}
}
//: code b @1
// $Fb watches prices.
func $Fb(in @in.Input) error {
	$va := $P.New[int]()
	$va.Join(in.ID)
	//+
	defer $va.Leave(in.ID)
	if in.N > 0 {
		$va.Leave(in.ID)
	}
	return errors.New("$Wa")
}
//: code c @2
// $Fc watches orders.
func $Fc(in @in.Input) error {
	$vb := $P.New[@in.Input]()
	for k := 0; k < 3; k++ {
		//+
		$vb.Join(k)
	}
	$vb.Leave(in.N % 3)
	$vb.Tell(in)
	return errors.New("$Wb")
}
//: code d @3
// $Fe passes on.
func $Fe(in @in.Input) error {
	$vd := $P.New[string]()
	$ve := $vd.Join(in.ID)
	//+
	for _, $vf := range strings.Split(in.S, "-") {
		$vd.Tell($vf)
		$vd.Leave(in.ID)
	}
	return fmt.Errorf("$Wc %s", <-$ve)
}
""",
            "sub": """
//: code bus
type sub[T any] struct {
	id int
	ch chan T
}

func (s *sub[T]) leave() {
	//+
	close(s.ch) //!1
}

func (s *sub[T]) put(v T) { s.ch <- v } //!2

// Bus tells its subscribers.
type Bus[T any] struct {
	mu   sync.Mutex
	subs []*sub[T]
}

// New makes one.
func New[T any]() *Bus[T] { return new(Bus[T]) }

// Join subscribes.
func (b *Bus[T]) Join(id int) <-chan T {
	b.mu.Lock()
	defer b.mu.Unlock()
	//+
	s := &sub[T]{id, make(chan T, 8)}
	b.subs = append(b.subs, s)
	return s.ch
}
//: code leave
// Leave unsubscribes.
func (b *Bus[T]) Leave(id int) {
	for _, s := range b.subs {
		if s.id == id {
			//+
			s.leave()
		}
	}
}

// Tell sends to all.
func (b *Bus[T]) Tell(v T) {
	//+
	for _, s := range b.subs {
		s.put(v)
	}
}
//: code b @1
// $Fb watches prices.
func $Fb(in @in.Input) error {
	$va := $P.New[int]()
	$va.Join(in.ID)
	defer $va.Leave(in.ID)
	//+
	if in.N > 0 {
		$va.Leave(in.ID)
	}
	return errors.New("$Wa")
}
//: code c @2
// $Fc watches orders.
func $Fc(in @in.Input) error {
	$vb := $P.New[@in.Input]()
	for k := 0; k < 3; k++ {
		$vb.Join(k)
	}
	//+
	$vb.Leave(in.N % 3)
	$vb.Tell(in)
	return errors.New("$Wb")
}
//: code d @3
// $Fe passes on.
func $Fe(in @in.Input) error {
	$vd := $P.New[string]()
	$ve := $vd.Join(in.ID)
	for _, $vf := range strings.Split(in.S, "-") {
		$vd.Tell($vf)
		//+
		$vd.Leave(in.ID)
	}
	return fmt.Errorf("$Wc %s", <-$ve)
}
""",
        },
    ),
    Template(
        "pricing_table",
        kind="a table of steps: below its first step, and a step without a price",
        packages=("ladder", "brackets"),
        across=3,
        base="""
//: code ladder
// Step is a price from a quantity on.
type Step struct {
	From  int
	Price *float64
}

// Ladder is a table of steps.
type Ladder []Step

// Price is that of a quantity.
func (l Ladder) Price(quantity int) float64 {
	k := sort.Search(len(l), func(k int) bool { return l[k].From > quantity })
	//+
	step := l[k-1] //!1
	return *step.Price //!2
}
//: code b @1
// $Fb prices a parcel.
func $Fb(in @in.Input) error {
	$va, $vb := 9.5, 8.25
	$vc := $P.Ladder{{10, &$va}, {100, &$vb}, {500, nil}}
	//+
	return fmt.Errorf("$Wa %f", $vc.Price(in.N))
}
//: code c @2
// $Fc prices a route.
func $Fc(in @in.Input) error {
	$vd := 4.0
	$ve := $P.Ladder{{200, &$vd}, {300, nil}}
	//+
	for _, x := range in.Items[in.N/2:] {
		if $ve.Price(x+in.N/7*100) < 1 {
			return errors.New("$Wb")
		}
	}
	return nil
}
//: call 1 n=0..9 expect="index out of range .-1."
$P1.$Fb(in)
//: call 1 n=1..6 expect="index out of range .-1."
$P2.$Fc(in)
//: call 2 n=500..900 expect="nil pointer dereference"
$P1.$Fb(in)
//: call 2 n=42..60 expect="nil pointer dereference"
$P2.$Fc(in)
""",
        variants={
            "generic": """
//: code ladder
// Step is a price from a quantity on.
type Step struct {
	From  int
	Price *float64
}

// Ladder is a table of steps.
type Ladder []Step

func below[S ~[]E, E any](all S, over func(E) bool) E {
	//+
	k := sort.Search(len(all), func(k int) bool { return over(all[k]) })
	return all[k-1] //!1
}

// Price is that of a quantity.
func (l Ladder) Price(quantity int) float64 {
	//+
	return *below(l, func(s Step) bool { return s.From > quantity }).Price //!2
}
//: code b @1
// $Fb prices a parcel.
func $Fb(in @in.Input) error {
	$va, $vb := 9.5, 8.25
	//+
	$vc := $P.Ladder{{10, &$va}, {100, &$vb}, {500, nil}}
	return fmt.Errorf("$Wa %f", $vc.Price(in.N))
}
//: code c @2
// $Fc prices a route.
func $Fc(in @in.Input) error {
	$vd := 4.0
	$ve := $P.Ladder{{200, &$vd}, {300, nil}}
	for _, x := range in.Items[in.N/2:] {
		//+
		if $ve.Price(x+in.N/7*100) < 1 {
			return errors.New("$Wb")
		}
	}
	return nil
}
""",
            "loop": """
//: code ladder
// Step is a price from a quantity on.
type Step struct {
	From  int
	Price *float64
}

func (s *Step) amount() float64 {
	//+
	return *s.Price //!2
}

// Ladder is a table of steps.
type Ladder []Step

func (l Ladder) find(quantity int) *Step {
	k := 0
	for k < len(l) && l[k].From <= quantity {
		k++
	}
	//+
	return &l[k-1] //!1
}

// Price is that of a quantity.
func (l Ladder) Price(quantity int) float64 {
	return l.find(quantity).amount()
}
//: code b @1
// $Fb prices a parcel.
func $Fb(in @in.Input) error {
	$va, $vb := 9.5, 8.25
	$vc := $P.Ladder{{10, &$va}, {100, &$vb}, {500, nil}}
	//+
	return fmt.Errorf("$Wa %f", $vc.Price(in.N))
}
//: code c @2
// $Fc prices a route.
func $Fc(in @in.Input) error {
	$vd := 4.0
	$ve := $P.Ladder{{200, &$vd}, {300, nil}}
	//+
	for _, x := range in.Items[in.N/2:] {
		if $ve.Price(x+in.N/7*100) < 1 {
			return errors.New("$Wb")
		}
	}
	return nil
}
""",
        },
    ),
)

# ------------------------------------------------------------------------------------------------- crowded services

_SERVICES: Final = (
    Template(
        "tariff_import",
        kind="an importer of CSV: a short line, a zone that is not there, units of zero",
        copies=2,
        base="""
//: code t
type $ta struct {
	$aa map[string]*$tb
	$ab int
}

type $tb struct{ $ac int }
//: code a
// $Fa imports tariffs.
func $Fa(in @in.Input) error {
	from := csv.NewReader(strings.NewReader($fa(in)))
	from.FieldsPerRecord = -1
	$va, err := from.ReadAll()
	if err != nil {
		return fmt.Errorf("$Wa: %w", err)
	}
	$vb := &$ta{$aa: map[string]*$tb{"inner": {}, "outer": {}}}
	for _, $vc := range $va {
		//+
		$vd, _ := strconv.Atoi($vc[2]) //!1
		$ve, _ := strconv.Atoi($vc[1])
		$vb.$aa[$vc[0]].$ac += $ve //!2
		//+
		$vb.$ab += $ve / $vd //!3
	}
	return fmt.Errorf("$Wb %d", $vb.$ab)
}
//: code b
func $fa(in @in.Input) string {
	$vf := "inner,12,4\\nouter,90,3\\n"
	//+
	switch {
	case in.N > 8:
		return $vf + "inner,15\\n"
	case in.N > 4:
		return $vf + in.S + ",8,2\\n"
	}
	return $vf + "outer,7,0\\n"
}
//: call 1 n=9..20 expect="index out of range .2. with length 2"
$P.$Fa(in)
//: call 2 n=5..8 expect="nil pointer dereference"
$P.$Fa(in)
//: call 3 n=0..4 expect="divide by zero"
$P.$Fa(in)
""",
        variants={
            "row": """
//: code t
type $ta struct {
	$aa map[string]*$tb
	$ab int
}

type $tb struct{ $ac int }

func ($vb *$ta) $ma($vc []string) {
	$vd, _ := strconv.Atoi($vc[2]) //!1
	$ve, _ := strconv.Atoi($vc[1])
	//+
	$vb.$aa[$vc[0]].$ac += $ve //!2
	$vb.$ab += $ve / $vd //!3
}
//: code a
// $Fa imports tariffs.
func $Fa(in @in.Input) error {
	from := csv.NewReader(strings.NewReader($fa(in)))
	from.FieldsPerRecord = -1
	$vb := &$ta{$aa: map[string]*$tb{"inner": {}, "outer": {}}}
	for {
		$vc, err := from.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("$Wa: %w", err)
		}
		//+
		$vb.$ma($vc)
	}
	return fmt.Errorf("$Wb %d", $vb.$ab)
}
//: code b
func $fa(in @in.Input) string {
	$vf := "inner,12,4\\nouter,90,3\\n"
	if in.N > 8 {
		return $vf + "inner,15\\n"
	}
	if in.N > 4 {
		return $vf + in.S + ",8,2\\n"
	}
	return $vf + "outer,7,0\\n"
}
""",
            "parsed": """
//: code t
type $tb struct{ $ac, $ad, $ae int }

type $td map[string]*$tb

// $ma is a line that was read.
func $fb(cells []string) (zone string, v $tb) {
	v.$ac, _ = strconv.Atoi(cells[1])
	//+
	v.$ad, _ = strconv.Atoi(cells[2]) //!1
	return cells[0], v
}

func (d $td) $mb(zone string, v $tb) {
	d[zone].$ac += v.$ac //!2
	//+
	d[zone].$ae += v.$ac / v.$ad //!3
}
//: code a
// $Fa imports tariffs.
func $Fa(in @in.Input) error {
	from := csv.NewReader(strings.NewReader($fa(in)))
	from.FieldsPerRecord = -1
	$va, err := from.ReadAll()
	if err != nil {
		return fmt.Errorf("$Wa: %w", err)
	}
	$vb := $td{"inner": {}, "outer": {}}
	//+
	for k := 0; k < len($va); k++ {
		$vb.$mb($fb($va[k]))
	}
	return fmt.Errorf("$Wb %d", $vb["inner"].$ae)
}
//: code b
func $fa(in @in.Input) string {
	$vf := "inner,12,4\\nouter,90,3\\n"
	//+
	switch {
	case in.N > 8:
		$vf += "inner,15\\n"
	case in.N > 4:
		$vf += in.S + ",8,2\\n"
	default:
		$vf += "outer,7,0\\n"
	}
	return $vf
}
""",
        },
    ),
    Template(
        "claim_states",
        kind="a state machine: no such step, a step that nobody wrote, a guard that refuses",
        copies=2,
        base="""
//: code t
type $ta struct {
	$aa string
	$ab map[string]func(*$ta, int) string
}

type $tb struct{ From, To string }

// Error says which.
func (e $tb) Error() string { return "illegal step " + e.From + " -> " + e.To }
//: code b
func ($va *$ta) $ma(amount int) {
	$vb := $va.$ab[$va.$aa]
	//+
	$vc := $vb($va, amount) //!1
	if $vc == $va.$aa {
		panic($tb{$va.$aa, $vc}) //!2
	}
	$va.$aa = $vc
}
//: code a
// $Fa settles a claim.
func $Fa(in @in.Input) error {
	$va := &$ta{"opened", map[string]func(*$ta, int) string{
		"opened": func(*$ta, int) string { return "checked" },
		"checked": func(_ *$ta, amount int) string {
			//+
			if amount > 20 {
				return "checked"
			}
			return "payable"
		},
		"payable": func($vd *$ta, amount int) string {
			delete($vd.$ab, "payable")
			return strings.Repeat("paid", 12/amount) //!3
		},
	}}
	//+
	for k := 0; k < 9; k++ {
		$va.$ma(in.N)
	}
	return fmt.Errorf("$Wa %s", $va.$aa)
}
//: call 1 n=1..20 expect="nil pointer dereference"
$P.$Fa(in)
//: call 2 n=21..40 expect="illegal step checked"
$P.$Fa(in)
//: call 3 n=0 expect="divide by zero"
$P.$Fa(in)
""",
        variants={
            "methods": """
//: code t
type $ta struct {
	$aa string
	$ab map[string]func(int) string
}

type $tb struct{ From, To string }

// Error says which.
func (e *$tb) Error() string { return fmt.Sprintf("illegal step %s -> %s", e.From, e.To) }

func $fa() *$ta {
	$va := &$ta{$aa: "opened"}
	//+
	$va.$ab = map[string]func(int) string{
		"opened":  $va.$mb,
		"checked": $va.$mc,
		"payable": $va.$md,
	}
	return $va
}

func ($va *$ta) $mb(int) string { return "checked" }

func ($va *$ta) $mc(amount int) string {
	if amount <= 20 {
		return "payable"
	}
	//+
	return $va.$aa
}

func ($va *$ta) $md(amount int) string {
	//+
	return strings.Repeat("paid", 12/amount) //!3
}
//: code b
func ($va *$ta) $ma(amount int) {
	$vc := $va.$ab[$va.$aa](amount) //!1
	if $vc == $va.$aa {
		//+
		panic(&$tb{$va.$aa, $vc}) //!2
	}
	$va.$aa = $vc
}
//: code a
// $Fa settles a claim.
func $Fa(in @in.Input) error {
	$va := $fa()
	for k := 0; k < 9; k++ {
		//+
		$va.$ma(in.N)
	}
	return fmt.Errorf("$Wa %s", $va.$aa)
}
""",
            "interface": """
//: code t
type $tc interface{ $Ma(amount int) string }

type $td func(int) string

// $Ma is the step.
func (f $td) $Ma(amount int) string { return f(amount) }

type $ta struct {
	$aa string
	$ab map[string]$tc
}
//: code b
func ($va *$ta) $ma(amount int) error {
	$vb := $va.$ab[$va.$aa]
	//+
	$vc := $vb.$Ma(amount) //!1
	if $vc == $va.$aa {
		panic(fmt.Errorf("illegal step %s -> %s", $va.$aa, $vc)) //!2
	}
	$va.$aa = $vc
	return nil
}
//: code a
// $Fa settles a claim.
func $Fa(in @in.Input) error {
	$va := &$ta{$aa: "opened", $ab: map[string]$tc{
		"opened": $td(func(int) string { return "checked" }),
		"checked": $td(func(amount int) string {
			if amount > 20 {
				return "checked"
			}
			return "payable"
		}),
		"payable": $td(func(amount int) string {
			//+
			return strings.Repeat("paid", 12/amount) //!3
		}),
	}}
	//+
	for k := 0; k < 9; k++ {
		if err := $va.$ma(in.N); err != nil {
			return err
		}
	}
	return fmt.Errorf("$Wa %s", $va.$aa)
}
""",
            "switch": """
//: code t
type $ta struct {
	$aa string
	$ae map[string]func()
}

func ($va *$ta) $me(amount int) string {
	//+
	switch $va.$aa {
	case "opened":
		return "checked"
	case "checked":
		if amount > 20 {
			return "checked"
		}
		return "payable"
	case "payable":
		return strings.Repeat("paid", 12/amount) //!3
	}
	$va.$ae[$va.$aa]() //!1
	return ""
}
//: code b
func ($va *$ta) $ma(amount int) {
	//+
	$vc := $va.$me(amount)
	if $vc == $va.$aa {
		panic(fmt.Sprintf("illegal step %s -> %s", $va.$aa, $vc)) //!2
	}
	$va.$aa = $vc
}
//: code a
// $Fa settles a claim.
func $Fa(in @in.Input) error {
	$va := &$ta{$aa: "opened"}
	//+
	for k := 0; k < 9; k++ {
		$va.$ma(in.N)
	}
	return fmt.Errorf("$Wa %s", $va.$aa)
}
""",
        },
    ),
    Template(
        "geo_cells",
        kind="cells of a map: west of zero, the centre of no points, a distance that is not a number",
        copies=2,
        base="""
//: code t
type $ta struct{ X, Y float64 }
//: code b
func $fa(points []$ta) (centre [2]int) {
	var $va, $vb int
	for _, p := range points {
		$va += int(p.X)
		$vb += int(p.Y)
	}
	//+
	centre[0] = $va / len(points) //!2
	centre[1] = $vb / len(points)
	return centre
}
//: code a
// $Fa places points on cells.
func $Fa(in @in.Input) error {
	var $vc [16][]int
	$vd := make([]$ta, 0, len(in.Items))
	for k, x := range in.Items {
		$vd = append($vd, $ta{float64(x + k*in.N), float64(x) + 0.5})
	}
	//+
	$ve := $fa($vd)
	$vf := ($ve[0] - 150) / 4
	if in.N > 7 {
		//+
		if $vg := math.Sqrt(float64($ve[0] - 900)); math.IsNaN($vg) {
			panic(fmt.Errorf("cell %d: distance is %v", in.ID, $vg)) //!3
		}
	}
	$vc[$vf] = append($vc[$vf], in.ID) //!1
	return errors.New("$Wa")
}
//: call 1 n=1..6 expect="index out of range"
$P.$Fa(in)
//: call 2 n=0 expect="divide by zero"
$P.$Fa(in)
//: call 3 n=8..20 expect="cell .*: distance is NaN"
$P.$Fa(in)
""",
        variants={
            "method": """
//: code t
type $ta struct{ X, Y float64 }

type $tb []$ta

type $tc struct{ $aa [16][]int }

func (c *$tc) $ma(at, id int) {
	//+
	c.$aa[at] = append(c.$aa[at], id) //!1
}

func (p $ta) $mc(x, id int) float64 {
	d := math.Sqrt(float64(x - 900))
	//+
	if d != d {
		panic(fmt.Errorf("cell %d: distance is %v", id, d)) //!3
	}
	return d * p.Y
}
//: code b
func (all $tb) $mb() (x, y int) {
	for _, p := range all {
		x += int(p.X)
		y += int(p.Y)
	}
	//+
	return x / len(all), y / len(all) //!2
}
//: code a
// $Fa places points on cells.
func $Fa(in @in.Input) error {
	var $vc $tc
	var $vd $tb
	for k, x := range in.Items {
		$vd = append($vd, $ta{float64(x + k*in.N), float64(x) + 0.5})
	}
	$ve, _ := $vd.$mb()
	if in.N > 7 {
		$vd[0].$mc($ve, in.ID)
	}
	//+
	$vc.$ma(($ve-150)/4, in.ID)
	return errors.New("$Wa")
}
""",
            "generic": """
//: code t
type $ta struct{ X, Y float64 }

func $fd(x int) bool {
	return !math.IsNaN(math.Sqrt(float64(x - 900)))
}

func $fb[N ~int | ~int64](sum, count N) N {
	//+
	return sum / count //!2
}
//: code b
func $fa(points []$ta) [2]int {
	var $va, $vb int
	for k := range points {
		$va += int(points[k].X)
		$vb += int(points[k].Y)
	}
	return [2]int{$fb($va, len(points)), $fb($vb, len(points))}
}

func $fc(cells [][]int, k, id int) {
	if id < 0 {
		return
	}
	//+
	cells[k] = append(cells[k], id) //!1
}
//: code a
// $Fa places points on cells.
func $Fa(in @in.Input) error {
	$vc := make([][]int, 16)
	$vd := make([]$ta, 0, len(in.Items))
	//+
	for k, x := range in.Items {
		$vd = append($vd, $ta{float64(x + k*in.N), float64(x) + 0.5})
	}
	$ve := $fa($vd)
	if in.N > 7 && !$fd($ve[0]) {
		panic(fmt.Errorf("cell %d: distance is %v", in.ID, math.NaN())) //!3
	}
	$fc($vc, ($ve[0]-150)/4, in.ID)
	return errors.New("$Wa")
}
""",
        },
    ),
    Template(
        "letter_render",
        kind="letters from templates: one that is not one, a function that panics within, a part that is not there",
        copies=2,
        base="""
//: code g
var $ga = template.FuncMap{
	"upper": strings.ToUpper,
	"digit": func(text string, k int) string {
		return text[k : k+1]
	},
}
//: code a
// $Fa renders a letter.
func $Fa(in @in.Input) error {
	$va := "Dear {{upper .S}}: {{.N}}."
	switch {
	case in.N > 9:
		$va += "{{end}}"
	case in.N > 4:
		$va += "{{digit .S 90}}"
	}
	//+
	$vb := template.Must(template.New("letter").Funcs($ga).Parse($va)) //!1
	var $vc strings.Builder
	if err := $vb.Execute(&$vc, in); err != nil {
		//+
		panic(fmt.Errorf("letter %d: %w", in.ID, err)) //!2
	}
	$vd := $vb.Lookup("footer")
	return $vd.Execute(&$vc, in.Tags) //!3
}
//: call 1 n=10..20 expect="unexpected {{end}}"
$P.$Fa(in)
//: call 2 n=5..9 expect="error calling digit"
$P.$Fa(in)
//: call 3 n=0..4 expect="nil pointer dereference"
$P.$Fa(in)
""",
        variants={
            "type": """
//: code t
type $ta struct {
	$aa *template.Template
	$ab strings.Builder
}

func $fa(text string) *$ta {
	//+
	$vb := template.Must(template.New("letter").Funcs(template.FuncMap{ //!1
		"upper": strings.ToUpper,
		"digit": func(text string, k int) string { return text[k : k+1] },
	}).Parse(text))
	return &$ta{$aa: $vb}
}

func (t *$ta) $ma(in @in.Input) *$ta {
	if err := t.$aa.Execute(&t.$ab, in); err != nil {
		panic(fmt.Errorf("letter %d: %w", in.ID, err)) //!2
	}
	return t
}

func (t *$ta) $mb(name string, data any) error {
	//+
	return t.$aa.Lookup(name).Execute(&t.$ab, data) //!3
}
//: code a
// $Fa renders a letter.
func $Fa(in @in.Input) error {
	$va := "Dear {{upper .S}}: {{.N}}."
	if in.N > 9 {
		$va += "{{end}}"
	} else if in.N > 4 {
		$va += "{{digit .S 90}}"
	}
	//+
	return $fa($va).$ma(in).$mb("footer", in.Tags)
}
""",
            "parse": """
//: code g
var $ga = template.FuncMap{"upper": strings.ToUpper, "digit": $fb}

func $fb(text string, k int) string {
	return text[k : k+1]
}
//: code a
// $Fa renders a letter.
func $Fa(in @in.Input) error {
	$va := "Dear {{upper .S}}: {{.N}}."
	switch {
	case in.N > 9:
		$va += "{{end}}"
	case in.N > 4:
		$va += "{{digit .S 90}}"
	}
	$vb, err := template.New("letter").Funcs($ga).Parse($va)
	if err != nil {
		//+
		panic(err) //!1
	}
	$vc := new(bytes.Buffer)
	defer $vc.Reset()
	if err = $vb.Execute($vc, in); err != nil {
		panic(fmt.Errorf("rendering letter %d: %w", in.ID, err)) //!2
	}
	//+
	$vd := $vb.Lookup("footer")
	if err = $vd.Execute($vc, in.Tags); err != nil { //!3
		return fmt.Errorf("$Wa: %w", err)
	}
	return errors.New("$Wb")
}
""",
        },
    ),
    Template(
        "raster",
        kind="pictures: a filter at the edge, a part that is cut beyond it, a kernel that has no middle",
        copies=2,
        base="""
//: code t
type $ta struct {
	W, H int
	Pix  []byte
}
//: code b
func $fa(p *$ta, kernel []int) *$ta {
	if len(kernel)%2 == 0 {
		panic(fmt.Sprintf("raster: kernel of %d has no middle", len(kernel))) //!3
	}
	$va := &$ta{p.W, p.H, make([]byte, len(p.Pix))}
	for y := 0; y < p.H; y++ {
		for x := 0; x < p.W; x++ {
			$vb := 0
			for k, w := range kernel {
				//+
				$vb += w * int(p.Pix[y*p.W+x+k-len(kernel)/2]) //!1
			}
			$va.Pix[y*p.W+x] = byte($vb)
		}
	}
	return $va
}
//: code a
// $Fa makes a thumbnail.
func $Fa(in @in.Input) error {
	$vc := &$ta{W: 8, H: 4, Pix: make([]byte, 32)}
	for k, x := range in.Items {
		$vc.Pix[k%32] = byte(x)
	}
	//+
	if in.N > 5 {
		$vd := make([][]byte, 0, $vc.H)
		for y := 0; y < $vc.H; y++ {
			$vd = append($vd, $vc.Pix[y*$vc.W:32:32][in.N-5:in.N+12]) //!2
		}
		return fmt.Errorf("$Wa %d", len($vd))
	}
	$ve := $fa($vc, in.Items)
	return fmt.Errorf("$Wb %d", $ve.W)
}
//: call 1 n=5 expect="index out of range"
$P.$Fa(in)
//: call 1 n=3 expect="index out of range"
$P.$Fa(in)
//: call 2 n=6..19 expect="slice bounds out of range"
$P.$Fa(in)
//: call 3 n=4 expect="has no middle"
$P.$Fa(in)
//: call 3 n=2 expect="has no middle"
$P.$Fa(in)
""",
        variants={
            "at": """
//: code t
type $ta struct {
	W, H int
	Pix  []byte
}

func (p *$ta) at(x, y int) byte {
	//+
	return p.Pix[y*p.W+x] //!1
}

func (p *$ta) $ma(y, from, to int) []byte {
	$vf := p.Pix[y*p.W : 32 : 32]
	//+
	return $vf[from:to] //!2
}
//: code b
func $fa(p *$ta, kernel []int) *$ta {
	$vg := len(kernel) / 2
	if len(kernel) == $vg*2 {
		//+
		panic(fmt.Sprintf("raster: kernel of %d has no middle", len(kernel))) //!3
	}
	$va := &$ta{p.W, p.H, make([]byte, len(p.Pix))}
	for y := 0; y < p.H; y++ {
		for x := 0; x < p.W; x++ {
			$vb := 0
			for k, w := range kernel {
				$vb += w * int(p.at(x+k-$vg, y))
			}
			$va.Pix[y*p.W+x] = byte($vb)
		}
	}
	return $va
}
//: code a
// $Fa makes a thumbnail.
func $Fa(in @in.Input) error {
	$vc := &$ta{W: 8, H: 4, Pix: make([]byte, 32)}
	for k, x := range in.Items {
		$vc.Pix[k%32] = byte(x)
	}
	if in.N <= 5 {
		return fmt.Errorf("$Wb %d", $fa($vc, in.Items).W)
	}
	//+
	$vh := 0
	for y := 0; y < $vc.H; y++ {
		$vh += len($vc.$ma(y, in.N-5, in.N+12))
	}
	return fmt.Errorf("$Wa %d", $vh)
}
""",
            "rows": """
//: code t
type $tb interface {
	Bounds() (w, h int)
	At(x, y int) byte
}

type $ta struct {
	w, h int
	pix  []byte
}

// Bounds is the size.
func (p $ta) Bounds() (w, h int) { return p.w, p.h }

// At is a pixel.
func (p $ta) At(x, y int) byte { return p.pix[y*p.w+x] } //!1
//: code b
func $fa(p $tb, kernel []int) []byte {
	//+
	$fb(kernel)
	w, h := p.Bounds()
	var $va []byte
	for y := 0; y < h; y++ {
		for x := 0; x < w; x++ {
			//+
			$va = append($va, $fc(p, kernel, x-len(kernel)/2, y))
		}
	}
	return $va
}

func $fb(kernel []int) {
	if len(kernel)%2 == 0 {
		panic(fmt.Errorf("raster: kernel of %d has no middle", len(kernel))) //!3
	}
}

func $fc(p $tb, kernel []int, x, y int) byte {
	$vb := 0
	for k, w := range kernel {
		$vb += w * int(p.At(x+k, y))
	}
	return byte($vb)
}
//: code a
// $Fa makes a thumbnail.
func $Fa(in @in.Input) error {
	$vc := $ta{8, 4, make([]byte, 32)}
	for k, x := range in.Items {
		$vc.pix[k%32] = byte(x)
	}
	//+
	if in.N > 5 {
		return fmt.Errorf("$Wa %d", len($vc.pix[8:32:32][in.N-5:in.N+22])) //!2
	}
	return fmt.Errorf("$Wb %d", len($fa($vc, in.Items)))
}
""",
        },
    ),
    Template(
        "task_graph",
        kind="a graph of tasks: a circle, a task that nobody knows, an empty stack",
        copies=2,
        base="""
//: code t
type $ta struct {
	$aa string
	$ab []string
	$ac int
}

type $tb map[string]*$ta
//: code b
func ($va $tb) $ma(name string) int {
	$vb := $va[name]
	//+
	for _, $vc := range $vb.$ab { //!2
		if d := $va.$ma($vc); d >= $vb.$ac { //!1
			$vb.$ac = d + 1
		}
	}
	return $vb.$ac
}
//: code a
// $Fa plans tasks.
func $Fa(in @in.Input) error {
	$va := $tb{"fetch": {}, "build": {$ab: []string{"fetch"}}}
	$va["pack"] = &$ta{$aa: in.S, $ab: []string{"build"}}
	//+
	if in.N > 6 {
		$va["fetch"].$ab = []string{"pack"}
	} else if in.N > 3 {
		$va["pack"].$ab = append($va["pack"].$ab, in.S)
	}
	$vd := make([]int, $va.$ma("pack"))
	//+
	for range "two" {
		$vd = $vd[:len($vd)-1] //!3
	}
	return fmt.Errorf("$Wa %d", $vd)
}
//: call 1 n=7..9 expect="stack overflow|exceeds" routes=fatal
$P.$Fa(in)
//: call 2 n=4..6 expect="nil pointer dereference"
$P.$Fa(in)
//: call 3 n=0..3 expect="slice bounds out of range"
$P.$Fa(in)
""",
        variants={
            "visit": """
//: code t
type $ta struct {
	$aa string
	$ab []string
	$ac int
}

type $tb struct {
	$ad map[string]*$ta
	$ae []int
}

func ($va *$tb) $mb() {
	//+
	$va.$ae = $va.$ae[:len($va.$ae)-1] //!3
}
//: code b
func ($va *$tb) $ma(name string) int {
	$ve := $va.$ad[name]
	$vf := func($vc string) {
		//+
		$ve.$ac = max($ve.$ac, $va.$ma($vc)+1) //!1
	}
	for _, $vc := range $ve.$ab { //!2
		$vf($vc)
	}
	return $ve.$ac
}
//: code a
// $Fa plans tasks.
func $Fa(in @in.Input) error {
	$va := &$tb{$ad: map[string]*$ta{"fetch": {}, "build": {$ab: []string{"fetch"}}}}
	$va.$ad["pack"] = &$ta{$aa: in.S, $ab: []string{"build"}}
	switch {
	case in.N > 6:
		$va.$ad["fetch"].$ab = []string{"pack"}
	case in.N > 3:
		$va.$ad["pack"].$ab = append($va.$ad["pack"].$ab, in.S)
	}
	//+
	$va.$ae = make([]int, $va.$ma("pack"))
	for k := 0; k < 3; k++ {
		$va.$mb()
	}
	return errors.New("$Wa")
}
""",
            "function": """
//: code t
type $ta struct {
	$aa string
	$ab []string
	$ac int
}
//: code b
func $fa(all map[string]*$ta, name string) int {
	//+
	return $fb(all, all[name])
}

func $fb(all map[string]*$ta, v *$ta) int {
	for _, $vc := range v.$ab { //!2
		d := $fa(all, $vc) //!1
		//+
		if d < v.$ac {
			continue
		}
		v.$ac = d + 1
	}
	return v.$ac
}

func $fc[T any](stack []T) []T {
	return stack[:len(stack)-1] //!3
}
//: code a
// $Fa plans tasks.
func $Fa(in @in.Input) error {
	$va := map[string]*$ta{"fetch": {}, "build": {$ab: []string{"fetch"}}}
	//+
	$va["pack"] = &$ta{$aa: in.S, $ab: []string{"build"}}
	if in.N > 6 {
		$va["fetch"].$ab = []string{"pack"}
	} else if in.N > 3 {
		$va["pack"].$ab = append($va["pack"].$ab, in.S)
	}
	$vd := make([]int, $fa($va, "pack"))
	for range "two" {
		$vd = $fc($vd)
	}
	//+
	return fmt.Errorf("$Wa %d", $vd)
}
""",
        },
    ),
    Template(
        "bearer_token",
        kind="tokens: too few parts, a claim of another type, a key that nobody set, a claim that is not there",
        copies=2,
        base="""
//: code t
type $ta struct{ $aa func(id string) []byte }
//: code b
func ($va *$ta) $ma(token string) map[string]any {
	$vb := strings.Split(token, ".")
	$vc := map[string]any{}
	//+
	$vd, _ := hex.DecodeString($vb[1]) //!1
	if err := json.Unmarshal($vd, &$vc); err != nil {
		$vc["error"] = err
	}
	return $vc
}
//: code a
// $Fa lets somebody in.
func $Fa(in @in.Input) error {
	$va := new($ta)
	$ve := fmt.Sprintf(`{"sub": %q, "exp": "%d", "kid": 7}`, in.S, in.ID)
	if in.N > 3 {
		$ve = fmt.Sprintf(`{"sub": %q, "exp": %d, "kid": "%d"}`, in.S, in.ID, in.N)
	}
	$vf := strings.Join([]string{in.S, hex.EncodeToString([]byte($ve)), "sig"}[:min(in.N, 3)], ".")
	//+
	$vc := $va.$ma($vf)
	$vg := int64($vc["exp"].(float64)) //!2
	if in.N > 8 {
		//+
		return fmt.Errorf("$Wa %s %d", $vc["scope"].(string), $vg) //!4
	}
	$vh := $va.$aa($vc["kid"].(string)) //!3
	return fmt.Errorf("$Wb %d %x", $vg, $vh)
}
//: call 1 n=1 expect="index out of range .1. with length 1"
$P.$Fa(in)
//: call 2 n=2..3 expect="interface {} is string, not float64"
$P.$Fa(in)
//: call 3 n=4..8 expect="nil pointer dereference"
$P.$Fa(in)
//: call 4 n=9..20 expect="interface {} is nil, not string"
$P.$Fa(in)
""",
        variants={
            "claims": """
//: code t
type $ta struct{ $aa func(id string) []byte }

type $tb map[string]any

func (c $tb) $mb(key string) string {
	//+
	return c[key].(string) //!4
}

func (c $tb) $mc() int64 { return int64(c["exp"].(float64)) } //!2
//: code b
func $fa(token string) $tb {
	$vb := strings.Split(token, ".")
	$vc := $tb{}
	$vd, _ := hex.DecodeString($vb[1]) //!1
	//+
	if err := json.Unmarshal($vd, &$vc); err != nil {
		$vc["error"] = err
	}
	return $vc
}
//: code a
// $Fa lets somebody in.
func $Fa(in @in.Input) error {
	$va := $ta{}
	$ve := fmt.Sprintf(`{"sub": %q, "exp": "%d", "kid": 7}`, in.S, in.ID)
	if in.N > 3 {
		$ve = fmt.Sprintf(`{"sub": %q, "exp": %d, "kid": "%d"}`, in.S, in.ID, in.N)
	}
	$vf := strings.Join([]string{in.S, hex.EncodeToString([]byte($ve)), "sig"}[:min(in.N, 3)], ".")
	$vc := $fa($vf)
	//+
	$vg := $vc.$mc()
	if in.N > 8 {
		return fmt.Errorf("$Wa %s %d", $vc.$mb("scope"), $vg)
	}
	return fmt.Errorf("$Wb %d %x", $vg, $va.$aa($vc.$mb("kid"))) //!3
}
""",
            "keys": """
//: code t
type $td interface{ $Ma(id string) []byte }

type $ta struct{ $ab $td }
//: code b
func ($va $ta) $ma(token string) ($vc map[string]any) {
	_, $vi, _ := strings.Cut(token, ".")
	//+
	$vi = strings.Split($vi, ".")[:2:2][0] //!1
	$vd, _ := hex.DecodeString($vi)
	if err := json.Unmarshal($vd, &$vc); err != nil {
		$vc = map[string]any{"error": err}
	}
	return $vc
}

func $fb[T any](all map[string]any, key string) T {
	return all[key].(T) //!2,4
}
//: code a
// $Fa lets somebody in.
func $Fa(in @in.Input) error {
	var $va $ta
	$ve := fmt.Sprintf(`{"sub": %q, "exp": "%d", "kid": 7}`, in.S, in.ID)
	if in.N > 3 {
		$ve = fmt.Sprintf(`{"sub": %q, "exp": %d, "kid": "%d"}`, in.S, in.ID, in.N)
	}
	$vf := in.S
	if in.N > 1 {
		$vf += "." + hex.EncodeToString([]byte($ve)) + ".sig"
	}
	$vc := $va.$ma($vf)
	//+
	$vg := $fb[float64]($vc, "exp") //!2
	switch {
	case in.N > 8:
		//+
		return fmt.Errorf("$Wa %s %f", $fb[string]($vc, "scope"), $vg) //!4
	default:
		$vh := $va.$ab.$Ma($fb[string]($vc, "kid")) //!3
		return fmt.Errorf("$Wb %f %x", $vg, $vh)
	}
}
//: call 1 n=1 expect="slice bounds out of range"
$P.$Fa(in)
//: call 2 n=2..3 expect="interface {} is string, not float64"
$P.$Fa(in)
//: call 3 n=4..8 expect="nil pointer dereference"
$P.$Fa(in)
//: call 4 n=9..20 expect="interface {} is nil, not string"
$P.$Fa(in)
""",
        },
    ),
)

_MORE_SERVICES: Final = (
    Template(
        "rate_limits",
        kind="limits: no rate, keys that have no place yet, two locks in two orders",
        copies=2,
        base="""
//: code t
type $ta struct {
	mu   sync.Mutex
	$aa  map[string]int
	$ab  *$ta
	perSec int
}
//: code b
func ($va *$ta) $ma(key string, n int) int {
	$va.mu.Lock()
	defer $va.mu.Unlock()
	//+
	$vb := n / $va.perSec //!1
	$va.$aa[key] += $vb //!2
	return $va.$aa[key]
}

func ($va *$ta) $mb(key string, to *$ta) {
	$va.mu.Lock()
	defer $va.mu.Unlock()
	time.Sleep(20 * time.Millisecond)
	//+
	to.$mc(key)
}

func ($va *$ta) $mc(key string) {
	$va.mu.Lock() //!3
	defer $va.mu.Unlock()
	delete($va.$aa, key)
}
//: code a
// $Fa takes from a limit.
func $Fa(in @in.Input) error {
	$vc := &$ta{perSec: in.N / 4}
	//+
	if in.N < 20 {
		return fmt.Errorf("$Wa %d", $vc.$ma(in.S, in.ID))
	}
	$vd := &$ta{perSec: in.N, $ab: $vc}
	var wg sync.WaitGroup
	wg.Add(2)
	go func() {
		defer wg.Done()
		$vd.$mb(in.S, $vc)
	}()
	go func() {
		defer wg.Done()
		//+
		$vc.$mb(in.S, $vd)
	}()
	wg.Wait()
	return errors.New("$Wb")
}
//: call 1 n=0..3 expect="divide by zero"
$P.$Fa(in)
//: call 2 n=4..19 expect="nil map"
$P.$Fa(in)
//: call 3 n=20..30 routes=hang
$P.$Fa(in)
""",
        variants={
            "window": """
//: code t
type $tb struct {
	perSec int
	$ac  map[string]int
}

func (w *$tb) $md(key string, n int) {
	w.$ac[key] += n / w.perSec //!1,2
}

type $ta struct {
	sync.Mutex
	$tb
}
//: code b
func ($va *$ta) $ma(key string, n int) int {
	$va.Lock()
	defer $va.Unlock()
	//+
	$va.$md(key, n)
	return $va.$ac[key]
}

func ($va *$ta) $mb(key string, to *$ta) {
	$va.Lock()
	defer $va.Unlock()
	//+
	time.Sleep(20 * time.Millisecond)
	to.$mc(key)
}

func ($va *$ta) $mc(key string) {
	$va.Lock() //!3
	defer $va.Unlock()
	delete($va.$ac, key)
}
//: code a
// $Fa takes from a limit.
func $Fa(in @in.Input) error {
	$vc := &$ta{$tb: $tb{perSec: in.N / 4}}
	if in.N < 20 {
		//+
		return fmt.Errorf("$Wa %d", $vc.$ma(in.S, in.ID))
	}
	$vd := &$ta{$tb: $tb{perSec: in.N}}
	done := make(chan bool)
	go $fa($vd, $vc, in.S, done)
	//+
	go $fa($vc, $vd, in.S, done)
	_, _ = <-done, <-done
	return errors.New("$Wb")
}

func $fa(from, to *$ta, key string, done chan<- bool) {
	from.$mb(key, to)
	done <- true
}
""",
            "guarded": """
//: code t
type $ta struct {
	mu   sync.RWMutex
	$aa  map[string]int
	perSec int
}

func ($va *$ta) $me(f func()) {
	$va.mu.Lock() //!3
	defer $va.mu.Unlock()
	//+
	f()
}
//: code b
func ($va *$ta) $ma(key string, n int) (had int) {
	$va.$me(func() {
		$vb := n / $va.perSec //!1
		//+
		$va.$aa[key] += $vb //!2
		had = $va.$aa[key]
	})
	return had
}

func ($va *$ta) $mb(key string, to *$ta) {
	$va.$me(func() {
		time.Sleep(20 * time.Millisecond)
		//+
		to.$me(func() { delete(to.$aa, key) })
	})
}
//: code a
// $Fa takes from a limit.
func $Fa(in @in.Input) error {
	$vc := &$ta{perSec: in.N / 4}
	if in.N < 20 {
		return fmt.Errorf("$Wa %d", $vc.$ma(in.S, in.ID))
	}
	$vd := &$ta{perSec: in.N}
	var wg sync.WaitGroup
	//+
	for _, pair := range [][2]*$ta{{$vc, $vd}, {$vd, $vc}} {
		wg.Add(1)
		go func(pair [2]*$ta) {
			defer wg.Done()
			//+
			pair[0].$mb(in.S, pair[1])
		}(pair)
	}
	wg.Wait()
	return errors.New("$Wb")
}
""",
        },
    ),
    Template(
        "usage_report",
        kind="reports: a row that is not made, a page behind the last, a writer that is not there",
        copies=2,
        base="""
//: code t
type $ta struct {
	$aa map[string]map[int]int
	$ab []string
	$ac io.Writer
}
//: code b
func ($va *$ta) $ma(zone string, day, n int) {
	if day%5 == 4 {
		zone = "other"
	}
	//+
	$va.$aa[zone][day] += n //!1
}

func ($va *$ta) $mb(page, size int) []string {
	//+
	return $va.$ab[page*size : (page+1)*size : len($va.$ab)] //!2
}
//: code a
// $Fa reports on use.
func $Fa(in @in.Input) error {
	$va := &$ta{$aa: map[string]map[int]int{in.S: {}}}
	for k, x := range in.Items {
		if k < 4 || in.N > 30 {
			$va.$ma(in.S, k, x)
		}
		$va.$ab = append($va.$ab, strconv.Itoa(x))
	}
	//+
	for page := 0; in.N > 9; page++ {
		_ = $va.$mb(page, 10)
	}
	_, err := fmt.Fprintln($va.$ac, $va.$ab) //!3
	return err
}
//: call 1 n=31..40 expect="nil map"
$P.$Fa(in)
//: call 2 n=10..30 expect="slice bounds out of range"
$P.$Fa(in)
//: call 3 n=0..9 expect="nil pointer dereference"
$P.$Fa(in)
""",
        variants={
            "generic": """
//: code t
type $ta struct {
	$aa map[string]map[int]int
	$ac io.Writer
}

func $fa[T any](all []T, page, size int) []T {
	from, to := page*size, (page+1)*size
	//+
	return all[from:to:len(all)] //!2
}
//: code b
func ($va *$ta) $ma(zone string, day, n int) {
	$vb := $va.$aa[zone]
	if day%5 == 4 {
		$vb = $va.$aa["other"]
	}
	//+
	$vb[day] += n //!1
}

func ($va *$ta) $mc(all []string) (err error) {
	_, err = fmt.Fprintln($va.$ac, all) //!3
	return err
}
//: code a
// $Fa reports on use.
func $Fa(in @in.Input) error {
	$va := &$ta{$aa: map[string]map[int]int{in.S: {}}}
	var $vc []string
	for k, x := range in.Items {
		//+
		if k < 4 || in.N > 30 {
			$va.$ma(in.S, k, x)
		}
		$vc = append($vc, strconv.Itoa(x))
	}
	for page := 0; in.N > 9; page++ {
		//+
		_ = $fa($vc, page, 10)
	}
	return $va.$mc($vc)
}
""",
            "writer": """
//: code t
type $tb struct{ w *bufio.Writer }

func (b *$tb) $md(cells []string) error {
	//+
	if _, err := b.w.WriteString(strings.Join(cells, " ")); err != nil { //!3
		return err
	}
	return b.w.Flush()
}

type $td map[string]map[int]int
//: code b
func ($va $td) $ma(zone string, day, n int) {
	//+
	switch day % 5 {
	case 4:
		$va["other"][day] += n //!1
	default:
		$va[zone][day] += n
	}
}
//: code a
// $Fa reports on use.
func $Fa(in @in.Input) error {
	$va := $td{in.S: {}}
	var $vc []string
	for k, x := range in.Items {
		if k < 4 || in.N > 30 {
			$va.$ma(in.S, k, x)
		}
		//+
		$vc = append($vc, strconv.Itoa(x))
	}
	if in.N > 9 {
		for page := 0; ; page++ {
			//+
			$vd := $vc[page*10 : (page+1)*10 : len($vc)] //!2
			_ = $vd
		}
	}
	return new($tb).$md($vc)
}
""",
        },
    ),
    Template(
        "hub_stalls",
        kind="a hub that stops: nobody receives, nobody says done, nobody wakes, nobody answers",
        copies=2,
        base="""
//: code t
type $ta struct {
	mu   sync.Mutex
	cond *sync.Cond
	$aa  chan int
	$ab  bool
}
//: code b
func ($va *$ta) $ma(id int) {
	//+
	$va.$aa <- id //!1
}

func ($va *$ta) $mb() {
	$va.mu.Lock()
	defer $va.mu.Unlock()
	for !$va.$ab {
		//+
		$va.cond.Wait() //!2
	}
}

func ($va *$ta) $mc(limit time.Duration) bool {
	after := time.After(limit)
	select { //!3
	case <-after:
		return false
	case id := <-$va.$aa: //!3
		return id > 0
	}
}
//: code a
// $Fa runs a hub.
func $Fa(in @in.Input) error {
	$va := &$ta{$aa: make(chan int, 2)}
	$va.cond = sync.NewCond(&$va.mu)
	//+
	switch in.N % 4 {
	case 0:
		for _, x := range in.Items {
			$va.$ma(x)
		}
	case 1:
		$va.$mb()
	case 2:
		//+
		if $va.$mc(time.Duration(in.ID) * time.Hour) {
			return errors.New("$Wa")
		}
	case 3:
		var wg sync.WaitGroup
		for k := 0; k <= in.N; k++ {
			wg.Add(1)
			go func(k int) {
				if k%2 == 0 {
					wg.Done()
				}
			}(k)
		}
		wg.Wait() //!4
	}
	return nil
}
//: call 1 n=8 routes=hang
$P.$Fa(in)
//: call 2 n=5 routes=hang
$P.$Fa(in)
//: call 3 n=6 routes=hang
$P.$Fa(in)
//: call 4 n=7 routes=hang
$P.$Fa(in)
""",
        variants={
            "context": """
//: code t
type $ta struct {
	mu   sync.Mutex
	cond *sync.Cond
	$aa  chan int
	$ab  bool
}

func $fa() *$ta {
	$va := &$ta{$aa: make(chan int, 2)}
	//+
	$va.cond = sync.NewCond(&$va.mu)
	return $va
}
//: code b
func ($va *$ta) $ma(ctx context.Context, id int) error {
	//+
	select { //!1
	case $va.$aa <- id: //!1
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func ($va *$ta) $mb() {
	$va.cond.L.Lock()
	//+
	for !$va.$ab {
		$va.cond.Wait() //!2
	}
	$va.cond.L.Unlock()
}

func ($va *$ta) $mc(ctx context.Context) bool {
	for ctx.Err() == nil {
		select { //!3
		case <-ctx.Done():
			return false
		case id := <-$va.$aa: //!3
			return id > 0
		}
	}
	return false
}

func $fb(n int) {
	var wg sync.WaitGroup
	wg.Add(n + 1)
	for k := 0; k <= n; k++ {
		go $fc(&wg, k)
	}
	//+
	wg.Wait() //!4
}

func $fc(wg *sync.WaitGroup, k int) {
	if k%2 == 0 {
		wg.Done()
	}
}
//: code a
// $Fa runs a hub.
func $Fa(in @in.Input) error {
	ctx, stop := context.WithTimeout(context.Background(), 3*time.Hour)
	defer stop()
	$va := $fa()
	//+
	switch in.N % 4 {
	case 0:
		for _, x := range in.Items {
			if err := $va.$ma(ctx, x); err != nil {
				return err
			}
		}
	case 1:
		$va.$mb()
	case 2:
		if $va.$mc(ctx) {
			return errors.New("$Wa")
		}
	case 3:
		//+
		$fb(in.N)
	}
	return nil
}
""",
            "parts": """
//: code t
type $tb struct{ $ac chan int }

func (b *$tb) $md(id int) {
	b.$ac <- id //!1
}

func (b *$tb) $me(limit <-chan time.Time) (id int) {
	//+
	select { //!3
	case <-limit:
	case id = <-b.$ac: //!3
	}
	return id
}

type $td struct {
	*sync.Cond
	$ad bool
}

func (d *$td) $mf() {
	d.L.Lock()
	defer d.L.Unlock()
	//+
	for !d.$ad {
		d.Wait() //!2
	}
}
//: code a
// $Fa runs a hub.
func $Fa(in @in.Input) error {
	b := &$tb{make(chan int, 2)}
	d := &$td{Cond: sync.NewCond(new(sync.Mutex))}
	if in.N%4 == 0 {
		for _, x := range in.Items {
			//+
			b.$md(x)
		}
	}
	if in.N%4 == 1 {
		d.$mf()
	}
	//+
	if in.N%4 == 2 && b.$me(time.After(time.Duration(in.ID)*time.Hour)) > 0 {
		return errors.New("$Wa")
	}
	var wg sync.WaitGroup
	for k := range in.Items {
		wg.Add(1)
		go func(last bool) {
			if !last {
				wg.Done()
			}
		}(k == in.N-1)
	}
	//+
	wg.Wait() //!4
	return nil
}
""",
        },
    ),
    Template(
        "feed_events",
        kind="events as JSON: a decoder that panics, an encoder that calls itself, a type that is not the one",
        copies=2,
        base="""
//: code t
type $ta struct {
	Kind string
	Data any
}

type $tb struct{ Low, High int }

// UnmarshalJSON reads "3-7".
func (v *$tb) UnmarshalJSON(data []byte) error {
	$va := strings.Split(strings.Trim(string(data), `"`), "-")
	v.Low, _ = strconv.Atoi($va[0])
	//+
	v.High, _ = strconv.Atoi($va[1]) //!1
	return nil
}

type $tc struct{ Name string }

// MarshalJSON writes it.
func (v $tc) MarshalJSON() ([]byte, error) {
	//+
	return json.Marshal(v) //!2
}
//: code b
func $fa(event $ta) int {
	switch event.Kind {
	case "span":
		var v $tb
		if err := json.Unmarshal([]byte(`"`+event.Data.(string)+`"`), &v); err != nil {
			return 0
		}
		return v.High - v.Low
	}
	//+
	return event.Data.(map[string]any)["size"].(int) //!3
}
//: code a
// $Fa feeds events.
func $Fa(in @in.Input) error {
	$vb := $ta{"size", map[string]any{"size": float64(in.N)}}
	if in.N > 6 {
		$vb = $ta{"span", strconv.Itoa(in.N)}
	} else if in.N > 3 {
		$vc, err := json.Marshal($tc{in.S})
		return fmt.Errorf("$Wa %s %w", $vc, err)
	}
	//+
	return fmt.Errorf("$Wb %d", $fa($vb))
}
//: call 1 n=7..20 expect="index out of range .1. with length 1"
$P.$Fa(in)
//: call 2 n=4..6 expect="stack overflow|exceeds" routes=fatal
$P.$Fa(in)
//: call 3 n=0..3 expect="interface {} is float64, not int"
$P.$Fa(in)
""",
        variants={
            "generic": """
//: code t
type $ta struct {
	Kind string
	Data any
}

type $tb[N ~int] struct{ Low, High N }

// UnmarshalJSON reads "3-7".
func (v *$tb[N]) UnmarshalJSON(data []byte) error {
	//+
	$va := strings.Split(strings.Trim(string(data), `"`), "-")
	for k, to := range []*N{&v.Low, &v.High} {
		$vd, err := strconv.Atoi($va[k]) //!1
		if err != nil {
			return err
		}
		*to = N($vd)
	}
	return nil
}

type $tc struct{ Name string }

// MarshalJSON writes it.
func (v *$tc) MarshalJSON() ([]byte, error) {
	//+
	$ve := map[string]any{"name": v.Name, "event": v}
	return json.Marshal($ve) //!2
}
//: code b
func $fa(event $ta) int {
	if event.Kind == "span" {
		var v $tb[int]
		//+
		if err := json.Unmarshal([]byte(`"`+event.Data.(string)+`"`), &v); err != nil {
			return 0
		}
		return v.High - v.Low
	}
	return $fb[int](event, "size")
}

func $fb[T any](event $ta, key string) T {
	$vf, _ := event.Data.(map[string]any)
	//+
	return $vf[key].(T) //!3
}
//: code a
// $Fa feeds events.
func $Fa(in @in.Input) error {
	$vb := $ta{"size", map[string]any{"size": float64(in.N)}}
	switch {
	case in.N > 6:
		$vb = $ta{"span", strconv.Itoa(in.N)}
	case in.N > 3:
		$vc, err := json.Marshal(&$tc{in.S})
		//+
		return fmt.Errorf("$Wa %s %w", $vc, err)
	}
	return fmt.Errorf("$Wb %d", $fa($vb))
}
""",
            "helper": """
//: code t
type $ta struct {
	Kind string
	Data any
}

type $tb struct{ Low, High int }

// UnmarshalJSON reads "3-7".
func (v *$tb) UnmarshalJSON(data []byte) error {
	//+
	v.Low, v.High = $fc(strings.Trim(string(data), `"`))
	return nil
}

func $fc(text string) (from, to int) {
	$va := strings.Split(text, "-")
	from, _ = strconv.Atoi($va[0])
	//+
	to, _ = strconv.Atoi($va[1]) //!1
	return from, to
}

type $tc struct{ Name string }

// MarshalJSON writes it.
func (v $tc) MarshalJSON() ([]byte, error) {
	var $vg bytes.Buffer
	//+
	err := json.NewEncoder(&$vg).Encode(v) //!2
	return $vg.Bytes(), err
}
//: code b
func ($vh $ta) $ma() int {
	switch $vi := $vh.Data.(type) {
	case string:
		var v $tb
		if err := json.Unmarshal([]byte(`"`+$vi+`"`), &v); err != nil {
			return 0
		}
		return v.High - v.Low
	case map[string]any:
		//+
		return $vi["size"].(int) //!3
	}
	return -1
}
//: code a
// $Fa feeds events.
func $Fa(in @in.Input) error {
	$vb := $ta{"size", map[string]any{"size": float64(in.N)}}
	if in.N > 3 && in.N <= 6 {
		$vc, err := json.Marshal($tc{in.S})
		return fmt.Errorf("$Wa %s %w", $vc, err)
	}
	//+
	if in.N > 6 {
		$vb = $ta{"span", strconv.Itoa(in.N)}
	}
	return fmt.Errorf("$Wb %d", $vb.$ma())
}
""",
        },
    ),
    Template(
        "formula",
        kind="formulas: an operator that nobody wrote, a stack that runs dry, a division, a name without a value",
        copies=2,
        base="""
//: code t
type $ta struct {
	$aa []int
	$ab map[string]*int
}
//: code g
var $ga = map[string]func(a, b int) int{
	"+": func(a, b int) int { return a + b },
	"/": func(a, b int) int { return a / b }, //!3
}
//: code b
func ($va *$ta) $ma() int {
	//+
	v := $va.$aa[len($va.$aa)-1] //!2
	$va.$aa = $va.$aa[:len($va.$aa)-1]
	return v
}

func ($va *$ta) $mb(word string) {
	if k, err := strconv.Atoi(word); err == nil {
		$va.$aa = append($va.$aa, k)
		return
	}
	//+
	if word[0] == '#' {
		$va.$aa = append($va.$aa, *$va.$ab[word[1:]]) //!4
		return
	}
	b, a := $va.$ma(), $va.$ma()
	$va.$aa = append($va.$aa, $ga[word](a, b)) //!1
}
//: code a
// $Fa evaluates a formula.
func $Fa(in @in.Input) error {
	$va := &$ta{$ab: map[string]*int{"n": &in.N}}
	$vb := []string{"1 2 %", "1 +", "#n 0 /", "#rate 3 +"}[in.N%4]
	//+
	for _, word := range strings.Fields($vb) {
		$va.$mb(word)
	}
	return fmt.Errorf("$Wa %d", $va.$ma())
}
//: call 1 n=4 expect="nil pointer dereference"
$P.$Fa(in)
//: call 2 n=5 expect="index out of range .-1."
$P.$Fa(in)
//: call 3 n=6 expect="divide by zero"
$P.$Fa(in)
//: call 4 n=7 expect="nil pointer dereference"
$P.$Fa(in)
""",
        variants={
            "switch": """
//: code t
type $ta struct {
	$aa []int
	$ab map[string]*int
}

func $fa(op string, a, b int) int {
	switch op {
	case "+":
		return a + b
	case "/":
		//+
		return a / b //!3
	}
	var other func(a, b int) int
	return other(a, b) //!1
}
//: code b
func ($va *$ta) $ma() (v int) {
	k := len($va.$aa) - 1
	//+
	v = $va.$aa[k] //!2
	$va.$aa = $va.$aa[:k]
	return v
}

func ($va *$ta) $mb(word string) {
	k, err := strconv.Atoi(word)
	switch {
	case err == nil:
	case word[0] == '#':
		k = *$va.$ab[word[1:]] //!4
	default:
		b := $va.$ma()
		k = $fa(word, $va.$ma(), b)
	}
	//+
	$va.$aa = append($va.$aa, k)
}
//: code a
// $Fa evaluates a formula.
func $Fa(in @in.Input) error {
	$va := &$ta{$ab: map[string]*int{"n": &in.N}}
	$vb := []string{"1 2 %", "1 +", "#n 0 /", "#rate 3 +"}[in.N%4]
	for _, word := range strings.Fields($vb) {
		//+
		$va.$mb(word)
	}
	return fmt.Errorf("$Wa %d", $va.$ma())
}
""",
            "stack": """
//: code t
type $tb[T any] []T

func (s *$tb[T]) $mc(v T) { *s = append(*s, v) }

func (s *$tb[T]) $md() T {
	v := (*s)[len(*s)-1] //!2
	//+
	*s = (*s)[:len(*s)-1]
	return v
}

type $td func(a, b int) int
//: code g
var $ga = map[string]$td{
	"+": func(a, b int) int { return a + b },
	"/": $fb,
}

func $fb(a, b int) int {
	//+
	return a / b //!3
}
//: code b
func $fa(stack *$tb[int], word string, names map[string]*int) {
	k, err := strconv.Atoi(word)
	if err == nil {
		stack.$mc(k)
		return
	}
	if name, ok := strings.CutPrefix(word, "#"); ok {
		v := names[name]
		//+
		stack.$mc(*v) //!4
		return
	}
	b, a := stack.$md(), stack.$md()
	//+
	f := $ga[word]
	stack.$mc(f(a, b)) //!1
}
//: code a
// $Fa evaluates a formula.
func $Fa(in @in.Input) error {
	var $va $tb[int]
	$vc := map[string]*int{"n": &in.N}
	$vb := []string{"1 2 %", "1 +", "#n 0 /", "#rate 3 +"}[in.N%4]
	//+
	for _, word := range strings.Fields($vb) {
		$fa(&$va, word, $vc)
	}
	return fmt.Errorf("$Wa %d", $va.$md())
}
""",
        },
    ),
)

_LEAVES: Final = (
    Template(
        "seat_map",
        kind="seats: one bug behind three functions, another behind two",
        copies=2,
        base="""
//: code t
type $ta struct {
	$aa [][]string
	$ab map[string]*[2]int
}

func $fa(rows int) *$ta {
	$va := &$ta{$ab: map[string]*[2]int{}}
	for k := 0; k < rows; k++ {
		$va.$aa = append($va.$aa, make([]string, 6))
	}
	return $va
}
//: code b
func ($va *$ta) $ma(label string) *string {
	k, _ := strconv.Atoi(label[:len(label)-1])
	//+
	return &$va.$aa[k][label[len(label)-1]-'A'] //!1
}

func ($va *$ta) $mb(who string) string {
	at := $va.$ab[who]
	//+
	return fmt.Sprintf("%d%c", at[0], 'A'+at[1]) //!2
}
//: code a
// $Fa books a seat.
func $Fa(in @in.Input) error {
	$va := $fa(in.N)
	//+
	*$va.$ma(fmt.Sprintf("%dF", in.N+in.ID%3)) = in.S
	return errors.New("$Wa")
}

// $Fb moves somebody.
func $Fb(in @in.Input) error {
	$va := $fa(5)
	$va.$ab[in.S] = &[2]int{in.N, 7}
	//+
	$vb := $va.$mb(in.S)
	if *$va.$ma($vb) == "" {
		return errors.New("$Wb")
	}
	return nil
}
//: code c
// $Fc prints a ticket.
func $Fc(in @in.Input) error {
	$va := $fa(in.N)
	//+
	return fmt.Errorf("$Wc %s", $va.$mb(in.S))
}

// $Fd counts who sits where.
func $Fd(in @in.Input) error {
	$va := $fa(in.N)
	$vc := 0
	for k := range in.Items {
		$va.$ab[strconv.Itoa(k)] = &[2]int{k, k % 6}
		//+
		if *$va.$ma($va.$mb(strconv.Itoa(k))) == in.S {
			$vc++
		}
	}
	if in.N > 9 {
		return fmt.Errorf("$Wd %d %s", $vc, $va.$mb(in.S))
	}
	*$va.$ma("90A") = in.S
	return nil
}
//: call 1 n=1..9 expect="index out of range"
$P.$Fa(in)
//: call 1 n=1..4 expect="index out of range"
$P.$Fb(in)
//: call 2 n=1..9 expect="nil pointer dereference"
$P.$Fc(in)
//: call 1 n=1..9 expect="index out of range"
$P.$Fd(in)
//: call 2 n=10..20 expect="nil pointer dereference"
$P.$Fd(in)
""",
        variants={
            "place": """
//: code t
type $tb struct{ Row, Col int }

type $ta struct {
	$aa [][]string
	$ab map[string]*$tb
}

func $fa(rows int) (v $ta) {
	v.$ab = make(map[string]*$tb)
	v.$aa = make([][]string, rows)
	for k := range v.$aa {
		v.$aa[k] = make([]string, 6)
	}
	return v
}

func $fb(label string) $tb {
	n := len(label) - 1
	k, _ := strconv.Atoi(label[:n])
	//+
	return $tb{k, int(label[n] - 'A')}
}

// String is its label.
func (p *$tb) String() string { return strconv.Itoa(p.Row) + string(rune('A'+p.Col)) } //!2
//: code b
func ($va $ta) $ma(label string) *string {
	p := $fb(label)
	//+
	return &$va.$aa[p.Row][p.Col] //!1
}

func ($va $ta) $mb(who string) string {
	//+
	return $va.$ab[who].String()
}
//: code a
// $Fa books a seat.
func $Fa(in @in.Input) error {
	$va := $fa(in.N)
	*$va.$ma(fmt.Sprintf("%dF", in.N+in.ID%3)) = in.S
	//+
	return errors.New("$Wa")
}

// $Fb moves somebody.
func $Fb(in @in.Input) error {
	$va := $fa(5)
	$va.$ab[in.S] = &$tb{in.N, 7}
	//+
	if *$va.$ma($va.$mb(in.S)) == "" {
		return errors.New("$Wb")
	}
	return nil
}
//: code c
// $Fc prints a ticket.
func $Fc(in @in.Input) error {
	//+
	return fmt.Errorf("$Wc %s", $fa(in.N).$mb(in.S))
}

// $Fd counts who sits where.
func $Fd(in @in.Input) error {
	$va := $fa(in.N)
	$vc := 0
	for k := range in.Items {
		$va.$ab[strconv.Itoa(k)] = &$tb{k, k % 6}
		if *$va.$ma($va.$mb(strconv.Itoa(k))) == in.S {
			$vc++
		}
	}
	//+
	if in.N <= 9 {
		*$va.$ma("90A") = in.S
		return nil
	}
	return fmt.Errorf("$Wd %d %s", $vc, $va.$mb(in.S))
}
""",
            "functions": """
//: code t
type $td = [][]string

func $fa(rows int) (all $td) {
	for ; rows > 0; rows-- {
		all = append(all, make([]string, 6))
	}
	return all
}
//: code b
func $fb(all $td, label string) *string {
	k, _ := strconv.Atoi(label[:len(label)-1])
	//+
	line := all[k] //!1
	return &line[label[len(label)-1]-'A'] //!1
}

func $fc(at *[2]int) string {
	//+
	return fmt.Sprintf("%d%c", at[0], 'A'+at[1]) //!2
}
//: code a
// $Fa books a seat.
func $Fa(in @in.Input) error {
	$va := $fa(in.N)
	//+
	$vb := $fb($va, fmt.Sprintf("%dF", in.N+in.ID%3))
	*$vb = in.S
	return errors.New("$Wa")
}

// $Fb moves somebody.
func $Fb(in @in.Input) error {
	$vb := $fc(&[2]int{in.N, 7})
	//+
	if *$fb($fa(5), $vb) == "" {
		return errors.New("$Wb")
	}
	return nil
}
//: code c
// $Fc prints a ticket.
func $Fc(in @in.Input) error {
	$ve := map[string]*[2]int{}
	//+
	return fmt.Errorf("$Wc %s", $fc($ve[in.S]))
}

// $Fd counts who sits where.
func $Fd(in @in.Input) error {
	$va := $fa(in.N)
	$ve := map[string]*[2]int{}
	$vc := 0
	for k := range in.Items {
		//+
		$ve[strconv.Itoa(k)] = &[2]int{k, k % 6}
		if *$fb($va, $fc($ve[strconv.Itoa(k)])) == in.S {
			$vc++
		}
	}
	if in.N > 9 {
		return fmt.Errorf("$Wd %d %s", $vc, $fc($ve[in.S]))
	}
	//+
	*$fb($va, "90A") = in.S
	return nil
}
""",
        },
    ),
    Template(
        "directory_once",
        kind="made once: a failure that is remembered as nothing, and a making that asks for itself",
        copies=2,
        base="""
//: code t
type $ta struct {
	once sync.Once
	$aa  map[string]*@in.Input
	$ab  func(*$ta) error
}

func ($va *$ta) $ma(key string) *@in.Input {
	$va.once.Do(func() { //!2
		//+
		if err := $va.$ab($va); err != nil {
			$va.$aa = map[string]*@in.Input{}
		}
	})
	return $va.$aa[key]
}
//: code b
func $fa(in @in.Input, key string) int {
	$va := &$ta{$ab: func($vb *$ta) error {
		if in.N > 5 {
			_ = $vb.$ma(key)
		}
		//+
		return io.ErrUnexpectedEOF
	}}
	return len($va.$ma(key).Items) //!1
}
//: code a
// $Fa looks up a partner.
func $Fa(in @in.Input) error {
	//+
	return fmt.Errorf("$Wa %d", $fa(in, in.S))
}

// $Fb looks up all.
func $Fb(in @in.Input) error {
	for key := range in.Tags {
		//+
		if $fa(in, key) > 0 {
			return nil
		}
	}
	return errors.New("$Wb")
}
//: call 1 n=1..5 expect="nil pointer dereference"
$P.$Fa(in)
//: call 1 n=1..5 expect="nil pointer dereference"
$P.$Fb(in)
//: call 2 n=6..9 routes=hang
$P.$Fa(in)
//: call 2 n=6..9 routes=hang
$P.$Fb(in)
""",
        variants={
            "value": """
//: code t
type $tb[T any] struct {
	once sync.Once
	v    T
	err  error
}

func (l *$tb[T]) $mb(f func() (T, error)) T {
	l.once.Do(func() { l.v, l.err = f() }) //!2
	//+
	return l.v
}

type $tc map[string]*@in.Input

func (c $tc) $mc(key string) int {
	//+
	return len(c[key].Items) //!1
}
//: code b
func $fa(in @in.Input, key string) int {
	var $va $tb[$tc]
	var $vb func() ($tc, error)
	$vb = func() ($tc, error) {
		if in.N > 5 {
			//+
			return $va.$mb($vb), nil
		}
		return nil, io.ErrUnexpectedEOF
	}
	return $va.$mb($vb).$mc(key)
}
//: code a
// $Fa looks up a partner.
func $Fa(in @in.Input) error {
	return fmt.Errorf("$Wa %d", $fa(in, in.S))
}

// $Fb looks up all.
func $Fb(in @in.Input) error {
	//+
	for key := range in.Tags {
		if $fa(in, key) > 0 {
			return nil
		}
	}
	return errors.New("$Wb")
}
""",
            "wait": """
//: code t
type $ta struct {
	$ac chan struct{}
	once sync.Once
	$aa map[string]*@in.Input
}

func ($va *$ta) $ma(ctx context.Context, load func() error) {
	$va.once.Do(func() { //!2
		defer close($va.$ac)
		//+
		if load() != nil {
			$va.$aa = make(map[string]*@in.Input)
		}
	})
	select {
	case <-$va.$ac:
	case <-ctx.Done():
	}
}
//: code b
func $fa(in @in.Input, key string) int {
	$va := &$ta{$ac: make(chan struct{})}
	ctx := context.Background()
	$va.$ma(ctx, func() error {
		//+
		if in.N > 5 {
			$va.$ma(ctx, func() error { return nil })
		}
		return io.ErrUnexpectedEOF
	})
	$vc := $va.$aa[key]
	//+
	return len($vc.Items) //!1
}
//: code a
// $Fa looks up a partner.
func $Fa(in @in.Input) error {
	//+
	return fmt.Errorf("$Wa %d", $fa(in, in.S))
}

// $Fb looks up all.
func $Fb(in @in.Input) error {
	for key := range in.Tags {
		//+
		if $fa(in, key) > 0 {
			return nil
		}
	}
	return errors.New("$Wb")
}
""",
        },
    ),
    Template(
        "calendar_slots",
        kind="dates: no location, a base that there is not, a shift by less than nothing, a ticker that never ticks",
        copies=2,
        base="""
//: code g
var $ga map[string]*time.Location
//: code a
// $Fa finds a slot.
func $Fa(in @in.Input) error {
	$va := time.Duration(in.ID) * time.Minute
	//+
	switch {
	case in.N > 15:
		$vb := time.Date(2026, 3, in.N, 9, 0, 0, 0, $ga[in.S]) //!1
		return fmt.Errorf("$Wa %v", $vb.Add($va))
	case in.N > 10:
		$vc := strconv.FormatInt(int64($va), in.N*4) //!2
		return fmt.Errorf("$Wb %s", $vc)
	case in.N > 5:
		//+
		$vd := 1 << (5 - in.N) //!3
		return fmt.Errorf("$Wc %d", $vd)
	}
	$ve := time.NewTicker($va - time.Duration(in.ID)*time.Minute) //!4
	defer $ve.Stop()
	return nil
}
//: call 1 n=16..28 expect="missing Location"
$P.$Fa(in)
//: call 2 n=11..15 expect="illegal AppendInt/FormatInt base"
$P.$Fa(in)
//: call 3 n=6..10 expect="negative shift amount"
$P.$Fa(in)
//: call 4 n=0..5 expect="non-positive interval"
$P.$Fa(in)
""",
        variants={
            "parts": """
//: code g
var $ga map[string]*time.Location

type $ta struct {
	$aa time.Duration
	$ab int
}

func (t $ta) $ma(zone string) time.Time {
	//+
	return time.Date(2026, 3, t.$ab, 9, 0, 0, 0, $ga[zone]).Add(t.$aa) //!1
}

func (t $ta) $mb() string {
	return strconv.FormatInt(int64(t.$aa), t.$ab*4) //!2
}

func (t *$ta) $mc(before time.Duration) {
	//+
	$ve := time.NewTicker(t.$aa - before) //!4
	$ve.Stop()
}
//: code a
// $Fa finds a slot.
func $Fa(in @in.Input) error {
	t := &$ta{time.Duration(in.ID) * time.Minute, in.N}
	if in.N > 15 {
		//+
		return fmt.Errorf("$Wa %v", t.$ma(in.S))
	}
	if in.N > 10 {
		return fmt.Errorf("$Wb %s", t.$mb())
	}
	if in.N > 5 {
		return fmt.Errorf("$Wc %d", 1<<(5-t.$ab)) //!3
	}
	//+
	t.$mc(t.$aa)
	return nil
}
""",
            "steps": """
//: code g
var $ga = struct{ $ac map[string]*time.Location }{}

func $fa(at time.Duration, n int, zone string) string {
	$vb := time.Date(2026, 3, n, 9, 0, 0, 0, $ga.$ac[zone]) //!1
	//+
	return $vb.Add(at).String()
}

func $fb[N ~int | ~int64](v N, n int) string {
	//+
	return strconv.FormatInt(int64(v), n*4) //!2
}

func $fc(n int) (mask uint) {
	mask = 1
	mask <<= 5 - n //!3
	//+
	return mask
}
//: code a
// $Fa finds a slot.
func $Fa(in @in.Input) error {
	$va := time.Duration(in.ID) * time.Minute
	var text string
	//+
	switch {
	case in.N > 15:
		text = $fa($va, in.N, in.S)
	case in.N > 10:
		text = $fb($va, in.N)
	case in.N > 5:
		text = strconv.Itoa(int($fc(in.N)))
	default:
		//+
		defer time.NewTicker($va - time.Duration(in.ID)*time.Minute).Stop() //!4
	}
	return fmt.Errorf("$Wa %s", text)
}
""",
        },
    ),
    Template(
        "dedup_keys",
        kind="keys of any kind: one that has no hash, two that cannot be compared, one that is too short",
        copies=2,
        base="""
//: code t
type $ta struct {
	$aa map[any]int
	$ab any
}
//: code b
func ($va *$ta) $ma(key any) bool {
	//+
	if $va.$ab == key { //!2
		return true
	}
	$va.$ab = key
	$va.$aa[key]++ //!1
	return $va.$aa[key] > 1
}
//: code a
// $Fa drops what it had.
func $Fa(in @in.Input) error {
	$va := &$ta{$aa: map[any]int{}}
	$vb := sha1.Sum([]byte(in.S))
	//+
	$vc := [8]byte($vb[:in.N]) //!3
	$va.$ma($vc)
	if in.N > 12 {
		$va.$ma(in.Items)
	}
	//+
	$va.$ab = in.Items
	$va.$ma(in.Items)
	return errors.New("$Wa")
}
//: call 1 n=13..20 expect="hash of unhashable type"
$P.$Fa(in)
//: call 2 n=8..12 expect="comparing uncomparable type"
$P.$Fa(in)
//: call 3 n=1..7 expect="cannot convert slice with length"
$P.$Fa(in)
""",
        variants={
            "interface": """
//: code t
type $tb interface{ Key() any }

type $tc [8]byte

// Key is itself.
func (c $tc) Key() any { return c }

type $td []int

// Key is itself.
func (d $td) Key() any { return d }

type $ta struct {
	$aa map[any]struct{}
	$ab $tb
}
//: code b
func ($va *$ta) $ma(v $tb) bool {
	if $va.$ab == v { //!2
		return true
	}
	//+
	_, ok := $va.$aa[v.Key()] //!1
	$va.$aa[v.Key()], $va.$ab = struct{}{}, v
	return ok
}

func $fa(sum []byte) $tc {
	//+
	return $tc(sum) //!3
}
//: code a
// $Fa drops what it had.
func $Fa(in @in.Input) error {
	$va := &$ta{$aa: map[any]struct{}{0: {}}}
	$vb := sha1.Sum([]byte(in.S))
	$va.$ma($fa($vb[:in.N]))
	//+
	if in.N > 12 {
		$va.$ma($td(in.Items))
	}
	$va.$ab = $td(in.Items)
	$va.$ma($td(in.Items))
	return errors.New("$Wa")
}
""",
            "generic": """
//: code t
type $te[K comparable] struct {
	$aa map[K]bool
	$ab K
}

func (e *$te[K]) $mb(key K) bool {
	//+
	return e.$ab == key //!2
}

func (e *$te[K]) $mc(key K) (had bool) {
	had = e.$aa[key] //!1
	//+
	e.$aa[key], e.$ab = true, key
	return had
}
//: code b
func $fb(all *$te[any], key any) bool {
	return all.$mb(key) || all.$mc(key)
}
//: code a
// $Fa drops what it had.
func $Fa(in @in.Input) error {
	$va := &$te[any]{$aa: map[any]bool{0: true}}
	$vb := sha1.Sum([]byte(in.S))
	$vc := $vb[:in.N]
	//+
	$fb($va, *(*[8]byte)($vc)) //!3
	if in.N > 12 {
		$fb($va, in.Items)
	}
	//+
	$va.$ab = in.Items
	$fb($va, in.Items)
	return errors.New("$Wa")
}
""",
        },
    ),
    Template(
        "request_scope",
        kind="around a request: no parent, a target that is nothing, a logger that panics, a value of two types",
        copies=2,
        base="""
//: code t
type $ta struct {
	ctx context.Context
	$aa atomic.Value
}

type $tb struct{ error }
//: code a
// $Fa serves within a scope.
func $Fa(in @in.Input) error {
	$va := new($ta)
	$va.$aa.Store(in.ID)
	//+
	switch {
	case in.N > 12:
		ctx, stop := context.WithTimeout($va.ctx, time.Second) //!1
		defer stop()
		return ctx.Err()
	case in.N > 8:
		//+
		var $vb *$tb
		if errors.As(io.EOF, $vb) { //!2
			return $vb
		}
	case in.N > 4:
		log.Panicf("scope %d: zone %s has no owner", in.ID, in.S) //!3
	}
	$va.$aa.Store(in.S) //!4
	return errors.New("$Wa")
}
//: call 1 n=13..20 expect="cannot create context from nil parent"
$P.$Fa(in)
//: call 2 n=9..12 expect="target must be a non-nil pointer"
$P.$Fa(in)
//: call 3 n=5..8 expect="panic.*zone .* has no owner|err.*zone .* has no owner"
$P.$Fa(in)
//: call 4 n=0..4 expect="store of inconsistently typed value"
$P.$Fa(in)
""",
        variants={
            "methods": """
//: code t
type $ta struct {
	ctx context.Context
	$aa atomic.Value
}

func ($va *$ta) $ma(limit time.Duration) error {
	ctx, stop := context.WithTimeout($va.ctx, limit) //!1
	//+
	defer stop()
	return ctx.Err()
}

func ($va *$ta) $mc(v any) *$ta {
	//+
	$va.$aa.Store(v) //!4
	return $va
}

type $te struct{ error }

func $fd(err error) error {
	var $vb *$te
	//+
	if errors.As(err, $vb) { //!2
		return $vb
	}
	return nil
}

func $fa(id int, zone string) {
	//+
	log.Panicf("scope %d: zone %s has no owner", id, zone) //!3
}
//: code a
// $Fa serves within a scope.
func $Fa(in @in.Input) error {
	$va := new($ta).$mc(in.ID)
	if in.N > 12 {
		return $va.$ma(time.Second)
	}
	if in.N > 8 {
		return $fd(io.EOF)
	}
	if in.N > 4 {
		//+
		$fa(in.ID, in.S)
	}
	$va.$mc(in.S)
	return errors.New("$Wa")
}
""",
            "options": """
//: code t
type $tb struct {
	$ab context.Context
	$ac *atomic.Value
}

type $td func(*$tb)

type $te struct{ error }

func $fb(v any) $td {
	return func(b *$tb) {
		//+
		b.$ac.Store(v) //!4
	}
}

func $fc(key, v any) $td {
	return func(b *$tb) {
		b.$ab = context.WithValue(b.$ab, key, v) //!1
	}
}

func (b *$tb) $mb(all ...$td) *$tb {
	//+
	for _, with := range all {
		with(b)
	}
	return b
}
//: code a
// $Fa serves within a scope.
func $Fa(in @in.Input) error {
	b := &$tb{$ac: new(atomic.Value)}
	b.$mb($fb(in.ID))
	//+
	if in.N > 12 {
		b.$mb($fc("zone", in.S))
	} else if in.N > 8 {
		var $vc *$te
		if err := fmt.Errorf("$Wb: %w", io.EOF); errors.As(err, $vc) { //!2
			return err
		}
	} else if in.N > 4 {
		log.Panicf("scope %d: zone %s has no owner", in.ID, in.S) //!3
	}
	b.$mb($fb(in.S))
	return errors.New("$Wa")
}
""",
        },
    ),
    Template(
        "lock_slips",
        kind="locks: unlocked twice, done once too often, a channel that nobody made, a builder that was copied",
        copies=2,
        base="""
//: code t
type $ta struct {
	mu  sync.RWMutex
	wg  sync.WaitGroup
	$aa chan struct{}
	$ab strings.Builder
}
//: code b
func ($va *$ta) $ma(key string) bool {
	$va.mu.RLock()
	if len(key) > 3 {
		//+
		$va.mu.RUnlock()
	}
	$va.mu.RUnlock() //!1
	return true
}

func ($va *$ta) $mb(n int) {
	$va.wg.Add(n)
	for k := 0; k <= n; k++ {
		//+
		$va.wg.Done() //!2
	}
	$va.wg.Wait()
}
//: code a
// $Fa shuts down.
func $Fa(in @in.Input) error {
	$va := new($ta)
	//+
	switch {
	case in.N > 12:
		$va.$ma(in.S)
	case in.N > 8:
		$va.$mb(in.N)
	case in.N > 4:
		//+
		close($va.$aa) //!3
	}
	$va.$ab.WriteString(in.S)
	$vb := $va.$ab
	$vb.WriteByte('/') //!4
	return errors.New($vb.String())
}
//: call 1 n=13..20 expect="RUnlock of unlocked RWMutex" routes=fatal
$P.$Fa(in)
//: call 2 n=9..12 expect="negative WaitGroup counter"
$P.$Fa(in)
//: call 3 n=5..8 expect="close of nil channel"
$P.$Fa(in)
//: call 4 n=0..4 expect="illegal use of non-zero Builder"
$P.$Fa(in)
""",
        variants={
            "split": """
//: code t
type $tb struct {
	sync.RWMutex
	$ac chan struct{}
}

func (b *$tb) $mc(f func()) {
	b.RLock()
	defer b.RUnlock() //!1
	//+
	f()
} //!1

func (b *$tb) $md() {
	//+
	close(b.$ac) //!3
}

func $fa(wg *sync.WaitGroup, n int) {
	for ; n >= 0; n-- {
		wg.Done() //!2
	}
}

func $fb($vb strings.Builder, with byte) string {
	//+
	$vb.WriteByte(with) //!4
	return $vb.String()
}
//: code a
// $Fa shuts down.
func $Fa(in @in.Input) error {
	b := new($tb)
	if in.N > 12 {
		b.$mc(func() {
			//+
			b.RUnlock()
		})
	} else if in.N > 8 {
		var wg sync.WaitGroup
		wg.Add(in.N)
		$fa(&wg, in.N)
		wg.Wait()
	} else if in.N > 4 {
		b.$md()
	}
	//+
	var $ve strings.Builder
	$ve.WriteString(in.S)
	return errors.New($fb($ve, '/'))
}
""",
            "workers": """
//: code t
type $ta struct {
	mu  sync.RWMutex
	$aa []chan struct{}
}

func ($va *$ta) $ma(key string) (ok bool) {
	$va.mu.RLock()
	//+
	if ok = len(key) > 3; ok {
		$va.mu.RUnlock()
	}
	defer func() {
		$va.mu.RUnlock() //!1
	}()
	return ok
}

func ($va *$ta) $me() {
	for _, ch := range $va.$aa {
		//+
		close(ch) //!3
	}
}
//: code b
func $fc(n int) {
	var wg sync.WaitGroup
	for k := 0; k < n; k++ {
		wg.Add(1)
		func() {
			defer wg.Done()
		}()
	}
	//+
	wg.Done() //!2
}

type $td struct{ strings.Builder }

func (d $td) $mf(text string) string {
	d.WriteString(text) //!4
	return d.String()
}
//: code a
// $Fa shuts down.
func $Fa(in @in.Input) error {
	$va := &$ta{$aa: make([]chan struct{}, 2)}
	//+
	if in.N > 12 {
		$va.$ma(in.S)
	}
	if in.N > 8 {
		$fc(in.N)
	}
	if in.N > 4 {
		$va.$me()
	}
	//+
	var d $td
	d.WriteString(in.S)
	return errors.New(d.$mf("/"))
}
""",
        },
    ),
)

_ASYNC: Final = (
    Template(
        "export_chunks",
        kind="an export, in a goroutine or not: a chunk too many, a sheet that is not there, a cell of a type",
        copies=2,
        base="""
//: code t
type $ta struct {
	$aa [][]any
	$ab map[string]*$ta
}
//: code b
func ($va *$ta) $ma(k, size int) []any {
	//+
	return $va.$aa[k/size][:size] //!1
}

func ($va *$ta) $mb(name string) int {
	$vb := 0
	//+
	for _, row := range $va.$ab[name].$aa { //!2
		$vb += len(row)
	}
	return $vb
}

func $fa(row []any) (text string) {
	for _, cell := range row {
		//+
		text += cell.(string) + ";" //!3
	}
	return text
}
//: code a
// $Fa exports.
func $Fa(in @in.Input) error {
	$va := &$ta{$ab: map[string]*$ta{}}
	for _, x := range in.Items {
		$va.$aa = append($va.$aa, []any{strconv.Itoa(x), x, nil, in.S})
	}
	//+
	$vc := 0
	switch {
	case in.N > 12:
		$vc = $va.$mb(in.S)
	case in.N > 5:
		for k := 0; k <= 4*in.N; k++ {
			//+
			$vc += len($va.$ma(k, 4))
		}
	default:
		$vc = len($fa($va.$aa[0]))
	}
	return fmt.Errorf("$Wa %d", $vc)
}
//: call 1 n=6..12 expect="index out of range" routes=go
$P.$Fa(in)
//: call 2 n=13..30 expect="nil pointer dereference" routes=go
$P.$Fa(in)
//: call 3 n=1..5 expect="interface {} is int, not string" routes=go
$P.$Fa(in)
""",
        variants={
            "goroutine": """
//: code t
type $ta struct {
	$aa [][]any
	$ab map[string]*$ta
}
//: code b
func ($va *$ta) $ma(k, size int) []any {
	//+
	return $va.$aa[k/size][:size] //!1
}

func ($va *$ta) $mb(name string) int {
	$vb := 0
	for _, row := range $va.$ab[name].$aa { //!2
		//+
		$vb += len(row)
	}
	return $vb
}

func $fa(row []any) string {
	var text strings.Builder
	for _, cell := range row {
		//+
		text.WriteString(cell.(string)) //!3
		text.WriteByte(';')
	}
	return text.String()
}

func ($va *$ta) $mc(in @in.Input) (n int) {
	//+
	if in.N > 12 {
		return $va.$mb(in.S)
	}
	if in.N <= 5 {
		return len($fa($va.$aa[0]))
	}
	for k := 0; k <= 4*in.N; k++ {
		n += len($va.$ma(k, 4))
	}
	return n
}
//: code a
// $Fa exports.
func $Fa(in @in.Input) error {
	$va := &$ta{$ab: map[string]*$ta{}}
	for _, x := range in.Items {
		$va.$aa = append($va.$aa, []any{strconv.Itoa(x), x, nil, in.S})
	}
	done := make(chan int, 1)
	//+
	go func() {
		//+
		done <- $va.$mc(in)
	}()
	return fmt.Errorf("$Wa %d", <-done)
}
""",
            "group": """
//: code t
type $ta struct {
	$aa [][]any
	$ab map[string]*$ta
}
//: code b
func $fa(row []any) (text string) {
	for k := range row {
		text += row[k].(string) + ";" //!3
	}
	return text
}

func $fb[T any](all [][]T, k, size int) []T {
	//+
	row := all[k/size] //!1
	return row[:size]
}

func $fc(sheet *$ta) (n int) {
	//+
	for k := range sheet.$aa { //!2
		n += len(sheet.$aa[k])
	}
	return n
}
//: code a
// $Fa exports.
func $Fa(in @in.Input) error {
	$va := &$ta{$ab: map[string]*$ta{}}
	for _, x := range in.Items {
		$va.$aa = append($va.$aa, []any{strconv.Itoa(x), x, nil, in.S})
	}
	var g @par.Group
	//+
	g.Go(func() error {
		if in.N > 12 {
			return fmt.Errorf("$Wa %d", $fc($va.$ab[in.S]))
		}
		return nil
	})
	for k := 0; k <= 4*in.N && in.N > 5 && in.N <= 12; k++ {
		k := k
		g.Go(func() error {
			//+
			$fb($va.$aa, k, 4)
			return nil
		})
	}
	if in.N <= 5 {
		g.Go(func() error { return errors.New($fa($va.$aa[0])) })
	}
	return g.Wait()
}
""",
            "finish": """
//: code t
type $ta struct {
	$aa [][]any
	$ab map[string]*$ta
	$ac int
}
//: code b
func ($va *$ta) $ma(k, size int) {
	$vb := $va.$aa[k/size][:size] //!1
	//+
	$va.$ac += len($vb)
}

func ($va *$ta) $md(in @in.Input) {
	if in.N > 12 {
		//+
		$va.$ac = len($va.$ab[in.S].$aa) //!2
	}
}

func $fa(row []any) (text string) {
	for _, cell := range row {
		$ve := cell.(string) //!3
		//+
		text += $ve + ";"
	}
	return text
}
//: code a
// $Fa exports.
func $Fa(in @in.Input) error {
	$va := &$ta{$ab: map[string]*$ta{}}
	defer $va.$md(in)
	for _, x := range in.Items {
		$va.$aa = append($va.$aa, []any{strconv.Itoa(x), x, nil, in.S})
	}
	//+
	if in.N <= 5 {
		return errors.New($fa($va.$aa[0]))
	}
	for k := 0; k <= 4*in.N && in.N <= 12; k++ {
		//+
		$va.$ma(k, 4)
	}
	return fmt.Errorf("$Wa %d", $va.$ac)
}
""",
        },
    ),
    Template(
        "outbox",
        kind="letters that are sent in the background: no way to send, a queue that is closed, a receipt too few",
        copies=2,
        base="""
//: code t
type $ta struct {
	$aa chan string
	$ab map[string]func(string) int
	$ac []int
}
//: code b
func ($va *$ta) $ma(wg *sync.WaitGroup) {
	defer wg.Done()
	for letter := range $va.$aa {
		kind, text, _ := strings.Cut(letter, ":")
		//+
		$vb := $va.$ab[kind](text) //!1
		$va.$ac[len(text)] = $vb //!3
	}
}

func ($va *$ta) $mb(kind, text string) {
	//+
	$va.$aa <- kind + ":" + text //!2
}
//: code a
// $Fa sends letters.
func $Fa(in @in.Input) error {
	$va := &$ta{$aa: make(chan string, 4), $ac: make([]int, 4)}
	$va.$ab = map[string]func(string) int{"mail": func(text string) int { return len(text) }}
	var wg sync.WaitGroup
	wg.Add(1)
	//+
	go $va.$ma(&wg)
	switch {
	case in.N > 8:
		close($va.$aa)
		$va.$mb("mail", "")
	case in.N > 4:
		$va.$mb("fax", in.S)
	}
	//+
	$va.$mb("mail", in.S)
	wg.Wait()
	return errors.New("$Wa")
}
//: call 1 n=5..8 expect="nil pointer dereference" routes=go
$P.$Fa(in)
//: call 2 n=9..20 expect="send on closed channel" routes=go
$P.$Fa(in)
//: call 3 n=0..4 expect="index out of range" routes=go
$P.$Fa(in)
""",
        variants={
            "direct": """
//: code t
type $ta struct {
	$aa chan string
	$ab map[string]func(string) int
	$ac []int
}
//: code b
func ($va *$ta) $mc(letter string) {
	kind, text, _ := strings.Cut(letter, ":")
	//+
	$va.$ac[len(text)] = $va.$ab[kind](text) //!1,3
}

func ($va *$ta) $mb(kind, text string) {
	//+
	if kind == "" {
		return
	}
	$va.$aa <- kind + ":" + text //!2
	$va.$mc(<-$va.$aa)
}
//: code a
// $Fa sends letters.
func $Fa(in @in.Input) error {
	$va := &$ta{$aa: make(chan string, 4), $ac: make([]int, 4)}
	$va.$ab = map[string]func(string) int{"mail": func(text string) int { return len(text) }}
	//+
	if in.N > 8 {
		close($va.$aa)
	} else if in.N > 4 {
		$va.$mb("fax", in.S)
	}
	$va.$mb("mail", in.S)
	return errors.New("$Wa")
}
""",
            "senders": """
//: code t
type $tb interface{ $Ma(text string) int }

type $tc struct{}

// $Ma is how long it is.
func ($tc) $Ma(text string) int { return len(text) }

type $td struct{ kind, text string }

type $ta struct {
	$aa chan $td
	$ab map[string]$tb
	$ac []int
}
//: code b
func ($va *$ta) $ma(ctx context.Context) {
	for ctx.Err() == nil {
		letter := <-$va.$aa
		//+
		$vb := $va.$ab[letter.kind].$Ma(letter.text) //!1
		$va.$ac[len(letter.text)] = $vb //!3
	}
}

func $fa(to chan<- $td, letter $td) {
	//+
	to <- letter //!2
}
//: code a
// $Fa sends letters.
func $Fa(in @in.Input) error {
	ctx, stop := context.WithTimeout(context.Background(), 9*time.Second)
	defer stop()
	$va := &$ta{$aa: make(chan $td, 4), $ab: map[string]$tb{"mail": $tc{}}, $ac: make([]int, 4)}
	//+
	if in.N > 8 {
		close($va.$aa)
	} else {
		go $va.$ma(ctx)
	}
	if in.N > 4 {
		$fa($va.$aa, $td{"fax", in.S})
	}
	$fa($va.$aa, $td{"mail", in.S})
	//+
	<-ctx.Done()
	return errors.New("$Wa")
}
""",
        },
    ),
)

_FLOWS: Final = (
    Template(
        "dispatch_heap",
        kind="a queue by urgency: taken from when it is empty, a job that is nil, a job of another type",
        copies=2,
        base="""
//: code t
type $ta struct{ $aa, $ab int }

type $tb []*$ta

// Len is how many.
func (q $tb) Len() int { return len(q) }

// Less compares.
func (q $tb) Less(i, j int) bool {
	//+
	return q[i].$aa < q[j].$aa //!2
}

// Swap swaps.
func (q $tb) Swap(i, j int) { q[i], q[j] = q[j], q[i] }

// Push adds.
func (q *$tb) Push(v any) {
	*q = append(*q, v.(*$ta)) //!3
}

// Pop removes the last.
func (q *$tb) Pop() any {
	all := *q
	//+
	v := all[len(all)-1] //!1
	*q = all[:len(all)-1]
	return v
}
//: code a
// $Fa hands out jobs.
func $Fa(in @in.Input) error {
	$va := &$tb{}
	for k, x := range in.Items {
		//+
		heap.Push($va, &$ta{x, k})
	}
	switch {
	case in.N > 12:
		heap.Push($va, (*$ta)(nil))
	case in.N > 6:
		heap.Push($va, $ta{in.ID, in.N})
	}
	//+
	$vb := 0
	for k := 0; k <= in.N; k++ {
		if $va.Len() == 0 {
			$va.Pop()
		}
		$vb += heap.Pop($va).(*$ta).$ab
	}
	return fmt.Errorf("$Wa %d", $vb)
}
//: call 1 n=0..6 expect="index out of range .-1."
$P.$Fa(in)
//: call 2 n=13..20 expect="nil pointer dereference"
$P.$Fa(in)
//: call 3 n=7..12 expect="interface conversion"
$P.$Fa(in)
""",
        variants={
            "queue": """
//: code t
type $ta struct{ $aa, $ab int }

type $tb []*$ta

// Len is how many.
func (q $tb) Len() int { return len(q) }

// Less compares.
func (q $tb) Less(i, j int) bool { return q[i].$ma(q[j]) }

func ($vc *$ta) $ma(than *$ta) bool {
	//+
	return $vc.$aa < than.$aa //!2
}

// Swap swaps.
func (q $tb) Swap(i, j int) { q[i], q[j] = q[j], q[i] }

// Push adds.
func (q *$tb) Push(v any) {
	job := v.(*$ta) //!3
	//+
	*q = append(*q, job)
}

// Pop removes the last.
func (q *$tb) Pop() any {
	n := len(*q)
	v := (*q)[n-1] //!1
	//+
	*q = (*q)[:n-1]
	return v
}

type $tc struct{ $ac $tb }

func (c *$tc) $mb(v any) { heap.Push(&c.$ac, v) }

func (c *$tc) $mc() *$ta {
	//+
	if len(c.$ac) > 1 {
		return heap.Pop(&c.$ac).(*$ta)
	}
	return c.$ac.Pop().(*$ta)
}
//: code a
// $Fa hands out jobs.
func $Fa(in @in.Input) error {
	$va := new($tc)
	for k, x := range in.Items {
		//+
		$va.$mb(&$ta{x, k})
	}
	if in.N > 12 {
		$va.$mb((*$ta)(nil))
	} else if in.N > 6 {
		$va.$mb($ta{in.ID, in.N})
	}
	$vb := 0
	//+
	for k := 0; k <= in.N; k++ {
		$vb += $va.$mc().$ab
	}
	return fmt.Errorf("$Wa %d", $vb)
}
""",
            "generic": """
//: code t
type $ta struct{ $aa, $ab int }

func $fa(left, than *$ta) bool {
	return left.$aa < than.$aa //!2
}

type $tb[T any] struct {
	all  []T
	less func(left, than T) bool
}

// Len is how many.
func (q *$tb[T]) Len() int { return len(q.all) }

// Less compares.
func (q *$tb[T]) Less(i, j int) bool {
	//+
	return q.less(q.all[i], q.all[j])
}

// Swap swaps.
func (q *$tb[T]) Swap(i, j int) { q.all[i], q.all[j] = q.all[j], q.all[i] }

// Push adds.
func (q *$tb[T]) Push(v any) {
	//+
	q.all = append(q.all, v.(T)) //!3
}

// Pop removes the last.
func (q *$tb[T]) Pop() any {
	v := q.all[len(q.all)-1] //!1
	q.all = q.all[:len(q.all)-1]
	//+
	return v
}
//: code a
// $Fa hands out jobs.
func $Fa(in @in.Input) error {
	$va := &$tb[*$ta]{less: $fa}
	for k, x := range in.Items {
		heap.Push($va, &$ta{x, k})
	}
	//+
	switch {
	case in.N > 12:
		heap.Push($va, (*$ta)(nil))
	case in.N > 6:
		heap.Push($va, $ta{in.ID, in.N})
	}
	$vb := 0
	for k := 0; k < in.N; k++ {
		//+
		$vb += heap.Pop($va).(*$ta).$ab
	}
	return fmt.Errorf("$Wa %d %v", $vb, $va.Pop())
}
""",
        },
    ),
    Template(
        "line_protocol",
        kind="a protocol by lines: an empty line, a negative length, a header without a value, no handler",
        copies=2,
        base="""
//: code t
type $ta struct {
	$aa *bufio.Reader
	$ab map[string]string
	$ac map[byte]func(string) error
}
//: code b
func ($va *$ta) $ma() (string, error) {
	$vb, err := $va.$aa.ReadString('\\n')
	//+
	return strings.TrimSpace($vb), err
}

func ($va *$ta) $mb(n int) error {
	for k := 0; k < n; k++ {
		$vb, err := $va.$ma()
		if err != nil {
			return err
		}
		//+
		$vc := strings.SplitN($vb, ": ", 2)
		$va.$ab[$vc[0]] = $vc[1] //!3
	}
	return nil
}
//: code a
// $Fa serves a connection.
func $Fa(in @in.Input) error {
	$vd := "+open\\nlane: 4\\nzone: " + in.S + "\\n$-5\\n"
	switch {
	case in.N > 8:
		$vd = "\\nlane: 4\\n"
	case in.N > 5:
		$vd = strings.Replace($vd, ": 4", "=4", 1)
	case in.N > 2:
		$vd = strings.Replace($vd, "+", "!", 1)
	}
	$va := &$ta{$aa: bufio.NewReader(strings.NewReader($vd)), $ab: map[string]string{}}
	$ve, _ := $va.$ma()
	//+
	$vf := $ve[0] //!1
	if $vf == '!' {
		return $va.$ac[$vf]($ve) //!4
	}
	if err := $va.$mb(2); err != nil {
		return fmt.Errorf("$Wa: %w", err)
	}
	//+
	$ve, _ = $va.$ma()
	$vg, _ := strconv.Atoi($ve[1:])
	$vh := make([]byte, $vg) //!2
	_, err := io.ReadFull($va.$aa, $vh)
	return err
}
//: call 1 n=9..20 expect="index out of range .0. with length 0"
$P.$Fa(in)
//: call 2 n=0..2 expect="makeslice: len out of range"
$P.$Fa(in)
//: call 3 n=6..8 expect="index out of range .1. with length 1"
$P.$Fa(in)
//: call 4 n=3..5 expect="nil pointer dereference"
$P.$Fa(in)
""",
        variants={
            "scanner": """
//: code t
type $tb interface{ $Ma(line string) error }

type $ta struct {
	$aa *bufio.Scanner
	$ab map[string]string
	$ac map[byte]$tb
}
//: code b
func ($va *$ta) $ma() string {
	$va.$aa.Scan()
	return $va.$aa.Text()
}

func ($va *$ta) $mb() {
	//+
	$vc := strings.SplitN($va.$ma(), ": ", 2)
	$va.$ab[$vc[0]] = $vc[1] //!3
}

func ($va *$ta) $mc(line string) []byte {
	$vg, _ := strconv.Atoi(line[1:])
	//+
	return make([]byte, $vg) //!2
}

func ($va *$ta) $md(line string) error {
	$vf := line[0] //!1
	//+
	if $vf != '!' {
		return nil
	}
	return $va.$ac[$vf].$Ma(line) //!4
}
//: code a
// $Fa serves a connection.
func $Fa(in @in.Input) error {
	$vd := "+open\\nlane: 4\\nzone: " + in.S + "\\n$-5\\n"
	if in.N > 8 {
		$vd = "\\nlane: 4\\n"
	} else if in.N > 5 {
		$vd = strings.Replace($vd, ": 4", "=4", 1)
	} else if in.N > 2 {
		$vd = strings.Replace($vd, "+", "!", 1)
	}
	$va := &$ta{$aa: bufio.NewScanner(strings.NewReader($vd)), $ab: map[string]string{}}
	//+
	if err := $va.$md($va.$ma()); err != nil {
		return fmt.Errorf("$Wa: %w", err)
	}
	for k := 0; k < 2; k++ {
		$va.$mb()
	}
	//+
	return fmt.Errorf("$Wb %d", len($va.$mc($va.$ma())))
}
""",
            "lines": """
//: code t
type $tc []string

func (all $tc) $me(from, to int) map[string]string {
	$vi := map[string]string{}
	for _, line := range all[from:to] {
		//+
		$vc := strings.SplitN(line, ": ", 2)
		$vi[$vc[0]] = $vc[1] //!3
	}
	return $vi
}
//: code b
func $fa(text string) int {
	n, err := strconv.Atoi(text)
	//+
	if err != nil {
		return 0
	}
	return cap(make([]byte, n)) //!2
}
//: code a
// $Fa serves a connection.
func $Fa(in @in.Input) error {
	$vd := "+open\\nlane: 4\\nzone: " + in.S + "\\n$-5\\n"
	switch {
	case in.N > 8:
		$vd = "\\nlane: 4\\n"
	case in.N > 5:
		$vd = strings.Replace($vd, ": 4", "=4", 1)
	case in.N > 2:
		$vd = strings.Replace($vd, "+", "!", 1)
	}
	$va := $tc(strings.Split($vd, "\\n"))
	var $vj func(string) error
	//+
	if $va[0][0] == '!' { //!1
		return $vj($va[0]) //!4
	}
	$vk := $va.$me(1, 3)
	//+
	return fmt.Errorf("$Wa %v %d", $vk, $fa($va[3][1:]))
}
""",
        },
    ),
    Template(
        "unit_of_work",
        kind="a transaction: undone though never begun, a panic that is passed on, one that is made an error",
        copies=2,
        base="""
//: code t
type $ta struct{ $aa []string }

func ($va *$ta) $ma() {
	//+
	$va.$aa = $va.$aa[:0] //!1
}
//: code b
func $fa(id int) (*$ta, error) {
	if id > 5 {
		return nil, fmt.Errorf("begin: too many open (%d)", id)
	}
	return &$ta{}, nil
}

func $fb($vb *$ta, in @in.Input) {
	defer func() {
		if v := recover(); v != nil {
			$vb.$ma()
			//+
			panic(fmt.Errorf("work %d: %v", in.ID, v)) //!2
		}
	}()
	//+
	$vb.$aa = append($vb.$aa, in.Tags["owner"][:in.N+1]) //!2
}
//: code a
// $Fa does all or nothing.
func $Fa(in @in.Input) (err error) {
	$vb, err := $fa(in.N)
	//+
	defer $vb.$ma()
	if err != nil {
		return err
	}
	if in.N > 2 {
		defer func() {
			if v := recover(); v != nil {
				err = fmt.Errorf("$Wa: %v", v)
			}
		}()
		//+
		@vet.Within("depth", in.N, 0, 2) //!3
	}
	$fb($vb, in)
	return errors.New("$Wb")
}
//: call 1 n=6..20 expect="nil pointer dereference"
$P.$Fa(in)
//: call 2 n=0..2 expect="work .*slice bounds out of range"
$P.$Fa(in)
//: call 3 n=3..5 routes=log expect="depth(:| is)"
$P.$Fa(in)
""",
        variants={
            "wrapper": """
//: code t
type $ta struct{ $aa []string }

func ($va *$ta) $ma() {
	$va.$aa = $va.$aa[:0] //!1
	//+
}

func ($va *$ta) $mb(id int) {
	v := recover()
	if v == nil {
		return
	}
	$va.$ma()
	//+
	panic(fmt.Errorf("work %d: %v", id, v)) //!2
}
//: code b
func $fa(id int, do func(*$ta) error) error {
	var $vb *$ta
	//+
	defer func() {
		$vb.$ma()
	}()
	if id > 5 {
		return fmt.Errorf("begin: too many open (%d)", id)
	}
	$vb = new($ta)
	return do($vb)
}

func $fb($vb *$ta, in @in.Input) {
	defer $vb.$mb(in.ID)
	$vc := in.Tags["owner"]
	//+
	$vb.$aa = append($vb.$aa, $vc[:in.N+1]) //!2
}

func $fc(f func(), err *error) {
	defer func() {
		if v := recover(); v != nil {
			*err = fmt.Errorf("$Wa: %v", v)
		}
	}()
	f()
}
//: code a
// $Fa does all or nothing.
func $Fa(in @in.Input) error {
	return $fa(in.N, func($vb *$ta) (err error) {
		if in.N > 2 {
			//+
			$fc(func() { @vet.Within("depth", in.N, 0, 2) }, &err) //!3
			return err
		}
		//+
		$fb($vb, in)
		return errors.New("$Wb")
	})
}
""",
            "plain": """
//: code t
type $ta struct{ $aa []string }

func $fd($vb *$ta) {
	//+
	$vb.$aa = $vb.$aa[:0] //!1
}
//: code b
func $fb($vb *$ta, in @in.Input) {
	defer func() {
		v := recover()
		//+
		if err, ok := v.(error); ok {
			$fd($vb)
			panic(fmt.Errorf("work %d: %w", in.ID, err)) //!2
		}
	}()
	$vc := in.Tags["owner"]
	$vb.$aa = append($vb.$aa, $vc[:in.N+1]) //!2
}
//: code a
// $Fa does all or nothing.
func $Fa(in @in.Input) (err error) {
	var $vb *$ta
	if in.N > 5 {
		err = fmt.Errorf("begin: too many open (%d)", in.N)
	} else {
		$vb = &$ta{}
	}
	//+
	defer $fd($vb)
	if err != nil {
		return err
	}
	defer func() {
		if v := recover(); v != nil && in.N > 2 {
			err = fmt.Errorf("$Wa: %v", v)
		} else if v != nil {
			panic(v)
		}
	}()
	if in.N > 2 {
		@vet.Within("depth", in.N, 0, 2) //!3
	}
	//+
	$fb($vb, in)
	return errors.New("$Wb")
}
""",
        },
    ),
    Template(
        "nightly_steps",
        kind="errors that are logged: sentinels, types and joins from one function",
        copies=2,
        base="""
//: code e
var (
	$Ea = errors.New("manifest is stale")
	$Eb = errors.New("checksum differs")
)

type $ta struct {
	Part int
	Want, Have string
}

// Error says what differs.
func (e *$ta) Error() string {
	return fmt.Sprintf("part %d: want %s, have %s", e.Part, e.Want, e.Have)
}

// Is says what it is.
func (e *$ta) Is(target error) bool { return target == $Eb }
//: code b
func $fa(in @in.Input) error {
	//+
	switch {
	case in.N < 4:
		return fmt.Errorf("source %s: %w", in.S, $Ea) //!1
	case in.N < 8:
		return &$ta{in.ID % 9, "ok", in.S} //!2
	case in.N < 12:
		return errors.Join(fmt.Errorf("volume %d is full", in.ID), context.DeadlineExceeded) //!3
	}
	//+
	_, err := os.Open("/nowhere/" + in.S) //!4
	return err
}
//: code a
// $Fa copies at night.
func $Fa(in @in.Input) error {
	err := $fa(in)
	//+
	if errors.Is(err, $Eb) {
		return fmt.Errorf("$Wa gave up after %d tries: %w", in.N, err)
	}
	return fmt.Errorf("$Wa %d: %w", in.ID, err)
}
//: call 1 n=0..3 routes=log expect="manifest is stale"
$P.$Fa(in)
//: call 2 n=4..7 routes=log expect="part .: want ok, have"
$P.$Fa(in)
//: call 3 n=8..11 routes=log expect="volume .* is full"
$P.$Fa(in)
//: call 4 n=12..20 routes=log expect="no such file or directory"
$P.$Fa(in)
""",
        variants={
            "steps": """
//: code e
var (
	$Ea = errors.New("manifest is stale")
	$Eb = errors.New("checksum differs")
)

type $ta struct {
	Part       int
	Want, Have string
}

// Error says what differs.
func (e $ta) Error() string {
	return fmt.Sprintf("part %d: want %s, have %s", e.Part, e.Want, e.Have)
}

// Unwrap is what it is.
func (e $ta) Unwrap() error { return $Eb }
//: code b
func $fa(in @in.Input) error {
	if in.N < 4 {
		return fmt.Errorf("source %s: %w", in.S, $Ea) //!1
	}
	//+
	if in.N < 8 {
		return $ta{in.ID % 9, "ok", in.S} //!2
	}
	return nil
}

func $fb(in @in.Input) (err error) {
	defer func() {
		if in.N < 12 {
			//+
			err = errors.Join(fmt.Errorf("volume %d is full", in.ID), context.DeadlineExceeded) //!3
		}
	}()
	_, err = os.Open("/nowhere/" + in.S) //!4
	return err
}
//: code a
// $Fa copies at night.
func $Fa(in @in.Input) error {
	for _, step := range []func(@in.Input) error{$fa, $fb} {
		//+
		err := step(in)
		switch {
		case err == nil:
			continue
		case errors.Is(err, $Eb):
			return fmt.Errorf("$Wa gave up after %d tries: %w", in.N, err)
		}
		//+
		return fmt.Errorf("$Wa %d: %w", in.ID, err)
	}
	return nil
}
""",
            "wording": """
//: code e
var (
	$Ea = errors.New("manifest is stale")
	$Eb = errors.New("checksum differs")
)

type $ta struct {
	Part       int
	Want, Have string
}

// Error says what differs.
func (e *$ta) Error() string {
	return fmt.Sprintf("part %d: want %s, have %s", e.Part, e.Want, e.Have)
}

type $tb struct {
	$aa @in.Input
	$ab time.Time
}
//: code b
func (t *$tb) $ma() error {
	in := t.$aa
	//+
	if in.N < 4 {
		return fmt.Errorf("source %s (try %d): %w", in.S, in.N, $Ea) //!1
	} else if in.N < 8 {
		return fmt.Errorf("%w: %w", $Eb, &$ta{in.ID % 9, "ok", in.S}) //!2
	}
	return t.$mb()
}

func (t *$tb) $mb() error {
	if t.$aa.N < 12 {
		return errors.Join(fmt.Errorf("volume %d is full", t.$aa.ID), context.DeadlineExceeded) //!3
	}
	_, err := os.Open("/nowhere/" + t.$aa.S) //!4
	//+
	return err
}
//: code a
// $Fa copies at night.
func $Fa(in @in.Input) error {
	t := &$tb{$aa: in}
	//+
	if err := t.$ma(); err != nil {
		return fmt.Errorf("$Wa %d: %w", in.ID, err)
	}
	return nil
}
""",
        },
    ),
    Template(
        "ledger_shared",
        kind="a data race on a sum, and one on a last entry, in one type",
        base="""
//: code t
type $ta struct {
	$aa int
	$ab string
}
//: code b
func ($va *$ta) $ma(n int) {
	//+
	$va.$aa += n //!1
}

func ($va *$ta) $mb(name string) {
	//+
	$va.$ab = name //!2
}
//: code a
// $Fa books on two sides.
func $Fa(in @in.Input) error {
	$va := new($ta)
	var wg sync.WaitGroup
	for k := 0; k < 2; k++ {
		wg.Add(1)
		go func(k int) {
			defer wg.Done()
			//+
			if in.N > 5 {
				$va.$ma(k)
			} else {
				$va.$mb(in.S)
			}
		}(k)
	}
	wg.Wait()
	return fmt.Errorf("$Wa %v", *$va)
}
//: call 1 n=6..9 routes=race expect="DATA RACE"
$P.$Fa(in)
//: call 2 n=1..5 routes=race expect="DATA RACE"
$P.$Fa(in)
""",
        variants={
            "function": """
//: code t
type $ta struct {
	$aa int
	$ab string
}

func $fa(v *$ta, in @in.Input, wg *sync.WaitGroup) {
	defer wg.Done()
	//+
	if in.N > 5 {
		v.$aa += in.ID //!1
		return
	}
	v.$ab = in.S //!2
}
//: code a
// $Fa books on two sides.
func $Fa(in @in.Input) error {
	var $va $ta
	var wg sync.WaitGroup
	wg.Add(2)
	//+
	go $fa(&$va, in, &wg)
	go $fa(&$va, in, &wg)
	wg.Wait()
	return fmt.Errorf("$Wa %v", $va)
}
"""
        },
    ),
    Template(
        "seen_keys",
        kind="maps that many goroutines write: two of one function",
        copies=2,
        base="""
//: code t
type $ta struct{ $aa, $ab map[int]int }
//: code a
// $Fa marks what was seen.
func $Fa(in @in.Input) error {
	$va := &$ta{map[int]int{}, map[int]int{}}
	var wg sync.WaitGroup
	for k := 0; k < 8; k++ {
		wg.Add(1)
		go func(k int) {
			defer wg.Done()
			for n := 0; n < 300000; n++ {
				if in.N > 5 {
					$va.$aa[n%97] = k //!1
				} else {
					$va.$ab[n%89] += k //!2
				}
			}
		}(k)
	}
	//+
	wg.Wait()
	return errors.New("$Wa")
}
//: call 1 n=6..9 expect="concurrent map" routes=fatal
$P.$Fa(in)
//: call 2 n=1..5 expect="concurrent map" routes=fatal
$P.$Fa(in)
""",
        variants={
            "methods": """
//: code t
type $tb map[int]int

func ($vb $tb) $ma(n, k int) {
	$vb[n%97] = k //!1
}

func ($vb $tb) $mb(n, k int) {
	$vb[n%89] += k //!2
}
//: code a
// $Fa marks what was seen.
func $Fa(in @in.Input) error {
	$vc, $vd := $tb{}, $tb{}
	var wg sync.WaitGroup
	wg.Add(8)
	//+
	for k := 0; k < 8; k++ {
		if in.N > 5 {
			go $fa(&wg, k, $vc.$ma)
		} else {
			go $fa(&wg, k, $vd.$mb)
		}
	}
	wg.Wait()
	//+
	return errors.New("$Wa")
}

func $fa(wg *sync.WaitGroup, k int, f func(n, k int)) {
	defer wg.Done()
	for n := 0; n < 300000; n++ {
		f(n, k)
	}
}
"""
        },
    ),
    Template(
        "shift_merge",
        kind="two sorted lists: behind the end of one, a place that was not found, compared with nothing",
        copies=2,
        base="""
//: code t
type $ta struct {
	$aa int
	$ab *time.Time
}
//: code b
func $fa(a, b []int) (all []int) {
	var i, j int
	for len(all) < len(a)+len(b) {
		//+
		if a[i] <= b[j] { //!1
			all = append(all, a[i])
			i++
		} else {
			all = append(all, b[j])
			j++
		}
	}
	return all
}
//: code a
// $Fa merges shifts.
func $Fa(in @in.Input) error {
	$va := append([]int(nil), in.Items...)
	sort.Ints($va)
	if in.N > 20 {
		//+
		return fmt.Errorf("$Wa %d", len($fa($va, $va[in.N/2:])))
	}
	if in.N > 10 {
		$vb := sort.SearchInts($va, 4*in.ID)
		return fmt.Errorf("$Wb %d", $va[$vb]-in.ID) //!2
	}
	$vc := make([]$ta, 0, in.N)
	for _, x := range $va {
		$vc = append($vc, $ta{$aa: x})
	}
	//+
	sort.Slice($vc, func(i, j int) bool {
		return $vc[i].$ab.Before(*$vc[j].$ab) //!3
	})
	return errors.New("$Wc")
}
//: call 1 n=21..40 expect="index out of range"
$P.$Fa(in)
//: call 2 n=11..20 expect="index out of range"
$P.$Fa(in)
//: call 3 n=2..10 expect="nil pointer dereference"
$P.$Fa(in)
""",
        variants={
            "generic": """
//: code t
type $ta struct {
	$aa int
	$ab *time.Time
}

func ($vd $ta) $ma(than $ta) int {
	//+
	return $vd.$ab.Compare(*than.$ab) //!3
}
//: code b
func $fa[N ~int | ~string](a, b []N) []N {
	all := make([]N, 0, len(a)+len(b))
	for i, j := 0, 0; len(all) < cap(all); {
		if b[j] < a[i] { //!1
			all = append(all, b[j])
			j++
			continue
		}
		//+
		all = append(all, a[i])
		i++
	}
	return all
}

func $fb[N ~int | ~string](all []N, v N) N {
	k, _ := slices.BinarySearch(all, v)
	//+
	return all[k] //!2
}
//: code a
// $Fa merges shifts.
func $Fa(in @in.Input) error {
	$va := slices.Clone(in.Items)
	slices.Sort($va)
	switch {
	case in.N > 20:
		return fmt.Errorf("$Wa %d", len($fa($va, $va[in.N/2:])))
	case in.N > 10:
		//+
		return fmt.Errorf("$Wb %d", $fb($va, 4*in.ID)-in.ID)
	}
	var $vc []$ta
	for _, x := range $va {
		$vc = append($vc, $ta{$aa: x})
	}
	//+
	slices.SortFunc($vc, $ta.$ma)
	return errors.New("$Wc")
}
""",
            "next": """
//: code t
type $tb struct {
	$ac []int
	$ad int
}

func (b *$tb) $mb() int {
	//+
	return b.$ac[b.$ad] //!1
}

type $td struct{ $ae *time.Time }

type $tf []$td

// Len is how many.
func (f $tf) Len() int { return len(f) }

// Swap swaps.
func (f $tf) Swap(i, j int) { f[i], f[j] = f[j], f[i] }

// Less compares.
func (f $tf) Less(i, j int) bool {
	//+
	return f[i].$ae.Before(*f[j].$ae) //!3
}
//: code b
func $fa(a, b *$tb, n int) (all []int) {
	for len(all) < n {
		from := a
		//+
		if a.$mb() > b.$mb() {
			from = b
		}
		all = append(all, from.$mb())
		from.$ad++
	}
	return all
}
//: code a
// $Fa merges shifts.
func $Fa(in @in.Input) error {
	$va := append([]int(nil), in.Items...)
	sort.Ints($va)
	if in.N <= 10 {
		sort.Sort(make($tf, in.N))
		return errors.New("$Wc")
	}
	//+
	if in.N <= 20 {
		$vb := sort.SearchInts($va, 4*in.ID)
		$ve := $va[$vb] //!2
		return fmt.Errorf("$Wb %d", $ve-in.ID)
	}
	//+
	$vf := $fa(&$tb{$ac: $va}, &$tb{$ac: $va[in.N/2:]}, 2*in.N-in.N/2)
	return fmt.Errorf("$Wa %d", len($vf))
}
""",
        },
    ),
)
HELPERS: Final = (*_HELPERS, *more.HELPERS)
_OWN: Final = (*_CALLERS, *_WRONG, *_SERVICES, *_MORE_SERVICES, *_LEAVES, *_ASYNC, *_FLOWS)
TEMPLATES: Final = [*_OWN, *more.TEMPLATES]
