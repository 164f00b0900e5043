"""What the stages hand on so that a cluster can be attributed: the site of its first crash, and what ran there.

Values only. A Site and a SeenIn travel with the crash from FINGERPRINT; LINK joins them with builds and deploys to a
Joined; ATTRIBUTE makes the question of a `commits` fact of both (core/suspects/site.py).
"""

from __future__ import annotations

from streams.model.cause import CauseFrame
from streams.model.instant import Instant
from streams.model.links import RevisionBy
from streams.model.message import Value


class Site(Value, frozen=True, kw_only=True):
    """What a crash shows of its cause: the class of failure, the text, frames innermost first, sizes that it names."""

    failure: str
    message: str = ""
    frames: tuple[CauseFrame, ...] = ()
    numbers: tuple[int, ...] = ()


class SeenIn(Value, frozen=True, kw_only=True):
    """Where a crash was seen and what it states of its build, each None where it says nothing."""

    env: str | None = None
    region: str | None = None
    canary: bool | None = None
    revision: str | None = None
    version: str | None = None
    build_id: str | None = None
    digest: str | None = None
    modified: bool = False


class Ran(Value, frozen=True, kw_only=True):
    """A deploy batch that brought a commit to a place; `share`: percent of the traffic of its first step."""

    commit: str
    batch: str
    build_id: str | None = None
    began: Instant
    share: float = 100.0


class Joined(Value, frozen=True, kw_only=True):
    """What builds and deploys say of a sighting.

    `crashed`: the revision, None where nothing says it; `names`: what a repository may know it by, the surest first.
    `good`, `good_builds`: what served the place before, the last one first. `ran`: each commit's first batch in the
    place until the crash, in order. `first`: position in `ran` of the batch that brought the crashed revision.
    `repos`: repositories that made builds which the service ran.
    """

    crashed: str | None = None
    names: tuple[str, ...] = ()
    build_id: str | None = None
    by: RevisionBy = "unknown"
    why: str = ""
    confidence: float = 0.0
    status: str | None = None
    attempt: int | None = None
    good: tuple[str, ...] = ()
    good_builds: tuple[str, ...] = ()
    ran: tuple[Ran, ...] = ()
    later: tuple[str, ...] = ()
    repos: tuple[str, ...] = ()
    first: int | None = None
