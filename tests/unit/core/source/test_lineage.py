"""What a statement was in an earlier revision: refactorings are followed, strangers are not."""

from __future__ import annotations

import pytest

from streams.core.source.lineage import bare, folder_of, function_before
from streams.core.source.statements import earlier
from streams.core.source.syntax import declarations
from tests.unit.core.source.revisions import Snapshot, go, was

STORE = """
package cart

type Store struct {
    items map[string]*Item
}

func (s *Store) Add(id string, count int) error {
    item := s.items[id]
    if count <= 0 {
        return errors.New("count must be positive")
    }
    item.Count += count
    s.changed = append(s.changed, item.Name)
    return s.save(item)
}

func (s *Store) Total() int {
    sum := 0
    for _, item := range s.items {
        sum += item.Price * item.Count
    }
    return sum
}
"""
HERE = "cart/store.go Store.Add: item.Count += count"
TEXT = "item.Count += count"


def store(*changes: tuple[str, str]) -> str:
    """The file with parts of it replaced."""
    text = STORE
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


OLD = {"cart/store.go": STORE}

FOLLOWED = {
    "nothing changed": OLD,
    "lines moved": {"cart/store.go": store(("package cart", "package cart\n\n// A comment.\n"))},
    "another file of the package": {"cart/items.go": STORE},
    "another package": {"basket/store.go": store(("package cart", "package basket"))},
    "the whole module in a folder": {"v2/cart/store.go": STORE},
    "renamed": {"cart/store.go": store(("Add(", "Insert("))},
    "renamed and moved to another file": {"cart/insert.go": store(("Add(", "Insert("))},
    "another receiver": {"cart/store.go": store(("s *Store", "s *Basket"))},
    "a method is a function": {"cart/store.go": store(("(s *Store) Add(", "Add(s *Store, "))},
    "a value receiver": {"cart/store.go": store(("s *Store", "s Store"))},
    "generics": {
        "cart/store.go": store(
            ("type Store struct", "type Store[K comparable] struct"),
            ("s *Store", "s *Store[K]"),
            ("id string", "id K"),
        )
    },
    "locals renamed": {
        "cart/store.go": store(
            ("count int", "n int"), ("if count", "if n"), ("s *Store", "me *Store")
        )
    },
    "the body in a closure": {
        "cart/store.go": store(
            ("    item := s", "    return s.locked(func() error {\n    item := s"),
            ("return s.save(item)", "return s.save(item)\n    })"),
        )
    },
    "statements before it": {
        "cart/store.go": store(
            ("    item := s", "    log.Print(id)\n    metrics.Adds.Inc()\n    item := s")
        )
    },
    "split in two files": {
        "cart/store.go": STORE.partition("func (s *Store) Total")[0],
        "cart/total.go": "package cart\n\nfunc (s *Store) Total" + STORE.partition("Total")[2],
    },
}


@pytest.mark.parametrize("new", FOLLOWED.values(), ids=FOLLOWED.keys())
def test_a_statement_is_followed(new: dict[str, str]) -> None:
    assert was(OLD, new, TEXT) == HERE


# Two statements of Add in a function of their own, which it calls.
EXTRACTED = {
    "cart/store.go": store(
        (
            "    item.Count += count\n    s.changed = append(s.changed, item.Name)\n",
            "    s.note(item, count)\n",
        ),
    )
    + "\nfunc (s *Store) note(item *Item, count int) {\n    item.Count += count\n"
    "    s.changed = append(s.changed, item.Name)\n}\n"
}


def test_an_extracted_statement_was_in_the_function_that_calls_the_new_one() -> None:
    assert was(OLD, EXTRACTED, TEXT) == HERE


def test_an_inlined_statement_was_in_the_function_that_is_no_more() -> None:
    found = was(EXTRACTED, OLD, TEXT)
    assert found == "cart/store.go Store.note: item.Count += count"


def test_a_new_statement_was_not_there() -> None:
    new = store(
        ("    return s.save(item)", '    s.index["all"][id].touch()\n    return s.save(item)')
    )
    assert was(OLD, {"cart/store.go": new}, "touch()") is None


def test_a_new_function_was_not_there() -> None:
    new = (
        STORE
        + "\nfunc (s *Store) Watch(c chan Event) {\n    for e := range c {\n        e.Ack()\n    }\n}\n"
    )
    assert was(OLD, {"cart/store.go": new}, "e.Ack()") is None


def test_a_statement_that_changed_a_little_is_the_same() -> None:
    new = store(("item.Count += count", "item.Count += count * 2"))
    assert was(OLD, {"cart/store.go": new}, "count * 2") == HERE


