"""The memory of a process that lives, by /proc/PID/mem: without ptrace, without stopping it.

In: a PID. Out: bytes by address, of pages that are kept until they are let go of. Raises OSError where the process may
not be read, BadInput when it ended meanwhile. Never writes.
"""

from __future__ import annotations

import os
from typing import Final, Self

from streams.model.errors import BadInput

_PAGE: Final = 4096
# One goroutine needs one to three pages; the variables of a program some hundred.
_KEPT: Final = 4096
_NOTHING: Final = memoryview(b"")


class LiveMemory:
    """Implements core.symbolize.memory.Memory."""

    def __init__(self, pid: int, root: str = "/proc") -> None:
        """The access rights are checked here, once; what is read later is of this process even if its PID is reused."""
        self._pid = pid
        self._handle = os.open(f"{root}/{pid}/mem", os.O_RDONLY | os.O_CLOEXEC)
        self._pages: dict[int, memoryview] = {}

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        os.close(self._handle)

    def view(self, address: int, size: int) -> memoryview:
        """The bytes from `address` to the end of its page, at most `size`; none where nothing is mapped.

        Two views of one page are of one moment, until `release`.
        """
        start = address & -_PAGE
        page = self._pages.get(start)
        if page is None:
            if len(self._pages) >= _KEPT:
                self._pages.clear()
            page = self._pages[start] = self._read(start)
        offset = address - start
        return page[offset : offset + size]

    def release(self) -> None:
        """Forget: what is asked for next is read anew."""
        self._pages.clear()

    def _read(self, start: int) -> memoryview:
        try:
            data = os.pread(self._handle, _PAGE, start)
        except (OSError, OverflowError):
            # Not mapped, not readable, or no address of a user's.
            return _NOTHING
        if not data:
            # fs/proc/base.c, mem_rw: nothing is to be had where there is no address space any more.
            raise BadInput(f"process {self._pid} ended while it was read: nothing is shown of it")
        return memoryview(data)
