"""Changes of a state that make no difference, as commits of a living repository have them.

In: a generator, the features there are. Out: `Change`: a message and a function that changes a state; everything random
is drawn when the change is made, so the same change can be applied to several branches. A change that does not fit does
nothing.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

from benchmarks.suspects.modules import HARMLESS
from benchmarks.suspects.names import NOUNS, VERBS, WORDS, Names, title
from benchmarks.suspects.notation import Piece
from benchmarks.suspects.state import Feature, State, marks

REVISIONS_TO_IGNORE: Final = ".git-blame-ignore-revs"


@dataclass(frozen=True)
class Change:
    """`message` is `type: text|scope`; `id` says which commit it is for others, `undoes` which one it reverts."""

    message: str
    apply: Callable[[State], None]
    id: str = ""
    undoes: str = ""


def step(feature: Feature, number: int, which: int, id_: str) -> Change:
    """A step of a feature's template. One that is called `revert` takes back the one before it."""
    message = feature.template.content.steps[which].message
    undoes = f"before {number}" if message == "revert" else ""

    def apply(state: State) -> None:
        target = state.features[number]
        if which not in target.steps:
            target.steps.append(which)

    return Change(f"{message}|{feature.name('P')}", apply, id_, undoes)


def without(number: int, steps: Collection[int], id_: str, undoes: str) -> Change:
    """Steps are taken back by a revert."""

    def apply(state: State) -> None:
        target = state.features[number]
        target.steps = [other for other in target.steps if other not in steps]

    return Change("", apply, id_, undoes)


def together(first: Change, second: Change) -> Change:
    """Two changes in one commit that speaks of the first."""

    def apply(state: State) -> None:
        first.apply(state)
        second.apply(state)

    return Change(first.message, apply, first.id)


def birth(feature: Feature, number: int) -> Change:
    """A feature comes in."""

    def apply(state: State) -> None:
        state.features[number].present = True

    return Change(f"feat: {feature.key}|{feature.name('P')}", apply, f"birth {number}")


def _pieces(feature: Feature) -> list[Piece]:
    return [piece for piece in feature.template.content.pieces if piece.kind == "go"]


def addition(rng: random.Random, feature: Feature, number: int) -> Change | None:
    """A line of logging, counting or explaining, or a limit that nobody reaches."""
    places = [(piece.name, i) for piece in _pieces(feature) for i in range(marks(piece.text))]
    if not places:
        return None
    place = rng.choice(places)
    word, noun = rng.choice(WORDS), rng.choice(NOUNS)
    kinds = {
        "metrics": (f'@count("{word}.{noun}")', f"count {noun}s"),
        "logging": (f'@log("{rng.choice(VERBS)} {word} {noun}")', f"say more of {noun}s"),
        "docs": (
            f"// {title(rng.choice(VERBS))} the {noun} first: {word} depends on it.",
            "a remark",
        ),
    }
    if place[0] == "entry":
        size = rng.choice((1024, 4096, 65536))
        kinds["fix"] = (
            f'if len(@s) > {size} {{\n\treturn @fail("{noun} too long")\n}}',
            f"a limit for {noun}s",
        )
        kinds["feat"] = (
            f'if @n > {size * 1000} {{\n\t@count("{word}.large")\n}}',
            f"notice large {noun}s",
        )
    kind = rng.choice(sorted(kinds))
    line, said = kinds[kind]

    def apply(state: State) -> None:
        state.features[number].extras.setdefault(place, []).insert(0, line)

    return Change(f"{kind}: {said}|{feature.name('P')}", apply)


def addition_to_frame(rng: random.Random, state: State) -> Change | None:
    """The same in a file that all features go through."""
    places = [(path, i) for path, text in state.frame.files.items() for i in range(marks(text))]
    place = rng.choice(places)
    word, noun = rng.choice(WORDS), rng.choice(NOUNS)
    line = rng.choice(
        (
            f'@count("{word}.{noun}")',
            f'@log("{word} {noun}")',
            f"// {title(word)}: see the notes on {noun}s.",
        )
    )

    def apply(target: State) -> None:
        target.extras.setdefault(place, []).append(line)

    return Change(
        f"metrics: {noun}s of {word}|{place[0].rpartition('/')[0].rpartition('/')[2]}", apply
    )


def renaming(
    rng: random.Random, names: Names, feature: Feature, number: int, only: str = ""
) -> Change:
    """Another name for a function, type, field or local, everywhere; `only`: one that this piece uses."""
    text = "".join(piece.text for piece in _pieces(feature) if only in ("", piece.name))
    drawn = sorted(k for k in feature.names if k[0] in "FfTtMmAavg" and f"${k}" in text)
    chosen = rng.sample(drawn, min(len(drawn), 3 if only else rng.randint(1, 3)))
    fresh = {key: names.draw(key[0]) for key in chosen}

    def apply(state: State) -> None:
        names = state.features[number].names
        for key, name in fresh.items():
            if name not in names.values():
                names[key] = name

    return Change(f"refactor: better names|{feature.name('P')}", apply)


