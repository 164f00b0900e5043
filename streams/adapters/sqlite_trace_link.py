"""trace_link in the SQLite file of a state: a view of its rows with the columns that PostgreSQL has, and indexes.

In: nothing. Out: SQL that may be run again. The rows stay the JSON messages that they are; columns are made from them,
so nothing is stored twice and there is nothing to keep in step.
"""

from __future__ import annotations

from typing import Final

from streams.model.view import LINKS

# Columns of the view, and the fields of LinkChanged that they show (docs/trace-link.md).
_FIELDS: Final = {
    "commit_sha": "commit_sha",
    "build_id": "build_id",
    "deploy_batch": "deploy_batch",
    "service_name": "service",
    "timestamp": "timestamp",
    "environment": "env",
    "region": "region",
    "phase": "phase",
    "action": "action",
    "percent": "percent",
    "image_digest": "digest",
    "version": "version",
    "revision": "revision",
    "repo": "repo",
    "build_status": "build_status",
    "build_attempt": "build_attempt",
    "joined_by": "joined_by",
}
_INDEXES: Final = {
    "service": ("service_name", "timestamp"),
    "commit": ("commit_sha", "timestamp"),
    "build": ("build_id",),
    "digest": ("image_digest",),
}
# Bytes are no JSON to SQLite.
_TEXT: Final = "CAST(value AS TEXT)"


def _column(name: str) -> str:
    field = f"json_extract({_TEXT}, '$.{_FIELDS[name]}')"
    # RFC 3339 to the second: times of one length, which compare as texts.
    return f"(substr({field}, 1, 19) || 'Z')" if name == "timestamp" else field


def _statements() -> list[str]:
    of_links = f"WHERE tbl = '{LINKS.name}'"
    columns = ", ".join(f"{_column(name)} AS {name}" for name in _FIELDS)
    shown = f"SELECT key AS link, {columns}, {_TEXT} AS message FROM rows"  # noqa: S608 - names of this module
    made = [f"CREATE VIEW IF NOT EXISTS trace_link AS {shown} {of_links}"]
    for index, names in _INDEXES.items():
        keys = ", ".join(map(_column, names))
        made.append(f"CREATE INDEX IF NOT EXISTS trace_link_by_{index} ON rows({keys}) {of_links}")
    return made


TRACE_LINK: Final = ";\n".join(_statements()) + ";\n"
