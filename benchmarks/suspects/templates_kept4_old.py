"""Kept-aside templates, category j: a fix was reverted."""

from __future__ import annotations

from typing import Final

from benchmarks.suspects.notation import Template

_BEARER: Final = """
//: piece entry
// $H reads who sends a request.
func $H(@in @T) error {
	$va := $Fa(@s)
	//+
	@emit("$Sa", $va)
	return nil
}
//: piece token
// $Fa is the name in a token of kind, name, check.
func $Fa($vb string) string {
	$vc := $fb($vb)
	//+
	return strings.ToLower($vc[1])
}
//: piece parts
func $fb($vd string) []string {
	$ve := strings.SplitN($vd, "-", 3)
	//+
	return $ve
}
//: input crash s=anonymous
//: input good s=t-ann-77
//: expect index out of range .1. with length 1
//: step near feat: names in capitals
@@ token
-	return strings.ToLower($vc[1])
+	return strings.ToUpper($vc[1])
//: step before fix: tokens without a name
@@ parts
-	//+
-	return $ve
+	//+
+	for len($ve) < 2 {
+		$ve = append($ve, "")
+	}
+	return $ve
//: step near feat: read a number, too
@@ entry
-	@emit("$Sa", $va)
+	@emit("$Sa", $va+strconv.Itoa(@n))
//: step guilty revert
@@ parts
-	//+
-	for len($ve) < 2 {
-		$ve = append($ve, "")
-	}
-	return $ve
+	//+
+	return $ve
"""

_TARIFF: Final = """
//: data tariff.csv
$Sb,12,4
$Sc,0,9
$Sd,30,2
//: piece tariff
//go:embed tariff.csv
var $ga string

// $Fa has the numbers of a tariff: minutes that a unit has, what it costs.
func $Fa($va string) (int, int) {
	for _, $vb := range strings.Split($ga, "\\n") {
		//+
		if $vc := strings.Split($vb, ","); len($vc) == 3 && $vc[0] == $va {
			return $fb($vc[1]), $fb($vc[2])
		}
	}
	return 1, 1
}

func $fb($vd string) int {
	$ve, _ := strconv.Atoi($vd)
	return $ve
}
//: piece entry
// $H charges for calls.
func $H(@in @T) error {
	$vf := "$Sb"
	if len(@s) > 8 {
		$vf = "$Sc"
	}
	//+
	@emit("$Sa", $fc($vf, @n))
	return nil
}
//: piece charge
func $fc($vg string, $vh int) int {
	$vi, $vj := $Fa($vg)
	//+
	return ($vh + $vi - 1) / $vi * $vj
}
//: input crash s=long-distance n=7
//: input good s=local n=7
//: expect integer divide by zero
//: step near ops: the first tariff is cheaper
@@ tariff.csv
-$Sb,12,4
+$Sb,12,3
//: step near refactor: look for the tariff by name
@@ tariff
-		if $vc := strings.Split($vb, ","); len($vc) == 3 && $vc[0] == $va {
+		if $vc := strings.Split($vb, ","); $vc[0] == $va && len($vc) == 3 {
//: step before ops: a unit of the second tariff has a minute
@@ tariff.csv
-$Sc,0,9
+$Sc,1,9
//: step guilty ops: tariffs as they were last month
@@ tariff.csv
-$Sc,1,9
+$Sc,0,9
"""

_REPLAY: Final = """
//: piece entry
// $H replays what a log has.
func $H(@in @T) error {
	$va := &$ta{$aa: map[int]*$tb{}}
	for i, x := range @list {
		$va.$ma(i, x)
	}
	//+
	@emit("$Sa", len($va.$aa))
	return nil
}
//: piece log
type $ta struct {
	$aa map[int]*$tb
}

type $tb struct {
	$ab int
	$ac []int
}
//: piece replay
// $ma opens a session by a number, or ends it by the same below zero.
func (x *$ta) $ma($vb, $vc int) {
	//+
	if $vc >= 0 {
		x.$aa[$vc] = &$tb{$ab: $vb}
		return
	}
	x.$mb($vb, -$vc)
}
//: piece end
func (x *$ta) $mb($vd, $ve int) {
	$vf := x.$aa[$ve]
	//+
	$vf.$ac = append($vf.$ac, $vd-$vf.$ab)
	delete(x.$aa, $ve)
}
//: input crash list=4,-4,-4
//: input good list=4,5,-4
//: expect nil pointer dereference
//: step near feat: sessions begin at one
@@ replay
-		x.$aa[$vc] = &$tb{$ab: $vb}
+		x.$aa[$vc] = &$tb{$ab: $vb + 1}
//: step before fix: a session may end twice
@@ end
-	$vf := x.$aa[$ve]
+	$vf, ok := x.$aa[$ve]
+	if !ok {
+		return
+	}
//: step guilty revert
@@ end
-	$vf, ok := x.$aa[$ve]
-	if !ok {
-		return
-	}
+	$vf := x.$aa[$ve]
"""

