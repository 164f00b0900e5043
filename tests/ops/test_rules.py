"""ops/prometheus and ops/alertmanager by the programs that read them, and against the closed list of metrics."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from streams.model.metrics import BY_NAME, METRICS
from tests.ops.monitoring import OPS, run

PROMETHEUS: Final = OPS / "prometheus"
RULES: Final = (PROMETHEUS / "recording.yml", PROMETHEUS / "alerts.yml")
CASES: Final = sorted((PROMETHEUS / "tests").glob("*.yml"))
# What Prometheus makes of a histogram.
_PARTS: Final = ("", "_bucket", "_sum", "_count")
_NAME: Final = re.compile(r"(?<![\w:])(?:panictrail|clustering)_\w+")
# A selector, and what is aggregated or matched by.
_LABELS: Final = re.compile(r"(?:\bby|\bon|\bignoring|\bgroup_left) \(([\w, ]*)\)|\{([^}]*)\}")
# Of Prometheus itself, and of histograms.
_THEIRS: Final = {"instance", "job", "le"}


def _rules() -> list[dict[str, Any]]:
    groups = [group for path in RULES for group in yaml.safe_load(path.read_text())["groups"]]
    return [rule for group in groups for rule in group["rules"]]


ALERTS: Final = [rule for rule in _rules() if "alert" in rule]
every_alert = pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
every_rule = pytest.mark.parametrize(
    "rule", _rules(), ids=lambda rule: rule.get("alert") or rule["record"]
)


def test_prometheus_takes_configuration_and_rules() -> None:
    code, said = run("promtool", "check", "config", PROMETHEUS / "prometheus.yml")
    assert code == 0, said
    code, said = run("promtool", "check", "rules", *RULES)
    assert code == 0, said


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_rules_do_what_their_tests_say(path: Path) -> None:
    code, said = run("promtool", "test", "rules", path)
    assert code == 0, said


def test_victoria_metrics_takes_the_rules() -> None:
    words = [f"-rule={path}" for path in RULES]
    # It asks for an address of its datasource, and nobody there.
    code, said = run("vmalert", "-dryRun", "-datasource.url=http://127.0.0.1:1", *words)
    assert code == 0, said


def test_alertmanager_takes_its_configuration() -> None:
    code, said = run("amtool", "check-config", OPS / "alertmanager" / "alertmanager.yml")
    assert code == 0, said
    assert "6 inhibit rules" in said
    assert "2 receivers" in said


@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        (("alertname=PanictrailNewCluster", "severity=page"), "people"),
        (("alertname=PanictrailDeadLettersGrow", "severity=ticket"), "tickets"),
    ],
)
def test_who_is_told(labels: tuple[str, ...], receiver: str) -> None:
    config = f"--config.file={OPS / 'alertmanager' / 'alertmanager.yml'}"
    code, said = run("amtool", "config", "routes", "test", config, *labels)
    assert (code, said.split()[-1]) == (0, receiver)


@every_alert
def test_an_alert_says_what_it_means_and_what_to_do(alert: dict[str, Any]) -> None:
    name, told = alert["alert"], alert["annotations"]
    assert alert["labels"]["severity"] in ("page", "ticket")
    assert told["summary"]
    runbook = Path(told["runbook"])
    assert runbook == Path("ops/runbooks") / f"{name}.md"
    text = (OPS.parent / runbook).read_text()
    assert text.startswith(f"# {name}\n")
    for part in ("What it means", "What to do", "When it is wrong"):
        assert f"## {part}\n" in text


@every_alert
def test_an_alert_has_a_case_in_which_it_fires_and_one_in_which_it_does_not(
    alert: dict[str, Any],
) -> None:
    cases = [
        case
        for path in CASES
        for test in yaml.safe_load(path.read_text())["tests"]
        for case in test["alert_rule_test"]
        if case["alertname"] == alert["alert"]
    ]
    assert {bool(case["exp_alerts"]) for case in cases} == {True, False}


@every_rule
def test_a_rule_uses_metrics_and_labels_that_there_are(rule: dict[str, Any]) -> None:
    names = {f"{name}{part}": name for name in BY_NAME for part in _PARTS}
    used = set(_NAME.findall(re.sub(r"[\w]+:[\w:]+", "", rule["expr"])))
    assert used <= names.keys()
    recorded = {each["record"] for each in _rules() if "record" in each}
    assert set(re.findall(r"\w+:[\w:]+", rule["expr"])) <= recorded
    known = {label for metric in METRICS for label in metric.labels} | _THEIRS
    for listed, selected in _LABELS.findall(rule["expr"]):
        words = re.findall(r"(\w+)(?==|!)", selected) if selected else re.findall(r"\w+", listed)
        assert set(words) <= known


def test_the_page_of_alerts_has_each_with_its_severity() -> None:
    text = (OPS.parent / "docs" / "alerts.md").read_text()
    rows = re.findall(r"^\| \[(\w+)\]\(\.\./ops/runbooks/\w+\.md\) \| (\w+) \|", text, re.MULTILINE)
    assert rows == [(alert["alert"], alert["labels"]["severity"]) for alert in ALERTS]


@pytest.mark.parametrize("page", ["metrics.md", "alerts.md"])
def test_a_page_names_only_what_there_is(page: str) -> None:
    text = (OPS.parent / "docs" / page).read_text()
    recorded = {each["record"] for each in _rules() if "record" in each}
    assert set(re.findall(r"\w+:panictrail[\w:]+", text)) <= recorded
    names = {f"{name}{part}" for name in BY_NAME for part in _PARTS}
    assert set(_NAME.findall(re.sub(r"\w+:panictrail[\w:]+", "", text))) <= names


def test_runbooks_are_of_alerts_that_there_are() -> None:
    names = {path.stem for path in (OPS / "runbooks").glob("*.md")} - {"README"}
    assert names == {alert["alert"] for alert in ALERTS}
