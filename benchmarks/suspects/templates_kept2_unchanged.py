"""Second kept-aside set, category k: old bugs that meet new inputs; no change is guilty."""

from __future__ import annotations

from typing import Final

from benchmarks.suspects.notation import Template

_ROOM: Final = """
//: piece entry
// $H makes room.
func $H(@in @T) error {
	//+
	@emit("$Sa", len($fa(@n, @list)))
	return nil
}
//: piece room
// $fa has room for some values more.
func $fa($va int, $vb []int) []int {
	$vc := $va * $ca
	//+
	return make([]int, len($vb)+$vc)
}

const $ca = 2
//: input crash n=-5
//: input good n=5
//: expect makeslice: len out of range
//: step near tune: more room
@@ room
-const $ca = 2
+const $ca = 3
//: step near docs: a remark
@@ room
-// $fa has room for some values more.
+// $fa has room for some values more, all of them zero.
//: step fix fix: no room for less than nothing
@@ room
-	return make([]int, len($vb)+$vc)
+	return make([]int, max(len($vb)+$vc, 0))
"""

_PATTERN: Final = """
//: piece entry
// $H counts numbers that match.
func $H(@in @T) error {
	$va := $fa(@s)
	//+
	@emit("$Sa", $fb($va, @list)+@n)
	return nil
}
//: piece pattern
import "regexp"

func $fa($vb string) *regexp.Regexp {
	//+
	return regexp.MustCompile($ga + $vb)
}

var $ga = "^"
//: piece matches
import "regexp"

func $fb($vc *regexp.Regexp, $vd []int) int {
	$ve := 0
	for _, x := range $vd {
		//+
		if $vc.MatchString(strconv.Itoa(x)) {
			$ve++
		}
	}
	return $ve
}
//: input crash s=1(2
//: input good s=1.2
//: expect regexp: Compile.*missing closing
//: step near feat: anywhere in a number
@@ pattern
-var $ga = "^"
+var $ga = ".*"
//: step near style: assignment in full
@@ matches
-			$ve++
+			$ve += 1
//: step fix fix: what is no pattern is text
@@ pattern
-	return regexp.MustCompile($ga + $vb)
+	$vf, err := regexp.Compile($ga + $vb)
+	if err != nil {
+		return regexp.MustCompile(regexp.QuoteMeta($vb))
+	}
+	return $vf
"""

_LARGEST: Final = """
//: piece entry
// $H shows how far values go.
func $H(@in @T) error {
	$va := $P1.$Fa(@list)
	//+
	@emit("$Sa", $va+@n)
	return nil
}
//: piece largest @1
// $Fa is the largest value, rounded up to tens.
func $Fa($vb []int) int {
	$vc := slices.Max($vb) + 9
	//+
	return $vc - $vc%$ca
}

const $ca = 10
//: input crash n=4
//: input good n=4 list=7,12
//: expect slices.Max: empty list
//: step near tune: fives
@@ largest
-const $ca = 10
+const $ca = 5
//: step near docs: a remark
@@ largest
-// $Fa is the largest value, rounded up to tens.
+// $Fa is the largest value, rounded up; for axes.
//: step fix fix: no values reach to zero
@@ largest
-	$vc := slices.Max($vb) + 9
+	if len($vb) == 0 {
+		return 0
+	}
+	$vc := slices.Max($vb) + 9
"""

_NULL: Final = """
//: piece entry
// $H reads a bound from what a client sends.
func $H(@in @T) error {
	$va, err := $fa(@s)
	//+
	if err != nil {
		@emit("$Sa", "no bound")
		return nil
	}
	@emit("$Sa", $fb($va, @n))
	return nil
}
//: piece read
import "encoding/json"

func $fa($vb string) (*int, error) {
	var $vc *int
	err := json.Unmarshal([]byte($vb), &$vc)
	//+
	return $vc, err
}
//: piece bounded
func $fb($vd *int, $ve int) int {
	//+
	return min(*$vd*$ca, $ve)
}

const $ca = 1
//: input crash s=null
//: input good s=7
//: expect nil pointer dereference
//: step near tune: another scale
@@ bounded
-const $ca = 1
+const $ca = 10
//: step near i18n: a better word
@@ entry
-		@emit("$Sa", "no bound")
+		@emit("$Sa", "unbounded")
//: step fix fix: null is no bound
@@ entry
-	if err != nil {
+	if err != nil || $va == nil {
"""

_FULL: Final = """
//: piece entry
// $H passes values on.
func $H(@in @T) error {
	$va := $fa(@list)
	//+
	@emit("$Sa", $va+@n)
	return nil
}
//: piece pass
func $fa($vb []int) int {
	$vc := make(chan int, $ca)
	for _, x := range $vb {
		//+
		$vc <- x
	}
	close($vc)
	return $fb($vc)
}

const $ca = 4
//: piece total
func $fb($vd <-chan int) int {
	$ve := 0
	for x := range $vd {
		//+
		$ve += x
	}
	return $ve
}
//: input crash list=1,2,3,4,5,6,7,8,9
//: input good list=1,2,3
//: expect all goroutines are asleep
//: step near perf: more room
@@ pass
-const $ca = 4
+const $ca = 6
//: step near style: assignment in full
@@ total
-		$ve += x
+		$ve = $ve + x
//: step fix fix: room for all values
@@ pass
-	$vc := make(chan int, $ca)
+	$vc := make(chan int, max($ca, len($vb)))
"""

_CROWD: Final = """
//: piece entry
// $H counts votes.
func $H(@in @T) error {
	$va := &$ta{map[int]int{}}
	var wg sync.WaitGroup
	for i := range @n {
		wg.Add(1)
		go func() {
			defer wg.Done()
			$va.$ma(i, 20000)
		}()
	}
	wg.Wait()
	//+
	@emit("$Sa", len($va.$aa) > 0)
	return nil
}
//: piece votes
type $ta struct {
	$aa map[int]int
}
//: piece vote
func (x *$ta) $ma($vb, $vc int) {
	for i := range $vc {
		$vd := (i + $vb) % $ca
		//+
		x.$aa[$vd]++
	}
}

const $ca = 41
//: input crash n=9
//: input good n=1
//: expect concurrent map (writes|read and map write)
//: extra flaky=1
//: step near tune: more to vote for
@@ vote
-const $ca = 41
+const $ca = 43
//: step near docs: what is counted
@@ votes
-type $ta struct {
+// $ta has votes by number.
+type $ta struct {
//: step fix fix: who votes alone
@@ entry
-			$va.$ma(i, 20000)
+			mu.Lock()
+			defer mu.Unlock()
+			$va.$ma(i, 20000)
@@ entry
-	var wg sync.WaitGroup
+	var wg sync.WaitGroup
+	var mu sync.Mutex
"""

TEMPLATES: Final = (
    Template("room", "k", _ROOM),
    Template("pattern", "k", _PATTERN),
    Template("largest", "k", _LARGEST),
    Template("null", "k", _NULL),
    Template("full", "k", _FULL),
    Template("crowd", "k", _CROWD),
)
