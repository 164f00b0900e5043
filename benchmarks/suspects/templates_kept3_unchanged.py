"""Third kept-aside set, category k: old bugs that meet new inputs; no change is guilty."""

from __future__ import annotations

from typing import Final

from benchmarks.suspects.notation import Template

_LEAST: Final = """
//: piece entry
// $H chooses a lane for an account.
func $H(@in @T) error {
	$va := $fa(@n)
	//+
	@emit("$Sa", $va)
	return nil
}
//: piece lane
var $ga = [...]string{"$Sb", "$Sc", "$Sd", "$Se", "$Sf"}

// $fa spreads numbers over lanes; those below zero go with those above.
func $fa($vb int) string {
	if $vb < 0 {
		$vb = -$vb
	}
	//+
	return $ga[$vb%len($ga)]
}
//: input crash n=-9223372036854775808
//: input good n=-7
//: expect index out of range .-3.
//: step near data: another name
@@ lane
-var $ga = [...]string{"$Sb", "$Sc", "$Sd", "$Se", "$Sf"}
+var $ga = [...]string{"$Sb", "$Sc", "$Sd", "$Se", "$Sg"}
//: step near docs: a remark
@@ entry
-	$va := $fa(@n)
+	// accounts stay in their lane
+	$va := $fa(@n)
//: step fix fix: the least number of all has no opposite
@@ lane
-	return $ga[$vb%len($ga)]
+	return $ga[max($vb%len($ga), 0)]
"""

_SAME_TIME: Final = """
//: piece entry
// $H computes how fast something changes.
func $H(@in @T) error {
	$va := $fa(@list)
	//+
	@emit("$Sa", $va.$ma(@n))
	return nil
}
//: piece samples
type $ta []int

// $fa has times in order.
func $fa($vb []int) $ta {
	//+
	return $ta(slices.Sorted(slices.Values($vb)))
}
//: piece speed
// $ma is how much an amount is at each step of time, in all.
func (x $ta) $ma($vc int) int {
	$vd := 0
	for i := 1; i < len(x); i++ {
		//+
		$vd += $vc * $ca / (x[i] - x[i-1])
	}
	return $vd
}

const $ca = 60
//: input crash list=5,7,5
//: input good list=5,7
//: expect integer divide by zero
//: step near tune: by the hour
@@ speed
-const $ca = 60
+const $ca = 3600
//: step near docs: a remark
@@ samples
-// $fa has times in order.
+// $fa has times in order; clients send them as they like.
//: step fix fix: a time that comes twice counts once
@@ samples
-	return $ta(slices.Sorted(slices.Values($vb)))
+	return $ta(slices.Compact(slices.Sorted(slices.Values($vb))))
"""

_BOOLEAN: Final = """
//: piece entry
// $H reads a number that a client sends.
func $H(@in @T) error {
	$va, err := $fa(@s)
	if err != nil {
		return @fail("not readable")
	}
	//+
	@emit("$Sa", $fb($va)+@n)
	return nil
}
//: piece read
import "encoding/json"

func $fa($vb string) (any, error) {
	var $vc any
	err := json.Unmarshal([]byte($vb), &$vc)
	//+
	return $vc, err
}
//: piece number
func $fb($vd any) int {
	if $vd == nil {
		return 0
	}
	//+
	return int($vd.(float64)) * $ca
}

const $ca = 1
//: input crash s=true
//: input good s=7
//: expect interface conversion: interface .. is bool, not float64
//: step near tune: another scale
@@ number
-const $ca = 1
+const $ca = 100
//: step near i18n: a better word
@@ entry
-		return @fail("not readable")
+		return @fail("cannot be read")
//: step fix fix: what is no number is none
@@ number
-	return int($vd.(float64)) * $ca
+	$ve, _ := $vd.(float64)
+	return int($ve) * $ca
"""

_ESCAPE: Final = """
//: piece entry
// $H shows a name without escapes.
func $H(@in @T) error {
	$va := $P1.$Fa(@s)
	//+
	@emit("$Sa", $va)
	@emit("$Sb", @n)
	return nil
}
//: piece escape @1
// $Fa takes the marks out that protect a letter.
func $Fa($vb string) string {
	var $vc strings.Builder
	for i := 0; i < len($vb); i++ {
		if $vb[i] == $ca {
			i++
		}
		//+
		$vc.WriteByte($vb[i])
	}
	return $vc.String() + $ga
}

const $ca = '~'

var $ga = ""
//: input crash s=ab~
//: input good s=a~b
//: expect index out of range .3. with length 3
//: step near feat: an end
@@ escape
-var $ga = ""
+var $ga = "."
//: step near refactor: the number comes first
@@ entry
-	@emit("$Sa", $va)
-	@emit("$Sb", @n)
+	@emit("$Sb", @n)
+	@emit("$Sa", $va)
//: step fix fix: a mark at the end protects nothing
@@ escape
-		if $vb[i] == $ca {
+		if $vb[i] == $ca && i+1 < len($vb) {
"""

