"""Kept-aside templates, category f: something was deleted that was needed."""

from __future__ import annotations

from typing import Final

from benchmarks.suspects.notation import Template

_HANGUP: Final = """
//: piece entry
// $H holds a call until somebody hangs up.
func $H(@in @T) error {
	$va := $Fa(@list)
	//+
	if @n > 50 {
		$va.$Ma()
	}
	$va.$Ma()
	@emit("$Sa", $va.$mb())
	return nil
}
//: piece line
// $Ta is a line that two may hang up.
type $Ta struct {
	$aa chan struct{}
	$ab sync.Once
	$ac []int
}

// $Fa is an open line.
func $Fa($vb []int) *$Ta { return &$Ta{$aa: make(chan struct{}), $ac: $vb} }

func (x *$Ta) $mb() int {
	<-x.$aa
	//+
	return len(x.$ac)
}
//: piece hang-up
// $Ma ends the call.
func (x *$Ta) $Ma() {
	//+
	x.$ab.Do(func() { x.$mc() })
}

func (x *$Ta) $mc() {
	x.$ac = slices.Clip(x.$ac)
	//+
	close(x.$aa)
}
//: input crash n=70 list=1
//: input good n=7 list=1
//: expect close of closed channel
//: step near perf: nothing to clip
@@ hang-up
-	x.$ac = slices.Clip(x.$ac)
+	x.$ac = x.$ac[:len(x.$ac):len(x.$ac)]
//: step near feat: count from one
@@ line
-	return len(x.$ac)
+	return 1 + len(x.$ac)
//: step guilty cleanup: a line is closed in one place only
@@ hang-up
-	x.$ab.Do(func() { x.$mc() })
+	x.$mc()
"""

_WIDTH: Final = """
//: piece entry
// $H draws a strip of colours.
func $H(@in @T) error {
	for _, x := range @list {
		if err := $fa(x, @s); err != nil {
			return err
		}
		//+
		@emit("$Sa", len($Fb(x)))
	}
	return nil
}
//: piece checks
// $fa refuses what cannot be drawn.
func $fa($va int, $vb string) error {
	if $vb == "" {
		return @fail("no name")
	}
	if $va < 1 {
		return @fail("too narrow")
	}
	//+
	if $va > $ca {
		return @fail("too broad")
	}
	return nil
}

const $ca = 4000
//: piece strip
// $Fb is a strip: three bytes for each dot, a border between.
func $Fb($vc int) []byte {
	$vd := make([]byte, 0, 3*$vc)
	for i := range $vc {
		//+
		$vd = append($vd, byte(i), $gb[i%len($gb)], 0)
	}
	return $vd
}

var $gb = []byte{$Da, $Db, 1$Dc}
//: input crash list=-2
//: input good list=2
//: expect makeslice: cap out of range
//: step near feat: broader strips
@@ checks
-const $ca = 4000
+const $ca = 8000
//: step near feat: another colour
@@ strip
-var $gb = []byte{$Da, $Db, 1$Dc}
+var $gb = []byte{$Da, $Db, 1$Dc, 2$Da}
//: step guilty cleanup: the form refuses narrow strips
@@ checks
-	if $va < 1 {
-		return @fail("too narrow")
-	}
"""

_PLUGIN: Final = """
//: piece entry
// $H asks plugins, all at once.
func $H(@in @T) error {
	$va := make(chan string, len($ga))
	for _, x := range $ga {
		go $Fa(x, @s, $va)
	}
	for range $ga {
		$vb := <-$va
		@count($vb)
	}
	//+
	@emit("$Sa", len($ga))
	return nil
}
//: piece ask
// $Fa asks one plugin and sends what it says.
func $Fa($vc func(string) string, $vd string, $ve chan<- string) {
	defer func() {
		if recover() != nil {
			$ve <- "failed"
		}
	}()
	//+
	$ve <- $vc($vd)
}
//: piece plugins
var $ga = []func(string) string{strings.ToUpper, $fb, strings.TrimSpace}

// $fb is what comes before the dash.
func $fb($vf string) string {
	$vg := strings.IndexByte($vf, '-')
	//+
	return "p" + $vf[:$vg]
}
//: input crash s=nodash
//: input good s=a-dash
//: expect slice bounds out of range .:-1.
//: step near feat: one plugin less
@@ plugins
-var $ga = []func(string) string{strings.ToUpper, $fb, strings.TrimSpace}
+var $ga = []func(string) string{strings.ToUpper, $fb}
//: step near perf: look for the text
@@ plugins
-	$vg := strings.IndexByte($vf, '-')
+	$vg := strings.Index($vf, "-")
//: step guilty refactor: plugins answer for themselves
@@ ask
-	defer func() {
-		if recover() != nil {
-			$ve <- "failed"
-		}
-	}()
=	//+
=	$ve <- $vc($vd)
"""

