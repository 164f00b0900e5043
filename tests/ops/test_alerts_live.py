"""The loop with real processes: crashes, serve, Prometheus and VictoriaMetrics that scrape it, Alertmanager, people."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from streams.model.instant import Instant
from tests.golden.cases import texts
from tests.ops.monitoring import (
    Receiver,
    Server,
    alertmanager,
    prometheus,
    serving,
    victoria,
)
from tests.waiting import until

# Four servers start, and wait for one another.
pytestmark = pytest.mark.timeout(300)

SERVICE: Final = "checkout"
TRACE: Final = "4bf92f3577b34da6a3ce929d0e0e4736"
# No time of its own: the value of these is the same on both once nothing more comes.
FIVE: Final = (
    "sum by (service) (panictrail_occurrences_total)",
    "count(clustering_intra_cluster_avg_distance) / sum(clustering_centers_count)",
    "max by (cluster_id, service) (panictrail_cluster_occurrences)",
    "histogram_quantile(0.9, sum by (le, stage) (panictrail_stage_seconds_bucket))",
    "max by (service) (panictrail_deploy_timestamp_seconds)",
)


class Installation(NamedTuple):
    """What runs."""

    serve: Server
    prometheus: Server
    victoria: Server
    alertmanager: Server
    people: Receiver


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A service was deployed, and crashed once."""
    folder = tmp_path_factory.mktemp("installation")
    with ExitStack() as stack:
        people = stack.enter_context(Receiver())
        serve = stack.enter_context(serving(folder))
        manager = stack.enter_context(alertmanager(folder, people.url))
        scraping = stack.enter_context(prometheus(folder, serve.port, manager.port))
        other = stack.enter_context(victoria(folder, serve.port))
        deploy = {"kind": "deploy", "service": SERVICE, "env": "prod", "batch": "b-7"}
        deploy |= {"phase": "complete", "occurred_at": _ago(60)}
        serve.post("/webhooks/plain", json.dumps(deploy).encode(), "application/json")
        _post(serve, 0, 1)
        yield Installation(serve, scraping, other, manager, people)


def _ago(seconds: float) -> str:
    """A time that long ago, as events and queries have it."""
    return str(Instant(int((time.time() - seconds) * 1e9)))


def _crashes(first: int, number: int) -> bytes:
    """One bug, so many times."""
    text = next(texts()).data.decode()
    rows = (
        {
            "text": text,
            "at": _ago(0),
            "service": SERVICE,
            "event_id": f"crash-{each}",
            "context": {"trace_id": TRACE},
        }
        for each in range(first, first + number)
    )
    return "\n".join(map(json.dumps, rows)).encode()


def _post(serve: Server, first: int, number: int) -> None:
    answer = serve.post("/v1/crashes", _crashes(first, number), "application/x-ndjson")
    assert answer["accepted"] == number


def _firing(server: Server) -> set[str]:
    found = server.json("/api/v1/alerts")["data"]["alerts"]
    return {alert["labels"]["alertname"] for alert in found if alert["state"] == "firing"}


def _inhibited(server: Server) -> set[str]:
    return {
        alert["labels"]["alertname"]
        for alert in server.json("/api/v2/alerts")
        if alert["status"]["inhibitedBy"]
    }


def _named(message: dict[str, Any]) -> list[str]:
    return [alert["labels"]["alertname"] for alert in message["alerts"]]


def test_one_bug_wakes_one_person_once(running: Installation) -> None:
    serve, people = running.serve, running.people
    until(lambda: people.to("/people"), "somebody is told of the new cluster")
    (cluster,) = running.prometheus.json("/api/v1/label/cluster_id/values")["data"]
    first = people.to("/people")[0]
    assert _named(dict(first)) == ["PanictrailNewCluster"]
    assert first["commonLabels"]["cluster_id"] == cluster
    assert SERVICE in first["commonAnnotations"]["summary"]
    until(lambda: people.to("/slack"), "Slack is told")
    # The same bug goes on: it is a storm and a loop now, and whoever was told knows it.
    _post(serve, 1, 60)
    effects = {"PanictrailCrashStorm", "PanictrailCrashLoop"}
    until(lambda: effects <= _firing(running.prometheus), "its effects are seen")
    until(lambda: effects <= _inhibited(running.alertmanager), "they are not told")
    assert [_named(dict(each)) for each in people.to("/people")] == [["PanictrailNewCluster"]]
    assert len(people.to("/slack")) == 1
    assert people.to("/tickets") == []


def test_five_queries_have_the_same_answers_on_both(running: Installation) -> None:
    _post(running.serve, 1000, 1)
    for query in FIVE:

        def same(asked: str = query) -> bool:
            one, other = running.prometheus.query(asked), running.victoria.query(asked)
            return bool(one) and one.keys() == other.keys() and one == pytest.approx(other)

        until(same, query)
    values = [
        server.json("/api/v1/label/cluster_id/values")["data"]
        for server in (running.prometheus, running.victoria)
    ]
    assert values[0] == values[1] != []


def test_a_crash_leads_to_its_trace(running: Installation) -> None:
    _post(running.serve, 2000, 1)

    def traces() -> list[str]:
        asked = {"query": "panictrail_recognised_total", "start": _ago(300), "end": _ago(-60)}
        found = running.prometheus.json("/api/v1/query_exemplars", **asked)["data"]
        return [row["labels"]["trace_id"] for each in found for row in each["exemplars"]]

    assert set(until(traces, "an exemplar was scraped")) == {TRACE}


def test_every_recording_rule_works_on_what_was_scraped(running: Installation) -> None:
    def healthy() -> bool:
        groups = running.prometheus.json("/api/v1/rules")["data"]["groups"]
        found = [rule for group in groups for rule in group["rules"]]
        bad = [
            f"{rule['name']}: {rule.get('lastError')}" for rule in found if rule.get("lastError")
        ]
        assert bad == []
        return all(rule["health"] == "ok" for rule in found)

    until(healthy, "every rule was worked out")


def test_alertmanager_takes_what_our_notifier_says(tmp_path: Path) -> None:
    """Without Prometheus: the names are those of the rules, so that routes and inhibitions of ops/ hold for both."""
    with ExitStack() as stack:
        people = stack.enter_context(Receiver())
        manager = stack.enter_context(alertmanager(tmp_path, people.url))
        url = f"http://127.0.0.1:{manager.port}"
        serve = stack.enter_context(serving(tmp_path, PANICTRAIL_NOTIFY_ALERTMANAGER_URL=url))
        _post(serve, 0, 1)
        alerts = until(lambda: manager.json("/api/v2/alerts"), "Alertmanager knows it")
        message = until(lambda: people.to("/people"), "somebody is told")[0]
        assert [each["labels"]["alertname"] for each in alerts] == ["PanictrailNewCluster"]
        assert alerts[0]["labels"]["service"] == message["commonLabels"]["service"] == SERVICE
        assert message["commonAnnotations"] == alerts[0]["annotations"]
        assert SERVICE in alerts[0]["annotations"]["summary"]