_ITSELF: Final = """
//: piece entry
// $H moves money between accounts.
func $H(@in @T) error {
	if len(@list) < 2 {
		return @fail("two accounts, please")
	}
	//+
	@emit("$Sa", $fa(@list[0], @list[1], @n))
	return nil
}
//: piece accounts
type $ta struct {
	mu  sync.Mutex
	$aa int
}

var $ga [8]$ta
//: piece move
// $fa moves an amount; accounts are locked in order.
func $fa($vb, $vc, $vd int) int {
	$ve, $vf := &$ga[$vb&7], &$ga[$vc&7]
	$vg, $vh := $ve, $vf
	if $vb&7 > $vc&7 {
		$vg, $vh = $vh, $vg
	}
	$vg.mu.Lock()
	defer $vg.mu.Unlock()
	$vh.mu.Lock()
	defer $vh.mu.Unlock()
	//+
	$ve.$aa -= $vd * $ca
	$vf.$aa += $vd * $ca
	return $vf.$aa
}

const $ca = 1
//: input crash list=3,3
//: input good list=5,3
//: expect all goroutines are asleep
//: step near tune: cents
@@ move
-const $ca = 1
+const $ca = 100
//: step near i18n: a better word
@@ entry
-		return @fail("two accounts, please")
+		return @fail("an account is missing")
//: step fix fix: from an account to itself
@@ entry
-	if len(@list) < 2 {
+	if len(@list) < 2 || @list[0]&7 == @list[1]&7 {
"""

_BRACKETS: Final = """
//: piece entry
// $H shows what is in brackets.
func $H(@in @T) error {
	$va := $fa(@s)
	//+
	@emit("$Sa", $va)
	@emit("$Sb", @n)
	return nil
}
//: piece brackets
// $fa is what is in brackets; everything where there are none.
func $fa($vb string) string {
	$vc, $vd := strings.IndexByte($vb, '('), strings.LastIndexByte($vb, ')')
	if $vc < 0 || $vd < 0 {
		return $vb + $ga
	}
	//+
	return $vb[$vc+1 : $vd]
}

var $ga = "."
//: input crash s=b)a(c
//: input good s=a(b)c
//: expect slice bounds out of range .4:1.
//: step near feat: another end
@@ brackets
-var $ga = "."
+var $ga = ";"
//: step near docs: a remark
@@ entry
-	$va := $fa(@s)
+	// remarks are in brackets
+	$va := $fa(@s)
//: step fix fix: brackets the wrong way round
@@ brackets
-	if $vc < 0 || $vd < 0 {
+	if $vc < 0 || $vd < $vc {
"""

_TURN: Final = """
//: piece entry
// $H says whose turn it is.
func $H(@in @T) error {
	$va := &$ta{$aa: @list}
	//+
	@emit("$Sa", $va.$ma(max(@n, 0)))
	return nil
}
//: piece players
type $ta struct {
	$aa []int
	$ab int
}
//: piece turn
// $ma is the player some turns from now.
func (x *$ta) $ma($vb int) int {
	x.$ab += $vb * $ca
	//+
	return x.$aa[x.$ab%len(x.$aa)]
}

const $ca = 1
//: input crash n=3
//: input good n=3 list=7,8
//: expect integer divide by zero
//: step near feat: the other way round the table
@@ turn
-const $ca = 1
+const $ca = 2
//: step near docs: who plays
@@ players
-type $ta struct {
+// $ta are the players around a table.
+type $ta struct {
//: step fix fix: nobody plays
@@ turn
-	x.$ab += $vb * $ca
+	if len(x.$aa) == 0 {
+		return 0
+	}
+	x.$ab += $vb * $ca
"""

_FIXED: Final = """
//: piece entry
// $H makes the key of a record.
func $H(@in @T) error {
	$va := $fa(@s)
	//+
	@emit("$Sa", $va.$ma())
	@emit("$Sb", @n)
	return nil
}
//: piece key
type $ta struct {
	$aa [16]byte
	$ab int
}

func $fa($vb string) *$ta {
	$vc := &$ta{$ab: len($vb)}
	//+
	copy($vc.$aa[:], $vb)
	return $vc
}
//: piece text
func (x *$ta) $ma() string {
	//+
	return $ga + string(x.$aa[:x.$ab])
}

var $ga = "."
//: input crash s=a-name-that-is-very-long
//: input good s=a-short-name
//: expect slice bounds out of range .:24. with length 16
//: step near feat: another mark
@@ text
-var $ga = "."
+var $ga = ":"
//: step near docs: a remark
@@ key
-type $ta struct {
+// $ta is a key of a fixed size.
+type $ta struct {
//: step fix fix: keys of long names are cut
@@ key
-	$vc := &$ta{$ab: len($vb)}
+	$vc := &$ta{$ab: min(len($vb), 16)}
"""

_CHUNKS: Final = """
//: piece entry
// $H sends values in parts.
func $H(@in @T) error {
	//+
	for _, x := range $P1.$Fa(@list, @n) {
		@emit("$Sa", x)
	}
	return nil
}
//: piece parts @1
// $Fa adds up each part of so many values.
func $Fa($va []int, $vb int) []int {
	var $vc []int
	for x := range slices.Chunk($va, $vb) {
		$vd := $ca
		for _, $ve := range x {
			//+
			$vd += $ve
		}
		$vc = append($vc, $vd)
	}
	return $vc
}

const $ca = 0
//: input crash n=0 list=4,5
//: input good n=2 list=4,5,6
//: expect cannot be less than 1
//: step near feat: a part has a head
@@ parts
-const $ca = 0
+const $ca = 8
//: step near docs: a remark
@@ parts
-// $Fa adds up each part of so many values.
+// $Fa adds up each part of so many values; the last one may be shorter.
//: step fix fix: a part has one value at least
@@ parts
-	for x := range slices.Chunk($va, $vb) {
+	for x := range slices.Chunk($va, max($vb, 1)) {
"""

TEMPLATES: Final = (
    Template("least-number", "k", _LEAST),
    Template("same-time", "k", _SAME_TIME),
    Template("boolean", "k", _BOOLEAN),
    Template("escape", "k", _ESCAPE),
    Template("itself", "k", _ITSELF),
    Template("brackets", "k", _BRACKETS),
    Template("turn", "k", _TURN),
    Template("fixed-size", "k", _FIXED),
    Template("parts", "k", _CHUNKS),
)
