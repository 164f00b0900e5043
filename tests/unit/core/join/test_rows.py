"""Rows of trace_link: what joins a deploy with its build, what stays unknown, and builds that nobody deployed."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.join.given import SERVICE_REPO
from streams.core.join.given import given as kinds_given
from streams.model.events import Artifact, CiBuild, Deploy, GitPush
from streams.model.instant import Instant
from streams.model.message import Message
from tests.unit.core.join.linked import DAY_NS, OTHER, SHA, Linked, build, deploy, push, rows


def both(*events: Message) -> Linked:
    """The same rows whichever end the events come from."""
    forward, backward = Linked().take(*events), Linked().take(*reversed(events))
    assert forward.rows == backward.rows
    return forward


JOINS = [
    (deploy(number="7"), build(), "build_id"),
    (deploy(digest="sha256:1f"), build(made=[("shop", "sha256:1f")]), "digest"),
    (deploy(digest="reg/shop@sha256:1f"), build(made=[(None, "sha256:1f")]), "digest"),
    (deploy(version="1.4.2"), build(tag="v1.4.2", made=[("shop", None)]), "version"),
    (deploy(revision=SHA), build(), "revision"),
    (deploy(revision=SHA[:12].upper()), build(), "revision"),
    (deploy(version=SHA[:8]), build(), "revision"),
    (deploy(version=f"sha-{SHA}"), build(), "revision"),
    (deploy(version="1.4.2"), build(ref="v1.4.2", made=[("shop", None)]), "version"),
    (deploy(number="8", digest="sha256:1f"), build(made=[(None, "sha256:1f")]), "digest"),
    (deploy(number="7", digest="sha256:2e"), build(made=[(None, "sha256:1f")]), "build_id"),
]


@pytest.mark.parametrize(("deployed", "built", "by"), JOINS)
def test_a_deploy_is_joined_with_its_build(deployed: Deploy, built: CiBuild, by: str) -> None:
    row = both(deployed, built).of("d")
    assert (row.commit_sha, row.repo, row.joined_by) == (SHA, "acme/shop", by)
    assert (row.build_status, row.build_attempt) == ("success", 1)
    assert (row.deploy_batch, row.service, row.env, row.region) == ("batch-d", "shop", "prod", "eu")


def test_a_deploy_whose_build_is_not_known_yet_has_no_commit_and_gets_it() -> None:
    linked = Linked().take(deploy(number="7", at=9))
    row = linked.of("d")
    assert (row.commit_sha, row.build_id, row.joined_by, row.timestamp) == (
        None, "7", None, Instant(9),
    )  # fmt: skip
    assert linked.take(build()).of("d").commit_sha == SHA
    assert len(linked.rows) == 1


def test_what_the_deploy_does_not_say_is_taken_from_the_build() -> None:
    row = both(deploy(number="7"), build(tag="v2.0.0", made=[("shop", "sha256:1f")])).of("d")
    assert (row.digest, row.version) == ("sha256:1f", "v2.0.0")
    row = both(deploy(digest="sha256:1f"), build(made=[("shop", "sha256:1f")])).of("d")
    assert row.build_id == "7"


def test_build_id_is_believed_before_digest_version_and_revision() -> None:
    """Whatever of it is known at the time; the last build to come corrects the row."""
    deployed = deploy(number="7", digest="sha256:2", version="v3", revision=OTHER)
    steps = [
        (push(OTHER), OTHER, "revision"),
        (build("v", number="3", commit="3" * 40, tag="v3", made=[("shop", None)]), "3" * 40, "version"),
        (build("g", number="2", commit="2" * 40, made=[(None, "sha256:2")]), "2" * 40, "digest"),
        (build("i", number="7", commit="1" * 40), "1" * 40, "build_id"),
    ]  # fmt: skip
    linked = Linked().take(deployed)
    for event, commit, by in steps:
        row = linked.take(event).of("d")
        assert (row.commit_sha, row.joined_by) == (commit, by)
    # Those that lost it are builds that nobody deployed.
    assert [row.build_id for row in linked.undeployed()] == unordered(linked, ["2", "3"])
    both(deployed, *(event for event, _, _ in steps))


def unordered(linked: Linked, names: list[str]) -> list[str]:
    """The names in the order of row ids."""
    return [row.build_id or "" for row in linked.undeployed() if row.build_id in names]


def test_a_version_is_a_tag_of_repositories_that_the_service_is_known_to_run() -> None:
    """Everybody has a v1.0.0: another repository's says nothing."""
    deployed = deploy(version="v1.0.0")
    foreign = build("f", repo="acme/tools", tag="v1.0.0", commit=OTHER)
    linked = Linked().take(deployed, foreign)
    assert linked.of("d").joined_by is None
    own = build("o", repo="acme/shop", number="9", tag="v1.0.0")
    assert linked.take(own).of("d").joined_by is None
    # Another deploy proves which repository the service is made of, and the row of the first one is filled.
    proof = build("p", repo="acme/shop", number="8", commit="8" * 40)
    linked.take(deploy("e", number="8"), proof)
    assert (linked.of("d").commit_sha, linked.of("d").joined_by) == (SHA, "version")
    both(deployed, foreign, own, deploy("e", number="8"), proof)


