"""The reports of a pipeline as its table has them now, and what is different between two pipelines.

In: a Cluster, names of two pipelines. Out: a Comparison. Reads the changelogs of ATTRIBUTE into memory; changes
nothing.
"""

from __future__ import annotations

import msgspec

from streams.core.report.difference import Comparison, compare
from streams.core.steps.attribute import ATTRIBUTED, Attributed, report_of
from streams.drivers.kafka.client import Cluster
from streams.drivers.kafka.names import Names
from streams.drivers.kafka.snapshot import table_rows
from streams.model.report import Report

ATTRIBUTE = "attribute"


def report_as_sent(known: Attributed) -> Report | None:
    """The last report of a row, without its generation; None where it has none yet."""
    if known.summary is None:
        return None
    report = report_of(known.summary, known)
    return msgspec.structs.replace(report, revision=known.revision, content_hash=known.content_hash)


async def reports(cluster: Cluster, names: Names) -> dict[str, Report]:
    """The report of every cluster of a pipeline. Raises BadInput or ServiceMissing."""
    rows = await table_rows(cluster, names, ATTRIBUTE, ATTRIBUTED)
    found = ((key, report_as_sent(row)) for key, row in rows.items())
    return {key: report for key, report in found if report is not None}


async def difference(cluster: Cluster, before: Names, after: Names) -> Comparison:
    """What is different in `after`."""
    return compare(await reports(cluster, before), await reports(cluster, after))
