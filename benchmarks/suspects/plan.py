"""What is committed when: the history of a service as data.

In: a frame, templates with the way their mistakes show, a seed. Out: commits with their parents and states, pushes,
releases, and the cases to prove.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.suspects import changes
from benchmarks.suspects.cast import features
from benchmarks.suspects.frame import Frame
from benchmarks.suspects.log import DAY, HOUR, Commit, Log, Push
from benchmarks.suspects.names import WORDS, Names, dice
from benchmarks.suspects.state import State
from benchmarks.suspects.story import Assignment, How, Story, Tasks, cast

_START: Final = 1_772_000_000  # 2026-02-25
_APART: Final = 6 * DAY
"""Between releases: the one before is everywhere by then."""


@dataclass(frozen=True)
class Release:
    """A tag."""

    tag: str
    commit: str
    when: int


@dataclass(frozen=True)
class Case:
    """A crash to prove: commits by id, releases by tag. `first` is the first release with the commit."""

    feature: int
    how: How
    category: str
    commit: str | None
    parent: str | None
    alt: tuple[str, ...]
    before: str
    first: str
    seen: str


@dataclass(frozen=True)
class Plan:
    """All of it. `known`: commits by what they do; `last`: how features are reached."""

    frame: Frame
    commits: Sequence[Commit]
    pushes: Sequence[Push]
    releases: Sequence[Release]
    cases: Sequence[Case]
    known: dict[str, str]
    last: State


def plan(frame: Frame, seed: str, assignments: Sequence[Assignment], releases: int) -> Plan:
    """The history of a service."""
    return _Planner(frame, seed, assignments, releases).run()


class _Planner:
    def __init__(
        self, frame: Frame, seed: str, assignments: Sequence[Assignment], releases: int
    ) -> None:
        rng = dice(f"{seed}/{frame.name}")
        names = Names(rng, frame.taken)
        state = State(frame, features(rng, names, frame, [a.template for a in assignments]))
        self._rng = rng
        self._count = releases
        self._stories = cast(rng, assignments, releases)
        self._tasks = Tasks(rng, names, self._stories, releases)
        self._tasks.begin(state)
        self._log = Log(rng, state, _START + rng.randint(0, 20 * DAY))
        self._releases: list[Release] = []
        self._cases: list[Case] = []

    def run(self) -> Plan:
        """Commit everything."""
        log = self._log
        log.add("Initial commit", "initial", log.state)
        for number in range(1, self._count + 1):
            self._range(number)
        return Plan(
            log.state.frame,
            log.commits,
            log.pushes,
            self._releases,
            self._cases,
            log.known,
            log.state,
        )

    def _range(self, number: int) -> None:
        """The commits that lead to a release, and the release."""
        log = self._log
        early, late = self._tasks.of(number, log.state, lambda one: f"fix {one}" in log.known)
        log.walk(early)
        patches = [s for s in self._stories if s.how == "back-port" and s.guilty == number]
        if patches:
            log.push()
            self._patch(number, patches)
        log.walk(late)
        log.push()
        if self._releases:
            log.clock = max(log.clock, self._releases[-1].when + _APART)
        noted = log.state.copy()
        had = noted.plain.get("CHANGELOG.md", "")
        noted.plain["CHANGELOG.md"] = f"## {_tag(number)}: {self._rng.choice(WORDS)}\n{had}"
        last = log.add(f"Release {_tag(number)}", f"release {number}", noted)
        log.clock += self._rng.randint(1, 5) * 600
        log.push()
        self._releases.append(Release(_tag(number), last, log.clock - 300))
        self._cases += [
            self._case(story)
            for story in self._stories
            if story.seen == number and story.how not in {None, "back-port"}
        ]

    def _case(self, story: Story) -> Case:
        category = self._log.state.features[story.number].template.category
        seen = _tag(story.seen)
        if story.how == "no change":
            before = _tag(story.seen - 1)
            return Case(story.number, "no change", category, None, None, (), before, seen, seen)
        commit = self._log.known[f"guilty {story.number}"]
        parent = self._log[commit].parents[0]
        before, first = _tag(story.guilty - 1), _tag(story.guilty)
        return Case(
            story.number, story.how or "", category, commit, parent, (), before, first, seen
        )

    def _patch(self, number: int, patches: Sequence[Story]) -> None:
        """A release of a branch of the release before, with what was picked from main."""
        log, base = self._log, self._releases[-1]
        ref, tag = f"refs/heads/release/1.{number - 2}", f"v1.{number - 2}.1"
        state, last, made = log[base.commit].state, base.commit, []
        for story in patches:
            feature, original = state.features[story.number], log.known[f"guilty {story.number}"]
            which, *_ = feature.template.content.roles("guilty")
            state = state.copy()
            changes.step(feature, story.number, which, "").apply(state)
            text = f"{log[original].subject}\n\n(cherry picked from commit {{sha:{original}}})"
            parent, last = last, log.add_to(ref, last, text, f"pick {story.number}", state)
            made.append(last)
            category = feature.template.category
            self._cases.append(
                Case(
                    story.number,
                    "back-port",
                    category,
                    last,
                    parent,
                    (original,),
                    base.tag,
                    tag,
                    tag,
                )
            )
        state = state.copy()
        changes.paper(self._rng).apply(state)
        made.append(log.add_to(ref, last, "Notes of the patch release", "", state))
        log.clock = max(log.clock, base.when + _APART)
        log.push_branch(ref, made)
        self._releases.append(Release(tag, made[-1], log.clock + 100))
        log.clock += HOUR


def _tag(number: int) -> str:
    return f"v1.{number - 1}.0"
