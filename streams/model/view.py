"""The tables that people, commands and the API read: reports, crashes, fingerprints, decisions, links, dead letters.

In: nothing. Out: table declarations and their rows. Rows are documented in docs/reference/tables.md.
"""

from __future__ import annotations

from typing import Final

from streams.model.events import (
    ClusterRate,
    ClusterRedirected,
    ClusterVariant,
    DeadLetter,
    DecisionMade,
    Fingerprinted,
    LinkChanged,
)
from streams.model.message import Value
from streams.model.report import Report
from streams.model.step import Table


class CrashRow(Value, frozen=True, kw_only=True):
    """Where a crash record is kept (blob of crash.v1 JSON; retention may have removed it, docs/retention.md).

    `trace_id`, `span_id`: the trace and the span that it says it was part of. `at_seconds`: when, since 1970.
    """

    blob: str
    kind: str
    continues: str | None = None
    trace_id: str | None = None
    span_id: str | None = None
    at_seconds: int | None = None


class PrintRow(Value, frozen=True, kw_only=True):
    """The fingerprinted form of a crash, for `explain`."""

    event: Fingerprinted


REPORTS: Final = Table("view.reports", Report)
CRASHES: Final = Table("view.crashes", CrashRow)
PRINTS: Final = Table("view.fingerprints", PrintRow)
DEAD: Final = Table("view.deadletters", DeadLetter)
# Former cluster ids.
REDIRECTS: Final = Table("view.redirects", ClusterRedirected)
# Key: cluster id (of a merged cluster: of its part), SEPARATOR, fingerprint.
VARIANTS: Final = Table("view.variants", ClusterVariant)
# How often a cluster crashed lately in a service, against what is usual. Key: cluster id, SEPARATOR, service.
RATES: Final = Table("view.rates", ClusterRate)
DECISIONS: Final = Table("view.decisions", DecisionMade)
# trace_link: which commit, build and deploy batch ran where and when.
LINKS: Final = Table("view.links", LinkChanged)

SEPARATOR: Final = "\x1f"
