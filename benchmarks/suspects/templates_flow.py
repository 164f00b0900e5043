"""Open templates, categories f (something deleted) and g (concurrency)."""

from __future__ import annotations

from typing import Final

from benchmarks.suspects.notation import Template

_NIL_CHECK: Final = """
//: piece entry
// $H shows what is stored under a name.
func $H(@in @T) error {
	$va := $Fa(@s)
	//+
	@emit("$Sa", $fb($va, @n))
	return nil
}
//: piece store
// $Ta is what is stored.
type $Ta struct {
	$Aa int
}

var $ga = map[string]*$Ta{"plain": {$Da}, "$Sb": {2}}

// $Fa is what is stored, or nil.
func $Fa($vb string) *$Ta { return $ga[$vb] }
//: piece scale
func $fb($vc *$Ta, $vd int) int {
	//+
	if $vc == nil {
		return 0
	}
	$ve := $vc.$Aa * $vd
	if $ve > 10000 {
		$ve = 10000
	}
	return $ve
}
//: input crash s=absent
//: input good s=plain
//: expect nil pointer dereference
//: step near feat: a higher limit
@@ scale
-	if $ve > 10000 {
-		$ve = 10000
-	}
+	if $ve > 20000 {
+		$ve = 20000
+	}
//: step guilty refactor: everything is stored now
@@ scale
-	if $vc == nil {
-		return 0
-	}
=	$ve := $vc.$Aa * $vd
"""

_RECOVER: Final = """
//: piece entry
// $H parses a text that others wrote.
func $H(@in @T) error {
	$va, err := $fa(@s, @n)
	//+
	if err != nil {
		return err
	}
	@emit("$Sa", $va)
	return nil
}
//: piece guard
func $fa($vb string, $vc int) ($vd int, err error) {
	defer func() {
		if x := recover(); x != nil {
			err = @fail("cannot be parsed")
		}
	}()
	//+
	return $fb($vb, $vc), nil
}
//: piece parse
func $fb($ve string, $vf int) int {
	if strings.HasPrefix($ve, "!") {
		panic("unexpected mark in " + $ve)
	}
	//+
	return len($ve) + $vf
}
//: input crash s=!odd
//: input good s=even
//: expect unexpected mark
//: step near feat: longer is better
@@ parse
-	return len($ve) + $vf
+	return 2*len($ve) + $vf
//: step guilty perf: parse without a detour
@@ guard
-func $fa($vb string, $vc int) ($vd int, err error) {
-	defer func() {
-		if x := recover(); x != nil {
-			err = @fail("cannot be parsed")
-		}
-	}()
+func $fa($vb string, $vc int) (int, error) {
"""

_LOCK: Final = """
//: piece entry
// $H counts in parallel.
func $H(@in @T) error {
	$va := $Fa()
	var wg sync.WaitGroup
	for i := 0; i < @n; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for j := 0; j < 20000; j++ {
				$va.$Ma(i + j)
			}
		}()
	}
	wg.Wait()
	//+
	@emit("$Sa", len($va.$aa) > 0)
	return nil
}
//: piece board
// $Ta counts numbers.
type $Ta struct {
	mu  sync.Mutex
	$aa map[int]int
}

// $Fa is a board without numbers.
func $Fa() *$Ta { return &$Ta{$aa: map[int]int{}} }
//: piece count
// $Ma counts one number.
func (x *$Ta) $Ma($vb int) {
	$vc := $vb % 97
	//+
	x.mu.Lock()
	defer x.mu.Unlock()
	x.$aa[$vc]++
}
//: input crash n=8
//: input good n=1
//: expect concurrent map (writes|read and map write|iteration)
//: extra flaky=1
//: step near feat: fewer numbers
@@ count
-	$vc := $vb % 97
+	$vc := $vb % 89
//: step guilty perf: count without waiting
@@ count
-	x.mu.Lock()
-	defer x.mu.Unlock()
=	x.$aa[$vc]++
"""

