"""Templates: a feature of a service with one mistake in its history, and how their text is read.

In: the text of a template. Out: its pieces and steps. The text has sections, each begun by `//: `:

- `piece NAME [@K]`: Go declarations. Without K in the package of the feature, with K = 1, 2 in a package that many
  share. `//+` alone on a line is where logging, counting, limits and remarks come in passing. The piece `entry` has the
  entry: `func $H(@in @T) error`.
- `config`: lines `key = value` of the service's configuration. `data NAME`: an embedded file (`//go:embed NAME` above
  a variable in a piece).
- `dep NAME VERSION`: Go declarations of version VERSION (1, 2, ...) of a module of its own; `%NAME` in pieces is its
  package. The feature begins with version 1.
- `input KIND n=3 s=text list=1,2,3`: KIND is `crash` or `good`; what is left out is 1, "plain", empty.
- `expect REGEX`: what the first line of the crash must match. `extra NAME=VALUE`: facts for the plan (see Template).
- `step ROLE TYPE: MESSAGE`: the next lines say what it edits: `@@ NAME` (a piece, `config`, a data file), then lines
  that begin with `=` (context), `-` or `+`. Context and removed lines must be found once, together, white space at
  their ends aside. `@@ dep NAME VERSION` takes another version. Roles:
    near     harmless and close by; any number; must apply before and after all others
    before   what the guilty step needs (the fix that it reverts); some releases earlier
    guilty   the mistake; with the message `revert` it is a git revert of the step before
    after    harmless, after the guilty step and before its release, on the line that crashes
    fix      what repairs it, some time after the crash; without one the guilty step is reverted

Placeholders: `$Fa` is a name that the seed draws, its first letter says what for: F f functions, T t types, M m
methods, A a fields, v locals, G g variables, C c constants, E errors (upper case: exported), H the entry, S words in
strings, K keys of the configuration, D a digit from 3 to 9. `$P` the package of the feature, `$P1` a shared one. `@in`,
`@T`, `@n`, `@s`, `@list` are the service's names for the input, its type and its number, text and list of numbers;
`@emit("label", value)`, `@count("name")`, `@log("text")`, `@fail("text")`, `@conf.Int("key")` (Text, List) are its
functions. Locals that are not drawn: i, j, x, ok, err, wg, mu.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal, get_args

_SECTION: Final = re.compile(r"^//: (.*)$", re.MULTILINE)
PLACEHOLDER: Final = re.compile(r"\$([A-Za-z]\w*)")

Role = Literal["near", "before", "guilty", "after", "fix"]
_ROLES: Final[Mapping[str, Role]] = {role: role for role in get_args(Role)}


@dataclass(frozen=True)
class Input:
    """What a request carries."""

    n: int = 1
    s: str = "plain"
    items: tuple[int, ...] = ()


@dataclass(frozen=True)
class Hunk:
    """Lines that a step replaces in one piece, or the version that it takes of a dependency."""

    target: str
    old: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    version: int = 0


@dataclass(frozen=True)
class Step:
    """One commit's part of a feature's history."""

    role: Role
    message: str
    hunks: tuple[Hunk, ...]


@dataclass(frozen=True)
class Piece:
    """Text of one kind; `slot` is the package (0: the feature's own)."""

    name: str
    kind: Literal["go", "config", "data"]
    slot: int
    text: str


@dataclass(frozen=True)
class Content:
    """A template as read."""

    pieces: tuple[Piece, ...]
    deps: Mapping[str, Mapping[int, str]]
    steps: tuple[Step, ...]
    inputs: Mapping[str, Input]
    expect: str
    extra: Mapping[str, str] = field(default_factory=dict)

    def roles(self, role: Role) -> tuple[int, ...]:
        """The steps of a role, by number."""
        return tuple(i for i, step in enumerate(self.steps) if step.role == role)


@dataclass(frozen=True)
class Template:
    """A feature and its mistake.

    `category`: a to k, as issue 9 has them. Facts in `extra`: `touch=rename|move|wrap|format` (a harmless change of
    that sort comes upon the crashing piece after the guilty step), `beside=rename|move` (it is in the guilty commit
    itself), `piece=NAME` (that piece), `flaky=1` (a race: several runs).
    """

    name: str
    category: str
    text: str

    @cached_property
    def content(self) -> Content:
        """What the text says. Raises ValueError where it is wrong."""
        return _read(self)


def patched(text: str, hunk: Hunk) -> str:
    """The text with a hunk in it. Raises ValueError where its lines are not found exactly once."""
    lines = text.split("\n")
    found = _places(lines, hunk.old)
    if len(found) != 1:
        raise ValueError(f"{hunk.target}: {hunk.old} found {len(found)} times in\n{text}")
    start = found[0]
    return "\n".join([*lines[:start], *hunk.new, *lines[start + len(hunk.old) :]])


def _places(lines: list[str], old: tuple[str, ...]) -> list[int]:
    bare = [line.strip() for line in lines]
    want = [line.strip() for line in old]
    return [i for i in range(len(bare) - len(want) + 1) if bare[i : i + len(want)] == want]


def _read(template: Template) -> Content:
    parts = _SECTION.split(template.text)
    pieces: list[Piece] = []
    deps: dict[str, dict[int, str]] = {}
    steps: list[Step] = []
    inputs: dict[str, Input] = {}
    extra: dict[str, str] = {}
    expect = ""
    for header, body in zip(parts[1::2], parts[2::2], strict=True):
        word, _, rest = header.partition(" ")
        match word:
            case "piece":
                name, _, slot = rest.partition(" @")
                pieces.append(Piece(name, "go", int(slot or 0), body.strip("\n") + "\n"))
            case "config":
                pieces.append(Piece("config", "config", 0, body.strip("\n") + "\n"))
            case "data":
                pieces.append(Piece(rest, "data", 0, body.strip("\n") + "\n"))
            case "dep":
                name, version = rest.split()
                deps.setdefault(name, {})[int(version)] = body.strip("\n") + "\n"
            case "input":
                kind, *words = rest.split(" ")
                inputs[kind] = _input(words)
            case "expect":
                expect = rest
            case "extra":
                extra.update({k: v for k, _, v in (pair.partition("=") for pair in rest.split())})
            case "step":
                steps.append(_step(template, rest, body))
            case _:
                raise ValueError(f"{template.name}: no section {word}")
    return Content(tuple(pieces), deps, tuple(steps), inputs, expect, extra)


def _input(words: list[str]) -> Input:
    values = dict(word.split("=", 1) for word in words)
    items = tuple(int(x) for x in values.get("list", "").split(",") if x)
    return Input(int(values.get("n", "1")), values.get("s", "plain"), items)


def _step(template: Template, header: str, body: str) -> Step:
    word, _, message = header.partition(" ")
    role = _ROLES.get(word)
    if role is None:
        raise ValueError(f"{template.name}: no role {word}")
    hunks: list[Hunk] = []
    for part in re.split(r"^@@ ", body, flags=re.MULTILINE)[1:]:
        target, _, rest = part.partition("\n")
        if target.startswith("dep "):
            _, name, version = target.split()
            hunks.append(Hunk(f"dep {name}", version=int(version)))
            continue
        lines = rest.strip("\n").split("\n")
        if any(line[:1] not in ("=", "-", "+") for line in lines):
            raise ValueError(f"{template.name}: {message}: {lines}")
        old = tuple(line[1:] for line in lines if line[:1] != "+")
        new = tuple(line[1:] for line in lines if line[:1] != "-")
        hunks.append(Hunk(target.strip(), old, new))
    return Step(role, message, tuple(hunks))
