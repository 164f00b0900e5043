"""Open templates, third part: crowded functions, leaves in the standard library, more helpers.

In: nothing. Out: HELPERS and TEMPLATES.
"""

from __future__ import annotations

from typing import Final

from benchmarks.clusters.template import Template

_DECODE: Final = Template(
    "decode",
    kind="decodes; the caller gives it what it cannot hold",
    packages=("decode", "wire", "codec"),
    names={"JSON": ("JSON", "Parse"), "Field": ("Field", "Part")},
    base="""
//: code json
// $JSON decodes.
func $JSON[T any](data string) T {
	var value T
	//+
	if err := json.Unmarshal([]byte(data), &value); err != nil {
		panic(fmt.Errorf("decode %T: %w", value, err))
	}
	return value
}
//: code field
// $Field is a part of a text that commas separate.
func $Field(text string, k int) string {
	//+
	return strings.Split(text, ",")[k]
}
""",
    variants={
        "deep": """
//: code json
// $JSON decodes.
func $JSON[T any](data string) T {
	return $finto[T](strings.NewReader(data))
}

func $finto[T any](from io.Reader) (value T) {
	if err := json.NewDecoder(from).Decode(&value); err != nil {
		//+
		panic(fmt.Errorf("decode %T: %w", value, err))
	}
	return value
}
//: code field
// $Field is a part of a text that commas separate.
func $Field(text string, k int) string {
	parts := strings.Split(text, ",")
	//+
	return parts[k]
}
"""
    },
)
_STATS: Final = Template(
    "stats",
    kind="computes; the caller gives it nothing",
    packages=("stats", "calc"),
    names={"Mean": ("Mean", "Average"), "Grid": ("Grid", "Matrix")},
    base="""
//: code mean
// $Mean is the mean.
func $Mean(items []int) int {
	sum := 0
	for _, item := range items {
		sum += item
	}
	//+
	return sum / len(items)
}
//: code grid
// $Grid is a grid of zeros.
func $Grid(rows, columns int) [][]int {
	grid := make([][]int, rows)
	//+
	for k := range grid {
		grid[k] = make([]int, columns)
	}
	return grid
}
""",
    variants={
        "generic": """
//: code mean
// $Mean is the mean.
func $Mean[S ~[]N, N ~int | ~int64](items S) N {
	//+
	return $fsum(items) / N(len(items))
}

func $fsum[S ~[]N, N ~int | ~int64](items S) (sum N) {
	for _, item := range items {
		sum += item
	}
	return sum
}
//: code grid
// $Grid is a grid of zeros.
func $Grid(rows, columns int) [][]int {
	//+
	grid := make([][]int, rows)
	for k := range grid {
		//+
		grid[k] = make([]int, columns)
	}
	return grid
}
"""
    },
)
_LOADER: Final = Template(
    "loader",
    kind="a helper that leans on two others",
    packages=("loader", "fetch"),
    names={"Row": ("Row", "Cells"), "Both": ("Both", "Pair")},
    base="""
//: code row
// $Row is a row that is there.
func $Row(c *@store.Conn, id int) *@store.Rows {
	//+
	return @must.NoErr(c.@store:Query(id))
}
//: code both
// $Both reads two rows, and calls for each.
func $Both[T any](first, second T, each func(T) int) int {
	sum := each(first)
	//+
	return sum + each(second)
}
""",
)
HELPERS: Final = (_DECODE, _STATS, _LOADER)