def test_a_name_that_another_function_took_over_is_not_followed() -> None:
    """`Add` became `Insert`, and something else is called `Add` now."""
    new = store(("Add(", "Insert(")) + (
        "\nfunc (s *Store) Add(other *Store) {\n    for id, item := range other.items {\n"
        "        s.merge(id, item)\n    }\n}\n"
    )
    files = {"cart/store.go": new}
    assert was(OLD, files, TEXT) == HERE
    assert was(OLD, files, "s.merge(id, item)") is None
    before, after = Snapshot(OLD), Snapshot(files)
    assert earlier(after, before, after.spot("s.merge(id, item)")._replace(statement=None)) is None


def test_two_functions_that_swap_their_names_are_followed_each() -> None:
    swapped = store(("Add(", "Swap("), ("Total(", "Add("), ("Swap(", "Total("))
    files = {"cart/store.go": swapped}
    assert was(OLD, files, TEXT) == HERE
    assert was(OLD, files, "sum += item.Price") == (
        "cart/store.go Store.Total: sum += item.Price * item.Count"
    )


CALLED = """
func {name}(tree any, many bool) error {{
    if many {{
        part := get[any](tree, "head")
        return fmt.Errorf("{word} %v", get[float64](part, "size"))
    }}
    return fmt.Errorf("{word} %d", len(get[[]any](tree, "list")))
}}
"""
WRITTEN_OUT = """
func {name}(tree any, many bool) error {{
    all := tree.(map[string]any)
    if many {{
        return fmt.Errorf("{word} %v", all["head"].(map[string]any)["size"].(float64))
    }}
    list := all["list"].([]any)
    return fmt.Errorf("{word} %d", len(list))
}}
"""


def reader(package: str, name: str, word: str, body: str) -> str:
    """A file with one function that reads a document."""
    return f"package {package}\n{body.format(name=name, word=word)}"


def test_copied_functions_that_are_rewritten_alike_keep_their_names() -> None:
    """Each is like what the other one was; both are there before and after."""
    old = {
        "tax/tax.go": reader("tax", "ReadTax", "tax", CALLED),
        "port/port.go": reader("port", "ReadPort", "berth", WRITTEN_OUT),
    }
    new = {
        "tax/tax.go": reader("tax", "ReadTax", "tax", WRITTEN_OUT),
        "port/port.go": reader("port", "ReadPort", "berth", CALLED),
    }
    found = was(old, new, '"tax %v"')
    assert found is not None
    assert found.startswith("tax/tax.go ReadTax: ")
    assert '"tax %v"' in found


def test_of_two_statements_that_are_alike_it_is_the_one_that_says_the_same() -> None:
    old = {"tax/tax.go": reader("tax", "ReadTax", "tax", CALLED)}
    new = {"tax/tax.go": reader("tax", "ReadTax", "tax", WRITTEN_OUT)}
    for text in ('"tax %v"', '"tax %d"'):
        found = was(old, new, text)
        assert found is not None
        assert text in found


SMALL = """
package api

func (h *Users) Get(id string) string {
    return h.names[id]
}

func (h *Orders) Get(id string) string {
    return h.names[id]
}
"""


def test_two_small_functions_that_look_alike_are_not_one() -> None:
    """One went, another that looks like it came elsewhere: nothing says that it is the same."""
    old = {"api/users.go": SMALL, "api/keep.go": "package api\n"}
    new = {
        "api/users.go": SMALL.partition("func (h *Orders)")[0],
        "billing/rates.go": (
            "package billing\n\nfunc (r *Rates) Lookup(code string) string {\n"
            "    return r.table[code]\n}\n"
        ),
    }
    assert was(old, new, "r.table[code]") is None


def test_namesakes_of_other_receivers_are_not_one() -> None:
    old = {"api/api.go": SMALL}
    new = {
        "api/api.go": SMALL
        + "\nfunc (h *Stock) Get(id string) string {\n    return h.levels[id]\n}\n"
    }
    assert was(old, new, "h.levels[id]") is None


@pytest.mark.parametrize("number", range(3))
def test_equal_statements_keep_their_order(number: int) -> None:
    old = """
    package p
    func Run(a, b, c *Job) {
        a.Start(now)
        check(a)
        b.Start(now)
        check(b)
        c.Start(now)
    }
    """
    name = "abc"[number]
    new = go(old).replace("package p", "package p\n\nvar x = 1").replace("check(b)", "check(b, x)")
    assert was({"p/p.go": old}, {"p/p.go": new}, f"{name}.Start(now)") == (
        f"p/p.go Run: {name}.Start(now)"
    )