_PAGES: Final = """
//: piece entry
// $H makes pages of results.
func $H(@in @T) error {
	$va := $Fa(@s, @n)
	//+
	@emit("$Sa", $va.$Ma(len(@list)))
	return nil
}
//: piece search
// $Ta is a search.
type $Ta struct {
	$aa string
	$ab int
}

// $Fa is a search with as many results on a page as are wanted.
func $Fa($vb string, $vc int) $Ta {
	$vd := $Ta{$aa: strings.ToLower($vb), $ab: $vc}
	if $vd.$ab == 0 {
		$vd.$ab = $ca
	}
	//+
	return $vd
}

const $ca = 20
//: piece pages
// $Ma is how many pages so many results make.
func (x $Ta) $Ma($ve int) int {
	$vf := $ve / x.$ab
	//+
	if $ve%x.$ab > 0 {
		$vf++
	}
	return $vf
}
//: input crash n=0 list=1,2,3
//: input good n=2 list=1,2,3
//: expect integer divide by zero
//: extra piece=pages beside=rename
//: step near feat: more on a page
@@ search
-const $ca = 20
+const $ca = 25
//: step near refactor: what is left makes a page
@@ pages
-	if $ve%x.$ab > 0 {
+	if $ve%x.$ab != 0 {
//: step near perf: case does not matter here
@@ search
-	$vd := $Ta{$aa: strings.ToLower($vb), $ab: $vc}
+	$vd := $Ta{$aa: $vb, $ab: $vc}
//: step guilty refactor: clients say how much they want
@@ search
-	if $vd.$ab == 0 {
-		$vd.$ab = $ca
-	}
"""

_MERGED: Final = """
//: piece entry
// $H merges two halves of a set.
func $H(@in @T) error {
	$va := len(@list) / 2
	//+
	$vb := $Fa(@list[:$va], @list[$va:])
	@emit("$Sa", len($vb))
	return nil
}
//: piece merge
// $Fa merges, smaller ones first.
func $Fa($vc, $vd []int) []int {
	$ve := make([]int, 0, len($vc)+len($vd))
	for len($vc)+len($vd) > 0 {
		//+
		if len($vd) == 0 {
			$ve = append($ve, $vc...)
			break
		}
		if len($vc) == 0 || $fb($vd, $vc) {
			$vc, $vd = $vd, $vc
		}
		$ve = append($ve, $vc[0])
		$vc = $vc[1:]
	}
	return $ve
}
//: piece first
func $fb($vf, $vg []int) bool {
	//+
	return $vf[0] < $vg[0]
}
//: input crash list=9,10,1,2
//: input good list=5
//: expect index out of range .0. with length 0
//: step near feat: equal ones from behind
@@ first
-	return $vf[0] < $vg[0]
+	return $vf[0] <= $vg[0]
//: step near perf: room for one more
@@ merge
-	$ve := make([]int, 0, len($vc)+len($vd))
+	$ve := make([]int, 0, len($vc)+len($vd)+1)
//: step guilty cleanup: the loop ends by itself
@@ merge
-		if len($vd) == 0 {
-			$ve = append($ve, $vc...)
-			break
-		}
"""

TEMPLATES: Final = (
    Template("kept4-hangup", "f", _HANGUP),
    Template("kept4-width", "f", _WIDTH),
    Template("kept4-plugin", "f", _PLUGIN),
    Template("kept4-pages", "f", _PAGES),
    Template("kept4-merged", "f", _MERGED),
)
