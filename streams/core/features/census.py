"""What the goroutines of a hanging program wait for, where their number proves something.

In: goroutines of a dump. Out: which of WAIT_RULES hold, with the count and the place. Only the first MOST_GOROUTINES
are looked at: what a program hangs on shows in any few thousand of its goroutines.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice
from typing import Final, Literal

import msgspec

from streams.model.crash import Frame, Goroutine

Wait = Literal["pool", "lock", "leak"]

MOST_GOROUTINES: Final = 4096
_MOST_FRAMES: Final = 64


class WaitRule(msgspec.Struct, frozen=True):
    """So many goroutines (`least`) that wait in one place prove what `why` says; `share`: of all, at the least."""

    wait: Wait
    least: int
    share: float
    why: str


WAIT_RULES: Final[dict[Wait, WaitRule]] = {
    rule.wait: rule
    for rule in (
        WaitRule("pool", 3, 0.0, "each waits for a connection that others hold: the pool's limit is reached"),
        WaitRule("lock", 4, 0.0, "they queue for one lock at one place: whoever holds it does not let go"),
        WaitRule("leak", 50, 0.5, "they wait at one channel operation that nobody answers any more"),
    )
}  # fmt: skip

# Where a goroutine stands only while it waits for a connection of a full pool. (*DB).conn dials too, in frames of its
# own: only as the innermost frame does it wait (database/sql/sql.go, `select` on the request's channel).
_POOL: Final = re.compile(
    r"database/sql\.\(\*DB\)\.conn$"
    r"|github\.com/jackc/puddle(?:/v\d+)?\.\(\*Pool(?:\[[^\n]{0,200}\])?\)\.(?:acquire|Acquire)"
    r"|github\.com/(?:redis/go-redis|go-redis/redis)(?:/v\d+)?/internal/pool\.\(\*ConnPool\)\.waitTurn"
    r"|github\.com/gomodule/redigo/redis\.\(\*Pool\)\.waitVacantConn"
    r"|go\.mongodb\.org/mongo-driver(?:/v\d+)?/x/mongo/driver/topology\.\(\*(?:pool\)\.checkOut|wantConn\)\.)"
)
_INNERMOST: Final = "database/sql.(*DB).conn"
_RUNTIME: Final = ("runtime.", "internal/runtime/", "internal/sync.")
_SYNC: Final = ("sync.", "internal/sync.", "runtime.", "internal/runtime/")
_LOCKS: Final = re.compile(r"(?:internal/)?sync\.\(\*(?:RW)?Mutex\)\.(?:R?[Ll]ock)")
# States of runtime/runtime2.go, waitReasonStrings.
_CHANNEL_STATES: Final = ("chan receive", "chan send", "select")

_Place = tuple[Wait, str]


def _innermost(frames: tuple[Frame, ...], without: tuple[str, ...]) -> str | None:
    names = (frame.function for frame in islice(frames, _MOST_FRAMES))
    return next((name for name in names if not name.startswith(without)), None)


def _waits(goroutine: Goroutine) -> _Place | None:
    frames, state = goroutine.frames, goroutine.state
    if any(_LOCKS.match(frame.function) for frame in frames[:6]):
        return "lock", _innermost(frames, _SYNC) or ""
    for frame in frames[:4]:
        if _POOL.match(frame.function):
            first = _innermost(frames, _RUNTIME)
            return (
                ("pool", frame.function)
                if frame.function != _INNERMOST or first == _INNERMOST
                else None
            )
    if not state.startswith(_CHANNEL_STATES):
        return None
    own = next((frame for frame in frames[:_MOST_FRAMES] if frame.in_app), None)
    return None if own is None else ("leak", f"{own.function}:{own.line or 0}")


def census(goroutines: tuple[Goroutine, ...]) -> dict[Wait, str]:
    """Each wait that is proved, with how many wait and where. Goroutines that share their frames are read once."""
    looked_at = goroutines[:MOST_GOROUTINES]
    known: dict[tuple[int, str], _Place | None] = {}
    places: Counter[_Place] = Counter()
    for goroutine in looked_at:
        key = (id(goroutine.frames), goroutine.state)
        if key not in known:
            known[key] = _waits(goroutine)
        place = known[key]
        if place is not None:
            places[place] += 1
    found: dict[Wait, str] = {}
    for (wait, where), count in sorted(places.items(), key=lambda item: (-item[1], item[0])):
        rule = WAIT_RULES[wait]
        if count >= max(rule.least, rule.share * len(looked_at)):
            found.setdefault(wait, f"{count} goroutines wait in {where}")
    return found
