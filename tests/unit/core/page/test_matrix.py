"""Builds by deploys: each crash is in one cell, whatever order things come in."""

from __future__ import annotations

from itertools import permutations

from streams.core.page.matrix import NOT_STATED, matrix
from streams.model.events import LinkChanged
from streams.model.instant import Instant
from streams.model.listing import Occurrence


def at(seconds: int) -> Instant:
    return Instant(seconds * 1_000_000_000)


def deploy(batch: str, seconds: int, service: str = "cart", region: str = "eu") -> LinkChanged:
    return LinkChanged(
        link=f"{batch} {service} {region}",
        service=service,
        env="prod",
        region=region,
        deploy_batch=batch,
        action="rollout",
        phase="complete",
        timestamp=at(seconds),
    )


def crash(
    name: str,
    seconds: int | None,
    build: str | None,
    env: str | None = "prod",
    region: str | None = "eu",
) -> Occurrence:
    return Occurrence(name, None if seconds is None else at(seconds), "cart", build, env, region)


LINKS = (deploy("d1", 10), deploy("d2", 20), deploy("d0", 5, service="pay"))
CRASHES = (
    crash("1", 5, "v1"),
    crash("2", 10, "v1"),
    crash("3", 19, "v1"),
    crash("4", 20, "v2"),
    crash("5", 30, "v2"),
    crash("6", 30, None),
    crash("7", None, "v2"),
    crash("8", 30, "v2", region="us"),
    crash("9", 30, "v2", env=None, region=None),
)


def test_every_crash_is_in_one_cell() -> None:
    found = matrix(CRASHES, LINKS)
    assert found is not None
    assert [(c.batch.batch, c.crashes) for c in found.columns] == [("d1", 2), ("d2", 4)]
    assert [(r.build, r.cells, r.elsewhere, r.crashes) for r in found.rows] == [
        ("v2", (0, 3), 2, 5),
        ("v1", (2, 0), 1, 3),
        (NOT_STATED, (0, 1), 0, 1),
    ]
    assert found.crashes == sum(row.crashes for row in found.rows) == len(CRASHES)


def test_the_order_in_which_things_come_does_not_matter() -> None:
    assert {matrix(CRASHES, links) for links in permutations(LINKS)} == {
        matrix(CRASHES[::-1], LINKS)
    }


def test_a_crash_that_may_have_been_in_two_places_is_in_none() -> None:
    found = matrix((CRASHES[-1],), (*LINKS, deploy("d9", 1, region="us")))
    assert found is not None
    assert [(row.cells, row.elsewhere) for row in found.rows] == [((), 1)]


def test_where_nothing_is_known_there_is_no_matrix() -> None:
    assert matrix((), LINKS) is None
    assert matrix((crash("1", 1, None),), LINKS) is None


def test_much_is_left_out_and_said() -> None:
    links = tuple(deploy(f"d{n}", 10 * n) for n in range(1, 20))
    crashes = tuple(crash(str(n), 10 * n, f"b{n:02}") for n in range(1, 20))
    found = matrix(crashes, links)
    assert found is not None
    assert found.left_out == (7, 11)
    assert [column.batch.batch for column in found.columns] == [f"d{n}" for n in range(12, 20)]
