"""Kept templates, second set, more of them: shared helpers called wrongly, crowded functions, errors in layers, hangs.

In: nothing. Out: HELPERS and TEMPLATES. Written without knowledge of the method that they measure. `context.TODO()` is
part of the histories: what is left for a while by a change that hands a context on, some callers first.
"""

from __future__ import annotations

from typing import Final

from benchmarks.clusters.template import Template

_OBLIGE: Final = Template(
    "oblige",
    kind="panics unless all is well",
    packages=("oblige", "demand", "mustdo"),
    names={
        "Value": ("Value", "Got", "OK"),
        "Hold": ("Hold", "That", "Truly"),
        "Entry": ("Entry", "Keyed"),
    },
    base="""
//: code value
// $Value is the value; an error is a panic.
func $Value[T any](value T, err error) T {
	//+
	if err != nil {
		panic(err)
	}
	return value
}
//: code hold
// $Hold panics unless it is so.
func $Hold(ok bool, format string, args ...any) {
	//+
	if !ok {
		panic(fmt.Sprintf(format, args...))
	}
}
//: code keyed
// $Entry is what a map has under the key.
func $Entry[K comparable, V any](from map[K]V, key K) V {
	value, ok := from[key]
	//+
	$Hold(ok, "no entry for %v in %T", key, from)
	return value
}
""",
    variants={
        "stop": """
//: code value
// $Value is the value; an error is a panic.
func $Value[T any](value T, err error) T {
	if err != nil {
		$fstop(fmt.Errorf("must: %w", err))
	}
	return value
}

func $fstop(reason error) {
	//+
	panic(reason)
}
//: code hold
// $Hold panics unless it is so.
func $Hold(ok bool, format string, args ...any) {
	if ok {
		return
	}
	//+
	$fstop(fmt.Errorf(format, args...))
}
//: code keyed
// $Entry is what a map has under the key.
func $Entry[K comparable, V any](from map[K]V, key K) V {
	//+
	if value, ok := from[key]; ok {
		return value
	}
	$fstop(fmt.Errorf("no entry for %v in %T", key, from))
	panic("unreachable")
}
""",
    },
)
_VETTING: Final = Template(
    "vetting",
    kind="a validator; its last call panics with all that is wrong",
    packages=("vetting", "precheck", "rules"),
    names={"Of": ("Of", "Begin", "About")},
    base="""
//: code t
// Check gathers what is wrong.
type Check struct {
	about string
	wrong []string
}

// $Of begins a check.
func $Of(about string) *Check { return &Check{about: about} }

// Between wants a number within bounds.
func (c *Check) Between(field string, n, low, high int) *Check {
	//+
	if n < low || n > high {
		c.wrong = append(c.wrong, fmt.Sprintf("%s is %d, not within %d and %d", field, n, low, high))
	}
	return c
}

// Filled wants a text.
func (c *Check) Filled(field, text string) *Check {
	if text == "" {
		c.wrong = append(c.wrong, field+" is empty")
	}
	return c
}

// OneOf wants a text of some.
func (c *Check) OneOf(field, text string, allowed ...string) *Check {
	if !slices.Contains(allowed, text) {
		c.wrong = append(c.wrong, fmt.Sprintf("%s is %q, not one of %v", field, text, allowed))
	}
	return c
}
//: code end
// Err is what is wrong.
func (c *Check) Err() error {
	if len(c.wrong) == 0 {
		return nil
	}
	return errors.New(c.about + ": " + strings.Join(c.wrong, "; "))
}

// Enforce panics with what is wrong.
func (c *Check) Enforce() {
	//+
	if err := c.Err(); err != nil {
		panic(err)
	}
}
""",
    variants={
        "broken": """
//: code t
// Broken is what a check found.
type Broken struct {
	About string
	Wrong []string
}

func (b Broken) Error() string { return b.About + ": " + strings.Join(b.Wrong, "; ") }

// Check gathers what is wrong.
type Check struct {
	Broken
}

// $Of begins a check.
func $Of(about string) Check { return Check{Broken{About: about}} }

func (c Check) add(ok bool, format string, args ...any) Check {
	//+
	if !ok {
		c.Wrong = append(c.Wrong, fmt.Sprintf(format, args...))
	}
	return c
}

// Between wants a number within bounds.
func (c Check) Between(field string, n, low, high int) Check {
	return c.add(n >= low && n <= high, "%s is %d, not within %d and %d", field, n, low, high)
}

// Filled wants a text.
func (c Check) Filled(field, text string) Check { return c.add(text != "", "%s is empty", field) }

// OneOf wants a text of some.
func (c Check) OneOf(field, text string, allowed ...string) Check {
	return c.add(slices.Contains(allowed, text), "%s is %q, not one of %v", field, text, allowed)
}
//: code end
// Err is what is wrong.
func (c Check) Err() error {
	if len(c.Wrong) > 0 {
		return c.Broken
	}
	return nil
}

// Enforce panics with what is wrong.
func (c Check) Enforce() {
	if len(c.Wrong) > 0 {
		//+
		panic(c.Broken)
	}
}
""",
    },
)
_OMAP: Final = Template(
    "omap",
    kind="a generic map that keeps its order",
    packages=("omap", "ordmap", "seqmap"),
    names={"New": ("New", "Make")},
    base="""
//: code t
// Map keeps the order of its keys.
type Map[K comparable, V any] struct {
	order  []K
	values map[K]V
}

// $New makes a map.
func $New[K comparable, V any]() *Map[K, V] { return &Map[K, V]{values: map[K]V{}} }

// Put sets.
func (m *Map[K, V]) Put(key K, value V) {
	//+
	if _, ok := m.values[key]; !ok {
		m.order = append(m.order, key)
	}
	m.values[key] = value
}

// Drop takes a key out.
func (m *Map[K, V]) Drop(key K) {
	delete(m.values, key)
	m.order = slices.DeleteFunc(m.order, func(k K) bool { return k == key })
}

// Len is the number of keys.
func (m *Map[K, V]) Len() int { return len(m.order) }
//: code get
// MustGet is the value of a key that is there.
func (m *Map[K, V]) MustGet(key K) V {
	value, ok := m.values[key]
	//+
	if !ok {
		panic(fmt.Sprintf("ordered map: no key %v among %d", key, len(m.order)))
	}
	return value
}

// Nth is the key at a place.
func (m *Map[K, V]) Nth(n int) K {
	//+
	return m.order[n]
}
//: code each
// Each goes through.
func (m *Map[K, V]) Each(f func(K, V)) {
	size := len(m.order)
	//+
	for k := 0; k < size; k++ {
		key := m.order[k]
		f(key, m.values[key])
	}
}
""",
    variants={
        "pairs": """
//: code t
type pair[K comparable, V any] struct {
	key   K
	value V
}

// Map keeps the order of its keys.
type Map[K comparable, V any] struct {
	pairs []*pair[K, V]
}

// $New makes a map.
func $New[K comparable, V any]() *Map[K, V] { return new(Map[K, V]) }

func (m *Map[K, V]) find(key K) *pair[K, V] {
	//+
	for _, p := range m.pairs {
		if p.key == key {
			return p
		}
	}
	return nil
}

// Put sets.
func (m *Map[K, V]) Put(key K, value V) {
	if p := m.find(key); p != nil {
		p.value = value
		return
	}
	m.pairs = append(m.pairs, &pair[K, V]{key, value})
}

// Drop takes a key out.
func (m *Map[K, V]) Drop(key K) {
	m.pairs = slices.DeleteFunc(m.pairs, func(p *pair[K, V]) bool { return p == nil || p.key == key })
}

// Len is the number of keys.
func (m *Map[K, V]) Len() int { return len(m.pairs) }
//: code get
// MustGet is the value of a key that is there.
func (m *Map[K, V]) MustGet(key K) V {
	p := m.find(key)
	if p == nil {
		//+
		panic(fmt.Sprintf("ordered map: no key %v among %d", key, len(m.pairs)))
	}
	return p.value
}

// Nth is the key at a place.
func (m *Map[K, V]) Nth(n int) K { return m.pairs[n].key }
//: code each
// Each goes through.
func (m *Map[K, V]) Each(f func(K, V)) {
	//+
	for k, size := 0, m.Len(); k < size; k++ {
		p := m.pairs[k]
		f(p.key, p.value)
	}
}
""",
    },
)
_ROWSCAN: Final = Template(
    "rowscan",
    kind="a driver's rows; the caller wants what they do not hold",
    packages=("rowscan", "pgrows", "sqlrows"),
    names={"Query": ("Query", "Select"), "Col": ("Col", "Cell")},
    base="""
//: code t
// Rows are what a query found: number, name, amount, note.
type Rows struct {
	cells [][]any
	at    int
}

// $Query asks the database.
func $Query(what string, n int) *Rows {
	r := &Rows{at: -1}
	//+
	for k := 0; k < n; k++ {
		r.cells = append(r.cells, []any{int64(k), what, float64(k) / 4, nil})
	}
	return r
}

// Next goes on.
func (r *Rows) Next() bool {
	r.at++
	return r.at < len(r.cells)
}

// Close gives the rows back.
func (r *Rows) Close() { r.cells = nil }
//: code col
// $Col is a column of the row.
func $Col[T any](r *Rows, k int) T {
	//+
	return r.cells[r.at][k].(T)
}
//: code scan
// Scan copies the columns of the row.
func (r *Rows) Scan(into ...any) error {
	//+
	for k, one := range into {
		switch p := one.(type) {
		case *int64:
			*p = r.cells[r.at][k].(int64)
		case *string:
			*p = r.cells[r.at][k].(string)
		case *float64:
			*p = r.cells[r.at][k].(float64)
		default:
			return fmt.Errorf("scan: column %d into %T", k, one)
		}
	}
	return nil
}
""",
    variants={
        "line": """
//: code t
type line []any

// Rows are what a query found: number, name, amount, note.
type Rows struct {
	ahead []line
	now   line
}

// $Query asks the database.
func $Query(what string, n int) *Rows {
	r := new(Rows)
	for k := 0; k < n; k++ {
		//+
		r.ahead = append(r.ahead, line{int64(k), what, float64(k) / 4, nil})
	}
	return r
}

// Next goes on.
func (r *Rows) Next() bool {
	if len(r.ahead) == 0 {
		r.now = nil
		return false
	}
	r.now, r.ahead = r.ahead[0], r.ahead[1:]
	return true
}

// Close gives the rows back.
func (r *Rows) Close() { r.ahead, r.now = nil, nil }
//: code col
// $Col is a column of the row.
func $Col[T any](r *Rows, k int) T {
	cell := r.now[k]
	//+
	return cell.(T)
}
//: code scan
func assign[T any](to *T, l line, k int) {
	//+
	*to = l[k].(T)
}

// Scan copies the columns of the row.
func (r *Rows) Scan(into ...any) error {
	for k, one := range into {
		switch p := one.(type) {
		case *int64:
			assign(p, r.now, k)
		case *string:
			assign(p, r.now, k)
		case *float64:
			assign(p, r.now, k)
		default:
			return fmt.Errorf("scan: column %d into %T", k, one)
		}
	}
	return nil
}
""",
    },
)
_TLV: Final = Template(
    "tlv",
    kind="decodes bytes; the caller asks beyond them",
    packages=("tlv", "framing", "bytesrc"),
    names={"Open": ("Open", "Over", "Reading")},
    kit=True,
    base="""
//: code t
// Reader reads bytes.
type Reader struct {
	data []byte
	at   int
}

// $Open reads from the begin.
func $Open(data []byte) *Reader { return &Reader{data: data} }

// Byte is the next byte.
func (r *Reader) Byte() byte {
	//+
	b := r.data[r.at]
	r.at++
	return b
}
//: code more
// Word is the next two bytes.
func (r *Reader) Word() int {
	w := binary.BigEndian.Uint16(r.data[r.at:])
	//+
	r.at += 2
	return int(w)
}

// Text is the next n bytes.
func (r *Reader) Text(n int) string {
	//+
	text := string(r.data[r.at : r.at+n])
	r.at += n
	return text
}
""",
    variants={
        "next": """
//: code t
// Reader reads bytes.
type Reader struct {
	data []byte
}

// $Open reads from the begin.
func $Open(data []byte) *Reader { return &Reader{data} }

func (r *Reader) next(n int) []byte {
	//+
	b := r.data[:n:len(r.data)]
	r.data = r.data[n:]
	return b
}

// Byte is the next byte.
func (r *Reader) Byte() byte { return r.next(1)[0] }
//: code more
// Word is the next two bytes.
func (r *Reader) Word() int {
	//+
	return int(binary.BigEndian.Uint16(r.next(2)))
}

// Text is the next n bytes.
func (r *Reader) Text(n int) string { return string(r.next(n)) }
""",
    },
)
_CLIENTX: Final = Template(
    "clientx",
    kind="a client with options; what the caller left out is nil",
    packages=("clientx", "outcall", "dialer"),
    names={"Dial": ("Dial", "Build"), "WithSend": ("WithSend", "SendBy")},
    base="""
//: code t
// Client asks another service.
type Client struct {
	root  string
	send  func(string) (string, error)
	clock func() time.Time
	tries int
}

// Option changes a client.
type Option func(*Client)

// $Dial makes a client.
func $Dial(root string, options ...Option) *Client {
	c := &Client{root: root, tries: 1}
	//+
	for _, o := range options {
		o(c)
	}
	return c
}

// $WithSend says how to send.
func $WithSend(f func(string) (string, error)) Option {
	return func(c *Client) { c.send = f }
}

// WithClock gives it a clock.
func WithClock(f func() time.Time) Option {
	return func(c *Client) { c.clock = f }
}
//: code ask
// Ask sends a question.
func (c *Client) Ask(what string) (answer string, err error) {
	//+
	for k := 0; k < c.tries; k++ {
		if answer, err = c.send(c.root + what); err == nil {
			return answer, nil
		}
	}
	return "", fmt.Errorf("ask %s: %w", what, err)
}

// Age is how long ago it was.
func (c *Client) Age(t time.Time) time.Duration {
	//+
	return c.clock().Sub(t)
}
""",
    variants={
        "iface": """
//: code t
// Sender sends.
type Sender interface {
	Send(what string) (string, error)
}

type sendFunc func(string) (string, error)

func (f sendFunc) Send(what string) (string, error) { return f(what) }

type settings struct {
	clock func() time.Time
}

// Client asks another service.
type Client struct {
	root string
	by   Sender
	set  *settings
}

// Option changes a client.
type Option func(*Client)

// $Dial makes a client.
func $Dial(root string, options ...Option) *Client {
	c := &Client{root: root}
	for _, o := range options {
		//+
		o(c)
	}
	return c
}

// $WithSend says how to send.
func $WithSend(f func(string) (string, error)) Option {
	return func(c *Client) { c.by = sendFunc(f) }
}

// WithClock gives it a clock.
func WithClock(f func() time.Time) Option {
	return func(c *Client) { c.set = &settings{f} }
}
//: code ask
// Ask sends a question.
func (c *Client) Ask(what string) (string, error) {
	//+
	answer, err := c.by.Send(c.root + what)
	if err != nil {
		return "", fmt.Errorf("ask %s: %w", what, err)
	}
	return answer, nil
}

// Age is how long ago it was.
func (c *Client) Age(t time.Time) time.Duration {
	now := c.set.clock()
	return now.Sub(t)
}
""",
    },
)
_IVALS: Final = Template(
    "ivals",
    kind="spans of time; the caller's are none",
    packages=("ivals", "timespan", "daterange"),
    names={"Between": ("Between", "FromTo"), "Day": ("Day", "OnDay")},
    base="""
//: code t
// Span is from a time to another one.
type Span struct {
	From, To time.Time
}

// $Day is a day of 2025.
func $Day(n int) time.Time { return time.Date(2025, 1, n, 0, 0, 0, 0, time.UTC) }

// $Between is a span.
func $Between(from, to time.Time) Span {
	//+
	if to.Before(from) {
		panic(fmt.Sprintf("span ends %s before it begins %s", to.Format(time.DateOnly), from.Format(time.DateOnly)))
	}
	return Span{from, to}
}
//: code parts
// Parts cuts the span.
func (s Span) Parts(n int) []Span {
	//+
	step := s.To.Sub(s.From) / time.Duration(n)
	parts := make([]Span, 0, n)
	for k := 0; k < n; k++ {
		parts = append(parts, Span{s.From.Add(step * time.Duration(k)), s.From.Add(step * time.Duration(k+1))})
	}
	return parts
}

// Share is how much of the span is gone, in hundredths.
func (s Span) Share(at time.Time) int {
	gone := at.Sub(s.From)
	//+
	return int(gone * 100 / s.To.Sub(s.From))
}
""",
    variants={
        "length": """
//: code t
// Span is from a time, for some time.
type Span struct {
	from   time.Time
	length time.Duration
}

// $Day is a day of 2025.
func $Day(n int) time.Time { return time.Date(2025, time.January, n, 0, 0, 0, 0, time.UTC) }

// $Between is a span.
func $Between(from, to time.Time) *Span {
	s := &Span{from, to.Sub(from)}
	s.check()
	return s
}

func (s *Span) check() {
	//+
	if s.length < 0 {
		to := s.from.Add(s.length)
		panic(fmt.Sprintf("span ends %s before it begins %s", to.Format(time.DateOnly), s.from.Format(time.DateOnly)))
	}
}
//: code parts
func (s *Span) per(n int64) time.Duration {
	//+
	return time.Duration(int64(s.length) / n)
}

// Parts cuts the span.
func (s *Span) Parts(n int) []*Span {
	step := s.per(int64(n))
	var parts []*Span
	for k := 0; k < n; k++ {
		//+
		parts = append(parts, &Span{s.from.Add(step * time.Duration(k)), step})
	}
	return parts
}

// Share is how much of the span is gone, in hundredths.
func (s *Span) Share(at time.Time) int {
	return int(at.Sub(s.from) * 100 / s.length)
}
""",
    },
)
_FAULTS: Final = Template(
    "faults",
    kind="wraps errors",
    packages=("faults", "errkit", "trouble"),
    names={"Wrap": ("Wrap", "During"), "Coded": ("Coded", "WithCode")},
    base="""
//: code t
type fault struct {
	op    string
	about []any
	cause error
}

func (f *fault) Error() string {
	text := f.op
	//+
	for k := 0; k+1 < len(f.about); k += 2 {
		text += fmt.Sprintf(" %v=%v", f.about[k], f.about[k+1])
	}
	return text + ": " + f.cause.Error()
}

func (f *fault) Unwrap() error { return f.cause }

// $Wrap says during what it happened.
func $Wrap(err error, op string, about ...any) error {
	//+
	if err == nil {
		return nil
	}
	return &fault{op, about, err}
}
//: code coded
// Code is an error with a number.
type Code struct {
	Number int
	Text   string
}

func (c Code) Error() string { return fmt.Sprintf("[%d] %s", c.Number, c.Text) }

// $Coded is an error with a number.
func $Coded(number int, format string, args ...any) error {
	return Code{number, fmt.Sprintf(format, args...)}
}
""",
)
_PERMIT: Final = Template(
    "permit",
    kind="a semaphore; the caller keeps what it took",
    packages=("permit", "semas", "gatekeep"),
    names={"Of": ("Of", "New")},
    base="""
//: code t
// Gate lets some in.
type Gate struct {
	free chan struct{}
}

// $Of makes a gate.
func $Of(n int) *Gate { return &Gate{make(chan struct{}, n)} }

// Enter waits for a place.
func (g *Gate) Enter() {
	//+
	g.free <- struct{}{}
}

// Leave gives it back.
func (g *Gate) Leave() { <-g.free }

// With runs a function inside.
func (g *Gate) With(f func() error) error {
	g.Enter()
	//+
	defer g.Leave()
	return f()
}
""",
    variants={
        "cond": """
//: code t
// Gate lets some in.
type Gate struct {
	mu   sync.Mutex
	more *sync.Cond
	free int
}

// $Of makes a gate.
func $Of(n int) *Gate {
	g := &Gate{free: n}
	g.more = sync.NewCond(&g.mu)
	return g
}

// Enter waits for a place.
func (g *Gate) Enter() {
	g.mu.Lock()
	defer g.mu.Unlock()
	//+
	for g.free == 0 {
		g.more.Wait()
	}
	g.free--
}

// Leave gives it back.
func (g *Gate) Leave() {
	g.mu.Lock()
	g.free++
	g.mu.Unlock()
	g.more.Signal()
}

// With runs a function inside.
func (g *Gate) With(f func() error) error {
	g.Enter()
	defer g.Leave()
	return f()
}
""",
    },
)
_LANES: Final = Template(
    "lanes",
    kind="a pool of workers that answer",
    packages=("lanes", "workq", "tasker"),
    names={"Start": ("Start", "Open")},
    base="""
//: code t
type errand struct {
	run   func() int
	reply chan int
}

// Lanes are workers.
type Lanes struct {
	todo chan errand
}

// $Start starts n workers.
func $Start(n int) *Lanes {
	l := &Lanes{make(chan errand)}
	//+
	for k := 0; k < n; k++ {
		go l.work()
	}
	return l
}

func (l *Lanes) work() {
	for e := range l.todo {
		//+
		e.reply <- e.run()
	}
}

// Call runs a function on a worker, and waits for it.
func (l *Lanes) Call(f func() int) int {
	e := errand{f, make(chan int, 1)}
	l.todo <- e
	return <-e.reply
}

// Stop ends the workers.
func (l *Lanes) Stop() { close(l.todo) }
""",
    variants={
        "future": """
//: code t
// Lanes are workers.
type Lanes struct {
	todo chan func()
	quit chan struct{}
}

// $Start starts n workers.
func $Start(n int) *Lanes {
	l := &Lanes{todo: make(chan func()), quit: make(chan struct{})}
	for k := 0; k < n; k++ {
		go func() {
			for {
				select {
				case f := <-l.todo:
					f()
				case <-l.quit:
					return
				}
			}
		}()
	}
	return l
}

// Call runs a function on a worker, and waits for it.
func (l *Lanes) Call(f func() int) int {
	reply := make(chan int, 1)
	//+
	l.todo <- func() { reply <- f() }
	return <-reply
}

// Stop ends the workers.
func (l *Lanes) Stop() { close(l.quit) }
""",
    },
)
HELPERS: Final = (
    _OBLIGE,
    _VETTING,
    _OMAP,
    _ROWSCAN,
    _TLV,
    _CLIENTX,
    _IVALS,
    _FAULTS,
    _PERMIT,
    _LANES,
)

