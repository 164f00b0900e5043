"""`panictrail regroup` on Kafka: a replay that groups otherwise, what is different, the switch.

In: options. Out: a Regrouping on stdout; where no database is named, the difference of the reports. Text for people who
wait goes to stderr.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import TYPE_CHECKING

from streams.cli.options import chosen_cluster, chosen_names, configuration

if TYPE_CHECKING:
    from streams.config import Settings
    from streams.drivers.kafka.generations import Rows
    from streams.drivers.kafka.regroup import Found


def replayed(options: argparse.Namespace) -> int:
    """A replay by this method, what is different, and the switch where it is asked for."""
    settings = configuration(options).settings
    name = options.replay or _name(settings)
    rows = _rows(settings)
    _begun_so(settings, name, rows)
    code = _step(options, replay=name)
    if code:
        return code
    database = settings.database
    if database is None:
        _note(
            "without --database decisions stay with the ids that they name, and former ids lead nowhere"
        )
        code = _step(options, action="diff", name=name)
        return code or _ended(options, name)
    found = _compared(settings, database, name)
    if options.adopt:
        code, found = _followed(options, database, name, found)
        if code:
            return code
    elif found.commands:
        _note(f"{_decisions(found)} would follow to new ids")
    if found.missing:
        _note(
            f"{found.missing:,} crashes are not in {name}: nothing keeps their input any more, or they are dead letters"
        )
    code = _ended(options, name)
    if code == 0:
        _print(options, found, adopted=options.adopt)
    return code


def _followed(
    options: argparse.Namespace, database: str, name: str, found: Found
) -> tuple[int, Found]:
    """Decisions and former ids follow to the ids of the replay; what is different then."""
    from msgspec.structs import replace

    from streams.drivers.kafka.deciding import send
    from streams.drivers.kafka.regroup import lead

    settings = configuration(options).settings
    cluster, code = chosen_cluster(settings), 0
    said = found
    if found.commands:
        asyncio.run(send(cluster, chosen_names(settings), found.commands))
        _note(f"{_decisions(found)} follow to new ids")
        code = _step(options, replay=name)
        found = _compared(settings, database, name) if code == 0 else found
    if code == 0 and found.redirects:
        asyncio.run(lead(cluster, chosen_names(settings, name), found.redirects))
        code = _step(options, replay=name)
    # What followed is no difference any more, but it was one.
    told = replace(found.regrouping, decisions=said.regrouping.decisions)
    return code, replace(found, regrouping=told)


def _decisions(found: Found) -> str:
    from streams.core.report.words import count

    return count(len(found.commands), "decision")


def _ended(options: argparse.Namespace, name: str) -> int:
    """The switch, or how to make it."""
    if options.adopt:
        return _step(options, action="adopt", name=name)
    _note(
        f"nothing was switched: --adopt has readers follow {name}; its workers: panictrail worker all --as {name}"
    )
    return 0


def _print(options: argparse.Namespace, found: Found, *, adopted: bool) -> None:
    from msgspec.structs import replace

    from streams.core.cluster.difference import lines
    from streams.model.message import encode

    shown = replace(found.regrouping, adopted=adopted)
    if options.json:
        sys.stdout.buffer.write(encode(shown) + b"\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in lines(shown))


def _note(text: str) -> None:
    sys.stderr.write(f"panictrail regroup: {text}\n")


def _step(options: argparse.Namespace, **step: str) -> int:
    """One of the steps that `panictrail replay` has; what it says is not what was asked for, but for a difference."""
    from contextlib import nullcontext, redirect_stdout

    from streams.cli import replay

    plain = {"since": None, "until": None, "forget": False, "yes": True}
    none = {"action": None, "name": None, "replay": None}
    chosen = argparse.Namespace(**{**vars(options), **plain, **none, **step})
    with nullcontext() if chosen.action == "diff" else redirect_stdout(sys.stderr):
        return replay.run(chosen)


def _rows(settings: Settings) -> Rows:
    from streams.drivers.kafka.generations import read

    return asyncio.run(read(chosen_cluster(settings), chosen_names(settings)))


def _begun_so(settings: Settings, name: str, rows: Rows) -> None:
    """Refuse to go on with a replay that groups otherwise than was asked for. Raises BadInput."""
    from streams.core.cluster.difference import name_of
    from streams.drivers.grouping import grouping_of_replay
    from streams.model.errors import BadInput

    row, wanted = rows.get(name), grouping_of_replay(settings)
    if row is not None and row.grouping is not None and not row.grouping.gives_the_same(wanted):
        message = (
            f"{name} was begun with {name_of(row.grouping)}, and {name_of(wanted)} is asked for: name another replay "
            "with --as"
        )
        raise BadInput(message)


def _compared(settings: Settings, database: str, name: str) -> Found:
    """The replay beside the pipeline that readers follow."""
    from contextlib import closing

    from streams.drivers.database import open_reader
    from streams.drivers.grouping import grouping_of_replay
    from streams.drivers.kafka.generations import adopted
    from streams.drivers.kafka.regroup import grouping_in, regrouped

    rows, plain = _rows(settings), grouping_of_replay(settings)
    source = adopted(rows).name
    if source == name:
        _note(f"{name} is the pipeline that readers follow")
    with (
        closing(open_reader(database, source)) as before,
        closing(open_reader(database, name)) as after,
    ):
        groupings = (
            grouping_in(rows.get(source), before, plain),
            grouping_in(rows.get(name), after, plain),
        )
        return regrouped(before, after, groupings)


def _name(settings: Settings) -> str:
    """A replay for each way of grouping."""
    if settings.method != "dual1":
        return f"regroup-{settings.method}"
    return f"regroup-dual1-{settings.eps:g}-{settings.min_samples}".replace(".", "_")
