"""Third kept-aside set, category h: a line that is touched again, harmlessly, after the mistake."""

from __future__ import annotations

from typing import Final

from benchmarks.suspects.notation import Template

_BISECT: Final = """
//: piece entry
// $H finds the step of an amount.
func $H(@in @T) error {
	$va := $fa(@list, @n)
	//+
	@emit("$Sa", $va)
	return nil
}
//: piece bisect
// $fa is the first value that is not below another; the last one where all are.
func $fa($vb []int, $vc int) int {
	if len($vb) == 0 {
		return $ca
	}
	$vd, $ve := 0, len($vb)-1
	for $vd < $ve {
		$vf := ($vd + $ve) / 2
		//+
		if $vb[$vf] < $vc {
			$vd = $vf + 1
		} else {
			$ve = $vf
		}
	}
	return $vb[$vd]
}

const $ca = 0
//: input crash n=99 list=1,5
//: input good n=2 list=1,5
//: expect index out of range .2. with length 2
//: extra piece=bisect
//: step near feat: no steps are one step
@@ bisect
-const $ca = 0
+const $ca = 1
//: step near docs: in order
@@ entry
-	$va := $fa(@list, @n)
+	// steps come in order
+	$va := $fa(@list, @n)
//: step guilty refactor: bounds as the standard library has them
@@ bisect
-	$vd, $ve := 0, len($vb)-1
+	$vd, $ve := 0, len($vb)
//: step after readability: what is found has a name
@@ bisect
-	return $vb[$vd]
+	$vg := $vb[$vd]
+	return $vg
"""

_DISTANCE: Final = """
//: piece entry
// $H says how far a word is from another.
func $H(@in @T) error {
	$va := $fa(@s, $ga)
	//+
	@emit("$Sa", $va+@n)
	return nil
}

var $ga = "medium"
//: piece distance
// $fa is how many letters have to change between two words.
func $fa($vb, $vc string) int {
	$vd := make([]int, len($vc)+1)
	for j := range $vd {
		$vd[j] = j
	}
	for i := 1; i <= len($vb); i++ {
		$ve := $vd[0]
		$vd[0] = i
		for j := 1; j <= len($vc); j++ {
			//+
			$vf := $vd[j]
			$vg := $fb($vb[i-1], $vc[j-1])
			$vd[j] = min($vd[j]+1, $vd[j-1]+1, $ve+$vg)
			$ve = $vf
		}
	}
	return $vd[len($vd)-1]
}
//: piece change
func $fb($vh, $vi byte) int {
	//+
	if $vh == $vi {
		return 0
	}
	return $ca
}

const $ca = 1
//: input crash s=abc
//: input good s=sevenletters
//: expect index out of range .4. with length 4
//: extra touch=rename piece=distance
//: step near tune: letters that differ weigh more
@@ change
-const $ca = 1
+const $ca = 2
//: step near data: another word
@@ entry
-var $ga = "medium"
+var $ga = "middle"
//: step guilty perf: a row is as short as the shorter word
@@ distance
-	$vd := make([]int, len($vc)+1)
+	$vd := make([]int, min(len($vb), len($vc))+1)
"""

_SCORES: Final = """
//: piece entry
// $H keeps the best scores.
func $H(@in @T) error {
	$va := &$ta{$ab: max(@n, 0)}
	for _, x := range @list {
		//+
		$va.$ma(x)
	}
	@emit("$Sa", $va.$mb())
	return nil
}
//: piece scores
import "container/heap"

type $ta struct {
	$aa $tb
	$ab int
}

func (x *$ta) $ma($vb int) {
	heap.Push(&x.$aa, $vb)
	//+
	if x.$aa.Len() > x.$ab {
		heap.Pop(&x.$aa)
	}
}
//: piece heap
type $tb struct{ sort.IntSlice }

// Push adds one at the end.
func (x *$tb) Push($vc any) { x.IntSlice = append(x.IntSlice, $vc.(int)) }

// Pop takes one from the end.
func (x *$tb) Pop() any {
	$vd := x.IntSlice[len(x.IntSlice)-1]
	x.IntSlice = x.IntSlice[:len(x.IntSlice)-1]
	//+
	return $vd
}
//: piece least
// $mb is the score that has to be beaten.
func (x *$ta) $mb() int {
	//+
	if x.$aa.Len() == 0 || x.$aa.Len() < x.$ab {
		return $ca
	}
	return x.$aa.IntSlice[0]
}

const $ca = 0
//: input crash n=0 list=5,6
//: input good n=2 list=5,6,7
//: expect index out of range .0. with length 0
//: extra touch=format piece=least
//: step near feat: everybody beats nothing
@@ least
-const $ca = 0
+const $ca = -1
//: step near docs: how many
@@ scores
-	$ab int
+	// how many are kept
+	$ab int
//: step guilty simplify: a list that is full has a least score
@@ least
-	if x.$aa.Len() == 0 || x.$aa.Len() < x.$ab {
+	if x.$aa.Len() < x.$ab {
"""

_GROWN: Final = """
//: piece entry
// $H fills a row up.
func $H(@in @T) error {
	$va := $fa(@list, @n)
	//+
	@emit("$Sa", len($va))
	return nil
}
//: piece fill
// $fa is a row that is at least so long.
func $fa($vb []int, $vc int) []int {
	$vd := max($vc-len($vb), 0)
	//+
	$ve := slices.Grow($vb, $vd)
	for len($ve) < $vc {
		$ve = append($ve, $ca)
	}
	return $ve
}

const $ca = 0
//: input crash n=1 list=4,5,6
//: input good n=5 list=4,5
//: expect cannot be negative
//: extra touch=wrap piece=fill
//: step near feat: fill with ones
@@ fill
-const $ca = 0
+const $ca = 1
//: step near docs: a remark
@@ entry
-	$va := $fa(@list, @n)
+	// rows of a sheet have one length
+	$va := $fa(@list, @n)
//: step guilty simplify: a row is never too long
@@ fill
-	$vd := max($vc-len($vb), 0)
+	$vd := $vc - len($vb)
"""

TEMPLATES: Final = (
    Template("bisect", "h", _BISECT),
    Template("distance-renamed", "h", _DISTANCE),
    Template("scores-formatted", "h", _SCORES),
    Template("grown-wrapped", "h", _GROWN),
)
