"""Kept-aside templates, category e: configuration and data files."""

from __future__ import annotations

from typing import Final

from benchmarks.suspects.notation import Template

_DEPOTS: Final = """
//: data depots.json
{
  "north": {"room": 40, "next": "hub"},
  "south": {"room": 25, "next": "east"},
  "east": {"room": 10, "next": "hub"},
  "hub": {"room": 90, "next": ""}
}
//: piece depots
import "encoding/json"

// $Ta is a depot: its room, and where goes what does not fit.
type $Ta struct {
	Room int
	Next string
}

//go:embed depots.json
var $ga []byte

var $gb = $fa()

func $fa() map[string]*$Ta {
	$va := map[string]*$Ta{}
	if err := json.Unmarshal($ga, &$va); err != nil {
		panic(err)
	}
	return $va
}
//: piece entry
// $H stores parcels.
func $H(@in @T) error {
	$vb, ok := $gb[@s]
	//+
	if !ok {
		return @fail("no such depot")
	}
	@emit("$Sa", $fb($vb, @n))
	return nil
}
//: piece overflow
func $fb($vc *$Ta, $vd int) int {
	$ve := 0
	for $vd > $vc.Room && $vc.Next != "" {
		$vd -= $vc.Room
		//+
		$vc = $gb[$vc.Next]
		$ve++
	}
	return $ve
}
//: input crash s=south n=60
//: input good s=north n=60
//: expect nil pointer dereference
//: step near ops: more room in the middle
@@ depots.json
-  "hub": {"room": 90, "next": ""}
+  "hub": {"room": 120, "next": ""}
//: step near ops: more room in the north
@@ depots.json
-  "north": {"room": 40, "next": "hub"},
+  "north": {"room": 45, "next": "hub"},
//: step near refactor: the loop counts
@@ overflow
-		$ve++
+		$ve += 1
//: step guilty ops: the eastern depot is closed
@@ depots.json
-  "east": {"room": 10, "next": "hub"},
"""

_INBOX: Final = """
//: config
$Ka = 3$Da
$Kb = $Db
//: piece entry
// $H delivers mail.
func $H(@in @T) error {
	$va := 0
	for _, x := range @list {
		//+
		$va += $Fa(x)
	}
	@emit("$Sa", $va)
	return nil
}
//: piece inbox
// $Fa is how much of a delivery is kept; small ones are kept at once.
func $Fa($vb int) int {
	//+
	if $vb < @conf.Int("$Kb") {
		return $vb
	}
	return $fb(make(chan int, @conf.Int("$Ka")), $vb)
}
//: piece keep
func $fb($vc chan int, $vd int) int {
	for i := range $vd {
		select {
		case $vc <- i:
		default:
			return len($vc)
		}
	}
	//+
	return len($vc)
}
//: input crash list=1,50
//: input good list=1,2
//: expect makechan: size out of range
//: step near ops: what is small
@@ config
-$Kb = $Db
+$Kb = 1$Db
//: step near refactor: stop where nothing fits
@@ keep
-		default:
-			return len($vc)
+		default:
+			return cap($vc)
=		}
//: step guilty ops: no limit
@@ config
-$Ka = 3$Da
+$Ka = -1
"""

