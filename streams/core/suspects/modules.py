"""What a commit changed in go.mod: modules with other versions, and where their own history may be.

In: two texts of a go.mod; names of repositories. Out: the modules whose version, replacement or presence differs; the
repositories that may be a module's, and its versions there.
Format: https://go.dev/ref/mod#go-mod-file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Final, NamedTuple

from streams.core.versions import pseudo_commit

_LINE: Final = re.compile(
    r"^[ \t]*(?:require[ \t]+)?([\w.~-]+(?:/[\w.~+-]+)+|[\w-]+\.[\w.-]+)[ \t]+(v[\w.+-]+)",
    re.MULTILINE,
)
_REPLACE: Final = re.compile(
    r"^[ \t]*(?:replace[ \t]+)?(\S+)(?:[ \t]+v\S+)?[ \t]+=>[ \t]+(\S+(?:[ \t]+v\S+)?)", re.MULTILINE
)
_MAJOR: Final = re.compile(r"/v\d+$")
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


_PARTS: Final = 3


def same_minor(old: str, new: str) -> bool:
    """Whether two versions differ in the patch alone, which keeps what there is: https://semver.org, rule 6."""
    one, two = old.split(".", 2), new.split(".", 2)
    plain = len(one) == len(two) == _PARTS and one[2].isdigit() and two[2].isdigit()
    return plain and one[:2] == two[:2]


def bumps(before: str, after: str) -> list[Bump]:
    """Modules that differ, by path."""
    old, new = _versions(before), _versions(after)
    return [
        Bump(path, old.get(path, ""), new.get(path, ""))
        for path in sorted({*old, *new})
        if old.get(path) != new.get(path)
    ]


class Inside(NamedTuple):
    """What a module's own repository says of a Bump: the change in it that may matter for a crash.

    `commit`: empty where none of its changes can; `detail`: what it edits there; `confidence` 0..1 among those of the
    range. `whole`: the whole range was looked at.
    """

    commit: str = ""
    subject: str = ""
    detail: str = ""
    confidence: float = 0.0
    whole: bool = True


# None: the module's source is not at hand.
Look = Callable[[Bump, Mapping[str, Collection[str]]], Inside | None]


def belongs(package: str, module: str) -> bool:
    """Whether a package is of a module."""
    return package == module or package.startswith(module + "/")


def homes(module: str, names: Iterable[str]) -> list[tuple[str, str]]:
    """Which of these repositories may have a module, by name, the likeliest first; each with its folder in it.

    `dep`, `acme/dep` and `example.com/acme/dep` may have example.com/acme/dep; in `acme` it is in the folder dep.
    """
    parts = _MAJOR.sub("", module).split("/")
    found: list[tuple[int, int, str, str]] = []
    for name in names:
        own = name.strip("/").split("/")
        starts = range(len(parts) - len(own), -1, -1)
        at = next((n for n in starts if parts[n : n + len(own)] == own), None)
        if at is not None and at + len(own) > 1:
            found.append((-len(own), -at, name, "/".join(parts[at + len(own) :])))
    return [(name, folder) for _, _, name, folder in sorted(found)]


def revision_of(version: str, folder: str) -> str:
    """The tag of a version of a module in this folder of its repository; of a pseudo-version the commit.

    https://go.dev/ref/mod#vcs-version; empty where it names neither, such as a replacement.
    """
    if not version or "=>" in version:
        return ""
    commit = pseudo_commit(version)
    tag = version.removesuffix("+incompatible")
    return commit or (f"{folder}/{tag}" if folder else tag)
