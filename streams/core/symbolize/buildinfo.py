r"""What a Go binary says of itself: Go version, main module, build settings, build IDs.

In: an Elf. Out: BuildInfo. Never runs the binary; a binary without build info has None fields.

Format: debug/buildinfo/buildinfo.go (Go 1.26). A 16-byte aligned `\xff Go buildinf:`, byte 14 the pointer size, byte 15
the flags. Flag 2 (Go 1.18): at +32 the version and the module text, each behind its uvarint length; before: at +16 two
pointers to Go string headers. The module text stands between two 16-byte marks.
"""

from __future__ import annotations

from typing import Final

import msgspec

from streams.core.elf_format import GNU, GO, NT_GNU_BUILD_ID, NT_GO_BUILD_ID, WRITABLE
from streams.core.symbolize.elf import Elf
from streams.model.crash import Build

_MAGIC: Final = b"\xff Go buildinf:"
_INLINE: Final = 2
_ALIGN: Final = 16
_MARK: Final = 16
# modinfo of a program with thousands of dependencies is some 300 kB.
_MOST_TEXT: Final = 1 << 22


class BuildInfo(msgspec.Struct, frozen=True, kw_only=True):
    """`settings`: what `go version -m` prints as `build KEY=VALUE`; `deps`: module path to version."""

    go: str | None = None
    path: str | None = None
    module: str | None = None
    version: str | None = None
    settings: dict[str, str] = {}
    deps: dict[str, str] = {}
    go_build_id: str | None = None
    gnu_build_id: str | None = None

    @property
    def revision(self) -> str | None:
        """The commit, where `go build` stamped it."""
        return self.settings.get("vcs.revision")

    @property
    def build_ids(self) -> tuple[str, ...]:
        """The ids by which this binary may be named, the GNU one first."""
        return tuple(name for name in (self.gnu_build_id, self.go_build_id) if name)


def _string(data: memoryview) -> tuple[str, memoryview]:
    """A string behind its uvarint length, and what follows it."""
    size = shift = 0
    for index, byte in enumerate(data[:10]):
        size |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:  # noqa: PLR2004 - the last byte of a varint
            if size > _MOST_TEXT:
                break
            text = data[index + 1 : index + 1 + size]
            return bytes(text).decode("utf-8", "replace"), data[index + 1 + size :]
    return "", data[:0]


def _pointed(elf: Elf, pointer: int) -> str:
    """The Go string whose header stands at `pointer`."""
    data, size = elf.word(pointer), int.from_bytes(elf.read(pointer + 8, 8), "little")
    return elf.read(data, min(size, _MOST_TEXT)).decode("utf-8", "replace")


def _texts(elf: Elf, address: int) -> tuple[str, str]:
    here = elf.at(address)
    if len(here) < 2 * _ALIGN:
        return "", ""
    if here[15] & _INLINE:
        version, rest = _string(here[2 * _ALIGN :])
        return version, _string(rest)[0]
    return _pointed(elf, elf.word(address + 16)), _pointed(elf, elf.word(address + 24))


def _address(elf: Elf) -> int | None:
    section = elf.section(".go.buildinfo")
    if section is not None and elf.read(section.address, len(_MAGIC)) == _MAGIC:
        return section.address
    return next((a for a in elf.find(_MAGIC, WRITABLE) if a % _ALIGN == 0), None)


def _ids(elf: Elf) -> tuple[str | None, str | None]:
    go = elf.note(GO, NT_GO_BUILD_ID)
    gnu = elf.note(GNU, NT_GNU_BUILD_ID)
    return (
        bytes(go[:512]).decode("utf-8", "replace") if go else None,
        bytes(gnu[:64]).hex() if gnu else None,
    )


def read_buildinfo(elf: Elf) -> BuildInfo:
    """Everything that the binary says; fields that it does not say are None."""
    go_id, gnu_id = _ids(elf)
    address = _address(elf)
    if address is None:
        return BuildInfo(go_build_id=go_id, gnu_build_id=gnu_id)
    go, text = _texts(elf, address)
    path = module = version = None
    settings: dict[str, str] = {}
    deps: dict[str, str] = {}
    for line in text[_MARK:-_MARK].splitlines():
        key, *fields = line.split("\t")
        first = fields[0] if fields else ""
        if key == "path":
            path = first
        elif key == "mod":
            module, version = first, fields[1] if len(fields) > 1 else None
        elif key == "dep" and len(fields) > 1:
            deps[first] = fields[1]
        elif key == "build":
            name, _, value = first.partition("=")
            settings[name] = value.strip('"')
    return BuildInfo(
        go=go or None,
        path=path,
        module=module,
        version=version,
        settings=settings,
        deps=deps,
        go_build_id=go_id,
        gnu_build_id=gnu_id,
    )


_FLAGS: Final = {"true": True, "false": False}


def build_of(info: BuildInfo) -> Build:
    """The same as a crash record says it."""
    settings = info.settings
    return Build(
        go=info.go.removeprefix("go").partition(" ")[0] if info.go else None,
        module=info.module,
        version=info.version if info.version and info.version != "(devel)" else None,
        revision=info.revision,
        build_id=info.gnu_build_id or info.go_build_id,
        modified=_FLAGS.get(settings.get("vcs.modified", "")),
        trimpath=_FLAGS.get(settings.get("-trimpath", "")),
        race=_FLAGS.get(settings.get("-race", "")),
        goarch=settings.get("GOARCH"),
        gcflags=settings.get("-gcflags"),
        mode=settings.get("-buildmode"),
    )
