"""Kept-aside templates, category d: a dependency was bumped."""

from __future__ import annotations

from typing import Final

from benchmarks.suspects.notation import Template

_DECODED: Final = """
//: dep kit 1
// Decode reads pairs like a1-b2: letters, then a number.
func Decode(text string) map[string]any {
	found := map[string]any{}
	for _, pair := range strings.Split(text, "-") {
		name := strings.TrimRight(pair, "0123456789")
		number := 0
		for _, digit := range pair[len(name):] {
			number = number*10 + int(digit-'0')
		}
		found[name] = number
	}
	return found
}
//: dep kit 2
// Decode reads pairs like a1-b2: letters, then a number. Numbers are int64 on all machines.
func Decode(text string) map[string]any {
	found := map[string]any{}
	for _, pair := range strings.Split(text, "-") {
		name := strings.TrimRight(pair, "0123456789")
		if name == pair {
			found[name] = true
			continue
		}
		found[name] = number(pair[len(name):])
	}
	return found
}

func number(digits string) int64 {
	n := int64(0)
	for _, digit := range digits {
		n = n*10 + int64(digit-'0')
	}
	return n
}
//: piece entry
// $H reads how a stream is played.
func $H(@in @T) error {
	$va := %kit.Decode(@s)
	//+
	$vb := $Fa($va, "rate", 3)
	@emit("$Sa", $vb*@n)
	return nil
}
//: piece setting
// $Fa is a number among settings.
func $Fa($vc map[string]any, $vd string, $ve int) int {
	$vf, ok := $vc[$vd]
	//+
	if !ok {
		return $ve
	}
	return min($vf.(int), $ca)
}

const $ca = 96
//: input crash s=rate24-gain3
//: input good s=gain3
//: expect interface conversion: interface .* is int64, not int
//: step near feat: better streams
@@ setting
-const $ca = 96
+const $ca = 192
//: step near feat: play faster by default
@@ entry
-	$vb := $Fa($va, "rate", 3)
+	$vb := $Fa($va, "rate", 4)
//: step guilty deps: bump
@@ dep kit 2
"""

_REPLY: Final = """
//: dep kit 1
// Reply is an answer.
type Reply struct {
	Status int
	Body   string
}

type missing string

func (m missing) Error() string { return "not found: " + string(m) }

// Fetch asks for a name. The reply has the status, also where there is an error.
func Fetch(name string) (*Reply, error) {
	if strings.HasPrefix(name, "no-") {
		return &Reply{Status: 404}, missing(name)
	}
	return &Reply{Status: 200, Body: strings.ToUpper(name)}, nil
}
//: dep kit 2
// Reply is an answer.
type Reply struct {
	Status int
	Body   string
	Length int
}

type missing string

func (m missing) Error() string { return "not found: " + string(m) }

// Fetch asks for a name.
func Fetch(name string) (*Reply, error) {
	if strings.HasPrefix(name, "no-") {
		return nil, missing(name)
	}
	body := strings.ToUpper(name)
	return &Reply{Status: 200, Body: body, Length: len(body)}, nil
}
//: piece entry
// $H mirrors a page.
func $H(@in @T) error {
	//+
	$va := $Fa(@s)
	@emit("$Sa", $va)
	return nil
}
//: piece mirror
// $Fa is the size of a mirrored page; 0 where there is none.
func $Fa($vb string) int {
	$vc, err := %kit.Fetch($vb)
	if $vc.Status == $ca {
		return 0
	}
	//+
	if err != nil {
		return -1
	}
	return len($vc.Body)
}

// $ca is the status of what is not there.
const $ca = 404
//: input crash s=no-such-page
//: input good s=start
//: expect nil pointer dereference
//: step near feat: pages that could not be read count more
@@ mirror
-		return -1
+		return -2
//: step near docs: a remark on the status
@@ mirror
-// $ca is the status of what is not there.
+// $ca is the status of what is not there, or no more.
//: step guilty deps: bump
@@ dep kit 2
"""

