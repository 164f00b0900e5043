"""Clusters, and what people decide about them: decisions are events, which later crashes never undo.

A cluster is named by its id or the beginning of it; former ids of merged clusters work too. With --state decisions are
applied at once; with --broker they are sent to the workers, and ids are looked up in --database.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Literal, get_args

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
    from collections.abc import Sequence

    from streams.config import Settings
    from streams.drivers.database import Reader
    from streams.model.events import ClusterCommand, ClusterVariant, DecisionMade, SplitRule
    from streams.model.instant import Instant
    from streams.model.report import Report

_MOST_REVISION = 255
_Shown = Literal["new", "ongoing", "regressed", "resolved", "ignored"]
_ID_SHOWN = 12
_MOST_PINNED = 10_000
# Statuses that people decide, by what they decided.
_DECIDED = {"ignored": "ignored", "resolved": "resolved", "regressed": "resolved"}
# Decisions that are about what is in a cluster now, and methods by which crashes to come move it elsewhere.
_KEEPING = ("merge", "split", "ignore", "resolve")
_MOVING = ("dual1",)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    actions = parser.add_subparsers(
        title="commands", dest="action", metavar="COMMAND", required=True
    )
    listing = actions.add_parser("list", help="all clusters, most important first")
    listing.add_argument("--status", choices=get_args(_Shown), help="default: all but ignored")
    listing.add_argument("--service", metavar="NAME", help="only clusters seen in this service")
    listing.add_argument(
        "--kind", metavar="KIND", help="only clusters of this kind: panic, fatal, …"
    )
    listing.add_argument("--limit", metavar="N", type=int, help="so many at most")
    add_json(listing, "reports (report.v1)")
    show = actions.add_parser("show", help="stacks, messages, builds, decisions of one cluster")
    show.add_argument("cluster", metavar="ID")
    add_json(show, "what is known of it (cluster-facts.v1)")
    merge = actions.add_parser("merge", help="make one of several clusters")
    merge.add_argument("clusters", metavar="ID", nargs="+")
    split = actions.add_parser(
        "split", help="teach a rule by which a part of a cluster is one of its own"
    )
    split.add_argument("cluster", metavar="ID")
    how = split.add_mutually_exclusive_group(required=True)
    how.add_argument("--frame", metavar="FUNCTION", help="crashes with this function on the stack")
    how.add_argument("--variant", metavar="FINGERPRINT", help="crashes with this very stack")
    how.add_argument("--kind", metavar="KIND", help="crashes of this kind")
    how.add_argument(
        "--crash",
        metavar="ID",
        action="append",
        help="crashes like this one: a rule is found; may be given several times",
    )
    pin = actions.add_parser("pin", help="its stacks stay in it, however crashes are grouped")
    ignore = actions.add_parser("ignore", help="its status is ignored from now on")
    resolve = actions.add_parser("resolve", help="its status is resolved, until it is seen again")
    resolve.add_argument(
        "--at",
        metavar="TIME",
        help="later crashes are a regression (default: now), but for those of builds that crashed so before",
    )
    resolve.add_argument(
        "--fixed-in",
        metavar="REVISION",
        help="the commit, tag or version that fixed it: crashes of builds that have it are a regression, of others not",
    )
    undo = actions.add_parser("undo", help="take back the last decision about a cluster")
    for one in (pin, ignore, resolve):
        one.add_argument("cluster", metavar="ID")
    undo.add_argument("cluster", metavar="ID", help="a cluster, or a decision (clusters show)")
    for one in (merge, split, pin, ignore, resolve, undo):
        one.add_argument("--reason", metavar="TEXT", help="why; shown with the decision")
        one.add_argument("--by", metavar="NAME", help="who decides (default: the user)")
        add_broker(one)
        add_binaries(one)
    for one in (listing, show, merge, split, pin, ignore, resolve, undo):
        add_state(one)
        add_database(one)
        add_config(one)


def run(options: argparse.Namespace) -> int:
    """List, show or decide."""
    if options.action == "list":
        return _list(options)
    if options.action == "show":
        return _show(options)
    return _decide(options)


def _print(lines: Sequence[str]) -> None:
    from streams.core.report.words import visible

    sys.stdout.writelines(visible(line) + "\n" for line in lines)


def _row(report: Report) -> str:
    from streams.core.report import summary
    from streams.core.report.words import clip

    name = report.cluster[:_ID_SHOWN]
    return f"{name}  {report.status:9}  {clip(report.title, 100)}  ({summary.seen(report)})"


def _list(options: argparse.Namespace) -> int:
    from streams.cli.reading import opened_reader
    from streams.core.report.page import order
    from streams.drivers.embedded.reading import reports
    from streams.model.message import encode

    with opened_reader(options) as reader:
        every = [report for report in order(reports(reader)) if _wanted(report, options)]
    found = every if options.status else [each for each in every if each.status != "ignored"]
    shown = found if options.limit is None else found[: max(0, options.limit)]
    if options.json:
        sys.stdout.buffer.writelines(encode(report) + b"\n" for report in shown)
        return 0
    _print([_row(report) for report in shown])
    hidden = len(every) - len(found)
    if hidden:
        _print([f"{hidden} ignored: panictrail clusters list --status ignored"])
    elif not shown:
        _print(["no clusters"])
    return 0


def _wanted(report: Report, options: argparse.Namespace) -> bool:
    return (
        options.status in (None, report.status)
        and options.kind in (None, report.kind)
        and (options.service is None or options.service in report.services)
    )


def _show(options: argparse.Namespace) -> int:
    from streams.cli.reading import opened_reader
    from streams.core.report.facts_text import lines
    from streams.drivers.cluster_facts import facts
    from streams.model.message import encode

    with opened_reader(options) as reader:
        found = facts(reader, options.cluster)
    if options.json:
        sys.stdout.buffer.write(encode(found) + b"\n")
    else:
        sys.stdout.writelines(line + "\n" for line in lines(found))
    return 0


# ---- decisions


def _on_kafka(options: argparse.Namespace) -> bool:
    """Whether workers apply decisions: flags decide before settings. Raises BadInput where both are meant."""
    from streams.model.errors import BadInput

    settings = configuration(options).settings
    if options.broker and options.state:
        message = "name one place: --state, or --broker with --database"
        raise BadInput(message)
    if options.state or not (options.broker or settings.broker):
        if options.database:
            message = "decisions on a database go to its workers: name the broker with --broker"
            raise BadInput(message)
        return False
    if settings.database is None:
        message = "name the database in which ids are looked up with --database"
        raise BadInput(message)
    return True


def _decide(options: argparse.Namespace) -> int:
    if _on_kafka(options):
        return _send(options)
    from contextlib import closing

    from streams.cli.regroup import as_kept, facts_of
    from streams.drivers.cluster_facts import find
    from streams.drivers.embedded.deciding import decide
    from streams.drivers.embedded.state import existing_state

    settings = configuration(options).settings
    with existing_state(settings.state) as store:
        settings = as_kept(settings, store)
        commands, said = _commands(store, options, settings)
        before = _named(store, commands)
        with closing(facts_of(settings)) as facts:
            decide(store, chosen_stages(settings), commands, facts)
        _print([*said, "before:", *map(_line, before)])
        names = {find(store, each.cluster).cluster for each in before}
        names |= _split_off(store, commands)
        after = [find(store, name) for name in sorted(names)]
        _print(["now:", *map(_line, after)])
    return 0


def _line(report: Report) -> str:
    return f"  {_row(report)}"


def _named(reader: Reader, commands: Sequence[ClusterCommand]) -> list[Report]:
    """The clusters that commands are about, as they are."""
    from streams.core.cluster.decisions import named
    from streams.model.view import DECISIONS, REPORTS

    ids: dict[str, None] = {}
    for command in commands:
        made = reader.get(DECISIONS, command.decision) if command.decision else None
        ids.update(dict.fromkeys((*named(command), *(made.clusters if made else ()))))
    from streams.drivers.cluster_facts import follow

    present = dict.fromkeys(follow(reader, name) for name in ids)
    return [report for name in present if (report := reader.get(REPORTS, name)) is not None]


def _split_off(reader: Reader, commands: Sequence[ClusterCommand]) -> set[str]:
    """Clusters that are there now and were named by a command, or were taken out of another by one."""
    return {report.cluster for report in _named(reader, commands)}


def _send(options: argparse.Namespace) -> int:
    import asyncio

    from streams.cli.reading import opened_reader
    from streams.drivers.kafka.deciding import send

    settings = configuration(options).settings
    with opened_reader(options) as reader:
        commands, said = _commands(reader, options, settings)
    asyncio.run(send(chosen_cluster(settings), chosen_names(settings), commands))
    _print(
        [*said, "sent: the workers of decide and cluster apply it; see panictrail clusters show"]
    )
    return 0


def _commands(
    reader: Reader, options: argparse.Namespace, settings: Settings
) -> tuple[tuple[ClusterCommand, ...], list[str]]:
    """What to decide, and what to say of it. Raises BadInput."""
    import msgspec

    from streams.core.report.facts_text import words
    from streams.model.instant import Instant

    made = _MAKERS[options.action](reader, options)
    if options.action in _KEEPING and settings.method in _MOVING:
        made = [*_pins(reader, made), *made]
    now = _now()
    commands = tuple(
        msgspec.structs.replace(
            each, at=Instant(now.ns + 1000 * number), by=_by(options), reason=options.reason
        )
        for number, each in enumerate(made)
    )
    said = [words(each) for each in commands if each.command != "split"]
    said += _merge_words(reader, commands)
    return commands, [*said, *_split_words(reader, commands[-1])]


def _pins(reader: Reader, made: Sequence[ClusterCommand]) -> list[ClusterCommand]:
    """So that later crashes, which may join clusters, take nothing of what is decided about to another id."""
    ids = dict.fromkeys(each for command in made for each in (command.cluster, command.other))
    return [_pin_of(reader, name) for name in ids if name]


def _now() -> Instant:
    import time

    from streams.model.instant import Instant

    # To the microsecond, as databases keep times.
    return Instant(time.time_ns() // 1000 * 1000)


def _by(options: argparse.Namespace) -> str | None:
    import getpass

    if options.by:
        return str(options.by)
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return None


def _merge(reader: Reader, options: argparse.Namespace) -> list[ClusterCommand]:
    from streams.drivers.cluster_facts import find
    from streams.model.errors import BadInput
    from streams.model.events import ClusterCommand

    first, *others = (find(reader, name).cluster for name in options.clusters)
    if not others:
        message = f"merge {options.clusters[0]} with what? panictrail clusters merge ID ID"
        raise BadInput(message)
    for name, found in zip(options.clusters[1:], others, strict=True):
        if found == first:
            message = f"{options.clusters[0]} and {name} are one cluster already ({first}): name another one"
            raise BadInput(message)
    return [
        ClusterCommand(command="merge", cluster=first, other=other)
        for other in dict.fromkeys(others)
    ]


def _merge_words(reader: Reader, commands: Sequence[ClusterCommand]) -> list[str]:
    """What a merge makes of clusters about whose status people decided: it holds for the whole."""
    from streams.drivers.cluster_facts import find

    merges = [each for each in commands if each.command == "merge"]
    names = dict.fromkeys(name for each in merges for name in (each.cluster, each.other) if name)
    reports = [find(reader, name) for name in names]
    decided = [report for report in reports if report.status in _DECIDED]
    if not decided or len({_DECIDED.get(report.status) for report in reports}) == 1:
        return []
    said = [f"{report.cluster} is {report.status}" for report in decided]
    if len({_DECIDED[report.status] for report in decided}) > 1:
        return [f"{', '.join(said)}: the last of these decisions holds for the whole"]
    return [f"{', '.join(said)}: the whole is {_DECIDED[decided[0].status]}, too"]


def _split(reader: Reader, options: argparse.Namespace) -> list[ClusterCommand]:
    from streams.drivers.cluster_facts import find, parts, variants
    from streams.drivers.cluster_split import must_split, rule_of_crashes
    from streams.model.events import ClusterCommand, SplitRule

    report = find(reader, options.cluster)
    stacks = tuple(variants(reader, parts(reader, report)[0]))
    crashes = tuple(options.crash or ())
    if crashes:
        rule = rule_of_crashes(reader, report, stacks, crashes)
    elif options.frame:
        rule = SplitRule(on="frame", values=(options.frame,))
    elif options.kind:
        rule = SplitRule(on="kind", values=(options.kind,))
    else:
        rule = SplitRule(on="variant", values=(_variant(stacks, options.variant),))
    must_split(report, stacks, rule)
    return [ClusterCommand(command="split", cluster=report.cluster, rule=rule, crashes=crashes)]


def _variant(stacks: Sequence[ClusterVariant], name: str) -> str:
    """The fingerprint that begins like this, with or without the name of its method; itself where there is none."""
    found = {
        stack.fingerprint
        for stack in stacks
        if stack.fingerprint.startswith(name)
        or stack.fingerprint.partition(":")[2].startswith(name)
    }
    return found.pop() if len(found) == 1 else name


def _split_words(reader: Reader, command: ClusterCommand) -> list[str]:
    from streams.core.cluster.rules import is_true, words
    from streams.core.report.words import count
    from streams.drivers.cluster_facts import find, parts, variants

    rule: SplitRule | None = command.rule
    if rule is None:
        return []
    stacks = list(variants(reader, parts(reader, find(reader, command.cluster))[0]))
    moved = sum(is_true(rule, stack) for stack in stacks)
    what = f"{moved} of {count(len(stacks), 'distinct stack')} of {command.cluster}"
    return [f"rule: {words(rule)}", f"it moves {what}, and crashes to come"]


def _pin(reader: Reader, options: argparse.Namespace) -> list[ClusterCommand]:
    return [_pin_of(reader, options.cluster)]


def _pin_of(reader: Reader, name: str) -> ClusterCommand:
    from streams.drivers.cluster_facts import find, parts, variants
    from streams.model.errors import BadInput
    from streams.model.events import ClusterCommand, VariantName

    report = find(reader, name)
    stacks = {
        VariantName(block=stack.block, fingerprint=stack.fingerprint)
        for stack in variants(reader, parts(reader, report)[0])
    }
    if len(stacks) > _MOST_PINNED:
        message = f"{report.cluster} has {len(stacks)} stacks, and {_MOST_PINNED} can be pinned: split it first"
        raise BadInput(message)
    pinned = tuple(sorted(stacks))
    return ClusterCommand(command="pin", cluster=report.cluster, variants=pinned)


def _ignore(reader: Reader, options: argparse.Namespace) -> list[ClusterCommand]:
    from streams.drivers.cluster_facts import find
    from streams.model.events import ClusterCommand

    return [ClusterCommand(command="ignore", cluster=find(reader, options.cluster).cluster)]


def _resolve(reader: Reader, options: argparse.Namespace) -> list[ClusterCommand]:
    from streams.drivers.cluster_facts import find
    from streams.model.errors import BadInput
    from streams.model.events import ClusterCommand
    from streams.model.instant import parse_instant

    at = None
    if options.at is not None:
        try:
            at = parse_instant(options.at)
        except ValueError as error:
            message = f"--at {options.at!r}: {error}: write it as 2026-11-23T08:00:00Z"
            raise BadInput(message) from None
    cluster = find(reader, options.cluster).cluster
    fix = _revision(options.fixed_in)
    return [ClusterCommand(command="resolve", cluster=cluster, resolved_at=at, fixed_in=fix)]


def _revision(text: str | None) -> str | None:
    from streams.model.errors import BadInput

    if text is None:
        return None
    name = text.strip()
    if not name or len(name) > _MOST_REVISION or name.startswith("-") or not name.isprintable():
        message = f"--fixed-in {text!r}: name a commit, a tag or a version"
        raise BadInput(message)
    return name


def _undo(reader: Reader, options: argparse.Namespace) -> list[ClusterCommand]:
    from streams.model.errors import BadInput
    from streams.model.events import ClusterCommand

    row = _decision(reader, options.cluster) or _last_decision(reader, options.cluster)
    if row.undone_by or row.command.command == "undo":
        what = f"was taken back by {row.undone_by}" if row.undone_by else "is an undo itself"
        message = f"decision {row.decision} {what}: decide anew instead"
        raise BadInput(message)
    return [ClusterCommand(command="undo", cluster=row.command.cluster, decision=row.decision)]


def _decision(reader: Reader, name: str) -> DecisionMade | None:
    """The decision that an id, or the unique beginning of one, names; None where it is not a decision's.

    Raises BadInput where it may be a cluster's as well.
    """
    from streams.drivers.cluster_facts import find
    from streams.model.errors import BadInput
    from streams.model.view import DECISIONS

    exact = reader.get(DECISIONS, name)
    if exact is not None:
        return exact
    rows = [row for _, row in reader.scan(DECISIONS, name)] if name else []
    if len(rows) != 1:
        return None
    try:
        report = find(reader, name)
    except BadInput:
        return rows[0]
    message = (
        f"{name!r} begins the id of cluster {report.cluster} and of decision {rows[0].decision}: "
        "write more of it"
    )
    raise BadInput(message)


def _last_decision(reader: Reader, name: str) -> DecisionMade:
    """The last decision in force about a cluster. Raises BadInput where there is none."""
    from streams.drivers.cluster_facts import decisions, find, parts
    from streams.model.errors import BadInput

    report = find(reader, name)
    live, former = parts(reader, report)
    about = decisions(reader, (report.cluster, *live, *former))
    force = [row for row in about if not row.undone_by and row.command.command != "undo"]
    if not force:
        message = f"nothing to undo: no decision about {report.cluster} is in force"
        raise BadInput(message)
    return force[-1]


_MAKERS = {
    "merge": _merge,
    "split": _split,
    "pin": _pin,
    "ignore": _ignore,
    "resolve": _resolve,
    "undo": _undo,
}
