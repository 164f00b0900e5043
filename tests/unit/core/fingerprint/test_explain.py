"""Fingerprints: what they ignore (design: addresses, goroutine ids, other goroutines, build paths), what they see."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.fingerprint.explain import headline, short_function
from streams.core.fingerprint.texts import fingerprinted
from streams.core.steps.symbolize import crash_of
from streams.model.crash import Build, Context, Crash
from streams.model.events import Fingerprinted, RawPanic
from streams.model.settings import PipelineSettings
from tests.unit.core.steps.bench import panic_text

OTHERS = (
    "goroutine {} [select, 3 minutes]:\nmain.serve(0x{:x})\n\t{}/serve.go:9 +0x1\n",
    "goroutine {} [IO wait]:\ninternal/poll.runtime_pollWait(0x{:x}, 0x72)\n\t/go/src/runtime/netpoll.go:351 +0x85\n",
    "goroutine {} [chan receive]:\nexample.com/lib.Loop(0x{:x})\n\t{}/lib.go:9 +0x1\ncreated by main.main\n",
)


def made(text: str, **fields: object) -> Fingerprinted:
    raw = RawPanic(text=text, event_id="e", **fields)  # type: ignore[arg-type] # fields of RawPanic
    crash = crash_of(raw, PipelineSettings())
    assert crash is not None
    return fingerprinted(crash)


def identity(text: str) -> tuple[str, str, str]:
    found = made(text)
    return found.fingerprint, found.block, found.title


@given(
    number=st.integers(1, 10**9),
    address=st.integers(0, 2**64 - 1),
    folder=st.sampled_from(["/src", "/home/me/go/src", "C:/build", "/build/b001"]),
    others=st.lists(st.tuples(st.sampled_from(OTHERS), st.integers(10**10, 10**11)), max_size=5),
    seed=st.randoms(),
)
def test_addresses_goroutine_ids_other_goroutines_and_build_paths_do_not_matter(
    number: int,
    address: int,
    folder: str,
    others: list[tuple[str, int]],
    seed: Random,
) -> None:
    text = panic_text(
        goroutine=number, address=hex(address), file=f"{folder}/cart.go", line=number % 900 + 1
    )
    seed.shuffle(others)
    blocks = [block.format(goroutine, address, folder) for block, goroutine in others]
    assert identity("\n".join([text, *blocks])) == identity(panic_text())


@pytest.mark.parametrize(
    "text",
    [
        panic_text("example.com/acme/shop/cart.(*Store).Remove"),
        panic_text(message="integer divide by zero"),
        panic_text("example.com/acme/stock/cart.(*Store).Add"),
    ],
)
def test_another_function_or_failure_is_another_fingerprint(text: str) -> None:
    assert made(text).fingerprint != made(panic_text()).fingerprint


def test_a_crash_without_frames_is_named_by_its_first_line_without_addresses() -> None:
    one, other = (made(f"panic: main.T{{p:{at}}} broke\n") for at in ("0xc000012345", "0xc0007"))
    assert one.fingerprint == other.fingerprint
    assert one.block == other.block == "?main.T{p:0x…} broke"
    assert made("panic: other\n").fingerprint != one.fingerprint


def test_the_event_carries_what_clustering_and_people_need() -> None:
    found = made(
        panic_text(),
        service="shop",
        host="h",
        build=Build(module="example.com/acme/shop", version="v1"),
        context=Context(http_status=500),
        continues="e-0",
        anonymous=True,
        at_zone_assumed=True,
    )
    cause = found.root_cause
    assert found.title == "assignment to entry in nil map in cart.(*Store).Add"
    assert (cause.function, cause.package) == (
        "example.com/acme/shop/cart.(*Store).Add",
        "example.com/acme/shop/cart",
    )
    assert (cause.file, cause.line) == ("/src/shop/cart/cart.go", 6)
    assert (cause.module, cause.rule) == ("example.com/acme/shop", "locus1/top-in-app")
    assert (cause.domain, cause.domain_rule) == ("nil-map", "nil-map")
    assert (found.crash, found.service, found.host, found.build) == ("e", "shop", "h", "v1")
    assert (found.features.panic_type, found.features.http_status) == ("nil-map-write", 500)
    assert (found.continues, found.anonymous, found.at_zone_assumed) == ("e-0", True, True)
    rules = [reason.rule for reason in found.explain]
    assert rules == ["failure-class", "top-in-app", "domain/nil-map"]
    assert (found.by, len(found.frames)) == ("names", 16)
    # The key of the cluster, and the name of the distinct stack.
    assert found.locus.startswith("locus1:")
    assert found.fingerprint.startswith("locus1:")
    assert found.fingerprint != found.locus


@pytest.mark.parametrize(
    ("module", "stated"),
    [
        ("example.com/acme/shop", True),
        ("example.com/acme/sh", False),
        ("example.com/other", False),
        (None, False),
    ],
)
def test_the_module_is_stated_when_the_package_is_in_it(
    module: str | None, *, stated: bool
) -> None:
    found = made(panic_text(), build=Build(module=module)).root_cause.module
    assert found == (module if stated else None)


@pytest.mark.parametrize(
    ("build", "name"),
    [
        (Build(), None),
        (Build(revision="4f2a"), "4f2a"),
        (Build(revision="4f2a", tag="v1"), "v1"),
        (Build(tag="v1", version="v1.2"), "v1.2"),
        (Build(version="v1.2", release="r7"), "r7"),
        (Build(release="r7", build_id="b"), "b"),
    ],
)
def test_a_build_is_named_by_the_most_exact_name_it_has(build: Build, name: str | None) -> None:
    assert made(panic_text(), build=build).build == name


@pytest.mark.parametrize(
    ("function", "short"),
    [
        ("example.com/acme/shop/cart.(*Store).Add", "cart.(*Store).Add"),
        ("main.main", "main.main"),
    ],
)
def test_a_function_is_shown_as_go_developers_say_it(function: str, short: str) -> None:
    assert short_function(function) == short


@pytest.mark.parametrize(
    ("message", "line"),
    [
        ("boom", "boom"),
        ("\n  boom\nmore", "boom"),
        ("", "panic"),
        ("x" * 121, "x" * 119 + "…"),
        ("x" * 120, "x" * 120),
    ],
)
def test_a_headline_is_the_first_line_cut_to_fit(message: str, line: str) -> None:
    assert headline(Crash(id="e", kind="panic", message=message)) == line
