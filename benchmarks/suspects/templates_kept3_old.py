"""Third kept-aside set, category j: a fix that is lost again."""

from __future__ import annotations

from typing import Final

from benchmarks.suspects.notation import Template

_EVICT: Final = """
//: piece entry
// $H keeps the newest values.
func $H(@in @T) error {
	$va := &$ta{$aa: map[int]bool{}, $ab: @n}
	for _, x := range @list {
		//+
		$va.$ma(x)
	}
	@emit("$Sa", len($va.$aa))
	return nil
}
//: piece newest
type $ta struct {
	$aa map[int]bool
	$ab int
	$ac []int
}
//: piece keep
func (x *$ta) $ma($vb int) {
	if len(x.$aa) >= x.$ab {
		//+
		delete(x.$aa, x.$ac[0])
		x.$ac = x.$ac[1:]
	}
	x.$aa[$vb] = true
	x.$ac = append(x.$ac, $vb)
}
//: input crash n=0 list=4
//: input good n=2 list=4,5,6
//: expect index out of range .0. with length 0
//: step near docs: the order
@@ newest
-	$ac []int
+	// the oldest comes first
+	$ac []int
//: step near docs: a remark
@@ entry
-	for _, x := range @list {
+	// later ones are newer
+	for _, x := range @list {
//: step before fix: no room at all
@@ keep
-	if len(x.$aa) >= x.$ab {
+	if len(x.$ac) > 0 && len(x.$aa) >= x.$ab {
//: step guilty revert
@@ keep
-	if len(x.$ac) > 0 && len(x.$aa) >= x.$ab {
+	if len(x.$aa) >= x.$ab {
"""

_PORTS: Final = """
//: piece entry
// $H counts ports.
func $H(@in @T) error {
	$va := $fb(@s)
	//+
	@emit("$Sa", $va*@n)
	return nil
}
//: piece ranges
// $fa reads a range of ports.
func $fa($vb string) (int, int) {
	$vc := strings.Split($vb, "-")
	$vd, _ := strconv.Atoi($vc[0])
	$ve, _ := strconv.Atoi($vc[1])
	return $vd, max($vd, $ve)
}

// $Fb tells whether a port is one of the system.
func $Fb($vf int) bool {
	return $vf < $ca
}

const $ca = 1024
//: piece count
// $fb is how many ports are in ranges.
func $fb($vg string) int {
	$vh := 0
	for _, x := range strings.Split($vg, "_") {
		$vi, $vj := $fa(x)
		//+
		$vh += $vj - $vi + 1
	}
	return $vh
}
//: input crash s=1-3_80
//: input good s=1-3_5-6
//: expect index out of range .1. with length 1
//: step near tune: more ports of the system
@@ ranges
-const $ca = 1024
+const $ca = 2048
//: step near docs: a remark
@@ entry
-	$va := $fb(@s)
+	// ranges come from the rules
+	$va := $fb(@s)
//: step before fix: one port is a range, too
@@ ranges
-	$ve, _ := strconv.Atoi($vc[1])
-	return $vd, max($vd, $ve)
+	if len($vc) < 2 {
+		return $vd, $vd
+	}
+	$ve, _ := strconv.Atoi($vc[1])
+	return $vd, max($vd, $ve)
//: step guilty refactor: ranges are read where they are counted
@@ ranges
-// $fa reads a range of ports.
-func $fa($vb string) (int, int) {
-	$vc := strings.Split($vb, "-")
-	$vd, _ := strconv.Atoi($vc[0])
-	if len($vc) < 2 {
-		return $vd, $vd
-	}
-	$ve, _ := strconv.Atoi($vc[1])
-	return $vd, max($vd, $ve)
-}
-
@@ count
-// $fb is how many ports are in ranges.
-func $fb($vg string) int {
+func $fc($vk string) (int, int) {
+	$vl := strings.Split($vk, "-")
+	$vm, _ := strconv.Atoi($vl[0])
+	$vn, _ := strconv.Atoi($vl[1])
+	return $vm, max($vm, $vn)
+}
+
+// $fb is how many ports are in ranges.
+func $fb($vg string) int {
@@ count
-		$vi, $vj := $fa(x)
+		$vi, $vj := $fc(x)
"""

