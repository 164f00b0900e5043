"""What is fed: crashes of many bugs made of real texts, with duplicates, late ones and poison.

In: a seed and a number of crashes. Out: values for panics.raw, the same for the same seed. Sends nothing.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Final, Literal

import msgspec
import orjson

from tests.chaos.identity import Identity, identify

_GOLDEN: Final = Path(__file__).resolve().parents[1] / "golden"
# Lines of shippers are the collectors' business: what is fed are texts of one crash.
_SHIPPED: Final = ("kubectl", "journald", "compose")
_LONGEST: Final = 2500
_COPIES: Final = 12
_MAIN: Final = re.compile(r"(?<![\w./])main\.(?!go\b)")
_SHOPS: Final = (
    *("cart", "stock", "price", "login", "mail", "search"),
    *("orders", "refund", "ledger", "image", "queue", "audit"),
)

_POISON: Final = 0.01
_DUPLICATE: Final = 0.05
_LATE: Final = 0.05
_SKEW: Final = 0.8
_RECENT: Final = 400
_OLD_EVERY: Final = 50
_REPEAT_OLD: Final = 0.2
_PER_SECOND: Final = 50
_BEGIN: Final = datetime(2026, 11, 23, 8, tzinfo=UTC)
MARK: Final = b"poison-"

Sort = Literal["crash", "late", "duplicate", "poison"]


class Event(msgspec.Struct, frozen=True):
    """A value for panics.raw, and what it is; `id` is empty for poison."""

    value: bytes
    sort: Sort
    id: str = ""


def dice(seed: object) -> Random:
    """Numbers that are the same for the same seed."""
    return Random(str(seed))  # noqa: S311 - chaos must be repeatable, not secret


def _texts() -> Iterator[str]:
    for path in sorted(_GOLDEN.glob("*/input*.txt")):
        if not any(word in path.name for word in _SHIPPED):
            text = path.read_text("utf-8", "replace")
            if len(text) < _LONGEST and _MAIN.search(text):
                yield text


@cache
def bugs() -> tuple[tuple[str, ...], ...]:
    """Texts by bug: each bug is a cluster of its own, its texts come from several Go releases."""
    found: dict[Identity, list[str]] = {}
    texts = tuple(_texts())
    for shop in _SHOPS[:_COPIES]:
        package = f"example.com/acme/{shop}."
        for text in texts:
            renamed = _MAIN.sub(package, text)
            identity = identify(renamed)
            if identity is not None and identity.block.startswith(package):
                found.setdefault(identity, []).append(renamed)
    return tuple(tuple(dict.fromkeys(texts)) for texts in found.values())


def _poison(number: int, at: str) -> bytes:
    mark = f"{MARK.decode()}{number}"
    shapes = (
        f"{{{mark}".encode(),
        b"\xff\xfe\x00" + mark.encode(),
        orjson.dumps({"text": 7, "note": mark}),
        orjson.dumps([mark]),
        orjson.dumps({"text": f"{mark}: listening on :8080", "at": at, "event_id": mark}),
    )
    return shapes[number % len(shapes)]


class Source:
    """An endless stream of events, in the order in which they are fed."""

    def __init__(self, seed: int) -> None:
        self._dice = dice(seed)
        self._bugs = bugs()
        self._weights = tuple(accumulate(1 / (n + 1) ** _SKEW for n in range(len(self._bugs))))
        self._order = self._dice.sample(range(len(self._bugs)), len(self._bugs))
        self._recent: deque[Event] = deque(maxlen=_RECENT)
        self._old: list[Event] = []
        self._crashes = 0
        self._poison = 0

    def next(self) -> Event:
        """The next one."""
        chance = self._dice.random()
        if chance < _POISON:
            self._poison += 1
            return Event(_poison(self._poison, self._time(late=False)), "poison")
        if chance < _POISON + _DUPLICATE and self._old:
            old = self._dice.random() < _REPEAT_OLD
            repeated = self._dice.choice(self._old if old else self._recent)
            return msgspec.structs.replace(repeated, sort="duplicate")
        return self._crash(late=self._dice.random() < _LATE)

    def _time(self, *, late: bool) -> str:
        at = _BEGIN + timedelta(seconds=self._crashes // _PER_SECOND)
        if late:
            at -= timedelta(seconds=self._dice.randrange(60, 4 * 86400))
        return at.strftime("%Y-%m-%dT%H:%M:%SZ")

    def _crash(self, *, late: bool) -> Event:
        self._crashes += 1
        number = self._order[
            self._dice.choices(range(len(self._bugs)), cum_weights=self._weights)[0]
        ]
        name = f"e{self._crashes}"
        value = orjson.dumps(
            {
                "text": self._dice.choice(self._bugs[number]),
                "at": self._time(late=late),
                "event_id": name,
                "service": f"service-{self._dice.randrange(9)}",
                "host": f"host-{self._dice.randrange(40)}",
                "build": {"version": f"v1.{self._dice.randrange(6)}.0"},
            }
        )
        event = Event(value, "late" if late else "crash", name)
        self._recent.append(event)
        if self._crashes % _OLD_EVERY == 1:
            self._old.append(event)
        return event


def events(seed: int, crashes: int) -> Iterator[Event]:
    """Events until so many distinct crashes are among them."""
    source, made = Source(seed), 0
    while made < crashes:
        event = source.next()
        made += event.sort in ("crash", "late")
        yield event
