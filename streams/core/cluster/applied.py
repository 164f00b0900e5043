"""Which crash ids were counted: sorted ids in shards, by block and minute of event time (law 3).

In: a State that shows the shards, crash ids. Out: whether an id is new, and the changed shards. A shard holds at
most SHARD_IDS ids and is never written again once it is full, so a storm rewrites only the last one.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from typing import Final

from streams.model.instant import Instant
from streams.model.message import Value
from streams.model.step import Change, State, Table, put

Ids = bytes | bytearray

SEPARATOR: Final = "\x1f"
SHARD_IDS: Final = 4096
ID_BYTES: Final = 16
_BUCKET_NS: Final = 60 * 10**9
_HEX: Final = 32


class Shard(Value, frozen=True, kw_only=True):
    """Sorted ids of ID_BYTES bytes each, one after the other."""

    ids: bytes


APPLIED: Final = Table("cluster.applied", Shard)


def own_id(crash: str) -> bytes | None:
    """The bytes of an id as we make them (hex digits); None for one that a producer made."""
    if len(crash) != _HEX:
        return None
    try:
        data = bytes.fromhex(crash)
    except ValueError:
        return None
    # fromhex also takes blanks and capitals, which would make two ids one.
    return data if data.hex() == crash else None


def short_id(crash: str) -> bytes:
    """ID_BYTES bytes of a crash id: our own ids as they are, a producer's id hashed."""
    own = own_id(crash)
    if own is not None:
        return own
    return blake2b(
        crash.encode("utf-8", "surrogatepass"), digest_size=ID_BYTES, person=b"applied"
    ).digest()


def bucket_of(at: Instant | None) -> str:
    """The minute of event time, as hex; `-` where the time is unknown."""
    return "-" if at is None else format(at.ns // _BUCKET_NS, "x")


def position_of(ids: Ids, wanted: Ids) -> tuple[int, bool]:
    """Where `wanted` is, or belongs, in sorted `ids` (in bytes), and whether it is there."""
    # Written out: `bisect` calls its key for each step, and this is asked of every crash.
    low, high = 0, len(ids) // ID_BYTES
    while low < high:
        middle = (low + high) // 2
        start = middle * ID_BYTES
        if ids[start : start + ID_BYTES] < wanted:
            low = middle + 1
        else:
            high = middle
    at = low * ID_BYTES
    return at, ids[at : at + ID_BYTES] == wanted


class Ledger:
    """The shards that one step looks at, with what it added."""

    def __init__(
        self, state: State, shard_ids: int = SHARD_IDS, table: Table[Shard] = APPLIED
    ) -> None:
        """Nothing is read yet."""
        self._state = state
        self._table = table
        self._full = shard_ids * ID_BYTES
        self._shards: dict[str, bytes] = {}
        # Of a storm many ids are put into one shard: in place, or each would cost a copy of all. One alone costs one.
        self._changed: dict[str, Ids] = {}

    def _shard(self, key: str) -> bytes:
        if key not in self._shards:
            row = self._state.get(self._table, key)
            self._shards[key] = row.ids if row else b""
        return self._shards[key]

    def add(self, block: str, crash: str, at: Instant | None) -> bool:
        """Remember an id; False where it was counted before."""
        wanted = short_id(crash)
        prefix = f"{block}{SEPARATOR}{bucket_of(at)}{SEPARATOR}"
        number = 0
        while True:
            key = f"{prefix}{number:x}"
            ids = self._changed.get(key)
            if ids is None:
                ids = self._shard(key)
            place, known = position_of(ids, wanted)
            if known:
                return False
            if len(ids) < self._full:
                self._put(key, ids, place, wanted)
                return True
            number += 1

    def _put(self, key: str, ids: Ids, place: int, wanted: bytes) -> None:
        if key not in self._changed:
            view = memoryview(ids)
            self._changed[key] = b"".join((view[:place], wanted, view[place:]))
            return
        if not isinstance(ids, bytearray):
            ids = self._changed[key] = bytearray(ids)
        ids[place:place] = wanted

    def changes(self) -> Iterator[Change]:
        """The shards that grew."""
        for key, ids in self._changed.items():
            yield put(self._table, key, Shard(ids=bytes(ids)))
