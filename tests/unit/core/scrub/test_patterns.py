"""`scrub.patterns`: every pattern finds its own example wherever it may stand, and nothing else."""

from __future__ import annotations

import orjson
import pytest

from streams.core.scrub import PATTERNS, Pattern, Scrubbed, load_patterns, scrub
from streams.core.scrub.needles import places, shape

FRAME = "example.com/acme/auth.(*Token).Verify(0xc000012345, {0x1f3a, 0x20})\n\t/src/auth/store.go:41 +0x1d\n"
PLACES = {
    "alone": "{}",
    "in a panic value": "panic: cannot connect: {} refused\n\ngoroutine 1 [running]:\n" + FRAME,
    "between frames": FRAME + "{}\n" + FRAME,
    "at the end of a line": "2026-11-23T08:00:00Z level=error msg=bad {}\n",
    "as an argument": 'panic("{}")\n\t/src/x.go:4 +0x1\n',
}
every_pattern = pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.name)


def test_names_are_unique_and_fit_a_marker() -> None:
    names = [pattern.name for pattern in PATTERNS]
    assert len(set(names)) == len(names)
    assert scrub(" ".join(f"[scrubbed:{name}]" for name in names)).counts == {}


@every_pattern
@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
def test_an_example_is_found_once_and_by_its_own_pattern(pattern: Pattern, place: str) -> None:
    done = scrub(place.replace("{}", pattern.example))
    assert done.counts == {pattern.name: 1}
    assert f"[scrubbed:{pattern.name}]" in done.text
    assert scrub(done.text) == Scrubbed(done.text, {})


@every_pattern
@pytest.mark.parametrize("depth", [1, 2])
def test_an_example_inside_json_inside_json_is_found_and_the_json_stays_whole(
    pattern: Pattern, depth: int
) -> None:
    text = f"a line\n{pattern.example}\nanother line"
    for _ in range(depth):
        text = orjson.dumps({"msg": text}).decode()
    done = scrub(text)
    assert done.counts == {pattern.name: 1}
    inner = done.text
    for _ in range(depth):
        inner = orjson.loads(inner)["msg"]
    assert inner.startswith("a line\n")
    assert inner.endswith("\nanother line")


@every_pattern
def test_needles_stand_in_what_a_pattern_matches(pattern: Pattern) -> None:
    assert pattern.needles
    assert PATTERNS.index(pattern) in places(shape(pattern.example))


def test_a_needle_is_found_whatever_stands_right_before_it() -> None:
    """All needles are looked for in one run, in which one must not hide the next."""
    for first in PATTERNS:
        for second in PATTERNS:
            found = places(shape(f"{first.example} {second.example}"))
            assert {PATTERNS.index(first), PATTERNS.index(second)} <= set(found)


@pytest.mark.parametrize(
    "text", ["", "ünï→😀", "\udcff\udc80", "İSTANBUL TOKEN", "\U0010fe80", "aßB9"]
)
def test_a_shape_has_one_byte_per_character(text: str) -> None:
    assert len(shape(text)) == len(text)


def test_user_patterns_are_loaded_and_replace_their_group() -> None:
    extra = load_patterns(
        [
            {"name": "ticket", "regex": r"TICKET-\d+"},
            {"name": "customer", "regex": r"customer (?P<id>\d+)", "group": "id"},
            {"name": "pin", "regex": r"(pin)=(\d{4})", "group": "2"},
            {"name": "all", "regex": r"(x)yz", "group": "0"},
            {"name": "whole", "regex": r"(k)=(v)"},
        ]
    )
    done = scrub("TICKET-12 customer 77 pin=1234 xyz k=v", extra)
    assert (
        done.text
        == "[scrubbed:ticket] customer [scrubbed:customer] pin=[scrubbed:pin] [scrubbed:all] [scrubbed:whole]"
    )
    assert done.counts == {"ticket": 1, "customer": 1, "pin": 1, "all": 1, "whole": 1}
    assert scrub(done.text, extra) == Scrubbed(done.text, {})


def test_user_patterns_do_not_touch_frames() -> None:
    extra = load_patterns(
        [{"name": "go", "regex": r"store|Verify|\.go"}, {"name": "line", "regex": r"(?s)auth.*41"}]
    )
    assert scrub(FRAME, extra) == Scrubbed(FRAME, {})
    assert scrub("store\n" + FRAME, extra).text == "[scrubbed:go]\n" + FRAME


def test_a_user_pattern_may_cross_lines_that_are_no_frames() -> None:
    extra = load_patterns([{"name": "block", "regex": r"(?s)<<.*?>>"}])
    assert scrub("a <<b\n\nc>> d", extra) == Scrubbed("a [scrubbed:block] d", {"block": 1})


@pytest.mark.parametrize(
    ("item", "problem"),
    [
        ({"name": "", "regex": "x"}, "name"),
        ({"regex": "x"}, "name"),
        ({"name": "Bad Name", "regex": "x"}, "name"),
        ({"name": "a]b", "regex": "x"}, "name"),
        ({"name": "ok"}, "regex"),
        ({"name": "ok", "regex": ""}, "regex"),
        ({"name": "ok", "regex": "x" * 3000}, "regex"),
        ({"name": "ok", "regex": "("}, "regular expression"),
        ({"name": "ok", "regex": "a{99999999999}"}, "regular expression"),
        ({"name": "ok", "regex": "a*"}, "empty"),
        ({"name": "ok", "regex": "|a"}, "empty"),
        ({"name": "ok", "regex": "^$"}, "empty"),
        ({"name": "ok", "regex": "(a)", "group": "2"}, "group"),
        ({"name": "ok", "regex": "(a)", "group": "name"}, "group"),
    ],
)
def test_a_bad_user_pattern_is_named_with_its_position(item: dict[str, str], problem: str) -> None:
    with pytest.raises(ValueError, match=rf"scrub pattern 2 .*{problem}"):
        load_patterns([{"name": "good", "regex": "g"}, item])
