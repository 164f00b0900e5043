"""/metrics of a process: read by Prometheus's own parsers and promtool, bounded whatever is counted, not in the way."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import count
from math import inf, nan
from threading import Thread
from typing import Final

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from streams.adapters.prometheus_meter import PrometheusMeter
from streams.drivers.output_gauges import Gauges
from streams.model.instant import Instant
from streams.model.metrics import METRICS, MOST_BYTES, MOST_SETS, OTHER, Metric
from streams.model.report import Report
from tests.ops.monitoring import run

OPENMETRICS: Final = "application/openmetrics-text; version=1.0.0"
TRACE: Final = "4bf92f3577b34da6a3ce929d0e0e4736"
ODD: Final = 'a "b" \\ c\nd\u202e\U0010feff'
MOST_SIZE: Final = 1_000_000


def samples(meter: PrometheusMeter) -> dict[tuple[str, ...], float]:
    """By name and labels, those of 0 and what is about the process left out."""
    text = meter.text()[0].decode()
    return {
        (row.name, *row.labels.values()): row.value
        for family in text_string_to_metric_families(text)
        for row in family.samples
        if row.value and family.name != "panictrail_build_info"
    }


def one_of_each(registry: CollectorRegistry | None = None) -> PrometheusMeter:
    """Every metric of the list, with a value."""
    meter = PrometheusMeter(registry)
    for metric in METRICS:
        touch(meter, metric, tuple("x" for _ in metric.labels))
    return meter


def touch(meter: PrometheusMeter, metric: Metric, labels: tuple[str, ...]) -> None:
    if metric.type == "counter":
        meter.add(metric.name, 1, labels)
    elif metric.type == "gauge":
        meter.set(metric.name, 1_795_828_608.5, labels)
    else:
        meter.observe(metric.name, 0.3, labels)


def test_what_was_counted_is_read_as_it_was_counted() -> None:
    meter = PrometheusMeter()
    meter.add("panictrail_occurrences_total", 3, ("cart",))
    meter.add("panictrail_occurrences_total", 1, (ODD,))
    meter.add("clustering_centers_count", 2, ())
    meter.add("clustering_centers_count", -1, ())
    meter.observe("panictrail_stage_seconds", 0.3, ("link",))
    found = samples(meter)
    assert found["panictrail_occurrences_total", "cart"] == 3
    assert found["panictrail_occurrences_total", ODD.replace("\U0010feff", "\ufffd")] == 1
    assert found["clustering_centers_count",] == 1
    assert found["panictrail_stage_seconds_count", "link"] == 1
    assert not [name for name, *_ in found if name.endswith("_created")]


def test_promtool_finds_nothing_but_the_users_own_name() -> None:
    code, said = run("promtool", "check", "metrics", given=one_of_each().text()[0])
    name = "clustering_centers_count"
    complaint = "non-histogram and non-summary metrics should not have"
    assert [line for line in said.splitlines() if line] == [f'{name} {complaint} "_count" suffix']
    assert code == 3


def test_openmetrics_is_given_to_who_asks_for_it_with_the_trace_of_a_crash() -> None:
    meter = one_of_each()
    meter.add("panictrail_recognised_total", 2, ("cart",), TRACE)
    text, kind = meter.text(OPENMETRICS)
    assert kind.startswith("application/openmetrics-text; version=1.0.0")
    read: Callable[[str], Iterable[Family]] = openmetrics.text_string_to_metric_families
    families = {family.name: family for family in read(text.decode())}
    found = [row for row in families["panictrail_recognised"].samples if row.exemplar]
    assert [(row.labels, row.exemplar.labels) for row in found if row.exemplar] == [
        ({"service": "cart"}, {"trace_id": TRACE})
    ]
    plain, kind = meter.text("text/html, */*")
    assert kind.startswith("text/plain; version=0.0.4")
    assert TRACE not in plain.decode()


# What Prometheus 2.42 and 3.5 ask with; `dots` is for names that we do not have.
ASKED: Final = (
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;q=0.5",
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=1.0.0;q=0.4",
    "application/openmetrics-text;version=1.0.0;escaping=dots",
    "text/plain;version=1.0.0;escaping=values",
    "text/plain;version=1.0.0;escaping=underscores",
    "",
)


@pytest.mark.parametrize("accept", ASKED)
def test_it_is_byte_for_byte_what_prometheus_client_writes(accept: str) -> None:
    registry = CollectorRegistry()
    meter = PrometheusMeter(registry)
    hostile(meter)
    meter.add("panictrail_recognised_total", 3, (ODD,), TRACE)
    for value in (0.0, -0.0, 1e-7, 0.1, 123456.0, 1234567.5, 1e21, -1e7, inf, -inf, nan):
        meter.set("panictrail_queue_records", value, (f"{ODD}{value}",))
    encode, kind = choose_encoder(accept)
    assert meter.text(accept) == (encode(registry), kind)


@pytest.mark.parametrize("kind", ["text/plain", "application/openmetrics-text"])
def test_whoever_asks_for_a_version_that_is_none_gets_the_plain_text(kind: str) -> None:
    meter = PrometheusMeter()
    assert meter.text(f"{kind}; version=x")[1].startswith("text/plain; version=0.0.4")


@pytest.mark.parametrize("trace", ["", "x" * 32, TRACE.upper(), TRACE + "0", "\n" + TRACE[1:]])
def test_what_is_no_trace_id_is_no_exemplar(trace: str) -> None:
    meter = PrometheusMeter()
    meter.add("panictrail_recognised_total", 1, ("cart",), trace)
    assert b" # {" not in meter.text(OPENMETRICS)[0]


def test_what_is_beyond_the_budget_is_counted_together() -> None:
    meter = PrometheusMeter()
    for number in range(1000):
        meter.add("panictrail_occurrences_total", 1, (f"service-{number}",))
    found = {
        key[1]: value for key, value in samples(meter).items() if key[0].endswith("ences_total")
    }
    assert len(found) == 201
    assert found[OTHER] == 800
    assert sum(found.values()) == 1000
    # The ones that were known go on.
    meter.add("panictrail_occurrences_total", 1, ("service-0",))
    assert samples(meter)["panictrail_occurrences_total", "service-0"] == 2


def test_a_value_is_cut() -> None:
    meter = PrometheusMeter()
    for long in ("x" * 10_000, "€" * 10_000):
        meter.add("panictrail_occurrences_total", 1, (long,))
    values = [key[1] for key in samples(meter) if key[0] == "panictrail_occurrences_total"]
    assert sorted(len(value.encode()) for value in values) == [MOST_BYTES - 1, MOST_BYTES]


def test_what_is_taken_away_gives_its_place_back() -> None:
    meter = PrometheusMeter()
    for number in range(1000):
        labels = (f"c{number}", "cart")
        meter.set("panictrail_cluster_occurrences", 1, labels)
        meter.forget("panictrail_cluster_occurrences", labels)
    meter.set("panictrail_cluster_occurrences", 1, ("c1000", "cart"))
    found = [key[1:] for key in samples(meter) if key[0] == "panictrail_cluster_occurrences"]
    assert found == [("c1000", "cart")]


def hostile(meter: PrometheusMeter) -> None:
    """10,000 clusters, and everything that senders may say as long and as varied as it can be."""
    for metric in METRICS:
        if "cluster_id" in metric.labels:
            continue
        for number in range(1000):
            touch(meter, metric, tuple(f"{number}-" + "x" * 100 for _ in metric.labels))
    gauges = Gauges(meter)
    gauges.widths.exist(10_000)
    for number in range(10_000):
        cluster, service = f"{number:032x}", f"{number}-" + "s" * 100
        gauges.widths.active(cluster, list)
        report = Report(
            cluster=cluster,
            title="t",
            kind="panic",
            occurrences=number,
            first_seen=Instant(1_795_828_608_565_696_201),
            last_seen=Instant(1_795_828_608_565_696_201),
            services=(service,),
            representative="c",
        )
        gauges.report(cluster, report)


@pytest.mark.parametrize("accept", ["", OPENMETRICS])
def test_the_page_is_bounded_at_10000_clusters_whatever_senders_say(accept: str) -> None:
    meter = PrometheusMeter()
    hostile(meter)
    text = meter.text(accept)[0]
    assert len(text) <= MOST_SIZE
    assert len(re.findall(rb"^clustering_intra_cluster_avg_distance\{", text, re.MULTILINE)) == 100
    assert b"\npanictrail_clusters_left_out 9900.0\n" in text
    for metric in METRICS:
        suffix = b"_count" if metric.type == "histogram" else b""
        sets = re.findall(rb"^" + metric.name.encode() + suffix + rb"[ {]", text, re.MULTILINE)
        assert len(sets) <= MOST_SETS + 1, metric.name


class _Slow(Collector):
    """Has whatever is asked for in the middle of a scrape done before the scrape goes on."""

    def __init__(self, meanwhile: Callable[[], None]) -> None:
        self._meanwhile = meanwhile
        self.done = False

    def collect(self) -> list[object]:  # type: ignore[override]  # nothing to show
        other = Thread(target=self._meanwhile, daemon=True)
        other.start()
        other.join(30)
        self.done = not other.is_alive()
        return []


def test_a_scrape_that_takes_long_blocks_nobody_who_counts() -> None:
    registry = CollectorRegistry()
    meter = one_of_each(registry)
    new = count()

    def counting() -> None:
        for metric in METRICS:
            touch(meter, metric, tuple("x" for _ in metric.labels))
            touch(meter, metric, tuple(f"new-{next(new)}" for _ in metric.labels))

    slow = _Slow(counting)
    registry.register(slow)
    assert meter.text()[0]
    assert slow.done
