"""How builds come to places: staging, canaries, regions one after the other, rollbacks, restarts.

In: releases with the build of each. Out: deploy events, and what served which place from when on.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from benchmarks.suspects.log import DAY, HOUR
from benchmarks.suspects.plan import Release
from benchmarks.suspects.stream import Stream

_BY_STEPS: Final = 0.3
"""How often another region than the first gets a canary, too."""
_TAKEN_BACK: Final = 0.12
_NOISE: Final = 0.3
_WHOLE: Final = 100
_LONGEST: Final = 2 * DAY


@dataclass(frozen=True)
class Place:
    """Where a service runs in production."""

    service: str
    region: str


@dataclass(frozen=True)
class Live:
    """A build begins to serve a place."""

    when: int
    place: Place
    batch: str
    build: str
    release: Release
    canary: bool


@dataclass
class Rollouts:
    """All places of a repository."""

    rng: random.Random
    stream: Stream
    regions: tuple[str, ...]
    batches: int
    form: str
    """How batches are called: `{s}` service, `{n}` number."""
    lives: list[Live] = field(default_factory=list)

    def release(self, service: str, release: Release, build: str, begin: int, until: int) -> None:
        """A release goes to staging, then to one region after the other, all before `until`."""
        rng = self.rng
        staging = "st-" + self._batch(service)
        self._deploy(begin, Place(service, self.regions[0]), build, batch=staging, env="staging")
        when = begin + rng.randint(1, 3) * HOUR
        span = min(_LONGEST, max(8 * HOUR, (until - when - 30 * HOUR) // (len(self.regions) + 1)))
        for number, region in enumerate(self.regions):
            place = Place(service, region)
            if number == 0 or rng.random() < _BY_STEPS:
                self._by_steps(place, release, build, when, span)
            else:
                self._phase(place, release, build, self._batch(service))(when, "complete", _WHOLE)
            self._noise(place, build, when + span)
            when += span + rng.randint(2, 6) * HOUR

    def _by_steps(self, place: Place, release: Release, build: str, when: int, span: int) -> None:
        batch = self._batch(place.service)
        former = next((live for live in reversed(self.lives) if live.place == place), None)
        phase = self._phase(place, release, build, batch)
        phase(when, "canary", 5)
        when += span // 4
        if former is not None and self.rng.random() < _TAKEN_BACK:
            back = self._batch(place.service)
            self._deploy(when, place, former.build, batch=back, action="rollback")
            self.lives.append(Live(when, place, back, former.build, former.release, canary=False))
            phase = self._phase(place, release, build, self._batch(place.service))
            phase(when + span // 8, "canary", 5)
            when += span // 4
        phase(when, "ramp", 25)
        phase(when + span // 4, "complete", _WHOLE)

    def _phase(
        self, place: Place, release: Release, build: str, batch: str
    ) -> Callable[[int, str, int], None]:
        def phase(when: int, name: str, percent: int) -> None:
            self._deploy(when, place, build, batch=batch, phase=name, percent=percent)
            self.lives.append(Live(when, place, batch, build, release, canary=percent < _WHOLE))

        return phase

    def _noise(self, place: Place, build: str, when: int) -> None:
        for action in ("restart", "scale"):
            if self.rng.random() < _NOISE:
                at, own = when + self.rng.randint(100, 2 * HOUR), self._batch(place.service)
                self._deploy(at, place, build, batch=own, action=action)

    def _deploy(self, when: int, place: Place, build: str, **values: object) -> None:
        usual = {"env": "prod", "action": "rollout", "phase": "complete", "percent": _WHOLE}
        where = {"service": place.service, "region": place.region}
        self.stream.happened("deploy", when, **where, **{**usual, **values}, build_id=build)

    def _batch(self, service: str) -> str:
        self.batches += 1
        return self.form.format(s=service, n=self.batches)
