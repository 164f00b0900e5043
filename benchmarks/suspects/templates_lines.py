"""Open templates, categories a and h: the line that crashes was changed; then, in h, touched again harmlessly."""

from __future__ import annotations

from typing import Final

from benchmarks.suspects.notation import Template

_TAIL: Final = """
//: piece entry
// $H shows the newest values.
func $H(@in @T) error {
	//+
	$va := $Fa(@list, @n)
	if len($va) == 0 {
		@emit("$Sa", "none")
		return nil
	}
	@emit("$Sa", $fb($va))
	return nil
}
//: piece newest
// $Fa is the last few of all values.
func $Fa($vb []int, $vc int) []int {
	//+
	if $vc < 0 {
		return nil
	}
	return $vb[max(0, len($vb)-$vc):]
}
//: piece weigh
// $fb adds up.
func $fb($vd []int) int {
	$ve := 0
	for _, x := range $vd {
		$ve += x
	}
	//+
	return $ve
}
//: input crash n=5 list=1,2,3
//: input good n=2 list=4,5,6
//: expect slice bounds out of range
//: extra piece=newest
//: step near refactor: say early that nothing was asked for
@@ newest
-	if $vc < 0 {
+	if $vc <= 0 {
//: step near feat: weigh newer values more
@@ weigh
-	for _, x := range $vd {
-		$ve += x
+	for i, x := range $vd {
+		$ve += x * (i + 1)
=	}
//: step guilty perf: take the tail without a branch
@@ newest
-	return $vb[max(0, len($vb)-$vc):]
+	return $vb[len($vb)-$vc:]
"""

_SHARE: Final = """
//: piece entry
// $H splits an amount.
func $H(@in @T) error {
	$va := $ta{$aa: @n, $ab: len(@list)}
	//+
	@emit("$Sa", $va.$Ma())
	return nil
}
//: piece split
type $ta struct {
	$aa int
	$ab int
}

// $Ma is what each gets.
func (x $ta) $Ma() int {
	//+
	$vb := x.$aa / (x.$ab + 1)
	if $vb > $ca {
		return $ca
	}
	return $vb
}
//: piece most
// $ca is the most that one gets.
const $ca = 5000
//: input crash n=40
//: input good n=40 list=1,2
//: expect integer divide by zero
//: extra piece=split
//: step near feat: allow more for each
@@ most
-const $ca = 5000
+const $ca = 9000
//: step near refactor: use min
@@ split
-	if $vb > $ca {
-		return $ca
-	}
-	return $vb
+	return min($vb, $ca)
//: step guilty fix: do not count the house itself
@@ split
-	$vb := x.$aa / (x.$ab + 1)
+	$vb := x.$aa / x.$ab
"""

_ASSERT: Final = """
//: piece entry
// $H shows a field in the form that it has.
func $H(@in @T) error {
	$va := $Fa(@s, @n)
	for i := range @list {
		//+
		@emit("$Sa", $Fb($va, i))
	}
	@emit("$Sb", $Fb($va, -1))
	return nil
}
//: piece fields
// $Fa is a bag of values by name.
func $Fa($vb string, $vc int) map[string]any {
	$vd := map[string]any{"$Sc": $vb}
	//+
	if $vc > 10 {
		$vd["$Sc"] = $vc
	}
	return $vd
}
//: piece show
// $Fb is the text of a value.
func $Fb($ve map[string]any, $vf int) string {
	//+
	$vg, _ := $ve["$Sc"].(string)
	if $vf >= 0 {
		$vg += "/" + strconv.Itoa($vf)
	}
	return strings.ToUpper($vg)
}
//: input crash n=12 list=3
//: input good n=2 list=4
//: expect interface conversion
//: extra piece=show
//: step near feat: show fields in lower case
@@ show
-	return strings.ToUpper($vg)
+	return strings.ToLower($vg)
//: step near refactor: a larger bag
@@ fields
-	$vd := map[string]any{"$Sc": $vb}
+	$vd := make(map[string]any, 4)
+	$vd["$Sc"] = $vb
//: step guilty refactor: the field is always text
@@ show
-	$vg, _ := $ve["$Sc"].(string)
+	$vg := $ve["$Sc"].(string)
"""