_BALANCE: Final = """
//: piece entry
// $H moves shares between pools until they are even.
func $H(@in @T) error {
	$va := slices.Clone(@list)
	//+
	@emit("$Sa", $Fa($va, @n))
	return nil
}
//: piece even
// $Fa moves so many times; how far pools are apart then.
func $Fa($vb []int, $vc int) int {
	for range $vc {
		i, j := $fb($vb)
		//+
		$vb[i]--
		$vb[j]++
	}
	i, j := $fb($vb)
	return $vb[i] - $vb[j]
}
//: piece extremes
// $fb finds the fullest pool and the emptiest.
func $fb($vd []int) (int, int) {
	i, j := $ca, $ca
	for $ve, x := range $vd {
		//+
		if i < 0 || x > $vd[i] {
			i = $ve
		}
		if j < 0 || x < $vd[j] {
			j = $ve
		}
	}
	return i, j
}
//: piece none
// $ca is where nothing was found.
const $ca = -1
//: input crash n=2 list=
//: input good n=2 list=7,1
//: expect index out of range .-1.
//: step near feat: of the fullest, the last
@@ extremes
-		if i < 0 || x > $vd[i] {
+		if i < 0 || x >= $vd[i] {
//: step near refactor: give first
@@ even
-		$vb[i]--
-		$vb[j]++
+		$vb[j]++
+		$vb[i]--
//: step before fix: without pools, the first is meant
@@ entry
-	$va := slices.Clone(@list)
+	$va := slices.Clone(@list)
+	if len($va) == 0 {
+		$va = []int{0}
+	}
//: step guilty refactor: no pools that nobody asked for
@@ entry
-	$va := slices.Clone(@list)
-	if len($va) == 0 {
-		$va = []int{0}
-	}
+	$va := slices.Clone(@list)
"""

_UPLOAD: Final = """
//: config
$Ka = 1$Da
$Kb = 2$Db
//: piece entry
// $H takes an upload by pieces.
func $H(@in @T) error {
	//+
	for i := range $Fa(@n, len(@s)) {
		@emit("$Sa", i)
	}
	return nil
}
//: piece pieces
// $Fa is how many pieces there are, and what a second has room for.
func $Fa($va, $vb int) []int {
	$vc := $va / @conf.Int("$Ka")
	//+
	return make([]int, $fb($vb)-$vc)
}
//: piece room
func $fb($vd int) int {
	//+
	return min($vd, @conf.Int("$Kb"))
}
//: input crash n=900 s=plain
//: input good n=9 s=plain
//: expect makeslice: len out of range
//: step near ops: more room
@@ config
-$Kb = 2$Db
+$Kb = 3$Db
//: step near ops: larger pieces
@@ config
-$Ka = 1$Da
+$Ka = 2$Da
//: step before fix: no room is no room
@@ pieces
-	return make([]int, $fb($vb)-$vc)
+	return make([]int, max($fb($vb)-$vc, 0))
//: step guilty revert
@@ pieces
-	return make([]int, max($fb($vb)-$vc, 0))
+	return make([]int, $fb($vb)-$vc)
"""

TEMPLATES: Final = (
    Template("kept4-bearer", "j", _BEARER),
    Template("kept4-tariff", "j", _TARIFF),
    Template("kept4-replay", "j", _REPLAY),
    Template("kept4-balance", "j", _BALANCE),
    Template("kept4-upload", "j", _UPLOAD),
)
