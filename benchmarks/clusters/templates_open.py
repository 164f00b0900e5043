"""The open templates: families of bugs, and the helpers that they share. Data; see `template` for the notation.

In: nothing. Out: HELPERS and TEMPLATES.
"""

from __future__ import annotations

from typing import Final

from benchmarks.clusters import templates_open_flow as flow
from benchmarks.clusters import templates_open_more as more
from benchmarks.clusters.template import Template

# --------------------------------------------------------------- helpers that are right: whoever calls them is not

_MUST: Final = Template(
    "must",
    kind="a helper that panics when its caller is wrong",
    packages=("must", "ensure", "require"),
    names={"Get": ("Get", "Fetch", "Lookup", "Have"), "NoErr": ("NoErr", "Succeed", "Do")},
    base="""
//: code get
// $Get is the value of a key that is there.
func $Get(m map[string]string, key string) string {
	//+
	value, ok := m[key]
	if !ok {
		panic(fmt.Sprintf("must: missing key %q", key))
	}
	return value
}
//: code err
// $NoErr wants no error.
func $NoErr[T any](value T, err error) T {
	if err != nil {
		panic(fmt.Errorf("must: %w", err))
	}
	return value
}
""",
    variants={
        "generic": """
//: code get
// $Get is the value of a key that is there.
func $Get[K comparable, V any](m map[K]V, key K) V {
	value, ok := m[key]
	if !ok {
		$fmiss(key)
	}
	//+
	return value
}

func $fmiss(key any) {
	panic(fmt.Sprintf("must: missing key %q", key))
}
//: code err
// $NoErr wants no error.
func $NoErr[T any](value T, err error) T {
	//+
	if err != nil {
		panic(fmt.Errorf("must: %w", err))
	}
	return value
}
"""
    },
)
_VALID: Final = Template(
    "valid",
    kind="a helper that panics when its caller is wrong",
    packages=("valid", "assertx", "invariant"),
    names={"Check": ("Check", "That", "Holds"), "Index": ("Index", "InRange")},
    base="""
//: code check
// $Check panics when something does not hold.
func $Check(ok bool, format string, args ...any) {
	if !ok {
		//+
		panic(fmt.Sprintf("invariant broken: "+format, args...))
	}
}
//: code index
// $Index is an index that is in range.
func $Index(k, n int) int {
	$Check(k >= 0 && k < n, "index %d of %d", k, n)
	return k
}
""",
)
_STACK: Final = Template(
    "stack",
    kind="a container; its caller takes from an empty one",
    packages=("stack", "lifo"),
    names={"Pop": ("Pop", "Take"), "Push": ("Push", "Put")},
    kit=True,
    base="""
//: code stack
// Stack is last in, first out.
type Stack[T any] struct {
	items []T
	high  int
}

// $Push adds.
func (s *Stack[T]) $Push(item T) {
	s.items = append(s.items, item)
	//+
	s.high = max(s.high, len(s.items))
}

// $Pop takes the last; there must be one.
func (s *Stack[T]) $Pop() T {
	last := s.items[len(s.items)-1]
	//+
	s.items = s.items[:len(s.items)-1]
	return last
}
""",
    variants={
        "list": """
//: code stack
type node[T any] struct {
	item T
	next *node[T]
}

// Stack is last in, first out.
type Stack[T any] struct {
	top *node[T]
}

// $Push adds.
func (s *Stack[T]) $Push(item T) {
	//+
	s.top = &node[T]{item, s.top}
}

// $Pop takes the last; there must be one.
func (s *Stack[T]) $Pop() T {
	//+
	last := s.top.item
	s.top = s.top.next
	return last
}
"""
    },
)
_PICK: Final = Template(
    "pick",
    kind="small generic helpers; the caller gives them nothing",
    packages=("pick", "lo", "seqs"),
    names={"First": ("First", "Head"), "Deref": ("Deref", "Value"), "Last": ("Last", "Back")},
    kit=True,
    base="""
//: code first
// $First is the first element.
func $First[T any](items []T) T {
	//+
	return items[0]
}

// $Last is the last element.
func $Last[T any](items []T) T {
	return items[len(items)-1]
}
//: code deref
// $Deref is what a pointer points to.
func $Deref[T any](p *T) T {
	//+
	return *p
}
""",
)
_CONF: Final = Template(
    "conf",
    kind="settings; the caller asks for what is not there, or not a number",
    packages=("conf", "settings", "cfg"),
    names={"Int": ("Int", "Number"), "Text": ("Text", "String")},
    base="""
//: code conf
var values = map[string]string{"port": "8080", "zone": "north", "retries": "three", "burst": ""}

// $Text is a setting.
func $Text(key string) string {
	//+
	value, ok := values[key]
	if !ok {
		panic("conf: no setting " + strconv.Quote(key))
	}
	return value
}

// $Int is a setting that is a number.
func $Int(key string) int {
	value, err := strconv.Atoi($Text(key))
	if err != nil {
		panic(fmt.Errorf("conf: setting %s: %w", key, err))
	}
	return value
}
""",
)
_STORE: Final = Template(
    "store",
    kind="a stub of a driver; the caller uses it wrongly",
    packages=("store", "dbx", "repo"),
    names={"Query": ("Query", "Select"), "Scan": ("Scan", "Read")},
    base="""
//: code conn
// Conn is a connection.
type Conn struct {
	name string
	open *bool
}

// Open connects; nothing answers for an empty name.
func Open(name string) *Conn {
	if strings.HasPrefix(name, "-") {
		return nil
	}
	yes := true
	return &Conn{name, &yes}
}

// Close closes.
func (c *Conn) Close() { c.open = nil }

// $Query asks.
func (c *Conn) $Query(id int) (*Rows, error) {
	//+
	if !*c.open {
		return nil, errors.New("store: closed")
	}
	if id%2 == 0 || id < 0 {
		return nil, fmt.Errorf("store: %s has no row %d", c.name, id)
	}
	return &Rows{cells: []int{id, id + 1, id + 2}}, nil
}
//: code rows
// Rows are rows.
type Rows struct {
	cells []int
}

// $Scan reads cells.
func (r *Rows) $Scan(into ...*int) {
	//+
	if len(into) != len(r.cells) {
		panic(fmt.Sprintf("store: expected %d destinations, not %d", len(r.cells), len(into)))
	}
	for k, cell := range r.cells {
		*into[k] = cell
	}
}
""",
)
_ERRS: Final = Template(
    "errs",
    kind="errors with a stack",
    packages=("errs", "xerr"),
    names={"New": ("New", "Errorf"), "Wrap": ("Wrap", "Note")},
    base="""
//: code errs
// Fault is an error that knows where it was made.
type Fault struct {
	msg   string
	cause error
	stack string
}

func (f *Fault) Error() string {
	if f.cause != nil {
		return f.msg + ": " + f.cause.Error()
	}
	return f.msg
}

// Unwrap is the cause.
func (f *Fault) Unwrap() error { return f.cause }

// StackTrace is where it was made.
func (f *Fault) StackTrace() string { return f.stack }

// $New makes an error.
func $New(format string, args ...any) error {
	return &Fault{msg: fmt.Sprintf(format, args...), stack: callers()}
}

// $Wrap wraps one.
func $Wrap(err error, msg string) error {
	if err == nil {
		return nil
	}
	return &Fault{msg: msg, cause: err, stack: callers()}
}
//: code callers
func callers() string {
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
	var text strings.Builder
	for {
		f, more := frames.Next()
		fmt.Fprintf(&text, "%s\\n\\t%s:%d\\n", f.Function, f.File, f.Line)
		if !more {
			return strings.TrimSuffix(text.String(), "\\n")
		}
	}
}
""",
)
HELPERS: Final = (_MUST, _VALID, _STACK, _PICK, _CONF, _STORE, _ERRS, *flow.HELPERS, *more.HELPERS)

