"""All templates in one program, before and after their mistakes: whether each behaves as it says.

    python -m benchmarks.suspects.rehearsal [--templates open|kept|kept2|kept3|kept4]

In: templates. Out: what is wrong with which. Two builds, instead of four for each case of a history.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.suspects.cast import features
from benchmarks.suspects.frame import Frame
from benchmarks.suspects.frames import FRAMES
from benchmarks.suspects.generate import CACHE, SETS, templates_of
from benchmarks.suspects.history import formatted
from benchmarks.suspects.modules import write_proxy
from benchmarks.suspects.names import Names, dice
from benchmarks.suspects.notation import Role, Template
from benchmarks.suspects.proof import Place, crashes, passes, run
from benchmarks.suspects.state import State, render


def rehearse(
    frame: Frame, templates: Sequence[Template], work: Path, cache: Path
) -> dict[str, list[str]]:
    """What is wrong, by template. Raises RuntimeError where a program cannot be built."""
    rng = dice(frame.name)
    state = State(frame, features(rng, Names(rng, frame.taken), frame, templates))
    place = Place(work, work / "proxy", cache)
    place.proxy.mkdir()
    for feature in state.features:
        feature.present = True
        for module in feature.modules.values():
            write_proxy(place.proxy, module)
    before = _program(state, ("before",), place, "before")
    after = _program(state, ("before", "near", "guilty", "after"), place, "after")
    return {
        feature.template.name: _wrong(
            feature.template,
            before,
            after,
            feature.argument(frame, "crash"),
            feature.argument(frame, "good"),
        )
        for feature in state.features
    }


def _program(state: State, roles: tuple[Role, ...], place: Place, name: str) -> Path:
    """The program with the steps of these roles, in this order."""
    now = state.copy()
    for feature in now.features:
        feature.steps = [i for role in roles for i in feature.template.content.roles(role)]
    files, tree = render(now), place.work / name
    texts = formatted(files.values(), place.work / "gofmt")
    for path, file in files.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text(texts[file])
    program = place.work / f"{name}.bin"
    command = ("go", "build", "-trimpath", "-buildvcs=false", "-o", str(program))
    run(*command, state.frame.command, cwd=tree, environment=place.environment())
    return program


def _wrong(template: Template, before: Path, after: Path, crash: str, good: str) -> list[str]:
    found = []
    try:
        if template.category == "k":
            if crashes(template, before, crash) is None:
                found.append("passes before the mistake")
        elif not passes(template, before, crash):
            found.append("crashes before the mistake")
        if crashes(template, after, crash) is None:
            found.append("passes after the mistake")
        if not passes(template, before, good):
            found.append("the good input crashes before the mistake")
        if ("bad-good" in template.content.extra) == passes(template, after, good):
            found.append("the good input is another one after the mistake")
    except RuntimeError as wrong:
        found.append(str(wrong))
    return found


def main() -> int:
    """Say what is wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--templates", default="open", choices=SETS)
    parser.add_argument("--service", default=FRAMES[0].name)
    options = parser.parse_args()
    frame = next(one for one in FRAMES if one.name == options.service)
    with tempfile.TemporaryDirectory(prefix="suspects-") as folder:
        found = rehearse(frame, templates_of(options.templates), Path(folder), CACHE)
    wrong = {name: reasons for name, reasons in found.items() if reasons}
    for name, reasons in wrong.items():
        print(f"{name}: {'; '.join(reasons)}")
    print(f"{len(found)} templates, {len(wrong)} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
