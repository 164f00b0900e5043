"""A format that is named: every line is read in it, and in no other."""

from __future__ import annotations

import pytest

from streams.core.parse.assemble import close, feed
from streams.core.parse.prefix import FORMATS, read_as
from streams.core.parse.record import Assembled, AssemblerState
from streams.model.events import LogLines
from tests.shipping import OTHER_WRAPS, PARTS, WRAPS, Container, Part, Wrap

ONE = Container("c0ffee0000000001")
NAMES = {"journald": "journald-json"}
ALL = [(NAMES.get(name, name), wrap) for name, wrap in {**WRAPS, **OTHER_WRAPS}.items()]


def records(lines: list[str], format_name: str) -> list[Assembled]:
    """Cut in the middle, too."""
    whole = None
    for cut in (len(lines), len(lines) // 2):
        parts = ["".join(f"{x}\n" for x in part) for part in (lines[:cut], lines[cut:])]
        first = feed(AssemblerState(), LogLines(input="a", data=parts[0], format=format_name))
        rest = LogLines(input="a", data=parts[1], line=cut + 1, format=format_name)
        second = feed(first.state, rest)
        _, ended = close(second.state, resumable=False)
        found = [x for x in (*first.found, *second.found, *ended) if isinstance(x, Assembled)]
        assert whole in (None, found)
        whole = found
    return whole or []


@pytest.mark.parametrize(("name", "wrap"), ALL)
def test_the_format_that_fits_gives_the_same(
    name: str, wrap: Wrap, every_text: dict[str, str]
) -> None:
    assert name in FORMATS
    for text in every_text.values():
        lines = [wrap(ONE, line, n) for n, line in enumerate(text.splitlines())]
        assert records(lines, name) == records(lines, "")


@pytest.mark.parametrize(("name", "wrap"), ALL)
def test_lines_in_another_format_are_read_as_they_are(name: str, wrap: Wrap) -> None:
    line = wrap(ONE, "panic: x", 1)
    # What fits a shape without the container's id too: less is said of the same line.
    alike = {"cri": "timestamped", "filebeat": "filebeat-file", "fluent-bit": "docker"}
    for other in FORMATS:
        if other not in (name, alike.get(name)):
            (found,) = read_as(line, other)
            assert (found.shape, found.payload) == ("plain", line), other


@pytest.mark.parametrize(("name", "part"), [(NAMES.get(n, n), part) for n, part in PARTS.items()])
def test_parts_are_joined_in_a_named_format(name: str, part: Part) -> None:
    text = "panic: " + "z" * 20_000
    lines = [part(ONE, text[:16_384], 1, last=False), part(ONE, text[16_384:], 2, last=True)]
    (found,) = records(lines, name)
    assert found.text == f"{text}\n"


def test_plain_lines_keep_what_looks_like_a_prefix(every_text: dict[str, str]) -> None:
    for text in every_text.values():
        assert records(text.splitlines(), "plain") == records(text.splitlines(), "")
    lines = [
        "panic: two",
        "web-1 | of the value",
        "",
        "goroutine 1 [running]:",
        "main.f()",
        "\t/a.go:1",
    ]
    (found,) = records(lines, "plain")
    assert "web-1 | of the value" in found.text
