"""gatehouse: a router: requests go to handlers through middlewares. Data only; frame.py says what it means."""

from __future__ import annotations

from typing import Final

from benchmarks.suspects.frame import Frame, words_of
from benchmarks.suspects.names import listed

_TEXT: Final = """
//: file cmd/gatehouse/main.go
package main

import (
	"fmt"
	"os"

	"%M/internal/routes"
	"%M/internal/server"
)

func main() {
	mux := server.New(server.Timing, server.Tracing)
	for path, handler := range routes.All() {
		mux.Handle(path, handler)
	}
	for _, line := range os.Args[1:] {
		if err := mux.Serve(line); err != nil {
			fmt.Fprintln(os.Stderr, "gatehouse:", err)
			os.Exit(1)
		}
	}
}
//: file internal/server/mux.go
// Package server takes requests to handlers, through middlewares.
package server

import (
	"%M/internal/wire"
)

// Handler answers one kind of request.
type Handler func(req *wire.Request) error

// Middleware wraps a handler.
type Middleware func(next Handler) Handler

// Mux finds handlers by path.
type Mux struct {
	around []Middleware
	table  map[string]Handler
}

// New is a mux whose handlers are wrapped in middlewares, the first outermost.
func New(around ...Middleware) *Mux {
	return &Mux{around: around, table: map[string]Handler{}}
}

// Handle adds a handler.
func (m *Mux) Handle(path string, h Handler) {
	for i := len(m.around) - 1; i >= 0; i-- {
		h = m.around[i](h)
	}
	m.table[path] = h
}

// Serve answers one request line.
func (m *Mux) Serve(line string) error {
	req, err := wire.Parse(line)
	if err != nil {
		return err
	}
	//+
	h, ok := m.table[req.Path]
	if !ok {
		return wire.Refuse("no route " + req.Path)
	}
	//+
	return h(req)
}
//: file internal/server/around.go
package server

import (
	"%M/internal/stats"
	"%M/internal/wire"
)

// Timing counts what comes in and what goes out.
func Timing(next Handler) Handler {
	return func(req *wire.Request) error {
		stats.Inc("begun")
		//+
		err := next(req)
		stats.Inc("ended")
		return err
	}
}

// Tracing notes the path.
func Tracing(next Handler) Handler {
	return func(req *wire.Request) error {
		//+
		stats.Note(req.Path)
		return next(req)
	}
}
//: file internal/wire/request.go
// Package wire has requests and replies.
package wire

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Request is what a client asked for.
type Request struct {
	Verb  string
	Path  string
	Count int
	Name  string
	Items []int
}

// Refuse is an error that clients see.
func Refuse(text string) error { return errors.New(text) }

// Parse reads "GET /path?count=1&name=x&items=1,2".
func Parse(line string) (*Request, error) {
	verb, rest, ok := strings.Cut(line, " ")
	if !ok {
		return nil, Refuse("no verb")
	}
	path, query, _ := strings.Cut(rest, "?")
	req := &Request{Verb: verb, Path: path}
	//+
	for _, pair := range strings.Split(query, "&") {
		key, value, _ := strings.Cut(pair, "=")
		switch key {
		case "count":
			req.Count, _ = strconv.Atoi(value)
		case "name":
			req.Name = value
		case "items":
			for _, item := range strings.Split(value, ",") {
				if n, err := strconv.Atoi(item); err == nil {
					req.Items = append(req.Items, n)
				}
			}
		}
	}
	return req, nil
}

// Write sends a line of the reply.
func Write(label string, value any) { fmt.Println(label, value) }
//: file internal/stats/stats.go
// Package stats counts.
package stats

import "sync"

var (
	mu     sync.Mutex
	counts = map[string]int{}
)

// Inc adds one.
func Inc(name string) {
	mu.Lock()
	defer mu.Unlock()
	counts[name]++
}

// Note remembers that something was seen.
func Note(text string) { Inc("seen " + text) }
//: file internal/routes/routes.go
// Package routes is the table of what is served.
package routes

import "%M/internal/server"

// All is every route.
func All() map[string]server.Handler {
	return map[string]server.Handler{
%routes
	}
}
"""

FRAME: Final = Frame(
    name="gatehouse",
    text=_TEXT,
    words=words_of(
        "req *wire.Request req.Count req.Name req.Items wire.Write stats.Inc stats.Note wire.Refuse settings"
    ),
    routes="internal/routes/routes.go",
    route='"/%key": %handler,',
    request="GET /{key}?count={n}&name={s}&items={items}",
    config="internal/settings/settings.conf",
    packages=listed(
        "badges visitors tenants consent webhooks quotas profiles avatars sitemap locale devices audits"
    ),
    shared=("internal/lookup", "internal/textform", "internal/quantity"),
    layout=("internal/{p}", "internal/api/{p}"),
    services=("gatehouse",),
    regions=("eu-north", "us-central"),
    people=("Ines Duarte", "Tom Okafor", "Mira Lund", "Yusuf Kaya"),
    libraries=listed(
        "lantern.example/words lantern.example/tables nimbus.example/ringkit nimbus.example/pacing"
    ),
)
