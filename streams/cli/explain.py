"""Say why two crashes, or clusters, are one or are not.

A and B are ids of TRACES.jsonl, or with --state or --database crash or cluster ids (their beginning is enough).
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from streams.cli.options import add_config, add_database, add_json, add_state, configuration

if TYPE_CHECKING:
    from streams.model.events import Fingerprinted


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument(
        "names", metavar="[TRACES.jsonl] A B", nargs="+", help="crash texts, and two ids in them"
    )
    add_state(parser)
    add_database(parser)
    add_json(parser, "the comparison")
    add_config(parser)


def _from_traces(options: argparse.Namespace, path: str, names: list[str]) -> list[Fingerprinted]:
    from streams.cli.traces import read_traces
    from streams.core.fingerprint.texts import fingerprint_of_text
    from streams.model.crash import Build
    from streams.model.errors import BadInput

    settings = configuration(options).settings.pipeline()
    wanted = {str(t.id): t for t in read_traces(path) if str(t.id) in names}
    found = []
    for name in names:
        if name not in wanted:
            message = f"{path}: no line with id {name!r}"
            raise BadInput(message)
        trace = wanted[name]
        event = fingerprint_of_text(trace.text, trace.build or Build(), settings)
        if event is None:
            message = f"{path}: no crash is recognised in the text of {name!r}"
            raise BadInput(message)
        found.append(event)
    return found


def _from_kept(options: argparse.Namespace, names: list[str]) -> list[Fingerprinted]:
    from streams.cli.reading import opened_reader
    from streams.drivers.embedded.reading import fingerprints_of
    from streams.model.errors import BadInput

    found = []
    with opened_reader(options) as reader:
        for name in names:
            events = fingerprints_of(reader, name)
            if len(events) != 1:
                what = "no crash or cluster" if not events else f"{len(events)} crashes or clusters"
                message = (
                    f"{what} whose id begins with {name!r}: panictrail analyze --json lists them"
                )
                raise BadInput(message)
            found.append(events[0])
    return found


def run(options: argparse.Namespace) -> int:
    """Compare and print."""
    from streams.core.cluster.explain import compare, lines
    from streams.core.report.words import visible
    from streams.model.errors import BadInput
    from streams.model.message import encode

    *files, one, other = options.names if len(options.names) > 1 else ("", "", "", "")
    if len(options.names) not in (2, 3):
        message = "name two ids: panictrail explain TRACES.jsonl A B, or explain --state DIR A B"
        raise BadInput(message)
    events = (
        _from_traces(options, files[0], [one, other])
        if files
        else _from_kept(options, [one, other])
    )
    found = compare(events[0], events[1])
    if options.json:
        sys.stdout.buffer.write(encode(found) + b"\n")
    else:
        sys.stdout.writelines(visible(line) + "\n" for line in lines(found, (one, other)))
    return 0
