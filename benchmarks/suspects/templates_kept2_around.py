"""Second kept-aside set, category c: what others share."""

from __future__ import annotations

from typing import Final

from benchmarks.suspects.notation import Template

_CACHE_KEY: Final = """
//: piece entry
// $H shows what is kept of a name.
func $H(@in @T) error {
	$va := $P1.$Fa("$Sc", @s, func() any { return @n + 1 })
	//+
	@emit("$Sa", $va)
	for range @list {
		@emit("$Sb", $fb(@s))
	}
	return nil
}
//: piece texts
func $fb($vb string) string {
	$vc := $P1.$Fa("$Sd", $vb, func() any { return "~" + $vb })
	//+
	return $vc.(string) + $ga
}

var $ga = "."
//: piece cache @1
var $gb = map[string]any{}

// $Fa keeps what was made of a name.
func $Fa($vd, $ve string, $vf func() any) any {
	$vg := $vd + "/" + $ve
	//+
	if $vh, ok := $gb[$vg]; ok {
		return $vh
	}
	$gb[$vg] = $vf()
	return $gb[$vg]
}

// $Fb is how much is kept.
func $Fb() int { return len($gb) }
//: input crash list=1
//: input good
//: expect interface conversion: interface .. is int, not string
//: step near feat: another mark behind texts
@@ texts
-var $ga = "."
+var $ga = "!"
//: step near docs: for how long
@@ cache
-var $gb = map[string]any{}
+// $gb grows until the program ends.
+var $gb = map[string]any{}
//: step guilty perf: short keys, and a way to forget
@@ cache
-	$vg := $vd + "/" + $ve
+	$vg := $ve
+	if len($vg) == 0 {
+		$vg = $vd
+	}
@@ cache
-// $Fb is how much is kept.
-func $Fb() int { return len($gb) }
+// $Fb is how much is kept, apart from one.
+func $Fb() int { return max(len($gb)-1, 0) }
+
+// $Fc forgets everything.
+func $Fc() { clear($gb) }
"""

_ALIASED: Final = """
//: piece entry
// $H takes two ways from one place.
func $H(@in @T) error {
	$va := $P1.$Fa(@n)
	$vb, $vc := $P1.$Fb($va, 1), $P1.$Fb($va, len(@list))
	//+
	@emit("$Sa", $fa($vb))
	@emit("$Sb", len($vc))
	return nil
}
//: piece cost
var $ga = [...]int{3, 5, 8}

func $fa($vd []int) int {
	$ve := $vd[len($vd)-1]
	//+
	return $ga[$ve] * len($vd)
}
//: piece start @1
// $Fa is a way that only begins; there is room for more.
func $Fa($vf int) []int {
	//+
	return append(make([]int, 0, 4), $vf)
}
//: piece step @1
// $Fb is a way with one more step.
func $Fb($vg []int, $vh int) []int {
	$vi := make([]int, len($vg), len($vg)+1)
	copy($vi, $vg)
	//+
	return append($vi, $vh)
}
//: input crash list=1,2,3,4
//: input good list=1,2
//: expect index out of range .4. with length 3
//: step near tune: room for longer ways
@@ start
-	return append(make([]int, 0, 4), $vf)
+	return append(make([]int, 0, 8), $vf)
//: step near data: the second step is dearer
@@ cost
-var $ga = [...]int{3, 5, 8}
+var $ga = [...]int{3, 6, 8}
//: step guilty perf: append makes a copy where one is needed
@@ step
-	$vi := make([]int, len($vg), len($vg)+1)
-	copy($vi, $vg)
-	//+
-	return append($vi, $vh)
+	//+
+	return append($vg, $vh)
"""

_ABSENT: Final = """
//: piece entry
// $H computes a price.
func $H(@in @T) error {
	$va, err := $P1.$Fa(@s)
	//+
	if err != nil {
		return @fail("not on sale")
	}
	@emit("$Sa", $fb($va, @n))
	return nil
}
//: piece price
func $fb($vb *$P1.$Ta, $vc int) int {
	//+
	return $vb.$Aa*$vc + len($vb.$Ab)
}
//: piece goods @1
// $Ta is on sale.
type $Ta struct {
	$Aa int
	$Ab string
}

var $ga = map[string]*$Ta{"plain": {$Da, "$Sb"}, "$Sc": {2, "$Sd"}}

// $Ea says that nothing is found.
var $Ea = errors.New("$Sd")
//: piece find @1
// $Fa finds what is on sale.
func $Fa($vd string) (*$Ta, error) {
	$ve, ok := $ga[$vd]
	//+
	if !ok {
		return nil, $Ea
	}
	return $ve, nil
}
//: input crash s=strange
//: input good
//: expect nil pointer dereference
//: step near feat: one thing more
@@ goods
-var $ga = map[string]*$Ta{"plain": {$Da, "$Sb"}, "$Sc": {2, "$Sd"}}
+var $ga = map[string]*$Ta{"plain": {$Da, "$Sb"}, "$Sc": {2, "$Sd"}, "$Se": {3, "$Sf"}}
//: step near feat: the name costs double
@@ price
-	return $vb.$Aa*$vc + len($vb.$Ab)
+	return $vb.$Aa*$vc + 2*len($vb.$Ab)
//: step guilty feat: what is missing is no error
@@ find
-	if !ok {
-		return nil, $Ea
-	}
-	return $ve, nil
+	if !ok {
+		return nil, nil
+	}
+	return $ve, nil
"""

_TAGS: Final = """
//: data limits.json
{"burst": 7, "every": 5, "label": "$Sa"}
//: piece entry
// $H says how often something may happen.
func $H(@in @T) error {
	$va := $fa()
	if @n < 100 {
		@emit("$Sb", $va.$Aa)
		return nil
	}
	//+
	@emit("$Sb", $fb($va, @n))
	return nil
}
//: piece limits
import "encoding/json"

//go:embed limits.json
var $ga []byte

func $fa() $P1.$Ta {
	var $vb $P1.$Ta
	//+
	if err := json.Unmarshal($ga, &$vb); err != nil {
		$vb.$Ab = 1
	}
	return $vb
}
//: piece often
func $fb($vc $P1.$Ta, $vd int) int {
	//+
	return $vd/$vc.$Ab + $vc.$Aa
}
//: piece settings @1
// $Ta says how often something may happen.
type $Ta struct {
	$Aa int    `json:"burst"`
	$Ab int    `json:"every"`
	$Ac string `json:"label"`
}
//: input crash n=500
//: input good n=5
//: expect integer divide by zero
//: step near tune: larger bursts
@@ limits.json
-{"burst": 7, "every": 5, "label": "$Sa"}
+{"burst": 9, "every": 5, "label": "$Sa"}
//: step near refactor: the burst first
@@ often
-	return $vd/$vc.$Ab + $vc.$Aa
+	return $vc.$Aa + $vd/$vc.$Ab
//: step guilty refactor: names as in the public interface
@@ settings
-	$Ab int    `json:"every"`
-	$Ac string `json:"label"`
+	$Ab int    `json:"period,omitempty"`
+	$Ac string `json:"label,omitempty"`
"""

TEMPLATES: Final = (
    Template("cache-key", "c", _CACHE_KEY),
    Template("aliased", "c", _ALIASED),
    Template("absent", "c", _ABSENT),
    Template("tags", "c", _TAGS),
)
