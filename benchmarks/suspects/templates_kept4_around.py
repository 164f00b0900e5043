"""Kept-aside templates, category c: what it calls or shares changed, off the stack."""

from __future__ import annotations

from typing import Final

from benchmarks.suspects.notation import Template

_SHELF: Final = """
//: piece entry
// $H says where an article is.
func $H(@in @T) error {
	$va := $P1.$Fa(@s)
	//+
	@emit("$Sa", $fb($va, @n))
	return nil
}
//: piece shelf
var $ga = []string{"floor", "$Sb", "$Sc", "$Sd"}

func $fb($vb, $vc int) string {
	//+
	$vd := $ga[$vb]
	return $vd + "/" + strconv.Itoa($vc)
}
//: piece articles @1
var $gb = []string{"floor", "plain", "$Se", "$Sf"}

// $Fb is how many kinds of articles there are.
func $Fb() int { return len($gb) }
//: piece place @1
// $Fa is the place of a kind of article; the floor where it has none.
func $Fa($ve string) int {
	for i, x := range $gb {
		//+
		if x == $ve {
			return i
		}
	}
	return 0
}
//: input crash s=umbrella
//: input good s=plain
//: expect index out of range .-1.
//: step near feat: shelves are numbered behind a colon
@@ shelf
-	return $vd + "/" + strconv.Itoa($vc)
+	return $vd + ":" + strconv.Itoa($vc)
//: step near feat: better names for what lies about
@@ shelf
-var $ga = []string{"floor", "$Sb", "$Sc", "$Sd"}
+var $ga = []string{"ground", "$Sb", "$Sc", "$Sd"}
//: step guilty refactor: use what the library has
@@ place
-	for i, x := range $gb {
-		//+
-		if x == $ve {
-			return i
-		}
-	}
-	return 0
+	//+
+	return slices.Index($gb, $ve)
"""

_FLAGS: Final = """
//: piece entry
// $H says for how many a flag is on.
func $H(@in @T) error {
	$va := $Fb(@s)
	//+
	@emit("$Sa", $va.$Ma(@n))
	return nil
}
//: piece flags
// $Ta is a flag of a feature.
type $Ta struct {
	$Aa int
	$Ab bool
}

var $ga = map[string]*$Ta{
	$P1.$Fa("Plain"):  {$Aa: 100, $Ab: true},
	$P1.$Fa("$Sb"):    {$Aa: 50},
	$P1.$Fa("On-Off"): {$Aa: 10},
}

// $Fb is the flag of a name; that of all where there is no other.
func $Fb($vb string) *$Ta {
	//+
	if $vc, ok := $ga[$P1.$Fa($vb)]; ok {
		return $vc
	}
	return $ga["plain"]
}
//: piece share
// $Ma is the share of a number that has the flag.
func (x *$Ta) $Ma($vd int) int {
	//+
	return $vd * x.$Aa / 100
}
//: piece canonical @1
// $Fa is a name as it is kept: small, no blanks around it.
func $Fa($ve string) string {
	$vf := strings.TrimSpace($ve)
	//+
	return strings.ToLower($vf)
}

// $Fc puts a prefix before a name.
func $Fc($vg, $vh string) string { return $vg + ":" + $Fa($vh) }
//: input crash s=nothing
//: input good s=On-Off
//: expect nil pointer dereference
//: step near feat: a flag for fewer
@@ flags
-	$P1.$Fa("On-Off"): {$Aa: 10},
+	$P1.$Fa("On-Off"): {$Aa: 5},
//: step near feat: shares are rounded up
@@ share
-	return $vd * x.$Aa / 100
+	return ($vd*x.$Aa + 99) / 100
//: step guilty fix: names keep their capitals
@@ canonical
-	$vf := strings.TrimSpace($ve)
-	//+
-	return strings.ToLower($vf)
+	//+
+	return strings.TrimSpace($ve)
"""