_RETURN: Final = """
//: piece entry
// $H shows an account.
func $H(@in @T) error {
	$va, err := $fa(@s)
	if err != nil {
		@emit("$Sa", "unknown")
		return nil
	}
	//+
	@emit("$Sa", $va.$Ma(@n))
	return nil
}
//: piece account
type $ta struct {
	$aa []int
	$ab int
}

// $Ma is what is left.
func (x *$ta) $Ma($vb int) int {
	//+
	return x.$ab - $vb
}
//: piece find
func $fa($vc string) (*$ta, error) {
	//+
	if len($vc) > 8 {
		return nil, @fail("too long")
	}
	return &$ta{$ab: len($vc)}, nil
}
//: input crash s=much-too-long
//: input good s=short
//: expect nil pointer dereference
//: step near feat: accounts begin with more
@@ find
-	return &$ta{$ab: len($vc)}, nil
+	return &$ta{$ab: 100 + len($vc)}, nil
//: step guilty refactor: errors are only shown
@@ entry
=	if err != nil {
=		@emit("$Sa", "unknown")
-		return nil
=	}
"""

_CLAMP: Final = """
//: piece entry
// $H shows a level as a bar.
func $H(@in @T) error {
	//+
	@emit("$Sa", $Fa(@n))
	return nil
}
//: piece bar
// $Fa is a bar.
func $Fa($va int) string {
	if $va < 0 {
		$va = 0
	}
	if $va > $ca {
		$va = $ca
	}
	//+
	return $fb($va)
}

const $ca = 4
//: piece draw
var $ga = [$ca + 1]string{"", "-", "--", "---", "----"}

func $fb($vb int) string {
	//+
	return "[" + $ga[$vb] + "]"
}
//: input crash n=9
//: input good n=2
//: expect index out of range
//: step near feat: round bars
@@ draw
-	return "[" + $ga[$vb] + "]"
+	return "(" + $ga[$vb] + ")"
//: step guilty refactor: levels are checked where they are made
@@ bar
-	if $va > $ca {
-		$va = $ca
-	}
"""

_DEFAULT: Final = """
//: piece entry
// $H makes a plan for a kind.
func $H(@in @T) error {
	$va := $Fa(@s)
	//+
	@emit("$Sa", $fb($va, @list))
	return nil
}
//: piece plan
// $Fa is a step for a kind.
func $Fa($vb string) func(int) int {
	switch $vb {
	case "$Sb":
		return func(x int) int { return x + 1 }
	case "$Sc":
		return func(x int) int { return x * 2 }
	case "plain":
		return func(x int) int { return x }
	}
	return nil
}
//: piece apply
func $fb($vc func(int) int, $vd []int) int {
	$ve := 0
	for _, x := range $vd {
		//+
		$ve += $vc(x)
	}
	return $ve
}
//: input crash list=1
//: input good
//: expect nil pointer dereference
//: step near feat: another step
@@ plan
=	case "$Sc":
-		return func(x int) int { return x * 2 }
+		return func(x int) int { return x * 3 }
//: step guilty cleanup: a kind that nobody has
@@ plan
-	case "plain":
-		return func(x int) int { return x }
=	}
=	return nil
"""

_PARALLEL: Final = """
//: piece entry
// $H fills a table.
func $H(@in @T) error {
	$va := map[int]int{}
	for i := 0; i < 40*@n; i++ {
		//+
		$fa($va, i)
	}
	@emit("$Sa", len($va) > 0)
	return nil
}
//: piece fill
func $fa($vb map[int]int, $vc int) {
	for i := 0; i < 5000; i++ {
		$vd := ($vc + i) % 61
		//+
		$vb[$vd] += i
	}
}
//: input crash n=2
//: input good n=0
//: expect concurrent map (writes|read and map write)
//: extra flaky=1
//: step near feat: a smaller table
@@ fill
-		$vd := ($vc + i) % 61
+		$vd := ($vc + i) % 53
//: step guilty perf: fill in parallel
@@ entry
+	var wg sync.WaitGroup
=	for i := 0; i < 40*@n; i++ {
-		//+
-		$fa($va, i)
-	}
+		wg.Add(1)
+		go func() {
+			defer wg.Done()
+			$fa($va, i)
+		}()
+	}
+	wg.Wait()
"""

