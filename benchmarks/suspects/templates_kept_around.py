"""Kept-aside templates, categories c, d, e: what others share, dependencies, configuration and data."""

from __future__ import annotations

from typing import Final

from benchmarks.suspects.notation import Template

_ENUM: Final = """
//: piece entry
// $H names the class of a job.
func $H(@in @T) error {
	$va := $P1.$Fa(@n)
	//+
	@emit("$Sa", $fb($va))
	return nil
}
//: piece names
var $ga = [...]string{"$Sb", "$Sc", "$Sd"}

func $fb($vb $P1.$Ta) string {
	//+
	return strings.ToUpper($ga[$vb])
}
//: piece classes @1
// $Ta is the class of a job.
type $Ta int

const (
	$Ca $Ta = iota
	$Cb
	$Cc
)
//: piece classify @1
// $Fa is the class for a size.
func $Fa($vc int) $Ta {
	switch {
	case $vc > 100:
		return $Cc
	case $vc > 10:
		return $Cb
	}
	//+
	return $Ca
}
//: input crash n=500
//: input good n=1
//: expect index out of range .3. with length 3
//: step near i18n: names as they are
@@ names
-	return strings.ToUpper($ga[$vb])
+	return strings.ToLower($ga[$vb])
//: step near tune: smaller jobs are in the middle class
@@ classify
-	case $vc > 10:
+	case $vc > 8:
//: step guilty feat: a class for jobs that wait
@@ classes
=	$Ca $Ta = iota
+	$Cd
=	$Cb
"""

_IN_PLACE: Final = """
//: piece entry
// $H compares shares before and after outliers are dropped.
func $H(@in @T) error {
	$va := $P1.$Fa(@list, @n)
	//+
	@emit("$Sa", $fb($va))
	@emit("$Sb", $fb(@list))
	return nil
}
//: piece shares
func $fb($vb []int) int {
	$vc := 0
	for _, x := range $vb {
		//+
		$vc += 1000 / x
	}
	return $vc
}
//: piece outliers @1
// $Fa is the values up to a limit.
func $Fa($vd []int, $ve int) []int {
	$vf := func(x int) bool { return x > $ve }
	//+
	return slices.DeleteFunc(slices.Clone($vd), $vf)
}
//: input crash n=5 list=7,2,3
//: input good n=9 list=1,2
//: expect integer divide by zero
//: step near feat: finer shares
@@ shares
-		$vc += 1000 / x
+		$vc += 10000 / x
//: step near docs: the limit belongs to them
@@ outliers
-// $Fa is the values up to a limit.
+// $Fa is the values up to a limit, the limit included.
//: step guilty perf: one allocation less in each request
@@ outliers
-	return slices.DeleteFunc(slices.Clone($vd), $vf)
+	return slices.DeleteFunc($vd, $vf)
"""

_UNSIGNED: Final = """
//: piece entry
// $H sums from the end.
func $H(@in @T) error {
	if @n < 4 {
		return @fail("nothing to do")
	}
	//+
	@emit("$Sa", $fa(@list))
	return nil
}
//: piece backwards
func $fa($va []int) int {
	$vb := 0
	for i := $P1.$Fa($va) - 1; i >= 0; i-- {
		//+
		$vb = $vb*3 + $va[i]
	}
	return $vb
}
//: piece count @1
// $Ta counts things.
type $Ta int

// $Fa counts values.
func $Fa($vc []int) $Ta { return $Ta(len($vc)) }
//: piece units @1
// $Fb says a count in words.
func $Fb($vd $Ta) string {
	//+
	if $vd == 1 {
		return "one"
	}
	return fmt.Sprint("many: ", int($vd))
}
//: input crash n=5 list=1,2
//: input good n=1
//: expect index out of range .65535. with length 2
//: step near tune: another base
@@ backwards
-		$vb = $vb*3 + $va[i]
+		$vb = $vb*7 + $va[i]
//: step near feat: a shorter word
@@ units
-	return fmt.Sprint("many: ", int($vd))
+	return fmt.Sprint("n=", int($vd))
//: step guilty perf: counts take two bytes
@@ count
-type $Ta int
+type $Ta uint16
"""

