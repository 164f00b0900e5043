"""What a new version of a module changed that may matter: its own range of commits, held against the same crash.

In: the question for a crash of a service; the code of the module's new version, and the commits since the old one. Out:
an Inside. The change of the service is the one that took the new version: what is found here is its evidence.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Final, NamedTuple

import msgspec

from streams.core.suspects.code import Code, Read
from streams.core.suspects.modules import Inside, belongs
from streams.core.suspects.suspects import History, Outside, suspects_of
from streams.model.cause import CauseFrame, CauseKey

# Functions of a module that are taken for the stack where it is not on it.
_MOST_USED: Final = 8
# Evidence that says nothing of what a commit edits.
_OF_PLACE: Final = ("range", "blame")

Uses = Mapping[str, Collection[str]]


class Wanted(NamedTuple):
    """A module, the question for the crash, and names that the service uses of packages, by import path."""

    module: str
    key: CauseKey
    uses: Uses


def inside_of(wanted: Wanted, code: Code, history: History, read: Read) -> Inside:
    """The likeliest change of a range of a module."""
    module, key, uses = wanted
    asked = msgspec.structs.replace(
        key,
        frames=_on_stack(module, key) or tuple(_used(module, uses, code))[:_MOST_USED],
        good=(),
        ran=(),
        later=(),
    )
    caused = suspects_of(module, asked, code, history, Outside(read))
    for suspect in caused.suspects:
        telling = [e for e in suspect.evidence if e.kind not in _OF_PLACE]
        if telling:
            detail = telling[0].detail
            return Inside(suspect.commit, suspect.subject, detail, suspect.confidence)
    return Inside(whole=not (history.truncated or history.shallow))


def _on_stack(module: str, key: CauseKey) -> tuple[CauseFrame, ...]:
    """The frames of the module, as the user's own code is looked at; others stand in other repositories."""
    return tuple(
        msgspec.structs.replace(frame, own=True)
        for frame in key.frames
        if belongs(frame.package or "", module)
    )


def _used(module: str, uses: Uses, code: Code) -> Iterator[CauseFrame]:
    """The functions that the service calls, as frames at their first lines."""
    for package in sorted(uses):
        folder = code.folder(package) if belongs(package, module) else None
        if folder is None:
            continue
        for name, named in sorted(code.declared(folder).items()):
            if name.rpartition(".")[2] in uses[package]:
                file = f"{package}/{named.path.rpartition('/')[2]}"
                yield CauseFrame(f"{package}.{name}", file, named.declared.first, package)
