"""The views port: what a driver needs to keep the `view` stage outside of Kafka.

Rows, blobs and positions are written in one SQL transaction, so that a worker that dies anywhere, or wakes up
after another took its place, counts and loses nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from streams.model.message import Value
from streams.model.retention import Bounds, Swept
from streams.model.step import Change, Table

# (topic, partition) -> (position as the caller believes it is, new position)
Moves = Mapping[tuple[str, int], tuple[int | None, int]]


class Views(Protocol):
    """Rows by (table, key), blobs by content, positions by (stage, topic, partition).

    Every method raises PassingTrouble while the database is away. After PassingTrouble from `commit` nobody knows
    whether it was done: ask for the position again before going on. Several tasks may call at the same time.
    """

    async def position(self, stage: str, topic: str, partition: int) -> int | None:
        """The next offset to read, or None where nothing was read yet."""
        ...

    async def rows(
        self, wanted: Collection[tuple[Table[Value], str]]
    ) -> dict[tuple[str, str], Value | None]:
        """What the tables hold under (table name, key): an entry for everything that is wanted."""
        ...

    async def commit(self, stage: str, changes: Sequence[Change], moves: Moves) -> None:
        """Make changes and new positions durable, all or nothing; of several changes of a row the last wins.

        Raises Fenced, having written nothing, when a stored position is not what the caller believes; ValueError or
        TypeError when a change is at fault, and nothing was written either; BadInput for what an operator must mend.
        """
        ...

    async def newest(self) -> int | None:
        """When the newest crash happened that is kept, in seconds since 1970."""
        ...

    async def sweep(self, bounds: Bounds) -> Swept:
        """Remove, in one short transaction, what is before these times or too much; oldest first.

        Where another worker does it at the same time, nothing. Rows that are left say what they said before.
        """
        ...

    async def close(self) -> None:
        """Let go of the database."""
        ...