# ------------------------------------------------------------------------------------- shared helpers, called wrongly

_MISUSED: Final = (
    Template(
        "k2m_position_report",
        kind="three parts of one report, each of which a helper refuses",
        base="""
//: code a
// $Fa reads the report of a ship: number;hour:minute;name in hex.
func $Fa(in @in.Input) error {
	report := fmt.Sprintf("%d;%02d:%02d;%x", in.ID, in.N, in.ID%60, in.S)
	$va := strings.Split(report, ";")
	//+
	$vb := @oblige.Value(time.Parse("15:04", $va[1])) //!1
	$vc := @oblige.Value(hex.DecodeString($va[2][in.N/10%2:])) //!2
	//+c
	if len($vc) == 0 {
		return errors.New("$Wa without a name")
	}
	$vd := @oblige.Value(strconv.Atoi($va[1])) //!3
	return fmt.Errorf("$Wb %d %d", $vb.Hour(), $vd)
}
//: call 1 n=25..60 expect="hour out of range"
$P.$Fa(in)
//: call 2 n=10..19 expect="odd length hex|invalid byte"
$P.$Fa(in)
//: call 3 n=0..9 expect="invalid syntax"
$P.$Fa(in)
""",
        variants={
            "type": """
//: code t
type $ta struct {
	$aa []string
	$ab int
}

func ($va $ta) $ma() time.Time {
	//+
	return @oblige.Value(time.Parse("15:04", $va.$aa[1])) //!1
}

func ($va $ta) $mb() []byte {
	return @oblige.Value(hex.DecodeString($va.$aa[2][$va.$ab/10%2:])) //!2
}
//: code a
// $Fa reads the report of a ship: number;hour:minute;name in hex.
func $Fa(in @in.Input) error {
	report := fmt.Sprintf("%d;%02d:%02d;%x", in.ID, in.N, in.ID%60, in.S)
	$va := $ta{strings.Split(report, ";"), in.N}
	//+
	$vb, $vc := $va.$ma(), $va.$mb()
	if len($vc) == 0 {
		return errors.New("$Wa without a name")
	}
	$vd := @oblige.Value(strconv.Atoi($va.$aa[1])) //!3
	return fmt.Errorf("$Wb %d %d", $vb.Hour(), $vd)
}
""",
            "numbers": """
//: code b
func $fa($va ...string) (ns []int) {
	//+
	for _, one := range $va {
		ns = append(ns, @oblige.Value(strconv.Atoi(one))) //!3
	}
	return ns
}
//: code a
// $Fa reads the report of a ship: number;hour:minute;name in hex.
func $Fa(in @in.Input) error {
	report := fmt.Sprintf("%d;%02d:%02d;%x", in.ID, in.N, in.ID%60, in.S)
	$va := strings.Split(report, ";")
	if len($va) < 3 {
		return fmt.Errorf("$Wa of %d parts", len($va))
	}
	//+
	$vb := @oblige.Value(time.Parse("15:04", $va[1])) //!1
	//+c
	if $vc := @oblige.Value(hex.DecodeString($va[2][in.N/10%2:])); len($vc) == 0 { //!2
		return errors.New("$Wa without a name")
	}
	return fmt.Errorf("$Wb %d %v", $vb.Hour(), $fa($va[:2]...))
}
""",
        },
    ),
    Template(
        "k2m_duty_table",
        kind="a table of duties is asked for what it does not have: by a wrong key, and too early",
        copies=2,
        base="""
//: code t
type $ta struct {
	$aa map[string]int
	$ab map[int]string
}

func (t *$ta) $ma(zone string) int {
	//+
	return @oblige.Entry(t.$aa, strings.ToUpper(zone)) //!1
}

func (t *$ta) $mb(code int) string {
	//+
	$va := @oblige.Entry(t.$ab, code%7) //!2
	return $va + "%"
}
//: code a
// $Fa says what is to be paid.
func $Fa(in @in.Input) error {
	t := &$ta{$aa: map[string]int{in.S: in.N}, $ab: map[int]string{}}
	//+
	if in.N > 5 {
		return fmt.Errorf("$Wa %d", t.$ma(in.S))
	}
	return fmt.Errorf("$Wb %s", t.$mb(in.ID))
}
//: code b
// $Fb says whether anything is to be paid.
func $Fb(in @in.Input) error {
	t := &$ta{$aa: map[string]int{"$Sa": in.N}}
	//+
	if t.$ma(in.S) > 0 {
		return errors.New("$Wa")
	}
	return nil
}
//: call 1 n=6..9 expect="no entry for"
$P.$Fa(in)
//: call 2 n=1..5 expect="no entry for"
$P.$Fa(in)
//: call 1 n=6..9 expect="no entry for"
$P.$Fb(in)
""",
        variants={
            "value": """
//: code t
type $ta struct {
	$aa map[string]int
	$ab map[int]string
}

func $fa(t $ta, zone string, free bool) int {
	if free {
		return 0
	}
	//+
	return @oblige.Entry(t.$aa, strings.ToUpper(zone)) //!1
}

func (t $ta) $mb(code int) (text string) {
	defer func() { text += "%" }()
	//+
	return @oblige.Entry(t.$ab, code%7) //!2
}
//: code a
// $Fa says what is to be paid.
func $Fa(in @in.Input) error {
	t := $ta{$aa: map[string]int{in.S: in.N}}
	switch {
	case in.N > 5:
		return fmt.Errorf("$Wa %d", $fa(t, in.S, false))
	default:
		//+
		return fmt.Errorf("$Wb %s", t.$mb(in.ID))
	}
}
//: code b
// $Fb says whether anything is to be paid.
func $Fb(in @in.Input) error {
	t := $ta{$aa: map[string]int{"$Sa": in.N}}
	//+
	if $fa(t, in.S, in.N < 0) > 0 {
		return errors.New("$Wa")
	}
	return nil
}
""",
            "generic": """
//: code t
type $ta[K comparable, V any] map[K]V

func (t $ta[K, V]) $ma(key K) V {
	//+
	return @oblige.Entry(t, key)
}

func $fa(t $ta[string, int], zone string) int {
	//+
	return t.$ma(strings.ToUpper(zone)) //!1
}
//: code a
// $Fa says what is to be paid.
func $Fa(in @in.Input) error {
	t := $ta[string, int]{in.S: in.N}
	//+
	if in.N > 5 {
		return fmt.Errorf("$Wa %d", $fa(t, in.S))
	}
	$va := $ta[int, string]{}.$ma(in.ID % 7) //!2
	return errors.New("$Wb " + $va + "%")
}
//: code b
// $Fb says whether anything is to be paid.
func $Fb(in @in.Input) error {
	t := $ta[string, int]{"$Sa": in.N}
	//+
	if $fa(t, in.S) > 0 {
		return errors.New("$Wa")
	}
	return nil
}
""",
        },
    ),
    Template(
        "k2m_seat_plan",
        kind="two claims that do not hold, with one text",
        copies=2,
        base="""
//: code t
type $ta struct {
	$aa, $ab int
}
//: code b
func (t *$ta) $ma(n int) {
	//+
	t.$aa += n
	@oblige.Hold(t.$aa <= t.$ab, "cabin %d has %d of %d seats taken", n, t.$aa, t.$ab) //!1
}

func (t *$ta) $mb(n int) {
	t.$aa -= n
	//+
	@oblige.Hold(t.$aa >= 0, "cabin %d has %d of %d seats taken", n, t.$aa, t.$ab) //!2
}
//: code a
// $Fa seats a party.
func $Fa(in @in.Input) error {
	t := &$ta{$ab: 40}
	for _, n := range in.Items {
		t.$ma(n / 100)
	}
	//+
	if in.N > 30 {
		t.$ma(in.N * 2)
	} else {
		t.$mb(in.N)
	}
	return nil
}
//: call 1 n=31..60 expect="seats taken"
$P.$Fa(in)
//: call 2 n=3..12 expect="seats taken"
$P.$Fa(in)
""",
        variants={
            "one": """
//: code t
type $ta struct {
	$aa, $ab int
}
//: code b
func (t *$ta) $ma(n int, free bool) {
	if free {
		t.$aa -= n
		//+
		@oblige.Hold(t.$aa >= 0, "cabin %d has %d of %d seats taken", n, t.$aa, t.$ab) //!2
		return
	}
	t.$aa += n
	//+
	@oblige.Hold(t.$aa <= t.$ab, "cabin %d has %d of %d seats taken", n, t.$aa, t.$ab) //!1
}
//: code a
// $Fa seats a party.
func $Fa(in @in.Input) error {
	t := &$ta{$ab: 40}
	for _, n := range in.Items {
		t.$ma(n/100, false)
	}
	//+
	if in.N > 30 {
		t.$ma(in.N*2, false)
		return nil
	}
	t.$ma(in.N, true)
	return nil
}
""",
            "inline": """
//: code a
// $Fa seats a party.
func $Fa(in @in.Input) error {
	$va, $vb := 0, 40
	for _, n := range in.Items {
		$va += n / 100
	}
	//+c
	if in.N <= 30 {
		$va -= in.N
		@oblige.Hold($va >= 0, "cabin %d has %d of %d seats taken", in.N, $va, $vb) //!2
		return nil
	}
	//+
	$va += in.N * 2
	@oblige.Hold($va <= $vb, "cabin %d has %d of %d seats taken", in.N, $va, $vb) //!1
	return nil
}
""",
        },
    ),
    Template(
        "k2m_vet_order",
        kind="an order that was checked against wrong limits, in three ways",
        copies=2,
        base="""
//: code t
type $ta struct {
	$aa, $ab int
	$ac string
}
//: code b
// $Fb makes a checked order.
func $Fb(n, stock int, sku string) $ta {
	//+
	@vetting.Of("order").Between("quantity", n, stock, 1).Filled("sku", sku).Enforce() //!1
	return $ta{n, stock, sku}
}
//: code a
// $Fa takes an order.
func $Fa(in @in.Input) error {
	//+
	if in.N > 6 {
		$va := $Fb(in.N, 500, in.S)
		return fmt.Errorf("$Wa %s", $va.$ac)
	}
	$vb := $ta{in.N, 9, strings.TrimLeft(in.S, "abcdefghijklmnopqrstuvwxyz-")}
	@vetting.Of("order").Between("quantity", $vb.$aa, 0, $vb.$ab).Filled("sku", $vb.$ac).Enforce() //!2
	return nil
}
//: code c
// $Fc changes how an order is sent.
func $Fc(in @in.Input) error {
	$vc := @vetting.Of("order").OneOf("carrier", in.S[:1], "road", "rail", "sea")
	//+
	$vc.Enforce() //!3
	return nil
}
//: call 1 n=7..90 expect="quantity is"
$P.$Fa(in)
//: call 2 n=1..6 expect="sku is empty"
$P.$Fa(in)
//: call 3 n=1..6 expect="not one of"
$P.$Fc(in)
""",
        variants={
            "method": """
//: code t
type $ta struct {
	$aa, $ab int
	$ac string
}

func ($va *$ta) $ma(strict bool) *$ta {
	if strict {
		//+
		@vetting.Of("order").Between("quantity", $va.$aa, $va.$ab, 1).Filled("sku", $va.$ac).Enforce() //!1
	}
	return $va
}
//: code a
// $Fa takes an order.
func $Fa(in @in.Input) error {
	if in.N > 6 {
		$va := (&$ta{in.N, 500, in.S}).$ma(true)
		return fmt.Errorf("$Wa %s", $va.$ac)
	}
	//+
	return $fb($ta{in.N, 9, strings.TrimLeft(in.S, "abcdefghijklmnopqrstuvwxyz-")})
}

func $fb($vb $ta) error {
	//+
	@vetting.Of("order").Between("quantity", $vb.$aa, 0, $vb.$ab).Filled("sku", $vb.$ac).Enforce() //!2
	return nil
}
//: code c
// $Fc changes how an order is sent.
func $Fc(in @in.Input) error {
	//+
	defer func() {
		$vc := @vetting.Of("order").OneOf("carrier", in.S[:1], "road", "rail", "sea")
		$vc.Enforce() //!3
	}()
	return nil
}
""",
        },
    ),
    Template(
        "k2m_vet_rows",
        kind="rows of an import are checked one by one; the second check asks for a field of another row",
        base="""
//: code a
// $Fa imports rows.
func $Fa(in @in.Input) error {
	$va := make([]string, len(in.Items))
	for k, n := range in.Items {
		//+
		@vetting.Of(fmt.Sprintf("row %d", k)).Between("share", n, 0, 60).Enforce() //!1
		$va[k] = strconv.Itoa(n)
	}
	return nil
}
//: code b
// $Fb imports names.
func $Fb(in @in.Input) error {
	$vb := append(strings.Split(in.S, "-"), strings.Repeat("x", in.N-1))
	//+
	for k, one := range $vb {
		@vetting.Of(fmt.Sprintf("row %d", k)).Filled("name", one).Enforce() //!2
	}
	return nil
}
//: call 1 n=40..60 expect="share is"
$P.$Fa(in)
//: call 2 n=1 expect="name is empty"
$P.$Fb(in)
""",
        variants={
            "closure": """
//: code b
func $fa(n int, check func(k int, title string)) {
	for k := 0; k < n; k++ {
		//+
		check(k, fmt.Sprintf("row %d", k))
	}
}
//: code a
// $Fa imports rows.
func $Fa(in @in.Input) error {
	$va := make([]string, len(in.Items))
	//+c
	$fa(len(in.Items), func(k int, title string) {
		//+
		@vetting.Of(title).Between("share", in.Items[k], 0, 60).Enforce() //!1
		$va[k] = strconv.Itoa(in.Items[k])
	})
	return nil
}

// $Fb imports names.
func $Fb(in @in.Input) error {
	$vb := append(strings.Split(in.S, "-"), strings.Repeat("x", in.N-1))
	//+c
	$fa(len($vb), func(k int, title string) {
		@vetting.Of(title).Filled("name", $vb[k]).Enforce() //!2
	})
	return nil
}
""",
            "types": """
//: code t
type $ta []int

func ($va $ta) $ma() {
	for k := range $va {
		//+
		@vetting.Of(fmt.Sprintf("row %d", k)).Between("share", $va[k], 0, 60).Enforce() //!1
	}
}

type $tb struct{ $aa []string }

func ($vb *$tb) $ma() {
	for k := range $vb.$aa {
		//+
		@vetting.Of(fmt.Sprintf("row %d", k)).Filled("name", $vb.$aa[k]).Enforce() //!2
	}
}
//: code a
type $tc interface{ $ma() }

func $fb($va $tc) error {
	//+
	$va.$ma()
	return nil
}

// $Fa imports rows.
func $Fa(in @in.Input) error { return $fb($ta(in.Items)) }

// $Fb imports names.
func $Fb(in @in.Input) error {
	//+
	return $fb(&$tb{append(strings.Split(in.S, "-"), strings.Repeat("x", in.N-1))})
}
""",
        },
    ),
    Template(
        "k2m_price_book",
        kind="an ordered map: a key that was dropped, one beyond the end, one taken out on the way",
        copies=2,
        base="""
//: code a
// $Fa reads a book of prices.
func $Fa(in @in.Input) error {
	$va := @omap.New[int, string]()
	for k, n := range in.Items {
		$va.Put(n, fmt.Sprintf("%s/%d", in.S, k))
	}
	//+
	if in.N > 20 {
		$va.Drop(in.Items[3])
		return fmt.Errorf("$Wa %s", $va.MustGet(in.Items[3])) //!1
	}
	//+
	if in.N > 10 {
		$vb := $va.Nth($va.Len()) //!2
		return fmt.Errorf("$Wb %d", $vb)
	}
	//+c
	$va.Each(func(n int, name string) { //!3
		if n%2 == 0 || len(name) > 1 {
			$va.Drop(n)
		}
	})
	return nil
}
//: call 1 n=21..40 expect="no key"
$P.$Fa(in)
//: call 2 n=11..20 expect="index out of range"
$P.$Fa(in)
//: call 3 n=2..10 expect="index out of range|nil pointer"
$P.$Fa(in)
""",
        variants={
            "methods": """
//: code t
type $ta struct {
	$aa *@omap.Map[int, string]
	$ab []int
}

func (t *$ta) $ma() int {
	//+
	$vb := t.$aa.Nth(t.$aa.Len()) //!2
	return $vb
}

func (t *$ta) $mb() string {
	t.$aa.Drop(t.$ab[3])
	//+
	return t.$aa.MustGet(t.$ab[3]) //!1
}

func (t *$ta) $mc() {
	//+
	t.$aa.Each(t.$md) //!3
}

func (t *$ta) $md(n int, name string) {
	if n%2 == 0 || len(name) > 1 {
		t.$aa.Drop(n)
	}
}
//: code a
// $Fa reads a book of prices.
func $Fa(in @in.Input) error {
	t := &$ta{@omap.New[int, string](), in.Items}
	for k, n := range in.Items {
		t.$aa.Put(n, fmt.Sprintf("%s/%d", in.S, k))
	}
	//+
	switch {
	case in.N > 20:
		return fmt.Errorf("$Wa %s", t.$mb())
	case in.N > 10:
		return fmt.Errorf("$Wb %d", t.$ma())
	}
	t.$mc()
	return nil
}
""",
            "generic": """
//: code b
func $fa[K comparable, V any]($va *@omap.Map[K, V]) K {
	//+
	return $va.Nth($va.Len()) //!2
}

func $fb[V any]($va *@omap.Map[int, V], few bool) {
	if few {
		return
	}
	//+
	$va.Each(func(n int, _ V) { $va.Drop(n) }) //!3
}
//: code a
// $Fa reads a book of prices.
func $Fa(in @in.Input) error {
	$va := @omap.New[int, string]()
	for k := range in.Items {
		$va.Put(in.Items[k], fmt.Sprintf("%s/%d", in.S, k))
	}
	//+
	if in.N <= 10 {
		$fb($va, in.N < 0)
		return nil
	}
	if in.N <= 20 {
		return fmt.Errorf("$Wb %d", $fa($va))
	}
	//+
	$va.Drop(in.Items[3])
	return fmt.Errorf("$Wa %s", $va.MustGet(in.Items[3])) //!1
}
""",
        },
    ),
    Template(
        "k2m_board",
        kind="one key that is not there, wanted from four places",
        base="""
//: code t
type $ta struct {
	$aa *@omap.Map[string, int]
}

func (t *$ta) $ma(gate string) int {
	//+
	return t.$aa.MustGet(gate + "/departures") //!1
}
//: code b
func $fa(gate string) *$ta {
	t := &$ta{@omap.New[string, int]()}
	//+
	t.$aa.Put(gate+"/departure", len(gate))
	return t
}
//: code a
// $Fa shows the board.
func $Fa(in @in.Input) error {
	//+
	return fmt.Errorf("$Wa %d", $fa(in.S).$ma(in.S))
}

// $Fb says how long the board is.
func $Fb(in @in.Input) error {
	t := $fa(in.S)
	for k := 0; k < in.N; k++ {
		//+
		if t.$ma(in.S) > k {
			return nil
		}
	}
	return nil
}
//: code c
// $Fc refreshes in the background.
func $Fc(in @in.Input) error {
	//+c
	$va := sync.OnceValue(func() int { return $fa(in.S).$ma(in.S) })
	return fmt.Errorf("$Wb %d", $va())
}
//: call 1 n=1..9 expect="no key"
$P.$Fa(in)
//: call 1 n=1..9 expect="no key"
$P.$Fb(in)
//: call 1 n=1..9 expect="no key"
$P.$Fc(in)
""",
        variants={
            "function": """
//: code b
func $fb($va *@omap.Map[string, int], gate string, late bool) int {
	//+
	if late {
		return $va.Len()
	}
	return $va.MustGet(gate + "/departures") //!1
}

func $fa(gate string) *@omap.Map[string, int] {
	$va := @omap.New[string, int]()
	$va.Put(gate+"/departure", len(gate))
	return $va
}
//: code a
// $Fa shows the board.
func $Fa(in @in.Input) error {
	return fmt.Errorf("$Wa %d", $fb($fa(in.S), in.S, false))
}

// $Fb says how long the board is.
func $Fb(in @in.Input) error {
	$va := $fa(in.S)
	//+
	for k := range in.Items {
		if $fb($va, in.S, k < 0) > k {
			return nil
		}
	}
	return nil
}
//: code c
// $Fc refreshes in the background.
func $Fc(in @in.Input) error {
	var once sync.Once
	$vb := 0
	//+c
	once.Do(func() {
		//+
		$vb = $fb($fa(in.S), in.S, false)
	})
	return fmt.Errorf("$Wb %d", $vb)
}
""",
        },
    ),
    Template(
        "k2m_columns",
        kind="columns of a row: two of the wrong type, one that is not there",
        copies=2,
        base="""
//: code a
// $Fa reads a balance.
func $Fa(in @in.Input) error {
	$va := @rowscan.Query(in.S, in.N)
	defer $va.Close()
	$vb := int64(0)
	for $va.Next() {
		//+
		$vb += @rowscan.Col[int64]($va, 0)
		if in.N > 20 {
			$vb += @rowscan.Col[int64]($va, 2) //!1
		}
		//+
		if in.N > 10 {
			$vb += int64(len(@rowscan.Col[string]($va, 3))) //!2
		}
	}
	//+
	$va.Next()
	return fmt.Errorf("$Wa %d of %s", $vb, @rowscan.Col[string]($va, 1)) //!3
}
//: call 1 n=21..40 expect="interface conversion"
$P.$Fa(in)
//: call 2 n=11..20 expect="interface conversion"
$P.$Fa(in)
//: call 3 n=0..10 expect="index out of range"
$P.$Fa(in)
""",
        variants={
            "scan": """
//: code t
type $ta struct {
	$aa int64
	$ab string
}

func (t *$ta) $ma($va *@rowscan.Rows, n int) error {
	var $vb int64
	if n > 20 {
		//+
		if err := $va.Scan(&t.$aa, &t.$ab, &$vb); err != nil { //!1
			return err
		}
	}
	//+
	if n > 10 {
		t.$aa += int64(len(@rowscan.Col[string]($va, 3))) //!2
	}
	return nil
}
//: code a
// $Fa reads a balance.
func $Fa(in @in.Input) error {
	var t $ta
	$va := @rowscan.Query(in.S, in.N)
	for $va.Next() {
		//+
		if err := t.$ma($va, in.N); err != nil {
			return fmt.Errorf("$Wb: %w", err)
		}
	}
	$va.Close()
	//+
	return fmt.Errorf("$Wa %d of %s", t.$aa, @rowscan.Col[string]($va, 1)) //!3
}
""",
            "each": """
//: code b
func $fa($va *@rowscan.Rows, f func(id int64)) string {
	defer $va.Close()
	for $va.Next() {
		//+
		f(@rowscan.Col[int64]($va, 0))
	}
	//+
	return @rowscan.Col[string]($va, 1) //!3
}
//: code a
// $Fa reads a balance.
func $Fa(in @in.Input) error {
	$va, $vb := @rowscan.Query(in.S, in.N), int64(0)
	//+c
	$vc := $fa($va, func(id int64) {
		$vb += id
		if in.N > 20 {
			$vb += @rowscan.Col[int64]($va, 2) //!1
		} else if in.N > 10 {
			//+
			$vb += int64(len(@rowscan.Col[string]($va, 3))) //!2
		}
	})
	return fmt.Errorf("$Wa %d of %s", $vb, $vc)
}
""",
        },
    ),
    Template(
        "k2m_cursor",
        kind="a cursor is read before it is moved, and after it was closed",
        copies=2,
        base="""
//: code t
type $ta struct {
	$aa *@rowscan.Rows
}

func (t *$ta) $ma() string {
	//+
	return @rowscan.Col[string](t.$aa, 1) //!1
}

func (t *$ta) $mb() (total int64) {
	$va := t.$aa
	$va.Close()
	//+
	for k := 0; k < 3; k++ {
		total += @rowscan.Col[int64]($va, 0) //!2
	}
	return total
}
//: code a
// $Fa prints the first claim.
func $Fa(in @in.Input) error {
	t := &$ta{@rowscan.Query(in.S, in.N)}
	//+
	if in.N > 5 {
		return errors.New("$Wa " + t.$ma())
	}
	t.$aa.Next()
	return fmt.Errorf("$Wb %d", t.$mb())
}
//: code b
// $Fb counts the claims.
func $Fb(in @in.Input) error {
	t := &$ta{@rowscan.Query(in.S, in.N)}
	//+
	t.$aa.Next()
	if n := t.$mb(); n > 3 {
		return fmt.Errorf("$Wc %d", n)
	}
	return nil
}
//: call 1 n=6..9 expect="index out of range"
$P.$Fa(in)
//: call 2 n=1..5 expect="index out of range"
$P.$Fa(in)
//: call 2 n=1..9 expect="index out of range"
$P.$Fb(in)
""",
        variants={
            "plain": """
//: code b
func $fa(rows *@rowscan.Rows) string {
	//+
	return @rowscan.Col[string](rows, 1) //!1
}

func $fb(rows *@rowscan.Rows, n int) (total int64) {
	func() {
		//+
		defer rows.Close()
	}()
	for n > 0 {
		total += @rowscan.Col[int64](rows, 0) //!2
		n--
	}
	return total
}

// $Fb counts the claims.
func $Fb(in @in.Input) error {
	rows := @rowscan.Query(in.S, in.N)
	rows.Next()
	//+
	return fmt.Errorf("$Wc %d", $fb(rows, 3))
}
//: code a
// $Fa prints the first claim.
func $Fa(in @in.Input) error {
	rows := @rowscan.Query(in.S, in.N)
	//+
	if in.N <= 5 {
		rows.Next()
		return fmt.Errorf("$Wb %d", $fb(rows, 3))
	}
	return errors.New("$Wa " + $fa(rows))
}
""",
            "iface": """
//: code t
type $tb interface {
	$ma() string
	$mb() int64
}

type $ta struct {
	$aa *@rowscan.Rows
	$ab int
}

func (t $ta) $ma() string {
	return @rowscan.Col[string](t.$aa, 1) //!1
}

func (t $ta) $mb() (total int64) {
	t.$aa.Close()
	//+
	for range make([]bool, t.$ab) {
		total += @rowscan.Col[int64](t.$aa, 0) //!2
	}
	return total
}

func $fa(in @in.Input) $tb {
	//+
	return $ta{@rowscan.Query(in.S, in.N), 3}
}
//: code a
// $Fa prints the first claim.
func $Fa(in @in.Input) error {
	//+
	if t := $fa(in); in.N > 5 {
		return errors.New("$Wa " + t.$ma())
	} else {
		return fmt.Errorf("$Wb %d", t.$mb())
	}
}

// $Fb counts the claims.
func $Fb(in @in.Input) error {
	t := $fa(in)
	//+
	if n := t.$mb(); n > 3 {
		return fmt.Errorf("$Wc %d", n)
	}
	return nil
}
""",
        },
    ),
    Template(
        "k2m_frame",
        kind="a message of a meter is read beyond its end, in three places",
        copies=2,
        base="""
//: code b
func $fa(in @in.Input) []byte {
	//+
	$va := []byte{byte(in.N), byte(len(in.S))}
	return append($va, in.S...)
}
//: code a
// $Fa reads a message.
func $Fa(in @in.Input) error {
	r := @tlv.Open($fa(in))
	$vb := r.Byte()
	//+
	if $vb > 20 {
		return errors.New("$Wa " + r.Text(int($vb)*4)) //!1
	}
	$vc := r.Text(int(r.Byte()))
	//+
	if $vb > 10 {
		return fmt.Errorf("$Wb %s %d", $vc, r.Word()) //!2
	}
	for k := byte(0); k <= $vb; k++ {
		//+
		$vb -= r.Byte() % 2 //!3
	}
	return nil
}
//: call 1 n=21..60 expect="slice bounds out of range"
$P.$Fa(in)
//: call 2 n=11..20 expect="index out of range|slice bounds"
$P.$Fa(in)
//: call 3 n=2..10 expect="index out of range|slice bounds"
$P.$Fa(in)
""",
        variants={
            "split": """
//: code b
func $fa(in @in.Input) []byte {
	//+
	return append([]byte{byte(in.N), byte(len(in.S))}, in.S...)
}

func $fb(r *@tlv.Reader, $vb byte) string {
	//+
	return "$Wa " + r.Text(int($vb)*4) //!1
}

func $fc(r *@tlv.Reader, $vb byte) {
	for k := byte(0); k <= $vb; k++ {
		//+
		$vb -= r.Byte() % 2 //!3
	}
}
//: code a
// $Fa reads a message.
func $Fa(in @in.Input) error {
	r := @tlv.Open($fa(in))
	//+
	switch $vb := r.Byte(); {
	case $vb > 20:
		return errors.New($fb(r, $vb))
	case $vb > 10:
		$vc := r.Text(int(r.Byte()))
		//+
		return fmt.Errorf("$Wb %s %d", $vc, r.Word()) //!2
	default:
		_ = r.Text(int(r.Byte()))
		$fc(r, $vb)
	}
	return nil
}
""",
            "visitor": """
//: code t
type $ta struct {
	r   *@tlv.Reader
	$aa byte
	$ab string
}

func (t *$ta) $ma() (err error) {
	if t.$aa > 20 {
		//+
		return errors.New("$Wa " + t.r.Text(int(t.$aa)*4)) //!1
	}
	t.$ab = t.r.Text(int(t.r.Byte()))
	if t.$aa > 10 {
		defer func() {
			//+
			err = fmt.Errorf("$Wb %s %d", t.$ab, t.r.Word()) //!2
		}()
		return nil
	}
	return t.$mb()
}

func (t *$ta) $mb() error {
	for k := byte(0); k <= t.$aa; k++ {
		t.$aa -= t.r.Byte() % 2 //!3
	}
	//+
	return nil
}
//: code a
// $Fa reads a message.
func $Fa(in @in.Input) error {
	$va := append([]byte{byte(in.N), byte(len(in.S))}, in.S...)
	//+
	t := &$ta{r: @tlv.Open($va)}
	t.$aa = t.r.Byte()
	return t.$ma()
}
""",
        },
    ),
    Template(
        "k2m_client",
        kind="a client that was built without what it needs: nobody to send, no clock",
        copies=2,
        base="""
//: code t
type $ta struct {
	$aa *@clientx.Client
	$ab time.Time
}

func (t *$ta) $ma(id int) (string, error) {
	//+
	return t.$aa.Ask(fmt.Sprintf("/rates/%d", id)) //!1
}

func (t *$ta) $mb() bool {
	//+
	return t.$aa.Age(t.$ab) > time.Minute //!2
}
//: code b
func $fa(in @in.Input) *$ta {
	if in.N > 5 {
		//+
		return &$ta{$aa: @clientx.Dial("http://" + in.S)}
	}
	return &$ta{$aa: @clientx.Dial("http://"+in.S, @clientx.WithSend(func(s string) (string, error) { return s, nil }))}
}
//: code a
// $Fa asks for a rate.
func $Fa(in @in.Input) error {
	t := $fa(in)
	//+
	if _, err := t.$ma(in.ID); err != nil {
		return fmt.Errorf("$Wa: %w", err)
	}
	if t.$mb() {
		return errors.New("$Wb is old")
	}
	return nil
}
//: code c
// $Fc warms the cache.
func $Fc(in @in.Input) error {
	t := $fa(in)
	//+
	for k := 0; k < 3; k++ {
		_, _ = t.$ma(k)
	}
	return nil
}
//: call 1 n=6..9 expect="nil pointer"
$P.$Fa(in)
//: call 2 n=1..5 expect="nil pointer"
$P.$Fa(in)
//: call 1 n=6..9 expect="nil pointer"
$P.$Fc(in)
""",
        variants={
            "functions": """
//: code b
func $fa(in @in.Input) *@clientx.Client {
	var $va []@clientx.Option
	if in.N <= 5 {
		$va = append($va, @clientx.WithSend(func(s string) (string, error) { return s, nil }))
	}
	//+
	return @clientx.Dial("http://"+in.S, $va...)
}

func $fb($vb *@clientx.Client, id int) (string, error) {
	//+
	$vc, err := $vb.Ask(fmt.Sprintf("/rates/%d", id)) //!1
	if err != nil {
		return "", fmt.Errorf("rate %d: %w", id, err)
	}
	return $vc, nil
}
//: code a
// $Fa asks for a rate.
func $Fa(in @in.Input) error {
	$vb := $fa(in)
	if _, err := $fb($vb, in.ID); err != nil {
		return fmt.Errorf("$Wa: %w", err)
	}
	//+
	if $vb.Age(time.Time{}) > time.Minute { //!2
		return errors.New("$Wb is old")
	}
	return nil
}
//: code c
// $Fc warms the cache.
func $Fc(in @in.Input) error {
	//+c
	for k := range [3]bool{} {
		_, _ = $fb($fa(in), k)
	}
	return nil
}
""",
            "embedded": """
//: code t
type $ta struct {
	*@clientx.Client
	$ab time.Time
}

func (t $ta) $ma(ctx context.Context, id int) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	//+
	return t.Ask(fmt.Sprintf("/rates/%d", id)) //!1
}
//: code b
func $fa(in @in.Input) $ta {
	if in.N > 5 {
		return $ta{Client: @clientx.Dial("http://" + in.S)}
	}
	//+
	$va := @clientx.WithSend(func(s string) (string, error) { return s, nil })
	return $ta{Client: @clientx.Dial("http://"+in.S, $va)}
}

func (t $ta) $mb() bool {
	return t.Age(t.$ab) > time.Minute //!2
}
//: code a
// $Fa asks for a rate.
func $Fa(in @in.Input) error {
	t := $fa(in)
	if _, err := t.$ma(context.Background(), in.ID); err != nil {
		return fmt.Errorf("$Wa: %w", err)
	}
	//+
	if t.$mb() {
		return errors.New("$Wb is old")
	}
	return nil
}

// $Fc warms the cache.
func $Fc(in @in.Input) error {
	t := $fa(in)
	//+
	for k := 0; k < 3; k++ {
		_, _ = t.$ma(context.TODO(), k)
	}
	return nil
}
""",
        },
    ),
    Template(
        "k2m_lease",
        kind="spans: the wrong way round, cut into none, of no length; in one function",
        copies=2,
        base="""
//: code a
// $Fa bills a lease.
func $Fa(in @in.Input) error {
	$va, $vb := @ivals.Day(1), @ivals.Day(30)
	if in.N > 40 {
		$vb = @ivals.Day(-in.N)
	}
	//+
	$vc := @ivals.Between($va, $vb) //!1
	for k, one := range $vc.Parts(in.N / 20) { //!2
		//+
		if k > in.N {
			return fmt.Errorf("$Wa %v", one)
		}
	}
	$vd := @ivals.Between($vb, $vb)
	//+
	return fmt.Errorf("$Wb %d", $vd.Share($va)) //!3
}
//: call 1 n=41..99 expect="before it begins"
$P.$Fa(in)
//: call 2 n=1..19 expect="divide by zero"
$P.$Fa(in)
//: call 3 n=20..40 expect="divide by zero"
$P.$Fa(in)
""",
        variants={
            "split": """
//: code b
func $fa($va, $vb time.Time, parts int) int {
	//+
	$vc := @ivals.Between($va, $vb) //!1
	return len($vc.Parts(parts)) //!2
}
//: code a
// $Fa bills a lease.
func $Fa(in @in.Input) error {
	$va, $vb := @ivals.Day(1), @ivals.Day(30)
	if in.N > 40 {
		$vb = @ivals.Day(-in.N)
	}
	//+
	if n := $fa($va, $vb, in.N/20); n > in.N {
		return fmt.Errorf("$Wa %d", n)
	}
	$vd := @ivals.Between($vb, $vb).Share($va) //!3
	return fmt.Errorf("$Wb %d", $vd)
}
""",
            "type": """
//: code t
type $ta struct {
	$aa, $ab time.Time
}

func (t *$ta) $ma(n int) error {
	//+
	for k, one := range @ivals.Between(t.$aa, t.$ab).Parts(n / 20) { //!1,2
		if k > n {
			return fmt.Errorf("$Wa %v", one)
		}
	}
	return nil
}

func (t *$ta) $mb() int {
	//+
	$va := @ivals.Between(t.$ab, t.$ab)
	return $va.Share(t.$aa) //!3
}
//: code a
// $Fa bills a lease.
func $Fa(in @in.Input) error {
	t := &$ta{@ivals.Day(1), @ivals.Day(30)}
	//+
	if in.N > 40 {
		t.$ab = @ivals.Day(-in.N)
	}
	if err := t.$ma(in.N); err != nil {
		return err
	}
	return fmt.Errorf("$Wb %d", t.$mb())
}
""",
        },
    ),
)

