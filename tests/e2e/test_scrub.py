"""`scrub report`: which secrets were masked where, and none of them."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import orjson

from tests.e2e.test_cli import panictrail
from tests.spool_writer import record, write

SECRET = "hunter2" + "-the-fourth"
MAIL = "bob@" + "example.org"
TRACE = f"""panic: login failed: password={SECRET} for order A10077

goroutine 1 [running]:
main.login({{0xc000012345, 0x2}})
	/src/main.go:10 +0x1d
main.main()
	/src/main.go:5 +0x17

goroutine 7 [chan receive labels:{{"user": "{MAIL}"}}]:
main.wait()
	/src/main.go:30 +0x1d
exit status 2
"""
SETTINGS = """
[[scrub_patterns]]
name = "order"
regex = 'A100\\d+'

[[scrub_patterns]]
name = "idle"
regex = 'ZZZ\\d+'
"""
SCHEMA = Path(__file__).resolve().parents[2] / "schemas" / "scrubbed-pattern.v1.json"


def test_every_pattern_has_its_numbers_fields_services_and_letters(tmp_path: Path) -> None:
    log, state, config = tmp_path / "app.log", tmp_path / "state", tmp_path / "panictrail.toml"
    log.write_text(f'{TRACE}{{"text":"nothing here, password={SECRET}"}}\n')
    config.write_text(SETTINGS)
    ring = f"POST /login {MAIL}\n".encode()
    write(tmp_path / "spool", record(TRACE.encode(), ring=ring, container="c0ffee"))
    given = ("--state", state, "--config", config)
    for found, service in ((log, "shop"), (tmp_path / "spool", "pay")):
        assert panictrail("analyze", found, "--service", service, *given).returncode == 0
    said = panictrail("scrub", "report", *given, "--json")
    assert said.returncode == 0
    rows = {row["pattern"]: row for row in map(orjson.loads, said.stdout.splitlines())}
    schema = orjson.loads(SCHEMA.read_bytes())
    for row in rows.values():
        jsonschema.Draft202012Validator(schema).validate(row)
    assert set(rows) == {"password", "email", "order", "idle"}
    assert rows["password"]["services"] == {"pay": 1, "shop": 1}
    assert rows["password"]["fields"] == {"message": 2, "panics.value": 2}
    assert (rows["password"]["secrets"], rows["password"]["dead_letters"]) == (2, 1)
    assert rows["email"]["fields"] == {"goroutines.labels.user": 2, "context.last_events": 1}
    assert (rows["email"]["secrets"], rows["email"]["crashes"]) == (3, 2)
    assert (rows["order"]["own"], rows["order"]["crashes"], rows["idle"]["own"]) == (True, 2, True)
    text = panictrail("scrub", "report", *given)
    assert b"patterns of yours that found nothing: idle\n" in text.stdout
    assert b"order (yours)  2 secrets in 2 crashes\n" in text.stdout
    for each in (SECRET.encode(), MAIL.encode(), b"A10077"):
        assert each not in said.stdout + said.stderr + text.stdout + text.stderr


def test_nothing_masked_and_nothing_kept(tmp_path: Path) -> None:
    state = tmp_path / "state"
    absent = panictrail("scrub", "report", "--state", state)
    assert absent.returncode == 2
    (tmp_path / "calm.log").write_text("GET / 200\n")
    panictrail("analyze", tmp_path / "calm.log", "--state", state)
    found = panictrail("scrub", "report", "--state", state)
    assert found.stdout == b"nothing was masked in what is kept\n"


def test_that_scrubbing_is_off_is_said(tmp_path: Path) -> None:
    (tmp_path / "off.toml").write_text("scrub = false\n")
    (tmp_path / "app.log").write_text(TRACE)
    given = ("--state", tmp_path / "state", "--config", tmp_path / "off.toml")
    panictrail("analyze", tmp_path / "app.log", *given)
    found = panictrail("scrub", "report", *given)
    assert b"scrubbing is off" in found.stderr
    assert found.stdout == b"nothing was masked in what is kept\n"
