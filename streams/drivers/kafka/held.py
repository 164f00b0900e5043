"""Reports are sent at most once per cluster and second: the last state of a second wins.

In: the outputs of a batch. Out: what goes out now; the rest is held in a table of the same transaction, so that a
crash loses none of it. Reads the clock of the process, never data.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from streams.drivers.kafka.compute import Table as Rows
from streams.model.message import Message, Value, decode, encode
from streams.model.step import Emit, Table, put
from streams.model.topics import BY_NAME

# Topic -> seconds between two records of one key.
PACED: Final = {"reports.root_cause": 1.0}
SEPARATOR: Final = "\x1f"


class Held(Value, frozen=True, kw_only=True):
    """An event that waits for its second to pass; None removes its key."""

    topic: str
    key: str
    event: str | None

    def emit(self) -> Emit:
        """The event as it was emitted."""
        message: Message | None = None
        if self.event is not None:
            message = decode(self.event, BY_NAME[self.topic].message)
        return Emit(self.topic, self.key, message)


HELD: Final = Table("driver.held", Held)


class Pacer:
    """What was sent when, and what waits, of one partition."""

    def __init__(self, table: Rows) -> None:
        """What an earlier owner held back is due at once."""
        self._table = table
        self._sent: dict[str, float] = {}
        self._held: dict[str, float] = dict.fromkeys((k for k, _ in table.scan(HELD, "")), 0.0)

    def pace(self, outputs: Iterable[Emit], now: float) -> Iterator[Emit]:
        """The outputs that go out now. The others become rows, pending like every change."""
        for sent in outputs:
            every = PACED.get(sent.topic)
            if every is None:
                yield sent
                continue
            place = f"{sent.topic}{SEPARATOR}{sent.key}"
            last = self._sent.get(place)
            if last is not None and now - last < every:
                self._hold(place, sent, last + every)
                continue
            self._release(place, now)
            yield sent

    def _hold(self, place: str, sent: Emit, due: float) -> None:
        event = None if sent.event is None else encode(sent.event).decode()
        row = Held(topic=sent.topic, key=sent.key, event=event)
        self._table.apply((put(HELD, place, row),))
        self._held[place] = due

    def _release(self, place: str, now: float) -> None:
        self._sent[place] = now
        if self._held.pop(place, None) is not None:
            self._table.apply((put(HELD, place, None),))

    def due(self, now: float) -> tuple[Emit, ...]:
        """What has waited long enough; its rows go. `now` of infinity: everything."""
        found = []
        for place in [place for place, when in self._held.items() if when <= now]:
            row = self._table.get(HELD, place)
            self._release(place, now)
            if row is not None:
                found.append(row.emit())
        self._forget(now)
        return tuple(found)

    def _forget(self, now: float) -> None:
        """Keys that were sent long ago need not be remembered."""
        longest = max(PACED.values())
        if len(self._sent) > 10_000:  # noqa: PLR2004 - a bound on memory, not a tuned figure
            self._sent = {p: t for p, t in self._sent.items() if now - t < longest}
