"""All goroutines of a crash or dump, the crashed one first.

DUMP is whatever parse reads: a crash, the stacks that SIGQUIT makes a program print, or what its
/debug/pprof/goroutine?debug=2 answers. --group shows each stack once, with how many stand there, in which states, for
how long and who started them. With --json: one crash record (crash.v1) whose goroutines are all of them, or with
--group one object for each group (goroutine-group.v1).

--core reads a core instead, --pid a process that lives, also one in a container.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from streams.cli.live import add_freeze, pid, read_pid
from streams.cli.options import (
    add_binaries,
    add_config,
    add_format,
    add_json,
    add_service,
    chosen_format,
    configuration,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from streams.core.report.goroutines import Found
    from streams.model.settings import PipelineSettings

# Written at once: a terminal shows it, and `| head` ends it, before all of a large dump is worked out.
_BYTES_AT_ONCE = 1 << 18
_NO_GOROUTINES = b'"goroutines":[]'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument(
        "inputs",
        metavar="DUMP",
        nargs="*",
        help="a file, a folder of them, or - for standard input; .gz and .zst are read as they are",
    )
    parser.add_argument(
        "--core",
        metavar="CORE",
        help="a core instead, by the kernel or gcore; its binary is found by build ID",
    )
    parser.add_argument(
        "--pid", metavar="PID", type=pid, help="a process that lives instead; it is not stopped"
    )
    add_freeze(parser)
    add_binaries(parser)
    parser.add_argument(
        "--group", action="store_true", help="each stack once, the most numerous first"
    )
    add_json(parser, "crash records with all goroutines, or with --group the groups")
    add_service(parser)
    add_format(parser)
    add_config(parser)


def _pipeline(options: argparse.Namespace) -> PipelineSettings:
    from streams.cli.options import chosen_stages

    settings = configuration(options).settings
    chosen_stages(settings)  # says which of the secret patterns cannot be used
    return settings.pipeline()


def _of_dumps(options: argparse.Namespace) -> tuple[Iterable[Found], int]:
    """What text holds, and the exit code of reading it."""
    from streams.cli.running import Progress, Stop, print_problems, read_all
    from streams.drivers.embedded.goroutines import Detail, Reading
    from streams.drivers.embedded.inputs import find_inputs
    from streams.drivers.embedded.session import Options, Session
    from streams.drivers.embedded.state import open_state

    settings = configuration(options).settings
    inputs, problems = find_inputs(tuple(options.inputs))
    stop, progress = Stop(), Progress(sum(item.size for item in inputs))
    how = Options(
        quiet_seconds=settings.quiet_seconds,
        service=settings.service,
        wake=stop.wake,
        format=chosen_format(options),
    )
    order = {item.name: number for number, item in enumerate(inputs)}
    detail: Detail = "stacks" if options.group else "all" if options.json else "creators"
    reading = Reading(_pipeline(options), order, detail)
    with open_state(None) as store, stop.watching():
        session = Session((reading.stage,), store, how, stopping=stop, progress=progress)
        reading.listen(session)
        for problem in problems:
            session.problem(problem)
        read_all(session, inputs, stop)
        progress.end()
    # A panic without a stack, or a logged error, has none to show.
    found = tuple(each for each in reading.found() if len(each))
    said = session.summary(crashes=len(found), dead_letters=reading.dead, interrupted=stop())
    print_problems(said.problems)
    fatal = any(problem.fatal for problem in said.problems)
    if not found and not fatal:
        sys.stderr.write(
            f"panictrail goroutines: no goroutines in {said.lines:,} lines: give what a Go program printed when it "
            "crashed or got SIGQUIT, or what its /debug/pprof/goroutine?debug=2 answers\n"
        )
    return found, stop.exit_code(2 if fatal or not found else 0)


def _of_core(options: argparse.Namespace) -> tuple[tuple[Found, ...], int]:
    """What a core held, read with its binary, and the exit code. Raises BadInput."""
    from streams.core.report.goroutines import Found
    from streams.core.steps.cores import crash_of_core
    from streams.core.symbolize.corehead import without_binary
    from streams.core.symbolize.elf import NotReadable
    from streams.drivers.binaries import Binaries, IndexCache, cache_folder
    from streams.drivers.cores import binary_of, core_head, read_core
    from streams.model.events import CoreRef
    from streams.topology import secret_patterns

    settings = configuration(options).settings
    pipeline = settings.pipeline()
    head = core_head(options.core)
    binaries = Binaries(settings.binaries, (), IndexCache(cache_folder()))
    code = 0
    try:
        held = read_core(options.core, binary_of(head, binaries, options.core))
    except NotReadable as problem:
        if not options.json:
            raise
        # Programs get what the core says of itself.
        sys.stderr.write(f"panictrail goroutines: {problem}\n")
        held, code = without_binary(head, str(problem)), 2
    event = CoreRef(core=options.core, service=settings.service)
    crash = crash_of_core(event, head, held, pipeline, secret_patterns(pipeline))
    return (Found(crash),), code


def _found(options: argparse.Namespace) -> tuple[Iterable[Found], int]:
    """Crashes with their goroutines, from wherever the options say, and the exit code for that.

    Another source (a core, a live process) makes a Crash and gives `(Found(crash),), 0`: all else is the same.
    """
    from streams.core.report.goroutines import Found
    from streams.model.errors import BadInput

    named = [bool(options.inputs), options.core is not None, options.pid is not None]
    if sum(named) > 1:
        raise BadInput("name a DUMP, --core or --pid, one of them")
    if options.freeze is not None and options.pid is None:
        raise BadInput("--freeze belongs to --pid")
    if options.core is not None:
        return _of_core(options)
    if options.pid is not None:
        return (Found(read_pid(options, "goroutines").crash),), 0
    if not options.inputs:
        message = "name a DUMP: a file with goroutine stacks, or - for standard input"
        raise BadInput(message)
    return _of_dumps(options)


def crash_pieces(found: Found) -> Iterator[bytes]:
    """One crash record in pieces: a hundred thousand goroutines are never in memory at once."""
    import msgspec

    from streams.model.message import encode

    bare = encode(msgspec.structs.replace(found.crash, goroutines=()))
    head, _, tail = bare.partition(_NO_GOROUTINES)
    yield head + _NO_GOROUTINES[:-1]
    for number, one in enumerate(found.whole()):
        yield b"," + encode(one) if number else encode(one)
    yield _NO_GOROUTINES[-1:] + tail + b"\n"


def _pieces(found: Found, *, group: bool) -> Iterator[bytes]:
    from streams.model.message import encode

    if group:
        return (encode(each) + b"\n" for each in found.groups())
    return crash_pieces(found)


def _texts(all_found: Iterable[Found], *, group: bool) -> Iterator[bytes]:
    from streams.cli.terminal import color
    from streams.core.report.goroutines_text import render_goroutines, render_groups

    render = render_groups if group else render_goroutines
    for number, found in enumerate(all_found):
        if number:
            yield b"\n"
        yield from (line.encode() + b"\n" for line in render(found, color=color()))


def _write(pieces: Iterable[bytes]) -> None:
    together = bytearray()
    for piece in pieces:
        together += piece
        if len(together) >= _BYTES_AT_ONCE:
            sys.stdout.buffer.write(together)
            sys.stdout.buffer.flush()
            together.clear()
    sys.stdout.buffer.write(together)
    sys.stdout.buffer.flush()


def show(found: Iterable[Found], *, json: bool, group: bool) -> None:
    """Print them."""
    if json:
        _write(piece for each in found for piece in _pieces(each, group=group))
    else:
        _write(_texts(found, group=group))


def run(options: argparse.Namespace) -> int:
    """Find, show or print, and say what could not be used."""
    found, code = _found(options)
    show(found, json=options.json, group=options.group)
    return code
