"""The source of a service as data, and the files that it makes.

In: a frame, features with what happened to them. Out: `render`: paths to texts, Go not formatted yet.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from benchmarks.suspects.frame import Frame
from benchmarks.suspects.modules import Module, mod_file, sum_file, vendor_files
from benchmarks.suspects.notation import PLACEHOLDER, Piece, Template, patched

_PLAIN: Final = (
    "bytes",
    "errors",
    "fmt",
    "maps",
    "math",
    "slices",
    "sort",
    "strconv",
    "strings",
    "sync",
)
STANDARD: Final = {name: name for name in _PLAIN} | {"atomic": "sync/atomic"}
"""What features use of the standard library, by name."""
_QUALIFIER: Final = re.compile(r"(?<![.\w])([a-z]\w*)\.[A-Z]")
_STRING: Final = re.compile(r'"(?:[^"\\\n]|\\.)*"|`[^`]*`|//[^\n]*')
_IMPORTS: Final = re.compile(r'^import (?:"[^"]+"|\(\n.*?\n\))\n', re.MULTILINE | re.DOTALL)
_IMPORT: Final = re.compile(r'^\s*(?:import )?(_ )?"([^"]+)"$', re.MULTILINE)
_MARK: Final = re.compile(r"^\s*//\+$")
_CALL: Final = re.compile(
    r"^(\s*(?:return |[\w$.\[\], ]+ :?= ).*?[\w$.]+)\(([^(){}\"]+, [^(){}\"]+)\)$"
)


class ClashError(ValueError):
    """A step of a template that does not apply to what others made of its piece."""

    def __init__(self, template: str, why: str) -> None:
        super().__init__(f"{template}: {why}")
        self.template = template


@dataclass(frozen=True)
class Rendered:
    """A file: Go is still to be formatted; `sloppy`: and then to be indented by spaces."""

    text: str
    go: bool = False
    sloppy: bool = False


@dataclass
class Feature:
    """A template in a service, now."""

    template: Template
    key: str
    names: dict[str, str]
    packages: list[str]
    """Paths by slot."""
    files: dict[str, str]
    """Piece to file name."""
    modules: dict[str, Module]
    present: bool = False
    steps: list[int] = field(default_factory=list)
    extras: dict[tuple[str, int], list[str]] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    wrapped: set[str] = field(default_factory=set)
    sloppy: bool = False

    def copy(self) -> Feature:
        """One that can be changed alone."""
        return Feature(
            self.template, self.key, dict(self.names), list(self.packages), dict(self.files), self.modules,
            self.present, list(self.steps), {k: list(v) for k, v in self.extras.items()},
            dict(self.versions), set(self.wrapped), self.sloppy,
        )  # fmt: skip

    def text(self, piece: Piece) -> str:
        """A piece with all steps that are in. Raises ClashError where a step does not apply."""
        text = piece.text
        for number in self.steps:
            for hunk in self.template.content.steps[number].hunks:
                if hunk.target == piece.name:
                    try:
                        text = patched(text, hunk)
                    except ValueError as wrong:
                        raise ClashError(self.template.name, str(wrong)) from wrong
        return text

    def version(self, dep: str) -> int:
        """The version of a dependency that is required."""
        found = 1
        for number in self.steps:
            for hunk in self.template.content.steps[number].hunks:
                if hunk.target == f"dep {dep}":
                    found = hunk.version
        # a harmless newer one of the same source has a number of its own
        return self.versions.get(f"{dep} {found}", found)

    def fill(self, text: str, frame: Frame) -> str:
        """Placeholders by names."""
        text = frame.filled(text)
        for dep, module in self.modules.items():
            text = re.sub(f"%{dep}\\b", module.package, text)
        return PLACEHOLDER.sub(lambda found: self.name(found[1]), text)

    def name(self, placeholder: str) -> str:
        """What a placeholder is called."""
        if placeholder.startswith("P"):
            return self.packages[int(placeholder[1:] or 0)].rpartition("/")[2]
        return self.names[placeholder]

    def argument(self, frame: Frame, kind: str) -> str:
        """The request of a kind: crash or good."""
        return frame.argument(self.key, self.template.content.inputs[kind])


@dataclass
class State:
    """All of a service."""

    frame: Frame
    features: list[Feature]
    plain: dict[str, str] = field(default_factory=dict)
    """Files that are no part of the program."""
    extras: dict[tuple[str, int], list[str]] = field(default_factory=dict)
    """What was put into files of the frame."""
    go: str = "1.24"

    def copy(self) -> State:
        """One that can be changed alone."""
        return State(
            self.frame,
            [feature.copy() for feature in self.features],
            dict(self.plain),
            {k: list(v) for k, v in self.extras.items()},
            self.go,
        )


def marks(text: str) -> int:
    """How many places for additions a text has."""
    return sum(bool(_MARK.match(line)) for line in text.split("\n"))


def _extended(text: str, extras: dict[tuple[str, int], list[str]], name: str) -> str:
    out: list[str] = []
    number = 0
    for line in text.split("\n"):
        if _MARK.match(line):
            out += extras.get((name, number), [])
            number += 1
        else:
            out.append(line)
    return "\n".join(out)


def _wrapped(text: str) -> str:
    out = []
    for line in text.split("\n"):
        found = _CALL.match(line)
        if found:
            arguments = [f"{part.strip()}," for part in found[2].split(", ")]
            out += [f"{found[1]}(", *arguments, ")"]
        else:
            out.append(line)
    return "\n".join(out)


def render(state: State) -> dict[str, Rendered]:
    """The files."""
    frame = state.frame
    found = {path: Rendered(text) for path, text in state.plain.items()}
    modules = _modules(state)
    paths = _package_paths(state, modules)
    for path, text in frame.files.items():
        body = text.replace("%routes", _routes(state)) if path == frame.routes else text
        body = frame.filled(_extended(body, state.extras, path))
        found[path] = Rendered(_with_imports(body, paths), go=True)
    groups: dict[str, list[tuple[Feature, Piece]]] = {}
    config: list[str] = []
    for feature in state.features:
        if not feature.present:
            continue
        for piece in feature.template.content.pieces:
            if piece.kind == "config":
                config.append(feature.fill(feature.text(piece), frame))
            elif piece.kind == "data":
                path = f"{feature.packages[0]}/{piece.name}"
                found[path] = Rendered(feature.fill(feature.text(piece), frame))
            else:
                path = f"{feature.packages[piece.slot]}/{feature.files[piece.name]}"
                groups.setdefault(path, []).append((feature, piece))
    for path, parts in groups.items():
        body = "\n".join(_piece(feature, piece, frame) for feature, piece in parts)
        package = path.rsplit("/", 2)[-2]
        text = _with_imports(f"package {package}\n\n{body}", paths)
        found[path] = Rendered(text, go=True, sloppy=all(feature.sloppy for feature, _ in parts))
    head = f"# {frame.name}: what is built in\n"
    found[frame.config] = Rendered(head + "".join(config))
    found["go.mod"] = Rendered(mod_file(frame.module, state.go, modules))
    if modules:
        found["go.sum"] = Rendered(sum_file(modules))
    if frame.vendor:
        found.update({k: Rendered(v) for k, v in vendor_files(modules).items()})
    return found


def _piece(feature: Feature, piece: Piece, frame: Frame) -> str:
    text = _extended(feature.text(piece), feature.extras, piece.name)
    text += "".join(feature.extras.get((f"after {piece.name}", 0), []))
    text = feature.fill(text, frame)
    return _wrapped(text) if piece.name in feature.wrapped else text


def _routes(state: State) -> str:
    lines = []
    for feature in state.features:
        if feature.present:
            handler = f"{feature.name('P')}.{feature.names['H']}"
            lines.append(
                state.frame.route.replace("%key", feature.key).replace("%handler", handler)
            )
    return "\n".join(lines)


def _modules(state: State) -> list[tuple[Module, int]]:
    return sorted(
        (
            (module, feature.version(dep))
            for feature in state.features
            if feature.present
            for dep, module in feature.modules.items()
        ),
        key=lambda pair: pair[0].path,
    )


def _package_paths(state: State, modules: list[tuple[Module, int]]) -> dict[str, str]:
    module = state.frame.module
    paths = dict(STANDARD)
    for path in state.frame.files:
        folder = path.rpartition("/")[0]
        paths[folder.rpartition("/")[2]] = f"{module}/{folder}"
    for feature in state.features:
        for path in feature.packages:
            paths[path.rpartition("/")[2]] = f"{module}/{path}"
    paths.update({used.package: used.path for used, _ in modules})
    return paths


def _with_imports(text: str, paths: dict[str, str]) -> str:
    # each piece of a file may bring imports of its own
    blocks = "".join(_IMPORTS.findall(text))
    had = {path: mark for mark, path in _IMPORT.findall(blocks)}
    body = _IMPORTS.sub("", text)
    package = re.search(r"^package (\w+)$", body, re.MULTILINE)
    own = package[1] if package else ""
    used = set(_QUALIFIER.findall(_STRING.sub("", body)))
    wanted = {paths[name]: "" for name in used if name in paths and name != own} | had
    if "//go:embed" in body:
        wanted["embed"] = "_ "
    if not wanted:
        return body
    groups = [
        "\n".join(
            f'\t{mark}"{path}"'
            for path, mark in sorted(wanted.items())
            if ("." in path) == own_code
        )
        for own_code in (False, True)
    ]
    lines = "\n\n".join(group for group in groups if group)
    return re.sub(
        r"^(package \w+\n)",
        lambda found: f"{found[1]}\nimport (\n{lines}\n)\n",
        body,
        count=1,
        flags=re.MULTILINE,
    )
