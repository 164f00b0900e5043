"""The suspects of one crash in one repository.

In: the key, the code of the revision that crashed, the commits up to it, the graph of commits. Out: Caused. Pure:
contents come by `read`, whatever is absent is stated in `unknown`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from streams.core.suspects import calibration
from streams.core.suspects.ancestry import reach
from streams.core.suspects.authors import Range, authors_of
from streams.core.suspects.code import Code, Read, Standing
from streams.core.suspects.copies import copies_of
from streams.core.suspects.evidence import Weighing
from streams.core.suspects.flow import Tracer
from streams.core.suspects.modules import Look
from streams.core.suspects.owners import owners_of
from streams.core.suspects.rank import Ranked, Weighed, ranked
from streams.core.suspects.scene import Scene, Signal
from streams.model.cause import Caused, CauseKey, SuspectCommit
from streams.model.change import Change
from streams.model.instant import Instant
from streams.model.report import Evidence
from streams.model.text import from_bytes

_MOST_NAMED: Final = 10
_LEAST: Final = 0.0005
_MOST_EVIDENCE: Final = 4
# That a commit wrote a line of the stack, and the same where its edits of that file speak for themselves.
_WROTE: Final = 0.12
_AGAIN: Final = 0.05
_IGNORED: Final = ".git-blame-ignore-revs"
_TRAILER: Final = re.compile(
    r"^(?:Reviewed-by|Co-authored-by|Acked-by|Approved-by|Signed-off-by|Reviewed-on): .{1,200}$",
    re.MULTILINE,
)


class History(NamedTuple):
    """What git says. `changes`: newest first; `truncated`: there were more; `graph`: parents by commit."""

    commit: str
    changes: Sequence[Change]
    truncated: bool
    graph: Mapping[str, Sequence[str]]
    shallow: bool = False


def standing_of(key: CauseKey, code: Code) -> list[Standing]:
    """Where the frames of the user's own code stand, innermost first."""
    found = (code.stand(frame) for frame in key.frames if frame.own)
    return [at for at in found if at is not None]


class Outside(NamedTuple):
    """What is read where it is needed: a content of the history by its id; the repositories of modules."""

    read: Read
    look: Look | None = None


def suspects_of(repo: str, key: CauseKey, code: Code, history: History, outside: Outside) -> Caused:
    """Ranked suspects."""
    read = outside.read
    standing = standing_of(key, code)
    dependence = Tracer(code, key.failure).trace(standing)
    stands = frozenset(
        use.at for use in dependence.functions.values() if use.level is not None and use.at
    )
    scene = Scene(key, code, dependence, read, stands)
    weighing = Weighing(scene._replace(look=outside.look) if outside.look else scene)
    later = frozenset(key.later)
    containing = {good: reach(history.graph, (good,)) for good in key.good}
    steps = {
        change.sha: sum(change.sha in containing[good] for good in key.good)
        for change in history.changes
    }
    weighing.prepare(history.changes, _bases(history.changes, steps))
    known = [change for change in history.changes if change.sha not in later]
    copies = copies_of(known, history.graph)
    first_of = {each.sha: first for first, same in copies.items() for each in same}
    weighed = []
    for age, change in enumerate(history.changes):
        if change.sha in later or first_of.get(change.sha, change.sha) != change.sha:
            continue
        # It ran here as soon as one of its copies did.
        ran = max(steps[each.sha] for each in copies.get(change.sha, (change,)))
        weighed.append(Weighed(change, weighing.weigh(change, ran), ran, age))
    lines = {(at.path, at.line) for at in standing}
    within_range = Range(history.changes, read, _ignored(code))
    wrote = authors_of(history.commit, code.files, lines, within_range)
    authors = {place: first_of.get(sha, sha) for place, sha in wrote.items()}
    rows, none = ranked(_with_blame(weighed, standing, authors), _most(history, standing))
    named = [row for row in rows if row.confidence >= _LEAST][:_MOST_NAMED]
    within = {sha: reach(history.graph, (sha,)) for sha in key.ran}
    suspects = tuple(_suspect(row, key, within, copies) for row in named)
    paths = suspects[0].paths if suspects else tuple(at.path for at in standing[:1])
    return Caused(
        repo=repo,
        commit=history.commit,
        suspects=suspects,
        none=none,
        considered=len(weighed),
        owners=owners_of(code, paths),
        unknown=tuple(_unknown(key, history, standing)),
    )


