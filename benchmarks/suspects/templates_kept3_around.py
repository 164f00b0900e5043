"""Third kept-aside set, category c: what others share."""

from __future__ import annotations

from typing import Final

from benchmarks.suspects.notation import Template

_COMPARATOR: Final = """
//: piece entry
// $H names the pauses between events.
func $H(@in @T) error {
	$va := slices.SortedFunc(slices.Values(@list), $P1.$Fa)
	//+
	for _, x := range $fa($va) {
		@emit("$Sa", x)
	}
	@emit("$Sb", @n)
	return nil
}
//: piece pauses
var $ga = [...]string{"none", "short", "some", "long"}

// $fa names the pauses between times.
func $fa($vc []int) []string {
	var $vd []string
	for i := 1; i < len($vc); i++ {
		//+
		$ve := min($vc[i-1]-$vc[i], len($ga)-1)
		$vd = append($vd, $ga[$ve])
	}
	return $vd
}
//: piece order @1
import "cmp"

// $Fa puts the newest first.
func $Fa($vf, $vg int) int { return cmp.Compare($vg, $vf) }

// $Fb are the newest of some times.
func $Fb($vh []int, $vi int) []int {
	$vj := slices.SortedFunc(slices.Values($vh), $Fa)
	//+
	return $vj[:min($vi, len($vj))]
}
//: input crash list=4,6
//: input good list=5,5
//: expect index out of range .-2.
//: step near i18n: a better word
@@ pauses
-var $ga = [...]string{"none", "short", "some", "long"}
+var $ga = [...]string{"none", "short", "a while", "long"}
//: step near refactor: the number comes first
@@ entry
-	for _, x := range $fa($va) {
-		@emit("$Sa", x)
-	}
-	@emit("$Sb", @n)
+	@emit("$Sb", @n)
+	for _, x := range $fa($va) {
+		@emit("$Sa", x)
+	}
//: step guilty fix: the dashboard shows events from the first to the last
@@ order
-// $Fa puts the newest first.
-func $Fa($vf, $vg int) int { return cmp.Compare($vg, $vf) }
+// $Fa puts the oldest first.
+func $Fa($vf, $vg int) int { return cmp.Compare($vf, $vg) }
@@ order
-	$vj := slices.SortedFunc(slices.Values($vh), $Fa)
+	$vj := slices.SortedFunc(slices.Values($vh), $Fa)
+	slices.Reverse($vj)
"""

_ITERATOR: Final = """
//: piece entry
// $H looks for a large value below.
func $H(@in @T) error {
	$va := &$P1.$Ta{$Aa: @n}
	for _, x := range @list {
		$va.$Ab = append($va.$Ab, &$P1.$Ta{$Aa: x})
	}
	//+
	@emit("$Sa", $fb($va))
	return nil
}
//: piece first
// $fb is the first value that is large.
func $fb($vb *$P1.$Ta) int {
	for x := range $P1.$Fa($vb) {
		//+
		if x > $ca {
			return x
		}
	}
	return 0
}

const $ca = 10
//: piece tree @1
// $Ta is a node of a tree.
type $Ta struct {
	$Aa int
	$Ab []*$Ta
}
//: piece walk @1
import "iter"

// $Fa goes through a tree.
func $Fa($vc *$Ta) iter.Seq[int] {
	return func(yield func(int) bool) {
		$fa($vc, yield)
	}
}

func $fa($vd *$Ta, yield func(int) bool) bool {
	if !yield($vd.$Aa) {
		return false
	}
	for _, x := range $vd.$Ab {
		if !$fa(x, yield) {
			return false
		}
	}
	return true
}
//: input crash list=11,12
//: input good list=4,5
//: expect range function continued iteration after function for loop body returned false
//: step near tune: what is large
@@ first
-const $ca = 10
+const $ca = 9
//: step near docs: what is below
@@ tree
-	$Ab []*$Ta
+	// in the order in which they came
+	$Ab []*$Ta
//: step guilty feat: what is below a node comes before it
@@ walk
-// $Fa goes through a tree.
-func $Fa($vc *$Ta) iter.Seq[int] {
-	return func(yield func(int) bool) {
-		$fa($vc, yield)
-	}
-}
-
-func $fa($vd *$Ta, yield func(int) bool) bool {
-	if !yield($vd.$Aa) {
-		return false
-	}
-	for _, x := range $vd.$Ab {
-		if !$fa(x, yield) {
-			return false
-		}
-	}
-	return true
-}
+// $Fa goes through a tree, from the leaves to the root.
+func $Fa($vc *$Ta) iter.Seq[int] {
+	return func(yield func(int) bool) {
+		for _, x := range $vc.$Ab {
+			$Fa(x)(yield)
+		}
+		yield($vc.$Aa)
+	}
+}
"""

