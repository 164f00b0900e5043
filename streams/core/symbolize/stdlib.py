"""Whether a package belongs to the Go standard library.

In: import path and file as printed. Out: yes or no. A user's package that only shares a first path element
with the standard library is told apart by its file.
"""

from __future__ import annotations

import re
from typing import Final

# First path elements of `go list std`, Go 1.16 to 1.26 (every release so far only added some).
_ROOTS: Final = frozenset(
    re.split(
        r"\s+",
        """archive bufio builtin bytes cmp compress container context crypto database debug embed
        encoding errors expvar flag fmt go hash html image index internal io iter log maps
        math mime net os path plugin reflect regexp runtime slices sort strconv strings
        structs sync syscall testing text time unicode unique unsafe weak""",
    )
)
# Dependencies that GOROOT itself vendors are printed as vendor/golang.org/x/….
_VENDORED: Final = "vendor/golang.org/x/"


def is_standard(package: str, file: str | None) -> bool:
    """Whether a frame of `package` in `file` belongs to GOROOT."""
    if package.startswith(_VENDORED):
        return True
    if package.partition("/")[0].removesuffix("_test") not in _ROOTS:
        return False
    if not file or "/" not in file.replace("\\", "/"):
        return True
    return _in_goroot(package, file.replace("\\", "/").rpartition("/")[0])


def _in_goroot(package: str, folder: str) -> bool:
    """GOROOT/src/<package>, or <package> alone with -trimpath.

    A function that another package provides by go:linkname (internal/runtime/maps.fatal) stands in that
    package's folder, so any folder of the standard library will do.
    """
    below = folder.rpartition("/src/")[2] if "/src/" in folder else folder
    return below == package or (not below.startswith("/") and below.partition("/")[0] in _ROOTS)


_GOROOT_FILE: Final = re.compile(
    r"(?:^|.*/(?:go[\d.]*|goroot|[Gg]o|golang\.org/toolchain@[^/]+)/src/)([a-z]\w*)(?:/[\w./-]+)?$"
)


def is_goroot_folder(folder: str) -> bool:
    """Whether a folder is one of GOROOT/src, as a frame's file shows it: absolute, or relative with -trimpath.

    A closure of the standard library has the name of the user's function that it was inlined into, and its own file.
    """
    match = _GOROOT_FILE.match(folder.replace("\\", "/"))
    return match is not None and match[1] in _ROOTS and match[1] != "cmd"
