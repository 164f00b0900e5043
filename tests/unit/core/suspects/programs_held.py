"""The same: what is held for some time, by goroutines, until it is closed, in a map."""

from __future__ import annotations

COUNTED = """package shelf

import "sync"

type shelf struct {
	mu sync.RWMutex
	seen map[int]int
}

func Handle(n int) {
	s := &shelf{seen: map[int]int{}}
	for i := 0; i < n; i++ {
		go func() {
			s.count(i)
		}()
	}
}

func (s *shelf) count(of int) {
	key := of % 7
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen[key]++
}

func label(n *int, other int) int {
	if n != nil {
		return *n
	}
	return other
}
"""
HELD = """package shelf

import "sync"

type till struct {
	mu  sync.Mutex
	sum map[string]int
}

func Handle(t *till, names []string) {
	for _, name := range names {
		go func() {
			t.add(name, len(name))
		}()
	}
}

func (t *till) add(name string, n int) {
	t.mu.Lock()
	was := t.sum[name]
	t.sum[name] = was + n*2
	t.mu.Unlock()
}
"""
WORKS = """package shelf

type work struct {
	in   chan int
	done chan struct{}
	seen int
}

func Handle(n int) *work {
	w := &work{in: make(chan int, n), done: make(chan struct{})}
	w.start()
	return w
}

func (w *work) start() {
	w.seen = 1
	go w.run()
}

func (w *work) run() {
	for range w.in {
		w.seen++
	}
	close(w.done)
}
"""
SLOTS = """package shelf

func Handle(xs []int) int {
	return all(xs, 3)
}

func all(xs []int, most int) int {
	slots, out := make(chan struct{}, most), make(chan int, len(xs))
	for _, x := range xs {
		slots <- struct{}{}
		go func() {
			out <- x * x
			<-slots
		}()
	}
	total := 0
	for range xs {
		total += <-out
	}
	return total
}
"""
SHEETS = """package shelf

import "strings"

type sheet struct {
	text *strings.Builder
	size int
}

func Handle(name string, xs []string) int {
	s := opened(name)
	defer s.shut()
	for _, x := range xs {
		s.put(x)
	}
	return s.size
}

func opened(name string) *sheet {
	return &sheet{text: new(strings.Builder), size: len(name)}
}

func (s *sheet) shut() { s.text = nil }

func (s *sheet) put(x string) {
	s.text.WriteString(x)
	s.size++
}
"""
OUTPUTS = """package shelf

import "bytes"

type out struct {
	buf *bytes.Buffer
	n   int
}

func (o *out) shut() { o.buf = nil }

func (o *out) flush() {
	o.n += o.buf.Len()
}

func Handle(xs []string) int {
	o := &out{buf: new(bytes.Buffer)}
	defer o.shut()
	defer o.flush()
	for _, x := range xs {
		o.buf.WriteString(x)
	}
	return len(xs) + 1
}
"""
ROOMS = """package shelf

import "strings"

type hall struct {
	guests map[int]*guest
}

type guest struct {
	says *strings.Builder
}

func Handle(xs []int, top int, word string) int {
	h := filled(xs)
	for _, x := range xs {
		if x > top {
			h.leave(x)
		}
	}
	return h.tell(word)
}

func filled(xs []int) *hall {
	h := &hall{map[int]*guest{}}
	for _, x := range xs {
		h.guests[x] = &guest{new(strings.Builder)}
	}
	return h
}

func (h *hall) leave(n int) {
	g := h.guests[n]
	if g != nil {
		g.says = nil
		delete(h.guests, n)
	}
}

func (h *hall) tell(word string) int {
	total := 0
	for _, g := range h.guests {
		total += g.hear(word)
	}
	return total
}

func (g *guest) hear(word string) int {
	g.says.WriteString(word)
	return g.says.Len()
}
"""