# ------------------------------------------------------------------------------------- callers of shared helpers

_CALLERS: Final = (
    Template(
        "must_key",
        kind="asks must for a key that is not there",
        copies=3,
        base="""
//: code a
// $Fa finds the lane.
func $Fa(in @in.Input) error {
	//+
	$va := @must.Get(in.Tags, "zone")
	//+
	$vb := @must.Get(in.Tags, "$Sa") //!1
	if len($va) > len($vb) {
		return fmt.Errorf("$Wa %d", in.N)
	}
	return nil
}
//: call 1 expect="missing key"
$P.$Fa(in)
""",
        variants={
            "extract": """
//: code a
// $Fa finds the lane.
func $Fa(in @in.Input) error {
	$va := @must.Get(in.Tags, "zone")
	//+
	if len($va) > len($fa(in)) {
		return fmt.Errorf("$Wa %d", in.N)
	}
	return nil
}
//: code b
func $fa(in @in.Input) string {
	//+
	return @must.Get(in.Tags, "$Sa") //!1
}
"""
        },
    ),
    Template(
        "must_two",
        kind="two calls of must in one function",
        copies=2,
        base="""
//: code a
// $Fa reads both ends.
func $Fa(in @in.Input) error {
	$va := map[string]string{"$Sc": in.S}
	//+
	if in.N > 5 {
		$va["$Sa"] = in.S
	}
	$vb := @must.Get($va, "$Sa") //!1
	//+
	$vc := @must.Get($va, "$Sb") //!2
	if $vb == $vc {
		return errors.New("$Wa: same ends")
	}
	return nil
}
//: call 1 n=1..5 expect="missing key"
$P.$Fa(in)
//: call 2 n=6..9 expect="missing key"
$P.$Fa(in)
""",
        variants={
            "method": """
//: code t
// $Ta is what $Fa reads.
type $Ta struct {
	$aa map[string]string
}
//: code a
// $Fa reads both ends.
func (t *$Ta) $Fa(in @in.Input) error {
	t.$aa = map[string]string{"$Sc": in.S}
	if in.N > 5 {
		t.$aa["$Sa"] = in.S
	}
	//+
	$vd := @must.Get(t.$aa, "$Sa") //!1
	$ve := @must.Get(t.$aa, "$Sb") //!2
	if $vd == $ve {
		return errors.New("$Wa: same ends")
	}
	return nil
}
//: call 1 n=1..5 expect="missing key"
new($P.$Ta).$Fa(in)
//: call 2 n=6..9 expect="missing key"
new($P.$Ta).$Fa(in)
"""
        },
    ),
    Template(
        "must_err",
        kind="a parse that fails, through must",
        copies=3,
        base="""
//: code a
// $Fa takes the number out of a text.
func $Fa(in @in.Input) error {
	//+
	$va := @must.NoErr(strconv.Atoi(strconv.Itoa(in.ID)))
	$vb := @must.NoErr(strconv.Atoi(in.S)) //!1
	if $va == $vb {
		return fmt.Errorf("$Wa %d twice", $va)
	}
	return nil
}
//: call 1 expect="strconv.Atoi: parsing"
$P.$Fa(in)
""",
        variants={
            "closure": """
//: code a
// $Fa takes the number out of a text.
func $Fa(in @in.Input) error {
	//+c
	$va := func() int {
		return @must.NoErr(strconv.Atoi(in.S)) //!1
	}
	//+
	if in.ID == $va() {
		return fmt.Errorf("$Wa %d twice", in.ID)
	}
	return nil
}
"""
        },
    ),
    Template(
        "valid_check",
        kind="an invariant of the caller, through valid",
        copies=3,
        base="""
//: code a
// $Fa adds up.
func $Fa(in @in.Input) error {
	$va := 0
	for _, $vb := range in.Items {
		$va += $vb
	}
	//+
	@valid.Check($va >= 0, "sum %d", $va)
	@valid.Check($va == in.ID, "$Wa %d is not %d for %q", $va, in.ID, in.S) //!1
	//+
	return nil
}
//: call 1 n=2..9 expect="invariant broken"
$P.$Fa(in)
""",
    ),
    Template(
        "valid_index",
        kind="an index out of range, through valid",
        copies=2,
        base="""
//: code a
// $Fa chooses.
func $Fa(in @in.Input) error {
	//+
	$va := in.Items[@valid.Index(in.N/2, len(in.Items))]
	$vb := in.Items[@valid.Index(in.N, len(in.Items))] //!1
	if $va != $vb {
		return nil
	}
	return nil
}
//: call 1 n=2..9 expect="invariant broken: index"
$P.$Fa(in)
""",
        variants={
            "generic": """
//: code a
// $Fa chooses.
func $Fa[T interface{ comparable }](in @in.Input, items []T) error {
	$va := items[@valid.Index(in.N/2, len(items))]
	//+
	$vb := items[@valid.Index(in.N, len(items))] //!1
	if $va != $vb {
		return nil
	}
	return nil
}
//: call 1 n=2..9 expect="invariant broken: index"
$P.$Fa(in, in.Items)
"""
        },
    ),
    Template(
        "stack_pop",
        kind="pops more than was pushed",
        copies=3,
        base="""
//: code a
// $Fa unwinds.
func $Fa(in @in.Input) error {
	var $va @stack.Stack[int]
	for _, $vb := range in.Items {
		$va.@stack:Push($vb)
	}
	//+
	for $vb := 0; $vb < in.N; $vb++ {
		_ = $va.@stack:Pop()
	}
	//+
	if $va.@stack:Pop() == in.ID { //!1
		return errors.New("$Wa")
	}
	return nil
}
//: call 1 n=1..4 expect="index out of range|nil pointer"
$P.$Fa(in)
""",
        variants={
            "helper": """
//: code a
// $Fa unwinds.
func $Fa(in @in.Input) error {
	var $va @stack.Stack[int]
	for _, $vb := range in.Items {
		$va.@stack:Push($vb)
	}
	for $vb := 0; $vb < in.N; $vb++ {
		_ = $va.@stack:Pop()
	}
	if $fa(&$va) == in.ID {
		return errors.New("$Wa")
	}
	return nil
}

func $fa(left *@stack.Stack[int]) int {
	//+
	return left.@stack:Pop() //!1
}
"""
        },
    ),
    Template(
        "stack_text",
        kind="an expression with one operand too few",
        base="""
//: code a
type $ta struct {
	$aa @stack.Stack[string]
}

func (t *$ta) $ma(op string) {
	//+
	$va := t.$aa.@stack:Pop()
	$vb := t.$aa.@stack:Pop() //!1
	t.$aa.@stack:Push($va + op + $vb)
}
//: code b
// $Fa computes.
func $Fa(in @in.Input) error {
	t := &$ta{}
	for k := 0; k < in.N; k++ {
		t.$aa.@stack:Push(in.S)
	}
	//+
	for k := 0; k < in.N; k++ {
		t.$ma("+")
	}
	return nil
}
//: call 1 n=1..4 expect="index out of range|nil pointer"
$P.$Fa(in)
""",
    ),
    Template(
        "first_of_none",
        kind="the first of nothing",
        copies=3,
        base="""
//: code a
// $Fa compares the outermost.
func $Fa(in @in.Input) error {
	var $va []int
	for _, $vb := range in.Items {
		if $vb > 1000 {
			$va = append($va, $vb)
		}
	}
	//+
	if @pick.First($va) > in.N { //!1
		return fmt.Errorf("$Wa %d", in.ID)
	}
	return nil
}
//: call 1 n=0..9 expect="index out of range"
$P.$Fa(in)
""",
        variants={
            "split": """
//: code a
// $Fa compares the outermost.
func $Fa(in @in.Input) error {
	$va := $fa(in.Items)
	//+
	$vb := @pick.First($va) //!1
	if $vb > in.N {
		return fmt.Errorf("$Wa %d", in.ID)
	}
	return nil
}
//: code b
func $fa(items []int) []int {
	var $vc []int
	for _, $vd := range items {
		if $vd > 1000 {
			$vc = append($vc, $vd)
		}
	}
	return $vc
}
"""
        },
    ),
    Template(
        "deref_nil",
        kind="the value of a nil pointer, through a helper",
        copies=3,
        base="""
//: code a
// $Fa takes the default.
func $Fa(in @in.Input) error {
	//+
	$va, $vb := $fa(in.N), $fa(in.N-10)
	if @pick.Deref($va) == in.ID {
		return nil
	}
	//+
	if @pick.Deref($vb) == in.ID { //!1
		return errors.New("$Wa: default")
	}
	return nil
}
//: code b
func $fa(n int) *int {
	if n < 0 {
		return nil
	}
	return &n
}
//: call 1 n=1..9 expect="nil pointer"
$P.$Fa(in)
""",
    ),
    Template(
        "conf_missing",
        kind="a setting that is not there, or no number",
        copies=2,
        base="""
//: code a
// $Fa sets the limits.
func $Fa(in @in.Input) error {
	$va := @conf.Int("port")
	//+
	if in.N > 5 {
		$va += @conf.Int("retries") //!1
	}
	//+
	if @conf.Text("$Sa") == in.S || $va == 3 { //!2
		return errors.New("$Wa")
	}
	return nil
}
//: call 1 n=6..9 expect="conf: setting retries"
$P.$Fa(in)
//: call 2 n=1..5 expect="conf: no setting"
$P.$Fa(in)
""",
    ),
    Template(
        "store_scan",
        kind="scans too few cells",
        copies=2,
        base="""
//: code a
// $Fa reads a row.
func $Fa(in @in.Input) error {
	$va := @store.Open(in.S)
	defer $va.Close()
	//+
	$vb, err := $va.@store:Query(in.ID*2 + 1)
	if err != nil {
		return fmt.Errorf("$Wa: %w", err)
	}
	var $vc, $vd int
	$vb.@store:Scan(&$vc, &$vd) //!1
	return nil
}
//: call 1 expect="expected 3 destinations"
$P.$Fa(in)
""",
    ),
    Template(
        "store_nil",
        kind="a connection that is nil, or closed too early",
        copies=2,
        base="""
//: code a
// $Fa asks for a row.
func $Fa(in @in.Input) error {
	$va := @store.Open(in.S)
	//+
	if in.N > 5 {
		$va.Close()
	}
	$vb, err := $va.@store:Query(in.ID*2 + 1) //!1
	if err != nil {
		return fmt.Errorf("$Wa: %w", err)
	}
	var $vc, $vd int
	$vb.@store:Scan(&$vc, &$vd, nil) //!2
	return nil
}
//: call 1 n=6..9 expect="nil pointer"
$P.$Fa(in)
//: call 2 n=1..5 expect="nil pointer"
$P.$Fa(in)
""",
    ),
)

