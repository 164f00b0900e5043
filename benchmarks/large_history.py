"""Claim: attribution takes 300 ms at most in a repository of 50,000 commits, in a process that has asked it before.

In: how many commits (50,000). Out: milliseconds and git processes of `panictrail attribute --stats` for the crashes
of one process, with the release before known and without any deploy; exit 1 when the claim does not hold, or when a
crash is not attributed to the commit that took its check out. Made by git fast-import.
"""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import IO, Final, NamedTuple

_COMMITS: Final = 50_000
_FILES: Final = 600
_FUNCTIONS: Final = 12
_CASES: Final = 9
# Commits between two releases, and how long before the crash the guilty one is.
_RELEASE: Final = 60
_BEGAN: Final = 1_600_000_000
_EVERY: Final = 3_000
_MOST_MS: Final = 300.0
_STATS: Final = re.compile(r"^(\S+): ([\d.]+) ms, (\d+) git processes$", re.MULTILINE)


class Case(NamedTuple):
    """A check that a commit takes out; `number`: that commit; `line`: where the program fails then."""

    file: int
    number: int
    line: int


def _folder(file: int) -> str:
    return f"internal/part{file // 6}/piece{file % 6}"


def _text(file: int, versions: list[int], *, checked: bool) -> tuple[str, int]:
    """A file, and the line on which it fails once it is not checked."""
    lines = [f"package piece{file % 6}", "", "type Order struct{ Items []int; Next *Order }", ""]
    at = 0
    for number, version in enumerate(versions):
        lines.append(f"func Step{number}(order *Order, limit int) int {{")
        if number == 0:
            if checked:
                lines += ["\tif order.Next == nil {", "\t\treturn 0", "\t}"]
            lines.append("\ttotal := len(order.Next.Items)")
            at = len(lines)
        else:
            lines.append("\ttotal := len(order.Items)")
        lines += [f"\tif total > limit+{version} {{", "\t\ttotal = limit", "\t}", "\treturn total"]
        lines += ["}", ""]
    return "\n".join(lines) + "\n", at


def _commit(out: IO[bytes], number: int, path: str, text: str, message: str) -> None:
    at = _BEGAN + number * _EVERY
    data = text.encode()
    out.write(
        f"commit refs/heads/main\nmark :{number + 1}\n"
        f"committer A. Developer <dev{number % 40}@example.com> {at} +0000\n"
        f"data {len(message)}\n{message}\nM 100644 inline {path}\ndata {len(data)}\n".encode()
    )
    out.write(data + b"\n")


def _made(folder: Path, commits: int) -> tuple[list[Case], dict[int, str]]:
    """The repository, its cases, commits by number."""
    random = Random(1)  # noqa: S311 - seeded, not secret
    versions = [[0] * _FUNCTIONS for _ in range(_FILES)]
    last = commits - 1
    guilty = {last - 20 - 4 * number: 7 + 31 * number for number in range(_CASES)}
    cases = []
    subprocess.run(["git", "init", "-q", "-b", "main", folder], check=True)
    marks = folder / "marks"
    importing = subprocess.Popen(
        ["git", "-C", folder, "fast-import", "--quiet", f"--export-marks={marks}"],
        stdin=subprocess.PIPE,
    )
    if importing.stdin is None:
        message = "git fast-import has no input"
        raise RuntimeError(message)
    with importing.stdin as out:
        unchecked: set[int] = set()
        for number in range(commits):
            if number == 0:
                _commit(out, 0, "go.mod", "module example.com/shop\n\ngo 1.26\n", "begin")
                continue
            file = guilty.get(number, number - 1 if number <= _FILES else random.randrange(_FILES))
            if number in guilty:
                unchecked.add(file)
                text, line = _text(file, versions[file], checked=False)
                cases.append(Case(file, number, line))
                message = "simplify"
            else:
                function = random.randrange(1, _FUNCTIONS)
                versions[file][function] += 1
                text, _ = _text(file, versions[file], checked=file not in unchecked)
                message = f"limit of step {function} in {_folder(file)}"
            _commit(out, number, f"{_folder(file)}/order.go", text, message)
    if importing.wait():
        message = "git fast-import failed"
        raise RuntimeError(message)
    subprocess.run(["git", "-C", folder, "commit-graph", "write", "--reachable"], check=True)
    rows = (row.split() for row in marks.read_text().splitlines())
    return cases, {int(mark[1:]) - 1: commit for mark, commit in rows}


