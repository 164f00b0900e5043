"""A frame: what a service is besides its features.

In: the text of frames.py. Out: files of the first commit, the words that features use, the form of a request.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from benchmarks.suspects.notation import Input

_FILE: Final = re.compile(r"^//: file (\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class Frame:
    """A service. In `text`, `//: file PATH` begins a file; `%M` is the module's path."""

    name: str
    module: str
    text: str
    words: Mapping[str, str]
    """`@in`, `@T`, `@n`, `@s`, `@list`, `@emit`, `@count`, `@log`, `@fail`, `@conf` in this service."""
    routes: str
    """The file with the table of features; `%routes` in it becomes lines of `route`."""
    route: str
    """A line of the table: `%key`, `%handler`."""
    request: str
    """The argument for one request: `{key}`, `{n}`, `{s}`, `{items}`."""
    config: str
    """The file of the configuration."""
    packages: tuple[str, ...]
    """Names for packages of features."""
    shared: tuple[str, ...]
    """Paths of packages that features share."""
    layout: tuple[str, ...]
    """Where packages of features are: `{p}`."""
    services: tuple[str, ...]
    regions: tuple[str, ...]
    people: tuple[str, ...]
    libraries: tuple[str, ...]
    """Names for modules that it depends on."""
    vendor: bool = False
    separator: str = ","
    styles: tuple[str, ...] = field(default=("conventional",))

    @cached_property
    def files(self) -> Mapping[str, str]:
        """The files by path, `%M` filled in."""
        parts = _FILE.split(self.text)
        return {
            path: body.strip("\n").replace("%M", self.module) + "\n"
            for path, body in zip(parts[1::2], parts[2::2], strict=True)
        }

    @property
    def command(self) -> str:
        """The folder of the main package."""
        return "./" + next(p for p in self.files if p.endswith("main.go")).rpartition("/")[0]

    def argument(self, key: str, given: Input) -> str:
        """The request for a feature, as the program takes it."""
        items = self.separator.join(str(x) for x in given.items)
        return self.request.format(key=key, n=given.n, s=given.s, items=items)
