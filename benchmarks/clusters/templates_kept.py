"""The templates kept aside: written after the method was frozen, by somebody who did not know it. Data; see `template`.

In: nothing. Out: HELPERS and TEMPLATES.
"""

from __future__ import annotations

from typing import Final

from benchmarks.clusters.template import Template

# --------------------------------------------------------------- helpers that are right: whoever calls them is not

_PAGING: Final = Template(
    "paging",
    kind="pages of a slice, counted from 1; the caller counts otherwise",
    packages=("paging", "pager"),
    names={"Page": ("Page", "Slice", "Nth")},
    kit=True,
    base="""
//: code page
// $Page is a page of the items; pages are counted from 1, and the page must be there.
func $Page[T any](items []T, page, size int) []T {
	from := (page - 1) * size
	//+
	return items[from:min(from+size, len(items))]
}
""",
    variants={
        "bounds": """
//: code page
type bounds struct {
	from, to int
}

func (b bounds) within(n int) bounds {
	if b.to > n {
		b.to = n
	}
	return b
}

// $Page is a page of the items; pages are counted from 1, and the page must be there.
func $Page[T any](items []T, page, size int) []T {
	//+
	b := bounds{(page - 1) * size, page * size}.within(len(items))
	return items[b.from:b.to]
}
"""
    },
)
_MONEY: Final = Template(
    "money",
    kind="amounts; the caller mixes currencies, or divides among nobody",
    packages=("money", "cash"),
    names={"Plus": ("Plus", "Add"), "Split": ("Split", "Allot")},
    base="""
//: code amount
// Amount is an amount in a currency.
type Amount struct {
	minor int64
	code  string
}

// Of makes an amount.
func Of(minor int, code string) Amount { return Amount{int64(minor), code} }

// Minor is the number of the smallest units.
func (m Amount) Minor() int64 { return m.minor }

// $Plus adds an amount of the same currency.
func (m Amount) $Plus(n Amount) Amount {
	//+
	if m.code != n.code {
		panic(fmt.Sprintf("money: %s plus %s", m.code, n.code))
	}
	return Amount{m.minor + n.minor, m.code}
}
//: code split
// $Split divides an amount into parts, at least one; the last one has what is over.
func (m Amount) $Split(parts int) []Amount {
	each := m.minor / int64(parts)
	//+
	split := make([]Amount, parts)
	for k := range split {
		split[k] = Amount{each, m.code}
	}
	split[parts-1].minor += m.minor - each*int64(parts)
	return split
}
""",
    variants={
        "same": """
//: code amount
// Amount is an amount in a currency.
type Amount struct {
	code  string
	minor int64
}

// Of makes an amount.
func Of(minor int, code string) Amount { return Amount{code, int64(minor)} }

// Minor is the number of the smallest units.
func (m Amount) Minor() int64 { return m.minor }

func (m Amount) same(n Amount, doing string) {
	//+
	if m.code != n.code {
		panic(fmt.Sprintf("money: %s %s %s", m.code, doing, n.code))
	}
}

// $Plus adds an amount of the same currency.
func (m Amount) $Plus(n Amount) Amount {
	m.same(n, "plus")
	m.minor += n.minor
	return m
}
//: code split
// $Split divides an amount into parts, at least one; the last one has what is over.
func (m Amount) $Split(parts int) []Amount {
	var split []Amount
	for ; parts > 1; parts-- {
		//+
		split = append(split, Amount{m.code, m.minor / int64(parts)})
		m.minor -= m.minor / int64(parts)
	}
	_ = m.minor % int64(parts)
	return append(split, m)
}
"""
    },
)
_OPTION: Final = Template(
    "option",
    kind="an option; the caller takes it for granted",
    packages=("option", "maybe"),
    names={"Unwrap": ("Unwrap", "OrPanic", "MustGet"), "Find": ("Find", "Seek")},
    kit=True,
    base="""
//: code option
// Option is a value, or none.
type Option[T any] struct {
	value *T
}

// Some is a value.
func Some[T any](value T) Option[T] { return Option[T]{&value} }

// $Unwrap is the value; there must be one.
func (o Option[T]) $Unwrap() T {
	if o.value == nil {
		//+
		panic("option: nothing to unwrap")
	}
	return *o.value
}
//: code find
// $Find is the first item for which something holds, or none.
func $Find[T any](items []T, holds func(T) bool) Option[T] {
	for _, item := range items {
		if holds(item) {
			return Some(item)
		}
	}
	return Option[T]{}
}
""",
    variants={
        "flag": """
//: code option
// Option is a value, or none.
type Option[T any] struct {
	value T
	full  bool
}

// Some is a value.
func Some[T any](value T) Option[T] { return Option[T]{value, true} }

func (o Option[T]) check() {
	if !o.full {
		panic("option: nothing to unwrap")
	}
}

// $Unwrap is the value; there must be one.
func (o Option[T]) $Unwrap() T {
	//+
	o.check()
	return o.value
}
//: code find
// $Find is the first item for which something holds, or none.
func $Find[T any](items []T, holds func(T) bool) (option Option[T]) {
	for k := range items {
		//+
		if holds(items[k]) {
			return Some(items[k])
		}
	}
	return option
}
"""
    },
)
_CTXVAL: Final = Template(
    "ctxval",
    kind="values in contexts; the caller asks for another type, or for what nobody put there",
    packages=("ctxval", "reqctx"),
    names={"Value": ("Value", "From", "Of")},
    base="""
//: code ctxval
type key string

// With puts a value into a context.
func With(ctx context.Context, name string, value any) context.Context {
	return context.WithValue(ctx, key(name), value)
}

// $Value is a value of a context, which must be there.
func $Value[T any](ctx context.Context, name string) T {
	//+
	return ctx.Value(key(name)).(T)
}
""",
    variants={
        "checked": """
//: code ctxval
type key struct {
	name string
}

// With puts a value into a context.
func With(ctx context.Context, name string, value any) context.Context {
	//+
	return context.WithValue(ctx, key{name}, value)
}

// $Value is a value of a context, which must be there.
func $Value[T any](ctx context.Context, name string) T {
	found := ctx.Value(key{name})
	value, ok := found.(T)
	//+
	if !ok {
		panic(fmt.Errorf("context value %s is %T, not %T", name, found, value))
	}
	return value
}
"""
    },
)
_BUS: Final = Template(
    "bus",
    kind="an event bus; who listens or announces is wrong",
    packages=("bus", "events"),
    names={"On": ("On", "Subscribe"), "Emit": ("Emit", "Publish", "Announce")},
    base="""
//: code bus
// Bus hands events to those who listen.
type Bus struct {
	topics map[string][]func(any)
}

// New makes one with topics.
func New(topics ...string) *Bus {
	b := &Bus{map[string][]func(any){}}
	for _, topic := range topics {
		b.topics[topic] = nil
	}
	return b
}

// $On listens.
func (b *Bus) $On(topic string, f func(any)) {
	//+
	b.topics[topic] = append(b.topics[topic], f)
}

// $Emit tells all who listen to a topic, which must be one of the bus.
func (b *Bus) $Emit(topic string, event any) {
	listeners, ok := b.topics[topic]
	if !ok {
		panic("bus: there is no topic " + topic)
	}
	//+
	for _, f := range listeners {
		f(event)
	}
}
""",
    variants={
        "typed": """
//: code bus
type listener func(any)

// Bus hands events to those who listen.
type Bus struct {
	names []string
	heard map[string][]listener
}

// New makes one with topics.
func New(topics ...string) *Bus {
	return &Bus{topics, map[string][]listener{}}
}

// $On listens.
func (b *Bus) $On(topic string, f func(any)) {
	b.heard[topic] = append(b.heard[topic], f)
}

// $Emit tells all who listen to a topic, which must be one of the bus.
func (b *Bus) $Emit(topic string, event any) {
	//+
	b.known(topic)
	b.deliver(b.heard[topic], event)
}

func (b *Bus) known(topic string) {
	if !slices.Contains(b.names, topic) {
		//+
		panic("bus: there is no topic " + topic)
	}
}

func (b *Bus) deliver(to []listener, event any) {
	for _, f := range to {
		//+
		f(event)
	}
}
"""
    },
)
_FSM: Final = Template(
    "fsm",
    kind="a state machine; the caller fires what cannot be",
    packages=("fsm", "statechart"),
    names={"Fire": ("Fire", "Apply", "Trigger")},
    base="""
//: code fsm
// Machine is in a state.
type Machine struct {
	state string
	rules map[[2]string]string
}

// New makes one for an order: draft, sent, paid, closed.
func New() *Machine {
	return &Machine{"draft", map[[2]string]string{
		{"draft", "send"}: "sent",
		{"sent", "pay"}:   "paid",
		{"paid", "close"}: "closed",
	}}
}

// State is the state.
func (m *Machine) State() string { return m.state }

// $Fire follows an event, which must be possible.
func (m *Machine) $Fire(event string) {
	next, ok := m.rules[[2]string{m.state, event}]
	//+
	if !ok {
		panic(fmt.Sprintf("fsm: event %s inappropriate in state %s", event, m.state))
	}
	m.state = next
}
""",
    variants={
        "switch": """
//: code fsm
// Machine is in a state.
type Machine struct {
	state string
	trail []string
}

// New makes one for an order: draft, sent, paid, closed.
func New() *Machine { return &Machine{state: "draft"} }

// State is the state.
func (m *Machine) State() string { return m.state }

// $Fire follows an event, which must be possible.
func (m *Machine) $Fire(event string) {
	switch {
	case m.state == "draft" && event == "send":
		m.enter("sent")
	case m.state == "sent" && event == "pay":
		m.enter("paid")
	case m.state == "paid" && event == "close":
		m.enter("closed")
	default:
		//+
		panic(fmt.Sprintf("fsm: event %s inappropriate in state %s", event, m.state))
	}
}

func (m *Machine) enter(state string) {
	m.trail = append(m.trail, m.state)
	m.state = state
}
"""
    },
)
_TABULAR: Final = Template(
    "tabular",
    kind="records with columns; the caller asks for one that is not there, or no number",
    packages=("tabular", "records"),
    names={"Text": ("Text", "Cell"), "Int": ("Int", "Number")},
    base="""
//: code record
// Record is a record with the names of its columns.
type Record struct {
	header, cells []string
}

// Parse reads a record; commas separate.
func Parse(header, cells string) Record {
	return Record{strings.Split(header, ","), strings.Split(cells, ",")}
}

// $Text is the cell of a column.
func (r Record) $Text(column string) string {
	//+
	return r.cells[slices.Index(r.header, column)]
}

// $Int is the cell of a column that holds numbers.
func (r Record) $Int(column string) int {
	n, err := strconv.Atoi(r.$Text(column))
	//+
	if err != nil {
		panic(fmt.Errorf("tabular: column %s: %w", column, err))
	}
	return n
}
""",
    variants={
        "loop": """
//: code record
// Record is a record with the names of its columns.
type Record struct {
	header, cells []string
}

// Parse reads a record; commas separate.
func Parse(header, cells string) Record {
	return Record{header: strings.Split(header, ","), cells: strings.Split(cells, ",")}
}

func (r *Record) position(column string) int {
	for k, name := range r.header {
		if strings.EqualFold(name, column) {
			return k
		}
	}
	return -1
}

// $Text is the cell of a column.
func (r Record) $Text(column string) string {
	//+
	return r.cells[r.position(column)]
}

// $Int is the cell of a column that holds numbers.
func (r Record) $Int(column string) int {
	return number(column, r.$Text(column))
}

func number(column, cell string) int {
	n, err := strconv.Atoi(cell)
	if err == nil {
		return n
	}
	//+
	panic(fmt.Errorf("tabular: column %s: %w", column, err))
}
"""
    },
)
_BITSET: Final = Template(
    "bitset",
    kind="a set of small numbers; the caller sets one beyond its size",
    packages=("bitset", "bitmap"),
    names={"Set": ("Set", "Mark", "Include")},
    kit=True,
    base="""
//: code bitset
// Bits is a set of numbers below its size.
type Bits []uint64

// New makes one.
func New(size int) Bits { return make(Bits, (size+63)/64) }

// $Set includes a number below the size.
func (b Bits) $Set(k int) {
	//+
	b[k/64] |= 1 << (k % 64)
}

// Count is how many are in it.
func (b Bits) Count() int {
	count := 0
	for _, word := range b {
		for ; word != 0; word &= word - 1 {
			count++
		}
	}
	return count
}
""",
)
_REGISTRY: Final = Template(
    "registry",
    kind="a registry of anything; the caller resolves what was never registered, or is something else",
    packages=("registry", "locator"),
    names={"Resolve": ("Resolve", "Need"), "Provide": ("Provide", "Register")},
    base="""
//: code registry
var known sync.Map

// $Provide registers.
func $Provide(name string, value any) {
	//+
	known.Store(name, value)
}

// $Resolve is what was registered under a name, as that type.
func $Resolve[T any](name string) T {
	value, ok := known.Load(name)
	if !ok {
		panic(fmt.Sprintf("registry: nobody provides %s", name))
	}
	//+
	return value.(T)
}
""",
    variants={
        "struct": """
//: code registry
type registry struct {
	mu    sync.RWMutex
	known map[string]any
}

var global = registry{known: map[string]any{}}

func (r *registry) load(name string) any {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if value, ok := r.known[name]; ok {
		return value
	}
	//+
	panic(fmt.Sprintf("registry: nobody provides %s", name))
}

// $Provide registers.
func $Provide(name string, value any) {
	global.mu.Lock()
	defer global.mu.Unlock()
	global.known[name] = value
}

// $Resolve is what was registered under a name, as that type.
func $Resolve[T any](name string) T {
	//+
	return global.load(name).(T)
}
"""
    },
)
_DIALER: Final = Template(
    "dialer",
    kind="functional options; the caller leaves out what must be given, or gives a nil option",
    packages=("dialer", "upstream"),
    names={"New": ("New", "Build", "Dial")},
    base="""
//: code dialer
// Dialer is how to connect.
type Dialer struct {
	host  string
	tries int
}

// Option sets something.
type Option func(*Dialer)

// Host sets the host, which must be given.
func Host(host string) Option { return func(d *Dialer) { d.host = host } }

// Tries sets how often to try.
func Tries(n int) Option { return func(d *Dialer) { d.tries = n } }

// $New makes one.
func $New(options ...Option) *Dialer {
	d := &Dialer{tries: 1}
	for _, option := range options {
		option(d)
	}
	//+
	if d.host == "" {
		panic("dialer: no host given")
	}
	return d
}

// Address is where it connects to.
func (d *Dialer) Address() string { return d.host + ":" + strconv.Itoa(d.tries) }
""",
    variants={
        "validate": """
//: code dialer
type spec struct {
	host  string
	tries int
}

func (s spec) validate() error {
	if s.host == "" {
		return errors.New("dialer: no host given")
	}
	return nil
}

// Dialer is how to connect.
type Dialer struct {
	spec
}

// Option sets something.
type Option func(*spec)

// Host sets the host, which must be given.
func Host(host string) Option { return func(s *spec) { s.host = host } }

// Tries sets how often to try.
func Tries(n int) Option { return func(s *spec) { s.tries = n } }

// $New makes one.
func $New(options ...Option) *Dialer {
	d := &Dialer{spec{tries: 1}}
	d.apply(options)
	//+
	if err := d.validate(); err != nil {
		panic(err)
	}
	return d
}

func (d *Dialer) apply(options []Option) {
	for k := range options {
		//+
		options[k](&d.spec)
	}
}

// Address is where it connects to.
func (d *Dialer) Address() string { return fmt.Sprintf("%s:%d", d.host, d.tries) }
"""
    },
)
_SEMA: Final = Template(
    "sema",
    kind="a semaphore; the caller does not give back what it took",
    packages=("sema", "tokens"),
    names={"Acquire": ("Acquire", "Enter"), "Release": ("Release", "Exit")},
    base="""
//: code sema
// Sema lets so many in.
type Sema chan struct{}

// $Acquire waits for a slot.
func (s Sema) $Acquire() {
	//+
	s <- struct{}{}
}

// $Release gives one back.
func (s Sema) $Release() { <-s }

// New makes one.
func New(n int) Sema { return make(Sema, n) }
""",
    variants={
        "cond": """
//: code sema
// Sema lets so many in.
type Sema struct {
	mu   sync.Mutex
	cond *sync.Cond
	free int
}

// New makes one.
func New(n int) *Sema {
	s := &Sema{free: n}
	s.cond = sync.NewCond(&s.mu)
	return s
}

// $Acquire waits for a slot.
func (s *Sema) $Acquire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.free == 0 {
		//+
		s.cond.Wait()
	}
	s.free--
}

// $Release gives one back.
func (s *Sema) $Release() {
	s.mu.Lock()
	s.free++
	s.mu.Unlock()
	s.cond.Signal()
}
"""
    },
)
_RETRY: Final = Template(
    "retry",
    kind="tries several times; what it is given fails",
    packages=("retry", "again"),
    names={"Do": ("Do", "Times", "Attempt")},
    base="""
//: code retry
// $Do tries several times.
func $Do(times int, f func(k int) error) error {
	var err error
	for k := 0; k < times; k++ {
		//+
		if err = f(k); err == nil {
			return nil
		}
		time.Sleep(time.Millisecond)
	}
	return fmt.Errorf("gave up after %d attempts: %w", times, err)
}
""",
    variants={
        "policy": """
//: code retry
type policy struct {
	times int
	pause time.Duration
}

func (p policy) run(f func(k int) error) (err error) {
	for k := 0; k < p.times; k++ {
		if k > 0 {
			time.Sleep(p.pause)
		}
		if err = p.one(k, f); err == nil {
			return nil
		}
	}
	return err
}

func (p policy) one(k int, f func(k int) error) error {
	//+
	return f(k)
}

// $Do tries several times.
func $Do(times int, f func(k int) error) error {
	//+
	if err := (policy{times, time.Millisecond}).run(f); err != nil {
		return fmt.Errorf("gave up after %d attempts: %w", times, err)
	}
	return nil
}
"""
    },
)
_SAFELY: Final = Template(
    "safely",
    kind="turns panics into errors; what it is given panics",
    packages=("safely", "shield"),
    names={"Call": ("Call", "Run")},
    base="""
//: code safely
// $Call runs a function; a panic becomes an error that has the stack.
func $Call(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			//+
			err = fmt.Errorf("recovered: %v\\n%s", v, debug.Stack())
		}
	}()
	return f()
}
""",
    variants={
        "named": """
//: code safely
// $Call runs a function; a panic becomes an error that has the stack.
func $Call(f func() error) (err error) {
	defer rescue(&err)
	//+
	return f()
}

func rescue(err *error) {
	v := recover()
	if v == nil {
		return
	}
	//+
	*err = fmt.Errorf("recovered: %v\\n%s", v, debug.Stack())
}
"""
    },
)
_TXN: Final = Template(
    "txn",
    kind="transactions; the caller rolls back one that did not begin",
    packages=("txn", "unitwork"),
    names={"Begin": ("Begin", "Open"), "Rollback": ("Rollback", "Abort")},
    base="""
//: code txn
// Tx is a transaction.
type Tx struct {
	name string
	open bool
}

// $Begin begins one; there are none for odd numbers.
func $Begin(name string, n int) (*Tx, error) {
	//+
	if n%2 == 1 {
		return nil, errors.New("txn: too many are open")
	}
	return &Tx{name, true}, nil
}

// $Rollback undoes it, unless it is over.
func (t *Tx) $Rollback() {
	//+
	if t.open {
		t.open = false
	}
}

// Commit ends it.
func (t *Tx) Commit() error {
	t.open = false
	return nil
}
""",
)
HELPERS: Final = (
    _PAGING,
    _MONEY,
    _OPTION,
    _CTXVAL,
    _BUS,
    _FSM,
    _TABULAR,
    _BITSET,
    _REGISTRY,
    _DIALER,
    _SEMA,
    _RETRY,
    _SAFELY,
    _TXN,
)

