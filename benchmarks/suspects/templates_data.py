"""Open templates, categories d (a dependency) and e (configuration and data)."""

from __future__ import annotations

from typing import Final

from benchmarks.suspects.notation import Template

_FIELDS: Final = """
//: dep kit 1
// Fields splits a text at dashes.
func Fields(text string) []string {
	return strings.Split(text, "-")
}

// Count is how many fields a text has.
func Count(text string) int {
	return len(Fields(text))
}
//: dep kit 2
// Fields splits a text at dashes; empty fields are left out.
func Fields(text string) []string {
	var found []string
	for _, field := range strings.Split(text, "-") {
		if field != "" {
			found = append(found, field)
		}
	}
	return found
}

// Count is how many fields a text has.
func Count(text string) int {
	return len(Fields(text))
}

// First is the first field, or an empty text.
func First(text string) string {
	for _, field := range Fields(text) {
		return field
	}
	return ""
}
//: piece entry
// $H swaps the fields of a name.
func $H(@in @T) error {
	//+
	$va, $vb := $fa(@s)
	@emit($vb, $va)
	return nil
}
//: piece swap
func $fa($vc string) (string, string) {
	$vd := %kit.Fields($vc)
	//+
	return $vd[0], $vd[1]
}
//: input crash s=left-
//: input good s=left-right
//: expect index out of range
//: step near refactor: name what is returned
@@ swap
-func $fa($vc string) (string, string) {
+func $fa($vc string) ($ve, $vf string) {
//: step guilty deps: bump
@@ dep kit 2
"""

_LOOKUP: Final = """
//: dep kit 1
// Entry is what is known of a name.
type Entry struct {
	Name  string
	Level int
}

var known = map[string]*Entry{"plain": {"plain", 1}, "rich": {"rich", 2}}

// Lookup finds an entry; one without a level where the name is not known.
func Lookup(name string) *Entry {
	if entry, ok := known[name]; ok {
		return entry
	}
	return &Entry{Name: name}
}
//: dep kit 2
// Entry is what is known of a name.
type Entry struct {
	Name  string
	Level int
}

var known = map[string]*Entry{"plain": {"plain", 1}, "rich": {"rich", 2}, "bare": {"bare", 0}}

// Lookup finds an entry; nil where the name is not known.
func Lookup(name string) *Entry {
	return known[name]
}

// Names is how many names are known.
func Names() int { return len(known) }
//: piece entry
// $H shows the level of a name.
func $H(@in @T) error {
	//+
	$va := $Fa(@s) + @n
	@emit("$Sa", $va)
	return nil
}
//: piece level
// $Fa is the level of a name.
func $Fa($vb string) int {
	$vc := %kit.Lookup(strings.ToLower($vb))
	//+
	return $vc.Level * $Da
}
//: input crash s=odd
//: input good s=rich
//: expect nil pointer dereference
//: step near feat: levels count more
@@ level
-	return $vc.Level * $Da
+	return $vc.Level * ($Da + 1)
//: step guilty deps: bump
@@ dep kit 2
"""

_PERIOD: Final = """
//: dep kit 1
// Every is how many times a period fits into an hour.
func Every(minutes int) int {
	if minutes == 0 {
		return 0
	}
	return 60 / minutes
}

// Rounds is how many whole rounds there are.
func Rounds(total, each int) int {
	if each <= 0 {
		return 0
	}
	return total / each
}
//: dep kit 2
// Every is how many times a period fits into an hour. The period must not be zero.
func Every(minutes int) int {
	return 60 / minutes
}

// Rounds is how many whole rounds there are.
func Rounds(total, each int) int {
	if each <= 0 {
		return 0
	}
	return total / each
}

// Left is what whole rounds leave.
func Left(total, each int) int {
	return total - each*Rounds(total, each)
}
//: piece entry
// $H plans an hour.
func $H(@in @T) error {
	$va := $fa(@n)
	//+
	@emit("$Sa", $va)
	return nil
}
//: piece plan
func $fa($vb int) int {
	//+
	$vc := %kit.Every($vb)
	return min($vc, $ca)
}

const $ca = 12
//: input crash n=0
//: input good n=5
//: expect integer divide by zero
//: step near feat: plan more
@@ plan
-const $ca = 12
+const $ca = 20
//: step guilty deps: bump
@@ dep kit 2
"""

