"""`python -m tests.fuzz.source`: what reads Go source, on source that nobody would write, for a time.

In: `--seconds`, `--seed`. Out: progress, how many files; a pair of revisions that fails is kept in
tests/fuzz/corpus/source and ends it. Pairs are damaged from the programs of go/fixtures.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Final

import msgspec

from streams.core.source.frames import Located
from streams.core.source.messages import Format, formats_in
from streams.core.source.placing import placed, placed_error
from streams.core.source.syntax import Declared, declarations, function_of
from streams.model.crash import Build
from streams.model.place import Placed, PlaceFrame, PlaceKey
from tests.chaos.crashes import dice
from tests.fuzz.trying import Fuzz
from tests.unit.core.source.revisions import Snapshot

FAILURES: Final = (
    *("nil-dereference", "index-out-of-range", "slice-out-of-range", "nil-map-write"),
    *("type-assertion", "divide-by-zero", "closed-channel", "makeslice", "concurrent-map"),
    *("deadlock", "stack-overflow", "panic", "panic:main.E", "fatal"),
)
_FIXTURES: Final = Path(__file__).parents[2] / "go"
# Of a pair of files of some 20,000 bytes; what takes longer is not linear.
_MOST_SECONDS: Final = 10.0
_MOST_FRAMES: Final = 12
_BITS: Final = (
    *(
        b"{",
        b"}",
        b"(",
        b")",
        b"[",
        b"]",
        b"`",
        b'"',
        b"'",
        b"/*",
        b"*/",
        b"//",
        b"\n",
        b";",
        b"\x00",
    ),
    *(b"\xff", b"func f() {\n", b"\nfunc (s *T[K]) f(", b"\n}\n", b"if x {\n", b"} else if x {\n"),
    *(
        b"switch x := y.(type) {\ncase int:\n",
        b"select {\ncase <-c:\n",
        b"defer func() {\n",
        b"}()\n",
    ),
    *(b"panic(x)\n", b"x[y.z[0]:n] = *p\n", b"var (\n", b"x := 1\n", b'errors.New("no")', b"%w"),
    *(b'fmt.Errorf("a %s: %w", x, err)', "ä".encode(), b"\r", b"\t"),
)


class Pair(msgspec.Struct, frozen=True):
    """Two revisions of one file, a seed for what is asked of them, and why the pair was kept."""

    old: bytes
    new: bytes
    seed: str
    why: str = ""


class Tree(Snapshot):
    """Implements frames.Tree: a revision of one file."""

    def __init__(self, data: bytes, older: tuple[Tree, ...] = ()) -> None:
        super().__init__({"p/p.go": data})
        self._older = older
        self.helpers: dict[tuple[tuple[str, Declared], frozenset[int]], bool] = {}

    def older(self) -> Sequence[Tree]:
        """The revision before, if there is one."""
        return self._older

    def import_path(self, path: str) -> str:
        """The only package."""
        return "example.com/fuzz/" + path.rpartition("/")[0]

    def callers(self, name: str) -> Sequence[tuple[str, Declared]]:
        """Functions in which the name stands before a bracket."""
        data = self.read("p/p.go")
        called = re.compile(rb"\b" + re.escape(name.encode()) + rb"\(")
        return [("p/p.go", d) for d in declarations(data) if called.search(data, d.start, d.end)]

    def formats(self) -> Sequence[Format]:
        """The formats of the file."""
        return tuple(formats_in([("p/p.go", self.read("p/p.go"))]))


def seeds() -> list[bytes]:
    """The programs of the fixtures."""
    return [path.read_bytes() for path in sorted(_FIXTURES.rglob("*.go"))]


def damaged(thrown: Random, data: bytes) -> bytes:
    """The file with some of its parts doubled, moved, cut out, or with others put in."""
    for _ in range(thrown.randrange(8)):
        start = thrown.randrange(len(data) + 1)
        end = min(len(data), start + thrown.choice((1, 10, 100, 1000)))
        at = thrown.randrange(len(data) + 1)
        part = thrown.choice((b"", data[start:end], data[start:end] * 20))
        bit = thrown.choice(_BITS) * thrown.choice((1, 1, 1, 50, 400))
        data = thrown.choice(
            (
                data[:start] + data[end:],
                data[:at] + part + data[at:],
                data[:at] + bit + data[at:],
                re.sub(rb"\b(?:err|s|m|id)\b", b"x", data),
            )
        )[:60_000]
    return data


def pair(thrown: Random, seed: str) -> Pair:
    """Two revisions that have something in common, most of the time."""
    data = thrown.choice(seeds())
    old = damaged(thrown, data)
    new = damaged(thrown, old if thrown.random() < 0.8 else thrown.choice(seeds()))
    return Pair(old, new, seed)


def judge(found: Pair) -> int:
    """How many places were found. Raises AssertionError where an answer is not as it has to be."""
    began = time.monotonic()
    requests = tuple(_requests(found))
    answers = [_answer(found, request, _trees(found)) for request in requests]
    # The same trees for all, in another order.
    tree = _trees(found)
    for request, answer in reversed(list(zip(requests, answers, strict=True))):
        assert _answer(found, request, tree) == answer, f"{request} is answered by what came before"
    for answer in answers:
        if answer.frame is not None:
            assert answer.function
            assert len(answer.statement) == 32
            assert len(answer.text) <= 160
            assert len(answer.trees) <= 4 * 512
    took = time.monotonic() - began
    assert took < _MOST_SECONDS, f"it took {took:.1f} seconds"
    return sum(answer.frame is not None for answer in answers)


def _trees(found: Pair) -> Tree:
    return Tree(found.new, (Tree(found.old),))


def _requests(found: Pair) -> list[PlaceKey]:
    thrown = dice(found.seed)
    known = declarations(found.new)
    lines = found.new.count(b"\n") + 2
    keys: list[PlaceKey] = []
    for _ in range(_MOST_FRAMES):
        frames = []
        for _ in range(thrown.randrange(1, 4)):
            declared = thrown.choice(known) if known else Declared("f", 0, 0, 1, 1)
            inside = range(declared.first, declared.last + 1)
            line = thrown.choice(inside) if thrown.random() < 0.9 else thrown.randrange(lines)
            name = f"example.com/fuzz/p.{declared.name.replace('var ', 'init.')}.func1"
            frames.append(
                PlaceFrame(name, "/p/p.go", line, "example.com/fuzz/p", zeros=thrown.choice("01?"))
            )
        keys.append(PlaceKey(Build(), thrown.choice(FAILURES), "panic", tuple(frames)))
    for made in thrown.sample(known, min(3, len(known))):
        text = found.new[made.start : made.end].decode("utf-8", "replace")
        keys.append(PlaceKey(Build(), "error", "error", message=text[:300].replace("{", ": ")))
    return keys


def _answer(found: Pair, key: PlaceKey, tree: Tree) -> Placed:
    if key.message:
        return placed_error(key, tree)
    for declared in declarations(found.new)[:3]:
        function_of(found.new, declared)
    return placed(key, [Located(frame, tree, "p/p.go") for frame in key.frames], ())


FUZZ: Final = Fuzz("source", Pair, lambda seed, _: pair(dice(seed), seed), judge, "pair", "places")
pairs: Final = FUZZ.known

if __name__ == "__main__":
    sys.exit(FUZZ.run(__doc__, 900.0))