# ------------------------------------------------------------------------------------- callers of shared helpers

_CALLERS: Final = (
    Template(
        "page_from_zero",
        kind="pages counted from 0, and one beyond the last",
        copies=2,
        base="""
//: code a
// $Fa lists.
func $Fa(in @in.Input) error {
	$va := 0
	//+
	if in.N > 5 {
		$va += len(@paging.Page(in.Items, in.N/100, 4)) //!1
	}
	for _, $vb := range @paging.Page(in.Items, 3, 10) { //!2
		$va += $vb
	}
	return fmt.Errorf("$Wa %d", $va)
}
//: call 1 n=6..9 expect="slice bounds out of range"
$P.$Fa(in)
//: call 2 n=1..5 expect="slice bounds out of range"
$P.$Fa(in)
""",
        variants={
            "query": """
//: code t
type $ta struct {
	$aa, $ab int
}

func (t $ta) $ma(items []int) []int {
	//+
	return @paging.Page(items, t.$aa, t.$ab) //!1
}
//: code a
// $Fa lists.
func $Fa(in @in.Input) error {
	$va := 0
	if in.N > 5 {
		$va += len($ta{in.N / 100, 4}.$ma(in.Items))
	}
	//+
	$vc := @paging.Page(in.Items, 3, 10) //!2
	for _, $vb := range $vc {
		$va += $vb
	}
	return fmt.Errorf("$Wa %d", $va)
}
"""
        },
    ),
    Template(
        "money_mixed",
        kind="adds amounts of two currencies",
        copies=2,
        base="""
//: code a
// $Fa totals.
func $Fa(in @in.Input) error {
	$va := @money.Of(0, "EUR")
	for _, $vb := range in.Items {
		$va = $va.@money:Plus(@money.Of($vb, "EUR"))
	}
	//+
	$va = $va.@money:Plus(@money.Of(in.ID, "USD")) //!1
	return fmt.Errorf("$Wa %d", $va.Minor())
}
//: call 1 n=1..9 expect="money: EUR plus USD"
$P.$Fa(in)
""",
        variants={
            "fees": """
//: code b
func $fa(base @money.Amount, id int) @money.Amount {
	//+
	return base.@money:Plus(@money.Of(id, "USD")) //!1
}
//: code a
// $Fa totals.
func $Fa(in @in.Input) error {
	$va := @money.Of(0, "EUR")
	//+
	for _, $vb := range in.Items {
		$va = $va.@money:Plus(@money.Of($vb, "EUR"))
	}
	return fmt.Errorf("$Wa %d", $fa($va, in.ID).Minor())
}
""",
            "early": """
//: code a
// $Fa totals.
func $Fa(in @in.Input) error {
	if len(in.Items) == 0 {
		return nil
	}
	$va, $vc := @money.Of(in.Items[0], "EUR"), @money.Of(in.ID, "USD")
	for _, $vb := range in.Items[1:] {
		//+
		$va = $va.@money:Plus(@money.Of($vb, "EUR"))
	}
	return fmt.Errorf("$Wa %d", $va.@money:Plus($vc).Minor()) //!1
}
""",
        },
    ),
    Template(
        "money_nobody",
        kind="divides an amount among nobody, and adds what it got in another currency",
        copies=2,
        base="""
//: code a
// $Fa shares out.
func $Fa(in @in.Input) error {
	$va := @money.Of(in.ID, "CHF")
	//+
	$vb := 0
	for _, $vc := range in.Items {
		if $vc > 200 || in.N > 5 {
			$vb++
		}
	}
	$vd := $va.@money:Split($vb) //!1
	//+
	$ve := $vd[0].@money:Plus(@money.Of(1, "SEK")) //!2
	return fmt.Errorf("$Wa %d", $ve.Minor())
}
//: call 1 n=1..5 expect="divide by zero"
$P.$Fa(in)
//: call 2 n=6..9 expect="money: CHF plus SEK"
$P.$Fa(in)
""",
        variants={
            "counted": """
//: code a
// $Fa shares out.
func $Fa(in @in.Input) error {
	$va := @money.Of(in.ID, "CHF")
	//+
	$vd := $va.@money:Split($fa(in)) //!1
	if len($vd) == 0 {
		return nil
	}
	$vd[0] = $vd[0].@money:Plus(@money.Of(1, "SEK")) //!2
	return fmt.Errorf("$Wa %d", $vd[0].Minor())
}

func $fa(in @in.Input) (count int) {
	for _, $vc := range in.Items {
		if $vc > 200 || in.N > 5 {
			count++
		}
	}
	return count
}
"""
        },
    ),
    Template(
        "option_granted",
        kind="unwraps what was not found",
        copies=2,
        base="""
//: code a
// $Fa picks a bay.
func $Fa(in @in.Input) error {
	//+
	$va := @option.Find(in.Items, func(k int) bool { return k < 101 }).@option:Unwrap()
	//+c
	$vb := @option.Find(in.Items, func(k int) bool {
		return k > 100+in.ID
	})
	if $vb.@option:Unwrap() > $va { //!1
		return errors.New("$Wa")
	}
	return nil
}
//: call 1 n=1..9 expect="nothing to unwrap"
$P.$Fa(in)
""",
        variants={
            "switch": """
//: code a
// $Fa picks a bay.
func $Fa(in @in.Input) error {
	$va := @option.Find(in.Items, func(k int) bool { return k < 101 }).@option:Unwrap()
	switch {
	case in.N > 50:
		return nil
	default:
		//+
		$vb := @option.Find(in.Items, func(k int) bool { return k > 100+in.ID }).@option:Unwrap() //!1
		if $vb <= $va {
			return nil
		}
	}
	return errors.New("$Wa")
}
""",
            "type": """
//: code t
type $ta []int

func (t $ta) $ma(id int) int {
	//+c
	$vb := @option.Find(t, func(k int) bool { return k > 100+id })
	//+
	return $vb.@option:Unwrap() //!1
}
//: code a
// $Fa picks a bay.
func $Fa(in @in.Input) error {
	if $va := $ta(in.Items).$ma(in.ID); $va > 3 {
		return errors.New("$Wa")
	}
	return nil
}
""",
        },
    ),
    Template(
        "ctx_type",
        kind="asks a context for another type, and for what was never put there",
        copies=2,
        base="""
//: code a
// $Fa authorises.
func $Fa(in @in.Input) error {
	ctx := @ctxval.With(context.Background(), "tenant", in.S)
	//+
	ctx = @ctxval.With(ctx, "lane", in.ID)
	if in.N > 5 {
		return errors.New("$Wa " + @ctxval.Value[string](ctx, "lane")) //!1
	}
	//+
	return fmt.Errorf("$Wa %d of %s", @ctxval.Value[int](ctx, "weight"), @ctxval.Value[string](ctx, "tenant")) //!2
}
//: call 1 n=6..9 expect="interface conversion|not string"
$P.$Fa(in)
//: call 2 n=1..5 expect="interface conversion|not int"
$P.$Fa(in)
""",
        variants={
            "accessors": """
//: code b
func $fa(ctx context.Context) string {
	//+
	return @ctxval.Value[string](ctx, "lane") //!1
}

func $fb(ctx context.Context) int {
	return @ctxval.Value[int](ctx, "weight") //!2
}
//: code a
// $Fa authorises.
func $Fa(in @in.Input) error {
	ctx := @ctxval.With(@ctxval.With(context.Background(), "tenant", in.S), "lane", in.ID)
	if in.N > 5 {
		return errors.New("$Wa " + $fa(ctx))
	}
	//+
	$va := @ctxval.Value[string](ctx, "tenant")
	return fmt.Errorf("$Wa %d of %s", $fb(ctx), $va)
}
"""
        },
    ),
    Template(
        "bus_listener",
        kind="a listener that fails, and a topic that does not exist",
        copies=2,
        base="""
//: code t
type $ta struct {
	$aa int
	$ab *$ta
}
//: code a
// $Fa wires up.
func $Fa(in @in.Input) error {
	$va := @bus.New("created", "moved")
	$vb := 0
	$va.@bus:On("created", func(event any) {
		//+
		$vb += event.(*$ta).$ab.$aa //!1
	})
	//+
	if in.N > 5 {
		$va.@bus:Emit("created", &$ta{$aa: in.ID})
	}
	$va.@bus:Emit("$Sa", &$ta{$aa: in.N}) //!2
	return fmt.Errorf("$Wa %d", $vb)
}
//: call 1 n=6..9 expect="nil pointer"
$P.$Fa(in)
//: call 2 n=1..5 expect="there is no topic"
$P.$Fa(in)
""",
        variants={
            "methods": """
//: code t
type $ta struct {
	$ab *$ta
	$aa int
}

type $tb struct {
	$ac int
}

func (t *$tb) $ma(event any) {
	$vc := event.(*$ta)
	//+
	t.$ac += $vc.$ab.$aa //!1
}
//: code a
// $Fa wires up.
func $Fa(in @in.Input) error {
	$va, $vb := @bus.New("created", "moved"), &$tb{}
	$va.@bus:On("created", $vb.$ma)
	if in.N > 5 {
		//+
		$va.@bus:Emit("created", &$ta{$aa: in.ID})
	}
	defer $va.@bus:Emit("moved", in)
	//+
	$va.@bus:Emit("$Sa", &$ta{$aa: in.N}) //!2
	return fmt.Errorf("$Wa %d", $vb.$ac)
}
"""
        },
    ),
    Template(
        "fsm_twice",
        kind="fires an event twice, and one too early",
        copies=2,
        base="""
//: code a
// $Fa moves an order along.
func $Fa(in @in.Input) error {
	$va := @fsm.New()
	//+
	$va.@fsm:Fire("send")
	if in.N > 5 {
		$va.@fsm:Fire("send") //!1
	}
	//+
	$va.@fsm:Fire("close") //!2
	return errors.New("$Wa " + $va.State())
}
//: call 1 n=6..9 expect="event send inappropriate"
$P.$Fa(in)
//: call 2 n=1..5 expect="event close inappropriate"
$P.$Fa(in)
""",
        variants={
            "deferred": """
//: code a
// $Fa moves an order along.
func $Fa(in @in.Input) error {
	$va, $vb := @fsm.New(), false
	$va.@fsm:Fire("send")
	//+
	defer func() {
		if $vb {
			//+
			$va.@fsm:Fire("close") //!2
		}
	}()
	if in.N > 5 {
		$va.@fsm:Fire("send") //!1
	}
	$vb = true
	return errors.New("$Wa " + $va.State())
}
""",
            "method": """
//: code t
type $ta struct {
	*@fsm.Machine
	$aa int
}

func (t *$ta) $ma() {
	t.@fsm:Fire("send")
	//+
	if t.$aa > 5 {
		t.@fsm:Fire("send") //!1
	}
}

func (t *$ta) $mb() {
	//+
	t.@fsm:Fire("close") //!2
}
//: code a
// $Fa moves an order along.
func $Fa(in @in.Input) error {
	t := &$ta{@fsm.New(), in.N}
	t.$ma()
	t.$mb()
	return errors.New("$Wa " + t.State())
}
""",
        },
    ),
    Template(
        "columns",
        kind="a column that is not there, one that holds no numbers",
        copies=2,
        base="""
//: code a
// $Fa imports a line.
func $Fa(in @in.Input) error {
	$va := @tabular.Parse("id,zone,weight", fmt.Sprintf("%d,%s,n/a", in.ID, in.S))
	$vb := $va.@tabular:Int("id")
	//+
	if in.N > 5 {
		$vb += $va.@tabular:Int("weight") //!1
	}
	//+
	return fmt.Errorf("$Wa %d %s", $vb, $va.@tabular:Text("$Sa")) //!2
}
//: call 1 n=6..9 expect="tabular: column weight"
$P.$Fa(in)
//: call 2 n=1..5 expect="index out of range .-1."
$P.$Fa(in)
""",
        variants={
            "struct": """
//: code t
type $ta struct {
	$aa int
	$ab string
}

func (t *$ta) $ma(from @tabular.Record, heavy bool) {
	t.$aa = from.@tabular:Int("id")
	if heavy {
		//+
		t.$aa += from.@tabular:Int("weight") //!1
	}
	t.$ab = from.@tabular:Text("$Sa") //!2
}
//: code a
// $Fa imports a line.
func $Fa(in @in.Input) error {
	var t $ta
	//+
	t.$ma(@tabular.Parse("id,zone,weight", fmt.Sprintf("%d,%s,n/a", in.ID, in.S)), in.N > 5)
	return fmt.Errorf("$Wa %d %s", t.$aa, t.$ab)
}
"""
        },
    ),
    Template(
        "bits_beyond",
        kind="a number beyond the size of the set",
        copies=2,
        base="""
//: code a
// $Fa remembers the bays.
func $Fa(in @in.Input) error {
	$va := @bitset.New(101)
	for _, $vb := range in.Items {
		//+
		$va.@bitset:Set($vb)
	}
	//+
	$va.@bitset:Set(in.ID + 200) //!1
	return fmt.Errorf("$Wa %d", $va.Count())
}
//: call 1 n=1..9 expect="index out of range"
$P.$Fa(in)
""",
        variants={
            "loop": """
//: code a
// $Fa remembers the bays.
func $Fa(in @in.Input) error {
	$va := @bitset.New(101)
	$fa(in.Items, $va.@bitset:Set)
	//+
	$va.@bitset:Set(in.ID + 200) //!1
	return fmt.Errorf("$Wa %d", $va.Count())
}

func $fa(items []int, f func(int)) {
	for _, $vb := range items {
		f($vb)
	}
}
"""
        },
    ),
    Template(
        "registry_use",
        kind="resolves as another type, and what nobody provides",
        copies=2,
        base="""
//: code t
type $ta interface{ $Ma() string }

type $tb struct{ $aa string }

func (t *$tb) $Ma() string { return t.$aa }
//: code a
// $Fa assembles.
func $Fa(in @in.Input) error {
	@registry.Provide("$Sb", $tb{in.S}) //!1
	//+
	if in.N > 5 {
		return errors.New("$Wa " + @registry.Resolve[$ta]("$Sb").$Ma()) //!1
	}
	//+
	$va := @registry.Resolve[*$tb]("$Sa") //!2
	return errors.New("$Wa " + $va.$Ma())
}
//: call 1 n=6..9 expect="interface conversion"
$P.$Fa(in)
//: call 2 n=1..5 expect="nobody provides"
$P.$Fa(in)
""",
    ),
    Template(
        "dialer_options",
        kind="no host, and an option that is nil",
        copies=2,
        base="""
//: code b
func $fa(n int) @dialer.Option {
	if n < 100 {
		return nil
	}
	return @dialer.Tries(n)
}
//: code a
// $Fa connects.
func $Fa(in @in.Input) error {
	//+
	if in.N > 5 {
		return errors.New("$Wa " + @dialer.New(@dialer.Tries(in.N)).Address()) //!1
	}
	//+
	$va := @dialer.New(@dialer.Host(in.S), $fa(in.N)) //!2
	return errors.New("$Wa " + $va.Address())
}
//: call 1 n=6..9 expect="no host given"
$P.$Fa(in)
//: call 2 n=1..5 expect="nil pointer"
$P.$Fa(in)
""",
        variants={
            "collect": """
//: code a
// $Fa connects.
func $Fa(in @in.Input) error {
	$vb := []@dialer.Option{@dialer.Tries(in.N)}
	if in.N <= 5 {
		//+
		return errors.New("$Wa " + $fb(in).Address())
	}
	//+
	$va := @dialer.New($vb...) //!1
	return errors.New("$Wa " + $va.Address())
}
//: code b
func $fb(in @in.Input) *@dialer.Dialer {
	$vc := []@dialer.Option{@dialer.Host(in.S), nil}
	if in.N >= 100 {
		$vc[1] = @dialer.Tries(in.N)
	}
	//+
	return @dialer.New($vc...) //!2
}
"""
        },
    ),
    Template(
        "sema_kept",
        kind="leaves without giving its slot back",
        copies=2,
        base="""
//: code a
// $Fa loads in turns.
func $Fa(in @in.Input) error {
	$va := @sema.New(2)
	$vb := 0
	for _, $vc := range in.Items {
		$va.@sema:Acquire() //!1
		//+
		if $vc >= 0 {
			$vb++
			continue //!1
		}
		$va.@sema:Release()
	}
	return fmt.Errorf("$Wa %d", $vb)
}
//: call 1 n=4..9 routes=hang
$P.$Fa(in)
//: call 1 n=4..9 routes=dead expect="all goroutines are asleep"
$P.$Fa(in)
""",
        variants={
            "workers": """
//: code a
// $Fa loads in turns.
func $Fa(in @in.Input) error {
	$va := @sema.New(2)
	var wg sync.WaitGroup
	//+
	for _, $vc := range in.Items {
		wg.Add(1)
		go func(k int) {
			defer wg.Done()
			$va.@sema:Acquire() //!1
			if k >= 0 {
				return //!1
			}
			$va.@sema:Release()
		}($vc)
	}
	wg.Wait()
	return fmt.Errorf("$Wa %d", in.N)
}
"""
        },
    ),
    Template(
        "retry_step",
        kind="what is retried panics: two steps of one function",
        copies=2,
        base="""
//: code a
// $Fa insists.
func $Fa(in @in.Input) error {
	$va := strings.Split(in.S, "-")
	if err := @retry.Do(1+in.N/6, func(k int) error {
		//+
		if in.N > 5 && $va[k+2] != "" { //!1
			return io.EOF
		}
		return nil
	}); err != nil {
		return fmt.Errorf("$Wa: %w", err)
	}
	//+
	return @retry.Do(3, func(k int) error {
		return errors.New("$Wb " + in.S[len(in.S)+1+k:]) //!2
	})
}
//: call 1 n=6..9 expect="index out of range"
$P.$Fa(in)
//: call 2 n=1..5 expect="slice bounds out of range"
$P.$Fa(in)
""",
        variants={
            "steps": """
//: code a
// $Fa insists.
func $Fa(in @in.Input) error {
	if in.N > 5 {
		if err := @retry.Do(2, $fa(strings.Split(in.S, "-"))); err != nil {
			return fmt.Errorf("$Wa: %w", err)
		}
	}
	//+
	$vb := func(k int) error {
		//+
		return errors.New("$Wb " + in.S[len(in.S)+1+k:]) //!2
	}
	return @retry.Do(3, $vb)
}

func $fa(parts []string) func(int) error {
	return func(k int) error {
		//+
		if parts[k+2] != "" { //!1
			return io.EOF
		}
		return nil
	}
}
"""
        },
    ),
    Template(
        "retry_logged",
        kind="what is retried never succeeds: logged",
        copies=2,
        base="""
//: code a
// $Fa posts.
func $Fa(in @in.Input) error {
	//+
	return @retry.Do(3, func(k int) error {
		if in.N > 5 {
			return fmt.Errorf("$Wa %d: peer %s hung up", in.ID, in.S) //!1
		}
		//+
		return fmt.Errorf("$Wb of attempt %d: %w", k, io.ErrShortWrite) //!2
	})
}
//: call 1 n=6..9 routes=log expect="hung up"
$P.$Fa(in)
//: call 2 n=1..5 routes=log expect="short write"
$P.$Fa(in)
""",
        variants={
            "named": """
//: code a
// $Fa posts.
func $Fa(in @in.Input) error {
	return @retry.Do(3, $ta{in}.$ma)
}
//: code t
type $ta struct {
	in @in.Input
}

func (t $ta) $ma(k int) error {
	//+
	if t.in.N <= 5 {
		return fmt.Errorf("$Wb of attempt %d: %w", k, io.ErrShortWrite) //!2
	}
	return fmt.Errorf("$Wa %d: peer %s hung up", t.in.ID, t.in.S) //!1
}
"""
        },
    ),
    Template(
        "safely_logged",
        kind="a panic that becomes an error with a stack, logged",
        copies=2,
        base="""
//: code a
// $Fa sandboxes.
func $Fa(in @in.Input) error {
	var $va map[string][]int
	//+
	return @safely.Call(func() error {
		if in.N > 5 {
			$va[in.S] = in.Items //!1
		}
		//+
		return fmt.Errorf("$Wa %d", $va[in.S][in.N]) //!2
	})
}
//: call 1 n=6..9 routes=log expect="nil map"
$P.$Fa(in)
//: call 2 n=1..5 routes=log expect="index out of range"
$P.$Fa(in)
""",
        variants={
            "named": """
//: code t
type $ta struct {
	$aa map[string][]int
	in  @in.Input
}

func (t *$ta) $ma() error {
	if t.in.N > 5 {
		//+
		t.$aa[t.in.S] = t.in.Items //!1
	}
	return fmt.Errorf("$Wa %d", t.$aa[t.in.S][t.in.N]) //!2
}
//: code a
// $Fa sandboxes.
func $Fa(in @in.Input) error {
	t := &$ta{in: in}
	//+
	return @safely.Call(t.$ma)
}
"""
        },
    ),
    Template(
        "rollback_nil",
        kind="defers the rollback before it looks at the error",
        copies=2,
        base="""
//: code a
// $Fa transfers.
func $Fa(in @in.Input) error {
	$va, err := @txn.Begin(in.S, in.ID*2+1)
	defer $va.@txn:Rollback() //!1
	//+
	if err != nil {
		return fmt.Errorf("$Wa: %w", err) //!1
	}
	return $va.Commit() //!1
}
//: call 1 expect="nil pointer"
$P.$Fa(in)
""",
        variants={
            "closure": """
//: code a
// $Fa transfers.
func $Fa(in @in.Input) (err error) {
	$va, err := @txn.Begin(in.S, in.ID*2+1)
	defer func() {
		//+
		if err != nil {
			$va.@txn:Rollback() //!1
		}
	}()
	if err != nil {
		return fmt.Errorf("$Wa: %w", err)
	}
	//+
	return $va.Commit()
}
"""
        },
    ),
)