_CALLERS: Final = (
    Template(
        "decode_shape",
        kind="decodes into the wrong shape",
        copies=3,
        base="""
//: code t
type $ta struct {
	ID   int
	Tags []string
}
//: code a
// $Fa reads a message.
func $Fa(in @in.Input) error {
	//+
	$va := @decode.JSON[$ta](fmt.Sprintf(`{"id": %d, "tags": ["%s"]}`, in.ID, in.S))
	$vb := @decode.JSON[$ta](fmt.Sprintf(`{"id": "%d", "tags": null}`, in.ID)) //!1
	if $va.ID == $vb.ID {
		return errors.New("$Wa")
	}
	return nil
}
//: call 1 expect="cannot unmarshal string"
$P.$Fa(in)
""",
        variants={
            "method": """
//: code t
type $ta struct {
	ID   int
	Tags []string
}

func ($vc *$ta) $ma(in @in.Input) {
	//+
	*$vc = @decode.JSON[$ta](fmt.Sprintf(`{"id": "%d", "tags": null}`, in.ID)) //!1
}
//: code a
// $Fa reads a message.
func $Fa(in @in.Input) error {
	$va := @decode.JSON[$ta](fmt.Sprintf(`{"id": %d, "tags": ["%s"]}`, in.ID, in.S))
	var $vb $ta
	//+
	$vb.$ma(in)
	if $va.ID == $vb.ID {
		return errors.New("$Wa")
	}
	return nil
}
"""
        },
    ),
    Template(
        "decode_field",
        kind="parts that a text does not have: two in one function",
        copies=2,
        base="""
//: code a
// $Fa splits a line.
func $Fa(in @in.Input) error {
	$va := strings.Repeat(in.S+",", in.N)
	//+
	$vb := @decode.Field($va, 4) //!1
	$vc := @decode.Field($va, 9) //!2
	if $vb == $vc {
		return nil
	}
	return nil
}
//: call 1 n=1..3 expect="index out of range"
$P.$Fa(in)
//: call 2 n=5..8 expect="index out of range"
$P.$Fa(in)
""",
    ),
    Template(
        "mean_none",
        kind="the mean of nothing",
        copies=3,
        base="""
//: code a
// $Fa levels.
func $Fa(in @in.Input) error {
	//+
	$va, $vb := in.Items[:in.N/2], in.Items[in.N:]
	$vc := @stats.Mean(in.Items)
	//+
	$vc -= @stats.Mean($vb) //!1
	$vc -= @stats.Mean($va)
	return fmt.Errorf("$Wa %d", $vc)
}
//: call 1 n=2..9 expect="divide by zero"
$P.$Fa(in)
""",
        variants={
            "renamed": """
//: code a
// $Fa levels.
func $Fa(in @in.Input) error {
	$vb := in.Items[in.N:]
	//+
	$va := in.Items[:in.N/2]
	$vc := @stats.Mean(in.Items)
	if in.ID > 0 {
		$vc -= @stats.Mean($vb) //!1
	}
	//+
	$vc -= @stats.Mean($va)
	return fmt.Errorf("$Wa %d", $vc)
}
"""
        },
    ),
    Template(
        "grid_negative",
        kind="a negative size",
        copies=2,
        base="""
//: code a
// $Fa lays out.
func $Fa(in @in.Input) error {
	//+
	if in.N > 5 {
		_ = @stats.Grid(in.N, 5-in.N) //!1
	}
	_ = @stats.Grid(in.N-60, in.N) //!2
	return errors.New("$Wa")
}
//: call 1 n=6..9 expect="makeslice: len out of range"
$P.$Fa(in)
//: call 2 n=1..5 expect="makeslice: len out of range"
$P.$Fa(in)
""",
    ),
)

_TWO_DEEP: Final = (
    Template(
        "loader_row",
        kind="asks for a row that is not there, through two helpers",
        copies=3,
        base="""
//: code a
// $Fa joins two rows.
func $Fa(in @in.Input) error {
	$va := @store.Open(in.S)
	//+
	$vb := @loader.Row($va, in.ID*2+1)
	//+
	$vc := @loader.Row($va, in.ID*2) //!1
	if $vb == $vc {
		return errors.New("$Wa")
	}
	return nil
}
//: call 1 expect="has no row"
$P.$Fa(in)
""",
        variants={
            "extract": """
//: code a
// $Fa joins two rows.
func $Fa(in @in.Input) error {
	$va := @store.Open(in.S)
	if @loader.Row($va, in.ID*2+1) == $fa($va, in) {
		return errors.New("$Wa")
	}
	return nil
}
//: code b
func $fa(from *@store.Conn, in @in.Input) *@store.Rows {
	//+
	return @loader.Row(from, in.ID*2) //!1
}
"""
        },
    ),
    Template(
        "loader_each",
        kind="a function that is handed to a helper",
        copies=3,
        base="""
//: code a
// $Fa sums up.
func $Fa(in @in.Input) error {
	$va := map[string][]int{in.S: in.Items}
	if in.N > 9 {
		$va["$Sa"] = in.Items
	}
	//+c
	$vb := @loader.Both(in.S, "$Sa", func(key string) int {
		//+
		return $va[key][0] //!1
	})
	//+
	$vb += @loader.Both(1, in.N-70, func(k int) int {
		return in.Items[k] //!2
	})
	return fmt.Errorf("$Wa %d", $vb)
}
//: call 1 n=2..9 expect="index out of range"
$P.$Fa(in)
//: call 2 n=10..60 expect="index out of range"
$P.$Fa(in)
""",
    ),
)

