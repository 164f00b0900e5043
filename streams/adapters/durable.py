"""Bytes and names that are to outlive a power cut.

In: descriptors, folders. Out: nothing; raises OSError. Imports next to nothing: the handler of cores uses it while the
kernel waits.
"""

from __future__ import annotations

import os
from pathlib import Path


def write_all(handle: int, data: bytes | memoryview) -> None:
    """All of it: write(2) may take less, as where a disk becomes full, and says so only when asked again."""
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]


def sync_folder(folder: Path) -> None:
    """The names in a folder are on disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
