"""Another way of grouping over a state: as if it had been grouped so from the start, and nothing is lost by it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from streams.adapters.no_facts import NoFacts
from streams.core.fingerprint.explain import fingerprint
from streams.core.report.page import order
from streams.drivers.cluster_facts import facts, find
from streams.drivers.embedded.deciding import decide
from streams.drivers.embedded.inputs import find_inputs
from streams.drivers.embedded.reading import dead_letters, reports
from streams.drivers.embedded.regroup import Regroup
from streams.drivers.embedded.session import Session
from streams.drivers.embedded.state import GROUPING, State, grouping_of
from streams.model.crash import Crash
from streams.model.errors import BadInput
from streams.model.events import ClusterCommand, Deploy, Fingerprinted, SplitRule, VariantName
from streams.model.instant import Instant
from streams.model.message import encode
from streams.model.regrouping import Grouping, Regrouping
from streams.model.settings import PipelineSettings
from streams.model.step import Facts, Need, put
from streams.model.view import VARIANTS
from streams.topology import Stage, stages
from tests.embedded import content
from tests.golden.cases import texts
from tests.unit.core.steps.test_decided import TEXTS

WAYS = (
    Grouping(method="plain1"),
    Grouping(method="top1"),
    Grouping(method="locus1"),
    Grouping(method="dual1", eps=0.5),
    Grouping(method="dual1", eps=0.6, min_samples=2),
)
# Of one place in several kinds and by several routes; and what our own programs printed.
GOLDEN = tuple(text.data for text in texts() if len(text.data) < 3000)
LOGS = (*(text.encode() for text in TEXTS), *GOLDEN[:: max(1, len(GOLDEN) // 30)])
DEPLOY = Deploy(delivery_id="d1", service="cart", build_id="b1")

ways = st.sampled_from(WAYS)
logs = st.lists(st.lists(st.sampled_from(LOGS), min_size=1, max_size=4), min_size=1, max_size=4)


@contextmanager
def folder() -> Iterator[Path]:
    """A fresh folder for each example."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def settings_of(way: Grouping) -> PipelineSettings:
    """The settings that group so."""
    return PipelineSettings(method=way.method, eps=way.eps, min_samples=way.min_samples)


def stages_of(way: Grouping) -> tuple[Stage, ...]:
    """The stages that group so."""
    return stages(settings_of(way))


def read(store: State, way: Grouping, files: Sequence[Path]) -> None:
    """Analyze files, and say how."""
    found, _ = find_inputs(tuple(map(str, files)))
    store.apply((put(GROUPING, "", way),))
    session = Session(stages_of(way), store)
    for item in found:
        session.read(item)
    session.engine.submit("deploys.changed", "cart", DEPLOY)
    store.commit()
    session.finish()


def written(place: Path, made: Iterable[Iterable[bytes]]) -> list[Path]:
    """A file of each list of texts."""
    paths = []
    for number, parts in enumerate(made):
        path = place / f"{number}.log"
        path.write_bytes(b"ordinary line\n".join(parts))
        paths.append(path)
    return paths


def shown(store: State) -> list[bytes]:
    """Reports without their envelope."""
    return content(encode(report) for report in order(reports(store)))


def counted(store: State) -> int:
    """Crashes in all reports."""
    return sum(report.occurrences for report in reports(store))


def regroup(store: State, way: Grouping) -> Regrouping:
    """Group otherwise, for good."""
    with Regroup(store, way, settings_of(way), NoFacts()) as made:
        return made.adopt()


@examples(max_examples=40, deadline=None)
@given(made=logs, split=st.integers(0, 4), one=ways, other=ways)
def test_regrouped_and_gone_on_is_the_same_as_grouped_so_from_the_start(
    made: list[list[bytes]], split: int, one: Grouping, other: Grouping
) -> None:
    with folder() as place, State(None) as store, State(None) as whole:
        files = written(place, made)
        read(store, one, files[:split])
        regroup(store, other)
        read(whole, other, files[:split])
        assert shown(store) == shown(whole)
        read(store, other, files[split:])
        read(whole, other, files[split:])
        assert shown(store) == shown(whole)
        assert grouping_of(store) == other