_STANDARD: Final = (
    Template(
        "std_repeat",
        kind="strings.Repeat with a negative count",
        copies=3,
        base="""
//: code a
// $Fa pads.
func $Fa(in @in.Input) error {
	//+
	$va := strings.Repeat("-", 3) + in.S + strings.Repeat(" ", in.N-len(in.S)) //!1
	return fmt.Errorf("$Wa [%s]", $va)
}
//: call 1 n=0..3 expect="negative Repeat count"
$P.$Fa(in)
""",
        variants={
            "helper": """
//: code a
// $Fa pads.
func $Fa(in @in.Input) error {
	//+
	return fmt.Errorf("$Wa [%s]", $fa(in.S, in.N))
}

func $fa(text string, width int) string {
	//+
	return strings.Repeat("-", 3) + text + strings.Repeat(" ", width-len(text)) //!1
}
"""
        },
    ),
    Template(
        "std_ticker",
        kind="a ticker without a period",
        copies=2,
        base="""
//: code a
// $Fa polls.
func $Fa(in @in.Input) error {
	//+
	$va := time.NewTicker(time.Duration(in.N-5) * time.Second) //!1
	defer $va.Stop()
	return errors.New("$Wa")
}
//: call 1 n=0..5 expect="non-positive interval"
$P.$Fa(in)
""",
    ),
    Template(
        "std_sort",
        kind="a comparison that looks at the wrong slice",
        copies=2,
        base="""
//: code a
// $Fa orders.
func $Fa(in @in.Input) error {
	$va := append([]int(nil), in.Items...)
	$vb := in.Items[:2]
	//+c
	sort.Slice($va, func(i, j int) bool {
		//+
		return $vb[i] < $vb[j] //!1
	})
	return fmt.Errorf("$Wa %d", $va[0])
}
//: call 1 n=6..30 expect="index out of range"
$P.$Fa(in)
""",
        variants={
            "type": """
//: code t
type $ta struct{ $aa, $ab []int }

func (t $ta) Len() int      { return len(t.$aa) }
func (t $ta) Swap(i, j int) { t.$aa[i], t.$aa[j] = t.$aa[j], t.$aa[i] }
func (t $ta) Less(i, j int) bool {
	//+
	return t.$ab[i] < t.$ab[j] //!1
}
//: code a
// $Fa orders.
func $Fa(in @in.Input) error {
	$va := $ta{append([]int(nil), in.Items...), in.Items[:2]}
	//+
	sort.Sort($va)
	return fmt.Errorf("$Wa %d", $va.$aa[0])
}
"""
        },
    ),
    Template(
        "std_heap",
        kind="pops an empty heap",
        copies=2,
        base="""
//: code t
type $ta []int

func (t $ta) Len() int           { return len(t) }
func (t $ta) Less(i, j int) bool { return t[i] < t[j] }
func (t $ta) Swap(i, j int)      { t[i], t[j] = t[j], t[i] }
func (t *$ta) Push(x any)        { *t = append(*t, x.(int)) }
func (t *$ta) Pop() any {
	old := *t
	last := old[len(old)-1]
	*t = old[:len(old)-1]
	return last
}
//: code a
// $Fa serves by urgency.
func $Fa(in @in.Input) error {
	$va := &$ta{}
	for _, item := range in.Items {
		heap.Push($va, item)
	}
	//+
	for k := 0; k <= in.N; k++ {
		_ = heap.Pop($va) //!1
	}
	return errors.New("$Wa")
}
//: call 1 n=0..9 expect="index out of range"
$P.$Fa(in)
""",
    ),
    Template(
        "std_counter",
        kind="a wait group below zero, a lock that is not held",
        copies=2,
        base="""
//: code t
type $ta struct {
	$aa sync.WaitGroup
	$ab sync.Mutex
}
//: code a
// $Fa counts down.
func $Fa(in @in.Input) error {
	t := &$ta{}
	t.$aa.Add(1)
	t.$aa.Done()
	//+
	if in.N > 5 {
		t.$ab.Unlock() //!1
	}
	t.$aa.Done() //!2
	return errors.New("$Wa")
}
//: call 1 n=6..9 expect="unlock of unlocked mutex" routes=fatal
$P.$Fa(in)
//: call 2 n=1..5 expect="negative WaitGroup counter" routes=fatal
$P.$Fa(in)
""",
    ),
    Template(
        "std_log",
        kind="log.Panicf",
        copies=2,
        base="""
//: code a
// $Fa insists.
func $Fa(in @in.Input) error {
	//+
	if in.ID > 0 {
		log.Panicf("$Wa %s: have %d, want %d", in.S, in.ID, in.N) //!1
	}
	return nil
}
//: call 1 n=1..9 expect="have .* want"
$P.$Fa(in)
""",
    ),
    Template(
        "std_buffer",
        kind="a buffer that is cut, and one that is read before it is filled",
        base="""
//: code a
// $Fa frames.
func $Fa(in @in.Input) error {
	var $va bytes.Buffer
	$va.WriteString(in.S)
	//+
	if in.N > 5 {
		$va.Truncate(in.N * 20) //!1
	}
	$vb := binary.BigEndian.Uint64($va.Bytes()[:in.N]) //!2
	return fmt.Errorf("$Wa %d", $vb)
}
//: call 1 n=6..9 expect="truncation out of range"
$P.$Fa(in)
//: call 2 n=1..5 expect="index out of range"
$P.$Fa(in)
""",
    ),
)

