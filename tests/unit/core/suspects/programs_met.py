"""The same: what goroutines share or wait for, jobs in a table, switches, names for values."""

from __future__ import annotations

LETTERS = """package shelf

import "sync"

func Handle(xs []string) int {
	var wg sync.WaitGroup
	for _, x := range xs {
		wg.Add(1)
		go func() {
			defer wg.Done()
			letters(x)
		}()
	}
	wg.Wait()
	return len(xs)
}

// letters counts.
func letters(x string) int {
	seen := map[rune]int{}
	for _, r := range x {
		seen[r]++
	}
	return len(seen)
}
"""
TALLY = """package shelf

import "sync"

type tally struct {
	mu sync.Mutex
	m  map[int]int
}

func (t *tally) add(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.m[n]++
}

func Handle(n int) {
	t := &tally{m: map[int]int{}}
	for i := range n {
		go t.add(i)
	}
}
"""
STEPS = """package shelf

const room = 4

func Handle(n int) int {
	taken := make(chan struct{}, room)
	return walk(n, taken)
}

func walk(n int, taken chan struct{}) int {
	if n == 0 {
		return 0
	}
	taken <- struct{}{}
	defer func() { <-taken }()
	return 1 + walk(n-1, taken)
}
"""
JOBS = """package shelf

import "strings"

func Handle(name, s string) string {
	j, ok := jobs[name]
	if !ok {
		return ""
	}
	return j(s)
}

func last(parts []string) string {
	return parts[len(parts)-1]
}

func cut(s string) string { return last(strings.Fields(s)) }

var jobs = map[string]func(string) string{
	"up":  strings.ToUpper,
	"cut": cut,
}
"""
SWITCHED = """package shelf

type settings struct {
	deep bool
	n    int
}

func usual() settings { return settings{deep: false, n: 2} }

func Handle(xs []int) int {
	s := usual()
	if s.deep {
		return below(xs, s.n)
	}
	return len(xs)
}

func below(xs []int, n int) int {
	return xs[n]
}
"""
CLEANED = """package shelf

import "strings"

func Handle(s string) string {
	s = clean(s)
	return head(s)
}

func clean(s string) string {
	return strings.ToLower(s)
}

func head(s string) string { return s[:3] }
"""
SHARED_OUT = """package shelf

type asked struct{ size, per int }

func read(m map[string]int) asked {
	a := asked{size: 10, per: 5}
	if v, ok := m["size"]; ok {
		a.size = v
	}
	return a
}

func Handle(m map[string]int) int {
	return pages(read(m))
}

func pages(a asked) int { return a.size / a.per }
"""
FOUND = """package shelf

import "errors"

type item struct{ n int }

func find(m map[string]*item, k string) (*item, error) {
	it, ok := m[k]
	if !ok {
		return nil, errors.New("none")
	}
	return it, nil
}

func Handle(m map[string]*item, k string) int {
	it, err := find(m, k)
	if err != nil {
		return 0
	}
	return cost(it)
}

func cost(it *item) int { return it.n * 2 }
"""
TAGGED = """	"cut": cut,
	"tag": tag,
}

func tag(s string) string {
	_, after, _ := strings.Cut(s, ":")
	return last(strings.Fields(after))
}
"""
STATS = """package shelf

import "sync"

type stats struct {
	mu sync.Mutex
	by map[string]int
}

func (s *stats) add(k string) {
	s.mu.Lock()
	s.by[k]++
	s.mu.Unlock()
}

func (s *stats) all() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make(map[string]int, len(s.by))
	for k, v := range s.by {
		out[k] = v
	}
	return out
}

func Handle(s *stats, k string) int {
	go s.add(k)
	sum := 0
	for _, v := range s.all() {
		sum += v
	}
	return sum
}
"""
COPIED = """	out := make(map[string]int, len(s.by))
	for k, v := range s.by {
		out[k] = v
	}
	return out
"""
WORDS = """package shelf

type index struct{ m map[string]int }

func (x *index) put(k string) { x.m[k] = len(k) }

func Handle(ks []string) int {
	x := &index{m: map[string]int{}}
	for _, k := range ks {
		x.put(k)
	}
	return len(x.m)
}
"""
NOTES = """package shelf

import "sync"

func Handle(xs []int) {
	var wg sync.WaitGroup
	wg.Add(len(xs))
	for _, x := range xs {
		go func() {
			defer wg.Done()
			note(x)
		}()
	}
	wg.Wait()
}

func note(x int) int { return x }
"""
KEPT = """package shelf

var kept = map[string][]int{}

func load(k string) []int {
	if xs, ok := kept[k]; ok {
		return append([]int(nil), xs...)
	}
	xs := []int{len(k), 2, 3}
	kept[k] = xs
	return xs
}

func Handle(k string) int {
	cut(load(k))
	return at(load(k))
}

func cut(xs []int) { xs[0] = 9 }

func at(xs []int) int { return xs[xs[0]-1] }
"""
CHOSEN = """package shelf

type codec struct{ name string }

func of(kind string) *codec {
	switch kind {
	case "json":
		return &codec{"json"}
	default:
		return &codec{"text"}
	}
}

func Handle(kind string) string { return show(of(kind)) }

func show(c *codec) string { return c.name }
"""
RENDERED = """package shelf

import (
	"strings"
	"text/template"
)

type page struct {
	Title string
	Owner string
}

var t = template.Must(template.New("p").Parse("{{.Title}} {{.Owner}}"))

func Handle(s string) string {
	return render(page{Title: s})
}

func render(p page) string {
	var b strings.Builder
	if err := t.Execute(&b, p); err != nil {
		panic(err)
	}
	return b.String()
}
"""