# --------------------------------------------------------------------------------------- several bugs in one function

_CROWDED: Final = (
    Template(
        "k2m_statement",
        kind="a monthly statement: four things can go wrong in one function",
        copies=2,
        base="""
//: code a
// $Fa makes a statement.
func $Fa(in @in.Input) error {
	$va := 0
	for _, n := range in.Items {
		$va += n
	}
	//+
	if in.N < 5 {
		$va -= in.Items[in.N] //!1
	}
	$vb := $va * 100 / (in.N - 5) //!2
	var $vc map[string]int
	if in.N > 20 {
		$vc = map[string]int{"$Sa": $va}
	}
	//+
	$vc[in.S] = $vb //!3
	$vd := in.S[:in.N] //!4
	return fmt.Errorf("$Wa %s %d", $vd, len($vc))
}
//: call 1 n=1..4 expect="index out of range"
$P.$Fa(in)
//: call 2 n=5 expect="divide by zero"
$P.$Fa(in)
//: call 3 n=6..20 expect="nil map"
$P.$Fa(in)
//: call 4 n=30..60 expect="slice bounds out of range"
$P.$Fa(in)
""",
        variants={
            "two": """
//: code b
func $fa(items []int, n int) int {
	$va := 0
	for k := 0; k < len(items); k++ {
		$va += items[k]
	}
	//+
	if n < 5 {
		$va -= items[n] //!1
	}
	return $va * 100 / (n - 5) //!2
}
//: code a
// $Fa makes a statement.
func $Fa(in @in.Input) error {
	$vb := $fa(in.Items, in.N)
	//+
	var $vc map[string]int
	if in.N > 20 {
		$vc = map[string]int{"$Sa": $vb}
	}
	$vc[in.S] = $vb //!3
	//+
	$vd := in.S[:in.N] //!4
	return fmt.Errorf("$Wa %s %d", $vd, len($vc))
}
""",
            "type": """
//: code t
type $ta struct {
	$aa map[string]int
	$ab int
	$ac string
}

func (t *$ta) $ma(n int) {
	//+
	$va := t.$ab * 100 / n //!2
	//+
	t.$aa[t.$ac] = $va //!3
}
//: code a
// $Fa makes a statement.
func $Fa(in @in.Input) error {
	t := &$ta{$ac: in.S}
	for _, n := range in.Items {
		t.$ab += n
	}
	if in.N < 5 {
		//+
		t.$ab -= in.Items[in.N] //!1
	}
	if in.N > 20 {
		t.$aa = map[string]int{}
	}
	//+
	t.$ma(in.N - 5)
	t.$ac = t.$ac[:in.N] //!4
	return fmt.Errorf("$Wa %s %d", t.$ac, len(t.$aa))
}
""",
            "closures": """
//: code a
// $Fa makes a statement.
func $Fa(in @in.Input) error {
	$va := 0
	//+c
	$ve := func(n int) int {
		for _, one := range in.Items {
			$va += one
		}
		if n < 5 {
			//+
			$va -= in.Items[n] //!1
		}
		return $va * 100 / (n - 5) //!2
	}
	$vb := $ve(in.N)
	var $vc map[string]int
	if in.N > 20 {
		$vc = map[string]int{"$Sa": $va}
	}
	//+
	func() {
		defer @obs.Span("$Wb")()
		$vc[in.S] = $vb //!3
	}()
	//+
	$vd := in.S[:in.N] //!4
	return fmt.Errorf("$Wa %s %d", $vd, len($vc))
}
""",
            "background": """
//: code b
func $fb($va []int, k int) int {
	//+
	if k >= 5 {
		return 0
	}
	return $va[k] //!1
}
//: code a
// $Fa makes a statement.
func $Fa(in @in.Input) error {
	$va := -$fb(in.Items, in.N) //!1
	for _, n := range in.Items {
		$va += n
	}
	//+
	$vb := $va * 100 / (in.N - 5) //!2
	var $vc map[string]int
	if in.N > 20 {
		$vc = map[string]int{"$Sa": $va}
	}
	ch := make(chan bool)
	//+c
	go func() {
		$vc[in.S] = $vb //!3
		ch <- true
	}()
	<-ch
	//+
	$vd := in.S[:in.N] //!4
	return fmt.Errorf("$Wa %s %d", $vd, len($vc))
}
""",
        },
    ),
    Template(
        "k2m_yard_move",
        kind="a switch over what is to be moved: three branches are wrong",
        copies=2,
        base="""
//: code t
type $ta struct {
	$aa [][]int
	$ab *$ta
	$ac int
}

func (t *$ta) $ma(what int, id int) int {
	//+
	switch what {
	case 0:
		$va := t.$aa[id%3]
		return $va[len($va)-1] //!1
	case 1:
		//+
		return t.$ab.$ac + id //!2
	case 2:
		$vb := t.$aa[id%3 : t.$ac]
		return len($vb) + id/t.$ac //!3
	}
	return t.$ac
}
//: code a
// $Fa moves something in the yard.
func $Fa(in @in.Input) error {
	t := &$ta{$aa: make([][]int, 3)}
	if in.N == 2 {
		in.ID -= in.ID % 3
	}
	//+
	return fmt.Errorf("$Wa %d", t.$ma(in.N, in.ID))
}
//: call 1 n=0 expect="index out of range .-1"
$P.$Fa(in)
//: call 2 n=1 expect="nil pointer"
$P.$Fa(in)
//: call 3 n=2 expect="divide by zero"
$P.$Fa(in)
""",
        variants={
            "ifs": """
//: code t
type $ta struct {
	$aa [][]int
	$ab *$ta
	$ac int
}
//: code b
func $fa(t *$ta, what int, id int) int {
	if what == 0 {
		$va := t.$aa[id%3]
		//+
		return $va[len($va)-1] //!1
	}
	//+
	if what == 1 {
		return t.$ab.$ac + id //!2
	}
	if what != 2 {
		return t.$ac
	}
	$vb := t.$aa[id%3 : t.$ac]
	//+
	return len($vb) + id/t.$ac //!3
}
//: code a
// $Fa moves something in the yard.
func $Fa(in @in.Input) error {
	t := &$ta{$aa: make([][]int, 3)}
	if in.N == 2 {
		in.ID -= in.ID % 3
	}
	return fmt.Errorf("$Wa %d", $fa(t, in.N, in.ID))
}
""",
            "table": """
//: code t
type $ta struct {
	$aa [][]int
	$ab *$ta
	$ac int
}

func (t *$ta) $mb(id int) int {
	$va := t.$aa[id%3]
	//+
	return $va[len($va)-1] //!1
}

func (t *$ta) $mc(id int) int { return t.$ab.$ac + id } //!2

func (t *$ta) $md(id int) int {
	//+
	$vb := t.$aa[id%3 : t.$ac]
	return len($vb) + id/t.$ac //!3
}

func (t *$ta) $ma(what int, id int) int {
	//+
	return []func(int) int{t.$mb, t.$mc, t.$md}[what](id)
}
//: code a
// $Fa moves something in the yard.
func $Fa(in @in.Input) error {
	t := &$ta{$aa: make([][]int, 3)}
	//+
	if in.N == 2 {
		in.ID -= in.ID % 3
	}
	return fmt.Errorf("$Wa %d", t.$ma(in.N, in.ID))
}
""",
        },
    ),
    Template(
        "k2m_tiles",
        kind="tiles of a map: the last row, the last column, and the zoom",
        copies=2,
        base="""
//: code t
type $ta struct {
	$aa [][]int
	$ab int
}
//: code a
// $Fa smooths tiles.
func $Fa(in @in.Input) error {
	t := $ta{$ab: in.N - 8}
	for k := 0; k < 4; k++ {
		t.$aa = append(t.$aa, make([]int, 4))
	}
	//+
	$va := 0
	for r := range t.$aa {
		for c := range t.$aa[r] {
			switch {
			case in.N > 8:
				$va += t.$aa[r][c] + t.$aa[r][c+1] //!1
			case in.N < 8:
				//+
				$va += t.$aa[r][c] - t.$aa[r+1][c] //!2
			default:
				$va += 1 << 9 / t.$ab //!3
			}
		}
	}
	return fmt.Errorf("$Wa %d", $va)
}
//: call 1 n=9..30 expect="index out of range .4"
$P.$Fa(in)
//: call 2 n=1..7 expect="index out of range .4"
$P.$Fa(in)
//: call 3 n=8 expect="divide by zero"
$P.$Fa(in)
""",
        variants={
            "cell": """
//: code t
type $ta struct {
	$aa [][]int
	$ab int
}

func (t *$ta) $ma(r, c int) int {
	//+
	return t.$aa[r][c] + t.$aa[r][c+1] //!1
}

func (t *$ta) $mb(r, c int) int {
	return t.$aa[r][c] - t.$aa[r+1][c] //!2
}
//: code a
// $Fa smooths tiles.
func $Fa(in @in.Input) error {
	t := $ta{make([][]int, 4), in.N - 8}
	for k := range t.$aa {
		t.$aa[k] = make([]int, 4)
	}
	//+
	$va := 0
	for k := 0; k < 16; k++ {
		if in.N > 8 {
			$va += t.$ma(k/4, k%4)
			continue
		}
		if in.N < 8 {
			//+
			$va += t.$mb(k/4, k%4)
			continue
		}
		$va += 1 << 9 / t.$ab //!3
	}
	return fmt.Errorf("$Wa %d", $va)
}
""",
            "rows": """
//: code b
func $fa[N int | int64](rows [][]N, n int, zoom N) (all N) {
	for r, row := range rows {
		//+
		for c := range row {
			if n > 8 {
				all += rows[r][c] + rows[r][c+1] //!1
			} else if n < 8 {
				all += rows[r][c] - rows[r+1][c] //!2
			} else {
				//+
				all += 1 << 9 / zoom //!3
			}
		}
	}
	return all
}
//: code a
// $Fa smooths tiles.
func $Fa(in @in.Input) error {
	$vb := make([][]int64, 4)
	for k := range $vb {
		$vb[k] = make([]int64, 4)
	}
	//+
	return fmt.Errorf("$Wa %d", $fa($vb, in.N, int64(in.N-8)))
}
""",
            "at": """
//: code b
func $fb[T any](from []T, k int) T {
	//+
	return from[k]
}
//: code a
// $Fa smooths tiles.
func $Fa(in @in.Input) error {
	$vb, $vc := make([][]int, 4), in.N-8
	for k := range $vb {
		$vb[k] = make([]int, 4)
	}
	//+
	$va := 0
	for r := range $vb {
		for c, n := range $vb[r] {
			switch {
			case in.N > 8:
				$va += n + $fb($vb[r], c+1) //!1
			case in.N < 8:
				//+
				$va += n - $fb($vb, r+1)[c] //!2
			default:
				$va += 1 << 9 / $vc //!3
			}
		}
	}
	return fmt.Errorf("$Wa %d", $va)
}
""",
        },
    ),
    Template(
        "k2m_preferences",
        kind="merges preferences: a type, a nil, a missing part, a map in a slice",
        base="""
//: code t
type $ta struct {
	$Aa map[string]any
	$Ab *$ta
	$Ac []string
}
//: code a
// $Fa merges preferences.
func $Fa(in @in.Input) error {
	$va := &$ta{$Aa: map[string]any{"zoom": in.S, "lang": nil}, $Ac: strings.Split(in.S, "-")}
	$vb := 0
	//+
	if in.N < 5 {
		$vb = $va.$Aa["zoom"].(int) //!1
	}
	//+
	if in.N < 10 {
		$vb += len($va.$Ab.$Ac) //!2
	}
	$vc := $va.$Ac[0]
	if in.N < 15 {
		$vc = $va.$Ac[2] //!3
	}
	//+
	$vd, _ := $va.$Aa["zones"].(map[string]int)
	$vd[$vc] += $vb //!4
	return fmt.Errorf("$Wa %s", $vc)
}
//: call 1 n=1..4 expect="interface conversion"
$P.$Fa(in)
//: call 2 n=5..9 expect="nil pointer"
$P.$Fa(in)
//: call 3 n=10..14 expect="index out of range"
$P.$Fa(in)
//: call 4 n=15..40 expect="nil map"
$P.$Fa(in)
""",
        variants={
            "getters": """
//: code t
type $ta struct {
	$Aa map[string]any
	$Ab *$ta
	$Ac []string
}

func $fa[T any](from map[string]any, key string) T {
	//+
	return from[key].(T) //!1
}

func (t *$ta) $ma(k int) string {
	//+
	return t.$Ac[k] //!3
}

func (t *$ta) $mb() int { return len(t.$Ac) } //!2
//: code a
// $Fa merges preferences.
func $Fa(in @in.Input) error {
	$va := &$ta{$Aa: map[string]any{"zoom": in.S, "lang": nil}, $Ac: strings.Split(in.S, "-")}
	$vb := 0
	//+
	if in.N < 5 {
		$vb = $fa[int]($va.$Aa, "zoom") //!1
	}
	if in.N < 10 {
		$vb += $va.$Ab.$mb() //!2
	}
	$vc := $va.$ma(0)
	//+
	if in.N < 15 {
		$vc = $va.$ma(2) //!3
	}
	$vd, _ := $va.$Aa["zones"].(map[string]int)
	//+
	$vd[$vc] += $vb //!4
	return fmt.Errorf("$Wa %s", $vc)
}
""",
            "early": """
//: code t
type $ta struct {
	$Aa map[string]any
	$Ab *$ta
	$Ac []string
}
//: code a
// $Fa merges preferences.
func $Fa(in @in.Input) error {
	if in.S == "" {
		return errors.New("$Wb without a name")
	}
	//+
	$va := $ta{$Aa: map[string]any{"zoom": in.S, "lang": nil}, $Ac: strings.Split(in.S, "-")}
	return $fb(context.Background(), $va, in.N)
}

func $fb(ctx context.Context, $va $ta, n int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	//+
	$vb, $vc := 0, $va.$Ac[0]
	switch {
	case n < 5:
		$vb = $va.$Aa["zoom"].(int) //!1
	case n < 10:
		//+
		$vb += len($va.$Ab.$Ac) //!2
	case n < 15:
		$vc = $va.$Ac[2] //!3
	}
	//+c
	$vd, _ := $va.$Aa["zones"].(map[string]int)
	$vd[$vc] += $vb //!4
	return fmt.Errorf("$Wa %s", $vc)
}
""",
        },
    ),
    Template(
        "k2m_manifest_lines",
        kind="lines of a manifest: the parts of a line, its weight, and the total; loops of all kinds",
        copies=2,
        base="""
//: code a
// $Fa sums a manifest.
func $Fa(in @in.Input) error {
	$va := make([]string, 0, in.N)
	for k := range in.Items {
		$va = append($va, fmt.Sprintf("%s|%d", in.S, k))
	}
	$vb, $vc := 0, [4]int{}
	//+
	for k, one := range $va {
		$vd := strings.Split(one, "|")
		if in.N > 30 {
			$vb += len($vd[2]) //!1
		}
		//+
		if in.N > 10 {
			$vc[k]++ //!2
		}
		$vb += len($vd[1])
	}
	//+
	for k := len($va); k >= 0; k-- {
		$vb -= len($va[k]) //!3
	}
	return fmt.Errorf("$Wa %d %d", $vb, $vc[0])
}
//: call 1 n=31..60 expect="index out of range .2. with length 2"
$P.$Fa(in)
//: call 2 n=11..30 expect="index out of range .4. with length 4"
$P.$Fa(in)
//: call 3 n=1..10 expect="index out of range"
$P.$Fa(in)
""",
        variants={
            "lines": """
//: code t
type $ta string

func ($va $ta) $ma(k int) int {
	$vd := strings.Split(string($va), "|")
	//+
	return len($vd[k]) //!1
}
//: code a
// $Fa sums a manifest.
func $Fa(in @in.Input) error {
	var $va []$ta
	for k := range in.Items {
		$va = append($va, $ta(fmt.Sprintf("%s|%d", in.S, k)))
	}
	$vb, $vc := 0, [4]int{}
	for k := 0; k < len($va); k++ {
		if in.N > 30 {
			//+
			$vb += $va[k].$ma(2) //!1
		}
		if in.N > 10 {
			$vc[k]++ //!2
		}
		//+
		$vb += $va[k].$ma(1)
	}
	for k := len($va); k >= 0; k-- {
		$vb -= len($va[k]) //!3
	}
	return fmt.Errorf("$Wa %d %d", $vb, $vc[0])
}
""",
            "parts": """
//: code b
func $fa($va []string, n int) (weight int, $vc [4]int) {
	for k := range $va {
		$vd := strings.Split($va[k], "|")
		//+
		if n > 30 {
			weight += len($vd[2]) //!1
		}
		if n > 10 {
			$vc[k]++ //!2
		}
		weight += len($vd[1])
	}
	return weight, $vc
}

func $fb($va []string) (weight int) {
	//+
	for k := len($va); k >= 0; k-- {
		weight += len($va[k]) //!3
	}
	return weight
}
//: code a
// $Fa sums a manifest.
func $Fa(in @in.Input) error {
	$va := make([]string, in.N)
	//+
	for k := range $va {
		$va[k] = fmt.Sprintf("%s|%d", in.S, k)
	}
	$vb, $vc := $fa($va, in.N)
	//+
	return fmt.Errorf("$Wa %d %d", $vb-$fb($va), $vc[0])
}
""",
            "grouped": """
//: code t
type $ta struct {
	$aa []string
	$ab int
	$ac [4]int
}

func (t *$ta) $ma(n int) error {
	for k, one := range t.$aa {
		$vd := strings.Split(one, "|")
		//+
		if n > 30 {
			t.$ab += len($vd[2]) //!1
		}
		if n > 10 {
			t.$ac[k]++ //!2
		}
		t.$ab += len($vd[1])
	}
	return nil
}
//: code a
// $Fa sums a manifest.
func $Fa(in @in.Input) error {
	t := &$ta{}
	for k := range in.Items {
		t.$aa = append(t.$aa, fmt.Sprintf("%s|%d", in.S, k))
	}
	var g @par.Group
	//+
	g.Go(func() error { return t.$ma(in.N) })
	if err := g.Wait(); err != nil {
		return err
	}
	//+
	for k := len(t.$aa); k >= 0; k-- {
		t.$ab -= len(t.$aa[k]) //!3
	}
	return fmt.Errorf("$Wa %d %d", t.$ab, t.$ac[0])
}
""",
        },
    ),
)

