"""One frame of C code left: the caller's registers, by the unwinding tables that every C compiler writes.

In: an Elf, registers, a reader of the stack. Out: the caller's registers, or None where the tables do not say. Bounded:
what is hostile, cut off or not understood ends the walk.

Sources: DWARF 5, 6.4 (call frame instructions) and 7.24; LSB Core 5.0, 10.6 (.eh_frame, .eh_frame_hdr, DW_EH_PE_*);
System V ABI for AMD64 1.0, 3.6.2 (register numbers); bfd/elfxx-x86.c (the expression of the PLT).

| .eh_frame_hdr | version 1; encodings of: .eh_frame, count, table; .eh_frame; count; {first pc, FDE} by pc      |
| entry         | length (4); 0 of a CIE, in an FDE how far back its CIE is (4)                                   |
| CIE           | version; augmentation, ends with 0; code and data factor; return register; augmentation data   |
| FDE           | first pc, bytes of code; augmentation data; call frame instructions                             |

pyelftools reads one entry by a private method only, all of its instructions however many it states; its public call
reads every entry: 0.7 s for the 3,717 of Debian 13's libc. The table here is asked 12 times for such an FDE.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import cached_property
from typing import Final, Literal

import msgspec

from streams.core.symbolize.elf import Elf

# By DWARF's number: rax rdx rcx rbx rsi rdi rbp rsp r8-r15 rip. None: its value is lost.
Registers = tuple[int | None, ...]
BP: Final = 6
SP: Final = 7
PC: Final = 16
REGISTERS: Final = 17

_EH_FRAME: Final = 0x6474E550  # PT_GNU_EH_FRAME
# The longest of libstdc++ has 756 bytes.
_MOST_ENTRY: Final = 1 << 14
# A walk reads some hundred entries of some tens of bytes.
_MOST_BYTES: Final = 1 << 20
_MOST_STATES: Final = 64
_LONGEST_NUMBER: Final = 10
_LONGEST_AUGMENTATION: Final = 16
_WORD: Final = (1 << 64) - 1
_OMIT: Final = 0xFF
_INDIRECT: Final = 0x80
# DW_EH_PE_*, the low half: how a pointer is written; LEB128 (1, 9) has no fixed size and is no key of a table.
_FORMATS: Final = {
    0: struct.Struct("<Q"),
    2: struct.Struct("<H"),
    3: struct.Struct("<I"),
    4: struct.Struct("<Q"),
    8: struct.Struct("<q"),
    10: struct.Struct("<h"),
    11: struct.Struct("<i"),
    12: struct.Struct("<q"),
}
# The high half: what it counts from.
_ABSOLUTE: Final = 0x00
_FROM_PLACE: Final = 0x10
_FROM_TABLE: Final = 0x30
# DW_CFA_def_cfa_expression of a PLT: rsp + 8, or rsp + 16 behind the push at byte 11 (10 with endbr64) of 16.
_PLT: Final = {
    bytes.fromhex(f"770880003f1a{limit:02x}2a332422"): limit - 0x30 for limit in (0x3A, 0x3B)
}
# DW_CFA_*: three with an operand in their low bits, the others.
_HIGH: Final = 0xC0
_LOW: Final = 0x3F
_ADVANCE: Final = 0x40
_OFFSET: Final = 0x80
_RESTORE_ONE: Final = 0xC0
_NOP: Final = 0x00
_SET_LOC: Final = 0x01
_ADVANCES: Final = {2: struct.Struct("<B"), 3: _FORMATS[2], 4: _FORMATS[3]}
_REMEMBER: Final = 0x0A
_RESTORE: Final = 0x0B
_ARGS_SIZE: Final = 0x2E
_Kind = Literal["at", "value", "register", "lost"]
# DW_CFA_offset_extended, _sf, DW_CFA_val_offset, _sf: which rule, whether the number is signed.
_RULED: Final[dict[int, tuple[_Kind, bool]]] = {
    0x05: ("at", False),
    0x11: ("at", True),
    0x14: ("value", False),
    0x15: ("value", True),
}


class Stopped(Exception):  # noqa: N818 - the end of a walk, no error
    """The tables end, lie or say what is not read here."""


class Rule(msgspec.Struct, frozen=True):
    """How one register of the caller is had: `at` CFA + value, as `value` CFA + value, or of another register."""

    kind: _Kind
    value: int = 0


class Row(msgspec.Struct, frozen=True):
    """What the tables say of one pc: the canonical frame address (CFA) is a register plus `offset`, or a PLT's."""

    register: int
    offset: int
    plt: int | None
    rules: tuple[tuple[int, Rule], ...]
    returns: int


