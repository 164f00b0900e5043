"""Group crash texts: input lines {"id", "text", "build"?}, output lines {"id", "cluster", …} in that order.

With --source the place in the source of the crashed revision decides; without it what the whole set tells together.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from streams.cli.options import add_config, add_json, add_method, configuration

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from streams.core.cluster.assign import Assignment
    from streams.core.cluster.sets import Given
    from streams.core.cluster.together import Together
    from streams.drivers.embedded.lazy_facts import LazyFacts
    from streams.model.settings import Method, PipelineSettings

# streams/core/cluster/sets.py; named here so that --help imports nothing of it.
METHODS = ("locus1", "plain1", "top1", "dual1", "dual-global", "tfidf1", "align1")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("traces", metavar="TRACES.jsonl", help="crash texts as JSON lines, or -")
    add_source(parser)
    add_method(parser, METHODS)
    add_json(parser, "assignments (schema assignment.v1)")
    add_config(parser)


def add_source(parser: argparse.ArgumentParser) -> None:
    """`--source`."""
    parser.add_argument(
        "--source",
        metavar="DIR-OR-GIT",
        action="append",
        default=[],
        type=Path,
        help="repository, or folder of unpacked releases, that the crashes are of; several are possible",
    )


class Grouped(NamedTuple):
    """TRACES.jsonl, fingerprinted and grouped.

    `given`: where a crash is recognised, by the number of the row, which is its id; `clusters`: where each of these is.
    """

    method: str
    rows: tuple[tuple[str | int, Given | None], ...]
    given: dict[int, Given]
    clusters: dict[str | int, Together]


def grouped(options: argparse.Namespace, path: str) -> Grouped:
    """Fingerprint each text and group them all, as the options say. Raises BadInput."""
    from contextlib import closing

    from msgspec.structs import replace

    from streams.core.cluster.sets import clusters_of
    from streams.model.errors import BadInput

    method, settings, facts = chosen(options)
    with closing(facts):
        rows = tuple(fingerprinted_traces(path, settings, facts))
    # By the number of the line: an id may come twice.
    given = {n: replace(row, id=n) for n, (_, row) in enumerate(rows) if row is not None}
    try:
        clusters = clusters_of(tuple(given.values()), method, settings)
    except ValueError as error:
        message = f"{path}: {error}"
        raise BadInput(message) from None
    return Grouped(method, rows, given, clusters)


def run(options: argparse.Namespace) -> int:
    """Group all texts, print them in their order."""
    from streams.core.cluster.assign import unplaced
    from streams.model.message import encode

    found = grouped(options, options.traces)
    groups: dict[str, list[Assignment]] = {}
    for number, (name, _) in enumerate(found.rows):
        own = found.given.get(number)
        assigned = (
            unplaced(name)
            if own is None
            else _assignment(name, own, found.clusters[number], found.method)
        )
        if options.json:
            sys.stdout.buffer.write(encode(assigned) + b"\n")
        else:
            groups.setdefault(assigned.cluster or "", []).append(assigned)
    sys.stdout.writelines(_lines(groups))
    return 0


def chosen(options: argparse.Namespace) -> tuple[str, PipelineSettings, LazyFacts]:
    """The method, the settings with the sources that were named, and who reads these. Raises BadInput."""
    from msgspec.structs import replace

    from streams.drivers.embedded.lazy_facts import LazyFacts

    named = options.method
    # Methods of the pipeline are settings; the others go by the plain fingerprint.
    batch = named if named in ("dual-global", "tfidf1", "align1") else None
    if batch:
        options.method = "plain1"
    settings = configuration(options).settings
    options.method = named
    method = batch or settings.method
    repos = sources_named(options.source)
    pipeline = replace(
        settings.pipeline(), repositories=tuple(repos), method=fingerprints_of(method)
    )
    return method, pipeline, LazyFacts((), repos, settings.source.substitute)


def fingerprints_of(method: str) -> Method:
    """The method that makes the fingerprints which another one compares."""
    return "locus1" if method in ("locus1", "dual1") else "plain1"


def fingerprinted_traces(
    path: str, settings: PipelineSettings, facts: LazyFacts
) -> Iterator[tuple[str | int, Given | None]]:
    """The rows of TRACES.jsonl with their fingerprints; None where no crash is recognised. Raises BadInput."""
    from streams.cli.traces import read_traces
    from streams.core.cluster.sets import Given
    from streams.core.fingerprint.texts import crash_of_text, fingerprinted
    from streams.model.crash import Build

    for trace in read_traces(path):
        crash = crash_of_text(trace.text, trace.build or Build(), settings)
        if crash is None:
            yield trace.id, None
        else:
            yield trace.id, Given(trace.id, crash, fingerprinted(crash, settings, facts.resolve))


def sources_named(paths: Iterable[Path]) -> dict[str, Path]:
    """Repositories by a name of their own. Raises BadInput for what is no folder."""
    from streams.model.errors import BadInput

    found: dict[str, Path] = {}
    for path in paths:
        if not path.is_dir():
            message = (
                f"--source {path}: is no folder: name a clone, or a folder of unpacked releases"
            )
            raise BadInput(message)
        found[str(path)] = path
    return found


def _assignment(name: str | int, found: Given, placed: Together, method: str) -> Assignment:
    from streams.core.cluster.assign import Assignment

    event = found.event
    rule = event.root_cause.rule or ""
    if placed.rule:
        rule = f"{rule}+{placed.rule}"
    return Assignment(
        id=name,
        cluster=placed.key,
        fingerprint=event.fingerprint,
        rule=rule if method in ("locus1", "plain1") else method,
        distance=0.0 if method in ("locus1", "plain1", "top1") else None,
        title=event.title,
        by=event.by,
    )


def _lines(groups: dict[str, list[Assignment]]) -> Iterator[str]:
    """Groups for people, largest first."""
    from streams.core.report.words import visible

    for name, rows in sorted(groups.items(), key=lambda group: (-len(group[1]), group[0])):
        ids = ", ".join(visible(str(row.id)) for row in rows[:8])
        more = f" and {len(rows) - 8} more" if len(rows) > 8 else ""  # noqa: PLR2004 - as many as fit a line
        yield f"{len(rows):5}  {name or 'no crash recognised'}  {visible(rows[0].title or '')}\n"
        yield f"       {ids}{more}\n"
