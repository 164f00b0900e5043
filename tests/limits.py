"""Limits of the system on this process, for tests of what happens there.

In: a number. Out: the limit for as long as it is wanted. Where a file would be larger the kernel writes less than was
asked for, and an error only after that, as on a disk that becomes full.
"""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def largest_file(size_bytes: int) -> Iterator[None]:
    """No file becomes larger (RLIMIT_FSIZE; Python ignores the signal of it)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