# ----------------------------------------------------------- helpers that are wrong themselves: one bug, whoever calls

_WRONG_HELPERS: Final = (
    Template(
        "ring_at",
        kind="an off-by-one in a generic ring",
        packages=("ring", "carousel"),
        kit=True,
        across=4,
        base="""
//: code ring
// Ring keeps the last elements.
type Ring[T any] struct {
	items []T
	start int
}

// New makes a ring.
func New[T any](size int) *Ring[T] { return &Ring[T]{items: make([]T, size)} }

// Add adds.
func (r *Ring[T]) Add(item T) {
	r.items[r.start] = item
	r.start = (r.start + 1) % len(r.items)
}

// At is the element at a place.
func (r *Ring[T]) At(k int) T {
	//+
	place := r.start + k
	if place > len(r.items) {
		place -= len(r.items)
	}
	return r.items[place] //!1
}
//: code b @1
// $Fb looks back.
func $Fb(in @in.Input) error {
	$va := $P.New[int](in.N)
	$va.Add(in.ID)
	//+
	if $va.At(in.N-1) == in.ID {
		return nil
	}
	return nil
}
//: code c @2
// $Fc lists all.
func $Fc(in @in.Input) error {
	$vb := $P.New[string](in.N)
	for k := 0; k < in.N-2; k++ {
		$vb.Add(in.S)
	}
	for k := 0; k < in.N; k++ {
		//+
		if $vb.At(k) == "" {
			continue
		}
	}
	return nil
}
//: code d @3
// $Fd takes two.
func $Fd(in @in.Input) error {
	$vc := $P.New[[2]int](in.N)
	$vc.Add([2]int{in.ID, in.N})
	$vc.Add([2]int{in.N, in.ID})
	//+
	$vd := $vc.At(in.N - 2)
	if $vd[0] == $vd[1] {
		return errors.New("$Wa")
	}
	return nil
}
//: call 1 n=3..8 expect="index out of range"
$P1.$Fb(in)
//: call 1 n=4..8 expect="index out of range"
$P2.$Fc(in)
//: call 1 n=3..8 expect="index out of range"
$P3.$Fd(in)
""",
    ),
    Template(
        "window",
        kind="a helper cuts beyond the end",
        packages=("window", "cuts"),
        across=3,
        base="""
//: code window
// Chunks cuts into parts of a size.
func Chunks[T any](items []T, size int) [][]T {
	var parts [][]T
	//+
	for k := 0; k < len(items); k += size {
		parts = append(parts, items[k:k+size:len(items)]) //!1
	}
	return parts
}
//: code b @1
// $Fb pages.
func $Fb(in @in.Input) error {
	for _, $va := range $P.Chunks(in.Items, 4) {
		//+
		if len($va) == 0 {
			return errors.New("$Wa")
		}
	}
	return nil
}
//: code c @2
// $Fc pages the letters.
func $Fc(in @in.Input) error {
	//+
	$va := $P.Chunks([]byte(in.S), 5)
	if len($va) == in.N {
		return nil
	}
	return nil
}
//: call 1 n=5..7 expect="slice bounds out of range"
$P1.$Fb(in)
//: call 1 s=abcdefg expect="slice bounds out of range"
$P2.$Fc(in)
//: call 1 n=9..11 expect="slice bounds out of range"
$P1.$Fb(in)
""",
        variants={
            "clamp": """
//: code window
// Chunks cuts into parts of a size.
func Chunks[E ~[]T, T any](items E, size int) []E {
	parts := make([]E, 0, len(items)/size+1)
	for from := 0; from < len(items); from += size {
		//+
		parts = append(parts, items[from:from+size:len(items)]) //!1
	}
	return parts
}
//: code b @1
// $Fb pages.
func $Fb(in @in.Input) error {
	for _, $va := range $P.Chunks(in.Items, 4) {
		if len($va) == 0 {
			return errors.New("$Wa")
		}
	}
	return nil
}
//: code c @2
// $Fc pages the letters.
func $Fc(in @in.Input) error {
	$va := $P.Chunks([]byte(in.S), 5)
	if len($va) == in.N {
		return nil
	}
	return nil
}
"""
        },
    ),
)

