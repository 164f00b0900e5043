"""Third kept-aside set, category g: concurrency."""

from __future__ import annotations

from typing import Final

from benchmarks.suspects.notation import Template

_FREE_LIST: Final = """
//: piece entry
// $H writes blocks on several connections.
func $H(@in @T) error {
	var wg sync.WaitGroup
	var $va atomic.Int64
	for i := range 2 * @n {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for j := range 5000 {
				$va.Add(int64($fa(1000*i + j)))
			}
		}()
	}
	wg.Wait()
	//+
	@emit("$Sa", $va.Load() != 1)
	return nil
}
//: piece buffers
type $ta struct {
	$aa []int
	$ac int
}

type $tb struct {
	mu  sync.Mutex
	$ab []*$ta
}

var $ga $tb

// $ma is an empty buffer.
func (x *$tb) $ma() *$ta {
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.$ab) == 0 {
		return new($ta)
	}
	$vb := x.$ab[len(x.$ab)-1]
	x.$ab = x.$ab[:len(x.$ab)-1]
	$vb.$aa = $vb.$aa[:0]
	return $vb
}

// $mb gives a buffer back.
func (x *$tb) $mb($vc *$ta) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.$ab = append(x.$ab, $vc)
}
//: piece encode
// $fa writes a block that begins with a number, and seals it.
func $fa($vd int) int {
	$ve := $ga.$ma()
	for $vf := range 64 {
		$ve.$aa = append($ve.$aa, $vd^$vf)
	}
	//+
	$vg := $fb($ve, $ca)
	$ga.$mb($ve)
	return $vg
}

const $ca = 1
//: piece seal
func $fb($vh *$ta, $vi int) int {
	$vh.$ac = 0
	for i := range len($vh.$aa) {
		//+
		$vh.$ac = $vh.$ac*31 + $vh.$aa[i]
	}
	return $vh.$ac * $vi
}
//: input crash n=4
//: input good n=0
//: expect index out of range
//: extra flaky=1
//: step near docs: what is kept
@@ buffers
-type $tb struct {
+// $tb keeps buffers for later.
+type $tb struct {
//: step near tune: another weight
@@ encode
-const $ca = 1
+const $ca = 2
//: step guilty fix: buffers come back also where a block cannot be sealed
@@ encode
-	$vg := $fb($ve, $ca)
-	$ga.$mb($ve)
-	return $vg
+	$ga.$mb($ve)
+	return $fb($ve, $ca)
"""

_STOCK: Final = """
//: piece entry
// $H takes goods from a stock.
func $H(@in @T) error {
	$va := &$ta{$aa: @n}
	for _, x := range @list {
		//+
		$va.$ma(x)
	}
	@emit("$Sa", $va.$aa)
	return nil
}
//: piece stock
type $ta struct {
	mu  sync.Mutex
	$aa int
	$ab []int
}
//: piece take
func (x *$ta) $ma($vb int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.$aa -= $vb
	//+
	if x.$aa < 0 {
		x.$mb()
	}
}
//: piece order
// $mb orders what is missing; that takes a while.
func (x *$ta) $mb() {
	x.$ab = append(x.$ab, -x.$aa)
	//+
	x.$aa = $ca
}

const $ca = 10
//: input crash n=1 list=3
//: input good n=9 list=3
//: expect sync: unlock of unlocked mutex
//: step near tune: order more
@@ order
-const $ca = 10
+const $ca = 20
//: step near docs: what a stock is
@@ stock
-type $ta struct {
+// $ta is a stock with its orders.
+type $ta struct {
//: step guilty perf: an order keeps nobody waiting
@@ take
-	if x.$aa < 0 {
-		x.$mb()
-	}
+	$vc := x.$aa < 0
+	if $vc {
+		x.mu.Unlock()
+		x.$mb()
+	}
"""

