"""Kept-aside templates, categories e and f: configuration and data, and something deleted."""

from __future__ import annotations

from typing import Final

from benchmarks.suspects.notation import Template

_WEIGHTS: Final = """
//: config
$Ka = $Sa:2,$Sb:3,$Sc:5
$Kb = 7$Da
//: piece entry
// $H picks a backend and shows its weight.
func $H(@in @T) error {
	$va := @conf.List("$Ka")
	//+
	@emit("$Sd", $fa($va[min(@n, len($va)-1)]))
	return nil
}
//: piece weight
func $fa($vb string) string {
	$vc := strings.Split($vb, ":")
	//+
	return $vc[1] + "x" + $vc[0]
}
//: piece idle
// $Fb is how long a backend may be idle.
func $Fb() int { return @conf.Int("$Kb") }
//: input crash n=9
//: input good n=1
//: expect index out of range .1. with length 1
//: step near ops: idle backends may stay
@@ config
-$Kb = 7$Da
+$Kb = 9$Da
//: step near feat: show weights with a star
@@ weight
-	return $vc[1] + "x" + $vc[0]
+	return $vc[1] + "*" + $vc[0]
//: step guilty ops: the last backend has the usual weight
@@ config
-$Ka = $Sa:2,$Sb:3,$Sc:5
+$Ka = $Sa:2,$Sb:3,$Sc
"""

_PLANS: Final = """
//: data plans.json
[
  {"name": "plain", "steps": [3, 5]},
  {"name": "$Sa", "steps": [4]},
  {"name": "rich", "steps": [2, 7]}
]
//: piece plans
import "encoding/json"

//go:embed plans.json
var $ga []byte

// $Ta is a plan.
type $Ta struct {
	$Aa string `json:"name"`
	$Ab []int  `json:"steps"`
}

// $Fa finds a plan; the first one where there is no such name.
func $Fa($va string) *$Ta {
	var $vb []*$Ta
	if err := json.Unmarshal($ga, &$vb); err != nil {
		return &$Ta{$va, []int{1}}
	}
	for _, x := range $vb {
		//+
		if x.$Aa == $va {
			return x
		}
	}
	return $vb[0]
}
//: piece entry
// $H takes a step of a plan.
func $H(@in @T) error {
	//+
	@emit("$Sb", $fb($Fa(@s), @n))
	return nil
}
//: piece step
func $fb($vc *$Ta, $vd int) int {
	//+
	$ve := $vd % len($vc.$Ab)
	return $vc.$Ab[$ve]
}
//: input crash s=rich
//: input good
//: expect integer divide by zero
//: step near data: a longer way
@@ plans.json
-  {"name": "$Sa", "steps": [4]},
+  {"name": "$Sa", "steps": [4, 4]},
//: step near docs: rounds
@@ step
-func $fb($vc *$Ta, $vd int) int {
+// $fb begins again after the last step.
+func $fb($vc *$Ta, $vd int) int {
//: step guilty data: stages, as in the handbook
@@ plans.json
-  {"name": "rich", "steps": [2, 7]}
+  {"name": "rich", "stages": [2, 7]}
"""

_BANDS: Final = """
//: data bands.txt
10 $Sa
20 $Sb
30 $Sc
//: piece bands
//go:embed bands.txt
var $ga string

func $fa() ([]int, []string) {
	var $va []int
	var $vb []string
	for _, x := range strings.Fields($ga) {
		//+
		if $vc, err := strconv.Atoi(x); err == nil {
			$va = append($va, $vc)
			continue
		}
		$vb = append($vb, x)
	}
	return $va, $vb
}
//: piece entry
// $H finds the band of a value.
func $H(@in @T) error {
	if @n > 30 {
		return @fail("beyond all bands")
	}
	//+
	@emit("$Sd", $fb(@n))
	return nil
}
//: piece search
func $fb($vd int) string {
	$ve, $vf := $fa()
	//+
	i := sort.SearchInts($ve, $vd)
	return $vf[i]
}
//: input crash n=25
//: input good n=5
//: expect index out of range .3. with length 3
//: step near feat: bands in capitals
@@ search
-	return $vf[i]
+	return strings.ToUpper($vf[i])
//: step near refactor: name the limit
@@ entry
-	if @n > 30 {
+	const $cb = 30
+	if @n > $cb {
//: step guilty data: the usual band comes first
@@ bands.txt
+30 $Sc
=10 $Sa
=20 $Sb
-30 $Sc
"""

