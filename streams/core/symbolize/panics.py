"""The chain of panics of a goroutine, from the runtime's own records.

In: a Process and a g. Out: panics, oldest first, as a traceback prints their values. Reads strings of a bounded length
and numbers; the contents of other values are not read.

Sources: runtime/panic.go (printpanics, preprintpanics: errors and Stringers are strings already), runtime/error.go
(printpanicval), internal/abi/type.go: kind at 23, tflag at 20, name offset at 40; Go 1.16 to 1.27.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from math import isinf, isnan
from typing import Final

from streams.core.symbolize.allgs import G, Process
from streams.core.symbolize.memory import whole, word
from streams.model.crash import Panic

_KIND: Final = 23
_TFLAG: Final = 20
_NAME: Final = 40
_EXTRA_STAR: Final = 2
_KIND_MASK: Final = 31
_STRING: Final = 24
_BOOL: Final = 1
# kind: struct format
_INTEGERS: Final = {
    2: "q",
    3: "b",
    4: "h",
    5: "i",
    6: "q",
    7: "Q",
    8: "B",
    9: "H",
    10: "I",
    11: "Q",
    12: "Q",
}
_FLOATS: Final = {13: "f", 14: "d", 15: "ff", 16: "dd"}
_SHORTEST_FLOATS: Final = 26
_BASIC: Final = {
    1: "bool", 2: "int", 3: "int8", 4: "int16", 5: "int32", 6: "int64", 7: "uint", 8: "uint8", 9: "uint16",
    10: "uint32", 11: "uint64", 12: "uintptr", 13: "float32", 14: "float64", 15: "complex64", 16: "complex128",
    24: "string",
}  # fmt: skip
_LONGEST: Final = 1 << 16
_LONGEST_NAME: Final = 1 << 12
# A panic in a deferred call in a panic …: a chain that goes on in a circle must end.
_MOST: Final = 256
_VARINT_NAMES: Final = 17


def panics_of(process: Process, g: G) -> tuple[Panic, ...]:
    """All panics under way, oldest first."""
    return tuple(reversed(list(_newest_first(process, g))))


def _newest_first(process: Process, g: G) -> Iterator[Panic]:
    layout, memory = process.layout, process.memory
    address, seen = g.panic, set[int]()
    while address and address not in seen and len(seen) < _MOST:
        seen.add(address)
        record = whole(memory, address, 104)
        if len(record) < layout.recovered + 3:
            return
        kind, data = struct.unpack_from("<QQ", record, layout.panic_arg)
        value, type_name = _value(process, kind, data)
        repanicked = layout.repanicked
        yield Panic(
            value=value,
            type=type_name,
            recovered=record[layout.recovered] != 0,
            goexit=record[layout.goexit] != 0,
            repanicked=repanicked is not None and record[repanicked] != 0,
        )
        (address,) = struct.unpack_from("<Q", record, layout.panic_link)


def _value(process: Process, type_address: int, data: int) -> tuple[str, str | None]:
    """The value as printed, and its type where the print states it."""
    if not type_address:
        return "nil", None
    head = whole(process.memory, type_address, 48)
    if len(head) < 48:  # noqa: PLR2004 - to the end of the name offset
        return "", None
    kind = head[_KIND] & _KIND_MASK
    name = _type_name(process, head)
    text = _basic(process, kind, data)
    if text is None:
        return (f"({name}) {data:#x}", name) if name else ("", None)
    if name is None or name == _BASIC.get(kind):
        return text, None
    # printanycustomtype: `main.Code(7)`, `main.Name("x")`.
    return (f'{name}("{text}")' if kind == _STRING else f"{name}({text})"), name


def _basic(process: Process, kind: int, data: int) -> str | None:
    memory = process.memory
    if kind == _STRING:
        start, size = word(memory, data), word(memory, data + 8)
        return bytes(whole(memory, start, min(size, _LONGEST))).decode("utf-8", "replace")
    form = _INTEGERS.get(kind) or _FLOATS.get(kind) or ("?" if kind == _BOOL else None)
    if form is None:
        return None
    raw = whole(memory, data, struct.calcsize(form))
    if len(raw) < struct.calcsize(form):
        return ""
    return _printed(process, kind, form, struct.unpack(f"<{form}", raw))


def _printed(process: Process, kind: int, form: str, numbers: tuple[float, ...]) -> str:
    """A number, or the two of a complex one."""
    if kind == _BOOL:
        return "true" if numbers[0] else "false"
    if kind not in _FLOATS:
        return str(numbers[0])
    version = process.binary.version
    old = version is not None and version.minor < _SHORTEST_FLOATS
    texts = [_float(number, form[0], old=old) for number in numbers]
    if len(texts) == 1:
        return texts[0]
    real, imaginary = texts
    return f"({real}{'' if imaginary[0] in '+-' else '+'}{imaginary}i)"


def _float(number: float, form: str, *, old: bool) -> str:
    """As the runtime prints it (runtime/print.go printfloat): +1.500000e+000; from Go 1.26 on 1.5."""
    if isnan(number):
        return "NaN"
    if isinf(number):
        return "+Inf" if number > 0 else "-Inf"
    if old:
        mantissa, _, exponent = f"{number:+.6e}".partition("e")
        return f"{mantissa}e{exponent[0]}{int(exponent[1:]):03d}"
    # strconv.AppendFloat(v, 'g', -1): as few digits as name it, an exponent below -4 and from 6 on.
    digits = next(n for n in range(17) if _same(float(f"{number:.{n}e}"), number, form))
    text = f"{number:.{digits}e}"
    power = int(text.partition("e")[2])
    return text if not -4 <= power < 6 else f"{number:.{max(digits - power, 0)}f}"  # noqa: PLR2004


def _same(one: float, other: float, form: str) -> bool:
    """Whether two numbers are one in the format."""
    try:
        return struct.pack(form, one) == struct.pack(form, other)
    except OverflowError:  # rounded up beyond float32
        return False


def _type_name(process: Process, head: memoryview) -> str | None:
    """The type's name as the runtime has it, of types that the linker wrote."""
    module = process.binary.table.module
    (offset,) = struct.unpack_from("<i", head, _NAME)
    if not 0 < offset < module.etypes - module.types:
        return None
    place = module.types + process.bias + offset
    start = whole(process.memory, place, 16)
    if len(start) < 4:  # noqa: PLR2004 - flags and length
        return None
    version = process.binary.version
    if version is not None and version.minor < _VARINT_NAMES:
        size, skip = int.from_bytes(start[1:3], "big"), 3
    else:
        size = start[1] & 0x7F
        skip = 2
        if start[1] & 0x80:
            size, skip = size | start[2] << 7, 3
    raw = whole(process.memory, place + skip, min(size, _LONGEST_NAME))
    name = bytes(raw).decode("utf-8", "replace")
    return name.removeprefix("*") if head[_TFLAG] & _EXTRA_STAR else name
