"""The pipeline as data: every stage with what it reads, writes, how it is keyed, its tables and its step.

Both drivers interpret this one value; a stage exists in both or in neither.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

import msgspec

from streams.core.cluster import log, rates
from streams.core.cluster import state as clusters
from streams.core.cluster.applied import APPLIED
from streams.core.cluster.placement import Place, place
from streams.core.fingerprint.fold import fold
from streams.core.fingerprint.told import CORES, TOLD
from streams.core.join import given, keeping, ties, told
from streams.core.scrub.patterns import Pattern, load_patterns
from streams.core.steps import attribute, cluster, decide, fingerprint, link, notify, view
from streams.core.steps.collect import INPUTS, ORDINALS, collect
from streams.core.steps.symbolize import symbolize
from streams.model.message import Value
from streams.model.settings import PipelineSettings
from streams.model.step import Emit, FactKind, Step, Table
from streams.model.view import (
    CRASHES,
    DEAD,
    DECISIONS,
    LINKS,
    PRINTS,
    RATES,
    REDIRECTS,
    REPORTS,
    VARIANTS,
)

Combine = Callable[[Iterable[Emit]], Iterable[Emit]]


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """One stage. `key` says by what its input is partitioned; `needs` which facts it may ask for.

    `combine`: the outputs of a batch of events in fewer events that mean the same; a driver that works in batches
    applies it, one that works event by event need not. `forgets`: a null record of a topic removes the row of its key.
    """

    name: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    key: str
    tables: tuple[Table[Value], ...]
    step: Step
    needs: tuple[FactKind, ...] = ()
    combine: Combine | None = None
    forgets: tuple[tuple[str, Table[Value]], ...] = ()


def secret_patterns(settings: PipelineSettings) -> tuple[Pattern, ...] | None:
    """The user's patterns beside the built-in ones; None when scrubbing is off.

    Raises ValueError naming the pattern that is no regular expression.
    """
    if not settings.scrub:
        return None
    return load_patterns(
        {"name": p.name, "regex": p.regex, "group": "" if p.group is None else str(p.group)}
        for p in settings.scrub_patterns
    )


def _placing(settings: PipelineSettings) -> tuple[Place, tuple[Table[Value], ...]]:
    """How crashes are put into clusters by the method of the settings, and the tables that it takes."""
    if settings.method != "dual1":
        return place, ()
    # Distances are imported where they are used.
    from streams.core.cluster import dense  # noqa: PLC0415

    near = partial(dense.place, eps=settings.eps, min_samples=settings.min_samples)
    return near, dense.TABLES


def stages(settings: PipelineSettings | None = None) -> tuple[Stage, ...]:
    """All stages, in the order in which an event flows through them."""
    chosen = settings or PipelineSettings()
    patterns = secret_patterns(chosen)
    placing, near_tables = _placing(chosen)
    return (
        Stage(
            name="collect",
            reads=("logs.lines", "ticks"),
            writes=(
                "panics.raw",
                "cores.refs",
                "git.pushed",
                "ci.finished",
                "deploys.changed",
                "deadletter",
            ),
            key="input",
            tables=(INPUTS, ORDINALS),
            step=collect(patterns),
        ),
        Stage(
            name="symbolize",
            reads=("panics.raw", "cores.refs"),
            writes=("crashes.symbolized", "deadletter"),
            key="any",
            tables=(),
            step=symbolize(chosen, patterns),
            needs=("binary", "core", "postmortem", "frames"),
        ),
        Stage(
            name="fingerprint",
            reads=("crashes.symbolized", "crashes.placed"),
            writes=("crashes.fingerprinted", "crashes.placed"),
            key="crash id, or what it says where two routes may tell it",
            tables=(fingerprint.SENT, fingerprint.NAMED, TOLD, CORES),
            step=fingerprint.fingerprinting(chosen),
            needs=("place",),
            combine=fold,
        ),
        Stage(
            name="decide",
            reads=("cluster.commands",),
            writes=("clusters.decided", "decisions.made", "deadletter"),
            key="one partition",
            tables=(log.LOG, log.KIN, log.DECISIONS, log.DECIDED),
            step=decide.step,
        ),
        Stage(
            name="cluster",
            reads=("crashes.fingerprinted", "clusters.decided"),
            writes=(
                "clusters.changed",
                "services.seen",
                "clusters.redirected",
                "clusters.variants",
                "clusters.rates",
            ),
            key="cluster block",
            tables=(
                APPLIED,
                clusters.POINTS,
                clusters.CLUSTERS,
                clusters.MEMBERS,
                clusters.FACETS,
                clusters.DECIDED,
                clusters.PINS,
                clusters.SENT,
                clusters.HOSTS,
                clusters.SIGHTED,
                *rates.TABLES,
                *near_tables,
            ),
            step=cluster.clustering(placing),
            combine=cluster.last_states,
        ),
        Stage(
            name="link",
            reads=("git.pushed", "ci.finished", "deploys.changed", "services.seen"),
            writes=("links.changed", "attribution.requests"),
            key="one partition",
            tables=(
                given.PUSHES,
                given.BUILDS,
                given.DEPLOYS,
                given.SERVICES,
                *ties.TABLES,
                *keeping.TABLES,
                told.ASKED,
            ),
            step=link.linking(chosen.links_keep_days),
        ),
        Stage(
            name="attribute",
            reads=("clusters.changed", "attribution.requests"),
            writes=("reports.root_cause",),
            key="cluster id",
            tables=(attribute.ATTRIBUTED,),
            step=attribute.attributing(chosen),
            needs=("commits", "fixed"),
        ),
        Stage(
            name="notify",
            reads=("reports.root_cause", "clusters.changed", "clusters.rates"),
            writes=("notifications",),
            key="cluster id",
            tables=(notify.TOLD,),
            step=notify.step,
        ),
        Stage(
            name="view",
            reads=(
                "reports.root_cause",
                "clusters.rates",
                "crashes.symbolized",
                "crashes.fingerprinted",
                "clusters.redirected",
                "clusters.variants",
                "decisions.made",
                "links.changed",
                "deadletter",
            ),
            writes=(),
            key="as read",
            tables=(REPORTS, RATES, CRASHES, PRINTS, REDIRECTS, VARIANTS, DECISIONS, LINKS, DEAD),
            step=view.step,
            forgets=(
                ("reports.root_cause", REPORTS),
                ("clusters.redirected", REDIRECTS),
                ("clusters.variants", VARIANTS),
                ("links.changed", LINKS),
            ),
        ),
    )


STAGES: tuple[Stage, ...] = stages()