# ----------------------------------------------------------- helpers that are wrong themselves: one bug, whoever calls

_LRU_CALLERS: Final = """
//: code b @1
// $Fb keeps one tariff.
func $Fb(in @in.Input) error {
	$va := $P.New[int, string](1)
	//+
	for k := 0; k < in.N; k++ {
		$va.Set(k, in.S)
	}
	return errors.New("$Wa")
}
//: code c @2
type $ta struct {
	$aa *$P.LRU[string, []int]
}

// $Fc keeps what was asked last.
func $Fc(in @in.Input) error {
	t := $ta{$P.New[string, []int](1 + in.N/100)}
	//+
	t.$aa.Set(in.S, in.Items)
	t.$aa.Set("$Sa", nil)
	return errors.New("$Wb")
}
//: code d @3
// $Fd remembers a pair.
func $Fd(in @in.Input) error {
	$vb := $P.New[[2]int, int](1)
	$vb.Set([2]int{in.ID, in.N}, 1)
	//+
	defer $vb.Set([2]int{in.N, in.ID}, 2)
	return nil
}
"""
_TRIE_CALLERS: Final = """
//: code b @1
// $Fb routes by a prefix.
func $Fb(in @in.Input) error {
	$va := $P.New()
	$va.Add("zone", in.N)
	$va.Add("zebra", in.ID)
	//+
	return fmt.Errorf("$Wa %d", $va.Get("z"+in.S))
}
//: code c @2
// $Fc translates a word.
func $Fc(in @in.Input) error {
	$vb := $P.New()
	for _, $vc := range []string{"ab", "abc", "b"} {
		$vb.Add($vc, in.ID)
	}
	//+
	if $vb.Get("ab") == $vb.Get("abd") {
		return errors.New("$Wb")
	}
	return nil
}
//: call 1 n=1..9 expect="nil pointer"
$P1.$Fb(in)
//: call 1 n=1..9 expect="nil pointer"
$P2.$Fc(in)
"""
_INI_CALLERS: Final = """
//: code b @1
// $Fb reads the limits.
func $Fb(in @in.Input) error {
	$va := fmt.Sprintf("[limits]\\nmost=%d\\n# of %s\\nleast=1\\n", in.N, in.S)
	//+
	return fmt.Errorf("$Wa %d", len($P.Parse($va)))
}
//: code c @2
// $Fc reads what an operator typed.
func $Fc(in @in.Input) error {
	$vb := []string{"zone=" + in.S, "lane"}
	if in.N > 5 {
		$vb[1] = "["
	}
	//+
	$vc := $P.Parse(strings.Join($vb, "\\n"))
	return fmt.Errorf("$Wb %s", $vc["zone"])
}
//: call 1 n=1..9 expect="slice bounds out of range"
$P1.$Fb(in)
//: call 1 n=1..5 expect="slice bounds out of range"
$P2.$Fc(in)
//: call 2 n=6..9 expect="slice bounds out of range"
$P2.$Fc(in)
"""
_MERGE_CALLERS: Final = """
//: code b @1
// $Fb overrides the defaults.
func $Fb(in @in.Input) error {
	$va := map[string]any{"retry": 3, "zone": map[string]any{"name": "$Sa"}}
	//+
	$P.Into($va, map[string]any{"retry": map[string]any{"most": in.N}})
	return fmt.Errorf("$Wa %d", len($va))
}
//: code c @2
// $Fc merges two documents.
func $Fc(in @in.Input) error {
	var $va, $vb map[string]any
	_ = json.Unmarshal([]byte(`{"a": {"b": {"c": [1]}}}`), &$va)
	_ = json.Unmarshal([]byte(`{"a": {"b": {"c": {"d": 2}}}}`), &$vb)
	//+
	$P.Into($va, $vb)
	return fmt.Errorf("$Wb %d", len($va))
}
//: call 1 n=1..9 expect="interface conversion"
$P1.$Fb(in)
//: call 1 n=1..9 expect="interface conversion"
$P2.$Fc(in)
"""
_PIPE_CALLERS: Final = """
//: code b @1
// $Fb prices all.
func $Fb(in @in.Input) error {
	//+
	$va := $P.Map(append(in.Items, in.ID), 2, func(k int) string { return strconv.Itoa(k) })
	return fmt.Errorf("$Wa %d", len($va))
}
//: code c @2
// $Fc measures all letters.
func $Fc(in @in.Input) error {
	$vb := 0
	for _, $vc := range $P.Map([]byte(in.S), 3, func(b byte) int { return int(b) % 7 }) {
		//+
		$vb += $vc
	}
	return fmt.Errorf("$Wb %d", $vb)
}
//: call 1 n=9..30 routes=hang
$P1.$Fb(in)
//: call 1 routes=hang
$P2.$Fc(in)
//: call 1 routes=dead expect="all goroutines are asleep"
$P2.$Fc(in)
"""
_GATE_CALLERS: Final = """
//: code b @1
// $Fb refreshes the views.
func $Fb(in @in.Input) error {
	$va := $P.New(1)
	for k := 0; k < in.N; k++ {
		//+
		if err := $va.Do(func() error { return io.EOF }); err == nil {
			return nil
		}
	}
	return errors.New("$Wa")
}
//: code c @2
// $Fc refreshes the rest.
func $Fc(in @in.Input) error {
	$vb := $P.New(2)
	//+
	_ = $vb.Do(func() error {
		return $vb.Do(func() error { return errors.New("$Sa") })
	})
	return $vb.Do(func() error { return nil })
}
//: call 1 n=2..9 routes=hang
$P1.$Fb(in)
//: call 1 n=2..9 routes=dead expect="all goroutines are asleep"
$P1.$Fb(in)
//: call 1 routes=hang
$P2.$Fc(in)
"""

