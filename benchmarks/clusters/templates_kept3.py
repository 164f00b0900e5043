"""Templates kept aside, third set: services that misuse shared helpers, helpers that are wrong, crowded functions.

In: nothing. Out: HELPERS and TEMPLATES. Written without knowledge of the method that they measure: what releases do to
code here is what maintainers do (names, pieces taken out and put back, receivers, parameters), seldom all of it anew.
`context.TODO()` is what these programs call where a release added the parameter; nothing here is still to be done.
"""

from __future__ import annotations

from typing import Final

from benchmarks.clusters import templates_kept3_more as more
from benchmarks.clusters.template import Template

# ---------------------------------------------------------------------------------------- helpers that are right

_GUARD: Final = Template(
    "guard",
    kind="a validator that panics when its caller is wrong",
    packages=("guard", "expects", "contract"),
    names={
        "Some": ("Some", "NonEmpty", "AtLeastOne"),
        "Within": ("Within", "Between", "Bounded"),
        "Given": ("Given", "Present", "NonNil"),
    },
    base="""
//: code violation
// Violation is an expectation that does not hold.
type Violation struct {
	Rule string
	Got  any
}

func (v *Violation) Error() string { return fmt.Sprintf("%s: unexpected %v", v.Rule, v.Got) }
//: code guard
// $Some wants at least one element.
func $Some[T any](rule string, items []T) []T {
	if len(items) == 0 {
		//+
		panic(&Violation{rule, "emptiness"})
	}
	return items
}

// $Within wants a number between two bounds, both included.
func $Within(rule string, n, low, high int) int {
	//+
	if n < low || n > high {
		panic(&Violation{rule, n})
	}
	return n
}

// $Given wants a pointer that is set.
func $Given[T any](rule string, p *T) *T {
	if p == nil {
		panic(&Violation{rule, "nil"})
	}
	//+
	return p
}
""",
    variants={
        # one function that panics, with a text
        "fail": """
//: code guard
// $Some wants at least one element.
func $Some[T any](rule string, items []T) []T {
	//+
	$fa(len(items) > 0, rule, len(items))
	return items
}

// $Within wants a number between two bounds, both included.
func $Within(rule string, n, low, high int) int {
	$fa(low <= n && n <= high, rule, n)
	return n
}

// $Given wants a pointer that is set.
func $Given[T any](rule string, p *T) *T {
	$fa(p != nil, rule, p)
	return p
}
//: code violation
func $fa(ok bool, rule string, got any) {
	if ok {
		return
	}
	//+
	panic(fmt.Sprintf("%s: unexpected %v", rule, got))
}
"""
    },
)
_DEQUE: Final = Template(
    "deque",
    kind="a generic container; its caller takes what is not there",
    packages=("deque", "fifo", "lineup"),
    names={"Shift": ("Shift", "Dequeue", "PopFront"), "Peek": ("Peek", "Nth", "Look")},
    kit=True,
    base="""
//: code deque
// Deque is a queue.
type Deque[T any] struct {
	buf  []T
	head int
	size int
}

// Of makes a queue.
func Of[T any](items ...T) *Deque[T] {
	d := &Deque[T]{}
	for _, item := range items {
		d.Add(item)
	}
	return d
}

// Len is how many there are.
func (d *Deque[T]) Len() int { return d.size }

// Add adds at the end.
func (d *Deque[T]) Add(item T) {
	if d.size == len(d.buf) {
		bigger := make([]T, 2*d.size+4)
		for k := 0; k < d.size; k++ {
			bigger[k] = d.buf[(d.head+k)%len(d.buf)]
		}
		d.buf, d.head = bigger, 0
	}
	//+
	d.buf[(d.head+d.size)%len(d.buf)] = item
	d.size++
}
//: code take
// $Shift takes the first; there must be one.
func (d *Deque[T]) $Shift() T {
	if d.size == 0 {
		panic("deque: empty")
	}
	//+
	item := d.buf[d.head]
	d.head = (d.head + 1) % len(d.buf)
	d.size--
	return item
}

// $Peek is the element at a place; it must be below Len.
func (d *Deque[T]) $Peek(k int) T {
	//+
	if k < 0 || k >= d.size {
		panic(fmt.Sprintf("deque: place %d of %d", k, d.size))
	}
	return d.buf[(d.head+k)%len(d.buf)]
}
""",
    variants={
        # a slice instead of a ring; nothing is checked but by the runtime
        "slice": """
//: code deque
// Deque is a queue.
type Deque[T any] struct {
	items []T
}

// Of makes a queue.
func Of[T any](items ...T) *Deque[T] {
	return &Deque[T]{append([]T(nil), items...)}
}

// Len is how many there are.
func (d *Deque[T]) Len() int { return len(d.items) }

// Add adds at the end.
func (d *Deque[T]) Add(item T) { d.items = append(d.items, item) }
//: code take
// $Peek is the element at a place; it must be below Len.
func (d *Deque[T]) $Peek(k int) T {
	//+
	return d.items[k]
}

// $Shift takes the first; there must be one.
func (d *Deque[T]) $Shift() T {
	item := d.$Peek(0)
	//+
	d.items = d.items[1:]
	return item
}
"""
    },
)
_WIRE: Final = Template(
    "wire",
    kind="a decoder; its caller reads more than was sent",
    packages=("wire", "rawbuf", "octets"),
    names={
        "Octet": ("Octet", "U8", "Byte"),
        "Word": ("Word", "U16", "Short"),
        "Text": ("Text", "Chars", "Str"),
    },
    base="""
//: code wire
// Reader reads bytes in order. Whoever reads looks at Left first.
type Reader struct {
	buf []byte
	off int
}

// Read starts at the first byte.
func Read(buf []byte) *Reader { return &Reader{buf: buf} }

// Left is how many bytes are left.
func (r *Reader) Left() int { return len(r.buf) - r.off }

// $Octet is the next byte.
func (r *Reader) $Octet() byte {
	//+
	b := r.buf[r.off]
	r.off++
	return b
}
//: code more
// $Word is the next two bytes, the high one first.
func (r *Reader) $Word() int {
	v := binary.BigEndian.Uint16(r.buf[r.off:])
	//+
	r.off += 2
	return int(v)
}

// $Text is the next n bytes.
func (r *Reader) $Text(n int) string {
	//+
	s := string(r.buf[r.off : r.off+n : len(r.buf)])
	r.off += n
	return s
}
""",
    variants={
        # all reads go through one method
        "take": """
//: code wire
// Reader reads bytes in order. Whoever reads looks at Left first.
type Reader struct {
	rest []byte
}

// Read starts at the first byte.
func Read(buf []byte) *Reader { return &Reader{rest: buf[:len(buf):len(buf)]} }

// Left is how many bytes are left.
func (r *Reader) Left() int { return len(r.rest) }

func (r *Reader) $ma(n int) []byte {
	//+
	s := r.rest[:n]
	r.rest = r.rest[n:]
	return s
}
//: code more
// $Octet is the next byte.
func (r *Reader) $Octet() byte { return r.$ma(1)[0] }

// $Word is the next two bytes, the high one first.
func (r *Reader) $Word() int {
	s := r.$ma(2)
	//+
	return int(s[0])<<8 | int(s[1])
}

// $Text is the next n bytes.
func (r *Reader) $Text(n int) string { return string(r.$ma(n)) }
""",
        # explicit about what is missing
        "explicit": """
//: code wire
// Reader reads bytes in order. Whoever reads looks at Left first.
type Reader struct {
	buf []byte
	off int
}

// Read starts at the first byte.
func Read(buf []byte) *Reader { return &Reader{buf: buf} }

// Left is how many bytes are left.
func (r *Reader) Left() int { return len(r.buf) - r.off }

func (r *Reader) $ma(n int) {
	if n < 0 || n > r.Left() {
		//+
		panic(fmt.Sprintf("wire: %d bytes at %d: out of range", n, r.off))
	}
}
//: code more
// $Octet is the next byte.
func (r *Reader) $Octet() byte {
	r.$ma(1)
	r.off++
	return r.buf[r.off-1]
}

// $Word is the next two bytes, the high one first.
func (r *Reader) $Word() int {
	r.$ma(2)
	//+
	high := int(r.$Octet())
	return high<<8 + int(r.$Octet())
}

// $Text is the next n bytes.
func (r *Reader) $Text(n int) string {
	r.$ma(n)
	r.off += n
	return string(r.buf[r.off-n : r.off])
}
""",
    },
)
_ATTRS: Final = Template(
    "attrs",
    kind="takes values out of documents; its caller is wrong about their types",
    packages=("attrs", "dyn", "loose"),
    names={"As": ("As", "Cast", "Typed"), "Need": ("Need", "Required", "Attr")},
    base="""
//: code attrs
// $As is a value that is a T.
func $As[T any](v any) T {
	//+
	return v.(T)
}

// $Need is an attribute, which is there and is a T.
func $Need[T any](doc map[string]any, name string) T {
	v, ok := doc[name]
	if !ok {
		//+
		panic("attrs: no attribute " + name)
	}
	return $As[T](v)
}
""",
    variants={
        # says which type it is
        "told": """
//: code attrs
// $Need is an attribute, which is there and is a T.
func $Need[T any](doc map[string]any, name string) T {
	//+
	if v, ok := doc[name]; ok {
		return $As[T](v)
	}
	panic(fmt.Errorf("attrs: no attribute %s among %d", name, len(doc)))
}
//: code as
// $As is a value that is a T.
func $As[T any](v any) T {
	typed, ok := v.(T)
	if !ok {
		//+
		panic(fmt.Errorf("attrs: conversion: %T is no %T", v, typed))
	}
	return typed
}
"""
    },
)
_TXN: Final = Template(
    "txn",
    kind="a stub of a database driver; its caller uses it wrongly",
    packages=("txn", "dbdrv", "pgstub"),
    names={
        "Find": ("Find", "Load", "ByID"),
        "Commit": ("Commit", "End"),
        "Num": ("Num", "Int", "Integer"),
        "Str": ("Str", "Varchar"),
    },
    base="""
//: code tx
// Tx is a transaction.
type Tx struct {
	rows map[int]*Row
	open bool
}

// Begin starts one that sees n rows, from an id on.
func Begin(id, n int) *Tx {
	t := &Tx{rows: map[int]*Row{}, open: true}
	for k := 0; k < n; k++ {
		t.rows[id+k] = &Row{[]any{id + k, "row " + strconv.Itoa(k), float64(k) / 2, nil}}
	}
	//+
	return t
}

// $Find is a row; nil when there is none.
func (t *Tx) $Find(id int) *Row {
	if !t.open {
		panic("txn: closed")
	}
	//+
	return t.rows[id]
}

// $Commit ends it.
func (t *Tx) $Commit() {
	//+
	if !t.open {
		panic("txn: closed")
	}
	t.open = false
}
//: code row
// Row is a row: an integer, a text, a float, and something unknown.
type Row struct {
	cells []any
}

// $Num is a column that is an integer.
func (r *Row) $Num(col int) int {
	//+
	return r.cells[col].(int)
}

// $Str is a column that is a text.
func (r *Row) $Str(col int) string {
	return r.cells[col].(string)
}
""",
    variants={
        # columns are read by a generic function; closing is a state of its own
        "column": """
//: code tx
// Tx is a transaction.
type Tx struct {
	from, many int
	closed     bool
}

// Begin starts one that sees n rows, from an id on.
func Begin(id, n int) *Tx { return &Tx{from: id, many: n} }

func (t *Tx) $ma() {
	//+
	if t.closed {
		panic(errors.New("txn: closed"))
	}
}

// $Find is a row; nil when there is none.
func (t *Tx) $Find(id int) *Row {
	t.$ma()
	if id < t.from || id >= t.from+t.many {
		return nil
	}
	return &Row{[]any{id, "row " + strconv.Itoa(id-t.from), float64(id-t.from) / 2, nil}}
}

// $Commit ends it.
func (t *Tx) $Commit() {
	t.$ma()
	//+
	t.closed = true
}
//: code row
// Row is a row: an integer, a text, a float, and something unknown.
type Row struct {
	cells []any
}

func $fa[T any](r *Row, col int) T {
	//+
	cell := r.cells[col]
	return cell.(T)
}

// $Num is a column that is an integer.
func (r *Row) $Num(col int) int { return $fa[int](r, col) }

// $Str is a column that is a text.
func (r *Row) $Str(col int) string { return $fa[string](r, col) }
"""
    },
)
_FAULT: Final = Template(
    "fault",
    kind="errors with a code and a stack",
    packages=("fault", "apierr", "trouble"),
    names={
        "Make": ("Make", "Raise", "Errorf"),
        "Code": ("Code", "Status"),
        "Bail": ("Bail", "Abort", "Fatal"),
    },
    base="""
//: code fault
// Fault is an error with a code.
type Fault struct {
	code  int
	op    string
	cause error
	stack string
}

func (f *Fault) Error() string { return fmt.Sprintf("%s (%d): %v", f.op, f.code, f.cause) }

// Unwrap is the cause.
func (f *Fault) Unwrap() error { return f.cause }

// StackTrace is where it was made.
func (f *Fault) StackTrace() string { return f.stack }

// $Make makes one.
func $Make(code int, op string, cause error) error {
	//+
	return &Fault{code, op, cause, stack()}
}
//: code use
// $Code is the code of an error that was made here.
func $Code(err error) int {
	//+
	return err.(*Fault).code
}

// $Bail gives up when there is an error that nobody can handle.
func $Bail(err error) {
	if err != nil {
		//+
		panic(fmt.Errorf("giving up: %w", err))
	}
}
//: code stack
func stack() string {
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
	var b strings.Builder
	for {
		f, more := frames.Next()
		fmt.Fprintf(&b, "%s\\n\\t%s:%d\\n", f.Function, f.File, f.Line)
		if !more {
			return strings.TrimSuffix(b.String(), "\\n")
		}
	}
}
""",
    variants={
        # a value instead of a pointer, and what is wrong is told
        "told": """
//: code fault
// Fault is an error with a code.
type Fault struct {
	op    string
	code  int
	stack string
	cause error
}

// Unwrap is the cause.
func (f Fault) Unwrap() error { return f.cause }

// StackTrace is where it was made.
func (f Fault) StackTrace() string { return f.stack }

func (f Fault) Error() string { return fmt.Sprintf("%s (%d): %v", f.op, f.code, f.cause) }
//: code use
// $Bail gives up when there is an error that nobody can handle.
func $Bail(err error) {
	if err == nil {
		return
	}
	//+
	panic("giving up: " + err.Error())
}

// $Code is the code of an error that was made here.
func $Code(err error) int {
	f, ok := err.(Fault)
	if !ok {
		//+
		panic(fmt.Sprintf("fault: interface conversion: error is %T", err))
	}
	return f.code
}

// $Make makes one.
func $Make(code int, op string, cause error) error {
	f := Fault{op: op, code: code, cause: cause}
	//+
	f.stack = stack()
	return f
}
//: code stack
func stack() string {
	pcs := make([]uintptr, 16)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
	var b strings.Builder
	for more := true; more; {
		var f runtime.Frame
		if f, more = frames.Next(); f.Function != "" {
			fmt.Fprintf(&b, "%s\\n\\t%s:%d\\n", f.Function, f.File, f.Line)
		}
	}
	return strings.TrimSuffix(b.String(), "\\n")
}
"""
    },
)
_CELL: Final = Template(
    "cell",
    kind="an optional value; its caller reads it when it is unset, or sets it twice",
    packages=("cell", "maybe", "option"),
    names={"Must": ("Must", "Value", "Unwrap"), "Fill": ("Fill", "Assign", "Resolve")},
    kit=True,
    base="""
//: code cell
// Cell holds one value, or none yet.
type Cell[T any] struct {
	v *T
}

// Hold makes one with a value.
func Hold[T any](v T) *Cell[T] { return &Cell[T]{&v} }

// Has is whether there is a value.
func (c *Cell[T]) Has() bool { return c.v != nil }
//: code value
// $Must is the value; there must be one.
func (c *Cell[T]) $Must() T {
	//+
	return *c.v
}

// $Fill sets the value, once.
func (c *Cell[T]) $Fill(v T) {
	if c.v != nil {
		//+
		panic("cell: filled twice")
	}
	c.v = &v
}
""",
    variants={
        # a flag instead of a pointer
        "flag": """
//: code cell
// Cell holds one value, or none yet.
type Cell[T any] struct {
	value T
	set   bool
}

// Hold makes one with a value.
func Hold[T any](v T) *Cell[T] { return &Cell[T]{v, true} }

// Has is whether there is a value.
func (c *Cell[T]) Has() bool { return c.set }
//: code value
// $Fill sets the value, once.
func (c *Cell[T]) $Fill(v T) {
	if !c.set {
		c.value, c.set = v, true
		return
	}
	panic(fmt.Sprintf("cell: filled twice: %v", v))
}

// $Must is the value; there must be one.
func (c *Cell[T]) $Must() T {
	//+
	if !c.set {
		panic("cell: nil, was never filled")
	}
	return c.value
}
"""
    },
)
_GRID: Final = Template(
    "grid",
    kind="a table of cells; its caller goes beyond the edge",
    packages=("grid", "matrix", "plane"),
    names={
        "New": ("New", "Sized"),
        "At": ("At", "Get", "Tile"),
        "Put": ("Put", "Paint"),
        "Line": ("Line", "Strip"),
    },
    base="""
//: code grid
// Grid is w cells wide and h high.
type Grid[T any] struct {
	w, h  int
	cells []T
}

// $New makes an empty one.
func $New[T any](w, h int) *Grid[T] {
	//+
	return &Grid[T]{w, h, make([]T, w*h)}
}

// $At is a cell.
func (g *Grid[T]) $At(x, y int) T {
	//+
	return g.cells[y*g.w+x]
}

// $Put sets a cell.
func (g *Grid[T]) $Put(x, y int, v T) {
	g.cells[y*g.w+x] = v
}

// $Line is a row of cells.
func (g *Grid[T]) $Line(y int) []T {
	//+
	return g.cells[y*g.w : (y+1)*g.w]
}
""",
    variants={
        # one function computes places
        "place": """
//: code grid
// Grid is w cells wide and h high.
type Grid[T any] struct {
	w, h  int
	cells []T
}

// $New makes an empty one.
func $New[T any](w, h int) *Grid[T] {
	cells := make([]T, w*h)
	//+
	return &Grid[T]{w: w, h: h, cells: cells}
}
//: code place
func (g *Grid[T]) $ma(x, y int) *T {
	//+
	return &g.cells[y*g.w+x]
}

// $At is a cell.
func (g *Grid[T]) $At(x, y int) T { return *g.$ma(x, y) }

// $Put sets a cell.
func (g *Grid[T]) $Put(x, y int, v T) { *g.$ma(x, y) = v }

// $Line is a row of cells.
func (g *Grid[T]) $Line(y int) []T {
	from := y * g.w
	//+
	return g.cells[from : from+g.w : len(g.cells)]
}
"""
    },
)
_WALK: Final = Template(
    "walk",
    kind="runs the functions of its callers",
    packages=("walk", "visit", "iterx"),
    names={
        "Each": ("Each", "ForEach", "Do"),
        "Fold": ("Fold", "Reduce", "Collapse"),
        "Once": ("Once", "Memo", "Cached"),
    },
    base="""
//: code each
// $Each runs a function for each element.
func $Each[T any](items []T, f func(k int, item T)) {
	for k, item := range items {
		//+
		f(k, item)
	}
}

// $Fold folds to the right.
func $Fold[T, A any](items []T, start A, f func(sum A, item T) A) A {
	//+
	for _, item := range items {
		start = f(start, item)
	}
	return start
}
//: code memo
// $Once is a function that computes each value once.
func $Once[K comparable, V any](f func(K) V) func(K) V {
	known := map[K]V{}
	//+
	return func(key K) V {
		if v, ok := known[key]; ok {
			return v
		}
		known[key] = f(key)
		return known[key]
	}
}
""",
    variants={
        # recursive fold; a type with a lock remembers
        "typed": """
//: code each
// $Each runs a function for each element.
func $Each[T any](items []T, f func(k int, item T)) {
	$Fold(items, 0, func(k int, item T) int {
		//+
		f(k, item)
		return k + 1
	})
}

// $Fold folds to the right.
func $Fold[T, A any](items []T, start A, f func(sum A, item T) A) A {
	//+
	if len(items) == 0 {
		return start
	}
	return $Fold(items[1:], f(start, items[0]), f)
}
//: code memo
type memory[K comparable, V any] struct {
	sync.Mutex
	known map[K]V
	loader func(K) V
}

func (m *memory[K, V]) $ma(key K) V {
	m.Lock()
	defer m.Unlock()
	v, ok := m.known[key]
	if !ok {
		//+
		v = m.loader(key)
		m.known[key] = v
	}
	return v
}

// $Once is a function that computes each value once.
func $Once[K comparable, V any](f func(K) V) func(K) V {
	m := &memory[K, V]{known: map[K]V{}, loader: f}
	return func(key K) V {
		//+
		return m.$ma(key)
	}
}
"""
    },
)
HELPERS: Final = [
    *(_GUARD, _DEQUE, _WIRE, _ATTRS, _TXN, _FAULT, _CELL, _GRID, _WALK),
    *more.HELPERS,
]

# ------------------------------------------------------------------------------- callers that misuse them: one helper

