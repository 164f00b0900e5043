"""Open templates, categories i (an old bug met by a new feature), j (a fix reverted) and k (no change is guilty)."""

from __future__ import annotations

from typing import Final

from benchmarks.suspects.notation import Template

_LONG: Final = """
//: piece entry
// $H packs a few values.
func $H(@in @T) error {
	$va := @list
	if len($va) > 4 {
		$va = $va[:4]
	}
	//+
	@emit("$Sa", $Fa($va))
	return nil
}
//: piece packed
// $Fa packs values into four places.
func $Fa($vb []int) int {
	var $vc [4]int
	for i, x := range $vb {
		//+
		$vc[i] = x
	}
	$vd := 0
	for _, x := range $vc {
		$vd = $vd*10 + x
	}
	return $vd
}
//: input crash s=long list=1,2,3,4,5
//: input good list=1,2
//: expect index out of range .4. with length 4
//: step near refactor: pack with shifts
@@ packed
-		$vd = $vd*10 + x
+		$vd = $vd<<4 + x
//: step guilty feat: requests may ask for long lists
@@ entry
-	if len($va) > 4 {
+	if len($va) > 4 && @s != "long" {
"""

_NEW_KIND: Final = """
//: piece entry
// $H shows a value in a unit.
func $H(@in @T) error {
	if !slices.Contains($ga, @s) {
		return @fail("no such unit")
	}
	//+
	@emit("$Sa", $Fa(@s, @n))
	return nil
}
//: piece units
var $ga = []string{"plain", "$Sb"}

var $gb = map[string]int{"plain": 1, "$Sb": $Da}
//: piece convert
// $Fa is a value in a unit.
func $Fa($va string, $vb int) int {
	//+
	return $vb / $gb[$va]
}
//: input crash s=dozen
//: input good
//: expect integer divide by zero
//: step near refactor: a comment on units
@@ convert
-// $Fa is a value in a unit.
+// $Fa is a value in a unit, rounded down.
//: step guilty feat: a third unit
@@ units
-var $ga = []string{"plain", "$Sb"}
+var $ga = []string{"plain", "$Sb", "dozen"}
"""

_REPEAT: Final = """
//: piece entry
// $H lays values out.
func $H(@in @T) error {
	$va := $Fa(8)
	//+
	$fb($va, @list)
	@emit("$Sa", $va.$aa)
	return nil
}
//: piece strip
type $ta struct {
	$aa []int
	$ab int
}

// $Fa is a strip with room.
func $Fa($vb int) *$ta { return &$ta{$aa: make([]int, $vb)} }

func (x *$ta) $ma($vc int) {
	//+
	x.$aa[x.$ab] = $vc
	x.$ab++
}
//: piece lay
func $fb($vd *$ta, $ve []int) {
	//+
	for _, x := range $ve {
		$vd.$ma(x)
	}
}
//: input crash n=5 list=1,2,3
//: input good n=1 list=1,2
//: expect index out of range .8. with length 8
//: step near refactor: go on after storing
@@ strip
-	x.$aa[x.$ab] = $vc
-	x.$ab++
+	x.$ab++
+	x.$aa[x.$ab-1] = $vc
//: step guilty feat: values may be repeated
@@ entry
-	$fb($va, @list)
+	for range @n {
+		$fb($va, @list)
+	}
"""

_FILTER: Final = """
//: piece entry
// $H shows the middle value.
func $H(@in @T) error {
	if len(@list) == 0 {
		return @fail("no values")
	}
	//+
	@emit("$Sa", $Fa(@list))
	return nil
}
//: piece middle
// $Fa is the value in the middle.
func $Fa($va []int) int {
	$vb := slices.Clone($va)
	slices.Sort($vb)
	//+
	return $vb[len($vb)/2]
}
//: input crash n=50 list=1,2
//: input good n=1 list=7,8
//: expect index out of range .0. with length 0
//: step near perf: sort a copy with room
@@ middle
-	$vb := slices.Clone($va)
+	$vb := append(make([]int, 0, len($va)), $va...)
//: step guilty feat: small values can be left out
@@ entry
-	@emit("$Sa", $Fa(@list))
+	$vc := slices.DeleteFunc(slices.Clone(@list), func(x int) bool { return x < @n })
+	@emit("$Sa", $Fa($vc))
"""

_NEW_CALLER: Final = """
//: piece entry
// $H tags a value.
func $H(@in @T) error {
	//+
	if @n > 1000 {
		return @fail("too large")
	}
	@emit("$Sa", $P1.$Fa(@n))
	return nil
}
//: piece tags @1
var $ga = []string{"none", "few", "some", "many"}

// $Fa is the tag of a number below a thousand.
func $Fa($vb int) string {
	//+
	return $ga[len(strconv.Itoa($vb))]
}

// $Fb is how many tags there are.
func $Fb() int { return len($ga) }
//: input crash n=5000
//: input good n=20
//: expect index out of range
//: step near refactor: shorter tags
@@ tags
-var $ga = []string{"none", "few", "some", "many"}
+var $ga = []string{"no", "few", "some", "many"}
//: step guilty feat: large values are welcome
@@ entry
-	if @n > 1000 {
+	if @n > 100000 {
"""

