"""Kept-aside templates, categories a and h: the line that crashes was changed; then, in h, touched again harmlessly."""

from __future__ import annotations

from typing import Final

from benchmarks.suspects.notation import Template

_BACKOFF: Final = """
//: piece entry
// $H plans the attempts of a delivery.
func $H(@in @T) error {
	$va := 0
	for i := range @n {
		//+
		$va += $Fa(i)
	}
	@emit("$Sa", $va)
	return nil
}
//: piece delays
// $ga is how long to wait before each attempt, in seconds.
var $ga = []int{1, 2, 5, 15, 60, 300}
//: piece wait
// $Fa is how long to wait before an attempt.
func $Fa($vb int) int {
	//+
	$vc := $ga[min($vb, len($ga)-1)]
	return $fb($vc, $vb)
}

func $fb($vd, $ve int) int {
	//+
	return $vd + $ve%3
}
//: input crash n=8
//: input good n=3
//: expect index out of range
//: extra piece=wait
//: step near ops: wait longer in the end
@@ delays
-var $ga = []int{1, 2, 5, 15, 60, 300}
+var $ga = []int{1, 2, 5, 15, 90, 600}
//: step near feat: spread attempts more
@@ wait
-	return $vd + $ve%3
+	return $vd + $ve%5
//: step guilty perf: a mask instead of a comparison
@@ wait
-	$vc := $ga[min($vb, len($ga)-1)]
+	$vc := $ga[$vb&7]
"""

_PREFIXED: Final = """
//: piece entry
// $H takes messages of a chat out of a text.
func $H(@in @T) error {
	$va := @s
	for $va != "" {
		//+
		$vb := $Fa($va)
		@emit("$Sa", $vb)
		$va = $va[1+len($vb):]
	}
	return nil
}
//: piece message
// $Fa is the first message; its length, one digit, comes before it.
func $Fa($vc string) string {
	//+
	return $vc[1 : 1+min($fb($vc[0]), len($vc)-1)]
}

func $fb($vd byte) int {
	if $vd < '0' || $vd > '9' {
		return 0
	}
	//+
	return int($vd - '0')
}
//: input crash s=2ab9rest
//: input good s=2ab4rest
//: expect slice bounds out of range
//: extra piece=message
//: step near refactor: digits first
@@ message
-	if $vd < '0' || $vd > '9' {
-		return 0
-	}
+	if !('0' <= $vd && $vd <= '9') {
+		return 0
+	}
//: step near feat: count messages
@@ entry
-	$va := @s
-	for $va != "" {
+	$va := @s
+	$ve := 0
+	defer func() { @emit("$Sb", $ve) }()
+	for $va != "" {
+		$ve++
//: step guilty refactor: the header, then the body
@@ message
-	return $vc[1 : 1+min($fb($vc[0]), len($vc)-1)]
+	return $vc[1:][:$fb($vc[0])]
"""

_SHORT_ID: Final = """
//: piece entry
// $H shortens the number of a link.
func $H(@in @T) error {
	for _, x := range @list {
		//+
		@emit("$Sa", $Fa(x, @n))
	}
	return nil
}
//: piece short
// $Fa is a short form of a number: the larger the plan, the shorter.
func $Fa($va, $vb int) string {
	//+
	$vc := strconv.FormatInt(int64($va), 10+min($vb, 26))
	return $fb($vc)
}
//: piece padded
func $fb($vd string) string {
	//+
	for len($vd) < $ca {
		$vd = "0" + $vd
	}
	return $vd
}

const $ca = 4
//: input crash n=40 list=77123
//: input good n=20 list=77123
//: expect illegal AppendInt/FormatInt base
//: extra piece=short beside=move
//: step near feat: short forms have five places
@@ padded
-const $ca = 4
+const $ca = 5
//: step near perf: pad at once
@@ padded
-	for len($vd) < $ca {
-		$vd = "0" + $vd
-	}
-	return $vd
+	return strings.Repeat("0", max($ca-len($vd), 0)) + $vd
//: step guilty feat: links of large plans are shorter still
@@ short
-	$vc := strconv.FormatInt(int64($va), 10+min($vb, 26))
+	$vc := strconv.FormatInt(int64($va), 10+$vb)
"""

_RECEIPT: Final = """
//: piece entry
// $H prints a receipt.
func $H(@in @T) error {
	//+
	for i, x := range @list {
		@emit("$Sa", $Fa(@s+strconv.Itoa(i), x))
	}
	return nil
}
//: piece line
// $Fa is a line of a receipt: what, dots, how much.
func $Fa($va string, $vb int) string {
	$vc := $fb($vb)
	//+
	return $va + strings.Repeat(".", max($ca-len($va)-len($vc), 1)) + $vc
}

const $ca = 24
//: piece money
func $fb($vd int) string {
	//+
	return fmt.Sprintf("%d.%02d", $vd/100, $vd%100)
}
//: input crash s=a-name-that-does-not-fit-a-line list=100,2
//: input good s=tea list=250
//: expect negative Repeat count
//: extra piece=line
//: step near feat: amounts have a sign
@@ money
-	return fmt.Sprintf("%d.%02d", $vd/100, $vd%100)
+	return fmt.Sprintf("%+d.%02d", $vd/100, $vd%100)
//: step near feat: broader receipts
@@ line
-const $ca = 24
+const $ca = 26
//: step guilty fix: receipts are exactly as broad as the paper
@@ line
-	return $va + strings.Repeat(".", max($ca-len($va)-len($vc), 1)) + $vc
+	return $va + strings.Repeat(".", $ca-len($va)-len($vc)) + $vc
"""

