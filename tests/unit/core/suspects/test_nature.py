"""What kind of edit an edit is, by the syntax of both versions of a function."""

from __future__ import annotations

import pytest

from streams.core.suspects.content import Seen, content_of
from streams.core.suspects.edits import edits_of
from streams.core.suspects.nature import Nature, nature_of
from streams.model.change import Change, FileChange

NIL, SIZE, WAITS = "nil-dereference", "index-out-of-range", "deadlock"


def natures(
    before: str, after: str, failure: str = SIZE, numbers: tuple[int, ...] = (), *, outer: bool
) -> list[Nature]:
    """The natures of edits of `func f`, of which bodies are given; `outer`: the stack stands in it."""
    body = "package p\n\nfunc f(xs []int, m map[int]*int, n int) any {{\n\t{}\n}}\n"
    texts = {side: body.format(text).encode() for side, text in (("a", before), ("b", after))}
    file = FileChange("p/x.go", ("a",), "b")
    change = Change("m", ("o",), "", "", 0, 0, "", (file,))
    edits = edits_of(change, texts.__getitem__, texts.__getitem__)
    return [nature_of(Seen(e, content_of(e), failure, numbers, outer)) for e in edits]


RETURNS = "return xs[:n]"
KINDS = {
    "recover-removed": ("defer func() { recover() }()\n\t" + RETURNS, RETURNS),
    "goroutine-added": ("work(xs)\n\t" + RETURNS, "go work(xs)\n\t" + RETURNS),
    "assertion-unchecked": (
        "v, ok := g(n).(int)\n\tif !ok {\n\t\treturn nil\n\t}\n\treturn v",
        "v := g(n).(int)\n\treturn v",
    ),
    "result-unchecked": (
        "v, ok := m[n]\n\tif !ok {\n\t\treturn nil\n\t}\n\treturn *v",
        "v := m[n]\n\treturn *v",
    ),
    "check-weakened": (
        "if n > 0 && xs != nil {\n\t\twork(xs)\n\t}\n\treturn n",
        "if xs != nil {\n\t\twork(xs)\n\t}\n\treturn n",
    ),
    "made-conditional": (
        "work(xs)\n\treturn n",
        "if n > 3 {\n\t\twork(xs)\n\t}\n\treturn n",
    ),
    "clamp-removed": ("return xs[:min(n, len(xs))]", RETURNS),
    "clamp-added": (RETURNS, "return xs[:min(n, len(xs))]"),
    "preallocated": (
        "var out []int\n\tout = append(out, n)\n\treturn out",
        "out := make([]int, 0, n)\n\tout = append(out, n)\n\treturn out",
    ),
    "loop-added": ("return n", "for n > 9 {\n\t\tn /= 2\n\t}\n\treturn n"),
    "moved": (
        "work(xs, n)\n\tother(n, xs)\n\tthird(xs)\n\treturn n",
        "other(n, xs)\n\tthird(xs)\n\twork(xs, n)\n\treturn n",
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_an_edit_is_of_its_kind(kind: str) -> None:
    found = natures(*KINDS[kind], outer=True)
    assert found
    assert {nature.kind for nature in found} == {kind}


SAME = {
    "a bound": (
        "if len(xs) > n {\n\t\txs = xs[:n]\n\t}\n\treturn xs",
        "xs = xs[:min(len(xs), n)]\n\treturn xs",
    ),
    "a loop": (
        "for i := 0; i < len(xs); i++ {\n\t\twork(xs[i])\n\t}\n\treturn n",
        "for _, x := range xs {\n\t\twork(x)\n\t}\n\treturn n",
    ),
}


@pytest.mark.parametrize("what", SAME)
def test_what_says_the_same_weighs_next_to_nothing(what: str) -> None:
    found = natures(*SAME[what], outer=True)
    assert found
    assert all(nature.kind == "same" and nature.weight < 0.2 for nature in found)


def test_a_check_for_nil_leads_around_a_crash_of_its_function_and_into_one_of_a_caller() -> None:
    plain, checked = "return *m[n]", "if m[n] == nil {\n\t\treturn nil\n\t}\n\treturn *m[n]"
    (around,) = natures(plain, checked, NIL, outer=True)
    (into,) = natures(plain, checked, NIL, outer=False)
    (other,) = natures(plain, checked.replace("return nil", "return 0"), NIL, outer=False)
    assert (around.kind, into.kind, other.kind) == ("check-added", "result-added", "check-added")
    assert around.weight == other.weight < into.weight


def test_a_lock_is_suspect_where_goroutines_wait() -> None:
    without, locked = "return work(xs)", "mu.Lock()\n\treturn work(xs)"
    waits = natures(without, locked, WAITS, outer=True)
    fails = natures(without, locked, SIZE, outer=True)
    assert max(n.weight for n in waits) > 0.9
    assert max(n.weight for n in fails) < 0.5


def test_a_limit_that_the_crash_never_reached_explains_nothing() -> None:
    without = "return xs[n]"
    limited = "if n > 4096 {\n\t\treturn nil\n\t}\n\treturn xs[n]"
    for pair in ((without, limited), (limited, without)):
        assert [n.kind for n in natures(*pair, numbers=(7,), outer=True)] == ["limit"]
        assert [n.kind for n in natures(*pair, numbers=(5000,), outer=True)] != ["limit"]
