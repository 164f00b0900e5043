"""Keys and values of `commits` and `fixed` facts: which changes of a repository may have caused a crash.

In: a key as a struct. Out: the text of its Request, and back. A key holds all that the answer depends on but the
repositories' commits, so that equal keys have equal answers, whatever the order in which things became known.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from streams.model.fact_key import FactKey
from streams.model.instant import Instant
from streams.model.message import Message, Value
from streams.model.report import Evidence, Unknown


class CauseFrame(msgspec.Struct, frozen=True, array_like=True):
    """A frame as printed. `own`: it is of the user's own code; `role` `creator`: it started the goroutine."""

    function: str
    file: str | None = None
    line: int | None = None
    package: str | None = None
    own: bool = True
    role: Literal["frame", "creator", "access"] = "frame"


class CauseKey(msgspec.Struct, frozen=True, omit_defaults=True):
    """A crash, and what is known of the revision that crashed and of those that ran before it in that place.

    `crashed`: names of the revision, the surest first (a hash, a tag, a version). `good`: commits that ran in that
    place before, the last one first; `ran`: commits of all its deploys until `until` (epoch ns: when the crash was
    first seen), in order. `later`: commits that were pushed after that, which are never named. `failure`: the class of
    failure (core/fingerprint/normalize.py). `numbers`: sizes that the crash shows.
    """

    repos: tuple[str, ...]
    crashed: tuple[str, ...]
    kind: str
    failure: str
    message: str = ""
    frames: tuple[CauseFrame, ...] = ()
    good: tuple[str, ...] = ()
    ran: tuple[str, ...] = ()
    later: tuple[str, ...] = ()
    until: int | None = None
    numbers: tuple[int, ...] = ()


class SuspectCommit(Value, frozen=True, kw_only=True):
    """A change that may have caused it; `confidence` 0..1.

    `steps`: 0 where it came with the revision that crashed first, 1 with the one before, and so on. `ran`: positions
    in the key's `ran` of the revisions that contain it. `paths`: the files in which the evidence lies.
    """

    commit: str
    author: str = ""
    email: str = ""
    at: Instant | None = None
    subject: str = ""
    trailers: tuple[str, ...] = ()
    confidence: float
    steps: int = 0
    ran: tuple[int, ...] = ()
    paths: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()


class Caused(Value, frozen=True, kw_only=True):
    """The answer: suspects, the likeliest first. `none`: how likely it is that no change is guilty.

    `commit`: the revision that was read. `owners`: of the file of the likeliest, else of the crash, by CODEOWNERS.
    `unknown`: what stood in the way, each `(what, why, how to know)`.
    """

    repo: str
    commit: str
    suspects: tuple[SuspectCommit, ...] = ()
    none: float = 1.0
    considered: int = 0
    owners: tuple[str, ...] = ()
    unknown: tuple[tuple[str, str, str], ...] = ()


class FixedKey(msgspec.Struct, frozen=True):
    """Which of these revisions have the change that a commit, tag or version `fix` names."""

    repos: tuple[str, ...]
    fix: str
    revisions: tuple[str, ...]


class Fixed(Value, frozen=True, kw_only=True):
    """By revision whether it has the fix; those that no repository knows are left out, with why."""

    has: dict[str, bool] = {}
    why: str = ""


_CAUSES: Final = FactKey[CauseKey]("commits", CauseKey)
cause_request = _CAUSES.request
cause_key = _CAUSES.key
_FIXES: Final = FactKey[FixedKey]("fixed", FixedKey)
fixed_request = _FIXES.request
fixed_key = _FIXES.key


class NamedCommit(Value, frozen=True, kw_only=True):
    """One suspect as `attribute` prints it."""

    sha: str
    confidence: float
    evidence: tuple[Evidence, ...] = ()
    author: str | None = None
    at: Instant | None = None
    subject: str | None = None


class Attribution(Message, frozen=True, kw_only=True):
    """attribution.v1: what `attribute` prints for one crash, suspects best first; empty where no change is guilty.

    `build_id` and `deploy_batch`: which first brought the likeliest commit to the place of the crash.
    `no_change`: how likely it is that no change is guilty.
    """

    case: str
    commits: tuple[NamedCommit, ...] = ()
    build_id: str | None = None
    deploy_batch: str | None = None
    crashed_revision: str | None = None
    crashed_build: str | None = None
    crashed_by: str | None = None
    last_good_build: str | None = None
    canary_percent: float | None = None
    no_change: float | None = None
    owners: tuple[str, ...] = ()
    unknown: tuple[Unknown, ...] = ()
