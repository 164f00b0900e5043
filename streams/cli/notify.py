"""Send notifications from Kafka to a webhook, Slack or Alertmanager, until SIGTERM or Ctrl-C.

The stage notify (panictrail worker notify) says what people are to be told of; this process tells them. serve does both
by itself. docs/notifications.md.
"""

from __future__ import annotations

import argparse

from streams.cli.options import LISTEN, add_broker, add_config, configuration, listen_or
from streams.cli.saying import sayer


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument(
        "--listen", metavar="ADDR", help=f"/healthz and /metrics (default: {LISTEN})"
    )
    add_broker(parser)
    parser.add_argument(
        "--data", metavar="DIR", help="where is kept what was sent, and what is tried again"
    )
    parser.add_argument(
        "--as",
        dest="replay",
        metavar="NAME",
        help="tell of an adopted replay, from now on",
    )
    add_config(parser)


def run(options: argparse.Namespace) -> int:
    """Check everything, then send."""
    from streams.cli.options import chosen_cluster
    from streams.drivers.http.listener import bind, host_and_port
    from streams.drivers.kafka.notifying import prepare
    from streams.drivers.kafka.notifying import run as run_notify

    found = configuration(options)
    chosen_cluster(found.settings)
    plan = prepare(found.settings, options.replay)
    with bind(*host_and_port(listen_or(found, LISTEN))) as sock:
        run_notify(plan, sock, sayer("notify"))
    return 0