class _Program(msgspec.Struct):
    """The state of a call frame program."""

    register: int = -1
    offset: int = 0
    plt: int | None = None
    rules: dict[int, Rule] = {}

    def copy(self) -> _Program:
        return _Program(self.register, self.offset, self.plt, dict(self.rules))


class _Cie(msgspec.Struct):
    """What a CIE says for its FDEs; `start` are the rules at a function's entry."""

    code: int
    data: int
    returns: int
    encoding: int
    augmented: bool
    start: _Program


class _Reader:
    """Numbers from bytes, one after another; `address` is where its first byte is linked to."""

    def __init__(self, view: memoryview, address: int) -> None:
        self.view = view
        self.address = address
        self.at = 0

    @property
    def more(self) -> bool:
        return self.at < len(self.view)

    def number(self, form: struct.Struct) -> int:
        if self.at + form.size > len(self.view):
            raise Stopped
        (found,) = form.unpack_from(self.view, self.at)
        self.at += form.size
        return int(found)

    def byte(self) -> int:
        if self.at >= len(self.view):
            raise Stopped
        self.at += 1
        return self.view[self.at - 1]

    def unsigned(self) -> int:
        """ULEB128."""
        found = 0
        for index in range(_LONGEST_NUMBER):
            byte = self.byte()
            found |= (byte & 0x7F) << 7 * index
            if byte < 0x80:  # noqa: PLR2004 - the bit that says there is more
                return found & _WORD
        raise Stopped

    def signed(self) -> int:
        """SLEB128."""
        start = self.at
        found = self.unsigned()
        bits = 7 * (self.at - start)
        return found - (1 << bits) if found >> bits - 1 & 1 and bits < 64 else _signed(found)  # noqa: PLR2004

    def block(self) -> bytes:
        size = self.unsigned()
        if self.at + size > len(self.view):
            raise Stopped
        self.at += size
        return bytes(self.view[self.at - size : self.at])

    def pointer(self, encoding: int, table: int, elf: Elf | None = None) -> int:
        """An encoded pointer; `table`: where .eh_frame_hdr is. Raises Stopped for what cannot be had."""
        base, form = encoding & 0x70, _FORMATS.get(encoding & 0x0F)
        place = self.address + self.at
        if form is not None:
            value = self.number(form)
        elif encoding & 0x0F in (1, 9):
            value = self.unsigned() if encoding & 0x0F == 1 else self.signed()
        else:
            raise Stopped
        if base not in (_ABSOLUTE, _FROM_PLACE, _FROM_TABLE):
            raise Stopped
        value += {_FROM_PLACE: place, _FROM_TABLE: table}.get(base, 0)
        value &= _WORD
        if encoding & _INDIRECT:
            if elf is None:
                raise Stopped
            value = elf.word(value)
        return value


def _signed(value: int) -> int:
    return value - (1 << 64) if value >> 63 else value


