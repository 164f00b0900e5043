"""`panictrail snapshot --quit`: SIGQUIT ends the program, so it is sent when somebody said so and the dump is kept.

In: options. Out: the program that may be ended, the goroutines of its dump. Everything is looked at before anybody is
asked; how the program ended and where the dump is goes to stderr.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from streams.cli.options import chosen_patterns, configuration
from streams.cli.saying import sayer

if TYPE_CHECKING:
    from streams.core.report.goroutines import Found
    from streams.drivers.supervised import Supervised


@contextmanager
def asked_for_its_end(options: argparse.Namespace) -> Iterator[Supervised | None]:
    """The program; None where a person said no. Raises BadInput where a dump would not be kept, or nobody is there."""
    from streams.drivers.supervised import supervised

    with supervised(options.pid) as it:
        if options.yes or _confirmed(it):
            yield it
        else:
            sys.stdout.write("nothing was sent: the program goes on\n")
            yield None


def _confirmed(it: Supervised) -> bool:
    from streams.core.report.words import visible
    from streams.model.errors import BadInput

    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise BadInput(
            f"{it.who}: SIGQUIT ENDS the program, and nobody is here to be asked: add --yes, or leave --quit out to "
            "read its goroutines while it goes on"
        )
    words = visible(
        f"{it.who} gets SIGQUIT: it prints its goroutines and ENDS. panicwatch (process {it.watcher}) keeps the dump "
        f"in {it.folder}, and does not start the program again."
    )
    sys.stderr.write(f"{words}\nend it? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def dump_of(options: argparse.Namespace, it: Supervised) -> Found:
    """Send it, wait, and read the dump; scrubbed, as everything is that leaves a spool."""
    from streams.core.report.words import visible
    from streams.core.spool import raw_panic
    from streams.core.steps.admit import admit
    from streams.drivers.embedded.goroutines import Reading
    from streams.drivers.quit import TIMEOUT_SECONDS, quit_and_wait
    from streams.model.errors import BadInput

    settings = configuration(options).settings
    patterns = chosen_patterns(settings)
    dumped = quit_and_wait(it, options.timeout or TIMEOUT_SECONDS)
    head = dumped.kept.head
    how = "" if head.exit.code is None else f", with exit code {head.exit.code}"
    say = sayer("snapshot")
    say(
        visible(
            f"{it.who} has ended{how}; its dump is in {dumped.segment}, at offset {dumped.kept.begin}"
        )
    )
    reading = Reading(settings.pipeline(), {}, "all")
    reading.take(admit(raw_panic(dumped.kept, service=settings.service), patterns))
    for found in reading.found():
        return found
    raise BadInput(
        f"{it.who}: its dump has no goroutines (GOTRACEBACK=none?): panictrail spool cat {it.folder}"
    )
