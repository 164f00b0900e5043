"""Stacks made short: the user's frames stay, runs of standard library and dependency frames fold.

In: a crash and the place that its report names. Out: stacks of lines that text, HTML and Markdown
write each in its way. Never drops the frame that the report names.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import UnsetType

from streams.core.report.words import clip, count, listing, number, visible_lines
from streams.model.crash import Access, Crash, CreatedBy, Frame, Goroutine
from streams.model.message import Value
from streams.model.report import RootCause

_NO_ROOT: Final = RootCause()
_PACKAGES_NAMED: Final = 3
_EVENT_CHARS: Final = 200


class Kept(Value, frozen=True, kw_only=True):
    """A frame that is shown, `times` in a row (recursion); `root`: the report names this one."""

    frame: Frame
    times: int = 1
    root: bool = False


class Folded(Value, frozen=True, kw_only=True):
    """A run of frames that say little: standard library, dependencies, native code."""

    frames: tuple[Frame, ...]


class Omitted(Value, frozen=True, kw_only=True):
    """Frames that were left out for length."""

    frames: int


TraceLine = Kept | Folded | Omitted


class Stack(Value, frozen=True, kw_only=True):
    """One stack: a head line, its lines, what the runtime elided, who started the goroutine.

    `alike` counts goroutines with this very stack and state.
    """

    head: str
    lines: tuple[TraceLine, ...]
    elided: int = 0
    created_by: CreatedBy | None = None
    alike: int = 1


def place(file: str | None, line: int | None) -> str | None:
    """`file:line` as a compiler prints it; None where no file is known."""
    if file is None:
        return None
    return file if line is None else f"{file}:{line}"


def package(frame: Frame) -> str:
    """The import path of a frame, read from the function where it is not stated."""
    if frame.package:
        return frame.package
    if frame.native:
        return "native code"
    folder, slash, name = frame.function.rpartition("/")
    head, dot, _ = name.partition(".")
    if not slash and not dot:
        return "runtime"  # `panic`, and assembly entries without a package
    return folder + slash + head


def split_function(function: str) -> tuple[str, str]:
    """The import path before the last element, and what people say: `a.b/c/`, `d.(*T).F[…]`."""
    plain = function.partition("[")[0]
    cut = plain.rfind("/") + 1
    return function[:cut], function[cut:]


def last_events(crash: Crash) -> tuple[str, ...]:
    """What the program noted last before it ended, oldest first."""
    events = crash.context.last_events
    if isinstance(events, UnsetType):
        return ()
    return tuple(clip(" ".join(visible_lines(event, 1)), _EVENT_CHARS) for event in events)


def own_way(crash: Crash, root: RootCause = _NO_ROOT) -> tuple[str, ...]:
    """Functions of the user's own code in the stack that tells most, innermost first; recursion once."""
    stack = guilty(crash, root)
    named = [split_function(f.function)[1] for f in stack.frames if f.in_app] if stack else []
    return tuple(name for at, name in enumerate(named) if at == 0 or named[at - 1] != name)


def folded_words(run: Folded) -> str:
    """`4 frames of net/http and runtime`; a single frame is named, as that costs no more room."""
    if len(run.frames) == 1:
        return f"1 frame: {listing([run.frames[0].function])}"
    packages = tuple(dict.fromkeys(map(package, run.frames)))
    return f"{count(len(run.frames), 'frame')} of {listing(packages, _PACKAGES_NAMED)}"


def fold(frames: Sequence[Frame], root: RootCause = _NO_ROOT) -> tuple[TraceLine, ...]:
    """The lines of a stack, innermost first: kept frames and folded runs between them."""
    named = _named_by(frames, root)
    kept = {i for i, frame in enumerate(frames) if frame.in_app}
    if named is not None:
        kept.add(named)
    elif not kept and frames:
        kept.add(_most_telling(frames))
    lines: list[TraceLine] = []
    run: list[Frame] = []
    for i, frame in enumerate(frames):
        if i not in kept:
            run.append(frame)
            continue
        if run:
            lines.append(Folded(frames=tuple(run)))
            run = []
        _keep(lines, frame, root=i == named)
    if run:
        lines.append(Folded(frames=tuple(run)))
    return tuple(lines)


def _keep(lines: list[TraceLine], frame: Frame, *, root: bool) -> None:
    last = lines[-1] if lines else None
    if isinstance(last, Kept) and _same_place(last.frame, frame):
        lines[-1] = Kept(frame=last.frame, times=last.times + 1, root=last.root or root)
    else:
        lines.append(Kept(frame=frame, root=root))


def _same_place(one: Frame, other: Frame) -> bool:
    return (one.function, one.file, one.line) == (other.function, other.file, other.line)


def _named_by(frames: Sequence[Frame], root: RootCause) -> int | None:
    """Where the report's frame is: by function, file and line, else by function alone.

    A report may name the file relative to its repository, so the file need not be equal.
    """
    if root.function is None:
        return None
    same = [i for i, frame in enumerate(frames) if frame.function == root.function]
    exact = (i for i in same if (frames[i].file, frames[i].line) == (root.file, root.line))
    return next(exact, same[0] if same else None)