_CROWDED: Final = (
    Template(
        "switchboard",
        kind="the same statement four times in one function",
        copies=2,
        base="""
//: code t
type $ta struct {
	$aa *$ta
	$ab int
}
//: code a
// $Fa decides.
func $Fa(in @in.Input) error {
	t, $va := &$ta{}, 0
	//+
	switch in.N {
	case 1:
		$va += t.$aa.$ab //!1
	case 2:
		//+
		t.$aa = &$ta{}
		$va += t.$aa.$aa.$ab //!2
	case 3:
		$va -= in.ID
		$va += t.$aa.$ab //!3
	default:
		//+
		$va += in.N
		$va += t.$aa.$ab //!4
	}
	return fmt.Errorf("$Wa %d", $va)
}
//: call 1 n=1 expect="nil pointer"
$P.$Fa(in)
//: call 2 n=2 expect="nil pointer"
$P.$Fa(in)
//: call 3 n=3 expect="nil pointer"
$P.$Fa(in)
//: call 4 n=4..9 expect="nil pointer"
$P.$Fa(in)
""",
        variants={
            "split": """
//: code t
type $ta struct {
	$aa *$ta
	$ab int
}
//: code a
// $Fa decides.
func $Fa(in @in.Input) error {
	t, $va := &$ta{}, 0
	//+
	switch in.N {
	case 1:
		$va += t.$aa.$ab //!1
	case 2:
		t.$aa = &$ta{}
		$va += t.$aa.$aa.$ab //!2
	default:
		$va = t.$ma(in)
	}
	return fmt.Errorf("$Wa %d", $va)
}
//: code b
func (t *$ta) $ma(in @in.Input) int {
	$va := 0
	//+
	if in.N == 3 {
		$va -= in.ID
		$va += t.$aa.$ab //!3
		return $va
	}
	$va += in.N
	//+
	$va += t.$aa.$ab //!4
	return $va
}
"""
        },
    ),
    Template(
        "ledger_math",
        kind="divisions and conversions in one function",
        copies=2,
        base="""
//: code a
// $Fa spreads.
func $Fa(in @in.Input) error {
	$va, $vb := in.N%10, in.N/10
	//+
	$vc := in.ID / $va //!1
	$vd := in.ID % $vb //!2
	$ve := [64]int(in.Items) //!3
	//+
	return fmt.Errorf("$Wa %d", $vc+$vd+$ve[0])
}
//: call 1 n=20 expect="divide by zero"
$P.$Fa(in)
//: call 2 n=1..9 expect="divide by zero"
$P.$Fa(in)
//: call 3 n=11..19 expect="slice with length"
$P.$Fa(in)
""",
    ),
    Template(
        "hooks",
        kind="functions and interfaces that are nil",
        copies=2,
        base="""
//: code t
type $ta struct {
	$aa func(int) int
	$ab fmt.Stringer
	$ac error
}
//: code a
// $Fa calls back.
func $Fa(in @in.Input) error {
	t := $ta{}
	//+
	if in.N < 4 {
		return fmt.Errorf("$Wa %d", t.$aa(in.ID)) //!1
	}
	if in.N < 7 {
		return errors.New(t.$ab.String()) //!2
	}
	//+
	return errors.New("$Wa: " + t.$ac.Error()) //!3
}
//: call 1 n=1..3 expect="nil pointer"
$P.$Fa(in)
//: call 2 n=4..6 expect="nil pointer"
$P.$Fa(in)
//: call 3 n=7..9 expect="nil pointer"
$P.$Fa(in)
""",
        variants={
            "pointer": """
//: code t
type $ta struct {
	$aa func(int) int
	$ab fmt.Stringer
	$ac error
}

func (t *$ta) $ma(in @in.Input) error {
	if in.N < 4 {
		return fmt.Errorf("$Wa %d", t.$aa(in.ID)) //!1
	}
	//+
	if in.N < 7 {
		return errors.New(t.$ab.String()) //!2
	}
	return errors.New("$Wa: " + t.$ac.Error()) //!3
}
//: code a
// $Fa calls back.
func $Fa(in @in.Input) error {
	//+
	return new($ta).$ma(in)
}
"""
        },
    ),
    Template(
        "receiver",
        kind="a method that becomes one of the pointer, then a function",
        copies=2,
        base="""
//: code t
type $ta struct {
	$aa []int
	$ab map[string][]int
}

func (t $ta) $ma(key string, k int) int {
	//+
	return t.$ab[key][k] + t.$aa[0] //!1
}
//: code a
// $Fa reads a cell.
func $Fa(in @in.Input) error {
	t := $ta{in.Items, map[string][]int{in.S: {1, 2}}}
	//+
	return fmt.Errorf("$Wa %d", t.$ma(in.S, in.N))
}
//: call 1 n=2..9 expect="index out of range"
$P.$Fa(in)
//: call 1 n=0 expect="index out of range"
$P.$Fa(in)
""",
        variants={
            "pointer": """
//: code t
type $ta struct {
	$aa []int
	$ab map[string][]int
}

func (t *$ta) $ma(key string, k int) int {
	//+
	return t.$ab[key][k] + t.$aa[0] //!1
}
//: code a
// $Fa reads a cell.
func $Fa(in @in.Input) error {
	t := &$ta{$ab: map[string][]int{in.S: {1, 2}}, $aa: in.Items}
	return fmt.Errorf("$Wa %d", t.$ma(in.S, in.N))
}
""",
            "function": """
//: code t
func $fa(a []int, b map[string][]int, key string, k int) int {
	//+
	return b[key][k] + a[0] //!1
}
//: code a
// $Fa reads a cell.
func $Fa(in @in.Input) error {
	//+
	return fmt.Errorf("$Wa %d", $fa(in.Items, map[string][]int{in.S: {1, 2}}, in.S, in.N))
}
""",
            "inlined": """
//: code a
// $Fa reads a cell.
func $Fa(in @in.Input) error {
	a, b := in.Items, map[string][]int{in.S: {1, 2}}
	//+
	$va := b[in.S][in.N] + a[0] //!1
	return fmt.Errorf("$Wa %d", $va)
}
""",
        },
    ),
    Template(
        "embedded",
        kind="a promoted method of nothing, and a value method by a nil pointer",
        copies=2,
        base="""
//: code t
type $ta struct{ $aa, $ab int }

func (t $ta) $Ma() int { return t.$aa - t.$ab }

type $tb struct{ *$ta }

type $tc interface{ $Ma() int }

func $fa(what $tc) int {
	//+
	return what.$Ma() //!1,2
}
//: code a
// $Fa measures.
func $Fa(in @in.Input) error {
	if in.N > 5 {
		var $va *$ta
		//+
		return fmt.Errorf("$Wa %d", $fa($va)) //!1
	}
	return fmt.Errorf("$Wb %d", $fa($tb{})) //!2
}
//: call 1 n=6..9 expect="value method|nil pointer"
$P.$Fa(in)
//: call 2 n=1..5 expect="nil pointer"
$P.$Fa(in)
""",
    ),
    Template(
        "custom_error",
        kind="panics with types of its own",
        copies=3,
        base="""
//: code t
// $Ta is what went wrong.
type $Ta struct {
	Code int
	Zone string
}

func (e *$Ta) Error() string { return fmt.Sprintf("$Wa %d in %q (attempt %d)", e.Code, e.Zone, e.Code%5) }

type $tb struct {
	$aa int
	$ab string
}
//: code a
// $Fa gives up.
func $Fa(in @in.Input) error {
	//+
	if in.N > 5 {
		panic(&$Ta{in.ID, in.S}) //!1
	}
	if in.ID > 0 {
		panic($tb{in.ID, in.S}) //!2
	}
	return nil
}
//: call 1 n=6..9 expect="in .{1,3}[a-z]+-[a-z]+.{1,3} .attempt"
$P.$Fa(in)
//: call 2 n=1..5
$P.$Fa(in)
""",
    ),
    Template(
        "tree",
        kind="a recursion that ends at different depths",
        copies=2,
        base="""
//: code t
type $ta struct {
	$aa, $ab *$ta
	$ac      []int
}

func $fb(n int) *$ta {
	if n == 0 {
		return &$ta{}
	}
	return &$ta{$aa: $fb(n - 1), $ac: make([]int, n)}
}
//: code b
func $fa(t *$ta, n int) int {
	//+
	if n > 0 {
		return $fa(t.$aa, n-1) + 1
	}
	return t.$ac[len(t.$ac)] //!1
}
//: code a
// $Fa climbs.
func $Fa(in @in.Input) error {
	//+
	return fmt.Errorf("$Wa %d", $fa($fb(in.N+1), in.N))
}
//: call 1 n=1..30 expect="index out of range"
$P.$Fa(in)
""",
        variants={
            "method": """
//: code t
type $ta struct {
	$aa, $ab *$ta
	$ac      []int
}

func $fb(n int) *$ta {
	if n == 0 {
		return &$ta{}
	}
	return &$ta{$aa: $fb(n - 1), $ac: make([]int, n)}
}
//: code b
func (t *$ta) $ma(n int) int {
	if n > 0 {
		//+
		return t.$aa.$ma(n-1) + 1
	}
	return t.$ac[len(t.$ac)] //!1
}
//: code a
// $Fa climbs.
func $Fa(in @in.Input) error {
	return fmt.Errorf("$Wa %d", $fb(in.N+1).$ma(in.N))
}
"""
        },
    ),
    Template(
        "generic_type",
        kind="a generic type of the service itself",
        copies=2,
        base="""
//: code t
type $ta struct {
	$aa []int
	$ab int
}

func (t *$ta) $ma(item int) {
	//+
	t.$aa[t.$ab] = item //!1
	t.$ab++
}
//: code a
// $Fa fills.
func $Fa(in @in.Input) error {
	t := &$ta{$aa: make([]int, in.N)}
	for k := 0; k <= in.N; k++ {
		//+
		t.$ma(in.ID)
	}
	return errors.New("$Wa")
}
//: call 1 n=1..9 expect="index out of range"
$P.$Fa(in)
""",
        variants={
            "generic": """
//: code t
type $ta[T any] struct {
	$aa []T
	$ab int
}

func (t *$ta[T]) $ma(item T) {
	t.$aa[t.$ab] = item //!1
	//+
	t.$ab++
}
//: code a
// $Fa fills.
func $Fa(in @in.Input) error {
	t := &$ta[int]{$aa: make([]int, in.N)}
	//+
	for k := 0; k <= in.N; k++ {
		t.$ma(in.ID)
	}
	return errors.New("$Wa")
}
"""
        },
    ),
)

