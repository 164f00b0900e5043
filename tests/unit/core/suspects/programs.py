"""Small programs that ran well, each one file, for the tests of kinds of mistakes: how values are made."""

from __future__ import annotations

AGAIN = """package shelf

import "strings"

func Handle(text string) int {
	r, found := strings.NewReader(text), 0
	for i := 0; i < 1 && found == 0; i++ {
		found = next(r)
	}
	return found
}

func next(r *strings.Reader) int {
	buf := make([]byte, 4)
	n, _ := r.Read(buf)
	return size(buf[:n])
}

func size(buf []byte) int {
	return int(buf[0]) + len(buf)>>9
}
"""
MONTHS = """package shelf

func Handle(n int) int {
	total := 0
	all := []int{n}
	for _, x := range all {
		total += days(x)
	}
	return total
}

var lengths = [...]int{31, 28, 31, 30}

func days(month int) int {
	at := (month - 1) % len(lengths)
	return lengths[at]
}
"""
PAGES = """package shelf

const page = 3

func Handle(xs []int, n int, which string) int {
	at := max(n, 1)
	return len(paged(xs, at))
}

func last(xs []int) int { return len(xs) / page }

func paged(xs []int, number int) []int {
	start := min((number-1)*page, len(xs))
	return xs[start:min(start+page, len(xs))]
}
"""
CODECS = """package shelf

import "strconv"

var codecs = map[string]func(int) string{}

func init() {
	codecs["plain"] = strconv.Itoa
}

func init() {
	codecs["octal"] = octal
}

func octal(n int) string { return "0o" + strconv.FormatInt(int64(n), 8) }

func Handle(name string, n int) string {
	return coded(codecs[name], n) + "."
}

func coded(by func(int) string, n int) string {
	return by(n)
}
"""
TREES = """package shelf

type node struct {
	id   int
	next []*node
}

func Handle(n *node) int {
	return walk(n, map[int]bool{})
}

func walk(n *node, seen map[int]bool) int {
	if seen[n.id] {
		return 0
	}
	seen[n.id] = true
	total := 1
	for _, x := range n.next {
		total += walk(x, seen)
	}
	return total
}
"""
PARTS = """package shelf

func Handle(xs []int, width, from int) int {
	return scaled(xs, width, from)
}

func scaled(xs []int, width, from int) int {
	return spread(xs, width, from) * 2
}

func spread(xs []int, width, from int) int {
	total := from
	for _, x := range xs {
		total += x / width
	}
	return total
}
"""
STORES = """package shelf

import "errors"

type item struct {
	price int
}

func Handle(all map[string]*item, name string) int {
	it, err := find(all, name)
	if err != nil {
		return -1
	}
	return priced(it, 2)
}

func find(all map[string]*item, name string) (*item, error) {
	it, ok := all[name]
	if !ok {
		return nil, errors.New("no such item")
	}
	return it, nil
}

func priced(it *item, times int) int {
	return it.price * times
}
"""
STORED = """package shelf

type box struct {
	parts map[int]string
	name  string
}

func made(name string) *box {
	b := &box{name: name}
	b.parts = map[int]string{}
	return b
}

func Handle(name string, n int) int {
	b := made(name)
	b.put(n, name)
	return len(b.name)
}

func (b *box) put(n int, text string) {
	b.parts[n+1] = text
}
"""
EVENTS = """package shelf

import "encoding/json"

type event struct {
	Name string
	Size int
}

func Handle(name string, n int) string {
	return text(event{Name: name, Size: n}) + "."
}

func text(e event) string {
	data, err := json.Marshal(e)
	if err != nil {
		panic(err)
	}
	return string(data)
}
"""
INDICES = """package shelf

func Handle(xs []int) int {
	return at(xs, len(xs)-1) + 1
}

func at(xs []int, n int) int {
	i := index(n)
	return xs[i]
}

func index(n int) int {
	return int(uint16(n))
}
"""
SEARCHES = """package shelf

type node struct {
	left, right *node
	value       int
}

func Handle(n *node, x int) int {
	return find(n, x).value + 1
}

func find(n *node, x int) *node {
	for n.value != x {
		if x < n.value {
			n = n.left
		} else {
			n = n.right
		}
	}
	return n
}
"""
PATTERNS = """package shelf

import "regexp"

var before = "("

func Handle(name string) bool {
	return matched(name).MatchString("shelf") && name != "."
}

func matched(name string) *regexp.Regexp {
	return regexp.MustCompile(before + name)
}
"""
