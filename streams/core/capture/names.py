"""What the name of a core says: systemd-coredump's, the kernel's usual ones, and those that our handler gives.

In: a file name. Out: Named; nothing is believed that is not of the form. Source of systemd's: src/coredump/coredump.c,
`core.COMM.UID.BOOTID.PID.TIMESTAMP` with the time in microseconds and a suffix by the packing.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from streams.model.instant import Instant, parse_instant

_SYSTEMD: Final = re.compile(
    r"core\.(?P<comm>.{1,64})\.\d{1,10}\.[0-9a-f]{32}\.(?P<pid>\d{1,7})\.(?P<at>\d{10,19})"
    r"(?:\.(?:zst|lz4|xz))?",
    re.ASCII | re.DOTALL,
)
_OURS: Final = re.compile(
    r"(?P<at>\d{8}T\d{6}Z)-(?P<comm>[\w.]{1,80})-(?P<pid>\d{1,7})-[0-9a-f]{8}", re.ASCII
)
_PLAIN: Final = re.compile(r"core\.(?P<pid>\d{1,7})", re.ASCII)
_ESCAPE: Final = re.compile(r"\\x([0-9a-f]{2})", re.ASCII)
_PACKED: Final = re.compile(r"\.(?:zst|lz4|xz|gz)$", re.ASCII)


class Named(msgspec.Struct, frozen=True):
    """What a name says; None where it does not."""

    command: str | None = None
    pid: int | None = None
    at: Instant | None = None


def named(name: str) -> Named:
    """By the name of a file."""
    match = _SYSTEMD.fullmatch(name) or _OURS.fullmatch(name)
    if match is None:
        plain = _PLAIN.fullmatch(_PACKED.sub("", name))
        return Named(pid=int(plain["pid"])) if plain else Named()
    command = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), match["comm"])
    return Named(command, int(match["pid"]), _instant(match["at"]))


def is_ours(name: str) -> bool:
    """Whether our handler gave this name (without its suffix)."""
    return _OURS.fullmatch(name) is not None


def may_be_packed(name: str) -> bool:
    """Whether a file of this name may be a core in some packing."""
    return name.startswith("core") and _PACKED.search(name) is not None


def _instant(text: str) -> Instant | None:
    if "T" in text:
        text = f"{text[:4]}-{text[4:6]}-{text[6:11]}:{text[11:13]}:{text[13:]}"
    try:
        return parse_instant(text)
    except ValueError:
        return None
