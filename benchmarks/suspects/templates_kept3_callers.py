"""Third kept-aside set, category b: the caller of what crashes."""

from __future__ import annotations

from typing import Final

from benchmarks.suspects.notation import Template

_JITTER: Final = """
//: piece entry
// $H delivers a message; it may take several attempts.
func $H(@in @T) error {
	$va := 0
	for i := range min(max(@n, 0), $ca) {
		//+
		$va += $fa(50 << i)
	}
	@emit("$Sa", $va >= 0)
	return nil
}

const $ca = 5
//: piece jitter
import "math/rand/v2"

// $fa is how long to wait: half of it is certain, half of it chance.
func $fa($vb int) int {
	$vc := $vb / 2
	//+
	return $vc + rand.IntN($vc)
}
//: input crash n=7
//: input good n=2
//: expect invalid argument to IntN
//: step near refactor: chance comes first
@@ jitter
-	return $vc + rand.IntN($vc)
+	return rand.IntN($vc) + $vc
//: step near tune: fewer attempts
@@ entry
-const $ca = 5
+const $ca = 4
//: step guilty perf: nobody waits behind the last attempt
@@ entry
-		$va += $fa(50 << i)
+		$vd := 50 << i
+		if i == $ca-1 {
+			$vd = 0
+		}
+		$va += $fa($vd)
"""

_OPTIONS: Final = """
//: piece entry
// $H keeps numbers by shard.
func $H(@in @T) error {
	$va := $fa($fb(4), $fc("$Sa"))
	//+
	for _, x := range @list {
		$va.$ma(x * x)
	}
	@emit("$Sb", $va.$mb()+@n)
	return nil
}
//: piece options
type $tb func(x *$ta)

func $fb($vb int) $tb {
	//+
	return func(x *$ta) { x.$aa = make([]int, $vb) }
}

func $fc($vc string) $tb {
	//+
	return func(x *$ta) { x.$ab = $vc }
}
//: piece shards
type $ta struct {
	$aa []int
	$ab string
}

func $fa($vd ...$tb) *$ta {
	$ve := new($ta)
	for _, $vf := range $vd {
		//+
		$vf($ve)
	}
	return $ve
}
//: piece keep
func (x *$ta) $ma($vg int) {
	$vh := $vg % len(x.$aa)
	//+
	x.$aa[$vh] += $vg
}

func (x *$ta) $mb() int { return len(x.$aa) * len(x.$ab) }
//: input crash n=60 list=2
//: input good n=1 list=2
//: expect integer divide by zero
//: step near docs: what options do
@@ options
-type $tb func(x *$ta)
+// $tb changes what is not as usual.
+type $tb func(x *$ta)
//: step near feat: two more
@@ keep
-func (x *$ta) $mb() int { return len(x.$aa) * len(x.$ab) }
+func (x *$ta) $mb() int { return len(x.$aa)*len(x.$ab) + 2 }
//: step guilty feat: large requests are kept apart
@@ entry
=	$va := $fa($fb(4), $fc("$Sa"))
+	if @n > 50 {
+		$va = $fa($fc("$Sc"))
+	}
"""

_DOTS: Final = """
//: piece entry
// $H finds the zone of a host.
func $H(@in @T) error {
	if @s == "" || @s == "." {
		return @fail("no host")
	}
	$va := strings.TrimSuffix(@s, ".")
	//+
	@emit("$Sa", $fa($va)+@n)
	return nil
}
//: piece zone
var $ga = [...]int{1, 2, 3, 5}

// $fa spreads hosts over zones.
func $fa($vb string) int {
	$vc := len($vb) * len($ga)
	//+
	$vc += int($vb[0])
	return $ga[$vc%len($ga)]
}
//: input crash s=..
//: input good s=a.b.
//: expect index out of range .0. with length 0
//: step near data: another weight
@@ zone
-var $ga = [...]int{1, 2, 3, 5}
+var $ga = [...]int{1, 2, 3, 8}
//: step near i18n: a better word
@@ entry
-		return @fail("no host")
+		return @fail("a host is missing")
//: step guilty fix: dots in front of a host are a typing error
@@ entry
-	$va := strings.TrimSuffix(@s, ".")
+	$va := strings.Trim(@s, ".")
"""

