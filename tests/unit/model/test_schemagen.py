"""`model.schemagen` and the tool that writes its files: schemas/ is what the model says, byte for byte."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import orjson
import pytest

from streams.model import schemagen
from streams.model.schemagen import ALL, COMMAND, schemas

ROOT = Path(__file__).resolve().parents[3]
TOOL = ROOT / "tests" / "tools" / "schemas.py"
MADE = schemas()
every_schema = pytest.mark.parametrize("name", [f"{of.schema}.json" for of in ALL])


def _run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, TOOL, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


def _objects(value: object) -> list[dict[str, Any]]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    found = [item for outer in inner for item in _objects(outer)]
    return [value, *found] if isinstance(value, dict) else found


def test_the_folder_is_what_the_model_says() -> None:
    done = _run("--check", "schemas")
    assert (done.returncode, done.stderr) == (0, "")


def test_the_same_model_makes_the_same_bytes() -> None:
    assert schemas() == MADE


@every_schema
def test_a_schema_is_valid_tolerant_and_hides_our_own_field(name: str) -> None:
    schema = orjson.loads(MADE[name])
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$id"].endswith(f"/{name}")
    assert b"$extra" not in MADE[name]
    structs = [
        item for item in _objects(schema) if item.get("type") == "object" and "properties" in item
    ]
    assert structs
    assert all(item["additionalProperties"] is True for item in structs)
    assert all(item.get("description") for item in structs)


@every_schema
def test_every_reference_leads_somewhere(name: str) -> None:
    schema = orjson.loads(MADE[name])
    references = {
        item["$ref"].removeprefix("#/$defs/") for item in _objects(schema) if "$ref" in item
    }
    assert references == set(schema["$defs"])


def test_times_may_be_texts_or_numbers() -> None:
    validator = jsonschema.Draft202012Validator(orjson.loads(MADE["raw-panic.v1.json"]))
    for at in ("2026-11-23T08:00:00Z", "1795420800", 1795420800, 1795420800.25, None):
        assert validator.is_valid({"text": "x", "at": at})
    refused: tuple[object, ...] = (True, -1, "", [])
    for wrong in refused:
        assert not validator.is_valid({"text": "x", "at": wrong})


def test_a_type_without_schema_is_named() -> None:
    with pytest.raises(NotImplementedError, match="Path"):
        schemagen._hook(Path)  # noqa: SLF001 - cannot be reached from outside while the model is complete


def test_check_names_what_drifted_and_the_command_that_mends_it(tmp_path: Path) -> None:
    folder = tmp_path / "schemas"
    assert _run(folder).returncode == 0
    assert _run("--check", folder).returncode == 0
    (folder / "crash.v1.json").write_bytes(b"{}")
    (folder / "tick.v1.json").unlink()
    (folder / "gone.v1.json").write_bytes(b"{}")
    done = _run("--check", folder)
    assert done.returncode == 1
    named = [line.partition(" ")[0].rpartition("/")[2] for line in done.stderr.splitlines()]
    assert named == ["crash.v1.json", "gone.v1.json", "tick.v1.json"]
    assert COMMAND in done.stderr
    assert _run(folder).stdout.count("wrote") == 3
    assert _run("--check", folder).returncode == 0
