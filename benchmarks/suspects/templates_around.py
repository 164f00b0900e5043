"""Open templates, categories b (the caller changed) and c (what it calls or shares changed, off the stack)."""

from __future__ import annotations

from typing import Final

from benchmarks.suspects.notation import Template

_EMPTY_GROUP: Final = """
//: piece entry
// $H averages groups of values.
func $H(@in @T) error {
	$va := map[bool][]int{}
	for _, x := range @list {
		$va[x > 10] = append($va[x > 10], x)
	}
	//+
	for $vb := range $va {
		@emit("$Sa", $Fa($va[$vb]))
	}
	return nil
}
//: piece mean
// $Fa is the mean of a group that has members.
func $Fa($vc []int) int {
	$vd := 0
	for _, x := range $vc {
		$vd += x
	}
	//+
	return $vd / len($vc)
}
//: input crash list=1,2
//: input good list=1,2,30
//: expect integer divide by zero
//: step near refactor: add up backwards
@@ mean
-	for _, x := range $vc {
-		$vd += x
-	}
+	for i := len($vc) - 1; i >= 0; i-- {
+		$vd += $vc[i]
+	}
//: step guilty feat: always show both groups, in order
@@ entry
-	for $vb := range $va {
+	for _, $vb := range []bool{false, true} {
"""

_NIL_OPTIONS: Final = """
//: piece entry
// $H renders a text within bounds.
func $H(@in @T) error {
	$va := &$Ta{$Aa: 10 + @n}
	//+
	@emit("$Sa", $Fa(@s, $va))
	return nil
}
//: piece options
// $Ta says how to render.
type $Ta struct {
	$Aa int
	$Ab bool
}
//: piece render
// $Fa renders a text.
func $Fa($vb string, $vc *$Ta) string {
	//+
	$vd := $vb
	if len($vd) > $ca {
		$vd = $vd[:$ca]
	}
	return $fb($vd, $vc)
}

const $ca = 200

func $fb($ve string, $vf *$Ta) string {
	//+
	if len($ve) > $vf.$Aa {
		return $ve[:$vf.$Aa] + "..."
	}
	return $ve
}
//: input crash n=0 s=short
//: input good n=3 s=short
//: expect nil pointer dereference
//: step near feat: longer texts
@@ render
-const $ca = 200
+const $ca = 400
//: step near docs: what the second option will do
@@ options
-	$Ab bool
+	// $Ab: reserved for quoting.
+	$Ab bool
//: step guilty perf: no options where none are asked for
@@ entry
-	$va := &$Ta{$Aa: 10 + @n}
+	var $va *$Ta
+	if @n > 0 {
+		$va = &$Ta{$Aa: 10 + @n}
+	}
"""

_RAW_OFFSET: Final = """
//: piece entry
// $H shows one page.
func $H(@in @T) error {
	//+
	$va := $P1.$Fb(@n, len(@list))
	for _, x := range $Fa(@list, $va, 3) {
		@emit("$Sa", x)
	}
	return nil
}
//: piece page
// $Fa is a page that begins at an offset.
func $Fa($vb []int, $vc, $vd int) []int {
	//+
	$ve := $vb[$vc:]
	if len($ve) > $vd {
		$ve = $ve[:$vd]
	}
	return $ve
}
//: piece bound @1
// $Fb is a number between zero and a bound.
func $Fb($vf, $vg int) int {
	//+
	return max(0, min($vf, $vg))
}
//: input crash n=9 list=1,2,3
//: input good n=1 list=1,2,3
//: expect slice bounds out of range
//: step near feat: larger pages
@@ entry
-	for _, x := range $Fa(@list, $va, 3) {
+	for _, x := range $Fa(@list, $va, 5) {
//: step near refactor: one expression for the rest
@@ page
-	if len($ve) > $vd {
-		$ve = $ve[:$vd]
-	}
-	return $ve
+	return $ve[:min(len($ve), $vd)]
//: step guilty feat: offsets count from one
@@ entry
-	$va := $P1.$Fb(@n, len(@list))
+	$va := max(@n, 1) - 1
"""

