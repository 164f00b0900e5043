"""The newest report of every cluster, whatever the order of partitions."""

from __future__ import annotations

from itertools import permutations

from streams.drivers.kafka.tail import Gone, Newest
from streams.model.report import Report


def _report(cluster: str, generation: int, revision: int, occurrences: int = 1) -> Report:
    return Report(
        cluster=cluster,
        generation=generation,
        revision=revision,
        title="t",
        kind="panic",
        occurrences=occurrences,
        representative="r",
    )


def test_a_higher_revision_is_news_and_a_lower_one_is_not() -> None:
    newest = Newest()
    second = _report("c", 1, 2)
    assert newest.take("c", second) is second
    assert newest.take("c", _report("c", 1, 1)) is None
    assert newest.take("c", _report("c", 1, 2)) is None
    assert newest.reports() == (second,)


def test_a_null_says_that_a_known_cluster_is_gone_once() -> None:
    newest = Newest()
    first = _report("c", 1, 5)
    newest.take("c", first)
    assert newest.take("c", None) == Gone(first)
    assert newest.take("c", None) is None
    assert newest.reports() == ()


def test_a_cluster_that_comes_back_begins_anew() -> None:
    newest = Newest()
    newest.take("c", _report("c", 1, 5))
    newest.take("c", None)
    back = _report("c", 1, 1)
    assert newest.take("c", back) is back


def test_the_adopted_generation_replaces_all_of_the_one_before() -> None:
    newest = Newest()
    newest.take("a", _report("a", 1, 9))
    newest.take("b", _report("b", 1, 9))
    adopted = _report("a", 2, 1)
    assert newest.take("a", adopted) is adopted
    assert newest.reports() == (adopted,)
    assert newest.take("b", _report("b", 1, 10)) is None


def test_the_state_does_not_depend_on_the_order_of_partitions() -> None:
    partitions: tuple[list[Report | None], ...] = (
        [_report("a", 1, 1), _report("a", 2, 1)],
        [_report("b", 1, 4), _report("b", 2, 2, occurrences=5)],
        [_report("c", 1, 7), None],
    )
    states = set()
    for order in permutations(partitions):
        newest = Newest()
        for records in order:
            for record in records:
                newest.take(record.cluster if record else "c", record)
        states.add(newest.reports())
    assert states == {(partitions[1][1], partitions[0][1])}
