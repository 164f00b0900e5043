"""Which features a service has: templates with names, packages and files.

In: a frame, templates with how their mistake shows. Out: features, none of them in the source yet.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from typing import Final

from benchmarks.suspects.frame import Frame
from benchmarks.suspects.modules import Module
from benchmarks.suspects.names import NOUNS, WORDS, Names
from benchmarks.suspects.notation import PLACEHOLDER, Template
from benchmarks.suspects.state import Feature

_ENTRIES: Final = ("handle.go", "{p}.go", "api.go", "")
"""Files of the entry; the last is called after anything."""
_TOGETHER: Final = 0.3
"""How often a feature shares the package of an earlier one, and a piece the file of the entry."""

_SAME_FOLDER: Final = 0.8
_OWN_NAME: Final = 0.4
"""How often a package is where most are, and a file is named after what is in it."""


def features(
    rng: random.Random, names: Names, frame: Frame, templates: Sequence[Template]
) -> list[Feature]:
    """One feature for each template."""
    made: list[Feature] = []
    free = list(frame.packages)
    rng.shuffle(free)
    libraries = list(frame.libraries)
    rng.shuffle(libraries)
    layout = rng.choice(frame.layout)
    for template in templates:
        if made and (rng.random() < _TOGETHER or not free):
            path = rng.choice(made).packages[0]
        else:
            path = (layout if rng.random() < _SAME_FOLDER else rng.choice(frame.layout)).format(
                p=free.pop()
            )
        shared = list(frame.shared)
        rng.shuffle(shared)
        modules = {}
        for dep, sources in template.content.deps.items():
            if not libraries:
                libraries.append(f"{frame.libraries[0].partition('/')[0]}/{names.once(NOUNS)}kit")
            modules[dep] = Module(libraries.pop(), rng.randint(0, 9), sources)
        package = path.rpartition("/")[2]
        made.append(
            Feature(
                template=template,
                key=f"{package}-{names.once(WORDS)}",
                names=_names(names, template),
                packages=[path, *shared],
                files=_files(rng, template, package),
                modules=modules,
            )
        )
    return made


def _names(names: Names, template: Template) -> dict[str, str]:
    found: dict[str, str] = {}
    for key in PLACEHOLDER.findall(template.text):
        if key in found or re.fullmatch(r"P\d*", key):
            continue
        name = names.draw(key[0])
        for _ in range(50):
            if key[0] == "D" or name not in found.values():
                break
            name = names.draw(key[0])
        found[key] = name
    return found


def _files(rng: random.Random, template: Template, package: str) -> dict[str, str]:
    entry, other = rng.choice(_ENTRIES), f"{rng.choice(NOUNS)}.go"
    entry = entry.format(p=package) or other
    found = {}
    for piece in template.content.pieces:
        if piece.name == "entry" or (piece.slot == 0 and rng.random() < _TOGETHER):
            found[piece.name] = entry
        else:
            found[piece.name] = (
                f"{piece.name if rng.random() < _OWN_NAME else rng.choice(NOUNS)}.go"
            )
    return found
