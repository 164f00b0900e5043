"""Run stages of the pipeline on Kafka, until SIGTERM or Ctrl-C.

STAGE: symbolize, fingerprint, decide, cluster, link, attribute, notify, view, or all. Start as many workers of a stage
as you like, up to the number of partitions; each needs a --data folder and a --listen address of its own.
"""

from __future__ import annotations

import argparse
import sys

from streams.cli.options import add_broker, add_config, add_method, chosen_for, chosen_stages


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("stages", metavar="STAGE", nargs="+", help="what to run, or all")
    add_broker(parser)
    parser.add_argument(
        "--database",
        metavar="URL",
        help="where view writes: postgresql://USER@HOST/NAME or sqlite:///FOLDER",
    )
    parser.add_argument("--app-id", metavar="ID", help="one application = one set of tables")
    parser.add_argument("--data", metavar="DIR", help="local copies of the tables, of this worker")
    parser.add_argument("--listen", metavar="ADDR", help="/healthz, /readyz and /metrics")
    add_method(parser)
    parser.add_argument("--as", dest="replay", metavar="NAME", help="work for a replay")
    add_config(parser)


def run(options: argparse.Namespace) -> int:
    """Check everything, then work."""
    settings, told = chosen_for(options, options.replay)
    stages = chosen_stages(settings)
    from streams.drivers.kafka.prepare import prepare
    from streams.drivers.kafka.worker import run as run_worker

    prepared = prepare(settings, stages, options.stages, options.replay)
    for line in (*prepared.lines, *told):
        sys.stderr.write(f"panictrail worker: {line}\n")
    return run_worker(prepared.plan)
