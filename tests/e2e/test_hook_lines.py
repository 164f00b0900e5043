"""What crashhook and httpmw log, read by the commands: the standard error of real Go programs, built here."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.symbolize.toolchains import GO

PANICTRAIL = str(Path(sys.executable).with_name("panictrail"))
_GO = Path(__file__).resolve().parents[2] / "go"
_TRACE = "0af7651916cd43dd8448eb211c80319c"
_SPAN = "b7ad6b7169203331"


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the programs of go/crashhook/testdata."""
    folder = tmp_path_factory.mktemp("programs")
    packages = [f"./crashhook/testdata/{name}" for name in ("crasher", "web")]
    environment = {
        **os.environ,
        "GOFLAGS": "-p=2 -buildvcs=false",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
    }
    subprocess.run(
        [GO, "build", "-trimpath", "-o", f"{folder}/", *packages],
        cwd=_GO,
        env=environment,
        check=True,
    )
    return folder


def said(program: Path, *arguments: str, **environment: str) -> bytes:
    """What a program writes to its standard error."""
    done = subprocess.run(
        [program, *arguments], capture_output=True, check=False, env=environment, timeout=60
    )
    return done.stderr


def panictrail(command: str, log: bytes) -> list[dict[str, Any]]:
    """The objects that a command prints of a log."""
    done = subprocess.run(
        [PANICTRAIL, command, "-", "--json"], input=log, capture_output=True, check=True, timeout=60
    )
    return [orjson.loads(line) for line in done.stdout.splitlines()]


def links(crash: dict[str, Any]) -> list[tuple[str, str]]:
    """Types and messages of a chain."""
    return [(link["type"], link["message"]) for link in crash["errors"]]


_SHIP = [
    ("*fmt.wrapError", "ship order 17: open /labels/17: permission denied"),
    ("*fs.PathError", "open /labels/17: permission denied"),
    ("*errors.errorString", "permission denied"),
]
_START = [
    ("*fmt.wrapError", "start: open /etc/shop: file does not exist"),
    ("*fs.PathError", "open /etc/shop: file does not exist"),
    ("*errors.errorString", "file does not exist"),
]


def test_a_panic_that_was_answered_has_its_request_and_chain(programs: Path) -> None:
    (crash,) = panictrail("parse", said(programs / "web", "answer", "17"))
    assert crash["kind"] == "panic"
    assert crash["message"] == _SHIP[0][1]
    assert links(crash) == _SHIP
    context = crash["context"]
    assert (context["http_method"], context["http_path"], context["http_status"]) == (
        "POST", "/orders/{id}/ship", 500,
    )  # fmt: skip
    assert (context["trace_id"], context["span_id"]) == (_TRACE, _SPAN)
    assert crash["build"]["module"] == "panictrail.dev/go"
    assert "main.ship" in [frame["function"] for frame in crash["goroutines"][0]["frames"]]


def test_the_labels_of_the_request_are_on_its_goroutine(programs: Path) -> None:
    log = said(programs / "web", "answer", "17", GODEBUG="tracebacklabels=1")
    (crash,) = panictrail("parse", log)
    assert crash["goroutines"][0]["labels"] == {"request_id": "r-17", "trace_id": _TRACE}


def test_a_panic_that_goes_on_counts_once_with_its_request(programs: Path) -> None:
    log = said(programs / "web", "repanic", "17", "18")
    assert log.count(b"http: panic serving") == log.count(b'"panictrail":1') == 2
    crashes = panictrail("parse", log)
    assert [crash["context"]["http_path"] for crash in crashes[::2]] == ["/orders/{id}/ship"] * 2
    assert [crash["context"]["http_status"] for crash in crashes[::2]] == [None, None]
    reports = panictrail("analyze", log)
    assert sorted(
        (report["root_cause"]["function"], report["occurrences"]) for report in reports
    ) == [("main.ship", 1), ("main.ship", 1)]


def test_a_logged_chain_keeps_types_and_messages(programs: Path) -> None:
    chain, tree = panictrail("parse", said(programs / "crasher", "errors"))
    assert (chain["kind"], chain["message"]) == ("error", "cannot start")
    assert links(chain) == _START
    assert (chain["context"]["trace_id"], chain["context"]["span_id"]) == ("0af7", "b7ad")
    assert chain["build"]["module"] == "panictrail.dev/go"
    assert (tree["kind"], tree["message"]) == ("error", "cannot stop")
    assert links(tree)[-1] == ("context.deadlineExceededError", "context deadline exceeded")
    assert [kind for kind, _ in links(tree)] == [
        "*fmt.wrapError", "*errors.joinError", "*fmt.wrapError", "*fs.PathError", "*errors.errorString",
        "context.deadlineExceededError",
    ]  # fmt: skip


def test_a_logged_chain_is_a_report(programs: Path) -> None:
    reports = panictrail("analyze", said(programs / "crasher", "errors"))
    assert sorted(report["title"] for report in reports) == ["cannot start", "cannot stop"]
    assert {report["kind"] for report in reports} == {"error"}


def test_no_secret_is_left_in_the_chain_of_a_panic(programs: Path) -> None:
    log = said(programs / "web", "answer", "17")
    secret = b"postgres://bob:hunter2secret@db.example/x: denied"
    (crash,) = panictrail("parse", log.replace(b"permission denied", secret))
    assert len(crash["errors"]) == len(_SHIP)
    assert "hunter2secret" not in orjson.dumps(crash).decode()
    assert "denied" in crash["errors"][2]["message"]
