"""Statements that do the same in other words: loops by elements or by positions, expressions that got a name.

In: Parts. Out: their words in a form that both ways of saying it share.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from streams.core.suspects.compare import Part

_RANGE: Final = re.compile(r"^for (?:(\w+) , )?(\w+) := range (.+)$")
_DOWN: Final = re.compile(r"^for (\w+) := len \( (.+?) \) - 1 ; \1 >= 0 ; \1 --$")
_UP: Final = re.compile(r"^for (\w+) := 0 ; \1 < len \( (.+?) \) ; \1 \+\+$")


def by_position(parts: Sequence[Part]) -> list[str]:
    """Statements of a loop with its elements as `LIST [ I ]`, without its head."""
    found: list[str] = []
    names: dict[str, str] = {}
    for part in parts:
        text = " ".join(part.words)
        alias = re.match(r"^([A-Za-z_]\w*) := ([A-Za-z_]\w*)$", text)
        if alias is not None:
            names[alias[1]] = names.get(alias[2], alias[2])
            continue
        times = re.match(r"^for range (\w+)$|^for ; (\w+) > 0 ; \2 --$", text)
        if times is not None:
            found.append(f"loop {times[1] or times[2]}")
            continue
        head = _RANGE.match(text)
        counted = _DOWN.match(text) or _UP.match(text)
        if head is not None and head[1]:
            names[head[2]] = f"{head[3]} [ I ]"
            names[head[1]] = "I"
            found.append(f"loop {head[3]}")
        elif head is not None:
            names[head[2]] = "I"
            found.append(f"loop {head[3]}")
        elif counted is not None:
            names[counted[1]] = "I"
            found.append(f"loop {counted[2]}")
        else:
            found.append(" ".join(names.get(word, word) for word in part.words))
    return found


def substituted(parts: Sequence[Part]) -> list[tuple[str, ...]]:
    """Words of statements, with locals that are made once and used once put in where they are used."""
    rows = [list(part.words) for part in parts]
    for number, row in enumerate(rows):
        if row[0] in ("const", "var") and row[2:3] == ["="]:
            row[:] = [row[1], ":=", *row[3:]]
        name, sign, value = row[0], row[1:2], row[2:]
        if sign != [":="] or not value:
            continue
        uses = [
            (n, at)
            for n, r in enumerate(rows)
            if n != number
            for at, w in enumerate(r)
            if w == name
        ]
        if len(uses) == 1:
            other, at = uses[0]
            rows[other][at : at + 1] = value
            row.clear()
    return [tuple(row) for row in rows if row]