_PREVIEW: Final = """
//: piece entry
// $H writes a letter and what is shown of it.
func $H(@in @T) error {
	$va := new($ta)
	if @n > 3 {
		$va.$ma("dear " + @s)
	}
	//+
	$vb := $va.$mb(@s)
	$va.$ma($vb)
	@emit("$Sa", $va.$mc())
	return nil
}
//: piece letter
type $ta struct {
	$aa strings.Builder
	$ab int
}

func (x *$ta) $ma($vc string) {
	//+
	x.$aa.WriteString($vc)
	x.$ab++
}

// $mc is the whole letter.
func (x *$ta) $mc() string { return x.$aa.String() }
//: piece preview
// $mb is the letter so far with a line below; the letter stays as it is.
func (x *$ta) $mb($vd string) string {
	$ve := x.$aa.String() + "-" + $vd
	//+
	return $ve[:min(len($ve), $ca)]
}

const $ca = 40
//: input crash n=5
//: input good n=1
//: expect illegal use of non-zero Builder copied by value
//: step near tune: longer previews
@@ preview
-const $ca = 40
+const $ca = 60
//: step near feat: parts are counted by length
@@ letter
-	x.$ab++
+	x.$ab += len($vc)
//: step guilty refactor: a preview is written as the letter is
@@ preview
-	$ve := x.$aa.String() + "-" + $vd
+	$vf := *x
+	$vf.$ma("-")
+	$vf.$ma($vd)
+	$ve := $vf.$mc()
"""

_SPARSE: Final = """
//: piece entry
// $H draws rows of a board.
func $H(@in @T) error {
	var $va $ta = $fa(@list)
	//+
	for i := range 3 {
		@emit("$Sa", $fc($va, i)+@n)
	}
	return nil
}
//: piece dense
type $ta interface {
	$ma($vb int) []int
}

type $tb [][]int

func $fa($vc []int) $tb {
	$vd := make($tb, 3)
	for i := range $vd {
		//+
		$vd[i] = append([]int{len($vc)}, $vc...)
	}
	return $vd
}

func (x $tb) $ma($ve int) []int { return x[$ve] }
//: piece sparse
type $tc map[int][]int

// $fb keeps only rows in which something is.
func $fb($vf []int) $tc {
	$vg := $tc{}
	for i, $vh := range $vf {
		if $vh != 0 && i < 3 {
			//+
			$vg[i] = append([]int{1}, $vf[i:]...)
		}
	}
	return $vg
}

func (x $tc) $ma($vi int) []int { return x[$vi] }

// $Fa is how full a board is.
func $Fa($vj []int) int { return len($fb($vj)) }
//: piece row
func $fc($vk $ta, $vl int) int {
	$vm := $vk.$ma($vl)
	//+
	return $vm[0] * ($ca + len($vm))
}

const $ca = 1
//: input crash list=1,0,1,1,1
//: input good list=1,2
//: expect index out of range .0. with length 0
//: step near tune: long rows weigh more
@@ row
-const $ca = 1
+const $ca = $Da
//: step near docs: a remark
@@ dense
-type $tb [][]int
+// $tb has all rows.
+type $tb [][]int
//: step guilty perf: long lists are mostly empty
@@ entry
=	var $va $ta = $fa(@list)
+	if len(@list) > 4 {
+		$va = $fb(@list)
+	}
"""

TEMPLATES: Final = (
    Template("jitter", "b", _JITTER),
    Template("shard-options", "b", _OPTIONS),
    Template("dots", "b", _DOTS),
    Template("preview", "b", _PREVIEW),
    Template("sparse", "b", _SPARSE),
)
