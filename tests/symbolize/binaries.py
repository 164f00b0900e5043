"""The binaries of the cases: crashy built by a toolchain with the flags of a variant.

In: a toolchain, a variant, a folder. Out: the file `bin` in it. What a binary depends on is hashed into a key, so
that the caller can keep one that is there.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

from tests.symbolize.toolchains import Toolchain
from tests.symbolize.variants import STRIPPED, Variant

ROOT: Final = Path(__file__).resolve().parents[2]
SOURCES: Final = ROOT / "go" / "fixtures" / "symbolize"
MODULE_FILES: Final = ROOT / ".cache" / "symbolize-modules"
MODULE: Final = "example.com/acme/crashy"
# From 1.23 on the linker refuses what internal/pcs needs of the runtime to see all inlined frames.
_LINKNAMES_CHECKED: Final = 23


@cache
def sources() -> str:
    """A hash of all that is compiled."""
    digest = hashlib.sha256()
    for path in sorted(SOURCES.rglob("*")):
        if path.suffix in {".go", ".c", ".s", ".mod"} and not path.name.endswith("_test.go"):
            digest.update(f"{path.relative_to(SOURCES)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


def key(go: Toolchain, variant: Variant, arch: str = "amd64") -> str:
    """What the binary depends on."""
    words = (go.version, arch, *flags(go, variant), str(variant.cgo), sources())
    return hashlib.sha256("\0".join(words).encode()).hexdigest()[:16]


def build(go: Toolchain, variant: Variant, target: Path, arch: str = "amd64") -> None:
    """Compile crashy into the file."""
    go.run(
        SOURCES,
        *("build", f"-modfile={_module_file(go)}", *flags(go, variant), "-o", str(target), "."),
        env={"CGO_ENABLED": "1" if variant.cgo else "0", "GOOS": "linux", "GOARCH": arch},
    )


def flags(go: Toolchain, variant: Variant) -> tuple[str, ...]:
    """The flags of `go build` that make the variant with this toolchain."""
    chosen, linker = [], []
    if go.minor >= 18:
        chosen.append("-buildvcs=false")  # the flag is 1.18's
    if go.minor >= _LINKNAMES_CHECKED:
        chosen.append("-tags=inlinetree")
        linker.append("-checklinkname=0")
    if variant.trimpath:
        chosen.append("-trimpath")
    if variant.pie:
        chosen.append("-buildmode=pie")
    if variant.strip:
        linker.append(STRIPPED)
    return (*chosen, *(["-ldflags", " ".join(linker)] if linker else []))


def _module_file(go: Toolchain) -> Path:
    """A go.mod that names the toolchain's own language: 1.18 to 1.20 refuse generics below `go 1.16`."""
    path = MODULE_FILES / go.language / "go.mod"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"module {MODULE}\n\ngo {go.language}\n")
    return path
