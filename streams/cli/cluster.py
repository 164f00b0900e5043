"""Group crash texts: input lines {"id", "text", "build"?}, output lines {"id", "cluster", …} in that order."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from streams.cli.options import add_config, add_json, configuration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streams.core.cluster.assign import Assignment

METHODS = ("plain1",)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("traces", metavar="TRACES.jsonl", help="crash texts as JSON lines, or -")
    parser.add_argument(
        "--method", choices=METHODS, default=METHODS[0], help="how crashes are grouped"
    )
    add_json(parser, "assignments (schema assignment.v1)")
    add_config(parser)


def run(options: argparse.Namespace) -> int:
    """Fingerprint each text; equal fingerprints are one cluster."""
    from streams.cli.traces import read_traces
    from streams.core.cluster.assign import assignment
    from streams.core.fingerprint.texts import fingerprint_of_text
    from streams.model.crash import Build
    from streams.model.message import encode

    settings = configuration(options).settings.pipeline()
    groups: dict[str, list[Assignment]] = {}
    for trace in read_traces(options.traces):
        event = fingerprint_of_text(trace.text, trace.build or Build(), settings)
        row = assignment(trace.id, event)
        if options.json:
            sys.stdout.buffer.write(encode(row) + b"\n")
        else:
            groups.setdefault(row.cluster or "", []).append(row)
    sys.stdout.writelines(_lines(groups))
    return 0


def _lines(groups: dict[str, list[Assignment]]) -> Iterator[str]:
    """Groups for people, largest first."""
    from streams.core.report.words import visible

    for name, rows in sorted(groups.items(), key=lambda group: (-len(group[1]), group[0])):
        ids = ", ".join(visible(str(row.id)) for row in rows[:8])
        more = f" and {len(rows) - 8} more" if len(rows) > 8 else ""  # noqa: PLR2004 - as many as fit a line
        yield f"{len(rows):5}  {name or 'no crash recognised'}  {visible(rows[0].title or '')}\n"
        yield f"       {ids}{more}\n"