_ORDER: Final = """
//: piece entry
// $H counts names.
func $H(@in @T) error {
	var $va $Ta
	//+
	$va.$Ma()
	$va.$Mb(@s)
	for i := range @list {
		$va.$Mb(@s + strconv.Itoa(i))
	}
	@emit("$Sa", len($va.$aa))
	return nil
}
//: piece counter
// $Ta counts; $Ma comes before $Mb.
type $Ta struct {
	$aa map[string]int
	$ab int
}

// $Ma makes room.
func (x *$Ta) $Ma() {
	//+
	x.$aa = map[string]int{}
}
//: piece adding
// $Mb counts one more.
func (x *$Ta) $Mb($vb string) {
	x.$ab++
	//+
	x.$aa[$vb]++
}
//: input crash s=alone
//: input good s=many list=1
//: expect assignment to entry in nil map
//: step near refactor: count first, then note
@@ adding
-	x.$ab++
+	x.$ab += 1
//: step guilty perf: make room only for several
@@ entry
-	$va.$Ma()
-	$va.$Mb(@s)
+	if len(@list) > 0 {
+		$va.$Ma()
+	}
+	$va.$Mb(@s)
"""

_KIND: Final = """
//: piece entry
// $H converts a number.
func $H(@in @T) error {
	$va := "$Sb"
	if @n > 100 {
		$va = "$Sc"
	}
	//+
	@emit("$Sa", $Fa($va, @n))
	return nil
}
//: piece convert
// $Fa converts by a rule that is known.
func $Fa($vb string, $vc int) int {
	//+
	$vd := $ga[$vb]
	return $vd.$aa(*$vd.$ab + $vc)
}
//: piece rules
type $ta struct {
	$aa func(int) int
	$ab *int
}

var $gb = $Da

var $ga = map[string]$ta{
	"$Sb": {func(x int) int { return x * 2 }, &$gb},
	"$Sc": {func(x int) int { return x / 2 }, &$gb},
}
//: input crash n=120
//: input good n=20
//: expect nil pointer dereference
//: step near feat: a rule for doubles
@@ rules
-	"$Sb": {func(x int) int { return x * 2 }, &$gb},
+	"$Sb": {func(x int) int { return x + x }, &$gb},
//: step guilty feat: large numbers have a rule of their own
@@ entry
-		$va = "$Sc"
+		$va = "$Sc.large"
"""

_SHIFTED: Final = """
//: piece entry
// $H compares each value with the one before.
func $H(@in @T) error {
	//+
	for i := 1; i < len(@list); i++ {
		@emit("$Sa", $Fa(@list, i))
	}
	if @n > 3 {
		@emit("$Sb", $fb(@list))
	}
	return nil
}
//: piece compare
// $Fa is how a value changed.
func $Fa($va []int, $vb int) string {
	//+
	$vc := $va[$vb] - $va[$vb-1]
	switch {
	case $vc > 0:
		return "up"
	case $vc < 0:
		return "down"
	}
	return "same"
}
//: piece spread
// $fb is how far values are apart.
func $fb($vd []int) int {
	if len($vd) == 0 {
		return 0
	}
	//+
	return slices.Max($vd) - slices.Min($vd)
}
//: input crash list=4,5
//: input good n=5
//: expect index out of range .-1.
//: step near feat: words for how it changed
@@ compare
-		return "up"
+		return "higher"
//: step guilty feat: say something of the first value, too
@@ entry
-	for i := 1; i < len(@list); i++ {
+	for i := range @list {
"""

_FIND_NIL: Final = """
//: piece entry
// $H shows who owns a number.
func $H(@in @T) error {
	$va := $P1.$Fa(@n)
	//+
	@emit("$Sa", $fb($va))
	return nil
}
//: piece label
func $fb($vb *$P1.$Ta) string {
	//+
	return $vb.$Aa + "/" + strconv.Itoa(len($vb.$Aa))
}
//: piece owners @1
// $Ta owns numbers.
type $Ta struct {
	$Aa string
}

var $ga = map[int]*$Ta{
	1: {"$Sb"},
	2: {"$Sc"},
}
//: piece find @1
// $Fa is the owner of a number.
func $Fa($vc int) *$Ta {
	//+
	if $vd, ok := $ga[$vc]; ok {
		return $vd
	}
	return &$Ta{$Aa: "nobody"}
}
//: input crash n=77
//: input good n=2
//: expect nil pointer dereference
//: step near feat: another owner
@@ owners
-	2: {"$Sc"},
+	2: {"$Sc"},
+	3: {"$Sd"},
//: step near feat: a shorter label
@@ label
-	return $vb.$Aa + "/" + strconv.Itoa(len($vb.$Aa))
+	return $vb.$Aa + ":" + strconv.Itoa(len($vb.$Aa))
//: step guilty refactor: plain look-up
@@ find
-	if $vd, ok := $ga[$vc]; ok {
-		return $vd
-	}
-	return &$Ta{$Aa: "nobody"}
+	return $ga[$vc]
"""

