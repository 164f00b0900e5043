"""A made-up history of releases, for tests and benchmarks of trace_link.

In: how many. Out: events of git, CI and deploys.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from random import Random
from typing import Any, Final

import msgspec

from streams.model.events import Artifact, CiBuild, Deploy, GitPush
from streams.model.instant import Instant
from streams.model.message import Message

_HOUR_NS: Final = 3600 * 10**9
_BEGIN: Final = 1_790_000_000 * 10**9
_SERVICES: Final = ("cart", "shop", "pay")


def _at(hours: int) -> Instant:
    return Instant(_BEGIN + hours * _HOUR_NS)


def _release(number: int, chance: Random) -> Iterator[Message]:
    """A commit, its builds, and where they went; deploys state what their tools know."""
    service, at = chance.choice(_SERVICES), number * 6
    repo, commit = f"acme/{service}", sha256(b"%d" % number).hexdigest()[:40]
    made = (Artifact(service=service, digest=f"sha256:{number}"),)
    yield GitPush(delivery_id=f"p{number}", repo=repo, after=commit, occurred_at=_at(at))
    for attempt in range(1, chance.randint(2, 4)):
        yield CiBuild(
            delivery_id=f"c{number}.{attempt}",
            repo=repo,
            build_id=f"{service}-{number}",
            attempt=attempt,
            ref=f"refs/tags/v{number}",
            commit=commit,
            status=chance.choice(("success", "failure")),
            artifacts=made,
            occurred_at=_at(at + attempt),
        )
    stated: dict[str, Any] = chance.choice(
        (
            {"build_id": f"{service}-{number}"},
            {"digest": f"reg.example/{service}@sha256:{number}"},
            {"version": f"{number}"},
            {"revision": commit[: chance.choice((9, 40))]},
            {},
        )
    )
    for step in range(chance.randint(0, 4)):
        yield Deploy(
            delivery_id=f"d{number}.{step}",
            service=service,
            env="prod",
            region=chance.choice(("eu", "us")),
            batch=f"batch-{number}",
            action=chance.choice(("rollout", "rollout", "restart")),
            phase="canary" if step == 0 else "complete",
            percent=5 if step == 0 else 100,
            occurred_at=_at(at + 4 + step),
            **stated,
        )


def history(releases: int) -> list[Message]:
    """Releases of two months in any order; one in five deliveries comes again, later."""
    chance = Random(9)  # noqa: S311 - the same history every time
    events = [event for number in range(releases) for event in _release(number, chance)]
    again = [
        msgspec.structs.replace(event, received_at=_at(10_000))
        for event in chance.sample(events, len(events) // 5)
    ]
    events += again
    chance.shuffle(events)
    return events
