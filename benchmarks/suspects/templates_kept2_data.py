"""Second kept-aside set, categories e and f: configuration and data, and something deleted."""

from __future__ import annotations

from typing import Final

from benchmarks.suspects.notation import Template

_FLAG: Final = """
//: config
$Ka = off
$Kb = 1$Da
//: piece entry
// $H adds values up.
func $H(@in @T) error {
	$va := $fa(@list)
	if @conf.Text("$Ka") == "on" {
		$va = $fb(@list)
	}
	//+
	@emit("$Sa", $va+@n)
	return nil
}
//: piece plainly
func $fa($vb []int) int {
	$vc := 0
	for _, x := range $vb {
		//+
		$vc += x
	}
	return $vc
}
//: piece unrolled
// $fb adds up four at a time.
func $fb($vd []int) int {
	$ve := 0
	for i := 0; i < len($vd); i += 4 {
		//+
		$ve += $vd[i] + $vd[i+1] + $vd[i+2] + $vd[i+3]
	}
	return $ve
}

// $Fc is how long a request may take.
func $Fc() int { return @conf.Int("$Kb") }
//: input crash list=1,2,3,4,5
//: input good list=1,2,3,4
//: expect index out of range .(5|6|7). with length 5
//: step near ops: requests may take longer
@@ config
-$Kb = 1$Da
+$Kb = 2$Da
//: step near style: assignment in full
@@ plainly
-		$vc += x
+		$vc = $vc + x
//: step guilty ops: on everywhere
@@ config
-$Ka = off
+$Ka = on
"""

_KEYS: Final = """
//: config
$Ka = $Sa,$Sb,$Sc
$Kb = $Sd
//: piece entry
// $H names a queue.
func $H(@in @T) error {
	$va := @conf.Text("$Kb")
	if @n > 10 {
		$va = $fa(@n)
	}
	//+
	@emit("$Se", $va)
	return nil
}
//: piece queue
func $fa($vb int) string {
	$vc := @conf.List("$Ka")
	//+
	$vd := min($vb/100, len($vc)-1)
	return $vc[$vd] + "." + strconv.Itoa($vb)
}
//: input crash n=250
//: input good n=3
//: expect index out of range .-1.
//: step near ops: a better name
@@ config
-$Kb = $Sd
+$Kb = $Sf
//: step near feat: name and number apart
@@ queue
-	return $vc[$vd] + "." + strconv.Itoa($vb)
+	return $vc[$vd] + "-" + strconv.Itoa($vb)
//: step guilty ops: keys as in the guide
@@ config
-$Ka = $Sa,$Sb,$Sc
+$Ka.names = $Sa,$Sb,$Sc
"""

_LETTERS: Final = """
//: data letters.tmpl
plain=dear {{.Name}}
rich=hello {{.Name}}: {{.Count}} are left
short={{.Name}}
//: piece entry
// $H writes a letter.
func $H(@in @T) error {
	$va := $fa(@s)
	//+
	@emit("$Sa", $fb($va, @s, @n))
	return nil
}
//: piece letters
import "text/template"

//go:embed letters.tmpl
var $ga string

func $fa($vb string) *template.Template {
	for _, x := range strings.Split($ga, "\\n") {
		$vc, $vd, _ := strings.Cut(x, "=")
		//+
		if $vc == $vb {
			return template.Must(template.New($vb).Parse($vd))
		}
	}
	return template.Must(template.New("none").Parse("-"))
}
//: piece fill
import "text/template"

func $fb($ve *template.Template, $vf string, $vg int) string {
	var $vh strings.Builder
	err := $ve.Execute(&$vh, map[string]any{"Name": $vf, "Count": $vg})
	//+
	if err != nil {
		return err.Error()
	}
	return $vh.String()
}
//: input crash s=rich
//: input good
//: expect template: rich:1: function .title. not defined
//: step near i18n: friendlier
@@ letters.tmpl
-plain=dear {{.Name}}
+plain=good morning {{.Name}}
//: step near feat: a mark where there is no letter
@@ letters
-	return template.Must(template.New("none").Parse("-"))
+	return template.Must(template.New("none").Parse("--"))
//: step guilty i18n: names begin with a capital
@@ letters.tmpl
-rich=hello {{.Name}}: {{.Count}} are left
+rich=hello {{.Name | title}}: {{.Count}} are left
"""

