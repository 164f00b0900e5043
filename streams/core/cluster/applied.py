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

SEPARATOR: Final = "\x1f"
SHARD_IDS: Final = 4096
ID_BYTES: Final = 16
_BUCKET_NS: Final = 60 * 10**9
_HEX: Final = 32


class Shard(Value, frozen=True, kw_only=True):
    """Sorted ids of ID_BYTES bytes each, one after the other."""

    ids: bytes


APPLIED: Final = Table("cluster.applied", Shard)


def short_id(crash: str) -> bytes:
    """ID_BYTES bytes of a crash id: our own ids as they are (hex digits), a producer's id hashed."""
    if len(crash) == _HEX:
        try:
            data = bytes.fromhex(crash)
        except ValueError:
            data = b""
        # fromhex also takes blanks and capitals, which would make two ids one.
        if data.hex() == crash:
            return data
    return blake2b(
        crash.encode("utf-8", "surrogatepass"), digest_size=ID_BYTES, person=b"applied"
    ).digest()


def bucket_of(at: Instant | None) -> str:
    """The minute of event time, as hex; `-` where the time is unknown."""
    return "-" if at is None else format(at.ns // _BUCKET_NS, "x")


def position_of(ids: bytes, wanted: bytes) -> tuple[int, bool]:
    """Where `wanted` is, or belongs, in sorted `ids` (in bytes), and whether it is there."""
    low, high = 0, len(ids) // ID_BYTES
    while low < high:
        middle = (low + high) // 2
        found = ids[middle * ID_BYTES : (middle + 1) * ID_BYTES]
        if found == wanted:
            return middle * ID_BYTES, True
        if found < wanted:
            low = middle + 1
        else:
            high = middle
    return low * ID_BYTES, False


class Ledger:
    """The shards that one step looks at, with what it added."""

    def __init__(self, state: State, shard_ids: int = SHARD_IDS) -> None:
        """Nothing is read yet."""
        self._state = state
        self._full = shard_ids * ID_BYTES
        self._shards: dict[str, bytes] = {}
        self._changed: dict[str, None] = {}

    def _shard(self, key: str) -> bytes:
        if key not in self._shards:
            row = self._state.get(APPLIED, key)
            self._shards[key] = row.ids if row else b""
        return self._shards[key]

    def add(self, block: str, crash: str, at: Instant | None) -> bool:
        """Remember an id; False where it was counted before."""
        wanted = short_id(crash)
        prefix = SEPARATOR.join((block, bucket_of(at), ""))
        number = 0
        while True:
            key = f"{prefix}{number:x}"
            ids = self._shard(key)
            place, known = position_of(ids, wanted)
            if known:
                return False
            if len(ids) < self._full:
                self._shards[key] = ids[:place] + wanted + ids[place:]
                self._changed[key] = None
                return True
            number += 1

    def changes(self) -> Iterator[Change]:
        """The shards that grew."""
        for key in self._changed:
            yield put(APPLIED, key, Shard(ids=self._shards[key]))
