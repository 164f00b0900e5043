"""A new user's path, in a real PID namespace over an image of two files: ops/panicwatch/scratch.Dockerfile.

In: what that file adds to an image, a program that crashes. Out: its crash in `panictrail serve`, which reads the
shared folder as a sidecar does, and in `panictrail analyze`.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import orjson

from tests.docs.console import ROOT
from tests.e2e.test_cli import panictrail
from tests.e2e.test_serve import serving
from tests.e2e.test_spool import page
from tests.waiting import until

_RECIPE: Final = ROOT / "ops" / "panicwatch" / "scratch.Dockerfile"


def told(word: str) -> Iterator[str]:
    """What the recipe says behind an instruction."""
    for line in _RECIPE.read_text().splitlines():
        if line.startswith(f"{word} "):
            yield line.removeprefix(f"{word} ")


def image(folder: Path, panicwatch: Path, program: Path) -> Path:
    """A root file system as the recipe makes it; a container runtime adds /proc, and the volume for the spool."""
    final = re.findall(r"^COPY --from=\S+ \S+ /(\S+)$", _RECIPE.read_text(), re.MULTILINE)
    assert final == ["panicwatch", "shop"]
    for name, source in zip(final, (panicwatch, program), strict=True):
        shutil.copy(source, folder / name)
    for name in ("proc", "spool"):
        (folder / name).mkdir()
    return folder


def ran(root: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    """As process 1 of a PID namespace whose files are those of the image."""
    isolated = ("unshare", "-Urpf", "--kill-child", f"--root={root}", "--mount-proc")
    environment = dict(
        setting.split("=", 1) for line in told("ENV") for setting in shlex.split(line)
    )
    return subprocess.run(
        [*isolated, *words],
        env={**environment, "GOTRACEBACK": "all", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        check=False,
    )


def test_one_line_of_a_dockerfile_and_a_sidecar_bring_the_crash_to_analyze(
    panicwatch: Path, crasher: Path, tmp_path: Path
) -> None:
    (tmp_path / "image").mkdir()
    root = image(tmp_path / "image", panicwatch, crasher)
    spool = root / "spool"
    (entrypoint,) = told("ENTRYPOINT")
    with serving(tmp_path / "state", "--spool", str(spool)) as sidecar:
        before = ran(root, "/shop", "panic")
        assert not list(spool.iterdir())
        after = ran(root, *orjson.loads(entrypoint), "panic")
        until(lambda: "panictrail_spool_records_total 1" in page(sidecar), "the record")
    assert before.returncode == after.returncode == 2
    assert before.stderr.splitlines()[0] == after.stderr.splitlines()[0]
    (kept,) = panictrail("spool", "list", spool, "--json").stdout.splitlines()
    record = orjson.loads(kept)
    assert record["raw"].encode() == after.stderr
    assert record["command"] == ["/shop", "panic"]
    # Process 1 is panicwatch; what it started is one of the next.
    assert 1 < record["pid"] < 100
    said = panictrail("analyze", spool).stdout.decode()
    assert "1 crash in 1 cluster" in said
    assert "order 4711: no such customer" in said
