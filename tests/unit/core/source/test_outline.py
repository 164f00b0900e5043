"""What a file is looked through for; held against a plain search for each name."""

from __future__ import annotations

import re

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.source.outline import Outline, outline_of
from streams.core.source.syntax import Declared, declarations
from tests.unit.core.source.revisions import go

FILE = go("""
    package cart

    func Add(id string) { find(id) }

    func (s *Store) Sum(items []int) int {
        total := Fold[int](items, func(a, b int) int { return max(a, b) })
        // Remove(s) is for later.
        return s.rate (total) + Map[Key, int](s.all())
    }

    var Default = New(limit)

    func Remove(s *Store)
""").encode()

NAMES = ("f", "get", "Run", "x1", "_y", "größe", "a", "ab")
pieces = st.sampled_from(
    [
        *NAMES,
        "(",
        ")",
        "[",
        "]",
        " ",
        "\n",
        "{",
        "}",
        ".",
        "\t",
        "\nfunc Do() {\n",
        "\n}\n",
        "if",
        ",",
    ]
)


def called_in(data: bytes, name: str) -> list[Declared]:
    """The functions in whose body a name stands before a bracket, by a search of its own for each."""
    called = re.compile(
        rb"(?<![\w\x80-\xff])" + re.escape(name.encode()) + rb"[ \t]*(?:\[[^\]\n]*\])?\("
    )
    found = []
    for declared in declarations(data):
        body = data.find(b"{", declared.start, declared.end)
        if body >= 0 and called.search(data, body, declared.end):
            found.append(declared)
    return found


def callers(outline: Outline, name: str) -> list[Declared]:
    """The same by an outline."""
    return [outline.declared[number] for number in outline.calls.get(name, ())]


def test_a_file_says_whom_its_functions_call() -> None:
    outline = outline_of(FILE)
    assert [d.name for d in outline.declared] == ["Add", "Store.Sum", "var Default", "Remove"]
    called = ("find", "Fold", "rate", "Map", "all")
    found = {name: [d.name for d in callers(outline, name)] for name in called}
    assert found == {name: ["Add" if name == "find" else "Store.Sum"] for name in called}
    assert not {"id", "func", "Key", "New", "items"} & outline.calls.keys()


@settings(max_examples=300, deadline=None)
@given(st.lists(pieces, max_size=40).map(lambda parts: "func Main() {\n" + "".join(parts)))
def test_it_finds_what_a_search_for_each_name_finds(text: str) -> None:
    data = text.encode()
    outline = outline_of(data)
    for name in NAMES:
        assert callers(outline, name) == called_in(data, name)


def test_what_was_kept_is_the_same_again_and_damage_is_seen() -> None:
    outline = outline_of(FILE)
    data = msgspec.msgpack.encode(outline)
    assert msgspec.msgpack.decode(data, type=Outline) == outline
    damaged = msgspec.msgpack.encode((outline.declared, {"find": (99,)}))
    with pytest.raises(msgspec.ValidationError):
        msgspec.msgpack.decode(damaged, type=Outline)