_BY_VALUE: Final = """
//: piece entry
// $H has parts worked on in parallel.
func $H(@in @T) error {
	$va := $fa(@list, $fb)
	//+
	@emit("$Sa", $va+@n)
	return nil
}
//: piece parallel
func $fa($vb []int, $vc func(int) int) int {
	var wg sync.WaitGroup
	var $vd atomic.Int64
	for _, x := range $vb {
		wg.Add(1)
		//+
		go $fc(&wg, func() { $vd.Add(int64($vc(x))) })
	}
	wg.Wait()
	return int($vd.Load())
}
//: piece run
// $fc is one part.
func $fc($ve *sync.WaitGroup, $vf func()) {
	//+
	$vf()
	$ve.Done()
}
//: piece effort
func $fb($vg int) int {
	//+
	return $vg * $ca
}

const $ca = 1
//: input crash list=4,5
//: input good
//: expect all goroutines are asleep
//: step near tune: more effort
@@ effort
-const $ca = 1
+const $ca = $Da
//: step near docs: a remark
@@ entry
-	$va := $fa(@list, $fb)
+	// all at once
+	$va := $fa(@list, $fb)
//: step guilty refactor: parts get values, they own nothing
@@ parallel
-		go $fc(&wg, func() { $vd.Add(int64($vc(x))) })
+		go $fc(wg, func() { $vd.Add(int64($vc(x))) })
@@ run
-// $fc is one part.
-func $fc($ve *sync.WaitGroup, $vf func()) {
+// $fc is one part; it owns nothing.
+func $fc($ve sync.WaitGroup, $vf func()) {
"""

_APPENDS: Final = """
//: piece entry
// $H asks all sources and adds up what they say.
func $H(@in @T) error {
	$va := $fa(10000 * @n)
	//+
	@emit("$Sa", $fb($va, 10000*@n) >= 0)
	return nil
}
//: piece ask
// $fa asks sources.
func $fa($vb int) []int {
	$vc := make([]int, 0, $vb)
	for i := range $vb {
		//+
		$vc = append($vc, $fc(i))
	}
	return $vc
}
//: piece total
func $fb($vd []int, $ve int) int {
	$vf := 0
	for i := range $ve {
		//+
		$vf += $vd[i]
	}
	return $vf
}
//: piece source
func $fc($vg int) int {
	//+
	return $vg % $ca
}

const $ca = 97
//: input crash n=30
//: input good n=0
//: expect index out of range .\\d+. with length \\d+
//: extra flaky=1
//: step near tune: fewer answers
@@ source
-const $ca = 97
+const $ca = 89
//: step near style: assignment in full
@@ total
-		$vf += $vd[i]
+		$vf = $vf + $vd[i]
//: step guilty perf: sources are asked in parallel
@@ ask
-// $fa asks sources.
+// $fa asks sources, four at a time.
@@ ask
=	$vc := make([]int, 0, $vb)
-	for i := range $vb {
-		//+
-		$vc = append($vc, $fc(i))
-	}
+	var wg sync.WaitGroup
+	for i := range 4 {
+		wg.Add(1)
+		go func() {
+			defer wg.Done()
+			for j := i; j < $vb; j += 4 {
+				//+
+				$vc = append($vc, $fc(j))
+			}
+		}()
+	}
+	wg.Wait()
"""

_SESSIONS: Final = """
//: piece entry
// $H looks a session up.
func $H(@in @T) error {
	$va := &$ta{$aa: map[string]int{"plain": 3, "old": -1}}
	$vb := $va.$ma(@s)
	//+
	@emit("$Sa", $vb+@n)
	return nil
}
//: piece sessions
type $ta struct {
	mu  sync.RWMutex
	$aa map[string]int
}

// $mb forgets a session.
func (x *$ta) $mb($vc string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	//+
	delete(x.$aa, $vc)
}
//: piece lookup
// $ma is how long a session has been there.
func (x *$ta) $ma($vd string) int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	//+
	$ve, ok := x.$aa[$vd]
	if !ok {
		return $ca
	}
	return $ve
}

const $ca = 0
//: input crash s=old
//: input good
//: expect all goroutines are asleep
//: step near feat: strangers are new
@@ lookup
-const $ca = 0
+const $ca = 1
//: step near docs: what is kept
@@ sessions
-type $ta struct {
+// $ta has sessions by name.
+type $ta struct {
//: step guilty fix: sessions that ended are not kept
@@ lookup
-	if !ok {
-		return $ca
-	}
-	return $ve
+	switch {
+	case !ok:
+		return $ca
+	case $ve < 0:
+		x.$mb($vd)
+		return $ca
+	}
+	return $ve
"""

TEMPLATES: Final = (
    Template("free-list", "g", _FREE_LIST),
    Template("stock", "g", _STOCK),
    Template("by-value", "g", _BY_VALUE),
    Template("appends", "g", _APPENDS),
    Template("sessions", "g", _SESSIONS),
)
