"""Make labelled histories: repositories as bundles, events, crashes, truth; every truth is executed.

    python -m benchmarks.suspects.generate --seed N --out DIR [--quick] [--templates open|kept|kept2|kept3|kept4]

In: a seed. Out, into DIR: `repos/NAME.bundle`, `events.jsonl`, `crashes.jsonl`, `truth.jsonl`. The same for the same
seed, apart from addresses and goroutine numbers within crash texts: the runtime draws them. Needs git and Go, no
network.
"""

from __future__ import annotations

import argparse
import importlib
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.suspects.cut import Occurrence, Row
from benchmarks.suspects.events import Happening, Sighting
from benchmarks.suspects.frame import Frame
from benchmarks.suspects.frames import FRAMES
from benchmarks.suspects.history import ENVIRONMENT, write
from benchmarks.suspects.modules import write_proxy
from benchmarks.suspects.names import dice
from benchmarks.suspects.notation import Template
from benchmarks.suspects.plan import Case, Plan, plan
from benchmarks.suspects.proof import Builds, Place, crashes, passes
from benchmarks.suspects.score import Truth
from benchmarks.suspects.state import ClashError
from benchmarks.suspects.story import Assignment, How
from benchmarks.suspects.stream import Event, order
from streams.model.message import encode

SETS: Final = ("open", "kept", "kept2", "kept3", "kept4")
"""Sets of templates; of the kept ones the method's author was told nothing."""
ROOT: Final = Path(__file__).resolve().parents[2]
CACHE: Final = ROOT / ".cache" / "suspects"
_SLOW: Final = 0.18
_PICKED: Final = 0.2
_REFUSED: Final = 0.05
_STAMPED: Final = 0.7
_LABELLED: Final = 0.9
"""Crashes below the first have build info; below the second a label; the rest only place and time."""
_NO_PICK: Final = "hijk"
"""Categories whose story does not fit on a release branch: a later touch, a feature, a revert."""


@dataclass(frozen=True)
class Size:
    """How much is made."""

    services: int
    guilty: int
    unchanged: int
    fillers: int
    releases: int


FULL: Final = Size(services=8, guilty=9, unchanged=2, fillers=3, releases=9)
QUICK: Final = Size(services=2, guilty=6, unchanged=1, fillers=1, releases=6)


@dataclass(frozen=True)
class Made:
    """One service."""

    events: list[Event]
    crashes: list[Row]
    truths: list[Truth]
    commits: int
    refused: list[str]


def templates_of(name: str) -> tuple[Template, ...]:
    """The templates of a set: one of SETS."""
    found: tuple[Template, ...] = importlib.import_module(
        f"benchmarks.suspects.templates_{name}"
    ).TEMPLATES
    return found


def assigned(
    seed: str, frames: Sequence[Frame], templates: Sequence[Template], size: Size
) -> list[list[Assignment]]:
    """What each service gets: all categories about equally often, a template twice only when all were used."""
    rng = dice(f"{seed}/cast")
    decks: dict[str, list[Template]] = {}
    categories = sorted({t.category for t in templates} - {"k"})
    turn: list[str] = []

    def draw(category: str, avoid: list[Assignment]) -> Template:
        # a service has only so many modules of its own
        deck = decks.setdefault(category, [])
        had = {one.template.name for one in avoid}
        for _ in range(2):
            fitting = [t for t in deck if t.name not in had]
            if fitting:
                deck.remove(fitting[0])
                return fitting[0]
            more = [t for t in templates if t.category == category]
            rng.shuffle(more)
            deck += more
        return deck.pop(0)

    found = []
    for _ in frames:
        own: list[Assignment] = []
        for _ in range(size.guilty):
            if not turn:
                turn = list(categories)
                rng.shuffle(turn)
            template = draw(turn.pop(), own)
            chance = rng.random()
            pick = template.category not in _NO_PICK
            how: How = (
                "slow"
                if chance < _SLOW
                else "back-port"
                if pick and chance < _SLOW + _PICKED
                else ""
            )
            own.append(Assignment(template, how))
        own += [Assignment(draw("k", own), "no change") for _ in range(size.unchanged)]
        for _ in range(size.fillers):
            own.append(Assignment(draw(rng.choice(categories), own), None))
        rng.shuffle(own)
        found.append(own)
    return found


@dataclass(frozen=True)
class Job:
    """One service to be made: `out` gets its bundle, `work` is scratch."""

    frame: Frame
    seed: str
    own: Sequence[Assignment]
    releases: int
    out: Path
    work: Path


def service(job: Job) -> Made:
    """One service: its bundle is written, the rest comes back."""
    frame, work = job.frame, job.work
    made, clashes = planned(job)
    names = write(made, work / "bare", work)
    (job.out / "repos").mkdir(parents=True, exist_ok=True)
    bundle = job.out / "repos" / f"{frame.name}.bundle"
    git = ["git", "-C", str(work / "bare"), "-c", "pack.threads=1"]
    subprocess.run(
        [*git, "bundle", "create", "--quiet", str(bundle), "--all"], env=ENVIRONMENT, check=True
    )
    events, sightings = Happening(made, names, job.seed).run()
    proxy = work / "proxy"
    proxy.mkdir()
    for feature in made.last.features:
        for module in feature.modules.values():
            write_proxy(proxy, module)
    builds = Builds(work / "bare", frame.command, Place(work, proxy, CACHE))
    found = Made(events, [], [], len(made.commits), clashes)
    for sighting in sightings:
        try:
            text, info = proved(made, names, sighting.case, builds)
        except RuntimeError as wrong:
            found.refused.append(f"{frame.name} {sighting.case}: {wrong}")
            continue
        name = f"X{zlib.crc32(f'{job.seed}/{frame.name}/{sighting.case.feature}'.encode()):08x}"
        truth = _truth(name, frame, names, sighting)
        found.truths.append(truth)
        found.crashes.append(_crash(dice(f"{job.seed}/{name}"), truth, sighting, text, info))
    return found


