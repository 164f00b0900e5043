"""Past helpers to whoever is to blame, in packages as people write them: real files, frames of a crash in them."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from streams.model.crash import Build
from streams.model.place import PlaceKey, place_request
from tests.unit.drivers.placing import MODULE, asked, facts, frame, placed, write

GUARD = """package guard

import "fmt"

func Within(what string, n, low, high int) int {
	if n < low || n > high {
		panic(fmt.Sprintf("%s: %d", what, n)) // out of range
	}
	return n
}

func NotEmpty[T any](what string, items []T) []T {
	if len(items) == 0 {
		panic(what + " is empty") // nothing
	}
	return items
}

func Both(id string, h func()) {
	if id == "" || h == nil {
		panic(id) // both
	}
}

func That(ok bool, what string) {
	if !ok {
		panic(what) // not so
	}
}

func Entry[K comparable, V any](from map[K]V, key K) V {
	value, ok := from[key]
	That(ok, "no entry") // entry
	return value
}
"""
PORT = """package port

import "example.com/shop/guard"

type Dues struct{ classes []int }

func (d *Dues) due(class int) int {
	return d.classes[guard.Within("class", class, 0, len(d.classes)-1)] // due
}

func (d *Dues) Arrive(ship Ship) int {
	return d.due(ship.Class + 1) // arrive
}

func (d *Dues) Leave(ship Ship) int {
	return d.due(ship.Class * 2) // leave
}
"""
SILO = """package silo

import "example.com/shop/guard"

func Blend(in Input) int {
	loads := guard.NotEmpty("loads", in.Loads[in.N:]) // blend
	return len(loads) + guard.Within("day", in.Day, 1, 31)
}

func Add(id string) {
	guard.Both(id, nil) // add
}

func Main(in Input) {
	Add(in.S + "x") // main
	Add(in.S + "y")
	guard.Both(in.S, in.Done())
}

func Rate(rates map[string]int, in Input) int {
	return guard.Entry(rates, in.Name) // rate
}

func Price(prices map[string]int, in Input) int {
	return guard.Entry(prices, in.Code+"x") // price
}
"""
WIRE = """package wire

import "encoding/binary"

type Reader struct {
	data []byte
	at   int
}

func (r *Reader) take(n int) []byte {
	b := r.data[r.at : r.at+n] // take
	r.at += n
	return b
}

func (r *Reader) Word() int {
	b := r.take(2) // word
	return int(b[0])<<8 | int(b[1])
}

func (r *Reader) Long() uint32 {
	v := binary.BigEndian.Uint32(r.data[r.at:]) // long
	r.at += 4
	return v
}
"""
POINTS = """package points

import "example.com/shop/wire"

func header(r *wire.Reader) int {
	return r.Word() + int(r.Long()) // header
}

func body(r *wire.Reader) int {
	return r.Word() * int(r.Long()) // body
}

func Load(data []byte) int {
	r := wire.Of(data)
	return header(r) + body(r) // load
}
"""
WALK = """package walk

func Each[T any](items []T, f func(T)) {
	fold(items, func(one T) {
		f(one) // each
	})
}

func Shadow(n int, f func()) {
	run(n, func(f func()) {
		f() // shadow
	})
}

func Stop(items []int, f func(int)) {
	fold(items, func(one int) {
		g := table[one]
		g(one) // stop
	})
}
"""
STEPS = """package steps

import "example.com/shop/walk"

func Run(in Input) {
	var then func(int)
	walk.Each(in.Items, then) // run
	walk.Stop(in.Items, then) // halt
	walk.Shadow(in.N, other) // shade
}

