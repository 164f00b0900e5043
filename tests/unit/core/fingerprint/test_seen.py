"""What a crash says to a comparison of many."""

from __future__ import annotations

import pytest

from streams.core.cluster.assign import cluster_id_of
from streams.core.cluster.together import Seen, Step
from streams.core.fingerprint.seen import seen_of
from streams.core.fingerprint.texts import crash_of_text, fingerprinted
from streams.model.crash import Build
from streams.model.settings import PipelineSettings
from tests.golden.cases import HERE
from tests.unit.core.steps.bench import panic_text

LOCUS = PipelineSettings(method="locus1")


def seen(text: str, build: Build | None = None) -> Seen:
    crash = crash_of_text(text, build or Build(), LOCUS)
    assert crash is not None
    event = fingerprinted(crash, LOCUS)
    return seen_of("x", crash, event, cluster_id_of(event), LOCUS)


def test_frames_are_of_the_users_own_code_innermost_first() -> None:
    found = seen(panic_text(), Build(release="r1"))
    assert found.frames == (
        Step("example.com/acme/shop/cart.Store.Add", 6, "example.com/acme/shop/cart"),
        Step("main.main", 27, "main"),
    )
    assert (found.id, found.release, found.failure, found.fixed) == (
        "x",
        "r1",
        "nil-map-write",
        False,
    )
    assert found.says == ""


def test_what_an_explicit_panic_says_is_kept_as_far_as_it_is_constant() -> None:
    assert seen(panic_text(message="no value for 17")).says == "no value for"
    assert seen(panic_text(message="assignment to entry in nil map")).says == ""


@pytest.mark.parametrize(
    ("build", "release"),
    [
        (Build(release="r", tag="t", version="v", revision="e"), "r"),
        (Build(tag="t", version="v", revision="e"), "t"),
        (Build(version="v", revision="e"), "v"),
        (Build(revision="e"), "e"),
        (Build(), ""),
    ],
)
def test_a_release_is_whatever_names_the_build(build: Build, release: str) -> None:
    assert seen(panic_text(), build).release == release


def test_what_has_no_frames_stays_with_what_it_says() -> None:
    found = seen("panic: out of luck\n")
    assert found.frames == ()
    assert found.fixed


def test_a_stack_overflow_stays_with_its_cycle() -> None:
    """Where a cycle was cut is chance; lines of its frames tell no statement."""
    calls = "example.com/acme/shop/tree.Walk(0x1)\n\t/src/shop/tree/tree.go:9 +0x1\n" * 50
    text = (
        "runtime: goroutine stack exceeds 1000000000-byte limit\nfatal error: stack overflow\n\n"
        f"goroutine 1 [running]:\n{calls}main.main()\n\t/src/shop/main.go:27 +0x88\n"
    )
    assert seen(text).fixed


def test_a_stack_of_thousands_is_kept_in_part() -> None:
    calls = "".join(
        f"example.com/acme/shop/p{n}.F(0x1)\n\t/src/shop/p{n}/f.go:9 +0x1\n" for n in range(3000)
    )
    assert len(seen(f"panic: x\n\ngoroutine 1 [running]:\n{calls}").frames) == 24


def test_a_race_is_seen_at_its_smallest_access_whichever_came_first() -> None:
    text = (HERE / "data-race" / "input.go1.26.txt").read_text()
    found = seen(text, Build(release="r1"))
    assert [frame.function for frame in found.frames] == ["main.visits.add", "main.main"]
    assert found.frames[0].line == 11
    assert not found.fixed


def test_a_logged_error_is_seen_by_what_it_says() -> None:
    text = '{"level":"ERROR","msg":"no receipt","error":"write \\"a.csv\\": no space left"}\n'
    found = seen(text)
    assert (found.text, found.fixed) == ("?write *: no space left", True)
