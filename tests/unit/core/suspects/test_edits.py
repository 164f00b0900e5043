"""What a commit changed, without what cannot matter."""

from __future__ import annotations

import pytest

from streams.core.suspects.edits import Edit, edited
from streams.core.suspects.renames import combined, renamed, rewrite
from streams.model.change import Change, FileChange
from tests.unit.core.suspects.history import blob

BODY = (
    "package p\n\nfunc f(a, b int) int {\n	total := a\n	return g(total, b)\n}\n\n"
    "func g(x, y int) int { return x - y }\n"
)


def edits(*files: tuple[str, str, str]) -> tuple[Edit, ...]:
    texts = {blob(t): t.encode() for _, before, after in files for t in (before, after)}
    changed = tuple(FileChange(path, (blob(before),), blob(after)) for path, before, after in files)
    change = Change("c", ("p",), "", "", 0, 0, "", changed)
    return edited(change, lambda name: texts.get(name, b""), {}, {})


@pytest.mark.parametrize(
    "after",
    [
        BODY.replace("total", "sum"),
        BODY.replace("	total := a\n", "	// all of it\n	total := a\n"),
        BODY.replace("g(total, b)", "g( total,\n		b)").replace(
            "total := a", "total   :=   a"
        ),
        BODY.replace("func f(a, b int)", "func f(one, b int)").replace(":= a", ":= one"),
        BODY.replace("func g", "func minus").replace("return g", "return minus"),
    ],
)
def test_comments_formatting_and_consistent_names_are_no_edits(after: str) -> None:
    assert edits(("p/x.go", BODY, after)) == ()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("g(total, b)", "g(b, total)"),
        ("x - y", "y - x"),
        (":= a", ":= b"),
        ("x - y", "x + y"),
        ("a, b int) int", "a, b int64) int"),
    ],
)
def test_what_changes_a_value_is_an_edit(old: str, new: str) -> None:
    assert edits(("p/x.go", BODY, BODY.replace(old, new)))


def test_tests_are_in_no_binary() -> None:
    assert edits(("p/x_test.go", BODY, BODY.replace("x - y", "x + y"))) == ()


def test_a_function_that_went_to_another_file_is_no_edit() -> None:
    g = "func g(x, y int) int { return x - y }\n"
    moved = edits(("p/x.go", BODY, BODY.replace(g, "")), ("p/y.go", "", "package p\n\n" + g))
    assert moved == ()


def test_statements_that_were_cut_out_into_a_function_are_no_edits() -> None:
    inside = "	name := strings.ToUpper(xs[1])\n	log.Print(name)\n	return name + xs[0]\n"
    before = "package p\n\nfunc f(xs []string) string {\n" + inside + "}\n"
    after = before.replace(inside, "	return named(xs)\n")
    after += "\nfunc named(xs []string) string {\n" + inside + "}\n"
    assert edits(("p/x.go", before, after)) == ()


def test_of_types_and_constants_the_lines_that_differ() -> None:
    before = "package p\n\nconst (\n	low = 1 // least\n	high = 8\n)\n\ntype t struct {\n	a int\n	b string\n}\n"
    after = (
        before.replace("high = 8", "high = 16")
        .replace("a int", "a  int")
        .replace("b string", "b []byte")
    )
    found = {e.kind: (e.removed[0].text, e.added[0].text) for e in edits(("p/x.go", before, after))}
    assert found == {"constant": ("high = 8", "high = 16"), "type": ("b string", "b []byte")}


def test_of_a_merge_only_what_neither_side_has() -> None:
    base = "package p\n\nfunc f(a int) int {\n	b := a + 1\n	c := b * 2\n	return c\n}\n"
    ours, theirs = base.replace("a + 1", "a + 5"), base.replace("b * 2", "b * 7")
    clean = ours.replace("b * 2", "b * 7")
    evil = clean.replace("return c", "return c - 1")
    texts = {blob(t): t.encode() for t in (ours, theirs, clean, evil)}
    for merged, expected in ((clean, []), (evil, ["return _0 - 1"])):
        file = FileChange("p/x.go", (blob(ours), blob(theirs)), blob(merged))
        change = Change("m", ("o", "t"), "", "", 0, 0, "", (file,))
        done = edited(change, lambda name: texts.get(name, b""), {}, {})
        assert [p.text for e in done for p in e.added] == expected


def test_names_are_renamed_where_lines_differ_in_nothing_else() -> None:
    before = b"type box struct {\n\tsize int\n}\n\nfunc (b box) half() int { return b.size / 2 }\n"
    after = before.replace(b"box", b"crate").replace(b"size", b"width")
    names = renamed([(before, after)])
    assert names == {b"box": b"crate", b"size": b"width"}
    assert rewrite(before, names) == after
    assert renamed([(before, before.replace(b"b.size / 2", b"b.size / parts"))]) == {}


def test_older_renames_lead_to_the_newest_name() -> None:
    assert combined({b"a": b"b"}, {b"b": b"c", b"x": b"y"}) == {b"a": b"c", b"b": b"c", b"x": b"y"}
