"""The words that all three renderings share: counts, times, lists, sizes, and text made harmless.

In: numbers, instants, texts from crash logs. Out: short English. Never reads a clock or a locale.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from streams.model.instant import Instant

_UNPRINTABLE: Final = re.compile(r"[^ -~]")
_KILO: Final = 1000
_SIZE_UNITS: Final = ("kB", "MB", "GB", "TB")
_SIBILANTS: Final = ("s", "x", "z", "ch", "sh")


def visible(text: str) -> str:
    r"""The text on one line in which nothing acts: `\x1b`, `\n`, `\u202e` stand for what they name.

    Whatever Unicode does not call printable is escaped: controls, ANSI escapes, bidirectional
    overrides, zero-width marks, line separators, lone surrogates. Everything else is kept.
    """
    if text.isprintable():
        return text
    return _UNPRINTABLE.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    char = match[0]
    return char if char.isprintable() else char.encode("unicode_escape").decode("ascii")


def visible_lines(text: str, most: int) -> tuple[str, ...]:
    """At most `most` harmless lines of a text, tabs as blanks, then one that counts the rest."""
    lines = text.replace("\r\n", "\n").expandtabs(4).split("\n")
    shown = [visible(line) for line in lines[:most]]
    if len(lines) > most:
        shown.append(f"… {count(len(lines) - most, 'more line')}")
    return tuple(shown)


def clip(text: str, most: int) -> str:
    """A harmless text of at most `most` characters; `…` ends one that was longer."""
    # Escapes only make a text longer, so cutting first keeps a text of megabytes cheap.
    shown = visible(text[: most + 1])
    return shown if len(shown) <= most else shown[: most - 1].rstrip() + "…"


def number(value: int) -> str:
    """1234 as `1,234`."""
    return f"{value:,}"


def count(value: int, noun: str, plural: str | None = None) -> str:
    """`1 crash`, `2 crashes`, `1,234 lines`, `3 registries`; `plural` where the rule is wrong."""
    return f"{number(value)} {noun if value == 1 else plural or _plural(noun)}"


def _plural(noun: str) -> str:
    if noun.endswith(_SIBILANTS):
        return noun + "es"
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + "s"


def listing(items: Sequence[str], most: int = 3) -> str:
    """`a`, `a and b`, `a, b and c`, `a, b, c and 4 more`; harmless."""
    shown = [visible(item) for item in items[:most]]
    if len(items) > most:
        return f"{', '.join(shown)} and {number(len(items) - most)} more"
    if len(shown) > 1:
        return f"{', '.join(shown[:-1])} and {shown[-1]}"
    return "".join(shown)


def size(size_bytes: int) -> str:
    """`0 bytes`, `812 bytes`, `1.2 kB`, `34 MB`: decimal units."""
    if size_bytes < _KILO:
        return count(size_bytes, "byte")
    value = float(size_bytes)
    for unit in _SIZE_UNITS:
        value /= _KILO
        # 999.5 would be written as 1000, which is 1.0 of the next unit.
        if value < _KILO - 0.5 or unit == _SIZE_UNITS[-1]:
            break
    return f"{value:.1f} {unit}" if value < 10 - 0.05 else f"{value:,.0f} {unit}"


def percent(share: float) -> str:
    """0.83 as `83 %`; never 0 % or 100 % for what is neither."""
    whole = round(share * 100)
    if whole >= 100 and share < 1:  # noqa: PLR2004 - of a hundred
        whole = 99
    if whole <= 0 < share:
        return "< 1 %"
    return f"{whole} %"


def day(at: Instant) -> str:
    """`2026-11-23`."""
    return str(at)[:10]


def moment(at: Instant, *, seconds: bool = False) -> str:
    """`2026-11-23 08:00 UTC`, or with seconds."""
    return f"{day(at)} {_clock(at, seconds=seconds)} UTC"


def _clock(at: Instant, *, seconds: bool) -> str:
    return str(at)[11 : 19 if seconds else 16]


def when(first: Instant | None, last: Instant | None) -> str:
    """`since … until …` of a cluster, as short as it stays exact; `unknown time` without a time."""
    start, end = first or last, last or first
    if start is None or end is None:
        return "unknown time"
    if start == end:
        return f"at {moment(start, seconds=True)}"
    if day(start) != day(end):
        return f"since {moment(start)}, last {moment(end)}"
    seconds = _clock(start, seconds=False) == _clock(end, seconds=False)
    return f"since {moment(start, seconds=seconds)}, last {_clock(end, seconds=seconds)} UTC"


def span(first: Instant, last: Instant) -> str:
    """`2026-11-23 08:10 to 12:10 UTC`: from one moment to another."""
    seconds = _clock(first, seconds=False) == _clock(last, seconds=False)
    end = _clock(last, seconds=seconds)
    if day(first) == day(last):
        return f"{day(first)} {_clock(first, seconds=seconds)} to {end} UTC"
    return f"{day(first)} {_clock(first, seconds=False)} to {day(last)} {_clock(last, seconds=False)} UTC"
