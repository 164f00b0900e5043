"""Versions of modules and releases.

In: a version as text. Out: the commit that a pseudo-version names (https://go.dev/ref/mod#pseudo-versions); what orders
versions (https://semver.org, 11).
"""

from __future__ import annotations

import re
from typing import Final, TypeAlias

# Numbers; whether it is a release, which comes after its pre-releases; their parts, numbers before words.
Order: TypeAlias = tuple[tuple[int, ...], bool, tuple[tuple[bool, int, str], ...]]

# v0.0.0-20260102030405-abcdefabcdef
_PSEUDO: Final = re.compile(r"[-.]\d{14}-([0-9a-f]{12})(?:\+[\w.]+)*$", re.ASCII)
_VERSION: Final = re.compile(
    r"v?(\d{1,9})\.(\d{1,9})\.(\d{1,9})(?:-([0-9A-Za-z.-]{1,200}))?(?:\+[\w.-]+)?", re.ASCII
)


def pseudo_commit(version: str) -> str | None:
    """The first 12 digits of the commit that a pseudo-version names; None for any other."""
    found = _PSEUDO.search(version)
    return found[1] if found is not None else None


def order_of(version: str) -> Order | None:
    """What orders versions; None for what is none, and for a pseudo-version: what it has only a repository knows."""
    found = _VERSION.fullmatch(version)
    if found is None or pseudo_commit(version) is not None:
        return None
    parts = tuple(
        (not each.isdecimal(), int(each) if each.isdecimal() else 0, each)
        for each in (found[4] or "").split(".")
        if each
    )
    return (int(found[1]), int(found[2]), int(found[3])), not parts, parts
