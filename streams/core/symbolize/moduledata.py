"""The runtime's moduledata: where text, types, and the variables of a Go program are.

In: an Elf and the address of its pclntab. Out: Moduledata, or None where no structure fits.

Source: runtime/symtab.go, Go 1.16 to 1.27; words of 8 bytes: 0 pcHeader, 16-18 ftab, 20 minpc, 22 text, 23 etext, then
| Go        | types | etypes                 | rodata | gofunc |
| 1.16-1.17 | 35    | 36                     | -      | -      |
| 1.18-1.19 | 35    | 36                     | 37     | 38     |
| 1.20-1.26 | 37    | 38                     | 39     | 40     |
| 1.27      | 37    | 39 (38 is typedesclen) | 42     | 43     |
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

import msgspec

from streams.core.symbolize.elf import Elf
from streams.core.symbolize.goversion import GoVersion

_WORDS: Final = 46
_POINTER: Final = 8
_FTAB_LEN: Final = 17
# types, etypes, gofunc
_PLACES: Final = {16: (35, 36, None), 18: (35, 36, 38), 20: (37, 38, 40), 27: (37, 39, 43)}


class Moduledata(msgspec.Struct, frozen=True):
    """Link-time addresses. `variables`: [start, end) of noptrdata, data, bss and noptrbss."""

    address: int
    text: int
    etext: int
    types: int
    etypes: int
    gofunc: int
    variables: tuple[tuple[int, int], ...]


def _layout(words: list[int], layout: int, version: GoVersion | None) -> int:
    """Which row of the table holds: by the version, else by what stands in word 38 (an address, or a length)."""
    if layout < 20:  # noqa: PLR2004 - the magic says it all
        return layout
    if version is not None:
        return 27 if version.minor >= 27 else 20  # noqa: PLR2004
    return 20 if words[38] > words[37] else 27


def _pointers(elf: Elf, pclntab: int) -> Iterator[int]:
    """Aligned addresses of words that point to the pclntab."""
    needle = struct.pack("<Q", pclntab)
    yield from (address for address in elf.find(needle) if address % _POINTER == 0)
    yield from elf.relocated_to(pclntab)


def find_moduledata(
    elf: Elf, pclntab: int, functions: int, layout: int, version: GoVersion | None
) -> Moduledata | None:
    """The structure whose pcHeader is this pclntab and whose other words fit it."""
    for address in _pointers(elf, pclntab):
        ftab = elf.read(address + _FTAB_LEN * _POINTER, _POINTER)
        if int.from_bytes(ftab, "little") != functions + 1:
            continue
        words = [elf.word(address + _POINTER * index) for index in range(_WORDS)]
        found = _checked(address, words, _layout(words, layout, version))
        if found is not None:
            return found
    return None


def _checked(address: int, words: list[int], layout: int) -> Moduledata | None:
    types, etypes, gofunc = _PLACES[layout]
    minpc, maxpc, text, etext = words[20:24]
    ranges = ((24, 25), (26, 27), (28, 29), (30, 31))
    if not 0 < text <= minpc < maxpc or text >= etext or words[types] > words[etypes]:
        return None
    variables = tuple((words[a], words[b]) for a, b in ranges)
    if any(start > end for start, end in variables):
        return None
    return Moduledata(
        address=address,
        text=text,
        etext=etext,
        types=words[types],
        etypes=words[etypes],
        gofunc=words[gofunc] if gofunc is not None else 0,
        variables=variables,
    )
