"""Name the change that caused a crash: one answer per line of CRASHES.jsonl, with build and deploy batch.

Lines are {"case", "service", "env", "first_seen", "occurrences", "trace", "buildinfo", "labels", "repo"}; events are
git.push, ci.build and deploy objects in any order. Only what the repositories and the events held when the crash was
first seen is named.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from streams.cli.options import add_config, add_json, add_repo, configuration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streams.model.cause import Attribution


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("crashes", metavar="CRASHES.jsonl", help="crashes as JSON lines, or -")
    parser.add_argument(
        "--events",
        metavar="EVENTS.jsonl",
        action="append",
        default=[],
        help="pushes, builds and deploys as JSON lines, in any order; may be given several times",
    )
    add_repo(parser)
    parser.add_argument(
        "--stats", action="store_true", help="times and git processes of each crash, on stderr"
    )
    add_json(parser, "attributions (schema attribution.v1)")
    add_config(parser)


def run(options: argparse.Namespace) -> int:
    """Read events once, then answer crash by crash."""
    from streams.drivers.attributing import attributed, read_cases, read_events
    from streams.drivers.causes import CauseFacts
    from streams.model.message import encode

    settings = configuration(options).settings
    repos = {name: Path(path) for name, path in settings.repositories.items()}
    events = read_events(options.events)
    causes = CauseFacts(repos)
    try:
        for case in read_cases(options.crashes):
            found, stats = attributed(case, events, causes, tuple(repos), settings.pipeline())
            if options.stats:
                sys.stderr.write(f"{case.case}: {stats}\n")
            if options.json:
                sys.stdout.buffer.write(encode(found) + b"\n")
            else:
                sys.stdout.writelines(_lines(found))
    finally:
        causes.close()
    return 0


def _lines(found: Attribution) -> Iterator[str]:
    """One crash for people."""
    from streams.core.report.words import visible

    yield f"{visible(found.case)}\n"
    if not found.commits:
        yield "  no change is guilty, as far as can be seen\n"
    for named in found.commits[:3]:
        subject = visible(named.subject or "")
        yield f"  {named.confidence:4.0%}  {named.sha[:12]}  {subject}  ({visible(named.author or '?')})\n"
        for reason in named.evidence:
            yield f"        {reason.kind}: {visible(reason.detail)}\n"
    if found.no_change is not None:
        yield f"  {found.no_change:4.0%}  no change\n"
    if found.deploy_batch:
        yield f"  first deployed in batch {visible(found.deploy_batch)}, build {visible(found.build_id or '?')}\n"
    if found.crashed_revision:
        yield f"  crashed: {found.crashed_revision[:12]}, {visible(found.crashed_by or '')}\n"
    for gap in found.unknown:
        yield f"  unknown: {visible(gap.what)}: {visible(gap.why)}: {visible(gap.how)}\n"