_ONE_HELPER: Final = [
    Template(
        "silo_blend",
        kind="expectations of a caller that do not hold, three in one function",
        base="""
//: code t
type $ta struct {
	$aa string
	$ab []int
	$ac *$ta
}

func $fa(in @in.Input) map[string]*$ta {
	$vd := &$ta{$aa: in.S, $ab: in.Items}
	return map[string]*$ta{
		"$Sa": $vd,
		"$Sb": {$aa: "spare", $ac: $vd},
	}
}
//: code a
// $Fa blends what a silo holds.
func $Fa(in @in.Input) error {
	//+
	$vb := @guard.Within("moisture of the blend", in.N*8, 0, 50) //!1
	$ve := "$Sb"
	if in.N > 3 {
		$ve = in.S
	}
	//+
	$vc := @guard.Given("silo of "+$ve, $fa(in)[$ve]) //!2
	for _, $vf := range @guard.Some("loads", $vc.$ab) { //!3
		$vb += $vf
	}
	return fmt.Errorf("$Wa %d", $vb)
}
//: call 1 n=7..9 expect="moisture of the blend: unexpected"
$P.$Fa(in)
//: call 2 n=4..6 expect="silo of .*: unexpected"
$P.$Fa(in)
//: call 3 n=1..3 expect="loads: unexpected"
$P.$Fa(in)
""",
        variants={
            # a context and a log line; the name of the silo comes from a function
            "ctx": """
//: code t
type $ta struct {
	$aa string
	$ab []int
	$ac *$ta
}

func $fa(in @in.Input) map[string]*$ta {
	$vd := &$ta{$aa: in.S, $ab: in.Items}
	return map[string]*$ta{
		"$Sa": $vd,
		"$Sb": {$aa: "spare", $ac: $vd},
	}
}
//: code c
func $fd(in @in.Input) string {
	if in.N <= 3 {
		return "$Sb"
	}
	//+
	return in.S
}
//: code a
// $Fa blends what a silo holds.
func $Fa(ctx context.Context, in @in.Input) error {
	//+
	$vb := @guard.Within("moisture of the blend", in.N*8, 0, 50) //!1
	$ve := $fd(in)
	slog.DebugContext(ctx, "blend", "silo", $ve)
	//+
	$vc := @guard.Given("silo of "+$ve, $fa(in)[$ve]) //!2
	for _, $vf := range @guard.Some("loads", $vc.$ab) { //!3
		$vb += $vf
	}
	return fmt.Errorf("$Wa %d", $vb)
}
//: call 1 n=7..9 expect="moisture of the blend: unexpected"
$P.$Fa(context.Background(), in)
//: call 2 n=4..6 expect="silo of .*: unexpected"
$P.$Fa(context.Background(), in)
//: call 3 n=1..3 expect="loads: unexpected"
$P.$Fa(context.Background(), in)
""",
            # a method of an elevator with a context; choosing the silo is extracted
            "method": """
//: code t
type $ta struct {
	$aa string
	$ab []int
	$ac *$ta
}

type $tb struct {
	$ad map[string]*$ta
	$ae string
}

func $fb(in @in.Input) *$tb {
	$vd := &$ta{$aa: in.S, $ab: in.Items}
	t := &$tb{$ad: map[string]*$ta{"$Sa": $vd}, $ae: "$Sb"}
	t.$ad[t.$ae] = &$ta{$aa: "spare", $ac: $vd}
	if in.N > 3 {
		t.$ae = in.S
	}
	return t
}

func (t *$tb) $ma() *$ta {
	//+
	return @guard.Given("silo of "+t.$ae, t.$ad[t.$ae]) //!2
}

func (t *$tb) $Ma(ctx context.Context, n int) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	//+
	$vb := @guard.Within("moisture of the blend", n*8, 0, 50) //!1
	$vg := t.$ma()
	$vc := @guard.Some("loads", $vg.$ab) //!3
	for _, $vf := range $vc {
		$vb += $vf
	}
	return $vb, nil
}
//: code a
// $Fa blends what a silo holds.
func $Fa(in @in.Input) error {
	$vb, err := $fb(in).$Ma(context.Background(), in.N)
	//+
	return fmt.Errorf("$Wa %d: %w", $vb, err)
}
""",
            # the loads are summed by a generic function, which is where they are checked
            "summed": """
//: code t
type $ta struct {
	$ab []int
	$ac *$ta
	$aa string
}

func $fa(in @in.Input) map[string]*$ta {
	$vd := &$ta{$aa: in.S, $ab: in.Items}
	return map[string]*$ta{"$Sa": $vd, "$Sb": {$aa: "spare", $ac: $vd}}
}

func $fc[N ~int | ~float64](loads []N) N {
	var $vh N
	//+
	for _, $vf := range @guard.Some("loads", loads) { //!3
		$vh += $vf
	}
	return $vh
}
//: code a
// $Fa blends what a silo holds.
func $Fa(in @in.Input) error {
	$vi := in.N * 8
	@guard.Within("moisture of the blend", $vi, 0, 50) //!1
	switch {
	case in.N > 3:
		//+
		$vc := @guard.Given("silo of "+in.S, $fa(in)[in.S]) //!2
		return fmt.Errorf("$Wa %d", $vi+$fc($vc.$ab))
	default:
		$vc := $fa(in)["$Sb"]
		return fmt.Errorf("$Wa %d", $vi+$fc(@guard.Given("silo", $vc).$ab))
	}
}
""",
        },
    ),
    Template(
        "triage",
        kind="a queue that runs dry, a place beyond its end, and an end that is never seen",
        copies=2,
        base="""
//: code t
type $ta struct {
	$aa *@deque.Deque[int]
	$ab *@deque.Deque[string]
	$ac int
}

func $fa(in @in.Input) *$ta {
	return &$ta{$aa: @deque.Of(in.Items...), $ab: @deque.Of(in.S, "$Sa")}
}
//: code a
// $Fa sends patients to the wards.
func $Fa(in @in.Input) error {
	t := $fa(in)
	for k := 0; k < 3; k++ {
		//+
		t.$ac += t.$aa.@deque:Shift() //!1
	}
	if in.N > 6 {
		$va := t.$ab.@deque:Peek(in.N - 5) //!2
		return fmt.Errorf("$Wa %s", $va)
	}
	//+
	for t.$ab.@deque:Shift() != "" { //!3
		t.$ac++
	}
	return fmt.Errorf("$Wb %d", t.$ac)
}
//: call 1 n=0..2 expect="deque: empty|out of range"
$P.$Fa(in)
//: call 2 n=7..9 expect="deque: place|out of range"
$P.$Fa(in)
//: call 3 n=3..6 expect="deque: empty|out of range"
$P.$Fa(in)
""",
        variants={
            # a value instead of a pointer, the place is a temporary, the loops have other shapes
            "light": """
//: code t
type $ta struct {
	$aa *@deque.Deque[int]
	$ab *@deque.Deque[string]
	$ac int
}

func $fa(in @in.Input) $ta {
	return $ta{$aa: @deque.Of(in.Items...), $ab: @deque.Of(in.S, "$Sa")}
}
//: code a
// $Fa sends patients to the wards.
func $Fa(in @in.Input) error {
	t := $fa(in)
	for k := 3; k > 0; k-- {
		$vh := t.$aa.@deque:Shift() //!1
		//+
		t.$ac += $vh
	}
	if in.N > 6 {
		$vi := in.N - 5
		$va := t.$ab.@deque:Peek($vi) //!2
		return fmt.Errorf("$Wa %s", $va)
	}
	//+
	for t.$ab.@deque:Shift() != "" { //!3
		t.$ac++
	}
	return fmt.Errorf("$Wb %d", t.$ac)
}
""",
            # three methods instead of a function
            "methods": """
//: code t
type $ta struct {
	$ac int
	$ab *@deque.Deque[string]
	$aa *@deque.Deque[int]
}

func (t *$ta) $ma(n int) {
	for n > 0 {
		$vb := t.$aa.@deque:Shift() //!1
		//+
		t.$ac += $vb
		n--
	}
}

func (t *$ta) $mb() {
	for {
		//+
		$vc := t.$ab.@deque:Shift() //!3
		if $vc == "" {
			return
		}
		t.$ac++
	}
}
//: code a
// $Fa sends patients to the wards.
func $Fa(in @in.Input) error {
	t := $ta{$aa: @deque.Of(in.Items...), $ab: @deque.Of(in.S, "$Sa")}
	t.$ma(3)
	//+
	if in.N > 6 {
		return fmt.Errorf("$Wa %s", t.$ab.@deque:Peek(in.N-5)) //!2
	}
	t.$mb()
	return fmt.Errorf("$Wb %d", t.$ac)
}
""",
            # no type, two queues as locals; a closure around the first loop
            "closure": """
//: code a
// $Fa sends patients to the wards.
func $Fa(in @in.Input) error {
	$vd, $ve, $vf := @deque.Of(in.Items...), @deque.Of(in.S, "$Sa"), 0
	//+c
	$vg := func(n int) (sum int) {
		for k := 0; k < n; k++ {
			sum += $vd.@deque:Shift() //!1
		}
		return sum
	}
	$vf += $vg(3)
	if in.N <= 6 {
		for $ve.@deque:Shift() != "" { //!3
			//+
			$vf++
		}
		return fmt.Errorf("$Wb %d", $vf)
	}
	$va := $ve.@deque:Peek(in.N - 5) //!2
	//+
	return fmt.Errorf("$Wa %s", $va)
}
""",
        },
    ),
    Template(
        "downlink",
        kind="a frame that is shorter than it says, one without a trailer, and a packet without an end",
        copies=2,
        base="""
//: code b
func $fa(in @in.Input) []byte {
	$vd := []byte{0, byte(in.N), 'a', 'b', 'c', 'd', 'e', 'f'}
	if in.N < 7 {
		$vd = $vd[:2+in.N]
	}
	if in.N > 3 {
		return append($vd, 0x1c, 0xe7, 5, 6, 7)
	}
	return $vd
}
//: code a
// $Fa reads what the satellite sent.
func $Fa(in @in.Input) error {
	$va := @wire.Read($fa(in))
	//+
	$vb := $va.@wire:Word()
	$vc := $va.@wire:Text($vb) //!1
	//+
	if $ve := $va.@wire:Word(); $ve != len($vc)+0x1ce7 { //!2
		for k := 0; ; k++ {
			if $va.@wire:Octet() == 0 { //!3
				return fmt.Errorf("$Wa %d", k)
			}
		}
	}
	return nil
}
//: call 1 n=12..19 expect="out of range"
$P.$Fa(in)
//: call 2 n=1..3 expect="out of range"
$P.$Fa(in)
//: call 3 n=4..6 expect="out of range"
$P.$Fa(in)
""",
        variants={
            # the length gets a name of its own and a bound that is too wide, the loop a label
            "light": """
//: code b
func $fa(in @in.Input) []byte {
	$vd := []byte{0, byte(in.N), 'a', 'b', 'c', 'd', 'e', 'f'}
	if in.N < 7 {
		$vd = $vd[:2+in.N]
	}
	if in.N > 3 {
		return append($vd, 0x1c, 0xe7, 5, 6, 7)
	}
	return $vd
}
//: code a
// $Fa reads what the satellite sent.
func $Fa(in @in.Input) error {
	$va := @wire.Read($fa(in))
	//+
	$vb := $va.@wire:Word()
	if $vb > 4096 {
		return fmt.Errorf("$Wb %d", $vb)
	}
	$vc := $va.@wire:Text($vb) //!1
	slog.Debug("text", "length", len($vc))
	//+
	if $ve := $va.@wire:Word(); $ve != len($vc)+0x1ce7 { //!2
		k := 0
		for ; ; k++ {
			$vg := $va.@wire:Octet() //!3
			if $vg == 0 {
				return fmt.Errorf("$Wa %d", k)
			}
		}
	}
	return nil
}
""",
            # a decoder type with a step each; the packet is read by a function of its own
            "decoder": """
//: code t
type $ta struct {
	$aa *@wire.Reader
	$ab string
}

func (t *$ta) $ma() (int, error) {
	$vb := t.$aa.@wire:Word()
	//+
	t.$ab = t.$aa.@wire:Text($vb) //!1
	$ve := t.$aa.@wire:Word() //!2
	if $ve == len(t.$ab)+0x1ce7 {
		return 0, nil
	}
	return $fb(t.$aa), io.ErrUnexpectedEOF
}

func $fb(r *@wire.Reader) (n int) {
	for r.@wire:Octet() != 0 { //!3
		//+
		n++
	}
	return n
}
//: code b
func $fa(in @in.Input) []byte {
	var b bytes.Buffer
	b.Write([]byte{0, byte(in.N)})
	b.WriteString("abcdef"[:min(6, in.N)])
	if in.N > 3 {
		b.Write([]byte{0x1c, 0xe7, 5, 6, 7})
	}
	return b.Bytes()
}
//: code a
// $Fa reads what the satellite sent.
func $Fa(in @in.Input) error {
	t := $ta{$aa: @wire.Read($fa(in))}
	//+
	$vc, err := t.$ma()
	if err != nil {
		return fmt.Errorf("$Wa %d: %w", $vc, err)
	}
	return nil
}
""",
            # logging, the check of the trailer is a closure that is deferred
            "logged": """
//: code b
func $fa(in @in.Input) []byte {
	$vd := []byte{0, byte(in.N), 'a', 'b', 'c', 'd', 'e', 'f'}
	if in.N < 7 {
		$vd = $vd[:2+in.N]
	}
	if in.N > 3 {
		return append($vd, 0x1c, 0xe7, 5, 6, 7)
	}
	return $vd
}
//: code a
// $Fa reads what the satellite sent.
func $Fa(in @in.Input) (err error) {
	$vf := $fa(in)
	slog.Debug("frame", "bytes", len($vf))
	$va := @wire.Read($vf)
	$vc := $va.@wire:Text($va.@wire:Word()) //!1
	//+
	defer func() {
		if err == nil {
			return
		}
		slog.Debug("no trailer", "text", $vc)
		for {
			//+
			if b := $va.@wire:Octet(); b == 0 { //!3
				break
			}
		}
	}()
	if $va.@wire:Word() != len($vc)+0x1ce7 { //!2
		return errors.New("$Wa")
	}
	return nil
}
""",
        },
    ),
    Template(
        "listing_doc",
        kind="a document whose attributes are of other types, or not there",
        copies=2,
        base="""
//: code a
// $Fa lists a flat.
func $Fa(in @in.Input) error {
	var $va map[string]any
	$vb := fmt.Sprintf(`{"floor": %d, "street": %q, "photos": ["a", "b"]}`, in.N, in.S)
	if err := json.Unmarshal([]byte($vb), &$va); err != nil {
		return err
	}
	//+
	if in.N > 6 {
		return fmt.Errorf("$Wa %d", @attrs.As[int]($va["floor"])) //!1
	}
	$vc := @attrs.Need[string]($va, "street")
	//+
	if in.N > 3 {
		$vd := @attrs.Need[[]string]($va, "photos") //!2
		$vc += $vd[0]
	}
	return errors.New($vc + @attrs.Need[string]($va, "$Sa")) //!3
}
//: call 1 n=7..9 expect="conversion"
$P.$Fa(in)
//: call 2 n=4..6 expect="conversion"
$P.$Fa(in)
//: call 3 n=1..3 expect="no attribute"
$P.$Fa(in)
""",
        variants={
            # the photos are joined elsewhere, the order of steps is another
            "light": """
//: code a
// $Fa lists a flat.
func $Fa(in @in.Input) error {
	var $va map[string]any
	$vb := fmt.Sprintf(`{"floor": %d, "street": %q, "photos": ["a", "b"]}`, in.N, in.S)
	if err := json.Unmarshal([]byte($vb), &$va); err != nil {
		return err
	}
	//+
	if in.N > 6 {
		$vh := $va["floor"]
		$vi := @attrs.As[int]($vh) //!1
		return fmt.Errorf("$Wa %d", $vi)
	}
	if in.N > 3 {
		return errors.New(strings.Join(@attrs.Need[[]string]($va, "photos"), "")) //!2
	}
	//+
	$vc := @attrs.Need[string]($va, "street")
	return errors.New($vc + @attrs.Need[string]($va, "$Sa")) //!3
}
""",
            # the document is a type with accessors
            "accessors": """
//: code t
type $ta map[string]any

func (t $ta) $ma() int { return @attrs.As[int](t["floor"]) } //!1

func (t $ta) $mb() string {
	//+
	$vd := @attrs.Need[[]string](t, "photos") //!2
	return $vd[0]
}

func $fa(n int, s string) (t $ta, err error) {
	b := []byte(fmt.Sprintf(`{"floor": %d, "street": %q, "photos": ["a", "b"]}`, n, s))
	return t, json.Unmarshal(b, &t)
}
//: code a
// $Fa lists a flat.
func $Fa(in @in.Input) error {
	t, err := $fa(in.N, in.S)
	if err != nil || t == nil {
		return fmt.Errorf("$Wb: %w", err)
	}
	return t.$mc(in.N)
}
//: code b
func (t $ta) $mc(n int) error {
	if n > 6 {
		return fmt.Errorf("$Wa %d", t.$ma())
	}
	$vc := @attrs.Need[string](t, "street")
	if n > 3 {
		$vc += t.$mb()
	}
	//+
	$ve := @attrs.Need[string](t, "$Sa") //!3
	return errors.New($vc + $ve)
}
""",
            # attributes come as an argument, a table of steps
            "steps": """
//: code a
// $Fa lists a flat.
func $Fa(in @in.Input, $va map[string]any) error {
	$vf := []func() string{
		func() string {
			//+
			return @attrs.Need[string]($va, "street") + @attrs.Need[string]($va, "$Sa") //!3
		},
		func() string {
			return strings.Join(@attrs.Need[[]string]($va, "photos"), ",") //!2
		},
		func() string {
			$vg := @attrs.As[int]($va["floor"]) //!1
			//+
			return strconv.Itoa($vg)
		},
	}
	return errors.New("$Wa " + $vf[(in.N-1)/3]())
}

// $Fb is a flat.
func $Fb(in @in.Input) map[string]any {
	return map[string]any{"floor": float64(in.N), "street": in.S, "photos": []any{"a", "b"}}
}
//: call 1 n=7..9 expect="conversion"
$P.$Fa(in, $P.$Fb(in))
//: call 2 n=4..6 expect="conversion"
$P.$Fa(in, $P.$Fb(in))
//: call 3 n=1..3 expect="no attribute"
$P.$Fa(in, $P.$Fb(in))
""",
        },
    ),
    Template(
        "royalties",
        kind="a column that is of another type, one that is not there, and a row that is not there",
        base="""
//: code t
type $ta struct {
	$aa, $ab int
	$ac      string
}
//: code a
// $Fa pays out what songs have earned.
func $Fa(in @in.Input) error {
	$va := @txn.Begin(in.ID, in.N)
	defer $va.@txn:Commit()
	var $vb []$ta
	for k := 0; k < 4; k++ {
		//+
		$vc := $va.@txn:Find(in.ID + k)
		$vd := $ta{$aa: $vc.@txn:Num(0)} //!1
		if in.N > 6 {
			$vd.$ab = $vc.@txn:Num(2) //!2
		}
		//+
		if k == 3 {
			$vd.$ac = $vc.@txn:Str(4) //!3
		}
		$vb = append($vb, $vd)
	}
	return fmt.Errorf("$Wa %d", len($vb))
}
//: call 1 n=0..3 expect="nil pointer"
$P.$Fa(in)
//: call 2 n=7..9 expect="interface conversion"
$P.$Fa(in)
//: call 3 n=4..6 expect="out of range"
$P.$Fa(in)
""",
        variants={
            # rows are found by a closure, the last column before the sum
            "light": """
//: code t
type $ta struct {
	$aa, $ab int
	$ac      string
}
//: code a
// $Fa pays out what songs have earned.
func $Fa(in @in.Input) error {
	$va := @txn.Begin(in.ID, in.N)
	defer $va.@txn:Commit()
	var $vb []$ta
	$vi := func(k int) *@txn.Row {
		return $va.@txn:Find(in.ID + k)
	}
	for k := 0; k < 4; k++ {
		//+
		$vc := $vi(k)
		var $vd $ta
		$vd.$aa = $vc.@txn:Num(0) //!1
		if in.N > 6 {
			$vd.$ab = $vc.@txn:Num(2) //!2
		}
		//+
		if k == 3 {
			$vd.$ac = $vc.@txn:Str(4) //!3
		}
		$vb = append($vb, $vd)
	}
	return fmt.Errorf("$Wa %d", len($vb))
}
""",
            # a row is scanned by a method of what it becomes
            "scanned": """
//: code t
type $ta struct {
	$ac      string
	$aa, $ab int
}

func (t *$ta) $ma(r *@txn.Row, last, wide bool) {
	t.$aa = r.@txn:Num(0) //!1
	//+
	if wide {
		t.$ab = r.@txn:Num(2) //!2
	}
	if last {
		t.$ac = r.@txn:Str(4) //!3
	}
}
//: code a
// $Fa pays out what songs have earned.
func $Fa(in @in.Input) error {
	$va := @txn.Begin(in.ID, in.N)
	defer $va.@txn:Commit()
	$vb := make([]$ta, 4)
	for k := range $vb {
		$vb[k].$ma($va.@txn:Find(in.ID+k), k == 3, in.N > 6)
	}
	//+
	return fmt.Errorf("$Wa %d", len($vb))
}
""",
            # a function reads a song, by an options struct; errors are wrapped
            "options": """
//: code t
type $tb struct {
	$ad      *@txn.Tx
	$ae, $af int
}

type $ta struct {
	$aa, $ab int
	$ac      string
}

func $fa($ve $tb) (*$ta, error) {
	$vc := $ve.$ad.@txn:Find($ve.$ae + $ve.$af)
	//+
	$vf := $vc.@txn:Num(0) //!1
	$vd := &$ta{$aa: $vf}
	if $vf < 0 {
		return nil, errors.New("$Wc")
	}
	return $vd, $vd.$ma($ve, $vc)
}

func (t *$ta) $ma($vg $tb, $vh *@txn.Row) error {
	if $vg.$af == 3 {
		t.$ac = $vh.@txn:Str(4) //!3
	}
	return nil
}
//: code a
// $Fa pays out what songs have earned.
func $Fa(in @in.Input) error {
	$va := @txn.Begin(in.ID, in.N)
	defer func() {
		//+
		$va.@txn:Commit()
	}()
	$vb := 0
	for k := 0; k < 4; k++ {
		$vd, err := $fa($tb{$va, in.ID, k})
		if err != nil {
			return fmt.Errorf("$Wb: %w", err)
		}
		if in.N > 6 {
			$vd.$ab = $va.@txn:Find(in.ID + k).@txn:Num(2) //!2
		}
		//+
		$vb += $vd.$ab
	}
	return fmt.Errorf("$Wa %d", $vb)
}
""",
        },
    ),
    Template(
        "settle_twice",
        kind="a transaction that is ended twice, and one that is used after its end",
        copies=2,
        base="""
//: code a
// $Fa settles a bet.
func $Fa(in @in.Input) error {
	$va := @txn.Begin(in.ID, 3)
	//+
	if in.N > 5 {
		defer $va.@txn:Commit()
	}
	$vb := $va.@txn:Find(in.ID + 1)
	$va.@txn:Commit()
	//+
	if $vb.@txn:Str(1) == in.S || in.N > 5 {
		return nil //!1
	}
	$vc := $va.@txn:Find(in.ID) //!2
	return fmt.Errorf("$Wa %d", $vc.@txn:Num(0))
}
//: call 1 n=6..9 expect="txn: closed"
$P.$Fa(in)
//: call 2 n=1..5 expect="txn: closed"
$P.$Fa(in)
""",
        variants={
            # a log line, the row is used at once
            "light": """
//: code a
// $Fa settles a bet.
func $Fa(in @in.Input) error {
	$va := @txn.Begin(in.ID, 3)
	//+
	if in.N > 5 {
		defer $va.@txn:Commit()
	}
	$vb := $va.@txn:Find(in.ID + 1)
	slog.Debug("settle", "bet", in.ID)
	$va.@txn:Commit()
	//+
	if $vb.@txn:Str(1) == in.S || in.N > 5 {
		return nil //!1
	}
	return fmt.Errorf("$Wa %d", $va.@txn:Find(in.ID).@txn:Num(0)) //!2
}
""",
            # what is deferred is a closure, and the bet is found by a function
            "closure": """
//: code b
func $fa(t *@txn.Tx, id int) (int, string) {
	//+
	$vd := t.@txn:Find(id)
	return $vd.@txn:Num(0), $vd.@txn:Str(1)
}
//: code a
// $Fa settles a bet.
func $Fa(in @in.Input) error {
	$va := @txn.Begin(in.ID, 3)
	if in.N > 5 {
		defer func() {
			//+
			slog.Debug("settled", "bet", in.ID)
			$va.@txn:Commit() //!1
		}()
	}
	_, $vb := $fa($va, in.ID+1)
	//+
	if $va.@txn:Commit(); $vb != in.S && in.N <= 5 {
		return fmt.Errorf("$Wa %d", $va.@txn:Find(in.ID).@txn:Num(0)) //!2
	}
	return nil
}
""",
            # a bookmaker embeds the transaction
            "embedded": """
//: code t
type $ta struct {
	*@txn.Tx
	$aa int
}

func (t *$ta) Close(ok bool) error {
	if !ok {
		return nil
	}
	t.@txn:Commit() //!1
	return nil
}

func (t *$ta) $ma(id, n int) error {
	//+
	$vb := t.@txn:Find(id + 1)
	t.$aa = $vb.@txn:Num(0)
	t.@txn:Commit()
	if n > 5 {
		return nil
	}
	//+
	if $vc := t.@txn:Find(id); $vc.@txn:Num(0) > t.$aa { //!2
		return io.EOF
	}
	return nil
}
//: code a
// $Fa settles a bet.
func $Fa(in @in.Input) error {
	t := $ta{Tx: @txn.Begin(in.ID, 3)}
	//+
	err := t.$ma(in.ID, in.N)
	if err == nil {
		err = t.Close(in.N > 5)
	}
	return err
}
""",
        },
    ),
]