# ------------------------------------------------------------------------------------------ bugs of one function

_PLAIN: Final = (
    Template(
        "nil_fields",
        kind="nil dereferences in one function",
        copies=3,
        base="""
//: code t
type $ta struct {
	$aa [5]int
	$ab *$ta
	$ac int
}

func $fa(n int) *$ta {
	t := &$ta{$ac: n}
	if n > 5 {
		t.$ab = &$ta{}
	}
	return t
}
//: code a
// $Fa walks the chain.
func $Fa(in @in.Input) error {
	$va := $fa(in.N)
	//+
	if $va.$ab.$ac > in.ID { //!1
		return errors.New("$Wa: first")
	}
	//+
	if $va.$ab.$ab.$ac > in.ID { //!2
		return errors.New("$Wa: second")
	}
	return nil
}
//: call 1 n=1..5 expect="nil pointer"
$P.$Fa(in)
//: call 2 n=6..9 expect="nil pointer"
$P.$Fa(in)
""",
        variants={
            "method": """
//: code t
type $ta struct {
	$ac int
	$ab *$ta
}

func $fa(n int) *$ta {
	t := &$ta{$ac: n}
	if n > 5 {
		t.$ab = &$ta{}
	}
	return t
}

func (t *$ta) $ma(in @in.Input) error {
	if t.$ab.$ac > in.ID { //!1
		return errors.New("$Wa: first")
	}
	//+
	if t.$ab.$ab.$ac > in.ID { //!2
		return errors.New("$Wa: second")
	}
	return nil
}
//: code a
// $Fa walks the chain.
func $Fa(in @in.Input) error {
	//+
	return $fa(in.N).$ma(in)
}
""",
            "extract": """
//: code t
type $ta struct {
	$ac int
	$ab *$ta
}

func $fa(n int) *$ta {
	t := &$ta{$ac: n}
	if n > 5 {
		t.$ab = &$ta{}
	}
	return t
}
//: code a
// $Fa walks the chain.
func $Fa(in @in.Input) error {
	$va := $fa(in.N)
	if $va.$ab.$ac > in.ID { //!1
		return errors.New("$Wa: first")
	}
	//+
	if $fb($va, in.ID) {
		return errors.New("$Wa: second")
	}
	return nil
}
//: code b
func $fb(t *$ta, most int) bool {
	return t.$ab.$ab.$ac > most //!2
}
""",
        },
    ),
    Template(
        "index_three",
        kind="three index expressions in one function",
        copies=2,
        base="""
//: code a
// $Fa weighs.
func $Fa(in @in.Input) error {
	$va := []int{3, 5, 8}
	//+
	$vb := $va[in.N%10] //!1
	$vc := $va[in.N/10%10] //!2
	//+
	$vd := 0
	for _, $ve := range in.Items {
		$vd += $ve
	}
	$vd += $va[in.N/100] //!3
	if $vb+$vc == $vd {
		return fmt.Errorf("$Wa %d", $vd)
	}
	return nil
}
//: call 1 n=3..9 expect="index out of range"
$P.$Fa(in)
//: call 2 n=52 expect="index out of range"
$P.$Fa(in)
//: call 2 n=81 expect="index out of range"
$P.$Fa(in)
//: call 3 n=412 expect="index out of range"
$P.$Fa(in)
""",
        variants={
            "generic": """
//: code a
// $Fa weighs.
func $Fa[N ~int](in @in.Input, $vf N) error {
	$va := []N{3, 5, 8}
	$vb := $va[$vf%10] //!1
	//+
	$vc := $va[$vf/10%10] //!2
	$vd := N(0)
	for _, $ve := range in.Items {
		$vd += N($ve)
	}
	$vd += $va[$vf/100] //!3
	if $vb+$vc == $vd {
		return fmt.Errorf("$Wa %d", $vd)
	}
	return nil
}
//: call 1 n=3..9 expect="index out of range"
$P.$Fa(in, in.N)
//: call 2 n=52 expect="index out of range"
$P.$Fa(in, in.N)
//: call 2 n=81 expect="index out of range"
$P.$Fa(in, in.N)
//: call 3 n=412 expect="index out of range"
$P.$Fa(in, in.N)
""",
            "inner": """
//: code a
// $Fa weighs.
func $Fa(in @in.Input) error {
	$va := []int{3, 5, 8}
	$vb := $va[in.N%10] //!1
	//+
	$vc := $va[in.N/10%10] //!2
	$vd := $fa(in.Items)
	$vd += $va[in.N/100] //!3
	if $vb+$vc == $vd {
		return fmt.Errorf("$Wa %d", $vd)
	}
	return nil
}
//: code b
func $fa(items []int) int {
	$vf := 0
	for _, $vg := range items {
		$vf += $vg
	}
	return $vf
}
""",
        },
    ),
    Template(
        "two_kinds",
        kind="one statement, two kinds of panic",
        copies=2,
        base="""
//: code t
type $ta struct {
	$aa []int
}

func $fa(in @in.Input) *$ta {
	if in.N > 50 {
		return nil
	}
	return &$ta{in.Items}
}
//: code a
// $Fa looks one up.
func $Fa(in @in.Input) error {
	t := $fa(in)
	//+
	if t.$aa[in.N] == in.ID { //!1
		return errors.New("$Wa")
	}
	return nil
}
//: call 1 n=0..9 expect="index out of range"
$P.$Fa(in)
//: call 1 n=51..70 expect="nil pointer"
$P.$Fa(in)
""",
        variants={
            "value": """
//: code t
type $ta struct {
	$ab int
	$aa []int
}

func (t *$ta) $ma(k int) int {
	//+
	return t.$aa[k] //!1
}

func $fa(in @in.Input) *$ta {
	if in.N > 50 {
		return nil
	}
	return &$ta{$aa: in.Items}
}
//: code a
// $Fa looks one up.
func $Fa(in @in.Input) error {
	if $fa(in).$ma(in.N) == in.ID {
		return errors.New("$Wa")
	}
	return nil
}
"""
        },
    ),
    Template(
        "user_panic",
        kind="panics with ids, names and quoted strings",
        copies=3,
        base="""
//: code a
// $Fa accepts.
func $Fa(in @in.Input) error {
	//+
	if in.N > 5 {
		$vb := fmt.Sprintf("%08x-1c2d-4e5f-8a9b-%012x", in.ID*7919, in.ID*104729)
		panic(fmt.Sprintf("$Wa %d of tenant %q rejected (req=%s)", in.ID, in.S, $vb)) //!1
	}
	$va := in.N + in.ID
	//+
	if $va > 0 {
		panic(fmt.Errorf("$Wa %d of tenant %q rejected: %w", $va, in.S, io.ErrUnexpectedEOF)) //!2
	}
	return nil
}
//: call 1 n=6..9 expect="rejected .req="
$P.$Fa(in)
//: call 2 n=1..5 expect="rejected: unexpected EOF"
$P.$Fa(in)
""",
    ),
    Template(
        "closures",
        kind="crashes in closures of one function",
        copies=2,
        base="""
//: code a
// $Fa runs its steps.
func $Fa(in @in.Input) error {
	//+c
	$va := func(n int) int {
		return in.Items[n] //!1
	}
	//+c
	$vb := func(n int) int {
		return 1000 / (n - n%10) //!2
	}
	if in.N > 9 {
		return fmt.Errorf("$Wa %d", $va(in.N))
	}
	//+
	return fmt.Errorf("$Wa %d", $vb(in.N))
}
//: call 1 n=70..90 expect="index out of range"
$P.$Fa(in)
//: call 2 n=1..9 expect="divide by zero"
$P.$Fa(in)
""",
        variants={
            "swapped": """
//: code a
// $Fa runs its steps.
func $Fa(in @in.Input) error {
	$vb := func(n int) int {
		//+
		return 1000 / (n - n%10) //!2
	}
	//+c
	$va := func(n int) int {
		return in.Items[n] //!1
	}
	if in.N > 9 {
		return fmt.Errorf("$Wa %d", $va(in.N))
	}
	return fmt.Errorf("$Wa %d", $vb(in.N))
}
""",
            "named": """
//: code a
// $Fa runs its steps.
func $Fa(in @in.Input) error {
	if in.N > 9 {
		return fmt.Errorf("$Wa %d", $fa(in, in.N))
	}
	//+c
	$vb := func(n int) int {
		return 1000 / (n - n%10) //!2
	}
	return fmt.Errorf("$Wa %d", $vb(in.N))
}
//: code b
func $fa(in @in.Input, n int) int {
	//+
	return in.Items[n] //!1
}
""",
        },
    ),
    Template(
        "assertion",
        kind="type assertions",
        copies=2,
        base="""
//: code t
type $ta interface{ $Ma() int }

type $tb struct{ $aa int }

func (t $tb) $Ma() int { return t.$aa }

type $tc struct{ $ab int }

func (t *$tc) $Ma() int { return t.$ab }
//: code a
// $Fa opens what it got.
func $Fa(in @in.Input) error {
	var $va $ta = $tb{in.N}
	//+
	if in.N > 5 {
		$va = nil
	}
	if $va.(*$tc).$ab > 3 { //!1
		return errors.New("$Wa")
	}
	return nil
}
//: call 1 n=1..5 expect="interface conversion"
$P.$Fa(in)
//: call 1 n=6..9 expect="interface conversion"
$P.$Fa(in)
""",
    ),
    Template(
        "nil_map",
        kind="writes to nil maps",
        copies=2,
        base="""
//: code t
type $ta struct {
	$aa map[string]int
	$ab map[int]string
}
//: code a
// $Fa remembers.
func $Fa(in @in.Input) error {
	t := $ta{}
	//+
	if in.N > 5 {
		t.$aa = map[string]int{}
	}
	t.$aa[in.S]++ //!1
	t.$ab[in.ID] = in.S //!2
	return nil
}
//: call 1 n=1..5 expect="assignment to entry in nil map"
$P.$Fa(in)
//: call 2 n=6..9 expect="assignment to entry in nil map"
$P.$Fa(in)
""",
        variants={
            "pointer": """
//: code t
type $ta struct {
	$aa map[string]int
	$ab map[int]string
}

func (t *$ta) $ma(in @in.Input) {
	//+
	t.$aa[in.S]++ //!1
	t.$ab[in.ID] = in.S //!2
}
//: code a
// $Fa remembers.
func $Fa(in @in.Input) error {
	t := &$ta{}
	if in.N > 5 {
		t.$aa = map[string]int{}
	}
	//+
	t.$ma(in)
	return nil
}
"""
        },
    ),
    Template(
        "repanic",
        kind="a deferred function panics anew",
        copies=2,
        base="""
//: code a
// $Fa keeps order.
func $Fa(in @in.Input) error {
	defer func() {
		//+
		if v := recover(); v != nil {
			panic(fmt.Sprintf("$Wa %d: rolled back: %v", in.ID, v))
		}
	}()
	//+
	$va := in.Items[:in.N-20] //!1
	return fmt.Errorf("$Wa %d", len($va))
}
//: call 1 n=1..9 expect="slice bounds out of range"
$P.$Fa(in)
""",
        variants={
            "named": """
//: code b
func $fa(id int) {
	if v := recover(); v != nil {
		//+
		panic(fmt.Errorf("$Wb %d failed late: %v", id, v))
	}
}
//: code a
// $Fa keeps order.
func $Fa(in @in.Input) error {
	defer $fa(in.ID)
	$va := in.Items[:in.N-20] //!1
	return fmt.Errorf("$Wa %d", len($va))
}
""",
            "bare": """
//: code a
// $Fa keeps order.
func $Fa(in @in.Input) error {
	//+
	$va := in.Items[:in.N-20] //!1
	return fmt.Errorf("$Wa %d", len($va))
}
""",
        },
    ),
    Template(
        "map_race",
        kind="a map without a lock",
        base="""
//: code a
var $ga = map[int]int{}

// $Fa counts.
func $Fa(in @in.Input) error {
	var wg sync.WaitGroup
	for $va := 0; $va < 6; $va++ {
		wg.Add(1)
		go func(n int) {
			defer wg.Done()
			//+
			for k := 0; k < 300000; k++ {
				$ga[k%97+n]++ //!1
			}
		}($va)
	}
	wg.Wait()
	return nil
}
//: call 1 expect="concurrent map" routes=fatal
$P.$Fa(in)
""",
        variants={
            "method": """
//: code a
type $ta struct{ $aa map[int]int }

func (t *$ta) $ma(k int) {
	t.$aa[k]++ //!1
}

// $Fa counts.
func $Fa(in @in.Input) error {
	t := &$ta{map[int]int{}}
	var wg sync.WaitGroup
	for $va := 0; $va < 6; $va++ {
		wg.Add(1)
		//+
		go func(n int) {
			defer wg.Done()
			for k := 0; k < 300000; k++ {
				t.$ma(k%97 + n)
			}
		}($va)
	}
	wg.Wait()
	return nil
}
"""
        },
    ),
    Template(
        "overflow",
        kind="mutual recursion without an end",
        copies=2,
        base="""
//: code a
func $fa(in @in.Input, depth int) int {
	//+
	if depth < 0 {
		return 0
	}
	return $fb(in, depth+1) + 1 //!1
}

func $fb(in @in.Input, depth int) int {
	if depth%3 == 0 {
		return $fa(in, depth+2) + 1 //!1
	}
	//+
	return $fa(in, depth+1) + 1 //!1
}
//: code b
// $Fa descends.
func $Fa(in @in.Input) error {
	return fmt.Errorf("$Wa %d", $fa(in, in.N))
}
// $Fb descends, too.
func $Fb(in @in.Input) error {
	return fmt.Errorf("$Wa %d", $fb(in, in.N))
}
//: call 1 n=1..9 expect="stack overflow|exceeds" routes=fatal
$P.$Fa(in)
//: call 1 n=1..9 expect="stack overflow|exceeds" routes=fatal
$P.$Fb(in)
""",
    ),
    Template(
        "wait_chain",
        kind="waits for what never comes",
        copies=2,
        base="""
//: code a
// $Fa collects.
func $Fa(in @in.Input) error {
	$va := make(chan int)
	for k := 0; k < 3+in.N; k++ {
		go func(n int) {
			//+
			if n >= 0 {
				$va <- n
			}
		}(k)
	}
	$vb := 0
	for k := 0; k < 5+in.N; k++ {
		$vb += <-$va //!1
	}
	return fmt.Errorf("$Wa %d", $vb)
}
//: call 1 n=3..20 routes=hang
$P.$Fa(in)
//: call 1 n=3..9 routes=dead expect="all goroutines are asleep"
$P.$Fa(in)
""",
    ),
    Template(
        "logged_chain",
        kind="errors that are logged",
        copies=3,
        base="""
//: code e
var $Ea = errors.New("no quorum")
//: code b
func $fa(in @in.Input) error {
	if in.N > 5 {
		return fmt.Errorf("replica %d of %s: %w", in.ID%7, in.S, $Ea) //!1
	}
	return fmt.Errorf("read shard %d: %w", in.ID, io.ErrUnexpectedEOF) //!2
}
//: code a
// $Fa asks the replicas.
func $Fa(in @in.Input) error {
	if err := $fa(in); err != nil {
		//+
		return fmt.Errorf("$Wa %d: %w", in.ID, err)
	}
	return nil
}
//: call 1 n=6..9 routes=log expect="no quorum"
$P.$Fa(in)
//: call 2 n=1..5 routes=log expect="unexpected EOF"
$P.$Fa(in)
""",
    ),
)
TEMPLATES: Final = (*_CALLERS, *_WRONG_HELPERS, *_PLAIN, *flow.TEMPLATES, *more.TEMPLATES)