_FOLDED: Final = """
//: piece entry
// $H marks the last part of a name.
func $H(@in @T) error {
	$va, $vb := $P1.$Fa(@s), strings.LastIndexByte(@s, '-')
	//+
	@emit("$Sa", $fa($va, $vb+1))
	@emit("$Sb", @n)
	return nil
}
//: piece mark
func $fa($vc string, $vd int) string {
	//+
	return $vc[:$vd] + $ga + $vc[$vd:]
}

var $ga = "_"
//: piece fold @1
// $Fa is a name as it is compared: capitals make no difference.
func $Fa($ve string) string {
	//+
	return strings.ToLower($ve)
}

// $Fb tells whether two names are the same.
func $Fb($vf, $vg string) bool { return $Fa($vf) == $Fa($vg) }
//: input crash s=A.B.C.-x
//: input good s=ab-c
//: expect slice bounds out of range .:7. with length 5
//: step near feat: another mark
@@ mark
-var $ga = "_"
+var $ga = "~"
//: step near docs: a remark
@@ fold
-// $Fb tells whether two names are the same.
+// $Fb tells whether two names are the same for people.
//: step guilty fix: dots in names make no difference
@@ fold
-// $Fa is a name as it is compared: capitals make no difference.
+// $Fa is a name as it is compared: capitals and dots make no difference.
@@ fold
-	return strings.ToLower($ve)
+	return strings.ReplaceAll(strings.ToLower($ve), ".", "")
"""

_UNLIMITED: Final = """
//: piece entry
// $H notes calls of a customer.
func $H(@in @T) error {
	if !$P1.$Fb(@s, @n) {
		return @fail("no calls left")
	}
	//+
	@emit("$Sa", $fa(@s, @list))
	return nil
}
//: piece calls
func $fa($va string, $vb []int) int {
	$vc := make([]int, 0, $P1.$Fa($va))
	for _, x := range $vb {
		//+
		$vc = append($vc, x)
	}
	return len($vc) * $ca
}

const $ca = 2
//: piece quota @1
var $ga = map[string]int{"plain": 10, "rich": 1000}

// $Fa is how many calls a plan has.
func $Fa($vd string) int {
	if $ve, ok := $ga[$vd]; ok {
		//+
		return $ve
	}
	return 1
}
//: piece left @1
// $Fb tells whether there are calls left.
func $Fb($vf string, $vg int) bool {
	//+
	return $vg < $Fa($vf)
}
//: input crash s=rich
//: input good
//: expect makeslice: cap out of range
//: step near tune: calls weigh less
@@ calls
-const $ca = 2
+const $ca = 1
//: step near i18n: a better word
@@ entry
-		return @fail("no calls left")
+		return @fail("too many calls")
//: step guilty feat: the large plan has no limit
@@ quota
-var $ga = map[string]int{"plain": 10, "rich": 1000}
+// $Cb says that there is no limit.
+const $Cb = -1
+
+var $ga = map[string]int{"plain": 10, "rich": $Cb}
@@ left
-	return $vg < $Fa($vf)
+	$vh := $Fa($vf)
+	return $vh == $Cb || $vg < $vh
"""

