"""Every query of the dashboards, with data, on a real Prometheus that scraped a real serve and a real worker on Kafka.

A service crashes, is deployed, and crashes in another way; another one crashes only since then.
"""

from __future__ import annotations

import asyncio
import json
import math
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from streams.drivers.kafka.names import Names
from streams.model.instant import Instant
from tests import root_cause_world
from tests.kafka.crashes import mixed
from tests.kafka.processes import cluster_of, create_topics, worker
from tests.kafka.traffic import raw, send
from tests.kafka_broker import Broker
from tests.made_secret import TOKEN
from tests.ops import grafana
from tests.ops.monitoring import OFTEN, Receiver, Server, prometheus, serving
from tests.ports import free_port
from tests.unit.core.steps.bench import panic_text
from tests.waiting import until

# A broker, a worker, serve and Prometheus start, and wait for one another.
pytestmark = pytest.mark.timeout(300)

SERVICE: Final = "shop"
OTHER: Final = "till"
WINDOW: Final = 900
# Crashes of the service before its deploy, and after.
OLD: Final = 80
NEW: Final = 5
_FIRST: Final = "cluster:panictrail_first_seen:timestamp_seconds"
_OCCURRENCES: Final = f'panictrail_occurrences_total{{service="{SERVICE}"}}'


class Looked(NamedTuple):
    """Who answers, and what somebody chose who looks at a dashboard."""

    prometheus: Server
    began: float
    chosen: dict[str, str]

    def values(self) -> dict[str, str]:
        """What Grafana fills in: its own variables by the data source's interval, which is that of the scrapes."""
        seconds = int(OFTEN.removesuffix("s"))
        now = time.time()
        return {
            # max($__interval + the scrape's, four scrapes): grafana-prometheus, getRateIntervalScopedVariable.
            "__rate_interval": f"{max(2 * seconds, 4 * seconds)}s",
            "__range": f"{math.ceil(now - self.began)}s",
            "__from": str(int(self.began * 1000)),
            "service": SERVICE,
            "stage": ".*",
            "window": str(WINDOW),
            **self.chosen,
        }

    def found(self, query: grafana.Query) -> list[dict[str, Any]]:
        """Series with at least one value that is a number."""
        asked = {"query": grafana.filled(query.bare(), self.values())}
        if query.instant:
            path, key = "/api/v1/query", "value"
        else:
            path, key = "/api/v1/query_range", "values"
            asked |= {"start": _at(self.began), "end": _at(time.time()), "step": OFTEN}
        rows = self.prometheus.json(path, **asked)["data"]["result"]
        return [row for row in rows if any(math.isfinite(each) for each in _numbers(row, key))]

    def rows(self, query: grafana.Query) -> list[dict[str, Any]]:
        """The same, once there are any: a scrape may have come too late."""
        return until(partial(self.found, query), query.where)

    def number(self, query: grafana.Query) -> float:
        """The one value of a query."""
        (row,) = self.rows(query)
        return _numbers(row, "value")[0]


def _at(seconds: float) -> str:
    return str(Instant(int(seconds * 1e9)))


def _numbers(row: dict[str, Any], key: str) -> list[float]:
    samples = row[key] if key == "values" else [row[key]]
    return [float(value) for _, value in samples]


def _crash(name: str, service: str, bug: str, at: float, **more: object) -> str:
    event = {
        "text": panic_text(f"main.{bug}", message=f"{bug}: token {TOKEN}"),
        "at": _at(at),
        "service": service,
        "event_id": name,
        "context": {"attributes": {"env": "prod"}},
    }
    return json.dumps(event | more)


def _post(serve: Server, *lines: str) -> None:
    serve.post("/v1/crashes", "\n".join(lines).encode(), "application/x-ndjson")


def _tell(serve: Server, **event: object) -> None:
    answer = serve.post("/webhooks/plain", json.dumps(event).encode(), "application/json")
    assert answer["accepted"] == 1


def _deploy(serve: Server, commit: str) -> None:
    """A push, its build and its deploy, now."""
    now, repo = _at(time.time()), "acme/shop"
    _tell(
        serve,
        kind="git.push",
        delivery_id="p",
        occurred_at=now,
        repo=repo,
        after=commit,
        commits=[commit],
    )
    build = {"build_id": "shop-1", "commit": commit, "status": "success"}
    _tell(serve, kind="ci.build", delivery_id="b", occurred_at=now, repo=repo, **build)
    where = {"service": SERVICE, "env": "prod", "batch": "b-7", "build_id": "shop-1"}
    _tell(
        serve,
        kind="deploy",
        delivery_id="d",
        occurred_at=now,
        phase="complete",
        percent=100,
        **where,
    )


