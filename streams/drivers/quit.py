"""SIGQUIT to a program under panicwatch, which ends it, and the dump that panicwatch then keeps in its spool.

In: Supervised, a time limit. Out: the record and where it is. Raises BadInput where none came, with what is known of
that. The signal goes to the process that was looked at, never to one that has got its PID since (pidfd_open(2)).
"""

from __future__ import annotations

import re
import select
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from streams.core.spool import Kept
from streams.drivers.spools import is_segment, records
from streams.drivers.supervised import Supervised
from streams.model.errors import BadInput

# panicwatch waits for the rest of a dump for 10 s (--grace); one of 50,000 goroutines takes 6 s.
TIMEOUT_SECONDS: Final = 60.0
_PAUSE_MS: Final = 20
_QUIT: Final = b"SIGQUIT: "
_NOT_PLAIN: Final = re.compile(r"[^ -~]+")


class Dumped(msgspec.Struct, frozen=True, kw_only=True):
    """The record of the dump, and the segment that it is in, as panicwatch names it."""

    kept: Kept
    segment: str


def quit_and_wait(it: Supervised, timeout_seconds: float = TIMEOUT_SECONDS) -> Dumped:
    """Send it, and wait until the dump is in the spool."""
    before = _sizes(it)
    if _has_ended(it.watcher_handle):
        raise BadInput(f"{it.who}: its panicwatch has ended meanwhile: nothing was sent")
    try:
        signal.pidfd_send_signal(it.handle, signal.SIGQUIT)
    except ProcessLookupError:
        raise BadInput(f"{it.who}: has ended meanwhile: nothing was sent") from None
    except PermissionError:
        raise BadInput(
            f"{it.who}: we may not send it a signal: run as its user, or with CAP_KILL; nothing was sent"
        ) from None
    end = time.monotonic() + timeout_seconds
    while True:
        # Asked before the spool is looked at: what panicwatch wrote before its end is there then.
        over = _has_ended(it.watcher_handle)
        for dumped in _since(it, before):
            return dumped
        if over or time.monotonic() >= end:
            raise BadInput(_missing(it, timeout_seconds))
        _wait(it.watcher_handle)


def _sizes(it: Supervised) -> dict[Path, int]:
    """The segments of the spool, and how far each is written."""
    found = {}
    # The folder may be gone from where we saw it: panicwatch may have been the last in its mount namespace.
    for path in Path(f"/proc/self/fd/{it.spool}").iterdir():
        if is_segment(path):
            with suppress(FileNotFoundError):
                found[path] = path.stat(follow_symlinks=False).st_size
    return found


def _since(it: Supervised, before: dict[Path, int]) -> Iterator[Dumped]:
    """The dump of this process among what was written after that."""
    for path, size in _sizes(it).items():
        begin = before.get(path, 0)
        if size <= begin:
            continue
        # A collector may have removed it, or somebody has laid something else there.
        with suppress(OSError):
            for kept in records(path, begin):
                if isinstance(kept, Kept) and _is_of(it, kept):
                    yield Dumped(kept=kept, segment=f"{it.folder}/{path.name}")


def _is_of(it: Supervised, kept: Kept) -> bool:
    """Many may share a spool, and in containers PIDs are alike."""
    if kept.head.pid != it.inner or not kept.raw.startswith(_QUIT):
        return False
    command = tuple(map(_plain, kept.head.command))
    return tuple(map(_plain, it.words))[-len(command) or len(it.words) :] == command


def _plain(word: str) -> str:
    """What is no text is written differently in /proc and in a record."""
    return _NOT_PLAIN.sub("?", word)


def _has_ended(handle: int) -> bool:
    return bool(select.select([handle], [], [], 0)[0])


def _wait(handle: int) -> None:
    """A moment, or until that process has ended."""
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    poll.poll(_PAUSE_MS)


def _missing(it: Supervised, timeout_seconds: float) -> str:
    if not _has_ended(it.handle):
        return (
            f"{it.who}: got SIGQUIT and lives on, without a dump within {timeout_seconds:g} s: it has a handler of its "
            f"own for that signal (os/signal), or needs longer (--timeout); `snapshot --pid {it.target.pid}` reads its "
            "goroutines"
        )
    return (
        f"{it.who}: got SIGQUIT and has ended, but its dump did not come to {it.folder} within {timeout_seconds:g} s: "
        "see what panicwatch said on standard error, and lost.txt in that folder, or whether a collector that deletes "
        "what it sent was faster"
    )