_WRONG_HELPERS: Final = (
    Template(
        "lru_evict",
        kind="a cache of one: eviction expects a neighbour",
        packages=("lru", "hotset"),
        across=4,
        base=_LRU_CALLERS
        + """
//: code cache
type node[K comparable, V any] struct {
	key        K
	value      V
	prev, next *node[K, V]
}

// LRU keeps what was used last.
type LRU[K comparable, V any] struct {
	most       int
	nodes      map[K]*node[K, V]
	head, tail *node[K, V]
}

// New makes one for so many, one at least.
func New[K comparable, V any](most int) *LRU[K, V] {
	return &LRU[K, V]{most: most, nodes: map[K]*node[K, V]{}}
}

// Set keeps.
func (c *LRU[K, V]) Set(key K, value V) {
	if len(c.nodes) >= c.most {
		//+
		c.evict()
	}
	c.push(&node[K, V]{key: key, value: value})
}

func (c *LRU[K, V]) push(n *node[K, V]) {
	n.next = c.head
	if c.head != nil {
		c.head.prev = n
	} else {
		c.tail = n
	}
	c.head = n
	c.nodes[n.key] = n
}

func (c *LRU[K, V]) evict() {
	last := c.tail
	delete(c.nodes, last.key)
	//+
	last.prev.next = nil //!1
	c.tail = last.prev
}
//: call 1 n=2..9 expect="nil pointer"
$P1.$Fb(in)
//: call 1 n=1..9 expect="nil pointer"
$P2.$Fc(in)
//: call 1 n=1..9 expect="nil pointer"
$P3.$Fd(in)
""",
        variants={
            "chain": _LRU_CALLERS
            + """
//: code cache
type entry[K comparable, V any] struct {
	key            K
	value          V
	newer, further *entry[K, V]
}

type chain[K comparable, V any] struct {
	newest, oldest *entry[K, V]
}

func (c *chain[K, V]) add(e *entry[K, V]) {
	e.further = c.newest
	if c.newest == nil {
		c.oldest = e
	} else {
		c.newest.newer = e
	}
	c.newest = e
}

func (c *chain[K, V]) cut() K {
	e := c.oldest
	//+
	e.newer.further = nil //!1
	c.oldest = e.newer
	return e.key
}

// LRU keeps what was used last.
type LRU[K comparable, V any] struct {
	chain[K, V]
	most  int
	known map[K]*entry[K, V]
}

// New makes one for so many, one at least.
func New[K comparable, V any](most int) *LRU[K, V] {
	return &LRU[K, V]{most: most, known: map[K]*entry[K, V]{}}
}

// Set keeps.
func (c *LRU[K, V]) Set(key K, value V) {
	if len(c.known) >= c.most {
		delete(c.known, c.cut())
	}
	//+
	e := &entry[K, V]{key: key, value: value}
	c.known[key] = e
	c.add(e)
}
"""
        },
    ),
    Template(
        "trie_miss",
        kind="a trie does not expect words that it has not",
        packages=("trie", "prefixes"),
        across=3,
        base=_TRIE_CALLERS
        + """
//: code trie
type node struct {
	kids  map[rune]*node
	value int
}

// Trie has values for words.
type Trie struct {
	root *node
}

// New makes one.
func New() *Trie { return &Trie{&node{kids: map[rune]*node{}}} }

// Add adds a word.
func (t *Trie) Add(word string, value int) {
	n := t.root
	for _, letter := range word {
		if n.kids[letter] == nil {
			n.kids[letter] = &node{kids: map[rune]*node{}}
		}
		n = n.kids[letter]
	}
	n.value = value
}

// Get is the value of a word, 0 when there is none.
func (t *Trie) Get(word string) int {
	n := t.root
	for _, letter := range word {
		//+
		n = n.kids[letter] //!1
	}
	return n.value //!1
}
""",
        variants={
            "recursive": _TRIE_CALLERS
            + """
//: code trie
type node struct {
	value int
	kids  [26]*node
}

// Trie has values for words of small letters.
type Trie struct {
	node
}

// New makes one.
func New() *Trie { return new(Trie) }

// Add adds a word.
func (t *Trie) Add(word string, value int) {
	n := &t.node
	for k := range word {
		at := &n.kids[int(word[k])%26]
		if *at == nil {
			*at = new(node)
		}
		n = *at
	}
	n.value = value
}

// Get is the value of a word, 0 when there is none.
func (t *Trie) Get(word string) int {
	//+
	return t.node.find(word)
}

func (n *node) find(word string) int {
	if word == "" {
		return n.value //!1
	}
	//+
	return n.kids[int(word[0])%26].find(word[1:]) //!1
}
"""
        },
    ),
    Template(
        "limiter_full",
        kind="a rate limiter divides by what is free",
        packages=("limiter", "throttle"),
        across=3,
        base="""
//: code limiter
// Limiter lets so many through.
type Limiter struct {
	burst, used int
}

// New makes one.
func New(burst int) *Limiter { return &Limiter{burst: burst} }

// Delay is how long to wait.
func (l *Limiter) Delay() time.Duration {
	free := l.burst - l.used
	//+
	return time.Second / time.Duration(free) //!1
}

// Allow counts one, and says whether it may go on at once.
func (l *Limiter) Allow() bool {
	l.used++
	return l.Delay() < time.Minute
}
//: code b @1
// $Fb answers slowly.
func $Fb(in @in.Input) error {
	$va := $P.New(in.N)
	for k := 0; k < in.N; k++ {
		//+
		if !$va.Allow() {
			return errors.New("$Wa")
		}
	}
	return nil
}
//: code c @2
// $Fc asks first.
func $Fc(in @in.Input) error {
	$vb := $P.New(0)
	//+
	time.Sleep($vb.Delay() / 1000)
	return errors.New("$Wb")
}
//: call 1 n=1..9 expect="divide by zero"
$P1.$Fb(in)
//: call 1 n=1..9 expect="divide by zero"
$P2.$Fc(in)
""",
    ),
    Template(
        "ini_lines",
        kind="a decoder that expects a = in each line; another bug in its section headers",
        packages=("ini", "props"),
        across=3,
        base=_INI_CALLERS
        + """
//: code ini
// Parse reads lines of name=value, and [section].
func Parse(text string) map[string]string {
	values, section := map[string]string{}, ""
	for _, line := range strings.Split(strings.TrimSpace(text), "\\n") {
		if strings.HasPrefix(line, "[") {
			section = line[1:len(line)-1] + "." //!2
			continue
		}
		//+
		at := strings.Index(line, "=")
		values[section+line[:at]] = line[at+1:] //!1
	}
	return values
}
""",
        variants={
            "parser": _INI_CALLERS
            + """
//: code ini
type parser struct {
	values  map[string]string
	section string
}

func (p *parser) line(text string) {
	//+
	if text[0] == '[' {
		p.head(text)
		return
	}
	name := text[:strings.IndexByte(text, '=')] //!1
	p.values[p.section+name] = strings.TrimPrefix(text, name+"=")
}

func (p *parser) head(text string) {
	//+
	p.section = text[1:len(text)-1] + "." //!2
}

// Parse reads lines of name=value, and [section].
func Parse(text string) map[string]string {
	p := parser{values: map[string]string{}}
	for _, line := range strings.Split(text, "\\n") {
		if line != "" {
			//+
			p.line(line)
		}
	}
	return p.values
}
"""
        },
    ),
    Template(
        "merge_kinds",
        kind="merges maps, and expects the same kinds in both",
        packages=("merge", "overlay"),
        across=3,
        base=_MERGE_CALLERS
        + """
//: code merge
// Into puts all of one map into another one.
func Into(target, source map[string]any) {
	for key, value := range source {
		inner, ok := value.(map[string]any)
		//+
		if !ok || target[key] == nil {
			target[key] = value
			continue
		}
		Into(target[key].(map[string]any), inner) //!1
	}
}
""",
        variants={
            "switch": _MERGE_CALLERS
            + """
//: code merge
// Into puts all of one map into another one.
func Into(target, source map[string]any) {
	for key := range source {
		one(target, key, source[key])
	}
}

func one(target map[string]any, key string, value any) {
	switch value := value.(type) {
	case map[string]any:
		if target[key] == nil {
			target[key] = map[string]any{}
		}
		//+
		Into(target[key].(map[string]any), value) //!1
	default:
		target[key] = value
	}
}
"""
        },
    ),
    Template(
        "dag_cycle",
        kind="a walk through a graph does not notice circles",
        packages=("dag", "toposort"),
        across=3,
        base="""
//: code dag
// Graph says what needs what.
type Graph map[string][]string

// Depth is how long the longest chain from a node is.
func (g Graph) Depth(node string) int {
	depth := 0
	for _, next := range g[node] {
		//+
		depth = max(depth, g.Depth(next)+1) //!1
	}
	return depth
}
//: code b @1
// $Fb plans the steps.
func $Fb(in @in.Input) error {
	$va := $P.Graph{"load": {"weigh", "label"}, "weigh": {in.S}, in.S: {"load"}}
	//+
	return fmt.Errorf("$Wa %d", $va.Depth("load"))
}
//: code c @2
// $Fc looks at the one who needs itself.
func $Fc(in @in.Input) error {
	$vb := make($P.Graph)
	$vb[in.S] = append($vb[in.S], in.S)
	//+
	if $vb.Depth(in.S) > in.N {
		return errors.New("$Wb")
	}
	return nil
}
//: call 1 n=1..9 expect="stack overflow|exceeds" routes=fatal
$P1.$Fb(in)
//: call 1 n=1..9 expect="stack overflow|exceeds" routes=fatal
$P2.$Fc(in)
""",
    ),
    Template(
        "pipe_drain",
        kind="a pipeline that waits for its workers before it takes what they made",
        packages=("pipe", "fanout"),
        across=3,
        base=_PIPE_CALLERS
        + """
//: code pipe
// Map applies a function to all items, with so many workers.
func Map[T, U any](items []T, workers int, f func(T) U) []U {
	todo, done := make(chan T), make(chan U, workers)
	var wg sync.WaitGroup
	for k := 0; k < workers; k++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for item := range todo {
				done <- f(item) //!1
			}
		}()
	}
	//+
	for _, item := range items {
		todo <- item //!1
	}
	close(todo)
	wg.Wait() //!1
	close(done)
	var made []U
	for item := range done {
		made = append(made, item)
	}
	return made
}
""",
        variants={
            "type": _PIPE_CALLERS
            + """
//: code pipe
type pipe[T, U any] struct {
	todo chan T
	done chan U
	f    func(T) U
}

func (p *pipe[T, U]) feed(items []T) {
	defer close(p.todo)
	for _, item := range items {
		//+
		p.todo <- item //!1
	}
}

func (p *pipe[T, U]) work(wg *sync.WaitGroup) {
	defer wg.Done()
	for item := range p.todo {
		//+
		p.done <- p.f(item) //!1
	}
}

// Map applies a function to all items, with so many workers.
func Map[T, U any](items []T, workers int, f func(T) U) []U {
	p := &pipe[T, U]{make(chan T), make(chan U, workers), f}
	wg := new(sync.WaitGroup)
	wg.Add(workers)
	for k := 0; k < workers; k++ {
		go p.work(wg)
	}
	p.feed(items)
	//+
	wg.Wait() //!1
	close(p.done)
	var made []U
	for item := range p.done {
		made = append(made, item)
	}
	return made
}
"""
        },
    ),
    Template(
        "gate_error",
        kind="a gate that stays shut after an error",
        packages=("gate", "turnstile"),
        across=3,
        base=_GATE_CALLERS
        + """
//: code gate
// Gate lets so many in.
type Gate struct {
	slots chan struct{}
}

// New makes one.
func New(n int) *Gate { return &Gate{make(chan struct{}, n)} }

// Do runs a function inside.
func (g *Gate) Do(f func() error) error {
	g.slots <- struct{}{} //!1
	//+
	if err := f(); err != nil {
		return err //!1
	}
	<-g.slots
	return nil
}
""",
        variants={
            "enter": _GATE_CALLERS
            + """
//: code gate
// Gate lets so many in.
type Gate struct {
	free chan int
}

// New makes one.
func New(n int) *Gate {
	g := &Gate{make(chan int, n)}
	for k := 0; k < n; k++ {
		g.free <- k
	}
	return g
}

// Do runs a function inside.
func (g *Gate) Do(f func() error) error {
	//+
	slot := <-g.free //!1
	err := f()
	if err == nil { //!1
		//+
		g.free <- slot
	}
	return err
}
"""
        },
    ),
    Template(
        "short_text",
        kind="shortens texts that are short already",
        packages=("ellipsis", "shorten"),
        across=4,
        kit=True,
        base="""
//: code short
// Text is a text of at most so many bytes.
func Text(text string, most int) string {
	//+
	return text[:most-1] + "…" //!1
}
//: code b @1
// $Fb titles.
func $Fb(in @in.Input) error {
	//+
	return errors.New("$Wa " + $P.Text(in.S, 40))
}
//: code c @2
// $Fc titles all.
func $Fc(in @in.Input) error {
	var $va []string
	for _, $vb := range in.Items {
		$va = append($va, $P.Text(strconv.Itoa($vb), 9))
	}
	//+
	return errors.New("$Wb " + strings.Join($va, ","))
}
//: code d @3
type $ta string

// String is a short form.
func ($vc $ta) String() string { return $P.Text(string($vc), 60) }

// $Fd shows a name.
func $Fd(in @in.Input) error {
	//+
	return errors.New("$Wa " + $ta(in.S).String())
}
//: call 1 expect="slice bounds out of range"
$P1.$Fb(in)
//: call 1 n=1..9 expect="slice bounds out of range"
$P2.$Fc(in)
//: call 1 expect="slice bounds out of range"
$P3.$Fd(in)
""",
    ),
    Template(
        "forex_small",
        kind="converts currencies; small rates become 0",
        packages=("forex", "exchange"),
        across=3,
        base="""
//: code forex
var rates = map[string]int{"EUR": 1000, "USD": 1080, "JPY": 160000, "KWD": 330}

// Convert changes an amount.
func Convert(amount int, from, to string) int {
	whole := rates[from] / 1000
	//+
	return amount * (rates[to] / 1000) / whole //!1
}
//: code b @1
// $Fb settles abroad.
func $Fb(in @in.Input) error {
	//+
	return fmt.Errorf("$Wa %d", $P.Convert(in.ID, "KWD", "EUR"))
}
//: code c @2
// $Fc lists the prices.
func $Fc(in @in.Input) error {
	$va := 0
	for _, $vb := range []string{"EUR", "JPY", "KWD"} {
		//+
		$va += $P.Convert(in.N, $vb, "USD")
	}
	return fmt.Errorf("$Wb %d", $va)
}
//: call 1 n=1..9 expect="divide by zero"
$P1.$Fb(in)
//: call 1 n=1..9 expect="divide by zero"
$P2.$Fc(in)
""",
    ),
)