func Rest(in Input) {
	walk.Each(in.Items, in.Done())
	walk.Shadow(3, in.Done())
}
"""
FILES = {
    name: text.replace("example.com/shop", MODULE)
    for name, text in {
        "go.mod": f"module {MODULE}\n",
        "guard/guard.go": GUARD,
        "port/port.go": PORT,
        "silo/silo.go": SILO,
        "wire/wire.go": WIRE,
        "points/points.go": POINTS,
        "walk/walk.go": WALK,
        "steps/steps.go": STEPS,
    }.items()
}


class Case(NamedTuple):
    """`frames`: path, function and the text of the line, innermost first; `to_blame`: which of them."""

    name: str
    failure: str
    to_blame: int
    frames: tuple[tuple[str, str, str], ...]


WITHIN = ("guard/guard.go", "Within", "// out of range")
DUE = ("port/port.go", "(*Dues).due", "// due")
THAT = ("guard/guard.go", "That", "// not so")
ENTRY = ("guard/guard.go", "Entry", "// entry")
TAKE = ("wire/wire.go", "(*Reader).take", "// take")
WORD = ("wire/wire.go", "(*Reader).Word", "// word")
LONG = ("wire/wire.go", "(*Reader).Long", "// long")
LOAD = ("points/points.go", "Load", "// load")
CASES = (
    Case(
        "limits that a method adds are no fault of its own",
        "panic",
        2,
        (WITHIN, DUE, ("port/port.go", "(*Dues).Arrive", "// arrive")),
    ),
    Case(
        "a validator of a package that serves many may have one caller",
        "panic",
        1,
        (("guard/guard.go", "NotEmpty", "// nothing"), ("silo/silo.go", "Blend", "// blend")),
    ),
    Case(
        "what a helper made of its parameters alone it was handed",
        "panic",
        2,
        (THAT, ENTRY, ("silo/silo.go", "Rate", "// rate")),
    ),
    Case(
        "who asks a reader for more than it holds, though it did not make the reader",
        "slice-out-of-range",
        2,
        (TAKE, WORD, ("points/points.go", "header", "// header"), LOAD),
    ),
    Case(
        "a reader in which the standard library failed",
        "index-out-of-range",
        1,
        (LONG, ("points/points.go", "body", "// body"), LOAD),
    ),
    Case(
        "a function that was handed in and is nil, called by a closure",
        "nil-dereference",
        1,
        (("walk/walk.go", "Each", "// each"), ("steps/steps.go", "Run", "// run")),
    ),
    Case(
        "what is nil is no limit",
        "panic",
        1,
        (
            ("guard/guard.go", "Both", "// both"),
            ("silo/silo.go", "Add", "// add"),
            ("silo/silo.go", "Main", "// main"),
        ),
    ),
    Case(
        "what a closure was handed itself",
        "nil-dereference",
        0,
        (("walk/walk.go", "Shadow", "// shadow"), ("steps/steps.go", "Run", "// shade")),
    ),
    Case(
        "what a closure looked up itself was not handed in",
        "nil-dereference",
        0,
        (("walk/walk.go", "Stop", "// stop"), ("steps/steps.go", "Run", "// halt")),
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_who_is_to_blame(case: Case, tmp_path: Path) -> None:
    folder = write(tmp_path / "shop", FILES)
    frames = (frame(FILES, path, function, text) for path, function, text in case.frames)
    with facts(folder) as places:
        found = placed(places, asked(*frames, failure=case.failure))
    assert found.frame == case.to_blame, found.reasons


STORE = """package store

import (
	"errors"
	"fmt"
)

var (
	ErrAbsent = errors.New("key is absent")
	ErrStale  = errors.New("version is stale")
)

func (c *Client) Load(key string, version int) (string, error) {
	if version < c.kept[key] {
		return "", fmt.Errorf("store: load %s@%d: %w", key, version, ErrStale)
	}
	return "", fmt.Errorf("store: load %s: %w", key, ErrAbsent)
}
"""
ASKS = """package asks

func Limits(keys *store.Client, in Input) error {
	if _, err := keys.Load(in.S+"/limits", in.ID); err != nil {
		return fmt.Errorf("limits of %s: %w", in.S, err)
	}
	return nil
}