_PLURALS: Final = """
//: data messages.txt
$Sb|one file|%d files
$Sc|one page|%d pages|many pages
$Sd|one hour|%d hours|many hours
//: piece messages
//go:embed messages.txt
var $ga string

// $Fa has the forms of a message.
func $Fa($va string) []string {
	for _, $vb := range strings.Split($ga, "\\n") {
		//+
		if $vc := strings.Split($vb, "|"); $vc[0] == $va {
			return $vc[1:]
		}
	}
	return []string{$va, $va, $va}
}
//: piece entry
// $H says how much there is.
func $H(@in @T) error {
	$vd := "$Sd"
	if len(@list) > 2 {
		$vd = "$Sc"
	}
	//+
	@emit("$Sa", $fb($Fa($vd), @n))
	return nil
}
//: piece plural
func $fb($ve []string, $vf int) string {
	//+
	switch {
	case $vf == 1:
		return $ve[0]
	case $vf > 100:
		return $ve[2]
	}
	return fmt.Sprintf($ve[1], $vf)
}
//: input crash n=500
//: input good n=20
//: expect index out of range .2. with length 2
//: step near docs: better words for files
@@ messages.txt
-$Sb|one file|%d files
+$Sb|a file|%d files
//: step near docs: better words for pages
@@ messages.txt
-$Sc|one page|%d pages|many pages
+$Sc|a page|%d pages|lots of pages
//: step near feat: what is many
@@ plural
-	case $vf > 100:
+	case $vf > 120:
//: step guilty docs: say how many hours
@@ messages.txt
-$Sd|one hour|%d hours|many hours
+$Sd|one hour|%d hours
"""

_DRAINED: Final = """
//: config
$Ka = 3,1
$Kb = 2,$Da
//: piece entry
// $H routes a call to the old or the new place.
func $H(@in @T) error {
	$va := "$Kb"
	if @n > 100 {
		$va = "$Ka"
	}
	//+
	@emit("$Sa", $Fa($fb($va), @n))
	return nil
}
//: piece route
// $Fa is the place of a call.
func $Fa($vb []int, $vc int) int {
	$vd := 0
	for _, x := range $vb {
		$vd += x
	}
	//+
	if $vc%$vd < $vb[0] {
		return 0
	}
	return 1
}
//: piece weights
func $fb($ve string) []int {
	var $vf []int
	for _, x := range @conf.List($ve) {
		//+
		$vg, _ := strconv.Atoi(x)
		$vf = append($vf, $vg)
	}
	return $vf
}
//: input crash n=150
//: input good n=15
//: expect integer divide by zero
//: step near ops: more for the new place
@@ config
-$Kb = 2,$Da
+$Kb = 1,$Da
//: step near perf: no growing
@@ weights
-	var $vf []int
+	$vf := make([]int, 0, 2)
//: step guilty ops: drain both for the night
@@ config
-$Ka = 3,1
+$Ka = 0,0
"""

_THEMES: Final = """
//: data themes.txt
plain =
$Sb = plain
$Sc = $Sb
$Sd = plain
//: piece themes
//go:embed themes.txt
var $ga string

// $Fa has the theme below each theme.
func $Fa() map[string]string {
	$va := map[string]string{}
	for _, $vb := range strings.Split(strings.TrimSpace($ga), "\\n") {
		//+
		$vc, $vd, _ := strings.Cut($vb, "=")
		$va[strings.TrimSpace($vc)] = strings.TrimSpace($vd)
	}
	return $va
}
//: piece entry
// $H says how many themes are below one.
func $H(@in @T) error {
	$ve := "$Sd"
	if @n > 3 {
		$ve = "$Sc"
	}
	//+
	@emit("$Sa", $fb($Fa(), $ve))
	return nil
}
//: piece layers
import "runtime/debug"

// A deep stack is a mistake: better to end early than to fill the memory.
var _ = debug.SetMaxStack(16 << 20)

func $fb($vf map[string]string, $vg string) int {
	//+
	if $vf[$vg] == "" {
		return 0
	}
	return 1 + $fb($vf, $vf[$vg])
}
//: input crash n=7
//: input good n=2
//: expect stack overflow
//: step near feat: count the theme, too
@@ layers
-		return 0
+		return 1
//: step near feat: another theme
@@ themes.txt
-$Sd = plain
+$Sd = plain
+$Se = $Sd
//: step guilty docs: the themes of this season
@@ themes.txt
-$Sb = plain
+$Sb = $Sc
"""

TEMPLATES: Final = (
    Template("kept4-depots", "e", _DEPOTS),
    Template("kept4-inbox", "e", _INBOX),
    Template("kept4-plurals", "e", _PLURALS),
    Template("kept4-drained", "e", _DRAINED),
    Template("kept4-themes", "e", _THEMES),
)
