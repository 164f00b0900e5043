"""Group crash texts: input lines {"id", "text", "build"?}, output lines {"id", "cluster", …} in that order."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from streams.cli.options import add_config, add_json, configuration

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from streams.core.cluster.assign import Assignment
    from streams.drivers.places import PlaceFacts
    from streams.model.settings import SourceSettings

METHODS = ("locus1", "plain1")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("traces", metavar="TRACES.jsonl", help="crash texts as JSON lines, or -")
    parser.add_argument(
        "--method", choices=METHODS, default=METHODS[0], help="how crashes are grouped"
    )
    parser.add_argument(
        "--source",
        metavar="DIR-OR-GIT",
        action="append",
        default=[],
        type=Path,
        help="repository, or folder of unpacked releases, that the crashes are of; several are possible",
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
    from msgspec.structs import replace

    settings = configuration(options).settings
    repos = sources_named(options.source)
    chosen = replace(settings.pipeline(), method=options.method, repositories=tuple(repos))
    places = _places(repos, settings.source)
    groups: dict[str, list[Assignment]] = {}
    for trace in read_traces(options.traces):
        event = fingerprint_of_text(
            trace.text, trace.build or Build(), chosen, places.resolve if places else None
        )
        row = assignment(trace.id, event)
        if options.json:
            sys.stdout.buffer.write(encode(row) + b"\n")
        else:
            groups.setdefault(row.cluster or "", []).append(row)
    sys.stdout.writelines(_lines(groups))
    return 0


def sources_named(paths: Iterable[Path]) -> dict[str, Path]:
    """Repositories by a name of their own. Raises BadInput for what is no folder."""
    from streams.model.errors import BadInput

    found: dict[str, Path] = {}
    for path in paths:
        if not path.is_dir():
            message = f"--source {path}: is no folder: name a clone, or a folder of unpacked releases"
            raise BadInput(message)
        found[str(path)] = path
    return found


def _places(repos: dict[str, Path], source: SourceSettings) -> PlaceFacts | None:
    if not repos:
        return None
    from streams.drivers.places import PlaceFacts

    return PlaceFacts(repos, source.substitute)


def _lines(groups: dict[str, list[Assignment]]) -> Iterator[str]:
    """Groups for people, largest first."""
    from streams.core.report.words import visible

    for name, rows in sorted(groups.items(), key=lambda group: (-len(group[1]), group[0])):
        ids = ", ".join(visible(str(row.id)) for row in rows[:8])
        more = f" and {len(rows) - 8} more" if len(rows) > 8 else ""  # noqa: PLR2004 - as many as fit a line
        yield f"{len(rows):5}  {name or 'no crash recognised'}  {visible(rows[0].title or '')}\n"
        yield f"       {ids}{more}\n"