@examples(max_examples=25, deadline=None)
@given(made=logs, one=ways, other=ways, data=st.data())
def test_twice_changes_nothing_and_neither_does_the_order(
    made: list[list[bytes]], one: Grouping, other: Grouping, data: st.DataObject
) -> None:
    with folder() as place, State(None) as store, State(None) as turned:
        files = written(place, made)
        read(store, one, files)
        regroup(store, other)
        once = sorted(store.dump())
        again = regroup(store, other)
        assert sorted(store.dump()) == once
        assert (again.changes, again.unchanged) == ((), len(reports(store)))
        read(turned, one, data.draw(st.permutations(files)))
        regroup(turned, other)
        assert shown(turned) == shown(store)


# ---- what people decided


def command(store: State, kind: str, at: int, number: int, other: int) -> ClusterCommand | None:
    """A command about clusters that are there."""
    ids = sorted(report.cluster for report in reports(store))
    cluster, with_ = ids[number % len(ids)], ids[other % len(ids)]
    made = ClusterCommand(command="ignore", cluster=cluster, at=Instant(at))
    if kind == "merge":
        if cluster == with_:
            return None
        return msgspec.structs.replace(made, command="merge", other=with_)
    stacks = sorted(
        {VariantName(block=v.block, fingerprint=v.fingerprint) for _, v in store.scan(VARIANTS)}
    )
    stack = stacks[other % len(stacks)]
    rules = {
        "split-frame": SplitRule(on="frame", values=("example.com/acme/shop/api.Put",)),
        "split-stack": SplitRule(on="variant", values=(stack.fingerprint,)),
    }
    if kind in rules:
        return msgspec.structs.replace(made, command="split", rule=rules[kind])
    if kind == "pin":
        return msgspec.structs.replace(made, command="pin", variants=(stack,))
    return msgspec.structs.replace(made, command=kind)


