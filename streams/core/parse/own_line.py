"""What only the lines of our own Go packages say (go/internal/errorline): the build, and who tells of a panic twice.

In: a decoded JSON object, or the text of a crash. Out: a Build; a Retold where the text is half of a pair.
"""

from __future__ import annotations

import re
from typing import Final, Literal

import msgspec

from streams.model.crash import Build

_MARK: Final = "panictrail"
_TEXTS: Final = ("go", "module", "version", "revision", "goarch", "gcflags", "mode")
_FLAGS: Final = ("modified", "trimpath", "race")

# httpmw logs a panic and panics again; who recovers it then (net/http, another middleware) logs it once more. The stack
# in our line has the frame that logs, the other one the frame that panicked again, before those of the handler.
_PACKAGE: Final = "/httpmw."
_LOGS: Final = re.compile(r"^\S+/httpmw\.\(\*middleware\)\.log\(", re.MULTILINE)
_AGAIN: Final = re.compile(r"^\S+/httpmw\.panicAgain\(", re.MULTILINE)
_HEADER: Final = re.compile(r"^goroutine (\d{1,19}) .*$", re.MULTILINE)
_PANIC: Final = re.compile(r"^panic\(.*$", re.MULTILINE)
_DEADLY: Final = re.compile(r"^(?:panic: |fatal error: )", re.MULTILINE)
# Function and place: what is printed of arguments may be an address of the stack, which moves when it grows.
_FRAME: Final = re.compile(r"^(\S.*)\([^\n]*\)\n\t(\S[^\n]*)$", re.MULTILINE)


class Retold(msgspec.Struct, frozen=True):
    """A panic that is told twice: by whom, and what both say of it in the same words."""

    by: Literal["middleware", "server"]
    common: str


def build_of(value: dict[str, object]) -> Build:
    """The build that a line of ours states; an empty one for any other line."""
    stated = value.get("build")
    if value.get(_MARK) != 1 or not isinstance(stated, dict):
        return Build()
    texts = {key: stated[key] for key in _TEXTS if isinstance(stated.get(key), str)}
    flags = {key: stated[key] for key in _FLAGS if isinstance(stated.get(key), bool)}
    return Build(**texts, **flags)


def retold(text: str) -> Retold | None:
    """Half of a pair, None for any other text; a panic that ended the program is none."""
    if _PACKAGE not in text:
        return None
    header = _HEADER.search(text)
    if header is None or _DEADLY.search(text, 0, header.start()):
        return None
    below = [match.end() for match in _PANIC.finditer(text, header.end())]
    if not below:
        return None
    # Of the panic that came first the frames are printed last.
    again = _AGAIN.search(text, header.end(), below[-1])
    logs = _LOGS.search(text, header.end(), below[0])
    if again is None and logs is None:
        return None
    frames = "\n".join(f"{name} {place}" for name, place in _FRAME.findall(text, below[-1]))
    return Retold("middleware" if logs else "server", f"{header[1]}\n{frames}")