_MORE_OF_ONE: Final = [
    Template(
        "courier_codes",
        kind="codes of errors that have none, and giving up on one that is no surprise",
        copies=2,
        base="""
//: code b
func $fa(in @in.Input) error {
	switch {
	case in.N > 6:
		return fmt.Errorf("address %q: %w", in.S, io.ErrUnexpectedEOF)
	case in.N > 3:
		return @fault.Make(404, "address", io.EOF)
	}
	return nil
}
//: code a
// $Fa finds a courier.
func $Fa(in @in.Input) error {
	err := $fa(in)
	//+
	if err != nil && @fault.Code(err) >= 500 { //!1
		return fmt.Errorf("$Wa: %w", err)
	}
	//+
	@fault.Bail(err) //!2
	return fmt.Errorf("$Wb %d", @fault.Code(errors.Unwrap(err))) //!3
}
//: call 1 n=7..9 expect="interface conversion: error is [*]fmt.wrapError"
$P.$Fa(in)
//: call 2 n=4..6 expect="giving up: address .404."
$P.$Fa(in)
//: call 3 n=1..3 expect="interface conversion: .*nil"
$P.$Fa(in)
""",
        variants={
            # another name for the error, a default branch
            "light": """
//: code b
func $fa(in @in.Input) error {
	switch {
	case in.N > 6:
		return fmt.Errorf("address %q: %w", in.S, io.ErrUnexpectedEOF)
	case in.N > 3:
		$ve := @fault.Make(404, "address", io.EOF)
		return $ve
	default:
		return nil
	}
}
//: code a
// $Fa finds a courier.
func $Fa(in @in.Input) error {
	err := $fa(in)
	if err != nil {
		//+
		if $vf := @fault.Code(err); $vf >= 500 { //!1
			return fmt.Errorf("$Wa %d: %w", $vf, err)
		}
	}
	//+
	@fault.Bail(err) //!2
	return fmt.Errorf("$Wb %d", @fault.Code(errors.Unwrap(err))) //!3
}
""",
            # the two ends of the chain of errors are looked at by methods
            "methods": """
//: code t
type $ta struct {
	$aa error
	$ab string
}

func (t $ta) $ma() bool {
	if t.$aa == nil {
		return false
	}
	//+
	$va := @fault.Code(t.$aa) //!1
	return $va >= 500
}

func (t $ta) $mb() int { return @fault.Code(errors.Unwrap(t.$aa)) } //!3
//: code b
func $fa(in @in.Input) (t $ta) {
	t.$ab = in.S
	if in.N > 6 {
		t.$aa = fmt.Errorf("address %q: %w", in.S, io.ErrUnexpectedEOF)
	} else if in.N > 3 {
		t.$aa = @fault.Make(404, "address", io.EOF)
	}
	return t
}
//: code a
// $Fa finds a courier.
func $Fa(in @in.Input) error {
	t := $fa(in)
	if t.$ma() {
		return fmt.Errorf("$Wa: %w", t.$aa)
	}
	@fault.Bail(t.$aa) //!2
	//+
	return fmt.Errorf("$Wb %d %s", t.$mb(), t.$ab)
}
""",
            # retries around the search; early return
            "retried": """
//: code b
func $fa(in @in.Input, $vc int) error {
	if in.N > 6 {
		return fmt.Errorf("address %q: %w", in.S, io.ErrUnexpectedEOF)
	}
	//+
	if in.N > 3 {
		return @fault.Make(404, "address", io.EOF)
	}
	return nil
}
//: code a
// $Fa finds a courier.
func $Fa(in @in.Input) error {
	var err error
	for $vd := 0; $vd < 3; $vd++ {
		//+
		if err = $fa(in, $vd); err == nil {
			break
		}
		if @fault.Code(err) >= 500 { //!1
			return err
		}
	}
	if err == nil {
		return fmt.Errorf("$Wb %d", @fault.Code(errors.Unwrap(err))) //!3
	}
	//+
	@fault.Bail(err) //!2
	return nil
}
""",
        },
    ),
    Template(
        "seat_errors",
        kind="errors with and without a stack, logged: three in one service",
        copies=2,
        base="""
//: code b
func $fa(in @in.Input) error {
	//+
	if in.N > 6 {
		return @fault.Make(409, "$Wc", io.ErrShortWrite) //!1
	}
	if in.N > 3 {
		return fmt.Errorf("seat map of %s: %w", in.S, io.ErrNoProgress) //!2
	}
	return nil
}
//: code a
// $Fa books a seat.
func $Fa(in @in.Input) error {
	if err := $fa(in); err != nil {
		//+
		return fmt.Errorf("$Wa %d: %w", in.ID, err)
	}
	return @fault.Make(503, "$Wb", io.ErrClosedPipe) //!3
}
//: call 1 n=7..9 routes=log expect="short write"
$P.$Fa(in)
//: call 2 n=4..6 routes=log expect="multiple Read calls"
$P.$Fa(in)
//: call 3 n=1..3 routes=log expect="closed pipe"
$P.$Fa(in)
""",
        variants={
            # the first is made by a function of its own, the last is returned by a closure
            "joined": """
//: code b
func $fa(in @in.Input) error {
	//+
	if in.N > 6 {
		return $fc()
	}
	if in.N > 3 {
		return fmt.Errorf("seat map of %s: %w", in.S, io.ErrNoProgress) //!2
	}
	return nil
}
//: code c
func $fc() error {
	return @fault.Make(409, "$Wc", io.ErrShortWrite) //!1
}
//: code a
// $Fa books a seat.
func $Fa(in @in.Input) error {
	if err := $fa(in); err != nil {
		//+
		return fmt.Errorf("$Wa %d: %w", in.ID, err)
	}
	$vb := func() error {
		return @fault.Make(503, "$Wb", io.ErrClosedPipe) //!3
	}
	return $vb()
}
""",
            # a method of a hall, a temporary, a switch
            "method": """
//: code t
type $ta struct{ $aa string }

func (t $ta) $ma(n int) (err error) {
	switch {
	case n > 6:
		err = @fault.Make(409, "$Wc", io.ErrShortWrite) //!1
	case n > 3:
		//+
		err = fmt.Errorf("seat map of %s: %w", t.$aa, io.ErrNoProgress) //!2
	}
	return err
}
//: code a
// $Fa books a seat.
func $Fa(in @in.Input) error {
	t := $ta{$aa: in.S}
	//+
	if err := t.$ma(in.N); err != nil {
		return fmt.Errorf("$Wa %d: %w", in.ID, err)
	}
	return $fb()
}

func $fb() error {
	//+
	return @fault.Make(503, "$Wb", io.ErrClosedPipe) //!3
}
""",
        },
    ),
    Template(
        "sealed_bids",
        kind="a value set twice, one never set, and one guarded by the wrong check",
        copies=2,
        base="""
//: code t
type $ta struct {
	$aa, $ad *@cell.Cell[int]
	$ab     *@cell.Cell[string]
}

func (t *$ta) $ma(bids []int) {
	for k, $vb := range bids {
		//+
		if k%6 == 0 {
			t.$aa.@cell:Fill($vb) //!1
		}
	}
}
//: code a
// $Fa opens sealed bids.
func $Fa(in @in.Input) error {
	t := &$ta{new(@cell.Cell[int]), @cell.Hold(in.ID), new(@cell.Cell[string])}
	t.$ma(in.Items)
	//+
	$va := t.$aa.@cell:Must() //!2
	if $va >= 0 && t.$ad.Has() {
		return fmt.Errorf("$Wa %d %s", $va, t.$ab.@cell:Must()) //!3
	}
	return nil
}
//: call 1 n=7..9 expect="filled twice"
$P.$Fa(in)
//: call 2 n=0 expect="nil"
$P.$Fa(in)
//: call 3 n=1..6 expect="nil"
$P.$Fa(in)
""",
        variants={
            # a step instead of a remainder, the check is negated
            "light": """
//: code t
type $ta struct {
	$aa, $ad *@cell.Cell[int]
	$ab     *@cell.Cell[string]
}

func (t *$ta) $ma(bids []int) {
	for k := 0; k < len(bids); k += 6 {
		//+
		t.$aa.@cell:Fill(bids[k]) //!1
	}
}
//: code a
// $Fa opens sealed bids.
func $Fa(in @in.Input) error {
	t := &$ta{new(@cell.Cell[int]), @cell.Hold(in.ID), new(@cell.Cell[string])}
	t.$ma(in.Items)
	//+
	$va := t.$aa.@cell:Must() //!2
	if $va < 0 || !t.$ad.Has() {
		return nil
	}
	$vk := t.$ab.@cell:Must() //!3
	return fmt.Errorf("$Wa %d %s", $va, $vk)
}
""",
            # cells are values in a struct, rounds are nested loops
            "values": """
//: code t
type $ta struct {
	$ab     @cell.Cell[string]
	$aa, $ad @cell.Cell[int]
}
//: code a
// $Fa opens sealed bids.
func $Fa(in @in.Input) error {
	var t $ta
	t.$ad.@cell:Fill(in.ID)
	for $vc := 0; $vc*6 < len(in.Items); $vc++ {
		//+
		t.$aa.@cell:Fill(in.Items[$vc*6]) //!1
	}
	return t.$ma()
}

func (t *$ta) $ma() error {
	$vd, $ve := t.$aa.@cell:Must(), t.$ad.Has() //!2
	//+
	if !$ve || $vd < 0 {
		return nil
	}
	$vf := t.$ab.@cell:Must() //!3
	return fmt.Errorf("$Wa %d %s", $vd, $vf)
}
""",
            # a generic function reads a cell when another one says so
            "generic": """
//: code t
type $ta[T any] struct {
	$aa *@cell.Cell[T]
	$ae bool
}

func (t $ta[T]) $mb() (none T) {
	if !t.$ae {
		return none
	}
	//+
	return t.$aa.@cell:Must() //!3
}

func $fa[T any](cell *@cell.Cell[T], bids []T) *@cell.Cell[T] {
	for k := range bids {
		if k%6 > 0 {
			continue
		}
		cell.@cell:Fill(bids[k]) //!1
	}
	return cell
}
//: code a
// $Fa opens sealed bids.
func $Fa(in @in.Input) error {
	$vg, $vh := @cell.Hold(in.ID), new(@cell.Cell[string])
	//+
	$vi := $fa(new(@cell.Cell[int]), in.Items).@cell:Must() //!2
	if $vi < 0 {
		return io.EOF
	}
	$vj := $ta[string]{$vh, $vg.Has()}
	return fmt.Errorf("$Wa %d %s", $vi, $vj.$mb())
}
""",
        },
    ),
    Template(
        "heat_map",
        kind="a table of no size, coordinates that are swapped, and a row below the last",
        base="""
//: code a
// $Fa draws where the fire is.
func $Fa(in @in.Input) error {
	$va, $vb := in.N-5, 3
	//+
	$vc := @grid.New[rune]($va, $vb) //!1
	for y := 0; y < $vb; y++ {
		for x := 0; x < $va; x++ {
			if in.N > 40 {
				$vc.@grid:Put(y, x, '#') //!2
				continue
			}
			//+
			$vc.@grid:Put(x, y, '.')
		}
	}
	return errors.New("$Wa" + string($vc.@grid:Line($vb))) //!3
}
//: call 1 n=1..4 expect="makeslice: len out of range"
$P.$Fa(in)
//: call 2 n=41..60 expect="index out of range"
$P.$Fa(in)
//: call 3 n=6..39 expect="slice bounds out of range"
$P.$Fa(in)
""",
        variants={
            # sides are constants, the row is a temporary
            "light": """
//: code a
// $Fa draws where the fire is.
func $Fa(in @in.Input) error {
	const $vb = 3
	$va := in.N - 5
	//+
	$vc := @grid.New[rune]($va, $vb) //!1
	for y := 0; y < $vb; y++ {
		for x := 0; x < $va; x++ {
			if in.N > 40 {
				$vc.@grid:Put(y, x, '#') //!2
				continue
			}
			//+
			$vc.@grid:Put(x, y, '.')
		}
	}
	$vi := $vc.@grid:Line($vb) //!3
	slog.Debug("last", "row", len($vi))
	return errors.New("$Wa" + string($vi))
}
""",
            # painting is a function over runes; the columns are the outer loop
            "painted": """
//: code b
func $fa(g *@grid.Grid[rune], $vd, $ve int, turned bool) {
	for $vf := 0; $vf < $vd*$ve; $vf++ {
		x, y := $vf/$ve, $vf%$ve
		//+
		if !turned {
			g.@grid:Put(x, y, '.')
		} else {
			g.@grid:Put(y, x, '#') //!2
		}
	}
}
//: code a
// $Fa draws where the fire is.
func $Fa(in @in.Input) error {
	$vg := @grid.New[rune](in.N-5, 3) //!1
	$fa($vg, in.N-5, 3, in.N > 40)
	//+
	$vh := $vg.@grid:Line(3) //!3
	return fmt.Errorf("$Wa %s", string($vh))
}
""",
            # a type owns the table
            "owned": """
//: code t
type $ta struct {
	$aa *@grid.Grid[rune]
	$ab [2]int
	$ac bool
}

func $fb(n int) *$ta {
	//+
	t := &$ta{$ab: [2]int{n - 5, 3}, $ac: n > 40}
	t.$aa = @grid.New[rune](t.$ab[0], t.$ab[1]) //!1
	return t
}

func (t *$ta) $ma(x, y int) {
	if t.$ac {
		//+
		t.$aa.@grid:Put(y, x, '#') //!2
		return
	}
	t.$aa.@grid:Put(x, y, '.')
}

func (t *$ta) String() string {
	//+
	return string(t.$aa.@grid:Line(t.$ab[1])) //!3
}
//: code a
// $Fa draws where the fire is.
func $Fa(in @in.Input) error {
	t := $fb(in.N)
	for x := 0; x < t.$ab[0]; x++ {
		for y := 0; y < t.$ab[1]; y++ {
			t.$ma(x, y)
		}
	}
	return errors.New("$Wa" + t.String())
}
""",
        },
    ),
    Template(
        "harvest_steps",
        kind="three functions that are handed to a helper: nil map, division, nil function",
        copies=2,
        base="""
//: code a
// $Fa counts what was picked.
func $Fa(in @in.Input) error {
	var $va map[string]int
	@walk.Each(in.Items, func(k, $vb int) {
		//+
		if k > 5 {
			$va[in.S] += $vb //!1
		}
	})
	//+c
	$vc := @walk.Fold(in.Items, 0, func(sum, $vd int) int {
		return sum + $vd*60/(in.N/4-1) //!2
	})
	var $ve func(k, $vf int)
	if $vc == in.ID*1000 {
		$ve = func(k, $vf int) { $vc += $vf }
	}
	//+
	@walk.Each(in.Items, $ve) //!3
	return fmt.Errorf("$Wa %d", $vc)
}
//: call 1 n=7..9 expect="nil map"
$P.$Fa(in)
//: call 2 n=4..6 expect="divide by zero"
$P.$Fa(in)
//: call 3 n=1..3 expect="nil pointer"
$P.$Fa(in)
""",
        variants={
            # another order of the first two, a log line
            "light": """
//: code a
// $Fa counts what was picked.
func $Fa(in @in.Input) error {
	//+c
	$vc := @walk.Fold(in.Items, 0, func(sum, $vd int) int {
		if in.N > 6 {
			return sum
		}
		return sum + $vd*60/(in.N/4-1) //!2
	})
	slog.Debug("picked", "sum", $vc)
	var $va map[string]int
	@walk.Each(in.Items, func($vk, $vb int) {
		//+
		if $vk < 6 {
			return
		}
		$va[in.S] += $vb //!1
	})
	var $ve func(k, $vf int)
	if $vc == in.ID*1000 {
		$ve = func(k, $vf int) { $vc += $vf }
	}
	//+
	@walk.Each(in.Items, $ve) //!3
	return fmt.Errorf("$Wa %d", $vc)
}
""",
            # functions are methods of an orchard
            "methods": """
//: code t
type $ta struct {
	$aa map[string]int
	$ab string
	$ac int
	$ad func(k, n int)
}

func (t *$ta) $ma(k, $vb int) {
	if k <= 5 {
		return
	}
	//+
	t.$aa[t.$ab] += $vb //!1
}

func (t $ta) $mb(sum, $vd int) int {
	//+
	$vg := $vd * 60 / (t.$ac/4 - 1) //!2
	return sum + $vg
}
//: code a
// $Fa counts what was picked.
func $Fa(in @in.Input) error {
	t := &$ta{$ab: in.S, $ac: in.N}
	@walk.Each(in.Items, t.$ma)
	$vc := @walk.Fold(in.Items, 0, t.$mb)
	//+
	@walk.Each(in.Items, t.$ad) //!3
	return fmt.Errorf("$Wa %d", $vc)
}
""",
            # a loop of its own instead of the helper for the map; the others in functions
            "inline": """
//: code b
func $fa(items []int, n int) int {
	//+
	return @walk.Fold(items, 0, func($vh, $vi int) int {
		return $vh + $vi*60/(n/4-1) //!2
	})
}

func $fb[T any](items []T, $vj func(k int, item T)) {
	//+
	@walk.Each(items, $vj) //!3
}
//: code a
// $Fa counts what was picked.
func $Fa(in @in.Input) error {
	var $va map[string]int
	for k := 6; k < len(in.Items); k++ {
		//+
		$va[in.S] += in.Items[k] //!1
	}
	$vc := $fa(in.Items, in.N)
	$fb(in.Items, nil)
	return fmt.Errorf("$Wa %d", $vc)
}
""",
        },
    ),
    Template(
        "fx_memo",
        kind="a function that is remembered fails, and a key that cannot be one",
        copies=2,
        base="""
//: code a
// $Fa converts currencies.
func $Fa(in @in.Input) error {
	$va := []float64{1, 1.25, 0.8}
	//+
	$vb := @walk.Once(func(key any) float64 {
		$vc, _ := key.(int)
		//+
		return $va[$vc%10] //!1
	})
	$vd := $vb(0) + $vb("$Sa")
	if in.N > 2 {
		$vd += $vb(in.N)
	}
	$vd += $vb(in.Items) //!2
	return fmt.Errorf("$Wa %.2f", $vd)
}
//: call 1 n=3..9 expect="index out of range"
$P.$Fa(in)
//: call 2 n=0..2 expect="unhashable type"
$P.$Fa(in)
""",
        variants={
            # what cannot be a key is a variable before, the table is longer
            "light": """
//: code a
// $Fa converts currencies.
func $Fa(in @in.Input) error {
	$va := make([]float64, 0, 8)
	$va = append($va, 1, 1.25, 0.8)
	//+
	$vb := @walk.Once(func(key any) float64 {
		$vc, _ := key.(int)
		//+
		$vh := $va[$vc%10] //!1
		slog.Debug("rate", "of", key, "is", $vh)
		return $vh
	})
	$vd := $vb(0) + $vb("$Sa")
	if in.N > 2 {
		$vd += $vb(in.N)
	}
	$vi := in.Items[:0]
	$vd += $vb($vi) //!2
	return fmt.Errorf("$Wa %.2f", $vd)
}
""",
            # the table is a type; the function has a name
            "named": """
//: code t
type $ta []float64

func (t $ta) $ma(key any) float64 {
	switch $vc := key.(type) {
	case int:
		//+
		return t[$vc%10] //!1
	default:
		return t[0]
	}
}
//: code a
// $Fa converts currencies.
func $Fa(in @in.Input) error {
	$vb := @walk.Once($ta{1, 1.25, 0.8}.$ma)
	$vd := $vb(0) + $vb("$Sa")
	//+
	if in.N > 2 {
		$vd += $vb(in.N)
	}
	for _, $ve := range []any{1, in.Items} {
		$vd += $vb($ve) //!2
	}
	return fmt.Errorf("$Wa %.2f", $vd)
}
""",
            # no any for the rates; what is asked for by list goes through another memory
            "split": """
//: code b
func $fa[K any](rate func(int) float64) func(K) float64 {
	$vf := @walk.Once(func(key any) float64 {
		//+
		return rate(0) + float64(len(fmt.Sprint(key)))
	})
	return func(key K) float64 {
		return $vf(key) //!2
	}
}
//: code a
// $Fa converts currencies.
func $Fa(in @in.Input) error {
	$va := []float64{1, 1.25, 0.8}
	$vb := @walk.Once(func(n int) float64 {
		return $va[n%10] //!1
	})
	$vd := $vb(0)
	if in.N > 2 {
		//+
		$vd += $vb(in.N)
	}
	$vg := $fa[[]int]($vb)
	return fmt.Errorf("$Wa %.2f", $vd+$vg(in.Items))
}
""",
        },
    ),
]
# ---------------------------------------------------------------------------- callers of two helpers, and of goroutines

