"""The JSON Schemas of all topics and printed outputs, and the page that lists them, made from the model.

In: `TOPICS`, `OUTPUTS`. Out: file names with their bytes; `tests/tools/schemas.py` writes and compares them. Never
reads or writes a file.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
import orjson

from streams.model.instant import Instant
from streams.model.outputs import OUTPUTS, Output
from streams.model.topics import TOPICS, Topic

# Whatever has a schema.
ALL: Final[tuple[Topic | Output, ...]] = (*TOPICS, *OUTPUTS)
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
BASE: Final = "https://panictrail.dev/schemas/"
COMMAND: Final = "python tests/tools/schemas.py schemas"
_EXTRA: Final = "$extra"
_TEMPLATE: Final = "#/$defs/{name}"
# Epoch times up to 9999-12-31 in nanoseconds; smaller units are told apart by their size.
_TIME: Final[dict[str, Any]] = {
    "title": "Instant",
    "description": "RFC 3339 in UTC as we write it; also read: any offset, and epoch seconds, milli-, micro- or "
    "nanoseconds as a number or a string.",
    "anyOf": [
        {"type": "string", "minLength": 1, "examples": ["2026-11-23T08:00:00.25Z", "1795420800"]},
        {"type": "number", "minimum": 0},
    ],
}


def _hook(kind: type) -> dict[str, Any]:
    if kind is Instant:
        return {"$ref": "#/$defs/Instant"}
    raise NotImplementedError(
        f"no JSON Schema for {kind.__name__}: add it to streams/model/schemagen.py"
    )


def _tolerant(definition: dict[str, Any]) -> dict[str, Any]:
    """A definition without our own field for unknown keys, which says that there may be some."""
    known = definition.get("properties")
    if known is None:
        return definition
    properties = {name: _shared(item) for name, item in known.items() if name != _EXTRA}
    return {**definition, "properties": properties, "additionalProperties": True}


def _shared(item: dict[str, Any]) -> dict[str, Any]:
    """A property without the default of a whole struct: each of its own fields states one."""
    if "$ref" in item and isinstance(item.get("default"), dict):
        return {key: value for key, value in item.items() if key != "default"}
    return item


def _schema(of: Topic | Output) -> dict[str, Any]:
    name = of.message.__name__
    _, definitions = msgspec.json.schema_components(
        [of.message], schema_hook=_hook, ref_template=_TEMPLATE
    )
    body = _tolerant(definitions.pop(name))
    others = {key: _tolerant(definitions[key]) for key in definitions}
    if orjson.dumps({**others, name: body}).find(b"#/$defs/Instant") >= 0:
        others["Instant"] = _TIME
    if orjson.dumps(others).find(_TEMPLATE.format(name=name).encode()) >= 0:
        raise ValueError(f"{name} holds itself: its schema needs a definition of its own")
    return {
        "$schema": DIALECT,
        "$id": f"{BASE}{of.schema}.json",
        "$comment": f"Generated from streams/model by `{COMMAND}`; do not edit.",
        **body,
        "title": of.schema,
        "$defs": {key: others[key] for key in sorted(others)},
    }


_README_HEAD: Final = f"""\
<!-- Generated from streams/model by `{COMMAND}`; do not edit. -->
# Schemas of topics

One JSON Schema (draft 2020-12) per topic and version, for the message as plain JSON. Internal topics carry batches of
such messages; `panictrail topics cat` unpacks them.

| topic | schema | key | made by | kept | promise | compatibility |
|---|---|---|---|---|---|---|
"""
_README_OUTPUTS: Final = """
Commands print messages of topics too (`parse` and `goroutines` crash.v1, `analyze` report.v1), and what no topic has:

| command | schema |
|---|---|
"""
_README_FOOT: Final = """
**Compatibility.** *Stable*: outside programs write or read it. Fields may be added, never renamed, removed or given
another meaning; new ones are optional. Anything else is a new version beside the old one. *Ours*: written and read by
our stages only; the same rule holds between two neighbouring releases, so that workers can be replaced one by one.

Readers keep fields that they do not know and write them again, default those that are missing, and lift old versions
(`schema` is the version, 1 where it is missing). `tests/golden_messages/` holds one full message of every version.
"""


def _row(topic: Topic) -> str:
    promise, rule = ("public", "stable") if topic.public else ("internal", "ours")
    cells = (
        f"`{topic.name}`",
        f"[{topic.schema}]({topic.schema}.json)",
        topic.key,
        topic.made_by,
        topic.retention,
        promise,
        rule,
    )
    return f"| {' | '.join(cells)} |\n"


def _output_row(output: Output) -> str:
    return f"| `{output.command}` | [{output.schema}]({output.schema}.json) |\n"


def _readme() -> str:
    rows = "".join(map(_row, TOPICS))
    return _README_HEAD + rows + _README_OUTPUTS + "".join(map(_output_row, OUTPUTS)) + _README_FOOT


def schemas() -> dict[str, bytes]:
    """Every generated file of schemas/ by name: the same bytes for the same model."""
    files = {
        f"{of.schema}.json": orjson.dumps(_schema(of), option=orjson.OPT_INDENT_2) + b"\n"
        for of in ALL
    }
    return {**files, "README.md": _readme().encode()}
