"""Kept-aside templates, category b: the caller changed."""

from __future__ import annotations

from typing import Final

from benchmarks.suspects.notation import Template

_SEATS: Final = """
//: piece entry
// $H seats guests at tables.
func $H(@in @T) error {
	$va := max(@n/10, 1)
	//+
	for _, x := range @list {
		@emit("$Sa", $Fa(x, $va))
	}
	return nil
}
//: piece tables
// $Fa is how many tables a party needs.
func $Fa($vb, $vc int) string {
	//+
	return strconv.Itoa($fb($vb, $vc)) + "/" + strconv.Itoa($vc)
}
//: piece quotient
// $fb divides and rounds up.
func $fb($vd, $ve int) int {
	if $vd <= 0 {
		return 0
	}
	//+
	return ($vd-1)/$ve + 1
}
//: input crash n=4 list=12
//: input good n=80 list=12
//: expect integer divide by zero
//: step near refactor: nobody needs no table
@@ quotient
-	if $vd <= 0 {
+	if $vd < 1 {
//: step near feat: show seats, then tables
@@ tables
-	return strconv.Itoa($fb($vb, $vc)) + "/" + strconv.Itoa($vc)
+	return strconv.Itoa($vc) + "x" + strconv.Itoa($fb($vb, $vc))
//: step guilty fix: tables are not larger than the room says
@@ entry
-	$va := max(@n/10, 1)
+	$va := @n / 10
"""

_PROGRESS: Final = """
//: piece entry
// $H imports rows.
func $H(@in @T) error {
	$va := 0
	$vb := func(x int) { $va = x }
	//+
	@emit("$Sa", $Fa(@list, $vb))
	@emit("$Sb", $va)
	return nil
}
//: piece rows
// $Fa imports rows and tells how far it is, every second row.
func $Fa($vc []int, $vd func(int)) int {
	$ve := 0
	for i, x := range $vc {
		$ve += x
		//+
		if i%2 == 1 {
			$fb($vd, i, len($vc))
		}
	}
	return $ve
}
//: piece report
func $fb($vf func(int), $vg, $vh int) {
	//+
	$vf(100 * ($vg + 1) / $vh)
}
//: input crash n=0 list=1,2,3
//: input good n=20 list=1,2,3
//: expect nil pointer dereference
//: step near feat: progress in permille
@@ report
-	$vf(100 * ($vg + 1) / $vh)
+	$vf(1000 * ($vg + 1) / $vh)
//: step near refactor: add rows up by place
@@ rows
-		$ve += x
+		$ve = x + $ve
//: step guilty feat: nobody watches short imports
@@ entry
-	$vb := func(x int) { $va = x }
+	var $vb func(int)
+	if @n > 10 {
+		$vb = func(x int) { $va = x }
+	}
"""

_BOOKING: Final = """
//: piece entry
// $H shows the free hours between two of a day.
func $H(@in @T) error {
	$va := @list
	//+
	if len($va) < 2 {
		return @fail("from when until when?")
	}
	$vb := $Fa(min($va[0], $va[1]), max($va[0], $va[1]))
	@emit("$Sa", $vb)
	return nil
}
//: piece hours
// $Fa is what is free from one hour until another.
func $Fa($vc, $vd int) string {
	//+
	return strings.ToUpper($fb($ga, $vc, $vd))
}

var $ga = "--------ffff-ffff-------"
//: piece clip
func $fb($ve string, $vf, $vg int) string {
	$vg = min($vg, len($ve))
	//+
	return $ve[$vf:$vg]
}
//: input crash list=16,9
//: input good list=9,16
//: expect slice bounds out of range .16:9.
//: step near ops: also an hour in the evening
@@ hours
-var $ga = "--------ffff-ffff-------"
+var $ga = "--------ffff-ffff-f-----"
//: step near refactor: until the end at most
@@ clip
-	$vg = min($vg, len($ve))
+	if $vg > len($ve) {
+		$vg = len($ve)
+	}
//: step guilty refactor: hours come as they are asked for
@@ entry
-	$vb := $Fa(min($va[0], $va[1]), max($va[0], $va[1]))
+	$vb := $Fa($va[0], $va[1])
"""

_BOSSES: Final = """
//: piece entry
// $H says how far from the top somebody is.
func $H(@in @T) error {
	$va := map[int]int{}
	for i, x := range @list {
		if x != i+1 {
			$va[i+1] = x
		}
	}
	//+
	@emit("$Sa", $Fa($va, @n, 0))
	return nil
}
//: piece depth
import "runtime/debug"

// A deep stack is a mistake: better to end early than to fill the memory.
var _ = debug.SetMaxStack(16 << 20)

// $Fa counts those above; nobody is above 0.
func $Fa($vb map[int]int, $vc, $vd int) int {
	//+
	$ve, ok := $vb[$vc]
	if !ok || $ve == 0 {
		return $vd
	}
	return $Fa($vb, $ve, $vd+$ca)
}

// $ca is how much one level counts.
const $ca = 1
//: input crash n=2 list=1,1
//: input good n=2 list=0,1
//: expect stack overflow
//: step near feat: levels count double
@@ depth
-const $ca = 1
+const $ca = 2
//: step near refactor: look up first
@@ depth
-	if !ok || $ve == 0 {
-		return $vd
-	}
+	if $ve == 0 || !ok {
+		return $vd
+	}
//: step guilty refactor: everybody has somebody above
@@ entry
=	for i, x := range @list {
-		if x != i+1 {
-			$va[i+1] = x
-		}
+		$va[i+1] = x
=	}
"""

_STICKER: Final = """
//: piece entry
// $H prints stickers for parcels.
func $H(@in @T) error {
	for _, x := range @list {
		$va := $fa(x, @s)
		//+
		@emit("$Sa", $P1.$Fb($va))
	}
	return nil
}
//: piece parcel
func $fa($vb int, $vc string) *$P1.$Ta {
	$vd := &$P1.$Ta{$Aa: $vc, $Ab: []string{$vc}}
	//+
	if $vb > 20 {
		$vd.$Ab = append($vd.$Ab, "heavy")
	}
	return $vd
}
//: piece sticker @1
// $Ta is a parcel: to whom, what else to say.
type $Ta struct {
	$Aa string
	$Ab []string
}

// $Fb is the sticker of a parcel: the last remark, who gets it.
func $Fb($ve *$Ta) string {
	//+
	return $Fc($ve.$Ab) + "->" + $ve.$Aa
}
//: piece remark @1
// $Fc is the last remark.
func $Fc($vf []string) string {
	$vg := len($vf) - 1
	//+
	return "[" + $vf[$vg] + "]"
}
//: input crash list=30,4
//: input good list=30
//: expect index out of range .-1.
//: step near feat: another arrow
@@ sticker
-	return $Fc($ve.$Ab) + "->" + $ve.$Aa
+	return $Fc($ve.$Ab) + "=>" + $ve.$Aa
//: step near feat: round brackets
@@ remark
-	return "[" + $vf[$vg] + "]"
+	return "(" + $vf[$vg] + ")"
//: step guilty fix: the name is on the sticker twice
@@ parcel
-	$vd := &$P1.$Ta{$Aa: $vc, $Ab: []string{$vc}}
+	$vd := &$P1.$Ta{$Aa: $vc}
"""

TEMPLATES: Final = (
    Template("kept4-seats", "b", _SEATS),
    Template("kept4-progress", "b", _PROGRESS),
    Template("kept4-booking", "b", _BOOKING),
    Template("kept4-bosses", "b", _BOSSES),
    Template("kept4-sticker", "b", _STICKER),
)