def planned(job: Job) -> tuple[Plan, list[str]]:
    """The history of a service, without features whose steps do not fit together; what is left out."""
    own = list(job.own)
    refused: list[str] = []
    while True:
        try:
            return plan(job.frame, job.seed, own, job.releases), refused
        except ClashError as clash:
            refused.append(f"{job.frame.name} {clash.args[0].partition(chr(10))[0]}")
            own = [one for one in own if one.template.name != clash.template]


def proved(made: Plan, names: dict[str, str], case: Case, builds: Builds) -> tuple[str, str]:
    """The crash text and build info of a case. Raises RuntimeError where its truth does not show."""
    feature = made.last.features[case.feature]
    argument, template = feature.argument(made.frame, "crash"), feature.template
    revisions = {release.tag: names[release.commit] for release in made.releases}
    good, bad = [], [revisions[case.before]]
    if case.commit is not None and case.parent is not None:
        good, bad = [names[case.parent], revisions[case.before]], [names[case.commit]]
    for revision in good:
        if not passes(template, builds.program(revision, stamped=False), argument):
            raise RuntimeError(f"{template.name}: crashes at {revision}")
    for revision in bad:
        if crashes(template, builds.program(revision, stamped=False), argument) is None:
            raise RuntimeError(f"{template.name}: passes at {revision}")
    program = builds.program(revisions[case.seen], stamped=True)
    text = crashes(template, program, argument)
    if text is None:
        raise RuntimeError(f"{template.name}: passes at {case.seen}")
    return text, builds.info(program)


def _crash(rng: random.Random, truth: Truth, sighting: Sighting, text: str, info: str) -> Row:
    live, chance = sighting.seen, rng.random()
    labels: dict[str, str] = {}
    if _STAMPED <= chance < _LABELLED:
        labels = rng.choice(
            ({"app.kubernetes.io/version": live.release.tag}, {"build_id": live.build})
        )
    return Row(
        case=truth.case,
        repo=truth.repo,
        service=live.place.service,
        env="prod",
        first_seen=sighting.occurrences[0][0],
        occurrences=tuple(
            Occurrence(
                ts=ts,
                region=live.place.region,
                host=f"{live.place.service}-{rng.getrandbits(20):05x}",
                canary=canary,
            )
            for ts, canary in sighting.occurrences
        ),
        trace=text,
        buildinfo=info if chance < _STAMPED else None,
        labels=labels,
    )


def _truth(name: str, frame: Frame, names: dict[str, str], sighting: Sighting) -> Truth:
    case, origin = sighting.case, sighting.origin
    return Truth(
        case=name,
        repo=frame.name,
        category=case.category,
        how=case.how,
        commit=names[case.commit] if case.commit else None,
        alt=tuple(names[commit] for commit in case.alt),
        crashed_revision=names[sighting.seen.release.commit],
        crashed_build=sighting.seen.build,
        seen_batch=sighting.seen.batch,
        build_id=origin.build if origin else None,
        deploy_batch=origin.batch if origin else None,
        canary=sighting.occurrences[0][1],
    )


def generate(seed: int, out: Path, *, quick: bool, templates: str = "open") -> list[Made]:
    """Make a set. Raises RuntimeError where more cases are refused than a race explains that does not show."""
    size = QUICK if quick else FULL
    frames = list(FRAMES)
    dice(f"{seed}/frames").shuffle(frames)
    frames = frames[: size.services]
    shares = assigned(str(seed), frames, templates_of(templates), size)
    if out.exists():
        shutil.rmtree(out)
    out.mkdir(parents=True)
    with tempfile.TemporaryDirectory(prefix="suspects-") as folder, ThreadPoolExecutor(2) as pool:
        jobs = []
        for frame, own in zip(frames, shares, strict=True):
            work = Path(folder) / frame.name
            work.mkdir()
            jobs.append(pool.submit(service, Job(frame, str(seed), own, size.releases, out, work)))
        made = [job.result() for job in jobs]
    refused = [reason for one in made for reason in one.refused]
    if len(refused) > _REFUSED * sum(len(one.truths) + len(one.refused) for one in made):
        raise RuntimeError("\n".join(refused))
    write_set(out, made)
    return made


def write_set(out: Path, made: Sequence[Made]) -> None:
    """The files of a set beside its bundles."""
    events = sorted((e for one in made for e in one.events), key=order)
    rows = {
        "events": (json.dumps(event, separators=(",", ":")).encode() for event in events),
        "crashes": (encode(row) for one in made for row in one.crashes),
        "truth": (encode(row) for one in made for row in one.truths),
    }
    for name, lines in rows.items():
        (out / f"{name}.jsonl").write_bytes(b"".join(line + b"\n" for line in lines))


def main() -> int:
    """Make a set and say what is in it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--templates", default="open", choices=SETS)
    options = parser.parse_args()
    started = time.perf_counter()
    made = generate(options.seed, options.out, quick=options.quick, templates=options.templates)
    kinds = Counter((t.category, t.how) for one in made for t in one.truths)
    print(
        f"{len(made)} repositories, {sum(one.commits for one in made)} commits, "
        f"{sum(len(one.events) for one in made)} events, {sum(kinds.values())} cases, "
        f"{time.perf_counter() - started:.0f} s"
    )
    for reason in (reason for one in made for reason in one.refused):
        print(f"  left out: {reason}")
    for (category, how), count in sorted(kinds.items()):
        print(f"  {category} {how or 'at once':10} {count}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