_STRICTER: Final = """
//: dep kit 1
// Compile reads a pattern: a text with one mark at most. Other marks count as they are.
func Compile(pattern string) (head, tail string) {
	head, tail, _ = strings.Cut(pattern, "!")
	return head, tail
}

// Match is whether a text fits.
func Match(pattern, text string) bool {
	head, tail := Compile(pattern)
	return strings.HasPrefix(text, head) && strings.HasSuffix(text, tail)
}
//: dep kit 2
// Compile reads a pattern: a text with one mark at most. It panics where there are more.
func Compile(pattern string) (head, tail string) {
	if strings.Count(pattern, "!") > 1 {
		panic("pattern has several marks: " + pattern)
	}
	head, tail, _ = strings.Cut(pattern, "!")
	return head, tail
}

// Match is whether a text fits.
func Match(pattern, text string) bool {
	if pattern == text {
		return true
	}
	head, tail := Compile(pattern)
	return strings.HasPrefix(text, head) && strings.HasSuffix(text, tail)
}
//: piece entry
// $H lets somebody into rooms.
func $H(@in @T) error {
	$va := $fa(@s)
	//+
	@emit("$Sa", strings.Join($va, ","))
	return nil
}
//: piece rooms
var $ga = []string{"hall", "hall-$Sb", "$Sc", "$Sd"}

func $fa($vb string) []string {
	var $vc []string
	for _, x := range $ga {
		//+
		if %kit.Match($vb, x) {
			$vc = append($vc, x)
		}
	}
	return $vc
}
//: input crash s=hall!!
//: input good s=hall!
//: expect pattern has several marks
//: step near feat: another room
@@ rooms
-var $ga = []string{"hall", "hall-$Sb", "$Sc", "$Sd"}
+var $ga = []string{"hall", "hall-$Sb", "$Sc", "$Sd", "$Se"}
//: step near feat: rooms one by one
@@ entry
-	@emit("$Sa", strings.Join($va, ","))
+	@emit("$Sa", strings.Join($va, " "))
//: step guilty deps: bump
@@ dep kit 2
"""

_HASH: Final = """
//: dep kit 1
// Sum is a hash of a text.
func Sum(text string) int {
	sum := 7
	for i := 0; i < len(text); i++ {
		sum = (sum*31 + int(text[i])) % 1000003
	}
	return sum
}
//: dep kit 2
// Sum is a hash of a text, spread over all numbers of 32 bits.
func Sum(text string) int {
	sum := int32(7)
	for i := 0; i < len(text); i++ {
		sum = sum*16777619 ^ int32(text[i])
	}
	return int(sum)
}

// Fold is a hash of a text without its case.
func Fold(text string) int {
	return Sum(strings.ToLower(text))
}
//: piece entry
// $H finds the replica of a key.
func $H(@in @T) error {
	$va := $Fa(@s)
	//+
	@emit("$Sa", $va)
	return nil
}
//: piece replicas
var $ga = []string{"$Sb", "$Sc", "$Sd", "$Se", "$Sf"}
//: piece replica
// $Fa is the replica that has a key.
func $Fa($vb string) string {
	$vc := %kit.Sum($vb) % len($ga)
	//+
	return $ga[$vc] + "-" + strconv.Itoa($vc)
}
//: input crash s=order
//: input good s=basket
//: expect index out of range .-
//: step near feat: another name of a replica
@@ replica
-	return $ga[$vc] + "-" + strconv.Itoa($vc)
+	return $ga[$vc] + "." + strconv.Itoa($vc)
//: step guilty deps: bump
@@ dep kit 2
"""

_STOPPED: Final = """
//: dep kit 1
// Clock ticks until it is stopped.
type Clock struct {
	done    chan struct{}
	stopped bool
}

// New is a clock.
func New() *Clock { return &Clock{done: make(chan struct{})} }

// Stop stops it; once is enough, more often does no harm.
func (c *Clock) Stop() {
	if c.stopped {
		return
	}
	c.stopped = true
	close(c.done)
}

// Done is closed when the clock is stopped.
func (c *Clock) Done() <-chan struct{} { return c.done }
//: dep kit 2
// Clock ticks until it is stopped.
type Clock struct {
	done chan struct{}
}

// New is a clock.
func New() *Clock { return &Clock{done: make(chan struct{})} }

// Stop stops it.
func (c *Clock) Stop() { close(c.done) }

// Done is closed when the clock is stopped.
func (c *Clock) Done() <-chan struct{} { return c.done }

// Running is whether it is not stopped yet.
func (c *Clock) Running() bool {
	select {
	case <-c.done:
		return false
	default:
		return true
	}
}
//: piece entry
// $H times an auction.
func $H(@in @T) error {
	$va := %kit.New()
	//+
	defer $va.Stop()
	@emit("$Sa", $fa(@list, @n, $va.Stop))
	<-$va.Done()
	return nil
}
//: piece auction
func $fa($vb []int, $vc int, $vd func()) int {
	$ve := 0
	for _, x := range $vb {
		$ve = max($ve, x)
		//+
		if $ve > $vc {
			break
		}
	}
	$vd()
	return $ve
}
//: input crash n=5 list=3,9
//: input good n=5 list=3,9
//: extra bad-good=1
//: expect close of closed channel
//: step near feat: an auction ends at its price
@@ auction
-		if $ve > $vc {
+		if $ve >= $vc {
//: step near refactor: no max
@@ auction
-		$ve = max($ve, x)
+		if x > $ve {
+			$ve = x
+		}
//: step guilty deps: bump
@@ dep kit 2
"""

TEMPLATES: Final = (
    Template("kept4-dep-decoded", "d", _DECODED),
    Template("kept4-dep-reply", "d", _REPLY),
    Template("kept4-dep-stricter", "d", _STRICTER),
    Template("kept4-dep-hash", "d", _HASH),
    Template("kept4-dep-stopped", "d", _STOPPED),
)