_TWO_HELPERS: Final = [
    Template(
        "sms_parts",
        kind="parts of a message: a count out of bounds, a part that is cut, a reader that was never made",
        base="""
//: code t
type $ta struct {
	$aa *@wire.Reader
	$ab []string
}
//: code a
// $Fa joins the parts of a message.
func $Fa(in @in.Input) error {
	$vc := map[int]*$ta{0: {$aa: @wire.Read([]byte("05abcde" + in.S))}}
	$va := @guard.Within("parts of a message", in.N, 0, 6) //!1
	for $vb := 0; $vb < 2; $vb++ {
		t := @guard.Given("slot", $vc[$vb/2])
		//+
		for k := 0; k < $va*2; k++ {
			if t.$aa.Left() > 60 {
				break
			}
			t.$ab = append(t.$ab, t.$aa.@wire:Text(7)) //!2
		}
		//+
		if len(t.$ab) == 0 {
			t = @guard.Given("slot of the next part", $vc[$vb+1]) //!3
			t.$ab = append(t.$ab, in.S)
		}
	}
	return fmt.Errorf("$Wa %d", len($vc[0].$ab))
}
//: call 1 n=7..9 expect="parts of a message: unexpected"
$P.$Fa(in)
//: call 2 n=4..6 expect="out of range"
$P.$Fa(in)
//: call 3 n=0 expect="slot of the next part: unexpected"
$P.$Fa(in)
""",
        variants={
            # the number of parts is bounded where it is used first, a break becomes a condition
            "light": """
//: code t
type $ta struct {
	$aa *@wire.Reader
	$ab []string
}
//: code a
// $Fa joins the parts of a message.
func $Fa(in @in.Input) error {
	$vc := map[int]*$ta{0: {$aa: @wire.Read([]byte("05abcde" + in.S))}}
	$va := @guard.Within("parts of a message", in.N, 0, 6) //!1
	for $vb := 0; $vb < 2; $vb++ {
		t := @guard.Given("slot", $vc[$vb/2])
		//+
		for k := 0; k < $va*2 && t.$aa.Left() <= 60; k++ {
			$vd := t.$aa.@wire:Text(7) //!2
			t.$ab = append(t.$ab, $vd)
		}
		//+
		if len(t.$ab) == 0 {
			t = @guard.Given("slot of the next part", $vc[$vb+1]) //!3
			t.$ab = append(t.$ab, in.S)
		}
	}
	return fmt.Errorf("$Wa %d", len($vc[0].$ab))
}
""",
            # a message has methods; the loop over parts is one of them
            "methods": """
//: code t
type $ta struct {
	$ab []string
	$aa *@wire.Reader
}

type $tb map[int]*$ta

func (t *$ta) $ma(n int) int {
	for n > 0 && t.$aa.Left() <= 60 {
		//+
		$vd := t.$aa.@wire:Text(7) //!2
		t.$ab = append(t.$ab, $vd)
		n--
	}
	return len(t.$ab)
}

func (t $tb) $mb(k int) *$ta {
	//+
	return @guard.Given("slot of the next part", t[k]) //!3
}
//: code a
// $Fa joins the parts of a message.
func $Fa(in @in.Input) error {
	$vc := $tb{0: {$aa: @wire.Read([]byte("05abcde" + in.S))}}
	//+
	@guard.Within("parts of a message", in.N, 0, 6) //!1
	for $vb := range [2]bool{} {
		t := @guard.Given("slot", $vc[$vb/2])
		if t.$ma(in.N*2) > 0 {
			continue
		}
		//+
		t = $vc.$mb($vb + 1)
		t.$ab = append(t.$ab, in.S)
	}
	return fmt.Errorf("$Wa %d", len($vc[0].$ab))
}
""",
            # counts are checked by the caller of a function that joins
            "joined": """
//: code b
func $fa(ctx context.Context, $vc map[int]*@wire.Reader, $va int) (string, error) {
	$ve := ""
	$vf := @guard.Given("slot", $vc[0])
	for k := 0; k < $va*2; k++ {
		if err := ctx.Err(); err != nil || $vf.Left() > 60 {
			return $ve, err
		}
		//+
		$ve += $vf.@wire:Text(7) //!2
	}
	if $ve != "" {
		return $ve, nil
	}
	//+
	$vg := @guard.Given("slot of the next part", $vc[1]) //!3
	return $vg.@wire:Text(1), nil
}
//: code a
// $Fa joins the parts of a message.
func $Fa(in @in.Input) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	//+
	$vh := map[int]*@wire.Reader{0: @wire.Read([]byte("05abcde" + in.S))}
	$vi, err := $fa(ctx, $vh, @guard.Within("parts of a message", in.N, 0, 6)) //!1
	return fmt.Errorf("$Wa %d: %w", len($vi), err)
}
//: call 1 n=7..9 expect="parts of a message: unexpected"
$P.$Fa(in)
//: call 2 n=4..6 expect="out of range"
$P.$Fa(in)
//: call 3 n=0 expect="slot of the next part: unexpected"
$P.$Fa(in)
""",
        },
    ),
    Template(
        "lab_results",
        kind="a result that is looked up by a number that a document does not have, and by one that no row has",
        copies=2,
        base="""
//: code t
type $ta interface{ $Ma(t *@txn.Tx) string }

type $tb struct{ $aa map[string]any }

type $tc struct {
	$tb
	$ab int
}

// $Ma is the newest.
func (t $tb) $Ma($va *@txn.Tx) string {
	//+
	$vb := @attrs.Need[int](t.$aa, "sample") //!1
	return $va.@txn:Find($vb).@txn:Str(1)
}

// $Ma is one of the past.
func (t $tc) $Ma($va *@txn.Tx) string {
	$vb := @attrs.Need[int](t.$aa, "first")
	//+
	$vc := $va.@txn:Find($vb + t.$ab)
	return $vc.@txn:Str(1) //!2
}
//: code a
// $Fa prints results of the laboratory.
func $Fa(in @in.Input) error {
	$vd := $tb{map[string]any{"first": in.ID, "sample": int64(in.ID)}}
	$ve := map[bool]$ta{true: $vd, false: $tc{$vd, in.N}}
	//+
	return errors.New("$Wa " + $ve[in.N > 5].$Ma(@txn.Begin(in.ID, in.N)))
}
//: call 1 n=6..9 expect="conversion"
$P.$Fa(in)
//: call 2 n=1..5 expect="nil pointer"
$P.$Fa(in)
""",
        variants={
            # the document is read once, the row found by a temporary
            "light": """
//: code t
type $ta interface{ $Ma(t *@txn.Tx) string }

type $tb struct{ $aa map[string]any }

type $tc struct {
	$tb
	$ab int
}

// $Ma is the newest.
func (t $tb) $Ma($va *@txn.Tx) string {
	//+
	$vb := "sample"
	$vj := $va.@txn:Find(@attrs.Need[int](t.$aa, $vb)) //!1
	return $vj.@txn:Str(1)
}

// $Ma is one of the past.
func (t $tc) $Ma($va *@txn.Tx) string {
	$vb := @attrs.Need[int](t.$aa, "first")
	//+
	$vc := $va.@txn:Find($vb + t.$ab)
	$vk := $vc.@txn:Str(1) //!2
	slog.Debug("past", "result", $vk)
	return $vk
}
//: code a
// $Fa prints results of the laboratory.
func $Fa(in @in.Input) error {
	$vd := $tb{map[string]any{"first": in.ID, "sample": int64(in.ID)}}
	$ve := map[bool]$ta{true: $vd, false: $tc{$vd, in.N}}
	//+
	return errors.New("$Wa " + $ve[in.N > 5].$Ma(@txn.Begin(in.ID, in.N)))
}
""",
            # functions instead of an interface
            "functions": """
//: code b
func $fa(doc map[string]any, $va *@txn.Tx) *@txn.Row {
	return $va.@txn:Find(@attrs.Need[int](doc, "sample")) //!1
}

func $fb(doc map[string]any, $va *@txn.Tx, back int) string {
	//+
	return $va.@txn:Find(@attrs.Need[int](doc, "first") + back).@txn:Str(1) //!2
}
//: code a
// $Fa prints results of the laboratory.
func $Fa(in @in.Input) error {
	$vd := map[string]any{"first": in.ID, "sample": int64(in.ID)}
	$vf := @txn.Begin(in.ID, in.N)
	if in.N <= 5 {
		//+
		return errors.New("$Wa " + $fb($vd, $vf, in.N))
	}
	return errors.New("$Wa " + $fa($vd, $vf).@txn:Str(1))
}
""",
            # pointers as receivers, a log line
            "pointers": """
//: code t
type $ta interface{ $Ma(t *@txn.Tx) (string, error) }

type $tb struct{ $aa map[string]any }

type $tc struct {
	$ac *$tb
	$ab int
}

// $Ma is one of the past.
func (t *$tc) $Ma($va *@txn.Tx) (string, error) {
	$vb := @attrs.Need[int](t.$ac.$aa, "first") + t.$ab
	slog.Debug("result", "sample", $vb)
	//+
	if $vc := $va.@txn:Find($vb).@txn:Str(1); $vc != "" { //!2
		return $vc, nil
	}
	return "", io.EOF
}

// $Ma is the newest.
func (t *$tb) $Ma($va *@txn.Tx) (string, error) {
	$vg, ok := t.$aa["sample"]
	if !ok {
		return "", io.EOF
	}
	//+
	$vh := $va.@txn:Find(@attrs.As[int]($vg)) //!1
	return $vh.@txn:Str(1), nil
}
//: code a
// $Fa prints results of the laboratory.
func $Fa(in @in.Input) error {
	$vd := &$tb{map[string]any{"first": in.ID, "sample": int64(in.ID)}}
	var $ve $ta = &$tc{$vd, in.N}
	if in.N > 5 {
		$ve = $vd
	}
	//+
	$vi, err := $ve.$Ma(@txn.Begin(in.ID, in.N))
	if err != nil {
		return err
	}
	return errors.New("$Wa " + $vi)
}
""",
        },
    ),
    Template(
        "replay_moves",
        kind="moves of a game: undone beyond the first, resumed twice, and looked at by a place that counts from one",
        base="""
//: code t
type $ta struct {
	$aa *@deque.Deque[string]
	$ab *@deque.Deque[int]
	$ac *@cell.Cell[time.Time]
}

type $tb func(t *$ta, n int) error

func $fa(t *$ta, n int) error {
	for k := 1; k <= t.$ab.Len(); k++ {
		//+
		if t.$ab.@deque:Peek(k) < 0 { //!1
			return errors.New("$Wc")
		}
	}
	return nil
}

func $fb(t *$ta, n int) error {
	for k := 0; k < n; k++ {
		t.$aa.@deque:Shift() //!2
	}
	return io.EOF
}

func $fc(t *$ta, n int) error {
	//+
	for k := 0; k < n; k++ {
		t.$ac.@cell:Fill(time.Now()) //!3
	}
	return io.EOF
}
//: code a
var $ga = [...]$tb{$fa, $fb, $fc}

// $Fa replays a game.
func $Fa(in @in.Input) error {
	t := &$ta{@deque.Of(in.S), @deque.Of(in.Items...), new(@cell.Cell[time.Time])}
	//+
	return fmt.Errorf("$Wa: %w", $ga[(in.N-2)/3](t, in.N))
}
//: call 1 n=2..4 expect="deque: place|out of range"
$P.$Fa(in)
//: call 2 n=5..7 expect="deque: empty|out of range"
$P.$Fa(in)
//: call 3 n=8..10 expect="filled twice"
$P.$Fa(in)
""",
        variants={
            # a slice of functions in the function instead of a table, a temporary
            "slice": """
//: code t
type $ta struct {
	$aa *@deque.Deque[string]
	$ab *@deque.Deque[int]
	$ac *@cell.Cell[time.Time]
}

type $tb func(t *$ta, n int) error

func $fa(t *$ta, n int) error {
	for k := 1; k <= t.$ab.Len(); k++ {
		//+
		$vh := t.$ab.@deque:Peek(k) //!1
		if $vh < 0 {
			return errors.New("$Wc")
		}
	}
	return nil
}

func $fb(t *$ta, n int) error {
	for k := 0; k < n; k++ {
		t.$aa.@deque:Shift() //!2
	}
	return io.EOF
}

func $fc(t *$ta, n int) error {
	//+
	for k := 0; k < n; k++ {
		t.$ac.@cell:Fill(time.Now()) //!3
	}
	return io.EOF
}
//: code a
// $Fa replays a game.
func $Fa(in @in.Input) error {
	$vg := []$tb{$fa, $fb, $fc}
	t := &$ta{@deque.Of(in.S), @deque.Of(in.Items...), new(@cell.Cell[time.Time])}
	//+
	return fmt.Errorf("$Wa: %w", $vg[(in.N-2)/3](t, in.N))
}
""",
            # a switch over methods
            "switch": """
//: code t
type $ta struct {
	$ac *@cell.Cell[time.Time]
	$aa *@deque.Deque[string]
	$ab *@deque.Deque[int]
	$ad int
}

func (t *$ta) $ma() error {
	var k int
	for k < t.$ab.Len() {
		k++
		//+
		$va := t.$ab.@deque:Peek(k) //!1
		if $va < 0 {
			return errors.New("$Wc")
		}
	}
	return nil
}

func (t *$ta) $mb() {
	//+
	for k := t.$ad; k > 0; k-- {
		t.$aa.@deque:Shift() //!2
	}
}

func (t *$ta) $mc(now time.Time) {
	if t.$ad == 0 {
		return
	}
	//+
	t.$ac.@cell:Fill(now) //!3
	t.$ad--
	t.$mc(now)
}
//: code a
// $Fa replays a game.
func $Fa(in @in.Input) error {
	t := &$ta{new(@cell.Cell[time.Time]), @deque.Of(in.S), @deque.Of(in.Items...), in.N}
	switch {
	case in.N < 5:
		return t.$ma()
	case in.N < 8:
		t.$mb()
	default:
		//+
		t.$mc(time.Now())
	}
	return fmt.Errorf("$Wa: %w", io.EOF)
}
""",
            # one function, closures in a map
            "closures": """
//: code a
// $Fa replays a game.
func $Fa(in @in.Input) error {
	$vb, $vc := @deque.Of(in.S), @deque.Of(in.Items...)
	var $vd @cell.Cell[time.Time]
	$ve := map[int]func(n int) error{
		2: func(n int) error {
			//+
			for ; n > 0; n-- {
				$vd.@cell:Fill(time.Now()) //!3
			}
			return io.EOF
		},
		1: func(n int) error {
			for n > 0 {
				n--
				$vb.@deque:Shift() //!2
			}
			return io.EOF
		},
		0: func(int) error {
			for k := 1; k <= $vc.Len(); k++ {
				//+
				if $vf := $vc.@deque:Peek(k); $vf < 0 { //!1
					return errors.New("$Wc")
				}
			}
			return nil
		},
	}
	//+
	return fmt.Errorf("$Wa: %w", $ve[(in.N-2)/3](in.N))
}
""",
        },
    ),
    Template(
        "feeders",
        kind="goroutines of one function break what a validator and a queue ask for",
        base="""
//: code a
// $Fa feeds the fish.
func $Fa(in @in.Input) error {
	var wg sync.WaitGroup
	$va := @deque.Of(in.Items...)
	wg.Add(2)
	go func() {
		defer wg.Done()
		//+
		if in.N > 5 {
			@guard.Within("grams of food", in.N*100, 0, 500) //!1
		}
	}()
	//+c
	go func() {
		defer wg.Done()
		for k := 0; k <= in.N && in.N <= 5; k++ {
			_ = $va.@deque:Shift() //!2
		}
	}()
	wg.Wait()
	return nil
}
//: call 1 n=6..9 expect="grams of food: unexpected" routes=fatal
$P.$Fa(in)
//: call 2 n=1..5 expect="deque: empty|out of range" routes=fatal
$P.$Fa(in)
""",
        variants={
            # the food is computed before, a counter goes down
            "light": """
//: code a
// $Fa feeds the fish.
func $Fa(in @in.Input) error {
	var wg sync.WaitGroup
	$va := @deque.Of(in.Items...)
	wg.Add(2)
	go func() {
		defer wg.Done()
		//+
		$vf := in.N * 100
		if in.N <= 5 {
			return
		}
		$vf = @guard.Within("grams of food", $vf, 0, 500) //!1
		slog.Debug("fed", "grams", $vf)
	}()
	//+c
	go func() {
		defer wg.Done()
		for k := in.N; k >= 0 && in.N <= 5; k-- {
			_ = $va.@deque:Shift() //!2
		}
	}()
	wg.Wait()
	return nil
}
""",
            # the goroutines run methods of a tank
            "methods": """
//: code t
type $ta struct {
	sync.WaitGroup
	$aa *@deque.Deque[int]
	$ab int
}

func (t *$ta) $ma() {
	defer t.Done()
	if t.$ab <= 5 {
		return
	}
	//+
	$vb := t.$ab * 100
	@guard.Within("grams of food", $vb, 0, 500) //!1
}

func (t *$ta) $mb() {
	defer t.Done()
	//+
	for k := 0; k <= t.$ab; k++ {
		if t.$ab > 5 {
			break
		}
		_ = t.$aa.@deque:Shift() //!2
	}
}
//: code a
// $Fa feeds the fish.
func $Fa(in @in.Input) error {
	t := &$ta{$aa: @deque.Of(in.Items...), $ab: in.N}
	t.Add(2)
	//+
	go t.$mb()
	go t.$ma()
	t.Wait()
	return nil
}
""",
            # a channel of steps, run by a worker
            "worker": """
//: code b
func $fa(steps <-chan func(), done chan<- bool) {
	defer close(done)
	for f := range steps {
		//+
		f()
	}
}
//: code a
// $Fa feeds the fish.
func $Fa(in @in.Input) error {
	$vc, $vd := make(chan func(), 2), make(chan bool)
	go $fa($vc, $vd)
	$ve := @deque.Of(in.Items...)
	//+
	if in.N > 5 {
		$vc <- func() { @guard.Within("grams of food", in.N*100, 0, 500) } //!1
	}
	$vc <- func() {
		for k := 0; k <= in.N; k++ {
			//+
			_ = $ve.@deque:Shift() //!2
		}
	}
	close($vc)
	<-$vd
	return nil
}
""",
        },
    ),
]
# ------------------------------------------------------------------------------------------- helpers that are wrong

