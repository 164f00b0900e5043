"""Many pcs of one binary, each with its frames or the reason why it has none.

In: a Binary, pcs as linked. Out: rows in their order. Raises NotReadable where the binary has no Go tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from streams.core.symbolize.binary import Binary
from streams.core.symbolize.elf import NotReadable
from streams.core.symbolize.locate import Frames, Missing
from streams.model.symbols import FrameAt, SymbolizedPc


def symbolized(binary: Binary, pcs: Iterable[int], *, back: int) -> Iterator[SymbolizedPc]:
    """A row for each pc; what is `back` bytes before it is looked up: 1 for return addresses."""
    _ = binary.table
    for pc in pcs:
        try:
            found: Frames | Missing = binary.at(pc - back)
        except NotReadable as damaged:
            found = Missing(str(damaged))
        if isinstance(found, Missing):
            yield SymbolizedPc(pc=hex(pc), reason=found.reason)
            continue
        frames = tuple(
            FrameAt(
                function=f.function, file=f.file, line=f.line, inlined=f.inlined, native=f.native
            )
            for f in found
        )
        yield SymbolizedPc(pc=hex(pc), frames=frames)