_CLOSED: Final = """
//: piece entry
// $H passes values through a channel.
func $H(@in @T) error {
	$va := $Fa(len(@list) + 1)
	for _, x := range @list {
		$va.$Ma(x)
	}
	//+
	$va.$Mb()
	@emit("$Sa", $va.$Mc())
	return nil
}
//: piece pipe
// $Ta is a pipe of numbers.
type $Ta struct {
	$aa chan int
	$ab bool
}

// $Fa is an empty pipe.
func $Fa($vb int) *$Ta { return &$Ta{$aa: make(chan int, $vb)} }

// $Mb ends it.
func (x *$Ta) $Mb() {
	if !x.$ab {
		x.$ab = true
		close(x.$aa)
	}
}
//: piece through
// $Ma sends a number.
func (x *$Ta) $Ma($vc int) {
	//+
	x.$aa <- $vc
}

// $Mc is the sum of what was sent.
func (x *$Ta) $Mc() int {
	$vd := 0
	for $ve := range x.$aa {
		$vd += $ve
	}
	//+
	return $vd
}
//: input crash list=1,-2,3
//: input good list=1
//: expect send on closed channel
//: step near refactor: count down
@@ through
-		$vd += $ve
+		$vd = $vd + $ve
//: step guilty feat: a negative value ends the pipe
@@ entry
=	for _, x := range @list {
-		$va.$Ma(x)
+		$va.$Ma(x)
+		if x < 0 {
+			$va.$Mb()
+		}
=	}
"""

_ASLEEP: Final = """
//: piece entry
// $H asks workers.
func $H(@in @T) error {
	//+
	@emit("$Sa", $Fa(@list))
	return nil
}
//: piece ask
// $Fa is the sum of what workers answer.
func $Fa($va []int) int {
	$vb := $fb(len($va))
	var wg sync.WaitGroup
	for _, x := range $va {
		wg.Add(1)
		go func() {
			defer wg.Done()
			$vb <- x * 2
		}()
	}
	//+
	wg.Wait()
	close($vb)
	$vc := 0
	for $vd := range $vb {
		$vc += $vd
	}
	return $vc
}
//: piece answers
func $fb($ve int) chan int {
	//+
	return make(chan int, $ve)
}
//: input crash list=1,2
//: input good
//: expect all goroutines are asleep
//: step near feat: workers work more
@@ ask
-			$vb <- x * 2
+			$vb <- x * 3
//: step guilty perf: answers need no room
@@ answers
-	return make(chan int, $ve)
+	_ = $ve
+	return make(chan int)
"""

_TWICE: Final = """
//: piece entry
// $H waits for a batch.
func $H(@in @T) error {
	var $va $ta
	for _, x := range @list {
		$va.$ma(x, @n)
	}
	//+
	$va.wg.Wait()
	@emit("$Sa", $va.$aa.Load())
	return nil
}
//: piece batch
type $ta struct {
	wg  sync.WaitGroup
	$aa atomic.Int64
}

func (x *$ta) $ma($vb, $vc int) {
	x.wg.Add(1)
	//+
	go x.$mb($vb, $vc)
}
//: piece one
func (x *$ta) $mb($vd, $ve int) {
	defer x.wg.Done()
	//+
	if $vd > 100 {
		x.$aa.Add(100)
		return
	}
	x.$aa.Add(int64($vd * $ve))
}
//: input crash list=500,500,500,500,500,500,500,500,500,500,500,500,500,500,500,500,500,500,500,500,500,500,500,500,500
//: input good list=5
//: expect negative WaitGroup counter
//: extra flaky=1
//: step near feat: more for each
@@ one
-	x.$aa.Add(int64($vd * $ve))
+	x.$aa.Add(int64($vd*$ve) + 1)
//: step guilty perf: large ones are done early
@@ one
-		x.$aa.Add(100)
+		x.$aa.Add(100)
+		x.wg.Done()
=		return
"""

