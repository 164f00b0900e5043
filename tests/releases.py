"""A made-up history of releases, for tests and benchmarks of trace_link.

In: how many. Out: events of git, CI and deploys; what is as if by chance is a hash, and the same every time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any, Final, TypeVar

import msgspec

from streams.model.events import Artifact, CiBuild, Deploy, GitPush
from streams.model.instant import Instant
from streams.model.message import Message

_HOUR_NS: Final = 3600 * 10**9
_BEGIN: Final = 1_790_000_000 * 10**9
_SERVICES: Final = ("cart", "shop", "pay")
T = TypeVar("T")


def _at(hours: int) -> Instant:
    return Instant(_BEGIN + hours * _HOUR_NS)


def hashed(*what: object) -> int:
    """A number that is as if by chance, and the same for the same."""
    return int.from_bytes(sha256(repr(what).encode()).digest())


def one_of(among: Sequence[T], *what: object) -> T:
    """One that is taken as if by chance, and the same for the same."""
    return among[hashed(*what) % len(among)]


def _release(number: int) -> Iterator[Message]:
    """A commit, its builds, and where they went; deploys state what their tools know."""
    service, at = one_of(_SERVICES, "service", number), number * 6
    repo, commit = f"acme/{service}", sha256(b"%d" % number).hexdigest()[:40]
    made = (Artifact(service=service, digest=f"sha256:{number}"),)
    yield GitPush(delivery_id=f"p{number}", repo=repo, after=commit, occurred_at=_at(at))
    for attempt in range(1, one_of((2, 3, 4), "attempts", number)):
        yield CiBuild(
            delivery_id=f"c{number}.{attempt}",
            repo=repo,
            build_id=f"{service}-{number}",
            attempt=attempt,
            ref=f"refs/tags/v{number}",
            commit=commit,
            status=one_of(("success", "failure"), "status", number, attempt),
            artifacts=made,
            occurred_at=_at(at + attempt),
        )
    stated: dict[str, Any] = one_of(
        (
            {"build_id": f"{service}-{number}"},
            {"digest": f"reg.example/{service}@sha256:{number}"},
            {"version": f"{number}"},
            {"revision": commit[: one_of((9, 40), "digits", number)]},
            {},
        ),
        "stated",
        number,
    )
    for step in range(one_of(range(5), "steps", number)):
        yield Deploy(
            delivery_id=f"d{number}.{step}",
            service=service,
            env="prod",
            region=one_of(("eu", "us"), "region", number, step),
            batch=f"batch-{number}",
            action=one_of(("rollout", "rollout", "restart"), "action", number, step),
            phase="canary" if step == 0 else "complete",
            percent=5 if step == 0 else 100,
            occurred_at=_at(at + 4 + step),
            **stated,
        )


def history(releases: int) -> list[Message]:
    """Releases of two months in any order; one in five deliveries comes again, later."""
    events = [event for number in range(releases) for event in _release(number)]
    events += [
        msgspec.structs.replace(event, received_at=_at(10_000))
        for number, event in enumerate(events)
        if hashed("again", number) % 5 == 0
    ]
    order = sorted(range(len(events)), key=lambda number: hashed("order", number))
    return [events[number] for number in order]