class Cfi:
    """The tables of one executable or shared object; addresses are those it was linked to."""

    def __init__(self, elf: Elf) -> None:
        """Nothing is read before it is asked for."""
        self._elf = elf
        self._rows: dict[int, Row | None] = {}
        self._cies: dict[int, _Cie] = {}
        self._left = _MOST_BYTES

    def row(self, pc: int) -> Row | None:
        """What is said of the instruction at `pc`."""
        if pc not in self._rows:
            try:
                self._rows[pc] = self._worked_out(pc)
            except Stopped:
                self._rows[pc] = None
        return self._rows[pc]

    # ------------------------------------------------------------------------------------------------- table

    @cached_property
    def _table(self) -> tuple[int, _Reader, int, int] | None:
        """Where .eh_frame_hdr is, its rows from the first on, how they are written, how many."""
        segment = next((s for s in self._elf.segments if s.type == _EH_FRAME), None)
        if segment is None:
            return None
        start = segment.address
        reader = _Reader(self._elf.at(start), start)
        try:
            if reader.byte() != 1:
                return None
            frames, counted, encoding = reader.byte(), reader.byte(), reader.byte()
            form = _FORMATS.get(encoding & 0x0F)
            if _OMIT in (counted, encoding) or form is None or encoding & _INDIRECT:
                return None
            if frames != _OMIT:
                reader.pointer(frames, start)
            count = reader.pointer(counted, start)
        except Stopped:
            return None
        return start, reader, encoding, min(count, (len(reader.view) - reader.at) // form.size // 2)

    def _entry_of(self, pc: int) -> int | None:
        """The FDE of the last function that begins at or before `pc`."""
        if self._table is None:
            return None
        start, rows, encoding, count = self._table
        size = _FORMATS[encoding & 0x0F].size
        first = rows.at

        def cell(index: int) -> int:
            place = first + index * size
            reader = _Reader(rows.view[place : place + size], rows.address + place)
            return reader.pointer(encoding, start)

        low, high = 0, count
        while low < high:
            middle = (low + high) // 2
            if cell(2 * middle) <= pc:
                low = middle + 1
            else:
                high = middle
        return cell(2 * low - 1) if low else None

    # ----------------------------------------------------------------------------------------------- entries

    def _entry(self, address: int) -> _Reader:
        """The bytes of a CIE or FDE behind its length."""
        view = self._elf.at(address)
        size = int.from_bytes(view[:4], "little")
        # 0 ends the section, 0xffffffff begins a length of 64 bits: no linker writes one.
        if not 4 <= size <= _MOST_ENTRY or len(view) < 4 + size:  # noqa: PLR2004 - its id
            raise Stopped
        self._left -= size
        if self._left < 0:
            raise Stopped
        return _Reader(view[4 : 4 + size], address + 4)

    def _cie(self, address: int) -> _Cie:
        found = self._cies.get(address)
        if found is None:
            found = self._cies[address] = self._read_cie(self._entry(address))
        return found

    def _read_cie(self, reader: _Reader) -> _Cie:
        kind, version = reader.number(_FORMATS[3]), reader.byte()
        letters = bytearray()
        while byte := reader.byte():
            letters.append(byte)
            if len(letters) > _LONGEST_AUGMENTATION:
                raise Stopped
        if kind or version not in (1, 3) or (letters and letters[:1] != b"z"):
            raise Stopped
        code, data = reader.unsigned(), reader.signed()
        returns = reader.byte() if version == 1 else reader.unsigned()
        encoding, end = 0, reader.at
        if letters:
            size = reader.unsigned()
            end = reader.at + size
            encoding = self._encoding(reader, bytes(letters[1:]))
        if end > len(reader.view) or returns >= REGISTERS:
            raise Stopped
        reader.at = end
        cie = _Cie(code, data, returns, encoding, bool(letters), _Program())
        self._run(reader, cie, cie.start, 0, None)
        return cie

    @staticmethod
    def _encoding(reader: _Reader, letters: bytes) -> int:
        """How the pointers of the FDEs are written: the byte of `R`."""
        encoding = 0
        for letter in letters.decode("latin-1"):
            if letter == "R":
                encoding = reader.byte()
            elif letter == "L":
                reader.byte()
            elif letter == "P":
                reader.pointer(reader.byte() & ~_INDIRECT, 0)
            elif letter not in "SB":
                raise Stopped
        return encoding

    def _worked_out(self, pc: int) -> Row | None:
        address = self._entry_of(pc)
        if address is None:
            return None
        reader = self._entry(address)
        table = self._table[0] if self._table else 0
        back = reader.number(_FORMATS[3])
        if not back:
            return None
        cie = self._cie(address + 4 - back)
        first = reader.pointer(cie.encoding, table, self._elf)
        # The length is written as the pointer is, but counts from nothing.
        size = reader.pointer(cie.encoding & 0x0F, table)
        if not first <= pc < first + size:
            return None
        if cie.augmented:
            reader.block()
        program = cie.start.copy()
        self._run(reader, cie, program, first, pc)
        if program.register < 0 and program.plt is None:
            return None
        return Row(
            program.register,
            program.offset,
            program.plt,
            tuple(sorted(program.rules.items())),
            cie.returns,
        )

    # ---------------------------------------------------------------------------------------------- programs

    def _run(self, reader: _Reader, cie: _Cie, state: _Program, place: int, pc: int | None) -> None:
        """Change `state` to what it is at `pc`, from `place` on; all instructions where there is none."""
        kept: list[_Program] = []
        while reader.more:
            code = reader.byte()
            moved = self._moved(reader, cie, place, code)
            if moved is not None:
                place = moved
                if pc is not None and place > pc:
                    return
            elif code in (_REMEMBER, _RESTORE):
                _stack(kept, state, code)
            else:
                _step(reader, cie, state, code)

    def _moved(self, reader: _Reader, cie: _Cie, place: int, code: int) -> int | None:
        """The place that an instruction moves on to; None for one that says something else."""
        if code & _HIGH == _ADVANCE:
            return place + cie.code * (code & _LOW)
        if code in _ADVANCES:
            return place + cie.code * reader.number(_ADVANCES[code])
        if code == _SET_LOC:
            return reader.pointer(cie.encoding, self._table[0] if self._table else 0, self._elf)
        return None


def _stack(kept: list[_Program], state: _Program, code: int) -> None:
    """Keep all rules, or go back to those that were kept last."""
    if code == _REMEMBER:
        if len(kept) >= _MOST_STATES:
            raise Stopped
        kept.append(state.copy())
        return
    if not kept:
        raise Stopped
    last = kept.pop()
    state.register, state.offset, state.plt, state.rules = (
        last.register,
        last.offset,
        last.plt,
        last.rules,
    )


def _set(state: _Program, register: int, rule: Rule | None) -> None:
    """A rule of a register that is followed: not those of vectors."""
    if register >= REGISTERS:
        return
    if rule is None:
        state.rules.pop(register, None)
    else:
        state.rules[register] = rule


def _restore(state: _Program, cie: _Cie, register: int) -> None:
    _set(state, register, cie.start.rules.get(register))


def _cfa(reader: _Reader, cie: _Cie, state: _Program, code: int) -> bool:
    """An instruction that says where the CFA is."""
    if code in (0x0C, 0x12):  # DW_CFA_def_cfa, DW_CFA_def_cfa_sf
        state.register, state.plt = reader.unsigned(), None
        state.offset = reader.unsigned() if code == 0x0C else reader.signed() * cie.data  # noqa: PLR2004
    elif code == 0x0D:  # noqa: PLR2004 - DW_CFA_def_cfa_register
        state.register, state.plt = reader.unsigned(), None
    elif code in (0x0E, 0x13):  # DW_CFA_def_cfa_offset, DW_CFA_def_cfa_offset_sf
        state.offset = reader.unsigned() if code == 0x0E else reader.signed() * cie.data  # noqa: PLR2004
    elif code == 0x0F:  # noqa: PLR2004 - DW_CFA_def_cfa_expression
        state.register, state.plt = -1, _PLT.get(reader.block())
    else:
        return False
    return True


def _step(reader: _Reader, cie: _Cie, state: _Program, code: int) -> None:
    """One instruction of those that move no pc. Raises Stopped for one that is not known."""
    if code & _HIGH == _OFFSET:
        _set(state, code & _LOW, Rule("at", reader.unsigned() * cie.data))
    elif code & _HIGH == _RESTORE_ONE:
        _set(state, code & _LOW, cie.start.rules.get(code & _LOW))
    elif code != _NOP and not _cfa(reader, cie, state, code):
        # All others begin with a register; DW_CFA_GNU_args_size with a number that is of no use.
        _ruled(reader, cie, state, code, reader.unsigned())


def _ruled(reader: _Reader, cie: _Cie, state: _Program, code: int, register: int) -> None:
    """An instruction about one register."""
    if code in _RULED:
        kind, signed = _RULED[code]
        number = reader.signed() if signed else reader.unsigned()
        _set(state, register, Rule(kind, number * cie.data))
    elif code == 0x06:  # noqa: PLR2004 - DW_CFA_restore_extended
        _set(state, register, cie.start.rules.get(register))
    elif code == 0x07:  # noqa: PLR2004 - DW_CFA_undefined
        _set(state, register, Rule("lost"))
    elif code == 0x08:  # noqa: PLR2004 - DW_CFA_same_value
        _set(state, register, None)
    elif code == 0x09:  # noqa: PLR2004 - DW_CFA_register
        _set(state, register, Rule("register", reader.unsigned()))
    elif code in (0x10, 0x16):  # DW_CFA_expression, DW_CFA_val_expression
        reader.block()
        _set(state, register, Rule("lost"))
    elif code != _ARGS_SIZE:
        raise Stopped


def caller(
    row: Row, registers: Registers, word: Callable[[int], int | None]
) -> tuple[int, Registers] | None:
    """The CFA and the registers of the caller; None where a value that is needed is lost. `word` reads the stack."""
    sp, pc = registers[SP], registers[PC]
    if sp is None or pc is None:
        return None
    if row.plt is not None:
        cfa = sp + 8 + (8 if pc & 15 >= row.plt else 0)
    else:
        base = registers[row.register] if 0 <= row.register < REGISTERS else None
        if base is None:
            return None
        cfa = base + row.offset
    cfa &= _WORD
    found = list(registers)
    found[SP] = cfa
    found[PC] = None
    for register, rule in row.rules:
        found[register] = _value(rule, cfa, registers, word)
    returns = found[row.returns]
    # No return address, or none that is said to be (DW_CFA_undefined: the outermost frame).
    if not returns:
        return None
    found[PC] = returns
    return cfa, tuple(found)


def _value(
    rule: Rule, cfa: int, registers: Registers, word: Callable[[int], int | None]
) -> int | None:
    match rule.kind:
        case "at":
            return word(cfa + rule.value & _WORD)
        case "value":
            return cfa + rule.value & _WORD
        case "register":
            return registers[rule.value] if rule.value < REGISTERS else None
        case _:
            return None
