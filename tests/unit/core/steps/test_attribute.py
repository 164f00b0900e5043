"""ATTRIBUTE: a report per cluster, sent when its content is new."""

from __future__ import annotations

import msgspec
import pytest

from streams.core.cluster.assign import born, grown
from streams.core.steps.attribute import Attributed, attributing, content_hash, report_of, step
from streams.model.cause import Fixed, FixedKey, fixed_request
from streams.model.events import (
    AttributionRequest,
    ClusterChanged,
    ClusterSummary,
    ServiceSeen,
)
from streams.model.instant import Instant
from streams.model.message import Message, encode
from streams.model.report import Report
from streams.model.settings import PipelineSettings
from streams.model.step import Absent, Count, Done, Need, Present
from tests.unit.core.steps.bench import Rows, crashed, done, panic_text

DAY = 24 * 3600 * 10**9


def summary(
    *times: int | None,
    services: tuple[str, ...] = ("shop",),
    builds: tuple[str | None, ...] = ("v1", "v1"),
) -> ClusterSummary:
    """A cluster of crashes at these times, of these builds."""
    crash = crashed(panic_text(), event_id="e-0", build="v1")
    found = born(crash)
    for number, time in enumerate(times):
        event = msgspec.structs.replace(
            crash,
            crash=f"e-{number}",
            build=builds[number % len(builds)],
            at=None if time is None else Instant(time),
            anonymous=False,
        )
        found = grown(found, event, new_host=False, new_fingerprint=not number)
    return msgspec.structs.replace(found, services=services)


def changed(cluster: ClusterSummary) -> ClusterChanged:
    return ClusterChanged(cluster=cluster.cluster, change="grew", summary=cluster)


def request(cluster: ClusterSummary, service: str, *given: str) -> AttributionRequest:
    return AttributionRequest(cluster=cluster.cluster, service=service, given=given)


def sent(state: Rows, *events: Message) -> list[Report]:
    """The reports that events make."""
    found: list[Report] = []
    for event in events:
        made = done(step, state, event)
        state.apply(made.changes)
        found += [e.event for e in made.outputs if isinstance(e.event, Report)]
        assert made.counts.count(Count("panictrail_reports_total")) == len(made.outputs)
    return found


def test_a_cluster_becomes_a_report_with_what_is_known() -> None:
    cluster = summary(7, 5)
    (report,) = sent(Rows(), changed(cluster))
    assert (report.cluster, report.occurrences, report.revision) == (cluster.cluster, 2, 1)
    assert (report.first_seen, report.last_seen) == (Instant(5), Instant(7))
    assert (report.representative, report.title) == ("e-1", cluster.representative.title)
    assert report.root_cause == cluster.representative.root_cause
    assert (report.services, report.builds, report.fingerprints) == (("shop",), ("v1",), 1)
    assert (report.kind, report.explain) == ("panic", cluster.explain)
    assert report.content_hash == content_hash(report)


def test_unchanged_content_is_not_sent_again_and_new_content_has_the_next_revision() -> None:
    state = Rows()
    one, two = summary(5), summary(5, 6)
    reports = sent(state, changed(one), changed(one), changed(two), changed(two))
    assert [(r.revision, r.occurrences) for r in reports] == [(1, 1), (2, 2)]
    assert reports[0].content_hash != reports[1].content_hash


def test_the_envelope_is_no_content() -> None:
    (report,) = sent(Rows(), changed(summary(5)))
    other = msgspec.structs.replace(report, generation=9, revision=9, content_hash="x")
    assert content_hash(other) == report.content_hash
    changed_title = msgspec.structs.replace(report, title="x")
    assert content_hash(changed_title) != report.content_hash


def test_a_request_before_the_cluster_is_remembered() -> None:
    state, cluster = Rows(), summary(5)
    assert sent(state, request(cluster, "shop", "deploy")) == []
    (report,) = sent(state, changed(cluster))
    assert "git pushes" in report.unknown[0].why
    assert "deploys" not in report.unknown[0].why


def test_a_kind_counts_as_given_when_every_service_of_the_cluster_has_it() -> None:
    state, cluster = Rows(), summary(5, services=("cart", "shop"))
    kinds = ("ci.build", "deploy", "git.push")
    whys = [
        report.unknown[0].why
        for report in sent(
            state,
            changed(cluster),
            request(cluster, "shop", *kinds),
            request(cluster, "cart", "deploy"),
            request(cluster, "cart", *kinds),
        )
    ]
    assert whys == [
        "not given for cart, shop: CI builds, deploys, git pushes",
        "not given for cart, shop: CI builds, git pushes",
        "no repository is given",
    ]


@pytest.mark.parametrize(
    ("times", "status"),
    [
        ((), "new"),
        ((None,), "new"),
        ((5,), "new"),
        ((5, 4 + DAY), "new"),
        ((5, 5 + DAY), "ongoing"),
    ],
)
def test_a_cluster_that_is_still_seen_a_day_later_is_ongoing(
    times: tuple[int | None, ...], status: str
) -> None:
    cluster = summary(*times)
    assert report_of(cluster, Attributed()).status == status