def test_two_repositories_that_number_alike_are_told_apart_or_the_commit_is_unknown() -> None:
    one, two = build("1"), build("2", repo="acme/cart", commit=OTHER)
    row = both(deploy(number="7"), one, two).of("d")
    assert (row.commit_sha, row.repo, row.joined_by) == (None, None, "ambiguous")
    named = build("1", made=[("shop", None)])
    row = both(deploy(number="7"), named, two).of("d")
    assert (row.commit_sha, row.repo, row.joined_by) == (SHA, "acme/shop", "build_id")
    digest = build("2", repo="acme/cart", commit=OTHER, made=[(None, "sha256:2")])
    row = both(deploy(number="7", digest="sha256:2"), one, digest).of("d")
    assert (row.commit_sha, row.repo, row.joined_by) == (OTHER, "acme/cart", "build_id")


def test_several_builds_of_one_commit_say_the_commit_and_not_the_build() -> None:
    row = both(deploy(revision=SHA), build("1", number="1"), build("2", number="2")).of("d")
    assert (row.commit_sha, row.build_id, row.joined_by) == (SHA, None, "revision")


def test_a_short_revision_that_fits_two_commits_is_unknown() -> None:
    assert SHA[:7] == OTHER[:7]
    linked = both(deploy(revision=SHA[:7]), push(SHA), push(OTHER, delivery="q"))
    assert linked.of("d").commit_sha is None
    row = both(deploy(revision=SHA[:9]), push(SHA), push(OTHER, delivery="q")).of("d")
    assert (row.commit_sha, row.repo, row.joined_by) == (SHA, "acme/shop", "revision")


@pytest.mark.parametrize("text", ["main", "4f2a9c", "", "refs/heads/4f2a9c0", None])
def test_a_revision_that_is_no_commit_joins_nothing(text: str | None) -> None:
    row = both(deploy(revision=text), build(), push(SHA)).of("d")
    assert (row.commit_sha, row.revision, row.joined_by) == (None, text, None)


@pytest.mark.parametrize("text", ["20261123", "main", "sha-20261123", "4f2a9c", "v2", ""])
def test_a_version_that_is_no_commit_joins_nothing(text: str) -> None:
    """A date has the digits of a commit."""
    row = both(deploy(version=text), build(commit="20261123" + "a" * 32)).of("d")
    assert (row.commit_sha, row.version, row.joined_by) == (None, text, None)


@pytest.mark.parametrize("ref", ["main", "1.4", "refs/heads/1.4.2", "release/1.4.2"])
def test_a_branch_is_no_tag(ref: str) -> None:
    name = ref.rpartition("/")[2]
    row = both(deploy(version=name), build(ref=ref, made=[("shop", None)])).of("d")
    assert row.joined_by is None


def test_the_commit_that_a_deploy_names_needs_no_build() -> None:
    row = both(deploy(revision=SHA)).of("d")
    assert (row.commit_sha, row.repo, row.joined_by) == (SHA, None, "revision")
    row = both(deploy(revision=SHA, number="7"), build(commit=None)).of("d")
    assert (row.commit_sha, row.repo, row.joined_by) == (SHA, "acme/shop", "build_id")


def test_what_was_deployed_comes_from_the_attempt_that_succeeded() -> None:
    attempts = [
        build("1", attempt=1, status="failure", commit="1" * 40),
        build("2", attempt=2, status="success", made=[("shop", "sha256:2")]),
        build("3", attempt=3, status="failure", commit="3" * 40),
    ]
    row = both(deploy(number="7"), *attempts).of("d")
    assert (row.build_attempt, row.build_status, row.commit_sha) == (2, "success", SHA)
    assert row.digest == "sha256:2"


def test_of_a_build_that_was_never_deployed_the_last_attempt_has_a_row() -> None:
    linked = Linked()
    for number in (1, 2):
        linked.take(build(str(number), attempt=number, status="failure", at=number))
        (row,) = linked.undeployed()
        found = (row.build_attempt, row.build_status, row.timestamp)
        assert found == (number, "failure", Instant(number))
        assert (row.commit_sha, row.build_id, row.deploy_batch) == (SHA, "7", None)
    before = dict(linked.rows)
    assert linked.take(build("3", attempt=1, status="failure", at=9)).rows == before
    linked.take(build("4", attempt=3), deploy(number="7"))
    assert linked.undeployed() == []


def test_a_build_has_a_row_for_each_service_that_it_was_not_deployed_for() -> None:
    built = build(made=[("shop", "sha256:1"), ("cart", "sha256:2")])
    linked = Linked().take(built)
    found = {(row.service, row.digest) for row in linked.undeployed()}
    assert found == {("shop", "sha256:1"), ("cart", "sha256:2")}
    linked.take(deploy(number="7"))
    assert [row.service for row in linked.undeployed()] == ["cart"]
    # CI calls the services otherwise than deploys do.
    assert both(build(made=[("cart", None)]), deploy(number="7")).undeployed() == []


