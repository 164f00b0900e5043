"""Modules that services depend on: their versions as a file tree that `go` downloads from, sums, vendored copies.

In: sources of each version. Out: a GOPROXY folder, lines of go.mod and go.sum, files below vendor/.
The sum h1 is golang.org/x/mod/sumdb/dirhash: SHA-256 of the lines `sha256  name` in the order of names.
"""

from __future__ import annotations

import base64
import hashlib
import io
import re
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

HARMLESS: Final = 10
"""Added to a version: the same source and one function more."""
_EPOCH: Final = (2025, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Module:
    """A module with the sources of its versions by number."""

    path: str
    minor: int
    sources: Mapping[int, str]

    @property
    def package(self) -> str:
        """Its package's name."""
        return self.path.rpartition("/")[2]

    def tag(self, number: int) -> str:
        """The version as go.mod says it."""
        base, patch = (number - HARMLESS, 1) if number > HARMLESS else (number, 0)
        return f"v1.{self.minor + base}.{patch}"

    def files(self, number: int) -> dict[str, str]:
        """The files of a version, formatted as written."""
        base = number - HARMLESS if number > HARMLESS else number
        body = self.sources[base]
        if number > HARMLESS:
            body += '\n// Version names what is in use.\nfunc Version() string {\n\treturn "patched"\n}\n'
        imports = '\nimport "strings"\n' if "strings." in body else ""
        head = f"// Package {self.package} is small.\npackage {self.package}\n{imports}\n"
        return {"go.mod": f"module {self.path}\n\ngo 1.24\n", f"{self.package}.go": head + body}


def _h1(files: Iterable[tuple[str, bytes]]) -> str:
    lines = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(files))
    return "h1:" + base64.b64encode(hashlib.sha256(lines.encode()).digest()).decode()


def _named(module: Module, number: int) -> list[tuple[str, bytes]]:
    prefix = f"{module.path}@{module.tag(number)}/"
    return [(prefix + name, text.encode()) for name, text in module.files(number).items()]


def mod_file(path: str, go: str, modules: list[tuple[Module, int]]) -> str:
    """go.mod."""
    lines = "".join(f"\t{module.path} {module.tag(number)}\n" for module, number in modules)
    return f"module {path}\n\ngo {go}\n" + (f"\nrequire (\n{lines})\n" if lines else "")


def sum_file(modules: list[tuple[Module, int]]) -> str:
    """go.sum."""
    lines = []
    for module, number in modules:
        named = _named(module, number)
        mod = [("go.mod", data) for name, data in named if name.endswith("/go.mod")]
        lines.append(f"{module.path} {module.tag(number)} {_h1(named)}\n")
        lines.append(f"{module.path} {module.tag(number)}/go.mod {_h1(mod)}\n")
    return "".join(lines)


def vendor_files(modules: list[tuple[Module, int]]) -> dict[str, str]:
    """What `go mod vendor` writes."""
    if not modules:
        return {}
    found = {
        "vendor/modules.txt": "".join(
            f"# {module.path} {module.tag(number)}\n## explicit; go 1.24\n{module.path}\n"
            for module, number in modules
        )
    }
    for module, number in modules:
        for name, text in module.files(number).items():
            if name != "go.mod":
                found[f"vendor/{module.path}/{name}"] = text
    return found


def write_proxy(folder: Path, module: Module) -> None:
    """All versions of a module, as a GOPROXY of files has them (go.dev/ref/mod#goproxy-protocol)."""
    place = folder / re.sub("[A-Z]", lambda found: "!" + found[0].lower(), module.path) / "@v"
    place.mkdir(parents=True, exist_ok=True)
    tags = []
    for number in [*module.sources, *(number + HARMLESS for number in module.sources)]:
        tag = module.tag(number)
        tags.append(tag)
        (place / f"{tag}.info").write_text(f'{{"Version":"{tag}","Time":"2025-01-01T00:00:00Z"}}')
        (place / f"{tag}.mod").write_text(module.files(number)["go.mod"])
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for name, data in _named(module, number):
                archive.writestr(zipfile.ZipInfo(name, _EPOCH), data)
        (place / f"{tag}.zip").write_bytes(packed.getvalue())
    (place / "list").write_text("\n".join(tags) + "\n")