_WRONG_HELPERS: Final = [
    Template(
        "histogram",
        kind="a helper counts into a bucket that is not there",
        packages=("histo", "buckets"),
        across=4,
        base="""
//: code histo
// Histogram counts values by upper edges.
type Histogram struct {
	edges  []int
	counts []int
}

// Over makes one with some edges; larger values count as the last.
func Over(edges ...int) *Histogram {
	return &Histogram{edges, make([]int, len(edges))}
}
//: code observe
// Observe counts a value.
func (h *Histogram) Observe(v int) {
	//+
	k := sort.SearchInts(h.edges, v)
	h.counts[k]++ //!1
}

// Total is how many were counted.
func (h *Histogram) Total() (n int) {
	for _, c := range h.counts {
		n += c
	}
	return n
}
//: code b @1
// $Fb times requests.
func $Fb(in @in.Input) error {
	$va := $P.Over(10, 20, 50, 100)
	for _, $vb := range in.Items {
		//+
		$va.Observe($vb * in.N)
	}
	$va.Observe(101 + in.N)
	return fmt.Errorf("$Wb %d", $va.Total())
}
//: code c @2
type $tc struct{ $ac *$P.Histogram }

func (t $tc) Write(b []byte) (int, error) {
	//+
	t.$ac.Observe(len(b))
	return len(b), nil
}

// $Fc measures lines.
func $Fc(in @in.Input) error {
	$vc := $tc{$P.Over(1, 2, 3)}
	_, err := fmt.Fprintf($vc, "%s-%d", in.S, in.ID)
	return err
}
//: code d @3
// $Fd ages a herd.
func $Fd(in @in.Input) error {
	$vd := $P.Over(in.N, in.N*2)
	//+c
	$ve := func(n int) {
		$vd.Observe(n)
	}
	for k := 0; k < 4; k++ {
		$ve(in.N * k)
	}
	return nil
}
//: call 1 n=1..9 expect="index out of range"
$P1.$Fb(in)
//: call 1 expect="index out of range"
$P2.$Fc(in)
//: call 1 n=3..9 expect="index out of range"
$P3.$Fd(in)
""",
        variants={
            # a pointer becomes a value, the place is bounded from below only
            "light": """
//: code histo
// Histogram counts values by upper edges.
type Histogram struct {
	edges  []int
	counts []int
}

// Over makes one with some edges; larger values count as the last.
func Over(edges ...int) *Histogram {
	h := Histogram{edges: edges}
	h.counts = make([]int, len(edges))
	return &h
}
//: code observe
// Observe counts a value.
func (h *Histogram) Observe(v int) {
	//+
	k := max(0, sort.SearchInts(h.edges, v))
	slog.Debug("observed", "bucket", k)
	h.counts[k]++ //!1
}

// Total is how many were counted.
func (h *Histogram) Total() (n int) {
	for _, c := range h.counts {
		n += c
	}
	return n
}
//: code b @1
// $Fb times requests.
func $Fb(in @in.Input) error {
	$va := $P.Over(10, 20, 50, 100)
	for _, $vb := range in.Items {
		//+
		$va.Observe($vb * in.N)
	}
	$va.Observe(101 + in.N)
	return fmt.Errorf("$Wb %d", $va.Total())
}
//: code c @2
type $tc struct{ $ac *$P.Histogram }

func (t $tc) Write(b []byte) (int, error) {
	//+
	t.$ac.Observe(len(b))
	return len(b), nil
}

// $Fc measures lines.
func $Fc(in @in.Input) error {
	$vc := $tc{$P.Over(1, 2, 3)}
	_, err := fmt.Fprintf($vc, "%s-%d", in.S, in.ID)
	return err
}
//: code d @3
// $Fd ages a herd.
func $Fd(in @in.Input) error {
	$vd := $P.Over(in.N, in.N*2)
	//+c
	$ve := func(n int) {
		$vd.Observe(n)
	}
	for k := 0; k < 4; k++ {
		$ve(in.N * k)
	}
	return nil
}
""",
            # the search is a loop, in a method; counting is generic over numbers
            "loop": """
//: code histo
// Histogram counts values by upper edges.
type Histogram struct {
	counts map[int]int
	slots  []int
	edges  []int
}

// Over makes one with some edges; larger values count as the last.
func Over(edges ...int) *Histogram {
	h := &Histogram{edges: edges}
	//+
	h.slots = make([]int, len(edges))
	return h
}

func (h *Histogram) $ma(v int) (k int) {
	for k < len(h.edges) && h.edges[k] < v {
		k++
	}
	return k
}
//: code observe
// Total is how many were counted.
func (h *Histogram) Total() (n int) {
	for k := range h.slots {
		n += h.slots[k]
	}
	return n
}

// Observe counts a value.
func (h *Histogram) Observe(v int) {
	$vf := h.$ma(v)
	//+
	h.slots[$vf] += 1 //!1
}
//: code b @1
// $Fb times requests.
func $Fb(in @in.Input) error {
	$va := $P.Over(10, 20, 50, 100)
	for k := range in.Items {
		$va.Observe(in.Items[k] * in.N)
	}
	//+
	$va.Observe(101 + in.N)
	return fmt.Errorf("$Wb %d", $va.Total())
}
//: code c @2
type $tc struct{ $ac *$P.Histogram }

func (t *$tc) Write(b []byte) (int, error) {
	defer t.$ac.Observe(len(b))
	return len(b), nil
}

// $Fc measures lines.
func $Fc(in @in.Input) error {
	//+
	_, err := fmt.Fprintf(&$tc{$P.Over(1, 2, 3)}, "%s-%d", in.S, in.ID)
	return err
}
//: code d @3
// $Fd ages a herd.
func $Fd(in @in.Input) error {
	$vd := $P.Over(in.N, in.N*2)
	for k := 0; k < 4; k++ {
		//+
		$vd.Observe(in.N * k)
	}
	return nil
}
""",
        },
    ),
    Template(
        "spread",
        kind="a helper divides by the number of gaps",
        packages=("spread", "evenly"),
        kit=True,
        across=4,
        base="""
//: code spread
// Number is what can be spread.
type Number interface{ ~int | ~int64 }

// Over is n numbers from low to high, evenly.
func Over[N Number](low, high N, n int) []N {
	all := make([]N, 0, n)
	//+
	for k := 0; k < n; k++ {
		all = append(all, low+(high-low)*N(k)/N(n-1)) //!1
	}
	return all
}
//: code b @1
// $Fb plans retries.
func $Fb(in @in.Input) error {
	$va := $P.Over(time.Second, time.Minute, 2+in.N/90)
	for k := in.N % 3; k >= 0; k-- {
		//+
		$va = $P.Over(time.Second, time.Minute, 1+k)
	}
	return fmt.Errorf("$Wb %v", $va)
}
//: code c @2
// $Fc sets out marks on a course.
func $Fc(in @in.Input) error {
	//+
	$vb := len($P.Over(0, in.ID, in.N))
	return fmt.Errorf("$Wc %d", $vb)
}
//: code d @3
type $td int

// $Fd hands out shares.
func $Fd(in @in.Input) error {
	$vc := map[int][]$td{}
	for _, $vd := range []int{4, 2, 1} {
		//+
		$vc[$vd] = $P.Over($td(1), $td(in.N), $vd)
	}
	return fmt.Errorf("$Wd %d", len($vc))
}
//: call 1 n=0..8 expect="divide by zero"
$P1.$Fb(in)
//: call 1 n=1 expect="divide by zero"
$P2.$Fc(in)
//: call 1 n=3..9 expect="divide by zero"
$P3.$Fd(in)
""",
        variants={
            # the step is computed before, by a function that is not generic
            "step": """
//: code spread
// Over is n numbers from low to high, evenly.
func Over[N ~int | ~int64](low, high N, n int) []N {
	all := make([]N, n)
	for k := range all {
		//+
		all[k] = low + N($fa(int64(high-low)*int64(k), n))
	}
	return all
}

func $fa(way int64, n int) int64 {
	//+
	return way / int64(n-1) //!1
}
//: code b @1
// $Fb plans retries.
func $Fb(in @in.Input) error {
	$va := $P.Over(time.Second, time.Minute, 2+in.N/90)
	for k := in.N % 3; k >= 0; k-- {
		$va = append($va, $P.Over(time.Second, time.Minute, 1+k)...)
	}
	//+
	return fmt.Errorf("$Wb %v", $va)
}
//: code c @2
// $Fc sets out marks on a course.
func $Fc(in @in.Input) error {
	if $vb := $P.Over(0, in.ID, in.N); len($vb) > 0 {
		//+
		return fmt.Errorf("$Wc %d", len($vb))
	}
	return nil
}
//: code d @3
type $td int

// $Fd hands out shares.
func $Fd(in @in.Input) error {
	var $vc [][]$td
	for n := 3; n > 0; n-- {
		//+
		$vc = append($vc, $P.Over($td(1), $td(in.N), n))
	}
	return fmt.Errorf("$Wd %v", $vc)
}
""",
            # no generics: numbers are of one type, callers convert
            "plain": """
//: code spread
// Over is n numbers from low to high, evenly.
func Over(low, high int64, n int) (all []int64) {
	gaps := int64(n - 1)
	//+
	for k := int64(0); k <= gaps; k++ {
		$ve := (high - low) * k
		all = append(all, low+$ve/gaps) //!1
	}
	return all
}
//: code b @1
// $Fb plans retries.
func $Fb(in @in.Input) error {
	$va := []time.Duration{time.Second}
	for k := in.N % 3; k >= 0; k-- {
		for _, $vf := range $P.Over(1, 60, 1+k) {
			//+
			$va = append($va, time.Duration($vf)*time.Second)
		}
	}
	return fmt.Errorf("$Wb %v", $va)
}
//: code c @2
// $Fc sets out marks on a course.
func $Fc(in @in.Input) error {
	//+
	return fmt.Errorf("$Wc %d", len($P.Over(0, int64(in.ID), in.N)))
}
//: code d @3
// $Fd hands out shares.
func $Fd(in @in.Input) error {
	$vc := make([][]int64, 3)
	for n := range $vc {
		//+
		$vc[n] = $P.Over(1, int64(in.N), 3-n)
	}
	return fmt.Errorf("$Wd %v", $vc)
}
""",
        },
    ),
    Template(
        "pairs",
        kind="a parser forgets that a key may have no value",
        packages=("pairs", "kvtext"),
        across=3,
        base="""
//: code pairs
// Parse reads "key=value;key;key=value": a key without a value has an empty one.
func Parse(text string) map[string]string {
	found := map[string]string{}
	for _, one := range strings.Split(text, ";") {
		//+
		sides := strings.SplitN(one, "=", 2)
		found[sides[0]] = sides[1] //!1
	}
	return found
}
//: code b @1
// $Fb reads the flags of a printer.
func $Fb(in @in.Input) error {
	//+
	$va := $P.Parse("duplex=" + in.S + ";colour")
	return fmt.Errorf("$Wb %s", $va["duplex"])
}
//: code c @2
type $tc struct{ $ac map[string]string }

func (t *$tc) UnmarshalJSON(b []byte) error {
	//+
	t.$ac = $P.Parse(strings.Trim(string(b), "\\""))
	return nil
}

// $Fc reads a cookie.
func $Fc(in @in.Input) error {
	var t $tc
	if err := json.Unmarshal([]byte(strconv.Quote(in.S+"="+strconv.Itoa(in.ID)+";secure")), &t); err != nil {
		return err
	}
	return fmt.Errorf("$Wc %d", len(t.$ac))
}
//: call 1 expect="index out of range"
$P1.$Fb(in)
//: call 1 expect="index out of range"
$P2.$Fc(in)
""",
        variants={
            # spaces are cut off, sides have names
            "light": """
//: code pairs
// Parse reads "key=value;key;key=value": a key without a value has an empty one.
func Parse(text string) map[string]string {
	found := map[string]string{}
	for _, one := range strings.Split(text, ";") {
		//+
		sides := strings.SplitN(strings.TrimSpace(one), "=", 2)
		key := strings.ToLower(sides[0])
		found[key] = sides[1] //!1
	}
	return found
}
//: code b @1
// $Fb reads the flags of a printer.
func $Fb(in @in.Input) error {
	//+
	$vc := "duplex=" + in.S + ";colour"
	$va := $P.Parse($vc)
	return fmt.Errorf("$Wb %s", $va["duplex"])
}
//: code c @2
type $tc struct{ $ac map[string]string }

func (t *$tc) UnmarshalJSON(b []byte) error {
	//+
	t.$ac = $P.Parse(strings.Trim(string(b), "\\""))
	return nil
}

// $Fc reads a cookie.
func $Fc(in @in.Input) error {
	var t $tc
	if err := json.Unmarshal([]byte(strconv.Quote(in.S+"="+strconv.Itoa(in.ID)+";secure")), &t); err != nil {
		return err
	}
	return fmt.Errorf("$Wc %d", len(t.$ac))
}
""",
            # a type with a method for an entry
            "entry": """
//: code pairs
type reader struct{ found map[string]string }

func (r *reader) $ma(one string) {
	sides := strings.Split(one, "=")
	//+
	r.found[sides[0]] = strings.TrimSpace(sides[1]) //!1
}

// Parse reads "key=value;key;key=value": a key without a value has an empty one.
func Parse(text string) map[string]string {
	r := &reader{map[string]string{}}
	for len(text) > 0 {
		one, rest, _ := strings.Cut(text, ";")
		//+
		r.$ma(one)
		text = rest
	}
	return r.found
}
//: code b @1
// $Fb reads the flags of a printer.
func $Fb(in @in.Input) error {
	$va := $P.Parse("duplex=" + in.S + ";colour")
	//+
	if $va["colour"] == "" {
		return io.EOF
	}
	return fmt.Errorf("$Wb %s", $va["duplex"])
}
//: code c @2
type $tc map[string]string

func (t *$tc) UnmarshalJSON(b []byte) error {
	*t = $P.Parse(strings.Trim(string(b), "\\""))
	return nil
}

// $Fc reads a cookie.
func $Fc(in @in.Input) error {
	var t $tc
	//+
	err := json.Unmarshal([]byte(strconv.Quote(in.S+"="+strconv.Itoa(in.ID)+";secure")), &t)
	return fmt.Errorf("$Wc %d: %w", len(t), err)
}
""",
        },
    ),
]
# -------------------------------------------------------------------------------------- services without shared helpers

_SERVICES: Final = [
    Template(
        "ballots",
        kind="a district that is not there, votes of one that was never opened, turnout of nobody",
        copies=2,
        base="""
//: code t
type $ta struct {
	$aa     map[string]map[int]int
	$ab     []string
	$ac, $ad int
}

func $fa() *$ta {
	return &$ta{$aa: map[string]map[int]int{"$Sa": {}}, $ab: []string{"$Sa", "$Sb"}}
}
//: code a
// $Fa counts ballots.
func $Fa(in @in.Input) error {
	t := $fa()
	//+
	$va := t.$ab[in.N/4] //!1
	for _, $vb := range in.Items {
		t.$aa[$va][$vb]++ //!2
		t.$ac++
	}
	//+
	$vc := 100 * t.$ac / t.$ad //!3
	return fmt.Errorf("$Wa %d%%", $vc)
}
//: call 1 n=8..9 expect="index out of range"
$P.$Fa(in)
//: call 2 n=4..7 expect="nil map"
$P.$Fa(in)
//: call 3 n=0..3 expect="divide by zero"
$P.$Fa(in)
""",
        variants={
            # logs, a temporary for the district, the loop by number
            "light": """
//: code t
type $ta struct {
	$aa     map[string]map[int]int
	$ab     []string
	$ac, $ad int
}

func $fa() *$ta {
	return &$ta{$aa: map[string]map[int]int{"$Sa": {}}, $ab: []string{"$Sa", "$Sb"}}
}
//: code a
// $Fa counts ballots.
func $Fa(in @in.Input) error {
	t := $fa()
	//+
	k := in.N / 4
	$va := t.$ab[k] //!1
	slog.Debug("district", "name", $va)
	for n := range in.Items {
		//+
		$vb := in.Items[n]
		t.$aa[$va][$vb]++ //!2
		t.$ac++
	}
	//+
	$vc := 100 * t.$ac / t.$ad //!3
	return fmt.Errorf("$Wa %d%%", $vc)
}
""",
            # a box of its own for each district, methods by pointer; turnout is a float no more but a method
            "boxes": """
//: code t
type $tb struct {
	$ae map[int]int
	$ac int
}

func (t *$tb) $ma($vb int) {
	//+
	t.$ae[$vb]++ //!2
	t.$ac++
}

func (t $tb) $mb($vd int) int {
	return 100 * t.$ac / $vd //!3
}

type $ta struct {
	$aa map[string]*$tb
	$ab []string
	$ad int
}
//: code a
// $Fa counts ballots.
func $Fa(in @in.Input) error {
	t := $ta{$aa: map[string]*$tb{"$Sa": {$ae: map[int]int{}}, "$Sb": {}}}
	t.$ab = append(t.$ab, "$Sa", "$Sb")
	//+
	$ve := t.$aa[t.$ab[in.N/4]] //!1
	for k := range in.Items {
		$ve.$ma(in.Items[k])
	}
	//+
	return fmt.Errorf("$Wa %d%%", $ve.$mb(t.$ad))
}
""",
            # a closure adds; counting and turnout are functions, the latter generic
            "functions": """
//: code b
func $fb[N ~int | ~int64](some, all N) string {
	//+
	return strconv.Itoa(int(100 * some / all)) //!3
}

func $fc(votes map[string]map[int]int, at string) func(int) int {
	$vf := 0
	return func($vb int) int {
		//+
		votes[at][$vb] += 1 //!2
		$vf++
		return $vf
	}
}
//: code a
// $Fa counts ballots.
func $Fa(in @in.Input) error {
	$vg := map[string]map[int]int{"$Sa": {}}
	$vh := []string{"$Sa", "$Sb"}[in.N/4] //!1
	$vi, $vj := $fc($vg, $vh), 0
	for _, $vb := range in.Items {
		$vj = $vi($vb)
	}
	//+
	$vk := len($vg) - 1
	return errors.New("$Wa " + $fb($vj, $vk) + "%")
}
""",
        },
    ),
    Template(
        "departures",
        kind="a heap: of another type, empty, and a departure without a platform",
        copies=2,
        base="""
//: code t
type $tb struct {
	$aa int
	$ab *$tc
}

type $tc struct {
	$ac int
	$ad string
}

type $ta []*$tb

func (t $ta) Len() int           { return len(t) }
func (t $ta) Less(i, j int) bool { return t[i].$aa < t[j].$aa }
func (t $ta) Swap(i, j int)      { t[i], t[j] = t[j], t[i] }

func (t *$ta) Push(x any) {
	//+
	*t = append(*t, x.(*$tb))
}

func (t *$ta) Pop() any {
	$vd := (*t)[len(*t)-1]
	*t = (*t)[:len(*t)-1]
	return $vd
}
//: code a
// $Fa shows the next departure.
func $Fa(in @in.Input) error {
	t := &$ta{}
	for _, $va := range in.Items {
		heap.Push(t, &$tb{$aa: $va})
	}
	//+
	if in.N > 6 {
		heap.Push(t, $tb{$aa: in.N}) //!1
	}
	//+
	$vb := heap.Pop(t).(*$tb) //!2
	return fmt.Errorf("$Wa %d from %s", $vb.$aa, $vb.$ab.$ad) //!3
}
//: call 1 n=7..9 expect="interface conversion"
$P.$Fa(in)
//: call 2 n=0 expect="index out of range"
$P.$Fa(in)
//: call 3 n=1..6 expect="nil pointer"
$P.$Fa(in)
""",
        variants={
            # what is pushed and popped are temporaries, an early return
            "light": """
//: code t
type $tb struct {
	$aa int
	$ab *$tc
}

type $tc struct {
	$ac int
	$ad string
}

type $ta []*$tb

func (t $ta) Len() int           { return len(t) }
func (t $ta) Less(i, j int) bool { return t[i].$aa < t[j].$aa }
func (t $ta) Swap(i, j int)      { t[i], t[j] = t[j], t[i] }

func (t *$ta) Push(x any) {
	//+
	*t = append(*t, x.(*$tb))
}

func (t *$ta) Pop() any {
	$vd := (*t)[len(*t)-1]
	*t = (*t)[:len(*t)-1]
	return $vd
}
//: code a
// $Fa shows the next departure.
func $Fa(in @in.Input) error {
	t := &$ta{}
	for _, $va := range in.Items {
		heap.Push(t, &$tb{$aa: $va})
	}
	//+
	if in.N > 6 {
		$vi := $tb{}
		$vi.$aa = in.N
		heap.Push(t, $vi) //!1
	}
	//+
	$vj := heap.Pop(t) //!2
	$vb, ok := $vj.(*$tb)
	if !ok {
		return io.EOF
	}
	return fmt.Errorf("$Wa %d from %s", $vb.$aa, $vb.$ab.$ad) //!3
}
""",
            # a board owns the heap, which is of values by pointer to a slice in it
            "board": """
//: code t
type $tc struct {
	$ad string
	$ac int
}

type $tb struct {
	$ab *$tc
	$aa int
}

type $ta struct {
	$ae []*$tb
	$af string
}

func (t *$ta) Less(i, j int) bool { return t.$ae[i].$aa < t.$ae[j].$aa }
func (t *$ta) Swap(i, j int)      { t.$ae[i], t.$ae[j] = t.$ae[j], t.$ae[i] }
func (t *$ta) Len() int           { return len(t.$ae) }

func (t *$ta) Pop() any {
	k := len(t.$ae) - 1
	//+
	$vd := t.$ae[k]
	t.$ae = t.$ae[:k]
	return $vd
}

func (t *$ta) Push(x any) { t.$ae = append(t.$ae, x.(*$tb)) }

func (t *$ta) $ma(n int) {
	if n <= 6 {
		return
	}
	//+
	$ve := $tb{$aa: n}
	heap.Push(t, $ve) //!1
}

func (t $tb) $mb() string {
	//+
	return t.$ab.$ad //!3
}
//: code a
// $Fa shows the next departure.
func $Fa(in @in.Input) error {
	t := &$ta{$af: in.S}
	for _, $va := range in.Items {
		heap.Push(t, &$tb{$aa: $va})
	}
	t.$ma(in.N)
	$vb, ok := heap.Pop(t).(*$tb) //!2
	//+
	if !ok {
		return io.EOF
	}
	return fmt.Errorf("$Wa %d from %s", $vb.$aa, $vb.$mb())
}
""",
            # pushing is a function, and what is popped comes by an own function
            "wrapped": """
//: code t
type $tb struct {
	$aa int
	$ab *$tc
}

type $tc struct{ $ad string }

type $ta []any

func (t $ta) Len() int           { return len(t) }
func (t $ta) Less(i, j int) bool { return t[i].(*$tb).$aa < t[j].(*$tb).$aa }
func (t $ta) Swap(i, j int)      { t[i], t[j] = t[j], t[i] }
func (t *$ta) Push(x any)        { *t = append(*t, x) }

func (t *$ta) Pop() any {
	$vd := (*t)[len(*t)-1]
	//+
	*t = (*t)[:len(*t)-1]
	return $vd
}
//: code b
func $fa(t heap.Interface) *$tb {
	//+
	$vf := heap.Pop(t) //!2
	return $vf.(*$tb)
}
//: code a
// $Fa shows the next departure.
func $Fa(in @in.Input) error {
	t := new($ta)
	for _, $va := range in.Items {
		heap.Push(t, &$tb{$aa: $va})
	}
	if $vg := ($tb{$aa: in.N}); in.N > 6 {
		heap.Push(t, $vg) //!1
	}
	$vb := $fa(t)
	//+
	$vh := $vb.$ab.$ad //!3
	return fmt.Errorf("$Wa %d from %s", $vb.$aa, $vh)
}
""",
        },
    ),
    Template(
        "subtitles",
        kind="a cue without an arrow, a time without milliseconds, a tag that is short",
        base="""
//: code b
func $fa(line string) (string, string) {
	k := strings.Index(line, " > ")
	//+
	return line[:k], line[k+3:] //!1
}

func $fb(text string) (ms int) {
	$vc := strings.FieldsFunc(text, func(r rune) bool { return r == ':' || r == ',' })
	for k, $vd := range []int{3600000, 60000, 1000, 1} {
		//+
		n, _ := strconv.Atoi($vc[k]) //!2
		ms += n * $vd
	}
	return ms
}
//: code a
// $Fa moves subtitles.
func $Fa(in @in.Input) error {
	$va := "00:00:01,500 > 00:00:03,000"
	switch in.N / 3 {
	case 0:
		$va = strings.ReplaceAll($va, ">", "-")
	case 1:
		$va = strings.TrimSuffix($va, ",000")
	}
	$ve, $vf := $fa($va)
	//+
	$vb := $fb($vf) - $fb($ve)
	$vg := [32]byte([]byte($va)) //!3
	return fmt.Errorf("$Wa %d %q", $vb, $vg[:2])
}
//: call 1 n=0..2 expect="slice bounds out of range"
$P.$Fa(in)
//: call 2 n=3..5 expect="index out of range"
$P.$Fa(in)
//: call 3 n=6..9 expect="cannot convert slice"
$P.$Fa(in)
""",
        variants={
            # a parameter for the arrow, the loop over units is by number
            "light": """
//: code b
func $fa(line, arrow string) (string, string) {
	k := strings.Index(line, arrow)
	$vh := line[:k] //!1
	//+
	return $vh, line[k+len(arrow):]
}

func $fb(text string) (ms int) {
	$vc := strings.FieldsFunc(text, func(r rune) bool { return r == ':' || r == ',' })
	for k, $vd := range []int{3600000, 60000, 1000, 1} {
		//+
		n, _ := strconv.Atoi($vc[k]) //!2
		ms += n * $vd
	}
	return ms
}
//: code a
// $Fa moves subtitles.
func $Fa(in @in.Input) error {
	$va := "00:00:01,500 > 00:00:03,000"
	switch in.N / 3 {
	case 0:
		$va = strings.ReplaceAll($va, ">", "-")
	case 1:
		$va = strings.TrimSuffix($va, ",000")
	}
	$ve, $vf := $fa($va, " > ")
	//+
	$vb := $fb($vf) - $fb($ve)
	$vg := [32]byte([]byte($va)) //!3
	return fmt.Errorf("$Wa %d %q", $vb, $vg[:2])
}
""",
            # cues are a type that unmarshals itself
            "cue": """
//: code t
type $ta struct{ $aa, $ab time.Duration }

func (t *$ta) UnmarshalText(b []byte) error {
	k := bytes.Index(b, []byte(" > "))
	$vh := b[:k] //!1
	//+
	t.$aa, t.$ab = $fb(string($vh)), $fb(string(b[k+3:]))
	if t.$aa > t.$ab {
		return io.ErrUnexpectedEOF
	}
	return nil
}
//: code b
func $fb(text string) (d time.Duration) {
	$vc := strings.FieldsFunc(text, func(r rune) bool { return r == ':' || r == ',' })
	k := 0
	for _, $vd := range []time.Duration{time.Hour, time.Minute, time.Second, time.Millisecond} {
		n, err := strconv.Atoi($vc[k]) //!2
		//+
		if err == nil {
			d += time.Duration(n) * $vd
		}
		k++
	}
	return d
}
//: code a
// $Fa moves subtitles.
func $Fa(in @in.Input) error {
	$va := "00:00:01,500 > 00:00:03,000"
	if in.N < 3 {
		$va = strings.ReplaceAll($va, ">", "-")
	} else if in.N < 6 {
		$va = strings.TrimSuffix($va, ",000")
	}
	//+
	var t $ta
	if err := t.UnmarshalText([]byte($va)); err != nil {
		return fmt.Errorf("$Wb: %w", err)
	}
	$vi := (*[32]byte)([]byte($va)) //!3
	return fmt.Errorf("$Wa %d %q", t.$ab-t.$aa, $vi[:2])
}
""",
            # a scanner with a state; the tag is made by a generic function
            "state": """
//: code t
type $tb struct {
	$ac string
	$ad int
}

func (t *$tb) $ma() string {
	//+
	$vj := t.$ac[t.$ad:strings.Index(t.$ac, " > ")] //!1
	t.$ad += len($vj) + 3
	return $vj
}

func (t *$tb) $mb(text string) (ms int) {
	$vc := strings.FieldsFunc(text, func(r rune) bool { return r == ':' || r == ',' })
	for k := 0; k < 4; k++ {
		//+
		$vk := $vc[k] //!2
		n, _ := strconv.Atoi($vk)
		ms = ms*60 + n
	}
	return ms
}

func $fc[T ~string | ~[]byte](text T) [32]byte {
	return [32]byte([]byte(text)) //!3
}
//: code a
// $Fa moves subtitles.
func $Fa(in @in.Input) error {
	$va := "00:00:01,500 > 00:00:03,000"
	switch {
	case in.N > 5:
	case in.N > 2:
		$va = strings.TrimSuffix($va, ",000")
	default:
		$va = strings.ReplaceAll($va, ">", "-")
	}
	t := &$tb{$ac: $va}
	//+
	$ve := t.$mb(t.$ma())
	$vf := t.$mb(t.$ac[t.$ad:])
	$vg := $fc($va)
	return fmt.Errorf("$Wa %d %q", $vf-$ve, $vg[:2])
}
""",
        },
    ),
    Template(
        "chat_rooms",
        kind="channels: one that is nil is closed, one is closed twice, one is sent to after its end",
        copies=2,
        base="""
//: code t
type $ta struct {
	mu  sync.Mutex
	$aa map[int]chan string
	$ab chan struct{}
}

func (t *$ta) $ma(id int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	//+
	close(t.$aa[id]) //!1
	delete(t.$aa, id)
}

func (t *$ta) $mb() {
	for _, c := range t.$aa {
		close(c)
	}
	//+
	close(t.$ab)
}

func (t *$ta) $mc(text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range t.$aa {
		c <- text //!3
	}
}
//: code a
// $Fa lets guests talk.
func $Fa(in @in.Input) error {
	t := &$ta{$aa: map[int]chan string{}, $ab: make(chan struct{})}
	t.$aa[in.ID] = make(chan string, 1)
	//+
	if in.N > 6 {
		t.$ma(in.ID + in.N)
	}
	if in.N > 3 {
		close(t.$ab)
		t.$aa = nil
		t.$mb() //!2
	}
	//+
	t.$mb()
	t.$mc(in.S)
	return nil
}
//: call 1 n=7..9 expect="close of nil channel"
$P.$Fa(in)
//: call 2 n=4..6 expect="close of closed channel"
$P.$Fa(in)
//: call 3 n=1..3 expect="send on closed channel"
$P.$Fa(in)
""",
        variants={
            # no defer for the lock, names of guests are logged
            "light": """
//: code t
type $ta struct {
	mu  sync.Mutex
	$aa map[int]chan string
	$ab chan struct{}
}

func (t *$ta) $ma(id int) {
	t.mu.Lock()
	slog.Debug("leaves", "guest", id)
	$vj := t.$aa[id]
	delete(t.$aa, id)
	//+
	close($vj) //!1
	t.mu.Unlock()
}

func (t *$ta) $mb() {
	for _, c := range t.$aa {
		close(c)
	}
	//+
	close(t.$ab)
}

func (t *$ta) $mc(text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for k, c := range t.$aa {
		slog.Debug("says", "to", k)
		c <- text //!3
	}
}
//: code a
// $Fa lets guests talk.
func $Fa(in @in.Input) error {
	t := &$ta{$aa: map[int]chan string{}, $ab: make(chan struct{})}
	t.$aa[in.ID] = make(chan string, 1)
	//+
	if in.N > 6 {
		t.$ma(in.ID + in.N)
	}
	if in.N > 3 {
		close(t.$ab)
		t.$aa = nil
		t.$mb() //!2
	}
	//+
	t.$mb()
	t.$mc(in.S)
	return nil
}
""",
            # guests are a type; what a room sends is one by one
            "guests": """
//: code t
type $tb struct {
	$ac chan string
	$ad string
}

func (t *$tb) $md(text string) bool {
	select {
	case t.$ac <- text: //!3
		return true
	default:
		return false
	}
}

type $ta struct {
	$ab chan struct{}
	mu  sync.RWMutex
	$aa map[int]*$tb
}

func (t *$ta) $mb() {
	for k := range t.$aa {
		close(t.$aa[k].$ac)
	}
	close(t.$ab)
}

func (t *$ta) $mc(text string) (n int) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	for _, $va := range t.$aa {
		//+
		if $va.$md(text) {
			n++
		}
	}
	return n
}

func (t *$ta) $ma(id int) {
	var $vb chan string
	if $va, ok := t.$aa[id]; ok {
		$vb = $va.$ac
	}
	//+
	close($vb) //!1
	delete(t.$aa, id)
}
//: code a
// $Fa lets guests talk.
func $Fa(in @in.Input) error {
	t := &$ta{$aa: map[int]*$tb{in.ID: {$ac: make(chan string, 1)}}, $ab: make(chan struct{})}
	switch {
	case in.N > 6:
		t.$ma(in.ID + in.N)
	case in.N > 3:
		t.$aa = nil
		//+
		close(t.$ab)
		t.$mb() //!2
	}
	t.$mb()
	return fmt.Errorf("$Wa %d", t.$mc(in.S))
}
""",
            # no type, functions over a map; a guest that leaves does so in a deferred function
            "plain": """
//: code b
func $fa($vc map[int]chan string, $vd chan<- struct{}) {
	for k := range $vc {
		//+
		close($vc[k])
	}
	close($vd)
}

func $fb[K comparable, V any]($ve map[K]chan V, $vf V) {
	for k := range $ve {
		//+
		$ve[k] <- $vf //!3
	}
}
//: code a
// $Fa lets guests talk.
func $Fa(in @in.Input) error {
	$vg := map[int]chan string{in.ID: make(chan string, 1)}
	$vh := make(chan struct{})
	//+
	if in.N <= 6 && in.N > 3 {
		close($vh)
		$fa(nil, $vh) //!2
	}
	$vi := func(id int) {
		defer delete($vg, id)
		//+
		close($vg[id]) //!1
	}
	if in.N > 6 {
		$vi(in.ID + in.N)
	}
	$fa($vg, $vh)
	$fb($vg, in.S)
	return nil
}
""",
        },
    ),
    Template(
        "irrigation",
        kind="a shift by less than nothing, an insertion beyond the end, a word into too few bytes",
        copies=2,
        base="""
//: code a
// $Fa opens valves.
func $Fa(in @in.Input) error {
	$va := in.N - 3
	//+
	$vb := uint32(1) << $va //!1
	$vc := []int{1, 2, 3}
	if in.N > 6 {
		$vc = slices.Insert($vc, in.N-3, in.ID) //!2
	}
	//+
	$vd := make([]byte, len($vc))
	binary.BigEndian.PutUint32($vd, $vb) //!3
	return fmt.Errorf("$Wa %x", $vd)
}
//: call 1 n=0..2 expect="negative shift amount"
$P.$Fa(in)
//: call 2 n=7..9 expect="slice bounds out of range"
$P.$Fa(in)
//: call 3 n=3..6 expect="index out of range"
$P.$Fa(in)
""",
        variants={
            # a context, the bit is of another type before, an else
            "light": """
//: code a
// $Fa opens valves.
func $Fa(_ context.Context, in @in.Input) error {
	$va := in.N - 3
	//+
	$vi := uint64(1) << $va //!1
	$vb := uint32($vi)
	$vc := []int{1, 2, 3}
	if in.N > 6 {
		$vc = slices.Insert($vc, in.N-3, in.ID) //!2
	}
	//+
	$vd := make([]byte, len($vc))
	binary.BigEndian.PutUint32($vd, $vb) //!3
	return fmt.Errorf("$Wa %x", $vd)
}
//: call 1 n=0..2 expect="negative shift amount"
$P.$Fa(context.TODO(), in)
//: call 2 n=7..9 expect="slice bounds out of range"
$P.$Fa(context.TODO(), in)
//: call 3 n=3..6 expect="index out of range"
$P.$Fa(context.TODO(), in)
""",
            # bits are a type; what is written is built by methods
            "bits": """
//: code t
type $ta uint32

func (t $ta) $ma(by int) $ta {
	//+
	return t << by //!1
}

func (t $ta) $mb(into []byte) []byte {
	//+
	binary.BigEndian.PutUint32(into, uint32(t)) //!3
	return into
}
//: code a
// $Fa opens valves.
func $Fa(in @in.Input) error {
	$vb := $ta(1).$ma(in.N - 3)
	$vc := make([]int, 3, 12)
	//+
	if in.N > 6 {
		$ve := slices.Insert($vc, in.N-3, in.ID, 0) //!2
		return fmt.Errorf("$Wb %d", len($ve))
	}
	return fmt.Errorf("$Wa %x", $vb.$mb(make([]byte, 3)))
}
""",
            # a generic shift, a function for the schedule
            "functions": """
//: code b
func $fa[B ~uint32 | ~uint64](by int) (bit B) {
	bit = 1
	//+
	bit <<= by //!1
	return bit
}

func $fb(all []int, n, id int) []int {
	if n <= 6 {
		return all
	}
	//+
	return slices.Insert(all, n-3, id) //!2
}
//: code a
// $Fa opens valves.
func $Fa(in @in.Input) error {
	$vf := $fa[uint32](in.N - 3)
	$vg := $fb([]int{1, 2, 3}, in.N, in.ID)
	//+
	$vh := [3]byte{byte($vg[0])}
	defer func() {
		slog.Debug("valves", "open", $vf)
	}()
	binary.BigEndian.PutUint32($vh[:], $vf) //!3
	return fmt.Errorf("$Wa %x", $vh)
}
""",
        },
    ),
    Template(
        "formulas",
        kind="a function that is unknown, an argument that is missing, a divisor that is zero",
        copies=2,
        base="""
//: code t
type $ta interface{ $ma(t map[string]int) int }

type $tb string

type $tc struct {
	$aa string
	$ab []$ta
}

func (t $tb) $ma($vb map[string]int) int { return $vb[string(t)] }

func (t $tc) $ma($vb map[string]int) int {
	$vc := make([]int, 0, 4)
	for _, $vd := range t.$ab {
		$vc = append($vc, $vd.$ma($vb))
	}
	//+
	return $ga[t.$aa]($vc...) //!1
}

var $ga = map[string]func(...int) int{
	"sum": func(args ...int) (n int) {
		for _, arg := range args {
			n += arg
		}
		return n
	},
	"div": func(args ...int) int {
		//+
		$ve := args[1] //!2
		return args[0] / $ve //!3
	},
}
//: code a
// $Fa computes a sheet.
func $Fa(in @in.Input) error {
	$va := $tc{"sum", []$ta{$tb("x"), $tb("n")}}
	for k := 0; k < in.N%3; k++ {
		$va = $tc{"sum", []$ta{$va, $tb("x")}}
	}
	//+
	$vf := []$tc{{"mean", []$ta{$va}}, {"div", []$ta{$va}}, {"div", []$ta{$va, $tb("z")}}}
	return fmt.Errorf("$Wa %d", $vf[in.N/3].$ma(map[string]int{"x": in.ID, "n": in.N}))
}
//: call 1 n=0..2 expect="nil pointer"
$P.$Fa(in)
//: call 2 n=3..5 expect="index out of range"
$P.$Fa(in)
//: call 3 n=6..8 expect="divide by zero"
$P.$Fa(in)
""",
        variants={
            # arguments are computed by a method, the function is a temporary
            "light": """
//: code t
type $ta interface{ $ma(t map[string]int) int }

type $tb string

type $tc struct {
	$aa string
	$ab []$ta
}

func (t $tb) $ma($vb map[string]int) int { return $vb[string(t)] }

func (t $tc) $ma($vb map[string]int) int {
	$vg := $ga[t.$aa]
	//+
	return $vg(t.$me($vb)...) //!1
}

func (t $tc) $me($vb map[string]int) ($vc []int) {
	for k := range t.$ab {
		$vc = append($vc, t.$ab[k].$ma($vb))
	}
	return $vc
}

var $ga = map[string]func(...int) int{
	"sum": func(args ...int) (n int) {
		for _, arg := range args {
			n += arg
		}
		return n
	},
	"div": func(args ...int) int {
		//+
		$ve := args[1] //!2
		return args[0] / $ve //!3
	},
}
//: code a
// $Fa computes a sheet.
func $Fa(in @in.Input) error {
	$va := $tc{"sum", []$ta{$tb("x"), $tb("n")}}
	for k := 0; k < in.N%3; k++ {
		$va = $tc{"sum", []$ta{$va, $tb("x")}}
	}
	//+
	$vf := []$tc{{"mean", []$ta{$va}}, {"div", []$ta{$va}}, {"div", []$ta{$va, $tb("z")}}}
	return fmt.Errorf("$Wa %d", $vf[in.N/3].$ma(map[string]int{"x": in.ID, "n": in.N}))
}
""",
            # a tree of one type, a switch; division is a function of its own
            "switch": """
//: code t
type $ta struct {
	$aa string
	$ab []*$ta
	$ac func(...int) int
}
//: code b
func $fa(args ...int) int {
	//+
	$vg, $vh := args[0], args[1] //!2
	return $vg / $vh //!3
}

func (t *$ta) $ma($vb func(string) int) int {
	if len(t.$ab) == 0 {
		return $vb(t.$aa)
	}
	$vi := []int{}
	for k := range t.$ab {
		$vi = append($vi, t.$ab[k].$ma($vb))
	}
	//+
	switch t.$aa {
	case "sum":
		n := 0
		for k := range $vi {
			n += $vi[k]
		}
		return n
	case "div":
		return $fa($vi...)
	default:
		return t.$ac($vi...) //!1
	}
}
//: code a
// $Fa computes a sheet.
func $Fa(in @in.Input) error {
	$va := &$ta{$aa: "sum", $ab: []*$ta{{$aa: "x"}, {$aa: "n"}}}
	for k := in.N % 3; k > 0; k-- {
		$va = &$ta{$aa: "sum", $ab: []*$ta{$va, {$aa: "x"}}}
	}
	$vj := map[string]int{"x": in.ID, "n": in.N}
	$vk := func(name string) int { return $vj[name] }
	//+
	$vf := [][]*$ta{{$va}, {$va}, {$va, {$aa: "z"}}}[in.N/3]
	t := $ta{$aa: "div", $ab: $vf}
	if in.N < 3 {
		t.$aa = "mean"
	}
	return fmt.Errorf("$Wa %d", t.$ma($vk))
}
""",
            # values are generic; an environment with methods evaluates
            "generic": """
//: code t
type $td[N ~int | ~int64] struct {
	$ad map[string]N
	$ae map[string]func(N, []N) N
}

func (t *$td[N]) $mb(name string, args []string) N {
	var $vl []N
	for _, arg := range args {
		//+
		$vl = append($vl, t.$ad[arg])
	}
	if name == "div" {
		return t.$mc($vl)
	}
	$vm := t.$ae[name]
	return $vm(0, $vl) //!1
}

func (t *$td[N]) $mc(args []N) N {
	$vn := args[0]
	for k := 1; k < 2; k++ {
		//+
		$vo := args[k] //!2
		$vn = $vn / $vo //!3
	}
	return $vn
}
//: code a
// $Fa computes a sheet.
func $Fa(in @in.Input) error {
	t := &$td[int]{$ad: map[string]int{"x": in.ID, "n": in.N}}
	$vp := [3]string{"mean", "div", "div"}
	//+
	$vq := strings.Fields("x z")
	return fmt.Errorf("$Wa %d", t.$mb($vp[in.N/3], $vq[:1+in.N/6]))
}
""",
        },
    ),
]

