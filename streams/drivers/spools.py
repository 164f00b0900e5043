"""Folders of segments (docs/spool.md): which are there, what is in one, whether its writer is gone.

In: paths. Out: paths, records, the bytes that are none. Reads only, and never through a memory map: a segment may be
cut while it is read. Raises OSError, and BadInput for a folder that cannot be read.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from streams.core.spool import SEGMENT, Damage, Kept, scan
from streams.model.errors import BadInput
from streams.model.message import Value

CORRUPT: Final = ".corrupt"
# What the supervisor could not keep because the disk was full: text, behind it NULs.
LOST: Final = "lost.txt"
# Segments have 8 MiB and one record more.
_MOST_BYTES: Final = 256 * 1024 * 1024
_LOST_BYTES: Final = 1024 * 1024


class SpoolPosition(Value, frozen=True, kw_only=True):
    """How far a segment was read, and how many bytes of that were no records."""

    offset: int = 0
    corrupt: int = 0


def is_segment(path: Path) -> bool:
    """Whether this is the name of a segment, kept aside or not."""
    return SEGMENT.fullmatch(path.name.removesuffix(CORRUPT)) is not None


def is_kept_aside(path: Path) -> bool:
    """Whether somebody has read this segment and found it damaged."""
    return path.name.endswith(CORRUPT)


def segments(folder: Path) -> tuple[Path, ...]:
    """The segments in a folder and the folders in it, oldest first. Raises BadInput where it cannot be read."""
    try:
        os.scandir(folder).close()
    except OSError as error:
        step = "name the folder that panicwatch was given with --spool (PANICWATCH_SPOOL)"
        message = f"{folder}: {error.strerror or error}: {step}"
        raise BadInput(message) from error
    found = []
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [path for path in (Path(root, name) for name in files) if is_segment(path)]
    return tuple(sorted(found, key=lambda path: (path.name, str(path))))


def records(path: Path, begin: int = 0) -> Iterator[Kept | Damage]:
    """Everything in a segment from an offset on, but what its writer has not written to its end yet. Raises OSError."""
    for found in _scanned(path, begin):
        if isinstance(found, Kept) or not found.open_end:
            yield found
        elif is_kept_aside(path) or is_closed(path):
            # Its writer may have gone on meanwhile; now it is gone.
            yield from _scanned(path, found.begin)


def _scanned(path: Path, begin: int) -> Iterator[Kept | Damage]:
    with opened(path) as stream:
        stream.seek(begin)
        data = stream.read(_MOST_BYTES)
    for found in scan(data, 0, len(data)):
        yield msgspec.structs.replace(found, begin=begin + found.begin, after=begin + found.after)


def opened(path: Path) -> BinaryIO:
    """A file of a spool. Raises OSError for what is no file: a FIFO would never end, a link may lead anywhere."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "is no file", str(path))
    return os.fdopen(handle, "rb")


def is_closed(path: Path) -> bool:
    """Whether no supervisor writes to a segment any more. Raises OSError."""
    with held(path) as is_held:
        return is_held


@contextmanager
def held(path: Path) -> Iterator[bool]:
    """Whether a segment is closed; while it is held so, nobody else removes it. Raises OSError.

    A writer makes the file and then locks it, so one without a byte may have a writer that is about to.
    """
    with opened(path) as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield os.fstat(stream.fileno()).st_size > 0


def lost_lines(folder: Path) -> Iterator[tuple[Path, str]]:
    """What supervisors could not keep, a line per record."""
    for root, _, files in os.walk(folder):
        if LOST not in files:
            continue
        path = Path(root, LOST)
        with suppress(OSError), opened(path) as stream:
            text = stream.read(_LOST_BYTES).replace(b"\0", b"").decode("utf-8", "replace")
            lines = (line for line in text.splitlines() if line.strip())
            yield from ((path, line) for line in lines if not line.startswith("#"))