_WRONG_HELPERS: Final = (
    Template(
        "cache_nil",
        kind="a cache whose constructor forgets a map",
        packages=("cache", "memo"),
        across=4,
        base="""
//: code cache
// Cache keeps.
type Cache[K comparable, V any] struct {
	kept map[K]V
	used map[K]int
}

// New makes one.
func New[K comparable, V any](size int) *Cache[K, V] {
	return &Cache[K, V]{kept: make(map[K]V, size)}
}

// Put keeps.
func (c *Cache[K, V]) Put(key K, value V) {
	//+
	c.kept[key] = value
	c.used[key]++ //!1
}
//: code b @1
// $Fb keeps numbers.
func $Fb(in @in.Input) error {
	$va := $P.New[int, int](in.N)
	//+
	$va.Put(in.ID, in.N)
	return errors.New("$Wa")
}
//: code c @2
// $Fc keeps texts.
func $Fc(in @in.Input) error {
	$vb := $P.New[string, []int](in.N)
	for k := range in.Items {
		//+
		$vb.Put(in.S, in.Items[k:])
	}
	return errors.New("$Wb")
}
//: code d @3
var $ga = $P.New[int, string](9)

// $Fd keeps for all.
func $Fd(in @in.Input) error {
	//+
	$ga.Put(in.N, in.S)
	return nil
}
//: call 1 n=1..9 expect="nil map"
$P1.$Fb(in)
//: call 1 n=1..9 expect="nil map"
$P2.$Fc(in)
//: call 1 n=1..9 expect="nil map"
$P3.$Fd(in)
""",
    ),
    Template(
        "varint",
        kind="a decoder reads past the end",
        packages=("varint", "packed"),
        across=3,
        base="""
//: code decode
// Read reads a number of seven bits a byte.
func Read(data []byte) (value uint64, used int) {
	//+
	for {
		b := data[used] //!1
		value = value<<7 | uint64(b&0x7f)
		used++
		if b < 0x80 {
			return value, used
		}
	}
}

// All reads all.
func All(data []byte) []uint64 {
	var values []uint64
	for len(data) > 0 {
		//+
		value, used := Read(data)
		values = append(values, value)
		data = data[used:]
	}
	return values
}
//: code b @1
// $Fb reads a header.
func $Fb(in @in.Input) error {
	$va := bytes.Repeat([]byte{0x80 + byte(in.N)}, in.N)
	//+
	$vb, _ := $P.Read($va)
	return fmt.Errorf("$Wa %d", $vb)
}
//: code c @2
// $Fc reads a body.
func $Fc(in @in.Input) error {
	$va := append([]byte(in.S), 0x81)
	//+
	return fmt.Errorf("$Wb %d", len($P.All($va)))
}
//: call 1 n=1..9 expect="index out of range"
$P1.$Fb(in)
//: call 1 expect="index out of range"
$P2.$Fc(in)
""",
        variants={
            "reader": """
//: code decode
type reader struct {
	data []byte
	at   int
}

func (r *reader) next() byte {
	//+
	b := r.data[r.at] //!1
	r.at++
	return b
}

// Read reads a number of seven bits a byte.
func Read(data []byte) (uint64, int) {
	r := &reader{data: data}
	value := uint64(0)
	for {
		b := r.next()
		//+
		value = value<<7 | uint64(b&0x7f)
		if b < 0x80 {
			return value, r.at
		}
	}
}

// All reads all.
func All(data []byte) []uint64 {
	var values []uint64
	for len(data) > 0 {
		value, used := Read(data)
		values = append(values, value)
		data = data[used:]
	}
	return values
}
//: code b @1
// $Fb reads a header.
func $Fb(in @in.Input) error {
	$va := bytes.Repeat([]byte{0x80 + byte(in.N)}, in.N)
	$vb, _ := $P.Read($va)
	return fmt.Errorf("$Wa %d", $vb)
}
//: code c @2
// $Fc reads a body.
func $Fc(in @in.Input) error {
	//+
	$va := append([]byte(in.S), 0x81)
	return fmt.Errorf("$Wb %d", len($P.All($va)))
}
"""
        },
    ),
    Template(
        "batcher",
        kind="a batch closes its channel twice",
        packages=("batcher", "bulk"),
        across=3,
        base="""
//: code batcher
// Batch collects.
type Batch struct {
	out  chan int
	size int
	had  int
}

// New makes one.
func New(size int) *Batch { return &Batch{out: make(chan int, 100), size: size} }

// Add adds.
func (b *Batch) Add(item int) {
	b.had++
	if b.had >= b.size {
		//+
		b.flush()
	}
}

func (b *Batch) flush() {
	//+
	close(b.out) //!1
}
//: code b @1
// $Fb sends all.
func $Fb(in @in.Input) error {
	$va := $P.New(in.N)
	for k := 0; k <= in.N; k++ {
		//+
		$va.Add(k)
	}
	return errors.New("$Wa")
}
//: code c @2
// $Fc sends in the background.
func $Fc(in @in.Input) error {
	$va := $P.New(1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for k := range in.Items {
			//+
			$va.Add(k)
		}
	}()
	<-done
	return errors.New("$Wb")
}
//: call 1 n=2..9 expect="close of closed channel"
$P1.$Fb(in)
//: call 1 n=2..9 expect="close of closed channel" routes=fatal
$P2.$Fc(in)
""",
    ),
    Template(
        "cause",
        kind="a wrapper of errors fails on errors without a cause",
        packages=("causes", "fail"),
        across=4,
        base="""
//: code causes
// Root is the innermost cause.
func Root(err error) string {
	for {
		inner := errors.Unwrap(err)
		//+
		if inner.Error() == "EOF" { //!1
			return "end"
		}
		err = inner
	}
}
//: code b @1
// $Fb explains.
func $Fb(in @in.Input) error {
	//+
	return errors.New($P.Root(fmt.Errorf("$Wa %d", in.ID)))
}
//: code c @2
// $Fc explains more.
func $Fc(in @in.Input) error {
	$va := fmt.Errorf("$Wb %s: %w", in.S, io.ErrUnexpectedEOF)
	//+
	return errors.New($P.Root($va))
}
//: code d @3
// $Fd tries.
func $Fd(in @in.Input) error {
	if _, err := strconv.Atoi(in.S); err != nil {
		return errors.New($P.Root(err))
	}
	return nil
}
//: call 1 expect="nil pointer"
$P1.$Fb(in)
//: call 1 expect="nil pointer"
$P2.$Fc(in)
//: call 1 expect="nil pointer"
$P3.$Fd(in)
""",
        variants={
            "recursive": """
//: code causes
// Root is the innermost cause.
func Root(err error) string {
	inner := errors.Unwrap(err)
	//+
	if inner.Error() == "EOF" { //!1
		return "end"
	}
	return Root(inner)
}
//: code b @1
// $Fb explains.
func $Fb(in @in.Input) error {
	return errors.New($P.Root(fmt.Errorf("$Wa %d", in.ID)))
}
//: code c @2
// $Fc explains more.
func $Fc(in @in.Input) error {
	$va := fmt.Errorf("$Wb %s: %w", in.S, io.ErrUnexpectedEOF)
	//+
	return errors.New($P.Root($va))
}
//: code d @3
// $Fd tries.
func $Fd(in @in.Input) error {
	//+
	if _, err := strconv.Atoi(in.S); err != nil {
		return errors.New($P.Root(err))
	}
	return nil
}
"""
        },
    ),
    Template(
        "median",
        kind="a median of two halves, wrong for even counts",
        packages=("median", "quantile"),
        across=4,
        kit=True,
        base="""
//: code median
// Of is the median.
func Of(items []int) int {
	sorted := append([]int(nil), items...)
	sort.Ints(sorted)
	//+
	middle := len(sorted)/2 + len(sorted)%2
	rest := sorted[middle:]
	return rest[len(rest)/2+len(sorted)/2] //!1
}
//: code b @1
// $Fb levels.
func $Fb(in @in.Input) error {
	//+
	return fmt.Errorf("$Wa %d", $P.Of(in.Items))
}
//: code c @2
// $Fc levels twice.
func $Fc(in @in.Input) error {
	$va := append(in.Items, in.ID)
	//+
	return fmt.Errorf("$Wb %d", $P.Of($va)-in.N)
}
//: code d @3
// $Fd levels by letter.
func $Fd(in @in.Input) error {
	var $va []int
	for _, $vb := range in.S {
		$va = append($va, int($vb))
	}
	if $P.Of($va) > 'm' {
		return errors.New("$Wa")
	}
	return nil
}
//: call 1 n=2..9 expect="index out of range"
$P1.$Fb(in)
//: call 1 n=2..9 expect="index out of range"
$P2.$Fc(in)
//: call 1 expect="index out of range"
$P3.$Fd(in)
""",
    ),
)
TEMPLATES: Final = (*_CALLERS, *_TWO_DEEP, *_STANDARD, *_CROWDED, *_WRONG_HELPERS)
