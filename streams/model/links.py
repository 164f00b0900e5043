"""What ran where: rollouts of a service in a place, the revision that crashed, the range that brought the crash.

Values only; core/join/timeline.py makes them of pushes, builds and deploys.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from streams.model.instant import Instant


class Place(msgspec.Struct, frozen=True, order=True):
    """Where something runs. An unknown environment or region is empty."""

    service: str
    env: str = ""
    region: str = ""


class Sighting(msgspec.Struct, frozen=True, kw_only=True):
    """One occurrence: when and where. `canary` None: it is not known which of two builds served it."""

    at: Instant
    place: Place
    canary: bool | None = None


class Stated(msgspec.Struct, frozen=True, kw_only=True):
    """What the crash itself says of its build, each empty where it does not."""

    revision: str = ""
    version: str = ""
    build_id: str = ""
    digest: str = ""
    modified: bool = False


class Built(msgspec.Struct, frozen=True, kw_only=True):
    """A CI build that succeeded; `attempt`: the one that did."""

    build_id: str
    commit: str
    ref: str = ""
    attempt: int = 1
    digests: tuple[str, ...] = ()


class Rollout(msgspec.Struct, frozen=True, kw_only=True):
    """One deploy batch in one place. `began`: its first step; `share`: percent of that step.

    `complete`: when it served everything; None: it never did. `commit` is empty where no build says it.
    """

    batch: str
    place: Place
    build_id: str
    commit: str
    began: Instant
    share: float = 100.0
    complete: Instant | None = None
    action: str = "rollout"


RevisionBy = Literal["revision", "build", "version", "digest", "deploys", "unknown"]


class Crashed(msgspec.Struct, frozen=True, kw_only=True):
    """The revision that crashed: `names` for a repository to look up, the surest first; `why` for people."""

    commit: str
    names: tuple[str, ...]
    build_id: str | None
    by: RevisionBy
    why: str
    confidence: float


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """The range that brought the crash to a place: after `good[0]` up to the crashed commit.

    `good`: commits that served the place before, the last one first. `ran`: commits deployed there until the crash,
    by their first deploy. `later`: commits that were pushed after the crash was first seen.
    """

    good: tuple[str, ...] = ()
    good_builds: tuple[str, ...] = ()
    ran: tuple[str, ...] = ()
    later: tuple[str, ...] = ()
    first: Rollout | None = None
