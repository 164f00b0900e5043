"""Take webhooks over HTTP and send what they tell to Kafka, until SIGTERM or Ctrl-C.

Topics: git.pushed, ci.finished, deploys.changed. A sender is answered when its delivery is on disk; while Kafka is
away, deliveries are kept.
"""

from __future__ import annotations

import argparse

from streams.cli.options import LISTEN, add_broker, add_config, configuration, listen_or
from streams.cli.saying import sayer


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument(
        "--listen",
        metavar="ADDR",
        help=f"where to listen (default: {LISTEN}); without a secret only this machine may post",
    )
    add_broker(parser)
    parser.add_argument(
        "--data", metavar="DIR", help="where deliveries are kept until Kafka has them"
    )
    add_config(parser)


def run(options: argparse.Namespace) -> int:
    """Check everything, then listen."""
    from streams.cli.options import chosen_cluster
    from streams.drivers.http.listener import bind, host_and_port
    from streams.drivers.kafka.gateway import prepare
    from streams.drivers.kafka.gateway import run as run_gateway

    found = configuration(options)
    chosen_cluster(found.settings)
    plan = prepare(found.settings)
    with bind(*host_and_port(listen_or(found, LISTEN))) as sock:
        run_gateway(plan, sock, sayer("gateway"))
    return 0
