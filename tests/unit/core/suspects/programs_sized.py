"""Programs whose lists, tables and bounds get another size; `test_sizes.py` edits them."""

from __future__ import annotations

from typing import Final

ROUTES: Final = """package shelf

const cost = 1

func Handle(from, to string) int {
	return apart(from, to)
}

func apart(from, to string) int {
	row := make([]int, len(to)+1)
	for at := range row {
		row[at] = at * cost
	}
	for at := range from {
		row[at+1] += row[at]
	}
	return row[len(to)]
}
"""
PLACES: Final = """package shelf

import "strconv"

const least = 1

func Handle(line string) int {
	n, at := number(line, 0)
	return n*least + at
}

func number(line string, at int) (int, int) {
	n := int(line[at] - '0')
	return n, at + 1
}
"""
LONG_NUMBERS: Final = """	n := int(line[at] - '0')
	if n == 0 {
		long, _ := strconv.Atoi(line[at+1 : at+3])
		return max(long, 0), at + 3
	}
"""
BOARDS: Final = """package shelf

const first = 1

type board struct {
	cells []int
	wide  int
}

func (b *board) at(row, column int) int {
	return b.cells[row*b.wide+column]
}

func fresh(wide, high int) *board {
	return &board{cells: make([]int, wide*high), wide: wide}
}

var boards = map[string]*board{
	"plain": fresh(3, 3),
	"large": fresh(6, 6),
}

func named(name string) *board {
	return boards[name]
}

func Handle(name string, row int) int {
	b := named(name)
	return b.at(row%b.wide, row/b.wide) + first
}
"""
PRICES: Final = """package shelf

type coin struct {
	digits int
	sign   string
}

var scales = []int{1, 10, 100, 1000}

var coins = map[string]coin{
	"euro": {2, "E"},
	"yen":  {0, "Y"},
}

func Handle(name string, n int) int {
	return part(coins[name].digits, n)
}

func part(digits, n int) int {
	return n / scales[digits]
}
"""
PAUSES: Final = """package shelf

import "math/rand/v2"

func Handle(times int) int {
	total := 0
	for at := range times {
		total += pause(64 >> at)
	}
	return total
}

func pause(most int) int {
	half := most / 2
	return half + rand.IntN(half)
}
"""
NAMES: Final = """package shelf

import "strings"

const more = 1

func Handle(a, b string) string {
	return tail(plain(a), len(b)+more)
}

func plain(name string) string {
	return strings.ToLower(name)
}

func tail(name string, from int) string {
	return name[from:]
}
"""
KEYS: Final = """package shelf

func Handle(xs []any) int {
	return different(xs)
}

func different(xs []any) int {
	seen := map[string]bool{}
	for _, x := range xs {
		note(seen, x)
	}
	return len(seen)
}

func note[K comparable](seen map[K]bool, x any) {
	key, _ := x.(K)
	seen[key] = true
}
"""
RATES: Final = """package shelf

import (
	_ "embed"
	"strings"
	"time"
)

//go:embed shelf.conf
var built string

const span = time.Minute

func setting(name string) string {
	for _, line := range strings.Split(built, "\\n") {
		if key, value, ok := strings.Cut(line, " = "); ok && key == name {
			return value
		}
	}
	return ""
}

func Handle(n int) int {
	every, _ := time.ParseDuration(setting("shelf.every"))
	return rate(n, every)
}

func rate(n int, every time.Duration) int {
	spans := int(every / span)
	return n / spans
}
"""
