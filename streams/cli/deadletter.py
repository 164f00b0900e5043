"""What could not be processed: list it, show one, or try again.

Dead letters are scrubbed. A replayed one that goes through is removed; one that fails again is kept.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from streams.cli.options import (
    add_config,
    add_database,
    add_json,
    add_state,
    chosen_stages,
    configuration,
)

if TYPE_CHECKING:
    from streams.drivers.database import Reader
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
    add_state(parser)
    add_database(parser)
    add_json(parser, "dead letters (deadletter.v1)")
    add_config(parser)


def _chosen(reader: Reader, ids: list[str]) -> dict[str, DeadLetter]:
    from streams.drivers.embedded.reading import dead_letters
    from streams.model.errors import BadInput

    letters = dead_letters(reader)
    chosen = {k: v for k, v in letters.items() if not ids or any(k.startswith(i) for i in ids)}
    for name in ids:
        if not any(key.startswith(name) for key in chosen):
            message = f"no dead letter whose id begins with {name!r}: panictrail deadletter list"
            raise BadInput(message)
    return chosen


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
    from streams.drivers.embedded.replay import replay
    from streams.drivers.embedded.state import existing_state

    settings = configuration(options).settings
    with existing_state(settings.state) as store:
        letters = _chosen(store, options.ids)
        done = replay(store, chosen_stages(settings), letters)
    left = len(letters) - done
    sys.stdout.write(f"{done} of {len(letters)} went through, {left} kept\n")
    return 0


def run(options: argparse.Namespace) -> int:
    """List, show or replay."""
    from streams.cli.reading import opened_reader

    if options.action == "replay":
        return _replay(options)
    with opened_reader(options) as reader:
        letters = _chosen(reader, options.ids)
        _print(letters, as_json=options.json, whole=options.action == "show")
    return 0
