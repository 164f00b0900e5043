"""Names that no program has: a fingerprint keeps the beginning of one, and a hash, so that each stays itself.

In: a fingerprint. Out: the same, its names bounded: they are keys of rows and records, and written with every crash.
"""

from __future__ import annotations

from typing import Final

import msgspec

from streams.model.events import Features, Fingerprinted
from streams.model.identity import content_id
from streams.model.report import Explanation, RootCause

# Longer than any path that Linux opens (PATH_MAX), and than the names that Go's linker keeps.
MOST_CHARS: Final = 4096
_KEPT_CHARS: Final = 1000


def bounded(event: Fingerprinted) -> Fingerprinted:
    """The fingerprint as it is, where nothing is too long."""
    cause = event.root_cause
    names = (event.block, event.title, cause.function, cause.file, event.features.package)
    if all(name is None or len(name) <= MOST_CHARS for name in names):
        return event
    return msgspec.structs.replace(
        event,
        block=_short(event.block),
        title=_short(event.title),
        root_cause=_cause(cause),
        features=_features(event.features),
        explain=tuple(
            Explanation(rule=each.rule, detail=_short(each.detail), distance=each.distance)
            for each in event.explain
        ),
    )


def _short(text: str) -> str:
    if len(text) <= MOST_CHARS:
        return text
    return f"{text[:_KEPT_CHARS]}…{content_id('name', text)}"


def _known(text: str | None) -> str | None:
    return None if text is None else _short(text)


def _cause(cause: RootCause) -> RootCause:
    return msgspec.structs.replace(
        cause,
        function=_known(cause.function),
        file=_known(cause.file),
        package=_known(cause.package),
        module=_known(cause.module),
    )


def _features(features: Features) -> Features:
    return msgspec.structs.replace(
        features, package=_known(features.package), panic_type=_short(features.panic_type)
    )
