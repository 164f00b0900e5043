"""Who wrote a line last, of the commits of a range: what `git blame -w -M -C --ignore-rev` says, without a process.

In: the commits of a range, newest first, and the contents that they changed; lines of files after the last one. Out:
the commit by path and line. A line that is older than the range, or that cannot be followed, is left out, as is what
the first commit of a history wrote: everything. White space is no change. Lines that moved within a file, or came from
another one that the same commit edits, are followed from so many letters on as git asks for
(https://git-scm.com/docs/git-blame#_options, -M and -C).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from heapq import heappop, heappush
from typing import Final, NamedTuple

from rapidfuzz import fuzz
from rapidfuzz.distance import Indel

from streams.core.suspects.code import Read
from streams.model.change import Change, FileChange
from streams.model.text import from_bytes

# Letters and digits of lines that moved within a file, and of those that came from another.
_MOVED: Final = 20
_COPIED: Final = 40
# Lines before times lines after, of what differs: what is longer was written by a generator.
_MOST_PRODUCT: Final = 40_000_000
# So like is a line to the one for which a commit that is looked through put it.
_REFORMATTED: Final = 50.0
# Files of one commit in which a line is looked for that came from elsewhere.
_MOST_SOURCES: Final = 64

Line = tuple[str, int]


class Range(NamedTuple):
    """Commits, children before parents. `read`: a content by its id; `ignored`: commits to look through."""

    changes: Sequence[Change]
    read: Read
    ignored: Collection[str] = ()


class _At(NamedTuple):
    """A file of a commit."""

    sha: str
    path: str
    blob: str


# By the line in a file, from 0, those after the range that it became.
_Rows = dict[int, set[Line]]


def authors_of(
    commit: str, files: Mapping[str, str], lines: Collection[Line], within: Range
) -> dict[Line, str]:
    """Who wrote lines of `commit` last. `files`: ids of its contents by path; `lines`: paths and lines, from 1."""
    walk = _Walk(within)
    for path, number in lines:
        if path in files and number > 0:
            walk.hand(_At(commit, path, files[path]), number - 1, {(path, number)})
    for change in within.changes:
        walk.through(change)
    return walk.found


class _Walk:
    """Goes from the newest commit to the oldest, with the lines that nobody was found for."""

    def __init__(self, within: Range) -> None:
        self._read = within.read
        self._ignored = frozenset(within.ignored)
        self._changes = within.changes
        self._order = {change.sha: at for at, change in enumerate(within.changes)}
        # By path the last commit that edited it: beyond it nobody is found.
        self._last = {
            path: at
            for at, change in enumerate(within.changes)
            for file in change.files
            for path in (file.path, file.old)
        }
        self._open: dict[str, dict[_At, _Rows]] = {}
        self.found: dict[Line, str] = {}

    def hand(self, at: _At, row: int, lines: set[Line]) -> None:
        """Whoever wrote `lines` wrote this row of a file, in this commit or before."""
        if self._order.get(at.sha, len(self._changes)) > self._last.get(at.path, -1):
            return
        rows = self._open.setdefault(at.sha, {}).setdefault(at, {})
        rows.setdefault(row, set()).update(lines)

    def through(self, change: Change) -> None:
        """What is open at a commit is its own, or goes to its parents."""
        for at, rows in self._open.pop(change.sha, {}).items():
            file = next((f for f in change.files if f.path == at.path), None)
            if file is None:
                parent = self._parent(change, at)
                for row, lines in rows.items() if parent else ():
                    self.hand(_At(parent, at.path, at.blob), row, lines)
            elif file.plain and file.after == at.blob:
                self._edited(change, file, rows)

    def _parent(self, change: Change, at: _At) -> str:
        """The parent that has a file as a commit has it that did not edit it; empty where there is none."""
        if len(change.parents) < 2:  # noqa: PLR2004 - all but merges
            return change.parents[0] if change.parents else ""
        had = [(self._blob(parent, at.path), parent) for parent in change.parents]
        same = [parent for blob, parent in had if blob == at.blob]
        older = [parent for blob, parent in had if blob is None]
        return next(iter((*same, *older)), "")

    def _blob(self, sha: str, path: str) -> str | None:
        """The content of a file in a commit; None where no commit of the range down from there edited it."""
        waiting = [self._order[sha]] if sha in self._order else []
        seen = set(waiting)
        while waiting:
            # The newest edit counts: what a merge took is no edit of its own.
            change = self._changes[heappop(waiting)]
            file = next((f for f in change.files if path in (f.path, f.old)), None)
            if file is not None:
                return file.after if file.path == path else ""
            for at in (self._order[p] for p in change.parents if p in self._order):
                if at not in seen:
                    seen.add(at)
                    heappush(waiting, at)
        return None

    def _edited(self, change: Change, file: FileChange, rows: _Rows) -> None:
        after = _lines(self._read(file.after))
        left = {row: lines for row, lines in rows.items() if row < len(after)}
        for parent, blob in zip(change.parents, file.before, strict=False):
            if not blob:
                continue
            same = _kept(_lines(self._read(blob)), after)
            if same is None:
                return
            for row in [row for row in left if row in same]:
                self.hand(_At(parent, file.old or file.path, blob), same[row], left.pop(row))
        for row, lines in left.items():
            origin = self._came(change, file, row)
            if origin is not None:
                self.hand(origin[0], origin[1], lines)
            elif change.parents and change.sha not in self._ignored:
                self.found.update(dict.fromkeys(lines, change.sha))

    def _came(self, change: Change, file: FileChange, row: int) -> tuple[_At, int] | None:
        """Where a row that no parent has in this place was before, if anywhere."""
        if not change.parents:
            return None
        after = _lines(self._read(file.after))
        first = file.before[0] if file.before else ""
        sources = [(file.old or file.path, first, _MOVED)] if first else []
        sources += [
            (other.old or other.path, other.before[0], _COPIED)
            for other in change.files[:_MOST_SOURCES]
            if other.path != file.path and other.plain and other.before and other.before[0]
        ]
        for path, blob, least in sources:
            origin = _moved(_lines(self._read(blob)), after, row, least)
            if origin is not None:
                return _At(change.parents[0], path, blob), origin
        if change.sha in self._ignored and first:
            origin = _reformatted(_lines(self._read(first)), after, row)
            if origin is not None:
                return _At(change.parents[0], file.old or file.path, first), origin
        return None


@lru_cache(maxsize=256)
def _lines(data: bytes) -> tuple[bytes, ...]:
    """Lines without white space."""
    return tuple(b"".join(line.split()) for line in data.split(b"\n"))


@lru_cache(maxsize=512)
def _kept(before: tuple[bytes, ...], after: tuple[bytes, ...]) -> Mapping[int, int] | None:
    """The rows of `after` that stand in `before`, in order, with their rows there; None where it is too much."""
    short = min(len(before), len(after))
    head = next((n for n in range(short) if before[n] != after[n]), short)
    tail = next((n for n in range(short - head) if before[-1 - n] != after[-1 - n]), short - head)
    old, new = before[head : len(before) - tail], after[head : len(after) - tail]
    if len(old) * len(new) > _MOST_PRODUCT:
        return None
    found = {n: n for n in range(head)}
    found.update((len(after) - 1 - n, len(before) - 1 - n) for n in range(tail))
    numbers: dict[bytes, int] = {}
    for line in (*old, *new):
        numbers.setdefault(line, len(numbers))
    for step in Indel.opcodes([numbers[x] for x in old], [numbers[x] for x in new]):
        if step.tag == "equal":
            pairs = zip(
                range(step.dest_start, step.dest_end),
                range(step.src_start, step.src_end),
                strict=True,
            )
            found.update((head + here, head + there) for here, there in pairs)
    return found


def _moved(before: tuple[bytes, ...], after: tuple[bytes, ...], row: int, least: int) -> int | None:
    """Where a row stood, if it stood among lines that are the same by so many letters and digits."""
    best: tuple[int, int] | None = None
    for there, line in enumerate(before):
        if line != after[row]:
            continue
        size = _letters(line)
        for step in (-1, 1):
            one, two = there + step, row + step
            while 0 <= one < len(before) and 0 <= two < len(after) and before[one] == after[two]:
                size += _letters(before[one])
                one, two = one + step, two + step
        if size > least and (best is None or size > best[0]):
            best = size, there
    return best[1] if best is not None else None


def _letters(line: bytes) -> int:
    return sum(map(str.isalnum, from_bytes(line)))


def _reformatted(before: tuple[bytes, ...], after: tuple[bytes, ...], row: int) -> int | None:
    """The row that a commit put this one for: the likest of those that it took out in the same place."""
    kept = _kept(before, after)
    if kept is None:
        return None
    above = max((kept[n] for n in range(row) if n in kept), default=-1)
    below = min((kept[n] for n in range(row + 1, len(after)) if n in kept), default=len(before))
    likest = max(
        range(above + 1, below), key=lambda n: fuzz.ratio(before[n], after[row]), default=None
    )
    if likest is None or fuzz.ratio(before[likest], after[row]) < _REFORMATTED:
        return None
    return likest
