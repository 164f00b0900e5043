"""In which fields of a record secrets were replaced: by the markers that stand in their place.

In: a record as JSON values, the names that were counted in it. Out: names of patterns with the paths of fields. A
program may print what looks like a marker: names that were not counted are left out. Never shows what is around one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final

_MARKER: Final = re.compile(r"\[scrubbed:([a-z0-9_-]{1,64})\]", re.ASCII)
# A key that a producer chose is part of a path; longer ones are no names.
_MOST_KEY: Final = 64


def fields_with_markers(record: object, names: Collection[str]) -> set[tuple[str, str]]:
    """(pattern, path) for every field that has markers of these names; a path is such as `goroutines.frames.args`."""
    return {(name, ".".join(path)) for name, path in _markers(record, ()) if name in names}


def _markers(value: object, path: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    if isinstance(value, str):
        if "[scrubbed:" in value:
            yield from ((match[1], path) for match in _MARKER.finditer(value))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _markers(key, path)
            yield from _markers(item, (*path, _short(key)))
    elif isinstance(value, list):
        for item in value:
            yield from _markers(item, path)


def _short(key: object) -> str:
    text = str(key)
    return text if len(text) <= _MOST_KEY else text[:_MOST_KEY] + "…"
