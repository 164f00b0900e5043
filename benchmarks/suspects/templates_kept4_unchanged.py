"""Kept-aside templates, category k: no change is guilty: the input is new, or what the service finds around it."""

from __future__ import annotations

from typing import Final

from benchmarks.suspects.notation import Template

_TRUNCATED: Final = """
//: piece entry
// $H reads records of a length, then values.
func $H(@in @T) error {
	$va := @list
	for len($va) > 0 {
		//+
		var $vb int
		$vb, $va = $Fa($va)
		@emit("$Sa", $vb)
	}
	return nil
}
//: piece record
// $Fa is the sum of the first record, and what comes behind it.
func $Fa($vc []int) (int, []int) {
	$vd, $ve := 0, $vc[0]
	for i := 1; i <= $ve; i++ {
		//+
		$vd += $vc[i]
	}
	return $vd, $vc[$ve+1:]
}
//: input crash list=2,5
//: input good list=2,5,6,1,9
//: expect index out of range .2. with length 2
//: step near refactor: one value at a time
@@ record
-		$vd += $vc[i]
+		x := $vc[i]
+		$vd += x
//: step near feat: number the records
@@ entry
-	$va := @list
-	for len($va) > 0 {
+	$va := @list
+	for i := 0; len($va) > 0; i++ {
//: step fix fix: what is cut off is no record
@@ record
-	$vd, $ve := 0, $vc[0]
+	$vd, $ve := 0, min($vc[0], len($vc)-1)
"""

_ABSENT: Final = """
//: piece entry
// $H signs a text with a key from a file.
func $H(@in @T) error {
	$va := []byte("$Sb")
	if @n > 10 {
		$va = $Fa(@s)
	}
	//+
	@emit("$Sa", $fb($va, @s))
	return nil
}
//: piece key
import "os"

// $Fa reads the key of a tenant.
func $Fa($vc string) []byte {
	$vd := $ca + $vc + ".key"
	//+
	$ve, err := os.ReadFile($vd)
	if err != nil {
		panic(err)
	}
	return bytes.TrimSpace($ve)
}

// $ca is where keys are.
const $ca = "/run/$Sc-keys/"
//: piece sign
func $fb($vf []byte, $vg string) int {
	$vh := 0
	for i := range len($vg) {
		//+
		$vh = $vh*131 + int($vg[i]^$vf[i%len($vf)])
	}
	return $vh & 0xffff
}
//: input crash n=50 s=tenant
//: input good n=1 s=tenant
//: expect no such file or directory
//: step near feat: longer signatures
@@ sign
-	return $vh & 0xffff
+	return $vh & 0xfffff
//: step near docs: who puts keys there
@@ key
-// $ca is where keys are.
+// $ca is where keys are: others put them there.
//: step near perf: no key for short texts
@@ entry
-	if @n > 10 {
+	if @n > 12 {
//: step fix fix: without a key, the common one
@@ key
-	if err != nil {
-		panic(err)
-	}
+	if err != nil {
+		return []byte("$Sb")
+	}
"""

_ODD: Final = """
//: piece entry
// $H counts the rounds of a tournament.
func $H(@in @T) error {
	//+
	@emit("$Sa", $Fa(@n, @list))
	return nil
}
//: piece rounds
// $Fa is how many pairs play before one is left; byes come first.
func $Fa($va int, $vb []int) int {
	$vc := $va
	for _, x := range $vb {
		$vc -= x
	}
	//+
	return $fb($vc) + len($vb)
}
//: piece pairs
import "runtime/debug"

// A deep stack is a mistake: better to end early than to fill the memory.
var _ = debug.SetMaxStack(16 << 20)

func $fb($vd int) int {
	//+
	if $vd == 0 {
		return 0
	}
	return 1 + $fb($vd-2)
}
//: input crash n=7
//: input good n=7 list=3
//: expect stack overflow
//: step near refactor: byes by place
@@ rounds
-	for _, x := range $vb {
-		$vc -= x
-	}
+	for i := range $vb {
+		$vc -= $vb[i]
+	}
//: step near feat: byes count twice
@@ rounds
-	return $fb($vc) + len($vb)
+	return $fb($vc) + 2*len($vb)
//: step fix fix: the last one plays alone
@@ pairs
-	if $vd == 0 {
-		return 0
-	}
+	if $vd <= 0 {
+		return 0
+	}
"""

