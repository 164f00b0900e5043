"""Is a package of the Go standard library?

In: import path and file as printed. Out: yes or no. A user's package that only shares a first path element
with the standard library is told apart by its file.
"""

from __future__ import annotations

from typing import Final

# First path elements of `go list std`, Go 1.16 to 1.26 (every release so far only added some).
_ROOTS: Final = frozenset(
    (
        "archive bufio builtin bytes cmp compress container context crypto database debug embed "
        "encoding errors expvar flag fmt go hash html image index internal io iter log maps math "
        "mime net os path plugin reflect regexp runtime slices sort strconv strings structs sync "
        "syscall testing text time unicode unique unsafe weak"
    ).split()
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
    folder = file.replace("\\", "/").rpartition("/")[0]
    # GOROOT/src/<package>/x.go, or <package>/x.go with -trimpath.
    return folder == package or folder.endswith(f"/src/{package}")
