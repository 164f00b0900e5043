"""Three ways to break the exact layer, each of which the checker has to see.

In: a name. Out: a Ledger that is wrong in that way. For the workers of a chaos run only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final
from uuid import uuid4

from streams.drivers.kafka import exact
from streams.drivers.kafka.exact import COPIED, POSITIONS, Copied, Ledger
from streams.drivers.kafka.records import Outgoing
from streams.model.step import put


class PositionOutside(Ledger):
    """Commits the position in a transaction of its own, before everything else."""

    async def commit(self, outputs: Iterable[Outgoing]) -> None:
        """As the real one, but for the position."""
        rows = {k: v for k, v in self.store.pending().items() if k[0] != COPIED.name}
        position = {k: v for k, v in rows.items() if k[0] == POSITIONS.name}
        if position:
            await self._transact((), position)
        exact.probe("between")
        rest = {k: v for k, v in rows.items() if k not in position}
        end = await self._transact(tuple(outputs), rest)
        if end is not None:
            self.store.apply((put(COPIED, "", Copied(offset=end)),))
        self.store.commit()


class NoFencing(Ledger):
    """Has a transactional id that no other owner has: nobody is ever fenced."""

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - whatever a Ledger takes
        super().__init__(*arguments, **options)
        self._id = f"{self._id}-{uuid4().hex}"


class StoreFirst(Ledger):
    """Writes the local store before the transaction is committed."""

    async def commit(self, outputs: Iterable[Outgoing]) -> None:
        """As the real one, in another order."""
        rows = {k: v for k, v in self.store.pending().items() if k[0] != COPIED.name}
        exact.probe("computed")
        self.store.write()
        end = await self._transact(tuple(outputs), rows)
        exact.probe("committed")
        if end is not None:
            self.store.apply((put(COPIED, "", Copied(offset=end)),))
        self.store.commit()


MUTATIONS: Final[dict[str, Callable[..., Ledger]]] = {
    "position outside the transaction": PositionOutside,
    "no fencing": NoFencing,
    "store before commit": StoreFirst,
}