def moving(rng: random.Random, feature: Feature, number: int, only: str = "") -> Change:
    """A piece goes to another file of its package."""
    piece = only or rng.choice(_pieces(feature)).name
    file = f"{rng.choice(WORDS)}_{rng.choice(NOUNS)}.go"

    def apply(state: State) -> None:
        state.features[number].files[piece] = file

    return Change(
        f"refactor: {file.removesuffix('.go').replace('_', ' ')} has a file of its own|{feature.name('P')}",
        apply,
    )


def moving_package(
    rng: random.Random, features: list[Feature], number: int, layout: tuple[str, ...]
) -> Change:
    """A package goes to another folder, with all that is in it."""
    path = features[number].packages[0]
    name = path.rpartition("/")[2]
    target = rng.choice(
        [form.format(p=name) for form in layout if form.format(p=name) != path] or [path]
    )

    def apply(state: State) -> None:
        now = state.features[number].packages[0]
        for feature in state.features:
            if feature.packages[0] == now:
                feature.packages[0] = target
        state.plain = {
            target + name.removeprefix(now) if name.startswith(f"{now}/") else name: text
            for name, text in state.plain.items()
        }

    return Change(f"refactor: move {name} to {target}|{name}", apply)


def wrapping(feature: Feature, number: int, only: str = "") -> Change:
    """Long calls get a line per argument."""
    pieces = [piece.name for piece in _pieces(feature) if only in ("", piece.name)]

    def apply(state: State) -> None:
        state.features[number].wrapped.symmetric_difference_update(pieces)

    return Change(f"style: a line per argument|{feature.name('P')}", apply)


def formatting(number: int) -> Change:
    """A feature is formatted."""

    def apply(state: State) -> None:
        state.features[number].sloppy = False

    return Change("style: gofmt|", apply, "format")


def upgrade(rng: random.Random, features: list[Feature]) -> Change | None:
    """A newer version of a dependency that changes nothing."""
    choice = [
        (i, dep) for i, feature in enumerate(features) if feature.present for dep in feature.modules
    ]
    if not choice:
        return None
    number, dep = rng.choice(choice)
    module = features[number].modules[dep]

    def apply(state: State) -> None:
        for now in module.sources:
            state.features[number].versions[f"{dep} {now}"] = now + HARMLESS

    return Change(f"deps: bump {module.path}|", apply)


_TEST: Final = """package {package}

import "testing"

func {function}(t *testing.T) {{
	if {entry} == nil {{
		t.Fatal("{said}")
	}}
}}
"""
_HELPER: Final = """
// {function} is for reports.
func {function}({local} int) int {{
	if {local} == 0 {{
		return {plus}
	}}
	return {local}*{times} + {plus}
}}
"""
_DOCS: Final = ("README.md", "docs/notes.md", "docs/running.md", "CONTRIBUTING.md", "CHANGELOG.md")
_BUILD: Final = (
    "Makefile",
    ".ci/pipeline.yml",
    ".editorconfig",
    "deploy/values.yaml",
    "Dockerfile",
)


def paper(rng: random.Random) -> Change:
    """Documentation, or files of the build."""
    docs = rng.choice((True, False))
    path = rng.choice(_DOCS if docs else _BUILD)
    line = (
        f"# {rng.choice(VERBS)} {rng.choice(WORDS)} {rng.choice(NOUNS)} = {rng.randint(1, 999)}\n"
    )

    def apply(state: State) -> None:
        lines = (state.plain.get(path, "") + line).splitlines(keepends=True)
        state.plain[path] = "".join(lines[-40:])

    return Change(f"{'docs' if docs else 'ci'}: {rng.choice(WORDS)} {rng.choice(NOUNS)}s|", apply)


def test_file(rng: random.Random, feature: Feature, number: int) -> Change:
    """A test of a feature's good request."""
    name = f"{rng.choice(WORDS)}_{rng.choice(NOUNS)}_test.go"
    function = f"Test{title(rng.choice(WORDS))}{title(rng.choice(NOUNS))}"
    said = rng.choice(WORDS)

    def apply(state: State) -> None:
        target = state.features[number]
        package = target.name("P")
        text = _TEST.format(package=package, function=function, entry=target.names["H"], said=said)
        state.plain.setdefault(f"{target.packages[0]}/{name}", text)

    return Change(f"test: {said}|{feature.name('P')}", apply)


def helper(rng: random.Random, names: Names, feature: Feature, number: int) -> Change:
    """A function that nobody of the crash uses."""
    function, local = names.draw("F"), rng.choice(("n", "k", "m"))
    times, plus = rng.randint(2, 9), rng.randint(1, 90)
    text = _HELPER.format(function=function, local=local, times=times, plus=plus)
    places = [piece for piece in _pieces(feature) if piece.slot == 0]
    piece = rng.choice(places).name

    def apply(state: State) -> None:
        state.features[number].extras.setdefault((f"after {piece}", 0), []).append(text)

    return Change(f"feat: {function} for reports|{feature.name('P')}", apply)


def newer_go(version: str) -> Change:
    """The go line of go.mod."""

    def apply(state: State) -> None:
        state.go = version

    return Change(f"build: go {version}|", apply)
