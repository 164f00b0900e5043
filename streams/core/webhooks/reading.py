"""Fields of documents that others wrote: whatever is there may be of any type, or not at all.

In: plain JSON values and paths into them. Out: texts, numbers, times, or None for what is absent or no such thing.
`need` raises UnreadableError naming the field. Nothing here recurses: depth is the document's business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, timezone
from typing import Final

from streams.core.webhooks.delivery import UnreadableError
from streams.model.instant import Instant, parse_instant

# Names of repositories, services, branches; a longer one is none.
_MOST_CHARS: Final = 1024
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_SHA: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_DIGEST: Final = re.compile(r"sha(?:256:[0-9a-f]{64}|512:[0-9a-f]{128})")
# Go writes its zero time where there is none.
_NO_TIME: Final = "0001-01-01T00:00:00Z"
_UTC: Final[timezone] = UTC

Step = str | int


def at(value: object, *path: Step) -> object:
    """What stands at a path of keys and indexes; None where there is nothing."""
    for step in path:
        if isinstance(step, int):
            value = (
                value[step]
                if isinstance(value, list) and -len(value) <= step < len(value)
                else None
            )
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value


def text(value: object, *path: Step) -> str | None:
    """A name or a number as text; None for an empty one, one with control characters, and anything else."""
    found = at(value, *path)
    if isinstance(found, int) and not isinstance(found, bool):
        found = str(found) if abs(found) < 1 << 64 else None
    if not isinstance(found, str):
        return None
    found = found.strip()
    if not found or len(found) > _MOST_CHARS or _CONTROL.search(found):
        return None
    return found


def first(value: object, *names: str) -> str | None:
    """The text of the first of these keys that has one."""
    return next((found for name in names if (found := text(value, name))), None)


def need(value: object, *path: Step) -> str:
    """A text that the document cannot do without."""
    found = text(value, *path)
    if found is None:
        where = ".".join(map(str, path))
        raise UnreadableError(f"no {where}", where)
    return found


def sha(value: object, *path: Step) -> str | None:
    """A full commit id (SHA-1 or SHA-256) in lower case; also the zeros that stand for none."""
    found = text(value, *path)
    found = found.lower() if found else None
    return found if found and _SHA.fullmatch(found) else None


def digest(value: object, *path: Step) -> str | None:
    """The digest of an image: alone, or at the end of a reference (`registry/name:tag@sha256:…`)."""
    found = text(value, *path)
    found = found.rpartition("@")[2].lower() if found else None
    return found if found and _DIGEST.fullmatch(found) else None


def image_tag(value: object, *path: Step) -> str | None:
    """The tag of an image reference, but for `latest`, which says nothing."""
    found = text(value, *path)
    if found is None:
        return None
    name = found.partition("@")[0].rpartition("/")[2]
    tag = name.partition(":")[2]
    return tag if tag and tag != "latest" else None


def when(value: object, *path: Step) -> Instant | None:
    """A time; GitLab writes `2026-11-23 08:01:00 UTC`. None where it is absent or cannot be read."""
    found = at(value, *path)
    if found in (None, "", _NO_TIME):
        return None
    if isinstance(found, str):
        found = found.removesuffix(" UTC")
    try:
        return parse_instant(found, _UTC)
    except ValueError:
        return None


def number(value: object, *path: Step) -> float | None:
    """A number that is finite; also one written as text."""
    found = at(value, *path)
    if isinstance(found, str) and re.fullmatch(r"\d{1,9}(\.\d{1,9})?", found, re.ASCII):
        found = float(found)
    if isinstance(found, bool) or not isinstance(found, (int, float)):
        return None
    return float(found) if abs(found) < 1 << 53 else None


def whole(value: object, *path: Step) -> int | None:
    """A whole number that is not negative."""
    found = number(value, *path)
    return int(found) if found is not None and found >= 0 and found == int(found) else None


def items(value: object, *path: Step) -> Iterator[object]:
    """What a list holds; nothing where there is none."""
    found = at(value, *path)
    if isinstance(found, list):
        yield from found


def latest(*times: Instant | None) -> Instant | None:
    """The newest of those times that there are."""
    return max((time for time in times if time is not None), default=None)