def _most_telling(frames: Sequence[Frame]) -> int:
    """Without any of the user's code: the innermost dependency, else the one under the runtime."""
    own = (i for i, frame in enumerate(frames) if not frame.std and package(frame) != "runtime")
    other = (i for i, frame in enumerate(frames) if package(frame) != "runtime")
    return next(own, next(other, 0))


def shorten(lines: Sequence[TraceLine], most: int) -> tuple[TraceLine, ...]:
    """The first `most` lines and the one that the report names; the rest are counted."""
    if len(lines) <= most + 1:
        return tuple(lines)
    out: list[TraceLine] = list(lines[:most])
    hidden = 0
    for line in lines[most:]:
        if isinstance(line, Kept) and line.root:
            out += [Omitted(frames=hidden)] if hidden else []
            out.append(line)
            hidden = 0
        else:
            hidden += _length(line)
    return (*out, Omitted(frames=hidden)) if hidden else tuple(out)


def _length(line: TraceLine) -> int:
    if isinstance(line, Kept):
        return line.times
    return len(line.frames) if isinstance(line, Folded) else line.frames


def guilty(crash: Crash, root: RootCause = _NO_ROOT) -> Goroutine | None:
    """The goroutine that crashed, else the first one printed; another where only that has the frame of the report."""
    marked = (g for g in crash.goroutines if g.crashed)
    first = next(marked, crash.goroutines[0] if crash.goroutines else None)
    if first is None or root.function is None or _has(first, root):
        return first
    return next((g for g in crash.goroutines if _has(g, root)), first)


def _has(goroutine: Goroutine, root: RootCause) -> bool:
    return any(frame.function == root.function for frame in goroutine.frames)


def main_stacks(crash: Crash, root: RootCause = _NO_ROOT) -> tuple[Stack, ...]:
    """What to read first: both accesses of a race, else the goroutine that crashed."""
    if crash.accesses:
        return tuple(_access_stack(access, root) for access in crash.accesses)
    goroutine = guilty(crash, root)
    return () if goroutine is None else (_goroutine_stack(goroutine, root),)


def other_stacks(
    crash: Crash, most: int, root: RootCause = _NO_ROOT
) -> tuple[tuple[Stack, ...], int]:
    """The other goroutines, equal ones as one stack, most numerous first; and how many are left."""
    first = None if crash.accesses else guilty(crash, root)
    groups: dict[tuple[object, ...], list[Goroutine]] = {}
    for goroutine in crash.goroutines:
        if goroutine is not first:
            groups.setdefault(_shape(goroutine), []).append(goroutine)
    ordered = sorted(groups.values(), key=len, reverse=True)
    left = sum(map(len, ordered[most:]))
    return tuple(_group_stack(group) for group in ordered[:most]), left


def others(crash: Crash) -> int:
    """How many goroutines are not among the main stacks."""
    return len(crash.goroutines) - (0 if crash.accesses or not crash.goroutines else 1)


def _shape(goroutine: Goroutine) -> tuple[object, ...]:
    frames = tuple((f.function, f.file, f.line) for f in goroutine.frames)
    return (goroutine.state, frames, goroutine.elided, _started(goroutine.created_by))


def _started(by: CreatedBy | None) -> tuple[object, ...]:
    return () if by is None else (by.function, by.file, by.line)


def _group_stack(group: Sequence[Goroutine]) -> Stack:
    first = group[0]
    stack = _goroutine_stack(first, _NO_ROOT)
    if len(group) == 1:
        return stack
    ids = listing([str(g.id) for g in group], 5)
    head = f"{number(len(group))} goroutines [{first.state}]: {ids}"
    return Stack(
        head=head,
        lines=stack.lines,
        elided=stack.elided,
        created_by=stack.created_by,
        alike=len(group),
    )


def _goroutine_stack(goroutine: Goroutine, root: RootCause) -> Stack:
    state = ", ".join(_state(goroutine))
    return Stack(
        # A logged stack has no goroutine header.
        head=f"goroutine {goroutine.id} [{state}]" if state else "logged stack",
        lines=fold(goroutine.frames, root),
        elided=goroutine.elided,
        created_by=goroutine.created_by,
    )


def _state(goroutine: Goroutine) -> Iterable[str]:
    yield goroutine.state
    if goroutine.wait_minutes:
        yield count(goroutine.wait_minutes, "minute")
    if goroutine.locked:
        yield "locked to thread"


def _access_stack(access: Access, root: RootCause) -> Stack:
    by = "" if access.goroutine is None else f" by goroutine {access.goroutine}"
    at = "" if access.addr is None else f" at {access.addr}"
    return Stack(head=f"{access.kind}{at}{by}", lines=fold(access.frames, root))
