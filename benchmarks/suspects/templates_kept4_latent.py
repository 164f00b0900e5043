"""Kept-aside templates, category i: an old bug met by a new feature."""

from __future__ import annotations

from typing import Final

from benchmarks.suspects.notation import Template

_PERCENTILE: Final = """
//: piece entry
// $H says how long calls take.
func $H(@in @T) error {
	if len(@list) == 0 || @n < 0 {
		return @fail("nothing to say")
	}
	//+
	$va := min(@n, 99)
	@emit("$Sa", $Fa(@list, $va))
	return nil
}
//: piece percentile
// $Fa is a percentile.
func $Fa($vb []int, $vc int) int {
	$vd := slices.Sorted(slices.Values($vb))
	//+
	return $vd[$vc*len($vd)/100]
}
//: input crash n=100 list=3,1,2
//: input good n=50 list=3,1,2
//: expect index out of range .3. with length 3
//: step near perf: sort a clone
@@ percentile
-	$vd := slices.Sorted(slices.Values($vb))
+	$vd := slices.Clone($vb)
+	slices.Sort($vd)
//: step near refactor: two reasons
@@ entry
-	if len(@list) == 0 || @n < 0 {
-		return @fail("nothing to say")
-	}
+	if len(@list) == 0 {
+		return @fail("no calls")
+	}
+	if @n < 0 {
+		return @fail("no percentile")
+	}
//: step guilty feat: the slowest of all is percentile 100
@@ entry
-	$va := min(@n, 99)
+	$va := min(@n, 100)
"""

_REMOVE: Final = """
//: piece entry
// $H takes places out of a tour.
func $H(@in @T) error {
	$va := strings.Split(@s, "-")
	//+
	$vb := $Fa($va, @list[:min(len(@list), 1)])
	@emit("$Sa", strings.Join($vb, "-"))
	return nil
}
//: piece remove
// $Fa leaves out what is at some places.
func $Fa($vc []string, $vd []int) []string {
	$ve := slices.Clone($vc)
	for _, x := range $vd {
		//+
		if x >= 0 && x < len($vc) {
			$ve = $fb($ve, x)
		}
	}
	return $ve
}
//: piece without
func $fb($vf []string, $vg int) []string {
	//+
	return append($vf[:$vg], $vf[$vg+1:]...)
}
//: input crash s=a-b-c list=0,2
//: input good s=a-b-c list=1
//: expect slice bounds out of range .3:2.
//: step near refactor: places begin at zero
@@ remove
-		if x >= 0 && x < len($vc) {
+		if 0 <= x && x < len($vc) {
//: step near feat: tours with arrows
@@ entry
-	@emit("$Sa", strings.Join($vb, "-"))
+	@emit("$Sa", strings.Join($vb, ">"))
//: step guilty feat: take out several at once
@@ entry
-	$vb := $Fa($va, @list[:min(len(@list), 1)])
+	$vb := $Fa($va, @list)
"""

_MONTHS: Final = """
//: piece entry
// $H says when a subscription ends.
func $H(@in @T) error {
	$va := @n
	if $va < 1 || $va > 12 {
		return @fail("no such month")
	}
	//+
	@emit("$Sa", $Fa($va))
	return nil
}
//: piece ends
// $Fa is the last day of a month, and its quarter.
func $Fa($vb int) string {
	$vc := $P1.$Fb($vb)
	//+
	return fmt.Sprintf("%d/%d", $vc, ($vb-1)/3+1)
}
//: piece days @1
var $ga = [13]int{0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

// $Fb is how many days a month has.
func $Fb($vd int) int {
	//+
	return $ga[$vd]
}

// $Fc is how many days a year has.
func $Fc() int {
	$ve := 0
	for _, x := range $ga {
		$ve += x
	}
	return $ve
}
//: input crash n=11 list=3
//: input good n=11
//: expect index out of range
//: step near feat: the quarter first
@@ ends
-	return fmt.Sprintf("%d/%d", $vc, ($vb-1)/3+1)
+	return fmt.Sprintf("%d of Q%d", $vc, ($vb-1)/3+1)
//: step near fix: leap years end later
@@ days
-var $ga = [13]int{0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}
+var $ga = [13]int{0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}
//: step guilty feat: subscriptions may run for some months
@@ entry
-	@emit("$Sa", $Fa($va))
+	for _, x := range @list {
+		$va += x
+	}
+	@emit("$Sa", $Fa($va))
"""

_PACKED: Final = """
//: piece entry
// $H makes the number of a ticket and shows its share.
func $H(@in @T) error {
	if @n < 1 || @n >= $ca {
		return @fail("no such counter")
	}
	$va := $fa(len(@s), @n)
	//+
	@emit("$Sa", $Fb($va))
	return nil
}

// $ca is how many counters there are.
const $ca = 12
//: piece number
// $fa puts a counter into the low bits.
func $fa($vb, $vc int) int {
	//+
	return $vb<<4 | $vc&15
}
//: piece share
// $Fb is a share by counter.
func $Fb($vd int) int {
	$ve, $vf := $vd>>4, $vd&15
	//+
	return 100 * $ve / $vf
}
//: input crash n=16
//: input good n=7
//: expect integer divide by zero
//: step near feat: shares in permille
@@ share
-	return 100 * $ve / $vf
+	return 1000 * $ve / $vf
//: step near docs: how a number is made
@@ number
-// $fa puts a counter into the low bits.
+// $fa puts a counter into the low bits, the rest above.
//: step guilty feat: more counters at the new gate
@@ entry
-const $ca = 12
+const $ca = 20
"""

_KEYED: Final = """
//: piece entry
// $H groups values by a key.
func $H(@in @T) error {
	$va := $Fa()
	for _, x := range @list {
		$va.$Ma($fb(x, @n), x)
	}
	//+
	@emit("$Sa", $va.$Mb())
	return nil
}
//: piece key
// $fb is the key of a value.
func $fb($vb, $vc int) any {
	if $vc == 1 {
		return $vb % 10
	}
	//+
	return strconv.Itoa($vb)
}
//: piece groups
// $Ta has values by key.
type $Ta struct {
	$aa map[any][]int
}

// $Fa has no groups.
func $Fa() *$Ta { return &$Ta{$aa: map[any][]int{}} }

// $Ma adds a value to a group.
func (x *$Ta) $Ma($vd any, $ve int) {
	//+
	x.$aa[$vd] = append(x.$aa[$vd], $ve)
}

// $Mb is the size of the largest group.
func (x *$Ta) $Mb() int {
	$vf := 0
	for _, $vg := range x.$aa {
		$vf = max($vf, len($vg))
	}
	return $vf
}
//: input crash n=2 list=12,22
//: input good n=1 list=12,22
//: expect hash of unhashable type
//: step near feat: keys by five
@@ key
-		return $vb % 10
+		return $vb % 5
//: step near refactor: the group, then the value
@@ groups
-	x.$aa[$vd] = append(x.$aa[$vd], $ve)
+	$vh := x.$aa[$vd]
+	x.$aa[$vd] = append($vh, $ve)
//: step guilty feat: a key may have two parts
@@ key
-	//+
-	return strconv.Itoa($vb)
+	//+
+	if $vc == 2 {
+		return []int{$vb / 10, $vb % 10}
+	}
+	return strconv.Itoa($vb)
"""

TEMPLATES: Final = (
    Template("kept4-percentile", "i", _PERCENTILE),
    Template("kept4-remove", "i", _REMOVE),
    Template("kept4-months", "i", _MONTHS),
    Template("kept4-packed", "i", _PACKED),
    Template("kept4-keyed", "i", _KEYED),
)
