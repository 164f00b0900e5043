"""A Go binary, ready to be asked: what it is, and which frames a pc has.

In: the bytes of an ELF file. Out: Binary. Opens in milliseconds; tables are read as they are needed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from streams.core.symbolize.buildinfo import BuildInfo, read_buildinfo
from streams.core.symbolize.elf import Buffer, Elf, NotReadable
from streams.core.symbolize.goversion import NEWEST, OLDEST, GoVersion, go_version
from streams.core.symbolize.index import Index, file_of
from streams.core.symbolize.locate import OUTSIDE, Frames, Location, Locator, Missing
from streams.core.symbolize.pclntab import Pclntab
from streams.core.symbolize.symbols import Symbols

_MODES = {"ET_EXEC": "exe", "ET_DYN": "pie"}


class Binary:
    """One executable. Raises NotReadable for what is no ELF file for amd64 or arm64."""

    def __init__(
        self, data: Buffer, name: str, kept: Callable[[Elf], Index | None] | None = None
    ) -> None:
        """`name` is used in messages only; `kept` knows what was found out about this file before."""
        self.name = name
        self.elf = Elf(data, name)
        self._index = kept(self.elf) if kept is not None else None
        self.symbols = Symbols(self.elf, self._index.symbols if self._index else None)

    @cached_property
    def info(self) -> BuildInfo:
        """Version, module, settings, build IDs."""
        return read_buildinfo(self.elf)

    @cached_property
    def version(self) -> GoVersion | None:
        """The Go release. Raises NotReadable for one that this version does not know."""
        version = go_version(self.info.go)
        if version is None or OLDEST <= version.minor <= NEWEST:
            return version
        if version.minor < OLDEST:
            raise NotReadable(
                f"{self.name}: built by {version.text}; Go 1.{OLDEST} and later are read"
            )
        raise NotReadable(
            f"{self.name}: built by {version.text}, and Go 1.{NEWEST} is the newest release known to this version of "
            "panictrail: take a newer one, or send us `go version -m` of this binary"
        )

    @cached_property
    def locator(self) -> Locator:
        """Raises NotReadable where there are no Go tables, or none that are known."""
        place = self._index.table if self._index else None
        return Locator(Pclntab(self.elf, self.version, place))

    @property
    def indexed(self) -> bool:
        """Whether it was opened with what was found out before."""
        return self._index is not None

    def index(self) -> Index:
        """What was found out, to be kept. Raises as `locator`."""
        return Index(file=file_of(self.elf), table=self.table.place, symbols=self.symbols.table)

    @property
    def table(self) -> Pclntab:
        """Functions, files and lines. Raises as `locator`."""
        return self.locator.table

    @property
    def stripped(self) -> bool:
        """Whether it has no symbol table."""
        return ".symtab" not in self.elf.sections

    @property
    def mode(self) -> str:
        """`exe` or `pie`, by the kind of the file."""
        return _MODES.get(self.elf.type, self.elf.type)

    def at(self, pc: int) -> Frames | Missing:
        """The frames at a pc as linked: Go code by pclntab, other code by the symbol tables."""
        found = self.locator.at(pc)
        if found is OUTSIDE:
            return self.native(pc) or found
        return found

    def native(self, pc: int) -> Frames | None:
        """The frame of code that is not Go's, by the nearest symbol."""
        found = self.symbols.at(pc)
        if found is None:
            return None
        return (Location(found[0], None, None, offset=found[1], native=True),)