_MORE_SERVICES: Final = [
    Template(
        "zone_file",
        kind="a tree of names: a branch that is not there, a leaf without a value, above the root",
        base="""
//: code t
type $ta struct {
	$aa map[string]*$ta
	$ab *string
	$ac *$ta
}

func (t *$ta) $ma(name string) *$ta {
	if t.$aa == nil {
		t.$aa = map[string]*$ta{}
	}
	if t.$aa[name] == nil {
		t.$aa[name] = &$ta{$ac: t}
	}
	return t.$aa[name]
}

func (t *$ta) $mb(name string) *$ta {
	//+
	for _, $vc := range strings.Split(name, ".") {
		t = t.$aa[$vc] //!1
	}
	return t
}
//: code a
// $Fa answers questions about names.
func $Fa(in @in.Input) error {
	t := new($ta)
	t.$ma("net").$ma(in.S).$ab = &in.S
	//+
	if in.N > 6 {
		t.$mb("$Sa." + in.S)
	}
	$va := t.$mb("net")
	if in.N > 3 {
		return errors.New("$Wa " + *$va.$ab) //!2
	}
	//+
	for $va.$ab == nil { //!3
		$va = $va.$ac
	}
	return nil
}
//: call 1 n=7..9 expect="nil pointer"
$P.$Fa(in)
//: call 2 n=4..6 expect="nil pointer"
$P.$Fa(in)
//: call 3 n=1..3 expect="nil pointer"
$P.$Fa(in)
""",
        variants={
            # descending is a recursive method
            "recursive": """
//: code t
type $ta struct {
	$ac *$ta
	$aa map[string]*$ta
	$ab *string
}

func (t *$ta) $ma(name string) *$ta {
	$vd, ok := t.$aa[name]
	if ok {
		return $vd
	}
	if t.$aa == nil {
		t.$aa = make(map[string]*$ta, 1)
	}
	t.$aa[name] = &$ta{$ac: t}
	return t.$aa[name]
}

func (t *$ta) $mb(name string) *$ta {
	$ve, $vf, more := strings.Cut(name, ".")
	//+
	$vg := t.$aa[$ve] //!1
	if more {
		return $vg.$mb($vf)
	}
	return $vg
}

func (t *$ta) String() string {
	//+
	return *t.$ab //!2
}
//: code a
// $Fa answers questions about names.
func $Fa(in @in.Input) error {
	t := new($ta)
	t.$ma("net").$ma(in.S).$ab = &in.S
	if in.N > 6 {
		t.$mb("$Sa." + in.S)
	}
	//+
	$va := t.$mb("net")
	if in.N > 3 {
		return errors.New("$Wa " + $va.String())
	}
	for {
		if $va.$ab != nil { //!3
			return nil
		}
		//+
		$va = $va.$ac
	}
}
""",
            # a parameter, an early return, a log line: light
            "early": """
//: code t
type $ta struct {
	$aa map[string]*$ta
	$ab *string
	$ac *$ta
}

func (t *$ta) $ma(name string) *$ta {
	if t.$aa == nil {
		t.$aa = map[string]*$ta{}
	}
	if t.$aa[name] == nil {
		t.$aa[name] = &$ta{$ac: t}
	}
	return t.$aa[name]
}

func (t *$ta) $mb(name, by string) *$ta {
	$vh := strings.Split(name, by)
	for k := range $vh {
		slog.Debug("step", "into", $vh[k])
		//+
		t = t.$aa[$vh[k]] //!1
	}
	return t
}
//: code a
// $Fa answers questions about names.
func $Fa(in @in.Input) error {
	t := new($ta)
	t.$ma("net").$ma(in.S).$ab = &in.S
	if in.N > 6 {
		if t.$mb("$Sa."+in.S, ".") == nil {
			return nil
		}
	}
	//+
	$va := t.$mb("net", ".")
	if in.N <= 3 {
		$vj := 0
		for $va.$ab == nil { //!3
			$va = $va.$ac
			$vj++
		}
		slog.Debug("climbed", "by", $vj)
		return nil
	}
	$vi := *$va.$ab //!2
	return errors.New("$Wa " + $vi)
}
""",
        },
    ),
    Template(
        "museum_asks",
        kind="the standard library is asked for what it refuses: four in one function",
        base="""
//: code a
// $Fa opens a museum.
func $Fa(in @in.Input) error {
	err := fmt.Errorf("room %d: %w", in.N, io.EOF)
	var $va int
	//+
	if in.N > 7 && errors.As(err, &$va) { //!1
		return err
	}
	$vb := append([]string{"<b>", "**"}, strings.Fields(in.S)[:in.N/5]...)
	//+
	$vc := strings.NewReplacer($vb...) //!2
	$vd := http.NewServeMux()
	for k := 0; k <= in.N/3; k++ {
		//+
		$vd.HandleFunc("/room", http.NotFound) //!3
	}
	var ctx context.Context
	ctx, cancel := context.WithTimeout(ctx, time.Second) //!4
	defer cancel()
	return fmt.Errorf("$Wa %s: %w", $vc.Replace(in.S), ctx.Err())
}
//: call 1 n=8..9 expect="errors: .target must be"
$P.$Fa(in)
//: call 2 n=5..7 expect="odd argument count"
$P.$Fa(in)
//: call 3 n=3..4 expect="multiple registrations|conflicts"
$P.$Fa(in)
//: call 4 n=0..2 expect="nil parent"
$P.$Fa(in)
""",
        variants={
            # each is a function of its own, but the last
            "functions": """
//: code b
func $fa(err error) bool {
	//+
	var $va int
	return errors.As(err, &$va) //!1
}

func $fb(more ...string) *strings.Replacer {
	//+
	return strings.NewReplacer(append([]string{"<b>", "**"}, more...)...) //!2
}

func $fc(times int) http.Handler {
	$vd := http.NewServeMux()
	for times >= 0 {
		$vd.HandleFunc("/room", http.NotFound) //!3
		times--
	}
	return $vd
}
//: code a
// $Fa opens a museum.
func $Fa(in @in.Input) error {
	err := fmt.Errorf("room %d: %w", in.N, io.EOF)
	if in.N > 7 && $fa(err) {
		return err
	}
	$vc := $fb(strings.Fields(in.S)[:in.N/5]...)
	//+
	$ve := $fc(in.N / 3)
	var $vf struct{ context.Context }
	$vg, cancel := context.WithTimeout($vf.Context, time.Second) //!4
	defer cancel()
	return fmt.Errorf("$Wa %s %v: %w", $vc.Replace(in.S), $ve, $vg.Err())
}
""",
            # a type of options with a default; the mux is a field
            "options": """
//: code t
type $ta struct {
	$aa context.Context
	$ab *http.ServeMux
	$ac []string
}

func (t *$ta) $ma(k int) {
	if k < 0 {
		return
	}
	//+
	t.$ab.HandleFunc("/room", http.NotFound) //!3
	t.$ma(k - 1)
}
//: code a
// $Fa opens a museum.
func $Fa(in @in.Input) error {
	t := $ta{$ab: new(http.ServeMux), $ac: []string{"<b>", "**"}}
	if $vh := fmt.Errorf("room %d: %w", in.N, io.EOF); in.N > 7 {
		var $va int
		//+
		ok := errors.As($vh, &$va) //!1
		return fmt.Errorf("$Wb %v", ok)
	}
	if in.N >= 5 {
		t.$ac = append(t.$ac, in.S)
	}
	$vc := strings.NewReplacer(t.$ac...).Replace(in.S) //!2
	t.$ma(in.N / 3)
	//+
	$vi, cancel := context.WithTimeout(t.$aa, time.Second) //!4
	cancel()
	return fmt.Errorf("$Wa %s: %w", $vc, $vi.Err())
}
""",
        },
    ),
    Template(
        "gauges",
        kind="gauges: a value of another type, the largest of none, slices that are compared",
        copies=2,
        base="""
//: code t
type $ta struct {
	$aa atomic.Value
	$ab []float64
	$ac map[string]any
}
//: code a
// $Fa reads gauges of a boiler.
func $Fa(in @in.Input) error {
	t := &$ta{$ac: map[string]any{"in": in.Items, "out": in.Items}}
	t.$aa.Store(int64(in.N))
	//+
	if in.N > 6 {
		t.$aa.Store(float64(in.N) / 2) //!1
	}
	if in.N < 4 {
		t.$ab = append(t.$ab, 0.5)
	}
	//+
	$va := slices.Max(t.$ab) //!2
	if t.$ac["in"] == t.$ac["out"] { //!3
		return io.EOF
	}
	return fmt.Errorf("$Wa %f", $va)
}
//: call 1 n=7..9 expect="inconsistently typed"
$P.$Fa(in)
//: call 2 n=4..6 expect="slices.Max: empty list"
$P.$Fa(in)
//: call 3 n=1..3 expect="comparing uncomparable type"
$P.$Fa(in)
""",
        variants={
            # methods; the comparison is of fields of type any
            "methods": """
//: code t
type $tb struct{ $ad, $ae any }

type $ta struct {
	$aa atomic.Value
	$ab []float64
}

func (t *$ta) $ma(v any) { t.$aa.Store(v) } //!1

func (t *$ta) $mb() (float64, bool) {
	//+
	return slices.Max(t.$ab), len(t.$ab) > 1 //!2
}

func (t $tb) $mc() bool {
	//+
	return t.$ad == t.$ae //!3
}
//: code a
// $Fa reads gauges of a boiler.
func $Fa(in @in.Input) error {
	t := new($ta)
	t.$ma(int64(in.N))
	if in.N > 6 {
		t.$ma(float64(in.N) / 2)
	}
	//+
	if in.N < 4 {
		t.$ab = []float64{0.5}
	}
	$va, _ := t.$mb()
	if ($tb{in.Items, in.Items}).$mc() {
		return io.EOF
	}
	return fmt.Errorf("$Wa %f", $va)
}
""",
            # the same type, with a context, and a closure around the largest
            "context": """
//: code t
type $ta struct {
	$aa atomic.Value
	$ab []float64
	$ac map[string]any
}

func (t *$ta) $md(ctx context.Context, in @in.Input) error {
	t.$aa.Store(int64(in.N))
	if in.N > 6 {
		//+
		$vb := float64(in.N) / 2
		t.$aa.Store($vb) //!1
	}
	if in.N < 4 {
		t.$ab = append(t.$ab, 0.5)
	}
	//+c
	$vc := func() float64 {
		return slices.Max(t.$ab) //!2
	}
	$va := $vc()
	//+
	$vd := t.$ac["in"]
	if $vd != t.$ac["out"] { //!3
		return fmt.Errorf("$Wa %f: %w", $va, ctx.Err())
	}
	return io.EOF
}
//: code a
// $Fa reads gauges of a boiler.
func $Fa(in @in.Input) error {
	t := &$ta{$ac: map[string]any{"in": in.Items, "out": in.Items}}
	//+
	return t.$md(context.TODO(), in)
}
""",
        },
    ),
    Template(
        "seasons",
        kind="tables by month and weekday that are too short, and a farm without a climate",
        copies=2,
        base="""
//: code t
var $ga = [12]int{1, 1, 2, 3, 5, 8, 8, 7, 5, 3, 1, 1}

type $tb struct{ $ab int }

type $ta struct {
	*$tb
	$aa [5]string
}
//: code a
// $Fa says when to sow.
func $Fa(in @in.Input) error {
	var t $ta
	$va := time.Date(2024, time.Month(in.N), 3, 6, 0, 0, 0, time.UTC)
	//+
	$vb := $ga[$va.Month()] //!1
	$vc := t.$aa[$va.Weekday()] //!2
	//+
	return fmt.Errorf("$Wa %s %d", $vc, $vb*t.$ab) //!3
}
//: call 1 n=12 expect="index out of range"
$P.$Fa(in)
//: call 2 n=5 expect="index out of range"
$P.$Fa(in)
//: call 2 n=8 expect="index out of range"
$P.$Fa(in)
//: call 3 n=6..7 expect="nil pointer"
$P.$Fa(in)
""",
        variants={
            # the table is in a function, the climate has a name, days come from a method
            "named": """
//: code t
type $tb struct {
	$ac string
	$ab int
}

type $ta struct {
	$ad *$tb
	$aa [5]string
}

func (t $ta) $ma($vd time.Time) string {
	//+
	return t.$aa[$vd.Weekday()] //!2
}

func $fa($ve time.Month) int {
	$vf := [...]int{1, 1, 2, 3, 5, 8, 8, 7, 5, 3, 1, 1}
	//+
	return $vf[$ve] //!1
}
//: code a
// $Fa says when to sow.
func $Fa(in @in.Input) error {
	t := &$ta{}
	$va := time.Date(2024, time.Month(in.N), 3, 6, 0, 0, 0, time.UTC)
	$vb, $vc := $fa($va.Month()), ""
	$vc = t.$ma($va)
	//+
	$vb *= t.$ad.$ab //!3
	return fmt.Errorf("$Wa %s %d", $vc, $vb)
}
""",
            # a log line, and a loop over one day: light
            "light": """
//: code t
var $ga = []int{1, 1, 2, 3, 5, 8, 8, 7, 5, 3, 1, 1}

type $tb struct{ $ab int }

type $ta struct {
	$aa [5]string
	*$tb
}
//: code a
// $Fa says when to sow.
func $Fa(in @in.Input) error {
	$vg := []time.Time{time.Date(2024, time.Month(in.N), 3, 6, 0, 0, 0, time.UTC)}
	t := $ta{}
	for _, $va := range $vg {
		slog.Debug("sowing", "on", $va)
		$vh := $va.Month()
		//+
		$vb := $ga[$vh] //!1
		if $vb < 0 {
			continue
		}
		$vc := t.$aa[$va.Weekday()] //!2
		if $vi := t.$ab; $vi*$vb > 9 { //!3
			return fmt.Errorf("$Wa %s %d", $vc, $vb)
		}
	}
	return nil
}
""",
        },
    ),
    Template(
        "stages",
        kind="generic stages: one writes beyond the end, one wants a first element",
        copies=2,
        base="""
//: code t
type $ta[A, B any] func(A) (B, error)

func $fa[A, B any](items []A, f $ta[A, B]) ([]B, error) {
	$va := make([]B, 0, len(items))
	for k, item := range items {
		$vb, err := f(item)
		if err != nil {
			return nil, err
		}
		//+
		$va[k] = $vb //!1
	}
	return $va, nil
}

func $fb[T any](items []T, less func(a, b T) bool) T {
	//+
	$vc := items[0] //!2
	for _, item := range items[1:] {
		if less(item, $vc) {
			$vc = item
		}
	}
	return $vc
}
//: code a
// $Fa refines ore.
func $Fa(in @in.Input) error {
	if in.N > 5 {
		//+
		_, err := $fa(in.Items, func(n int) (string, error) { return strconv.Itoa(n), nil })
		return err
	}
	return fmt.Errorf("$Wa %d", $fb(in.Items[:0], func(a, b int) bool { return a < b }))
}

// $Fb weighs ore.
func $Fb(in @in.Input) error {
	//+
	$vd, err := $fa(strings.Split(in.S, "-"), func(s string) (float64, error) { return float64(len(s)), nil })
	return fmt.Errorf("$Wb %v: %w", $vd, err)
}
//: call 1 n=6..9 expect="index out of range"
$P.$Fa(in)
//: call 1 expect="index out of range"
$P.$Fb(in)
//: call 2 n=0..5 expect="index out of range"
$P.$Fa(in)
""",
        variants={
            # a type with methods has the stage
            "type": """
//: code t
type $tb[A, B any] struct {
	$aa []A
	$ab func(A) (B, error)
}

func (t *$tb[A, B]) $ma() (_ []B, err error) {
	$va := make([]B, 0, len(t.$aa))
	for k := range t.$aa {
		//+
		if $va[k], err = t.$ab(t.$aa[k]); err != nil { //!1
			return nil, err
		}
	}
	return $va, err
}

type $tc[T any] []T

func (t $tc[T]) $mb(less func(a, b T) bool) (k int) {
	//+
	$vc := t[0] //!2
	for n := range t {
		if less(t[n], $vc) {
			k, $vc = n, t[n]
		}
	}
	return k
}
//: code a
// $Fa refines ore.
func $Fa(in @in.Input) error {
	t := $tb[int, string]{in.Items, func(n int) (string, error) { return strconv.Itoa(n), nil }}
	if in.N <= 5 {
		return fmt.Errorf("$Wa %d", $tc[int](nil).$mb(func(a, b int) bool { return a < b }))
	}
	//+
	_, err := t.$ma()
	return err
}

// $Fb weighs ore.
func $Fb(in @in.Input) error {
	$ve := strings.Split(in.S, "-")
	t := &$tb[string, float64]{$ve, func(s string) (float64, error) { return float64(len(s)), nil }}
	//+
	$vd, err := t.$ma()
	return fmt.Errorf("$Wb %v: %w", $vd, err)
}
""",
            # a parameter for logging; the first element has a temporary: light
            "light": """
//: code t
func $fa[A, B any](name string, items []A, f func(A) (B, error)) ([]B, error) {
	slog.Debug("stage", "name", name)
	$va := make([]B, 0, len(items))
	for k := 0; k < len(items); k++ {
		//+
		$vb, err := f(items[k])
		if err == nil {
			$va[k] = $vb //!1
			continue
		}
		return nil, err
	}
	return $va, nil
}

func $fb[T any](less func(a, b T) bool, items ...T) T {
	$vf := 0
	//+
	$vc := items[$vf] //!2
	for k, item := range items {
		if less(item, $vc) {
			$vf, $vc = k, item
		}
	}
	return items[$vf]
}
//: code a
// $Fa refines ore.
func $Fa(in @in.Input) error {
	if in.N > 5 {
		_, err := $fa("refine", in.Items, func(n int) (string, error) { return strconv.Itoa(n), nil })
		return err
	}
	//+
	$vg := $fb(func(a, b int) bool { return a < b })
	return fmt.Errorf("$Wa %d", $vg)
}

// $Fb weighs ore.
func $Fb(in @in.Input) error {
	$vd, err := $fa("weigh", strings.Split(in.S, "-"), func(s string) (float64, error) { return float64(len(s)), nil })
	//+
	return fmt.Errorf("$Wb %v: %w", $vd, err)
}
""",
        },
    ),
    Template(
        "lift_states",
        kind="a table of states: an event that it does not have, a step that it does not have, a door that is missing",
        copies=2,
        base="""
//: code t
type $ta struct {
	$aa int
	$ab *$tb
}

type $tb struct{ $ac, $ad int }

type $tc func(t *$ta) int

var $ga = [3][3]$tc{
	{$fa, nil, $fb},
	{$fa, $fa, $fa},
	{$fb, $fa, $fa},
}

func $fa(t *$ta) int { return (t.$aa + 1) % 3 }

func $fb(t *$ta) int {
	//+
	t.$ab.$ad++ //!3
	return 0
}
//: code a
// $Fa moves a lift.
func $Fa(in @in.Input) error {
	t := &$ta{}
	for k := 0; k < 5; k++ {
		$va := $ga[t.$aa]
		//+
		$vb := $va[in.N/3] //!1
		t.$aa = $vb(t) //!2
	}
	return fmt.Errorf("$Wa %d", t.$aa)
}
//: call 1 n=9..11 expect="index out of range"
$P.$Fa(in)
//: call 2 n=3..5 expect="nil pointer"
$P.$Fa(in)
//: call 3 n=0..2 expect="nil pointer"
$P.$Fa(in)
//: call 3 n=6..8 expect="nil pointer"
$P.$Fa(in)
""",
        variants={
            # rows are read in one step, the door is checked for what it is not
            "light": """
//: code t
type $ta struct {
	$aa int
	$ab *$tb
}

type $tb struct{ $ac, $ad int }

type $tc func(t *$ta) int

var $ga = [3][3]$tc{
	{$fa, nil, $fb},
	{$fa, $fa, $fa},
	{$fb, $fa, $fa},
}

func $fa(t *$ta) int { return (t.$aa + 1) % 3 }

func $fb(t *$ta) int {
	//+
	t.$ab.$ad++ //!3
	return 0
}
//: code a
// $Fa moves a lift.
func $Fa(in @in.Input) error {
	t := &$ta{}
	for k := 0; k < 5; k++ {
		//+
		$vb := $ga[t.$aa][in.N/3] //!1
		$vc := $vb(t) //!2
		slog.Debug("lift", "from", t.$aa, "to", $vc)
		t.$aa = $vc
	}
	return fmt.Errorf("$Wa %d", t.$aa)
}
""",
            # steps are methods, the table is in a machine
            "machine": """
//: code t
type $tb struct{ $ad, $ac int }

type $ta struct {
	$ab *$tb
	$aa int
	$ae [3][3]func() int
}

func (t *$ta) $mb() int {
	t.$ab.$ad += 1 //!3
	//+
	return 0
}

func (t *$ta) $ma() int { return (t.$aa + 1) % 3 }

func (t *$ta) $mc(n int) {
	//+
	$vb := t.$ae[t.$aa][n] //!1
	$vc := $vb() //!2
	t.$aa = $vc
}
//: code a
// $Fa moves a lift.
func $Fa(in @in.Input) error {
	t := &$ta{}
	t.$ae = [3][3]func() int{{t.$ma, nil, t.$mb}, {t.$ma, t.$ma, t.$ma}, {t.$mb, t.$ma, t.$ma}}
	//+
	for k := 0; k < 5; k++ {
		t.$mc(in.N / 3)
	}
	return fmt.Errorf("$Wa %d", t.$aa)
}
""",
            # one step is a function, with metrics around
            "step": """
//: code t
type $ta struct {
	$aa int
	$ab *$tb
}

type $tb struct{ $ac, $ad int }

var $ga = [][]func(t *$ta) int{
	{$fa, nil, $fb},
	{$fa, $fa, $fa},
	{$fb, $fa, $fa},
}

func $fa(t *$ta) int { return (t.$aa + 1) % 3 }

func $fb(t *$ta) int {
	$vd := t.$ab
	//+
	$vd.$ad++ //!3
	return 0
}

func $fc(t *$ta, n int) error {
	$vb := $ga[t.$aa][n] //!1
	defer @obs.Span("step")()
	//+
	t.$aa = $vb(t) //!2
	if t.$aa > 2 {
		return errors.New("$Wb")
	}
	return nil
}
//: code a
// $Fa moves a lift.
func $Fa(in @in.Input) error {
	t := &$ta{}
	for k := 0; k < 5; k++ {
		//+
		if err := $fc(t, in.N/3); err != nil {
			return err
		}
	}
	return fmt.Errorf("$Wa %d", t.$aa)
}
""",
        },
    ),
    Template(
        "sluice",
        kind="waits: for a permit that it has itself, and for a signal that nobody sends",
        copies=2,
        base="""
//: code t
type $ta struct {
	$aa chan struct{}
	$ab *sync.Cond
	$ac bool
}

func (t *$ta) $ma(f func() int) int {
	//+
	t.$aa <- struct{}{} //!1
	defer func() { <-t.$aa }()
	return f()
}

func (t *$ta) $mb() {
	t.$ab.L.Lock()
	defer t.$ab.L.Unlock()
	for !t.$ac {
		//+
		t.$ab.Wait() //!2
	}
}
//: code a
// $Fa opens a sluice.
func $Fa(in @in.Input) error {
	t := &$ta{$aa: make(chan struct{}, 1), $ab: sync.NewCond(new(sync.Mutex))}
	//+
	if in.N > 5 {
		$va := t.$ma(func() int {
			return t.$ma(func() int { return in.N })
		})
		return fmt.Errorf("$Wa %d", $va)
	}
	t.$mb()
	return nil
}
//: call 1 n=6..9 routes=hang
$P.$Fa(in)
//: call 1 n=6..9 routes=dead expect="all goroutines are asleep"
$P.$Fa(in)
//: call 2 n=1..5 routes=hang
$P.$Fa(in)
""",
        variants={
            # the permit is given back without a closure, a log line before the wait
            "light": """
//: code t
type $ta struct {
	$aa chan struct{}
	$ab *sync.Cond
	$ac bool
}

func (t *$ta) $ma(f func() int) int {
	//+
	t.$aa <- struct{}{} //!1
	n := f()
	<-t.$aa
	return n
}

func (t *$ta) $mb() {
	t.$ab.L.Lock()
	defer t.$ab.L.Unlock()
	for {
		if t.$ac {
			break
		}
		//+
		t.$ab.Wait() //!2
	}
}
//: code a
// $Fa opens a sluice.
func $Fa(in @in.Input) error {
	t := &$ta{$aa: make(chan struct{}, 1), $ab: sync.NewCond(new(sync.Mutex))}
	//+
	if in.N > 5 {
		$va := t.$ma(func() int {
			return t.$ma(func() int { return in.N })
		})
		return fmt.Errorf("$Wa %d", $va)
	}
	t.$mb()
	return nil
}
""",
            # permits are a type of their own; the wait is in the function
            "permits": """
//: code t
type $tb chan struct{}

func (t $tb) $mc() func() {
	t <- struct{}{} //!1
	return func() { <-t }
}

type $ta struct {
	sync.Mutex
	$ad $tb
	$ac bool
}

func (t *$ta) $ma(n int) int {
	defer t.$ad.$mc()()
	//+
	if n > 0 {
		return t.$ma(n-n) + 1
	}
	return 0
}
//: code a
// $Fa opens a sluice.
func $Fa(in @in.Input) error {
	t := &$ta{$ad: make($tb, 1)}
	if in.N > 5 {
		return fmt.Errorf("$Wa %d", t.$ma(in.N))
	}
	$vb := sync.NewCond(t)
	t.Lock()
	//+
	for !t.$ac {
		$vb.Wait() //!2
	}
	t.Unlock()
	return nil
}
""",
        },
    ),
    Template(
        "buoys",
        kind="a position that is written and read by two goroutines, in both orders",
        base="""
//: code t
type $ta struct {
	$aa [2]float64
	$ab []string
}

func (t *$ta) $ma(x, y float64) {
	//+
	t.$aa = [2]float64{x, y} //!1
}

func (t *$ta) $mb() string {
	return fmt.Sprint(t.$aa) //!1
}
//: code a
// $Fa follows a buoy.
func $Fa(in @in.Input) error {
	t := new($ta)
	$va := make(chan string, 1)
	go func() {
		if in.N > 5 {
			time.Sleep(5 * time.Millisecond)
		}
		//+
		$va <- t.$mb()
	}()
	if in.N <= 5 {
		time.Sleep(5 * time.Millisecond)
	}
	t.$ma(float64(in.N), 2)
	return errors.New("$Wa" + <-$va)
}
//: call 1 n=1..5 routes=race expect="DATA RACE"
$P.$Fa(in)
//: call 1 n=6..9 routes=race expect="DATA RACE"
$P.$Fa(in)
""",
        variants={
            # a lock that only the writer takes, a temporary
            "light": """
//: code t
type $ta struct {
	$aa [2]float64
	$ab []string
	mu  sync.Mutex
}

func (t *$ta) $ma(x, y float64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	$vd := [2]float64{x, y}
	t.$aa = $vd //!1
}

func (t *$ta) $mb() string {
	return fmt.Sprint(t.$aa) //!1
}
//: code a
// $Fa follows a buoy.
func $Fa(in @in.Input) error {
	t := new($ta)
	$va := make(chan string, 1)
	go func() {
		if in.N > 5 {
			time.Sleep(5 * time.Millisecond)
		}
		//+
		$va <- t.$mb()
	}()
	if in.N <= 5 {
		time.Sleep(5 * time.Millisecond)
	}
	t.$ma(float64(in.N), 2)
	return errors.New("$Wa" + <-$va)
}
""",
            # fields instead of an array, read by a function
            "fields": """
//: code t
type $ta struct {
	$ab []string
	$ac float64
}

func (t *$ta) $ma(x float64) { t.$ac = x } //!1

func $fa(t *$ta, c chan<- string) {
	//+
	$vb := t.$ac //!1
	c <- fmt.Sprint($vb)
}
//: code a
// $Fa follows a buoy.
func $Fa(in @in.Input) error {
	t, $va := &$ta{$ab: []string{in.S}}, make(chan string, 1)
	$vc := 5 * time.Millisecond
	go func() {
		if in.N > 5 {
			time.Sleep($vc)
		}
		$fa(t, $va)
	}()
	if in.N <= 5 {
		time.Sleep($vc)
	}
	//+
	t.$ma(float64(in.N))
	return errors.New("$Wa" + <-$va)
}
""",
        },
    ),
    Template(
        "tide_tables",
        kind="errors of the standard library, logged by one function: a file, a number, a document",
        copies=2,
        base="""
//: code a
// $Fa loads a table of tides.
func $Fa(in @in.Input) error {
	if in.N > 6 {
		//+
		if _, err := os.Open("/srv/$Sa/" + in.S); err != nil {
			return fmt.Errorf("$Wa %d: %w", in.ID, err) //!1
		}
	}
	if in.N > 3 {
		_, err := strconv.Atoi(in.S)
		return fmt.Errorf("$Wb of %d: %w", in.ID, err) //!2
	}
	//+
	var $va []int
	if err := json.Unmarshal([]byte(`{"height": 3}`), &$va); err != nil {
		return fmt.Errorf("$Wc: %w", err) //!3
	}
	return nil
}
//: call 1 n=7..9 routes=log expect="no such file"
$P.$Fa(in)
//: call 2 n=4..6 routes=log expect="invalid syntax"
$P.$Fa(in)
//: call 3 n=1..3 routes=log expect="cannot unmarshal"
$P.$Fa(in)
""",
        variants={
            # the place is a variable, an else instead of a return
            "light": """
//: code a
// $Fa loads a table of tides.
func $Fa(in @in.Input) error {
	if in.N > 6 {
		//+
		$vb := path.Join("/srv/$Sa", in.S)
		if _, err := os.Open($vb); err != nil {
			return fmt.Errorf("$Wa %d: %w", in.ID, err) //!1
		}
	}
	if in.N > 3 {
		_, err := strconv.Atoi(in.S)
		return fmt.Errorf("$Wb of %d: %w", in.ID, err) //!2
	}
	//+
	$va := make([]int, 0, 24)
	$vc := json.NewDecoder(strings.NewReader(`{"height": 3}`))
	if err := $vc.Decode(&$va); err != nil {
		return fmt.Errorf("$Wc: %w", err) //!3
	}
	return nil
}
""",
            # each table comes from a method of a source
            "source": """
//: code t
type $ta struct {
	$aa int
	$ab string
}

func (t $ta) $ma() error {
	f, err := os.Open("/srv/$Sa/" + t.$ab)
	if err != nil {
		return fmt.Errorf("$Wa %d: %w", t.$aa, err) //!1
	}
	return f.Close()
}

func (t $ta) $mb() error {
	//+
	if _, err := strconv.Atoi(t.$ab); err != nil {
		return fmt.Errorf("$Wb of %d: %w", t.$aa, err) //!2
	}
	return nil
}

func (t $ta) $mc(into any) error {
	err := json.Unmarshal([]byte(`{"height": 3}`), into)
	//+
	if err == nil {
		return nil
	}
	return fmt.Errorf("$Wc: %w", err) //!3
}
//: code a
// $Fa loads a table of tides.
func $Fa(in @in.Input) error {
	t := $ta{in.ID, in.S}
	switch {
	case in.N > 6:
		return t.$ma()
	case in.N > 3:
		//+
		return t.$mb()
	}
	return t.$mc(&[]int{})
}
""",
        },
    ),
    Template(
        "catalogue",
        kind="a recursion through parents that are a circle",
        copies=2,
        base="""
//: code t
type $ta struct {
	$aa string
	$ab *$ta
	$ac []*$ta
}

func (t *$ta) $ma() string {
	//+
	if t.$ab == nil {
		return t.$aa
	}
	return t.$ab.$ma() + "/" + t.$aa //!1
}
//: code a
// $Fa prints where a book stands.
func $Fa(in @in.Input) error {
	t := &$ta{$aa: in.S}
	t.$ab = &$ta{$aa: "$Sa", $ab: &$ta{$ab: t}}
	//+
	return errors.New("$Wa " + t.$ma())
}
//: call 1 expect="stack overflow|exceeds" routes=fatal
$P.$Fa(in)
""",
        variants={
            # a function writes into a builder
            "builder": """
//: code t
type $ta struct {
	$ac []*$ta
	$ab *$ta
	$aa string
}

func $fa(b *strings.Builder, t *$ta) {
	if t.$ab != nil {
		$fa(b, t.$ab) //!1
		//+
		b.WriteByte('/')
	}
	b.WriteString(t.$aa)
}
//: code a
// $Fa prints where a book stands.
func $Fa(in @in.Input) error {
	t := &$ta{$aa: in.S}
	t.$ab = &$ta{$aa: "$Sa", $ab: &$ta{$ab: t}}
	var b strings.Builder
	//+
	$fa(&b, t)
	return errors.New("$Wa " + b.String())
}
""",
            # a depth is carried along
            "depth": """
//: code t
type $ta struct {
	$aa string
	$ab *$ta
	$ac []*$ta
}

func (t *$ta) $ma(depth int) (string, int) {
	if t.$ab == nil {
		return t.$aa, depth
	}
	//+
	$va, $vb := t.$ab.$ma(depth + 1) //!1
	return $va + "/" + t.$aa, $vb
}
//: code a
// $Fa prints where a book stands.
func $Fa(in @in.Input) error {
	t := &$ta{$aa: in.S}
	t.$ab = &$ta{$aa: "$Sa", $ab: &$ta{$ab: t}}
	$vc, $vd := t.$ma(0)
	//+
	return fmt.Errorf("$Wa %s %d", $vc, $vd)
}
""",
        },
    ),
]

