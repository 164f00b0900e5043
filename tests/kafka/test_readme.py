"""The README's section on scaling out, followed word for word; only the port is one that is free here."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest

from tests.docs import console
from tests.ports import free_port

_BESIDE = (
    ".venv",
    "Makefile",
    "docs",
    "go",
    "ops",
    "requirements.lock",
    "requirements-scale-out.lock",
)
_BESIDE_TOO = ("pyproject.toml", "streams", "README.md")
# It takes 25 s alone; what was said until then is shown.
_LIMIT_SECONDS: Final = 270


def commands() -> list[str]:
    """The commands of the section, in order."""
    text = (console.ROOT / "README.md").read_text()
    section = re.search(r"^## Scale out\n(.*?)^## ", text, re.DOTALL | re.MULTILINE)
    assert section is not None
    (block,) = console.read(section[1]).blocks
    return [step.command for step in block.steps]


@pytest.mark.timeout(300)
def test_the_section_ends_in_three_reports(tmp_path: Path) -> None:
    for name in (*_BESIDE, *_BESIDE_TOO):
        (tmp_path / name).symlink_to(console.ROOT / name)
    port = str(free_port())
    script = "\n".join(["set -ex", *commands()]).replace("19092", port)
    script = script.replace("6067", str(free_port()))
    settings = {
        "KAFKA_LOCAL_PORT": port,
        "KAFKA_LOCAL_DIR": str(tmp_path / "kafka"),
        "PANICTRAIL_LISTEN": f"127.0.0.1:{free_port()}",
    }
    try:
        code, out, err = _run(script, tmp_path, {**os.environ, **settings})
    finally:
        command = [str(console.ROOT / "ops/kafka/kafka-local"), "wipe"]
        subprocess.run(command, env={**os.environ, **settings}, check=True, capture_output=True)
    assert code == 0, f"{code}\n{out[-3000:]}\n{err[-6000:]}"
    shown = re.findall(r"^ +cluster +[0-9a-f]{32}, revision 1\.1$", out, re.MULTILINE)
    assert len(shown) == 3, out


def _run(script: str, folder: Path, environment: dict[str, str]) -> tuple[int | None, str, str]:
    """What a shell says to a script; no code where it did not end in time. Nothing that it began is left.

    Files, not pipes: where a command fails, those in the background live on, and hold a pipe open.
    """
    with (folder / "out").open("w") as out, (folder / "err").open("w") as err:
        shell = subprocess.Popen(
            ["bash", "-c", script],
            cwd=folder,
            env=environment,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
        code: int | None = None
        with suppress(subprocess.TimeoutExpired):
            code = shell.wait(_LIMIT_SECONDS)
        with suppress(ProcessLookupError):
            os.killpg(shell.pid, signal.SIGKILL)
        shell.wait()
    return code, (folder / "out").read_text(), (folder / "err").read_text()
