"""ops/grafana: dashboards as they are made, against the closed list, the rules, and what starts Grafana."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.ops import compose, grafana
from tests.ops.monitoring import OPS, run

_DASHBOARDS: Final = grafana.dashboards()
_QUERIES: Final = [
    query for name, found in _DASHBOARDS.items() for query in grafana.queries(name, found)
]
every_dashboard = pytest.mark.parametrize("name", _DASHBOARDS)
every_query = pytest.mark.parametrize("query", _QUERIES, ids=lambda query: query.where)
# What Grafana fills in by itself.
_BUILT_IN: Final = {"__rate_interval", "__range", "__from", "__to", "__url_time_range"}
_ANY: Final = {
    "__rate_interval": "1m0s",
    "__range": "21600s",
    "__from": "1795420800000",
    "service": "checkout",
    "stage": "serve",
    "cluster_id": "882606209e5a4bc833474443c76058e6",
    "deploy": "1795420800",
    "window": "3600",
}


def _services() -> dict[str, dict[str, Any]]:
    return compose.services({"PANICTRAIL_POSTGRES_PASSWORD": "a password"})


def test_the_files_are_what_the_code_makes() -> None:
    """In a process of its own: the library warns when it is imported that there is a newer schema."""
    command = (sys.executable, "-m", "ops.grafana", "--check")
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=OPS.parent)
    assert (done.returncode, done.stdout) == (0, "dashboards: current\n"), done.stderr


def test_the_four_are_there() -> None:
    assert {found["uid"] for found in _DASHBOARDS.values()} == {
        f"panictrail-{name}" for name in ("overview", "cluster", "pipeline", "deploys")
    }


def test_prometheus_parses_every_expression(tmp_path: Path) -> None:
    path = tmp_path / "rules.yml"
    rules = [
        {"record": f"query{number}", "expr": grafana.filled(query.expr, _ANY)}
        for number, query in enumerate(_QUERIES)
    ]
    assert len(rules) > 60
    path.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": rules}]}))
    code, said = run("promtool", "check", "rules", path)
    assert code == 0, said
    assert f"{len(rules)} rules found" in said


@every_query
def test_a_query_uses_metrics_and_labels_that_there_are(query: grafana.Query) -> None:
    names = grafana.metrics(query.expr)
    recording = yaml.safe_load((OPS / "prometheus" / "recording.yml").read_text())
    recorded = {rule["record"] for group in recording["groups"] for rule in group["rules"]}
    assert {name for name in names if ":" in name} <= recorded
    known = {label for name in names for label in grafana.labels_of(name)}
    assert names or query.expr.startswith("vector(")
    for name, labels in grafana.selected(query.expr):
        assert labels <= grafana.labels_of(name)
    assert grafana.listed(query.expr) | query.labels <= known


@pytest.mark.parametrize(
    ("expr", "names"),
    [
        ("sum(nobody_counts_this)", {"nobody_counts_this"}),
        ('rate(a_total{x="y z"}[5m] offset -${window}s) / on (x) b:c:d', {"a_total", "b:c:d"}),
        ("a_total @ $deploy offset 5m unless sum by (x) (up > 3600)", {"a_total", "up"}),
    ],
)
def test_names_are_found_wherever_they_stand(expr: str, names: set[str]) -> None:
    assert grafana.metrics(expr) == names


def test_a_name_that_no_process_has_is_refused() -> None:
    for name in ("panictrail_occurrences", "panictrail_crashes_total_sum", "nobody_counts_this"):
        with pytest.raises(KeyError):
            grafana.labels_of(name)


@every_dashboard
def test_every_variable_is_declared_and_used(name: str) -> None:
    found = _DASHBOARDS[name]
    declared = grafana.variables(found).keys()
    texts = [str(found["panels"]), str(found["templating"]), str(found["annotations"])]
    named = grafana.used(" ".join([*texts, str(found["links"])]))
    # Of a cell: `${__value.text}` is no variable of the dashboard, and has a dot.
    assert named - _BUILT_IN == declared


@every_dashboard
def test_a_dashboard_can_be_read(name: str) -> None:
    found = _DASHBOARDS[name]
    assert found["editable"] is False
    panels = grafana.panels(found)
    assert all(panel["title"] and panel["description"] for panel in panels)
    ids = [panel["id"] for panel in panels]
    assert len(ids) == len(set(ids))
    places = [panel["gridPos"] for panel in panels]
    assert all(place["x"] + place["w"] <= 24 for place in places)
    cells = [
        (place["x"] + x, place["y"] + y)
        for place in places
        for x in range(place["w"])
        for y in range(place["h"])
    ]
    assert len(cells) == len(set(cells)), "panels lie upon each other"


@every_dashboard
def test_every_query_asks_the_chosen_data_source(name: str) -> None:
    found = _DASHBOARDS[name]
    chosen = {"type": "prometheus", "uid": "${datasource}"}
    for panel in grafana.panels(found):
        assert panel["datasource"] == chosen
        assert [each["datasource"] for each in panel["targets"]] == [chosen] * len(panel["targets"])
    asked = [each for each in grafana.variables(found).values() if each["type"] == "query"]
    marks = found["annotations"].get("list", [])
    assert [each["datasource"] for each in (*asked, *marks)] == [chosen] * len([*asked, *marks])


def test_the_cluster_drives_every_panel_of_its_dashboard() -> None:
    found = _DASHBOARDS["cluster"]
    assert (
        grafana.variables(found)["cluster_id"]["query"]
        == "label_values(clustering_intra_cluster_avg_distance, cluster_id)"
    )
    # The service is that of the cluster.
    assert "$cluster_id" in grafana.variables(found)["service"]["query"]
    for panel in grafana.panels(found):
        names = grafana.used(" ".join(target["expr"] for target in panel["targets"]))
        assert names & {"cluster_id", "service"}, panel["title"]


@pytest.mark.parametrize("name", ["overview", "cluster", "deploys"])
def test_deploys_are_marked_at_the_time_that_they_began(name: str) -> None:
    (mark,) = _DASHBOARDS[name]["annotations"]["list"]
    assert mark["useValueForTime"] is True
    assert mark["expr"].endswith(" * 1000")
    assert "panictrail_deploy_timestamp_seconds" in mark["expr"]


def test_links_lead_to_dashboards_that_there_are() -> None:
    text = " ".join(path.read_text() for path in grafana.FOLDER.glob("*.json"))
    uids = {word.split("?")[0].strip("/") for word in text.split('"/d/')[1:]}
    assert uids == {"panictrail-cluster"} <= {found["uid"] for found in _DASHBOARDS.values()}


def test_compose_provisions_the_data_source_and_the_dashboards() -> None:
    service = _services()["grafana"]
    mounts = dict(volume.split(":")[:2] for volume in service["volumes"])
    assert all(volume.endswith(":ro") for volume in service["volumes"])
    folder = OPS / "grafana" / "provisioning"
    (provider,) = yaml.safe_load((folder / "dashboards" / "panictrail.yml").read_text())[
        "providers"
    ]
    assert mounts["./ops/grafana/dashboards"] == provider["options"]["path"]
    assert mounts["./ops/grafana/provisioning"] == "/etc/grafana/provisioning"
    assert {path.parent.name for path in folder.rglob("*.yml")} == {"dashboards", "datasources"}
    home = service["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert home.removeprefix(f"{provider['options']['path']}/") == "overview.json"
    (source,) = yaml.safe_load((folder / "datasources" / "prometheus.yml").read_text())[
        "datasources"
    ]
    host, port = source["url"].removeprefix("http://").split(":")
    assert f"127.0.0.1:{port}:{port}" in _services()[host]["ports"]
    # Grafana takes windows of at least four scrapes, if it knows how often that is.
    scraped = yaml.safe_load((OPS / "prometheus" / "prometheus.yml").read_text())
    assert source["jsonData"]["timeInterval"] == scraped["global"]["scrape_interval"]


def test_grafana_has_no_password_to_guess() -> None:
    settings = _services()["grafana"]["environment"]
    assert settings["GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION"] == "true"
    assert settings["GF_AUTH_DISABLE_LOGIN_FORM"] == "true"
    assert settings["GF_AUTH_BASIC_ENABLED"] == "false"
    assert settings["GF_AUTH_ANONYMOUS_ORG_ROLE"] == "Viewer"