_PADDED: Final = """
//: piece entry
// $H reads an address of three parts.
func $H(@in @T) error {
	//+
	$va := $fb(@s)
	@emit("$Sa", $va)
	return nil
}
//: piece address
func $fb($vb string) string {
	$vc := $P1.$Fa($vb, 3)
	//+
	return $vc[2] + "." + $vc[0]
}
//: piece split @1
// $Fa splits at dashes.
func $Fa($vd string, $ve int) []string {
	$vf := strings.Split($vd, "-")
	//+
	for len($vf) < $ve {
		$vf = append($vf, "")
	}
	return $vf
}
//: piece join @1
// $Fb puts parts together.
func $Fb($vg []string) string {
	//+
	return strings.Join($vg, "-")
}
//: input crash s=a-b
//: input good s=a-b-c
//: expect index out of range .2. with length 2
//: step near feat: show parts the other way round
@@ address
-	return $vc[2] + "." + $vc[0]
+	return $vc[2] + "-" + $vc[0]
//: step near perf: join without a copy
@@ join
-	return strings.Join($vg, "-")
+	return strings.Join(slices.Clip($vg), "-")
//: step guilty perf: no padding, callers know what they need
@@ split
-	for len($vf) < $ve {
-		$vf = append($vf, "")
-	}
-	return $vf
+	return $vf[:min(len($vf), $ve)]
"""

_BOUND: Final = """
//: piece entry
// $H counts values by lane.
func $H(@in @T) error {
	$va := $P1.$Fa()
	for _, x := range @list {
		//+
		$fb($va, x)
	}
	@emit("$Sa", $va)
	return nil
}
//: piece lanes
func $fb($vb []int, $vc int) {
	$vd := $vc % $ca
	//+
	$vb[$vd]++
}

const $ca = 6
//: piece sizes @1
// $Ca is how many lanes there are at most.
const $Ca = 8

// $Cb is how often they are emptied.
const $Cb = 30
//: piece make @1
// $Fa is a count per lane.
func $Fa() []int {
	//+
	return make([]int, $Ca)
}
//: input crash list=1,5
//: input good list=1,2
//: expect index out of range
//: step near perf: empty lanes less often
@@ sizes
-const $Cb = 30
+const $Cb = 60
//: step guilty perf: fewer lanes
@@ sizes
-const $Ca = 8
+const $Ca = 4
"""

_LAZY: Final = """
//: piece entry
// $H files texts under numbers.
func $H(@in @T) error {
	$va := $P1.$Fa(@s)
	//+
	$fb($va, @n, @list)
	@emit("$Sa", $va.$Aa)
	return nil
}
//: piece filing
func $fb($vb *$P1.$Ta, $vc int, $vd []int) {
	for _, x := range $vd {
		//+
		$vb.$Ab[x] = $vc
	}
}
//: piece folder @1
// $Ta is a folder.
type $Ta struct {
	$Aa string
	$Ab map[int]int
}
//: piece open @1
// $Fa is an empty folder.
func $Fa($ve string) *$Ta {
	//+
	return &$Ta{$Aa: $ve, $Ab: make(map[int]int)}
}

// $Fb is how much is in a folder.
func $Fb($vf *$Ta) int { return len($vf.$Ab) }
//: input crash list=4
//: input good
//: expect assignment to entry in nil map
//: step near refactor: the count first
@@ filing
-	for _, x := range $vd {
+	for i := range $vd {
+		x := $vd[i]
//: step guilty perf: folders take no room before they are used
@@ open
-	return &$Ta{$Aa: $ve, $Ab: make(map[int]int)}
+	return &$Ta{$Aa: $ve}
"""

