"""A state together with what one step changes of it: a step sees its own writes.

In: a State. Out: the same rows, and the changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from streams.model.step import Change, Keep, Put, State, Table, V, put


class Draft:
    """Implements State."""

    def __init__(self, state: State) -> None:
        """Nothing is changed yet."""
        self._state = state
        self._rows: dict[tuple[str, str], Put] = {}
        # Rows as they will be, read or written.
        self._now: dict[tuple[str, str], Any] = {}

    def get(self, table: Table[V], key: str) -> V | None:
        """The row as it will be."""
        place = (table.name, key)
        value: V | None
        if place in self._now:
            value = self._now[place]
        else:
            value = self._now[place] = self._state.get(table, key)
        return value

    def scan(self, table: Table[V], prefix: str) -> Iterator[tuple[str, V]]:
        """All rows as they will be whose key begins with `prefix`, in key order."""
        rows = dict(self._state.scan(table, prefix))
        for (name, key), change in self._rows.items():
            if name != table.name or not key.startswith(prefix):
                continue
            if isinstance(change.value, table.value):
                rows[key] = change.value
            else:
                rows.pop(key, None)
        return iter(sorted(rows.items(), key=lambda row: row[0]))

    def before(self, table: Table[V], key: str) -> V | None:
        """The row as it was when the step began."""
        return self._state.get(table, key)

    def put(self, table: Table[V], key: str, value: V | None) -> None:
        """Set a row, or remove it."""
        place = (table.name, key)
        self._rows[place] = put(table, key, value)
        self._now[place] = value

    def take(self, changes: Iterable[Change]) -> None:
        """Changes that somebody else made."""
        for change in changes:
            if isinstance(change, Keep):
                message = "a draft has rows only"
                raise TypeError(message)
            place = (change.table.name, change.key)
            self._rows[place] = change
            self._now[place] = change.value

    def changes(self) -> tuple[Change, ...]:
        """What changed."""
        return tuple(self._rows.values())
