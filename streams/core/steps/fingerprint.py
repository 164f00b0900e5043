"""FINGERPRINT: crash record to group key and features.

In: crash.v1. Out: crashes.fingerprinted, keyed by block. Has no state.
"""

from __future__ import annotations

from streams.core.fingerprint.explain import fingerprint
from streams.model.crash import Crash
from streams.model.message import Message
from streams.model.step import Done, Emit, Facts, Need, State


def step(_state: State, event: Message, _facts: Facts) -> Done | Need:
    """Normalise, choose the frame, hash."""
    if not isinstance(event, Crash):
        return Done()
    made = fingerprint(event)
    return Done(outputs=(Emit("crashes.fingerprinted", made.block, made),))