_CALLERS_OF_CALLERS: Final = [
    Template(
        "harbour_dues",
        kind="three callers of a method that is right and asks a validator",
        base="""
//: code t
type $ta struct {
	$aa []int
	$ab map[string]int
}

func (t *$ta) $ma(class int) int {
	//+
	return t.$aa[@guard.Within("class of a ship", class, 0, len(t.$aa)-1)]
}

func $fa(in @in.Input) *$ta {
	return &$ta{$aa: []int{100, 250, 400, 800}, $ab: map[string]int{"$Sa": 1, in.S: in.N}}
}
//: code a
// $Fa charges a ship.
func $Fa(in @in.Input) error {
	t := $fa(in)
	//+
	$va := t.$ma(t.$ab["$Sa"]) + t.$ma(t.$ab[in.S]) //!1
	return fmt.Errorf("$Wa %d", $va)
}
//: code b
// $Fb charges a tug, which is a class below.
func $Fb(in @in.Input) error {
	t := $fa(in)
	//+
	$vb := t.$ab["$Sb"] - 1
	return fmt.Errorf("$Wb %d", t.$ma($vb)) //!2
}
//: code c
// $Fc lists all dues.
func $Fc(in @in.Input) error {
	t, $vc := $fa(in), 0
	for k := range t.$aa {
		//+
		$vc += t.$ma(k + 1) //!3
	}
	return fmt.Errorf("$Wc %d", $vc)
}
//: call 1 n=4..9 expect="class of a ship: unexpected"
$P.$Fa(in)
//: call 2 expect="class of a ship: unexpected -1"
$P.$Fb(in)
//: call 3 expect="class of a ship: unexpected 4"
$P.$Fc(in)
""",
        variants={
            # a function instead of the method
            "function": """
//: code t
type $ta struct {
	$ab map[string]int
	$aa []int
}

func $fb($vd []int, class int) int {
	$ve := @guard.Within("class of a ship", class, 0, len($vd)-1)
	//+
	return $vd[$ve]
}

func $fa(in @in.Input) $ta {
	return $ta{$aa: []int{100, 250, 400, 800}, $ab: map[string]int{"$Sa": 1, in.S: in.N}}
}
//: code a
// $Fa charges a ship.
func $Fa(in @in.Input) error {
	t := $fa(in)
	$vf := $fb(t.$aa, t.$ab["$Sa"])
	//+
	$vf += $fb(t.$aa, t.$ab[in.S]) //!1
	return fmt.Errorf("$Wa %d", $vf)
}
//: code b
// $Fb charges a tug, which is a class below.
func $Fb(in @in.Input) error {
	t := $fa(in)
	if $vb := $fb(t.$aa, t.$ab["$Sb"]-1); $vb > 0 { //!2
		return fmt.Errorf("$Wb %d", $vb)
	}
	return nil
}
//: code c
// $Fc lists all dues.
func $Fc(in @in.Input) error {
	$vg := $fa(in).$aa
	$vc := make([]string, 0, len($vg))
	for k := range $vg {
		//+
		$vh := $fb($vg, k+1) //!3
		$vc = append($vc, strconv.Itoa($vh))
	}
	return errors.New("$Wc " + strings.Join($vc, ","))
}
""",
            # the list becomes a method of the tariff; the rest stays as it is
            "listed": """
//: code t
type $ta struct {
	$aa []int
	$ab map[string]int
}

func (t *$ta) $ma(class int) int {
	//+
	return t.$aa[@guard.Within("class of a ship", class, 0, len(t.$aa)-1)]
}

func (t *$ta) $mb() (n int) {
	for k := range t.$aa {
		n += t.$ma(k + 1) //!3
	}
	return n
}

func $fa(in @in.Input) *$ta {
	return &$ta{$aa: []int{100, 250, 400, 800}, $ab: map[string]int{"$Sa": 1, in.S: in.N}}
}
//: code a
// $Fa charges a ship.
func $Fa(in @in.Input) error {
	t := $fa(in)
	//+
	$va := t.$ma(t.$ab["$Sa"]) + t.$ma(t.$ab[in.S]) //!1
	return fmt.Errorf("$Wa %d", $va)
}
//: code b
// $Fb charges a tug, which is a class below.
func $Fb(in @in.Input) error {
	t := $fa(in)
	//+
	$vb := t.$ab["$Sb"] - 1
	return fmt.Errorf("$Wb %d", t.$ma($vb)) //!2
}
//: code c
// $Fc lists all dues.
func $Fc(in @in.Input) error {
	//+
	return fmt.Errorf("$Wc %d", $fa(in).$mb())
}
""",
        },
    ),
    Template(
        "cart_lists",
        kind="the same statement three times in one function, on lists that are empty",
        copies=2,
        base="""
//: code b
func $fa(in @in.Input) ($va, $vb, $vc []int) {
	for k, $vd := range in.Items {
		$va = append($va, $vd)
		if k > 4 {
			$vb = append($vb, $vd)
		}
		if k > 20 {
			$vc = append($vc, $vd)
		}
	}
	return $va, $vb, $vc
}
//: code a
// $Fa prices a cart.
func $Fa(in @in.Input) error {
	$ve, $vf, $vg := $fa(in)
	$vh := 0
	$vi := $ve
	$vh += $vi[0] //!1
	//+
	$vi = $vf
	$vh += $vi[0] //!2
	//+
	$vi = $vg
	$vh += $vi[0] //!3
	return fmt.Errorf("$Wa %d", $vh)
}
//: call 1 n=0 expect="index out of range"
$P.$Fa(in)
//: call 2 n=1..5 expect="index out of range"
$P.$Fa(in)
//: call 3 n=6..20 expect="index out of range"
$P.$Fa(in)
""",
        variants={
            # statements between, a function that was there goes
            "reordered": """
//: code b
func $fa(in @in.Input) ($va, $vb, $vc []int) {
	for k, $vd := range in.Items {
		$va = append($va, $vd)
		if k > 4 {
			$vb = append($vb, $vd)
		}
		if k > 20 {
			$vc = append($vc, $vd)
		}
	}
	return $va, $vb, $vc
}
//: code a
// $Fa prices a cart.
func $Fa(in @in.Input) error {
	$ve, $vf, $vg := $fa(in)
	$vi, $vh := $ve, 0
	$vh += $vi[0] //!1
	slog.Debug("cart", "sum", $vh)
	if $vh < 0 {
		return io.EOF
	}
	$vi = $vf
	$vh += $vi[0] //!2
	//+
	$vi = $vg
	$vh += $vi[0] //!3
	return fmt.Errorf("$Wa %d", $vh)
}
""",
            # two more, which are right, before and between
            "more": """
//: code b
func $fa(in @in.Input) ($va, $vb, $vc []int) {
	for k, $vd := range in.Items {
		$va = append($va, $vd)
		if k > 4 {
			$vb = append($vb, $vd)
		}
		if k > 20 {
			$vc = append($vc, $vd)
		}
	}
	return $va, $vb, $vc
}
//: code a
// $Fa prices a cart.
func $Fa(in @in.Input) error {
	$ve, $vf, $vg := $fa(in)
	$vh := 0
	$vi := []int{in.ID, in.N}
	$vh += $vi[0]
	//+
	$vi = $ve
	$vh += $vi[0] //!1
	$vi = []int{in.N}
	$vh += $vi[0]
	$vi = $vf
	//+
	$vh += $vi[0] //!2
	$vi = $vg
	$vh += $vi[0] //!3
	return fmt.Errorf("$Wa %d", $vh)
}
""",
            # the last goes into a function, the lists into a type
            "last": """
//: code b
type $ta struct{ $aa, $ab, $ac []int }

func $fa(in @in.Input) (t $ta) {
	for k, $vd := range in.Items {
		t.$aa = append(t.$aa, $vd)
		if k > 4 {
			t.$ab = append(t.$ab, $vd)
		}
		if k > 20 {
			t.$ac = append(t.$ac, $vd)
		}
	}
	return t
}

func (t $ta) $ma($vh int) int {
	//+
	$vi := t.$ac
	$vh += $vi[0] //!3
	return $vh
}
//: code a
// $Fa prices a cart.
func $Fa(in @in.Input) error {
	t, $vh := $fa(in), 0
	$vi := t.$aa
	$vh += $vi[0] //!1
	$vi = t.$ab
	//+
	$vh += $vi[0] //!2
	$vh = t.$ma($vh)
	return fmt.Errorf("$Wa %d", $vh)
}
""",
        },
    ),
    Template(
        "survey_points",
        kind="two callers of a decoder that is right: a count that is doubled, a check that is too weak",
        copies=2,
        base="""
//: code t
type $ta struct{ $aa, $ab int }

// $fa reads a point; there have to be four bytes.
func $fa(r *@wire.Reader) $ta {
	$va := r.@wire:Word()
	//+
	return $ta{$va, r.@wire:Word()}
}

func $fb(in @in.Input) []byte {
	b := []byte{byte(in.N)}
	for k := 0; k < in.N*2; k++ {
		b = binary.BigEndian.AppendUint16(b, uint16(in.ID+k))
	}
	return b
}
//: code a
// $Fa draws a map.
func $Fa(in @in.Input) error {
	r := @wire.Read($fb(in))
	//+
	$vb := int(r.@wire:Octet()) * 2
	$vc := map[$ta]int{}
	for k := 0; k < $vb; k++ {
		$vc[$fa(r)] = k //!1
	}
	return fmt.Errorf("$Wa %d", len($vc))
}
//: code b
// $Fb measures a field.
func $Fb(in @in.Input) error {
	r := @wire.Read(append($fb(in), 0xff))
	r.@wire:Octet()
	var $vd []$ta
	//+
	for r.Left() > 0 {
		$vd = append($vd, $fa(r)) //!2
	}
	return fmt.Errorf("$Wb %v", $vd)
}
//: call 1 n=1..9 expect="out of range"
$P.$Fa(in)
//: call 2 n=1..9 expect="out of range"
$P.$Fb(in)
""",
        variants={
            # points unmarshal themselves
            "method": """
//: code t
type $ta struct{ $ab, $aa int }

func (t *$ta) $ma(r *@wire.Reader) *$ta {
	t.$aa = r.@wire:Word()
	t.$ab = r.@wire:Word()
	//+
	return t
}

func $fb(in @in.Input) []byte {
	b := []byte{byte(in.N)}
	for k := 0; k < in.N*2; k++ {
		b = binary.BigEndian.AppendUint16(b, uint16(in.ID+k))
	}
	return b
}
//: code a
// $Fa draws a map.
func $Fa(in @in.Input) error {
	r, $vc := @wire.Read($fb(in)), map[$ta]int{}
	for $vb := int(r.@wire:Octet()) * 2; $vb > 0; $vb-- {
		var t $ta
		//+
		t.$ma(r) //!1
		$vc[t]++
	}
	return fmt.Errorf("$Wa %d", len($vc))
}
//: code b
// $Fb measures a field.
func $Fb(in @in.Input) error {
	r := @wire.Read(append($fb(in), 0xff))
	//+
	r.@wire:Octet()
	var $vd []*$ta
	for {
		if r.Left() <= 0 {
			return fmt.Errorf("$Wb %d", len($vd))
		}
		$ve := new($ta).$ma(r) //!2
		$vd = append($vd, $ve)
	}
}
""",
            # an error is returned by the decoder, logs; otherwise as before
            "errors": """
//: code t
type $ta struct{ $aa, $ab int }

// $fa reads a point; there have to be four bytes.
func $fa(r *@wire.Reader, name string) ($ta, error) {
	$va := r.@wire:Word()
	$vf := $ta{$va, r.@wire:Word()}
	//+
	if $vf.$aa == 0xffff {
		return $vf, fmt.Errorf("point of %s: %w", name, io.ErrUnexpectedEOF)
	}
	return $vf, nil
}

func $fb(in @in.Input) []byte {
	b := []byte{byte(in.N)}
	for k := 0; k < in.N*2; k++ {
		b = binary.BigEndian.AppendUint16(b, uint16(in.ID%30000+k))
	}
	return b
}
//: code a
// $Fa draws a map.
func $Fa(in @in.Input) error {
	r := @wire.Read($fb(in))
	$vb := int(r.@wire:Octet()) * 2
	$vc := map[$ta]int{}
	for k := 0; k < $vb; k++ {
		//+
		$vg, err := $fa(r, "map") //!1
		if err != nil {
			return err
		}
		$vc[$vg] = k
	}
	return fmt.Errorf("$Wa %d", len($vc))
}
//: code b
// $Fb measures a field.
func $Fb(in @in.Input) error {
	r := @wire.Read(append($fb(in), 0xff))
	r.@wire:Octet()
	var $vd []$ta
	for r.Left() > 0 {
		slog.Debug("point", "left", r.Left())
		$vg, err := $fa(r, "field") //!2
		//+
		$vd = append($vd, $vg)
		if err != nil {
			break
		}
	}
	return fmt.Errorf("$Wb %v", $vd)
}
""",
        },
    ),
    Template(
        "ferry_boarding",
        kind="an option that is nil, and a deck that is not there under a deferred function that panics anew",
        copies=2,
        base="""
//: code t
type $ta struct {
	$aa []string
	$ab int
}

type $tb func(t *$ta)

func $fa(opts ...$tb) *$ta {
	t := &$ta{$ab: 1}
	for _, opt := range opts {
		//+
		opt(t)
	}
	return t
}
//: code a
// $Fa boards a ferry.
func $Fa(in @in.Input) error {
	$va := map[string]$tb{"$Sa": func(t *$ta) { t.$ab = 2 }}
	defer func() {
		if v := recover(); v != nil {
			//+
			panic(fmt.Sprintf("boarding %d: %v", in.ID, v))
		}
	}()
	$vb := "$Sa"
	if in.N > 5 {
		$vb = "$Sb"
	}
	t := $fa($va[$vb]) //!1
	//+
	return errors.New("$Wa " + t.$aa[t.$ab]) //!2
}
//: call 1 n=6..9 expect="boarding .*nil pointer"
$P.$Fa(in)
//: call 2 n=1..5 expect="boarding .*out of range"
$P.$Fa(in)
""",
        variants={
            # a builder with methods; what is deferred has a name
            "builder": """
//: code t
type $ta struct {
	$ab int
	$aa []string
}

type $tb func(t *$ta)

func (t *$ta) $ma(opt $tb) *$ta {
	opt(t)
	//+
	return t
}

func (t $ta) $mb() string {
	//+
	return t.$aa[t.$ab] //!2
}

func $fb(id int) {
	v := recover()
	if v == nil {
		return
	}
	//+
	panic(fmt.Errorf("boarding %d: %v", id, v))
}
//: code a
// $Fa boards a ferry.
func $Fa(in @in.Input) error {
	defer $fb(in.ID)
	$va := map[bool]string{true: "$Sb", false: "$Sa"}
	$vc := map[string]$tb{"$Sa": func(t *$ta) { t.$ab = 2 }}
	//+
	t := (&$ta{$ab: 1}).$ma($vc[$va[in.N > 5]]) //!1
	return errors.New("$Wa " + t.$mb())
}
""",
            # nothing is deferred; a generic function applies options
            "generic": """
//: code t
type $ta struct {
	$aa []string
	$ab int
}

func $fc[T any](t T, opts []func(T)) T {
	for k := range opts {
		opts[k](t)
	}
	//+
	return t
}
//: code a
// $Fa boards a ferry.
func $Fa(in @in.Input) error {
	$vd := map[string]func(*$ta){"$Sa": func(t *$ta) { t.$ab = 2 }}
	$vb := "$Sa"
	if in.N > 5 {
		$vb = "$Sb"
	}
	$ve := []func(*$ta){$vd["$Sa"], $vd[$vb]}
	//+
	t := $fc(&$ta{$ab: 1}, $ve) //!1
	$vf := t.$aa[t.$ab] //!2
	return errors.New("$Wa " + $vf)
}
//: call 1 n=6..9 expect="nil pointer"
$P.$Fa(in)
//: call 2 n=1..5 expect="out of range"
$P.$Fa(in)
""",
        },
    ),
    Template(
        "sorted_merge",
        kind="a generic merge reads on when one side is used up",
        packages=("merging", "zipper"),
        across=4,
        base="""
//: code merge
// Merge merges two sorted slices.
func Merge[T any](a, b []T, less func(x, y T) bool) []T {
	all := make([]T, 0, len(a)+len(b))
	i, j := 0, 0
	for len(all) < cap(all) {
		//+
		if less(a[i], b[j]) { //!1
			all = append(all, a[i])
			i++
			continue
		}
		all = append(all, b[j])
		j++
	}
	return all
}
//: code b @1
// $Fb joins two logs.
func $Fb(in @in.Input) error {
	$va := append([]int{}, in.Items...)
	sort.Ints($va)
	//+
	$vb := $P.Merge($va, []int{5, in.ID}, func(x, y int) bool { return x < y })
	return fmt.Errorf("$Wb %d", len($vb))
}
//: code c @2
type $tc struct {
	$aa string
	$ab time.Duration
}

func $fc(x, y $tc) bool { return x.$ab < y.$ab }

// $Fc plans two shifts.
func $Fc(in @in.Input) error {
	//+
	for _, $vc := range $P.Merge([]$tc{{in.S, time.Hour}}, []$tc{{"$Sa", time.Minute}}, $fc) {
		if $vc.$aa == "" {
			return io.EOF
		}
	}
	return nil
}
//: code d @3
// $Fd lists the members of two clubs.
func $Fd(in @in.Input) error {
	$vd := strings.Split(in.S, "-")
	sort.Strings($vd)
	//+
	$vd = $P.Merge($vd, nil, func(x, y string) bool { return x < y })
	return fmt.Errorf("$Wd %v", $vd)
}
//: call 1 n=1..9 expect="index out of range"
$P1.$Fb(in)
//: call 1 expect="index out of range"
$P2.$Fc(in)
//: call 1 expect="index out of range"
$P3.$Fd(in)
""",
        variants={
            # heads are looked at by a type
            "heads": """
//: code merge
type sides[T any] struct {
	a, b []T
	less func(x, y T) bool
}

func (s *sides[T]) $ma() (least T) {
	//+
	if s.less(s.a[0], s.b[0]) { //!1
		least, s.a = s.a[0], s.a[1:]
	} else {
		least, s.b = s.b[0], s.b[1:]
	}
	return least
}

// Merge merges two sorted slices.
func Merge[T any](a, b []T, less func(x, y T) bool) []T {
	s := &sides[T]{a, b, less}
	all := make([]T, len(a)+len(b))
	for k := range all {
		//+
		all[k] = s.$ma()
	}
	return all
}
//: code b @1
// $Fb joins two logs.
func $Fb(in @in.Input) error {
	$va := slices.Clone(in.Items)
	slices.Sort($va)
	//+
	$va = $P.Merge($va, []int{5, in.ID}, func(x, y int) bool { return x < y })
	return fmt.Errorf("$Wb %d", len($va))
}
//: code c @2
type $tc struct {
	$ab time.Duration
	$aa string
}

// $Fc plans two shifts.
func $Fc(in @in.Input) error {
	$ve := func(x, y *$tc) bool { return x.$ab < y.$ab }
	//+
	$vf := $P.Merge([]*$tc{{$aa: in.S, $ab: time.Hour}}, []*$tc{{$aa: "$Sa"}}, $ve)
	for k := range $vf {
		if $vf[k].$aa == "" {
			return io.EOF
		}
	}
	return nil
}
//: code d @3
// $Fd lists the members of two clubs.
func $Fd(in @in.Input) error {
	$vd := strings.Split(in.S, "-")
	sort.Strings($vd)
	//+
	return fmt.Errorf("$Wd %v", $P.Merge($vd, nil, func(x, y string) bool { return x < y }))
}
""",
            # a log line and a temporary: light
            "light": """
//: code merge
// Merge merges two sorted slices.
func Merge[T any](a, b []T, less func(x, y T) bool) (all []T) {
	slog.Debug("merge", "a", len(a), "b", len(b))
	for i, j := 0, 0; i+j < len(a)+len(b); {
		//+
		first := less(a[i], b[j]) //!1
		if first {
			all = append(all, a[i])
			i++
		} else {
			all = append(all, b[j])
			j++
		}
	}
	return all
}
//: code b @1
// $Fb joins two logs.
func $Fb(in @in.Input) error {
	$va := append([]int{}, in.Items...)
	sort.Ints($va)
	slog.Debug("logs", "n", in.N)
	//+
	$vb := $P.Merge($va, []int{5, in.ID}, func(x, y int) bool { return x < y })
	return fmt.Errorf("$Wb %d", len($vb))
}
//: code c @2
type $tc struct {
	$aa string
	$ab time.Duration
}

func $fc(x, y $tc) bool { return x.$ab < y.$ab }

// $Fc plans two shifts.
func $Fc(in @in.Input) error {
	$vg := []$tc{{in.S, time.Hour}}
	//+
	for _, $vc := range $P.Merge($vg, []$tc{{"$Sa", time.Minute}}, $fc) {
		if $vc.$aa == "" {
			return io.EOF
		}
	}
	return nil
}
//: code d @3
// $Fd lists the members of two clubs.
func $Fd(in @in.Input) error {
	$vd := strings.Split(in.S, "-")
	sort.Strings($vd)
	//+
	$vd = $P.Merge($vd, nil, func(x, y string) bool { return x < y })
	return fmt.Errorf("$Wd %v", $vd)
}
""",
        },
    ),
]
TEMPLATES: Final = [
    *_ONE_HELPER,
    *_MORE_OF_ONE,
    *_TWO_HELPERS,
    *_WRONG_HELPERS,
    *_SERVICES,
    *_MORE_SERVICES,
    *_CALLERS_OF_CALLERS,
    *more.TEMPLATES,
]
