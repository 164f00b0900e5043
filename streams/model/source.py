"""Keys and values of `source` facts: which revision of a repository, which files it has, what is in one.

In: a key as a struct. Out: the text of its Request, and back. Repositories are names here; a port knows where they are.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from streams.model.fact_key import FactKey
from streams.model.message import Value


class LayoutKey(msgspec.Struct, frozen=True, tag="layout"):
    """The revision of a repository that `stated` names (the first that it has), and its modules: a Layout.

    `release` is tried too; where nothing is stated, and no release found, HEAD is taken.
    """

    repo: str
    stated: tuple[str, ...] = ()
    release: str = ""


class NamedKey(msgspec.Struct, frozen=True, tag="named"):
    """Files called `name` in any folder of a commit: Paths."""

    repo: str
    commit: str
    name: str


class FileKey(msgspec.Struct, frozen=True, tag="file"):
    """The content of a file of a commit: its bytes."""

    repo: str
    commit: str
    path: str


SourceKey = LayoutKey | NamedKey | FileKey


class Layout(Value, frozen=True, kw_only=True):
    """What was found of a repository. `commit` is the folder read where it is no git repository.

    `by`: what named it; `head` and `folder` were named by nothing, so that they are a guess.
    `go_mods`: the text of every go.mod by its folder, `` for the root.
    """

    commit: str
    by: Literal["stated", "release", "head", "folder"]
    name: str = ""
    go_mods: dict[str, str] = {}


class Paths(Value, frozen=True, kw_only=True):
    """Paths in a repository, in order."""

    paths: tuple[str, ...] = ()


_KEYS: Final = FactKey[SourceKey]("source", SourceKey)
source_request = _KEYS.request
source_key = _KEYS.key