_MIXED: Final = """
//: piece entry
// $H reads a setting that others sent.
func $H(@in @T) error {
	$va := $Fa(@s)
	//+
	@emit("$Sa", $fb($va, "level")+@n)
	return nil
}
//: piece settings
// $Fa reads names and values that follow each other; numbers are numbers.
func $Fa($vb string) map[string]any {
	$vc := map[string]any{"level": 1}
	$vd := strings.Split($vb, "-")
	for i := 0; i+1 < len($vd); i += 2 {
		//+
		if $ve, err := strconv.Atoi($vd[i+1]); err == nil {
			$vc[$vd[i]] = $ve
			continue
		}
		$vc[$vd[i]] = $vd[i+1]
	}
	return $vc
}
//: piece number
func $fb($vf map[string]any, $vg string) int {
	//+
	$vh := $vf[$vg].(int)
	return min($vh, $ca)
}

const $ca = 50
//: input crash s=level-high
//: input good s=level-7
//: expect interface conversion: interface .* is string, not int
//: step near feat: higher levels
@@ number
-const $ca = 50
+const $ca = 60
//: step near feat: another default
@@ settings
-	$vc := map[string]any{"level": 1}
+	$vc := map[string]any{"level": 2}
//: step near refactor: a loop over pairs
@@ settings
-		$vc[$vd[i]] = $vd[i+1]
+		$vi := $vd[i+1]
+		$vc[$vd[i]] = $vi
//: step fix fix: what is no number is zero
@@ number
-	$vh := $vf[$vg].(int)
+	$vh, _ := $vf[$vg].(int)
"""

_CROWD: Final = """
//: piece entry
// $H seats a crowd.
func $H(@in @T) error {
	$va := $P1.$Fa(@n)
	for _, x := range @list {
		//+
		$va.$Ma(x)
	}
	@emit("$Sa", $va.$Mb())
	return nil
}
//: piece hall @1
// $Ta is a hall with rows.
type $Ta struct {
	$aa []int
	$ab int
}

// $Fa is an empty hall.
func $Fa($vb int) *$Ta {
	//+
	return &$Ta{$aa: make([]int, $vb%5+2)}
}

// $Mb is how many sit.
func (x *$Ta) $Mb() int {
	$vc := 0
	for _, $vd := range x.$aa {
		$vc += $vd
	}
	return $vc
}
//: piece seat @1
// $Ma seats a group in the first row with room.
func (x *$Ta) $Ma($ve int) {
	for x.$aa[x.$ab]+$ve > $ca {
		x.$ab++
	}
	//+
	x.$aa[x.$ab] += $ve
}

const $ca = 8
//: input crash n=0 list=7,7,7
//: input good n=0 list=7,7
//: expect index out of range .2. with length 2
//: step near refactor: seats by place
@@ hall
-	for _, $vd := range x.$aa {
-		$vc += $vd
-	}
+	for i := range x.$aa {
+		$vc += x.$aa[i]
+	}
//: step near docs: what a row is
@@ seat
-const $ca = 8
+// $ca is how many sit in a row.
+const $ca = 8
//: step fix fix: who finds no room sits in the last row
@@ seat
-	for x.$aa[x.$ab]+$ve > $ca {
-		x.$ab++
-	}
+	for x.$ab+1 < len(x.$aa) && x.$aa[x.$ab]+$ve > $ca {
+		x.$ab++
+	}
"""

_UNSET: Final = """
//: piece entry
// $H says which worker has a customer.
func $H(@in @T) error {
	$va := $ca
	if @n > 1000 {
		$va = $Fa()
	}
	//+
	@emit("$Sa", $fb(@n, $va))
	return nil
}

// $ca is how many workers there are for small customers.
const $ca = $Da
//: piece workers
import "os"

// $Fa is how many workers this machine says it has.
func $Fa() int {
	$vb := strings.ToUpper("$Sb-workers")
	//+
	$vc, _ := strconv.Atoi(os.Getenv(strings.ReplaceAll($vb, "-", "_")))
	return $vc
}
//: piece worker
func $fb($vd, $ve int) string {
	//+
	$vf := $vd % $ve
	return "w" + strconv.Itoa($vf)
}
//: input crash n=5000
//: input good n=50
//: expect integer divide by zero
//: step near feat: other names of workers
@@ worker
-	return "w" + strconv.Itoa($vf)
+	return "worker-" + strconv.Itoa($vf)
//: step near feat: more workers for small customers
@@ entry
-const $ca = $Da
+const $ca = 1$Da
//: step near docs: what machines say
@@ workers
-// $Fa is how many workers this machine says it has.
+// $Fa is how many workers this machine says it has: large ones have more.
//: step fix fix: a machine that says nothing has one worker
@@ workers
-	return $vc
+	return max($vc, 1)
"""

TEMPLATES: Final = (
    Template("kept4-truncated", "k", _TRUNCATED),
    Template("kept4-absent", "k", _ABSENT),
    Template("kept4-unset", "k", _UNSET),
    Template("kept4-odd", "k", _ODD),
    Template("kept4-mixed", "k", _MIXED),
    Template("kept4-crowd", "k", _CROWD),
)
