"""What a registry holds as text: the Prometheus format 0.0.4, or OpenMetrics with exemplars.

In: counters, gauges and histograms with the names of the closed list. Out: byte for byte what prometheus-client writes
(tests compare), for half of the CPU or less: that escapes every name letter by letter, and ours need none of it.
https://prometheus.io/docs/instrumenting/exposition_formats/, https://prometheus.io/docs/specs/om/open_metrics_spec/
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from prometheus_client.metrics_core import Metric as Family
from prometheus_client.samples import Exemplar
from prometheus_client.utils import floatToGoString

# As Go writes numbers; it has no types.
_number: Callable[[float], str] = floatToGoString
_IN_VALUE: Final = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})
_IN_HELP: Final = str.maketrans({"\\": r"\\", "\n": r"\n"})
# Whatever a scrape may ask for, names of these characters are written as they are.
_AS_THEY_ARE: Final = ("underscores", "allow-utf-8")


def writes(kind: str) -> bool:
    """Whether this module can write a content type that prometheus-client chose."""
    asked = kind.partition("escaping=")[2]
    return not asked or asked in _AS_THEY_ARE


def written(families: Iterable[Family], kind: str) -> bytes:
    """The text of metrics, of the content type `kind`."""
    open_metrics = kind.startswith("application/openmetrics-text")
    lines: list[str] = []
    for family in families:
        if open_metrics:
            name, text = family.name, family.documentation.translate(_IN_VALUE)
        else:
            name = f"{family.name}_total" if family.type == "counter" else family.name
            text = family.documentation.translate(_IN_HELP)
        lines.append(f"# HELP {name} {text}\n# TYPE {name} {family.type}\n")
        lines.extend(
            f"{row.name}{_labels(row.labels)} {_number(row.value)}"
            f"{_example(row.exemplar) if open_metrics and row.exemplar else ''}\n"
            for row in family.samples
        )
    if open_metrics:
        lines.append("# EOF\n")
    return "".join(lines).encode()


def _labels(labels: dict[str, str]) -> str:
    if not labels:
        return ""
    pairs = [f'{name}="{value.translate(_IN_VALUE)}"' for name, value in sorted(labels.items())]
    return "{" + ",".join(pairs) + "}"


def _example(example: Exemplar) -> str:
    return f" # {_labels(example.labels)} {_number(example.value)} {example.timestamp}"