_RING: Final = """
//: dep kit 1
// Most is the size of the largest ring.
const Most = 64

// Ring is a ring of places, of the largest size where more are wanted.
func Ring(size int) []int {
	if size > Most {
		size = Most
	}
	return make([]int, max(size, 1))
}
//: dep kit 2
// Most is the size of the largest ring.
const Most = 64

// Ring is a ring of places; none where more are wanted than there can be.
func Ring(size int) []int {
	if size < 1 || size > Most {
		return nil
	}
	return make([]int, size)
}

// Turn moves all places by one.
func Turn(ring []int) []int {
	if len(ring) < 2 {
		return ring
	}
	return append(ring[1:], ring[0])
}
//: piece entry
// $H spreads values over a ring.
func $H(@in @T) error {
	$va := %kit.Ring(@n)
	//+
	@emit("$Sa", $Fa($va, @list))
	return nil
}
//: piece spread
// $Fa puts values on a ring.
func $Fa($vb []int, $vc []int) []int {
	for i, x := range $vc {
		//+
		$vb[i%len($vb)] += x
	}
	return $vb
}
//: input crash n=500 list=1,2
//: input good n=5 list=1,2
//: expect integer divide by zero
//: step near refactor: one type for both
@@ spread
-func $Fa($vb []int, $vc []int) []int {
+func $Fa($vb, $vc []int) []int {
//: step guilty deps: bump
@@ dep kit 2
"""

_DEEP: Final = """
//: dep kit 1
// Group puts numbers into groups of a size; what is left over is a group, too.
func Group(numbers []int, size int) [][]int {
	var groups [][]int
	for len(numbers) > size && size > 0 {
		groups = append(groups, numbers[:size])
		numbers = numbers[size:]
	}
	return append(groups, numbers)
}
//: dep kit 2
// Group puts numbers into groups of a size; what is left over is no group.
func Group(numbers []int, size int) [][]int {
	var groups [][]int
	for size > 0 && len(numbers) >= size {
		groups = append(groups, numbers[:size])
		numbers = numbers[size:]
	}
	return groups
}
//: piece entry
// $H shows the last group.
func $H(@in @T) error {
	//+
	@emit("$Sa", $fa(@list, @n))
	return nil
}
//: piece last
func $fa($va []int, $vb int) []int {
	$vc := %kit.Group($va, $vb)
	//+
	$vd := $vc[len($vc)-1]
	slices.Sort($vd)
	return $vd
}
//: input crash n=4 list=1,2
//: input good n=2 list=1,2,3,4
//: expect index out of range .-1.
//: step near feat: the largest first
@@ last
-	slices.Sort($vd)
+	slices.Sort($vd)
+	slices.Reverse($vd)
//: step guilty deps: bump
@@ dep kit 2
"""

_BUCKETS: Final = """
//: config
$Ka = 1$Da
$Kb = 4$Db
//: piece entry
// $H picks a bucket for a text.
func $H(@in @T) error {
	//+
	@emit("$Sa", $fa(@s))
	return nil
}
//: piece bucket
func $fa($va string) int {
	$vb := 0
	for i := 0; i < len($va); i++ {
		$vb = $vb*31 + int($va[i])
	}
	//+
	return $vb % @conf.Int("$Ka")
}
//: piece room
// $Fb is how much room a bucket has.
func $Fb() int { return @conf.Int("$Kb") }
//: input crash s=anything
//: input good
//: extra bad-good=1
//: expect integer divide by zero
//: step near refactor: range over bytes
@@ bucket
-	for i := 0; i < len($va); i++ {
-		$vb = $vb*31 + int($va[i])
+	for _, x := range []byte($va) {
+		$vb = $vb*31 + int(x)
=	}
//: step near ops: more room
@@ config
-$Kb = 4$Db
+$Kb = 5$Db
//: step guilty ops: let the service choose
@@ config
-$Ka = 1$Da
+$Ka = auto
"""

