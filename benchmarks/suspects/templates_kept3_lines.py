"""Third kept-aside set, category a: the line that crashes."""

from __future__ import annotations

from typing import Final

from benchmarks.suspects.notation import Template

_QUANTILE: Final = """
//: piece entry
// $H reports a latency.
func $H(@in @T) error {
	$va := $fa(@list)
	//+
	@emit("$Sa", $va.$ma(@n))
	return nil
}
//: piece samples
type $ta struct {
	$aa []int
	$ab int
}

func $fa($vb []int) *$ta {
	$vc := slices.Sorted(slices.Values($vb))
	//+
	return &$ta{$vc, len($vc)}
}
//: piece quantile
// $ma is the value that so many percent do not exceed.
func (x *$ta) $ma($vd int) int {
	if x.$ab == 0 || $vd < 0 || $vd > 100 {
		return $ca
	}
	//+
	$ve := (x.$ab - 1) * $vd / 100
	return x.$aa[$ve]
}

const $ca = -1
//: input crash n=100 list=3,9,4
//: input good n=50 list=3,9,4
//: expect index out of range .3. with length 3
//: step near feat: zero where there are no samples
@@ quantile
-const $ca = -1
+const $ca = 0
//: step near perf: sort a copy in place
@@ samples
-	$vc := slices.Sorted(slices.Values($vb))
+	$vc := slices.Clone($vb)
+	slices.Sort($vc)
//: step guilty fix: the median of two was always the smaller one
@@ quantile
-// $ma is the value that so many percent do not exceed.
+// $ma is the value that so many percent do not exceed, by nearest rank.
@@ quantile
-	$ve := (x.$ab - 1) * $vd / 100
+	$ve := x.$ab * $vd / 100
"""

_UNPACK: Final = """
//: piece entry
// $H unpacks the fields of a record.
func $H(@in @T) error {
	$va := $fa(@s)
	//+
	for _, x := range $va {
		@emit("$Sa", x)
	}
	@emit("$Sb", @n)
	return nil
}
//: piece unpack
// $fa reads fields, each behind its length; what is missing at the end is left out.
func $fa($vb string) []string {
	var $vc []string
	for i := 0; i < len($vb); {
		$vd, $ve := $fb($vb, i)
		//+
		$vf := min($ve+$vd, len($vb))
		$vc = append($vc, $vb[$ve:$vf])
		i = $vf
	}
	return $vc
}
//: piece length
// $fb is the length that is written at a place, and where the field begins.
func $fb($vg string, $vh int) (int, int) {
	//+
	$vi := int($vg[$vh]-'0') % 10
	return $vi, $vh + 1
}
//: input crash s=3abc0
//: input good s=3abc2de
//: expect slice bounds out of range .:7. with length 5
//: step near perf: room for some fields
@@ unpack
-	var $vc []string
+	$vc := make([]string, 0, 4)
//: step near refactor: the number comes first
@@ entry
-	for _, x := range $va {
-		@emit("$Sa", x)
-	}
-	@emit("$Sb", @n)
+	@emit("$Sb", @n)
+	for _, x := range $va {
+		@emit("$Sa", x)
+	}
//: step guilty feat: fields of ten letters and more
@@ length
-// $fb is the length that is written at a place, and where the field begins.
+// $fb is the length that is written at a place, and where the field begins.
+// Long fields have a zero before two digits.
@@ length
-	return $vi, $vh + 1
+	if $vi == 0 {
+		$vj, _ := strconv.Atoi($vg[$vh+1 : $vh+3])
+		return max($vj, 0), $vh + 3
+	}
+	return $vi, $vh + 1
"""

_DISTINCT: Final = """
//: piece entry
// $H counts how many features of an item differ.
func $H(@in @T) error {
	$va := []any{@n, @s, len(@list)}
	if len(@list) > 1 {
		$va = append($va, @list, @list[:1])
	}
	//+
	@emit("$Sa", $fa($va))
	return nil
}
//: piece differ
// $fa counts values that differ.
func $fa($vb []any) int {
	$vc := map[string]bool{}
	for _, x := range $vb {
		//+
		$vd := fmt.Sprintf("%T %v", x, x)
		$vc[$vd] = true
	}
	return len($vc) + $ca
}

const $ca = 0
//: input crash list=1,2
//: input good
//: expect hash of unhashable type ..int
//: step near feat: one more than there are
@@ differ
-const $ca = 0
+const $ca = 1
//: step near refactor: at least two
@@ entry
-	if len(@list) > 1 {
+	if len(@list) >= 2 {
//: step guilty perf: a value is its own key, no text for each
@@ differ
-	$vc := map[string]bool{}
+	$vc := make(map[any]bool, len($vb))
@@ differ
-		$vd := fmt.Sprintf("%T %v", x, x)
-		$vc[$vd] = true
+		$vc[x] = true
"""

