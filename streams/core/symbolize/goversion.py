"""A Go release as binaries state it, and which releases this version knows.

In: the text of build info. Out: GoVersion. Vendor suffixes and experiments behind the number are kept in `text` only.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

_NUMBER: Final = re.compile(r"(?:^|\s|-)go1\.(\d{1,4})(?!\d)", re.ASCII)
_LONGEST: Final = 200
OLDEST: Final = 16
NEWEST: Final = 27


class GoVersion(msgspec.Struct, frozen=True):
    """`minor`: 26 of go1.26.8; `text` as stated."""

    minor: int
    text: str


def go_version(text: str | None) -> GoVersion | None:
    """`go1.26.8`, `go1.22.5 X:rangefunc`, `devel go1.27-4d2a1f`; None where no release is stated."""
    stated = (text or "")[:_LONGEST]
    found = _NUMBER.search(stated)
    return GoVersion(int(found[1]), stated) if found else None
