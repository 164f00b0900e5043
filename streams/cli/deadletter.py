"""What could not be processed: list it, show one, or try again.

Dead letters are scrubbed. A replayed one that goes through is removed; one that fails again is kept. With --broker
replay sends its event to the topic that it came from, and workers try it again.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from streams.cli.options import (
    add_binaries,
    add_broker,
    add_config,
    add_database,
    add_json,
    add_state,
    chosen_cluster,
    chosen_names,
    chosen_stages,
    configuration,
)

if TYPE_CHECKING:
    from streams.model.events import DeadLetter


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("action", choices=("list", "show", "replay"))
    parser.add_argument(
        "ids",
        metavar="ID",
        nargs="*",
        help="dead letters (show: one; replay: all if none is named)",
    )
    add_binaries(parser)
    add_state(parser)
    add_database(parser)
    add_broker(parser)
    parser.add_argument("--app-id", metavar="ID", help="one application = one set of tables")
    parser.add_argument("--as", dest="replay", metavar="NAME", help="the letters of this replay")
    add_json(parser, "dead letters (deadletter.v1)")
    add_config(parser)


def _row(key: str, letter: DeadLetter) -> str:
    return f"{key}  {letter.topic}  {letter.reason}  attempt {letter.attempt}  {letter.error}"


def _print(letters: dict[str, DeadLetter], *, as_json: bool, whole: bool) -> None:
    from base64 import b64decode

    from streams.core.report.words import visible
    from streams.model.message import encode
    from streams.model.text import from_bytes, readable

    for key, letter in letters.items():
        if as_json:
            sys.stdout.buffer.write(encode(letter) + b"\n")
            continue
        sys.stdout.write(visible(_row(key, letter)) + "\n")
        if whole:
            text = readable(from_bytes(b64decode(letter.bytes_base64)))
            sys.stdout.writelines(f"  | {visible(line)}\n" for line in text.split("\n"))
    if not letters and not as_json:
        sys.stdout.write("no dead letters\n")


def _replay(options: argparse.Namespace) -> int:
    from contextlib import closing

    from streams.cli.regroup import as_kept, facts_of
    from streams.core.steps.deadletters import named
    from streams.drivers.embedded.notices import kept_for_later
    from streams.drivers.embedded.reading import dead_letters
    from streams.drivers.embedded.replay import replay
    from streams.drivers.embedded.state import existing_state
    from streams.model.errors import BadInput

    settings = configuration(options).settings
    if options.database is not None:
        message = "what a database lists is tried again on Kafka: name it with --broker"
        raise BadInput(message)
    with existing_state(settings.state) as store:
        letters = named(dead_letters(store), options.ids)
        settings = as_kept(settings, store)
        with closing(facts_of(settings)) as facts, kept_for_later(settings) as take:
            done = replay(store, chosen_stages(settings), letters, facts, take)
    left = len(letters) - done
    sys.stdout.write(f"{done} of {len(letters)} went through, {left} kept\n")
    return 0


def _is_on_kafka(options: argparse.Namespace) -> bool:
    """Whether the letters of the topic are meant: flags decide before settings. Raises BadInput where both are set."""
    from streams.model.errors import BadInput

    if options.broker or options.replay:
        if options.state:
            message = "name one place: --state, or --broker"
            raise BadInput(message)
        return True
    settings = configuration(options).settings
    if settings.broker is None or options.state or options.database:
        return False
    if settings.state is not None:
        message = "both a state folder and a broker are set: name one with --state or --broker"
        raise BadInput(message)
    return True


def run(options: argparse.Namespace) -> int:
    """List, show or replay."""
    if _is_on_kafka(options):
        return _on_kafka(options)
    if options.action == "replay":
        return _replay(options)
    from streams.cli.reading import opened_reader
    from streams.core.steps.deadletters import named
    from streams.drivers.embedded.reading import dead_letters

    with opened_reader(options) as reader:
        letters = named(dead_letters(reader), options.ids)
        _print(letters, as_json=options.json, whole=options.action == "show")
    return 0


def _on_kafka(options: argparse.Namespace) -> int:
    import asyncio

    from streams.core.steps.deadletters import named
    from streams.drivers.kafka.deadletters import Again, letters, pipelines

    settings = configuration(options).settings
    cluster, names = chosen_cluster(settings), chosen_names(settings, options.replay)

    async def work() -> int:
        chosen = (names,) if options.replay else await pipelines(cluster, names)
        if options.action == "replay":
            sent = await Again(cluster, chosen).send(options.ids)
            sys.stdout.write(f"{sent} sent again; those that fail again are listed again\n")
            return 0
        found = {key: one.letter for key, one in (await letters(cluster, chosen)).items()}
        whole = options.action == "show"
        _print(named(found, options.ids), as_json=options.json, whole=whole)
        return 0

    return asyncio.run(work())
