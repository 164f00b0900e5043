"""What people decide: the same in the end whatever arrives when, in whatever batches and partitions."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.cluster.assign import cluster_id_of, merged
from streams.core.cluster.grouping import _HOST as HOST
from streams.core.cluster.rules import part_id
from streams.core.cluster.state import CLUSTERS, FACETS, POINTS
from streams.model.events import ClusterCommand, Fingerprinted, SplitRule, VariantName
from streams.model.instant import Instant
from streams.model.message import Message
from streams.model.view import REPORTS, VARIANTS
from tests.unit.core.steps.bench import Rows, crashed
from tests.unit.core.steps.partitions import Partitions

_TEXT = """\
panic: {message}

goroutine 1 [running]:
example.com/acme/shop/{package}.Add(0xc000012345, 0x2)
	/src/shop/{package}/add.go:6 +0x1d
example.com/acme/shop/api.{route}(0xc000012345)
	/src/shop/api/{route}.go:9 +0x1d
main.main()
	/src/shop/main.go:27 +0x88
"""
TEXTS = tuple(
    _TEXT.format(package=package, route=route, message=message)
    for package in ("cart", "stock", "order")
    for route in ("Put", "Patch")
    for message in ("boom 1", "boom 2")
)
# Two kinds of one failure: a goroutine's exit is shown in both.
crashes = st.builds(
    crashed,
    st.sampled_from(TEXTS),
    event_id=st.sampled_from([f"e-{n}" for n in range(30)]),
    at=st.none() | st.integers(0, 5),
    service=st.none() | st.sampled_from(["shop", "cart"]),
    host=st.none() | st.sampled_from(["h1", "h2", "h3"]),
    build=st.none() | st.sampled_from(["v1", "v2"]),
)
many = st.lists(crashes, min_size=1, max_size=12, unique_by=lambda crash: crash.crash)

LOOKS = tuple(crashed(text, event_id="x") for text in TEXTS)
BASES = tuple(dict.fromkeys(cluster_id_of(look) for look in LOOKS))
RULES = (
    SplitRule(on="frame", values=("example.com/acme/shop/api.Put",)),
    SplitRule(on="variant", values=(LOOKS[0].fingerprint, LOOKS[6].fingerprint)),
    SplitRule(on="kind", values=("panic",)),
)
IDS = (*BASES, *(part_id(base, rule) for base in BASES for rule in RULES[:2]))
ids = st.sampled_from(IDS)
times = st.integers(1, 6).map(Instant)


def _of(kind: str, **fields: st.SearchStrategy[object]) -> st.SearchStrategy[ClusterCommand]:
    return st.builds(ClusterCommand, command=st.just(kind), cluster=ids, at=times, **fields)


commands = st.one_of(
    _of("merge", other=ids),
    _of("merge", other=ids),
    _of("split", rule=st.sampled_from(RULES)),
    _of(
        "pin",
        variants=st.sampled_from(LOOKS).map(
            lambda look: (VariantName(block=look.block, fingerprint=look.fingerprint),)
        ),
    ),
    _of("ignore"),
    _of("resolve"),
    _of("undo"),
)
decisions = st.lists(commands, max_size=7)


def sent(events: Iterable[Message]) -> list[tuple[str, str, Message]]:
    """Events with topic and key."""
    return [
        ("crashes.fingerprinted", event.block, event)
        if isinstance(event, Fingerprinted)
        else ("cluster.commands", "", event)
        for event in events
    ]


def assert_whole(state: Rows) -> None:
    """Clusters are what their points amount to."""
    groups: dict[str, list[str]] = {}
    for key, point in state.all(POINTS).items():
        groups.setdefault(point.cluster, []).append(key)
    assert groups.keys() == state.all(CLUSTERS).keys()
    facets = state.all(FACETS)
    for name, cluster in state.all(CLUSTERS).items():
        hosts = {
            place.rpartition(HOST)[2]
            for place in facets
            for key in groups[name]
            if place.startswith(key + HOST)
        }
        points = (state.all(POINTS)[key].summary for key in groups[name])
        assert cluster == merged(name, points, hosts=len(hosts))


@settings(max_examples=80, deadline=None)
@given(found=many, decided=decisions, data=st.data())
def test_crashes_and_commands_in_any_order_batches_and_partitions_give_the_same_reports(
    found: list[Fingerprinted], decided: list[ClusterCommand], data: st.DataObject
) -> None:
    events = [*found, *decided]
    plain = Partitions(1)
    plain.feed(sent(events), lambda _: 0, 1)
    again = data.draw(st.lists(st.sampled_from(events), max_size=5))
    shuffled = data.draw(st.permutations([*events, *again]))
    random = data.draw(st.randoms(use_true_random=False))
    number, batch = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 8))
    other = Partitions(number)
    other.feed(sent(shuffled), random.randrange, batch)
    assert other.reports() == plain.reports()
    assert other.view.all(VARIANTS) == plain.view.all(VARIANTS)
    for partitions in (plain, other):
        for (name, _), task in partitions.tasks.items():
            if name == "cluster":
                assert_whole(task.state)
    reports = plain.view.all(REPORTS).values()
    assert sum(report.occurrences for report in reports) == len(found)
    assert sum(report.fingerprints for report in reports) == len({e.fingerprint for e in found})
