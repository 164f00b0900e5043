"""Kept-aside templates, category g: concurrency."""

from __future__ import annotations

from typing import Final

from benchmarks.suspects.notation import Template

_REFRESH: Final = """
//: piece entry
// $H answers from a cache of rates.
func $H(@in @T) error {
	$va := $Fa()
	//+
	for i := range 60 * @n {
		$va.$ma(i)
		@count(strconv.Itoa($va.$mb() % 2))
	}
	@emit("$Sa", $va.$mb() > 0)
	return nil
}
//: piece rates
// $Ta is a cache of rates.
type $Ta struct {
	$aa map[int]int
}

// $Fa is a cache with one rate.
func $Fa() *$Ta { return &$Ta{$aa: map[int]int{0: 1}} }

// $mb is the highest rate.
func (x *$Ta) $mb() int {
	$vb := 0
	for _, $vc := range x.$aa {
		$vb = max($vb, $vc)
	}
	//+
	return $vb
}
//: piece refresh
// $ma refreshes the rates.
func (x *$Ta) $ma($vd int) {
	//+
	if $vd%2 == 0 {
		x.$mc($vd)
	}
}

func (x *$Ta) $mc($ve int) {
	for i := range 20000 {
		x.$aa[(i+$ve)%300] = i
	}
}
//: input crash n=20
//: input good n=0
//: expect concurrent map (iteration and map write|read and map write|writes)
//: extra flaky=1
//: step near feat: fewer rates
@@ refresh
-		x.$aa[(i+$ve)%300] = i
+		x.$aa[(i+$ve)%280] = i
//: step near refactor: compare instead of max
@@ rates
-		$vb = max($vb, $vc)
+		if $vc > $vb {
+			$vb = $vc
+		}
//: step guilty perf: nobody waits for new rates
@@ refresh
-		x.$mc($vd)
+		go x.$mc($vd)
"""

_GATHER: Final = """
//: piece entry
// $H gathers what sensors say.
func $H(@in @T) error {
	$va := make(chan int, 1000)
	//+
	$vb := $fa(@list, $va)
	@emit("$Sa", $vb < 100000)
	return nil
}
//: piece gather
func $fa($vc []int, $vd chan int) int {
	var wg sync.WaitGroup
	for _, x := range $vc {
		$fb(&wg, func() { $vd <- $fc(x) })
	}
	wg.Wait()
	//+
	close($vd)
	$ve := 0
	for $vf := range $vd {
		$ve += $vf
	}
	return $ve + $fc(100*len($vc))
}
//: piece start
// $fb starts something that is waited for.
func $fb($vg *sync.WaitGroup, $vh func()) {
	$vg.Add(1)
	//+
	go func() {
		defer $vg.Done()
		$vh()
	}()
}
//: piece sensor
func $fc($vi int) int {
	$vj := $vi
	for i := range 3000 * $vi {
		$vj = ($vj*31 + i) % 1009
	}
	//+
	return $vj
}
//: input crash list=40,41
//: input good list=
//: expect send on closed channel
//: extra flaky=1
//: step near feat: sensors say smaller numbers
@@ sensor
-		$vj = ($vj*31 + i) % 1009
+		$vj = ($vj*31 + i) % 997
//: step near feat: begin with what is there
@@ gather
-	$ve := 0
-	for $vf := range $vd {
+	$ve := 1
+	for $vf := range $vd {
//: step guilty refactor: who works says so
@@ start
-	$vg.Add(1)
-	//+
-	go func() {
+	//+
+	go func() {
+		$vg.Add(1)
=		defer $vg.Done()
"""

_PERMITS: Final = """
//: piece entry
// $H renders a document with all that is in it.
func $H(@in @T) error {
	$va := $Fa(2)
	//+
	@emit("$Sa", $va.$Ma(@n))
	return nil
}
//: piece permits
// $Ta renders so many parts at a time.
type $Ta struct {
	$aa chan struct{}
}

// $Fa has a number of permits.
func $Fa($vb int) *$Ta { return &$Ta{$aa: make(chan struct{}, $vb)} }

func (x *$Ta) $mb($vc func() int) int {
	x.$aa <- struct{}{}
	defer func() { <-x.$aa }()
	//+
	return $vc()
}
//: piece render
// $Ma renders a document that is so many levels deep.
func (x *$Ta) $Ma($vd int) int {
	return x.$mb(func() int { return x.$mc($vd) })
}

func (x *$Ta) $mc($ve int) int {
	if $ve <= 0 {
		return $ca
	}
	//+
	return 1 + x.$mc($ve-1)
}

const $ca = 1
//: input crash n=3
//: input good n=1
//: expect all goroutines are asleep
//: step near feat: leaves count more
@@ render
-const $ca = 1
+const $ca = 3
//: step near refactor: the first level is 1
@@ render
-	if $ve <= 0 {
-		return $ca
-	}
+	if $ve < 1 {
+		return $ca
+	}
//: step guilty fix: all parts count, not only the document
@@ render
-	return 1 + x.$mc($ve-1)
+	return 1 + x.$Ma($ve-1)
"""

