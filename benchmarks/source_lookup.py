"""Claims: a place in a revision of 200 files that nobody read costs 1 s at most, one that was read 1 ms.

In: nothing; makes a repository of 200 Go files with releases. Out: CPU time of this process and of git, in ms; exit 1
where a claim does not hold. A new revision, of which a process before read the one below, is shown without a bar.
"""

from __future__ import annotations

import gc
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Final

from streams.core.source import computed, lineage, messages, syntax, wording
from streams.drivers.place_cache import PlaceCache
from streams.drivers.places import PlaceFacts
from streams.model.crash import Build
from streams.model.place import PlaceFrame, PlaceKey, place_request
from streams.model.step import Present, Request
from tests.git_repository import Repository

FILES: Final = 200
PACKAGES: Final = 20
FUNCTIONS: Final = 12
RELEASES: Final = 20
CHANGED: Final = 6
COLD_MS: Final = 1000.0
WARM_MS: Final = 1.0
RUNS: Final = 5
Ask = Callable[[int], Request]
MODULE: Final = "example.com/acme/shop"
_FUNCTION: Final = """
// {name} is one of many.
func {name}(order *Order, count int) (int, error) {{
	total{tag} := order.Count * {number}
	for _, item := range order.Items {{
		if item.Price > count+{number} {{
			total{tag} += item.Price
		}}
	}}
	if total{tag} < 0 {{
		return 0, fmt.Errorf("{name}: no total of %d items", count)
	}}
	name := must.Get(order.Names, "{name}")
	return total{tag} + len(name), nil
}}
"""
_MUST: Final = """package must

// Get returns the value of a key.
func Get(values map[string]string, key string) string {
	value, ok := values[key]
	if !ok {
		panic("no value for " + key)
	}
	return value
}
"""


def file_text(package: int, file: int, release: int) -> str:
    """A file; those whose turn it is are other in a release."""
    tag = "" if release == 0 else str(release)
    functions = "".join(
        _FUNCTION.format(name=f"Work{file}x{n}", number=n + 1, tag=tag) for n in range(FUNCTIONS)
    )
    imports = f'import (\n\t"fmt"\n\n\t"{MODULE}/must"\n)\n'
    return f"package p{package}\n\n{imports}{functions}"


def make(folder: Path) -> None:
    """A repository with its tags."""
    repository = Repository(folder)
    files: dict[str, str | bytes] = {
        "go.mod": f"module {MODULE}\n\ngo 1.21\n",
        "must/must.go": _MUST,
    }
    for number in range(FILES - 1):
        files[f"p{number % PACKAGES}/f{number}.go"] = file_text(number % PACKAGES, number, 0)
    repository.commit(files, tag="v1.0.0")
    for release in range(1, RELEASES):
        changed = {}
        for n in range(CHANGED):
            number = (release * CHANGED + n) % (FILES - 1)
            changed[f"p{number % PACKAGES}/f{number}.go"] = file_text(
                number % PACKAGES, number, release
            )
        repository.commit(dict(changed), tag=f"v1.{release}.0")


def asked(release: int, file: int = 7) -> Request:
    """A panic in the shared helper, for a caller that is in all releases."""
    text = file_text(file % PACKAGES, file, 0).splitlines()
    line = 1 + next(n for n, line in enumerate(text) if f'"Work{file}x3")' in line)
    frames = (
        PlaceFrame(f"{MODULE}/must.Get", "/src/must/must.go", 7, f"{MODULE}/must"),
        PlaceFrame(
            f"{MODULE}/p{file % PACKAGES}.Work{file}x3",
            f"/src/p{file % PACKAGES}/f{file}.go",
            line,
            f"{MODULE}/p{file % PACKAGES}",
        ),
    )
    build = Build(tag=f"v1.{release}.0", module=MODULE)
    return place_request(PlaceKey(build=build, failure="panic", kind="panic", frames=frames))


def logged(release: int, file: int = 9) -> Request:
    """An error that was logged, without a stack."""
    build = Build(tag=f"v1.{release}.0", module=MODULE)
    text = f"Work{file}x3: no total of 7 items"
    return place_request(PlaceKey(build=build, failure="error", kind="error", message=text))


def forget() -> None:
    """As a new process: nothing parsed is kept in memory."""
    for module in (syntax, lineage, messages, computed, wording):
        for value in vars(module).values():
            clear = getattr(value, "cache_clear", None)
            if clear is not None:
                clear()
    gc.collect()


def cpu() -> float:
    """CPU seconds of this process and of the children that ended."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def milliseconds(work: Callable[[], object]) -> float:
    """CPU time of some work, its git processes ended."""
    began = cpu()
    work()
    return 1000 * (cpu() - began)


def look(folder: Path, cache: Path, request: Request) -> None:
    """A process that looks a place up, and ends."""
    forget()
    with closing(PlaceFacts({"shop": folder}, cache=PlaceCache(cache))) as places:
        found = places.resolve(request)
        if not isinstance(found, Present):
            message = f"nothing is measured where no place is found: {found}"
            raise TypeError(message)


def warm(folder: Path, cache: Path, request: Request) -> float:
    """Of one look-up more in a process that has it, in ms."""
    with closing(PlaceFacts({"shop": folder}, cache=PlaceCache(cache))) as places:
        places.resolve(request)
        began = time.process_time()
        for _ in range(1000):
            places.resolve(request)
        return time.process_time() - began


def measured(
    folder: Path, label: str, ask: Ask, cache: Path
) -> Iterator[tuple[str, float, float | None]]:
    """The rows of one kind of question."""
    last = RELEASES - 1
    cold, again, newer = [], [], []
    for run in range(RUNS):
        kept = cache / f"{label}-{run}"
        # The release below is what a process before has read.
        cold.append(milliseconds(partial(look, folder, kept, ask(last - 1))))
        newer.append(milliseconds(partial(look, folder, kept, ask(last))))
        again.append(milliseconds(partial(look, folder, kept, ask(last))))
    yield f"{label}: cold revision", min(cold), COLD_MS
    yield f"{label}: the next revision, {CHANGED} files changed, new process", min(newer), None
    yield f"{label}: the same revision, new process", min(again), None
    yield f"{label}: warm", warm(folder, cache / f"{label}-0", ask(last)), WARM_MS


def main() -> int:
    """Measure and compare."""
    missed = False
    with tempfile.TemporaryDirectory(prefix="panictrail-lookup-") as name:
        folder = Path(name) / "shop"
        make(folder)
        for label, ask in (("panic", asked), ("logged error", logged)):
            for row, spent, bar in measured(folder, label, ask, Path(name)):
                held = bar is None or spent <= bar
                verdict = "" if bar is None else f"  <= {bar:g} ms  {'ok' if held else 'MISSED'}"
                missed = missed or not held
                print(f"{row:60} {spent:9.3f} ms{verdict}")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
