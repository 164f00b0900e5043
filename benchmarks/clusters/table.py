"""All methods on all sets in one table: B-cubed F1, precision, and the share of bugs reproduced exactly.

    python -m benchmarks.clusters.table [--seeds 1,2,3] [--kept 11,12] [--kept2 21,22]
        [--kept3 31,32] [--also FOLDER]... [--markdown]

In: seeds of generated histories (made where they are not there yet, into .cache/clusters), further folders with
gold.jsonl (or dev.jsonl) and src. Out: a row for each method, with and without source. No set was looked at by a
method before it was grouped; those made of the templates kept aside (--kept) had no part in making the methods.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.clusters.score import score
from streams.core.cluster.sets import ALL, Given, clusters_of
from streams.core.fingerprint.texts import crash_of_text, fingerprinted
from streams.drivers.places import PlaceFacts
from streams.model.crash import Build
from streams.model.message import Value, decode
from streams.model.settings import Method, PipelineSettings

ROOT: Final = Path(__file__).resolve().parents[2]
CACHE: Final = ROOT / ".cache" / "clusters"


class Row(Value, frozen=True, kw_only=True):
    """A line of gold.jsonl."""

    id: str
    label: str
    text: str
    build: Build | None = None


class Figures(NamedTuple):
    """What one method reaches on one set; `seconds`: parsing, fingerprints and grouping."""

    f1: float
    precision: float
    exact: float
    seconds: float


def rows_of(folder: Path) -> list[Row]:
    """The labelled crashes of a set."""
    path = next(p for p in (folder / "gold.jsonl", folder / "dev.jsonl") if p.exists())
    return [decode(line, Row) for line in path.read_bytes().splitlines() if line.strip()]


def figures(folder: Path, method: str, *, source: bool) -> Figures:
    """Group the crashes of a set by a method, and score that."""
    started = time.perf_counter()
    prints: Method = "locus1" if method in ("locus1", "dual1") else "plain1"
    repos = {"src": folder / "src"} if source else {}
    settings = PipelineSettings(method=prints, repositories=tuple(repos))
    places = PlaceFacts(repos) if source else None
    given = []
    rows = rows_of(folder)
    for row in rows:
        crash = crash_of_text(row.text, row.build or Build(), settings)
        if crash is not None:
            event = fingerprinted(crash, settings, places.resolve if places else None)
            given.append(Given(row.id, crash, event))
    found = clusters_of(given, method, settings)
    if places is not None:
        places.close()
    scored = score({r.id: r.label for r in rows}, {str(k): v.key for k, v in found.items()})
    return Figures(scored.f1, scored.precision, scored.exact, time.perf_counter() - started)


def made(name: str, seed: int, templates: str) -> Path:
    """The generated set of a seed, made now where it is not there."""
    folder = CACHE / name
    if not (folder / "gold.jsonl").exists():
        command = [sys.executable, "-m", "benchmarks.clusters.generate", name, "--seed", str(seed)]
        subprocess.run([*command, "--templates", templates], cwd=ROOT, check=True)
    return folder


def sets_of(options: argparse.Namespace) -> dict[str, Path]:
    """The sets by name."""
    found = {}
    sets = ("open", options.seeds), ("kept", options.kept), ("kept2", options.kept2)
    for kind, seeds in (*sets, ("kept3", options.kept3)):
        for seed in filter(None, seeds.split(",")):
            found[f"{kind} {seed}"] = made(f"{kind}-{seed}", int(seed), kind)
    for folder in options.also:
        found[folder.name] = folder
    return found


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seeds", default="1,2,3", help="of the open templates")
    parser.add_argument("--kept", default="11,12", help="of the templates kept aside")
    parser.add_argument("--kept2", default="21,22", help="of those written after that, by others")
    parser.add_argument("--kept3", default="31,32", help="of those written after that, by others")
    parser.add_argument("--also", type=Path, action="append", default=[], help="further sets")
    parser.add_argument("--only", action="append", help="methods")
    options = parser.parse_args()
    sets = sets_of(options)
    print("| method | source | " + " | ".join(sets) + " |")
    print("|---|---|" + "---|" * len(sets))
    for method in options.only or ALL:
        for source in (True, False) if method in ("locus1", "dual1") else (False,):
            cells = []
            for folder in sets.values():
                found = figures(folder, method, source=source)
                cells.append(f"{found.f1:.3f} / {found.precision:.3f} / {found.exact:.2f}")
            print(
                f"| {method} | {'yes' if source else 'no'} | " + " | ".join(cells) + " |",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
