"""Bugs to tell apart: texts of crashes whose cluster is known before anything runs.

In: how many. Out: texts with the id of the cluster that the pipeline will put each into; no two share one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count, islice
from typing import Final

import msgspec

from benchmarks._pipeline_prefill import fingerprint_of
from streams.core.cluster.assign import cluster_id_of
from streams.core.fingerprint.texts import fingerprint_of_text
from streams.model.crash import Build
from streams.model.events import RawPanic
from streams.model.settings import PipelineSettings
from tests.kafka.crashes import mixed

_CRASHES_FOR_TEXTS: Final = 4000
_LONGEST: Final = 2500
_BUG: Final = re.compile(r"example\.com/shop/bug\d+\.")
# What says that the program ended closes a record at once: these crashes have to end by silence.
_EXIT: Final = re.compile(r"\s*^exit status \d+\s*\Z", re.MULTILINE)


class Bug(msgspec.Struct, frozen=True):
    """A text and the cluster of its crashes."""

    text: str
    cluster: str


def _found(text: str) -> str | None:
    """The cluster of a text, where it is the same for an event as for lines."""
    alone = cluster_id_of(fingerprint_of(RawPanic(text=text)))
    lines = fingerprint_of_text(text, Build(), PipelineSettings())
    return alone if lines is not None and alone == cluster_id_of(lines) else None


def _all() -> Iterator[Bug]:
    texts = dict.fromkeys(e.text for e in mixed(_CRASHES_FOR_TEXTS))
    ends = [_EXIT.sub("", text) for text in texts if len(text) < _LONGEST]
    known = set()
    for number in count():
        text = _BUG.sub(f"example.com/shop/bug{number}.", ends[number % len(ends)])
        cluster = _found(text)
        if cluster is not None and cluster not in known:
            known.add(cluster)
            yield Bug(text, cluster)


def bugs(wanted: int) -> tuple[Bug, ...]:
    """So many bugs."""
    return tuple(islice(_all(), wanted))
