"""How good answers are: rank of the guilty commit, deploy batch, and whether confidence means what it says.

In: truths and answers by case. Out: figures as issue 9 states them; `names someone` = first confidence >= 0.5.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from streams.model.message import Value

NAMED: Final = 0.5
"""An answer whose first confidence is at least this names someone."""
_SURE: Final = 0.9
_FEW: Final = 3


class Truth(Value, frozen=True, kw_only=True):
    """A line of truth.jsonl."""

    case: str
    repo: str
    category: str
    how: str
    commit: str | None
    alt: tuple[str, ...] = ()
    crashed_revision: str
    crashed_build: str
    seen_batch: str
    build_id: str | None
    deploy_batch: str | None
    canary: bool = False


class Suspect(Value, frozen=True, kw_only=True):
    """A commit of an answer."""

    sha: str
    confidence: float = 0.0


class Answer(Value, frozen=True, kw_only=True):
    """A line of predictions: commits best first."""

    case: str
    commits: tuple[Suspect, ...] = ()
    build_id: str | None = None
    deploy_batch: str | None = None
    crashed_revision: str | None = None


@dataclass(frozen=True)
class Figures:
    """Of cases with a guilty commit: shares; over all: confidence."""

    cases: int
    top1: float
    top3: float
    mrr: float
    batch: float
    revision: float
    brier: float
    precision: float
    coverage: float
    blamed: float
    """Unchanged cases in which somebody is named."""


@dataclass(frozen=True)
class _Line:
    rank: int
    real: bool
    confidence: float
    batch: bool
    revision: bool

    @property
    def right(self) -> bool:
        return self.real and self.rank == 1


def _line(truth: Truth, answer: Answer) -> _Line:
    shas = [suspect.sha for suspect in answer.commits]
    return _Line(
        rank=shas.index(truth.commit) + 1 if truth.commit in shas else 0,
        real=truth.commit is not None,
        confidence=answer.commits[0].confidence if answer.commits else 0.0,
        batch=answer.deploy_batch == truth.deploy_batch,
        revision=answer.crashed_revision == truth.crashed_revision,
    )


def figures(truths: Sequence[Truth], answers: Mapping[str, Answer]) -> Figures:
    """Score some cases."""
    lines = [_line(truth, answers.get(truth.case, Answer(case=truth.case))) for truth in truths]
    real, none = [x for x in lines if x.real], [x for x in lines if not x.real]
    sure = [x for x in lines if x.confidence >= _SURE]
    return Figures(
        cases=len(real),
        top1=_share([x.rank == 1 for x in real]),
        top3=_share([1 <= x.rank <= _FEW for x in real]),
        mrr=sum(1 / x.rank for x in real if x.rank) / max(len(real), 1),
        batch=_share([x.batch for x in real]),
        revision=_share([x.revision for x in lines]),
        brier=sum((x.confidence - x.right) ** 2 for x in lines) / max(len(lines), 1),
        precision=_share([x.right for x in sure]),
        coverage=len(sure) / max(len(lines), 1),
        blamed=_share([x.confidence >= NAMED for x in none]),
    )


def _share(values: Sequence[bool]) -> float:
    return sum(values) / max(len(values), 1)
