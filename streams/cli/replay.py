"""Work the kept input out again beside the pipeline, compare, and switch readers over.

panictrail replay --as NAME [--from TIME] [--to TIME]   topics NAME.*, tables and database schema of its own
panictrail replay diff NAME                             what is different from what readers see now
panictrail replay adopt NAME                            readers follow NAME; `adopt default` goes back
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import TYPE_CHECKING

from streams.cli.options import (
    add_broker,
    add_config,
    add_json,
    add_method,
    chosen_cluster,
    chosen_for,
    chosen_names,
    chosen_stages,
)

if TYPE_CHECKING:
    from streams.drivers.kafka.worker import Plan
    from streams.model.instant import Instant


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("action", choices=("diff", "adopt"), nargs="?", help="see above")
    parser.add_argument("name", metavar="NAME", nargs="?", help="diff, adopt: of which replay")
    parser.add_argument("--as", dest="replay", metavar="NAME", help="begin it, or go on with it")
    parser.add_argument(
        "--from", dest="since", metavar="TIME", help="only crashes at this time or later (RFC 3339)"
    )
    parser.add_argument(
        "--to", dest="until", metavar="TIME", help="only crashes before this time (RFC 3339)"
    )
    parser.add_argument("--yes", action="store_true", help="adopt: do not ask")
    parser.add_argument(
        "--forget",
        action="store_true",
        help="adopt: also where crashes outside of the range are kept nowhere any more",
    )
    add_json(parser, "diff: what is different")
    add_broker(parser)
    parser.add_argument(
        "--database",
        metavar="URL",
        help="where view writes, in a schema NAME; postgresql://… or sqlite:///…",
    )
    parser.add_argument("--app-id", metavar="ID", help="one application = one set of tables")
    parser.add_argument("--data", metavar="DIR", help="local copies of the tables")
    parser.add_argument("--replication", metavar="N", type=int, help="copies of each topic made")
    add_method(parser)
    add_config(parser)


def run(options: argparse.Namespace) -> int:
    """Work out, compare or switch."""
    from streams.model.errors import BadInput

    if options.action is None and options.replay:
        return _replay(options)
    if options.action and options.name and not options.replay:
        from streams.cli.replay_switch import adopt, diff

        return {"diff": diff, "adopt": adopt}[options.action](options)
    message = "want --as NAME, or diff NAME, or adopt NAME: see panictrail replay --help"
    raise BadInput(message)


def _instant(flag: str, text: str | None) -> Instant | None:
    from streams.model.errors import BadInput
    from streams.model.instant import parse_instant

    if text is None:
        return None
    try:
        return parse_instant(text)
    except ValueError as error:
        message = f"{flag} {text!r}: {error}: write it as 2026-11-23T08:00:00Z"
        raise BadInput(message) from None


def _prepared(options: argparse.Namespace) -> tuple[Plan, tuple[str, ...]]:
    """The topics are made, the range is noted: what to run, and what to say before."""
    from streams.drivers.grouping import grouping_of_replay
    from streams.drivers.kafka.prepare import ALL, prepare
    from streams.drivers.kafka.replay import Selection, begin, span
    from streams.model.errors import BadInput

    settings, told = chosen_for(options, options.replay)
    since, until = _instant("--from", options.since), _instant("--to", options.until)
    if since and until and since >= until:
        message = f"--from {since} is not before --to {until}: no crash is between them"
        raise BadInput(message)
    stages, names = chosen_stages(settings), chosen_names(settings, options.replay)
    selection = Selection(since=since, until=until, grouping=grouping_of_replay(settings))
    row = asyncio.run(
        begin(chosen_cluster(settings), names, stages, selection, settings.replication)
    )
    prepared = prepare(settings, stages, [ALL], options.replay)
    return prepared.plan, (*prepared.lines, *told, f"{names.name} works out {span(row)}")


def _replay(options: argparse.Namespace) -> int:
    import os

    from streams.cli.watching import Progress, interruptible
    from streams.drivers.kafka.replay import catch_up, locked

    plan, said = _prepared(options)
    name, progress = plan.names.name, Progress()

    async def work() -> int:
        sys.stderr.writelines(f"panictrail replay: {line}\n" for line in said)
        sys.stderr.flush()
        await catch_up(plan, progress)
        return 0

    handle = locked(plan)
    try:
        code = interruptible(work())
    finally:
        progress.end()
        os.close(handle)
    if code:
        step = f"panictrail replay --as {name} goes on with it"
        sys.stderr.write(f"panictrail replay: stopped; {step}\n")
        return code
    sys.stdout.write(
        f"{name} has worked out everything that had come in\n"
        f"  panictrail replay diff {name}        what is different\n"
        f"  panictrail worker all --as {name}    go on with live input\n"
        f"  panictrail replay adopt {name}       have readers follow it\n"
    )
    return 0
