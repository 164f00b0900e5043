"""What `serve` says in /metrics of a state that it did not make: nothing is counted that was counted before."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from streams.cli.main import main
from tests.golden.cases import texts
from tests.ops.monitoring import Server, serving
from tests.waiting import until

DEPLOY = {
    "kind": "deploy",
    "service": "cart",
    "batch": "b-7",
    "occurred_at": "2026-11-23T08:00:00Z",
}


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Server]:
    """It follows on a run over a file that ends with a crash: that one is worked out anew whenever it is quiet."""
    log = tmp_path / "app.log"
    log.write_bytes(next(texts()).data)
    assert main(["analyze", str(log), "--state", str(tmp_path / "state")]) == 0
    with serving(tmp_path) as server:
        yield server


def values(serve: Server) -> dict[tuple[str, ...], float]:
    """By name and labels."""
    text = serve.get("/metrics").decode()
    return {
        (row.name.removeprefix("panictrail_"), *row.labels.values()): row.value
        for family in text_string_to_metric_families(text)
        for row in family.samples
    }


def test_what_was_there_is_shown_and_not_counted(serve: Server) -> None:
    found = until(lambda: serve_shows(serve, 1), "the state was read")
    assert [name for name, *_ in found if name.startswith("cluster_occ")] == ["cluster_occurrences"]
    assert found["clusters_left_out",] == 0
    assert not [name for name, *_ in found if name.startswith(("occurrences", "new_clusters"))]
    # A delivery takes the end of the file out, and after a while it is put back.
    serve.post("/webhooks/plain", json.dumps(DEPLOY).encode(), "application/json")
    crash = {"text": next(texts()).data.decode(), "service": "cart", "event_id": "c-1"}
    assert serve.post("/v1/crashes", json.dumps(crash).encode(), "application/json")["accepted"]
    found = until(lambda: serve_knows(serve, "cart"), "the delivery was worked off")
    assert found["deploy_timestamp_seconds", "cart"] == 1_795_420_800
    assert found["deploys_total", "cart"] == 1
    assert found["occurrences_total", "cart"] == 1
    assert found["recognised_total", "cart"] == 1
    found = until(lambda: serve_shows(serve, 1), "the end of the file is back")
    assert {key: value for key, value in found.items() if key[0] == "occurrences_total"} == {
        ("occurrences_total", "cart"): 1
    }


def serve_shows(serve: Server, clusters: int) -> dict[tuple[str, ...], float] | None:
    found = values(serve)
    return found if found.get(("clustering_centers_count",)) == clusters else None


def serve_knows(serve: Server, service: str) -> dict[tuple[str, ...], float] | None:
    found = values(serve)
    known = ("deploy_timestamp_seconds", service) in found and (
        "occurrences_total",
        service,
    ) in found
    return found if known else None