_DUE: Final = """
//: piece entry
// $H runs what is due.
func $H(@in @T) error {
	$va := &$ta{}
	for _, x := range @list {
		$va.$ma(x)
	}
	//+
	@emit("$Sa", $va.$mb(@n))
	return nil
}
//: piece queue
// $ta is a queue by time.
type $ta struct {
	$aa []int
}

func (x *$ta) $ma($vb int) {
	i := sort.SearchInts(x.$aa, $vb)
	//+
	x.$aa = slices.Insert(x.$aa, i, $vb)
}
//: piece due
// $mb takes out what is due; how much that is.
func (x *$ta) $mb($vc int) int {
	$vd := 0
	for len(x.$aa) > 0 && x.$aa[0] <= $vc {
		//+
		x.$aa = x.$aa[1:]
		$vd++
	}
	return $vd
}
//: input crash n=90 list=5,3,8
//: input good n=5 list=5,3,8
//: expect index out of range .0. with length 0
//: extra piece=due
//: step near refactor: search with slices
@@ queue
-	i := sort.SearchInts(x.$aa, $vb)
+	i, _ := slices.BinarySearch(x.$aa, $vb)
//: step near docs: what the queue holds
@@ queue
-// $ta is a queue by time.
+// $ta is a queue by time: the earliest first.
//: step guilty refactor: the end of the queue is far away
@@ due
-	for len(x.$aa) > 0 && x.$aa[0] <= $vc {
+	for x.$aa[0] <= $vc {
"""

_HOURS: Final = """
//: piece entry
// $H counts visits by hour.
func $H(@in @T) error {
	//+
	$va := $Fa(@list)
	@emit("$Sa", $fb($va))
	return nil
}
//: piece histogram
// $Fa counts minutes by hour; what is beyond the day counts as its last hour.
func $Fa($vb []int) [24]int {
	var $vc [24]int
	for _, x := range $vb {
		//+
		$vc[min(x/60, 23)]++
	}
	return $vc
}
//: piece busiest
// $fb is the busiest hour.
func $fb($vd [24]int) int {
	$ve := 0
	for i, x := range $vd {
		if x > $vd[$ve] {
			$ve = i
		}
	}
	//+
	return $ve
}
//: input crash list=30,1440
//: input good list=30,1439
//: expect index out of range .24.
//: extra piece=histogram
//: step near feat: of two busy hours, the later
@@ busiest
-		if x > $vd[$ve] {
+		if x >= $vd[$ve] {
//: step guilty refactor: minutes are those of one day
@@ histogram
-		$vc[min(x/60, 23)]++
+		$vc[x/60]++
//: step after refactor: name the hour
@@ histogram
-		$vc[x/60]++
+		$vf := x / 60
+		$vc[$vf] += 1
"""

_BADGE: Final = """
//: piece entry
// $H shows the badge of a player.
func $H(@in @T) error {
	$va := $Fa(@s, @n)
	//+
	@emit("$Sa", $va.$Ma())
	return nil
}
//: piece player
// $Ta is a player.
type $Ta struct {
	$Aa string
	$Ab *$Tb
}

// $Tb is a team.
type $Tb struct {
	$Ac string
}

// $Fa is a player; beginners are in no team.
func $Fa($vb string, $vc int) *$Ta {
	//+
	if $vc < 5 {
		return &$Ta{$Aa: $vb}
	}
	return &$Ta{$Aa: $vb, $Ab: &$Tb{"$Sb"}}
}
//: piece badge
// $Ma is what is printed on the badge.
func (x *$Ta) $Ma() string {
	//+
	if x.$Ab != nil && x.$Ab.$Ac != "" {
		return x.$Aa + " of " + x.$Ab.$Ac
	}
	return x.$Aa
}
//: input crash n=2
//: input good n=7
//: expect nil pointer dereference
//: extra piece=badge
//: step near feat: another team
@@ player
-	return &$Ta{$Aa: $vb, $Ab: &$Tb{"$Sb"}}
+	if $vc > 900 {
+		return &$Ta{$Aa: $vb, $Ab: &$Tb{"$Sc"}}
+	}
+	return &$Ta{$Aa: $vb, $Ab: &$Tb{"$Sb"}}
//: step guilty cleanup: teams without a name
@@ badge
-	if x.$Ab != nil && x.$Ab.$Ac != "" {
+	if x.$Ab.$Ac != "" {
//: step after feat: teams in brackets
@@ badge
-	if x.$Ab.$Ac != "" {
-		return x.$Aa + " of " + x.$Ab.$Ac
-	}
+	if $vd := x.$Ab.$Ac; $vd != "" {
+		return x.$Aa + " (" + $vd + ")"
+	}
"""

TEMPLATES: Final = (
    Template("kept4-backoff", "a", _BACKOFF),
    Template("kept4-prefixed", "a", _PREFIXED),
    Template("kept4-short-id", "a", _SHORT_ID),
    Template("kept4-receipt", "a", _RECEIPT),
    Template("kept4-due", "a", _DUE),
    Template("kept4-later-hours", "h", _HOURS),
    Template("kept4-later-badge", "h", _BADGE),
    Template("kept4-later-due", "h", _DUE + "//: extra touch=move\n"),
    Template("kept4-later-backoff", "h", _BACKOFF + "//: extra touch=rename\n"),
    Template("kept4-later-receipt", "h", _RECEIPT + "//: extra touch=format\n"),
)