_CUT: Final = """
//: piece entry
// $H reads a qualified name.
func $H(@in @T) error {
	//+
	$va, $vb := $fa(@s)
	if $va == "" {
		return @fail("empty name")
	}
	@emit($va, $vb)
	return nil
}
//: piece parse
// $fa takes a name apart: what is before and behind the dash.
func $fa($vc string) (string, string) {
	//+
	$vd, $ve, _ := strings.Cut($vc, "-")
	$vd = strings.TrimSpace($vd)
	return $vd, strings.TrimSuffix($ve, ".")
}
//: input crash s=single
//: input good s=two-parts
//: expect index out of range .1. with length 1
//: extra piece=parse
//: step near feat: names may be padded
@@ parse
-	return $vd, strings.TrimSuffix($ve, ".")
+	return $vd, strings.Trim($ve, " .")
//: step guilty feat: names may have several dashes
@@ parse
-	$vd, $ve, _ := strings.Cut($vc, "-")
+	$vf := strings.Split($vc, "-")
+	$vd, $ve := $vf[0], $vf[1]
"""

_GRID: Final = """
//: piece entry
// $H puts numbers into a grid of two rows.
func $H(@in @T) error {
	$va := $Fa(2, max(len(@list), 1))
	for i, x := range @list {
		$va.$Ma(i%2, i, x)
	}
	//+
	@emit("$Sa", $va.$Mb())
	return nil
}
//: piece grid
// $Ta is a grid.
type $Ta struct {
	$aa [][]int
}

// $Fa is an empty grid.
func $Fa($vb, $vc int) *$Ta {
	$vd := &$Ta{$aa: make([][]int, $vb)}
	for i := range $vd.$aa {
		$vd.$aa[i] = make([]int, $vc)
	}
	return $vd
}
//: piece cells
// $Ma adds to a cell.
func (x *$Ta) $Ma($ve, $vf, $vg int) {
	//+
	x.$aa[$ve][$vf] += $vg
}

// $Mb is the sum of all cells.
func (x *$Ta) $Mb() int {
	$vh := 0
	for _, $vi := range x.$aa {
		for _, $vj := range $vi {
			$vh += $vj
		}
	}
	//+
	return $vh
}
//: input crash list=1,2,3
//: input good list=1,2
//: expect index out of range
//: extra piece=cells
//: step near perf: one slice for all cells
@@ grid
+	$vk := make([]int, $vb*$vc)
=	for i := range $vd.$aa {
-		$vd.$aa[i] = make([]int, $vc)
+		$vd.$aa[i] = $vk[i*$vc : (i+1)*$vc]
=	}
//: step guilty refactor: address cells by column, then row
@@ cells
-	x.$aa[$ve][$vf] += $vg
+	x.$aa[$vf][$ve] += $vg
"""

_CHOICE: Final = """
//: piece entry
// $H picks how to show a value.
func $H(@in @T) error {
	//+
	$va := $Fa(@s)
	@emit("$Sa", $va(@n))
	return nil
}
//: piece forms
type $ta func(int) string

var $ga = map[string]$ta{
	"plain": func(x int) string { return strconv.Itoa(x) },
	"wide":  func(x int) string { return fmt.Sprintf("%08d", x) },
}

// $Fa is the form of a name.
func $Fa($vb string) $ta {
	//+
	if $vc, ok := $ga[$vb]; ok {
		return $vc
	}
	return $ga["plain"]
}
//: input crash s=other
//: input good s=wide
//: expect nil pointer dereference
//: extra piece=entry
//: step near feat: a form with a sign
@@ forms
+	"sign": func(x int) string { return fmt.Sprintf("%+d", x) },
=	"wide":  func(x int) string { return fmt.Sprintf("%08d", x) },
//: step guilty refactor: look the form up where it is used
@@ entry
-	$va := $Fa(@s)
-	@emit("$Sa", $va(@n))
+	@emit("$Sa", $ga[@s](@n))
"""

_LATER_WRAP: Final = """
//: piece entry
// $H lists pairs of neighbours.
func $H(@in @T) error {
	//+
	for i := 0; i < len(@list)-1; i += 2 {
		@emit("$Sa", $fa(@list, i, @n))
	}
	return nil
}
//: piece pair
// $fa is the distance of two neighbours.
func $fa($va []int, $vb, $vc int) int {
	//+
	$vd := $va[$vb+1] - $va[$vb]
	return $vd * $vc
}
//: input crash n=2 list=1,2,3,4
//: input good n=2 list=1,2,3
//: expect index out of range
//: extra piece=pair
//: step near feat: distances are positive
@@ pair
-	return $vd * $vc
+	return max($vd, -$vd) * $vc
//: step guilty feat: also measure to the one after the next
@@ pair
-	$vd := $va[$vb+1] - $va[$vb]
+	$vd := $va[$vb+1] + $va[$vb+2] - 2*$va[$vb]
//: step after refactor: name the neighbours
@@ pair
-	$vd := $va[$vb+1] + $va[$vb+2] - 2*$va[$vb]
+	$ve, $vf := $va[$vb], $va[$vb+1]
+	$vd := $vf + $va[$vb+2] - 2*$ve
"""

