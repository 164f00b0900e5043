"""Keys and values of `place` facts: where a crash stands in the source of its revision, and who is to blame.

In: a key as a struct. Out: the text of its Request, and back.
"""

from __future__ import annotations

from typing import Final

import msgspec

from streams.model.crash import Build
from streams.model.fact_key import FactKey
from streams.model.message import Value


class PlaceFrame(msgspec.Struct, frozen=True, array_like=True):
    """A frame as printed. `own`: it is of the user's own code, by its path.

    `zeros`: of each word of its arguments whether it was 0 (`0`), was not (`1`), or is not known (`?`).
    """

    function: str
    file: str | None = None
    line: int | None = None
    package: str | None = None
    own: bool = True
    zeros: str = ""


class PlaceKey(msgspec.Struct, frozen=True, omit_defaults=True):
    """Frames that are not of the standard library, innermost first, of a build; what failed in the innermost.

    `message`: of a logged error without frames, the text that a format of the source made.
    """

    build: Build
    failure: str
    kind: str
    frames: tuple[PlaceFrame, ...] = ()
    service: str | None = None
    message: str = ""


class Placed(Value, frozen=True, kw_only=True):
    """What the source says. `frame`: the position in the key's frames of the one to blame, None where none was found.

    `function`: its name, as it was when it was written, `statement`: a key of the statement in it that neither shifted
    lines nor renamed locals change; `text`: the statement for people; `trees`: 4 bytes per distinct subtree of the
    function; `reasons`: why this frame; `doubts`: why the source was not used, or might be another.
    """

    frame: int | None = None
    function: str = ""
    statement: str = ""
    text: str = ""
    path: str = ""
    line: int = 0
    trees: bytes = b""
    reasons: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


_KEYS: Final = FactKey[PlaceKey]("place", PlaceKey)
place_request = _KEYS.request
place_key = _KEYS.key
