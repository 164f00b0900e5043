"""gauger: metrics: samples go to aggregators. Data only; frame.py says what it means."""

from __future__ import annotations

from typing import Final

from benchmarks.suspects.frame import Frame, words_of
from benchmarks.suspects.names import listed

_TEXT: Final = """
//: file cmd/gauger/main.go
package main

import (
	"fmt"
	"os"
	"strings"

	"%M/internal/ingest"
)

func main() {
	if err := ingest.All(strings.Join(os.Args[1:], "\\n")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
//: file internal/ingest/ingest.go
// Package ingest reads lines of samples and gives them to aggregators.
package ingest

import (
	"strings"

	"%M/internal/point"
)

// Aggregate takes a sample in.
type Aggregate func(p point.Point) error

// All takes lines.
func All(text string) error {
	var bad []string
	for _, line := range strings.Split(text, "\\n") {
		p, ok := point.Scan(line)
		if !ok {
			bad = append(bad, line)
			continue
		}
		//+
		if err := one(p); err != nil {
			return err
		}
	}
	if len(bad) > 0 {
		return point.Invalid(strings.Join(bad, "; "))
	}
	return nil
}

func one(p point.Point) error {
	aggregate := aggregates[p.Metric]
	if aggregate == nil {
		return point.Invalid("no metric " + p.Metric)
	}
	//+
	return aggregate(p)
}
//: file internal/ingest/known.go
package ingest

var aggregates map[string]Aggregate

func init() {
	aggregates = map[string]Aggregate{
%routes
	}
}
//: file internal/point/point.go
// Package point has samples.
package point

import (
	"errors"
	"strconv"
	"strings"
)

// Point is one sample.
type Point struct {
	Metric string
	Value  int
	Series string
	Values []int
}

// Scan reads "metric{series} value v1 v2 v3".
func Scan(line string) (Point, bool) {
	words := strings.Fields(line)
	if len(words) < 2 {
		return Point{}, false
	}
	metric, series, ok := strings.Cut(words[0], "{")
	if !ok {
		return Point{}, false
	}
	p := Point{Metric: metric, Series: strings.TrimSuffix(series, "}")}
	p.Value, _ = strconv.Atoi(words[1])
	//+
	for _, word := range words[2:] {
		if n, err := strconv.Atoi(word); err == nil {
			p.Values = append(p.Values, n)
		}
	}
	return p, true
}

// Invalid is a sample that cannot be taken.
func Invalid(text string) error { return errors.New(text) }
//: file internal/expose/expose.go
// Package expose prints what was aggregated.
package expose

import (
	"fmt"
	"strings"
)

var self strings.Builder

// Metric prints one value.
func Metric(label string, value any) { fmt.Printf("%s %v\\n", label, value) }

// Self counts our own work.
func Self(name string) {
	if self.Len() < 1<<16 {
		self.WriteString(name)
	}
}

// Comment is a line for people.
func Comment(text string) { Self(text) }
"""

FRAME: Final = Frame(
    name="gauger",
    text=_TEXT,
    words=words_of(
        "p point.Point p.Value p.Series p.Values expose.Metric expose.Self expose.Comment point.Invalid limits"
    ),
    routes="internal/ingest/known.go",
    route='"%key": %handler,',
    request="{key}{{{s}}} {n} {items}",
    separator=" ",
    config="internal/limits/limits.conf",
    packages=listed(
        "latency faults uptime heat traffic memory disks fans voltage pressure humidity drift"
    ),
    shared=("internal/windows", "internal/units", "internal/tags"),
    layout=("internal/{p}", "internal/metric/{p}"),
    services=("gauger-hot", "gauger-cold"),
    regions=("use1", "euw3"),
    people=("Bea Fontaine", "Igor Savic", "Tess Wynn"),
    libraries=listed(
        "dial.example/parts dial.example/atlas needle.example/arc needle.example/cadence"
    ),
    vendor=True,
)