kinds = st.sampled_from(("merge", "split-frame", "split-stack", "pin", "ignore", "resolve", "undo"))
wishes = st.lists(st.tuples(kinds, st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=5)
# By these a crash is where its key says, so that going back gives back everything.
KEYED = st.sampled_from(WAYS[:3])


@examples(max_examples=40, deadline=None)
@given(made=logs, one=KEYED, other=ways, asked=wishes)
def test_there_and_back_again_everything_is_as_it_was_decided(
    made: list[list[bytes]], one: Grouping, other: Grouping, asked: list[tuple[str, int, int]]
) -> None:
    with folder() as place, State(None) as store:
        read(store, one, written(place, made))
        if not reports(store):
            return
        for at, (kind, number, with_) in enumerate(asked, 1):
            wish = command(store, kind, at, number, with_)
            if wish is not None:
                decide(store, stages_of(one), (wish,), NoFacts())
        before, crashes = shown(store), counted(store)
        ids = [report.cluster for report in reports(store)]
        found = regroup(store, other)
        assert counted(store) == crashes == found.crashes[0] == found.crashes[1]
        assert all(find(store, name) for name in ids)
        regroup(store, one)
        assert shown(store) == before


@pytest.fixture
def store(tmp_path: Path) -> Iterator[State]:
    """Three clusters by names: four crashes of cart by two routes, two of stock, two of order; on disk."""
    (log,) = written(tmp_path, [[*(t.encode() for t in (*TEXTS[:4], *TEXTS[4:6], *TEXTS[8:10]))]])
    with State(tmp_path / "state") as made:
        read(made, WAYS[0], [log])
        yield made


def biggest(store: State) -> str:
    """The cluster with most crashes."""
    return max(reports(store), key=lambda report: report.occurrences).cluster


def test_a_decision_about_an_id_that_is_no_more_holds_for_its_crashes(store: State) -> None:
    cart = biggest(store)
    ignore = ClusterCommand(command="ignore", cluster=cart, at=Instant(1))
    decide(store, stages_of(WAYS[0]), (ignore,), NoFacts())
    found = regroup(store, WAYS[2])
    new = biggest(store)
    assert new != cart
    assert find(store, cart) == find(store, new)
    assert find(store, cart).status == "ignored"
    assert [report.status for report in reports(store)].count("ignored") == 1
    (told,) = found.decisions
    assert (told.before, told.after) == (f"ignore {cart}", f"ignore {new}")
    (made,) = facts(store, cart).decisions
    assert made.decision == told.decision
    # By the id that it had from the start it is taken back.
    undo = ClusterCommand(command="undo", cluster=cart, decision=told.decision, at=Instant(2))
    decide(store, stages_of(WAYS[2]), (undo,), NoFacts())
    assert find(store, cart).status != "ignored"


def test_pinned_crashes_stay_together(store: State) -> None:
    facts_before = facts(store, biggest(store))
    pin = ClusterCommand(
        command="pin",
        cluster=facts_before.report.cluster,
        variants=tuple(
            VariantName(block=v.variant.block, fingerprint=v.variant.fingerprint)
            for v in facts_before.variants
        ),
        at=Instant(1),
    )
    decide(store, stages_of(WAYS[0]), (pin,), NoFacts())
    for way in WAYS[1:]:
        regroup(store, way)
        assert find(store, facts_before.report.cluster).occurrences == 4, way


def test_nothing_is_changed_before_it_is_adopted_and_half_of_it_never(
    store: State, tmp_path: Path
) -> None:
    before, undo = sorted(store.dump()), sorted(store.undo_rows())
    with Regroup(store, WAYS[3], settings_of(WAYS[3]), NoFacts()) as made:
        assert not made.found.adopted
        assert made.found.crashes == (8, 8)
        assert sorted(store.dump()) == before
        # Killed when everything is written and nothing is committed.
        store.commit, commit = lambda: None, store.commit  # type: ignore[method-assign]  # to be killed there
        made.adopt()
        assert sorted(store.dump()) != before
        store.rollback()
        store.commit = commit  # type: ignore[method-assign]  # as it was
    assert (sorted(store.dump()), sorted(store.undo_rows())) == (before, undo)
    store.close()
    with State(tmp_path / "state") as again:
        assert sorted(again.dump()) == before
        assert grouping_of(again) == WAYS[0]


def test_a_crash_that_cannot_be_worked_out_stays_and_counts(
    store: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    stock = find(store, min(reports(store), key=lambda r: r.representative).cluster)

    def failing(crash: Crash, settings: PipelineSettings, facts: Facts) -> Fingerprinted | Need:
        if crash.id == stock.representative:
            raise ValueError(crash.id)
        return fingerprint(crash, settings, facts)

    monkeypatch.setattr("streams.core.steps.fingerprint.fingerprint", failing)
    found = regroup(store, WAYS[2])
    assert (found.failed, found.crashes, counted(store)) == (1, (8, 8), 8)
    assert find(store, stock.cluster).representative == stock.representative
    assert dead_letters(store) == {}
    monkeypatch.undo()
    assert regroup(store, WAYS[2]).failed == 0


def test_positions_and_dead_letters_stay(store: State, tmp_path: Path) -> None:
    event = tmp_path / "bad.jsonl"
    event.write_text("{\n")
    found, _ = find_inputs((str(event),), events=True)
    session = Session(stages_of(WAYS[0]), store)
    session.read(found[0])
    session.finish()
    letters = dead_letters(store)
    assert letters
    others = [row for row in store.dump() if row[0][0].startswith(("collect.", "driver.pos"))]
    regroup(store, WAYS[2])
    assert dead_letters(store) == letters
    kept = [row for row in store.dump() if row[0][0].startswith(("collect.", "driver.pos"))]
    assert sorted(kept) == sorted(others)


def test_a_state_of_before_is_by_the_former_default(tmp_path: Path) -> None:
    with State(None) as store:
        assert grouping_of(store) is None
        (log,) = written(tmp_path, [[TEXTS[0].encode()]])
        read(store, WAYS[0], [log])
        store.apply((put(GROUPING, "", None),))
        held = grouping_of(store)
        assert held is not None
        assert held.method == "plain1"
        with pytest.raises(BadInput):
            find(store, "nobody")
