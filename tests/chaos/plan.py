"""What is done to the workers, and when: a list of acts that follows from a seed.

In: how many kills and stops. Out: acts, ordered by the share of the events that were fed when each is due.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from tests.chaos.crashes import dice

Deed = Literal["kill", "stop", "term"]
Phase = Literal["computing", "sending", "before commit", "after commit", "in recovery"]


class Order(msgspec.Struct, frozen=True):
    """What a worker does to itself when it passes a named point for the n-th time."""

    deed: Deed
    point: str
    passes: int = 1


class Crew(msgspec.Struct, frozen=True):
    """Workers that run the same stages. `stages`: as the command line takes them."""

    name: str
    stages: tuple[str, ...]
    members: tuple[str, ...] = ("a", "b")

    def workers(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(f"{self.name}-{member}" for member in self.members)


Kind = Literal["order", "join", "leave", "broker", "postgres"]


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happens. `then`: the order for the worker's next life, so that it dies in its recovery."""

    at: float
    kind: Kind
    worker: str = ""
    order: Order | None = None
    then: Order | None = None


CREWS: Final = (
    Crew("front", ("symbolize", "fingerprint")),
    Crew("cluster", ("cluster",)),
    Crew("back", ("decide", "link", "attribute", "notify", "view")),
)
# The points of exact.probe, and those that tests/chaos/worker.py adds: computing (inside the agent), and around
# the SQL commit of `view` storing and stored.
POINTS: Final[dict[Phase, tuple[str, ...]]] = {
    "computing": ("computing", "computed"),
    "sending": ("sending",),
    "before commit": ("sent", "storing"),
    "after commit": ("committed", "stored"),
    "in recovery": ("fenced", "recovering", "recovered"),
}
PHASE_OF: Final[dict[str, Phase]] = {
    point: phase for phase, points in POINTS.items() for point in points
}
_VIEW_POINTS: Final = frozenset(("storing", "stored"))
_IN_WORK: Final[tuple[Phase, ...]] = ("computing", "sending", "before commit", "after commit")
# With a batch computed, on its way, acknowledged, and committed but not in the local store.
_STOPS: Final = ("computed", "sending", "sent", "committed")
_FIRST: Final = 0.05
_LAST: Final = 0.92


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """How much chaos. A run with fewer kills than `least_kills`, or than `least_each` in a phase, proves too little."""

    kills: int
    stops: int = 0
    terms: int = 0
    joins: int = 0
    broker: int = 0
    postgres: int = 0
    least_kills: int = 0
    least_each: int = 0


class _Planner:
    def __init__(self, wanted: Wanted, crews: tuple[Crew, ...], seed: int) -> None:
        self._wanted = wanted
        self._crews = crews
        self._dice = dice(("plan", seed))

    def acts(self) -> list[Act]:
        """All of them, unordered."""
        wanted, dice_ = self._wanted, self._dice
        acts = self._kills()
        acts += [
            self._order(at, "stop", _STOPS[number % len(_STOPS)])
            for number, at in enumerate(self._spread(wanted.stops))
        ]
        acts += [
            self._order(at, "term", dice_.choice(("computing", "sending")))
            for at in self._spread(wanted.terms)
        ]
        for number, at in enumerate(self._spread(wanted.joins)):
            newcomer = f"{self._crews[number % len(self._crews)].name}-c"
            acts.append(Act(at=at, kind="join", worker=newcomer))
            acts.append(Act(at=min(at + 0.2, _LAST), kind="leave", worker=newcomer))
        acts += [Act(at=at, kind="broker") for at in self._spread(wanted.broker)]
        acts += [Act(at=at, kind="postgres") for at in self._spread(wanted.postgres)]
        return acts

    def _spread(self, count: int) -> list[float]:
        """So many moments, one in each of as many equal parts of the run."""
        width = (_LAST - _FIRST) / max(count, 1)
        return [_FIRST + width * (n + self._dice.random()) for n in range(count)]

    def _kills(self) -> list[Act]:
        """A fifth of the kills are in the recovery after another one."""
        later = self._wanted.kills // 5
        acts = [
            self._order(at, "kill", self._dice.choice(POINTS[_IN_WORK[n % len(_IN_WORK)]]))
            for n, at in enumerate(self._spread(self._wanted.kills - later))
        ]
        chosen = self._dice.sample(range(len(acts)), later)
        for number, n in enumerate(chosen):
            points = POINTS["in recovery"]
            order = Order("kill", points[number % len(points)], self._dice.randint(1, 2))
            acts[n] = msgspec.structs.replace(acts[n], then=order)
        return acts

    def _order(self, at: float, deed: Deed, point: str) -> Act:
        crews = [c for c in self._crews if point not in _VIEW_POINTS or "view" in c.stages]
        worker = self._dice.choice(self._dice.choice(crews).workers())
        order = Order(deed, point, self._dice.randint(1, 8))
        return Act(at=at, kind="order", worker=worker, order=order)


def acts(wanted: Wanted, crews: tuple[Crew, ...], seed: int) -> tuple[Act, ...]:
    """The acts of a run in the order in which they are due."""
    return tuple(sorted(_Planner(wanted, crews, seed).acts(), key=lambda act: act.at))
