"""Waiting for a program outside that has no way to tell us: asked again and again, with a deadline.

In: a question, a number of seconds. Out: its answer, once there is one. Never waits where the thing waited for can
be read as a stream (a topic, a pipe): those block by themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from time import monotonic
from typing import Final, TypeVar

_Answer = TypeVar("_Answer")
_PAUSE_SECONDS: Final = 0.05


def until(question: Callable[[], _Answer | None], what: str, *, within: float = 60.0) -> _Answer:
    """The first answer that is true; a failure that names `what` after `within` seconds."""
    end = monotonic() + within
    pause = Event()
    while not (answer := question()):
        assert monotonic() < end, f"not within {within} s: {what}"
        pause.wait(_PAUSE_SECONDS)
    return answer