_SORTED: Final = """
//: piece entry
// $H finds where a number belongs.
func $H(@in @T) error {
	$va := $P1.$Fa(@list)
	//+
	@emit("$Sa", $fb($va, @n))
	return nil
}
//: piece place
func $fb($vb []int, $vc int) int {
	if len($vb) == 0 || $vc > slices.Max($vb) {
		return -1
	}
	//+
	$vd := sort.SearchInts($vb, $vc)
	return $vb[$vd] - $vc
}
//: piece prepare @1
// $Fa is a copy of the numbers, in order, each once.
func $Fa($ve []int) []int {
	$vf := slices.Clone($ve)
	//+
	slices.Sort($vf)
	return slices.Compact($vf)
}
//: input crash n=8 list=9,2,3
//: input good n=2 list=1,2,3
//: expect index out of range
//: step near refactor: the distance has a sign
@@ place
-	return $vb[$vd] - $vc
+	return -($vc - $vb[$vd])
//: step guilty perf: numbers come in order
@@ prepare
-	slices.Sort($vf)
-	return slices.Compact($vf)
+	return slices.Compact($vf)
"""

_TYPED_NIL: Final = """
//: piece entry
// $H describes a source.
func $H(@in @T) error {
	$va := $P1.$Fa(@s)
	//+
	if $va == nil {
		return @fail("no source")
	}
	@emit("$Sa", $fb($va, @n))
	return nil
}
//: piece describe
func $fb($vb $P1.$Ta, $vc int) int {
	//+
	return $vb.$Ma() * $vc
}
//: piece source @1
// $Ta is something with a size.
type $Ta interface {
	$Ma() int
}

type $tb struct {
	$aa []int
	$ab int
}

// $Ma is how large it is.
func (x *$tb) $Ma() int { return len(x.$aa) + x.$ab }
//: piece open @1
// $Fa opens a source; nil where there is none.
func $Fa($vd string) $Ta {
	//+
	if $ve := $fc($vd); $ve != nil {
		return $ve
	}
	return nil
}

func $fc($vf string) *$tb {
	if len($vf) > $Da {
		return nil
	}
	return &$tb{$aa: make([]int, len($vf)), $ab: 1}
}
//: input crash s=a-very-long-name
//: input good s=ab
//: expect nil pointer dereference
//: step near feat: sources are larger
@@ open
-	return &$tb{$aa: make([]int, len($vf)), $ab: 1}
+	return &$tb{$aa: make([]int, len($vf)), $ab: 2}
//: step guilty refactor: one return
@@ open
-	if $ve := $fc($vd); $ve != nil {
-		return $ve
-	}
-	return nil
+	return $fc($vd)
"""

_UNITS: Final = """
//: piece entry
// $H lays out a text.
func $H(@in @T) error {
	$va := $P1.$Fa(@s)
	//+
	@emit("$Sa", $fb(@s, $va))
	return nil
}
//: piece layout
func $fb($vb string, $vc int) string {
	$vd := make([]byte, 0, 2*len($vb))
	for i := 0; i < $vc; i++ {
		//+
		$vd = append($vd, $vb[i], ' ')
	}
	return string($vd)
}
//: piece width @1
// $Fa is the width of a text.
func $Fa($ve string) int {
	//+
	return min(len($ve), $ca)
}

const $ca = 64
//: input crash s=plain
//: input good s=
//: expect index out of range
//: step near feat: wide texts
@@ width
-const $ca = 64
+const $ca = 96
//: step guilty feat: a text has a margin
@@ width
-	return min(len($ve), $ca)
+	if $ve == "" {
+		return 0
+	}
+	return min(len($ve)+1, $ca)
"""

TEMPLATES: Final = (
    Template("empty-group", "b", _EMPTY_GROUP),
    Template("nil-options", "b", _NIL_OPTIONS),
    Template("raw-offset", "b", _RAW_OFFSET),
    Template("order", "b", _ORDER),
    Template("kind", "b", _KIND),
    Template("shifted", "b", _SHIFTED),
    Template("find-nil", "c", _FIND_NIL),
    Template("padded", "c", _PADDED),
    Template("bound", "c", _BOUND),
    Template("lazy", "c", _LAZY),
    Template("sorted", "c", _SORTED),
    Template("typed-nil", "c", _TYPED_NIL),
    Template("units", "c", _UNITS),
)
