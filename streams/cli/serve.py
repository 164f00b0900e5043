"""Take crashes, log lines and webhooks over HTTP, with the whole pipeline behind them, until SIGTERM or Ctrl-C.

One process, no broker: everything is kept in the state folder, the one that analyze is given with --state. A sender is
answered when what it sent is on disk. docs/http-ingest.md, docs/webhooks.md.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from streams.cli.options import (
    LISTEN,
    add_binaries,
    add_config,
    add_core_folders,
    add_method,
    add_repo,
    add_state,
    chosen_stages,
    configuration,
    listen_or,
)
from streams.cli.saying import sayer

STATE = "panictrail-state"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument(
        "--listen",
        metavar="HOST:PORT",
        help=f"where to listen (default: {LISTEN}); without a secret only this machine may post",
    )
    parser.add_argument(
        "--spool",
        dest="spools",
        metavar="DIR",
        type=Path,
        action="append",
        default=[],
        help="follow what panicwatch keeps there, or in folders there; may be given several times",
    )
    parser.add_argument(
        "--cores",
        dest="follow_cores",
        action="store_true",
        help="follow what the handler of `collect cores` keeps in core_spool (docs/cores.md)",
    )
    add_core_folders(parser)
    add_state(parser, f"keep everything there, inbox included (default: {STATE})")
    add_binaries(parser)
    add_repo(parser)
    add_method(parser)
    add_config(parser)


def run(options: argparse.Namespace) -> int:
    """Open everything, then serve."""
    import gc

    from streams.cli.analyze import settled
    from streams.drivers.core_following import Wanted
    from streams.drivers.embedded.following import Followed
    from streams.drivers.embedded.serving import Pipeline, serve
    from streams.drivers.embedded.state import open_state
    from streams.drivers.http.listener import bind, host_and_port
    from streams.drivers.spools import segments

    found = configuration(options)
    for folder in options.spools:
        segments(folder)
    folders = tuple(options.folders)
    cores = Wanted(folders=folders) if options.follow_cores or folders else None
    followed = Followed(spools=tuple(options.spools), cores=cores)
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
        serve(settings, pipeline, sock, sayer("serve"), followed)
    return 0