def test_a_row_of_a_build_without_services_goes_when_a_later_attempt_names_them() -> None:
    linked = both(build("1"), build("2", attempt=2, made=[("cart", None)]))
    assert [row.service for row in linked.undeployed()] == ["cart"]


def test_a_time_that_the_sender_does_not_say_is_when_it_was_received() -> None:
    """Of a delivery that came twice it is the first time, whichever copy is read first."""
    copies = [msgspec.structs.replace(deploy(), received_at=Instant(at)) for at in (7, 5, 9)]
    assert both(*copies).of("d").timestamp == Instant(5)


def test_what_ties_a_service_to_a_repository_is_known_however_it_was_said() -> None:
    for deployed, built, by in JOINS:
        state = both(deployed, built).state
        ties = [tie.name for tie in state.all(SERVICE_REPO).values()]
        exact = by != "revision" or SHA in (deployed.revision, (deployed.version or "")[4:])
        assert ties == (["acme/shop"] if exact else [])
        assert kinds_given(state, "shop") == (("ci.build", "deploy") if exact else ("deploy",))


services = st.sampled_from(["shop", "cart"])
repos = st.sampled_from(["acme/shop", "acme/cart"])
numbers = st.sampled_from(["1", "2"])
digests = st.none() | st.sampled_from(["sha256:1", "sha256:2"])
commits = st.sampled_from([SHA, OTHER, "5" * 40])
times = st.none() | st.integers(0, 9).map(lambda day: Instant(day * DAY_NS + 1))
tags = st.sampled_from(["refs/heads/main", "refs/tags/v1", "refs/tags/v2"])
pushes = st.builds(GitPush, delivery_id=st.just(""), repo=repos, after=commits, received_at=times)
built = st.builds(
    CiBuild,
    delivery_id=st.just(""),
    repo=repos,
    build_id=numbers,
    attempt=st.integers(1, 2),
    commit=st.none() | commits,
    status=st.sampled_from(["success", "failure"]),
    ref=tags,
    artifacts=st.lists(
        st.builds(Artifact, service=st.none() | services, digest=digests), max_size=2
    ).map(tuple),
    occurred_at=times,
    received_at=times,
)
deployed = st.builds(
    Deploy,
    delivery_id=st.just(""),
    service=services,
    region=st.sampled_from(["eu", "us"]),
    action=st.sampled_from(["rollout", "restart"]),
    build_id=st.none() | numbers,
    digest=digests,
    version=st.none() | st.sampled_from(["v1", "2"]),
    revision=st.none() | commits | commits.map(lambda sha: sha[:7]),
    occurred_at=times,
    received_at=times,
)
Happening = GitPush | CiBuild | Deploy


@st.composite
def histories(draw: st.DrawFn) -> list[Happening]:
    """Events with ids of their own; some come again, later."""
    events: list[Happening] = draw(st.lists(st.one_of(pushes, built, deployed), max_size=12))
    named = [msgspec.structs.replace(e, delivery_id=f"id-{n}") for n, e in enumerate(events)]
    again = draw(st.lists(st.sampled_from(named), max_size=4)) if named else []
    late = [msgspec.structs.replace(event, received_at=Instant(99 * DAY_NS)) for event in again]
    return [*named, *(e for e in late if e.occurred_at is not None)]


@settings(max_examples=150, deadline=None)
@given(history=histories(), keep_days=st.none() | st.integers(1, 4), data=st.data())
def test_rows_do_not_depend_on_order_repeats_and_lateness(
    history: list[Happening], keep_days: int | None, data: st.DataObject
) -> None:
    expected = rows(history, keep_days)
    shuffled = data.draw(st.permutations(history))
    again = data.draw(st.lists(st.sampled_from(history), max_size=4)) if history else []
    assert rows([*shuffled, *again], keep_days) == expected
    linked = Linked(keep_days).take(*shuffled)
    before, told = dict(linked.state.rows), len(linked.sent)
    assert linked.take(*again).rows == expected
    assert (linked.state.rows, len(linked.sent)) == (before, told)


@settings(max_examples=60, deadline=None)
@given(history=histories())
def test_every_deploy_has_one_row_and_nothing_is_said_of_what_is_not_joined(
    history: list[Happening],
) -> None:
    linked = Linked().take(*history)
    deploys = {event.delivery_id for event in history if isinstance(event, Deploy)}
    assert len(linked.rows) == len(deploys) + len(linked.undeployed())
    for row in map(linked.of, deploys):
        if row.joined_by in (None, "ambiguous"):
            assert row.commit_sha is None
        if row.joined_by is None:
            assert (row.repo, row.build_status, row.build_attempt) == (None, None, None)