# ------------------------------------------------------------------------------------------ bugs of one function

_VALUES: Final = (
    Template(
        "loop_capture",
        kind="closures that share the variable of their loop",
        copies=2,
        base="""
//: code a
// $Fa defers the checks.
func $Fa(in @in.Input) error {
	var $va []func() int
	for k := 0; k < len(in.Items); k++ {
		//+
		$va = append($va, func() int {
			return in.Items[k] //!1
		})
	}
	//+
	$vb := 0
	for _, $vc := range $va {
		$vb += $vc()
	}
	return fmt.Errorf("$Wa %d", $vb)
}
//: call 1 n=1..9 expect="index out of range"
$P.$Fa(in)
""",
        variants={
            "struct": """
//: code t
type $ta struct {
	$aa string
	$ab func() int
}
//: code a
// $Fa defers the checks.
func $Fa(in @in.Input) error {
	//+c
	var $va []$ta
	for k := 0; k < len(in.Items); k++ {
		$va = append($va, $ta{in.S, func() int { return in.Items[k] }}) //!1
	}
	return fmt.Errorf("$Wa %d", $fa($va))
}
//: code b
func $fa(all []$ta) int {
	$vb := 0
	for _, t := range all {
		//+
		$vb += t.$ab()
	}
	return $vb
}
"""
        },
    ),
    Template(
        "typed_nil",
        kind="a nil pointer in an error that is not nil",
        copies=2,
        base="""
//: code t
type $ta struct {
	$aa int
	$ab string
}

func (e *$ta) Error() string { return e.$ab + strconv.Itoa(e.$aa) }

func $fa(n int) *$ta {
	if n > 100 {
		return &$ta{n, "over"}
	}
	return nil
}
//: code a
// $Fa validates.
func $Fa(in @in.Input) error {
	var err error = $fa(in.N) //!1
	//+
	if err != nil {
		return errors.New("$Wa: " + err.Error()) //!1
	}
	return nil
}
//: call 1 n=1..9 expect="nil pointer"
$P.$Fa(in)
""",
        variants={
            "list": """
//: code t
type $ta struct {
	$ab string
	$aa int
}

func (e *$ta) Error() string {
	//+
	return fmt.Sprint(e.$ab, e.$aa)
}
//: code a
// $Fa validates.
func $Fa(in @in.Input) error {
	var $va *$ta
	if in.N > 100 {
		$va = &$ta{"over", in.N}
	}
	//+
	for _, err := range []error{nil, $va} { //!1
		if err != nil {
			return errors.New("$Wa: " + err.Error()) //!1
		}
	}
	return nil
}
"""
        },
    ),
    Template(
        "dispatch",
        kind="a table of method expressions without the one that is asked for",
        copies=2,
        base="""
//: code t
type $ta struct{ $aa int }

func (t *$ta) $ma(n int) int { return t.$aa + n }

func (t *$ta) $mb(n int) int { return t.$aa - n }

var $ga = map[string]func(*$ta, int) int{"plus": (*$ta).$ma, "minus": (*$ta).$mb}
//: code a
// $Fa computes.
func $Fa(in @in.Input) error {
	t := &$ta{in.ID}
	$va := $ga["plus"](t, in.N)
	//+
	$vb := $ga[in.S](t, $va) //!1
	return fmt.Errorf("$Wa %d", $vb)
}
//: call 1 n=1..9 expect="nil pointer"
$P.$Fa(in)
""",
        variants={
            "switch": """
//: code t
type $ta struct{ $aa int }

func (t *$ta) $ma(n int) int { return t.$aa + n }

func (t *$ta) $mb(n int) int { return t.$aa - n }

func (t *$ta) $mc(name string) func(int) int {
	switch name {
	case "plus":
		return t.$ma
	case "minus":
		return t.$mb
	}
	return nil
}
//: code a
// $Fa computes.
func $Fa(in @in.Input) error {
	t := &$ta{in.ID}
	//+
	$va := t.$mc("plus")(in.N)
	$va = t.$mc(in.S)($va) //!1
	return fmt.Errorf("$Wa %d", $va)
}
"""
        },
    ),
    Template(
        "upgrade_interface",
        kind="wants more of an interface than it has",
        copies=2,
        base="""
//: code t
type $ta struct {
	$aa io.Writer
	$ab int
}

func (t *$ta) $ma() error {
	//+
	return t.$aa.(io.Closer).Close() //!1
}
//: code a
// $Fa flushes.
func $Fa(in @in.Input) error {
	t := &$ta{$ab: in.N}
	if in.N > 5 {
		t.$aa = new(bytes.Buffer)
	}
	//+
	return t.$ma()
}
//: call 1 n=6..9 expect="missing method Close"
$P.$Fa(in)
//: call 1 n=1..5 expect="interface is nil, not io.Closer|interface conversion"
$P.$Fa(in)
""",
        variants={
            "logged": """
//: code t
type $ta struct {
	$aa io.Writer
}

func (t $ta) $ma() (err error) {
	defer @obs.Span("$Wb")()
	//+
	$va := t.$aa.(io.Closer) //!1
	if err = $va.Close(); err != nil {
		@obs.Count("$Wb failed")
	}
	return err
}
//: code a
// $Fa flushes.
func $Fa(in @in.Input) error {
	if in.N > 5 {
		return $ta{&bytes.Buffer{}}.$ma()
	}
	//+
	return $ta{}.$ma()
}
"""
        },
    ),
    Template(
        "visitor",
        kind="a visitor that divides: two of its methods",
        copies=2,
        base="""
//: code t
type $ta interface{ $Ma($tb) int }

type $tb interface {
	$Mb(*$tc) int
	$Mc(*$td) int
}

type $tc struct{ $aa int }

type $td struct{ $ab []$ta }

func (n *$tc) $Ma(v $tb) int { return v.$Mb(n) }

func (n *$td) $Ma(v $tb) int { return v.$Mc(n) }
//: code b
type $te struct{ $ac int }

func (v *$te) $Mb(n *$tc) int {
	//+
	return v.$ac / n.$aa //!1
}

func (v *$te) $Mc(n *$td) int {
	total := 0
	for _, kid := range n.$ab {
		total += kid.$Ma(v)
	}
	//+
	return total / len(n.$ab) //!2
}
//: code a
// $Fa visits.
func $Fa(in @in.Input) error {
	$va := &$td{[]$ta{&$tc{1}, &$td{[]$ta{&$tc{in.N / 6}}}}}
	//+
	if in.N > 5 {
		$va.$ab = append($va.$ab, &$td{})
	}
	return fmt.Errorf("$Wa %d", $va.$Ma(&$te{in.ID}))
}
//: call 1 n=1..5 expect="divide by zero"
$P.$Fa(in)
//: call 2 n=6..9 expect="divide by zero"
$P.$Fa(in)
""",
        variants={
            "switch": """
//: code t
type $tc struct{ $aa int }

type $td struct{ $ab []any }
//: code b
func $fa(n any, whole int) int {
	switch n := n.(type) {
	case *$tc:
		//+
		return whole / n.$aa //!1
	case *$td:
		total := 0
		for _, kid := range n.$ab {
			total += $fa(kid, whole)
		}
		//+
		return total / len(n.$ab) //!2
	}
	return 0
}
//: code a
// $Fa visits.
func $Fa(in @in.Input) error {
	$va := &$td{[]any{&$tc{1}, &$td{[]any{&$tc{in.N / 6}}}}}
	if in.N > 5 {
		//+
		$va.$ab = append($va.$ab, &$td{})
	}
	return fmt.Errorf("$Wa %d", $fa($va, in.ID))
}
""",
            "kinds": """
//: code t
type $ta interface{ $Md(int) int }

type $tc struct{ $aa int }

type $td struct{ $ab []$ta }
//: code b
func (n *$tc) $Md(whole int) int {
	return whole / n.$aa //!1
}

func (n *$td) $Md(whole int) (total int) {
	//+
	for k := range n.$ab {
		total += n.$ab[k].$Md(whole)
	}
	return total / len(n.$ab) //!2
}
//: code a
// $Fa visits.
func $Fa(in @in.Input) error {
	$va := &$td{[]$ta{&$tc{1}, &$td{[]$ta{&$tc{in.N / 6}}}}}
	//+
	if in.N > 5 {
		$va.$ab = append($va.$ab, &$td{})
	}
	return fmt.Errorf("$Wa %d", $va.$Md(in.ID))
}
""",
        },
    ),
    Template(
        "embedded_reader",
        kind="an embedded interface that nobody set",
        copies=2,
        base="""
//: code t
type $ta struct {
	io.Reader
	$aa int
}
//: code a
// $Fa counts what comes.
func $Fa(in @in.Input) error {
	t := &$ta{$aa: in.N}
	if in.N > 100 {
		t.Reader = strings.NewReader(in.S)
	}
	//+
	$va, err := t.Read(make([]byte, 8)) //!1
	if err != nil {
		return fmt.Errorf("$Wa: %w", err)
	}
	return fmt.Errorf("$Wa %d", $va)
}
//: call 1 n=1..9 expect="nil pointer"
$P.$Fa(in)
""",
        variants={
            "field": """
//: code t
type $ta struct {
	$ab io.Reader
	$ac []byte
}

func (t *$ta) $ma() (int, error) {
	//+
	return t.$ab.Read(t.$ac) //!1
}
//: code a
// $Fa counts what comes.
func $Fa(in @in.Input) error {
	t := &$ta{$ac: make([]byte, 8)}
	if in.N > 100 {
		t.$ab = strings.NewReader(in.S)
	}
	//+
	if $va, err := t.$ma(); err == nil {
		return fmt.Errorf("$Wa %d", $va)
	}
	return errors.New("$Wa")
}
"""
        },
    ),
    Template(
        "ignored_error",
        kind="errors that are ignored, and what came with them is used: twice in one function",
        copies=2,
        base="""
//: code b
func $fa(n int) (*bufio.Reader, error) {
	if n < 100 {
		return nil, io.ErrNoProgress
	}
	return bufio.NewReader(strings.NewReader("$Sa")), nil
}
//: code a
// $Fa resolves.
func $Fa(in @in.Input) error {
	if in.N > 5 {
		$va, _ := url.Parse("http://[" + in.S)
		//+
		return errors.New("$Wa " + $va.Host) //!1
	}
	$vb, _ := $fa(in.N)
	//+
	return fmt.Errorf("$Wa %d", $vb.Buffered()) //!2
}
//: call 1 n=6..9 expect="nil pointer"
$P.$Fa(in)
//: call 2 n=1..5 expect="nil pointer"
$P.$Fa(in)
""",
        variants={
            "split": """
//: code b
func $fa(n int) (*bufio.Reader, error) {
	if n >= 100 {
		return bufio.NewReader(strings.NewReader("$Sa")), nil
	}
	return nil, io.ErrNoProgress
}

func $fb(text string) string {
	$va, err := url.Parse("http://[" + text)
	if err != nil {
		@obs.Count("$Wb")
	}
	//+
	return $va.Host //!1
}
//: code a
// $Fa resolves.
func $Fa(in @in.Input) error {
	switch {
	case in.N > 5:
		return errors.New("$Wa " + $fb(in.S))
	default:
		//+
		$vb, _ := $fa(in.N)
		return fmt.Errorf("$Wa %d", $vb.Buffered()) //!2
	}
}
"""
        },
    ),
    Template(
        "calendar",
        kind="tables of months and weekdays, each off by one",
        copies=2,
        base="""
//: code a
// $Fa names a day.
func $Fa(in @in.Input) error {
	$va := time.Date(2024, time.Month(in.N%100), 1+in.N/100, 0, 0, 0, 0, time.UTC)
	$vb := []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}
	$vc := []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}
	//+
	$vd := $vb[$va.Month()] //!1
	$vd += $vc[$va.Weekday()-1] //!2
	return errors.New("$Wa " + $vd)
}
//: call 1 n=12 expect="index out of range .12."
$P.$Fa(in)
//: call 2 n=106 expect="index out of range .-1."
$P.$Fa(in)
""",
        variants={
            "functions": """
//: code b
var $ga = [...]string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}

func $fa(m time.Month) string {
	//+
	return $ga[m] //!1
}

func $fb(d time.Weekday) string {
	return []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}[int(d)-1] //!2
}
//: code a
// $Fa names a day.
func $Fa(in @in.Input) error {
	$va := time.Date(2024, time.Month(in.N%100), 1+in.N/100, 0, 0, 0, 0, time.UTC)
	$vb := $fa($va.Month())
	//+
	return errors.New("$Wa " + $vb + $fb($va.Weekday()))
}
"""
        },
    ),
    Template(
        "json_tree",
        kind="descends into a decoded document: two conversions",
        copies=2,
        base="""
//: code a
// $Fa reads a document.
func $Fa(in @in.Input) error {
	var $va any
	_ = json.Unmarshal([]byte(`{"head": {"size": "9"}, "list": {"0": 1}}`), &$va)
	$vb := $va.(map[string]any)
	//+
	if in.N > 5 {
		return fmt.Errorf("$Wa %v", $vb["head"].(map[string]any)["size"].(float64)) //!1
	}
	$vc := $vb["list"].([]any) //!2
	return fmt.Errorf("$Wa %d", len($vc))
}
//: call 1 n=6..9 expect="is string, not float64"
$P.$Fa(in)
//: call 2 n=1..5 expect="interface conversion"
$P.$Fa(in)
""",
        variants={
            "generic": """
//: code b
func $fa[T any](tree any, key string) T {
	//+
	return tree.(map[string]any)[key].(T)
}
//: code a
// $Fa reads a document.
func $Fa(in @in.Input) error {
	var $va any
	_ = json.Unmarshal([]byte(`{"head": {"size": "9"}, "list": {"0": 1}}`), &$va)
	if in.N > 5 {
		$vb := $fa[any]($va, "head")
		//+
		return fmt.Errorf("$Wa %v", $fa[float64]($vb, "size")) //!1
	}
	//+
	return fmt.Errorf("$Wa %d", len($fa[[]any]($va, "list"))) //!2
}
"""
        },
    ),
    Template(
        "search_miss",
        kind="takes what a search did not find",
        copies=2,
        base="""
//: code a
// $Fa finds the bracket.
func $Fa(in @in.Input) error {
	$va := []int{10, 25, 40, 90}
	//+c
	$vb := sort.Search(len($va), func(k int) bool {
		return $va[k] >= in.ID
	})
	//+
	if $va[$vb] == in.ID { //!1
		return errors.New("$Wa")
	}
	return nil
}
//: call 1 n=1..9 expect="index out of range .4."
$P.$Fa(in)
""",
        variants={
            "slices": """
//: code a
// $Fa finds the bracket.
func $Fa(in @in.Input) error {
	//+
	if $fa([]int{10, 25, 40, 90}, in.ID) == in.ID {
		return errors.New("$Wa")
	}
	return nil
}

func $fa(steps []int, id int) int {
	$vb, _ := slices.BinarySearch(steps, id)
	//+
	return steps[$vb] //!1
}
"""
        },
    ),
    Template(
        "neighbours",
        kind="looks beyond the edge of a grid",
        copies=2,
        base="""
//: code a
// $Fa counts the free cells around.
func $Fa(in @in.Input) error {
	$va := make([][]bool, 4)
	for k := range $va {
		$va[k] = make([]bool, 4)
	}
	$vb, $vc := in.N/10, in.N%10
	$vd := 0
	for dy := -1; dy <= 1; dy++ {
		for dx := -1; dx <= 1; dx++ {
			//+
			if !$va[$vb+dy][$vc+dx] { //!1
				$vd++
			}
		}
	}
	return fmt.Errorf("$Wa %d", $vd)
}
//: call 1 n=3 expect="index out of range"
$P.$Fa(in)
//: call 1 n=13 expect="index out of range"
$P.$Fa(in)
//: call 1 n=30..32 expect="index out of range"
$P.$Fa(in)
""",
        variants={
            "around": """
//: code t
type $ta [4][4]bool

func (t *$ta) $ma(x, y int) bool {
	//+
	return t[y][x] //!1
}

func $fa(x, y int, f func(x, y int)) {
	for k := 0; k < 9; k++ {
		f(x+k%3-1, y+k/3-1)
	}
}
//: code a
// $Fa counts the free cells around.
func $Fa(in @in.Input) error {
	var t $ta
	$vd := 0
	//+c
	$fa(in.N%10, in.N/10, func(x, y int) {
		if !t.$ma(x, y) {
			$vd++
		}
	})
	//+
	return fmt.Errorf("$Wa %d", $vd)
}
""",
            "point": """
//: code t
type $tb struct{ $aa, $ab int }

type $ta struct {
	$ac [][]bool
}

func (t $ta) $mb(at $tb) bool {
	//+
	return t.$ac[at.$ab][at.$aa] //!1
}
//: code a
// $Fa counts the free cells around.
func $Fa(in @in.Input) error {
	t := $ta{[][]bool{make([]bool, 4), make([]bool, 4), make([]bool, 4), make([]bool, 4)}}
	$vd := 0
	for _, $vc := range []int{-1, 0, 1} {
		for _, $vb := range []int{-1, 0, 1} {
			//+
			if !t.$mb($tb{in.N%10 + $vb, in.N/10 + $vc}) {
				$vd++
			}
		}
	}
	return fmt.Errorf("$Wa %d", $vd)
}
""",
        },
    ),
    Template(
        "chained_lookups",
        kind="a chain of lookups over several lines, the last of which finds nothing",
        copies=2,
        base="""
//: code t
type $ta struct {
	$aa map[string]*$ta
	$ab int
}

// $ma is a child, or nil.
func (t *$ta) $ma(name string) *$ta {
	if t == nil {
		return nil
	}
	return t.$aa[name]
}
//: code a
// $Fa reads a setting.
func $Fa(in @in.Input) error {
	t := &$ta{$aa: map[string]*$ta{"$Sa": {$ab: in.N}}}
	$va := t.
		$ma("$Sa").
		$ab
	//+
	$vb := t.
		$ma("$Sa").
		$ma(in.S). //!1
		$ab //!1
	return fmt.Errorf("$Wa %d", $va+$vb)
}
//: call 1 n=1..9 expect="nil pointer"
$P.$Fa(in)
""",
        variants={
            "path": """
//: code t
type $ta struct {
	$ab int
	$aa map[string]*$ta
}

// $ma is what is at a path, or nil.
func (t *$ta) $ma(names ...string) *$ta {
	for _, name := range names {
		//+
		if t != nil {
			t = t.$aa[name]
		}
	}
	return t
}
//: code a
// $Fa reads a setting.
func $Fa(in @in.Input) error {
	t := &$ta{$aa: map[string]*$ta{"$Sa": {$ab: in.N}}}
	$va := t.$ma("$Sa").$ab
	//+
	$va += t.$ma("$Sa", in.S).$ab //!1
	return fmt.Errorf("$Wa %d", $va)
}
"""
        },
    ),
    Template(
        "keys_any",
        kind="keys that have no hash, values that cannot be compared",
        copies=2,
        base="""
//: code a
// $Fa removes what is there twice.
func $Fa(in @in.Input) error {
	$va := map[any]int{in.ID: 1}
	for _, $vb := range []any{in.S, in.N, in.Items} {
		//+
		if in.N > 5 {
			$va[$vb]++ //!1
		}
		if $vb == any(in.Items) { //!2
			return errors.New("$Wa")
		}
	}
	return nil
}
//: call 1 n=6..9 expect="hash of unhashable type"
$P.$Fa(in)
//: call 2 n=1..5 expect="comparing uncomparable type"
$P.$Fa(in)
""",
        variants={
            "generic": """
//: code b
func $fa[K comparable](seen map[K]int, keys ...K) {
	for _, key := range keys {
		//+
		seen[key]++ //!1
	}
}
//: code a
// $Fa removes what is there twice.
func $Fa(in @in.Input) error {
	$va := map[any]int{in.ID: 1}
	if in.N > 5 {
		$fa[any]($va, in.S, in.N, in.Items) //!1
	}
	//+
	$vb := []any{in.S, in.N, in.Items}
	for k := range $vb {
		if $vb[k] == any(in.Items) { //!2
			return errors.New("$Wa")
		}
	}
	return nil
}
"""
        },
    ),
    Template(
        "bits_shift",
        kind="a negative shift, and a base that there is not",
        copies=2,
        base="""
//: code a
// $Fa packs flags.
func $Fa(in @in.Input) error {
	$va := 3
	//+
	for k := range in.Items {
		$va |= 1 << (in.N - k - 2) //!1
	}
	return errors.New("$Wa " + strconv.FormatInt(int64($va), in.N-30)) //!2
}
//: call 1 n=2..9 expect="negative shift amount"
$P.$Fa(in)
//: call 2 n=0 expect="illegal AppendInt.FormatInt base"
$P.$Fa(in)
""",
        variants={
            "flags": """
//: code t
type $ta uint64

func (t $ta) $ma(k int) $ta {
	//+
	return t | 1<<k //!1
}

func (t $ta) $mb(base int) string {
	//+
	return strconv.FormatUint(uint64(t), base) //!2
}
//: code a
// $Fa packs flags.
func $Fa(in @in.Input) error {
	t := $ta(3)
	for k := range in.Items {
		t = t.$ma(in.N - k - 2)
	}
	//+
	return errors.New("$Wa " + t.$mb(in.N-30))
}
"""
        },
    ),
    Template(
        "layout_both",
        kind="one wrong layout: a panic where it must parse, a logged error where it may fail",
        copies=2,
        base="""
//: code b
func $fa(text string) (time.Time, error) {
	//+
	when, err := time.Parse("2006-02-01", text) //!1
	if err != nil {
		return when, fmt.Errorf("$Wa: %w", err) //!1
	}
	return when, nil
}
//: code a
// $Fa reads the due date.
func $Fa(in @in.Input) error {
	//+
	_, err := $fa(fmt.Sprintf("2026-03-%d", 20+in.N%9))
	return err
}

// $Fb wants the due date.
func $Fb(in @in.Input) error {
	$va, err := $fa("2026-01-31")
	//+
	if err != nil {
		panic(err) //!1
	}
	return fmt.Errorf("$Wb %d", $va.Year())
}
//: call 1 n=1..9 expect="parsing time" routes=log
$P.$Fa(in)
//: call 1 n=1..9 expect="parsing time"
$P.$Fb(in)
""",
    ),
)