_PRORATED: Final = """
//: piece entry
// $H computes what a part of a period costs.
func $H(@in @T) error {
	$va := $fa(@s)
	//+
	@emit("$Sa", $va.$ma(@n, len(@list)))
	return nil
}
//: piece plans
type $ta struct {
	$aa int
	$ab string
}

func $fa($vb string) $ta {
	//+
	if $vb == "rich" {
		return $ta{$aa: 90, $ab: "$Sb"}
	}
	return $ta{$aa: 30, $ab: "$Sc"}
}
//: piece prorate
// $ma is the price of some days of so many.
func (x $ta) $ma($vc, $vd int) string {
	//+
	return x.$ab + strconv.Itoa(x.$aa*$vc/$vd) + $ga
}

var $ga = "."
//: input crash n=2
//: input good n=2 list=1,2,3
//: expect integer divide by zero
//: step near i18n: another mark
@@ prorate
-var $ga = "."
+var $ga = ";"
//: step near docs: a remark
@@ entry
-	$va := $fa(@s)
+	// plans by name
+	$va := $fa(@s)
//: step before fix: a period that begins and ends on one day
@@ prorate
-	return x.$ab + strconv.Itoa(x.$aa*$vc/$vd) + $ga
+	return x.$ab + strconv.Itoa(x.$aa*$vc/max($vd, 1)) + $ga
//: step guilty feat: plans by the year, squashed
@@ plans
-	$aa int
-	$ab string
+	$aa int
+	$ab string
+	$ac int
@@ plans
-	if $vb == "rich" {
-		return $ta{$aa: 90, $ab: "$Sb"}
-	}
-	return $ta{$aa: 30, $ab: "$Sc"}
+	$ve, $vf, _ := strings.Cut($vb, "-")
+	$vg := $ta{$aa: 30, $ab: "$Sc", $ac: 1}
+	if $ve == "rich" {
+		$vg.$aa, $vg.$ab = 90, "$Sb"
+	}
+	if $vf == "year" {
+		$vg.$ac = 12
+	}
+	return $vg
@@ prorate
-// $ma is the price of some days of so many.
+// $ma is the price of some days of so many, for all months of a plan.
@@ prorate
-	return x.$ab + strconv.Itoa(x.$aa*$vc/max($vd, 1)) + $ga
+	$vh := x.$aa * x.$ac
+	return x.$ab + strconv.Itoa($vh*$vc/$vd) + $ga
"""

_MEAN: Final = """
//: piece entry
// $H shows a mean.
func $H(@in @T) error {
	$va := $fa(@list, @n)
	//+
	@emit("$Sa", $va)
	return nil
}
//: piece own
// $fa is the mean of values that are large enough.
func $fa($vb []int, $vc int) int {
	var $vd []int
	for _, x := range $vb {
		if x >= $vc {
			//+
			$vd = append($vd, x)
		}
	}
	return $fb($vd)
}

func $fb($ve []int) int {
	$vf := 0
	for _, x := range $ve {
		$vf += x
	}
	return $vf / len($ve)
}
//: piece mean @1
// $Fa is the mean of values; there is one at least.
func $Fa($vg []int) int {
	$vh := 0
	for _, x := range $vg {
		//+
		$vh += x
	}
	return $vh/len($vg) + $ca
}

const $ca = 0
//: input crash n=9 list=1,2
//: input good n=1 list=1,2
//: expect integer divide by zero
//: step near docs: a remark
@@ entry
-	$va := $fa(@list, @n)
+	// small values are noise
+	$va := $fa(@list, @n)
//: step near tune: round up
@@ mean
-const $ca = 0
+const $ca = 1
//: step before fix: no value is large enough
@@ own
-	$vf := 0
-	for _, x := range $ve {
-		$vf += x
-	}
-	return $vf / len($ve)
+	$vf := 0
+	for _, x := range $ve {
+		$vf += x
+	}
+	return $vf / max(len($ve), 1)
//: step guilty refactor: one mean for all
@@ own
-	return $fb($vd)
-}
-
-func $fb($ve []int) int {
-	$vf := 0
-	for _, x := range $ve {
-		$vf += x
-	}
-	return $vf / max(len($ve), 1)
-}
+	return $P1.$Fa($vd)
+}
"""

TEMPLATES: Final = (
    Template("evict", "j", _EVICT),
    Template("ports", "j", _PORTS),
    Template("prorated", "j", _PRORATED),
    Template("one-mean", "j", _MEAN),
)
