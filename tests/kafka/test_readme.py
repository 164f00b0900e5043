"""The README's section on scaling out, followed word for word; only the port is one that is free here."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

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
    script = "\n".join(["set -e", *commands()]).replace("19092", port)
    script = script.replace("6067", str(free_port()))
    settings = {
        "KAFKA_LOCAL_PORT": port,
        "KAFKA_LOCAL_DIR": str(tmp_path / "kafka"),
        "PANICTRAIL_LISTEN": f"127.0.0.1:{free_port()}",
    }
    try:
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=tmp_path,
            env={**os.environ, **settings},
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        command = [str(console.ROOT / "ops/kafka/kafka-local"), "wipe"]
        subprocess.run(command, env={**os.environ, **settings}, check=True, capture_output=True)
    assert done.returncode == 0, done.stderr[-3000:]
    shown = re.findall(r"^ +cluster +[0-9a-f]{32}, revision 1\.1$", done.stdout, re.MULTILINE)
    assert len(shown) == 3, done.stdout