def _crash(case: Case, commit: str, last: int) -> dict[str, object]:
    package = f"example.com/shop/{_folder(case.file)}"
    trace = (
        "panic: runtime error: invalid memory address or nil pointer dereference\n"
        "[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x4d77c4]\n\n"
        "goroutine 7 [running]:\n"
        f"{package}.Step0(0xc000012345, 0x7)\n"
        f"\t/src/shop/{_folder(case.file)}/order.go:{case.line} +0x1d\n"
        "created by main.main in goroutine 1\n\t/src/shop/main.go:20 +0x3b\n"
    )
    seen = _BEGAN + last * _EVERY + 7200
    return {
        "case": f"file-{case.file}",
        "repo": "shop",
        "service": "shop",
        "env": "prod",
        "first_seen": seen,
        "occurrences": [{"ts": seen, "region": "eu", "host": "node-1", "canary": False}],
        "trace": trace,
        "buildinfo": f"mod\texample.com/shop\t(devel)\nbuild\tvcs.revision={commit}\nbuild\tvcs.modified=false",
        "labels": {},
    }


def _events(commits: dict[int, str], last: int) -> Iterator[dict[str, object]]:
    """Two releases: a build and a deploy each."""
    for name, number in (("before", last - _RELEASE), ("now", last)):
        at = _BEGAN + number * _EVERY
        yield {"kind": "ci.build", "delivery_id": f"c-{name}", "occurred_at": at + 60, "repo": "shop",
               "build_id": f"shop-{name}", "attempt": 1, "ref": "refs/heads/main", "commit": commits[number],
               "status": "success"}  # fmt: skip
        yield {"kind": "deploy", "delivery_id": f"d-{name}", "occurred_at": at + 600, "service": "shop",
               "env": "prod", "region": "eu", "batch": f"batch-{name}", "action": "rollout", "phase": "complete",
               "percent": 100, "build_id": f"shop-{name}", "commit": commits[number]}  # fmt: skip


def _asked(
    folder: Path, repository: Path, events: Path | None
) -> tuple[list[float], int, list[str]]:
    """Milliseconds of each crash, the most git processes, the commits that are named."""
    command = [sys.executable, "-m", "streams.cli.main", "attribute", str(folder / "crashes.jsonl")]
    if events is not None:
        command += ["--events", str(events)]
    command += ["--repo", f"shop={repository}", "--json", "--stats"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = _STATS.findall(done.stderr)
    named = []
    for row in done.stdout.splitlines():
        suspects = json.loads(row)["commits"]
        named.append(suspects[0]["sha"] if suspects else "")
    return [float(ms) for _, ms, _ in found], max(int(count) for *_, count in found), named


def main() -> int:
    """Measure, print, judge."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else _COMMITS
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        repository = folder / "shop"
        cases, commits = _made(repository, count)
        last = count - 1
        rows = [json.dumps(_crash(case, commits[last], last)) for case in cases]
        (folder / "crashes.jsonl").write_text("\n".join(rows) + "\n")
        (folder / "events.jsonl").write_text(
            "".join(json.dumps(event) + "\n" for event in _events(commits, last))
        )
        guilty = [commits[case.number] for case in cases]
        print(f"{count:,} commits, {_FILES} files, {_CASES} crashes of one process")
        good = True
        for words, events in (
            ("deploys known", folder / "events.jsonl"),
            ("no deploy known", None),
        ):
            times, processes, named = _asked(folder, repository, events)
            warm = statistics.median(times[1:])
            right = sum(one == other for one, other in zip(named, guilty, strict=True))
            ok = warm <= _MOST_MS and right == len(guilty)
            good &= ok
            print(
                f"{words:18} first {times[0]:6.1f} ms, then median {warm:6.1f} ms (<= {_MOST_MS:g}), at most "
                f"{processes} git processes, {right} of {len(guilty)} right  {'ok' if ok else 'MISSED'}"
            )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
