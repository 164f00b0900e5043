"""larder: a cache: what is not in it is loaded. Data only; frame.py says what it means."""

from __future__ import annotations

from typing import Final

from benchmarks.suspects.frame import Frame, words_of
from benchmarks.suspects.names import listed

_TEXT: Final = """
//: file cmd/larder/main.go
package main

import (
	"os"

	"%M/internal/session"
	"%M/internal/store"
	"%M/internal/table"
)

func main() {
	s := session.New(store.New(8), table.Loaders)
	os.Exit(s.Loop(os.Args[1:]))
}
//: file internal/session/session.go
// Package session talks with one client.
package session

import (
	"fmt"
	"os"

	"%M/internal/query"
	"%M/internal/store"
)

// Session has a cache and what fills it.
type Session struct {
	cache   *store.Store
	loaders map[string]store.Loader
}

// New begins a session.
func New(cache *store.Store, loaders map[string]store.Loader) *Session {
	return &Session{cache: cache, loaders: loaders}
}

// Loop answers all lines; the exit code.
func (s *Session) Loop(lines []string) int {
	for _, line := range lines {
		if err := s.answer(line); err != nil {
			fmt.Fprintln(os.Stderr, "ERR", err)
			return 1
		}
	}
	return 0
}

func (s *Session) answer(line string) error {
	q := query.Read(line)
	load, ok := s.loaders[q.Table]
	if !ok {
		return query.Bad("no table " + q.Table)
	}
	//+
	return s.cache.Fetch(q, load)
}
//: file internal/store/store.go
// Package store is a cache that evicts what was used least recently.
package store

import (
	"container/list"

	"%M/internal/query"
)

// Loader computes what is not in the cache.
type Loader func(q *query.Query) error

// Store keeps the newest keys.
type Store struct {
	size  int
	order *list.List
	keys  map[string]*list.Element
}

// New is an empty store.
func New(size int) *Store {
	return &Store{size: size, order: list.New(), keys: map[string]*list.Element{}}
}

// Fetch loads what is not there yet.
func (s *Store) Fetch(q *query.Query, load Loader) error {
	key := q.Key()
	if known, ok := s.keys[key]; ok {
		s.order.MoveToFront(known)
		return nil
	}
	//+
	if err := load(q); err != nil {
		return err
	}
	s.keys[key] = s.order.PushFront(key)
	s.evict()
	return nil
}

func (s *Store) evict() {
	for s.order.Len() > s.size {
		last := s.order.Back()
		s.order.Remove(last)
		delete(s.keys, last.Value.(string))
	}
}
//: file internal/query/query.go
// Package query has what clients ask.
package query

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Query is one question.
type Query struct {
	Table string
	Limit int
	Match string
	Ids   []int
}

// Read takes "table/limit/match/1+2+3".
func Read(line string) *Query {
	parts := append(strings.Split(line, "/"), "", "", "")
	q := &Query{Table: parts[0], Match: parts[2]}
	q.Limit, _ = strconv.Atoi(parts[1])
	//+
	for _, id := range strings.Split(parts[3], "+") {
		if n, err := strconv.Atoi(id); err == nil {
			q.Ids = append(q.Ids, n)
		}
	}
	return q
}

// Key is the same for the same question.
func (q *Query) Key() string { return fmt.Sprint(q.Table, q.Limit, q.Match, q.Ids) }

// Bad is an error of the client.
func Bad(text string) error { return errors.New(text) }
//: file internal/reply/reply.go
// Package reply prints answers.
package reply

import "fmt"

var sent, noted int

// Send prints one field.
func Send(label string, value any) {
	sent++
	fmt.Println("+"+label, value)
}

// Tick counts.
func Tick(name string) { noted += len(name) }

// Trace keeps a remark.
func Trace(text string) { noted += len(text) }
//: file internal/table/table.go
// Package table is the list of what can be cached.
package table

import "%M/internal/store"

// Loaders by table.
var Loaders = map[string]store.Loader{
%routes
}
"""

FRAME: Final = Frame(
    name="larder",
    text=_TEXT,
    words=words_of(
        "q *query.Query q.Limit q.Match q.Ids reply.Send reply.Tick reply.Trace query.Bad options"
    ),
    routes="internal/table/table.go",
    route='"%key": %handler,',
    request="{key}/{n}/{s}/{items}",
    separator="+",
    config="internal/options/options.ini",
    packages=listed(
        "recipes spices racks menus stocks labels jars batches ovens tins crates cellars"
    ),
    shared=("internal/sets", "internal/codec", "internal/find"),
    layout=("internal/{p}", "internal/goods/{p}"),
    services=("larder",),
    regions=("eu-west", "ap-south"),
    people=("Petra Vogel", "Sam Adeyemi", "Ling Zhao", "Otto Brandt"),
    libraries=listed(
        "pantry.example/fields pantry.example/index cooper.example/hoops cooper.example/beats"
    ),
    vendor=True,
)