def part(cluster: ClusterSummary, name: str, to: str, hosts: bytes = b"") -> ClusterChanged:
    """A part of a merged cluster."""
    renamed = msgspec.structs.replace(cluster, cluster=name, hosts=len(hosts) // 8)
    return ClusterChanged(
        cluster=to, change="merged", summary=renamed, part=None if name == to else name, hosts=hosts
    )


ONE, TWO, THREE = (bytes([n]) * 8 for n in (1, 2, 3))


def test_the_parts_of_a_merged_cluster_are_one_report_with_each_host_once() -> None:
    a, b = part(summary(5, 6), "a", "a", ONE + TWO), part(summary(9), "b", "a", TWO + THREE)
    for order in ((a, b), (b, a), (a, b, a)):
        report = sent(Rows(), *order)[-1]
        assert (report.cluster, report.occurrences, report.hosts) == ("a", 3, 3)
        assert (report.first_seen, report.last_seen) == (Instant(5), Instant(9))


def test_a_part_that_leaves_takes_its_numbers_and_the_last_one_takes_the_report() -> None:
    state = Rows()
    sent(state, part(summary(5), "a", "a", ONE), part(summary(9), "b", "a", TWO))
    (report,) = sent(state, ClusterChanged(cluster="a", change="split", part="b"))
    assert (report.occurrences, report.hosts, report.last_seen) == (1, 1, Instant(5))
    made = done(step, state, ClusterChanged(cluster="a", change="merged"))
    assert [(e.topic, e.key, e.event) for e in made.outputs] == [("reports.root_cause", "a", None)]
    state.apply(made.changes)
    assert sent(state, request(summary(5), "shop", "deploy")) == []
    (again,) = sent(state, part(summary(5), "a", "a"))
    assert again.revision > report.revision


@pytest.mark.parametrize(
    ("ignored", "resolved", "status"),
    [
        (True, None, "ignored"),
        (False, 6, "resolved"),
        (False, 5, "regressed"),
        (False, 4, "regressed"),
    ],
)
def test_what_people_decided_is_the_status(
    *, ignored: bool, resolved: int | None, status: str
) -> None:
    event = msgspec.structs.replace(
        changed(summary(3, 6, builds=("v1", "v2"))),
        ignored=ignored,
        resolved_at=None if resolved is None else Instant(resolved),
    )
    (report,) = sent(Rows(), event)
    assert report.status == status


@pytest.mark.parametrize(
    ("builds", "status"),
    [
        (("v1", "v1"), "resolved"),
        (("v1", "v2"), "regressed"),
        (("v1", None), "regressed"),
        ((None, None), "regressed"),
    ],
)
def test_an_old_instance_that_still_runs_is_no_regression(
    builds: tuple[str | None, ...], status: str
) -> None:
    event = msgspec.structs.replace(changed(summary(3, 6, builds=builds)), resolved_at=Instant(5))
    assert sent(Rows(), event)[0].status == status


@pytest.mark.parametrize(
    ("build", "status", "doubt"),
    [
        ("v1.4.1", "resolved", False),
        ("v1.4.2-rc.1", "resolved", False),
        ("v1.4.2", "regressed", False),
        ("v1.10.0", "regressed", False),
        ("canary-7", "regressed", True),
        (None, "regressed", True),
    ],
)
def test_a_build_without_the_fix_is_no_regression(
    *, build: str | None, status: str, doubt: bool
) -> None:
    event = msgspec.structs.replace(
        changed(summary(3, 6, builds=("v1.4.0", build))),
        resolved_at=Instant(5),
        fixed_in="v1.4.2",
    )
    (report,) = sent(Rows(), event)
    assert report.status == status
    assert any(u.what.startswith("whether it came back") for u in report.unknown) == doubt


def test_the_repository_says_which_builds_have_the_fix() -> None:
    """Asked once, again only where something was missing; what it says counts for more than versions do."""
    found = summary(3, 6, builds=("v1.0.0", "v2.0.0"))
    event = msgspec.structs.replace(changed(found), resolved_at=Instant(5), fixed_in="v1.9.0")
    state, asking = Rows(), attributing(PipelineSettings(repositories=("shop",)))
    wanted = fixed_request(FixedKey(repos=("shop",), fix="v1.9.0", revisions=("v2.0.0",)))
    assert asking(state, event, {}) == Need((wanted,))
    for fact, status in (
        (Present(encode(Fixed(has={"v2.0.0": False}))), "resolved"),
        (Present(encode(Fixed(has={"v2.0.0": True}))), "regressed"),
        (Absent("v1.9.0 is in none of shop"), "regressed"),
    ):
        state = Rows()
        made = asking(state, event, {wanted: fact})
        assert isinstance(made, Done)
        (report,) = (sent.event for sent in made.outputs if isinstance(sent.event, Report))
        assert report.status == status
        state.apply(made.changes)
        assert isinstance(asking(state, event, {}), Done)
    # What nobody knew is asked again as soon as there is news.
    assert asking(state, request(found, "shop", "git.push"), {}) == Need((wanted,))


def test_a_crash_without_a_time_is_no_regression() -> None:
    event = msgspec.structs.replace(changed(summary(None)), resolved_at=Instant(1))
    assert sent(Rows(), event)[0].status == "resolved"


def test_other_messages_are_none_of_its_business() -> None:
    assert done(step, Rows(), ServiceSeen(service="s", cluster="c")) == Done()
