"""A small world for tests of the root cause: a real repository, and everything that CI and deploys say of it.

The second of three commits takes a check away; it is deployed to two regions, one after the other, and crashes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from streams.model.crash import Build, Context
from streams.model.events import CiBuild, Deploy, GitPush, RawPanic
from streams.model.instant import Instant
from streams.model.message import Message
from tests.git_repository import Repository

Sent = tuple[str, Message]
# The name by which commands and settings know it.
REPO: Final = "shop"
_HOUR: Final = 3600 * 10**9
_START: Final = 1_795_000_000 * 10**9
_UNKNOWN: Final = Build()
# In hours.
FIRST_SEEN: Final = 18.0
_CHECKED: Final = """package cart

// Price is what a row costs.
func Price(rows []int, at int) int {
	if at >= len(rows) {
		return 0
	}
	return rows[at]
}
"""
_UNCHECKED: Final = """package cart

// Price is what a row costs.
func Price(rows []int, at int) int {
	return rows[at]
}
"""
_MAIN: Final = """package main

import "example.com/shop/cart"

func main() { println(cart.Price(nil, 3)) }
"""
_TEXT: Final = """panic: runtime error: index out of range [3] with length 0

goroutine 1 [running]:
example.com/shop/cart.Price(...)
	example.com/shop/cart/cart.go:5
main.main()
	example.com/shop/main.go:5 +0x1d
"""


def at(hours: float) -> Instant:
    return Instant(_START + int(hours * _HOUR))


def _builds(commits: Sequence[str]) -> Iterator[Sent]:
    for number, commit in enumerate(commits):
        yield (
            "git.pushed",
            GitPush(
                delivery_id=f"p{number}",
                occurred_at=at(10 * number),
                repo="acme/shop",
                after=commit,
                commits=(commit,),
            ),
        )
        build = CiBuild(
            delivery_id=f"b{number}",
            occurred_at=at(10 * number + 1),
            repo="acme/shop",
            build_id=f"shop-{number}",
            commit=commit,
            status="success",
        )
        yield "ci.finished", build


def _deploys() -> Iterator[Sent]:
    """Each build in two regions, the second one a day later; canary first, restarts in between."""
    for number in range(3):
        for region, late in (("eu", 0), ("us", 24)):
            batch = f"{region}-{number}"
            steps = (("canary", 5.0), ("ramp", 25.0), ("complete", 100.0))
            for step, (phase, percent) in enumerate(steps):
                yield (
                    "deploys.changed",
                    Deploy(
                        delivery_id=f"d{batch}-{step}",
                        occurred_at=at(10 * number + 2 + late + step),
                        service="shop",
                        env="prod",
                        region=region,
                        batch=batch,
                        action="rollout",
                        phase=phase,
                        percent=percent,
                        build_id=f"shop-{number}",
                    ),
                )
    restart = Deploy(
        delivery_id="r1", occurred_at=at(17), service="shop", env="prod", region="eu",
        batch="restart-1", action="restart", phase="complete", build_id="shop-1",
    )  # fmt: skip
    yield "deploys.changed", restart


def _crash(name: str, hours: float, region: str, build: Build = _UNKNOWN) -> Sent:
    attributes = {"env": "prod", "cloud.region": region}
    return (
        "panics.raw",
        RawPanic(
            text=_TEXT,
            at=at(hours),
            service="shop",
            host=name,
            build=build,
            context=Context(attributes=attributes),
            event_id=name,
        ),
    )


def make(folder: Path) -> tuple[str, str, str]:
    """The repository: with a check, without it, and a change that has nothing to do with it. Their commits."""
    repository = Repository(folder)
    files = {"go.mod": "module example.com/shop\n\ngo 1.21\n", "main.go": _MAIN}
    return (
        repository.commit({**files, "cart/cart.go": _CHECKED}),
        repository.commit({"cart/cart.go": _UNCHECKED, "README.md": "shop\n"}),
        repository.commit({"README.md": "the shop\n"}),
    )


def events_of(commits: Sequence[str]) -> tuple[Sent, ...]:
    """Everything that happens. The first crash says what it was built from, the others only where and when."""
    return (
        *_builds(commits),
        *_deploys(),
        _crash("c1", FIRST_SEEN, "eu", Build(revision=commits[1])),
        _crash("c2", 25, "eu"),
        _crash("c3", 40, "us"),
    )