# ------------------------------------------------------------------------------ one bug behind many callers and routes

_SHARED: Final = (
    Template(
        "k2m_nearest",
        kind="one search that never looks at an empty list, from four functions of two types",
        copies=2,
        base="""
//: code t
type $ta struct {
	$aa, $ab int
}
//: code b
func $fa(all []$ta, n int) $ta {
	$va := all[0] //!1
	//+
	for _, one := range all {
		if one.$aa-n < $va.$aa-n {
			$va = one
		}
	}
	return $va
}
//: code a
// $Fa finds a courier.
func $Fa(in @in.Input) error {
	//+
	return fmt.Errorf("$Wa %d", $fa(nil, in.ID).$ab)
}

// $Fb finds a locker.
func $Fb(in @in.Input) error {
	var $vb []$ta
	for _, n := range in.Items {
		if n > 200 {
			$vb = append($vb, $ta{n, in.N})
		}
	}
	//+
	if $fa($vb, in.N).$aa > 0 {
		return errors.New("$Wb")
	}
	return nil
}
//: code c
type $tb struct{ $ac []$ta }

func (t *$tb) $ma(n int) int {
	//+
	return $fa(t.$ac[n:], n).$aa
}

// $Fc finds what comes after the last stop.
func $Fc(in @in.Input) error {
	t := &$tb{make([]$ta, in.N)}
	//+
	return fmt.Errorf("$Wc %d", t.$ma(in.N))
}

// $Fd finds a courier for each.
func $Fd(in @in.Input) error {
	$vb := map[int]int{}
	//+c
	@obs.Do(func() {
		$vb[in.ID] = $fa([]$ta{}, in.N).$ab
	})
	return fmt.Errorf("$Wd %d", len($vb))
}
//: call 1 n=1..9 expect="index out of range .0"
$P.$Fa(in)
//: call 1 n=1..9 expect="index out of range .0"
$P.$Fb(in)
//: call 1 n=1..9 expect="index out of range .0"
$P.$Fc(in)
//: call 1 n=1..9 expect="index out of range .0"
$P.$Fd(in)
""",
        variants={
            "generic": """
//: code t
type $ta struct {
	$aa, $ab int
}
//: code b
func $fa[T any](all []T, far func(T) int) T {
	//+
	$va := all[0] //!1
	for k := 1; k < len(all); k++ {
		if far(all[k]) < far($va) {
			$va = all[k]
		}
	}
	return $va
}
//: code a
// $Fa finds a courier.
func $Fa(in @in.Input) error {
	//+
	return fmt.Errorf("$Wa %d", $fa(nil, func(t $ta) int { return t.$aa - in.ID }).$ab)
}

// $Fb finds a locker.
func $Fb(in @in.Input) error {
	var $vb []int
	for _, n := range in.Items {
		if n > 200 {
			$vb = append($vb, n)
		}
	}
	//+
	if $fa($vb, func(n int) int { return n }) > 0 {
		return errors.New("$Wb")
	}
	return nil
}
//: code c
type $tb struct{ $ac []$ta }

func (t $tb) $ma(n int) int {
	//+
	return $fa(t.$ac[n:], func(t $ta) int { return t.$aa }).$aa
}

// $Fc finds what comes after the last stop.
func $Fc(in @in.Input) error {
	return fmt.Errorf("$Wc %d", $tb{make([]$ta, in.N)}.$ma(in.N))
}

// $Fd finds a courier for each.
func $Fd(in @in.Input) error {
	$vb := map[int]int{}
	//+
	$vb[in.ID] = $fa([]$ta{}, func(t $ta) int { return t.$ab }).$ab
	return fmt.Errorf("$Wd %d", len($vb))
}
""",
            "method": """
//: code t
type $ta struct {
	$aa, $ab int
}

type $tb struct{ $ac []$ta }

func (t *$tb) $mb(n int, deep bool) *$ta {
	if deep {
		n++
	}
	//+
	$va := &t.$ac[0] //!1
	for k := range t.$ac {
		if t.$ac[k].$aa-n < $va.$aa-n {
			$va = &t.$ac[k]
		}
	}
	return $va
}
//: code a
// $Fa finds a courier.
func $Fa(in @in.Input) error {
	//+
	return fmt.Errorf("$Wa %d", (&$tb{}).$mb(in.ID, false).$ab)
}

// $Fb finds a locker.
func $Fb(in @in.Input) error {
	$vb := new($tb)
	for _, n := range in.Items {
		if n > 200 {
			$vb.$ac = append($vb.$ac, $ta{n, in.N})
		}
	}
	if $vb.$mb(in.N, true).$aa > 0 {
		return errors.New("$Wb")
	}
	//+
	return nil
}
//: code c
// $Fc finds what comes after the last stop.
func $Fc(in @in.Input) error {
	t := &$tb{make([]$ta, in.N)}
	t.$ac = t.$ac[in.N:]
	//+
	return fmt.Errorf("$Wc %d", t.$mb(in.N, false).$aa)
}

// $Fd finds a courier for each.
func $Fd(in @in.Input) error {
	$vb := map[int]int{}
	//+c
	@obs.Do(func() {
		t := $tb{}
		$vb[in.ID] = t.$mb(in.N, true).$ab
	})
	return fmt.Errorf("$Wd %d", len($vb))
}
""",
        },
    ),
    Template(
        "k2m_listeners",
        kind="what listens to events: one of three is wrong, whoever sends; another one, too",
        base="""
//: code t
type $ta struct {
	Name string
	Data []byte
}

type $tb struct {
	$aa map[string][]func($ta)
}

func (t *$tb) $ma(name string, f func($ta)) {
	t.$aa[name] = append(t.$aa[name], f)
}

func (t *$tb) $mb(e $ta) {
	//+
	for _, f := range t.$aa[e.Name] {
		f(e)
	}
}
//: code b
func $fa(e $ta) {
	var into struct{ Count *int }
	_ = json.Unmarshal(e.Data, &into)
	//+
	*into.Count++ //!1
}

func $fb(e $ta) {
	//+
	if e.Data[len(e.Data)-1] == '}' { //!2
		return
	}
}

func $fc() *$tb {
	t := &$tb{map[string][]func($ta){}}
	t.$ma("stock", func($ta) {})
	//+c
	t.$ma("stock", $fa)
	t.$ma("price", $fb)
	return t
}
//: code a
// $Fa sends what was counted.
func $Fa(in @in.Input) error {
	$va, _ := json.Marshal(map[string]string{"counted": in.S})
	//+
	$fc().$mb($ta{"stock", $va})
	return nil
}

// $Fb sends prices.
func $Fb(in @in.Input) error {
	//+
	$fc().$mb($ta{Name: "price"})
	return nil
}
//: code c
// $Fc sends all again.
func $Fc(in @in.Input) error {
	t := $fc()
	for k := 0; k < in.N; k++ {
		//+
		t.$mb($ta{"stock", []byte(in.S)})
	}
	return nil
}
//: call 1 n=1..9 expect="nil pointer"
$P.$Fa(in)
//: call 2 n=1..9 expect="index out of range .-1"
$P.$Fb(in)
//: call 1 n=1..9 expect="nil pointer"
$P.$Fc(in)
""",
        variants={
            "iface": """
//: code t
type $ta struct {
	Name string
	Data []byte
}

type $tc interface{ $mc(e *$ta) error }

type $td struct{ $ab int }

type $te struct{}

type $tb map[string]$tc

func (t $tb) $mb(e *$ta) error {
	if one, ok := t[e.Name]; ok {
		//+
		return one.$mc(e)
	}
	return errors.New("$Wa nobody listens")
}
//: code b
func (t *$td) $mc(e *$ta) error {
	var into struct{ Count *int }
	//+
	_ = json.Unmarshal(e.Data, &into)
	*into.Count++ //!1
	t.$ab = *into.Count
	return nil
}

func ($te) $mc(e *$ta) error {
	//+
	if e.Data[len(e.Data)-1] == '}' { //!2
		return io.EOF
	}
	return nil
}

func $fc() $tb { return $tb{"stock": &$td{}, "price": $te{}} }
//: code a
// $Fa sends what was counted.
func $Fa(in @in.Input) error {
	$va, _ := json.Marshal(map[string]string{"counted": in.S})
	return $fc().$mb(&$ta{"stock", $va})
}

// $Fb sends prices.
func $Fb(in @in.Input) error {
	//+
	return $fc().$mb(&$ta{Name: "price"})
}
//: code c
// $Fc sends all again.
func $Fc(in @in.Input) (err error) {
	t := $fc()
	//+
	for k := 0; k < in.N; k++ {
		err = errors.Join(err, t.$mb(&$ta{"stock", []byte(in.S)}))
	}
	return err
}
""",
            "decoded": """
//: code t
type $ta struct {
	Name string
	Data []byte
}
//: code b
func $fd[T any](e $ta) (into T) {
	//+
	_ = json.Unmarshal(e.Data, &into)
	return into
}

func $fa(e $ta) {
	into := $fd[struct{ Count *int }](e)
	//+
	*into.Count++ //!1
}

func $fb(e $ta) {
	if e.Data[len(e.Data)-1] == '}' { //!2
		return
	}
	//+
}

func $fe(e $ta) {
	//+
	switch e.Name {
	case "stock":
		$fa(e)
	case "price":
		$fb(e)
	}
}
//: code a
// $Fa sends what was counted.
func $Fa(in @in.Input) error {
	$va, _ := json.Marshal(map[string]string{"counted": in.S})
	$fe($ta{"stock", $va})
	return nil
}

// $Fb sends prices.
func $Fb(in @in.Input) error {
	defer $fe($ta{Name: "price"})
	//+
	return nil
}
//: code c
// $Fc sends all again.
func $Fc(in @in.Input) error {
	for range in.Items {
		//+
		$fe($ta{"stock", []byte(in.S)})
	}
	return nil
}
""",
        },
    ),
    Template(
        "k2m_backoff",
        kind="a helper is wrong: the last step of a table of pauses",
        packages=("pauses", "retrysteps"),
        across=4,
        base="""
//: code steps
// Policy says how long to wait.
type Policy struct {
	steps []time.Duration
}

// Default is for calls to others.
func Default() *Policy {
	return &Policy{[]time.Duration{time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second}}
}

// Pause is how long to wait after an attempt.
func (p *Policy) Pause(attempt int) time.Duration {
	//+
	if attempt > len(p.steps) {
		attempt = len(p.steps) - 1
	}
	return p.steps[attempt] //!1
}
//: code b @1
// $Fb plans a payment.
func $Fb(in @in.Input) error {
	p, $va := $P.Default(), time.Duration(0)
	for k := 0; k < in.N; k++ {
		//+
		$va += p.Pause(k)
	}
	return fmt.Errorf("$Wa in %s", $va)
}
//: code c @2
type $tc struct{ $ac int }

func (t $tc) $mc() string {
	//+
	return $P.Default().Pause(t.$ac).String()
}

// $Fc tells a courier when to come back.
func $Fc(in @in.Input) error {
	//+
	return errors.New("$Wb " + $tc{in.N % 5}.$mc())
}
//: code d @3
// $Fd asks a gateway again.
func $Fd(in @in.Input) (err error) {
	p := $P.Default()
	//+c
	$vb := func(k int) bool { return p.Pause(k) > time.Duration(in.ID)*time.Hour }
	for k := 1; !$vb(k); k++ {
		err = fmt.Errorf("$Wc attempt %d: %w", k, io.EOF)
	}
	return err
}
//: call 1 n=5..9 expect="index out of range .4. with length 4"
$P1.$Fb(in)
//: call 1 n=4 expect="index out of range .4. with length 4"
$P2.$Fc(in)
//: call 1 n=1..9 expect="index out of range .4. with length 4"
$P3.$Fd(in)
""",
        variants={
            "step": """
//: code steps
type table []time.Duration

func (t table) at(k int) time.Duration {
	//+
	return t[k] //!1
}

// Policy says how long to wait.
type Policy struct {
	steps table
	least time.Duration
}

// Default is for calls to others.
func Default() Policy {
	return Policy{steps: table{time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second}}
}

// Pause is how long to wait after an attempt.
func (p Policy) Pause(attempt int) time.Duration {
	if attempt > len(p.steps) {
		attempt = len(p.steps) - 1
	}
	//+
	return max(p.steps.at(attempt), p.least) //!1
}
//: code b @1
// $Fb plans a payment.
func $Fb(in @in.Input) error {
	p, $va := $P.Default(), time.Duration(0)
	//+
	for k := 0; k < in.N; k++ {
		$va += p.Pause(k)
	}
	return fmt.Errorf("$Wa in %s", $va)
}
//: code c @2
type $tc struct{ $ac int }

func (t *$tc) $mc() string { return $P.Default().Pause(t.$ac).String() }

// $Fc tells a courier when to come back.
func $Fc(in @in.Input) error {
	t := &$tc{in.N % 5}
	//+
	return errors.New("$Wb " + t.$mc())
}
//: code d @3
// $Fd asks a gateway again.
func $Fd(in @in.Input) (err error) {
	p := $P.Default()
	for k := 1; ; k++ {
		//+
		if p.Pause(k) > time.Duration(in.ID)*time.Hour {
			return err
		}
		err = fmt.Errorf("$Wc attempt %d: %w", k, io.EOF)
	}
}
""",
        },
    ),
    Template(
        "k2m_money",
        kind="a helper is wrong twice: it writes small amounts, and reads round ones",
        packages=("moneyfmt", "amounts"),
        kit=True,
        across=4,
        base="""
//: code write
// Write writes cents.
func Write(cents int) string {
	text := strconv.Itoa(cents)
	//+
	return text[:len(text)-2] + "." + text[len(text)-2:] //!1
}
//: code read
// Read reads an amount.
func Read(text string) int {
	parts := strings.Split(text, ".")
	whole, _ := strconv.Atoi(parts[0])
	//+
	cents, _ := strconv.Atoi(parts[1]) //!2
	return whole*100 + cents
}
//: code b @1
// $Fb prints a fee.
func $Fb(in @in.Input) error {
	//+
	return errors.New("$Wa " + $P.Write(in.N))
}
//: code c @2
// $Fc adds what was paid.
func $Fc(in @in.Input) error {
	$va := 0
	for _, n := range in.Items {
		//+
		$va += $P.Read(strconv.Itoa(n))
	}
	return fmt.Errorf("$Wb %d", $va)
}
//: code d @3
// $Fd rounds.
func $Fd(in @in.Input) error {
	//+
	$vb := $P.Read($P.Write(in.ID)) / 100
	if in.N > 5 {
		return fmt.Errorf("$Wc %d", $P.Read(fmt.Sprint($vb)))
	}
	return errors.New("$Wd " + $P.Write($vb%10))
}
//: call 1 n=1..9 expect="slice bounds out of range"
$P1.$Fb(in)
//: call 2 n=1..9 expect="index out of range .1"
$P2.$Fc(in)
//: call 2 n=6..9 expect="index out of range .1"
$P3.$Fd(in)
//: call 1 n=1..5 expect="slice bounds out of range"
$P3.$Fd(in)
""",
        variants={
            "split": """
//: code write
func cut(text string, tail int) (string, string) {
	//+
	return text[:len(text)-tail], text[len(text)-tail:] //!1
}

// Write writes cents.
func Write(cents int) string {
	whole, rest := cut(strconv.Itoa(cents), 2) //!1
	return whole + "." + rest
}
//: code read
func number(parts []string, k int) int {
	//+
	n, err := strconv.Atoi(parts[k]) //!2
	if err != nil {
		return 0
	}
	return n
}

// Read reads an amount.
func Read(text string) int {
	parts := strings.Split(text, ".")
	//+
	return number(parts, 0)*100 + number(parts, 1) //!2
}
//: code b @1
// $Fb prints a fee.
func $Fb(in @in.Input) error {
	//+
	return errors.New("$Wa " + $P.Write(in.N))
}
//: code c @2
// $Fc adds what was paid.
func $Fc(in @in.Input) error {
	$va := 0
	for k := range in.Items {
		//+
		$va += $P.Read(fmt.Sprintf("%d", in.Items[k]))
	}
	return fmt.Errorf("$Wb %d", $va)
}
//: code d @3
// $Fd rounds.
func $Fd(in @in.Input) error {
	$vb := $P.Read($P.Write(in.ID)) / 100
	//+
	if in.N <= 5 {
		return errors.New("$Wd " + $P.Write($vb%10))
	}
	return fmt.Errorf("$Wc %d", $P.Read(fmt.Sprint($vb)))
}
""",
        },
    ),
)

