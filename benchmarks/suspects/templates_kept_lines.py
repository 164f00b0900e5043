"""Kept-aside templates, categories a, b, h: the line that crashes, its caller, and a line that is touched again."""

from __future__ import annotations

from typing import Final

from benchmarks.suspects.notation import Template

_LETTERS: Final = """
//: piece entry
// $H says which letters are frequent.
func $H(@in @T) error {
	$va := $fa(@s)
	//+
	@emit("$Sa", $va.$ma(@n))
	return nil
}
//: piece histogram
type $ta [26]int

func $fa($vb string) *$ta {
	$vc := new($ta)
	for i := 0; i < len($vb); i++ {
		if $vb[i] < 'A' || $vb[i] > 'z' {
			continue
		}
		//+
		$vc[($vb[i]|32)-'a']++
	}
	return $vc
}
//: piece frequent
func (x *$ta) $ma($vd int) string {
	$ve := ""
	for i, $vf := range x {
		//+
		if $vf >= $vd {
			$ve += string(rune('a' + i))
		}
	}
	return $ve
}
//: input crash s=Plain
//: input good
//: expect index out of range .2\\d\\d. with length 26
//: extra piece=histogram
//: step near refactor: upper end first
@@ histogram
-		if $vb[i] < 'A' || $vb[i] > 'z' {
+		if $vb[i] > 'z' || $vb[i] < 'A' {
//: step near fix: letters that never come are not frequent
@@ frequent
-		if $vf >= $vd {
+		if $vf > 0 && $vf >= $vd {
//: step guilty simplify: texts arrive in lower case
@@ histogram
-		$vc[($vb[i]|32)-'a']++
+		$vc[$vb[i]-'a']++
"""

_BITS: Final = """
//: piece entry
// $H keeps permissions as a word.
func $H(@in @T) error {
	var $va $ta
	for _, x := range @list {
		$va = $va.$ma(x)
	}
	//+
	@emit("$Sa", $va.$mb()+@n)
	return nil
}
//: piece grant
type $ta uint64

func (x $ta) $ma($vb int) $ta {
	//+
	return x | 1<<max(0, min($vb, 63))
}
//: piece ones
func (x $ta) $mb() int {
	$vc := 0
	for ; x != 0; x >>= 1 {
		//+
		$vc += int(x & 1)
	}
	return $vc
}
//: input crash list=2,0
//: input good list=2,3
//: expect negative shift amount
//: extra piece=grant
//: step near perf: clear the lowest bit in each turn
@@ ones
-	for ; x != 0; x >>= 1 {
+	for ; x != 0; x &= x - 1 {
-		//+
-		$vc += int(x & 1)
+		//+
+		$vc++
//: step near docs: what a word holds
@@ grant
-type $ta uint64
+// $ta holds one bit for each permission.
+type $ta uint64
//: step guilty fix: permission 1 is the lowest bit
@@ grant
-	return x | 1<<max(0, min($vb, 63))
+	return x | 1<<($vb-1)
"""

_DIGEST: Final = """
//: piece entry
// $H derives a shard from a key.
func $H(@in @T) error {
	//+
	@emit("$Sa", $fa(@s).$ma()+@n)
	return nil
}
//: piece key
type $ta [4]byte

func $fa($va string) $ta {
	$vb := strings.TrimSuffix($va, "~")
	//+
	var $vc $ta
	copy($vc[:], $vb)
	return $vc
}
//: piece mix
func (x $ta) $ma() int {
	$vd := 7
	for _, $ve := range x {
		//+
		$vd = $vd*33 + int($ve)
	}
	return $vd & 0xffff
}
//: input crash s=ab
//: input good s=abcdef
//: expect cannot convert slice with length 2 to array
//: extra piece=key
//: step near perf: a better multiplier
@@ mix
-		$vd = $vd*33 + int($ve)
+		$vd = $vd*37 + int($ve)
//: step near fix: keys may end with several tildes
@@ key
-	$vb := strings.TrimSuffix($va, "~")
+	$vb := strings.TrimRight($va, "~")
//: step guilty modernize: convert slices to arrays
@@ key
-	var $vc $ta
-	copy($vc[:], $vb)
-	return $vc
+	return $ta([]byte($vb))
"""

