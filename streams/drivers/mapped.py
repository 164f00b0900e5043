"""Files mapped into memory: binaries and cores, which may be larger than memory.

In: a path. Out: its bytes as a read-only map. Raises NotReadable for what is no regular file or is empty.
"""

from __future__ import annotations

import mmap
import os
import stat
from pathlib import Path

from streams.core.symbolize.binary import Binary
from streams.core.symbolize.elf import NotReadable


def mapped(path: str | Path) -> mmap.mmap:
    """The file's bytes; pages are read when they are touched."""
    try:
        # A FIFO would keep us waiting for a writer.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise NotReadable(f"{path}: {error.strerror}: name a readable file") from error
    except ValueError as error:  # NUL in its name
        raise NotReadable(f"{str(path)!r}: {error}: name a readable file") from error
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise NotReadable(f"{path}: is no regular file")
        if not status.st_size:
            raise NotReadable(f"{path}: is empty")
        return mmap.mmap(handle, 0, access=mmap.ACCESS_READ)
    except OSError as error:
        raise NotReadable(f"{path}: {error.strerror}") from error
    finally:
        os.close(handle)


def open_binary(path: str | Path) -> Binary:
    """The executable at a path."""
    return Binary(mapped(path), str(path))
