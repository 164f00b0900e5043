"""The shape of a step: `step(state, event, facts) -> Done(changes, outputs) | Need(requests)`.

State changes and outputs are values, so any driver can store them with its position in one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Generic, Literal, Protocol, TypeVar

import msgspec

from streams.model.message import Message, Value
from streams.model.metrics import MetricName

V = TypeVar("V", bound=Value)
V_co = TypeVar("V_co", bound=Value, covariant=True)


class Table(msgspec.Struct, Generic[V_co], frozen=True):
    """A keyed table of one value type; `name` is `<stage>.<what>`.

    `volatile`: its rows never leave memory. They hold raw text (law 8), and are had again by reading the
    input from a place where nothing was open.
    """

    name: str
    value: type[V_co]
    volatile: bool = False


class State(Protocol):
    """What a step may see of its tables. Reads only; the driver applies the changes."""

    def get(self, table: Table[V], key: str) -> V | None:
        """The value under `key`, or None."""
        ...

    def scan(self, table: Table[V], prefix: str) -> Iterator[tuple[str, V]]:
        """All rows whose key begins with `prefix`, in key order."""
        ...


class Put(msgspec.Struct, frozen=True):
    """Set `table[key]` to a value, or remove it (None)."""

    table: Table[Value]
    key: str
    value: Value | None


class Keep(msgspec.Struct, frozen=True):
    """Store bytes by content: `sha256` (hex) names them."""

    sha256: str
    data: bytes


Change = Put | Keep


def put(table: Table[V], key: str, value: V | None) -> Put:
    """A typed `Put`: the value fits its table."""
    return Put(table, key, value)


class Emit(msgspec.Struct, frozen=True):
    """Send an event to a topic; a None event removes the key of a compacted topic.

    `line` of a dead letter is the line of the input that it came from, where there is one; never sent.
    """

    topic: str
    key: str
    event: Message | None
    line: int = 0


class Count(msgspec.Struct, frozen=True):
    """Add to a counter of the closed list. `trace`: the trace id of a crash that is counted, as its exemplar."""

    name: MetricName
    value: int = 1
    labels: tuple[str, ...] = ()
    trace: str = ""


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """Something for the person who watches a run; never stored, never part of a result.

    `format`: `count` lines were of the shape `text`; `near-miss`: line `line` looked like a crash.
    """

    kind: Literal["format", "near-miss"]
    text: str
    count: int = 1
    path: str | None = None
    line: int = 0
    why: str = ""


class Done(msgspec.Struct, frozen=True):
    """The step is finished with this event.

    `waits`: it is worked out again when a fact that was absent arrives. Not where something was sent on: that stands
    (ADR 0019).
    """

    changes: tuple[Change, ...] = ()
    outputs: tuple[Emit, ...] = ()
    counts: tuple[Count, ...] = ()
    notes: tuple[Note, ...] = ()
    waits: bool = True


# `core`: what a core says of itself; `postmortem`: what it held, read with its binary; `frames`: pcs of a binary.
# `place`: frames of a crash in the source of its revision (model/place.py). `fixed`: which builds have a fix.
FactKind = Literal[
    "binary", "core", "postmortem", "frames", "source", "place", "commits", "fixed", "links", "test"
]


class Request(msgspec.Struct, frozen=True, order=True):
    """An outside fact by content key: binary by build ID, source blob by id, commit range, link rows."""

    kind: FactKind
    key: str


class Need(msgspec.Struct, frozen=True):
    """The step cannot go on without these facts; the driver resolves them and calls it again."""

    requests: tuple[Request, ...]


class Present(msgspec.Struct, frozen=True):
    """A fact that was found."""

    data: bytes


class Absent(msgspec.Struct, frozen=True):
    """Not to be had, and why: that is a fact too. If it arrives later, the event is worked out again."""

    reason: str


Fact = Present | Absent
Facts = Mapping[Request, Fact]
Step = Callable[[State, Message, Facts], Done | Need]
