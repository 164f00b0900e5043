"""Third kept-aside set, category f: something is deleted."""

from __future__ import annotations

from typing import Final

from benchmarks.suspects.notation import Template

_SENTINEL: Final = """
//: piece entry
// $H finds the block of a key.
func $H(@in @T) error {
	$va := $fa(@list)
	//+
	@emit("$Sa", $va.$ma(@n))
	@emit("$Sb", $va.$mb())
	return nil
}
//: piece build
type $ta struct {
	$aa []int
}

func $fa($vb []int) *$ta {
	$vc := slices.Sorted(slices.Values($vb))
	//+
	$vc = append($vc, math.MaxInt)
	return &$ta{$vc}
}

// $mb is how many blocks there are.
func (x *$ta) $mb() int { return len(x.$aa) }
//: piece seek
// $ma is the first block whose last key is not before a key.
func (x *$ta) $ma($vd int) int {
	i := 0
	for x.$aa[i] < $vd {
		//+
		i++
	}
	return i * $ca
}

const $ca = 1
//: input crash n=9 list=1,2
//: input good n=1 list=1,2
//: expect index out of range .2. with length 2
//: step near tune: larger blocks
@@ seek
-const $ca = 1
+const $ca = 16
//: step near docs: a remark
@@ build
-// $mb is how many blocks there are.
+// $mb is how many blocks there are, for the log.
//: step guilty fix: a block too many was shown
@@ build
-	$vc = append($vc, math.MaxInt)
"""

_TOMBSTONES: Final = """
//: piece entry
// $H adds up what is stored.
func $H(@in @T) error {
	$va := $fa(@list, @s)
	$va = $fb($va)
	//+
	@emit("$Sa", $fc($va)+@n)
	return nil
}
//: piece load
type $ta struct {
	$aa int
	$ab string
}

// $fa reads entries; a zero is one that was deleted.
func $fa($vb []int, $vc string) []*$ta {
	$vd := make([]*$ta, len($vb))
	for i, x := range $vb {
		//+
		if x != 0 {
			$vd[i] = &$ta{x, $vc}
		}
	}
	return $vd
}
//: piece compact
// $fb leaves out what was deleted.
func $fb($ve []*$ta) []*$ta {
	//+
	return slices.DeleteFunc($ve, func(x *$ta) bool { return x == nil })
}
//: piece total
func $fc($vf []*$ta) int {
	$vg := 0
	for _, x := range $vf {
		//+
		$vg += x.$aa * len(x.$ab)
	}
	return $vg
}
//: input crash list=4,0,5
//: input good list=4,5
//: expect nil pointer dereference
//: extra piece=total beside=move
//: step near style: assignment in full
@@ total
-		$vg += x.$aa * len(x.$ab)
+		$vg = $vg + x.$aa*len(x.$ab)
//: step near docs: a remark
@@ compact
-// $fb leaves out what was deleted.
+// $fb leaves out what was deleted; the order stays.
//: step guilty perf: entries are compacted at night
@@ entry
-	$va = $fb($va)
"""

_SEATS: Final = """
//: piece entry
// $H books seats, one after another.
func $H(@in @T) error {
	$va := &$ta{$aa: map[int]string{}}
	$vb := 0
	for _, x := range @list {
		//+
		if $va.$ma(x, @s) {
			$vb++
		}
	}
	@emit("$Sa", $vb*@n)
	return nil
}
//: piece seats
type $ta struct {
	mu  sync.Mutex
	$aa map[int]string
}
//: piece book
// $ma books a seat; false where it is taken.
func (x *$ta) $ma($vc int, $vd string) bool {
	x.mu.Lock()
	if _, ok := x.$aa[$vc]; ok {
		x.mu.Unlock()
		return false
	}
	//+
	x.$aa[$vc] = $vd + $ga
	x.mu.Unlock()
	return true
}

var $ga = "!"
//: input crash list=4,4,5
//: input good list=4,5
//: expect all goroutines are asleep
//: step near docs: what is kept
@@ seats
-type $ta struct {
+// $ta knows who sits where.
+type $ta struct {
//: step near feat: another mark
@@ book
-var $ga = "!"
+var $ga = "?"
//: step guilty fix: who has a seat may book it again
@@ book
-// $ma books a seat; false where it is taken.
+// $ma books a seat; false where somebody else has it.
@@ book
-	if _, ok := x.$aa[$vc]; ok {
-		x.mu.Unlock()
-		return false
-	}
+	if $ve, ok := x.$aa[$vc]; ok {
+		return strings.HasPrefix($ve, $vd)
+	}
"""

_CLAIMS: Final = """
//: piece entry
// $H reads what a token claims.
func $H(@in @T) error {
	$va, err := $fa(@s)
	if err != nil {
		return @fail("not a token")
	}
	//+
	@emit("$Sa", $fb($va)+@n)
	return nil
}
//: piece token
type $ta struct {
	$aa []string
	$ab string
}

// $fa splits a token: head, claims, seal.
func $fa($vb string) (*$ta, error) {
	$vc := strings.Split($vb, ".")
	//+
	if len($vc) != 3 {
		return nil, errors.New("token: parts")
	}
	if $vc[0] == "" {
		return nil, errors.New("token: no head")
	}
	return &$ta{$vc, $vb}, nil
}
//: piece claims
// $fb adds up what is claimed.
func $fb($vd *$ta) int {
	$ve := 0
	for _, x := range strings.Split($vd.$aa[1], "_") {
		//+
		$ve += len(x) * $ca
	}
	return $ve
}

const $ca = 3
//: input crash s=abc
//: input good s=a.b_c.d
//: expect index out of range .1. with length 1
//: step near tune: claims weigh more
@@ claims
-const $ca = 3
+const $ca = 5
//: step near i18n: a better word
@@ entry
-		return @fail("not a token")
+		return @fail("unreadable token")
//: step guilty cleanup: the proxy in front has checked the form
@@ token
-	if len($vc) != 3 {
-		return nil, errors.New("token: parts")
-	}
"""

TEMPLATES: Final = (
    Template("sentinel-row", "f", _SENTINEL),
    Template("tombstones", "f", _TOMBSTONES),
    Template("seats", "f", _SEATS),
    Template("claims", "f", _CLAIMS),
)
