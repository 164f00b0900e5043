"""The topics of the pipeline on Kafka: make what is missing, say what is wrong, show what is in one."""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import TYPE_CHECKING

from streams.cli.options import (
    add_broker,
    add_config,
    chosen_cluster,
    chosen_names,
    configuration,
    stated,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streams.drivers.kafka.browse import Notice, Shown

WRONG = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    actions = parser.add_subparsers(
        title="commands", dest="action", metavar="COMMAND", required=True
    )
    create = actions.add_parser(
        "create",
        help="make every topic and changelog that is missing",
        description="Make every topic and changelog that is missing. What is there is never changed: "
        "what is wrong with it is said, and the exit code is 2.",
    )
    _add_common(create)
    create.add_argument("--partitions", metavar="N", type=int, help="default: as those there, or 8")
    create.add_argument("--replication", metavar="N", type=int, help="copies of each; default: 1")
    check = actions.add_parser(
        "check",
        help="say what is missing or wrong, with the next step; exit code 2 where something is",
        description="Say what is missing, has a wrong number of partitions, or may lose records, each with "
        "the next step. The exit code is 2 where something is wrong.",
    )
    _add_common(check)
    check.add_argument(
        "--partitions", metavar="N", type=int, help="default: all must have the same"
    )
    cat = actions.add_parser(
        "cat",
        help="print the events of a topic as JSON lines; internal batches are unpacked",
        description="Print the events of a topic as JSON lines, those of internal batches one by one. "
        'A key that was removed is {"key":…,"event":null}. What cannot be read is said on stderr.',
    )
    cat.add_argument(
        "topic", metavar="TOPIC", help="as in docs/reference/topics.md, or its full name"
    )
    _add_common(cat)
    _add_reading(cat)


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--as", dest="name", metavar="NAME", help="the topics of this replay")
    add_broker(parser)
    parser.add_argument("--app-id", metavar="ID", help="one application = one set of tables")
    add_config(parser)


def _add_reading(parser: argparse.ArgumentParser) -> None:
    start = parser.add_mutually_exclusive_group()
    start.add_argument("--from-beginning", action="store_true", help="all that is there (default)")
    start.add_argument("--from-end", action="store_true", help="only what comes now, as --follow")
    parser.add_argument("--follow", action="store_true", help="go on with what comes")
    parser.add_argument("--max", metavar="N", type=_count, help="end after so many events")
    parser.add_argument(
        "--with-place",
        action="store_true",
        help='each as {"partition","offset","key","event"}',
    )


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        message = f"{text!r}: want a whole number from 1"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def run(options: argparse.Namespace) -> int:
    """Make, check or show."""
    action = {"create": _create, "check": _check, "cat": _cat}[options.action]
    return action(options)


def _create(options: argparse.Namespace) -> int:
    from streams.drivers.kafka.topics import create

    found = configuration(options)
    settings = found.settings
    done = asyncio.run(
        create(
            chosen_cluster(settings),
            chosen_names(settings, options.name),
            stated(found, "partitions"),
            settings.replication,
        )
    )
    sys.stdout.writelines(f"made  {name}\n" for name in done.made)
    sys.stdout.write(f"{len(done.made)} topics made, {len(done.there)} were there\n")
    sys.stderr.writelines(f"panictrail topics: {text}\n" for text in done.problems)
    return WRONG if done.problems else 0


def _check(options: argparse.Namespace) -> int:
    from streams.drivers.kafka.topics import problems

    found = configuration(options)
    settings = found.settings
    said = asyncio.run(
        problems(
            chosen_cluster(settings),
            chosen_names(settings, options.name),
            stated(found, "partitions"),
        )
    )
    sys.stdout.writelines(f"{text}\n" for text in said)
    if not said:
        sys.stdout.write("all topics are there, and as they must be\n")
    return WRONG if said else 0


def _cat(options: argparse.Namespace) -> int:
    asyncio.run(_show(options))
    return 0


async def _show(options: argparse.Namespace) -> None:
    from contextlib import aclosing

    from streams.drivers.kafka.browse import events, topic_named

    settings = configuration(options).settings
    cluster = chosen_cluster(settings)
    topic, partitions = await topic_named(
        cluster, chosen_names(settings, options.name), options.topic
    )
    left = options.max
    reading = events(
        cluster,
        topic,
        partitions,
        follow=options.follow or options.from_end,
        from_end=options.from_end,
    )
    async with aclosing(reading) as batches:
        async for batch in batches:
            written = _write(batch, left, with_place=options.with_place)
            if left is not None and (left := left - written) <= 0:
                break


def _write(batch: Iterable[Shown | Notice], most: int | None, *, with_place: bool) -> int:
    """Print events and say notices; the number of events."""
    from itertools import islice

    import orjson

    from streams.core.report.words import visible
    from streams.drivers.kafka.browse import Notice, Shown

    items = list(batch)
    for item in items:
        if isinstance(item, Notice):
            sys.stderr.write(f"panictrail topics: {visible(item.text)}\n")
    lines = []
    for shown in islice((item for item in items if isinstance(item, Shown)), most):
        try:
            lines.append(orjson.dumps(_printed(shown, with_place=with_place)))
        except orjson.JSONEncodeError as error:
            place = f"partition {shown.partition}, offset {shown.offset}"
            sys.stderr.write(f"panictrail topics: {place}: not shown: {error}\n")
    sys.stdout.buffer.write(b"".join(line + b"\n" for line in lines))
    sys.stdout.buffer.flush()
    return len(lines)


def _printed(shown: Shown, *, with_place: bool) -> object:
    import msgspec

    if with_place:
        return msgspec.structs.asdict(shown)
    return {"key": shown.key, "event": None} if shown.event is None else shown.event
