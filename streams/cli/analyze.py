"""Read logs, group the crashes in them, explain each group.

Everything that is recognised in INPUT (crash text, structured logs, raw panic events) becomes reports, most
important group first. With --state the same files again change nothing and appended lines add.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from streams.cli.options import (
    add_binaries,
    add_config,
    add_inputs,
    add_method,
    add_repo,
    add_state,
    chosen_format,
    chosen_patterns,
    chosen_stages,
    configuration,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from streams.config import Settings
    from streams.core.report.run import Page, RunSummary
    from streams.drivers.embedded.lazy_facts import LazyFacts
    from streams.drivers.embedded.state import State
    from streams.model.regrouping import Grouping
    from streams.model.settings import SourceSettings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    add_inputs(parser, optional=True)
    parser.add_argument(
        "--events",
        metavar="FILE",
        action="append",
        default=[],
        help="git.push, ci.build and deploy events as JSON lines, in any order",
    )
    add_binaries(parser)
    add_repo(parser)
    add_state(parser)
    add_method(parser)
    output = parser.add_mutually_exclusive_group()
    output.add_argument("--json", action="store_true", help="reports as JSON lines (report.v1)")
    output.add_argument("--markdown", action="store_true", help="reports to paste into an issue")
    parser.add_argument("--html", metavar="FILE", type=Path, help="also write one HTML page")
    parser.add_argument(
        "--fail-on", choices=("crash",), help="exit with 1 when a crash was found (for CI)"
    )
    add_config(parser)


def load_page(
    store: State,
    run: RunSummary,
    *,
    people: bool,
    repos: Mapping[str, Path],
    source: SourceSettings,
) -> Page:
    """All reports of a store; for `people` with the crash that stands for each, what all crashes tell, and source."""
    from streams.core.report.history import histories
    from streams.core.report.page import page
    from streams.drivers.cluster_facts import crash_of
    from streams.drivers.embedded.reading import fingerprints, placed, reports
    from streams.model.view import LINKS

    found = reports(store)
    if not people:
        return page(found, {}, run)
    told = histories(fingerprints(store), placed(store), (row for _, row in store.scan(LINKS)))
    named = {report.representative for report in found}
    named.update(variant.example for history in told.values() for variant in history.variants)
    crashes = {name: crash for name in named if (crash := crash_of(store, name)) is not None}
    if not repos:
        return page(found, crashes, run, told)
    from streams.drivers.embedded.sources import sources_of

    return page(found, crashes, run, told, sources_of(found, crashes, repos, source))


def _repos(settings: Settings) -> Mapping[str, Path]:
    """The repositories that are there."""
    found = {name: Path(path) for name, path in settings.repositories.items()}
    return {name: path for name, path in found.items() if path.is_dir()}


@contextmanager
def settled(options: argparse.Namespace, store: State) -> Iterator[tuple[Settings, LazyFacts]]:
    """The settings by which this run groups, and its facts while it lasts.

    The crashes that a state has are regrouped where another way of grouping is asked for.
    """
    from streams.cli.regroup import asked, facts_of
    from streams.drivers.embedded.sources import named_repos
    from streams.drivers.grouping import settings_by

    chosen = configuration(options)
    named_repos(f"{name}={path}" for name, path in chosen.settings.repositories.items())
    wanted = asked(chosen, store)
    settings = settings_by(chosen.settings, wanted)
    with closing(facts_of(settings)) as facts:
        _regroup(store, wanted, settings, facts)
        yield settings, facts


def _regroup(store: State, wanted: Grouping, settings: Settings, facts: LazyFacts) -> None:
    from streams.drivers.embedded.state import GROUPING, grouping_of
    from streams.model.step import put

    held = grouping_of(store)
    if held is None or held.gives_the_same(wanted):
        if held != wanted:
            store.apply((put(GROUPING, "", wanted),))
        return
    from streams.cli.regroup import progress
    from streams.core.cluster.difference import name_of
    from streams.core.report.words import count
    from streams.drivers.embedded.regroup import Regroup

    with Regroup(store, wanted, settings.pipeline(), facts, progress=progress()) as made:
        found = made.adopt()
    crashes, clusters = count(found.crashes[0], "crash"), found.clusters
    sys.stderr.write(
        f"panictrail: grouped {crashes} by {name_of(wanted)}, before by {name_of(held)}: "
        f"{clusters[0]} clusters, now {clusters[1]}; former ids lead on\n"
    )


def _analyzed(options: argparse.Namespace, store: State) -> tuple[Page, int]:
    from streams.cli.running import Progress, Stop, read_all
    from streams.core.report.page import linked
    from streams.drivers.embedded.arrivals import announce
    from streams.drivers.embedded.inputs import find_inputs
    from streams.drivers.embedded.reading import dead_letters, reports
    from streams.drivers.embedded.session import Options, Session

    events, missing = find_inputs(tuple(options.events), events=True)
    logs, problems = find_inputs(tuple(options.inputs))
    inputs = (*events, *logs)
    stop, progress = Stop(), Progress(sum(item.size for item in inputs))
    named = chosen_format(options)
    with settled(options, store) as (settings, facts), stop.watching():
        reading = Options(
            quiet_seconds=settings.quiet_seconds,
            service=settings.service,
            state=settings.state,
            wake=stop.wake,
            format=named,
            patterns=chosen_patterns(settings),
            retention=settings.retention(),
        )
        session = Session(
            chosen_stages(settings),
            store,
            reading,
            resolver=facts,
            stopping=stop,
            progress=progress,
        )
        announce(session.engine, store)
        for problem in (*missing, *problems):
            session.problem(problem)
        read_all(session, inputs, stop)
        progress.end()
    run = session.summary(
        crashes=sum(report.occurrences for report in reports(store)),
        dead_letters=len(dead_letters(store)),
        interrupted=stop(),
    )
    people = bool(options.html) or not options.json
    repos = _repos(settings)
    shown = load_page(store, run, people=people, repos=repos, source=settings.source)
    if settings.trace_links:
        shown = linked(shown, settings.trace_links.items())
    return shown, stop.exit_code(0)


def _write_html(page: Page, path: Path) -> None:
    from streams.core.report.html import render_html
    from streams.model.errors import BadInput

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(render_html(page), "utf-8")
    except OSError as error:
        message = f"{path}: {error.strerror}: name a file that can be written with --html"
        raise BadInput(message) from None


def _print(page: Page, options: argparse.Namespace) -> None:
    from streams.model.message import encode

    if options.json:
        for shown in page.shown:
            sys.stdout.buffer.write(encode(shown.report) + b"\n")
        return
    if options.markdown:
        from streams.core.report.markdown import render_markdown

        sys.stdout.write(render_markdown(page))
        return
    from streams.cli.terminal import color, width
    from streams.core.report.text import render_text

    sys.stdout.write(render_text(page, width=width(), color=color()))


def run(options: argparse.Namespace) -> int:
    """Analyze, print, and say how it went."""
    from streams.cli.running import print_problems
    from streams.drivers.embedded.state import open_state
    from streams.model.errors import BadInput

    if not options.inputs and not options.events:
        message = (
            "nothing to read: name a log, a folder of logs, - for standard input, or --events FILE"
        )
        raise BadInput(message)
    with open_state(configuration(options).settings.state) as store:
        page, code = _analyzed(options, store)
    print_problems(page.run.problems)
    _print(page, options)
    if options.html:
        _write_html(page, options.html)
    if code:
        return code
    if any(problem.fatal for problem in page.run.problems):
        return 2
    return 1 if options.fail_on and page.shown else 0