# ------------------------------------------------------------------------------------------------------ logged errors

_LOGGED: Final = (
    Template(
        "k2m_log_layers",
        kind="one sentinel, wrapped in three layers, from two places",
        copies=2,
        base="""
//: code e
var $Ea = errors.New("$Wa not available")
//: code b
func $fa(id int, zone string) error {
	//+
	return fmt.Errorf("stock of %d in %q: %w", id, zone, $Ea) //!1
}

func $fb(zone string) error {
	if zone == "" {
		return nil
	}
	//+
	return fmt.Errorf("price list %s: %w", zone, $Ea) //!2
}

func $fc(in @in.Input) error {
	//+
	if in.N > 5 {
		if err := $fa(in.ID, in.S); err != nil {
			return fmt.Errorf("reserve %d pieces: %w", in.N, err)
		}
	}
	if err := $fb(in.S); err != nil {
		return fmt.Errorf("reserve %d pieces: %w", in.N, err)
	}
	return nil
}
//: code a
// $Fa places an order.
func $Fa(in @in.Input) error {
	//+
	if err := $fc(in); err != nil {
		return fmt.Errorf("order %d: %w", in.ID, err)
	}
	return nil
}
//: code c
// $Fc looks whether an order could be placed.
func $Fc(in @in.Input) error {
	err := $fc(in)
	//+
	if errors.Is(err, $Ea) {
		return fmt.Errorf("preview for %s: %w", in.S, err)
	}
	return err
}
//: call 1 n=6..9 routes=log expect="stock of .* not available"
$P.$Fa(in)
//: call 2 n=1..5 routes=log expect="price list .* not available"
$P.$Fa(in)
//: call 1 n=6..9 routes=log expect="stock of .* not available"
$P.$Fc(in)
""",
        variants={
            "type": """
//: code e
var $Ea = errors.New("$Wa not available")

type $ta struct {
	$aa int
	$ab string
}

func (t $ta) $ma() error {
	//+
	return fmt.Errorf("stock of %d in %q: %w", t.$aa, t.$ab, $Ea) //!1
}

func (t $ta) $mb() error {
	//+
	return fmt.Errorf("price list %s: %w", t.$ab, $Ea) //!2
}
//: code b
func $fc(in @in.Input) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("reserve %d pieces: %w", in.N, err)
		}
	}()
	//+
	t := $ta{in.ID, in.S}
	if in.N > 5 {
		return t.$ma()
	}
	return t.$mb()
}
//: code a
// $Fa places an order.
func $Fa(in @in.Input) error {
	if err := $fc(in); err != nil {
		//+
		return fmt.Errorf("order %d: %w", in.ID, err)
	}
	return nil
}
//: code c
// $Fc looks whether an order could be placed.
func $Fc(in @in.Input) error {
	//+
	if err := $fc(in); errors.Is(err, $Ea) {
		return fmt.Errorf("preview for %s: %w", in.S, err)
	}
	return nil
}
""",
            "worded": """
//: code e
var $Ea = errors.New("$Wa not available")
//: code b
func $fa(id int, zone string) error {
	//+
	return fmt.Errorf("stock of item %d in %q: %w", id, zone, $Ea) //!1
}

func $fb(zone string) error {
	//+
	return fmt.Errorf("price list %s: %w", zone, $Ea) //!2
}

func $fc(ctx context.Context, in @in.Input) error {
	err := ctx.Err()
	switch {
	case err != nil:
	case in.N > 5:
		err = $fa(in.ID, in.S)
	default:
		err = $fb(in.S)
	}
	//+
	if err != nil {
		return fmt.Errorf("could not reserve %d pieces: %w", in.N, err)
	}
	return nil
}
//: code a
// $Fa places an order.
func $Fa(in @in.Input) error {
	//+
	if err := $fc(context.Background(), in); err != nil {
		return fmt.Errorf("order %d: %w", in.ID, err)
	}
	return nil
}
//: code c
// $Fc looks whether an order could be placed.
func $Fc(in @in.Input) error {
	//+
	return fmt.Errorf("preview for %s: %w", in.S, $fc(context.TODO(), in))
}
""",
        },
    ),
    Template(
        "k2m_log_format",
        kind="two bugs, whose errors one function formats",
        copies=2,
        base="""
//: code b
func $fa(what string, id int, err error) error {
	//+
	if err == nil {
		return nil
	}
	return fmt.Errorf("$Wa: %s %d failed: %w", what, id, err)
}
//: code a
// $Fa charges a card.
func $Fa(in @in.Input) error {
	_, err := hex.DecodeString(in.S)
	//+
	return $fa("charge", in.ID, err) //!1
}

// $Fb pays back.
func $Fb(in @in.Input) error {
	var out struct{ Amount int }
	err := json.Unmarshal([]byte(fmt.Sprintf(`{"amount": "%d"}`, in.N)), &out)
	//+
	return $fa("refund", in.ID, err) //!2
}
//: call 1 routes=log expect="charge .* failed: encoding/hex"
$P.$Fa(in)
//: call 2 routes=log expect="refund .* failed: json: cannot unmarshal"
$P.$Fb(in)
""",
        variants={
            "type": """
//: code t
type $ta struct {
	$aa string
	$ab int
	$ac error
}

func (t *$ta) Error() string { return fmt.Sprintf("$Wa: %s %d failed: %v", t.$aa, t.$ab, t.$ac) }

func (t *$ta) Unwrap() error { return t.$ac }
//: code a
// $Fa charges a card.
func $Fa(in @in.Input) error {
	//+
	if _, err := hex.DecodeString(in.S); err != nil {
		return &$ta{"charge", in.ID, err} //!1
	}
	return nil
}

// $Fb pays back.
func $Fb(in @in.Input) error {
	var out struct{ Amount int }
	//+
	if err := json.Unmarshal([]byte(fmt.Sprintf(`{"amount": "%d"}`, in.N)), &out); err != nil {
		return &$ta{"refund", in.ID, err} //!2
	}
	return nil
}
""",
            "closure": """
//: code b
func $fb(what string, in @in.Input, f func(@in.Input) error) error {
	//+
	if err := f(in); err != nil {
		return fmt.Errorf("$Wa: %s %d failed: %w", what, in.ID, err)
	}
	return nil
}
//: code a
// $Fa charges a card.
func $Fa(in @in.Input) error {
	//+c
	return $fb("charge", in, func(in @in.Input) error {
		_, err := hex.DecodeString(in.S)
		return err //!1
	})
}

// $Fb pays back.
func $Fb(in @in.Input) error {
	//+
	return $fb("refund", in, func(in @in.Input) error {
		var out struct{ Amount int }
		return json.Unmarshal([]byte(fmt.Sprintf(`{"amount": "%d"}`, in.N)), &out) //!2
	})
}
""",
        },
    ),
    Template(
        "k2m_log_status",
        kind="an error type with a number, for three answers of another service",
        copies=2,
        base="""
//: code e
// $Ta is what the other service said.
type $Ta struct {
	Status int
	Path   string
	Err    error
}

func (e *$Ta) Error() string {
	return fmt.Sprintf("GET %s: %d %s: %v", e.Path, e.Status, http.StatusText(e.Status), e.Err)
}

func (e *$Ta) Unwrap() error { return e.Err }
//: code b
func $fa(in @in.Input) error {
	path := fmt.Sprintf("/v1/%s/%d", in.S, in.ID)
	//+
	switch {
	case in.N > 20:
		return &$Ta{http.StatusConflict, path, errors.New("$Wa was changed")} //!1
	case in.N > 10:
		return &$Ta{http.StatusUnprocessableEntity, path, errors.New("$Wb lacks a currency")} //!2
	}
	//+
	return &$Ta{http.StatusBadGateway, path, io.ErrUnexpectedEOF} //!3
}
//: code a
// $Fa synchronizes.
func $Fa(in @in.Input) error {
	err := $fa(in)
	var answer *$Ta
	//+
	if errors.As(err, &answer) && answer.Status >= 500 {
		return fmt.Errorf("$Wc after %d tries: %w", in.N%4+1, err)
	}
	return fmt.Errorf("$Wc: %w", err)
}
//: call 1 n=21..30 routes=log expect="409 Conflict: .* was changed"
$P.$Fa(in)
//: call 2 n=11..20 routes=log expect="422 .* lacks a currency"
$P.$Fa(in)
//: call 3 n=1..10 routes=log expect="502 Bad Gateway: unexpected EOF"
$P.$Fa(in)
""",
        variants={
            "value": """
//: code e
// $Ta is what the other service said.
type $Ta struct {
	Status int
	Path   string
	Err    error
}

func (e $Ta) Error() string {
	return fmt.Sprintf("GET %s: %d %s: %v", e.Path, e.Status, http.StatusText(e.Status), e.Err)
}

func (e $Ta) Unwrap() error { return e.Err }

func $fb(status int, in @in.Input, err error) error {
	//+
	return $Ta{status, fmt.Sprintf("/v1/%s/%d", in.S, in.ID), err}
}
//: code b
func $fa(in @in.Input) error {
	//+
	if in.N > 20 {
		return $fb(http.StatusConflict, in, errors.New("$Wa was changed")) //!1
	}
	if in.N > 10 {
		return $fb(http.StatusUnprocessableEntity, in, errors.New("$Wb lacks a currency")) //!2
	}
	//+
	return $fb(http.StatusBadGateway, in, io.ErrUnexpectedEOF) //!3
}
//: code a
// $Fa synchronizes.
func $Fa(in @in.Input) error {
	//+
	if err := $fa(in); err != nil {
		var answer $Ta
		if errors.As(err, &answer) && answer.Status >= 500 {
			return fmt.Errorf("$Wc after %d tries: %w", in.N%4+1, err)
		}
		return fmt.Errorf("$Wc: %w", err)
	}
	return nil
}
""",
            "worded": """
//: code e
// $Ta is what the other service said.
type $Ta struct {
	Status int
	Err    error
}

func (e *$Ta) Error() string { return fmt.Sprintf("answered %d: %v", e.Status, e.Err) }

func (e *$Ta) Unwrap() error { return e.Err }
//: code b
func $fa(in @in.Input) (err error) {
	defer func() { err = fmt.Errorf("GET /v2/%s/%d: %w", in.S, in.ID, err) }()
	//+
	switch {
	case in.N > 20:
		return &$Ta{http.StatusConflict, errors.New("$Wa was changed by somebody else")} //!1
	case in.N > 10:
		return &$Ta{http.StatusUnprocessableEntity, errors.New("$Wb lacks a currency")} //!2
	}
	return &$Ta{http.StatusBadGateway, io.ErrUnexpectedEOF} //!3
}
//: code a
// $Fa synchronizes.
func $Fa(in @in.Input) error {
	//+
	return fmt.Errorf("$Wc: %w", $fa(in))
}
//: call 1 n=21..30 routes=log expect="409: .* was changed"
$P.$Fa(in)
//: call 2 n=11..20 routes=log expect="422: .* lacks a currency"
$P.$Fa(in)
//: call 3 n=1..10 routes=log expect="502: unexpected EOF"
$P.$Fa(in)
""",
        },
    ),
    Template(
        "k2m_log_many",
        kind="joined errors of many rows: as many as there are",
        copies=2,
        base="""
//: code a
// $Fa imports rates.
func $Fa(in @in.Input) error {
	var errs []error
	for k, n := range in.Items {
		//+
		if n > 70 {
			errs = append(errs, fmt.Errorf("row %d: rate %d above the cap of the $Wa", k, n)) //!1
		}
	}
	//+
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("$Wb of %s: %w", in.S, err)
	}
	return nil
}
//: code b
// $Fb exports rates.
func $Fb(in @in.Input) error {
	err := fmt.Errorf("$Wb of %s", in.S)
	//+
	for k := 0; k < in.N; k++ {
		err = errors.Join(err, fmt.Errorf("row %d: no column %q", k, "$Sa-"+strconv.Itoa(in.ID))) //!2
	}
	return err
}
//: call 1 n=40..60 routes=log expect="above the cap of the"
$P.$Fa(in)
//: call 2 n=1..6 routes=log expect="no column"
$P.$Fb(in)
""",
        variants={
            "row": """
//: code b
func $fa(k, n int) error {
	//+
	if n <= 70 {
		return nil
	}
	return fmt.Errorf("row %d: rate %d above the cap of the $Wa", k, n) //!1
}

func $fb(k int, column string) error {
	//+
	return fmt.Errorf("row %d: no column %q", k, column) //!2
}

// $Fb exports rates.
func $Fb(in @in.Input) error {
	$va := []error{fmt.Errorf("$Wb of %s", in.S)}
	for k := 0; k < in.N; k++ {
		$va = append($va, $fb(k, "$Sa-"+strconv.Itoa(in.ID)))
	}
	return errors.Join($va...)
}
//: code a
// $Fa imports rates.
func $Fa(in @in.Input) (err error) {
	for k, n := range in.Items {
		err = errors.Join(err, $fa(k, n))
	}
	//+
	if err == nil {
		return nil
	}
	return fmt.Errorf("$Wb of %s: %w", in.S, err)
}
""",
            "worded": """
//: code a
// $Fa imports rates.
func $Fa(in @in.Input) error {
	var $va []error
	for k := len(in.Items) - 1; k >= 0; k-- {
		//+
		if n := in.Items[k]; n > 70 {
			$va = append($va, fmt.Errorf("line %d: rate of %d is above the cap of the $Wa", k+1, n)) //!1
		}
	}
	if len($va) == 0 {
		return nil
	}
	//+
	return fmt.Errorf("$Wb of %s: %d lines: %w", in.S, len($va), errors.Join($va...))
}
//: code b
// $Fb exports rates.
func $Fb(in @in.Input) (err error) {
	defer func() { err = fmt.Errorf("$Wb of %s: %w", in.S, err) }()
	for k := range in.Items {
		//+
		err = errors.Join(err, fmt.Errorf("line %d: no column %q", k+1, "$Sa-"+strconv.Itoa(in.ID))) //!2
	}
	return err
}
""",
        },
    ),
    Template(
        "k2m_log_parse",
        kind="three errors of the standard library, with our values in them",
        copies=2,
        base="""
//: code a
// $Fa reads a booking.
func $Fa(in @in.Input) error {
	//+
	if in.N > 20 {
		if _, err := time.Parse(time.DateOnly, fmt.Sprintf("2025-%02d-%02d", in.N, in.ID%28+1)); err != nil {
			return fmt.Errorf("$Wa: begin of %s: %w", in.S, err) //!1
		}
	}
	if in.N > 10 {
		//+
		if _, err := strconv.ParseUint(fmt.Sprintf("%d-%d", in.ID, in.N), 10, 32); err != nil {
			return fmt.Errorf("$Wa: seats of %s: %w", in.S, err) //!2
		}
	}
	var out map[string]int
	//+
	if err := json.Unmarshal([]byte(strings.Repeat(" ", in.N)+in.S), &out); err != nil {
		return fmt.Errorf("$Wa: options of %s: %w", in.S, err) //!3
	}
	return nil
}
//: call 1 n=21..30 routes=log expect="month out of range"
$P.$Fa(in)
//: call 2 n=11..20 routes=log expect="invalid syntax"
$P.$Fa(in)
//: call 3 n=1..10 routes=log expect="invalid character"
$P.$Fa(in)
""",
        variants={
            "split": """
//: code b
func $fa(n, id int) (time.Time, error) {
	//+
	return time.Parse(time.DateOnly, fmt.Sprintf("2025-%02d-%02d", n, id%28+1)) //!1
}

func $fb(text string) (n uint64, err error) {
	if n, err = strconv.ParseUint(text, 10, 32); err != nil {
		//+
		return 0, fmt.Errorf("seats %q: %w", text, err) //!2
	}
	return n, nil
}
//: code a
// $Fa reads a booking.
func $Fa(in @in.Input) error {
	if in.N > 20 {
		if _, err := $fa(in.N, in.ID); err != nil {
			return fmt.Errorf("$Wa: begin of %s: %w", in.S, err)
		}
	}
	if in.N > 10 {
		//+
		if _, err := $fb(fmt.Sprintf("%d-%d", in.ID, in.N)); err != nil {
			return fmt.Errorf("$Wa: %s: %w", in.S, err)
		}
	}
	var out map[string]int
	if err := json.Unmarshal([]byte(strings.Repeat(" ", in.N)+in.S), &out); err != nil {
		//+
		return fmt.Errorf("$Wa: options of %s: %w", in.S, err) //!3
	}
	return nil
}
""",
            "quoted": """
//: code b
func $fc(what, of string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("$Wa: %s of %q: %w", what, of, err)
}
//: code a
// $Fa reads a booking.
func $Fa(in @in.Input) error {
	//+
	switch {
	case in.N > 20:
		_, err := time.Parse(time.DateOnly, fmt.Sprintf("2025-%02d-%02d", in.N, in.ID%28+1))
		return $fc("begin", in.S, err) //!1
	case in.N > 10:
		_, err := strconv.ParseUint(fmt.Sprintf("%d-%d", in.ID, in.N), 10, 32)
		//+
		return $fc("seats", in.S, err) //!2
	}
	var out map[string]int
	return $fc("options", in.S, json.Unmarshal([]byte(strings.Repeat(" ", in.N)+in.S), &out)) //!3
}
""",
        },
    ),
    Template(
        "k2m_log_faults",
        kind="errors of a shared wrapper, with keys and values",
        copies=3,
        base="""
//: code b
func $fa(id int) error {
	//+
	return @faults.Coded(41, "$Wa %d is locked", id) //!1
}

func $fb(id int, zone string) error {
	//+
	return @faults.Coded(41, "$Wb %d is not in %s", id, zone) //!2
}
//: code a
// $Fa cancels.
func $Fa(in @in.Input) error {
	if in.N > 5 {
		//+
		return @faults.Wrap($fa(in.ID), "cancel", "by", in.S, "try", in.N)
	}
	return @faults.Wrap($fb(in.ID, in.S), "cancel", "by", in.S, "try", in.N)
}
//: code c
// $Fc moves.
func $Fc(in @in.Input) error {
	//+
	err := @faults.Wrap($fa(in.ID), "shift", "days", in.N)
	return @faults.Wrap(err, "plan")
}
//: call 1 n=6..9 routes=log expect="is locked"
$P.$Fa(in)
//: call 2 n=1..5 routes=log expect="is not in"
$P.$Fa(in)
//: call 1 n=6..9 routes=log expect="is locked"
$P.$Fc(in)
""",
        variants={
            "type": """
//: code t
type $ta struct {
	$aa int
	$ab string
}

func (t *$ta) $ma() error {
	//+
	return @faults.Wrap(@faults.Coded(41, "$Wa %d is locked", t.$aa), "check", "zone", t.$ab) //!1
}

func (t *$ta) $mb() error {
	return @faults.Coded(41, "$Wb %d is not in %s", t.$aa, t.$ab) //!2
}
//: code a
// $Fa cancels.
func $Fa(in @in.Input) (err error) {
	t := &$ta{in.ID, in.S}
	defer func() { err = @faults.Wrap(err, "cancel", "by", in.S, "try", in.N) }()
	//+
	if in.N > 5 {
		return t.$ma()
	}
	return t.$mb()
}
//: code c
// $Fc moves.
func $Fc(in @in.Input) error {
	t := &$ta{in.ID, in.S}
	//+
	return @faults.Wrap(t.$ma(), "shift", "days", in.N)
}
""",
            "plain": """
//: code b
func $fa(id int) error {
	//+
	return fmt.Errorf("$Wa %d is locked", id) //!1
}

func $fb(id int, zone string) error {
	return @faults.Coded(42, "$Wb %d is not in %s", id, zone) //!2
}
//: code a
// $Fa cancels.
func $Fa(in @in.Input) error {
	err := $fb(in.ID, in.S)
	//+
	if in.N > 5 {
		err = $fa(in.ID)
	}
	return fmt.Errorf("cancel %d: %w", in.ID, err)
}
//: code c
// $Fc moves.
func $Fc(in @in.Input) error {
	//+
	return @faults.Wrap($fa(in.ID), "plan", "days", in.N)
}
""",
        },
    ),
    Template(
        "k2m_log_again",
        kind="an error that each attempt wraps once more",
        copies=2,
        base="""
//: code a
// $Fa fetches a quote.
func $Fa(in @in.Input) error {
	err := $fa(in, 0)
	//+
	if err != nil {
		return fmt.Errorf("$Wa %d: %w", in.ID, err)
	}
	return nil
}
//: code b
func $fa(in @in.Input, attempt int) error {
	//+
	if attempt >= in.N%10 {
		if in.N > 10 {
			return fmt.Errorf("quote from %s: %w", in.S, os.ErrDeadlineExceeded) //!1
		}
		return fmt.Errorf("quote from %s: %w", in.S, net.ErrClosed) //!2
	}
	return fmt.Errorf("attempt %d: %w", attempt+1, $fa(in, attempt+1))
}
//: call 1 n=11..14 routes=log expect="i/o timeout"
$P.$Fa(in)
//: call 2 n=1..5 routes=log expect="use of closed network connection"
$P.$Fa(in)
""",
        variants={
            "loop": """
//: code a
// $Fa fetches a quote.
func $Fa(in @in.Input) error {
	err := $fb(in)
	for k := in.N % 10; k > 0; k-- {
		//+
		err = fmt.Errorf("attempt %d: %w", k, err)
	}
	return fmt.Errorf("$Wa %d: %w", in.ID, err)
}
//: code b
func $fb(in @in.Input) error {
	//+
	if in.N > 10 {
		return fmt.Errorf("quote from %s: %w", in.S, os.ErrDeadlineExceeded) //!1
	}
	return fmt.Errorf("quote from %s: %w", in.S, net.ErrClosed) //!2
}
""",
            "worded": """
//: code t
type $ta struct {
	$aa int
	$ab error
}

func (t $ta) Error() string { return fmt.Sprintf("try %d: %v", t.$aa, t.$ab) }

func (t $ta) Unwrap() error { return t.$ab }
//: code a
// $Fa fetches a quote.
func $Fa(in @in.Input) error {
	//+
	return fmt.Errorf("$Wa %d: %w", in.ID, $fc(in, 0))
}
//: code b
func $fc(in @in.Input, n int) error {
	if n < in.N%10 {
		return $ta{n + 1, $fc(in, n+1)}
	}
	//+
	cause := net.ErrClosed
	if in.N > 10 {
		cause = os.ErrDeadlineExceeded
	}
	return fmt.Errorf("fetching the quote from %s: %w", in.S, cause) //!1,2
}
""",
        },
    ),
    Template(
        "k2m_log_rescued",
        kind="panics that become errors: two in what a rescue runs",
        copies=2,
        base="""
//: code b
func $fa(name string, f func()) (err error) {
	defer func() {
		//+
		if v := recover(); v != nil {
			err = fmt.Errorf("$Wa: step %s gave up: %v", name, v)
		}
	}()
	f()
	return nil
}
//: code a
// $Fa closes a day.
func $Fa(in @in.Input) error {
	//+c
	return $fa(in.S, func() {
		if in.N > 5 {
			_ = in.Items[in.ID] //!1
		}
		//+
		var $va map[int]string
		$va[in.ID] = in.S //!2
	})
}
//: call 1 n=6..9 routes=log expect="gave up: runtime error: index out of range"
$P.$Fa(in)
//: call 2 n=1..5 routes=log expect="gave up: assignment to entry in nil map"
$P.$Fa(in)
""",
        variants={
            "steps": """
//: code b
func $fb(in @in.Input) {
	//+
	_ = in.Items[in.ID] //!1
}

func $fc(in @in.Input) {
	var $va map[int]string
	//+
	$va[in.ID] = in.S //!2
}
//: code a
// $Fa closes a day.
func $Fa(in @in.Input) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("$Wa: step %s gave up: %v", in.S, v)
		}
	}()
	//+
	if in.N > 5 {
		$fb(in)
	}
	$fc(in)
	return nil
}
""",
        },
    ),
)

