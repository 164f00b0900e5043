"""A state of real crashes and `panictrail web` on it, for browsers: the demo, its history, and hostile texts.

In: nothing. Out: the address of a page that runs in a process of its own while a block lasts.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.request import urlopen

ROOT: Final = Path(__file__).resolve().parents[2]
SCREENS: Final = ROOT / "docs" / "screens"
_BUNDLE: Final = ROOT / "docs" / "demo-cause" / "abacus.bundle"
# What nobody should have to see: markup, escapes, overrides of direction, a line without end.
_HOSTILE: Final = (
    "<script>alert(1)</script><img src=x onerror=alert(2)>\x1b[31mred\x1b[0m \u202egnp.exe " + "W" * 300_000
)  # fmt: skip


def _hostile(folder: Path) -> Path:
    text = f"panic: {_HOSTILE}\n\ngoroutine 1 [running]:\nmain.{'f' * 4000}(0x1)\n\t/src/{'d/' * 900}a.go:7 +0x1d\n"
    path = folder / "hostile.jsonl"
    event = {"text": text, "service": "</title><b>shop", "at": "2026-11-23T11:00:00Z"}
    path.write_text(json.dumps(event) + "\n", "utf-8")
    return path


@contextmanager
def world(*, hostile: bool = True) -> Iterator[str]:
    """The address of the page, without a slash at its end."""
    with tempfile.TemporaryDirectory() as folder:
        repo, state = Path(folder) / "abacus.git", Path(folder) / "state"
        subprocess.run(["git", "clone", "--quiet", "--mirror", _BUNDLE, repo], check=True)
        program = (sys.executable, "-m", "streams.cli.main")
        repos = ("--repo", f"abacus={repo}", "--repo", f"panictrail={ROOT}")
        inputs: list[str | Path] = ["docs/demo", "docs/demo-cause/crashes.jsonl"]
        inputs += [_hostile(Path(folder))] if hostile else []
        subprocess.run(
            [*program, "analyze", *inputs, "--events", "docs/demo-cause/events.jsonl", *repos, "--state", state],
            cwd=ROOT, check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        with subprocess.Popen(
            [*program, "web", "--listen", "127.0.0.1:0", "--database", f"sqlite:///{state}", *repos],
            cwd=ROOT, stderr=subprocess.PIPE, text=True,
        ) as process:  # fmt: skip
            try:
                yield _address(process)
            finally:
                process.terminate()


def _address(process: subprocess.Popen[str]) -> str:
    if process.stderr is None:
        raise AssertionError
    for line in process.stderr:
        if found := re.search(r"http://[0-9.:]+", line):
            return found[0]
    message = "panictrail web ended before it listened"
    raise AssertionError(message)


def clusters(base: str) -> list[dict[str, object]]:
    """All reports."""
    with urlopen(f"{base}/api/clusters?status=all&limit=100") as found:  # noqa: S310 - loopback
        listed: list[dict[str, object]] = json.load(found)["clusters"]
    return listed


def pages(base: str) -> dict[str, str]:
    """Paths of what is looked at, by name."""
    every = clusters(base)
    caused = next(each for each in every if each["suspects"])
    several = max(every, key=lambda each: int(str(each["fingerprints"])))
    return {
        "list": "/",
        "cause": f"/clusters/{caused['cluster']}",
        "variants": f"/clusters/{several['cluster']}",
    }
