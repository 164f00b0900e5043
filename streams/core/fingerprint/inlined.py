"""Closures of inlined functions: Go names them after the function that they were inlined into.

In: a frame, the crash that it is of. Out: its name as if nothing had been inlined, None where that is not known.

    httpapi/middleware.go: func LogRequests(…) { return func(…) { … } }     called in main.main
    printed as httpapi.LogRequests.func1, and as main.main.LogRequests.func1 where it was inlined (Go >= 1.21,
    cmd/compile/internal/ir/func.go closureName, issue 60324). The file stays that of the function itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice
from typing import Final

from streams.core.fingerprint.normalize import function_key, without_closures
from streams.core.parse.frame import folder_of, import_path_of
from streams.model.crash import Crash, Frame, Goroutine

_NAME: Final = re.compile(r"\(\*?[^()]*\)\.[^.()]+|[^.()]+")
_INLINED_NAMES: Final = 2
# A dump of 100,000 goroutines says where packages are within its first ones.
_GOROUTINES: Final = 64


def _names(function: str) -> tuple[str, list[str]]:
    """Package and the names behind it, without closures: `main`, [`main`, `LogRequests`]; a method is one name."""
    plain = without_closures(function)
    slash = plain.rfind("/") + 1
    package, _, rest = plain[slash:].partition(".")
    return (plain[:slash] + package).replace("%2e", "."), _NAME.findall(rest)


def _is_closure(function: str) -> bool:
    return without_closures(function) != function


def _packages(frames: Iterable[Frame]) -> dict[str, str]:
    """Which package is in which folder, by frames that are no closures."""
    found: dict[str, str] = {}
    for frame in frames:
        if frame.package and frame.file and not _is_closure(frame.function):
            found.setdefault(folder_of(frame.file), frame.package)
    return found


def _frames(crash: Crash) -> Iterable[Frame]:
    stacks = islice(sorted(crash.goroutines, key=lambda g: not g.crashed), _GOROUTINES)
    return (frame for goroutine in stacks for frame in goroutine.frames)


_Tables = tuple[tuple[Goroutine, ...] | None, dict[str, str], frozenset[str]]
_LAST: Final[list[_Tables]] = [(None, {}, frozenset())]


def _tables(crash: Crash) -> _Tables:
    """The goroutines, the package of each folder, and all packages of frames."""
    known = _LAST[0]
    # Asked for by every closure of a crash, one after the other.
    if known[0] is not crash.goroutines:
        frames = list(_frames(crash))
        packages = frozenset(frame.package for frame in frames if frame.package)
        known = _LAST[0] = (crash.goroutines, _packages(frames), packages)
    return known


def own_name(frame: Frame, crash: Crash) -> str | None:
    """The function that a closure was written in, where its file is of another package than its name says."""
    if not _is_closure(frame.function):
        return None
    package, names = _names(frame.function)
    if len(names) < _INLINED_NAMES:
        return None
    _, folders, packages = _tables(crash)
    folder = folder_of(frame.file)
    home = folders.get(folder) or import_path_of(folder)
    # Package main has an import path that its name does not show: only its own frames tell where it is.
    if home is None or home == package or (package == "main" and home not in packages):
        return None
    return f"{home}.{names[-1]}"


def key_of(frame: Frame, crash: Crash) -> str:
    """The normalised function of a frame, as if nothing had been inlined."""
    return function_key(own_name(frame, crash) or frame.function)