# -------------------------------------------------------------------------------------------------------------- hangs

_HANGS: Final = (
    Template(
        "k2m_transfer",
        kind="two locks, taken in both orders",
        copies=2,
        base="""
//: code t
type $ta struct {
	mu  sync.Mutex
	$aa int
}

func (t *$ta) $ma(to *$ta, n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	//+
	time.Sleep(5 * time.Millisecond)
	to.mu.Lock() //!1
	defer to.mu.Unlock()
	t.$aa -= n
	to.$aa += n
}
//: code a
// $Fa settles both ways.
func $Fa(in @in.Input) error {
	$va, $vb := &$ta{$aa: in.ID}, &$ta{$aa: in.N}
	var wg sync.WaitGroup
	wg.Add(2)
	//+c
	go func() {
		defer wg.Done()
		$va.$ma($vb, 1)
	}()
	go func() {
		defer wg.Done()
		$vb.$ma($va, 2)
	}()
	wg.Wait()
	//+
	return fmt.Errorf("$Wa %d", $va.$aa)
}
//: call 1 routes=hang
$P.$Fa(in)
//: call 1 routes=dead expect="all goroutines are asleep"
$P.$Fa(in)
""",
        variants={
            "function": """
//: code t
type $ta struct {
	mu  sync.Mutex
	$aa int
}

func $fa(from, to *$ta, n int, wg *sync.WaitGroup) {
	defer wg.Done()
	//+
	from.mu.Lock()
	defer from.mu.Unlock()
	time.Sleep(5 * time.Millisecond)
	to.mu.Lock() //!1
	defer to.mu.Unlock()
	//+
	from.$aa, to.$aa = from.$aa-n, to.$aa+n
}
//: code a
// $Fa settles both ways.
func $Fa(in @in.Input) error {
	$va, $vb := &$ta{$aa: in.ID}, &$ta{$aa: in.N}
	var wg sync.WaitGroup
	wg.Add(2)
	go $fa($va, $vb, 1, &wg)
	//+
	go $fa($vb, $va, 2, &wg)
	wg.Wait()
	return fmt.Errorf("$Wa %d", $va.$aa)
}
""",
            "both": """
//: code t
type $ta struct {
	sync.Mutex
	$aa int
}

func $fb[L sync.Locker](first, second L) {
	first.Lock()
	//+
	time.Sleep(5 * time.Millisecond)
	second.Lock() //!1
}

func (t *$ta) $ma(to *$ta, n int) {
	$fb(t, to)
	//+
	defer t.Unlock()
	defer to.Unlock()
	t.$aa -= n
	to.$aa += n
}
//: code a
// $Fa settles both ways.
func $Fa(in @in.Input) error {
	$va, $vb := &$ta{$aa: in.ID}, &$ta{$aa: in.N}
	$vc := make(chan int)
	//+
	go func() {
		$va.$ma($vb, 1)
		$vc <- 1
	}()
	go func() {
		$vb.$ma($va, 2)
		$vc <- 2
	}()
	return fmt.Errorf("$Wa %d %d", <-$vc, <-$vc)
}
""",
        },
    ),
    Template(
        "k2m_unlock",
        kind="a lock that an early return kept, and a read lock that a loop kept",
        copies=2,
        base="""
//: code t
type $ta struct {
	mu  sync.Mutex
	rw  sync.RWMutex
	$aa map[string]int
}

func (t *$ta) $ma(name string, n int) error {
	t.mu.Lock()
	//+
	if n > 5 {
		return errors.New("$Wa is too much for " + name)
	}
	t.$aa[name] = n
	t.mu.Unlock()
	return nil
}

func (t *$ta) $mb() int {
	t.mu.Lock() //!1
	defer t.mu.Unlock()
	//+
	return len(t.$aa)
}

func (t *$ta) $mc(names ...string) (all int) {
	for _, name := range names {
		t.rw.RLock()
		//+
		if t.$aa[name] == 0 {
			continue
		}
		all += t.$aa[name]
		t.rw.RUnlock()
	}
	return all
}

func (t *$ta) $md(name string) {
	//+
	t.rw.Lock() //!2
	delete(t.$aa, name)
	t.rw.Unlock()
}
//: code a
// $Fa sets a quota.
func $Fa(in @in.Input) error {
	t := &$ta{$aa: map[string]int{}}
	if err := t.$ma(in.S, in.N); err != nil {
		//+
		return fmt.Errorf("%w: has %d", err, t.$mb())
	}
	if t.$mc(in.S, "$Sa") > 0 {
		t.$md(in.S)
	}
	return nil
}
//: call 1 n=6..9 routes=hang
$P.$Fa(in)
//: call 2 n=1..5 routes=hang
$P.$Fa(in)
//: call 1 n=6..9 routes=dead expect="all goroutines are asleep"
$P.$Fa(in)
""",
        variants={
            "one": """
//: code t
type $tb struct{ $aa map[string]int }

type $ta struct {
	mu sync.Mutex
	rw sync.RWMutex
	$tb
}
//: code b
func $fa(t *$ta, name string, n int) error {
	t.mu.Lock()
	switch {
	case n > 5:
		//+
		return errors.New("$Wa is too much for " + name)
	default:
		t.$aa[name] = n
	}
	t.mu.Unlock()
	return nil
}

func $fb(t *$ta) int {
	//+
	t.mu.Lock() //!1
	n := len(t.$aa)
	t.mu.Unlock()
	return n
}

func $fc(t *$ta, names ...string) (all int) {
	for k := 0; k < len(names); k++ {
		t.rw.RLock()
		if n := t.$aa[names[k]]; n > 0 {
			all += n
			//+
			t.rw.RUnlock()
		}
	}
	return all
}
//: code a
// $Fa sets a quota.
func $Fa(in @in.Input) error {
	t := &$ta{$tb: $tb{map[string]int{}}}
	//+
	if err := $fa(t, in.S, in.N); err != nil {
		return fmt.Errorf("%w: has %d", err, $fb(t))
	}
	if $fc(t, in.S, "$Sa") == 0 {
		return nil
	}
	//+
	t.rw.Lock() //!2
	defer t.rw.Unlock()
	delete(t.$aa, in.S)
	return nil
}
""",
            "iface": """
//: code t
type $tc interface {
	$ma(string, int) error
	$mb() int
	$mc(...string) int
	$md(string)
}

type $ta[K comparable] struct {
	mu  sync.Mutex
	rw  sync.RWMutex
	$aa map[K]int
}

func (t *$ta[K]) $ma(name K, n int) error {
	t.mu.Lock()
	if n > 5 {
		//+
		return fmt.Errorf("$Wa is too much for %v", name)
	}
	t.$aa[name] = n
	t.mu.Unlock()
	return nil
}

func (t *$ta[K]) $mb() int {
	//+
	t.mu.Lock() //!1
	defer t.mu.Unlock()
	return len(t.$aa)
}

func (t *$ta[K]) $mc(names ...K) (all int) {
	for _, name := range names {
		t.rw.RLock()
		if t.$aa[name] == 0 {
			continue
		}
		//+
		all += t.$aa[name]
		t.rw.RUnlock()
	}
	return all
}

func (t *$ta[K]) $md(name K) {
	t.rw.Lock() //!2
	delete(t.$aa, name)
	t.rw.Unlock()
}
//: code a
// $Fa sets a quota.
func $Fa(in @in.Input) error {
	var t $tc = &$ta[string]{$aa: map[string]int{}}
	//+
	if err := t.$ma(in.S, in.N); err != nil {
		return fmt.Errorf("%w: has %d", err, t.$mb())
	}
	if t.$mc(in.S, "$Sa") > 0 {
		//+
		t.$md(in.S)
	}
	return nil
}
""",
        },
    ),
    Template(
        "k2m_results",
        kind="results that nobody takes, and results that never end",
        copies=2,
        base="""
//: code b
func $fa(in @in.Input, ch chan int) error {
	for n := range ch { //!2
		//+
		if n > in.ID+5 && in.N > 5 {
			return fmt.Errorf("$Wa %d", n)
		}
	}
	return nil
}
//: code a
// $Fa weighs lots side by side.
func $Fa(in @in.Input) error {
	ch := make(chan int)
	var wg sync.WaitGroup
	for k := 0; k < in.N; k++ {
		wg.Add(1)
		//+
		go func(k int) {
			defer wg.Done()
			//+
			ch <- in.ID + k + in.N //!1
		}(k)
	}
	err := $fa(in, ch)
	wg.Wait()
	close(ch)
	return err
}
//: call 1 n=6..20 routes=hang
$P.$Fa(in)
//: call 2 n=1..5 routes=hang
$P.$Fa(in)
//: call 2 n=1..5 routes=dead expect="all goroutines are asleep"
$P.$Fa(in)
""",
        variants={
            "type": """
//: code t
type $ta struct {
	ch  chan int
	wg  sync.WaitGroup
	$aa int
}

func (t *$ta) $ma(n int) {
	defer t.wg.Done()
	//+
	t.ch <- t.$aa + n //!1
}

func (t *$ta) $mb(most int) error {
	for {
		//+
		n, ok := <-t.ch //!2
		if !ok {
			return nil
		}
		if n > t.$aa+5 && most > 5 {
			return fmt.Errorf("$Wa %d", n)
		}
	}
}
//: code a
// $Fa weighs lots side by side.
func $Fa(in @in.Input) error {
	t := &$ta{ch: make(chan int), $aa: in.ID}
	//+
	t.wg.Add(in.N)
	for k := 0; k < in.N; k++ {
		go t.$ma(k + in.N)
	}
	defer close(t.ch)
	defer t.wg.Wait()
	return t.$mb(in.N)
}
""",
            "context": """
//: code b
func $fb(ctx context.Context, in @in.Input, ch <-chan int) error {
	for {
		//+
		select { //!2
		case n := <-ch: //!2
			if n > in.ID+5 && in.N > 5 {
				return fmt.Errorf("$Wa %d", n)
			}
		case <-ctx.Done(): //!2
			return ctx.Err()
		}
	}
}

func $fc[T any](n int, ch chan<- T, f func(int) T) *sync.WaitGroup {
	wg := new(sync.WaitGroup)
	for k := 0; k < n; k++ {
		wg.Add(1)
		go func(k int) {
			//+
			defer wg.Done()
			ch <- f(k) //!1
		}(k)
	}
	return wg
}
//: code a
// $Fa weighs lots side by side.
func $Fa(in @in.Input) error {
	ch := make(chan int)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	//+
	wg := $fc(in.N, ch, func(k int) int { return in.ID + k + in.N })
	err := $fb(ctx, in, ch)
	wg.Wait()
	return err
}
""",
        },
    ),
    Template(
        "k2m_cond",
        kind="a bounded queue: who takes is not told, who puts is not told",
        copies=2,
        base="""
//: code t
type $ta struct {
	mu        sync.Mutex
	full, any *sync.Cond
	$aa       []int
	$ab       int
}

func $fa(n int) *$ta {
	t := &$ta{$ab: n}
	t.full, t.any = sync.NewCond(&t.mu), sync.NewCond(&t.mu)
	return t
}

func (t *$ta) $ma(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for len(t.$aa) >= t.$ab {
		//+
		t.full.Wait() //!2
	}
	t.$aa = append(t.$aa, n)
	if len(t.$aa) > 9 {
		t.any.Signal()
	}
}

func (t *$ta) $mb() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	//+
	for len(t.$aa) == 0 {
		t.any.Wait() //!1
	}
	n := t.$aa[0]
	t.$aa = t.$aa[1:]
	return n
}
//: code a
// $Fa hands parcels over.
func $Fa(in @in.Input) error {
	t := $fa(in.N)
	//+
	if in.N > 5 {
		go func() {
			time.Sleep(20 * time.Millisecond)
			t.$ma(in.ID)
		}()
		return fmt.Errorf("$Wa %d", t.$mb())
	}
	go func() {
		time.Sleep(20 * time.Millisecond)
		_ = t.$mb()
	}()
	//+
	for k := 0; k <= in.N; k++ {
		t.$ma(k)
	}
	return nil
}
//: call 1 n=6..9 routes=hang
$P.$Fa(in)
//: call 2 n=1..5 routes=hang
$P.$Fa(in)
""",
        variants={
            "generic": """
//: code t
type $ta[T any] struct {
	mu        sync.Mutex
	full, any *sync.Cond
	$aa       []T
	$ab       int
}

func $fa[T any](n int) *$ta[T] {
	t := &$ta[T]{$ab: n}
	//+
	t.full, t.any = sync.NewCond(&t.mu), sync.NewCond(&t.mu)
	return t
}

func $fb(on *sync.Cond, until func() bool) {
	for !until() {
		//+
		on.Wait() //!1,2
	}
}

func (t *$ta[T]) $ma(n T) {
	t.mu.Lock()
	defer t.mu.Unlock()
	$fb(t.full, func() bool { return len(t.$aa) < t.$ab }) //!2
	//+
	t.$aa = append(t.$aa, n)
}

func (t *$ta[T]) $mb() (n T) {
	t.mu.Lock()
	defer t.mu.Unlock()
	$fb(t.any, func() bool { return len(t.$aa) > 0 }) //!1
	n, t.$aa = t.$aa[0], t.$aa[1:]
	return n
}
//: code a
// $Fa hands parcels over.
func $Fa(in @in.Input) error {
	t := $fa[int](in.N)
	if in.N <= 5 {
		go func() {
			time.Sleep(20 * time.Millisecond)
			_ = t.$mb()
		}()
		//+
		for k := 0; k <= in.N; k++ {
			t.$ma(k)
		}
		return nil
	}
	//+
	go func() {
		time.Sleep(20 * time.Millisecond)
		t.$ma(in.ID)
	}()
	return fmt.Errorf("$Wa %d", t.$mb())
}
""",
        },
    ),
    Template(
        "k2m_stop",
        kind="a worker is told to stop, and asked to flush, when it is gone; a select without a way out",
        copies=2,
        base="""
//: code t
type $ta struct {
	stop, quit chan struct{}
	asks        chan chan int
	$aa        int
}

func (t *$ta) $ma() {
	select {
	case <-t.stop:
	case reply := <-t.asks:
		//+
		t.$aa++
		reply <- t.$aa
	}
}

func (t *$ta) $mb() {
	//+
	t.stop <- struct{}{} //!1
}

func (t *$ta) $mc() int {
	reply := make(chan int, 1)
	//+
	select { //!2
	case t.asks <- reply: //!2
		return <-reply
	case <-t.quit: //!2
		return 0
	}
}
//: code a
// $Fa runs a meter.
func $Fa(in @in.Input) error {
	t := &$ta{stop: make(chan struct{}), quit: make(chan struct{}), asks: make(chan chan int)}
	go t.$ma()
	//+
	$va := t.$mc()
	if in.N > 5 {
		t.$mb()
		return nil
	}
	//+
	return fmt.Errorf("$Wa %d", $va+t.$mc())
}
//: call 1 n=6..9 routes=hang
$P.$Fa(in)
//: call 2 n=1..5 routes=hang
$P.$Fa(in)
//: call 2 n=1..5 routes=dead expect="all goroutines are asleep"
$P.$Fa(in)
""",
        variants={
            "functions": """
//: code t
type $ta struct {
	stop, quit chan struct{}
	asks        chan chan int
}
//: code b
func $fa(t $ta) {
	count := 0
	//+
	select {
	case <-t.stop:
	case reply := <-t.asks:
		count++
		reply <- count
	}
}

func $fb(t $ta, wait bool) {
	if !wait {
		return
	}
	//+
	t.stop <- struct{}{} //!1
}

func $fc(t $ta) (n int) {
	reply := make(chan int, 1)
	//+
	select { //!2
	case t.asks <- reply: //!2
		n = <-reply
	case <-t.quit: //!2
	}
	return n
}
//: code a
// $Fa runs a meter.
func $Fa(in @in.Input) error {
	t := $ta{make(chan struct{}), make(chan struct{}), make(chan chan int)}
	go $fa(t)
	$va := $fc(t)
	//+
	if in.N <= 5 {
		return fmt.Errorf("$Wa %d", $va+$fc(t))
	}
	$fb(t, true)
	return nil
}
""",
            "context": """
//: code t
type $ta[R any] struct {
	stop chan struct{}
	asks  chan chan R
}

func (t *$ta[R]) $ma(one R) {
	//+
	select {
	case <-t.stop:
	case reply := <-t.asks:
		reply <- one
	}
}

func (t *$ta[R]) Close() error {
	//+
	t.stop <- struct{}{} //!1
	return nil
}

func (t *$ta[R]) $mc(ctx context.Context) (n R) {
	reply := make(chan R, 1)
	select { //!2
	case t.asks <- reply: //!2
		//+
		return <-reply
	case <-ctx.Done(): //!2
		return n
	}
}
//: code a
// $Fa runs a meter.
func $Fa(in @in.Input) (err error) {
	t := &$ta[int]{make(chan struct{}), make(chan chan int)}
	go t.$ma(in.ID)
	ctx := context.Background()
	//+
	$va := t.$mc(ctx)
	if in.N <= 5 {
		return fmt.Errorf("$Wa %d", $va+t.$mc(ctx))
	}
	//+
	var $vb io.Closer = t
	return $vb.Close()
}
""",
        },
    ),
    Template(
        "k2m_nested",
        kind="work that waits for work of its own pool, and work that waits for a letter",
        copies=2,
        base="""
//: code a
// $Fa rates a tree.
func $Fa(in @in.Input) error {
	$va := @lanes.Start(2)
	defer $va.Stop()
	//+
	if in.N > 5 {
		return fmt.Errorf("$Wa %d", $fa($va, in.ID, 3))
	}
	ch := make(chan int)
	//+
	for k := 0; k < in.N; k++ {
		in.ID += $va.Call(func() int {
			//+
			return <-ch //!2
		})
	}
	return nil
}
//: code b
func $fa($va *@lanes.Lanes, id, depth int) int {
	if depth == 0 {
		return id
	}
	//+
	return $va.Call(func() int { return $fa($va, id/2, depth-1) }) //!1
}
//: call 1 n=6..9 routes=hang
$P.$Fa(in)
//: call 2 n=1..5 routes=hang
$P.$Fa(in)
""",
        variants={
            "type": """
//: code t
type $ta struct {
	$aa *@lanes.Lanes
	ch  chan int
}

func (t *$ta) $ma(id, depth int) func() int {
	return func() int {
		if depth == 0 {
			return id
		}
		//+
		return t.$aa.Call(t.$ma(id/2, depth-1)) //!1
	}
}

func (t *$ta) $mb() int {
	n, ok := <-t.ch //!2
	//+
	if !ok {
		return -1
	}
	return n
}
//: code a
// $Fa rates a tree.
func $Fa(in @in.Input) error {
	t := &$ta{@lanes.Start(2), make(chan int)}
	defer t.$aa.Stop()
	//+
	if in.N > 5 {
		return fmt.Errorf("$Wa %d", t.$aa.Call(t.$ma(in.ID, 2)))
	}
	for range in.Items {
		in.ID += t.$aa.Call(t.$mb)
	}
	return nil
}
""",
            "many": """
//: code a
// $Fa rates a tree.
func $Fa(in @in.Input) error {
	$va, ch := @lanes.Start(2), make(chan int)
	var wg sync.WaitGroup
	//+
	for k := 0; k < in.N; k++ {
		wg.Add(1)
		go func(k int) {
			defer wg.Done()
			if in.N > 5 {
				_ = $fa($va, in.ID+k, 3, nil)
				return
			}
			_ = $va.Call(func() int {
				return <-ch //!2
			})
		}(k)
	}
	//+
	wg.Wait()
	return nil
}
//: code b
func $fa($va *@lanes.Lanes, id, depth int, known map[int]bool) int {
	if depth == 0 || known[id] {
		return id
	}
	//+c
	return $va.Call(func() int { return $fa($va, id/2, depth-1, known) }) //!1
}
""",
        },
    ),
    Template(
        "k2m_permits",
        kind="places of a gate that are not given back, and a gate that is entered inside",
        copies=2,
        base="""
//: code t
type $ta struct {
	$aa *@permit.Gate
	$ab int
}

func (t *$ta) $ma(n int) error {
	t.$aa.Enter() //!1
	//+
	if n >= 0 {
		return fmt.Errorf("$Wa %d", n)
	}
	t.$ab++
	t.$aa.Leave()
	return nil
}

func (t *$ta) $mb(depth int) error {
	//+
	return t.$aa.With(func() error { //!2
		if depth == 0 {
			return nil
		}
		return t.$mb(depth - 1)
	})
}
//: code a
// $Fa uploads.
func $Fa(in @in.Input) (err error) {
	t := &$ta{$aa: @permit.Of(3)}
	//+
	if in.N <= 5 {
		return t.$mb(in.N + 3)
	}
	for k := range in.Items {
		//+
		err = errors.Join(err, t.$ma(k))
	}
	return err
}
//: call 1 n=6..9 routes=hang
$P.$Fa(in)
//: call 2 n=1..5 routes=hang
$P.$Fa(in)
//: call 1 n=6..9 routes=dead expect="all goroutines are asleep"
$P.$Fa(in)
""",
        variants={
            "workers": """
//: code b
func $fa($va *@permit.Gate, n int) error {
	//+
	$va.Enter() //!1
	if n < 0 {
		$va.Leave()
		return nil
	}
	return fmt.Errorf("$Wa %d", n)
}

func $fb($va *@permit.Gate, depth int) error {
	if depth == 0 {
		return nil
	}
	//+c
	return $va.With(func() error { return $fb($va, depth-1) }) //!2
}
//: code a
// $Fa uploads.
func $Fa(in @in.Input) error {
	$va := @permit.Of(3)
	if in.N <= 5 {
		//+
		return $fb($va, in.N+4)
	}
	var wg sync.WaitGroup
	for k := range in.Items {
		wg.Add(1)
		go func(k int) {
			defer wg.Done()
			_ = $fa($va, k)
		}(k)
	}
	//+
	wg.Wait()
	return nil
}
""",
            "inline": """
//: code a
// $Fa uploads.
func $Fa(in @in.Input) (err error) {
	$va := @permit.Of(3)
	for k := 0; k < in.N && in.N > 5; k++ {
		//+
		$va.Enter() //!1
		if k >= 0 {
			err = errors.Join(err, fmt.Errorf("$Wa %d", k))
			continue
		}
		$va.Leave()
	}
	//+
	return $fb($va, in.N+4)
}
//: code b
func $fb($va *@permit.Gate, depth int) error {
	//+
	return $va.With(func() error { //!2
		if depth > 0 {
			return $fb($va, depth-1)
		}
		return nil
	})
}
""",
        },
    ),
    Template(
        "k2m_done",
        kind="a wait group that is counted too high, and one that waits for itself",
        copies=2,
        base="""
//: code a
// $Fa sends notices.
func $Fa(in @in.Input) error {
	var wg sync.WaitGroup
	wg.Add(in.N + 1)
	//+
	for k := range in.Items {
		go func(k int) {
			if in.N > 5 && in.Items[k] > 100-k {
				return
			}
			//+
			wg.Done()
		}(k)
	}
	if in.N <= 5 {
		ch := make(chan struct{})
		//+
		go func() {
			defer close(ch)
			defer wg.Done()
			wg.Wait() //!2
		}()
		<-ch
		return nil
	}
	wg.Wait() //!1
	return nil
}
//: call 1 n=6..9 routes=hang
$P.$Fa(in)
//: call 2 n=1..5 routes=hang
$P.$Fa(in)
""",
        variants={
            "type": """
//: code t
type $ta struct {
	wg  sync.WaitGroup
	ch  chan struct{}
	$aa []int
}

func (t *$ta) $ma(k int, much bool) {
	//+
	if much && t.$aa[k] > 100-k {
		return
	}
	t.wg.Done()
}

func (t *$ta) $mb() {
	defer close(t.ch)
	defer t.wg.Done()
	//+
	t.wg.Wait() //!2
}
//: code a
// $Fa sends notices.
func $Fa(in @in.Input) error {
	t := &$ta{ch: make(chan struct{}), $aa: in.Items}
	t.wg.Add(in.N + 1)
	for k := range in.Items {
		go t.$ma(k, in.N > 5)
	}
	//+
	if in.N <= 5 {
		go t.$mb()
		<-t.ch
		return nil
	}
	t.wg.Wait() //!1
	return nil
}
""",
        },
    ),
    Template(
        "k2m_quiet",
        kind="waits for a context that nobody ends, and for a ticker that was stopped",
        copies=2,
        base="""
//: code t
type $ta struct {
	ctx context.Context
	$aa *time.Ticker
}

func (t *$ta) $ma() error {
	//+
	<-t.ctx.Done() //!1
	return t.ctx.Err()
}

func (t *$ta) $mb(n int) int {
	t.$aa.Stop()
	//+
	for range t.$aa.C { //!2
		n--
		if n == 0 {
			break
		}
	}
	return n
}
//: code a
// $Fa keeps a lease alive.
func $Fa(in @in.Input) error {
	t := &$ta{context.Background(), time.NewTicker(time.Hour)}
	//+
	if in.N > 5 {
		return t.$ma()
	}
	return fmt.Errorf("$Wa %d", t.$mb(in.N))
}
//: call 1 n=6..9 routes=hang
$P.$Fa(in)
//: call 2 n=1..5 routes=hang
$P.$Fa(in)
""",
        variants={
            "plain": """
//: code b
func $fa(ctx context.Context) error {
	//+
	<-ctx.Done() //!1
	return ctx.Err()
}

func $fb(on <-chan time.Time, n int) int {
	for ; n > 0; n-- {
		//+
		<-on //!2
	}
	return n
}
//: code a
// $Fa keeps a lease alive.
func $Fa(in @in.Input) error {
	//+
	if in.N > 5 {
		return $fa(context.WithValue(context.Background(), in.ID, in.S))
	}
	$va := time.NewTicker(time.Hour)
	$va.Stop()
	return fmt.Errorf("$Wa %d", $fb($va.C, in.N))
}
""",
            "select": """
//: code b
func $fc(ctx context.Context, on <-chan time.Time) error {
	select { //!1
	case <-on: //!1
		return nil
	case <-ctx.Done(): //!1
		return ctx.Err()
	}
}

func $fd($va *time.Ticker, n int) int {
	defer $va.Stop()
	$va.Stop()
	//+
	for range $va.C { //!2
		n--
	}
	return n
}
//: code a
// $Fa keeps a lease alive.
func $Fa(in @in.Input) error {
	if in.N <= 5 {
		return fmt.Errorf("$Wa %d", $fd(time.NewTicker(time.Hour), in.N))
	}
	//+
	return $fc(context.Background(), nil)
}
""",
        },
    ),
)

