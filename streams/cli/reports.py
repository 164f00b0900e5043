"""Root-cause reports on Kafka: the newest of every cluster, then each change as it comes."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from typing import TYPE_CHECKING

from streams.cli.options import (
    add_broker,
    add_config,
    add_json,
    chosen_cluster,
    chosen_names,
    configuration,
)

if TYPE_CHECKING:
    from streams.drivers.kafka.browse import Notice
    from streams.drivers.kafka.tail import Seen
    from streams.model.instant import Instant
    from streams.model.report import Report


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    actions = parser.add_subparsers(
        title="commands", dest="action", metavar="COMMAND", required=True
    )
    tail = actions.add_parser(
        "tail",
        help="follow root-cause reports",
        description="Print the newest report of every cluster, most important first, then each report as it "
        "changes, until Ctrl-C. A cluster that was merged into another one, or renamed, is said to be gone.",
    )
    tail.add_argument(
        "--since", metavar="TIME", help="only clusters seen at this time or later (RFC 3339)"
    )
    tail.add_argument("--service", metavar="NAME", help="only clusters seen in this service")
    tail.add_argument("--max", metavar="N", type=_count, help="end after so many reports")
    tail.add_argument(
        "--no-follow", action="store_true", help="end when what is there now is printed"
    )
    add_json(tail, "reports (report.v1)")
    add_broker(tail)
    add_config(tail)


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def run(options: argparse.Namespace) -> int:
    """Follow reports until there are enough, or until a signal."""
    since = _instant(options.since)
    asyncio.run(_until_signal(options, since))
    return 0


def _instant(text: str | None) -> Instant | None:
    from streams.model.errors import BadInput
    from streams.model.instant import parse_instant

    if text is None:
        return None
    try:
        return parse_instant(text)
    except ValueError as error:
        message = f"--since {text!r}: {error}: write it as 2026-11-23T08:00:00Z"
        raise BadInput(message) from None


async def _until_signal(options: argparse.Namespace, since: Instant | None) -> None:
    """Run until done; SIGINT and SIGTERM are the ordinary way to end, so they end with 0."""
    following = asyncio.ensure_future(_follow(options, since))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, following.cancel)
    await asyncio.wait((following,))
    if not following.cancelled():
        following.result()


async def _follow(options: argparse.Namespace, since: Instant | None) -> None:
    from contextlib import aclosing

    from streams.drivers.kafka.tail import tail

    settings = configuration(options).settings
    names = chosen_names(settings)
    left = options.max
    reports = tail(chosen_cluster(settings), names, follow=not options.no_follow)
    async with aclosing(reports) as following:
        async for seen in following:
            written = _show(seen, options, since)
            if left is not None and (left := left - written) <= 0:
                break


def _notice(text: str) -> None:
    from streams.core.report.words import visible

    sys.stderr.write(f"panictrail reports: {visible(text)}\n")
    sys.stderr.flush()


def _show(seen: Seen | Notice, options: argparse.Namespace, since: Instant | None) -> int:
    """Print what was seen, where it is wanted; the number of reports printed."""
    from streams.core.report.brief import brief
    from streams.drivers.kafka.browse import Notice
    from streams.drivers.kafka.tail import Gone
    from streams.model.message import encode

    if isinstance(seen, Notice):
        _notice(seen.text)
        return 0
    report = seen.last if isinstance(seen, Gone) else seen
    if not _wanted(report, options.service, since):
        return 0
    if isinstance(seen, Gone):
        _notice(f"cluster {report.cluster} is gone, merged or renamed: {report.title}")
        return 0
    data = encode(report) + b"\n" if options.json else brief(report).encode() + b"\n"
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
    return 1


def _wanted(report: Report, service: str | None, since: Instant | None) -> bool:
    """Whether the report passes the filters; one without a time is not known to be since anything."""
    if service is not None and service not in report.services:
        return False
    return since is None or (report.last_seen is not None and report.last_seen >= since)
