"""What is different between the reports of two pipelines."""

from __future__ import annotations

from hypothesis import given
from msgspec.structs import replace

from streams.core.report.difference import compare, lines, summary
from streams.model.report import Report
from tests.unit.core.report.samples import DEADLOCK, NIL_MAP
from tests.unit.core.report.strategies import texts

NAMES = ("default", "other")


def by_cluster(*reports: Report) -> dict[str, Report]:
    return {report.cluster: report for report in reports}


def test_equal_content_is_the_same_whatever_its_envelope() -> None:
    other = replace(NIL_MAP, generation=7, revision=9, content_hash="x")
    found = compare(by_cluster(NIL_MAP), by_cluster(other))
    assert (found.differences, found.same, found.clusters) == ((), 1, (1, 1))


def test_a_changed_cluster_says_what_changed() -> None:
    after = replace(NIL_MAP, occurrences=18, status="ongoing", hosts=4)
    (row,) = compare(by_cluster(NIL_MAP), by_cluster(after)).differences
    assert (row.change, row.fields) == ("changed", ("occurrences", "hosts", "status"))
    text = list(lines(compare(by_cluster(NIL_MAP), by_cluster(after)), NAMES))
    assert text[-1].endswith(": occurrences 17 -> 18; status regressed -> ongoing; hosts")


def test_a_cluster_of_one_side_names_the_other_that_its_crash_stands_for() -> None:
    moved = replace(NIL_MAP, cluster="moved")
    found = compare(by_cluster(NIL_MAP, DEADLOCK), by_cluster(moved))
    assert [(row.cluster, row.change, row.moved) for row in found.differences] == [
        (NIL_MAP.cluster, "only-before", "moved"),
        (DEADLOCK.cluster, "only-before", None),
        ("moved", "only-after", NIL_MAP.cluster),
    ]
    assert found.crashes == (NIL_MAP.occurrences + DEADLOCK.occurrences, NIL_MAP.occurrences)
    assert list(summary(found, NAMES)) == [
        "default: 18 crashes in 2 clusters",
        "other: 17 crashes in 1 clusters",
        "clusters: 2 only in default, 1 only in other, 0 changed, 0 the same",
    ]


def test_long_lists_end_with_how_many_more() -> None:
    many = (replace(DEADLOCK, cluster=f"c{number:02}") for number in range(25))
    text = list(lines(compare({}, by_cluster(*many)), NAMES))
    assert len([line for line in text if line.startswith("  c")]) == 20
    assert text[-1] == "  … and 5 more: --json lists all"


@given(texts)
def test_nothing_of_a_crash_acts_on_the_terminal(text: str) -> None:
    after = replace(NIL_MAP, title=text, hosts=9)
    other = replace(DEADLOCK, title=text, cluster=text)
    found = compare(by_cluster(NIL_MAP), by_cluster(after, other))
    assert all(line.isprintable() for line in lines(found, NAMES))
