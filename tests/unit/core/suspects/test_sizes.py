"""Lists that are shorter, tables with one more entry, values that are no duration any more: who is named first."""

from __future__ import annotations

import pytest

from streams.core.source.syntax import declarations, function_of
from streams.core.suspects.compare import Part
from streams.core.suspects.data import Setting, form_lost, reshaped, undone
from streams.core.suspects.divisors import divides_by_less
from streams.core.suspects.lines import line_of as part_of
from streams.core.suspects.modules import same_minor
from streams.core.suspects.relations import leads_back
from streams.core.suspects.rewritten import plain_forms
from tests.unit.core.suspects.history import MODULE, Past, crash, frame, line_of
from tests.unit.core.suspects.programs_sized import (
    BOARDS,
    KEYS,
    LONG_NUMBERS,
    NAMES,
    PAUSES,
    PLACES,
    PRICES,
    RATES,
    ROUTES,
)
from tests.unit.core.suspects.test_kinds import PATH, Kind, asked

KINDS = {
    "a list that is made no longer than another": Kind(
        ROUTES, "index-out-of-range",
        ("len(to)+1)", "min(len(from), len(to))+1)"),
        ("const cost = 1", "const cost = 2"),
        (("apart", "row[at+1]"), ("Handle", "apart(")),
        numbers=(4,),
    ),
    "a bound beside what is new": Kind(
        PLACES, "slice-out-of-range",
        ("	n := int(line[at] - '0')\n", LONG_NUMBERS),
        ("const least = 1", "const least = 2"),
        (("number", "strconv.Atoi"), ("Handle", "number(")),
        numbers=(5, 3),
    ),
    "an entry that a call makes": Kind(
        BOARDS, "index-out-of-range",
        ('	"large": fresh(6, 6),\n', '	"large": fresh(6, 6),\n	"tower": fresh(3, 5),\n'),
        ("const first = 1", "const first = 2"),
        (("(*board).at", "b.cells["), ("Handle", "b.at(")),
        numbers=(22, 15),
    ),
    "an entry with the number that the crash shows": Kind(
        PRICES, "index-out-of-range",
        ('	"yen":  {0, "Y"},\n', '	"yen":  {0, "Y"},\n	"gwei": {9, "G"},\n'),
        ("{1, 10, 100, 1000}", "{1, 10, 100, 1_000}"),
        (("part", "scales[digits]"), ("Handle", "part(")),
        numbers=(9, 4),
    ),
    "another argument, and a sum the other way round": Kind(
        PAUSES, "invalid argument to IntN",
        ("pause(64 >> at)", "pause(64 >> (at * 2))"),
        ("half + rand.IntN(half)", "rand.IntN(half) + half"),
        (("pause", "rand.IntN"), ("Handle", "pause(")),
        message="invalid argument to IntN",
    ),
    "a name that is shorter": Kind(
        NAMES, "slice-out-of-range",
        ("strings.ToLower(name)", 'strings.ReplaceAll(strings.ToLower(name), ".", "")'),
        ("const more = 1", "const more = 2"),
        (("tail", "name[from:]"), ("Handle", "tail(")),
        numbers=(4, 3),
    ),
    "a key that is a value of any type": Kind(
        KEYS, "unhashable",
        ("map[string]bool{}", "make(map[any]bool, len(xs))"),
        ("range xs {", "range xs[min(1, len(xs)):] {"),
        (("different", "] = true"), ("Handle", "different(")),
        message="runtime error: hash of unhashable type []int",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_the_edit_that_brought_it_is_named_first(name: str) -> None:
    kind = KINDS[name]
    for edits in ((kind.guilty, kind.beside), (kind.beside, kind.guilty)):
        made, found = asked(kind, *edits)
        assert found.suspects[0].commit == made[edits.index(kind.guilty)]


@pytest.mark.parametrize(
    "name",
    [
        "a list that is made no longer than another",
        "a bound beside what is new",
        "an entry with the number that the crash shows",
    ],
)
def test_what_is_plain_is_said_with_confidence(name: str) -> None:
    kind = KINDS[name]
    _, found = asked(kind, kind.beside, kind.guilty)
    assert found.suspects[0].confidence > 0.9


def test_a_sum_the_other_way_round_is_the_same() -> None:
    kind = KINDS["another argument, and a sum the other way round"]
    _, found = asked(kind, kind.beside)
    assert found.none > 0.9


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("return a + f ( b )", "return f ( b ) + a", True),
        ("x := a * b * c", "x := c * a * b", True),
        ("if a == nil", "if nil == a", True),
        ("return a - b", "return b - a", False),
        ("return a + b * c", "return b + a * c", False),
        ('return a + "." + b', 'return b + "." + a', False),
        ("return a , b + c", "return b , a + c", False),
        ("x = * p", "x = & p", False),
    ],
)
def test_operands_in_an_order_that_does_not_matter(old: str, new: str, *, same: bool) -> None:
    one, two = (plain_forms([Part(text, tuple(text.split()))], sums=True) for text in (old, new))
    assert (one == two) is same