# ---------------------------------------------------------------------------------------------- more kinds of endings

_OTHERS: Final = (
    Template(
        "k2m_hub",
        kind="a helper is wrong: it sends while it holds its lock; whoever publishes hangs",
        packages=("hub", "pubsub", "notify"),
        across=4,
        base="""
//: code t
// Hub hands on what is published.
type Hub[T any] struct {
	mu   sync.Mutex
	subs []chan T
}

// Subscribe is a channel of what comes.
func (h *Hub[T]) Subscribe() <-chan T {
	ch := make(chan T)
	h.mu.Lock()
	defer h.mu.Unlock()
	//+
	h.subs = append(h.subs, ch)
	return ch
}

// Publish hands on.
func (h *Hub[T]) Publish(one T) {
	h.mu.Lock()
	defer h.mu.Unlock()
	//+
	for _, ch := range h.subs {
		ch <- one //!1
	}
}
//: code b @1
// $Fb tells about a delay.
func $Fb(in @in.Input) error {
	var h $P.Hub[int]
	_ = h.Subscribe()
	//+
	h.Publish(in.N)
	return nil
}
//: code c @2
type $tc struct{ $P.Hub[string] }

func (t *$tc) $mc(id int) {
	for k := 0; k < 3; k++ {
		//+
		t.Publish(fmt.Sprintf("%d/%d", id, k))
	}
}

// $Fc tells about a change, while the one who listens asks for more.
func $Fc(in @in.Input) error {
	t := new($tc)
	$va := t.Subscribe()
	go t.$mc(in.ID)
	//+
	for one := range $va {
		_ = t.Subscribe()
		in.S += one
	}
	return nil
}
//: code d @3
// $Fd tells all at once.
func $Fd(in @in.Input) error {
	h, wg := &$P.Hub[[]int]{}, sync.WaitGroup{}
	//+
	$vb := h.Subscribe()
	for k := 0; k < in.N; k++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			h.Publish(in.Items)
		}()
	}
	//+
	wg.Wait()
	return fmt.Errorf("$Wa %v", <-$vb)
}
//: call 1 routes=hang
$P1.$Fb(in)
//: call 1 routes=hang
$P2.$Fc(in)
//: call 1 n=2..9 routes=hang
$P3.$Fd(in)
//: call 1 routes=dead expect="all goroutines are asleep"
$P1.$Fb(in)
""",
        variants={
            "list": """
//: code t
type list[T any] []chan T

func (l list[T]) send(one T) {
	for k := range l {
		//+
		l[k] <- one //!1
	}
}

// Hub hands on what is published.
type Hub[T any] struct {
	mu   sync.RWMutex
	subs list[T]
}

// Subscribe is a channel of what comes.
func (h *Hub[T]) Subscribe() <-chan T {
	//+
	h.mu.Lock()
	defer h.mu.Unlock()
	h.subs = append(h.subs, make(chan T))
	return h.subs[len(h.subs)-1]
}

// Publish hands on.
func (h *Hub[T]) Publish(one T) {
	h.mu.RLock()
	//+
	defer h.mu.RUnlock()
	h.subs.send(one) //!1
}
//: code b @1
func $fb(h *$P.Hub[int], n int) { h.Publish(n) }

// $Fb tells about a delay.
func $Fb(in @in.Input) error {
	h := new($P.Hub[int])
	_ = h.Subscribe()
	//+
	$fb(h, in.N)
	return nil
}
//: code c @2
type $tc struct{ $P.Hub[string] }

func (t *$tc) $mc(id, most int) {
	//+
	for k := 0; k < most; k++ {
		t.Publish(fmt.Sprintf("%d/%d", id, k))
	}
}

// $Fc tells about a change, while the one who listens asks for more.
func $Fc(in @in.Input) error {
	t := new($tc)
	$va := t.Subscribe()
	//+
	go t.$mc(in.ID, 3)
	for {
		one, ok := <-$va
		if !ok {
			return nil
		}
		_ = t.Subscribe()
		in.S += one
	}
}
//: code d @3
// $Fd tells all at once.
func $Fd(in @in.Input) error {
	h, wg := &$P.Hub[[]int]{}, sync.WaitGroup{}
	$vb := h.Subscribe()
	wg.Add(in.N)
	//+
	for range in.Items {
		go func() {
			h.Publish(in.Items)
			wg.Done()
		}()
	}
	wg.Wait()
	return fmt.Errorf("$Wa %v", <-$vb)
}
""",
        },
    ),
    Template(
        "k2m_org_chart",
        kind="goes up a chart that is a circle, and writes a chart that holds itself",
        copies=2,
        base="""
//: code t
type $ta struct {
	$aa *$ta
	$ab string
	$ac []*$ta
}

func (t *$ta) $ma() int {
	if t.$aa == nil {
		return 0
	}
	//+
	return t.$aa.$ma() + 1 //!1
}

func (t *$ta) String() string {
	//+
	return fmt.Sprintf("%s%v", t.$ab, t.$ac) //!2
}
//: code a
// $Fa counts who is above.
func $Fa(in @in.Input) error {
	t := &$ta{$ab: in.S}
	t.$aa = &$ta{$aa: t}
	//+
	if in.N > 5 {
		return fmt.Errorf("$Wa %d", t.$ma())
	}
	t.$ac = []*$ta{t}
	return errors.New("$Wb " + t.String())
}
//: call 1 n=6..9 expect="stack overflow" routes=fatal
$P.$Fa(in)
//: call 2 n=1..5 expect="stack overflow" routes=fatal
$P.$Fa(in)
""",
        variants={
            "function": """
//: code t
type $ta struct {
	$aa *$ta
	$ab string
	$ac []*$ta
}

func $fa(t *$ta, depth int) int {
	//+
	if t.$aa != nil {
		return $fa(t.$aa, depth+1) //!1
	}
	return depth
}

func (t $ta) String() string {
	$va := []string{t.$ab}
	for _, one := range t.$ac {
		//+
		$va = append($va, fmt.Sprint(one)) //!2
	}
	return strings.Join($va, " ")
}
//: code a
// $Fa counts who is above.
func $Fa(in @in.Input) error {
	t := &$ta{$ab: in.S}
	t.$aa = &$ta{$aa: t}
	if in.N > 5 {
		//+
		return fmt.Errorf("$Wa %d", $fa(t, 0))
	}
	t.$ac = []*$ta{t}
	return errors.New("$Wb " + t.String())
}
""",
            "closure": """
//: code t
type $ta struct {
	$aa *$ta
	$ab string
	$ac []*$ta
}

func (t *$ta) String() string { return fmt.Sprintf("%s%v", t.$ab, t.$ac) } //!2
//: code a
// $Fa counts who is above.
func $Fa(in @in.Input) error {
	t := &$ta{$ab: in.S}
	t.$aa = &$ta{$aa: t}
	//+c
	var up func(*$ta) int
	up = func(t *$ta) int {
		//+
		if t.$aa == nil {
			return 0
		}
		return up(t.$aa) + 1 //!1
	}
	if in.N > 5 {
		return fmt.Errorf("$Wa %d", up(t))
	}
	//+
	t.$ac = append(t.$ac, t)
	return errors.New("$Wb " + t.String())
}
""",
        },
    ),
    Template(
        "k2m_race_tally",
        kind="two data races: a tally, and a list that is written from several goroutines",
        copies=2,
        base="""
//: code t
type $ta struct {
	mu  sync.Mutex
	$aa int
	$ab []string
}

func (t *$ta) $ma() {
	//+
	t.$aa++ //!1
}

func (t *$ta) $mb(text string) {
	//+
	t.$ab = append(t.$ab, text) //!2
}
//: code a
// $Fa audits.
func $Fa(in @in.Input) error {
	t := &$ta{}
	var wg sync.WaitGroup
	for k := 0; k < 2; k++ {
		wg.Add(1)
		go func(k int) {
			defer wg.Done()
			time.Sleep(time.Duration(k) * 4 * time.Millisecond)
			//+
			if in.N > 5 {
				t.$ma()
				return
			}
			t.$mb(in.S)
		}(k)
	}
	wg.Wait()
	//+
	return fmt.Errorf("$Wa %d %d", t.$aa, len(t.$ab))
}
//: call 1 n=6..9 routes=race expect="DATA RACE"
$P.$Fa(in)
//: call 2 n=1..5 routes=race expect="DATA RACE"
$P.$Fa(in)
""",
        variants={
            "locked": """
//: code t
type $ta struct {
	mu  sync.Mutex
	$aa int
	$ab []string
}

func (t *$ta) $ma(lock bool) {
	if lock {
		//+
		t.mu.Lock()
		defer t.mu.Unlock()
	}
	t.$aa++ //!1
}

func $fa[T any](list *[]T, one T) {
	//+
	*list = append(*list, one) //!2
}
//: code a
// $Fa audits.
func $Fa(in @in.Input) error {
	t := &$ta{}
	ch := make(chan bool)
	for k := 0; k < 2; k++ {
		go func(k int) {
			time.Sleep(time.Duration(k) * 4 * time.Millisecond)
			//+
			switch {
			case in.N > 5:
				t.$ma(k == 0)
			default:
				$fa(&t.$ab, in.S)
			}
			ch <- true
		}(k)
	}
	<-ch
	<-ch
	return fmt.Errorf("$Wa %d %d", t.$aa, len(t.$ab))
}
""",
        },
    ),
    Template(
        "k2m_refusals",
        kind="panics with errors of one type, of three rules, with our values in them",
        copies=2,
        base="""
//: code e
type $Ta struct {
	Rule string
	Zone string
	ID   int
}

func (e $Ta) Error() string { return fmt.Sprintf("rule %s refuses %d of %s", e.Rule, e.ID, e.Zone) }

func $fa(ok bool, rule string, in @in.Input) {
	//+
	if !ok {
		panic($Ta{rule, in.S, in.ID})
	}
}
//: code a
// $Fa underwrites.
func $Fa(in @in.Input) error {
	//+
	$fa(in.N <= 20, "$Sa", in) //!1
	$va := len(in.Items) + in.ID
	//+
	$fa(in.N <= 10 || $va < 0, "$Sb", in) //!2
	for k := range in.Items {
		$fa(k < in.N-1, "$Sb", in) //!3
	}
	return nil
}
//: call 1 n=21..40 expect="rule .* refuses"
$P.$Fa(in)
//: call 2 n=11..20 expect="rule .* refuses"
$P.$Fa(in)
//: call 3 n=1..10 expect="rule .* refuses"
$P.$Fa(in)
""",
        variants={
            "method": """
//: code e
type $Ta struct {
	Rule string
	Zone string
	ID   int
}

func (e *$Ta) Error() string { return fmt.Sprintf("rule %s refuses %d of %s", e.Rule, e.ID, e.Zone) }

type $tb struct{ in @in.Input }

func (t $tb) $ma(ok bool, rule string) {
	if ok {
		return
	}
	//+
	panic(&$Ta{rule, t.in.S, t.in.ID})
}

func (t $tb) $mb() {
	for k := range t.in.Items {
		//+
		t.$ma(k < t.in.N-1, "$Sb") //!3
	}
}
//: code a
// $Fa underwrites.
func $Fa(in @in.Input) error {
	t := $tb{in}
	//+
	t.$ma(in.N <= 20, "$Sa") //!1
	$va := len(in.Items) + in.ID
	t.$ma(in.N <= 10 || $va < 0, "$Sb") //!2
	//+
	t.$mb()
	return nil
}
""",
            "inline": """
//: code e
type $Ta struct {
	Rule string
	Zone string
	ID   int
}

func (e $Ta) Error() string { return fmt.Sprintf("rule %s refuses %d of %s", e.Rule, e.ID, e.Zone) }
//: code a
// $Fa underwrites.
func $Fa(in @in.Input) error {
	if in.N > 20 {
		panic($Ta{"$Sa", in.S, in.ID}) //!1
	}
	$va := len(in.Items) + in.ID
	//+
	if in.N > 10 && $va >= 0 {
		panic($Ta{"$Sb", in.S, in.ID}) //!2
	}
	//+
	for k := 0; k < len(in.Items); k++ {
		if k >= in.N-1 {
			panic($Ta{"$Sb", in.S, in.ID}) //!3
		}
	}
	return nil
}
""",
        },
    ),
    Template(
        "k2m_keys",
        kind="keys that cannot be compared, sizes that cannot be, functions that are nil; in one function",
        copies=2,
        base="""
//: code a
// $Fa indexes documents.
func $Fa(in @in.Input) error {
	$va := map[any]int{in.S: in.N}
	//+
	if in.N > 20 {
		$va[in.Items]++ //!1
	}
	$vb := make([]string, 0, 15-in.N) //!2
	//+
	$vc := map[string]func(string) string{"upper": strings.ToUpper}
	for k := range in.Items {
		$vb = append($vb, $vc[in.S](strconv.Itoa(k))) //!3
	}
	return fmt.Errorf("$Wa %d %d", len($va), len($vb))
}
//: call 1 n=21..40 expect="hash of unhashable type"
$P.$Fa(in)
//: call 2 n=16..20 expect="makeslice: cap out of range"
$P.$Fa(in)
//: call 3 n=1..15 expect="nil pointer"
$P.$Fa(in)
""",
        variants={
            "type": """
//: code t
type $ta[K comparable] struct {
	$aa map[K]int
	$ab map[string]func(string) string
}

func (t *$ta[K]) $ma(key K) {
	//+
	t.$aa[key]++ //!1
}

func (t *$ta[K]) $mb(name string, all []int) (texts []string) {
	//+
	texts = make([]string, 0, 15-len(all)) //!2
	for k := range all {
		texts = append(texts, t.$ab[name](strconv.Itoa(k))) //!3
	}
	return texts
}
//: code a
// $Fa indexes documents.
func $Fa(in @in.Input) error {
	t := &$ta[any]{map[any]int{in.S: in.N}, map[string]func(string) string{"upper": strings.ToUpper}}
	//+
	if in.N > 20 {
		t.$ma(in.Items)
	}
	$va := t.$mb(in.S, in.Items)
	return fmt.Errorf("$Wa %d %d", len(t.$aa), len($va))
}
""",
            "apart": """
//: code b
func $fb[T any](n int) []T {
	//+
	return make([]T, 0, n) //!2
}

func $fc(f func(string) string, n int) string {
	//+
	return f(strconv.Itoa(n)) //!3
}
//: code a
// $Fa indexes documents.
func $Fa(in @in.Input) error {
	$va := map[any]int{in.S: in.N}
	if in.N > 20 {
		//+
		$va[in.Items]++ //!1
	}
	$vb := $fb[string](15 - in.N) //!2
	$vc := map[string]func(string) string{"upper": strings.ToUpper}
	//+
	for k := range in.Items {
		$vb = append($vb, $fc($vc[in.S], k)) //!3
	}
	return fmt.Errorf("$Wa %d %d", len($va), len($vb))
}
""",
        },
    ),
    Template(
        "k2m_pipeline",
        kind="steps of a generic pipeline: three of them are wrong, one of them in two pipelines",
        copies=2,
        base="""
//: code t
type $ta[T any] func(T) (T, error)

func $fa[T any](one T, steps ...$ta[T]) (T, error) {
	for k, f := range steps {
		//+
		next, err := f(one)
		if err != nil {
			return one, fmt.Errorf("step %d: %w", k, err)
		}
		one = next
	}
	return one, nil
}
//: code b
type $tb struct {
	$aa []string
	$ab int
}

func $fb(t *$tb) (*$tb, error) {
	//+
	t.$aa = strings.SplitN(t.$aa[0], "-", t.$ab)
	return t, nil
}

func $fc(t *$tb) (*$tb, error) {
	//+
	t.$aa[1] = strings.ToUpper(t.$aa[1]) //!1
	return t, nil
}

func $fd(t *$tb) (*$tb, error) {
	$va := 60 / (t.$ab - 7) //!2
	//+
	t.$ab = $va
	return t, nil
}
//: code a
// $Fa cleans a name.
func $Fa(in @in.Input) error {
	t := &$tb{[]string{in.S}, in.N}
	//+
	t, err := $fa(t, $fb, $fd, $fc)
	if err != nil {
		return fmt.Errorf("$Wa: %w", err)
	}
	return errors.New("$Wb " + t.$aa[0])
}

// $Fb cleans a list of names.
func $Fb(in @in.Input) error {
	//+c
	$vb := func(t *$tb) (*$tb, error) {
		t.$aa = t.$aa[:in.N] //!3
		return t, nil
	}
	t, err := $fa(&$tb{[]string{in.S}, 1}, $fb, $vb, $fc)
	//+
	if err != nil {
		return fmt.Errorf("$Wc: %w", err)
	}
	return errors.New("$Wb " + t.$aa[0])
}
//: call 1 n=1 expect="index out of range .1. with length 1"
$P.$Fa(in)
//: call 2 n=7 expect="divide by zero"
$P.$Fa(in)
//: call 3 n=3..9 expect="slice bounds out of range"
$P.$Fb(in)
//: call 1 n=1 expect="index out of range .1. with length 1"
$P.$Fb(in)
""",
        variants={
            "iface": """
//: code t
type $tc interface{ $ma(*$tb) error }

type $td func(*$tb) error

func (f $td) $ma(t *$tb) error { return f(t) }

type $te []$tc

func (s $te) $mb(t *$tb) error {
	for k := range s {
		//+
		if err := s[k].$ma(t); err != nil {
			return fmt.Errorf("step %d: %w", k, err)
		}
	}
	return nil
}
//: code b
type $tb struct {
	$aa []string
	$ab int
}

func (t *$tb) $mc() error {
	t.$aa = strings.SplitN(t.$aa[0], "-", t.$ab)
	//+
	return nil
}

func (t *$tb) $md() error {
	//+
	t.$aa[1] = strings.ToUpper(t.$aa[1]) //!1
	return nil
}

type $tf struct{ whole int }

func (f $tf) $ma(t *$tb) error {
	//+
	$va := f.whole / (t.$ab - 7) //!2
	t.$ab = $va
	return nil
}
//: code a
// $Fa cleans a name.
func $Fa(in @in.Input) error {
	t := &$tb{[]string{in.S}, in.N}
	$vc := $te{$td((*$tb).$mc), $tf{60}, $td((*$tb).$md)}
	//+
	if err := $vc.$mb(t); err != nil {
		return fmt.Errorf("$Wa: %w", err)
	}
	return errors.New("$Wb " + t.$aa[0])
}

// $Fb cleans a list of names.
func $Fb(in @in.Input) error {
	t := &$tb{[]string{in.S}, 1}
	//+c
	$vb := $td(func(t *$tb) error {
		t.$aa = t.$aa[:in.N] //!3
		return nil
	})
	//+
	if err := ($te{$td((*$tb).$mc), $vb, $td((*$tb).$md)}).$mb(t); err != nil {
		return fmt.Errorf("$Wc: %w", err)
	}
	return errors.New("$Wb " + t.$aa[0])
}
""",
            "plain": """
//: code b
type $tb struct {
	$aa []string
	$ab int
}

func (t *$tb) $mc(most int) {
	//+
	t.$aa = strings.SplitN(t.$aa[0], "-", most)
}

func $fc(t *$tb) {
	//+
	t.$aa[1] = strings.ToUpper(t.$aa[1]) //!1
}

func $fg(t *$tb, n int) {
	//+
	t.$aa = t.$aa[:n] //!3
}
//: code a
// $Fa cleans a name.
func $Fa(in @in.Input) error {
	t := &$tb{[]string{in.S}, in.N}
	t.$mc(in.N)
	//+
	$va := 60 / (t.$ab - 7) //!2
	t.$ab = $va
	$fc(t)
	return errors.New("$Wb " + t.$aa[0])
}

// $Fb cleans a list of names.
func $Fb(in @in.Input) error {
	t := &$tb{[]string{in.S}, 1}
	t.$mc(1)
	//+
	$fg(t, in.N)
	$fc(t)
	return errors.New("$Wb " + t.$aa[0])
}
""",
        },
    ),
)

TEMPLATES: Final = (*_MISUSED, *_CROWDED, *_SHARED, *_LOGGED, *_HANGS, *_OTHERS)
