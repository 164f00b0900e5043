"""Collect crashes from where they are written, and publish them on Kafka, until SIGTERM or Ctrl-C."""

from __future__ import annotations

import argparse
import sys

from streams.cli.options import (
    add_broker,
    add_config,
    add_format,
    chosen_format,
    chosen_stages,
    configuration,
)

LINES = "logs.lines"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    kinds = parser.add_subparsers(title="commands", dest="kind", metavar="COMMAND", required=True)
    lines = kinds.add_parser(
        "lines",
        help="from the topics that log shippers write to",
        description="Find crashes in log lines: plain ones, and records of log shippers (docs/produce.md). Start as "
        "many collectors as you like, up to the number of partitions; each needs a --data folder and a --listen "
        "address of its own. Lines of one container must be in one partition: have the shipper use its id as key.",
    )
    lines.add_argument(
        "--topic",
        dest="topics",
        metavar="NAME",
        action="append",
        help=f"a topic of a shipper; may be given several times (default: {LINES})",
    )
    lines.add_argument(
        "--service", metavar="NAME", help="the service, where the lines do not name it"
    )
    add_format(lines)
    add_broker(lines)
    lines.add_argument("--app-id", metavar="ID", help="one application = one set of positions")
    lines.add_argument("--data", metavar="DIR", help="local copies of positions, of this collector")
    lines.add_argument("--listen", metavar="ADDR", help="/healthz, /readyz and /metrics")
    add_config(lines)


def run(options: argparse.Namespace) -> int:
    """Check everything, then collect."""
    settings = configuration(options).settings
    stages = chosen_stages(settings)
    from streams.drivers.kafka.collect import prepare
    from streams.drivers.kafka.collect import run as run_collector

    topics = tuple(dict.fromkeys(options.topics or (LINES,)))
    prepared = prepare(settings, stages, topics, chosen_format(options))
    for line in prepared.lines:
        sys.stderr.write(f"panictrail collect: {line}\n")
    return run_collector(prepared.plan)
