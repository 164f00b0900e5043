"""Links to traces: templates of the settings, and what becomes of them.

In: nothing. Out: the check of a template, the value of a link. docs/traces.md.
"""

from __future__ import annotations

import re
from typing import Final

from streams.model.message import Value

# What a template may hold, beside {trace_id}, which it has to.
FIELDS: Final = ("trace_id", "span_id", "service", "start_ms", "end_ms")
FIELD: Final = re.compile(r"\{([^{}]*)\}")
# No field may name the host.
_URL: Final = re.compile(r"https?://[^\s{}/@?#]+/([^\s{}]|\{[a-z_]+\})*")


class TraceLink(Value, frozen=True):
    """A link to a trace, or to the logs of one."""

    name: str
    url: str


def checked(template: str) -> str:
    """A template that makes links. Raises ValueError for any other."""
    fields = FIELD.findall(template)
    if not _URL.fullmatch(template) or "trace_id" not in fields or not {*fields} <= {*FIELDS}:
        raise ValueError(template)
    return template
