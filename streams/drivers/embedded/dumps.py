"""Dumps of very many goroutines, by several processes at once.

In: the text of one crash. Out: Dump, or None as core.parse.traceback.read_dump says. Forks: not for programs that have
threads by then. A child that dies is not missed: its part is read here.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import chain
from typing import BinaryIO, Final, NoReturn

import msgspec

from streams.core.parse.dump import Dump, Rows, read_rows
from streams.core.parse.traceback import read_dump

# Below that, two processes are not faster than one.
LARGE_CHARS: Final = 4 * 1024 * 1024


def _answer(parts: Sequence[str], pipe: int) -> NoReturn:
    """In the child: read the parts, say what they are, and go without running anything of the parent's."""
    try:
        rows = list(map(read_rows, parts))
        with open(pipe, "wb") as out:
            out.write(msgspec.msgpack.encode(rows))
    finally:
        os._exit(0)


def _asked(parts: Sequence[str]) -> tuple[int, BinaryIO]:
    """A child that reads the parts, and where its answer comes; `_answered` closes that."""
    here, there = os.pipe()
    child = os.fork()
    if not child:
        os.close(here)
        _answer(parts, there)
    os.close(there)
    return child, os.fdopen(here, "rb")


def _answered(parts: Sequence[str], child: int, pipe: BinaryIO) -> list[Rows | None]:
    with pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    try:
        return msgspec.msgpack.decode(answer, type=list[Rows | None])
    except msgspec.DecodeError:
        return list(map(read_rows, parts))


def _read(number: int, parts: Iterable[str]) -> Iterator[Rows | None]:
    """All parts in their order, by so many processes, this one among them."""
    every = list(parts)
    share = len(every) // number + 1
    first, *others = [every[at : at + share] for at in range(0, len(every), share)]
    asked = [(each, *_asked(each)) for each in others]
    own = list(map(read_rows, first))
    # Also where a part is not clean, every child is waited for.
    answers = [_answered(*each) for each in asked]
    return chain(own, *answers)


def read_large(text: str, processes: int | None = None, message: str | None = None) -> Dump | None:
    """The dump, read by as many processes as may run here, or by so many."""
    if processes is None:
        processes = len(os.sched_getaffinity(0)) if len(text) > LARGE_CHARS else 1
    return read_dump(text, message, read=partial(_read, processes))
