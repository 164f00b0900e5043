"""How a binary is built: the flags by which production binaries differ, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

STRIPPED: Final = "-s -w"


@dataclass(frozen=True)
class Variant:
    """One way to call `go build`."""

    name: str
    strip: bool = False
    trimpath: bool = False
    pie: bool = False
    cgo: bool = False


_ALL: Final = (
    Variant("default"),
    Variant("stripped", strip=True),
    Variant("trimpath", trimpath=True),
    Variant("trimstripped", strip=True, trimpath=True),
    Variant("pie", strip=True, pie=True),
    Variant("cgo", strip=True, cgo=True),
    Variant("cgopie", strip=True, pie=True, cgo=True),
    # With symbols, for the oracles that need them.
    Variant("piesymbols", pie=True),
    Variant("cgosymbols", cgo=True),
)
VARIANTS: Final = {one.name: one for one in _ALL}
MATRIX: Final = ("default", "stripped", "trimpath", "pie", "cgo", "cgopie")