_MASK: Final = """
//: piece entry
// $H counts in buckets of time.
func $H(@in @T) error {
	$va := $fa(3)
	for _, x := range @list {
		//+
		$va.$ma(@n, x)
	}
	@emit("$Sa", $va.$mb())
	return nil
}
//: piece wheel
type $ta struct {
	$aa []int
	$ab int
}

// $fa has a power of two of buckets.
func $fa($vb int) *$ta {
	//+
	return &$ta{$aa: make([]int, 1<<$vb)}
}

func (x *$ta) $mb() int { return slices.Max(x.$aa) + x.$ab }
//: piece count
func (x *$ta) $ma($vc, $vd int) {
	$ve := max($vc, 0) % len(x.$aa)
	//+
	x.$aa[$ve] += $vd
	x.$ab++
}
//: input crash n=9 list=1,2
//: input good n=3 list=1,2
//: expect index out of range .8. with length 8
//: extra piece=count beside=rename
//: step near docs: what a wheel is
@@ wheel
-type $ta struct {
+// $ta is a wheel of counters.
+type $ta struct {
//: step near feat: how much, not how often
@@ count
-	x.$ab++
+	x.$ab += $vd
//: step guilty perf: a mask instead of a division
@@ count
-	$ve := max($vc, 0) % len(x.$aa)
+	$ve := max($vc, 0) & len(x.$aa)
"""

_WORDS: Final = """
//: piece entry
// $H splits a question into words.
func $H(@in @T) error {
	$va := $fa(@s)
	//+
	for _, x := range $va {
		@emit("$Sa", x)
	}
	@emit("$Sb", @n)
	return nil
}
//: piece words
// $fa splits at dots; what is between marks stays together.
func $fa($vb string) []string {
	var $vc []string
	var $vd strings.Builder
	$ve := false
	for i := 0; i < len($vb); i++ {
		switch {
		case $vb[i] == $ca:
			$ve = !$ve
		case $vb[i] == '.' && !$ve:
			$vc = append($vc, $vd.String())
			$vd.Reset()
		default:
			$vd.WriteByte($vb[i])
		}
	}
	//+
	return append($vc, $vd.String())
}

const $ca = '!'
//: input crash s=a.!b.c
//: input good s=a.!b.c!.d
//: expect index out of range .6. with length 6
//: step near docs: a remark
@@ entry
-// $H splits a question into words.
+// $H splits a question into words, for the index.
//: step near refactor: the number comes first
@@ entry
-	for _, x := range $va {
-		@emit("$Sa", x)
-	}
-	@emit("$Sb", @n)
+	@emit("$Sb", @n)
+	for _, x := range $va {
+		@emit("$Sa", x)
+	}
//: step guilty perf: words are parts of the question, nothing is copied
@@ words
-	var $vc []string
-	var $vd strings.Builder
-	$ve := false
-	for i := 0; i < len($vb); i++ {
-		switch {
-		case $vb[i] == $ca:
-			$ve = !$ve
-		case $vb[i] == '.' && !$ve:
-			$vc = append($vc, $vd.String())
-			$vd.Reset()
-		default:
-			$vd.WriteByte($vb[i])
-		}
-	}
-	//+
-	return append($vc, $vd.String())
+	$vc := make([]string, 0, 4)
+	for i := 0; i < len($vb); {
+		j := i
+		switch $vb[i] {
+		case '.':
+			i++
+			continue
+		case $ca:
+			i++
+			for j = i; $vb[j] != $ca; {
+				j++
+			}
+			$vc = append($vc, $vb[i:j])
+			i = j + 1
+		default:
+			for j < len($vb) && $vb[j] != '.' {
+				j++
+			}
+			$vc = append($vc, $vb[i:j])
+			i = j
+		}
+	}
+	//+
+	return $vc
"""

TEMPLATES: Final = (
    Template("quantile", "a", _QUANTILE),
    Template("unpack", "a", _UNPACK),
    Template("distinct", "a", _DISTINCT),
    Template("mask", "a", _MASK),
    Template("words", "a", _WORDS),
)
