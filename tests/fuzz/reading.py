"""What must hold for any binary and any core: every question is answered or refused, soon and in little memory.

In: the bytes of a damaged sample. Out: how many questions were answered; whatever else was raised, goes on.
"""

from __future__ import annotations

import resource
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, NoReturn

from streams.core.symbolize.binary import Binary
from streams.core.symbolize.buildinfo import build_of
from streams.core.symbolize.corefile import Core
from streams.core.symbolize.elf import NotReadable
from streams.core.symbolize.index import packed, unpacked
from streams.core.symbolize.lookup import symbolized
from streams.drivers.cores import core_head, read_core
from streams.drivers.mapped import open_binary
from streams.model.crash import Crash
from streams.model.message import decode, encode
from streams.model.symbols import CoreHead
from tests.fuzz.damage import Recipe, Sample, binary_of, damaged

# A whole file takes a tenth of a second; a machine that is busy with other tests takes longer.
MOST_SECONDS: Final = 8.0
# A whole file takes some 20 MB.
MOST_BYTES: Final = 200 << 20
_MOST_SPACE: Final = 3 << 30
_LONGEST_MESSAGE: Final = 2000
_FUNCTIONS: Final = 150
_PCS: Final = 200


class TookTooMuch(AssertionError):  # noqa: N818 - what it says is what is wrong
    """More time or memory than any file of a few megabytes is worth."""


def judge(good: Sample, recipe: Recipe, seconds: float = MOST_SECONDS) -> int:
    """Damage the sample, and ask everything; how many answers there were."""
    data = damaged(good, recipe)
    with tempfile.TemporaryDirectory() as folder, limited(seconds, MOST_BYTES):
        path = Path(folder, "file")
        path.write_bytes(data)
        if good.is_core:
            return _core(path, Path(folder), open_binary(binary_of(good.name)))
        return _binary(path)


@contextmanager
def limited(seconds: float, extra_bytes: int) -> Iterator[None]:
    """What is done in it may take so much processor time, and so much more memory at any moment."""

    def late(*_: object) -> NoReturn:
        raise TookTooMuch(f"more than {seconds} s")

    # A limit that allocations fail at is for the worst case only: libraries in C do not survive it.
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (_status("VmSize") + _MOST_SPACE, before[1]))
    Path("/proc/self/clear_refs").write_text("5")
    had = _status("VmRSS")
    handler = signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, handler)
    took = _status("VmHWM") - had
    if took > extra_bytes:
        raise TookTooMuch(f"{took >> 20} MB of memory, not {extra_bytes >> 20}")


def _status(field: str) -> int:
    """Bytes, of /proc/self/status; VmHWM is the most resident memory since it was set back."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * int(next(line for line in lines if line.startswith(f"{field}:")).split()[1])


def _answers(questions: tuple[Callable[[], object], ...]) -> int:
    found = 0
    for question in questions:
        try:
            question()
        except NotReadable as refused:
            # A file that lies may not fill the message either.
            if len(str(refused)) > _LONGEST_MESSAGE:
                raise
        else:
            found += 1
    return found


def _binary(path: Path) -> int:
    try:
        binary = open_binary(path)
    except NotReadable:
        return 0
    return _answers(
        (
            lambda: encode(build_of(binary.info)),
            lambda: binary.version,
            lambda: (binary.stripped, binary.mode),
            lambda: _functions(binary),
            lambda: _pcs(binary),
            lambda: [binary.native(s.address + 5) for s in binary.elf.loads[:100]],
            lambda: _index(binary, path),
        )
    )


def _functions(binary: Binary) -> None:
    table = binary.table
    for index in (*range(_FUNCTIONS), *range(table.functions - _FUNCTIONS, table.functions)):
        with suppress(NotReadable):
            pc = table.row(max(index, 0))[0] + 3
            function = table.find(pc)
            if function is not None:
                function.depth(pc)
                function.file_and_line(pc)
                function.inlined(pc)


def _pcs(binary: Binary) -> None:
    low, high = binary.table.text
    step = max((high - low) // _PCS, 1)
    pcs = [*range(low, min(high, low + step * _PCS), step), 0, 1 << 63, (1 << 64) - 1]
    for row in symbolized(binary, pcs, back=1):
        encode(row)


def _index(binary: Binary, path: Path) -> None:
    data = packed(binary.index())
    kept = unpacked(data, binary.elf)
    assert kept is not None
    again = Binary(path.read_bytes(), str(path), lambda _: kept)
    assert again.table.functions == binary.table.functions


def _core(path: Path, folder: Path, binary: Binary) -> int:
    return _answers(
        (
            lambda: decode(encode(core_head(path)), CoreHead),
            lambda: [Core(path.read_bytes(), "core").registers(n) for n in range(3)],
            lambda: decode(encode(read_core(path, binary, root=folder)), Crash),
        )
    )
