"""Group all kept crashes by another method, or with source: shows what would change; --adopt makes it so.

With --state at once; with --broker as a replay of its own (docs/replay.md), which readers follow when it is adopted.
Decisions hold, former ids lead on, counts stay. What is not named stays as the state is grouped.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from streams.cli.options import (
    add_broker,
    add_config,
    add_database,
    add_json,
    add_method,
    add_repo,
    add_state,
    configuration,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from streams.config import Configuration, Settings
    from streams.drivers.embedded.lazy_facts import LazyFacts
    from streams.drivers.embedded.state import State
    from streams.model.regrouping import Grouping, Regrouping


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    add_method(parser)
    add_repo(parser)
    parser.add_argument(
        "--no-repo",
        action="store_true",
        help="without the repositories by which the state is grouped",
    )
    add_state(parser)
    add_broker(parser)
    add_database(parser)
    parser.add_argument(
        "--as", dest="replay", metavar="NAME", help="the replay (default: regroup-METHOD)"
    )
    parser.add_argument("--app-id", metavar="ID", help="one application = one set of tables")
    parser.add_argument("--data", metavar="DIR", help="local copies of the tables")
    parser.add_argument("--replication", metavar="N", type=int, help="copies of each topic made")
    parser.add_argument("--adopt", action="store_true", help="group them so from now on")
    add_json(
        parser,
        "what is different (schema regrouping.v1; of a replay without --database difference.v1)",
    )
    add_config(parser)


def run(options: argparse.Namespace) -> int:
    """Show, or adopt."""
    if _on_kafka(options):
        from streams.cli.regroup_replay import replayed

        return replayed(options)
    from streams.core.cluster.difference import lines
    from streams.drivers.embedded.state import existing_state
    from streams.model.message import encode

    chosen = configuration(options)
    with existing_state(chosen.settings.state) as store:
        found = _regrouped(options, chosen, store)
    if options.json:
        sys.stdout.buffer.write(encode(found) + b"\n")
        return 0
    sys.stdout.writelines(f"{line}\n" for line in lines(found))
    if not found.adopted:
        sys.stdout.write("\nnothing was changed: --adopt makes it so\n")
    return 0


def _on_kafka(options: argparse.Namespace) -> bool:
    """Whether a replay is meant: flags decide before settings. Raises BadInput where both are."""
    from streams.model.errors import BadInput

    settings = configuration(options).settings
    if options.broker and options.state:
        message = "name one place: --state, or --broker with --database"
        raise BadInput(message)
    if options.state:
        return False
    if settings.broker and settings.state and not options.broker:
        message = "both a state folder and a broker are set: name one with --state or --broker"
        raise BadInput(message)
    return settings.broker is not None


# ---- a state folder


def _regrouped(options: argparse.Namespace, chosen: Configuration, store: State) -> Regrouping:
    from contextlib import closing

    from streams.drivers.embedded.regroup import Regroup
    from streams.drivers.grouping import settings_by

    wanted = asked(chosen, store, bare=options.no_repo)
    settings = settings_by(chosen.settings, wanted)
    with (
        closing(facts_of(settings)) as facts,
        Regroup(store, wanted, settings.pipeline(), facts, progress=progress()) as made,
    ):
        return made.adopt() if options.adopt else made.found


def progress() -> Callable[[int], None]:
    """A line that counts, on a terminal."""
    if not sys.stderr.isatty():
        return lambda _done: None

    def show(done: int) -> None:
        sys.stderr.write(f"\r{done:,} crashes grouped\x1b[K\r")
        sys.stderr.flush()

    return show


def asked(chosen: Configuration, store: State, *, bare: bool = False) -> Grouping:
    """How the crashes of a state are to be grouped: as somebody said, for the rest as they are.

    A state that does not say how it is grouped is to be as settings say. Repositories add up, for each may be of
    another service; `bare`: without those that it has.
    """
    from msgspec.structs import replace

    from streams.drivers.embedded.state import GROUPING
    from streams.drivers.grouping import PARAMETERS, grouping_of

    held, given = store.get(GROUPING, ""), grouping_of(chosen.settings)
    if held is None:
        return given
    said = {each.name for each in chosen.origins if each.origin != "default"}
    others = {name: getattr(given, name) for name in PARAMETERS if name in said}
    repos = {**({} if bare else held.repositories), **given.repositories}
    return replace(held, **others, repositories=repos)


def as_kept(settings: Settings, store: State) -> Settings:
    """Settings for what is done with the crashes of a state: they are grouped as the state is, whatever is set."""
    from streams.drivers.embedded.state import grouping_of
    from streams.drivers.grouping import settings_by

    held = grouping_of(store)
    return settings if held is None else settings_by(settings, held)


def facts_of(settings: Settings) -> LazyFacts:
    """Binaries, cores and the source that there is. Raises BadInput for a binary that cannot be used.

    A repository that is not where it was is left out, and that is said.
    """
    from pathlib import Path

    from streams.core.report.words import visible
    from streams.drivers.embedded.lazy_facts import LazyFacts

    found = {name: Path(path) for name, path in settings.repositories.items()}
    for name, path in found.items():
        if not path.is_dir():
            text = f"{name}: {path} is no folder any more: new crashes are grouped without it; say where it is"
            sys.stderr.write(f"panictrail: {visible(text)} with --repo {visible(name)}=PATH\n")
    there = {name: path for name, path in found.items() if path.is_dir()}
    return LazyFacts(settings.binaries, there, settings.source.substitute)
