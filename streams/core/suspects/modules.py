"""What a commit changed in go.mod: modules with other versions.

In: two texts of a go.mod. Out: the modules whose version, replacement or presence differs.
Format: https://go.dev/ref/mod#go-mod-file.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_LINE: Final = re.compile(
    r"^[ \t]*(?:require[ \t]+)?([\w.~-]+(?:/[\w.~+-]+)+|[\w-]+\.[\w.-]+)[ \t]+(v[\w.+-]+)",
    re.MULTILINE,
)
_REPLACE: Final = re.compile(
    r"^[ \t]*(?:replace[ \t]+)?(\S+)(?:[ \t]+v\S+)?[ \t]+=>[ \t]+(\S+(?:[ \t]+v\S+)?)", re.MULTILINE
)
_COMMENT: Final = re.compile(r"//[^\n]*")


class Bump(NamedTuple):
    """A module; an empty version: it is not required."""

    module: str
    old: str
    new: str


def _versions(text: str) -> dict[str, str]:
    plain = _COMMENT.sub("", text)
    found: dict[str, str] = dict(_LINE.findall(plain))
    for path, target in _REPLACE.findall(plain):
        found[path] = f"{found.get(path, '')} => {target}"
    return found


def bumps(before: str, after: str) -> list[Bump]:
    """Modules that differ, by path."""
    old, new = _versions(before), _versions(after)
    return [
        Bump(path, old.get(path, ""), new.get(path, ""))
        for path in sorted({*old, *new})
        if old.get(path) != new.get(path)
    ]
