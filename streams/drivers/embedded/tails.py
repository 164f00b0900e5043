"""What COLLECT found at the end of each file, which is provisional: the file may grow.

In: the events that the end of an input gave, scrubbed. Out: rows, so that a later run that does not read this
file (or finds it rotated) still has them. They never hold raw text.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from streams.drivers.embedded.engine import Engine
from streams.drivers.interpret import SEPARATOR
from streams.model.message import Message, Value, decode, encode
from streams.model.step import Emit, Table, put
from streams.model.topics import BY_NAME
from streams.ports.store import Store


class TailEvent(Value, frozen=True, kw_only=True):
    """One event that COLLECT sent at the end of an input."""

    topic: str
    key: str
    event: str

    def message(self) -> Message:
        """The event."""
        return decode(self.event, BY_NAME[self.topic].message)


TAILS: Final = Table("driver.tails", TailEvent)


class Tails:
    """The provisional events of all inputs that this store knows."""

    def __init__(self, store: Store) -> None:
        """Nothing is read yet."""
        self._store = store

    def names(self) -> set[str]:
        """Inputs that have some."""
        return {key.rpartition(SEPARATOR)[0] for key, _ in self._store.scan(TAILS)}

    def of(self, name: str) -> tuple[TailEvent, ...]:
        """The events of one input, in order."""
        return tuple(event for _, event in self._store.scan(TAILS, name + SEPARATOR))

    def drop(self, name: str) -> None:
        """Forget those of one input: it is read again."""
        self._store.forget(TAILS, name)

    @contextmanager
    def recording(self, engine: Engine, name: str) -> Iterator[None]:
        """Keep what COLLECT sends inside the block as the tail of `name`."""
        number = 0

        def keep(sent: Emit) -> None:
            nonlocal number
            if sent.event is not None:
                row = TailEvent(topic=sent.topic, key=sent.key, event=encode(sent.event).decode())
                self._store.apply((put(TAILS, f"{name}{SEPARATOR}{number:06d}", row),))
                number += 1

        engine.on_output["collect"] = keep
        try:
            yield
        finally:
            del engine.on_output["collect"]