_REGISTERED: Final = """
//: piece entry
// $H writes a number in some notation.
func $H(@in @T) error {
	$va := $fa(@s)
	//+
	@emit("$Sa", $fb($va, @n))
	return nil
}
//: piece notations
type $ta func(int) string

var $ga = map[string]$ta{}

func $fa($vb string) $ta {
	//+
	return $ga[$vb]
}
//: piece apply
func $fb($vc $ta, $vd int) string {
	//+
	$ve := $vc($vd)
	return $ve + $gb
}

var $gb = "."
//: piece decimal
func init() {
	$ga["plain"] = strconv.Itoa
}
//: piece octal
func init() {
	$ga["octal"] = $fc
}

// $fc is a number to the base of eight.
func $fc($vf int) string {
	//+
	return "0o" + strconv.FormatInt(int64($vf), 8)
}
//: input crash s=octal
//: input good
//: expect nil pointer dereference
//: step near feat: another end
@@ apply
-var $gb = "."
+var $gb = ";"
//: step near feat: room for more notations
@@ notations
-var $ga = map[string]$ta{}
+var $ga = make(map[string]$ta, 8)
//: step guilty cleanup: what linters call unused
@@ octal
-func init() {
-	$ga["octal"] = $fc
-}
=
"""

_VISITED: Final = """
//: piece entry
// $H counts what can be reached.
func $H(@in @T) error {
	$va := &$ta{@list, make([]bool, len(@list))}
	//+
	@emit("$Sa", $va.$ma(0)+@n)
	return nil
}
//: piece reach
type $ta struct {
	$aa []int
	$ab []bool
}

func (x *$ta) $ma($vb int) int {
	if $vb < 0 || $vb >= len(x.$aa) || x.$ab[$vb] {
		return $ca
	}
	x.$ab[$vb] = true
	//+
	return 1 + x.$ma(x.$aa[$vb])
}

const $ca = 0
//: piece astray
import "runtime/debug"

// a walk that goes astray must not take the machine with it
func init() { debug.SetMaxStack(4 << 20) }
//: input crash list=1,2,0
//: input good list=1,2,7
//: expect stack overflow
//: step near feat: the end counts, too
@@ reach
-const $ca = 0
+const $ca = 1
//: step near docs: places
@@ entry
-	$va := &$ta{@list, make([]bool, len(@list))}
+	// values are places of values
+	$va := &$ta{@list, make([]bool, len(@list))}
//: step guilty cleanup: lists have no circles
@@ reach
-	if $vb < 0 || $vb >= len(x.$aa) || x.$ab[$vb] {
+	if $vb < 0 || $vb >= len(x.$aa) {
@@ reach
-	x.$ab[$vb] = true
"""

_GONE: Final = """
//: piece entry
// $H tells everybody who has not left.
func $H(@in @T) error {
	$va := $fa(@list)
	for _, x := range @list {
		if x > @n {
			$va.$ma(x)
		}
	}
	//+
	@emit("$Sa", $va.$mb(@s))
	return nil
}
//: piece guests
type $ta struct {
	$aa map[int]*$tb
}

type $tb struct {
	$ab *strings.Builder
	$ac int
}

func $fa($vb []int) *$ta {
	$vc := &$ta{map[int]*$tb{}}
	for _, x := range $vb {
		//+
		$vc.$aa[x] = &$tb{new(strings.Builder), x}
	}
	return $vc
}
//: piece leave
// $ma: a guest leaves.
func (x *$ta) $ma($vd int) {
	$ve := x.$aa[$vd]
	//+
	if $ve != nil {
		$ve.$ab = nil
		delete(x.$aa, $vd)
	}
}
//: piece tell
func (x *$ta) $mb($vf string) int {
	$vg := 0
	for _, $vh := range x.$aa {
		//+
		$vg += $vh.$mc($vf)
	}
	return $vg
}

func (x *$tb) $mc($vi string) int {
	x.$ab.WriteString($vi)
	return x.$ab.Len()
}
//: input crash n=3 list=2,4
//: input good n=9 list=2,4
//: expect nil pointer dereference
//: extra piece=leave beside=move
//: step near refactor: add up in full
@@ tell
-		$vg += $vh.$mc($vf)
+		$vg = $vg + $vh.$mc($vf)
//: step near perf: room for all guests
@@ guests
-	$vc := &$ta{map[int]*$tb{}}
+	$vc := &$ta{make(map[int]*$tb, len($vb))}
//: step guilty feat: guests who left are counted
@@ leave
-		delete(x.$aa, $vd)
=	}
=}
+
+// $Fd is how many guests left.
+func $Fd($vj *$ta) int {
+	$vk := 0
+	for _, $vl := range $vj.$aa {
+		if $vl.$ab == nil {
+			$vk += min($vl.$ac, 1)
+		}
+	}
+	return $vk
+}
"""

TEMPLATES: Final = (
    Template("flag", "e", _FLAG),
    Template("keys", "e", _KEYS),
    Template("letters", "e", _LETTERS),
    Template("registered", "f", _REGISTERED),
    Template("visited", "f", _VISITED),
    Template("gone", "f", _GONE),
)
