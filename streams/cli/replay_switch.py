"""`panictrail replay diff` and `panictrail replay adopt`.

In: options. Out: differences on stdout; a switch that was asked for and confirmed. Text for people goes to stderr.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from streams.cli.options import chosen_cluster, chosen_names, chosen_stages, configuration
from streams.cli.watching import Progress, interruptible

if TYPE_CHECKING:
    from streams.config import Settings
    from streams.core.report.difference import Comparison
    from streams.drivers.kafka.client import Cluster
    from streams.drivers.kafka.names import Names
    from streams.model.events import Generation


def _names(settings: Settings, name: str) -> Names:
    from streams.drivers.kafka.names import DEFAULT

    return chosen_names(settings, None if name == DEFAULT else name)


class _Pair:
    """The pipeline that readers follow and the one that was named."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.settings = configuration(options).settings
        self.cluster: Cluster = chosen_cluster(self.settings)
        self.target = _names(self.settings, options.name)
        self.source = self.target
        self.row: Generation | None = None
        self.cut_short: Generation | None = None

    async def look(self) -> None:
        """Ask which is adopted. Raises BadInput where nobody knows the one that was named."""
        from streams.drivers.kafka.generations import adopted, read, selection, unfinished

        rows = await read(self.cluster, self.target)
        if not self.target.is_default:
            self.row = await selection(self.cluster, self.target)
        self.source = _names(self.settings, adopted(rows).name)
        self.cut_short = unfinished(rows)

    @property
    def labels(self) -> tuple[str, str]:
        """Their names, for people."""
        return self.source.name, self.target.name


def _note(text: str) -> None:
    sys.stderr.write(f"panictrail replay: {text}\n")


def diff(options: argparse.Namespace) -> int:
    """Print what is different."""
    return interruptible(_diff(options))


async def _diff(options: argparse.Namespace) -> int:
    from streams.core.report.difference import lines
    from streams.drivers.kafka.replay import span
    from streams.drivers.kafka.replay_diff import difference
    from streams.model.message import encode

    pair = _Pair(options)
    await pair.look()
    if pair.cut_short is not None:
        name = pair.cut_short.name
        _note(f"adopting {name} was cut short: panictrail replay adopt {name}, or adopt another")
    if pair.source == pair.target:
        _note(f"{pair.target.name} is the pipeline that readers follow")
    found = await difference(pair.cluster, pair.source, pair.target)
    if pair.row is not None and (pair.row.since or pair.row.until):
        _note(f"{pair.target.name} has {span(pair.row)} only, until it is adopted")
    if options.json:
        sys.stdout.buffer.write(b"".join(encode(row) + b"\n" for row in found.differences))
    else:
        sys.stdout.writelines(f"{line}\n" for line in lines(found, pair.labels))
    return 0


def adopt(options: argparse.Namespace) -> int:
    """Switch readers over."""
    return interruptible(_adopt(options))


async def _adopt(options: argparse.Namespace) -> int:
    from streams.drivers.kafka.replay_diff import difference

    pair = _Pair(options)
    await pair.look()
    if pair.source == pair.target and not pair.cut_short:
        sys.stdout.write(f"readers follow {pair.target.name} already\n")
        return 0
    idle = await _ready(options, pair)
    found = await difference(pair.cluster, pair.source, pair.target)
    if not options.yes and not await _confirmed(pair, found):
        sys.stdout.write("nothing was switched\n")
        return 0
    row = await _switch(pair)
    sys.stdout.write(
        f"readers follow {pair.target.name} from now on, as generation {row.generation}\n"
        f"  panictrail replay adopt {pair.source.name}    goes back\n"
    )
    if idle:
        own = "" if pair.target.is_default else f" --as {pair.target.name}"
        _note(f"nobody works on live input for {', '.join(idle)}: panictrail worker all{own}")
    return 0


async def _ready(options: argparse.Namespace, pair: _Pair) -> tuple[str, ...]:
    """Wait until everything is worked out; merge what a range left out. The stages that no worker runs."""
    from streams.drivers.kafka.replay_ready import caught_up, stages_of

    every = chosen_stages(pair.settings)
    stages = stages_of(every, view=pair.settings.database is not None)
    progress = Progress()
    try:
        if pair.row is not None and (pair.row.since or pair.row.until):
            await _fill_up(options, pair, progress)
        return await caught_up(pair.cluster, pair.target, stages, progress)
    finally:
        progress.end()


async def _fill_up(options: argparse.Namespace, pair: _Pair, progress: Progress) -> None:
    from contextlib import AsyncExitStack

    from streams.drivers.kafka.replay_kept import opened
    from streams.drivers.kafka.replay_ready import fill_up, stages_of
    from streams.model.errors import BadInput, NothingKept

    stages, kept = stages_of(chosen_stages(pair.settings), view=False), None
    async with AsyncExitStack() as stack:
        if pair.settings.database is not None:
            with suppress(NothingKept):
                view = opened(pair.settings.database, pair.source.name)
                kept = await stack.enter_async_context(view)
        pipelines = (pair.source, pair.target)
        merged = await fill_up(pair.cluster, pipelines, stages, kept, progress)
    _note(f"{merged.sent:,} crashes outside of the range were taken over from {pair.source.name}")
    if merged.lost and not options.forget:
        message = (
            f"{merged.lost:,} crashes that {pair.source.name} has counted are in its topics no more: name the "
            "database that keeps them with --database, or adopt without them with --forget"
        )
        raise BadInput(message)


async def _confirmed(pair: _Pair, found: Comparison) -> bool:
    """Show what is different and ask. Raises BadInput where there is nobody to ask."""
    from streams.core.report.difference import summary
    from streams.model.errors import BadInput

    if not sys.stdin.isatty():
        message = f"adopt {pair.target.name}: nobody is here to be asked: add --yes"
        raise BadInput(message)
    sys.stderr.writelines(f"{line}\n" for line in summary(found, pair.labels))
    sys.stderr.write(f"have readers follow {pair.target.name}? [y/N] ")
    sys.stderr.flush()
    answer = await _line_of_terminal()
    return answer.strip().lower() in ("y", "yes")


async def _line_of_terminal() -> str:
    """What a person types; a thread that reads could not be ended by Ctrl-C."""
    loop, typed = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), typed.set)
    try:
        await typed.wait()
    finally:
        loop.remove_reader(sys.stdin.fileno())
    return sys.stdin.readline()


async def _switch(pair: _Pair) -> Generation:
    from streams.drivers.kafka.replay_adopt import Switch

    progress = Progress()
    with TemporaryDirectory(prefix="panictrail-adopt-") as folder:
        try:
            return await Switch(pair.cluster, pair.target, Path(folder), progress.say).run()
        finally:
            progress.end()
