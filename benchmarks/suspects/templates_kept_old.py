"""Kept-aside templates, categories j and k: a fix that is reverted, and a crash that no change is guilty of."""

from __future__ import annotations

from typing import Final

from benchmarks.suspects.notation import Template

_ANYWHERE: Final = """
//: piece entry
// $H computes local time.
func $H(@in @T) error {
	//+
	@emit("$Sa", $fa($P1.$Fa(@s), @n))
	return nil
}
//: piece local
func $fa($va *$P1.$Ta, $vb int) int {
	//+
	return ($vb + $va.$Aa) % 24
}
//: piece places @1
// $Ta is a place with its distance from Greenwich in hours.
type $Ta struct {
	$Aa int
}

var $ga = map[string]*$Ta{"plain": {1}, "$Sb": {$Da}}
//: piece lookup @1
// $Fa is the place of a name.
func $Fa($vc string) *$Ta {
	//+
	return $ga[$vc]
}
//: input crash s=nowhere
//: input good
//: expect nil pointer dereference
//: step near refactor: distance first
@@ local
-	return ($vb + $va.$Aa) % 24
+	return ($va.$Aa + $vb) % 24
//: step near data: one place more
@@ places
-var $ga = map[string]*$Ta{"plain": {1}, "$Sb": {$Da}}
+var $ga = map[string]*$Ta{"plain": {1}, "$Sb": {$Da}, "$Sc": {2}}
//: step before fix: elsewhere it is as late as in Greenwich
@@ lookup
-	return $ga[$vc]
+	if $vd := $ga[$vc]; $vd != nil {
+		return $vd
+	}
+	return new($Ta)
//: step guilty revert
@@ lookup
-	if $vd := $ga[$vc]; $vd != nil {
-		return $vd
-	}
-	return new($Ta)
+	return $ga[$vc]
"""

_PAGES: Final = """
//: piece entry
// $H shows a page of results.
func $H(@in @T) error {
	$va := @n * 2
	//+
	for _, x := range $fa(@list, $va) {
		@emit("$Sa", x)
	}
	return nil
}
//: piece results
func $fa($vb []int, $vc int) []int {
	//+
	$vd := $vb[$vc:]
	return slices.Compact($vd)
}
//: input crash n=6 list=1,2,3
//: input good n=1 list=1,2,3
//: expect slice bounds out of range .12:3.
//: step near perf: no spare room
@@ results
-	return slices.Compact($vd)
+	return slices.Clip(slices.Compact($vd))
//: step near docs: order
@@ results
-func $fa($vb []int, $vc int) []int {
+// $fa keeps the order.
+func $fa($vb []int, $vc int) []int {
//: step before fix: no page behind the last
@@ entry
-	$va := @n * 2
+	$va := min(@n*2, len(@list))
//: step guilty revert
@@ entry
-	$va := min(@n*2, len(@list))
+	$va := @n * 2
"""

_REPLICAS: Final = """
//: config
$Ka = 0
$Kb = $Sa
//: piece entry
// $H picks a replica.
func $H(@in @T) error {
	if @s == "local" {
		return @fail("no replica is needed")
	}
	//+
	@emit("$Sb", $fa(@n))
	return nil
}
//: piece replica
func $fa($va int) string {
	$vb := @conf.Int("$Ka")
	//+
	return @conf.Text("$Kb") + strconv.Itoa($va%$vb)
}
//: input crash n=7
//: input good s=local
//: expect integer divide by zero
//: step near ops: replicas are called otherwise
@@ config
-$Kb = $Sa
+$Kb = $Sc
//: step near refactor: read it late
@@ replica
-	return @conf.Text("$Kb") + strconv.Itoa($va%$vb)
+	return fmt.Sprint(@conf.Text("$Kb"), $va%$vb)
//: step before ops: there are replicas now
@@ config
-$Ka = 0
+$Ka = 3
//: step guilty revert
@@ config
-$Ka = 3
+$Ka = 0
"""

_MODES: Final = """
//: piece entry
// $H works in a mode.
func $H(@in @T) error {
	//+
	@emit("$Sa", $fa(@s, @n))
	return nil
}
//: piece mode
func $fa($va string, $vb int) int {
	switch $va {
	case "plain":
		return $vb
	case "double":
		return 2 * $vb
	}
	//+
	panic("mode: unreachable: " + $va)
}
//: input crash s=third
//: input good s=double
//: expect mode: unreachable: third
//: step near perf: shift
@@ mode
-		return 2 * $vb
+		return $vb << 1
//: step near docs: modes
@@ mode
-func $fa($va string, $vb int) int {
+// $fa knows two modes.
+func $fa($va string, $vb int) int {
//: step fix fix: other modes are plain
@@ mode
-	panic("mode: unreachable: " + $va)
+	return $vb
"""

_NEGATIVE: Final = """
//: piece entry
// $H names the day some days from now.
func $H(@in @T) error {
	//+
	@emit("$Sa", $Fa(@n)+@s)
	return nil
}
//: piece days
var $ga = []string{"mo", "tu", "we", "th", "fr", "sa", "su"}

// $Fa is the name of a day.
func $Fa($va int) string {
	//+
	$vb := $va % len($ga)
	return $ga[$vb]
}
//: input crash n=-3
//: input good n=9
//: expect index out of range .-3.
//: step near i18n: capitals
@@ days
-	return $ga[$vb]
+	return strings.ToUpper($ga[$vb])
//: step near docs: from monday on
@@ days
-// $Fa is the name of a day.
+// $Fa is the name of a day; 0 is monday.
//: step fix fix: days in the past
@@ days
-	$vb := $va % len($ga)
+	$vb := (($va % len($ga)) + len($ga)) % len($ga)
"""

_STACK: Final = """
//: piece entry
// $H evaluates a postfix expression.
func $H(@in @T) error {
	var $va $ta
	for _, x := range strings.Split(@s, "-") {
		if x == "x" {
			$va = append($va, $va.$ma()+$va.$ma())
			continue
		}
		//+
		$va = append($va, len(x)*@n)
	}
	@emit("$Sa", $va.$ma())
	return nil
}
//: piece stack
type $ta []int

func (x *$ta) $ma() int {
	$vb := len(*x) - 1
	//+
	$vc := (*x)[$vb]
	*x = (*x)[:$vb]
	return $vc
}
//: input crash s=a-x
//: input good s=a-bb-x
//: expect index out of range .-1.
//: step near docs: a stack
@@ stack
-type $ta []int
+// $ta is a stack; the top is last.
+type $ta []int
//: step near feat: longer words weigh more
@@ entry
-		$va = append($va, len(x)*@n)
+		$va = append($va, len(x)*len(x)*@n)
//: step fix fix: an empty stack gives zero
@@ stack
-	$vb := len(*x) - 1
+	$vb := len(*x) - 1
+	if $vb < 0 {
+		return 0
+	}
"""

TEMPLATES: Final = (
    Template("anywhere", "j", _ANYWHERE),
    Template("pages", "j", _PAGES),
    Template("replicas", "j", _REPLICAS),
    Template("modes", "k", _MODES),
    Template("negative", "k", _NEGATIVE),
    Template("stack", "k", _STACK),
)
