"""Stacks of recovered panics as gin and chi print them: without a goroutine header, in shapes of their own.

In: lines of a record. Out: the panic value and the frames. Sources: gin-gonic/gin recovery.go (`stack`, `function`) of
v1.3 to v1.12; go-chi/chi middleware/recoverer.go (`prettyStack`) of v5.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

import msgspec

from streams.core.parse.frame import folder_of, import_path_of, package_of, place_of
from streams.core.parse.shape import GIN_PLACE
from streams.model.crash import Frame

# What stands before the two lines of the frame that panicked.
CHI_MARK: Final = "-> "
_REQUEST: Final = re.compile(r"[A-Z]{3,10} \S+ HTTP/\d")
_GIN_NAME: Final = re.compile(r"\t(\S+): ")


class Recovered(msgspec.Struct, frozen=True):
    """What was recovered, and where; frames innermost first."""

    value: str
    frames: tuple[Frame, ...]


def _package_of_file(file: str) -> str | None:
    """The import path that a file's folder says, else the folder's own name."""
    folder = folder_of(file)
    return import_path_of(folder) or folder.rpartition("/")[2] or None


def _gin_frames(lines: list[str]) -> Iterator[Frame]:
    for at, line in enumerate(lines):
        place = GIN_PLACE.match(line)
        if place is None:
            continue
        below = _GIN_NAME.match(lines[at + 1]) if at + 1 < len(lines) else None
        # Without the source beside it, gin leaves the function's name out too.
        name = below[1] if below else f"{place[1].rpartition('/')[2]}:{place[2]}"
        yield Frame(
            function=name,
            package=_package_of_file(place[1]),
            file=place[1],
            line=int(place[2]),
            pc=place[3],
        )


def read_gin(lines: list[str]) -> Recovered:
    """Read the lines below `[Recovery] … panic recovered:`: the request in debug mode, the value, the stack."""
    first = next((at for at, line in enumerate(lines) if GIN_PLACE.match(line)), len(lines))
    head = lines[:first]
    if head and _REQUEST.match(head[0]):
        blank = next((at for at, line in enumerate(head) if not line.strip()), len(head))
        head = head[blank:]
    value = "\n".join(head).strip()
    return Recovered(value, tuple(_gin_frames(lines[first:])))


def _chi_frames(lines: list[str]) -> Iterator[Frame]:
    bare = [line.strip().removeprefix(CHI_MARK.strip()).strip() for line in lines]
    for name, below in pairwise(filter(None, bare)):
        place = place_of(f"\t{below}")
        if place is not None and place_of(f"\t{name}") is None:
            yield Frame(function=name, package=package_of(name), file=place.file, line=place.line)


def read_chi(lines: list[str], value: str) -> Recovered | None:
    """Read the lines below ` panic: …`, None where they are of something else."""
    first = next((at for at, line in enumerate(lines) if line.lstrip().startswith(CHI_MARK)), None)
    if first is None:
        return None
    rest = [line.rstrip() for line in lines[:first]]
    whole = "\n".join((value, *rest)).strip()
    return Recovered(whole, tuple(_chi_frames(lines[first:])))