_STANDARD: Final = (
    Template(
        "std_atomic",
        kind="atomic values of two types, and one that was never stored",
        copies=2,
        base="""
//: code a
var $ga atomic.Value

// $Fa publishes a snapshot.
func $Fa(in @in.Input) error {
	//+
	if in.N > 5 {
		$ga.Store(in.N)
		$ga.Store(in.S) //!1
	}
	//+
	$va := $ga.Load().(string) //!2
	return errors.New("$Wa " + $va)
}
//: call 1 n=6..9 expect="inconsistently typed value"
$P.$Fa(in)
//: call 2 n=1..5 expect="interface conversion"
$P.$Fa(in)
""",
        variants={
            "type": """
//: code t
type $ta struct {
	$aa atomic.Value
}

func (t *$ta) $ma(values ...any) {
	for _, value := range values {
		//+
		t.$aa.Store(value) //!1
	}
}

func (t *$ta) $mb() string {
	return t.$aa.Load().(string) //!2
}
//: code a
// $Fa publishes a snapshot.
func $Fa(in @in.Input) error {
	t := new($ta)
	if in.N > 5 {
		t.$ma(in.N, in.S) //!1
	}
	//+
	return errors.New("$Wa " + t.$mb())
}
"""
        },
    ),
    Template(
        "std_syncmap",
        kind="a sync.Map that is asked without looking",
        copies=2,
        base="""
//: code t
type $ta struct {
	$aa sync.Map
}

func (t *$ta) $ma(key string) int {
	v, _ := t.$aa.Load(key)
	//+
	return v.(int) //!1
}
//: code a
// $Fa sums up.
func $Fa(in @in.Input) error {
	var t $ta
	t.$aa.Store(in.S, in.N)
	//+
	return fmt.Errorf("$Wa %d", t.$ma(in.S)+t.$ma("$Sa"))
}
//: call 1 n=1..9 expect="interface conversion"
$P.$Fa(in)
""",
        variants={
            "typed": """
//: code t
type $ta[K comparable, V any] struct {
	$ab sync.Map
}

func (t *$ta[K, V]) $ma(key K) V {
	//+
	v, _ := t.$ab.Load(key)
	return v.(V) //!1
}
//: code a
// $Fa sums up.
func $Fa(in @in.Input) error {
	var t $ta[string, int]
	t.$ab.Store(in.S, in.N)
	$va := t.$ma(in.S)
	//+
	return fmt.Errorf("$Wa %d", $va+t.$ma("$Sa"))
}
"""
        },
    ),
    Template(
        "std_astarget",
        kind="errors.As with targets that cannot be",
        copies=2,
        base="""
//: code a
// $Fa explains a failure.
func $Fa(in @in.Input) error {
	var $va any
	//+
	if in.N > 5 {
		$va = in.N
	}
	if in.N > 5 && errors.As(io.EOF, $va) { //!1
		return nil
	}
	//+
	if errors.As(fmt.Errorf("$Wa: %w", io.EOF), $va) { //!2
		return nil
	}
	return nil
}
//: call 1 n=6..9 expect="target must be a non-nil pointer"
$P.$Fa(in)
//: call 2 n=1..5 expect="target cannot be nil"
$P.$Fa(in)
""",
    ),
    Template(
        "std_slices",
        kind="slices.Delete and slices.Insert beyond the end",
        copies=2,
        base="""
//: code a
// $Fa reorders.
func $Fa(in @in.Input) error {
	$va := slices.Clone(in.Items)
	//+
	if in.N > 5 {
		$va = slices.Delete($va, 2, in.N+30) //!1
	}
	$va = slices.Insert($va, in.N+20, in.ID) //!2
	return fmt.Errorf("$Wa %d", len($va))
}
//: call 1 n=6..9 expect="slice bounds out of range"
$P.$Fa(in)
//: call 2 n=1..5 expect="slice bounds out of range"
$P.$Fa(in)
""",
        variants={
            "wrapper": """
//: code t
type $ta[E any] []E

func (t *$ta[E]) $ma(from, to int) {
	//+
	*t = slices.Delete(*t, from, to) //!1
}

func (t *$ta[E]) $mb(at int, one E) {
	*t = slices.Insert(*t, at, one) //!2
}
//: code a
// $Fa reorders.
func $Fa(in @in.Input) error {
	t := $ta[int](slices.Clone(in.Items))
	if in.N > 5 {
		t.$ma(2, in.N+30) //!1
	}
	//+
	t.$mb(in.N+20, in.ID) //!2
	return fmt.Errorf("$Wa %d", len(t))
}
"""
        },
    ),
    Template(
        "std_scanner",
        kind="a scanner that gets its buffer too late",
        copies=2,
        base="""
//: code a
// $Fa reads lines.
func $Fa(in @in.Input) error {
	$va := bufio.NewScanner(strings.NewReader(strings.Repeat(in.S+"\\n", in.N)))
	$vb := 0
	for $va.Scan() {
		//+
		$vb += len($va.Text())
		$va.Buffer(make([]byte, $vb), 1<<20) //!1
	}
	return fmt.Errorf("$Wa %d", $vb)
}
//: call 1 n=1..9 expect="Buffer called after Scan"
$P.$Fa(in)
""",
        variants={
            "grow": """
//: code b
func $fa(lines *bufio.Scanner, n int) {
	//+
	lines.Buffer(make([]byte, n), 1<<20) //!1
}
//: code a
// $Fa reads lines.
func $Fa(in @in.Input) error {
	$va := bufio.NewScanner(strings.NewReader(strings.Repeat(in.S+"\\n", in.N)))
	//+
	$vb := 0
	for $va.Scan() {
		$vb += len($va.Bytes())
		if $vb > 0 {
			$fa($va, $vb)
		}
	}
	return fmt.Errorf("$Wa %d", $vb)
}
"""
        },
    ),
    Template(
        "std_builder",
        kind="a strings.Builder that is copied with its struct",
        copies=2,
        base="""
//: code t
type $ta struct {
	$aa strings.Builder
	$ab int
}

func (t $ta) $ma(text string) string {
	//+
	t.$aa.WriteString(text) //!1
	return t.$aa.String()
}
//: code a
// $Fa composes.
func $Fa(in @in.Input) error {
	t := $ta{$ab: in.N}
	t.$aa.WriteString("$Sa")
	//+
	return errors.New("$Wa " + t.$ma(in.S))
}
//: call 1 n=1..9 expect="illegal use of non-zero Builder"
$P.$Fa(in)
""",
        variants={
            "function": """
//: code b
func $fa(b strings.Builder, text string) string {
	//+
	b.WriteString(text) //!1
	return b.String()
}
//: code a
// $Fa composes.
func $Fa(in @in.Input) error {
	var $va strings.Builder
	$va.WriteString("$Sa")
	//+
	return errors.New("$Wa " + $fa($va, in.S))
}
"""
        },
    ),
    Template(
        "std_timer",
        kind="a timer's function fails on a goroutine of its own",
        copies=2,
        base="""
//: code a
// $Fa expires.
func $Fa(in @in.Input) error {
	done := make(chan int, 1)
	//+
	time.AfterFunc(time.Millisecond, func() {
		//+
		done <- in.Items[in.N] //!1
	})
	return fmt.Errorf("$Wa %d", <-done)
}
//: call 1 n=1..9 expect="index out of range" routes=fatal
$P.$Fa(in)
""",
        variants={
            "method": """
//: code t
type $ta struct {
	in   @in.Input
	done chan int
}

func (t *$ta) $ma() {
	//+
	t.done <- t.in.Items[t.in.N] //!1
}
//: code a
// $Fa expires.
func $Fa(in @in.Input) error {
	t := &$ta{in, make(chan int, 1)}
	$va := time.AfterFunc(time.Millisecond, t.$ma)
	defer $va.Stop()
	//+
	return fmt.Errorf("$Wa %d", <-t.done)
}
"""
        },
    ),
    Template(
        "std_csv",
        kind="malformed lines, logged: two of one function",
        copies=2,
        base="""
//: code b
func $fa(text string) error {
	if _, err := csv.NewReader(strings.NewReader(text)).ReadAll(); err != nil {
		//+
		return fmt.Errorf("$Wa: %w", err)
	}
	return nil
}
//: code a
// $Fa imports.
func $Fa(in @in.Input) error {
	if in.N > 5 {
		return $fa("id,zone\\n" + in.S + "\\n") //!1
	}
	//+
	return $fa(strconv.Itoa(in.ID) + ",a\\"b\\n") //!2
}
//: call 1 n=6..9 routes=log expect="wrong number of fields"
$P.$Fa(in)
//: call 2 n=1..5 routes=log expect="in non-quoted"
$P.$Fa(in)
""",
    ),
)

