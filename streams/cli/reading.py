"""What commands read: the state folder of `--state`, or the database of `--database`.

In: options. Out: an open reader. Which one, flags decide before settings; two of a kind are refused.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from streams.cli.options import configuration

if TYPE_CHECKING:
    from streams.config import Settings
    from streams.drivers.database import Reader


def database_of(options: argparse.Namespace, settings: Settings) -> str | None:
    """The database to read; None where the state folder is meant. Raises BadInput where both are."""
    from streams.model.errors import BadInput

    flagged = (options.state is not None, options.database is not None)
    if settings.database is None or flagged == (True, False):
        return None
    if settings.state is not None and flagged != (False, True):
        message = "both a state folder and a database are set: name one of them with --state or --database"
        raise BadInput(message)
    return settings.database


def followed(settings: Settings) -> str:
    """The pipeline whose tables are read: the adopted one, where a broker is set that says which it is."""
    from streams.drivers.kafka.names import DEFAULT

    if settings.broker is None:
        return DEFAULT
    import asyncio

    from streams.cli.options import chosen_cluster, chosen_names
    from streams.drivers.kafka.generations import adopted, read
    from streams.model.errors import ServiceMissing

    try:
        rows = asyncio.run(read(chosen_cluster(settings), chosen_names(settings)))
    except ServiceMissing as missing:
        sys.stderr.write(f"panictrail: {missing}; until then the default pipeline is shown\n")
        return DEFAULT
    return adopted(rows).name


@contextmanager
def opened_reader(options: argparse.Namespace) -> Iterator[Reader]:
    """What was kept. Raises BadInput, or ServiceMissing where the database does not answer."""
    from streams.drivers.database import open_reader
    from streams.drivers.embedded.state import existing_state

    settings = configuration(options).settings
    url = database_of(options, settings)
    reader = open_reader(url, followed(settings)) if url else existing_state(settings.state)
    try:
        yield reader
    finally:
        reader.close()
