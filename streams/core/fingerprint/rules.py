"""The plain rule `plain1`: failure class + normalised top in-app frame of the goroutine that crashed.

In: a marked crash. Out: the frame to group by, and why. Later methods stand beside it under their own names.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from streams.core.fingerprint.normalize import function_key
from streams.core.fingerprint.scaffold import role_of
from streams.model.crash import Access, Crash, Frame, Goroutine

METHOD: Final = "plain1"
_ALARM: Final = "testing.(*M).startAlarm"
_ABOVE_ALARM: Final = 4
_RUNS_TEST: Final = "testing.tRunner"
_WAITS_FOR_TEST: Final = frozenset(("testing.(*T).Run", "testing.(*T).Parallel"))
# `\t\tTestSlow (1s)` below `running tests:` (testing/testing.go startAlarm, Go >= 1.20).
_RUNNING: Final = re.compile(r"^[ \t]+(\S+) \([\d.]+[a-zµ]+\)$", re.MULTILINE)


class Locus(msgspec.Struct, frozen=True):
    """The frame that a crash is grouped by, and the rule that chose it."""

    frame: Frame | None
    rule: str
    detail: str


def goroutine_of(crash: Crash) -> Goroutine | None:
    """The goroutine that matters: the crashed one, else the first with a frame of the user's own.

    Of a test that timed out it is the one of the test, or one that it started and waits for: the crashed one is an
    alarm clock.
    """
    known = _LAST_CRASH[0]
    # Asked for several times of each crash, one after the other.
    if known[0] is not crash:
        known = _LAST_CRASH[0] = (crash, _goroutine_of(crash))
    return known[1]


_LAST_CRASH: Final[list[tuple[Crash | None, Goroutine | None]]] = [(None, None)]


def _goroutine_of(crash: Crash) -> Goroutine | None:
    if _hangs(crash):
        return hanging(crash.goroutines) or next((g for g in crash.goroutines if g.frames), None)
    for goroutine in crash.goroutines:
        if goroutine.crashed and goroutine.frames:
            # Only panic machinery can be above the alarm.
            for frame in goroutine.frames[:_ABOVE_ALARM]:
                if frame.function.startswith(_ALARM):
                    return _convoy(crash) or _blocked_test(crash) or goroutine
            return goroutine
    own = next((g for g in crash.goroutines if any(f.in_app for f in g.frames)), None)
    return own or next((g for g in crash.goroutines if g.frames), None)


_CONVOY: Final = 3


def _convoy(crash: Crash) -> Goroutine | None:
    """Of a test that timed out a goroutine that waits for a lock with others: the test itself waits for them."""
    found = hanging(crash.goroutines)
    if found is None or not _HANGS[0][0].search(found.state or ""):
        return None
    same = [
        g
        for g in crash.goroutines[:_MOST_GOROUTINES]
        if g.state == found.state and any(f.in_app for f in g.frames) and _place(g) == _place(found)
    ]
    return found if len(same) >= _CONVOY else None


def _hangs(crash: Crash) -> bool:
    """Whether no goroutine failed, and all or some wait for what never comes."""
    return crash.kind == "dump" or (crash.kind == "fatal" and _ASLEEP in crash.message)


_ASLEEP: Final = "all goroutines are asleep"
# How much a state of a goroutine says of a program that hangs (runtime2.go waitReasonStrings).
# From so much on it is a lock, a signal or room that it waits for; below what others do.
HELD_UP: Final = 3
_HANGS: Final = (
    (re.compile(r"sync\.(?:RW)?Mutex|semacquire|sync\.Cond"), 4),
    (re.compile(r"chan send"), HELD_UP),
    (re.compile(r"sync\.WaitGroup"), 2),
    (re.compile(r"chan receive|select"), 1),
)
_WAITS: Final = re.compile("|".join(pattern.pattern for pattern, _ in _HANGS))
_MOST_GOROUTINES: Final = 20_000
_MOST_OF_SYNC: Final = 6


def _place(goroutine: Goroutine) -> tuple[str, int | None]:
    top = next(f for f in goroutine.frames if f.in_app)
    return (function_key(top.function), top.line)


def _direct(goroutine: Goroutine) -> bool:
    """Whether the user's own code waits itself, not a library on its behalf: only runtime and sync are in between."""
    for frame in goroutine.frames:
        if frame.in_app:
            return True
        if not frame.function.startswith(
            ("runtime.", "sync.", "internal/sync.", "internal/runtime", "io.", "bufio.")
        ):
            return False
    return False


def telling(goroutine: Goroutine) -> int:
    """How much the state says; 0 of one that does not wait.

    Before Go 1.25 who waits for a WaitGroup is in `semacquire`, as who waits for a lock is.
    """
    state = goroutine.state or ""
    if state.startswith("semacquire") and any(
        f.function == "sync.(*WaitGroup).Wait" for f in goroutine.frames[:_MOST_OF_SYNC]
    ):
        state = "sync.WaitGroup.Wait"
    return next((n for pattern, n in _HANGS if pattern.search(state)), 0)


