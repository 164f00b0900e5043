"""Third kept-aside set, category d: dependencies."""

from __future__ import annotations

from typing import Final

from benchmarks.suspects.notation import Template

_REUSED: Final = """
//: dep rows 1
// Reader reads rows of two values.
type Reader struct {
	values []int
}

// New reads values.
func New(values []int) *Reader { return &Reader{values: values} }

// Next is the next row; false where there is none.
func (r *Reader) Next() ([]int, bool) {
	if len(r.values) < 2 {
		return nil, false
	}
	row := []int{r.values[0], r.values[1]}
	r.values = r.values[2:]
	return row, true
}
//: dep rows 2
// Reader reads rows of two values.
type Reader struct {
	values []int
	row    [2]int
}

// New reads values.
func New(values []int) *Reader { return &Reader{values: values} }

// Next is the next row; false where there is none. A row is good until Next is called again.
func (r *Reader) Next() ([]int, bool) {
	if len(r.values) < 2 {
		return nil, false
	}
	copy(r.row[:], r.values)
	r.values = r.values[2:]
	return r.row[:], true
}
//: piece entry
// $H computes rates of counters.
func $H(@in @T) error {
	$va := $fa(@list)
	//+
	@emit("$Sa", fmt.Sprint($fb($va), @n))
	return nil
}
//: piece collect
func $fa($vb []int) [][]int {
	$vc := %rows.New($vb)
	var $vd [][]int
	for {
		$ve, ok := $vc.Next()
		if !ok {
			return $vd
		}
		//+
		$vd = append($vd, $ve)
	}
}
//: piece rates
// $fb are rates between rows of time and count.
func $fb($vf [][]int) []int {
	var $vg []int
	for i := 1; i < len($vf); i++ {
		$vh := $vf[i][0] - $vf[i-1][0]
		//+
		$vg = append($vg, $vf[i][1]*$ca/$vh)
	}
	return $vg
}

const $ca = 60
//: input crash list=1,5,3,6
//: input good list=1,5
//: expect integer divide by zero
//: step near tune: rates by hour
@@ rates
-const $ca = 60
+const $ca = 3600
//: step near perf: room for some rows
@@ collect
-	var $vd [][]int
+	$vd := make([][]int, 0, 4)
//: step guilty deps: bump
@@ dep rows 2
"""

_BUS: Final = """
//: dep bus 1
// Bus passes values on.
type Bus struct {
	handlers []func(int)
}

// On adds a handler.
func (b *Bus) On(handler func(int)) { b.handlers = append(b.handlers, handler) }

// Emit calls all handlers.
func (b *Bus) Emit(value int) {
	for _, handler := range b.handlers {
		handler(value)
	}
}
//: dep bus 2
import "sync"

// Bus passes values on. It may be used by many at a time.
type Bus struct {
	lock     sync.Mutex
	handlers []func(int)
}

// On adds a handler.
func (b *Bus) On(handler func(int)) {
	b.lock.Lock()
	defer b.lock.Unlock()
	b.handlers = append(b.handlers, handler)
}

// Emit calls all handlers.
func (b *Bus) Emit(value int) {
	b.lock.Lock()
	defer b.lock.Unlock()
	for _, handler := range b.handlers {
		handler(value)
	}
}
//: piece entry
// $H passes values on.
func $H(@in @T) error {
	$va, $vb := $fa()
	for _, x := range @list {
		//+
		$va.Emit(x)
	}
	@emit("$Sa", *$vb+@n)
	return nil
}
//: piece cascade
// $fa adds values up; a large one has a smaller one behind it.
func $fa() (*%bus.Bus, *int) {
	$vc, $vd := new(%bus.Bus), new(int)
	$vc.On(func(x int) {
		//+
		*$vd += x * $ca
		if x > 9 {
			$vc.Emit(x / 10)
		}
	})
	return $vc, $vd
}

const $ca = 1
//: input crash list=4,25
//: input good list=4,5
//: expect all goroutines are asleep
//: step near tune: another weight
@@ cascade
-const $ca = 1
+const $ca = $Da
//: step near docs: a remark
@@ entry
-	$va, $vb := $fa()
+	// one bus for each request
+	$va, $vb := $fa()
//: step guilty deps: bump
@@ dep bus 2
"""

