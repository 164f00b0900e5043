"""A whole set of crashes into clusters by a named method, for `cluster`, `explain` and benchmarks.

In: crashes with their fingerprints, a method. Out: the cluster of each, and what the set taught. A function of the
set: the order does not matter. `locus1` takes the place in the source where there is one, else what the set tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Final

import msgspec

from streams.core.cluster.assign import cluster_id_of
from streams.core.cluster.together import Together, keys_of
from streams.core.fingerprint.normalize import function_key
from streams.core.fingerprint.rules import below_panic, goroutine_of
from streams.core.fingerprint.seen import seen_of
from streams.core.fingerprint.stack import MAX_FRAMES
from streams.core.similarity.methods import METHODS, BatchMethod, Sample, batch
from streams.model.crash import Crash
from streams.model.events import Fingerprinted
from streams.model.settings import PipelineSettings

DEFAULT: Final = "locus1"
# Every method, the default first.
ALL: Final[tuple[str, ...]] = (DEFAULT, *METHODS)


class Given(msgspec.Struct, frozen=True):
    """A crash of a set: its name there, its record, its fingerprint by the method (`plain` for others than locus1)."""

    id: str | int
    crash: Crash
    event: Fingerprinted


def clusters_of(
    given: Sequence[Given], method: str, settings: PipelineSettings
) -> dict[str | int, Together]:
    """The cluster of each crash. Raises ValueError where a method refuses so many distinct stacks."""
    if method == DEFAULT:
        return keys_of(
            [seen_of(g.id, g.crash, g.event, cluster_id_of(g.event), settings) for g in given]
        )
    chosen = next(known for known in METHODS if known == method)
    return _by_batch(given, chosen, settings)


def _by_batch(
    given: Sequence[Given], method: BatchMethod, settings: PipelineSettings
) -> dict[str | int, Together]:
    samples = [_sample(g) for g in given]
    keys = batch(method, samples, settings.eps, settings.min_samples)
    return {g.id: Together(key) for g, key in zip(given, keys, strict=True)}


def _sample(given: Given) -> Sample:
    crash = given.crash
    goroutine = goroutine_of(crash)
    below = below_panic(goroutine.frames) if goroutine else ()
    own = [f for f in below if f.in_app] or list(below)
    frames = tuple(function_key(f.function) for f in islice(own, MAX_FRAMES))
    return Sample(
        id=str(given.id),
        block=given.event.block,
        fingerprint=given.event.fingerprint,
        frames=frames,
        top=own[0].function if own else given.event.block,
        plain=cluster_id_of(given.event),
        stack=given.event.frames,
        trees=given.event.trees,
    )


__all__ = ["ALL", "DEFAULT", "Given", "clusters_of"]
