"""How much is kept where: folders on this machine, the tables of the view.

In: a folder, the URL of a database. Out: sizes by name. Reads only; a folder with very many files is looked at in part.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from streams.drivers.database import open_reader
from streams.drivers.kafka.names import DEFAULT
from streams.model.retention import TableSize

_MOST_FILES: Final = 100_000
# SQLite's journal and its index are part of the file that they stand beside.
_JOURNAL: Final = ("-wal", "-shm")


def of_folder(folder: Path) -> dict[str, int]:
    """Bytes by the name of what is in the folder; folders in it are counted whole. Empty where there is none."""
    found: dict[str, int] = {}
    for path in islice(_files(folder), _MOST_FILES):
        name = path.relative_to(folder).parts[0]
        for end in _JOURNAL:
            name = name.removesuffix(end)
        try:
            found[name] = found.get(name, 0) + path.lstat().st_size
        except OSError:
            continue  # gone since, or not ours to look at
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def _files(folder: Path) -> Iterator[Path]:
    """Files below the folder; links are not followed."""
    for path in folder.rglob("*"):
        if path.is_symlink() or not path.is_dir():
            yield path


def of_database(url: str, name: str = DEFAULT) -> tuple[TableSize, ...]:
    """The tables of the view, the largest first. Raises BadInput, NothingKept or ServiceMissing as open_reader."""
    reader = open_reader(url, name)
    try:
        return reader.sizes()
    finally:
        reader.close()