_FLOATS: Final = """
//: dep pairs 1
// Decode reads "key-value.key-value"; what looks like a number is an int.
func Decode(text string) map[string]any {
	found := map[string]any{}
	for _, pair := range strings.Split(text, ".") {
		key, value, _ := strings.Cut(pair, "-")
		found[key] = valueOf(value)
	}
	return found
}

func valueOf(text string) any {
	number, digits := 0, text != ""
	for _, r := range text {
		digits = digits && r >= '0' && r <= '9'
		number = number*10 + int(r-'0')
	}
	if digits {
		return number
	}
	return text
}
//: dep pairs 2
// Decode reads "key-value.key-value"; numbers may have a fraction behind a low line.
func Decode(text string) map[string]any {
	found := map[string]any{}
	for _, pair := range strings.Split(text, ".") {
		key, value, _ := strings.Cut(pair, "-")
		found[key] = valueOf(value)
	}
	return found
}

func valueOf(text string) any {
	whole, fraction, _ := strings.Cut(text, "_")
	number, scale := 0.0, 1.0
	for i, r := range whole + fraction {
		if r < '0' || r > '9' {
			return text
		}
		number = number*10 + float64(r-'0')
		if i >= len(whole) {
			scale *= 10
		}
	}
	if text == "" {
		return text
	}
	return number / scale
}
//: piece entry
// $H reads settings of a client.
func $H(@in @T) error {
	$va := %pairs.Decode(@s)
	//+
	@emit("$Sa", $fa($va)+@n)
	return nil
}
//: piece size
// $fa is how much a client wants at a time.
func $fa($vb map[string]any) int {
	$vc, ok := $vb["size"]
	if !ok {
		return $ca
	}
	//+
	return min($vc.(int), 10*$ca)
}

const $ca = 20
//: input crash s=size-5
//: input good
//: expect interface conversion: interface .. is float64, not int
//: step near tune: more at a time
@@ size
-const $ca = 20
+const $ca = 50
//: step near docs: a remark
@@ entry
-	$va := %pairs.Decode(@s)
+	// clients send pairs
+	$va := %pairs.Decode(@s)
//: step guilty deps: bump
@@ dep pairs 2
"""

_ATTEMPTS: Final = """
//: dep retry 1
// Do tries until it works; attempts count from zero.
func Do(most int, try func(attempt int) bool) bool {
	for attempt := 0; attempt < most; attempt++ {
		if try(attempt) {
			return true
		}
	}
	return false
}
//: dep retry 2
// Policy says how often something is tried.
type Policy struct {
	Most int
}

// Do tries until it works; attempts count from one.
func Do(most int, try func(attempt int) bool) bool {
	return Policy{most}.Do(try)
}

// Do tries until it works; attempts count from one.
func (p Policy) Do(try func(attempt int) bool) bool {
	for attempt := 1; attempt <= p.Most; attempt++ {
		if try(attempt) {
			return true
		}
	}
	return false
}
//: piece entry
// $H finds a host that has room.
func $H(@in @T) error {
	$va, ok := $fa(@list, @n)
	//+
	if !ok {
		return @fail("no host has room")
	}
	@emit("$Sa", $va)
	return nil
}
//: piece hosts
func $fa($vb []int, $vc int) (int, bool) {
	$vd := 0
	ok := %retry.Do(len($vb), func(i int) bool {
		//+
		$vd = $vb[i]
		return $vd > $vc
	})
	return $vd, ok
}
//: input crash n=5 list=1,2
//: input good n=5 list=7,9
//: expect index out of range .2. with length 2
//: step near i18n: a better word
@@ entry
-		return @fail("no host has room")
+		return @fail("all hosts are full")
//: step near refactor: ask for the other side
@@ hosts
-		return $vd > $vc
+		return $vc < $vd
//: step guilty deps: bump
@@ dep retry 2
"""

TEMPLATES: Final = (
    Template("dep-reused", "d", _REUSED),
    Template("dep-bus", "d", _BUS),
    Template("dep-floats", "d", _FLOATS),
    Template("dep-attempts", "d", _ATTEMPTS),
)