func Names(keys *store.Client, in Input) error {
	if _, err := keys.Load("names", in.ID-in.N); err != nil {
		return fmt.Errorf("names %d: %w", in.ID, err)
	}
	return nil
}
"""
BANK = """package bank

import "fmt"

type Refused struct {
	Op   string
	Code int
}

func (r Refused) Error() string {
	return fmt.Sprintf("bank: %s: code %d", r.Op, r.Code)
}

func charge(in Input) error {
	if in.N > 5 {
		return Refused{"charge", 402}
	}
	return Refused{Op: "charge", Code: 409}
}

func payBack(in Input) error {
	return &Refused{Op: "pay back", Code: in.N}
}

func other(op string, code int) error {
	return Refused{op, code}
}

func noted(op string) error {
	return Refused{Op: op + strings.Join(all, "not so"), Code: 700}
}

func twice(code int) error {
	if code > 900 {
		return Refused{"refund", code}
	}
	return Refused{Op: "refund", Code: 901}
}
"""
ERRORS = {
    "go.mod": f"module {MODULE}\n",
    "store/store.go": STORE,
    "asks/asks.go": ASKS.replace("package asks", f'package asks\n\nimport "{MODULE}/store"'),
    "bank/bank.go": BANK,
}


@pytest.mark.parametrize(
    ("message", "text"),
    [
        # Whoever asked a store that serves many for what it has not.
        (
            "limits of x: store: load x/limits: key is absent",
            'return fmt.Errorf("limits of %s: %w"',
        ),
        ("names 7: store: load names@3: version is stale", 'return fmt.Errorf("names %d: %w"'),
        ("store: load x@7: version is stale", 'return "", fmt.Errorf("store: load %s@%d: %w"'),
        # Where the value was made whose method said it.
        ("pay: bank: charge: code 402", 'return Refused{"charge", 402}'),
        ("pay: bank: charge: code 409", 'return Refused{Op: "charge", Code: 409}'),
        ("pay: bank: pay back: code 7", 'return &Refused{Op: "pay back"'),
        ("pay: bank: x: code 700", "return Refused{Op: op +"),
        # Two may have made it, and one may have.
        ("pay: bank: refund: code 901", "return fmt.Sprintf("),
        ("pay: bank: refund: code 902", 'return Refused{"refund", code}'),
        # By none of those that are written out.
        ("pay: bank: loan: code 500", "return fmt.Sprintf("),
    ],
)
def test_where_an_error_was_made(message: str, text: str, tmp_path: Path) -> None:
    folder = write(tmp_path / "shop", ERRORS)
    with facts(folder) as places:
        key = PlaceKey(Build(), "error", "error", (), message=message)
        found = placed(places, place_request(key))
    assert found.text.startswith(text), found.text


def test_hostile_groups_and_messages_are_bounded(tmp_path: Path) -> None:
    """One word of 100,000 letters in a group of variables; 4,000 values, a message of a megabyte."""
    many = "\n".join(
        f"func f{n}() error {{\n" + '\tx(&Refused{Op: "o1z2"})\n' * 100 + "\treturn nil\n}\n"
        for n in range(40)
    )
    names = "a" * 100_000
    store = f'package store\n\nvar (\n\t{names}, b = errors.New("no such thing"), 1\n)\n'
    files = {
        **ERRORS,
        "bank/many.go": f"package bank\n\n{many}",
        "store/names.go": store,
        "asks/open.go": 'package asks\n\nfunc Open() error {\n\treturn fmt.Errorf("open: %w", E)\n}\n',
    }
    folder = write(tmp_path / "shop", files)
    with facts(folder) as places:
        for message, text in (
            ("bank: o1z2: code 7" + " " * 10_000 + "y" * 1_000_000, "return fmt.Sprintf("),
            ("open: no such thing", 'return fmt.Errorf("open: %w"'),
        ):
            key = PlaceKey(Build(), "error", "error", (), message=message)
            assert placed(places, place_request(key)).text.startswith(text)
