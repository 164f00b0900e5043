"""Exit codes of what can be missing: an outside service, the packages of the scale-out mode."""

from __future__ import annotations

import subprocess
import sys

import pytest

from streams.cli.main import main

_WITHOUT = "import sys; sys.modules[{0!r}] = None; from streams.cli.main import main; sys.exit(main({1!r}))"


def test_an_outside_service_that_is_missing_ends_with_3(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["topics", "check", "--broker", "127.0.0.1:1"]) == 3
    assert capsys.readouterr().err.startswith("panictrail topics: Kafka does not answer (127.0.0.1")


def test_a_plain_installation_says_how_to_get_the_rest() -> None:
    code = _WITHOUT.format("aiokafka", ["topics", "check", "--broker", "127.0.0.1:1"])
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == (
        "panictrail topics: aiokafka is not installed: pip install 'panictrail[scale-out]'\n"
    )


@pytest.mark.parametrize("command", ["doctor", "analyze"])
def test_a_plain_installation_is_enough_without_kafka(command: str) -> None:
    arguments = ["doctor"] if command == "doctor" else ["analyze", "docs/demo/export.log"]
    for package in ("aiokafka", "faust", "asyncpg", "prometheus_client"):
        code = _WITHOUT.format(package, arguments)
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
