"""The body of a delivery to its documents: one JSON value, a list of them, or one in each line.

In: bytes. Out: plain values with their place, and what cannot be read. orjson reads at most 1,024 levels and says so.
Of what is compared or kept as it is (bodies of many documents) fewer are taken; of the rest single fields are looked
up, and depth is nothing to us. Raises UnreadableError where nothing can be read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import parse_qs

import msgspec

from streams.core.webhooks.delivery import Bad, UnreadableError
from streams.model.message import DecodeError, loads

MAX_DEPTH: Final = 64
# Documents of one delivery: what has more is a file, for `analyze --events`.
MAX_DOCUMENTS: Final = 10_000
# Of what cannot be used, a dead letter shows so much.
SHOWN_CHARS: Final = 100_000


class Document(msgspec.Struct, frozen=True):
    """A plain value, and where it stands in the body."""

    value: object
    where: str


def documents(body: bytes, *, many: bool) -> Iterator[Document | Bad]:
    """The documents of a body. `many`: a list, or lines, hold several; else the body is one.

    Raises UnreadableError where there is none, or more than MAX_DOCUMENTS.
    """
    if not body.strip():
        raise UnreadableError("empty", "body")
    try:
        value = loads(body)
    except DecodeError as error:
        lines = _lines(body) if many else []
        if len(lines) <= 1:
            raise UnreadableError(str(error), "body") from None
        yield from _of_lines(lines)
        return
    if not many:
        yield Document(value, "body")
    elif not isinstance(value, list):
        yield _checked(value, "body")
    elif not 0 < len(value) <= MAX_DOCUMENTS:
        raise UnreadableError(f"{len(value)} documents: want 1 to {MAX_DOCUMENTS}", "body")
    else:
        yield from (_checked(item, f"body[{index}]") for index, item in enumerate(value))


def form_payload(body: bytes) -> bytes:
    """The JSON of a form with the field `payload` (GitHub's other content type). Raises UnreadableError."""
    try:
        fields = parse_qs(body.decode("ascii"), strict_parsing=True, max_num_fields=16)
        return fields["payload"][0].encode()
    except (UnicodeError, ValueError, KeyError):
        raise UnreadableError("a form without the field payload", "body") from None


def _lines(body: bytes) -> list[bytes]:
    return [line for line in body.split(b"\n", MAX_DOCUMENTS + 1) if line.strip()]


def _of_lines(lines: list[bytes]) -> Iterator[Document | Bad]:
    if len(lines) > MAX_DOCUMENTS:
        raise UnreadableError(f"more than {MAX_DOCUMENTS} lines", "body")
    for number, line in enumerate(lines, 1):
        where = f"line {number}"
        try:
            yield _checked(loads(line), where)
        except DecodeError as error:
            yield Bad(line.decode("utf-8", "replace")[:SHOWN_CHARS], str(error), where)


def _checked(value: object, where: str) -> Document | Bad:
    if _too_deep(value):
        return Bad("", f"nested deeper than {MAX_DEPTH}", where)
    return Document(value, where)


def _too_deep(value: object) -> bool:
    level = _nested([value])
    for _ in range(MAX_DEPTH):
        if not level:
            return False
        level = _nested(
            item
            for outer in level
            for item in (outer.values() if isinstance(outer, dict) else outer)
        )
    return bool(level)


def _nested(values: Iterable[object]) -> list[dict[str, object] | list[object]]:
    return [value for value in values if isinstance(value, (dict, list))]
