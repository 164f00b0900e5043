"""Everything that a state folder holds, as bytes that a secret can be looked for in: rows are compressed on disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from streams.adapters.packing import unpacked
from streams.adapters.sqlite_store import FILE_NAME

_ROWS: Final = "SELECT tbl, key, value FROM rows UNION ALL SELECT tbl, key, value FROM undo"


def kept(folder: Path) -> bytes:
    """The files as they are, and every row as it was before it was compressed."""
    return b"\n".join((*_files(folder), *_rows(folder / FILE_NAME)))


def _files(folder: Path) -> Iterator[bytes]:
    return (path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file())


def _rows(path: Path) -> Iterator[bytes]:
    with closing(sqlite3.connect(path)) as db:
        for name, key, value in db.execute(_ROWS):
            yield f"{name} {key} ".encode() + (b"" if value is None else unpacked(bytes(value)))
        yield from (bytes(data) for (data,) in db.execute("SELECT data FROM blobs"))