def test_a_text_put_together_the_other_way_round_may_be_the_wrong_key() -> None:
    parts = (Part(text, tuple(text.split())) for text in ("k := a + b", "k := b + a"))
    one, two = (plain_forms([part], sums=False) for part in parts)
    assert one != two


def test_a_bound_around_an_index_still_protects() -> None:
    kind = KINDS["a name that is shorter"]
    places = (("tail", "name["), ("Handle", "tail("))
    bound = ("name[from:]", "name[min(from, len(name)):]")
    _, found = asked(kind._replace(places=places), bound)
    assert found.none > 0.5


def test_a_limit_that_the_crash_is_far_from_may_go() -> None:
    text = PRICES.replace(
        "	return part(", "	if n == 0 || n > 5000 {\n		return 0\n	}\n	return part("
    )
    kind = KINDS["an entry with the number that the crash shows"]._replace(text=text)
    _, found = asked(kind, ("n == 0 || n > 5000", "n == 0"))
    assert found.none > 0.9
    _, found = asked(kind._replace(numbers=(9000, 4)), ("n == 0 || n > 5000", "n == 0"))
    assert found.none < 0.5


def rated(*edits: tuple[str, str, str]) -> tuple[list[str], list[tuple[str, float]]]:
    """Ids of edits of RATES or its settings, and who is suspect of a division by zero."""
    conf = f"{PATH.rpartition('/')[0]}/shelf.conf"
    past = Past({PATH: RATES, conf: "shelf.every = 24h\nshelf.name = pine\n"})
    made = [past.edit("edit", conf if where == "conf" else PATH, *edit) for where, *edit in edits]
    places = (("rate", "n / spans"), ("Handle", "rate("))
    frames = [frame(name, PATH, line_of(past, PATH, text)) for name, text in places]
    found = past.suspects(crash("divide-by-zero", frames))
    return made, [(suspect.commit, suspect.confidence) for suspect in found.suspects]


def test_a_duration_in_days_is_none_and_a_smaller_divisor_makes_no_zero() -> None:
    days, seconds = ("conf", "24h", "1d"), ("code", "time.Minute", "time.Second")
    for edits in ((days, seconds), (seconds, days)):
        made, found = rated(*edits)
        commit, confidence = found[0]
        assert (commit, confidence > 0.8) == (made[edits.index(days)], True)


def test_a_larger_divisor_may_make_a_zero() -> None:
    made, found = rated(("conf", "pine", "oak"), ("code", "time.Minute", "48 * time.Hour"))
    assert found[0][0] == made[1]
    assert found[0][1] > 0.5


def test_a_chain_of_names_takes_no_longer_than_it_is_long() -> None:
    chain = "".join(f"n{n} n{n + 1}\n" for n in range(15_000))
    assert leads_back("", chain + "n15000 n14990\n").startswith("n1499")
    assert not leads_back("", chain)


