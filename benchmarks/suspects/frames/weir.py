"""weir: a limiter of rates: calls are passed on within a limit. Data only; frame.py says what it means."""

from __future__ import annotations

from typing import Final

from benchmarks.suspects.frame import Frame, words_of
from benchmarks.suspects.names import listed

_TEXT: Final = """
//: file cmd/weir/main.go
package main

import (
	"fmt"
	"os"

	"%M/pkg/bucket"
	"%M/pkg/gateway"
	"%M/pkg/upstream"
)

func main() {
	g := gateway.Gateway{Limit: bucket.New(20, 5), Find: upstream.Find}
	for _, text := range os.Args[1:] {
		code, err := g.Forward(text)
		if err != nil {
			fmt.Fprintln(os.Stderr, code, err)
			os.Exit(1)
		}
	}
}
//: file pkg/bucket/bucket.go
// Package bucket limits rates.
package bucket

// Bucket has tokens.
type Bucket struct {
	tokens, size, refill int
}

// New is a full bucket.
func New(size, refill int) *Bucket { return &Bucket{size, size, refill} }

// Take uses one token; false where there is none.
func (b *Bucket) Take() bool {
	if b.tokens == 0 {
		return false
	}
	b.tokens--
	return true
}

// Refill adds tokens.
func (b *Bucket) Refill() {
	b.tokens += b.refill
	if b.tokens > b.size {
		b.tokens = b.size
	}
}
//: file pkg/gateway/gateway.go
// Package gateway lets calls through when they are within the limit.
package gateway

import (
	"%M/pkg/bucket"
	"%M/pkg/call"
	"%M/pkg/upstream"
)

// Gateway has a limit and upstreams.
type Gateway struct {
	Limit *bucket.Bucket
	Find  func(name string) (upstream.Upstream, bool)
}

// Forward passes one call on.
func (g *Gateway) Forward(text string) (int, error) {
	if !g.Limit.Take() {
		g.Limit.Refill()
		return 429, call.Reject("too many calls")
	}
	c := call.Open(text)
	//+
	up, ok := g.Find(c.Target)
	if !ok {
		return 404, call.Reject("no upstream " + c.Target)
	}
	return g.send(c, up)
}

func (g *Gateway) send(c *call.Call, up upstream.Upstream) (int, error) {
	//+
	if err := up.Invoke(c); err != nil {
		return 502, err
	}
	return 200, nil
}
//: file pkg/call/call.go
// Package call has what comes in.
package call

import (
	"fmt"
	"strconv"
	"strings"
)

// Call is one call.
type Call struct {
	Target string
	Weight int
	Client string
	Hops   []int
}

// Open reads "target;weight;client;1|2|3".
func Open(text string) *Call {
	parts := strings.SplitN(text, ";", 4)
	for len(parts) < 4 {
		parts = append(parts, "")
	}
	c := &Call{Target: parts[0], Client: parts[2]}
	c.Weight, _ = strconv.Atoi(parts[1])
	//+
	for _, hop := range strings.Split(parts[3], "|") {
		if n, err := strconv.Atoi(hop); err == nil {
			c.Hops = append(c.Hops, n)
		}
	}
	return c
}

// Reject is an answer without a reply.
func Reject(text string) error { return fmt.Errorf("rejected: %s", text) }
//: file pkg/tap/tap.go
// Package tap shows what passes.
package tap

import "fmt"

var seen = make(chan string, 4096)

// Show prints a part of the answer.
func Show(label string, value any) { fmt.Println(label+":", value) }

// Mark counts.
func Mark(name string) {
	select {
	case seen <- name:
	default:
	}
}

// Detail is for debugging.
func Detail(text string) { Mark(text) }
//: file pkg/upstream/upstream.go
// Package upstream knows where calls go.
package upstream

import "%M/pkg/call"

// Upstream answers calls.
type Upstream struct {
	Name   string
	Invoke func(c *call.Call) error
}

var all = []Upstream{
%routes
}

// Find is an upstream by name.
func Find(name string) (Upstream, bool) {
	for _, up := range all {
		if up.Name == name {
			return up, true
		}
	}
	return Upstream{}, false
}
"""

FRAME: Final = Frame(
    name="weir",
    text=_TEXT,
    words=words_of(
        "c *call.Call c.Weight c.Client c.Hops tap.Show tap.Mark tap.Detail call.Reject knobs"
    ),
    routes="pkg/upstream/upstream.go",
    route='{Name: "%key", Invoke: %handler},',
    request="{key};{n};{s};{items}",
    separator="|",
    config="pkg/knobs/knobs.conf",
    packages=listed(
        "salmon sluice delta brook reservoir turbine ferry canal estuary lagoon rapids mill"
    ),
    shared=("pkg/flow", "pkg/signs"),
    layout=("pkg/{p}", "pkg/routes/{p}"),
    services=("weir",),
    regions=("us-west", "eu-central"),
    people=("Dana Novak", "Felix Amsel", "Keiko Mori", "Ravi Menon"),
    libraries=listed(
        "eddy.example/tokens eddy.example/charts pebble.example/wheel pebble.example/period"
    ),
    style="ticket",
)