_EARLY: Final = """
//: piece entry
// $H books money.
func $H(@in @T) error {
	$va := &$ta{$aa: map[string]int{}}
	for _, x := range @list {
		$va.$ma(@s, x)
	}
	//+
	@emit("$Sa", $va.$mb(@s))
	return nil
}
//: piece accounts
type $ta struct {
	mu  sync.Mutex
	$aa map[string]int
	$ab []string
}

func (x *$ta) $mb($vb string) int {
	x.mu.Lock()
	defer x.mu.Unlock()
	//+
	return x.$aa[$vb]
}
//: piece book
func (x *$ta) $ma($vc string, $vd int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.$aa[$vc] += $vd
	//+
	if $vd > $ca {
		x.$mc($vc)
	}
}

// $ca is from when on a booking is noted.
const $ca = 100
//: piece note
func (x *$ta) $mc($ve string) {
	//+
	x.$ab = append(x.$ab, strings.ToUpper($ve))
}
//: input crash list=20,500
//: input good list=20,50
//: expect sync: unlock of unlocked mutex
//: step near feat: note names as they are
@@ note
-	x.$ab = append(x.$ab, strings.ToUpper($ve))
+	x.$ab = append(x.$ab, $ve)
//: step near ops: note fewer
@@ book
-const $ca = 100
+const $ca = 120
//: step guilty perf: no lock while noting
@@ book
-		x.$mc($vc)
+		x.mu.Unlock()
+		x.$mc($vc)
"""

_GIVE_UP: Final = """
//: piece entry
// $H downloads parts until one fails.
func $H(@in @T) error {
	$va := &$ta{$aa: make(chan struct{})}
	$vd := make(chan int, len(@list))
	for _, x := range @list {
		go func() { $vd <- $va.$ma(x) }()
	}
	//+
	for range @list {
		$va.$ac.Add(int64(<-$vd))
	}
	@emit("$Sa", $va.$ac.Load())
	return nil
}
//: piece download
type $ta struct {
	$aa chan struct{}
	$ab atomic.Bool
	$ac atomic.Int64
}

func (x *$ta) $ma($vb int) int {
	//+
	if $vb < 0 {
		x.$mb()
		return 0
	}
	return $vb * $ca
}

const $ca = $Da
//: piece give-up
// $mb lets the others know that one failed.
func (x *$ta) $mb() {
	if x.$ab.CompareAndSwap(false, true) {
		x.$mc()
		close(x.$aa)
	}
	//+
}
//: piece clear
import "time"

// $mc takes back what was booked, after a moment for what is under way.
func (x *$ta) $mc() {
	time.Sleep($cb)
	//+
	x.$ac.Store(0)
}

const $cb = 5 * time.Millisecond
//: input crash list=4,-1,-1,5
//: input good list=4,-1,5
//: expect close of closed channel
//: step near feat: parts are larger
@@ download
-const $ca = $Da
+const $ca = 1$Da
//: step near refactor: what is below zero
@@ download
-	if $vb < 0 {
-		x.$mb()
-		return 0
-	}
+	if $vb <= -1 {
+		x.$mb()
+		return 0
+	}
//: step guilty fix: nobody has given up before all is taken back
@@ give-up
-	if x.$ab.CompareAndSwap(false, true) {
-		x.$mc()
-		close(x.$aa)
-	}
+	if !x.$ab.Load() {
+		x.$mc()
+		x.$ab.Store(true)
+		close(x.$aa)
+	}
"""

TEMPLATES: Final = (
    Template("kept4-refresh", "g", _REFRESH),
    Template("kept4-gather", "g", _GATHER),
    Template("kept4-permits", "g", _PERMITS),
    Template("kept4-early", "g", _EARLY),
    Template("kept4-give-up", "g", _GIVE_UP),
)
