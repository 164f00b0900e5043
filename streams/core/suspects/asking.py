"""The question for a crash, and what its answer means for builds and deploys.

In: a crash, where it was seen, a Timeline. Out: the key of a `commits` fact; with its answer, an Attribution. Both
depend on what happened alone, never on the order in which it was heard of.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from streams.core.fingerprint.normalize import failure_class
from streams.core.join.timeline import Timeline
from streams.core.suspects.site import site_of
from streams.model.cause import Attribution, Caused, CauseKey, NamedCommit
from streams.model.crash import Crash
from streams.model.links import Crashed, Rollout, Sighting, Stated, Window
from streams.model.report import Unknown


class Question(NamedTuple):
    """What is asked, and what was worked out for it."""

    key: CauseKey
    crashed: Crashed
    window: Window
    seen: tuple[Sighting, ...]


def question(
    repos: Sequence[str],
    crash: Crash,
    stated: Stated,
    seen: Sequence[Sighting],
    timeline: Timeline,
) -> Question:
    """The question for a crash that was seen at these times and places."""
    crashed = timeline.crashed(stated, seen)
    window = timeline.window(crashed, seen)
    first = min((s.at for s in seen), default=None)
    value_type = crash.panics[0].type if crash.panics else None
    site = site_of(crash, failure_class(crash.message, value_type, crash.kind))
    key = CauseKey(
        repos=tuple(repos),
        crashed=tuple(dict.fromkeys(name for name in (crashed.commit, *crashed.names) if name)),
        kind=crash.kind,
        failure=site.failure,
        message=site.message,
        frames=site.frames,
        good=window.good,
        ran=window.ran,
        later=window.later,
        until=first.ns if first else None,
        numbers=site.numbers,
    )
    return Question(key, crashed, window, tuple(seen))


def attribution(
    case: str, asked: Question, timeline: Timeline, caused: Caused | None, why: str = ""
) -> Attribution:
    """The answer with its builds and deploys. `why`: what stood in the way where there is none."""
    crashed, window = asked.crashed, asked.window
    brought = _brought(asked, timeline, caused)
    unknown = [Unknown(what=w, why=y, how=h) for w, y, h in (caused.unknown if caused else ())]
    if caused is None:
        unknown.append(Unknown(what="the change", why=why, how="name the repository by --repo"))
    if not crashed.commit:
        how = "build with vcs stamping, or send builds and deploys"
        unknown.append(Unknown(what="the revision that crashed", why=crashed.why, how=how))
    return Attribution(
        case=case,
        commits=tuple(
            NamedCommit(
                sha=s.commit,
                confidence=s.confidence,
                evidence=s.evidence,
                author=s.author,
                at=s.at,
                subject=s.subject,
            )
            for s in (caused.suspects if caused else ())
        ),
        build_id=brought.build_id or None if brought else None,
        deploy_batch=brought.batch if brought else None,
        crashed_revision=(caused.commit if caused else crashed.commit) or None,
        crashed_build=crashed.build_id,
        crashed_by=crashed.why,
        last_good_build=next(iter(window.good_builds), None),
        canary_percent=brought.share if brought else None,
        no_change=caused.none if caused else None,
        owners=caused.owners if caused else (),
        unknown=tuple(unknown),
    )


def _brought(asked: Question, timeline: Timeline, caused: Caused | None) -> Rollout | None:
    """The batch that first brought the likeliest commit to the place of the crash."""
    if caused is None or not caused.suspects or not asked.seen:
        return None
    first = min(asked.seen, key=lambda s: (s.at, s.place))
    commits = [asked.key.ran[n] for n in caused.suspects[0].ran]
    return timeline.brought(first.place, commits, first.at)
