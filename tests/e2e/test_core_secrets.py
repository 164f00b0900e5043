"""A core holds all memory of a process: of it nothing is told but goroutines, frames, signals and values of panics."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.tiny_go import Tiny, leave

PANICTRAIL = str(Path(sys.executable).with_name("panictrail"))
# No shape that scrubbing knows: what is not told needs no scrubbing.
SECRET = "zanzibar quokka vermilion"  # noqa: S105 - recognisable, of nobody
MARKS = ("zanzibar", "quokka", "vermilion")
COMMANDS: tuple[tuple[str, ...], ...] = (
    ("goroutines", "--core", "CORE", "--binary", "BINARY"),
    ("goroutines", "--core", "CORE", "--binary", "BINARY", "--json"),
    ("goroutines", "--core", "CORE", "--binary", "BINARY", "--group"),
    ("goroutines", "--core", "CORE", "--binary", "BINARY", "--group", "--json"),
    ("goroutines", "--core", "CORE", "--binary", "OTHER"),
    ("analyze", "REFERENCE", "--binary", "BINARY", "--json", "--state", "STATE"),
    ("analyze", "REFERENCE", "--binary", "BINARY"),
    ("analyze", "REFERENCE", "--state", "STATE"),
    ("deadletter", "list", "--state", "STATE"),
)


def holds(data: bytes) -> list[str]:
    """The words of the secret in it, as text or in the encodings of JSON and of Go's wide strings."""
    text = data.replace(b"\0", b"").lower()
    return [mark for mark in MARKS if mark.encode() in text or mark.encode().hex().encode() in text]


@pytest.fixture
def core(tmp_path: Path, tiny: Tiny, request: pytest.FixtureRequest) -> Path:
    """Of a program that has the secret in heap, stack, arguments and environment."""
    mode = str(request.param)
    folder = tmp_path / "died"
    folder.mkdir()
    leave(tiny.binary("stripped"), (mode, SECRET), folder, environment={"TINY_TOKEN": SECRET})
    return folder / "core"


@pytest.mark.parametrize("core", ["panic", "error", "struct", "nil"], indirect=True)
def test_no_output_holds_what_the_program_kept(core: Path, tiny: Tiny, tmp_path: Path) -> None:
    data = core.read_bytes()
    for place in (f"heap {SECRET}", f"stack heap {SECRET}", f"TINY_TOKEN={SECRET}"):
        assert place.encode() in data, f"the core of the test has not {place!r}"
    reference = tmp_path / "refs.jsonl"
    reference.write_text(f'{{"core": "{core.as_uri()}"}}\n')
    words = {
        "CORE": core, "BINARY": tiny.binary("stripped"), "OTHER": tiny.binary("pie"), "REFERENCE": reference,
        "STATE": tmp_path / "state",
    }  # fmt: skip
    cache = tmp_path / "cache"
    for command in COMMANDS:
        done = subprocess.run(
            [PANICTRAIL, *(str(words.get(word, word)) for word in command)],
            capture_output=True,
            check=False,
            env={"XDG_CACHE_HOME": str(cache), "PATH": "/usr/bin"},
        )
        assert done.stdout or done.stderr
        assert b"Traceback" not in done.stderr, done.stderr
        assert (holds(done.stdout), holds(done.stderr)) == ([], []), command
    kept = [
        path for folder in (cache, words["STATE"]) for path in folder.rglob("*") if path.is_file()
    ]
    assert any(path.suffix == ".index" for path in kept)
    assert [path for path in kept if holds(path.read_bytes())] == []


@pytest.mark.parametrize("core", ["panic"], indirect=True)
def test_what_was_given_to_panic_is_told(core: Path, tiny: Tiny) -> None:
    """So that the test above would see a secret."""
    done = subprocess.run(
        [PANICTRAIL, "goroutines", "--core", core, "--binary", tiny.binary("stripped")],
        capture_output=True,
        check=True,
    )
    assert b"panic  told" in done.stdout