def hanging(goroutines: tuple[Goroutine, ...]) -> Goroutine | None:
    """Of a program that hangs the goroutine that tells where: stuck in the user's own code, with others at best.

    What waits at the outermost function of a goroutine is at rest: a pool's worker, main on a signal.
    """
    own = [g for g in goroutines[:_MOST_GOROUTINES] if any(f.in_app for f in g.frames)]
    if not own:
        return None
    together: dict[tuple[str, int | None], int] = {}
    for goroutine in own:
        place = _place(goroutine)
        together[place] = together.get(place, 0) + 1

    def rank(goroutine: Goroutine) -> tuple[bool, bool, int, int, int, str]:
        depth = sum(f.in_app for f in goroutine.frames)
        state = telling(goroutine)
        place = _place(goroutine)
        # Many that wait for a lock tell more than one does; of those that wait for work the one with a way behind it.
        many = together[place] if state > 1 else 0
        return (not _direct(goroutine), depth <= 1, -state, -many, -depth, place[0])

    return min(own, key=rank)


def _test_of(goroutine: Goroutine) -> str | None:
    """`cart.TestSlow`: what testing ran in this goroutine, where it is not waiting for a test of its own."""
    names = [frame.function for frame in goroutine.frames]
    if _RUNS_TEST not in names or not _WAITS_FOR_TEST.isdisjoint(names):
        return None
    at = names.index(_RUNS_TEST)
    return names[at - 1].rpartition("/")[2] if at else None


def _blocked_test(crash: Crash) -> Goroutine | None:
    """The goroutine of a test that was running, the first by name where several were."""
    value = crash.panics[0].value if crash.panics else ""
    running = {name.partition("/")[0] for name in _RUNNING.findall(value)}
    tests = {(test, g.id): g for g in crash.goroutines if (test := _test_of(g)) is not None}
    named = [key for key in tests if key[0].split(".")[1:2] and key[0].split(".")[1] in running]
    return _waited_for(crash, tests[min(named or tests)]) if tests else None


def _waited_for(crash: Crash, test: Goroutine) -> Goroutine:
    """Of a test that waits and those that it started whichever tells where they hang, as of a program that hangs."""
    if not _WAITS.search(test.state):
        return test
    family = {test.id: test}
    waiting = [test]
    # Go >= 1.21 says which goroutine started one.
    by_starter: dict[int | None, list[Goroutine]] = {}
    for goroutine in crash.goroutines[:_MOST_GOROUTINES]:
        started = goroutine.created_by
        if started is not None and not goroutine.crashed:
            by_starter.setdefault(started.goroutine, []).append(goroutine)
    while waiting:
        for goroutine in by_starter.get(waiting.pop().id, ()):
            if goroutine.id not in family:
                family[goroutine.id] = goroutine
                waiting.append(goroutine)
    return hanging(tuple(family.values())) or test


def below_panic(frames: tuple[Frame, ...]) -> tuple[Frame, ...]:
    """The frames below the last (oldest) panic call; all of them when there is none."""
    known = _LAST[0]
    # Asked for three times of each crash, one after the other.
    if known[0] is not frames:
        known = _LAST[0] = (frames, _below_panic(frames))
    return known[1]


_LAST: Final[list[tuple[tuple[Frame, ...], tuple[Frame, ...]]]] = [((), ())]


def _below_panic(frames: tuple[Frame, ...]) -> tuple[Frame, ...]:
    for position in range(len(frames) - 1, -1, -1):
        if role_of(frames[position].function) == "panic":
            return frames[position + 1 :] or frames
    return frames


def _of_core(frame: Frame) -> bool:
    """Whether a C frame is known by a core alone: the traceback of the same crash begins with the Go frames.

    Those of a core have a place in an object file; those that a cgo symbolizer printed have a line, or just a pc.
    """
    return frame.native and frame.line is None and (frame.file or frame.offset) is not None


def _innermost_own(frames: tuple[Frame, ...]) -> Frame | None:
    for frame in frames:
        if frame.in_app:
            return frame
    return None


def _created_by(goroutine: Goroutine) -> Frame | None:
    created = goroutine.created_by
    if created is None:
        return None
    return Frame(function=created.function, file=created.file, line=created.line)


def _race_locus(accesses: tuple[Access, ...]) -> Locus:
    """Of two accesses the same one whichever came first: which one does is chance."""
    tops = [
        next((f for f in access.frames if f.in_app), access.frames[0])
        for access in accesses
        if access.frames
    ]
    if not tops:
        return Locus(None, "no-frames", "no access of the race has frames")
    own = [frame for frame in tops if frame.in_app] or tops
    first = min(own, key=lambda frame: (function_key(frame.function), frame.file or ""))
    return Locus(first, "race-access", "innermost frame of your own code in an access of the race")


def locus_of(crash: Crash) -> Locus:
    """The frame to group by: top in-app, else top dependency, else creator, else top frame."""
    if crash.accesses:
        return _race_locus(crash.accesses)
    goroutine = goroutine_of(crash)
    if goroutine is None:
        return Locus(None, "no-frames", "the text has no goroutine with frames")
    frames = below_panic(goroutine.frames)
    in_app = _innermost_own(frames) or _innermost_own(goroutine.frames)
    where = f"goroutine {goroutine.id}" if goroutine.state else "the logged stack"
    if in_app is not None:
        return Locus(in_app, "top-in-app", f"innermost frame of your own code in {where}")
    others = [f for f in frames if not f.std and not f.native and f.package]
    dependency = next((f for f in others if not role_of(f.function)), None)
    dependency = dependency or next(iter(others), None)
    if dependency is not None:
        return Locus(dependency, "top-dependency", f"no frame of your own code in {where}")
    creator = _created_by(goroutine)
    if creator is not None:
        return Locus(creator, "created-by", f"only standard library in {where}; its creator")
    top = next((f for f in frames if not _of_core(f)), frames[0])
    return Locus(top, "top-frame", f"only standard library in {where}")
