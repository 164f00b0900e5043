"""Make a labelled set of crashes.

    python -m benchmarks.clusters.generate NAME --seed N [--templates open|kept|kept2|kept3|both] [--quick] [OUT]

In: a name, a seed. Out: in `.cache/clusters/NAME` or OUT: gold.jsonl, bugs.json, src/ (a git repository, tags r1..r5).
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import importlib
import json
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.clusters.builds import CACHE, Build, builds, compile_all, folder_of_builds, history
from benchmarks.clusters.render import Source, source
from benchmarks.clusters.run import Trace, crash, tasks
from benchmarks.clusters.skeleton import HELPERS
from benchmarks.clusters.template import Template, shape
from benchmarks.clusters.world import RELEASES, Instance, World, plan

_BUGS: Final = {False: 130, True: 40}
_EACH: Final = {False: 1.4, True: 1.7}


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.clusters.generate", description=__doc__
    )
    parser.add_argument("name", help="what the set is called")
    parser.add_argument("out", nargs="?", type=Path, help="default: .cache/clusters/NAME")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument(
        "--templates", choices=("open", "kept", "kept2", "kept3", "both"), default="open"
    )
    parser.add_argument("--quick", action="store_true", help="about 40 bugs, half of the builds")
    parser.add_argument("--bugs", type=int, help="about that many bugs")
    parser.add_argument("--only", help="templates whose name holds this")
    options = parser.parse_intermixed_args(arguments)
    try:
        helpers, templates = chosen(options.templates)
    except ModuleNotFoundError as error:
        print(f"generate: {error}", file=sys.stderr)
        return 2
    templates = [
        template for template in templates if not options.only or options.only in template.name
    ]
    out = options.out or CACHE / options.name
    world = plan(
        f"{options.templates}/{options.seed}",
        helpers,
        templates,
        options.bugs or _BUGS[options.quick],
    )
    CACHE.mkdir(parents=True, exist_ok=True)
    # Builds are in places that the seed says, whichever checkout they are of.
    with (folder_of_builds() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        make(world, out, quick=options.quick)
    return 0


def chosen(kind: str) -> tuple[list[Template], list[Template]]:
    """Helpers and templates of the modules that the option names."""
    helpers, templates = list(HELPERS), []
    for name in ("open", "kept") if kind == "both" else (kind,):
        try:
            module = importlib.import_module(f"benchmarks.clusters.templates_{name}")
        except ModuleNotFoundError as error:
            if error.name != f"benchmarks.clusters.templates_{name}":
                raise
            raise ModuleNotFoundError(
                f"there is no benchmarks/clusters/templates_{name}.py: it is written by somebody else, after the method"
                " is frozen; it gives TEMPLATES, and HELPERS if it has its own"
            ) from None
        helpers += getattr(module, "HELPERS", [])
        templates += module.TEMPLATES
    return helpers, templates


def make(world: World, out: Path, *, quick: bool) -> None:
    """The set; what was in the folder is replaced at the end."""
    begun = time.monotonic()
    fresh = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=CACHE))
    try:
        traces = _made(world, fresh, begun, quick=quick)
    except BaseException:
        shutil.rmtree(fresh)
        raise
    if out.exists():
        shutil.rmtree(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    fresh.chmod(0o755)
    shutil.move(fresh, out)
    _report(traces, time.monotonic() - begun)


def _made(world: World, fresh: Path, begun: float, *, quick: bool) -> list[Trace]:
    sources = [source(world, release) for release in range(1, RELEASES + 1)]
    revisions = history(world, sources, fresh / "src")
    planned = builds(world, quick=quick)
    if not any(path.route == "race" for path in world.paths):
        planned = [build for build in planned if not build.race]
    bins = {number: fresh / "bin" / str(number) for number in range(len(planned))}
    for number, build in enumerate(planned):
        compile_all(world, build, sources[build.release - 1].files, bins[number])
        print(
            f"{time.monotonic() - begun:5.0f} s  r{build.release} go {build.go} {build.gcflags or '-'}",
            flush=True,
        )
    todo = tasks(world, planned, _EACH[quick])
    traces = crash(planned, sources, bins, todo)
    shutil.rmtree(fresh / "bin")
    good = [trace for trace in traces if not trace.fault]
    _gold(world, fresh / "gold.jsonl", planned, revisions, good)
    _bugs(world, fresh / "bugs.json", sources, good)
    return traces


def _gold(
    world: World, path: Path, planned: list[Build], revisions: list[str], traces: list[Trace]
) -> None:
    with path.open("w") as gold:
        for number, trace in enumerate(traces):
            build = planned[trace.task.build]
            key = hashlib.sha256(f"{world.seed}/{number}".encode()).hexdigest()[:11]
            described = {
                **build.described,
                "revision": revisions[build.release - 1],
                "mode": trace.task.path.route,
                "gotraceback": trace.task.traceback,
            }
            row = {
                "id": key,
                "label": trace.task.path.label,
                "text": trace.text,
                "build": described,
            }
            gold.write(json.dumps(row, ensure_ascii=False) + "\n")


def _bugs(world: World, path: Path, sources: list[Source], traces: list[Trace]) -> None:
    counts = Counter(trace.task.path.label for trace in traces)
    bugs = {
        label: _bug(world, instance, bug, sources) | {"traces": counts[label]}
        for instance in world.everything
        for (owner, bug), label in world.labels.items()
        if owner == instance.id and label in counts
    }
    path.write_text(json.dumps(dict(sorted(bugs.items())), indent=1))


def _bug(world: World, instance: Instance, bug: str, sources: list[Source]) -> dict[str, object]:
    """What a label is."""
    calls = [call for call in shape(instance.template, "")[1] if call.bug == bug]
    marks = {call.attributes.get("at", bug) for call in calls}
    return {
        "template": instance.template.name,
        "kind": instance.template.kind,
        "bug": bug,
        "instance": instance.id,
        "routes": sorted(
            {path.route for path in world.paths if path.label == world.labels[instance.id, bug]}
        ),
        "changes": instance.events,
        "at": {
            f"r{release}": [
                line
                for mark in sorted(marks)
                for line in sources[release - 1].marks.get((instance.id, mark), [])
            ]
            for release in range(1, RELEASES + 1)
        },
        "variants": [state.variant for state in instance.states],
    }


def _report(traces: list[Trace], seconds: float) -> None:
    good = [trace for trace in traces if not trace.fault]
    print(
        f"{len({trace.task.path.label for trace in good})} bugs, {len(good)} traces, {seconds:.0f} s"
    )
    bad: dict[tuple[str, str], int] = {}
    for trace in traces:
        if trace.fault:
            key = (
                trace.task.path.instance.template.name,
                f"{trace.task.path.route}: {trace.fault}",
            )
            bad[key] = bad.get(key, 0) + 1
            if bad[key] == 1:
                print(f"dropped {key}: {trace.text[:1500]!r}")
    print(f"{sum(bad.values())} dropped of {len(traces)}")


if __name__ == "__main__":
    sys.exit(main())
