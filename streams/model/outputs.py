"""The table of what commands print with `--json` that travels on no topic: command, message, schema.

schemas/ is made from this table and that of topics.
"""

from __future__ import annotations

import msgspec

from streams.model import cause, cluster_facts, goroutines, masked, regrouping, spool, symbols
from streams.model.message import Message


class Output(msgspec.Struct, frozen=True, kw_only=True):
    """What one command prints, one JSON object per line."""

    command: str
    message: type[Message]
    schema: str


OUTPUTS: tuple[Output, ...] = (
    Output(command="binary --json", message=symbols.BinaryFacts, schema="binary.v1"),
    Output(command="symbolize --json", message=symbols.SymbolizedPc, schema="symbolized-pc.v1"),
    Output(
        command="goroutines --group --json",
        message=goroutines.GoroutineGroup,
        schema="goroutine-group.v1",
    ),
    Output(
        command="clusters show --json",
        message=cluster_facts.ClusterFacts,
        schema="cluster-facts.v1",
    ),
    Output(command="attribute --json", message=cause.Attribution, schema="attribution.v1"),
    Output(command="regroup --json", message=regrouping.Regrouping, schema="regrouping.v1"),
    Output(command="spool list --json", message=spool.SpoolRecord, schema="spool-record.v1"),
    Output(
        command="scrub report --json", message=masked.MaskedPattern, schema="scrubbed-pattern.v1"
    ),
)
