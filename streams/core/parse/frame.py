"""One frame of a traceback: a function line and the location line below it.

In: lines of text. Out: Frame, CreatedBy. Never guesses: what a line does not say stays None.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from streams.core.parse.shape import BARE_PC, CREATED_BY, FLUSH_LOCATION, location_of
from streams.model.crash import CreatedBy, Frame

# What runs between a panic and the code that panicked, as tracebacks and loggers name it.
PANIC_FRAMES: Final = frozenset(("panic", "runtime.gopanic", "runtime.sigpanic"))
_NATIVE_SUFFIXES: Final = (".c", ".cc", ".cpp", ".cxx", ".h", ".hpp", ".m", ".mm", ".rs", ".so")
# The name of a frame of which only the address is known.
UNNAMED: Final = "?"
# A frame below a C frame that no symbolizer knew (runtime/traceback.go printOneCgoTraceback).
NON_GO: Final = "non-Go function"

# The module cache: pkg/mod/<module>@<version>/…, `!x` for `X` (golang.org/x/mod/module EscapePath); and GOROOT.
_CACHE: Final = re.compile(r".*/pkg/mod/")
_VERSION: Final = re.compile(r"@v\d[^/]*")
_UPPER: Final = re.compile(r"!([a-z])")
_GOROOT: Final = re.compile(
    r".*/(?:go|goroot|golang|go\d[\d.]*)(?:@v[^/]+)?/src/(?=[a-z])", re.IGNORECASE
)

# Lines beyond so many characters are nobody's usual frame, and are not kept.
_CACHED_CHARS: Final = 300
_CACHED: Final = 16_384


class Place:
    """Where a frame is: what its location line says."""

    __slots__ = ("file", "line", "offset", "pc")

    def __init__(
        self, file: str | None, line: int | None, offset: str | None, pc: str | None
    ) -> None:
        self.file = file
        self.line = line
        self.offset = offset
        self.pc = pc


NOWHERE: Final = Place(None, None, None, None)


def place_of(line: str) -> Place | None:
    """The place that an indented location line states, or None if it is none."""
    return _known_place(line) if len(line) <= _CACHED_CHARS else _place_of(line)


def _place_of(line: str) -> Place | None:
    match = location_of(line)
    if match is not None:
        file, number, offset, pc = match.groups()
        return Place(file or None, int(number), offset, pc)
    bare = BARE_PC.match(line)
    return Place(None, None, None, bare[1]) if bare else None


# The crashes of one build name the same places again and again.
_known_place = lru_cache(_CACHED)(_place_of)


def flush_place_of(line: str) -> Place | None:
    """The place of a location line that lost its indent; only believed right below a function line."""
    match = FLUSH_LOCATION.match(line)
    return Place(match[1], int(match[2]), match[3], None) if match else None


def package_of(function: str) -> str | None:
    """The import path: all up to the first dot after the last slash that is not inside brackets.

    The linker writes dots of the last path element as %2e (cmd/internal/objabi PathToPrefix).
    """
    return _known_package(function) if len(function) <= _CACHED_CHARS else _package_of(function)


def _package_of(function: str) -> str | None:
    head = function.partition("[")[0].partition("(")[0]
    dot = head.find(".", head.rfind("/") + 1)
    if dot <= 0:
        return None
    path = head[:dot]
    return path.replace("%2e", ".") if "%" in path else path


_known_package = lru_cache(_CACHED)(_package_of)


def folder_of(file: str | None) -> str:
    """The folder of a file, on whatever system it was compiled."""
    return (file or "").replace("\\", "/").rpartition("/")[0]


def import_path_of(folder: str) -> str | None:
    """The import path that a folder is of: in the module cache, in GOROOT, with -trimpath; None for any other."""
    below = _GOROOT.sub("", _CACHE.sub("", folder))
    path = _UPPER.sub(lambda match: match[1].upper(), _VERSION.sub("", below))
    return None if not path or path.startswith(("/", ".")) or ":" in path else path


def frame_of(line: str, place: Place) -> Frame:
    """The frame of a function line; without brackets it is a C function (printOneCgoTraceback)."""
    cut = line.rfind("(") if line.endswith(")") else -1
    function = line[:cut] if cut > 0 else line
    args = line[cut + 1 : -1] if cut > 0 else None
    return Frame(
        function=function,
        package=package_of(function) if cut > 0 else None,
        args=args,
        file=place.file,
        line=place.line,
        offset=place.offset,
        pc=place.pc,
        # Inlined frames have no arguments and no own offset (runtime/traceback.go traceback2).
        inlined=args == "..." and place.offset is None,
        native=cut <= 0 or (place.file or "").endswith(_NATIVE_SUFFIXES),
    )


def creator_of(line: str, place: Place) -> CreatedBy:
    """The creator that a `created by F in goroutine N` line states (the id since Go 1.21)."""
    match = CREATED_BY.match(line)
    function, number = (match[1], match[2]) if match else (line, None)
    return CreatedBy(
        function=function,
        file=place.file,
        line=place.line,
        goroutine=int(number) if number else None,
    )
