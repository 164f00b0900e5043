"""A plan as a git repository.

In: a plan. Out: a bare repository with its branches and tags, the commit of every id. Written with one `git
fast-import`, which says each commit's name when it is there: later messages can quote it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Final

from benchmarks.suspects.log import Commit
from benchmarks.suspects.plan import Plan
from benchmarks.suspects.state import Rendered

_QUOTED: Final = re.compile(r"\{sha:(\w+(?: \d+)?)\}")
ENVIRONMENT: Final = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


def formatted(files: Iterable[Rendered], folder: Path) -> dict[Rendered, str]:
    """The text of every file, Go through one gofmt."""
    folder.mkdir(parents=True)
    unique = sorted(set(files), key=lambda file: (file.text, file.sloppy))
    places = {}
    for number, text in enumerate(sorted({file.text for file in unique if file.go})):
        places[text] = folder / f"f{number}.go"
        places[text].write_text(text)
    if places:
        done = subprocess.run(
            ["gofmt", "-w", str(folder)], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"gofmt: {done.stderr[:2000]}")
    found = {}
    for file in unique:
        text = places[file.text].read_text() if file.go else file.text
        found[file] = _by_spaces(text) if file.sloppy else text
    shutil.rmtree(folder)
    return found


def _by_spaces(text: str) -> str:
    lines = text.split("\n")
    bare = [line.lstrip("\t") for line in lines]
    return "\n".join(
        "  " * (len(line) - len(rest)) + rest for line, rest in zip(lines, bare, strict=True)
    )


def write(plan: Plan, folder: Path, work: Path) -> dict[str, str]:
    """The repository; the commit of each id. `work`: for scratch. Raises RuntimeError where git or gofmt fails."""
    texts = formatted((file for c in plan.commits for file in c.files.values()), work / "gofmt")
    command = ["git", "init", "--quiet", "--bare", "--initial-branch=main", str(folder)]
    subprocess.run(command, env=ENVIRONMENT, check=True)
    writer = _Writer(plan.known, texts)
    with subprocess.Popen(
        ["git", "-C", str(folder), "fast-import", "--quiet", "--date-format=raw", "--done"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=ENVIRONMENT,
    ) as process:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("git fast-import has no pipes")
        for commit in plan.commits:
            writer.write(process.stdin, process.stdout, commit)
        for release in plan.releases:
            _send(process.stdin, f"reset refs/tags/{release.tag}\nfrom {_mark(release.commit)}\n\n")
        _send(process.stdin, "done\n")
        process.stdin.close()
        if process.wait():
            raise RuntimeError(f"git fast-import ended with {process.returncode}")
    return writer.names


class _Writer:
    def __init__(self, known: dict[str, str], texts: dict[Rendered, str]) -> None:
        self._known = known
        self._texts = texts
        self.names: dict[str, str] = {}

    def write(self, into: IO[bytes], out: IO[bytes], commit: Commit) -> None:
        message = self._quoted(commit.message).encode() + b"\n"
        email = commit.author.split()[0].lower() + "@" + commit.state.frame.module.partition("/")[0]
        # a commit that was rebased is older than it is in the repository
        written = commit.when - int(commit.id[1:]) % 5 * 700
        lines = [
            f"commit {commit.ref}",
            f"mark {_mark(commit.id)}",
            f"author {commit.author} <{email}> {written} +0000",
            f"committer {commit.author} <{email}> {commit.when} +0000",
            f"data {len(message)}",
        ]
        _send(into, "\n".join(lines) + "\n")
        into.write(message)
        for number, parent in enumerate(commit.parents):
            _send(into, f"{'merge' if number else 'from'} {_mark(parent)}\n")
        _send(into, "deleteall\n")
        for path, file in sorted(commit.files.items()):
            data = self._quoted(self._texts[file]).encode()
            _send(into, f"M 100644 inline {path}\ndata {len(data)}\n")
            into.write(data + b"\n")
        _send(into, f"\nget-mark {_mark(commit.id)}\n")
        into.flush()
        self.names[commit.id] = out.readline().decode().strip()

    def _quoted(self, text: str) -> str:
        return _QUOTED.sub(lambda found: self.names[self._known.get(found[1], found[1])], text)


def _mark(id_: str) -> str:
    return ":" + id_.removeprefix("c")


def _send(into: IO[bytes], text: str) -> None:
    into.write(text.encode())
