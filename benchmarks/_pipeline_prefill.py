"""Crashes that are fingerprinted already, as many as are wanted in minutes: what `fingerprint` would have made.

In: how many. Out: events, or records for crashes.fingerprinted, folded, routed and packed by the product's own code.
Their times go on where those before them ended.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import Final

import msgspec

from benchmarks._pipeline_place import PARTITIONS, Place
from streams.core.fingerprint.fold import fold
from streams.core.fingerprint.texts import fingerprinted
from streams.core.steps.admit import admit
from streams.core.steps.symbolize import crash_of
from streams.drivers.kafka.outgoing import Router
from streams.drivers.kafka.records import Outgoing
from streams.model.events import Fingerprinted, RawPanic
from streams.model.instant import Instant
from streams.model.settings import PipelineSettings
from streams.model.step import Emit
from tests.kafka.crashes import mixed

TOPIC: Final = "crashes.fingerprinted"
PER_SECOND: Final = 20
START_SECONDS: Final = 1_795_420_800
_SEED: Final = 7
_CRASHES_FOR_BUGS: Final = 4000
# So many crashes are folded at once: more than in a batch of the product, so that a million takes minutes.
_FOLDED: Final = 4000
_HOSTS: Final = 9
_SERVICES: Final = 5


def fingerprint_of(event: RawPanic) -> Fingerprinted:
    """What the pipeline makes of a crash. Raises ValueError where the text holds none."""
    crash = crash_of(admit(event, ()), PipelineSettings())
    if crash is None:
        raise ValueError(f"no crash in {event.text[:60]!r}")
    return fingerprinted(crash)


@cache
def _bases() -> tuple[Fingerprinted, ...]:
    """Fingerprinted crashes in the mixture of `mixed`."""
    known: dict[str, Fingerprinted] = {}
    found = []
    for event in mixed(_CRASHES_FOR_BUGS):
        if event.text not in known:
            known[event.text] = fingerprint_of(event)
        found.append(known[event.text])
    return tuple(found)


def fingerprints(count: int, first: int = 0) -> Iterator[Fingerprinted]:
    """Crashes number `first` to `first + count - 1`, all different."""
    rnd = random.Random(_SEED)  # noqa: S311 - the same crashes in every run, not a secret
    bases = _bases()
    for number in range(first, first + count):
        yield msgspec.structs.replace(
            bases[number % len(bases)],
            crash=f"stored-{number}",
            at=Instant((START_SECONDS + number // PER_SECOND) * 10**9),
            service=f"service-{rnd.randrange(_SERVICES)}",
            host=f"host-{rnd.randrange(_HOSTS)}",
        )


def stored(at: Place, count: int, first: int) -> Iterator[Outgoing]:
    """The same as records for `cluster`."""
    router = Router(at.names, {at.topic(TOPIC): PARTITIONS})
    made = fingerprints(count, first)
    while batch := list(islice(made, _FOLDED)):
        folded = fold(Emit(TOPIC, event.block, event) for event in batch)
        yield from router.route(folded, "fingerprint")
