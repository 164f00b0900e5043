"""Second kept-aside set, categories a and b: the line that crashes, and its caller."""

from __future__ import annotations

from typing import Final

from benchmarks.suspects.notation import Template

_WRAPPED: Final = """
//: piece entry
// $H reserves places.
func $H(@in @T) error {
	err := $fa(@s, @n)
	//+
	if err != nil {
		@emit("$Sa", $fb(err))
		return nil
	}
	@emit("$Sa", "done")
	return nil
}
//: piece refusal
type $ta struct {
	$aa int
}

// Error says how much is missing.
func (x *$ta) Error() string { return "short by " + strconv.Itoa(x.$aa) }

func $fb(err error) int {
	//+
	var $va *$ta
	if errors.As(err, &$va) {
		return $va.$aa
	}
	return -1
}
//: piece reserve
func $fa($vb string, $vc int) error {
	if $vc > 20 {
		return fmt.Errorf("%s: %w", $vb, &$ta{$vc - 20})
	}
	//+
	if $vc > $ca {
		return &$ta{$vc - $ca}
	}
	return nil
}

const $ca = 10
//: input crash n=25
//: input good n=14
//: expect interface conversion: error is .fmt.wrapError, not
//: step near i18n: other words for what is missing
@@ refusal
-func (x *$ta) Error() string { return "short by " + strconv.Itoa(x.$aa) }
+func (x *$ta) Error() string { return "missing: " + strconv.Itoa(x.$aa) }
//: step near tune: more places
@@ reserve
-const $ca = 10
+const $ca = 12
//: step guilty simplify: a refusal is the only error there is
@@ refusal
-	var $va *$ta
-	if errors.As(err, &$va) {
-		return $va.$aa
-	}
-	return -1
+	return err.(*$ta).$aa
"""

_NEIGHBOURS: Final = """
//: piece entry
// $H adds neighbours up.
func $H(@in @T) error {
	$va := $fa(@list)
	//+
	@emit("$Sa", fmt.Sprint($va, @n))
	return nil
}
//: piece neighbours
// $fa adds neighbours up; one that is alone at the end counts twice.
func $fa($vb []int) []int {
	var $vc []int
	for i := 0; i < len($vb); i += 2 {
		$vd := $vb[i] + $vb[min(i+1, len($vb)-1)]
		//+
		$vc = append($vc, $vd)
	}
	return $vc
}
//: input crash list=1,2,3
//: input good list=1,2,3,4
//: expect index out of range .1. with length 1
//: step near feat: the number comes first
@@ entry
-	@emit("$Sa", fmt.Sprint($va, @n))
+	@emit("$Sa", fmt.Sprint(@n, $va))
//: step near refactor: the larger index first
@@ neighbours
-		$vd := $vb[i] + $vb[min(i+1, len($vb)-1)]
+		$vd := $vb[min(i+1, len($vb)-1)] + $vb[i]
//: step guilty perf: allocate once
@@ neighbours
-	var $vc []int
+	$vc := make([]int, len($vb)/2)
@@ neighbours
-		$vc = append($vc, $vd)
+		$vc[i/2] = $vd
"""

_BETWEEN: Final = """
//: piece entry
// $H shows the middle of a name.
func $H(@in @T) error {
	$va := $fa(@s)
	//+
	@emit("$Sa", $va+strconv.Itoa(@n))
	return nil
}
//: piece between
// $fa is what is between a dot and the dash that follows.
func $fa($vb string) string {
	$vc := strings.IndexByte($vb, '.')
	if $vc < 0 {
		return $ga
	}
	//+
	$vd := strings.IndexByte($vb[$vc:], '-')
	if $vd < 0 {
		return $vb[$vc+1:]
	}
	return $vb[$vc+1 : $vc+$vd]
}

var $ga = "none"
//: input crash s=x-y.z
//: input good s=x.y-z
//: expect slice bounds out of range .4:1.
//: extra piece=between beside=rename
//: step near feat: nothing is shown as a tilde
@@ between
-var $ga = "none"
+var $ga = "~"
//: step near feat: number and name apart
@@ entry
-	@emit("$Sa", $va+strconv.Itoa(@n))
+	@emit("$Sa", $va+"#"+strconv.Itoa(@n))
//: step guilty simplify: both positions count from the same place
@@ between
-	$vd := strings.IndexByte($vb[$vc:], '-')
+	$vd := strings.IndexByte($vb, '-')
@@ between
-	return $vb[$vc+1 : $vc+$vd]
+	return $vb[$vc+1 : $vd]
"""

