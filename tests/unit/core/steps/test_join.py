"""LINK and ATTRIBUTE: whatever the order of pushes, builds, deploys and crashes, the last reports are the same."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.adapters.memory_meter import MemoryMeter
from streams.adapters.no_facts import NoFacts
from streams.adapters.sqlite_store import SqliteStore
from streams.adapters.system_clock import SystemClock
from streams.drivers.embedded.engine import Engine
from streams.drivers.embedded.reading import reports
from streams.model.events import Artifact, CiBuild, Deploy, GitPush, RawPanic
from streams.model.message import Message
from streams.model.report import Report
from streams.topology import STAGES

PANIC = "panic: boom\n\ngoroutine 1 [running]:\nmain.{0}()\n\t/src/main.go:10 +0x1d\n"


def raw(name: str, service: str, function: str) -> RawPanic:
    """A crash of a service."""
    return RawPanic(text=PANIC.format(function), service=service, event_id=name)


EVENTS: tuple[tuple[str, Message], ...] = (
    ("panics.raw", raw("c1", "shop", "load")),
    ("panics.raw", raw("c2", "shop", "load")),
    ("panics.raw", raw("c3", "cart", "load")),
    ("panics.raw", raw("c4", "cart", "store")),
    ("git.pushed", GitPush(delivery_id="p1", repo="shop-repo", after="abc")),
    ("git.pushed", GitPush(delivery_id="p2", repo="other-repo")),
    ("ci.finished", CiBuild(delivery_id="b1", repo="shop-repo", build_id="17")),
    (
        "ci.finished",
        CiBuild(
            delivery_id="b2",
            repo="cart-repo",
            build_id="18",
            artifacts=(Artifact(service="cart", digest="sha256:1"),),
        ),
    ),
    ("deploys.changed", Deploy(delivery_id="d1", service="shop", build_id="17", batch="b-1")),
)


def final(events: tuple[tuple[str, Message], ...]) -> dict[str, Report]:
    """The reports after these events, by title, without their envelope."""
    with SqliteStore(None) as store:
        engine = Engine(STAGES, store, NoFacts(), SystemClock(), MemoryMeter())
        for topic, event in events:
            engine.submit(topic, "", event)
        return {report.content_hash: report for report in reports(store)}


def whys(events: tuple[tuple[str, Message], ...], function: str) -> str:
    """Why the cause is unknown of the cluster in this function."""
    found = final(events).values()
    report = next(r for r in found if r.root_cause.function == f"main.{function}")
    return report.unknown[0].why


@settings(max_examples=40, deadline=None)
@given(st.randoms(use_true_random=False), st.lists(st.sampled_from(EVENTS), max_size=5))
def test_any_order_and_any_repeats_give_the_same_reports(
    random: Random, again: list[tuple[str, Message]]
) -> None:
    shuffled = [*EVENTS, *again]
    random.shuffle(shuffled)
    assert final(tuple(shuffled)).keys() == final(EVENTS).keys()


def test_a_report_names_the_inputs_that_were_not_given() -> None:
    assert "not given for cart: CI builds, deploys, git pushes" in whys(EVENTS[:4], "store")
    assert "not given for cart: deploys, git pushes" in whys(EVENTS, "store")
    # One service of a cluster without an input is enough to say so.
    assert "not given for cart, shop: deploys" in whys(EVENTS, "load")


def test_a_report_with_all_inputs_says_what_they_do_not_tell() -> None:
    events = (EVENTS[0], EVENTS[4], EVENTS[6], EVENTS[8])
    assert whys(events, "load") == "neither the crash nor a deploy says what ran"


def test_nobody_is_suspected_without_a_repository() -> None:
    assert all(report.suspects == () for report in final(EVENTS).values())
