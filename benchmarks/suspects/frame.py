"""A frame: what a service is besides its features.

In: the text of frames/. Out: files of the first commit, the words that features use, the form of a request.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from benchmarks.suspects.notation import Input

_FILE: Final = re.compile(r"^//: file (\S+)$", re.MULTILINE)
_WORDS: Final = ("@in", "@T", "@n", "@s", "@list", "@emit", "@count", "@log", "@fail", "@conf")
_SETTINGS: Final = """
// Package %p reads the settings that are built in.
package %p

import (
	_ "embed"
	"strconv"
	"strings"
)

//go:embed %f
var raw string

var values = parse(raw)

func parse(text string) map[string]string {
	found := map[string]string{}
	for _, line := range strings.Split(text, "\\n") {
		key, value, ok := strings.Cut(line, "=")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		found[strings.TrimSpace(key)] = strings.TrimSpace(value)
	}
	return found
}

// Int is a number; 0 where there is none.
func Int(key string) int {
	n, _ := strconv.Atoi(values[key])
	return n
}

// Text is a text; empty where there is none.
func Text(key string) string { return values[key] }

// List is a list of texts, separated by commas.
func List(key string) []string {
	text := values[key]
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}
"""
"""The package `%p` that `@conf` names: it reads the file `%f` beside it."""


def words_of(text: str) -> dict[str, str]:
    """What `@in`, `@T`, `@n`, `@s`, `@list`, `@emit`, `@count`, `@log`, `@fail`, `@conf` are, in this order."""
    return dict(zip(_WORDS, text.split(), strict=True))


@dataclass(frozen=True)
class Frame:
    """A service. In `text`, `//: file PATH` begins a file; `%M` is the module's path."""

    name: str
    text: str
    words: Mapping[str, str]
    """What `words_of` has: the words of features in this service."""
    routes: str
    """The file with the table of features; `%routes` in it becomes lines of `route`."""
    route: str
    """A line of the table: `%key`, `%handler`."""
    request: str
    """The argument for one request: `{key}`, `{n}`, `{s}`, `{items}`."""
    config: str
    """The file of the configuration; the package that reads it is beside it."""
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
    style: str = "conventional"

    @property
    def module(self) -> str:
        """The module's path."""
        return f"{self.name}.example/{self.name}"

    @cached_property
    def files(self) -> Mapping[str, str]:
        """The files by path, `%M` filled in; the package of settings last."""
        parts = _FILE.split(self.text)
        folder, _, file = self.config.rpartition("/")
        package = self.words["@conf"]
        settings = _SETTINGS.replace("%p", package).replace("%f", file)
        return {
            path: body.strip("\n").replace("%M", self.module) + "\n"
            for path, body in (
                *zip(parts[1::2], parts[2::2], strict=True),
                (f"{folder}/{package}.go", settings),
            )
        }

    @cached_property
    def taken(self) -> frozenset[str]:
        """Words of the files, in lower case: no feature may be called so."""
        return frozenset(word.lower() for text in self.files.values() for word in text.split())

    @cached_property
    def _word(self) -> re.Pattern[str]:
        return re.compile(f"({'|'.join(map(re.escape, self.words))})(?!\\w)")

    def filled(self, text: str) -> str:
        """A text of a feature or of a file in the words of this service."""
        return self._word.sub(lambda found: self.words[found[1]], text)

    @property
    def command(self) -> str:
        """The folder of the main package."""
        return "./" + next(p for p in self.files if p.endswith("main.go")).rpartition("/")[0]

    def argument(self, key: str, given: Input) -> str:
        """The request for a feature, as the program takes it."""
        items = self.separator.join(str(x) for x in given.items)
        return self.request.format(key=key, n=given.n, s=given.s, items=items)