_SWAPPED: Final = """
//: piece entry
// $H writes cells of a report.
func $H(@in @T) error {
	//+
	@emit("$Sa", $Fa(0, 12)+@s)
	if @n > 5 {
		@emit("$Sa", $Fa(2, @n))
	}
	return nil
}
//: piece cell
var $ga = [...]string{"$Sb", "$Sc", "$Sd"}

// $Fa is a heading, filled up to a width.
func $Fa($va, $vb int) string {
	//+
	$vc := $ga[$va]
	for len($vc) < $vb {
		$vc += "."
	}
	return $vc
}
//: input crash list=1,2,3,4
//: input good n=8 list=1
//: expect index out of range .4. with length 3
//: step near feat: fill with blanks
@@ cell
-		$vc += "."
+		$vc += " "
//: step near feat: wider first cells
@@ entry
-	@emit("$Sa", $Fa(0, 12)+@s)
+	@emit("$Sa", $Fa(0, 16)+@s)
//: step guilty feat: a cell as wide as the list is long
@@ entry
=	if @n > 5 {
=		@emit("$Sa", $Fa(2, @n))
=	}
+	if len(@list) > 2 {
+		@emit("$Sb", $Fa(len(@list), 1))
+	}
"""

_MOVED_DEFER: Final = """
//: piece entry
// $H writes values to a sheet.
func $H(@in @T) error {
	$va := $fa(@s)
	defer $va.$mb()
	for _, x := range @list {
		//+
		$va.$ma(x)
	}
	@emit("$Sa", $va.$ab+@n)
	return nil
}
//: piece sheet
type $ta struct {
	$aa *strings.Builder
	$ab int
}

func $fa($vb string) *$ta {
	return &$ta{$aa: new(strings.Builder), $ab: len($vb)}
}

// $mb gives its room back.
func (x *$ta) $mb() { x.$aa = nil }
//: piece write
func (x *$ta) $ma($vc int) {
	//+
	x.$aa.WriteString(strconv.Itoa($vc))
	x.$ab++
}
//: input crash list=4,5
//: input good
//: expect nil pointer dereference
//: step near feat: values weigh more
@@ write
-	x.$ab++
+	x.$ab += 2
//: step near docs: what a sheet is
@@ sheet
-type $ta struct {
+// $ta is a sheet; whoever opens it closes it.
+type $ta struct {
//: step guilty refactor: sheets are opened and closed in one place
@@ entry
-	defer $va.$mb()
@@ sheet
-	return &$ta{$aa: new(strings.Builder), $ab: len($vb)}
+	$vd := &$ta{$aa: new(strings.Builder), $ab: len($vb)}
+	defer $vd.$mb()
+	return $vd
"""

_RETRY: Final = """
//: piece entry
// $H asks for a lot number.
func $H(@in @T) error {
	$va, $vb := strings.NewReader(@s), 0
	//+
	for i := 0; i < 1 && $vb == 0; i++ {
		$vb = $fa($va, @n)
	}
	@emit("$Sa", $vb)
	return nil
}
//: piece ask
import "io"

// $fa sends a body and returns the answer.
func $fa($vc io.Reader, $vd int) int {
	$ve, err := io.ReadAll($vc)
	if err != nil {
		return $ca
	}
	//+
	return $fb($ve) % ($vd + 7)
}

const $ca = 0
//: piece digest
func $fb($vf []byte) int {
	//+
	return int($vf[0]) + len($vf)>>9
}
//: input crash n=0
//: input good n=2
//: expect index out of range .0. with length 0
//: step near feat: the length counts earlier
@@ digest
-	return int($vf[0]) + len($vf)>>9
+	return int($vf[0]) + len($vf)>>8
//: step near tune: what no answer means
@@ ask
-const $ca = 0
+const $ca = 9
//: step guilty fix: ask again where the answer is zero
@@ entry
-	for i := 0; i < 1 && $vb == 0; i++ {
+	for i := 0; i < 3 && $vb == 0; i++ {
"""

TEMPLATES: Final = (
    Template("wrapped-error", "a", _WRAPPED),
    Template("neighbours", "a", _NEIGHBOURS),
    Template("between", "a", _BETWEEN),
    Template("swapped", "b", _SWAPPED),
    Template("moved-defer", "b", _MOVED_DEFER),
    Template("retry", "b", _RETRY),
)
