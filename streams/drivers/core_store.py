"""The store of cores: by its URI, what is in it, whether a core in it is whole, and what of it is kept how long.

In: a URI of the settings. Out: a store of blobs. A core is confirmed when its reference stands beside it: that is put
when whoever takes references has it. Only what is confirmed is ever removed, oldest first.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from streams.adapters.file_blobs import FileBlobs
from streams.drivers.core_places import BINARIES, REFERENCE, folder_of
from streams.drivers.core_reading import PackingError, measured
from streams.drivers.core_writer import SUFFIX
from streams.model.errors import BadInput
from streams.model.events import CoreRef
from streams.ports.blobs import Blob, Blobs

log = logging.getLogger(__name__)

_DAY_SECONDS: Final = 86_400


class Keep(msgspec.Struct, frozen=True):
    """For how long, and how much: cores and programs together."""

    days: int
    size_bytes: int


def store_of(uri: str) -> Blobs:
    """The store that a URI names. Raises BadInput for one that names none, or whose client is not installed."""
    if uri.startswith("s3://"):
        try:
            from streams.adapters.s3_blobs import S3Blobs  # noqa: PLC0415 - an optional package
        except ModuleNotFoundError as absent:
            step = "pip install 'panictrail[cores]'"
            raise BadInput(f"{uri}: {absent.name} is not installed: {step}") from None
        return S3Blobs(uri)
    folder = folder_of(uri)
    if folder is None or not folder.is_absolute():
        raise BadInput(f"core_store = {uri[:200]!r}: want file:///FOLDER or s3://BUCKET/PREFIX")
    return FileBlobs(folder)


def fault_of(store: Blobs, name: str, ref: CoreRef) -> str | None:
    """What is wrong with a core in the store: it is read back to its end; None where it is as its reference says.

    Raises PassingTrouble.
    """
    try:
        found = measured(store.read(name))
    except KeyError:
        return "it is not there"
    except PackingError as error:
        return str(error)
    if not found.ended and not ref.truncated:
        return "it is cut off"
    if ref.size and found.size != ref.size:
        return f"it has {found.size} bytes, not {ref.size}"
    if ref.sha256 and found.sha256 != ref.sha256:
        return "its bytes are others"
    return None


def beside(name: str) -> str:
    """Where the reference to a core stands in the store."""
    return name.removesuffix(SUFFIX) + REFERENCE


def surplus(blobs: Iterator[Blob], keep: Keep, now_seconds: float) -> Iterator[Blob]:
    """What is to be removed: confirmed cores that are too old, then the oldest until the rest fits; old programs."""
    there = {blob.name: blob for blob in blobs}
    size = sum(blob.size for blob in there.values())
    oldest = now_seconds - keep.days * _DAY_SECONDS
    cores = sorted(
        (b for b in there.values() if b.name.endswith(SUFFIX) and beside(b.name) in there),
        key=lambda blob: (blob.at_seconds, blob.name),
    )
    for core in cores:
        if core.at_seconds >= oldest and size <= keep.size_bytes:
            break
        size -= core.size
        yield core
    # Their cores are gone already: we were ended between the two.
    yield from (
        blob
        for blob in there.values()
        if blob.name.endswith(REFERENCE) and blob.name.removesuffix(REFERENCE) + SUFFIX not in there
    )
    # A program is renewed when it crashes: one that is old is of no core that is kept.
    yield from (
        blob
        for blob in there.values()
        if blob.name.startswith(f"{BINARIES}/") and blob.at_seconds < oldest
    )


def clean(store: Blobs, keep: Keep, now_seconds: float) -> tuple[Blob, ...]:
    """Remove the surplus; what was removed. Raises PassingTrouble."""
    removed = []
    for blob in surplus(store.listed(), keep, now_seconds):
        store.remove(blob.name)
        if blob.name.endswith(SUFFIX):
            # Last: a core without it would be kept for ever.
            store.remove(beside(blob.name))
        removed.append(blob)
        log.info("%s: removed, by core_keep_days or core_keep_bytes", store.uri(blob.name))
    return tuple(removed)


def put_bytes(store: Blobs, name: str, data: bytes, folder: Path) -> None:
    """Put some bytes, through a file in a folder of ours."""
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".") as file:
        file.write(data)
        file.flush()
        store.put(name, Path(file.name))
