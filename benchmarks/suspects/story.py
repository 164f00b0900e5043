"""What happens to each feature of a service, release by release.

In: templates with how their mistake shows. Out: for each release the changes that lead to it, in an order that works.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from benchmarks.suspects import changes
from benchmarks.suspects.changes import Change
from benchmarks.suspects.names import Names
from benchmarks.suspects.notation import Role, Template
from benchmarks.suspects.state import Feature, State

How = Literal["", "slow", "back-port", "no change"]

_FIRST: Final = 3
"""The first release with mistakes: the feature and a fix that is reverted come before."""
_SLOPPY: Final = 0.15
_NEAR_AT: Final = 0.7
_NEAR: Final = 0.12
"""How often a harmless change close by is in the release of the mistake, and in another."""
_BESIDE: Final = 0.2
"""How often the commit of the mistake does something else, too."""
_MENDED: Final = 0.7
_NEWER_GO: Final = "1.25"


@dataclass(frozen=True)
class Assignment:
    """A template and how its mistake shows; `how` is None for one that is never made."""

    template: Template
    how: How | None


@dataclass
class Story:
    """A feature with its releases: when it comes in, when the mistake is made and seen; 0 is the initial commit."""

    number: int
    how: How | None
    born: int
    before: int = 0
    guilty: int = 0
    seen: int = 0


def cast(rng: random.Random, assignments: Sequence[Assignment], releases: int) -> list[Story]:
    """A story for each feature; mistakes are spread over the releases."""
    turns: list[int] = []
    found = []
    for number, assignment in enumerate(assignments):
        if not turns:
            turns = list(range(_FIRST, releases + 1))
            rng.shuffle(turns)
        story = Story(number, assignment.how, rng.choice((0, 0, 1, 2)))
        match assignment.how:
            case None:
                story.born = rng.randint(0, releases - 1)
            case "no change":
                story.born, story.seen = 0, turns.pop()
            case how:
                story.guilty = min(turns.pop(), releases - (how == "slow"))
                story.seen = story.guilty + (how == "slow")
                story.born = min(story.born, story.guilty - 2)
                story.before = max(story.born + 1, story.guilty - 2)
        found.append(story)
    return found


class Tasks:
    """The changes of each release. `state` is what they are drawn for, `mended` tells whether a mistake was."""

    def __init__(
        self, rng: random.Random, names: Names, stories: Sequence[Story], releases: int
    ) -> None:
        self._rng = rng
        self._names = names
        self._stories = stories
        self._releases = releases
        self._format = rng.randint(2, releases)

    def begin(self, state: State) -> None:
        """What is there from the start, and what of it is not formatted well."""
        for story in self._stories:
            feature = state.features[story.number]
            feature.present = story.born == 0
            touch = feature.template.content.extra.get("touch")
            feature.sloppy = touch == "format" or self._rng.random() < _SLOPPY

    def of(
        self, number: int, state: State, mended: Callable[[int], bool]
    ) -> tuple[list[Change], list[Change]]:
        """What comes before a patch release (all that it needs), and the rest; each in order."""
        early: list[list[Change]] = []
        late = [[change] for change in self._noise(number, state)]
        patched = False
        for story in self._stories:
            group = self._story(story, number, state)
            group += [] if mended(story.number) else self._mend(story, number, state)
            first = story.how == "back-port" and story.guilty == number
            patched = patched or first
            (early if first else late).append(group)
        if patched:
            half = len(late) // 2
            early, late = early + late[:half], late[half:]
        return self._mixed(early), self._mixed(late)

    def _story(self, story: Story, number: int, state: State) -> list[Change]:
        rng, feature = self._rng, state.features[story.number]
        content = feature.template.content
        found = [changes.birth(feature, story.number)] if story.born == number else []
        if story.before == number:
            found += self._steps(story, state, "before")
        near = _NEAR_AT if number == (story.guilty or story.seen) else _NEAR
        for i in content.roles("near"):
            if story.born < number and i not in feature.steps and rng.random() < near:
                change = changes.step(feature, story.number, i, f"near {story.number}.{i}")
                found.insert(rng.randint(0, len(found)), change)
        if story.guilty and story.guilty == number:
            place = rng.randint(len(found) - 1, len(found)) if found else 0
            found[place:place] = [
                self._beside(story, state, one) for one in self._steps(story, state, "guilty")
            ]
            found += self._steps(story, state, "after") + self._touch(story, state)
        return found

    def _beside(self, story: Story, state: State, guilty: Change) -> Change:
        """The mistake, with something harmless in the same commit now and then."""
        rng, number = self._rng, story.number
        if guilty.undoes or story.how == "back-port":
            return guilty
        feature = state.features[number]
        extra = feature.template.content.extra
        piece = extra.get("piece", "entry")
        match extra.get("beside"):
            case "move":
                return changes.together(guilty, changes.moving(rng, feature, number, piece))
            case "rename":
                return changes.together(
                    guilty, changes.renaming(rng, self._names, feature, number, piece)
                )
        if rng.random() > _BESIDE:
            return guilty
        harmless = rng.choice(
            (
                changes.renaming(rng, self._names, feature, number),
                changes.moving(rng, feature, number),
                changes.helper(rng, self._names, feature, number),
                changes.addition(rng, feature, number) or guilty,
            )
        )
        return changes.together(guilty, harmless)

    def _steps(self, story: Story, state: State, role: Role) -> list[Change]:
        feature = state.features[story.number]
        return [
            changes.step(feature, story.number, i, f"{role} {story.number}")
            for i in feature.template.content.roles(role)
        ]

    def _mend(self, story: Story, number: int, state: State) -> list[Change]:
        """The mistake is mended one release after it was seen, or two, or never."""
        if story.how is None or number - story.seen not in {1, 2} or self._rng.random() > _MENDED:
            return []
        content = state.features[story.number].template.content
        if content.roles("fix"):
            return self._steps(story, state, "fix")
        if story.how == "no change" or content.roles("after"):
            return []
        number = story.number
        return [
            changes.without(number, content.roles("guilty"), f"fix {number}", f"guilty {number}")
        ]

    def _touch(self, story: Story, state: State) -> list[Change]:
        feature, number = state.features[story.number], story.number
        extra = feature.template.content.extra
        piece = extra.get("piece", "entry")
        match extra.get("touch"):
            case "rename":
                return [changes.renaming(self._rng, self._names, feature, number, piece)]
            case "move":
                return [changes.moving(self._rng, feature, number, piece)]
            case "wrap":
                return [changes.wrapping(feature, number, piece)]
            case "format":
                return [changes.formatting(number)]
            case _:
                return []

    def _noise(self, number: int, state: State) -> list[Change]:
        rng = self._rng
        found = [
            self._harmless(state, rng.randrange(len(state.features)))
            for _ in range(rng.randint(5, 9))
        ]
        if number == self._format:
            later = [s.number for s in self._stories if s.guilty > number or not s.guilty]
            found += [changes.formatting(i) for i in later[:1]]
        if number == self._releases // 2:
            found.append(changes.newer_go(_NEWER_GO))
        return [change for change in found if change is not None]

    def _harmless(self, state: State, number: int) -> Change | None:
        rng, feature = self._rng, state.features[number]
        if not feature.present:
            return changes.paper(rng)
        kinds: tuple[tuple[float, Callable[[], Change | None]], ...] = (
            (6, lambda: changes.addition(rng, feature, number)),
            (3, lambda: changes.renaming(rng, self._names, feature, number)),
            (2, lambda: changes.moving(rng, feature, number)),
            (1, lambda: changes.moving_package(rng, state.features, number, state.frame.layout)),
            (1, lambda: changes.wrapping(feature, number)),
            (1, lambda: changes.upgrade(rng, state.features)),
            (3, lambda: changes.paper(rng)),
            (2, lambda: changes.test_file(rng, feature, number)),
            (3, lambda: changes.helper(rng, self._names, feature, number)),
            (1.5, lambda: changes.addition_to_frame(rng, state)),
            (1.5, lambda: self._second_thought(feature, number)),
        )
        (_, make), *_ = rng.choices(kinds, [weight for weight, _ in kinds])
        return make()

    def _second_thought(self, feature: Feature, number: int) -> Change | None:
        """A harmless step is reverted; it may come again."""
        made = [i for i in feature.template.content.roles("near") if i in feature.steps]
        if not made:
            return None
        one = self._rng.choice(made)
        return changes.without(number, (one,), f"without {number}.{one}", f"near {number}.{one}")

    def _mixed(self, groups: list[list[Change]]) -> list[Change]:
        """All changes in an order that keeps that of each group."""
        waiting = [list(group) for group in groups if group]
        out = []
        while waiting:
            group = self._rng.choices(waiting, [len(g) for g in waiting])[0]
            out.append(group.pop(0))
            waiting = [g for g in waiting if g]
        return out