@pytest.mark.parametrize(
    ("old", "new", "uses", "less"),
    [
        ("time.Minute", "time.Second", "a / span", True),
        ("60 * time.Second", "30 * time.Second", "a/span + b/span", True),
        ("1 << 10", "512", "a / span", True),
        ("time.Second", "time.Minute", "a / span", False),
        ("60", "0", "a / span", False),
        ("60", "30", "a/span - span", False),
        ("60", "30", "a % span", False),
        ("60", "other", "a / span", False),
        ("60", "30", "a / b", False),
    ],
)
def test_constants_that_only_make_quotients_larger(
    old: str, new: str, uses: str, *, less: bool
) -> None:
    data = f"package p\n\nfunc f(a, b int) int {{\n\treturn {uses}\n}}\n".encode()
    functions = [function_of(data, declared) for declared in declarations(data)]
    before, after = ([part_of(f"const span = {value}")] for value in (old, new))
    assert divides_by_less(before, after, functions) is less


@pytest.mark.parametrize(
    ("old", "new", "lost"),
    [
        ("24h", "1d", "duration"), ("1h30m", "90", "duration"), ("24h", "36h", ""), ("3", "3 # each", "number"),
        ("true", "enabled", "true"), ("true", "off", ""), ("pine", "oak", ""), ("1.5", "2", ""),
        ('"10s"', '"ten"', "duration"),
    ],
)  # fmt: skip
def test_what_a_value_is_no_longer(old: str, new: str, lost: str) -> None:
    said = form_lost(Setting("k", (), old, new))
    assert lost in said
    assert bool(said) is bool(lost)


def test_a_row_that_is_as_the_others_again_is_less_of_a_change() -> None:
    rows = "fern,5,20\nruby,6\nsand,7,40\n"
    mended = rows.replace("ruby,6", "ruby,6,30")
    assert reshaped(rows, mended) < 0.3
    assert reshaped(mended, rows) == 1.0


def test_an_edit_of_data_that_is_taken_back() -> None:
    rows = "fern 5\nruby 6\n"
    edited = rows.replace("ruby 6", "ruby 0")
    assert undone(rows, edited, rows)
    assert not undone(rows, edited, edited)
    assert not undone(rows, edited, rows.replace("ruby 6", "ruby 7"))


@pytest.mark.parametrize(
    ("before", "after", "circle"),
    [
        ("cove bay\nbay sea\n", "cove bay\nbay cove\n", True),
        ("a: b\nb: c\nc: d\n", "a: b\nb: c\nc: a\n", True),
        ('{\n  "a": "b",\n  "b": "c"\n}', '{\n  "a": "b",\n  "b": "b"\n}', True),
        ("cove bay\nbay sea\n", "cove bay\nbay sea\nsea ocean\n", False),
        ("a b\nb a\n", "a b\nb a\nc a\n", False),
        ("a b\nb c\n", "a b\nb c\nc d\nd c\nd e\n", True),
    ],
)
def test_names_that_lead_back_to_themselves(before: str, after: str, *, circle: bool) -> None:
    assert bool(leads_back(before, after)) is circle


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [("v1.3.0", "v1.3.1", True), ("v1.3.0", "v1.4.0", False), ("v1.3.0", "v1.3.1-rc.1", False), ("", "v1.3.1", False)],
)  # fmt: skip
def test_versions_that_differ_in_the_patch_alone(old: str, new: str, *, same: bool) -> None:
    assert same_minor(old, new) is same


def test_of_two_new_versions_of_a_module_the_one_that_is_more_than_a_patch_is_named() -> None:
    mod = f"module {MODULE}\n\nrequire atlas.example/atlas %s\n"
    text = (
        'package shelf\n\nimport "atlas.example/atlas"\n\nfunc Handle(s string) int {\n'
        "	return whole(atlas.Read(s))\n}\n\nfunc whole(v any) int {\n	return v.(int)\n}\n"
    )
    past = Past({"go.mod": mod % "v1.3.0", PATH: text})
    guilty = past.then("1.4.0", {"go.mod": mod % "v1.4.0"})
    past.then("1.4.1", {"go.mod": mod % "v1.4.1"})
    places = (("whole", "v.(int)"), ("Handle", "whole("))
    frames = [frame(name, PATH, line_of(past, PATH, text)) for name, text in places]
    found = past.suspects(crash("type-assertion", frames))
    assert found.suspects[0].commit == guilty
