"""One type for every time: nanoseconds since the Unix epoch, UTC.

In: RFC 3339 text, or epoch seconds, milliseconds, microseconds or nanoseconds as number or text.
Out: RFC 3339 with `Z`. Never reads a clock.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Final

_NS: Final = 1_000_000_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# Magnitudes separate the four epoch units for every time between 1973 and 5138 (seconds < 1e11).
_SECONDS_BELOW: Final = 10**11
_MILLIS_BELOW: Final = 10**14
_MICROS_BELOW: Final = 10**17
_PRINTABLE_BITS: Final = 200
_MAX_NS: Final = 253_402_300_799 * _NS  # 9999-12-31T23:59:59Z, the last second of RFC 3339

# What `Instant.__str__` writes: most times that are read are of our own making.
_OWN: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d):([0-5]\d)(?:\.(\d{1,9}))?Z", re.ASCII)

_RFC3339: Final = re.compile(
    r"(\d{4})[-/](\d{2})[-/](\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:[.,](\d{1,12}))?"
    r"\s?([Zz]|[+-](?:[01]\d|2[0-3]):?[0-5]\d)?",
    re.ASCII,
)
_NUMBER: Final = re.compile(r"-?\d{1,20}(?:\.\d{1,12})?", re.ASCII)


class Instant:
    """A moment in UTC with nanosecond resolution; immutable, hashable, totally ordered."""

    __slots__ = ("ns",)

    ns: int

    def __init__(self, ns: int) -> None:
        """Raise ValueError outside 1970..9999: such a number is not a time that a log states."""
        if not 0 <= ns <= _MAX_NS:
            message = f"time {_shown(ns)} ns is outside 1970..9999"
            raise ValueError(message)
        object.__setattr__(self, "ns", ns)

    def __setattr__(self, name: str, value: object) -> None:
        """Refuse: an instant is a value."""
        message = f"Instant is immutable: cannot set {name} to {value!r}"
        raise AttributeError(message)

    def __reduce__(self) -> tuple[type[Instant], tuple[int]]:
        """Let copy and multiprocessing rebuild the value."""
        return (Instant, (self.ns,))

    def __eq__(self, other: object) -> bool:
        """Compare by moment."""
        return isinstance(other, Instant) and self.ns == other.ns

    def __lt__(self, other: Instant) -> bool:
        """Order by moment."""
        return self.ns < other.ns

    def __le__(self, other: Instant) -> bool:
        """Order by moment."""
        return self.ns <= other.ns

    def __gt__(self, other: Instant) -> bool:
        """Order by moment."""
        return self.ns > other.ns

    def __ge__(self, other: Instant) -> bool:
        """Order by moment."""
        return self.ns >= other.ns

    def __hash__(self) -> int:
        """Hash by moment."""
        return hash(self.ns)

    def __repr__(self) -> str:
        """Show the RFC 3339 form."""
        return f"Instant({self})"

    def full(self) -> str:
        """RFC 3339 with all nine digits, as container runtimes write it."""
        seconds, fraction = divmod(self.ns, _NS)
        minutes, seconds = divmod(seconds, 60)
        return f"{_minute_text(minutes)}:{seconds:02d}.{fraction:09d}Z"

    def __str__(self) -> str:
        """RFC 3339, UTC, as many fraction digits as are needed: `2026-11-23T08:00:00.25Z`."""
        seconds, fraction = divmod(self.ns, _NS)
        minutes, seconds = divmod(seconds, 60)
        digits = f".{fraction:09d}".rstrip("0") if fraction else ""
        return f"{_minute_text(minutes)}:{seconds:02d}{digits}Z"

    def minus(self, other: Instant) -> int:
        """Nanoseconds from `other` to this instant."""
        return self.ns - other.ns


LATEST: Final = Instant(_MAX_NS)


# Events of one batch are of few minutes, and every stage reads and writes their times.
@lru_cache(maxsize=4096)
def _minute_text(minutes: int) -> str:
    """Minutes since the epoch as RFC 3339 writes them, without seconds."""
    return (_EPOCH + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M")


@lru_cache(maxsize=4096)
def _minute_ns(text: str) -> int:
    """Back again, in nanoseconds. Raises ValueError for a day or an hour that there is not."""
    return round((datetime.fromisoformat(f"{text}+00:00") - _EPOCH).total_seconds()) * _NS


def _from_own(match: re.Match[str]) -> Instant:
    minute, seconds, digits = match.groups()
    return Instant(_minute_ns(minute) + int(seconds) * _NS + int((digits or "").ljust(9, "0")))


def _from_number(value: float, text: str | None = None) -> Instant:
    """Epoch number of unknown unit to Instant; `text` keeps the digits that a float would lose."""
    if not 0 <= value <= _MAX_NS:
        message = "outside 1970..9999"
        raise ValueError(message)
    before, _, fraction = (text or repr(value)).partition(".")
    # A float may round up to the next whole number (1764590400.999999999), its digits do not.
    whole = int(before) if before.isdigit() else int(value)
    if whole < _SECONDS_BELOW:
        factor = _NS
    elif whole < _MILLIS_BELOW:
        factor = 1_000_000
    elif whole < _MICROS_BELOW:
        factor = 1_000
    else:
        factor = 1
    if not fraction.isdigit():
        return Instant(round(value * factor))
    return Instant(whole * factor + int(fraction.ljust(12, "0")[:12]) * factor // 10**12)


def _from_rfc3339(match: re.Match[str], assumed: timezone | None) -> Instant:
    year, month, day, hour, minute, second = (int(match[i]) for i in range(1, 7))
    zone = match[8]
    if zone is None and assumed is None:
        message = "time states no zone"
        raise ValueError(message)
    offset = timedelta(0)
    if zone is None and assumed is not None:
        offset = assumed.utcoffset(None)
    elif zone not in ("Z", "z"):
        digits = zone[1:].replace(":", "")
        offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
        offset = -offset if zone[0] == "-" else offset
    # RFC 3339 section 5.7 allows a leap second; datetime does not, so it becomes the next second.
    leap = second == 60  # noqa: PLR2004 - the leap second of RFC 3339
    moment = datetime(year, month, day, hour, minute, second - leap, tzinfo=UTC) - offset
    seconds = round((moment - _EPOCH).total_seconds()) + leap
    return Instant(seconds * _NS + int((match[7] or "0").ljust(9, "0")[:9]))


def parse_instant(value: object, assumed_zone: timezone | None = None) -> Instant:
    """Read a time in any form that docs/reference/times.md lists.

    Raises ValueError, naming the value, when it is none of them. A text without zone is read in
    `assumed_zone`, and refused when that is None.
    """
    if isinstance(value, Instant):
        return value
    try:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return _from_number(value)
        if isinstance(value, str):
            own = _OWN.fullmatch(value)
            if own is not None:
                return _from_own(own)
            text = value.strip()
            match = _RFC3339.fullmatch(text)
            if match is not None:
                return _from_rfc3339(match, assumed_zone)
            if _NUMBER.fullmatch(text):
                return _from_number(float(text) if "." in text else int(text), text)
    except (ValueError, OverflowError) as error:
        message = f"not a time: {_shown(value)} ({error})"
        raise ValueError(message) from None
    message = f"not a time: {_shown(value)} (want RFC 3339 or an epoch number)"
    raise ValueError(message)


def _shown(value: object) -> str:
    """The start of a value for a message: never the whole, and never a number too long to print."""
    if isinstance(value, str):
        return repr(value[:60])
    if isinstance(value, int) and value.bit_length() > _PRINTABLE_BITS:
        return f"a number of {value.bit_length()} bits"
    return repr(value) if isinstance(value, (int, float, type(None))) else type(value).__name__
