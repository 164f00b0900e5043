"""A process that was killed, and left no word: SIGKILL, mostly of the kernel that ran out of memory.

In: an admitted raw panic without text. Out: what is known of its end. No stack is made up.
"""

from __future__ import annotations

from streams.model.crash import Signal, Traceback
from streams.model.events import RawPanic


def killed(raw: RawPanic) -> Traceback | None:
    """How the process ended; None where it left a text, or was ended by no signal."""
    ended = raw.exit
    if ended is None or not ended.signal or raw.text.strip():
        return None
    memory = ", out of memory" if ended.oom is True else ""
    program = _program(raw)
    message = f"killed by {ended.signal}{memory}" + (f": {program}" if program else "")
    return Traceback(kind="signal", message=message, signal=Signal(name=ended.signal), exit=ended)


def _program(raw: RawPanic) -> str:
    """The name of the program, without its folder."""
    said = raw.context.attributes
    path = said.get("exe") or next(iter(said.get("command", "").split()), "")
    return path.rpartition("/")[2] or raw.service or ""