def test_of_equal_statements_one_that_was_added_at_the_end_is_new() -> None:
    old = "package p\n\nfunc Run(a, b *Job) {\n    a.Start(now)\n    wait()\n}\n"
    new = old.replace("    wait()\n", "    wait()\n    b.Start(now)\n")
    assert was({"p/p.go": old}, {"p/p.go": new}, "a.Start(now)") == "p/p.go Run: a.Start(now)"
    assert was({"p/p.go": old}, {"p/p.go": new}, "b.Start(now)") is None


def test_a_package_variable_keeps_its_closures() -> None:
    old = 'package p\n\nvar handle = func(id string) {\n    if id == "" {\n        panic("no id")\n    }\n}\n'
    new = old.replace("package p", "package p\n\nvar x = 1").replace("handle", "serve")
    assert was({"p/p.go": old}, {"p/p.go": new}, "no id") == 'p/p.go var handle: panic("no id")'


def test_init_functions_and_blank_variables_have_no_identity_by_name() -> None:
    old = 'package p\n\nfunc init() {\n    register("a", newA)\n}\n'
    new = 'package p\n\nfunc init() {\n    flag.StringVar(&path, "path", "", "where")\n    parse(path)\n}\n'
    assert was({"p/a.go": old}, {"p/b.go": new}, "parse(path)") is None


def test_unchanged_files_are_not_looked_into() -> None:
    before, after = Snapshot(OLD), Snapshot(OLD)
    spot = after.spot(TEXT)
    assert earlier(after, before, spot) is spot
    assert not after.memo


def test_the_answer_does_not_depend_on_what_was_asked_before() -> None:
    files = {
        "cart/store.go": store(("Add(", "Insert(")),
        "cart/x.go": "package cart\n\nfunc X() {\n}\n",
    }
    texts = (TEXT, "sum += item.Price", "return s.save(item)", "item := s.items[id]")
    alone = {text: was(OLD, files, text) for text in texts}
    before, after = Snapshot(OLD), Snapshot(files)
    for text in (*texts, *reversed(texts)):
        assert before.shown(earlier(after, before, after.spot(text))) == alone[text]


def test_a_function_is_known_by_its_package_first() -> None:
    both = {
        "a/a.go": "package a\n\nfunc Open(name string) error {\n    return a.open(name, 1)\n}\n",
        "b/b.go": "package b\n\nfunc Open(name string) error {\n    return b.open(name, 2)\n}\n",
    }
    changed = {path: text.replace("package", "// new\n\npackage") for path, text in both.items()}
    before, after = Snapshot(both), Snapshot(changed)
    for path in both:
        declared = declarations(after.read(path))[0]
        found = function_before(after, before, (path, declared))
        assert found is not None
        assert found[0] == path


def test_names_and_folders() -> None:
    assert folder_of("a/b/c.go") == "a/b"
    assert folder_of("c.go") == ""
    assert bare("Store.Add") == bare("Add") == "Add"


# ---- bounded


def body(lines: list[str]) -> dict[str, str]:
    return {"p/p.go": "package p\n\nfunc F(x int) {\n" + "\n".join(lines) + "\n}\n"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (["x++"] * 7_000, ["x++"] * 7_000 + ["y()"] + ["x++"] * 4_499),
        (
            [f"a{n % 3}.set{n}(x)" for n in range(4_000)],
            [f"b{n % 5}.put{n}(x)" for n in range(4_000)] + ["y()"],
        ),
        (
            [f"call{n}(x)" for n in range(4_000)],
            [f"call{n}(x)" if n % 2 else f"other{n}()" for n in range(4_000)] + ["y()"],
        ),
    ],
    ids=["the same again and again", "rewritten", "every second"],
)
@pytest.mark.timeout(40)
def test_huge_functions_are_compared_in_bounded_time(old: list[str], new: list[str]) -> None:
    was(body(old), body(new), "y()")


def test_a_statement_of_a_huge_function_that_changed_once_is_found() -> None:
    old = [f"call{n}(x)" for n in range(5_000)]
    new = [*old[:2_500], "added(x)", *old[2_500:]]
    assert was(body(old), body(new), "call4800(x)") == "p/p.go F: call4800(x)"
    assert was(body(old), body(new), "call30(x)") == "p/p.go F: call30(x)"


def test_thousands_of_functions_that_went_are_looked_through() -> None:
    many = "package p\n" + "".join(
        f"\nfunc F{n}(x int) int {{\n    return table{n}[x]\n}}\n" for n in range(3_000)
    )
    new = "package p\n\nfunc G(y string) string {\n    return names[y] + suffix\n}\n"
    assert was({"p/p.go": many}, {"p/p.go": new}, "names[y]") is None
