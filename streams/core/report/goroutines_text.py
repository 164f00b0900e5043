"""Goroutines and their groups as text for a terminal or a pipe.

In: what core.report.goroutines found. Out: lines, or paragraphs of them, without their last line end. A stack is worked
out once, however many stand there. Never sends a control character of a log, never cuts a `file:line`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from streams.core.report.goroutines import Found, states
from streams.core.report.summary import caveats
from streams.core.report.trace import Folded, Omitted, fold, folded_words, place, shorten
from streams.core.report.words import clip, count, listing, number, visible
from streams.model.crash import Crash, CreatedBy, Frame, Goroutine
from streams.model.goroutines import CreatorCount, GoroutineGroup, StateCount, WaitMinutes

_MESSAGE_CHARS: Final = 240
_STATES_SHOWN: Final = 8
_STATES_OF_GROUP: Final = 4
_IDS_SHOWN: Final = 5
_LABELS_SHOWN: Final = 3
_CREATORS_SHOWN: Final = 5
# Go prints at most a hundred frames of a stack (runtime/traceback.go, tracebackInnerFrames and Outer).
_LINES_SHOWN: Final = 100


def render_groups(found: Found, *, color: bool = False) -> Iterator[str]:
    """What was found, one paragraph for each stack."""
    groups = found.groups()
    yield from _head(found, groups)
    for group in groups:
        yield ""
        yield _strong(_group_head(group), color=color)
        yield from _folded(group, color=color)
        yield from _creators(group)
        if labels := _labels(group):
            yield f"    labels {labels}"


def render_goroutines(found: Found, *, color: bool = False) -> Iterator[str]:
    """What was found, one paragraph for each goroutine."""
    yield from _head(found, found.groups())
    known: dict[tuple[int, int], tuple[tuple[Frame, ...], str]] = {}
    for one in found.bare():
        # Frames of columns are the same tuple again and again; it is kept, so its id stays its own.
        key = (id(one.frames), one.elided)
        said = known.get(key)
        if said is None:
            said = known[key] = (one.frames, "".join(_stack(one, color=color)))
        head = _strong(_goroutine_head(one), color=color)
        yield f"\n{head}{said[1]}{_started_by(one.created_by)}"


def _stack(one: Goroutine, *, color: bool) -> Iterator[str]:
    yield from (f"\n{_frame(frame, color=color)}" for frame in one.frames)
    if one.elided:
        yield f"\n{_left_out(one.elided)}"


def _started_by(by: CreatedBy | None) -> str:
    return "" if by is None else f"\n{_started(by)}"


def _head(found: Found, groups: Iterable[GoroutineGroup]) -> Iterator[str]:
    crash = found.crash
    yield _crash_line(crash)
    for caveat in caveats(crash):
        yield f"  {caveat}"
    each = tuple(groups)
    yield _total(len(found), states(each), len(each))


def _crash_line(crash: Crash) -> str:
    read = place(crash.source.path, crash.source.line)
    parts = (visible(read) if read else "", crash.kind, clip(crash.message, _MESSAGE_CHARS))
    return "  ".join(part for part in (*parts, f"id {crash.id}" if crash.id else "") if part)


def _total(goroutines: int, found: tuple[StateCount, ...], stacks: int) -> str:
    if not goroutines:
        return "no goroutines"
    of = "" if stacks == goroutines else f" ({count(stacks, 'stack')})"
    return f"{count(goroutines, 'goroutine')}{of}: {_states(found, _STATES_SHOWN)}"


def _states(found: tuple[StateCount, ...], most: int) -> str:
    """`4,000 chan receive, 3,000 select and 12 in 3 other states`."""
    shown = ", ".join(f"{number(each.count)} {_state(each.state)}" for each in found[:most])
    rest = found[most:]
    if not rest:
        return shown
    others = count(len(rest), "other state")
    return f"{shown} and {number(sum(each.count for each in rest))} in {others}"


def _state(state: str) -> str:
    # A stack that a program logged has no header.
    return visible(state) or "in no stated state"


def _group_head(group: GoroutineGroup) -> str:
    first, *others = group.states
    state = _state(first.state) if not others else _states(group.states, _STATES_OF_GROUP)
    wait = _wait(group.wait_minutes, group.count) if group.wait_minutes else ""
    locked = f", {number(group.locked)} locked to thread" if group.locked else ""
    crashed = ", crashed" if group.crashed else ""
    ids = _ids(group)
    return f"{count(group.count, 'goroutine')} [{state}{wait}{locked}]{crashed}: {ids}"


def _wait(wait: WaitMinutes, goroutines: int) -> str:
    """`, 2 to 14 minutes`; where some wait for less than the minute from which Go states it, `, up to 14 minutes`."""
    most = count(wait.most, "minute")
    if wait.stated < goroutines:
        return f", up to {most}"
    return f", {most}" if wait.least == wait.most else f", {number(wait.least)} to {most}"


def _ids(group: GoroutineGroup) -> str:
    shown = [str(each) for each in group.ids[:_IDS_SHOWN]]
    more = group.count - len(shown)
    return f"{', '.join(shown)} and {number(more)} more" if more else listing(shown, _IDS_SHOWN)


def _creators(group: GoroutineGroup) -> Iterator[str]:
    creators = group.created_by
    for by in creators[:_CREATORS_SHOWN]:
        times = f"  ({number(by.count)})" if len(creators) > 1 or by.count < group.count else ""
        yield _started(by) + times
    rest = creators[_CREATORS_SHOWN:]
    if rest:
        places = count(len(rest), "more place")
        yield f"    … {number(sum(by.count for by in rest))} started at {places}"


def _labels(group: GoroutineGroup) -> str:
    """The most frequent labels; one that every goroutine has another value of says nothing of the group."""
    told = [each for each in group.labels if each.count > 1 or group.count == 1]
    shown = [
        f"{visible(each.key)}={visible(each.value)} ({number(each.count)})"
        for each in told[:_LABELS_SHOWN]
    ]
    return ", ".join((*shown, *(("…",) if len(told) > _LABELS_SHOWN else ())))


def _started(by: CreatedBy | CreatorCount) -> str:
    where = place(by.file, by.line)
    at = f"  {visible(where)}" if where else ""
    creator = by.goroutine if isinstance(by, CreatedBy) else None
    who = "" if creator is None else f" in goroutine {creator}"
    return f"    started by {visible(by.function)}{who}{at}"


def _goroutine_head(one: Goroutine) -> str:
    stated = [_state(one.state)]
    if one.wait_minutes is not None:
        stated.append(count(one.wait_minutes, "minute"))
    if one.locked:
        stated.append("locked to thread")
    labels = ", ".join(f"{visible(key)}={visible(value)}" for key, value in one.labels.items())
    tail = f" {{{labels}}}" if labels else ""
    return f"goroutine {one.id} [{', '.join(stated)}]{tail}{', crashed' if one.crashed else ''}"


def _folded(group: GoroutineGroup, *, color: bool) -> Iterator[str]:
    for line in shorten(fold(group.frames), _LINES_SHOWN):
        if isinstance(line, Omitted):
            yield f"    … {count(line.frames, 'more frame')}"
        elif isinstance(line, Folded):
            yield f"    … {folded_words(line)}"
        else:
            times = f"  ({number(line.times)} times)" if line.times > 1 else ""
            yield _frame(line.frame, color=color) + times
    if group.elided:
        yield _left_out(group.elided)


def _left_out(frames: int) -> str:
    return f"    … {count(frames, 'frame')} left out by the runtime"


def _frame(frame: Frame, *, color: bool) -> str:
    where = place(frame.file, frame.line)
    text = f"{visible(frame.function)}  {visible(where)}" if where else visible(frame.function)
    return _strong(f"  > {text}", color=color) if frame.in_app else f"    {text}"


def _strong(text: str, *, color: bool) -> str:
    return f"\x1b[1m{text}\x1b[0m" if color else text
