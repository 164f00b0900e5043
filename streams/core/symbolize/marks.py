"""Marks on text frames: standard library, native, in-app and by what evidence.

In: goroutines as parsed, the build, the user's module lists. Out: the same with marks. Changes nothing else.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import msgspec

from streams.core.symbolize.stdlib import is_goroot_folder, is_standard
from streams.model.crash import Access, Ancestor, Build, Frame, Goroutine, InAppBy
from streams.model.settings import PipelineSettings

# pkg/mod/<module>@<version>/ is the module cache (cmd/go/internal/modfetch/cache.go); with -trimpath the
# file is <module>@<version>/… without the cache folder.
_MODULE_CACHE: Final = re.compile(r"(?:[/\\]pkg[/\\]mod[/\\]|^)[^@]+@v[^/\\]+[/\\]")
# The runtime prints runtime.gopanic under this name (runtime/traceback.go, printfuncname).
_PANIC: Final = "panic"
_Marks = tuple[bool, bool, InAppBy | None]
_PANIC_MARKS: Final[_Marks] = (True, False, None)
_NO_MARKS: Final[_Marks] = (False, False, None)
_VENDOR: Final = re.compile(r"[/\\]vendor[/\\]")


def _under(package: str, path: str) -> bool:
    return package == path or package.startswith((path + "/", path + "."))


def _in_app(
    package: str, file: str, module: str | None, settings: PipelineSettings
) -> tuple[bool, InAppBy]:
    if any(_under(package, path) for path in settings.modules):
        return True, "config"
    if any(_under(package, path) for path in settings.third_party):
        return False, "config"
    if package in ("main", "main_test"):
        return True, "path"
    if _MODULE_CACHE.search(file) or _VENDOR.search(file):
        return False, "path"
    if module:
        return _under(package.removesuffix("_test"), module), "build"
    return True, "path"


def _of_once(file: str | None) -> bool:
    """Whether a file is that of sync.OnceFunc, OnceValue and OnceValues: `init` of the user's package inlines them."""
    return file is not None and file.endswith("sync/oncefunc.go")


def _marks(
    package: str, file: str | None, module: str | None, settings: PipelineSettings
) -> _Marks:
    if is_standard(package, file):
        return True, False, None
    # A program may stand in any folder, one called src/sync, too; of sync.OnceFunc and its like even the file is told.
    own = package == "main" and not _of_once(file)
    if file and "/" in file and not own and is_goroot_folder(file.rpartition("/")[0]):
        return True, False, None
    in_app, by = _in_app(package, file or "", module, settings)
    return False, in_app, by


# What a hostile program names is not kept.
_CACHED_CHARS: Final = 1000
_known_marks = lru_cache(maxsize=65536)(_marks)


def mark_frame(frame: Frame, build: Build, settings: PipelineSettings) -> Frame:
    """The frame with `std`, `in_app` and `in_app_by` set."""
    std, in_app, by = _PANIC_MARKS
    if frame.function != _PANIC:
        std, in_app, by = _NO_MARKS
        if frame.package and not frame.native:
            short = len(frame.package) + len(frame.file or "") <= _CACHED_CHARS
            marks = _known_marks if short else _marks
            std, in_app, by = marks(frame.package, frame.file, build.module, settings)
    return msgspec.structs.replace(frame, std=std, in_app=in_app, in_app_by=by)


def _mark_ancestor(ancestor: Ancestor, build: Build, settings: PipelineSettings) -> Ancestor:
    frames = tuple(mark_frame(frame, build, settings) for frame in ancestor.frames)
    return msgspec.structs.replace(ancestor, frames=frames)


def mark_goroutines(
    goroutines: tuple[Goroutine, ...], build: Build, settings: PipelineSettings
) -> tuple[Goroutine, ...]:
    """All goroutines with marked frames, in the same order. Those that share a tuple of frames go on sharing one."""
    known: dict[int, tuple[Frame, ...]] = {}

    def marked(frames: tuple[Frame, ...]) -> tuple[Frame, ...]:
        found = known.get(id(frames))
        if found is None:
            found = known[id(frames)] = tuple([mark_frame(f, build, settings) for f in frames])
        return found

    return tuple(
        msgspec.structs.replace(
            goroutine,
            frames=marked(goroutine.frames),
            ancestors=tuple(_mark_ancestor(a, build, settings) for a in goroutine.ancestors),
        )
        for goroutine in goroutines
    )


def mark_accesses(
    accesses: tuple[Access, ...], build: Build, settings: PipelineSettings
) -> tuple[Access, ...]:
    """All accesses of a race with marked frames, in the same order."""
    return tuple(
        msgspec.structs.replace(
            access, frames=tuple(mark_frame(frame, build, settings) for frame in access.frames)
        )
        for access in accesses
    )