_DISCARD: Final = """
//: piece entry
// $H writes to a sink.
func $H(@in @T) error {
	var $va func(string) int
	if len(@list) > 0 {
		$va = func(x string) int { return len(x) + len(@list) }
	}
	//+
	@emit("$Sa", $fa($va, @n).$ma(@s))
	return nil
}
//: piece construct
type $ta struct {
	$aa func(string) int
	$ab int
}

func $fa($vb func(string) int, $vc int) *$ta {
	if $vb == nil {
		$vb = func(x string) int { return len(x) }
	}
	//+
	return &$ta{$vb, $vc}
}
//: piece sink
func (x *$ta) $ma($vd string) int {
	//+
	$ve := x.$aa($vd)
	return $ve * x.$ab
}
//: input crash s=text
//: input good list=1
//: expect nil pointer dereference
//: step near feat: the count comes on top
@@ sink
-	return $ve * x.$ab
+	return $ve + x.$ab
//: step near style: names of fields
@@ construct
-	return &$ta{$vb, $vc}
+	return &$ta{$aa: $vb, $ab: $vc}
//: step guilty cleanup: every sink has a writer nowadays
@@ construct
-	if $vb == nil {
-		$vb = func(x string) int { return len(x) }
-	}
"""

_REMARKS: Final = """
//: piece entry
// $H reads settings from one line.
func $H(@in @T) error {
	$va := map[string]string{}
	for _, x := range strings.Split(@s, ".") {
		if !strings.Contains(x, "-") {
			continue
		}
		//+
		$vb, $vc := $fa(x)
		$va[$vb] = $vc
	}
	@emit("$Sa", len($va)+@n)
	return nil
}
//: piece setting
func $fa($vd string) (string, string) {
	$ve := strings.SplitN($vd, "-", 2)
	//+
	return strings.ToLower($ve[0]), $ve[1]
}
//: input crash s=x-1.remark.y-2
//: input good s=x-1.y-2
//: expect index out of range .1. with length 1
//: step near feat: names are trimmed
@@ setting
-	return strings.ToLower($ve[0]), $ve[1]
+	return strings.TrimSpace(strings.ToLower($ve[0])), $ve[1]
//: step near perf: room for the usual number
@@ entry
-	$va := map[string]string{}
+	$va := make(map[string]string, 8)
//: step guilty cleanup: remarks were never documented
@@ entry
-		if !strings.Contains(x, "-") {
-			continue
-		}
"""

_REWIND: Final = """
//: piece entry
// $H reads the same values in several passes.
func $H(@in @T) error {
	$va := &$ta{$aa: @list}
	$vb := 0
	for range @n {
		//+
		$vb += $va.$mb().$ma(len(@list))
	}
	@emit("$Sa", $vb)
	return nil
}
//: piece cursor
type $ta struct {
	$aa []int
	$ab int
}

func (x *$ta) $mb() *$ta {
	//+
	x.$ab = 0
	return x
}
//: piece advance
func (x *$ta) $ma($vc int) int {
	$vd := 0
	for range $vc {
		//+
		$vd += x.$aa[x.$ab]
		x.$ab++
	}
	return $vd
}
//: input crash n=2 list=1,2
//: input good n=1 list=1,2
//: expect index out of range .2. with length 2
//: step near style: assignment in full
@@ advance
-		x.$ab++
+		x.$ab += 1
//: step near docs: what a cursor is
@@ cursor
-type $ta struct {
+// $ta is a position in a list.
+type $ta struct {
//: step guilty cleanup: cursors are new in each request
@@ cursor
-	x.$ab = 0
"""

TEMPLATES: Final = (
    Template("weights", "e", _WEIGHTS),
    Template("plans", "e", _PLANS),
    Template("bands", "e", _BANDS),
    Template("discard", "f", _DISCARD),
    Template("remarks", "f", _REMARKS),
    Template("rewind", "f", _REWIND),
)
