"""The web page and its JSON API alone, on what workers keep in a database, until SIGTERM or Ctrl-C.

Reads only: as many of them may run as one likes, beside the workers. `panictrail serve` has the same page on its own
state. docs/web.md.
"""

from __future__ import annotations

import argparse

from streams.cli.options import (
    LISTEN,
    add_broker,
    add_config,
    add_database,
    add_repo,
    configuration,
    listen_or,
)
from streams.cli.saying import sayer


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument(
        "--listen",
        metavar="HOST:PORT",
        help=f"where to listen (default: {LISTEN}); without PANICTRAIL_API_TOKEN only this machine may read",
    )
    add_database(parser)
    add_broker(parser)
    add_repo(parser)
    add_config(parser)


def run(options: argparse.Namespace) -> int:
    """Open the database, then listen."""
    from streams.cli.reading import followed
    from streams.drivers.http.listener import bind, host_and_port
    from streams.drivers.http.web import run as run_web
    from streams.model.errors import BadInput

    found = configuration(options)
    settings = found.settings
    if settings.database is None:
        message = (
            "name the database that workers write to: --database postgresql://… or sqlite:///DIR, "
            "or PANICTRAIL_DATABASE; a state folder has its page in panictrail serve"
        )
        raise BadInput(message)
    database = (settings.database, followed(settings))
    with bind(*host_and_port(listen_or(found, LISTEN))) as sock:
        run_web(settings, database, sock, sayer("web"))
    return 0