@pytest.fixture
def looked(tmp_path: Path, broker: Broker, names: Names) -> Iterator[Looked]:
    """Somebody looks at the dashboards while this goes on."""
    spool = tmp_path / "spool"
    spool.mkdir()
    _, commit, _ = root_cause_world.make(tmp_path / "repository")
    create_topics(broker, names, 1)
    with ExitStack() as stack:
        people = stack.enter_context(Receiver())
        words = ("--repo", f"shop={tmp_path / 'repository'}", "--spool", spool)
        told = {"PANICTRAIL_NOTIFY_WEBHOOK_URL": f"{people.url}/people"}
        serve = stack.enter_context(serving(tmp_path, *words, **told))
        running = stack.enter_context(worker(broker, names, tmp_path / "worker", "symbolize"))
        began = time.time()
        # Of Alertmanager's port nobody answers: alerts fire, and wake nobody.
        server = stack.enter_context(prometheus(tmp_path, serve.port, free_port(), running.port))
        _before(serve, began)
        _feed(broker, names, 1)
        # The second of the deploy is to begin after a scrape that has seen them.
        seen = f"count_over_time({_OCCURRENCES}[1m]) >= 3"
        until(lambda: server.query(seen), "the crashes are scraped")
        _deploy(serve, commit)
        until(lambda: server.query("panictrail_deploy_timestamp_seconds"), "so is the deploy")
        _after(serve, commit)
        _feed(broker, names, 2)
        new = f'{_FIRST}{{service="{SERVICE}"}} > {began}'
        until(lambda: server.query(f'{_FIRST}{{service="{OTHER}"}}'), "what came last is there")
        ((labels, _),) = until(lambda: server.query(new), "so is the new cluster").items()
        yield Looked(server, began, {"cluster_id": dict(labels)["cluster_id"]})


def _before(serve: Server, began: float) -> None:
    """A storm of a minute, which is over, and a line that is no event."""
    storm = (_crash(f"a{each}", SERVICE, "old", began - 180) for each in range(OLD - 1))
    _post(serve, *storm, _crash("a", SERVICE, "old", began - 60), "no event")


def _after(serve: Server, commit: str) -> None:
    """Another bug of the service, whose commit is known, and a service that never crashed before."""
    build = {"revision": commit}
    now = time.time()
    new = (_crash(f"b{each}", SERVICE, "new", now, build=build) for each in range(NEW))
    _post(serve, *new, _crash("t", OTHER, "other", now))


def _feed(broker: Broker, names: Names, seed: int) -> None:
    crashes = [raw("panics.raw", crash) for crash in mixed(20, bugs=5, seed=seed)]
    asyncio.run(send(cluster_of(broker), names, crashes))


def test_every_query_has_data_and_a_deploy_is_compared(looked: Looked) -> None:
    """One test: what it looks at takes long to start."""
    dashboards = grafana.dashboards()
    asked = {
        query.where: query
        for name, dashboard in dashboards.items()
        for query in grafana.queries(name, dashboard)
    }
    looked.chosen["deploy"] = _deploy_chosen(looked, asked["deploys: $deploy"])
    for query in asked.values():
        looked.rows(query)
    figures = {
        title: looked.number(asked[f"deploys: {title}"])
        for title in ("Crashes per hour before", "New clusters before", "New clusters after")
    }
    assert figures == {
        "Crashes per hour before": pytest.approx(OLD * 3600 / WINDOW),
        "New clusters before": 1,
        "New clusters after": 1,
    }
    rows = looked.rows(asked["deploys: Affected services A"])
    assert {row["metric"]["service"] for row in rows} == {SERVICE, OTHER}
    rows = looked.rows(asked["deploys: Affected services B"])
    assert {row["metric"]["service"] for row in rows} == {SERVICE}
    (new,) = (
        row
        for row in looked.rows(asked["deploys: New clusters A"])
        if row["metric"]["service"] == SERVICE
    )
    assert new["metric"]["cluster_id"] == looked.chosen["cluster_id"]


def _deploy_chosen(looked: Looked, query: grafana.Query) -> str:
    """What Grafana takes out of an answer by the variable's regex: it prints labels, value and milliseconds."""
    ((metric, (at, value)),) = ((row["metric"], row["value"]) for row in looked.rows(query))
    labels = ",".join(f'{name}="{text}"' for name, text in metric.items())
    variable = grafana.variables(grafana.dashboards()["deploys"])["deploy"]
    found = re.search(variable["regex"].strip("/"), f"{{{labels}}} {value} {int(at * 1000)}")
    assert found
    return found[1]
