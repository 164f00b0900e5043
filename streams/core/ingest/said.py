"""What the address of a request says of everything that comes in by it: `?service=cart&host=web-1`.

In: a query. Out: Said. Raises UnreadableError. It counts where the body itself does not say.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from streams.core.webhooks.delivery import UnreadableError
from streams.model.instant import Instant, parse_instant

_MOST_CHARS: Final = 256
_TEXTS: Final = ("service", "host", "namespace", "pod", "container", "stream")
OUTPUTS: Final = ("stdout", "stderr")


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """Where lines or crashes come from; `stream` is `stdout` or `stderr`, `at` the time of a crash."""

    service: str | None = None
    host: str | None = None
    namespace: str | None = None
    pod: str | None = None
    container: str | None = None
    stream: str | None = None
    at: Instant | None = None

    @property
    def who(self) -> str:
        """Law 2: the container or pod, else the host; empty where nothing is said of either."""
        place = self.container or self.pod or self.host
        if not place:
            return ""
        return "/".join(filter(None, (self.namespace, self.pod, place)))


NOTHING: Final = Said()


def said_by(query: Mapping[str, str]) -> Said:
    """The known names of a query; others are nothing to us. Raises UnreadableError for a value that is none."""
    texts = {name: _text(name, query[name]) for name in _TEXTS if name in query}
    if "stream" in texts and texts["stream"] not in OUTPUTS:
        raise UnreadableError("stream: want stdout or stderr", "query")
    found = msgspec.convert(texts, Said) if texts else NOTHING
    if "at" not in query:
        return found
    try:
        return msgspec.structs.replace(found, at=parse_instant(query["at"]))
    except ValueError:
        raise UnreadableError("at: want a time, RFC 3339 or seconds since 1970", "query") from None


def _text(name: str, value: str) -> str:
    if not value.isprintable() or not 0 < len(value) <= _MOST_CHARS:
        raise UnreadableError(f"{name}: want 1 to {_MOST_CHARS} printable characters", "query")
    return value