def _ignored(code: Code) -> list[str]:
    """Commits that the repository asks to look through: https://git-scm.com/docs/git-blame#_options."""
    lines = from_bytes(code.read(_IGNORED)).splitlines()
    return [sha for line in lines if (sha := line.partition("#")[0].strip())]


def _most(history: History, standing: Sequence[Standing]) -> float:
    """The highest confidence that this much of a history allows."""
    if not standing:
        return calibration.NOWHERE
    return calibration.CUT_OFF if history.shallow or history.truncated else 1.0


def _bases(changes: Sequence[Change], steps: Mapping[str, int]) -> dict[int, dict[str, str]]:
    """For each number of steps the contents of files before the first commit of so many steps or fewer."""
    found: dict[int, dict[str, str]] = {}
    for most in sorted(set(steps.values())):
        base: dict[str, str] = {}
        for change in changes:
            if steps[change.sha] <= most:
                for file in change.files:
                    base[file.path] = file.before[0] if file.before else ""
        found[most] = base
    return found


def _with_blame(
    weighed: Sequence[Weighed], standing: Sequence[Standing], authors: Mapping[tuple[str, int], str]
) -> list[Weighed]:
    """Whoever wrote a line of the stack last is suspect, where anything of that commit can matter."""
    lines: dict[str, tuple[int, Standing]] = {}
    for level, at in reversed(list(enumerate(standing))):
        sha = authors.get((at.path, at.line))
        if sha is not None:
            lines[sha] = (level, at)
    found: list[Weighed] = []
    for item in weighed:
        hit = lines.get(item.change.sha)
        if hit is None or not item.signals:
            found.append(item)
            continue
        level, at = hit
        # What it edited there was weighed: that it wrote the line is no second reason.
        weighed_there = any(signal.path == at.path for signal in item.signals)
        signal = Signal(
            "blame",
            "blame",
            _WROTE * (_AGAIN if weighed_there else 1.0) * 0.8**level,
            f"it wrote line {at.line} of the stack last",
            at.path,
        )
        found.append(item._replace(signals=[*item.signals, signal]))
    return found


def _suspect(
    row: Ranked,
    key: CauseKey,
    within: Mapping[str, frozenset[str]],
    copies: Mapping[str, Sequence[Change]],
) -> SuspectCommit:
    change = row.weighed.change
    same = copies.get(change.sha, (change,))
    signals = sorted(row.weighed.signals, key=lambda s: (-s.weight, s.path, s.detail))
    evidence = [
        Evidence(kind=s.kind, detail=s.detail, weight=round(s.weight, 3))
        for s in signals[:_MOST_EVIDENCE]
    ]
    evidence.append(_range(row.weighed.steps))
    evidence.extend(
        Evidence(kind="copy", detail=f"{each.sha[:12]} is the same change", weight=0.0)
        for each in same
        if each is not change
    )
    return SuspectCommit(
        commit=change.sha,
        author=change.author,
        email=change.email,
        at=_instant(change.committed),
        subject=change.subject,
        trailers=tuple(dict.fromkeys(_TRAILER.findall(change.message)))[:8],
        confidence=row.confidence,
        steps=row.weighed.steps,
        ran=tuple(
            n for n, sha in enumerate(key.ran) if any(each.sha in within[sha] for each in same)
        ),
        paths=tuple(dict.fromkeys(s.path for s in signals))[:8],
        evidence=tuple(evidence),
    )


def _range(steps: int) -> Evidence:
    if steps == 0:
        detail = "it came to this place with the revision that crashed"
        return Evidence(kind="range", detail=detail, weight=1.0)
    detail = f"it was in {steps} revision{'s' if steps > 1 else ''} that ran here before"
    return Evidence(kind="range", detail=detail, weight=round(0.5**steps, 3))


def _instant(seconds: int) -> Instant | None:
    try:
        return Instant(seconds * 10**9)
    except ValueError:
        return None


def _unknown(
    key: CauseKey, history: History, standing: Sequence[Standing]
) -> Iterable[tuple[str, str, str]]:
    if not standing:
        yield (
            "where the crash stands in the source",
            "no frame of the stack is in the repository at this revision",
            "name the repository that the service is built from",
        )
    if history.shallow:
        yield (
            "older commits",
            "the clone is shallow",
            "fetch the whole history: git fetch --unshallow",
        )
    if history.truncated:
        yield (
            "older commits of the range",
            f"only the last {len(history.changes)} were read",
            "send the deploys of this place, so that the range is known",
        )
    if not key.good:
        yield (
            "the last revision that ran well",
            "no earlier deploy of this place is known",
            "send deploys and builds: see docs/webhooks.md",
        )