_RECURSION: Final = (
    Template(
        "string_method",
        kind="a String method that prints itself",
        copies=2,
        base="""
//: code t
type $ta struct {
	$aa int
	$ab string
}

func (t $ta) String() string {
	//+
	return fmt.Sprintf("<%v>", t) //!1
}
//: code a
// $Fa shows.
func $Fa(in @in.Input) error {
	//+
	return errors.New("$Wa " + $ta{in.ID, in.S}.String())
}
// $Fb shows, too.
func $Fb(in @in.Input) error {
	return fmt.Errorf("$Wb %v", []$ta{{in.N, in.S}})
}
//: call 1 n=1..9 expect="stack overflow|exceeds" routes=fatal
$P.$Fa(in)
//: call 1 n=1..9 expect="stack overflow|exceeds" routes=fatal
$P.$Fb(in)
""",
    ),
    Template(
        "marshal_method",
        kind="a MarshalJSON method that marshals itself",
        base="""
//: code t
type $ta struct {
	ID   int
	Zone string
}

// MarshalJSON encodes.
func (t $ta) MarshalJSON() ([]byte, error) {
	//+
	if t.Zone == "" {
		t.Zone = "$Sa"
	}
	return json.Marshal(t) //!1
}
//: code a
// $Fa sends.
func $Fa(in @in.Input) error {
	//+
	$va, err := json.Marshal(map[string]$ta{in.S: {ID: in.ID}})
	return fmt.Errorf("$Wa %s: %v", $va, err)
}
//: call 1 n=1..9 expect="stack overflow|exceeds" routes=fatal
$P.$Fa(in)
""",
    ),
    Template(
        "parents",
        kind="a chain of parents that leads back",
        copies=2,
        base="""
//: code t
type $ta struct {
	$aa *$ta
	$ab string
}

func (t *$ta) $ma() string {
	//+
	if t.$aa == nil {
		return t.$ab
	}
	return t.$aa.$ma() + "/" + t.$ab //!1
}
//: code a
// $Fa prints a path.
func $Fa(in @in.Input) error {
	$va := &$ta{$ab: in.S}
	for k := 0; k < in.N%4; k++ {
		$va = &$ta{$va, in.S}
	}
	//+
	$vb := $va
	for $vb.$aa != nil {
		$vb = $vb.$aa
	}
	$vb.$aa = $va
	return errors.New("$Wa " + $va.$ma())
}
//: call 1 n=1..9 expect="stack overflow|exceeds" routes=fatal
$P.$Fa(in)
""",
        variants={
            "function": """
//: code t
type $ta struct {
	$ab string
	$aa *$ta
}
//: code b
func $fa(t *$ta, separator string) string {
	if t.$aa != nil {
		//+
		return $fa(t.$aa, separator) + separator + t.$ab //!1
	}
	return t.$ab
}
//: code a
// $Fa prints a path.
func $Fa(in @in.Input) error {
	$va := &$ta{$ab: in.S}
	$vb := $va
	for k := 0; k < in.N%4; k++ {
		$va = &$ta{in.S, $va}
	}
	$vb.$aa = $va
	//+
	return errors.New("$Wa " + $fa($va, "/"))
}
"""
        },
    ),
)

