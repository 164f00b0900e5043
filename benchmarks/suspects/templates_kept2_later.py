"""Second kept-aside set, category h: a line that is touched again, harmlessly, after the mistake."""

from __future__ import annotations

from typing import Final

from benchmarks.suspects.notation import Template

_RISES: Final = """
//: piece entry
// $H finds the steepest rise.
func $H(@in @T) error {
	$va := max(@n, 1)
	//+
	@emit("$Sa", $fa(@list, $va))
	return nil
}
//: piece rises
// $fa is the largest rise over some steps.
func $fa($vb []int, $vc int) int {
	$vd := $ca
	for i := 0; i+$vc < len($vb); i++ {
		//+
		$vd = max($vd, $vb[i+$vc]-$vb[i])
	}
	return $vd
}

const $ca = 0
//: input crash n=2 list=3,4,5
//: input good n=9
//: expect index out of range .3. with length 3
//: extra piece=rises
//: step near feat: falls count, too
@@ rises
-const $ca = 0
+const $ca = -1000
//: step near docs: at least one
@@ entry
-	$va := max(@n, 1)
+	// a rise takes a step
+	$va := max(@n, 1)
//: step guilty fix: the last values were left out
@@ rises
-	for i := 0; i+$vc < len($vb); i++ {
+	for i := range $vb {
//: step after readability: a name for the other end
@@ rises
-		$vd = max($vd, $vb[i+$vc]-$vb[i])
+		$ve := i + $vc
+		$vd = max($vd, $vb[$ve]-$vb[i])
"""

_RING: Final = """
//: piece entry
// $H spreads values over a ring.
func $H(@in @T) error {
	$va := $fa(4)
	for _, x := range @list {
		//+
		$va.$ma(x * @n)
	}
	@emit("$Sa", $va.$aa)
	return nil
}
//: piece ring
type $ta struct {
	$aa []int
	$ab int
}

func (x *$ta) $ma($vb int) {
	//+
	x.$aa[x.$ab] += $vb
	x.$ab = (x.$ab + 1) % len(x.$aa)
}
//: piece open
func $fa($vc int) *$ta {
	//+
	return &$ta{$aa: make([]int, $vc)}
}
//: input crash list=1,2,3,4,5
//: input good list=1,2
//: expect index out of range .4. with length 4
//: extra piece=ring
//: step near docs: what a ring is
@@ ring
-type $ta struct {
+// $ta is a ring of sums.
+type $ta struct {
//: step near feat: two places at least
@@ open
-	return &$ta{$aa: make([]int, $vc)}
+	return &$ta{$aa: make([]int, max($vc, 2))}
//: step guilty perf: no division in the loop
@@ ring
-	x.$ab = (x.$ab + 1) % len(x.$aa)
+	if x.$ab++; x.$ab > len(x.$aa) {
+		x.$ab = 0
+	}
"""

_OPTIONAL: Final = """
//: piece entry
// $H shortens a title.
func $H(@in @T) error {
	$va := $ta{$aa: @s}
	if $vb := @n; $vb > 0 {
		$va.$ab = &$vb
	}
	//+
	@emit("$Sa", $va.$ma())
	return nil
}
//: piece title
type $ta struct {
	$aa string
	$ab *int
}

func (x $ta) $ma() string {
	$vc := $fb(x.$ab, $ca)
	//+
	return x.$aa[:min(len(x.$aa), $vc)]
}

const $ca = 12
//: piece otherwise
// $fb is what a pointer points at, or something else.
func $fb($vd *int, $ve int) int {
	//+
	if $vd != nil {
		return *$vd
	}
	return $ve
}
//: input crash n=0
//: input good n=3
//: expect nil pointer dereference
//: extra touch=move piece=title
//: step near tune: longer titles
@@ title
-const $ca = 12
+const $ca = 16
//: step near refactor: ask for the other case
@@ otherwise
-	if $vd != nil {
-		return *$vd
-	}
-	return $ve
+	if $vd == nil {
+		return $ve
+	}
+	return *$vd
//: step guilty refactor: clients always send a limit
@@ title
-	$vc := $fb(x.$ab, $ca)
+	$vc := min(*x.$ab, 10*$ca)
"""

TEMPLATES: Final = (
    Template("rises", "h", _RISES),
    Template("ring-renamed", "h", _RING + "//: extra touch=rename\n"),
    Template("optional-moved", "h", _OPTIONAL),
)
