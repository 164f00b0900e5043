"""Kept-aside templates, categories g and i: concurrency, and old bugs that a new feature meets."""

from __future__ import annotations

from typing import Final

from benchmarks.suspects.notation import Template

_TRANSFER: Final = """
//: piece entry
// $H moves amounts to and fro.
func $H(@in @T) error {
	$va, $vb := &$ta{$aa: 1}, &$ta{$aa: 2}
	var wg sync.WaitGroup
	wg.Add(2)
	go func() {
		defer wg.Done()
		for i := range 60000 * @n {
			$fa($va, $vb, i%5)
		}
	}()
	go func() {
		defer wg.Done()
		for i := range 60000 * @n {
			$fa($vb, $va, i%7)
		}
	}()
	//+
	wg.Wait()
	@emit("$Sa", $va.$ab+$vb.$ab)
	return nil
}
//: piece account
type $ta struct {
	mu  sync.Mutex
	$aa int
	$ab int
}
//: piece transfer
func $fa($vc, $vd *$ta, $ve int) {
	$vf, $vg := $vc, $vd
	if $vf.$aa > $vg.$aa {
		$vf, $vg = $vg, $vf
	}
	$vf.mu.Lock()
	defer $vf.mu.Unlock()
	//+
	$vg.mu.Lock()
	defer $vg.mu.Unlock()
	$vc.$ab -= $ve
	$vd.$ab += $ve
}
//: input crash n=3
//: input good n=0
//: expect all goroutines are asleep
//: extra flaky=1
//: step near style: give after taking
@@ transfer
-	$vc.$ab -= $ve
-	$vd.$ab += $ve
+	$vd.$ab += $ve
+	$vc.$ab -= $ve
//: step near docs: accounts
@@ account
-type $ta struct {
+// $ta is an account with a number and a balance.
+type $ta struct {
//: step guilty feat: amounts below zero go the other way
@@ transfer
-	if $vf.$aa > $vg.$aa {
+	if $ve < 0 {
=		$vf, $vg = $vg, $vf
+		$ve = -$ve
=	}
"""

_SENDERS: Final = """
//: piece entry
// $H collects what workers send.
func $H(@in @T) error {
	$va := make(chan int, len(@list)+1)
	var wg sync.WaitGroup
	for _, x := range @list {
		wg.Add(1)
		go func() {
			defer wg.Done()
			$fa($va, x*@n)
		}()
	}
	wg.Wait()
	close($va)
	//+
	@emit("$Sa", $fb($va))
	return nil
}
//: piece send
func $fa($vb chan<- int, $vc int) {
	//+
	$vb <- $vc
}
//: piece receive
func $fb($vd <-chan int) int {
	$ve := 0
	for x := range $vd {
		//+
		$ve += x
	}
	return $ve
}
//: input crash list=1,2,3
//: input good list=4
//: expect (close of|send on) closed channel
//: extra flaky=1
//: step near feat: squares
@@ receive
-		$ve += x
+		$ve += x * x
//: step near docs: direction
@@ send
-func $fa($vb chan<- int, $vc int) {
+// $fa only sends.
+func $fa($vb chan<- int, $vc int) {
//: step guilty refactor: a channel is closed by its sender
@@ entry
=	wg.Wait()
-	close($va)
@@ send
=	$vb <- $vc
+	close($vb)
"""

_LATE: Final = """
//: piece entry
// $H asks for all details at once.
func $H(@in @T) error {
	$va := $Fa(@list)
	//+
	@emit("$Sa", $fb($va)+@n)
	return nil
}
//: piece details
// $Fa fetches details in parallel.
func $Fa($vb []int) []*$ta {
	$vc := make([]*$ta, len($vb))
	var wg sync.WaitGroup
	for i, x := range $vb {
		wg.Add(1)
		go func() {
			defer wg.Done()
			$vc[i] = &$ta{x, strconv.Itoa(x)}
		}()
	}
	//+
	wg.Wait()
	return $vc
}

type $ta struct {
	$aa int
	$ab string
}
//: piece total
func $fb($vd []*$ta) int {
	$ve := 0
	for _, x := range $vd {
		//+
		$ve += x.$aa + len(x.$ab)
	}
	return $ve
}
//: input crash list=1,2,3,4,5,6,7,8
//: input good
//: expect nil pointer dereference
//: extra flaky=1
//: step near feat: texts count twice
@@ total
-		$ve += x.$aa + len(x.$ab)
+		$ve += x.$aa + 2*len(x.$ab)
//: step near style: fields by name
@@ details
-			$vc[i] = &$ta{x, strconv.Itoa(x)}
+			$vc[i] = &$ta{$aa: x, $ab: strconv.Itoa(x)}
//: step guilty perf: answer before the slowest one is there
@@ details
-	wg.Wait()
+	go wg.Wait()
"""

_PERCENT: Final = """
//: piece entry
// $H shows progress.
func $H(@in @T) error {
	if @n == 0 {
		return @fail("nothing planned")
	}
	//+
	@emit("$Sa", $Fa(len(@list), @n))
	return nil
}
//: piece percent
// $Fa is a part of a whole in percent.
func $Fa($va, $vb int) string {
	//+
	$vc := 100 * $va / $vb
	return strconv.Itoa($vc) + $ga
}

var $ga = "%"
//: input crash n=4
//: input good n=4 list=1,2
//: expect integer divide by zero
//: step near feat: a word for it
@@ percent
-var $ga = "%"
+var $ga = " percent"
//: step near fix: round to the nearest
@@ percent
-	$vc := 100 * $va / $vb
+	$vc := (100*$va + $vb/2) / $vb
//: step guilty feat: also show the time that is needed for each
@@ entry
=	@emit("$Sa", $Fa(len(@list), @n))
+	@emit("$Sb", $Fa(@n, len(@list)))
"""

_PREFIXED: Final = """
//: piece entry
// $H writes a label.
func $H(@in @T) error {
	$va := @s
	if len($va) > 12 {
		$va = $va[:12]
	}
	//+
	@emit("$Sa", $P1.$Fa($va))
	return nil
}
//: piece label @1
// $Fa centers a text on a label of sixteen places.
func $Fa($vb string) string {
	$vc := 16 - len($vb)
	//+
	return strings.Repeat(" ", $vc/2) + $vb + strings.Repeat(" ", $vc-$vc/2)
}
//: input crash n=70 s=twelve-and-more
//: input good n=5 s=twelve-and-more
//: expect strings: negative Repeat count
//: step near style: sixteen has a name
@@ label
-	$vc := 16 - len($vb)
+	const $ca = 16
+	$vc := $ca - len($vb)
//: step near tune: shorter texts
@@ entry
-	if len($va) > 12 {
-		$va = $va[:12]
-	}
+	if len($va) > 11 {
+		$va = $va[:11]
+	}
//: step guilty feat: labels of large parcels say so
@@ entry
=	//+
+	if @n > 50 {
+		$va = "LARGE " + $va
+	}
=	@emit("$Sa", $P1.$Fa($va))
"""

TEMPLATES: Final = (
    Template("transfer", "g", _TRANSFER),
    Template("senders", "g", _SENDERS),
    Template("late", "g", _LATE),
    Template("percent", "i", _PERCENT),
    Template("prefixed", "i", _PREFIXED),
)
