"""A pipeline that groups otherwise, compared with the one that readers follow; what has to follow to its ids.

In: the views of both, their rows. Out: a Regrouping; decisions and redirects to be sent: the same again change nothing.
Reads only, but for `lead`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Final, get_args

import msgspec

from streams.core.cluster.decisions import decision_id, fault
from streams.core.cluster.difference import difference, told
from streams.core.cluster.following import Kept, followed
from streams.core.report.facts_text import words
from streams.drivers.compared import compared, crashes_of, example_of, seen_in
from streams.drivers.kafka.client import Cluster
from streams.drivers.kafka.deciding import send_rows
from streams.drivers.kafka.names import Names
from streams.drivers.whereabouts import counted, grouped_in, whereabouts
from streams.model.events import ClusterCommand, ClusterRedirected, Generation
from streams.model.regrouping import FollowedDecision, Grouping, Regrouping
from streams.model.settings import Method
from streams.model.view import DECISIONS, REPORTS
from streams.ports.reader import Reader

_REDIRECTED: Final = "clusters.redirected"


class Found(msgspec.Struct, frozen=True):
    """`missing`: crashes that the other pipeline does not have. `commands`, `redirects`: what is to be sent to it."""

    regrouping: Regrouping
    missing: int
    commands: tuple[ClusterCommand, ...]
    redirects: tuple[ClusterRedirected, ...]


def following(source: Reader, target: Reader) -> tuple[ClusterCommand, ...]:
    """What was decided, and is in force, about clusters and stacks that the other pipeline does not have."""
    return tuple(command for _, command in _following(source, target))


def _following(source: Reader, target: Reader) -> Sequence[tuple[str, ClusterCommand]]:
    """Those commands, each after what it was, for people."""
    known = dict(source.scan(DECISIONS))
    kept = {
        name: Kept(row.command, row.command)
        for name, row in known.items()
        if row.command.command != "undo" and not row.undone_by
    }
    if not kept:
        return ()
    where = whereabouts(kept, (source, grouped_in(source)), (target, grouped_in(target)))
    made = followed(kept, where)
    # What was merged may be one by itself there.
    return tuple(
        (words(kept[name].now), command)
        for name, command in made.items()
        if decision_id(command) not in known and fault(command) is None
    )


def grouping_in(row: Generation | None, reader: Reader, settings: Grouping) -> Grouping:
    """How a pipeline groups: as it was begun; the default one, which nothing says it of, as its fingerprints say."""
    if row is not None and row.grouping is not None:
        return row.grouping
    first = next(counted(reader), None)
    method = first.fingerprint.partition(":")[0] if first else ""
    # Settings say what parameters a method has, if it is theirs.
    known = next((each for each in get_args(Method) if each == method), settings.method)
    return msgspec.structs.replace(settings, method=known, repositories={})


def regrouped(source: Reader, target: Reader, groupings: tuple[Grouping, Grouping]) -> Found:
    """What is different, with examples, and what is to follow."""
    found = compared((source, seen_in(source)), (target, seen_in(target)))
    fates = difference(found.flows)
    follow = _following(source, target)
    regrouping = Regrouping(
        before=groupings[0],
        after=groupings[1],
        crashes=(crashes_of(source), crashes_of(target)),
        clusters=(source.count(REPORTS), target.count(REPORTS)),
        unchanged=fates.unchanged,
        changes=told(fates.fates, partial(example_of, target)),
        decisions=tuple(
            FollowedDecision(decision=decision_id(command), before=before, after=words(command))
            for before, command in follow
        ),
    )
    commands = tuple(command for _, command in follow)
    return Found(regrouping, found.missing, commands, tuple(found.redirects()))


async def lead(cluster: Cluster, names: Names, redirects: Iterable[ClusterRedirected]) -> None:
    """Have former ids lead to those of a pipeline: its view takes them from its topic of redirects.

    Raises BadInput where the topic is not there, ServiceMissing where nobody answers.
    """
    rows = [(row.cluster, row) for row in redirects]
    await send_rows(cluster, names.topic(_REDIRECTED), rows)
