"""Third kept-aside set, category e: configuration and data."""

from __future__ import annotations

from typing import Final

from benchmarks.suspects.notation import Template

_PARENTS: Final = """
//: data areas.txt
plain middle
middle top
hill middle
valley hill
coast top
//: piece entry
// $H says how deep an area lies within others.
func $H(@in @T) error {
	$va := $fa()
	//+
	@emit("$Sa", $va.$ma(@s)+@n)
	return nil
}
//: piece areas
//go:embed areas.txt
var $ga string

type $ta map[string]string

func $fa() $ta {
	$vb := $ta{}
	for _, x := range strings.Split(strings.TrimSpace($ga), "\\n") {
		$vc, $vd, _ := strings.Cut(x, " ")
		//+
		$vb[$vc] = $vd
	}
	return $vb
}
//: piece depth
// $ma is how many areas are around one.
func (x $ta) $ma($ve string) int {
	$vf, ok := x[$ve]
	//+
	if !ok {
		return $ca
	}
	return 1 + x.$ma($vf)
}

const $ca = 0
//: piece stack
import "runtime/debug"

// areas are not nested that deeply
func init() { debug.SetMaxStack(8 << 20) }
//: input crash s=valley
//: input good s=coast
//: expect stack overflow
//: step near data: the coast has an area of its own
@@ areas.txt
-coast top
+coast shore
+shore top
//: step near feat: the world counts, too
@@ depth
-const $ca = 0
+const $ca = 1
//: step guilty data: the middle belongs to the hills since the reform
@@ areas.txt
-middle top
+middle hill
"""

_LOOKAHEAD: Final = """
//: config
$Ka = ^[a-z.-]+
$Kb = 1$Da
//: piece entry
// $H lets names pass.
func $H(@in @T) error {
	if @n > 10 && !$fa(@s) {
		return @fail("not allowed")
	}
	//+
	@emit("$Sa", @s)
	return nil
}
//: piece allowed
import "regexp"

// $fa tells whether a name may be used for large requests.
func $fa($va string) bool {
	$vb := regexp.MustCompile(@conf.Text("$Ka"))
	//+
	return $vb.MatchString($va)
}

// $Fa is how long a name may be.
func $Fa() int { return @conf.Int("$Kb") }
//: input crash n=50
//: input good n=2
//: expect regexp: Compile.*invalid or unsupported Perl syntax
//: step near ops: longer names
@@ config
-$Kb = 1$Da
+$Kb = 2$Da
//: step near i18n: a better word
@@ entry
-		return @fail("not allowed")
+		return @fail("not for everybody")
//: step guilty ops: test accounts make no large requests
@@ config
-$Ka = ^[a-z.-]+
+$Ka = ^(?!test)[a-z.-]+
"""

_REMARK: Final = """
//: config
$Ka = $Sa
$Kb = 3
//: piece entry
// $H has values weighed.
func $H(@in @T) error {
	$va := $fa(@list)
	//+
	@emit(@conf.Text("$Ka"), $va+@n)
	return nil
}
//: piece workers
func $fa($vb []int) int {
	$vc, $vd := make(chan int), make(chan int, len($vb))
	for range @conf.Int("$Kb") {
		go $fb($vc, $vd)
	}
	for _, x := range $vb {
		//+
		$vc <- x
	}
	close($vc)
	$ve := 0
	for range $vb {
		$ve += <-$vd
	}
	return $ve
}
//: piece weigh
func $fb($vf <-chan int, $vg chan<- int) {
	for x := range $vf {
		//+
		$vg <- x * $ca
	}
}

const $ca = $Da
//: input crash list=1,2
//: input good
//: expect all goroutines are asleep
//: step near tune: another weight
@@ weigh
-const $ca = $Da
+const $ca = 1$Da
//: step near ops: a better name
@@ config
-$Ka = $Sa
+$Ka = $Sb
//: step guilty docs: how many there are in all
@@ config
-$Kb = 3
+$Kb = 3 # in each region
"""

_SHARES: Final = """
//: data shares.txt
$Sa 60
$Sb 30
$Sc 10
//: piece entry
// $H chooses what a visitor sees.
func $H(@in @T) error {
	$va := $fa()
	//+
	@emit("$Sd", $fb($va, @n%100))
	return nil
}
//: piece shares
//go:embed shares.txt
var $ga string

type $ta struct {
	$aa string
	$ab int
}

func $fa() []$ta {
	var $vb []$ta
	for _, x := range strings.Split(strings.TrimSpace($ga), "\\n") {
		$vc, $vd, _ := strings.Cut(x, " ")
		$ve, _ := strconv.Atoi($vd)
		//+
		$vb = append($vb, $ta{$vc, $ve})
	}
	return $vb
}
//: piece choose
func $fb($vf []$ta, $vg int) string {
	i := 0
	for $vg >= $vf[i].$ab {
		//+
		$vg -= $vf[i].$ab
		i++
	}
	return $vf[i].$aa + $gb
}

var $gb = "."
//: input crash n=97
//: input good n=25
//: expect index out of range .3. with length 3
//: step near feat: another end
@@ choose
-var $gb = "."
+var $gb = ""
//: step near perf: room for all
@@ shares
-	var $vb []$ta
+	$vb := make([]$ta, 0, 4)
//: step guilty data: the third one is hardly ready
@@ shares.txt
-$Sc 10
+$Sc 5
"""

_DAY: Final = """
//: config
$Ka = 24h
$Kb = $Sa
//: piece entry
// $H says how much is due in a period.
func $H(@in @T) error {
	$va := @n
	if len(@list) > 0 {
		$va += $fb(@list[0], $fa())
	}
	//+
	@emit(@conf.Text("$Kb"), $va)
	return nil
}
//: piece period
import "time"

func $fa() time.Duration {
	$vb, err := time.ParseDuration(@conf.Text("$Ka"))
	//+
	if err != nil {
		@log("period: " + err.Error())
	}
	return $vb
}
//: piece due
import "time"

// $fb is how many periods so many minutes have.
func $fb($vc int, $vd time.Duration) int {
	$ve := int($vd / $ca)
	//+
	return $vc / $ve
}

const $ca = time.Minute
//: input crash list=90
//: input good
//: expect integer divide by zero
//: step near tune: seconds
@@ due
-const $ca = time.Minute
+const $ca = time.Second
//: step near ops: a better name
@@ config
-$Kb = $Sa
+$Kb = $Sb
//: step guilty ops: periods in days, as in the contracts
@@ config
-$Ka = 24h
+$Ka = 1d
"""

TEMPLATES: Final = (
    Template("parents", "e", _PARENTS),
    Template("lookahead", "e", _LOOKAHEAD),
    Template("remark-behind", "e", _REMARK),
    Template("shares", "e", _SHARES),
    Template("day", "e", _DAY),
)