_AGAIN: Final = """
//: piece entry
// $H moves between places.
func $H(@in @T) error {
	$va := $Fa()
	//+
	@emit("$Sa", $va.$Ma(@n))
	return nil
}
//: piece places
// $Ta has places.
type $Ta struct {
	mu  sync.Mutex
	$aa map[int]int
}

// $Fa has no place taken.
func $Fa() *$Ta { return &$Ta{$aa: map[int]int{}} }

// $Ma takes a place; how many are taken.
func (x *$Ta) $Ma($vb int) int {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.$aa[$vb]++
	//+
	if $vb > 50 {
		return x.$mb()
	}
	return 1
}
//: piece size
func (x *$Ta) $mb() int {
	//+
	return len(x.$aa)
}
//: input crash n=60
//: input good n=6
//: expect all goroutines are asleep
//: step near feat: count from zero
@@ places
-	return 1
+	return 0
//: step guilty fix: sizes are read under the lock
@@ size
-	return len(x.$aa)
+	x.mu.Lock()
+	defer x.mu.Unlock()
+	return len(x.$aa)
"""

_SNAPSHOT: Final = """
//: piece entry
// $H reads while others write.
func $H(@in @T) error {
	$va := &$ta{$aa: map[int]int{0: 0}}
	var wg sync.WaitGroup
	for i := 0; i < @n; i++ {
		wg.Add(2)
		go func() { defer wg.Done(); $va.$ma(i) }()
		go func() { defer wg.Done(); $va.$mb() }()
	}
	//+
	wg.Wait()
	@emit("$Sa", $va.$mb() >= 0)
	return nil
}
//: piece shared
type $ta struct {
	mu  sync.RWMutex
	$aa map[int]int
}

func (x *$ta) $ma($vb int) {
	for i := 0; i < 20000; i++ {
		x.mu.Lock()
		x.$aa[($vb+i)%50] = i
		x.mu.Unlock()
	}
}
//: piece read
func (x *$ta) $mb() int {
	$vc := 0
	for i := 0; i < 20000; i++ {
		$vc += x.$mc()
	}
	//+
	return $vc
}

func (x *$ta) $mc() int {
	x.mu.RLock()
	$vd := maps.Clone(x.$aa)
	x.mu.RUnlock()
	$ve := 0
	for _, $vf := range $vd {
		$ve += $vf
	}
	return $ve
}
//: input crash n=10
//: input good n=0
//: expect concurrent map (iteration and map write|read and map write|writes)
//: extra flaky=1
//: step near feat: more places
@@ shared
-		x.$aa[($vb+i)%50] = i
+		x.$aa[($vb+i)%60] = i
//: step guilty perf: no copy
@@ read
-	$vd := maps.Clone(x.$aa)
-	x.mu.RUnlock()
+	$vd := x.$aa
+	x.mu.RUnlock()
"""

TEMPLATES: Final = (
    Template("nil-check", "f", _NIL_CHECK),
    Template("recover", "f", _RECOVER),
    Template("lock", "f", _LOCK),
    Template("return", "f", _RETURN),
    Template("clamp", "f", _CLAMP),
    Template("default", "f", _DEFAULT),
    Template("parallel", "g", _PARALLEL),
    Template("closed", "g", _CLOSED),
    Template("asleep", "g", _ASLEEP),
    Template("twice", "g", _TWICE),
    Template("again", "g", _AGAIN),
    Template("snapshot", "g", _SNAPSHOT),
)
