"""What a live Go process is doing: its goroutines, read from outside without stopping it; with --core a core of it.

The process may be in a container: its PID is the one that this machine has for it. Goroutines that run are shown as
running; only their thread knows where they are.

--core lets gdb's gcore write a core, for which the process stands still: some seconds for every gigabyte. The reference
to it is what the topic cores.refs takes. Cores hold whatever the process knew: they are for their owner only.

--quit sends SIGQUIT in place of reading: the program prints its goroutines and ENDS. That is done only where it runs
under panicwatch, which keeps what it prints, and only with --yes or when you say yes on the terminal.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from streams.cli.live import add_freeze, pid, read_pid
from streams.cli.options import add_config, add_json, configuration

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from streams.core.report.goroutines import Found
    from streams.drivers.live_core import Taken


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("--pid", metavar="PID", type=pid, required=True, help="the process")
    parser.add_argument(
        "--out",
        metavar="DIR",
        help="write goroutines (crash.v1), or the core and its reference, to a file there and print its path",
    )
    add_freeze(parser)
    parser.add_argument(
        "--core", action="store_true", help="a core, by gcore of the package gdb, into DIR or here"
    )
    parser.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=float,
        help="end gcore after so long, the process goes on (default: 1800); --quit: how long to wait for the dump (60)",
    )
    parser.add_argument(
        "--force", action="store_true", help="write a core even where there seems to be no room"
    )
    parser.add_argument(
        "--quit",
        action="store_true",
        help="by SIGQUIT, which ends the program (under panicwatch only)",
    )
    parser.add_argument("--yes", action="store_true", help="with --quit: do not ask")
    add_json(parser, "the crash record with all goroutines, or the core's reference")
    parser.add_argument(
        "--service", metavar="NAME", help="the service that the process is an instance of"
    )
    add_config(parser)


def _refuse(options: argparse.Namespace) -> None:
    from streams.model.errors import BadInput

    if options.quit and (options.core or options.freeze is not None):
        raise BadInput("--quit ends the program: it goes with neither --core nor --freeze")
    if options.yes and not options.quit:
        raise BadInput("--yes belongs to --quit")
    if options.core and options.freeze is not None:
        raise BadInput("--freeze is of no use with --core: the process stands still for it anyway")
    if not options.core and (options.force or (options.timeout is not None and not options.quit)):
        raise BadInput("--timeout and --force belong to --core, --timeout to --quit too")
    if options.timeout is not None and not options.timeout > 0:
        raise BadInput(f"--timeout {options.timeout:g}: want more than 0 seconds")


def _goroutines(options: argparse.Namespace) -> int:
    from streams.core.report.goroutines import Found

    snapshot = read_pid(options, "snapshot")
    return _given(options, Found(snapshot.crash), snapshot.name)


def _given(options: argparse.Namespace, found: Found, name: str) -> int:
    """Print what was found, or keep it where the options say so."""
    from pathlib import Path

    from streams.cli.goroutines import crash_pieces, show

    if options.out is not None:
        path = _kept(Path(options.out), name, options.pid, list(crash_pieces(found)))
        if not options.json:
            sys.stdout.write(f"{path}\n")
            return 0
    show((found,), json=options.json, group=False)
    return 0


def _kept(folder: Path, name: str, number: int, pieces: list[bytes]) -> Path:
    """The path of a file with the record, which is there whole or not at all."""
    import time

    from streams.drivers.live_core import file_name, stamp, write_private
    from streams.model.errors import BadInput
    from streams.model.instant import Instant

    at = Instant(time.time_ns())
    path = folder / f"{file_name(name)}-{number}-{stamp(at)}.goroutines.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_private(path.with_name(f".{path.name}.new"), path, pieces)
    except OSError as error:
        raise BadInput(f"{folder}: {error.strerror}: name a folder with --out") from error
    return path


def _core(options: argparse.Namespace) -> int:
    from pathlib import Path

    from streams.cli.ending import ended_by_signals
    from streams.drivers.live_core import TIMEOUT_SECONDS, take_core
    from streams.model.message import encode

    with ended_by_signals():
        taken = take_core(
            options.pid,
            Path(options.out or "."),
            service=configuration(options).settings.service,
            timeout_seconds=options.timeout or TIMEOUT_SECONDS,
            force=options.force,
            beside=options.out is not None,
        )
    if options.json:
        sys.stdout.buffer.write(encode(taken.ref) + b"\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in _lines(taken))
    return 0


def _lines(taken: Taken) -> Iterator[str]:
    from streams.core.report.words import visible
    from streams.drivers.live_core import readable_size

    ref = taken.ref
    yield visible(str(taken.path))
    rows = (
        ("size", f"{readable_size(ref.size)} (estimated {readable_size(taken.estimated)})"),
        ("sha256", ref.sha256),
        ("build ID", ref.build_id or "not stated"),
        ("program", ref.binary or ref.exe or "not known"),
        ("reference", str(taken.reference) if taken.reference else None),
        ("gcore took", f"{taken.seconds:.1f} s, in which the process stood still"),
        ("cut off", "yes: part of its memory is missing" if ref.truncated else None),
    )
    yield from (f"  {name:10}  {visible(value)}" for name, value in rows if value)


def _quit(options: argparse.Namespace) -> int:
    from streams.cli.snapshot_quit import asked_for_its_end, dump_of

    with asked_for_its_end(options) as it:
        if it is None:
            return 0
        found = dump_of(options, it)
        return _given(options, found, options.service or it.target.name)


def run(options: argparse.Namespace) -> int:
    """Read or dump the process."""
    _refuse(options)
    if options.quit:
        return _quit(options)
    return _core(options) if options.core else _goroutines(options)
