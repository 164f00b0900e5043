"""FINGERPRINT: crash record to group key and features.

In: crash.v1; where repositories are to be had, the fact place. Out: crashes.fingerprinted, keyed by block. No state.
"""

from __future__ import annotations

from streams.core.fingerprint.explain import fingerprint
from streams.model.crash import Crash
from streams.model.message import Message
from streams.model.settings import PipelineSettings
from streams.model.step import Done, Emit, Facts, Need, State, Step


def fingerprinting(settings: PipelineSettings) -> Step:
    """The step under these settings."""

    def step(_state: State, event: Message, facts: Facts) -> Done | Need:
        """Normalise, choose the frame, hash."""
        if not isinstance(event, Crash):
            return Done()
        made = fingerprint(event, settings, facts)
        if isinstance(made, Need):
            return made
        # What was counted stays: source that comes later is for `regroup`.
        return Done(outputs=(Emit("crashes.fingerprinted", made.block, made),), waits=False)

    return step