_TIERS: Final = """
//: config
$Ka = $Sa,$Sb,$Sc,$Sd
//: piece entry
// $H names the tier of a number.
func $H(@in @T) error {
	//+
	$va := $Fa(@n)
	@emit("$Se", $va)
	return nil
}
//: piece tier
// $Fa is the name of a tier.
func $Fa($vb int) string {
	$vc := @conf.List("$Ka")
	//+
	return $vc[$fb($vb)]
}
//: piece number
func $fb($vd int) int {
	switch {
	case $vd < 10:
		return 0
	case $vd < 100:
		return 1
	case $vd < 1000:
		return 2
	}
	//+
	return 3
}
//: input crash n=5000
//: input good n=20
//: expect index out of range .3. with length 3
//: step near refactor: the lowest tier
@@ number
-	case $vd < 10:
+	case $vd <= 9:
//: step guilty ops: one tier less
@@ config
-$Ka = $Sa,$Sb,$Sc,$Sd
+$Ka = $Sa,$Sb,$Sc
"""

_RENAMED_KEY: Final = """
//: config
$Ka = $Sa
$Kb = $Sb
//: piece entry
// $H formats a value as configured.
func $H(@in @T) error {
	$va := $Fa()
	//+
	@emit("$Sc", $fb($va, @n))
	return nil
}
//: piece form
// $Ta is a form.
type $Ta struct {
	$Aa string
	$Ab int
}

var $ga = map[string]*$Ta{
	"$Sa": {"<", 2},
	"$Sb": {"[", 3},
}

// $Fa is the form that is configured.
func $Fa() *$Ta {
	//+
	return $ga[@conf.Text("$Ka")]
}
//: piece write
func $fb($vb *$Ta, $vc int) string {
	//+
	$vd := strings.Repeat($vb.$Aa, $vb.$Ab)
	return $vd + strconv.Itoa($vc)
}
//: input crash n=3
//: input good
//: extra bad-good=1
//: expect nil pointer dereference
//: step near feat: another form
@@ form
-	"$Sb": {"[", 3},
+	"$Sb": {"[", 3},
+	"$Sd": {"(", 1},
//: step guilty ops: new name of a form
@@ config
-$Ka = $Sa
+$Ka = $Sa-2
"""

_RATES: Final = """
//: data rates.csv
$Sa,4,10
$Sb,5,20
$Sc,6,30
$Sd,7,40
//: piece table
//go:embed rates.csv
var $ga string

// $Fa is the row of a name.
func $Fa($va string) []string {
	for _, $vb := range strings.Split($ga, "\\n") {
		$vc := strings.Split($vb, ",")
		//+
		if $vc[0] == $va {
			return $vc
		}
	}
	return []string{$va, "1", "1"}
}
//: piece entry
// $H computes a price.
func $H(@in @T) error {
	$vd := $Fa("$Sc")
	if @n < 10 {
		$vd = $Fa("$Sa")
	}
	//+
	@emit("$Sc", $fb($vd, @n))
	return nil
}
//: piece price
func $fb($ve []string, $vf int) int {
	//+
	$vg, _ := strconv.Atoi($ve[2])
	return $vg * $vf
}
//: input crash n=50
//: input good n=5
//: expect index out of range .2. with length 2
//: step near ops: a better rate
@@ rates.csv
-$Sb,5,20
+$Sb,5,25
//: step guilty ops: no surcharge
@@ rates.csv
-$Sc,6,30
+$Sc,6
"""

_LANES: Final = """
//: config
$Ka = 8
$Kb = 2
//: piece entry
// $H reserves room.
func $H(@in @T) error {
	$va := $Fa(@n)
	//+
	@emit("$Sa", len($va))
	return nil
}
//: piece reserve
// $Fa is the room that a number of guests needs.
func $Fa($vb int) []int {
	$vc := @conf.Int("$Ka") - @conf.Int("$Kb")*$vb
	//+
	return make([]int, $vc)
}
//: input crash n=3
//: input good n=1
//: expect makeslice: len out of range
//: step near docs: what is reserved
@@ reserve
-// $Fa is the room that a number of guests needs.
+// $Fa is the room that is left when a number of guests have theirs.
//: step guilty ops: less room in all
@@ config
-$Ka = 8
+$Ka = 4
"""

TEMPLATES: Final = (
    Template("dep-fields", "d", _FIELDS),
    Template("dep-lookup", "d", _LOOKUP),
    Template("dep-period", "d", _PERIOD),
    Template("dep-ring", "d", _RING),
    Template("dep-group", "d", _DEEP),
    Template("buckets", "e", _BUCKETS),
    Template("tiers", "e", _TIERS),
    Template("renamed-key", "e", _RENAMED_KEY),
    Template("rates", "e", _RATES),
    Template("lanes", "e", _LANES),
)