_UNFIXED: Final = """
//: piece entry
// $H measures a text.
func $H(@in @T) error {
	$va := strings.Split(@s, "-")
	//+
	@emit("$Sa", $fa($va, @n))
	return nil
}
//: piece measure
func $fa($vb []string, $vc int) int {
	//+
	$vd := len($vb[$vc])
	for _, x := range $vb {
		$vd += len(x)
	}
	return $vd
}
//: input crash n=3 s=a-b
//: input good n=0 s=a-b
//: expect index out of range .3. with length 2
//: step near refactor: add up once more
@@ measure
-		$vd += len(x)
+		$vd = $vd + len(x)
//: step before fix: a part that is not there has no length
@@ measure
-	$vd := len($vb[$vc])
+	$vd := 0
+	if $vc < len($vb) {
+		$vd = len($vb[$vc])
+	}
//: step guilty revert
@@ measure
-	$vd := 0
-	if $vc < len($vb) {
-		$vd = len($vb[$vc])
-	}
+	$vd := len($vb[$vc])
"""

_UNLOCKED: Final = """
//: piece entry
// $H notes values in parallel.
func $H(@in @T) error {
	$va := &$ta{$aa: map[string]int{}}
	var wg sync.WaitGroup
	for i := range 2 * @n {
		wg.Add(1)
		go func() {
			defer wg.Done()
			$va.$ma(@s, i)
		}()
	}
	wg.Wait()
	//+
	@emit("$Sa", len($va.$aa) > 0)
	return nil
}
//: piece notes
type $ta struct {
	mu  sync.Mutex
	$aa map[string]int
}
//: piece note
func (x *$ta) $ma($vb string, $vc int) {
	for i := range 20000 {
		$vd := $vb + strconv.Itoa((i+$vc)%30)
		//+
		x.$aa[$vd]++
	}
}
//: input crash n=4
//: input good n=0
//: expect concurrent map (writes|read and map write)
//: extra flaky=1
//: step near feat: fewer notes
@@ note
-		$vd := $vb + strconv.Itoa((i+$vc)%30)
+		$vd := $vb + strconv.Itoa((i+$vc)%20)
//: step before fix: notes are written one after the other
@@ note
-		x.$aa[$vd]++
+		x.mu.Lock()
+		x.$aa[$vd]++
+		x.mu.Unlock()
//: step guilty revert
@@ note
-		x.mu.Lock()
-		x.$aa[$vd]++
-		x.mu.Unlock()
+		x.$aa[$vd]++
"""

_STRICT: Final = """
//: piece entry
// $H reads a number at the end of a text.
func $H(@in @T) error {
	//+
	$va := $Fa(@s)
	@emit("$Sa", $va+@n)
	return nil
}
//: piece number
// $Fa is the number behind the last dash.
func $Fa($vb string) int {
	$vc := strings.LastIndex($vb, "-")
	//+
	$vd, err := strconv.Atoi($vb[$vc+1:])
	if err != nil {
		panic(err)
	}
	return $vd
}
//: input crash s=a-b
//: input good s=a-7
//: expect parsing "b": invalid syntax
//: step near perf: look for the byte
@@ number
-	$vc := strings.LastIndex($vb, "-")
+	$vc := strings.LastIndexByte($vb, '-')
//: step before fix: no number is zero
@@ number
-	if err != nil {
-		panic(err)
-	}
+	if err != nil {
+		return 0
+	}
//: step guilty revert
@@ number
-	if err != nil {
-		return 0
-	}
+	if err != nil {
+		panic(err)
+	}
"""

_OLD_LOOP: Final = """
//: piece entry
// $H finds the first value that is large enough.
func $H(@in @T) error {
	$va := $Fa(@list, @n)
	//+
	@emit("$Sa", @list[$va])
	return nil
}
//: piece search
// $Fa is the place of the first value that is large enough.
func $Fa($vb []int, $vc int) int {
	$vd := 0
	for $vd < len($vb) && $vb[$vd] < $vc {
		$vd++
	}
	//+
	return $vd
}
//: input crash n=9 list=1,2
//: input good n=2 list=1,2
//: expect index out of range .2. with length 2
//: step near docs: values are in order
@@ search
-// $Fa is the place of the first value that is large enough.
+// $Fa is the place of the first value that is large enough; values are in order.
//: step before fix: where none is large enough, take the last
@@ entry
-	@emit("$Sa", @list[$va])
+	if $va == len(@list) {
+		$va--
+	}
+	@emit("$Sa", @list[max($va, 0)])
//: step guilty refactor: back to how it was, the last one confused people
@@ entry
-	if $va == len(@list) {
-		$va--
-	}
-	@emit("$Sa", @list[max($va, 0)])
+	@emit("$Sa", @list[$va])
"""

