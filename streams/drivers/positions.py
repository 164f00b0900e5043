"""Up to where something was worked off, in a file that is whole after a power cut: the old one or the new one.

In: a path, a value. Out: the same value. Raises BadInput for a file that cannot be read.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TypeVar

from streams.model.errors import BadInput
from streams.model.message import DecodeError, Value, decode, encode

V = TypeVar("V", bound=Value)


def load(path: Path, kind: type[V], otherwise: str) -> V | None:
    """What was saved, or None. `otherwise`: what happens where the file is removed. Raises BadInput."""
    try:
        return decode(path.read_bytes(), kind)
    except FileNotFoundError:
        return None
    except (OSError, DecodeError) as error:
        message = f"{path}: cannot be read: {error}: remove it, and {otherwise}"
        raise BadInput(message) from error


def save(path: Path, value: Value) -> None:
    """Returns when it is on disk: what is behind it may be removed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".new")
    with beside.open("wb") as stream:
        stream.write(encode(value))
        stream.flush()
        os.fsync(stream.fileno())
    beside.replace(path)
