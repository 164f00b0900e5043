"""What happened around a history: pushes, builds, deploys, in the order of arrival; and where each crash was seen.

In: a plan, the commit of every id, a seed. Out: events, and for each case the times and places of its crash and the
batch that first brought the commit there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from benchmarks.suspects.log import DAY, MAIN
from benchmarks.suspects.names import dice
from benchmarks.suspects.plan import Case, Plan, Release
from benchmarks.suspects.rollouts import Live, Place, Rollouts
from benchmarks.suspects.stream import Event, Stream

_NONE: Final = "0" * 40
_FORMS: Final = ("b-{s}-{n}", "{s}/{n}", "rollout-{n}-{s}")
_RED: Final = 0.06
"""How often a push is red for good, and a tag is built twice."""
_AGAIN: Final = 0.2
_FIRST_REGION: Final = 0.7
_ON_CANARY: Final = 0.4
_OCCURRENCES: Final = 5


@dataclass(frozen=True)
class Sighting:
    """A case with what is true of it, and where it was seen. `origin`: what first brought the commit there."""

    case: Case
    seen: Live
    origin: Live | None
    occurrences: tuple[tuple[int, bool], ...]
    """Time, and whether on a canary; the first is the first seen."""


class Happening:
    """Events and sightings of one plan."""

    def __init__(self, plan: Plan, names: Mapping[str, str], seed: str) -> None:
        rng = dice(f"{seed}/{plan.frame.name}/events")
        self._rng = rng
        self._plan = plan
        self._names = names
        self._stream = Stream(rng, plan.frame.name, rng.randint(100, 8000))
        form, batches = rng.choice(_FORMS), rng.randint(20, 700)
        self._rollouts = Rollouts(rng, self._stream, plan.frame.regions, batches, form)
        self._parents = {commit.id: commit.parents for commit in plan.commits}

    def run(self) -> tuple[list[Event], list[Sighting]]:
        """All events by arrival, all sightings."""
        for push in self._plan.pushes:
            self._pushed(push.when, push.ref, push.before, push.commits)
        releases = sorted(self._plan.releases, key=lambda release: release.when)
        for number, release in enumerate(releases):
            last = number + 1 == len(releases)
            self._released(release, release.when + 9 * DAY if last else releases[number + 1].when)
        sightings = [self._seen(case) for case in self._plan.cases]
        return self._stream.arrived(), sightings

    def _pushed(self, when: int, ref: str, before: str | None, commits: tuple[str, ...]) -> None:
        shas = [self._names[commit] for commit in commits]
        had = self._names[before] if before else _NONE
        self._stream.happened(
            "git.push",
            when,
            repo=self._plan.frame.name,
            ref=ref,
            before=had,
            after=shas[-1],
            commits=shas,
        )
        if ref == MAIN or self._rng.choice((True, False)):
            self._stream.built(when + 400, ref, shas[-1], well=self._rng.random() >= _RED)

    def _released(self, release: Release, until: int) -> None:
        rng, services = self._rng, self._plan.frame.services
        ref, commit, begin = (
            f"refs/tags/{release.tag}",
            self._names[release.commit],
            release.when + 3600,
        )
        build = self._stream.built(release.when + 120, ref, commit, services)
        if rng.random() < _AGAIN:
            build = self._stream.built(release.when + 3000, ref, commit, services)
            begin += 2400
        for service in services:
            self._rollouts.release(service, release, build, begin + rng.randint(0, 1200), until)

    # --------------------------------------------------------------------------------------------------- sightings

    def _seen(self, case: Case) -> Sighting:
        rng, frame = self._rng, self._plan.frame
        region = frame.regions[0] if rng.random() < _FIRST_REGION else rng.choice(frame.regions[1:])
        place = Place(rng.choice(frame.services), region)
        spans = self._spans(place)
        serving = [(live, end) for live, end in spans if live.release.tag == case.seen]
        canaries = [pair for pair in serving if pair[0].canary]
        whole = [pair for pair in serving if not pair[0].canary]
        live, end = rng.choice(canaries if canaries and rng.random() < _ON_CANARY else whole)
        first = live.when + rng.choice(
            (120, 600, rng.randint(300, max(400, (end - live.when) // 2)))
        )
        later = [
            (max(first + 60, one.when), until, one.canary)
            for one, until in serving
            if until > first + 120
        ]
        found = [(first, live.canary)]
        for _ in range(1, _OCCURRENCES):
            begin, until, canary = rng.choice(later) if later else (first + 60, end, live.canary)
            found.append((rng.randint(begin, max(begin, until - 60)), canary))
        origin = next((one for one, _ in spans if self._contains(one.release, case.commit)), None)
        return Sighting(case, live, origin, tuple(sorted(found)))

    def _spans(self, place: Place) -> list[tuple[Live, int]]:
        """What served a place, and until when."""
        here = sorted(
            (x for x in self._rollouts.lives if x.place == place), key=lambda live: live.when
        )
        ends = [*(live.when for live in here[1:]), here[-1].when + 3 * DAY]
        return list(zip(here, ends, strict=True))

    def _contains(self, release: Release, commit: str | None) -> bool:
        seen: set[str] = set()
        waiting = [release.commit]
        while waiting:
            one = waiting.pop()
            if one not in seen:
                seen.add(one)
                waiting += self._parents[one]
        return commit in seen
