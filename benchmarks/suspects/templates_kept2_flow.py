"""Second kept-aside set, category g: concurrency."""

from __future__ import annotations

from typing import Final

from benchmarks.suspects.notation import Template

_READERS: Final = """
//: piece entry
// $H looks numbers up in parallel.
func $H(@in @T) error {
	$va := &$ta{$aa: map[int]int{}}
	var wg sync.WaitGroup
	for i := range 2 * @n {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for j := range 20000 {
				$va.$ma(i * j)
			}
		}()
	}
	wg.Wait()
	//+
	@emit("$Sa", len($va.$aa) > 0)
	return nil
}
//: piece popular
type $ta struct {
	mu  sync.RWMutex
	$aa map[int]int
}
//: piece lookup
// $ma is a number's name; how often it is asked for is counted.
func (x *$ta) $ma($vb int) string {
	$vc := $vb % $ca
	//+
	x.mu.Lock()
	defer x.mu.Unlock()
	x.$aa[$vc]++
	return strconv.Itoa($vc)
}

const $ca = 71
//: input crash n=4
//: input good n=0
//: expect concurrent map (writes|read and map write)
//: extra flaky=1
//: step near tune: fewer numbers
@@ lookup
-const $ca = 71
+const $ca = 67
//: step near docs: what is counted
@@ popular
-type $ta struct {
+// $ta counts what is asked for.
+type $ta struct {
//: step guilty perf: look-ups do not wait for each other
@@ lookup
-	x.mu.Lock()
-	defer x.mu.Unlock()
+	x.mu.RLock()
+	defer x.mu.RUnlock()
"""

_ONCE_MORE: Final = """
//: piece entry
// $H adds up beside.
func $H(@in @T) error {
	$va := $fa(len(@list))
	for _, x := range @list {
		//+
		$va.$aa <- x
	}
	close($va.$aa)
	<-$va.$ab
	$va.wg.Wait()
	@emit("$Sa", $va.$ac.Load())
	return nil
}
//: piece adder
type $ta struct {
	$aa chan int
	$ab chan struct{}
	$ac atomic.Int64
	wg  sync.WaitGroup
}

func $fa($vb int) *$ta {
	$vc := &$ta{$aa: make(chan int, $vb+1), $ab: make(chan struct{})}
	//+
	$vc.$ma()
	return $vc
}
//: piece start
func (x *$ta) $ma() {
	//+
	x.wg.Add(1)
	go x.$mb()
}
//: piece work
func (x *$ta) $mb() {
	for $vd := range x.$aa {
		//+
		x.$ac.Add(int64($vd) * $ca)
	}
	close(x.$ab)
	x.wg.Done()
}

const $ca = 1
//: input crash list=1,2,3,4,5,6
//: input good list=1
//: expect close of closed channel
//: step near tune: another weight
@@ work
-const $ca = 1
+const $ca = $Da
//: step near perf: more room
@@ adder
-	$vc := &$ta{$aa: make(chan int, $vb+1), $ab: make(chan struct{})}
+	$vc := &$ta{$aa: make(chan int, $vb+2), $ab: make(chan struct{})}
//: step guilty perf: two work where there is much
@@ adder
=	$vc.$ma()
+	if $vb > 4 {
+		$vc.$ma()
+	}
"""

_SLOTS: Final = """
//: piece entry
// $H works on a few at a time.
func $H(@in @T) error {
	$va := $Fa(@list, 2)
	//+
	@emit("$Sa", $va+@n)
	return nil
}
//: piece slots
// $Fa works on a few values at a time.
func $Fa($vb []int, $vc int) int {
	$vd, $ve := make(chan struct{}, $vc), make(chan int, len($vb))
	for _, x := range $vb {
		$vd <- struct{}{}
		go func() {
			$ve <- $fb(x)
			<-$vd
		}()
	}
	$vf := 0
	for range $vb {
		//+
		$vf += <-$ve
	}
	return $vf
}
//: piece effort
func $fb($vg int) int {
	//+
	return $vg*$vg + 1
}
//: input crash list=-1,-2,-3
//: input good list=1,2,3
//: expect all goroutines are asleep
//: step near tune: three at a time
@@ entry
-	$va := $Fa(@list, 2)
+	$va := $Fa(@list, 1)
//: step near refactor: the one first
@@ effort
-	return $vg*$vg + 1
+	return 1 + $vg*$vg
//: step guilty feat: nothing is done for values below zero
@@ slots
=		$vd <- struct{}{}
+		if x < 0 {
+			$ve <- 0
+			continue
+		}
"""

_SCOPE: Final = """
//: piece entry
// $H empties boxes in parallel.
func $H(@in @T) error {
	var $va atomic.Int64
	for range 2000 * @n {
		$vb := &$ta{$aa: []int{1, 2, 3}}
		var wg sync.WaitGroup
		for range 4 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				$va.Add(int64($vb.$ma() + $vb.$ma()))
			}()
		}
		wg.Wait()
	}
	//+
	@emit("$Sa", $va.Load() >= 0)
	return nil
}
//: piece box
type $ta struct {
	mu  sync.Mutex
	$aa []int
}
//: piece take
func (x *$ta) $ma() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.$aa) == 0 {
		return $ca
	}
	//+
	$vc := x.$aa[0]
	x.$aa = x.$aa[1:]
	return $vc
}

const $ca = 0
//: input crash n=8
//: input good n=0
//: expect (index|slice bounds) out of range
//: extra flaky=1
//: step near docs: what a box is
@@ box
-type $ta struct {
+// $ta is a box of numbers; the first one in is the first one out.
+type $ta struct {
//: step near feat: an empty box gives one
@@ take
-const $ca = 0
+const $ca = 1
//: step guilty perf: an empty box is seen without waiting
@@ take
=	x.mu.Lock()
-	defer x.mu.Unlock()
-	if len(x.$aa) == 0 {
-		return $ca
-	}
+	$vd := len(x.$aa)
+	x.mu.Unlock()
+	if $vd == 0 {
+		return $ca
+	}
+	x.mu.Lock()
+	defer x.mu.Unlock()
"""

TEMPLATES: Final = (
    Template("readers", "g", _READERS),
    Template("once-more", "g", _ONCE_MORE),
    Template("slots", "g", _SLOTS),
    Template("scope", "g", _SCOPE),
)