_NEVER_THERE: Final = """
//: piece entry
// $H takes a value by place.
func $H(@in @T) error {
	//+
	$va := $Fa(@list, @n)
	@emit("$Sa", $va)
	return nil
}
//: piece take
// $Fa is the value at a place.
func $Fa($vb []int, $vc int) int {
	//+
	return $vb[$vc] * $ca
}

const $ca = $Da
//: input crash n=6 list=1,2
//: input good n=1 list=1,2
//: expect index out of range .6. with length 2
//: step near feat: another factor
@@ take
-const $ca = $Da
+const $ca = $Db
//: step near feat: values have a sign
@@ entry
-	@emit("$Sa", $va)
+	@emit("$Sa", -$va)
//: step fix fix: places beyond the end are refused
@@ take
-	return $vb[$vc] * $ca
+	if $vc >= len($vb) {
+		return 0
+	}
+	return $vb[$vc] * $ca
"""

_ALWAYS_NIL: Final = """
//: piece entry
// $H shows a nickname.
func $H(@in @T) error {
	$va := $P1.$Fa(@s)
	//+
	@emit("$Sa", $fb($va) + @n)
	return nil
}
//: piece length
func $fb($vb *$P1.$Ta) int {
	//+
	return len($vb.$Aa)
}
//: piece nicknames @1
// $Ta is a nickname.
type $Ta struct {
	$Aa string
}

var $ga = map[string]*$Ta{"plain": {"$Sb"}}

// $Fa is the nickname of a name.
func $Fa($vc string) *$Ta {
	//+
	return $ga[$vc]
}
//: input crash s=stranger
//: input good
//: expect nil pointer dereference
//: step near feat: another nickname
@@ nicknames
-var $ga = map[string]*$Ta{"plain": {"$Sb"}}
+var $ga = map[string]*$Ta{"plain": {"$Sb"}, "rich": {"$Sc"}}
//: step near feat: nicknames count twice
@@ length
-	return len($vb.$Aa)
+	return 2 * len($vb.$Aa)
//: step fix fix: strangers have no nickname
@@ length
-	//+
+	if $vb == nil {
+		return 0
+	}
"""

_ZERO_SUM: Final = """
//: piece entry
// $H shows the part of the first value.
func $H(@in @T) error {
	if len(@list) == 0 {
		return nil
	}
	//+
	@emit("$Sa", $Fa(@list, @n))
	return nil
}
//: piece part
// $Fa is the part of the first value in all.
func $Fa($va []int, $vb int) int {
	$vc := 0
	for _, x := range $va {
		$vc += x
	}
	//+
	return $vb * $va[0] / $vc
}
//: input crash list=2,-2
//: input good list=2,2
//: expect integer divide by zero
//: step near refactor: add up by index
@@ part
-	for _, x := range $va {
-		$vc += x
-	}
+	for i := range $va {
+		$vc += $va[i]
+	}
//: step near feat: a limit for parts
@@ entry
-	if len(@list) == 0 {
+	if len(@list) == 0 || len(@list) > 500 {
//: step fix fix: no part of nothing
@@ part
-	return $vb * $va[0] / $vc
+	if $vc == 0 {
+		return 0
+	}
+	return $vb * $va[0] / $vc
"""

_RUNES: Final = """
//: piece entry
// $H shortens a text.
func $H(@in @T) error {
	//+
	@emit("$Sa", $fa(@s, @n))
	return nil
}
//: piece shorten
func $fa($va string, $vb int) string {
	$vc := strings.TrimLeft($va, "*")
	//+
	return $vc[:$vb] + $ga
}

var $ga = "~"
//: input crash n=4 s=ab
//: input good n=2 s=abcd
//: expect slice bounds out of range
//: step near feat: another mark for what is cut
@@ shorten
-var $ga = "~"
+var $ga = ".."
//: step near feat: also trim plus signs
@@ shorten
-	$vc := strings.TrimLeft($va, "*")
+	$vc := strings.TrimLeft($va, "*+")
//: step fix fix: short texts stay as they are
@@ shorten
-	return $vc[:$vb] + $ga
+	return $vc[:min(len($vc), $vb)] + $ga
"""

TEMPLATES: Final = (
    Template("long-list", "i", _LONG),
    Template("new-kind", "i", _NEW_KIND),
    Template("repeat", "i", _REPEAT),
    Template("filter", "i", _FILTER),
    Template("new-caller", "i", _NEW_CALLER),
    Template("unfixed", "j", _UNFIXED),
    Template("unlocked", "j", _UNLOCKED),
    Template("strict", "j", _STRICT),
    Template("old-loop", "j", _OLD_LOOP),
    Template("never-there", "k", _NEVER_THERE),
    Template("always-nil", "k", _ALWAYS_NIL),
    Template("zero-sum", "k", _ZERO_SUM),
    Template("runes", "k", _RUNES),
)
