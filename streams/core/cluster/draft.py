"""A state together with what one step changes of it: a step sees its own writes.

In: a State. Out: the same rows, and the changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from streams.model.message import Value
from streams.model.step import Change, Keep, Put, State, Table, V, put


class Draft:
    """Implements State."""

    def __init__(self, state: State) -> None:
        """Nothing is changed yet."""
        self._state = state
        self._rows: dict[tuple[str, str], Put] = {}
        self._read: dict[tuple[str, str], Value | None] = {}

    def get(self, table: Table[V], key: str) -> V | None:
        """The row as it will be."""
        place = (table.name, key)
        if place in self._rows:
            value = self._rows[place].value
        elif place in self._read:
            value = self._read[place]
        else:
            value = self._read[place] = self._state.get(table, key)
        return value if isinstance(value, table.value) else None

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
        place = (table.name, key)
        if place in self._read:
            value = self._read[place]
            return value if isinstance(value, table.value) else None
        return self._state.get(table, key)

    def put(self, table: Table[V], key: str, value: V | None) -> None:
        """Set a row, or remove it."""
        self._rows[table.name, key] = put(table, key, value)

    def take(self, changes: Iterable[Change]) -> None:
        """Changes that somebody else made."""
        for change in changes:
            if isinstance(change, Keep):
                message = "a draft has rows only"
                raise TypeError(message)
            self._rows[change.table.name, change.key] = change

    def changes(self) -> tuple[Change, ...]:
        """What changed."""
        return tuple(self._rows.values())
