"""Options that several commands share, and what they become.

In: an argument parser, parsed options. Out: Configuration, an open store. Imports stay light.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streams.config import Configuration, Settings
    from streams.topology import Stage


def add_config(parser: argparse.ArgumentParser) -> None:
    """`--config`."""
    parser.add_argument(
        "--config", metavar="FILE", type=Path, help="settings (default: panictrail.toml here)"
    )


def add_state(parser: argparse.ArgumentParser) -> None:
    """`--state`."""
    parser.add_argument(
        "--state", metavar="DIR", help="keep what was found, and go on from it next time"
    )


def add_json(parser: argparse.ArgumentParser, what: str) -> None:
    """`--json`."""
    parser.add_argument("--json", action="store_true", help=f"{what}, one JSON object per line")


def add_inputs(parser: argparse.ArgumentParser) -> None:
    """INPUT, `--service`."""
    parser.add_argument(
        "inputs",
        metavar="INPUT",
        nargs="+",
        help="a log file, a folder of them, or - for standard input; .gz and .zst are read as they are",
    )
    parser.add_argument(
        "--service", metavar="NAME", help="the service, where the input does not name it"
    )


def chosen_stages(settings: Settings) -> tuple[Stage, ...]:
    """The pipeline with these settings. Raises BadInput where a secret pattern cannot be used."""
    from streams.model.errors import BadInput
    from streams.topology import stages

    try:
        return stages(settings.pipeline())
    except ValueError as error:
        message = f"scrub_patterns: {error}"
        raise BadInput(message) from None


def configuration(options: argparse.Namespace) -> Configuration:
    """Settings in force for these options. Raises BadInput."""
    from streams.config import load

    flags = {name: getattr(options, name, None) for name in ("state", "service")}
    return load(flags, getattr(options, "config", None))
