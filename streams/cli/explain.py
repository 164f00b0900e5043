"""Say why two crashes, or clusters, are one or are not.

A and B are ids of TRACES.jsonl, or with --state or --database crash or cluster ids (their beginning is enough).
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from streams.cli.cluster import METHODS, add_source
from streams.cli.options import (
    add_config,
    add_database,
    add_json,
    add_method,
    add_state,
)

if TYPE_CHECKING:
    from streams.core.cluster.explain import Comparison
    from streams.core.cluster.together import Together


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument(
        "names", metavar="[TRACES.jsonl] A B", nargs="+", help="crash texts, and two ids in them"
    )
    add_state(parser)
    add_database(parser)
    add_source(parser)
    add_method(parser, METHODS)
    add_json(parser, "the comparison")
    add_config(parser)


def _from_traces(options: argparse.Namespace, path: str, names: list[str]) -> Comparison:
    """Compare two rows of a set that is grouped as `cluster` does."""
    from streams.cli.cluster import grouped
    from streams.core.cluster.explain import compare
    from streams.model.errors import BadInput

    found = grouped(options, path)
    wanted = []
    for name in names:
        numbers = [number for number, (key, _) in enumerate(found.rows) if str(key) == name]
        if len(numbers) != 1:
            what = f"{len(numbers)} lines have the id" if numbers else "no line with id"
            message = f"{path}: {what} {name!r}"
            raise BadInput(message)
        if numbers[0] not in found.given:
            message = f"{path}: no crash is recognised in the text of {name!r}"
            raise BadInput(message)
        wanted.append(found.given[numbers[0]])
    one, other = wanted
    clusters = found.clusters
    return compare(
        one.event,
        other.event,
        clusters=(clusters[one.id].key, clusters[other.id].key),
        others=((clusters[row.id].key, row.event) for row in found.given.values()),
        taught=(_taught(clusters[one.id]), _taught(clusters[other.id])),
    )


def _taught(placed: Together) -> str:
    """What the set of crashes taught of one, for its reasons."""
    return f"{placed.rule}: {placed.detail}" if placed.rule else ""


def _from_kept(options: argparse.Namespace, names: list[str]) -> Comparison:
    from streams.cli.reading import opened_reader
    from streams.core.cluster.explain import compare
    from streams.drivers.embedded.reading import fingerprints_of, placed, representatives
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
        cluster_of = placed(reader)
        one, other = found
        return compare(
            one,
            other,
            clusters=(cluster_of(one), cluster_of(other)),
            others=((cluster_of(event), event) for event in representatives(reader)),
        )


def run(options: argparse.Namespace) -> int:
    """Compare and print."""
    from streams.core.cluster.explain import lines
    from streams.core.report.words import visible
    from streams.model.errors import BadInput
    from streams.model.message import encode

    if len(options.names) not in (2, 3):
        message = "name two ids: panictrail explain TRACES.jsonl A B, or explain --state DIR A B"
        raise BadInput(message)
    *files, one, other = options.names
    found = (
        _from_traces(options, files[0], [one, other])
        if files
        else _from_kept(options, [one, other])
    )
    if options.json:
        sys.stdout.buffer.write(encode(found) + b"\n")
    else:
        sys.stdout.writelines(visible(line) + "\n" for line in lines(found, (one, other)))
    return 0