_TOGETHER: Final = (
    Template(
        "select_never",
        kind="selects among a nil channel and a context that nobody cancels",
        copies=2,
        base="""
//: code a
// $Fa waits for news.
func $Fa(in @in.Input) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var $va chan int
	//+
	if in.N > 100 {
		$va = make(chan int, 1)
	}
	select { //!1
	case $vb := <-$va:
		return fmt.Errorf("$Wa %d", $vb)
	case <-ctx.Done():
		return ctx.Err()
	}
}
//: call 1 n=1..9 routes=hang
$P.$Fa(in)
//: call 1 n=1..9 routes=dead expect="all goroutines are asleep"
$P.$Fa(in)
""",
        variants={
            "loop": """
//: code t
type $ta struct {
	$aa chan int
	$ab int
}

func (t *$ta) $ma(ctx context.Context) error {
	for {
		//+
		select { //!1
		case <-ctx.Done():
			return ctx.Err()
		case n := <-t.$aa:
			t.$ab += n
		}
	}
}
//: code a
// $Fa waits for news.
func $Fa(in @in.Input) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	//+
	return (&$ta{$ab: in.N}).$ma(ctx)
}
"""
        },
    ),
    Template(
        "cond_silent",
        kind="waits for a condition that is never signalled",
        copies=2,
        base="""
//: code t
type $ta struct {
	mu   sync.Mutex
	cond *sync.Cond
	$aa  int
}

func (t *$ta) $ma() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for t.$aa == 0 {
		//+
		t.cond.Wait() //!1
	}
}

func (t *$ta) $mb(n int) {
	t.mu.Lock()
	t.$aa = n //!1
	t.mu.Unlock()
}
//: code a
// $Fa waits until all is ready.
func $Fa(in @in.Input) error {
	t := &$ta{}
	t.cond = sync.NewCond(&t.mu)
	var wg sync.WaitGroup
	for k := 0; k < in.N; k++ {
		wg.Add(1)
		//+
		go func() {
			defer wg.Done()
			t.$ma()
		}()
	}
	time.Sleep(5 * time.Millisecond)
	t.$mb(in.ID)
	wg.Wait()
	return errors.New("$Wa")
}
//: call 1 n=2..9 routes=hang
$P.$Fa(in)
//: call 1 n=2..9 routes=dead expect="all goroutines are asleep"
$P.$Fa(in)
""",
    ),
    Template(
        "wait_copied",
        kind="a wait group that is handed over as a copy",
        copies=2,
        base="""
//: code b
func $fa(wg sync.WaitGroup, into []int, k int) { //!1
	defer wg.Done()
	//+
	into[k] = k * k
}
//: code a
// $Fa squares.
func $Fa(in @in.Input) error {
	var wg sync.WaitGroup
	$va := make([]int, in.N)
	for k := range $va {
		wg.Add(1)
		go $fa(wg, $va, k)
	}
	//+
	wg.Wait() //!1
	return fmt.Errorf("$Wa %d", $va[0])
}
//: call 1 n=1..4 routes=hang
$P.$Fa(in)
//: call 1 n=1..4 routes=dead expect="all goroutines are asleep"
$P.$Fa(in)
""",
        variants={
            "struct": """
//: code t
type $ta struct {
	wg  sync.WaitGroup
	$aa []int
}

func (t $ta) $ma(k int) { //!1
	t.$aa[k] = k * k
	//+
	t.wg.Done()
}
//: code a
// $Fa squares.
func $Fa(in @in.Input) error {
	t := $ta{$aa: make([]int, in.N)}
	t.wg.Add(in.N)
	for k := 0; k < in.N; k++ {
		go t.$ma(k)
	}
	//+
	t.wg.Wait() //!1
	return fmt.Errorf("$Wa %d", t.$aa[0])
}
"""
        },
    ),
    Template(
        "stop_unstarted",
        kind="stops what was never started: the function to cancel is nil",
        copies=2,
        base="""
//: code t
type $ta struct {
	$aa context.CancelFunc
	$ab context.Context
}

func (t *$ta) $ma() {
	t.$ab, t.$aa = context.WithCancel(context.Background())
}

func (t *$ta) $mb() {
	//+
	t.$aa() //!1
}
//: code a
// $Fa restarts.
func $Fa(in @in.Input) error {
	t := &$ta{}
	//+
	if in.N > 100 {
		t.$ma()
	}
	t.$mb()
	t.$ma()
	return fmt.Errorf("$Wa: %w", t.$ab.Err())
}
//: call 1 n=1..9 expect="nil pointer"
$P.$Fa(in)
""",
        variants={
            "closure": """
//: code a
// $Fa restarts.
func $Fa(in @in.Input) error {
	var $va context.CancelFunc
	ctx := context.Background()
	//+c
	$vb := func() {
		$va() //!1
		ctx, $va = context.WithCancel(ctx)
	}
	$vb()
	//+
	return fmt.Errorf("$Wa: %w", ctx.Err())
}
"""
        },
    ),
    Template(
        "read_lock_write",
        kind="writes a map while it holds the lock for readers",
        base="""
//: code t
type $ta struct {
	mu  sync.RWMutex
	$aa map[string]int
}

func (t *$ta) $ma(key string) int {
	t.mu.RLock()
	defer t.mu.RUnlock()
	//+
	t.$aa[key]++ //!1
	return len(t.$aa)
}
//: code a
// $Fa counts hits.
func $Fa(in @in.Input) error {
	t := &$ta{$aa: map[string]int{}}
	var wg sync.WaitGroup
	for k := 0; k < 8; k++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			//+
			for n := 0; n < 200000; n++ {
				t.$ma(in.S)
			}
		}()
	}
	wg.Wait()
	return errors.New("$Wa")
}
//: call 1 expect="concurrent map" routes=fatal
$P.$Fa(in)
""",
    ),
    Template(
        "race_append",
        kind="appends to one slice without a lock",
        copies=2,
        base="""
//: code a
// $Fa gathers.
func $Fa(in @in.Input) error {
	var $va []int
	var wg sync.WaitGroup
	for k := 0; k < 2; k++ {
		wg.Add(1)
		go func(k int) {
			defer wg.Done()
			time.Sleep(time.Duration(k) * 2 * time.Millisecond)
			//+
			$va = append($va, in.N+k) //!1
		}(k)
	}
	wg.Wait()
	return fmt.Errorf("$Wa %d", len($va))
}
//: call 1 n=1..9 routes=race expect="DATA RACE"
$P.$Fa(in)
""",
        variants={
            "method": """
//: code t
type $ta struct{ $aa []int }

func (t *$ta) $ma(n int) {
	//+
	t.$aa = append(t.$aa, n) //!1
}
//: code a
// $Fa gathers.
func $Fa(in @in.Input) error {
	t := &$ta{}
	done := make(chan bool, 2)
	for _, k := range []int{0, 1} {
		k := k
		go func() {
			time.Sleep(time.Duration(k) * 2 * time.Millisecond)
			t.$ma(in.N + k)
			done <- true
		}()
	}
	//+
	_, _ = <-done, <-done
	return fmt.Errorf("$Wa %d", len(t.$aa))
}
"""
        },
    ),
    Template(
        "race_atomic",
        kind="a counter that is atomic here, plain there; a flag without anything",
        copies=2,
        base="""
//: code t
type $ta struct {
	$aa int64
	$ab bool
}
//: code a
// $Fa meters.
func $Fa(in @in.Input) error {
	t := &$ta{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		//+
		if in.N > 5 {
			atomic.AddInt64(&t.$aa, 1) //!1
			return
		}
		t.$ab = true //!2
	}()
	time.Sleep(4 * time.Millisecond)
	//+
	if in.N > 5 {
		t.$aa++ //!1
	} else if t.$ab { //!2
		return nil
	}
	<-done
	return fmt.Errorf("$Wa %d", t.$aa)
}
//: call 1 n=6..9 routes=race expect="DATA RACE"
$P.$Fa(in)
//: call 2 n=1..5 routes=race expect="DATA RACE"
$P.$Fa(in)
""",
        variants={
            "methods": """
//: code t
type $ta struct {
	$ab bool
	$aa int64
}

func (t *$ta) $ma(n int) {
	if n > 5 {
		atomic.AddInt64(&t.$aa, 1) //!1
		return
	}
	//+
	t.$ab = true //!2
}

func (t *$ta) $mb(n int) bool {
	if n <= 5 {
		return t.$ab //!2
	}
	//+
	t.$aa++ //!1
	return false
}
//: code a
// $Fa meters.
func $Fa(in @in.Input) error {
	t := &$ta{}
	done := make(chan struct{})
	go func() {
		t.$ma(in.N)
		close(done)
	}()
	time.Sleep(4 * time.Millisecond)
	//+
	$va := t.$mb(in.N)
	<-done
	return fmt.Errorf("$Wa %t", $va)
}
"""
        },
    ),
    Template(
        "deadlines",
        kind="deadlines that are too short, logged: two of one function",
        copies=2,
        base="""
//: code a
// $Fa asks two services.
func $Fa(in @in.Input) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	//+
	<-ctx.Done()
	if in.N > 5 {
		return fmt.Errorf("reserve slot %d: %w", in.ID, ctx.Err()) //!1
	}
	return fmt.Errorf("$Wa of %s: %w", in.S, context.Cause(ctx)) //!2
}
//: call 1 n=6..9 routes=log expect="deadline exceeded"
$P.$Fa(in)
//: call 2 n=1..5 routes=log expect="deadline exceeded"
$P.$Fa(in)
""",
        variants={
            "steps": """
//: code b
func $fa(ctx context.Context, in @in.Input) error {
	select {
	case <-ctx.Done():
		//+
		return fmt.Errorf("reserve slot %d: %w", in.ID, ctx.Err()) //!1
	case <-time.After(time.Second):
		return nil
	}
}
//: code a
// $Fa asks two services.
func $Fa(in @in.Input) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	if in.N > 5 {
		return $fa(ctx, in)
	}
	//+
	<-ctx.Done()
	return fmt.Errorf("$Wa of %s: %w", in.S, ctx.Err()) //!2
}
"""
        },
    ),
    Template(
        "opaque_wrap",
        kind="errors whose causes become text, or come joined, logged",
        copies=2,
        base="""
//: code e
var $Ea = errors.New("quota used up")

type $ta struct {
	$aa string
	$ab []error
}

func (e *$ta) Error() string { return fmt.Sprintf("%s (%d causes): %v", e.$aa, len(e.$ab), e.$ab[0]) }

func (e *$ta) Unwrap() []error { return e.$ab }
//: code a
// $Fa allots.
func $Fa(in @in.Input) error {
	err := $fa(in)
	//+
	if errors.Is(err, $Ea) {
		return fmt.Errorf("$Wa: %v", err)
	}
	return &$ta{"$Wb", []error{err, io.EOF}}
}
//: code b
func $fa(in @in.Input) error {
	if in.N > 5 {
		return fmt.Errorf("tenant %s: %w", in.S, $Ea) //!1
	}
	//+
	_, err := hex.DecodeString(in.S)
	return err //!2
}
//: call 1 n=6..9 routes=log expect="quota used up"
$P.$Fa(in)
//: call 2 n=1..5 routes=log expect="encoding/hex: "
$P.$Fa(in)
""",
        variants={
            "reordered": """
//: code e
var $Ea = errors.New("quota used up")
//: code b
func $fa(in @in.Input) error {
	if in.N <= 5 {
		_, err := hex.DecodeString(in.S)
		//+
		return err //!2
	}
	return fmt.Errorf("tenant %s: %w", in.S, $Ea) //!1
}
//: code a
// $Fa allots.
func $Fa(in @in.Input) error {
	switch err := $fa(in); {
	case err == nil:
		return nil
	case !errors.Is(err, $Ea):
		//+
		return errors.Join(errors.New("$Wb"), err)
	default:
		return fmt.Errorf("$Wa: %v", err)
	}
}
"""
        },
    ),
)
TEMPLATES: Final = (
    *_CALLERS,
    *_WRONG_HELPERS,
    *_VALUES,
    *_STANDARD,
    *_RECURSION,
    *_TOGETHER,
)
