"""Take webhooks over HTTP, with the whole pipeline behind them, until SIGTERM or Ctrl-C.

One process, no broker: what git, CI and deployments tell is kept in the state folder, the one that analyze is given
with --state. A sender is answered when its delivery is on disk.
"""

from __future__ import annotations

import argparse
import sys

from streams.cli.options import (
    add_binaries,
    add_config,
    add_method,
    add_repo,
    add_state,
    chosen_stages,
    configuration,
    listen_or,
)

LISTEN = "127.0.0.1:8088"
STATE = "panictrail-state"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument(
        "--listen",
        metavar="HOST:PORT",
        help=f"where to listen (default: {LISTEN}); without a secret only this machine may post",
    )
    add_state(parser, f"keep everything there, inbox included (default: {STATE})")
    add_binaries(parser)
    add_repo(parser)
    add_method(parser)
    add_config(parser)


def run(options: argparse.Namespace) -> int:
    """Open everything, then serve."""
    import gc

    from streams.cli.analyze import settled
    from streams.drivers.embedded.serving import Pipeline, serve
    from streams.drivers.embedded.state import open_state
    from streams.drivers.http.listener import bind, host_and_port

    found = configuration(options)
    options.state = found.settings.state or STATE
    place = listen_or(found, LISTEN)
    with (
        bind(*host_and_port(place)) as sock,
        open_state(options.state) as store,
        settled(options, store) as (settings, facts),
    ):
        pipeline = Pipeline(chosen_stages(settings), store, settings, facts)
        gc.collect()
        gc.freeze()
        serve(settings, pipeline, sock, _say)
    return 0


def _say(line: str) -> None:
    sys.stderr.write(f"panictrail serve: {line}\n")
    sys.stderr.flush()
