"""Which cluster a text belongs to, by the pure functions alone: no table, no driver, no counting.

In: a text. Out: its block and its cluster id, or None where it holds no crash.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import msgspec

from streams.core.cluster.assign import cluster_id_of
from streams.core.fingerprint.texts import fingerprinted
from streams.core.steps.admit import admit
from streams.core.steps.symbolize import crash_of
from streams.model.events import RawPanic
from streams.model.settings import PipelineSettings

_SETTINGS: Final = PipelineSettings()


class Identity(msgspec.Struct, frozen=True):
    """Where a crash is counted."""

    block: str
    cluster: str


@lru_cache(maxsize=8192)
def identify(text: str) -> Identity | None:
    """The identity of the crash in a text."""
    crash = crash_of(admit(RawPanic(text=text, event_id="x"), ()), _SETTINGS)
    if crash is None:
        return None
    made = fingerprinted(crash)
    return Identity(made.block, cluster_id_of(made))