_SCRATCH: Final = """
//: piece entry
// $H sums up what small values stand for, and counts all.
func $H(@in @T) error {
	$va := $P1.$Fa(@list, 4)
	$vb := $P1.$Fa(@list, 1000)
	//+
	@emit("$Sa", $fb($va))
	@emit("$Sb", len($vb))
	return nil
}
//: piece worth
var $ga = [4]int{0, 1, 5, 25}

func $fb($vc []int) int {
	$vd := 0
	for _, x := range $vc {
		//+
		$vd += $ga[x]
	}
	return $vd
}
//: piece below @1
// $Fa is what is below a bound, in the order it came.
func $Fa($ve []int, $vf int) []int {
	var $vg []int
	for _, x := range $ve {
		if x >= 0 && x < $vf {
			$vg = append($vg, x)
		}
	}
	//+
	return $vg
}
//: piece total @1
// $Fb adds up what is below a bound.
func $Fb($vh []int, $vi int) int {
	$vj := 0
	for _, x := range $Fa($vh, $vi) {
		$vj += x
	}
	//+
	return $vj
}
//: input crash list=50,1,2
//: input good list=1,2,50
//: expect index out of range .50. with length 4
//: step near feat: small values are worth more
@@ worth
-var $ga = [4]int{0, 1, 5, 25}
+var $ga = [4]int{0, 2, 8, 32}
//: step near refactor: totals by place
@@ total
-	for _, x := range $Fa($vh, $vi) {
-		$vj += x
-	}
+	$vk := $Fa($vh, $vi)
+	for i := range $vk {
+		$vj += $vk[i]
+	}
//: step guilty perf: no new slice for each call
@@ below
-func $Fa($ve []int, $vf int) []int {
-	var $vg []int
+func $Fa($ve []int, $vf int) []int {
+	$vg := $gb[:0]
=	for _, x := range $ve {
=		if x >= 0 && x < $vf {
=			$vg = append($vg, x)
=		}
=	}
=	//+
=	return $vg
=}
+
+var $gb = make([]int, 0, 256)
"""

_STAGES: Final = """
//: piece entry
// $H says at which stage an order is.
func $H(@in @T) error {
	//+
	$va := $P1.$Fa(@n)
	@emit("$Sa", $Fb($va))
	return nil
}
//: piece words
// $Fb is a word for a stage.
func $Fb($vb $P1.$Ta) string {
	//+
	return $ga[$vb] + $fc($vb)
}

func $fc($vc $P1.$Ta) string {
	if $vc == $P1.$Cb {
		return "!"
	}
	//+
	return "."
}
//: piece table
var $ga = [...]string{"new", "paid", "sent"}
//: piece stages @1
// $Ta is a stage.
type $Ta int

// Stages of an order.
const (
	$Ca $Ta = iota
	$Cb
	$Cc
)
//: piece after @1
// $Fa is the stage after so many days.
func $Fa($vd int) $Ta {
	//+
	switch {
	case $vd < 1:
		return $Ca
	case $vd < 4:
		return $Cb
	}
	return $Cc
}
//: input crash n=9
//: input good n=2
//: expect index out of range .3. with length 3
//: step near feat: another word for what is sent
@@ table
-var $ga = [...]string{"new", "paid", "sent"}
+var $ga = [...]string{"new", "paid", "gone"}
//: step near feat: money takes longer
@@ after
-	case $vd < 4:
+	case $vd < 5:
//: step guilty feat: orders are packed before they are sent
@@ stages
=	$Cb
+	$Cd
=	$Cc
"""

_PROFILE: Final = """
//: piece entry
// $H greets somebody.
func $H(@in @T) error {
	$va, err := $P1.$Fa(@s, @n)
	if err != nil {
		@emit("$Sa", "hello, stranger")
		return nil
	}
	//+
	@emit("$Sa", $fb($va))
	return nil
}
//: piece greet
func $fb($vb *$P1.$Ta) string {
	//+
	return "hello, " + $vb.$Ab + " of " + $vb.$Aa
}
//: piece profile @1
// $Ta is what is known of somebody.
type $Ta struct {
	$Aa string
	$Ab string
}

// $Ga says that nobody is known by that name.
var $Ga = errors.New("no such name")
//: piece read @1
// $Fa is the profile of a name.
func $Fa($vc string, $vd int) (*$Ta, error) {
	$ve, ok := $gc[$vc]
	//+
	if !ok {
		return nil, $Ga
	}
	if $vd < 0 {
		return nil, errors.New("no such age")
	}
	return $ve, nil
}

var $gc = map[string]*$Ta{"plain": {"$Sb", "$Sc"}}
//: input crash s=nobody
//: input good
//: expect nil pointer dereference
//: extra piece=read beside=rename
//: step near feat: a shorter greeting
@@ greet
-	return "hello, " + $vb.$Ab + " of " + $vb.$Aa
+	return "hi, " + $vb.$Ab + " of " + $vb.$Aa
//: step near feat: somebody else
@@ read
-var $gc = map[string]*$Ta{"plain": {"$Sb", "$Sc"}}
+var $gc = map[string]*$Ta{"plain": {"$Sb", "$Sc"}, "other": {"$Sd", "$Sc"}}
//: step guilty fix: that a name is not known is no error
@@ read
-	if !ok {
-		return nil, $Ga
-	}
+	if !ok {
+		return nil, nil
+	}
"""

TEMPLATES: Final = (
    Template("kept4-shelf", "c", _SHELF),
    Template("kept4-flags", "c", _FLAGS),
    Template("kept4-scratch", "c", _SCRATCH),
    Template("kept4-stages", "c", _STAGES),
    Template("kept4-profile", "c", _PROFILE),
)
