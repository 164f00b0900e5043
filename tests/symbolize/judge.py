"""What panictrail says of the cases, against what the programs themselves said: addresses, and goroutines of cores.

In: a folder of cases (cases.py, arm64.py, foreign.py). Out: a row per case and core with how many are equal.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypedDict

from streams.core.symbolize.lookup import symbolized
from streams.drivers.cores import read_core
from streams.drivers.mapped import open_binary
from streams.model.crash import CreatedBy, Frame
from streams.model.crash import Goroutine as Read

_BRACKETS: Final = re.compile(r"\[.*\]")
# Rows of padding: the runtime has no line for them.
_NO_LINE: Final = ("0", "-1")
_ELIDED_WHOLE: Final = 100
_ENDS: Final = 50


class Place(TypedDict):
    """One frame of the oracle."""

    func: str
    file: str
    line: int


class Creator(TypedDict):
    """Who started a goroutine, as the oracle says."""

    function: str
    file: str
    line: int
    goroutine: int | None


class Goroutine(TypedDict):
    """One goroutine of the oracle."""

    id: int
    state: str
    elided: int
    created_by: Creator | None
    frames: list[Place]


@dataclass(frozen=True)
class Row:
    """How many of `wanted` are equal; `example` is the first that is not."""

    case: str
    what: str
    wanted: int
    equal: int
    example: str = ""

    @property
    def share(self) -> float:
        """Equal ones of all."""
        return self.equal / self.wanted if self.wanted else 1.0

    def __str__(self) -> str:
        """A line of the table."""
        text = (
            f"{self.case:26} {self.what:18} {self.equal:6,} of {self.wanted:6,}  {self.share:.4f}"
        )
        return f"{text}  {self.example}" if self.example else text


def _named(function: str) -> str:
    """As tracebacks print it: outermost type arguments as [...]."""
    return _BRACKETS.sub("[...]", function).replace("runtime.gopanic", "panic")


def addresses(case: Path) -> Row:
    """Function, file and line of every frame at the addresses of a case; padding is left out."""
    wanted: dict[int, list[tuple[str, str, str]]] = {}
    for line in (case / "oracle-pcs.tsv").read_text().splitlines():
        pc, function, file, number = line.split("\t")
        if function:
            wanted.setdefault(int(pc, 16), []).append((_named(function), file, number))
    known = {pc: frames for pc, frames in wanted.items() if frames[0][2] not in _NO_LINE}
    equal, example = 0, ""
    for row in symbolized(open_binary(case / "bin"), known, back=0):
        got = [(_named(f.function), f.file, str(f.line)) for f in row.frames]
        if got == known[int(row.pc, 16)]:
            equal += 1
        else:
            example = example or f"{row.pc}: {got} instead of {known[int(row.pc, 16)]}"
    return Row(case.name, "addresses", len(known), equal, example)


def symbols(case: Path) -> Row:
    """The names of functions at their entries, of a binary that others built (foreign.py)."""
    rows = [line.split("\t") for line in (case / "oracle-symbols.tsv").read_text().splitlines()]
    known = {int(pc, 16): _named(name) for pc, name in rows}
    equal, example = 0, ""
    for row in symbolized(open_binary(case / "bin"), known, back=0):
        # nm writes a middle dot as a dot.
        got = _named(row.frames[-1].function).replace("·", ".") if row.frames else str(row.reason)
        if got == known[int(row.pc, 16)]:
            equal += 1
        else:
            example = example or f"{row.pc}: {got} instead of {known[int(row.pc, 16)]}"
    return Row(case.name, "names", len(known), equal, example)


def _places(frames: tuple[Frame, ...]) -> list[tuple[str, int | None, str | None]]:
    return [(_named(frame.function), frame.line, frame.file) for frame in frames]


def _same_stack(got: Read, want: Goroutine, *, inner_only: bool) -> bool:
    wanted = [(_named(frame["func"]), frame["line"], frame["file"]) for frame in want["frames"]]
    found = _places(tuple(frame for frame in got.frames if not frame.native))
    if inner_only:
        # Up to Go 1.20 a traceback ends after 100 functions.
        return found[: len(wanted)] == wanted
    if want["elided"]:
        return len(found) >= _ELIDED_WHOLE and found[-_ENDS:] == wanted[-_ENDS:]
    return found[len(found) - len(wanted) :] == wanted


def _same_state(got: Read, want: Goroutine) -> bool:
    """The runtime's own goroutines go on while it prints: one that waited then may be woken before the core."""
    creator = want["created_by"]
    own = creator is not None and creator["function"].startswith("runtime.")
    return got.state == want["state"] or (own and got.state == "runnable")


def _same_creator(got: CreatedBy | None, want: Creator | None) -> bool:
    if got is None or want is None:
        return (got is None) == (want is None)
    return (_named(got.function), got.file, got.line, got.goroutine) == (
        _named(want["function"]),
        want["file"],
        want["line"],
        want["goroutine"],
    )


def core(case: Path, mode: Path) -> Row:
    """Id, state, creator and whole stack of every goroutine that the program printed when it died."""
    oracle = json.loads((mode / "oracle.json").read_text())
    crash = read_core(mode / "core", open_binary(case / "bin"))
    found = {goroutine.id: goroutine for goroutine in crash.goroutines}
    checked: list[tuple[Goroutine, bool]] = [(g, False) for g in oracle["goroutines"]]
    checked += [(g, True) for g in oracle.get("innermost_only", ())]
    equal, example = 0, ""
    for want, inner_only in checked:
        got = found.get(want["id"])
        if (
            got is not None
            and _same_state(got, want)
            and _same_creator(got.created_by, want["created_by"])
            and _same_stack(got, want, inner_only=inner_only)
        ):
            equal += 1
        else:
            example = example or f"goroutine {want['id']}: {got} instead of {want}"[:600]
    return Row(case.name, mode.name, len(checked), equal, example)


def rows(folder: Path, pattern: str = "*") -> Iterator[Row]:
    """Every case, and every core of it."""
    for case in sorted(folder.glob(pattern)):
        if (case / "oracle-pcs.tsv").exists():
            yield addresses(case)
        if (case / "oracle-symbols.tsv").exists():
            yield symbols(case)
        for mode in sorted((case / "cores").glob("*")):
            yield core(case, mode)