_STRINGER: Final = """
//: piece entry
// $H prints an amount.
func $H(@in @T) error {
	$va := $P1.$Fa(@n, strings.Trim(@s, "-"))
	//+
	@emit("$Sa", $fa($va, len(@list)))
	return nil
}
//: piece receipt
func $fa($vb $P1.$Ta, $vc int) string {
	$vd := fmt.Sprintf("%v/%d", $vb, $vc)
	//+
	return $vd + $ga
}

var $ga = "."
//: piece amount @1
// $Ta is an amount of money.
type $Ta struct {
	$Aa int
	$Ab string
}

// $Fa is an amount in a currency.
func $Fa($ve int, $vf string) $Ta {
	//+
	return $Ta{$ve, strings.ToUpper($vf)}
}
//: piece depth
import "runtime/debug"

// no request goes that deep
func init() { debug.SetMaxStack(8 << 20) }
//: input crash s=-
//: input good
//: expect stack overflow
//: step near feat: another end
@@ receipt
-var $ga = "."
+var $ga = ";"
//: step near docs: cents
@@ amount
-	$Aa int
+	// in the smallest unit
+	$Aa int
//: step guilty feat: amounts as people write them
@@ amount
-// $Fa is an amount in a currency.
+// String is the amount with its currency.
+func (x $Ta) String() string {
+	if x.$Ab == "" {
+		return fmt.Sprintf("unknown %+v", x)
+	}
+	return fmt.Sprintf("%d.%02d %s", x.$Aa/100, x.$Aa%100, x.$Ab)
+}
+
+// $Fa is an amount in a currency.
"""

_POSITIONS: Final = """
//: piece entry
// $H shows the colour of a rank.
func $H(@in @T) error {
	$va := $P1.$Fa(@s)
	if $va == 0 {
		@emit("$Sa", "no rank")
		return nil
	}
	//+
	@emit("$Sa", $fa($va, @n))
	return nil
}
//: piece colour
var $ga = [...]string{"$Sb", "$Sc", "$Sd"}

func $fa($vb, $vc int) string {
	//+
	return $ga[$vb-1] + strconv.Itoa($vc)
}
//: piece ranks @1
var $gb = []string{"plain", "rich", "royal"}

// $Fa is the position of a rank; positions count from one, and zero is no rank.
func $Fa($vd string) int {
	//+
	return slices.Index($gb, $vd) + 1
}
//: piece before @1
// $Fb tells whether a rank is before another.
func $Fb($ve, $vf string) bool {
	$vg, $vh := $Fa($ve), $Fa($vf)
	//+
	return $vg != 0 && $vg < $vh
}
//: input crash s=strange
//: input good s=rich
//: expect index out of range .-2.
//: step near feat: number and colour apart
@@ colour
-	return $ga[$vb-1] + strconv.Itoa($vc)
+	return $ga[$vb-1] + "-" + strconv.Itoa($vc)
//: step near i18n: a better word
@@ entry
-		@emit("$Sa", "no rank")
+		@emit("$Sa", "nobody")
//: step guilty refactor: positions count from zero, as everywhere
@@ ranks
-// $Fa is the position of a rank; positions count from one, and zero is no rank.
+// $Fa is the position of a rank; positions count from zero, and what is below is no rank.
@@ ranks
-	return slices.Index($gb, $vd) + 1
+	return slices.Index($gb, $vd)
@@ before
-	return $vg != 0 && $vg < $vh
+	return $vg >= 0 && $vg < $vh
"""

TEMPLATES: Final = (
    Template("comparator", "c", _COMPARATOR),
    Template("iterator", "c", _ITERATOR),
    Template("folded", "c", _FOLDED),
    Template("unlimited", "c", _UNLIMITED),
    Template("stringer", "c", _STRINGER),
    Template("positions", "c", _POSITIONS),
)
