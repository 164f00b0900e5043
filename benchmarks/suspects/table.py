"""Attribution and what others do, on the same crashes, in one table.

    python -m benchmarks.suspects.table [--seeds 1,2] [--kept 11] [--also FOLDER]... [--quick] [--baselines] [--wrong]

In: seeds of generated sets (made into .cache/suspects where they are not there), other folders in the same shapes.
Out: a row per method; `panictrail attribute` is run case by case, each on its repository as of first seen.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchmarks.suspects import cut
from benchmarks.suspects.baselines import NAMES, Baselines
from benchmarks.suspects.generate import CACHE, generate
from benchmarks.suspects.score import NAMED, Answer, Figures, Truth, figures
from streams.model.message import decode, encode

OURS: Final = "panictrail attribute"


@dataclass
class Answers:
    """Answers of each method by case."""

    truths: list[Truth] = field(default_factory=list)
    by_method: dict[str, dict[str, Answer]] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)

    def add(self, method: str, answer: Answer) -> None:
        """One answer."""
        self.by_method.setdefault(method, {})[answer.case] = answer


def sets_of(options: argparse.Namespace) -> list[Path]:
    """The folders of sets; generated where they are not there."""
    found: list[Path] = list(options.also)
    for templates, seeds in (("open", options.seeds), ("kept", options.kept)):
        for seed in filter(None, seeds.split(",")):
            folder = CACHE / f"{templates}-{seed}{'-quick' if options.quick else ''}"
            if not (folder / "truth.jsonl").exists():
                generate(int(seed), folder, quick=options.quick, templates=templates)
            found.append(folder)
    return found


def asked(row: cut.Row, events: Sequence[cut.Happened], repository: Path, work: Path) -> Answer:
    """What `panictrail attribute` says of a case. Raises RuntimeError where it fails."""
    work.mkdir(parents=True, exist_ok=True)
    crash, side = work / "crash.jsonl", work / "events.jsonl"
    crash.write_bytes(encode(row) + b"\n")
    side.write_bytes(b"".join(one.line + b"\n" for one in events))
    words = [
        "panictrail",
        "attribute",
        str(crash),
        "--events",
        str(side),
        "--repo",
        f"{row.repo}={repository}",
        "--json",
    ]
    done = subprocess.run(words, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{row.case}: {done.stderr.decode(errors='replace')[-500:]}")
    return decode(done.stdout, Answer)


def answers_of(folders: Sequence[Path], work: Path, *, ours: bool) -> Answers:
    """All methods on all cases."""
    found = Answers()
    for folder in folders:
        truths = [
            decode(line, Truth) for line in (folder / "truth.jsonl").read_bytes().splitlines()
        ]
        revisions = {truth.case: truth.crashed_revision for truth in truths}
        found.truths += truths
        events, place = cut.happened(folder), work / folder.name
        for row in cut.rows(folder):
            repository, known = cut.repository(folder, place, row, events), cut.known(events, row)
            for name, answer in (
                Baselines(row, repository, revisions[row.case], known).answers().items()
            ):
                found.add(name, answer)
            if ours:
                started = time.perf_counter()
                found.add(OURS, asked(row, known, repository, work / "in"))
                found.seconds.append(time.perf_counter() - started)
    return found


def shown(name: str, made: Figures, *, ours: bool) -> str:
    """A row of the table; confidence only where there is one."""
    cells = [f"{made.top1:.2f}", f"{made.top3:.2f}", f"{made.mrr:.2f}"]
    batch = ours or name == NAMES[-1]
    cells.append(f"{made.batch:.2f}" if batch else "-")
    if ours:
        cells += [
            f"{made.brier:.3f}",
            f"{made.precision:.2f} / {made.coverage:.2f}",
            f"{made.blamed:.2f}",
            f"{made.revision:.2f}",
        ]
    else:
        cells += ["-"] * 4
    return f"| {name} | " + " | ".join(cells) + " |"


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seeds", default="1", help="of the open templates")
    parser.add_argument("--kept", default="", help="of the templates kept aside")
    parser.add_argument("--also", type=Path, action="append", default=[], help="further sets")
    parser.add_argument("--quick", action="store_true", help="small sets")
    parser.add_argument("--baselines", action="store_true", help="only what others do")
    parser.add_argument("--wrong", action="store_true", help="name the cases that are wrong")
    options = parser.parse_args()
    ours = not options.baselines and shutil.which("panictrail") is not None
    with tempfile.TemporaryDirectory(prefix="suspects-table-") as folder:
        found = answers_of(sets_of(options), Path(folder), ours=ours)
    print(
        f"{len(found.truths)} cases, {sum(truth.commit is None for truth in found.truths)} of them unchanged\n"
    )
    print(
        "| method | top-1 | top-3 | MRR | batch | Brier | precision / coverage at .9 | unchanged blamed | revision |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for name, answers in found.by_method.items():
        print(shown(name, figures(found.truths, answers), ours=name == OURS))
    _parts(found)
    if ours:
        print(
            f"\nmedian {sorted(found.seconds)[len(found.seconds) // 2]:.2f} s per case, with the start of Python"
        )
    if options.wrong and ours:
        _wrong(found)
    return 0


def _parts(found: Answers) -> None:
    """Top-1 by category, and by how the crash came to be seen."""
    kinds = {
        "category": sorted({t.category for t in found.truths if t.commit}),
        "seen": sorted({t.how for t in found.truths if t.commit}),
    }
    for kind, values in kinds.items():
        print(f"\n| top-1 by {kind} | " + " | ".join(value or "at once" for value in values) + " |")
        print("|---|" + "---|" * len(values))
        parts = {
            value: [
                t
                for t in found.truths
                if t.commit and value == (t.category if kind == "category" else t.how)
            ]
            for value in values
        }
        print("| cases | " + " | ".join(str(len(part)) for part in parts.values()) + " |")
        for name, answers in found.by_method.items():
            if name != NAMES[-1]:
                print(
                    f"| {name} | "
                    + " | ".join(f"{figures(part, answers).top1:.2f}" for part in parts.values())
                    + " |"
                )


def _wrong(found: Answers) -> None:
    for truth in found.truths:
        answer = found.by_method[OURS].get(truth.case, Answer(case=truth.case))
        first = answer.commits[0] if answer.commits else None
        named = first is not None and first.confidence >= NAMED
        if (first.sha if first else None) != truth.commit and (truth.commit or named):
            said = f"{first.sha[:10]} {first.confidence:.2f}" if first else "nobody"
            print(
                f"{truth.case} {truth.repo} {truth.category} {truth.how}: {said}, not {(truth.commit or 'nobody')[:10]}"
            )


if __name__ == "__main__":
    sys.exit(main())
