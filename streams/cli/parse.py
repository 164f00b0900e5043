"""Crash records only, in order of their first line: as text, or with --json as crash.v1 lines."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from streams.cli.options import (
    add_config,
    add_inputs,
    add_json,
    chosen_format,
    chosen_patterns,
    chosen_stages,
    configuration,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streams.drivers.embedded.session import Session
    from streams.model.crash import Crash, Frame
    from streams.model.message import Message
    from streams.topology import Stage

# What lies between lines and crash records.
_STAGES = ("collect", "symbolize")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    add_inputs(parser)
    add_json(parser, "crash records (crash.v1)")
    add_config(parser)


class _Found:
    """Crashes and dead letters as they come out of the stages."""

    def __init__(self, order: dict[str, int]) -> None:
        self._order = order
        self.crashes: list[tuple[int, int, int, Crash]] = []
        self.dead = 0

    def crash(self, event: Message) -> None:
        from streams.model.crash import Crash

        if isinstance(event, Crash):
            place = self._order.get(event.source.path or "", 0)
            row = (place, event.source.line or 0, len(self.crashes), event)
            self.crashes.append(row)

    def dead_letter(self, _event: Message) -> None:
        self.dead += 1

    def in_order(self) -> Iterator[Crash]:
        return (row[3] for row in sorted(self.crashes, key=lambda row: row[:3]))


def _stages(options: argparse.Namespace) -> tuple[Stage, ...]:
    settings = configuration(options).settings
    return tuple(s for s in chosen_stages(settings) if s.name in _STAGES)


def _frame_line(frame: Frame) -> str:
    place = f"{frame.file}:{frame.line}" if frame.file else "?"
    return f"    {'>' if frame.in_app else ' '} {frame.function}  {place}"


def _lines(crash: Crash) -> Iterator[str]:
    place = f"{crash.source.path or '-'}:{crash.source.line or '?'}"
    yield f"{place}  {crash.kind}  {crash.message.splitlines()[0] if crash.message else ''}"
    yield f"  id {crash.id}  goroutines {len(crash.goroutines)}  faults {len(crash.faults)}"
    for goroutine in crash.goroutines[:1]:
        yield f"  goroutine {goroutine.id} [{goroutine.state}]"
        yield from (_frame_line(frame) for frame in goroutine.frames)
    yield ""


def _print(found: _Found, *, as_json: bool) -> None:
    from streams.core.report.words import visible
    from streams.model.message import encode

    for crash in found.in_order():
        if as_json:
            sys.stdout.buffer.write(encode(crash) + b"\n")
        else:
            sys.stdout.writelines(visible(line) + "\n" for line in _lines(crash))


def _read(options: argparse.Namespace) -> tuple[_Found, Session, int]:
    from streams.cli.running import Progress, Stop, read_all
    from streams.drivers.embedded.inputs import find_inputs
    from streams.drivers.embedded.session import Options, Session

    settings = configuration(options).settings
    inputs, problems = find_inputs(tuple(options.inputs))
    stop, progress = Stop(), Progress(sum(item.size for item in inputs))
    found = _Found({item.name: number for number, item in enumerate(inputs)})
    reading = Options(
        quiet_seconds=settings.quiet_seconds,
        service=settings.service,
        wake=stop.wake,
        format=chosen_format(options),
        patterns=chosen_patterns(settings),
    )
    from streams.drivers.embedded.state import open_state

    with open_state(None) as store, stop.watching():
        session = Session(_stages(options), store, reading, stopping=stop, progress=progress)
        session.engine.sinks["crashes.symbolized"] = found.crash
        session.engine.sinks["deadletter"] = found.dead_letter
        for problem in problems:
            session.problem(problem)
        read_all(session, inputs, stop)
        progress.end()
    return found, session, stop.exit_code(0)


def run(options: argparse.Namespace) -> int:
    """Read, print, and say what could not be used."""
    from streams.cli.running import print_problems

    found, session, code = _read(options)
    summary = session.summary(
        crashes=len(found.crashes), dead_letters=found.dead, interrupted=False
    )
    print_problems(summary.problems)
    _print(found, as_json=options.json)
    if found.dead:
        sys.stderr.write(
            f"panictrail: {found.dead} events could not be used; "
            "panictrail analyze … --state DIR keeps them, panictrail deadletter list shows them\n"
        )
    if not found.crashes:
        sys.stderr.write(f"panictrail: no crash in {summary.lines:,} lines\n")
    return code or (2 if any(problem.fatal for problem in summary.problems) else 0)
