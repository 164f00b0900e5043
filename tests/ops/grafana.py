"""ops/grafana/dashboards as Grafana reads them: every query, with variables filled in as Grafana does.

In: the JSON files; values of variables. Out: queries with where they stand, metrics and labels that an expression
names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from streams.model.metrics import BY_NAME
from tests.ops.monitoring import OPS

FOLDER: Final = OPS / "grafana" / "dashboards"
# What Prometheus makes of a histogram, with the labels that it adds.
_PARTS: Final = {"": (), "_bucket": ("le",), "_sum": (), "_count": ()}
# Of a recorded series, by the level that its name begins with; ops/prometheus/recording.yml.
_LEVELS: Final = {
    "service": {"service"},
    "cluster": {"cluster_id", "service"},
    "stage": {"stage"},
    "known": {"known"},
}
_SCRAPED: Final = {"job", "instance"}
_ALERTS: Final = {"alertname", "alertstate", "severity", "service", "cluster_id"}
_THEIRS: Final = {"up": _SCRAPED, "ALERTS": _ALERTS}
_KEYWORDS: Final = {"by", "on", "ignoring", "group_left", "or", "and", "unless", "offset"}
_VARIABLE: Final = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_SELECTOR: Final = re.compile(r"\{([^}]*)\}")
_LISTED: Final = re.compile(r"\b(?:by|on|ignoring|group_left) \(([\w, ]*)\)")
# Not the beginning of a longer one, and not a function.
_WORD: Final = re.compile(r"(?<![\w:$])[a-zA-Z_:][\w:]*(?![\w:]| *\()")
_LABEL_VALUES: Final = re.compile(r"label_values\((.+), (\w+)\)")
_QUERY_RESULT: Final = re.compile(r"query_result\((.+)\)")
# What a panel shows where there is nothing.
_NOTHING: Final = " or vector(0)"


class Query(NamedTuple):
    """One query, and what is made of it. `labels`: those that a legend or a column names."""

    where: str
    expr: str
    instant: bool = True
    labels: frozenset[str] = frozenset()

    def bare(self) -> str:
        """Without the 0 that stands for nothing: it would be data of no process."""
        return self.expr.removesuffix(_NOTHING)


def dashboards() -> dict[str, dict[str, Any]]:
    """Every dashboard by its file's name."""
    return {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}


def panels(dashboard: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Its panels, without the rows that they stand below."""
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def variables(dashboard: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Its variables by name."""
    return {variable["name"]: variable for variable in dashboard["templating"]["list"]}


def queries(name: str, dashboard: Mapping[str, Any]) -> Iterator[Query]:
    """The queries of its panels, marks and variables."""
    for panel in panels(dashboard):
        for target in panel.get("targets", ()):
            legend = re.findall(r"\{\{(\w+)\}\}", target.get("legendFormat", ""))
            where = f"{name}: {panel['title']} {target.get('refId', '')}".strip()
            yield Query(where, target["expr"], target.get("instant", False), frozenset(legend))
    for mark in dashboard.get("annotations", {}).get("list", ()):
        labels = re.findall(r"\{\{(\w+)\}\}", mark["titleFormat"])
        yield Query(
            f"{name}: {mark['name']}", mark["expr"], instant=False, labels=frozenset(labels)
        )
    for variable in variables(dashboard).values():
        if variable["type"] == "query":
            yield _asked(f"{name}: ${variable['name']}", variable["query"])


def _asked(where: str, query: str) -> Query:
    """What a variable asks for, as the expression that Grafana looks for series with."""
    if found := _LABEL_VALUES.fullmatch(query):
        return Query(where, found[1], labels=frozenset({found[2]}))
    found = _QUERY_RESULT.fullmatch(query)
    assert found, query
    return Query(where, found[1])


def used(text: str) -> set[str]:
    """The variables that a text names, Grafana's own with them."""
    return {braced or plain for braced, plain in _VARIABLE.findall(text)}


def filled(text: str, values: Mapping[str, str]) -> str:
    """A text with its variables filled in. Raises KeyError for one that has no value."""
    return _VARIABLE.sub(lambda found: values[found[1] or found[2]], text)


def metrics(expr: str) -> set[str]:
    """The names of series in an expression, recorded ones with them."""
    text = re.sub(r'"[^"]*"|\{[^}]*\}|\[[^\]]*\]', " ", _VARIABLE.sub("1", expr))
    text = re.sub(r"(?<![\w:])\d+[smhd]?\b", " ", _LISTED.sub(" ", text))
    words = set(_WORD.findall(text))
    return words - _KEYWORDS


def labels_of(metric: str) -> set[str]:
    """Labels that a series may have. Raises KeyError where no process and no rule makes it."""
    if metric in _THEIRS:
        return _THEIRS[metric]
    level, recorded, _ = metric.partition(":")
    if recorded:
        return _LEVELS[level]
    for part, added in _PARTS.items():
        found = next((each for name, each in BY_NAME.items() if f"{name}{part}" == metric), None)
        if found is not None and (not part or found.type == "histogram"):
            return {*found.labels, *added} | _SCRAPED
    raise KeyError(metric)


def selected(expr: str) -> Iterator[tuple[str, set[str]]]:
    """Of each selector the series and the labels that it names."""
    for found in _SELECTOR.finditer(expr):
        before = re.search(r"[\w:]+$", expr[: found.start()])
        if before is not None:
            yield before[0], set(re.findall(r"(\w+)(?==|!)", re.sub(r'"[^"]*"', "", found[1])))


def listed(expr: str) -> set[str]:
    """The labels by which an expression aggregates or matches."""
    return {word for found in _LISTED.findall(expr) for word in re.findall(r"\w+", found)}
