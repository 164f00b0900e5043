"""Second kept-aside set, category d: dependencies."""

from __future__ import annotations

from typing import Final

from benchmarks.suspects.notation import Template

_OPENED: Final = """
//: dep index 1
// Index finds places by number.
type Index struct {
	places map[int]int
}

// New is an index without places.
func New() *Index {
	return &Index{places: map[int]int{}}
}

// Put notes a place.
func (x *Index) Put(number, place int) {
	x.places[number] = place
}

// Len is how many places there are.
func (x *Index) Len() int { return len(x.places) }
//: dep index 2
// Index finds places by number.
type Index struct {
	places map[int]int
}

// New is an index that is not open.
func New() *Index {
	return new(Index)
}

// Open makes room. It comes before Put.
func (x *Index) Open(room int) *Index {
	x.places = make(map[int]int, room)
	return x
}

// Put notes a place.
func (x *Index) Put(number, place int) {
	x.places[number] = place
}

// Len is how many places there are.
func (x *Index) Len() int { return len(x.places) }
//: piece entry
// $H notes places.
func $H(@in @T) error {
	$va := $fa(@list, @n)
	//+
	@emit("$Sa", $va)
	return nil
}
//: piece note
func $fa($vb []int, $vc int) int {
	$vd := %index.New()
	for i, x := range $vb {
		//+
		$vd.Put(x*$vc, i)
	}
	return $vd.Len()
}
//: input crash list=4,5
//: input good
//: expect assignment to entry in nil map
//: step near fix: places count from one
@@ note
-		$vd.Put(x*$vc, i)
+		$vd.Put(x*$vc, i+1)
//: step near feat: a number below zero is none
@@ entry
-	$va := $fa(@list, @n)
+	$va := $fa(@list, max(@n, 0))
//: step guilty deps: bump
@@ dep index 2
"""

_SENTINEL: Final = """
//: dep tree 1
// Node is a value with what is below it.
type Node struct {
	Value int
	Below []*Node
}

// Grow makes a tree: every second value is below the one before.
func Grow(values []int) *Node {
	root := &Node{}
	for i, value := range values {
		at := root
		if i%2 == 1 {
			at = root.Below[len(root.Below)-1]
		}
		at.Below = append(at.Below, &Node{Value: value})
	}
	return root
}

// Walk visits all nodes.
func Walk(node *Node, visit func(*Node)) {
	visit(node)
	for _, below := range node.Below {
		Walk(below, visit)
	}
}
//: dep tree 2
// Node is a value with what is below it.
type Node struct {
	Value int
	Below []*Node
}

// Grow makes a tree: every second value is below the one before.
func Grow(values []int) *Node {
	root := &Node{}
	for i, value := range values {
		at := root
		if i%2 == 1 {
			at = root.Below[len(root.Below)-1]
		}
		at.Below = append(at.Below, &Node{Value: value})
	}
	return root
}

// Walk visits all nodes; nil says that what is below a node ends.
func Walk(node *Node, visit func(*Node)) {
	visit(node)
	for _, below := range node.Below {
		Walk(below, visit)
	}
	if len(node.Below) > 0 {
		visit(nil)
	}
}
//: piece entry
// $H adds a tree up.
func $H(@in @T) error {
	$va := %tree.Grow(@list)
	//+
	@emit("$Sa", $fa($va)+@n)
	return nil
}
//: piece total
func $fa($vb *%tree.Node) int {
	$vc := 0
	%tree.Walk($vb, func(x *%tree.Node) {
		//+
		$vc += x.Value * $ca
	})
	return $vc
}

const $ca = $Da
//: input crash list=4,5,6
//: input good
//: expect nil pointer dereference
//: step near tune: another weight
@@ total
-const $ca = $Da
+const $ca = 1$Da
//: step near refactor: the number first
@@ entry
-	@emit("$Sa", $fa($va)+@n)
+	@emit("$Sa", @n+$fa($va))
//: step guilty deps: bump
@@ dep tree 2
"""

_UNTIL: Final = """
//: dep marks 1
// Until is where a mark begins; the end where there is none.
func Until(text, mark string) int {
	if i := strings.Index(text, mark); i >= 0 {
		return i
	}
	return len(text)
}

// Count is how many marks there are.
func Count(text, mark string) int { return strings.Count(text, mark) }
//: dep marks 2
// Until is where a mark begins; -1 where there is none.
func Until(text, mark string) int {
	return strings.Index(text, mark)
}

// Count is how many marks there are.
func Count(text, mark string) int { return strings.Count(text, mark) }

// Has tells whether there is a mark.
func Has(text, mark string) bool { return Count(text, mark) > 0 }
//: piece entry
// $H shows the first part of a name.
func $H(@in @T) error {
	//+
	$va := $Fa(@s)
	if @n > 10 {
		$va += "/" + strconv.Itoa(%marks.Count(@s, "-"))
	}
	@emit("$Sa", $va)
	return nil
}
//: piece first
// $Fa is the first part of a name.
func $Fa($vb string) string {
	$vc := %marks.Until($vb, "-")
	//+
	return strings.ToUpper($vb[:$vc])
}
//: input crash s=single
//: input good s=two-parts
//: expect slice bounds out of range .:-1.
//: step near i18n: capitals everywhere
@@ first
-	return strings.ToUpper($vb[:$vc])
+	return strings.ToTitle($vb[:$vc])
//: step near feat: another mark before the count
@@ entry
-		$va += "/" + strconv.Itoa(%marks.Count(@s, "-"))
+		$va += ":" + strconv.Itoa(%marks.Count(@s, "-"))
//: step guilty deps: bump
@@ dep marks 2
"""

TEMPLATES: Final = (
    Template("dep-opened", "d", _OPENED),
    Template("dep-sentinel", "d", _SENTINEL),
    Template("dep-until", "d", _UNTIL),
)
