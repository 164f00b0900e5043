"""A line and what stood before it: the value that every prefix rule and every shipper shape gives.

In: nothing. Out: Prefixed, and the text by which the lines of a stream are found without reading them.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

# Characters that a JSON string and a prefix hold as they are: no escape, no colour code can stand for them.
_LITERAL: Final = re.compile(r"[A-Za-z0-9_.:@-]{4,}")


class Prefixed(msgspec.Struct, frozen=True, gc=False):
    r"""A line and what stood before it; empty texts where the prefix does not say.

    `payload` is the line as the program wrote it; of an event that a shipper joined it is several, `\n` between.
    `output` is `stdout` or `stderr`. `goes_on`: it is a part, and the next line of its stream has the rest.
    `joined`: the shipper joined it with others, so it has no time of its own.
    """

    shape: str
    payload: str
    stream: str = ""
    time: str = ""
    service: str | None = None
    host: str | None = None
    pod: str | None = None
    namespace: str | None = None
    container: str | None = None
    output: str | None = None
    image: str | None = None
    trace: str | None = None
    goes_on: bool = False
    joined: bool = False

    @property
    def own_time(self) -> str:
        """The time of this line alone."""
        return "" if self.joined else self.time


def mark_of(stream: str) -> str | None:
    """A text that every raw line of this stream holds; None where that cannot be told.

    The parts of an identity stand in the raw line as they are, whatever the shape: a container id in JSON,
    a pod in kubectl's prefix, `unit[pid]` in syslog's.
    """
    longest = max(stream.split("/"), key=len)
    found = _LITERAL.search(longest)
    return found[0] if found else None