_DETACHED: Final = """
//: piece entry
// $H answers for a tenant.
func $H(@in @T) error {
	$va := $fa(@s)
	//+
	@emit("$Sa", $fb($va, @n))
	return nil
}
//: piece carry
import "context"

type $ta struct{}

// $fa carries a tenant along.
func $fa($vb string) context.Context {
	return context.WithValue(context.Background(), $ta{}, $vb)
}

// $fc is for work that goes on when its client has left.
func $fc() context.Context { return context.Background() }

func $fb($vc context.Context, $vd int) string {
	//+
	$ve := $vc.Value($ta{}).(string)
	return $ve + ":" + strconv.Itoa($vd)
}
//: input crash n=300
//: input good n=3
//: expect interface conversion: interface {} is nil, not string
//: step near feat: tenants are shown behind a slash
@@ carry
-	return $ve + ":" + strconv.Itoa($vd)
+	return $ve + "/" + strconv.Itoa($vd)
//: step near docs: who uses this
@@ carry
-// $fa carries a tenant along.
+// $fa carries a tenant along; handlers only.
//: step guilty fix: large exports survive a client that hangs up
@@ entry
=	$va := $fa(@s)
+	if @n > 100 {
+		$va = $fc()
+	}
"""

_COLUMN: Final = """
//: piece entry
// $H writes a line of a report.
func $H(@in @T) error {
	//+
	$va := $Fa(@s, 40)
	for _, x := range @list {
		$va += $Fa(strconv.Itoa(x), 12)
	}
	@emit("$Sa", $va)
	return nil
}
//: piece column
// $Fa is a text filled up to a width.
func $Fa($vb string, $vc int) string {
	//+
	return $vb + strings.Repeat($ga, $vc-len($vb))
}

var $ga = "."
//: input crash s=a-rather-long-title
//: input good s=ab list=5
//: expect strings: negative Repeat count
//: step near feat: fill with blanks
@@ column
-var $ga = "."
+var $ga = " "
//: step near feat: wider numbers
@@ entry
-		$va += $Fa(strconv.Itoa(x), 12)
+		$va += $Fa(strconv.Itoa(x), 14)
//: step guilty feat: reports for small screens
@@ entry
-	$va := $Fa(@s, 40)
+	$va := $Fa(@s, 10)
"""

_SECONDS: Final = """
//: piece entry
// $H says how often something fits into an hour.
func $H(@in @T) error {
	$va := @n * 1000
	if $va <= 0 {
		return @fail("no interval")
	}
	//+
	@emit("$Sa", $Fa($va))
	return nil
}
//: piece often
// $Fa is how often an interval of milliseconds fits into an hour.
func $Fa($vb int) int {
	//+
	$vc := 3600 / ($vb / 1000)
	if $vc > $ca {
		return $ca
	}
	return $vc
}

const $ca = 600
//: input crash n=20
//: input good n=2000
//: expect integer divide by zero
//: step near feat: at most once a second
@@ often
-const $ca = 600
+const $ca = 3600
//: step near refactor: the builtin
@@ often
-	if $vc > $ca {
-		return $ca
-	}
-	return $vc
+	return min($vc, $ca)
//: step guilty refactor: intervals are no longer scaled here
@@ entry
-	$va := @n * 1000
+	$va := @n
"""

_FROM_RIGHT: Final = """
//: piece entry
// $H shows one field of a record.
func $H(@in @T) error {
	//+
	@emit("$Sa", $fa(@s, @n))
	return nil
}
//: piece field
func $fa($va string, $vb int) string {
	$vc := strings.Split($va, "-")
	//+
	$vd := ""
	if $vb < len($vc) {
		$vd = $vc[$vb]
	}
	return "<" + $vd + ">"
}
//: input crash n=3 s=a-b
//: input good n=0 s=a-b
//: expect index out of range .-2.
//: extra piece=field
//: step near fix: records come with blanks around them
@@ field
-	$vc := strings.Split($va, "-")
+	$vc := strings.Split(strings.TrimSpace($va), "-")
//: step near feat: square brackets
@@ field
-	return "<" + $vd + ">"
+	return "[" + $vd + "]"
//: step guilty feat: fields are counted from the right
@@ field
-	$vd := ""
-	if $vb < len($vc) {
-		$vd = $vc[$vb]
-	}
+	$vd := $vc[len($vc)-1-$vb]
//: step after readability: split a long expression
@@ field
-	$vd := $vc[len($vc)-1-$vb]
+	$ve := len($vc) - 1
+	$vd := $vc[$ve-$vb]
"""

TEMPLATES: Final = (
    Template("letters", "a", _LETTERS),
    Template("bits", "a", _BITS),
    Template("digest", "a", _DIGEST),
    Template("detached", "b", _DETACHED),
    Template("column", "b", _COLUMN),
    Template("seconds", "b", _SECONDS),
    Template("from-right", "h", _FROM_RIGHT),
    Template("letters-renamed", "h", _LETTERS + "//: extra touch=rename\n"),
    Template("digest-formatted", "h", _DIGEST + "//: extra touch=format\n"),
)
