"""What a set of crashes tells together: helpers, other names, statements; and never by the order they come in."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.cluster import together as whole
from streams.core.cluster.together import Seen, Step, helper_packages

NIL = "nil-dereference"


def keys_of(crashes: Sequence[Seen]) -> dict[str | int, str]:
    """The cluster keys alone."""
    return {name: found.key for name, found in whole.keys_of(crashes).items()}


def step(name: str, line: int | None = 1) -> Step:
    """`cart.Add` at a line."""
    return Step(f"example.com/shop/{name}", line, f"example.com/shop/{name.partition('.')[0]}")


def seen(  # noqa: PLR0913 - what a crash may vary in, all named
    name: str | int,
    *frames: Step,
    release: str = "r1",
    failure: str = NIL,
    says: str = "",
    fixed: bool = False,
    key: str = "by-name",
    text: str = "",
) -> Seen:
    return Seen(name, key, frames, release, failure, says, fixed, text)


def parts(crashes: Sequence[Seen]) -> set[frozenset[str | int]]:
    """The partition."""
    keys = keys_of(crashes)
    ordered = sorted(keys, key=lambda name: keys[name])
    return {frozenset(group) for _, group in groupby(ordered, key=lambda name: keys[name])}


def together(*crashes: Seen) -> bool:
    return len(set(keys_of(crashes).values())) == 1


# ---- statements


def test_in_one_release_a_line_is_a_statement() -> None:
    one, same, other = (seen(n, step("cart.Add", line)) for n, line in enumerate((7, 7, 9)))
    assert parts([one, same, other]) == {frozenset((0, 1)), frozenset((2,))}


def test_from_release_to_release_statements_keep_their_order() -> None:
    crashes = [
        seen(repr((n, release)), step("cart.Add", line + shift), release=release)
        for release, shift in (("r1", 0), ("r2", 3), ("r10", 40))
        for n, line in enumerate((7, 9, 12))
    ]
    assert parts(crashes) == {
        frozenset(repr((n, release)) for release in ("r1", "r2", "r10")) for n in range(3)
    }


def test_of_two_statements_the_one_that_moved_least_is_the_one_that_is_left() -> None:
    crashes = [
        seen("a1", step("cart.Add", 10)),
        seen("b1", step("cart.Add", 20)),
        seen("b2", step("cart.Add", 22), release="r2"),
    ]
    assert parts(crashes) == {frozenset(("a1",)), frozenset(("b1", "b2"))}


def test_statements_that_fail_otherwise_are_others() -> None:
    assert not together(
        seen(1, step("cart.Add", 7)),
        seen(2, step("cart.Add", 8), release="r2", failure="index-out-of-range"),
    )
    assert not together(
        seen(1, step("cart.Add", 7), failure="panic", says="no id"),
        seen(2, step("cart.Add", 7), release="r2", failure="panic", says="no price"),
    )


def test_a_statement_that_fails_in_two_ways_is_one() -> None:
    assert together(
        seen(1, step("cart.Add", 7)),
        seen(2, step("cart.Add", 7), failure="index-out-of-range"),
    )


def test_an_unknown_release_joins_the_only_statement_that_fails_so() -> None:
    known = seen(1, step("cart.Add", 7))
    assert together(known, seen(2, step("cart.Add", 9), release=""))
    assert together(known, seen(2, step("cart.Add", None)))
    two = [known, seen(3, step("cart.Add", 20)), seen(2, step("cart.Add", 9), release="")]
    assert frozenset((2,)) in parts(two)


def test_without_any_release_what_failed_tells() -> None:
    crashes = [
        seen(1, step("cart.Add", 7), release=""),
        seen(2, step("cart.Add", 9), release=""),
        seen(3, step("cart.Add", 9), release="", failure="panic", says="no id"),
    ]
    assert parts(crashes) == {frozenset((1, 2)), frozenset((3,))}


# ---- other names


def renamed(*, callers: tuple[str, str] = ("api.Post", "api.Put")) -> list[Seen]:
    """`cart.Add` in r1 is `cart.Insert` in r2, called by the same."""
    return [
        seen(f"{release}{n}", step(name, line), step(callers[n]), release=release)
        for release, name, line in (("r1", "cart.Add", 7), ("r2", "cart.Insert", 8))
        for n in (0, 1)
    ]


def test_a_function_that_is_called_otherwise_in_a_later_release_is_one() -> None:
    assert len(parts(renamed())) == 1


def test_two_functions_of_one_release_are_two() -> None:
    crashes = [msgspec.structs.replace(crash, release="r1") for crash in renamed()]
    assert len(parts(crashes)) == 2


def test_a_function_that_other_functions_call_is_another() -> None:
    first = renamed()[:2]
    later = [c for c in renamed(callers=("web.Show", "web.List")) if c.release == "r2"]
    assert len(parts([*first, *later])) == 2


def test_a_function_that_fails_otherwise_is_another() -> None:
    crashes = [
        msgspec.structs.replace(c, failure="closed-channel") if c.release == "r2" else c
        for c in renamed()
    ]
    assert len(parts(crashes)) == 2


def test_a_function_that_moved_to_another_package_is_one() -> None:
    crashes = [
        seen("old", step("cart.Insert", 7), step("api.Post")),
        seen("new", step("basket.Insert", 70), step("api.Post"), release="r2"),
    ]
    assert len(parts(crashes)) == 1


def test_names_that_changed_again_and_again_are_one() -> None:
    crashes = [
        seen(name, step(f"cart.{name}", 7), step("api.Post"), release=f"r{n}")
        for n, name in enumerate(("Add", "Insert", "Append", "Push"), 8)
    ]
    assert len(parts(crashes)) == 1


# ---- helpers


def helped() -> list[Seen]:
    """`must.Get` panics for four callers, which fail themselves now and then."""
    callers = [f"api{n}.Run" for n in range(4)]
    return [
        *(
            seen(f"helped-{n}", step("must2.Get", 5), step(caller, 10), failure="panic", says="no")
            for n, caller in enumerate(callers)
        ),
        *(seen(f"own-{n}", step(caller, 20)) for n, caller in enumerate(callers)),
    ]


def test_a_package_that_fails_for_many_others_is_a_helper() -> None:
    assert helper_packages(helped()) == {"example.com/shop/must2"}
    assert len(parts(helped())) == 8


def test_a_package_that_fails_for_one_caller_is_none() -> None:
    crashes = [seen(n, step("cart.Add", 7), step("api.Post"), failure="panic") for n in range(20)]
    assert helper_packages(crashes) == frozenset()
    assert len(parts(crashes)) == 1


def test_a_helper_by_its_name_is_one_from_the_first_crash_on() -> None:
    one = seen(1, step("must.Get", 5), step("api.Post", 7), failure="panic:errors.errorString")
    other = seen(2, step("must.Get", 5), step("api.Put", 9), failure="panic:errors.errorString")
    assert not together(one, other)


def test_where_every_frame_is_a_helper_the_innermost_stands_for_itself() -> None:
    one = seen(1, step("must.Get", 5), failure="panic:errors.errorString")
    assert together(one, msgspec.structs.replace(one, id=2))


# ---- what stays


def test_what_the_source_placed_stays_where_it_is() -> None:
    fixed = seen(1, step("cart.Add", 7), fixed=True, key="source")
    other = seen(2, step("cart.Add", 9), fixed=True, key="source")
    assert set(keys_of([fixed, other, seen(3, step("cart.Add", 7))]).values()) > {"source"}
    assert keys_of([seen(4, key="no frames")]) == {4: "no frames"}
    assert keys_of([]) == {}


# ---- laws

names = st.sampled_from(("cart.Add", "cart.Insert", "must.Get", "api.Post", "api.Put", "db.Query"))
steps = st.builds(step, names, st.none() | st.integers(1, 40))
releases = st.sampled_from(
    ("", "r1", "r01", "r2", "r10", "v1.2", "v1.10", "1²", "٣", "x\ny", "9" * 30)
)
failures = st.sampled_from((NIL, "panic", "panic:main.E", "index-out-of-range"))
crashes = st.lists(
    st.tuples(
        st.lists(steps, max_size=4),
        releases,
        failures,
        st.sampled_from(("", "no id")),
        st.booleans(),
    ),
    max_size=25,
).map(
    lambda rows: [
        seen(n, *frames, release=release, failure=failure, says=says, fixed=fixed, key=f"k{n % 3}")
        for n, (frames, release, failure, says, fixed) in enumerate(rows)
    ]
)


@settings(deadline=None, max_examples=120)
@given(crashes, st.randoms(use_true_random=False))
def test_the_order_does_not_matter(found: list[Seen], dice: Random) -> None:
    shuffled = list(found)
    dice.shuffle(shuffled)
    assert keys_of(shuffled) == keys_of(found)


@settings(deadline=None, max_examples=60)
@given(crashes)
def test_a_crash_that_comes_twice_is_in_one_cluster(found: list[Seen]) -> None:
    twice = [msgspec.structs.replace(c, id=f"again-{c.id}") for c in found]
    keys = keys_of([*found, *twice])
    assert all(keys[c.id] == keys[f"again-{c.id}"] for c in found)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(1, 60), unique=True, min_size=1, max_size=6), st.integers(0, 9))
def test_all_statements_of_a_function_that_moved_as_a_whole_are_the_same(
    lines: list[int], shift: int
) -> None:
    found = [
        seen(f"{release}-{line}", step("cart.Add", line + moved), release=release)
        for release, moved in (("r1", 0), ("r2", shift))
        for line in lines
    ]
    assert parts(found) == {frozenset((f"r1-{line}", f"r2-{line}")) for line in lines}


# ---- bounded


@pytest.mark.timeout(40)
def test_a_function_of_many_lines_and_releases_is_looked_at_in_bounded_time() -> None:
    """Every release has statements that none before it had."""
    found = [
        seen(
            f"{release}-{n}",
            step("cart.Add", n),
            release=f"r{release}",
            failure="panic",
            says=f"{release}/{n}",
        )
        for release in range(200)
        for n in range(30)
    ]
    assert len(keys_of(found)) == len(found)


@pytest.mark.timeout(40)
def test_thousands_of_functions_of_many_releases_are_looked_at_in_bounded_time() -> None:
    found = [
        seen(n, step(f"p{n % 7}.F{n}", n), step("api.Post"), release=f"r{n % 50}")
        for n in range(1500)
    ]
    assert len(keys_of(found)) == len(found)


# ---- functions cut out, routes, texts


def test_a_function_that_only_one_calls_and_that_fails_in_its_place_was_cut_out_of_it() -> None:
    whole_one = seen(1, step("cart.Add", 7), step("api.Post"))
    cut = seen(2, step("cart.count", 30), step("cart.Add", 7), step("api.Post"), release="r2")
    assert together(whole_one, cut)
    put_in_again = seen(3, step("cart.Add", 9), step("api.Post"), release="r3")
    assert together(whole_one, cut, put_in_again)


def test_a_function_that_fails_beside_its_caller_is_another() -> None:
    caller = seen(1, step("cart.Add", 7), step("api.Post"))
    beside = seen(2, step("cart.count", 30), step("cart.Add", 7), step("api.Post"))
    later = msgspec.structs.replace(beside, id=3, release="r2")
    assert not together(caller, beside, later)


def test_a_function_that_several_call_was_cut_out_of_none() -> None:
    crashes = [
        seen(1, step("cart.Add", 7), step("api.Post")),
        seen(2, step("cart.count", 30), step("cart.Add", 7), release="r2"),
        seen(3, step("cart.count", 30), step("cart.Drop", 7), release="r2"),
    ]
    assert parts(crashes) == {frozenset((1,)), frozenset((2, 3))}


def test_who_called_nothing_else_before_and_nothing_else_since_calls_the_same() -> None:
    """Each release was reached on other routes; one of them is in both."""
    crashes = [
        seen(1, step("cart.Add", 7), step("api.Post"), step("main.a")),
        seen(2, step("cart.Add", 7), step("api.Import"), step("main.b")),
        seen(3, step("cart.Add", 7), step("api.Sync"), step("main.c")),
        seen(4, step("cart.Insert", 9), step("api.Post"), step("main.d"), release="r2"),
        seen(5, step("cart.Insert", 9), step("api.Merge"), step("main.e"), release="r2"),
        seen(6, step("cart.Insert", 9), step("api.Copy"), step("main.f"), release="r2"),
    ]
    assert together(*crashes)
    elsewhere = seen(7, step("cart.Drop", 3), step("api.Post"), step("main.a"))
    assert not together(*crashes, elsewhere)


def test_of_two_statements_the_one_is_left_to_which_the_same_route_leads() -> None:
    crashes = [
        seen("a1", step("cart.Add", 10), step("api.Post")),
        seen("b1", step("cart.Add", 20), step("api.Import")),
        seen("a2", step("cart.Add", 19), step("api.Post"), release="r2"),
    ]
    assert parts(crashes) == {frozenset(("a1", "a2")), frozenset(("b1",))}


def test_methods_that_collide_in_a_map_are_one_whichever_two_did() -> None:
    one, other = (
        seen(n, step(f"cart.Store.{name}", 7 + n), failure="concurrent-map")
        for n, name in enumerate(("Add", "Drop"))
    )
    assert together(one, other)
    assert not together(one, seen(2, step("cart.Log.Add", 7), failure="concurrent-map"))


def texts(*said: str, release: str = "") -> list[Seen]:
    return [
        seen(f"{release}{n}", failure="error", fixed=True, key=text, text=text, release=release)
        for n, text in enumerate(said)
    ]


ROWS = [f"?store: {name} has no row" for name in ("west-crate", "coral-bay", "tea_42x")]


def test_a_word_that_is_always_another_one_is_data() -> None:
    assert together(*texts(*ROWS))
    assert together(*texts(*ROWS, *ROWS[:1] * 50)), "however often it is said"
    assert not together(*texts(*ROWS[:2])), "two may be two bugs"


def test_a_word_that_comes_again_in_every_release_is_what_the_text_is_about() -> None:
    releases = [seen for release in ("r1", "r2", "r3") for seen in texts(*ROWS, release=release)]
    assert len(parts(releases)) == len(ROWS)


def test_few_plain_words_are_what_a_text_is_about() -> None:
    opened = [f"?store: cannot open {name}" for name in ("config", "database", "socket", "log")]
    assert len(parts(texts(*opened))) == len(opened)


def test_texts_of_nothing_but_words_that_vary_are_not_one() -> None:
    assert len(parts(texts("?a-1b fails", "?b-2c fails", "?c-3d fails"))) == 3


def test_a_panic_that_says_data_is_one_from_release_to_release() -> None:
    crashes = [
        seen(
            n, step("cart.Add", 7), failure="panic", says=f"no price of {name} yet", release=f"r{n}"
        )
        for n, name in enumerate(("west-crate", "coral-bay", "tea_42x"))
    ]
    assert together(*crashes)
