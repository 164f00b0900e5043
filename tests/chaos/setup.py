"""What a run is, and what it gave.

In: choices. Out: values.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import msgspec

from tests.chaos.plan import CREWS, PHASE_OF, POINTS, Act, Crew, Phase, Wanted, acts
from tests.chaos.scene import Figure
from tests.chaos.worker import Done


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """What a run is. `plan` None: it follows from the seed. `quiet_seconds`: nothing moves for so long: give up.

    `compacting`: changelogs are compacted while the workers write.
    """

    crashes: int
    seed: int
    wanted: Wanted
    rate: float = 200.0
    crews: tuple[Crew, ...] = CREWS
    plan: tuple[Act, ...] | None = None
    mutation: str | None = None
    compacting: bool = False
    session_seconds: int = 6
    quiet_seconds: float = 60.0

    @property
    def view(self) -> bool:
        """Whether the run has a database."""
        return any("view" in crew.stages for crew in self.crews)

    def acts(self) -> tuple[Act, ...]:
        """What happens."""
        return acts(self.wanted, self.crews, self.seed) if self.plan is None else self.plan


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What a run gave. `deeds` is the killer's log."""

    setup: Setup
    figures: tuple[Figure, ...]
    deeds: tuple[Done, ...]
    failures: tuple[str, ...]

    @property
    def wrong(self) -> tuple[Figure, ...]:
        """Figures that are not what they have to be."""
        return tuple(figure for figure in self.figures if figure.wrong)

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong, and enough was done to say so."""
        return not (self.wrong or self.failures)


def kills(deeds: tuple[Done, ...]) -> Counter[Phase]:
    """By phase."""
    return Counter(PHASE_OF[d.point] for d in deeds if d.deed == "kill" and d.point in PHASE_OF)


def too_tame(wanted: Wanted, deeds: tuple[Done, ...]) -> Iterator[str]:
    """What was asked for and was not done."""
    done = kills(deeds)
    if done.total() < wanted.least_kills:
        yield f"{done.total()} kills at named points, want {wanted.least_kills}"
    for phase in POINTS:
        if done[phase] < wanted.least_each:
            yield f"{done[phase]} kills {phase}, want {wanted.least_each}"
    stops = sum(d.deed == "stop" for d in deeds)
    if wanted.stops and not stops:
        yield "nobody was stopped"
