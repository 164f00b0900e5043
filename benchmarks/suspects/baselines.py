"""What others do, by git: blame of stack lines, files of a release, the last deploy.

In: a crash, its repository as of first seen, the revision that crashed, deploys. Out: answers.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from benchmarks.suspects.changes import REVISIONS_TO_IGNORE
from benchmarks.suspects.cut import Happened, Row
from benchmarks.suspects.history import ENVIRONMENT
from benchmarks.suspects.score import Answer, Suspect
from streams.model.events import Deploy

_YEAR: Final = 365 * 24 * 3600
_GOROUTINE: Final = re.compile(r"^goroutine ", re.MULTILINE)
_WELL: Final = ("-w", "-M", "-C")
NAMES: Final = (
    "blame of the top frame",
    "newest blame of all frames",
    "the same with -w -M -C and ignored revisions",
    "newest in the release touching a stack file",
    "release by file overlap",
    "latest deploy before first seen",
)


@dataclass(frozen=True)
class _Frame:
    path: str
    line: int


class Baselines:
    """All baselines on one case."""

    def __init__(
        self, row: Row, repository: Path, revision: str, events: Sequence[Happened]
    ) -> None:
        self._row = row
        self._repository = repository
        self._revision = revision
        self._events = events
        self._frames = self._in_app()

    def answers(self) -> dict[str, Answer]:
        """An answer for each name."""
        named: tuple[list[str], ...] = (
            self._blamed(self._frames[:1]),
            self._blamed(self._frames),
            self._blamed(self._frames, *self._careful()),
            self._newest_touching(),
            self._by_overlap(),
            [],
        )
        batch = self._latest_deploy()
        return {
            name: Answer(
                case=self._row.case,
                commits=tuple(Suspect(sha=sha) for sha in shas),
                deploy_batch=batch if name == NAMES[-1] else None,
            )
            for name, shas in zip(NAMES, named, strict=True)
        }

    def _in_app(self) -> list[_Frame]:
        module = self._git("show", f"{self._revision}:go.mod").split()[1]
        place = re.compile(rf"^\t{re.escape(module)}/(\S+?):(\d+)", re.MULTILINE)
        for block in _GOROUTINE.split(self._row.trace)[1:]:
            found = [_Frame(path, int(line)) for path, line in place.findall(block)]
            if found:
                return found
        return []

    def _careful(self) -> tuple[str, ...]:
        listed = self._git("show", f"{self._revision}:{REVISIONS_TO_IGNORE}", fine=False)
        if not listed:
            return _WELL
        path = self._repository / "ignored"
        path.write_text(listed)
        return (*_WELL, "--ignore-revs-file", str(path))

    def _blamed(self, frames: Sequence[_Frame], *flags: str) -> list[str]:
        """The commits of stack lines, newest first; none older than a year."""
        times: dict[str, int] = {}
        for frame in frames:
            line = f"{frame.line},{frame.line}"
            said = self._git(
                "blame",
                "--porcelain",
                *flags,
                "-L",
                line,
                self._revision,
                "--",
                frame.path,
                fine=False,
            )
            at = re.search(r"^committer-time (\d+)$", said, re.MULTILINE)
            if at and int(at[1]) > self._row.first_seen - _YEAR:
                times[said.partition(" ")[0]] = int(at[1])
        return sorted(times, key=lambda sha: -times[sha])

    @cached_property
    def _release(self) -> list[tuple[str, frozenset[str]]]:
        """Commits since the tag before, newest first, with their files."""
        tag = self._git(
            "describe", "--tags", "--abbrev=0", f"{self._revision}^", fine=False
        ).strip()
        said = self._git(
            "log",
            "--no-merges",
            "--name-only",
            "--format=%x01%H",
            f"{tag}..{self._revision}" if tag else self._revision,
        )
        found = []
        for part in said.split("\x01")[1:]:
            sha, *paths = part.split()
            found.append((sha, frozenset(paths)))
        return found

    def _newest_touching(self) -> list[str]:
        stack = {frame.path for frame in self._frames}
        return [sha for sha, paths in self._release if paths & stack]

    def _by_overlap(self) -> list[str]:
        stack = {frame.path for frame in self._frames}
        release = [
            (sha, len(paths & stack) / max(len(paths | stack), 1)) for sha, paths in self._release
        ]
        return [sha for sha, share in sorted(release, key=lambda pair: -pair[1]) if share]

    def _latest_deploy(self) -> str | None:
        deploys = [
            (one.at, one.event.batch)
            for one in self._events
            if isinstance(one.event, Deploy)
            and (one.event.service, one.event.env) == (self._row.service, self._row.env)
            and one.at <= self._row.first_seen
        ]
        _, batch = max(deploys, key=lambda pair: pair[0], default=(0, None))
        return batch

    def _git(self, *words: str, fine: bool = True) -> str:
        done = subprocess.run(
            ["git", "-C", str(self._repository), *words],
            env=ENVIRONMENT,
            capture_output=True,
            text=True,
            check=fine,
            errors="replace",
        )
        return done.stdout if done.returncode == 0 else ""
