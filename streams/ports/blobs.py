"""The blobs port: named files in a store, whole or not there.

Names are relative, with `/` between their parts. Every method raises PassingTrouble while the store cannot answer; the
text names the store and the next step. What was put is durable when `put` returns.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import msgspec


class Blob(msgspec.Struct, frozen=True):
    """A blob as it is listed; `at_seconds`: when it was put, since 1970."""

    name: str
    size: int
    at_seconds: float


class Blobs(Protocol):
    """A folder, or a bucket and a prefix in it."""

    def uri(self, name: str) -> str:
        """By what others may refer to a blob."""
        ...

    def name_of(self, uri: str) -> str | None:
        """The name of the blob that a URI of this store refers to; None where it is of another place."""
        ...

    def put(self, name: str, source: Path) -> None:
        """Keep the bytes of a file under a name, in place of what was there. Raises OSError where it cannot be read."""
        ...

    def look(self, name: str) -> Blob | None:
        """What is there under a name."""
        ...

    def read(self, name: str) -> Iterator[bytes]:
        """Its bytes in chunks. Raises KeyError before the first one where there is no such blob."""
        ...

    def listed(self) -> Iterator[Blob]:
        """All blobs, in no order."""
        ...

    def remove(self, name: str) -> None:
        """Nothing is there under the name afterwards."""
        ...
