"""What the address of a list asks for: filters, order and page, read with bounds, and addresses made of them again.

In: the parameters of an address. Out: an Asked, with a fault for each value that means nothing. Never raises.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeVar, get_args
from urllib.parse import urlencode

import msgspec

from streams.core.report.words import clip
from streams.model.crash import CrashKind
from streams.model.instant import Instant, parse_instant
from streams.model.listing import ClusterQuery, Sort, StatusChoice

T = TypeVar("T")

PER_PAGE: Final = 25
MOST_PER_PAGE: Final = 100
_MOST_PAGES: Final = 100_000
_MOST_CHARS: Final = 200
_DATE_CHARS: Final = len("2026-11-23")
_LAST_OF_DAY: Final = "T23:59:59.999999999Z"
KINDS: Final[tuple[CrashKind, ...]] = get_args(CrashKind)
SORTS: Final[Mapping[Sort, str]] = {
    "occurrences": "Most crashes",
    "last_seen": "Last seen",
    "first_seen": "Newest",
    "title": "Title",
}
STATUSES: Final[Mapping[StatusChoice, str]] = {
    "open": "All but ignored",
    "new": "New",
    "ongoing": "Ongoing",
    "regressed": "Regressed",
    "resolved": "Resolved",
    "ignored": "Ignored",
    "all": "All",
}
# In the order in which addresses have them.
_NAMES: Final = (
    "q",
    "service",
    "kind",
    "status",
    "release",
    "since",
    "until",
    "sort",
    "limit",
    "page",
)


class Fault(msgspec.Struct, frozen=True):
    """A parameter that means nothing: its name, its value cut short, what is wanted."""

    name: str
    value: str
    wanted: str

    def __str__(self) -> str:
        """For people."""
        return f"{self.name}={self.value}: want {self.wanted}"


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """`said`: the parameters that were given, as they were given. `page`: from 1 on."""

    query: ClusterQuery
    page: int = 1
    said: Mapping[str, str] = {}
    faults: tuple[Fault, ...] = ()

    @property
    def is_filtered(self) -> bool:
        """Whether something besides order and page was asked for."""
        return any(self.said.get(name) for name in _NAMES[:7])

    def address(self, path: str, **other: str | int | None) -> str:
        """The address that asks for the same, but for `other`; None leaves one out."""
        values: dict[str, object] = {**self.said, **other}
        named = [(name, str(values[name])) for name in _NAMES if values.get(name) not in (None, "")]
        return f"{path}?{urlencode(named, errors='replace')}" if named else path


class _Reading:
    """Parameters, read one after the other."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self._given = {name: given[name].strip() for name in _NAMES if given.get(name, "").strip()}
        self.faults: list[Fault] = []

    @property
    def said(self) -> dict[str, str]:
        """What was given, without what is at fault."""
        wrong = {fault.name for fault in self.faults}
        return {name: value for name, value in self._given.items() if name not in wrong}

    def _wrong(self, name: str, wanted: str) -> None:
        self.faults.append(Fault(name, clip(self._given[name], 60), wanted))

    def text(self, name: str) -> str:
        value = self._given.get(name, "")
        if len(value) > _MOST_CHARS:
            self._wrong(name, f"at most {_MOST_CHARS} characters")
            return ""
        return value

    def number(self, name: str, default: int, most: int) -> int:
        value = self._given.get(name)
        if value is None:
            return default
        # isdecimal alone would take other scripts' digits.
        if not (value.isascii() and value.isdecimal() and len(value) <= len(str(most))):
            self._wrong(name, f"a number from 1 to {most}")
            return default
        found = int(value)
        if not 1 <= found <= most:
            self._wrong(name, f"a number from 1 to {most}")
            return default
        return found

    def one_of(self, name: str, known: Mapping[str, str] | tuple[str, ...]) -> str | None:
        value = self._given.get(name)
        if value is None or value in known:
            return value
        self._wrong(name, f"one of {', '.join(known)}")
        return None

    def moment(self, name: str, *, end: bool) -> Instant | None:
        """A day means its first moment, as an end its last."""
        value = self._given.get(name)
        if value is None:
            return None
        # A `+` in an address that nobody encoded is a blank.
        text = value.replace(" ", "+") if "T" in value else value
        if len(text) == _DATE_CHARS:
            text += _LAST_OF_DAY if end else "T00:00:00Z"
        try:
            return parse_instant(text)
        except ValueError:
            self._wrong(name, "a day such as 2026-11-23, or a time such as 2026-11-23T08:00:00Z")
            return None


def read(given: Mapping[str, str], *, most: int = MOST_PER_PAGE) -> Asked:
    """What parameters ask for. `most`: so many clusters on a page at most."""
    reading = _Reading(given)
    limit = reading.number("limit", PER_PAGE, most)
    page = reading.number("page", 1, _MOST_PAGES)
    query = ClusterQuery(
        text=reading.text("q"),
        service=reading.text("service"),
        kind=_chosen(reading.one_of("kind", KINDS), KINDS),
        status=_chosen(reading.one_of("status", _plain(STATUSES)), tuple(STATUSES)) or "open",
        release=reading.text("release"),
        since=reading.moment("since", end=False),
        until=reading.moment("until", end=True),
        sort=_chosen(reading.one_of("sort", _plain(SORTS)), tuple(SORTS)) or "occurrences",
        limit=limit,
        offset=(page - 1) * limit,
    )
    return Asked(query=query, page=page, said=reading.said, faults=tuple(reading.faults))


def _plain(names: Mapping[Sort, str] | Mapping[StatusChoice, str]) -> tuple[str, ...]:
    return tuple(names)


def _chosen(value: str | None, known: tuple[T, ...]) -> T | None:
    """The member of a closed list that a text is."""
    return next((each for each in known if each == value), None)
