"""Second kept-aside set, category j: a fix that is lost again."""

from __future__ import annotations

from typing import Final

from benchmarks.suspects.notation import Template

_TICKER: Final = """
//: piece entry
// $H beats once.
func $H(@in @T) error {
	$va := $fa(@n)
	defer $va.Stop()
	//+
	@emit("$Sa", len(@s))
	return nil
}
//: piece beat
import "time"

// $fa beats every so many milliseconds.
func $fa($vb int) *time.Ticker {
	//+
	$vc := time.Duration($vb) * $ca
	return time.NewTicker($vc)
}

const $ca = time.Millisecond
//: input crash n=0
//: input good n=5
//: expect non-positive interval for NewTicker
//: step near tune: seconds, as documented
@@ beat
-const $ca = time.Millisecond
+const $ca = time.Second
//: step near docs: one beat
@@ entry
-	defer $va.Stop()
+	// one beat is enough
+	defer $va.Stop()
//: step before fix: zero is as fast as possible
@@ beat
-	$vc := time.Duration($vb) * $ca
+	$vc := time.Duration(max($vb, 1)) * $ca
//: step guilty revert
@@ beat
-	$vc := time.Duration(max($vb, 1)) * $ca
+	$vc := time.Duration($vb) * $ca
"""

_DROPPED: Final = """
//: piece entry
// $H greets by rank.
func $H(@in @T) error {
	$va := $P1.$Fa(@s)
	//+
	@emit("$Sa", $fb($va, @n))
	return nil
}
//: piece greeting
func $fb($vb *$P1.$Ta, $vc int) string {
	//+
	$vd := strings.Repeat("*", $vb.$Aa)
	return $vd + strconv.Itoa($vc)
}
//: piece ranks @1
// $Ta is a rank.
type $Ta struct {
	$Aa int
}

var $ga = map[string]*$Ta{"plain": {1}, "rich": {3}}

// $Fa is the rank of a name, or of somebody plain.
func $Fa($ve string) *$Ta {
	//+
	if len($ve) < 4 {
		return $ga["plain"]
	}
	return $ga[$ve]
}

// $Fb is how many ranks there are.
func $Fb() int { return len($ga) }
//: input crash s=Rich
//: input good s=rich
//: expect nil pointer dereference
//: step near feat: number and stars apart
@@ greeting
-	return $vd + strconv.Itoa($vc)
+	return $vd + " " + strconv.Itoa($vc)
//: step near docs: a remark
@@ entry
-	$va := $P1.$Fa(@s)
+	// ranks come from the desk
+	$va := $P1.$Fa(@s)
//: step before fix: people write their names as they like
@@ ranks
-	if len($ve) < 4 {
+	$ve = strings.ToLower($ve)
+	if $ga[$ve] == nil || len($ve) < 4 {
//: step guilty merge: bring the branch of ranks up to date
@@ ranks
-var $ga = map[string]*$Ta{"plain": {1}, "rich": {3}}
+var $ga = map[string]*$Ta{"plain": {1}, "rich": {3}, "$Sb": {2}}
@@ ranks
-	$ve = strings.ToLower($ve)
-	if $ga[$ve] == nil || len($ve) < 4 {
+	if len($ve) < 4 {
@@ ranks
-// $Fb is how many ranks there are.
-func $Fb() int { return len($ga) }
+// $Fb is how many ranks there are, and one for those without.
+func $Fb() int { return len($ga) + 1 }
@@ entry
-// $H greets by rank.
+// $H greets by rank; the number comes last.
"""

_MINUTES: Final = """
//: piece entry
// $H adds times up.
func $H(@in @T) error {
	$va := 0
	for _, x := range strings.Split(@s, "-") {
		//+
		$va += $Fa(x)
	}
	@emit("$Sa", $va*@n)
	return nil
}
//: piece minutes
// $Fa is a number of minutes, with an m behind it.
func $Fa($vb string) int {
	//+
	$vc, err := strconv.Atoi($vb[:len($vb)-1])
	if err != nil {
		return $ca
	}
	return $vc
}

const $ca = 0
//: input crash s=5m--7m
//: input good s=5m-7m
//: expect slice bounds out of range .:-1.
//: step near feat: what is no number takes a minute
@@ minutes
-const $ca = 0
+const $ca = 1
//: step near style: assignment in full
@@ entry
-		$va += $Fa(x)
+		$va = $va + $Fa(x)
//: step before fix: the letter may be missing
@@ minutes
-	$vc, err := strconv.Atoi($vb[:len($vb)-1])
+	$vc, err := strconv.Atoi(strings.TrimSuffix($vb, "m"))
//: step guilty perf: there is one letter, always
@@ minutes
-	$vc, err := strconv.Atoi(strings.TrimSuffix($vb, "m"))
+	$vc, err := strconv.Atoi($vb[:len($vb)-1])
"""

TEMPLATES: Final = (
    Template("ticker", "j", _TICKER),
    Template("dropped-side", "j", _DROPPED),
    Template("minutes", "j", _MINUTES),
)
