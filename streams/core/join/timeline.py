"""What ran where and when: of pushes, builds and deploys in any order, however often they came.

In: git.push, ci.build and deploy events, each at any time, once or often. Out: a Timeline, which answers what served a
place at a moment, which revision crashed there, and after which one the crash came. Only what happened counts
(`occurred_at`), never when it was heard of.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from streams.model.events import CiBuild, Deploy, GitPush
from streams.model.instant import Instant
from streams.model.links import Built, Crashed, Place, RevisionBy, Rollout, Sighting, Stated, Window
from streams.model.message import encode

_SUCCEEDED: Final = frozenset(("success", "succeeded", "passed", "completed", "ok"))
_NOT_COMPLETE: Final = frozenset(("canary", "ramp"))
_FAILED: Final = "failed"
_WHOLE: Final = 100.0
# What a rollout does to a place; restarts and scaling only show what runs there.
CHANGES: Final = frozenset(("rollout", "rollback"))
_ORDER: Final = {"canary": 0, "ramp": 1, "complete": 2, "failed": 3}
_ANY_TIME: Final = Instant(0)
# So many earlier revisions are of interest; the range before them is as old as bugs get that somebody still finds.
_MOST_GOOD: Final = 4
_MOST_RAN: Final = 40


class _Step(NamedTuple):
    """One deploy event, in the order of the world."""

    at: Instant
    phase: int
    batch: str
    event: Deploy
    commit: str


class Running(NamedTuple):
    """What serves a place: a build, and another one that is being rolled out."""

    stable: Rollout | None
    candidate: Rollout | None


def distinct(
    events: Iterable[GitPush | CiBuild | Deploy],
) -> tuple[list[GitPush], list[CiBuild], list[Deploy]]:
    """Each delivery once, in an order of their own; of two under one id that differ, the smaller bytes."""
    kept: dict[tuple[str, str], GitPush | CiBuild | Deploy] = {}
    for event in events:
        key = (event.kind, event.delivery_id)
        known = kept.get(key)
        if known is None or (known != event and encode(event) < encode(known)):
            kept[key] = event
    found = [event for _, event in sorted(kept.items(), key=lambda item: item[0])]
    return (
        [e for e in found if isinstance(e, GitPush)],
        [e for e in found if isinstance(e, CiBuild)],
        [e for e in found if isinstance(e, Deploy)],
    )


class Timeline:
    """The world as these events tell it."""

    def __init__(self, events: Iterable[GitPush | CiBuild | Deploy]) -> None:
        """Order, duplicates and lateness of the events change nothing."""
        pushes, builds, deploys = distinct(events)
        self._pushes = pushes
        self._builds = _built(builds)
        self._by_digest = {d: b for b in self._builds.values() for d in b.digests}
        self._steps: dict[Place, list[_Step]] = {}
        for event in deploys:
            if event.occurred_at is None:
                continue
            place = Place(event.service, event.env or "", event.region or "")
            step = _Step(
                event.occurred_at,
                _ORDER.get(event.phase or "complete", 2),
                event.batch or event.delivery_id,
                event,
                self._commit(event),
            )
            self._steps.setdefault(place, []).append(step)
        for steps in self._steps.values():
            steps.sort(key=lambda step: (step.at, step.phase, step.batch, step.event.delivery_id))
        self._rollouts = {place: _rollouts(place, steps) for place, steps in self._steps.items()}

    def _commit(self, event: Deploy) -> str:
        if event.revision:
            return event.revision
        built = self._builds.get(event.build_id or "") or self._by_digest.get(event.digest or "")
        return built.commit if built else ""

    def build(self, build_id: str) -> Built | None:
        """The build of this id that succeeded."""
        return self._builds.get(build_id)

    def rollouts(self, place: Place) -> tuple[Rollout, ...]:
        """Batches of a place by when they began."""
        return self._rollouts.get(place, ())

    def running(self, place: Place, at: Instant) -> Running:
        """What served a place at a moment."""
        stable: Rollout | None = None
        candidate: Rollout | None = None
        by_batch = {rollout.batch: rollout for rollout in self.rollouts(place)}
        for step in self._steps.get(place, ()):
            if step.at > at:
                break
            rollout = by_batch[step.batch]
            action = step.event.action or "rollout"
            phase = step.event.phase or "complete"
            if action not in CHANGES:
                # A restart shows what was running before we heard of anything.
                stable = stable or rollout
            elif phase in _NOT_COMPLETE:
                candidate = rollout
            elif phase == _FAILED:
                candidate = None
            else:
                stable, candidate = rollout, None
        return Running(stable, candidate)

    def crashed(self, stated: Stated, seen: Sequence[Sighting]) -> Crashed:
        """The revision that crashed: what the crash states, else what ran where and when it was first seen."""
        first = min(seen, key=_by_time, default=None)
        if stated.revision:
            build_id = self._build_of(stated.revision, first)
            why = f"the binary says vcs.revision {stated.revision[:12]}"
            sure = 0.9 if stated.modified else 1.0
            return Crashed(
                commit=stated.revision,
                names=(stated.revision, *_versions(stated)),
                build_id=build_id,
                by="revision",
                why=why,
                confidence=sure,
            )
        built = self._builds.get(stated.build_id)
        if built is not None:
            why = f"the crash names build {built.build_id}"
            return self._of_build(built, stated, "build", why, 1.0)
        built = self._by_digest.get(stated.digest)
        if built is not None:
            return self._of_build(built, stated, "digest", "the image digest is that of a build", 1)
        if stated.version:
            found = self._of_version(stated, first)
            if found is not None:
                return found
        return self._of_deploys(stated, first)

    def _of_build(
        self,
        built: Built,
        stated: Stated,
        by: RevisionBy,
        why: str,
        sure: float,
    ) -> Crashed:
        return Crashed(
            commit=built.commit,
            names=(built.commit, *_versions(stated)),
            build_id=built.build_id,
            by=by,
            why=why,
            confidence=sure,
        )

    def _of_version(self, stated: Stated, first: Sighting | None) -> Crashed | None:
        wanted = {stated.version, stated.version.removeprefix("v"), "v" + stated.version}
        fitting = [b for b in self._builds.values() if b.ref.rpartition("/")[2] in wanted]
        if not fitting:
            return None
        commits = {built.commit for built in fitting}
        best = max(fitting, key=lambda b: (self._deployed(b, first), b.attempt, b.build_id))
        why = f"the crash names version {stated.version}, which build {best.build_id} made"
        return self._of_build(best, stated, "version", why, 1.0 if len(commits) == 1 else 0.7)

    def _deployed(self, built: Built, first: Sighting | None) -> Instant:
        """When a build last began in the place of the crash before it was seen; the epoch: never."""
        if first is None:
            return _ANY_TIME
        return max(
            (
                r.began
                for r in self.rollouts(first.place)
                if r.build_id == built.build_id and r.began <= first.at
            ),
            default=_ANY_TIME,
        )

    def _build_of(self, commit: str, first: Sighting | None) -> str | None:
        fitting = [b for b in self._builds.values() if _same(b.commit, commit)]
        if not fitting:
            return None
        return max(fitting, key=lambda b: (self._deployed(b, first), b.build_id)).build_id

    def _of_deploys(self, stated: Stated, first: Sighting | None) -> Crashed:
        nothing = Crashed(
            commit="",
            names=_versions(stated),
            build_id=None,
            by="unknown",
            why="neither the crash nor a deploy says what ran",
            confidence=0.0,
        )
        if first is None:
            return nothing
        state = self.running(first.place, first.at)
        chosen, sure = _served(state, first)
        if chosen is None:
            return nothing
        share = "the canary" if chosen is state.candidate else "what served everything"
        return Crashed(
            commit=chosen.commit,
            names=(chosen.commit, *_versions(stated)) if chosen.commit else _versions(stated),
            build_id=chosen.build_id or None,
            by="deploys",
            why=f"{share} in {_where(first.place)} at that time was batch {chosen.batch}",
            confidence=sure,
        )

    def window(self, crashed: Crashed, seen: Sequence[Sighting]) -> Window:
        """After which revisions of that place the crash came, and what else is needed to say so."""
        first = min(seen, key=_by_time, default=None)
        if first is None:
            return Window(later=())
        before = [r for r in self.rollouts(first.place) if r.began <= first.at and r.commit]
        own = [r for r in before if _same(r.commit, crashed.commit)]
        arrival = own[0] if own else None
        good = self._good(first.place, crashed, arrival.began if arrival else first.at)
        ran = tuple(dict.fromkeys(r.commit for r in before))[-_MOST_RAN:]
        return Window(
            good=tuple(r.commit for r in good),
            good_builds=tuple(r.build_id for r in good),
            ran=ran,
            later=self.later(first.at),
            first=arrival,
        )

    def later(self, at: Instant) -> tuple[str, ...]:
        """Commits that were pushed after a moment, and not before it."""
        after: set[str] = set()
        before: set[str] = set()
        for push in self._pushes:
            late = push.occurred_at is not None and push.occurred_at > at
            (after if late else before).update(push.commits)
        return tuple(sorted(after - before))

    def _good(self, place: Place, crashed: Crashed, until: Instant) -> list[Rollout]:
        """What served the place before the crashed revision came, the last one first."""
        found: list[Rollout] = []
        state = self.running(place, until)
        stable = state.stable
        if stable is not None and stable.commit and not _same(stable.commit, crashed.commit):
            found.append(stable)
        earlier = sorted(
            (r for r in self.rollouts(place) if r.complete is not None and r.complete < until),
            key=lambda r: (r.complete or _ANY_TIME, r.batch),
            reverse=True,
        )
        for rollout in earlier:
            known = any(_same(rollout.commit, other.commit) for other in found)
            if rollout.commit and not known and not _same(rollout.commit, crashed.commit):
                found.append(rollout)
        return found[:_MOST_GOOD]

    def brought(self, place: Place, commits: Iterable[str], until: Instant) -> Rollout | None:
        """The batch that first brought one of these commits to a place: `commits` are all that contain a change."""
        wanted = set(commits)
        return next(
            (r for r in self.rollouts(place) if r.commit in wanted and r.began <= until), None
        )


def _built(events: Sequence[CiBuild]) -> dict[str, Built]:
    """Builds that succeeded; of several attempts the last."""
    found: dict[str, Built] = {}
    for event in events:
        if (event.status or "").lower() not in _SUCCEEDED or not event.commit:
            continue
        known = found.get(event.build_id)
        if known is not None and known.attempt >= event.attempt:
            continue
        found[event.build_id] = Built(
            build_id=event.build_id,
            commit=event.commit,
            ref=event.ref or "",
            attempt=event.attempt,
            digests=tuple(sorted({a.digest for a in event.artifacts if a.digest})),
        )
    return found


def _rollouts(place: Place, steps: Sequence[_Step]) -> tuple[Rollout, ...]:
    found: dict[str, Rollout] = {}
    ended: Mapping[str, Instant] = {
        step.batch: step.at for step in reversed(steps) if step.phase == _ORDER["complete"]
    }
    for step in steps:
        if step.batch in found:
            continue
        share = step.event.percent
        found[step.batch] = Rollout(
            batch=step.batch,
            place=place,
            build_id=step.event.build_id or "",
            commit=step.commit,
            began=step.at,
            share=_WHOLE if share is None else share,
            complete=ended.get(step.batch),
            action=step.event.action or "rollout",
        )
    return tuple(found.values())


def _served(state: Running, seen: Sighting) -> tuple[Rollout | None, float]:
    """What served a sighting, and how sure that is."""
    stable, candidate = state.stable, state.candidate
    if candidate is None:
        return stable, 0.95 if seen.canary is not True else 0.8
    if stable is None:
        return candidate, 0.9
    if seen.canary is None:
        # The newer build is likelier to crash than its share of the traffic says.
        return candidate, 0.6
    return (candidate if seen.canary else stable), 0.95


def _same(one: str, other: str) -> bool:
    return bool(one) and bool(other) and (one.startswith(other) or other.startswith(one))


def _versions(stated: Stated) -> tuple[str, ...]:
    return (stated.version,) if stated.version else ()


def _by_time(seen: Sighting) -> tuple[Instant, Place, bool]:
    return (seen.at, seen.place, bool(seen.canary))


def _where(place: Place) -> str:
    return "/".join(part for part in (place.service, place.env, place.region) if part)
