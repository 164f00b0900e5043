"""The state folder of the embedded driver: opened, or refused with the next step."""

from __future__ import annotations

from pathlib import Path

from streams.adapters.sqlite_store import FILE_NAME, SqliteStore
from streams.model.errors import BadInput

State = SqliteStore


def open_state(folder: str | None) -> SqliteStore:
    """The store in `folder`, made if needed; None: a private one. Raises BadInput."""
    return SqliteStore(Path(folder) if folder else None)


def has_state(folder: str) -> bool:
    """Whether an earlier run left its state there."""
    return (Path(folder) / FILE_NAME).exists()


def existing_state(folder: str | None) -> SqliteStore:
    """The store that an earlier run left in `folder`. Raises BadInput where there is none."""
    if folder is None:
        message = "name the state folder with --state DIR (the one that analyze was given)"
        raise BadInput(message)
    if not has_state(folder):
        message = f"{folder}: no panictrail state here: make it with panictrail analyze … --state {folder}"
        raise BadInput(message)
    return open_state(folder)