_ZONES: Final = """
//: dep clock 1
import "time"

var zones = map[string]*time.Location{
	"plain": time.UTC,
	"east":  time.FixedZone("east", 7200),
}

func zone(name string) *time.Location {
	if found, ok := zones[name]; ok {
		return found
	}
	return time.UTC
}

// Hour is the hour of the day in a zone, seconds after the epoch.
func Hour(seconds int, name string) int {
	return time.Unix(int64(seconds), 0).In(zone(name)).Hour()
}
//: dep clock 2
import "time"

var zones = map[string]*time.Location{
	"plain": time.UTC,
	"east":  time.FixedZone("east", 7200),
	"west":  time.FixedZone("west", -18000),
}

func zone(name string) *time.Location {
	return zones[name]
}

// Hour is the hour of the day in a zone, seconds after the epoch.
func Hour(seconds int, name string) int {
	return time.Unix(int64(seconds), 0).In(zone(name)).Hour()
}

// Zones is how many zones there are.
func Zones() int { return len(zones) }
//: piece entry
// $H says whether it is night.
func $H(@in @T) error {
	//+
	@emit("$Sa", $fa(@n, @s))
	return nil
}
//: piece night
func $fa($va int, $vb string) bool {
	$vc := %clock.Hour($va*60, $vb)
	//+
	return $vc < $ca || $vc > 21
}

const $ca = 6
//: input crash n=90 s=north
//: input good n=90 s=east
//: expect time: missing Location in call to Time.In
//: step near tune: nights end earlier
@@ night
-const $ca = 6
+const $ca = 5
//: step near refactor: morning last
@@ night
-	return $vc < $ca || $vc > 21
+	return $vc > 21 || $vc < $ca
//: step guilty deps: bump
@@ dep clock 2
"""

_REGISTRY: Final = """
//: dep meter 1
// Meter counts under names.
type Meter struct {
	names map[string]int
}

// New is a meter without names.
func New() *Meter { return &Meter{names: map[string]int{}} }

// Register makes a name known. A name may be registered again.
func (m *Meter) Register(name string, start int) {
	m.names[name] = start
}

// Size is how many names are known.
func (m *Meter) Size() int { return len(m.names) }
//: dep meter 2
// Meter counts under names.
type Meter struct {
	names map[string]int
}

// New is a meter without names.
func New() *Meter { return &Meter{names: map[string]int{}} }

// Register makes a name known. It panics where the name is known.
func (m *Meter) Register(name string, start int) {
	if _, ok := m.names[name]; ok {
		panic("meter: duplicate registration of " + name)
	}
	m.names[name] = start
}

// Size is how many names are known.
func (m *Meter) Size() int { return len(m.names) }

// Reset forgets all names.
func (m *Meter) Reset() { m.names = map[string]int{} }
//: piece entry
// $H meters what is on a list.
func $H(@in @T) error {
	$va := %meter.New()
	//+
	$fa($va, @list, @n)
	@emit("$Sa", $va.Size())
	return nil
}
//: piece enroll
func $fa($vb *%meter.Meter, $vc []int, $vd int) {
	for _, x := range $vc {
		$ve := "$Sb_" + strconv.Itoa(x)
		//+
		$vb.Register($ve, $vd)
	}
}
//: input crash list=4,5,4
//: input good list=4,5
//: expect meter: duplicate registration
//: step near refactor: dots in names
@@ enroll
-		$ve := "$Sb_" + strconv.Itoa(x)
+		$ve := "$Sb." + strconv.Itoa(x)
//: step near tune: start higher
@@ entry
-	$fa($va, @list, @n)
+	$fa($va, @list, 10+@n)
//: step guilty deps: bump
@@ dep meter 2
"""

_DEFAULTS: Final = """
//: dep lanes 1
// Options say how work is spread.
type Options struct {
	Lanes int
	Burst int
}

// Default fills in what is not set.
func Default(o Options) Options {
	if o.Lanes == 0 {
		o.Lanes = 4
	}
	if o.Burst == 0 {
		o.Burst = 16
	}
	return o
}
//: dep lanes 2
// Options say how work is spread.
type Options struct {
	Lanes int
	Burst int
}

// Default fills in what is not set. Lanes follow the burst from 32 on.
func Default(o Options) Options {
	if o.Burst == 0 {
		o.Burst = 16
	}
	if o.Lanes == 0 {
		o.Lanes = o.Burst / 32
	}
	return o
}

// Wide tells whether there are many lanes.
func Wide(o Options) bool { return o.Lanes > 16 }
//: piece entry
// $H assigns values to workers.
func $H(@in @T) error {
	$va := %lanes.Default(%lanes.Options{Burst: @n})
	for _, x := range @list {
		//+
		@emit("$Sa", $fa($va, x))
	}
	return nil
}
//: piece worker
func $fa($vb %lanes.Options, $vc int) int {
	//+
	$vd := $vc % $vb.Lanes
	return $vd + $ca
}

const $ca = 100
//: input crash n=8 list=3
//: input good n=64 list=3
//: expect integer divide by zero
//: step near refactor: workers begin at zero
@@ worker
-const $ca = 100
+const $ca = 0
//: step near cleanup: no local
@@ worker
-	return $vd + $ca
+	return $ca + $vd
//: step guilty deps: bump
@@ dep lanes 2
"""

TEMPLATES: Final = (
    Template("enum", "c", _ENUM),
    Template("in-place", "c", _IN_PLACE),
    Template("unsigned", "c", _UNSIGNED),
    Template("dep-zones", "d", _ZONES),
    Template("dep-registry", "d", _REGISTRY),
    Template("dep-defaults", "d", _DEFAULTS),
)
