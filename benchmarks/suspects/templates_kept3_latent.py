"""Third kept-aside set, category i: old bugs that a new feature meets."""

from __future__ import annotations

from typing import Final

from benchmarks.suspects.notation import Template

_CENTS: Final = """
//: piece entry
// $H shows what is paid.
func $H(@in @T) error {
	if @n < 100 {
		return @fail("too small")
	}
	//+
	@emit("$Sa", $P1.$Fa(@n))
	return nil
}
//: piece money @1
// $Fa is an amount in cents as people read it.
func $Fa($va int) string {
	$vb := strconv.Itoa($va)
	//+
	return $vb[:len($vb)-2] + $ga + $vb[len($vb)-2:]
}

var $ga = "."
//: piece fees @1
// $Fb is the fee of an amount.
func $Fb($vc int) int {
	//+
	return $vc / 50
}
//: input crash n=200
//: input good n=9000
//: expect slice bounds out of range .:-1.
//: step near i18n: a comma
@@ money
-var $ga = "."
+var $ga = "_"
//: step near i18n: a better word
@@ entry
-		return @fail("too small")
+		return @fail("too little")
//: step guilty feat: the receipt shows the fee
@@ entry
=	@emit("$Sa", $P1.$Fa(@n))
+	@emit("$Sb", $P1.$Fa($P1.$Fb(@n)))
"""

_MACHINES: Final = """
//: piece entry
// $H counts pages.
func $H(@in @T) error {
	$va := 2
	if @n > 10 {
		$va = 5
	}
	//+
	@emit("$Sa", len($P1.$Fa(@list, $va)))
	return nil
}
//: piece pages @1
// $Fa cuts values into pages of some size.
func $Fa($vb []int, $vc int) [][]int {
	$vd := make([][]int, 0, (len($vb)+$vc-1)/$vc+$ca)
	for x := range slices.Chunk($vb, $vc) {
		//+
		$vd = append($vd, x)
	}
	return $vd
}

const $ca = 0
//: input crash s=bot
//: input good s=bot list=1,2
//: expect integer divide by zero
//: step near perf: room for a page more
@@ pages
-const $ca = 0
+const $ca = 1
//: step near docs: a remark
@@ pages
-// $Fa cuts values into pages of some size.
+// $Fa cuts values into pages of some size; the last one may be shorter.
//: step guilty feat: machines get everything on one page
@@ entry
-	if @n > 10 {
-		$va = 5
-	}
+	switch {
+	case strings.HasPrefix(@s, "bot"):
+		$va = len(@list)
+	case @n > 10:
+		$va = 5
+	}
"""

_DECIMALS: Final = """
//: piece entry
// $H converts an amount.
func $H(@in @T) error {
	$va, ok := $ga[@s]
	if !ok {
		return @fail("no such currency")
	}
	//+
	@emit("$Sa", $P1.$Fa(@n, $va.$aa))
	return nil
}
//: piece currencies
type $ta struct {
	$aa int
	$ab string
}

var $ga = map[string]$ta{
	"plain": {2, "$Sb"},
	"yen":   {0, "$Sc"},
}
//: piece scale @1
var $gb = [...]int{1, 10, 100, 1000, 10000}

// $Fa is an amount in the smallest units of a currency.
func $Fa($vb, $vc int) int {
	//+
	return $vb * $gb[$vc]
}
//: input crash s=ether
//: input good s=yen
//: expect index out of range .18. with length 5
//: step near i18n: a better word
@@ entry
-		return @fail("no such currency")
+		return @fail("unknown currency")
//: step near docs: a remark
@@ scale
-// $Fa is an amount in the smallest units of a currency.
+// $Fa is an amount in the smallest units of a currency, for the books.
//: step guilty feat: customers pay in coins
@@ currencies
=	"yen":   {0, "$Sc"},
+	"ether": {18, "$Sd"},
+	"dinar": {3, "$Se"},
"""

_LONG_MAP: Final = """
//: piece entry
// $H says what is on a field of a map.
func $H(@in @T) error {
	$va := $P1.$Fa(@s)
	if $va == nil {
		return @fail("no such map")
	}
	//+
	@emit("$Sa", $va.$Ma(max(@n, 0)%$va.$Mb()))
	return nil
}
//: piece maps @1
var $ga = map[string]*$Ta{
	"plain": $fa(4, 4),
	"hall":  $fa(6, 6),
}

// $Fa is a map by name.
func $Fa($vb string) *$Ta {
	//+
	return $ga[$vb]
}
//: piece board @1
// $Ta is a map with its fields.
type $Ta struct {
	$aa, $ab int
	$ac      []byte
}

func $fa($vc, $vd int) *$Ta {
	$ve := &$Ta{$aa: $vc, $ab: $vd}
	//+
	$ve.$ac = make([]byte, $vc*$vd)
	return $ve
}

// $Mb is how many fields there are.
func (x *$Ta) $Mb() int { return x.$aa * x.$ab }
//: piece field @1
// $Ma is what is on a field; fields are numbered along the rows.
func (x *$Ta) $Ma($vf int) int {
	i, j := $vf%x.$aa, $vf/x.$aa
	//+
	return int(x.$ac[j*x.$ab+i]) + $ca
}

const $ca = 0
//: input crash s=tower n=14
//: input good s=hall n=14
//: expect index out of range .22. with length 15
//: step near feat: an empty field is one
@@ field
-const $ca = 0
+const $ca = 1
//: step near i18n: a better word
@@ entry
-		return @fail("no such map")
+		return @fail("unknown map")
//: step guilty feat: the tower
@@ maps
=	"hall":  $fa(6, 6),
+	"tower": $fa(3, 5),
"""

TEMPLATES: Final = (
    Template("cents", "i", _CENTS),
    Template("machines", "i", _MACHINES),
    Template("decimals", "i", _DECIMALS),
    Template("long-map", "i", _LONG_MAP),
)
