"""Second kept-aside set, category i: old bugs that a new feature meets."""

from __future__ import annotations

from typing import Final

from benchmarks.suspects.notation import Template

_LAST_PAGE: Final = """
//: piece entry
// $H shows a page.
func $H(@in @T) error {
	$va := max(@n, 1)
	//+
	for _, x := range $P1.$Fa(@list, $va) {
		@emit("$Sa", x)
	}
	return nil
}
//: piece pages @1
const $ca = 3

// $Fa is a page; pages count from one.
func $Fa($vb []int, $vc int) []int {
	$vd := min(($vc-1)*$ca, len($vb))
	//+
	return $vb[$vd:min($vd+$ca, len($vb))]
}
//: piece full @1
// $Fb is how many full pages there are.
func $Fb($ve []int) int {
	//+
	return len($ve) / $ca
}
//: input crash s=last list=1,2
//: input good n=1 list=1,2
//: expect slice bounds out of range .-3:.
//: step near docs: a remark on full pages
@@ full
-// $Fb is how many full pages there are.
+// $Fb is how many full pages there are; for the footer.
//: step near refactor: the length first
@@ pages
-	$vd := min(($vc-1)*$ca, len($vb))
+	$vd := min(len($vb), ($vc-1)*$ca)
//: step guilty feat: the last page can be asked for
@@ entry
=	$va := max(@n, 1)
+	if @s == "last" {
+		$va = $P1.$Fb(@list)
+	}
"""

_ENCODER: Final = """
//: piece entry
// $H writes a row.
func $H(@in @T) error {
	$va := $fa(@s, @n, @list)
	//+
	@emit("$Sa", $fb($va))
	return nil
}
//: piece row
func $fa($vb string, $vc int, $vd []int) []any {
	$ve := []any{$vb, $vc}
	//+
	if len($vd) > 0 {
		$ve = append($ve, $vd[0])
	}
	return $ve
}
//: piece line
func $fb($vf []any) string {
	var $vg []string
	for _, x := range $vf {
		//+
		$vg = append($vg, $P1.$Fa(x))
	}
	return strings.Join($vg, "|")
}
//: piece encode @1
// $Fa is the text of a value.
func $Fa($vh any) string {
	switch $vi := $vh.(type) {
	case string:
		return strconv.Quote($vi)
	case int:
		return strconv.Itoa($vi)
	}
	//+
	panic(fmt.Sprintf("encode: cannot encode %T", $vh))
}
//: input crash list=1,2
//: input good list=1
//: expect encode: cannot encode float64
//: step near feat: semicolons between values
@@ line
-	return strings.Join($vg, "|")
+	return strings.Join($vg, ";")
//: step near perf: room for all values
@@ line
-	var $vg []string
+	$vg := make([]string, 0, len($vf))
//: step guilty feat: rows have the mean of the first two
@@ row
-	if len($vd) > 0 {
-		$ve = append($ve, $vd[0])
-	}
+	if len($vd) > 0 {
+		$ve = append($ve, $vd[0])
+	}
+	if len($vd) > 1 {
+		$ve = append($ve, float64($vd[0]+$vd[1])/2)
+	}
"""

_MONTH_BEFORE: Final = """
//: piece entry
// $H says how long a month is.
func $H(@in @T) error {
	if @n < 1 {
		return @fail("no such month")
	}
	$vc := []int{@n}
	for _, x := range $vc {
		//+
		@emit("$Sa", $Fa(x))
	}
	return nil
}
//: piece months
var $ga = [...]int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

// $Fa is how many days a month has; 1 is january, 13 the january after.
func $Fa($va int) int {
	//+
	$vb := ($va - 1) % len($ga)
	return $ga[$vb]
}
//: input crash n=1
//: input good n=14
//: expect index out of range .-1.
//: step near data: a leap year
@@ months
-var $ga = [...]int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}
+var $ga = [...]int{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}
//: step near i18n: a better word
@@ entry
-		return @fail("no such month")
+		return @fail("not a month")
//: step guilty feat: the month before is shown, too
@@ entry
-	$vc := []int{@n}
+	$vc := []int{@n - 1, @n}
"""

TEMPLATES: Final = (
    Template("last-page", "i", _LAST_PAGE),
    Template("encoder", "i", _ENCODER),
    Template("month-before", "i", _MONTH_BEFORE),
)