_LATER_METHOD: Final = """
//: piece entry
// $H keeps the best of a list.
func $H(@in @T) error {
	$va := &$ta{$aa: @n}
	for _, x := range @list {
		$va.$ma(x)
	}
	//+
	@emit("$Sa", $va.$mb())
	return nil
}
//: piece best
type $ta struct {
	$aa int
	$ab []int
}

func (x *$ta) $ma($vb int) {
	//+
	if $vb > x.$aa {
		x.$ab = append(x.$ab, $vb)
	}
}

func (x *$ta) $mb() int {
	if len(x.$ab) > 0 {
		sort.Ints(x.$ab)
		return x.$ab[len(x.$ab)-1]
	}
	//+
	return x.$aa
}
//: input crash n=50 list=1,2,3
//: input good n=1 list=7,8,9
//: expect index out of range .(0|-1).
//: extra piece=best
//: step near refactor: keep at least the bound
@@ best
-	if $vb > x.$aa {
+	if $vb >= x.$aa+1 {
//: step guilty perf: sort only where needed
@@ best
-	if len(x.$ab) > 0 {
-		sort.Ints(x.$ab)
-		return x.$ab[len(x.$ab)-1]
-	}
+	if len(x.$ab) != 1 {
+		sort.Ints(x.$ab)
+		return x.$ab[len(x.$ab)-1]
+	}
//: step after refactor: the newest sort
@@ best
-		sort.Ints(x.$ab)
-		return x.$ab[len(x.$ab)-1]
+		slices.Sort(x.$ab)
+		$vd := len(x.$ab) - 1
+		return x.$ab[$vd]
"""

_LATER_DEEP: Final = """
//: piece entry
// $H walks a chain of links.
func $H(@in @T) error {
	$va := $Fa(@list)
	//+
	@emit("$Sa", $va.$Ma(@n))
	return nil
}
//: piece chain
// $Ta is one link.
type $Ta struct {
	$aa int
	$ab *$Ta
}

// $Fa makes a chain; the first link is 0.
func $Fa($vb []int) *$Ta {
	$vc := &$Ta{}
	$vd := $vc
	for _, x := range $vb {
		$vd.$ab = &$Ta{$aa: x}
		$vd = $vd.$ab
	}
	//+
	return $vc
}
//: piece walk
// $Ma is the value some links further, or the last.
func (x *$Ta) $Ma($ve int) int {
	//+
	for i := 0; i < $ve && x.$ab != nil; i++ {
		x = x.$ab
	}
	return x.$aa
}
//: input crash n=4 list=5,6
//: input good n=1 list=5,6
//: expect nil pointer dereference
//: extra piece=walk
//: step near feat: chains begin with their length
@@ chain
-	$vc := &$Ta{}
+	$vc := &$Ta{$aa: len($vb)}
//: step guilty perf: count down instead of asking twice
@@ walk
-	for i := 0; i < $ve && x.$ab != nil; i++ {
-		x = x.$ab
-	}
-	return x.$aa
+	for ; $ve > 0; $ve-- {
+		x = x.$ab
+	}
+	return x.$aa
//: step after refactor: a name for where we are
@@ walk
-	for ; $ve > 0; $ve-- {
-		x = x.$ab
-	}
-	return x.$aa
+	$vf := x
+	for range $ve {
+		$vf = $vf.$ab
+	}
+	return $vf.$aa
"""

TEMPLATES: Final = (
    Template("tail", "a", _TAIL),
    Template("share", "a", _SHARE),
    Template("assert", "a", _ASSERT),
    Template("cut", "a", _CUT),
    Template("grid", "a", _GRID),
    Template("choice", "a", _CHOICE),
    Template("later-wrap", "h", _LATER_WRAP),
    Template("later-method", "h", _LATER_METHOD),
    Template("later-deep", "h", _LATER_DEEP),
    Template("later-tail", "h", _TAIL + "//: extra touch=move\n"),
    Template("later-share", "h", _SHARE + "//: extra touch=rename\n"),
    Template("later-cut", "h", _CUT + "//: extra touch=format\n"),
    Template("later-grid", "h", _GRID + "//: extra touch=rename\n"),
)
