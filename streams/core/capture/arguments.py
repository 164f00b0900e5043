"""The words that the kernel hands a core_pattern handler, and the command line of another handler made of them.

In: words of `%P %i %u %g %s %t %c %h %e %E [%d]` (core(5)). Out: Died. Raises ValueError naming the word and what is
wanted. Imports next to nothing: the kernel waits while a handler starts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

WANTED: Final = "%P %i %u %g %s %t %c %h %e %E"
_NUMBERS: Final = ("%P", "%i", "%u", "%g", "%s", "%t", "%c")
_MOST: Final = {
    "%P": 1 << 22,
    "%i": 1 << 22,
    "%u": (1 << 32) - 1,
    "%g": (1 << 32) - 1,
    "%s": 64,
    # The last second of RFC 3339.
    "%t": 253_402_300_799,
    "%c": (1 << 64) - 1,
}
_LEAST: Final = {"%P": 1}
_TEXTS: Final = 3
_SHOWN: Final = 60
_SPECIFIER: Final = re.compile(r"%(.?)", re.DOTALL)


class Died(NamedTuple):
    """What the kernel says of a death. `words`: by specifier; `exe`: the path as the process had it."""

    pid: int
    signal: int
    at_seconds: int
    host: str
    exe: str | None
    words: Mapping[str, str]


def read(words: Sequence[str]) -> Died:
    """The arguments of a handler. Raises ValueError."""
    if len(words) < len(_NUMBERS) + _TEXTS:
        raise ValueError(f"{len(words)} words behind --handler: want {WANTED}")
    found = dict(zip(_NUMBERS, words, strict=False))
    for name, text in found.items():
        if not (text.isascii() and text.isdigit() and len(text) <= len(str(1 << 64))):
            raise ValueError(f"{text[:_SHOWN]!r} for {name}: want a number, as in {WANTED}")
        if not _LEAST.get(name, 0) <= int(text) <= _MOST[name]:
            raise ValueError(f"{text} for {name}: want {_LEAST.get(name, 0)} to {_MOST[name]}")
    found["%h"], *rest = words[len(_NUMBERS) :]
    # Kernels before 5.3 split a name with blanks in it into several words; a path begins with "!" for "/".
    path = next((n for n, word in enumerate(rest) if n and word.startswith("!")), len(rest) - 1)
    if len(rest) > path + 1 and rest[-1] in ("0", "1", "2"):
        found["%d"] = rest.pop()
    found["%e"], found["%E"] = " ".join(rest[:path]), " ".join(rest[path:])
    exe = found["%E"].replace("!", "/")
    return Died(
        pid=int(found["%P"]),
        signal=int(found["%s"]),
        at_seconds=int(found["%t"]),
        host=found["%h"],
        exe=exe if exe.startswith("/") else None,
        words=found,
    )


def known_in(command: Sequence[str]) -> str | None:
    """What is wrong with the command of another handler, None where nothing is."""
    if command and not command[0].startswith("/"):
        return f"{command[0][:_SHOWN]!r}: want the whole path of the program"
    known = {name[1] for name in (*_NUMBERS, "%h", "%e", "%E", "%d", "%p", "%%")}
    for word in command:
        for match in _SPECIFIER.finditer(word):
            if match[1] not in known:
                want = " ".join(f"%{letter}" for letter in sorted(known))
                return f"{word[:_SHOWN]!r}: {match[0]} is not known here: known are {want}"
    return None


def expanded(command: Sequence[str], words: Mapping[str, str]) -> tuple[str, ...]:
    """The command with its specifiers replaced; one that the kernel did not state becomes empty."""
    given = {**words, "%%": "%"}
    return tuple(_SPECIFIER.sub(lambda match: given.get(match[0], ""), word) for word in command)
