"""How crashes were grouped, and what another way of grouping makes of them (schema regrouping.v1, `regroup --json`)."""

from __future__ import annotations

from typing import Literal

from streams.model.message import Message, Value
from streams.model.report import Explanation
from streams.model.settings import Method

# `moved`: the same crashes under another id. `merged`: several are one. `split`: one is several. `mixed`: both.
Fate = Literal["moved", "merged", "split", "mixed"]
# By these methods source decides where it is to be had; by these distances do.
_BY_SOURCE: tuple[Method, ...] = ("locus1", "dual1")
_BY_DISTANCE: tuple[Method, ...] = ("dual1",)


class Grouping(Value, frozen=True, kw_only=True):
    """A method with everything that its clusters depend on. `repositories`: where each is, by name."""

    method: Method
    eps: float = 0.3
    min_samples: int = 1
    repositories: dict[str, str] = {}

    def gives_the_same(self, other: Grouping) -> bool:
        """Whether the same crashes have the same clusters by both, as far as these settings say."""
        if self.method != other.method:
            return False
        near = (self.eps, self.min_samples) == (other.eps, other.min_samples)
        named = self.repositories.keys() == other.repositories.keys()
        return (near or self.method not in _BY_DISTANCE) and (
            named or self.method not in _BY_SOURCE
        )


class ExampleCrash(Value, frozen=True, kw_only=True):
    """A crash that goes from one cluster to another, and why it is grouped as it will be."""

    crash: str
    title: str
    place: str | None = None
    rule: str | None = None
    explain: tuple[Explanation, ...] = ()


class Flow(Value, frozen=True, kw_only=True):
    """The crashes that are in cluster `before` and will be in cluster `after`."""

    before: str
    after: str
    crashes: int
    example: ExampleCrash


class ClusterFate(Value, frozen=True, kw_only=True):
    """Clusters that have to do with each other, and are not what they were."""

    change: Fate
    flows: tuple[Flow, ...]


class FollowedDecision(Value, frozen=True, kw_only=True):
    """A decision about clusters or stacks that are no more, and what it is about instead."""

    decision: str
    before: str
    after: str


class Regrouping(Message, frozen=True, kw_only=True):
    """regrouping.v1. `crashes`, `clusters`: before, after. `failed`: what could not be worked out, and stays."""

    before: Grouping
    after: Grouping
    crashes: tuple[int, int]
    clusters: tuple[int, int]
    unchanged: int
    changes: tuple[ClusterFate, ...] = ()
    decisions: tuple[FollowedDecision, ...] = ()
    failed: int = 0
    adopted: bool = False
