"""Local stores of workers beside their changelogs, read as SQLite files.

In: folders, changelog rows. Out: what is wrong with them. Writes nothing but copies.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec
import orjson

from streams.adapters.packing import unpacked
from tests.chaos.reading import Place, Row, table

_FILE: Final = "panictrail.sqlite"
_UNDONE: Final = "driver.undone"
_COPIED: Final[Place] = ("local.changelog", "")


class Store(msgspec.Struct, frozen=True):
    """A store as it lies there. `copied`: up to where it says it has copied its changelog."""

    group: str
    partition: int
    copied: int
    rows: dict[Place, bytes]


def copy(data: Path, to: Path) -> None:
    """The stores below a data folder, set aside; the process that had them is dead."""
    for file in data.glob(f"*/*/{_FILE}*"):
        place = to / file.relative_to(data)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, place)


def stores(folder: Path) -> Iterator[Store]:
    """The stores below a folder that `copy` made."""
    for file in sorted(folder.glob(f"*/*/{_FILE}")):
        with closing(sqlite3.connect(file)) as db:
            try:
                found = db.execute("SELECT tbl, key, value FROM rows").fetchall()
            except sqlite3.OperationalError:
                continue  # killed before the first table was made
        rows = {(name, key): unpacked(bytes(value)) for name, key, value in found}
        mark = rows.pop(_COPIED, None)
        copied = orjson.loads(mark)["offset"] if mark else 0
        yield Store(file.parents[1].name, int(file.parent.name), copied, rows)


def dropped(store: Store, changelog: Sequence[Row]) -> bool:
    """Whether its next owner drops it: the changelog says that something was undone which the store may have copied."""
    return any(
        row.offset >= store.copied and orjson.loads(row.value)["start"] < store.copied
        for row in changelog
        if row.place[0] == _UNDONE and row.value is not None
    )


def catches_up(store: Store, changelog: Sequence[Row]) -> bool:
    """Whether the store, with what the changelog has from `copied` on, is what the whole changelog is."""
    rest = [row for row in changelog if row.offset >= store.copied]
    return table(rest, store.rows) == table(changelog)


def ahead(store: Store, changelog: Sequence[Row]) -> list[Place]:
    """Rows that the changelog does not have up to `copied`: the store knows what was not committed.

    A row that compaction has taken since, for one that came later, cannot be judged and is let be.
    """
    before = table([row for row in changelog if row.offset < store.copied])
    later = {row.place for row in changelog if row.offset >= store.copied}
    wrong = [
        place
        for place, value in store.rows.items()
        if before.get(place) != value and (place in before or place not in later)
    ]
    lacking = [place for place in before if place not in store.rows]
    return wrong + lacking
