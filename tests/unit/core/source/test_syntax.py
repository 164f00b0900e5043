"""Declarations and statements of Go files, tidy and otherwise; go/parser is the judge where there is a Go."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.source.syntax import (
    VARIABLE,
    declarations,
    declared_at,
    function_of,
    likeness,
    package_name,
    shape_of,
    similarity,
)
from tests.unit.core.source.revisions import go, parsed


def names(text: str) -> list[str]:
    return [d.name for d in declarations(go(text).encode())]


def holder(text: str, line_with: str) -> str | None:
    """The declaration around the line that holds a text."""
    source = go(text)
    line = source[: source.index(line_with)].count("\n") + 1
    found = declared_at(source.encode(), line)
    return found.name if found else None


def texts(text: str, name: str = "") -> list[str]:
    return [s.text for s in parsed(text, name).statements]


# ---- declarations


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("func Add(a int) {", "Add"),
        ("func (s *Store) Add(a int) {", "Store.Add"),
        ("func (s Store) Add(a int) {", "Store.Add"),
        ("func (*Store) Add(a int) {", "Store.Add"),
        ("func (Store) Add(a int) {", "Store.Add"),
        ("func (s *Store[T]) Add(a T) {", "Store.Add"),
        ("func (s *Store[K, V]) Add(a K) {", "Store.Add"),
        ("func Map[K comparable, V any](m map[K]V) {", "Map"),
        ("func Map[M ~map[K]V, K comparable, V []int](m M) {", "Map"),
        ("func  Add  ( a int ) {", "Add"),
        ("func(s *Store)Add(a int) {", "Store.Add"),
        ("func Größe(a int) {", "Größe"),
    ],
)
def test_a_function_is_named_by_its_receiver_and_its_name(line: str, name: str) -> None:
    assert names(f"package p\n\n{line}\n    panic(a)\n}}\n") == [name]


def test_a_function_whose_parameters_take_several_lines_has_its_body() -> None:
    source = """
        package p

        func Add(
            id string,
            count int,
        ) error {
            panic(id)
        }

        func (s *Store) Put(
            id string,
        ) (
            n int,
            err error,
        ) {
            panic("put")
        }
        """
    assert holder(source, "panic(id)") == "Add"
    assert holder(source, 'panic("put")') == "Store.Put"
    assert texts(source) == ["panic ( _0 )"]


def test_one_liners_end_on_their_line() -> None:
    source = """
        package p

        func One() int { return 1 }
        func Two() int { return 2 }

        var limit = 3

        type T struct {
            x int
        }
        """
    assert names(source) == ["One", "Two", "var limit"]
    assert holder(source, "return 1") == "One"
    assert holder(source, "return 2") == "Two"
    assert holder(source, "x int") is None


def test_what_looks_like_a_function_in_a_raw_string_or_a_comment_is_none() -> None:
    source = """
        package p

        const script = `
        func fake() {
        }
        `

        /*
        func old() {
        }
        */

        func render() string {
            s := `{
        }
        func inner() {
        `
            return s[9:]
        }
        """
    assert names(source) == ["render"]
    assert holder(source, "return s[9:]") == "render"


def test_a_backquote_in_a_string_or_a_comment_begins_no_raw_string() -> None:
    source = """
        package p

        // a ` in a comment
        func first() rune {
            return '`'
        }

        func second() string {
            return "`"
        }

        func third() {
        }
        """
    assert names(source) == ["first", "second", "third"]


def test_package_variables_with_closures_are_declarations() -> None:
    source = """
        package p

        var handler = func(id string) {
            panic(id)
        }

        var (
            table = map[string]func(){
                "a": func() { panic("in table") },
            }
            _ = 1
        )

        var small, other = 1, 2
        """
    assert holder(source, "panic(id)") == VARIABLE + "handler"
    assert holder(source, "in table") == VARIABLE + "("
    assert "panic ( _0 )" in texts(source, "var handler")


def test_lines_of_a_file_with_crlf_are_the_same() -> None:
    unix = go(
        """
        package p

        func One() int { return 1 }

        func Add(
            id string,
        ) {
            if id == "" {
                panic(id)
            }
        }
        """
    ).encode()
    windows = unix.replace(b"\n", b"\r\n")

    def facts(data: bytes) -> list[tuple[str, int, int, list[str]]]:
        return [
            (d.name, d.first, d.last, [s.text for s in function_of(data, d).statements])
            for d in declarations(data)
        ]

    assert facts(windows) == facts(unix)
    assert package_name(windows) == "p"


def test_a_file_that_does_not_parse_gives_what_is_intact() -> None:
    source = """
        package p

        func before() {
            panic("before")
        }

        func broken( {
            if x = {
                panic("broken")

        func after() {
            panic("after")
        }
        """
    assert holder(source, '"before"') == "before"
    assert holder(source, '"after"') == "after"
    assert texts(source, "after") == ['panic ( "after" )']


@given(st.binary(max_size=400))
def test_no_bytes_raise(data: bytes) -> None:
    for declared in declarations(b"package p\nfunc f(a int) {\n" + data):
        function = function_of(b"package p\nfunc f(a int) {\n" + data, declared)
        shape_of(function)
        assert declared.first <= declared.last


BITS = [
    *("if x {", "}", "for {", "x++", "switch x {", "case 1:", "default:", "func() {", "`", '"'),
    *("/*", "*/", "panic(x)", "select {", "case <-c:", ")", "(", "else {", "var y = 1", "go f()"),
]
go_bits = st.lists(st.sampled_from(BITS), max_size=30)


@given(go_bits)
def test_broken_go_neither_raises_nor_gives_lines_outside_of_the_function(bits: list[str]) -> None:
    data = ("package p\nfunc f(x int) {\n" + "\n".join(bits) + "\n}\nfunc g() {\n}\n").encode()
    for declared in declarations(data):
        for statement in function_of(data, declared).statements:
            assert declared.first <= statement.first <= statement.last <= declared.last


# ---- statements

PLAIN = """\
package p

func (s *Store) Add(id string, n int) error {
\titem, ok := s.items[id]
\tif !ok {
\t\treturn fmt.Errorf("no %s", id)
\t}
\tfor i := 0; i < n; i++ {
\t\titem.prices[i] = price(item, i)
\t}
\treturn nil
}
"""


def test_a_statement_is_its_header_without_the_blocks_inside() -> None:
    assert texts(PLAIN) == [
        "_0 , _1 := _2 . items [ _3 ]",
        "if ! _0",
        'return fmt . Errorf ( "no %s" , _0 )',
        "for _0 := 0 ; _0 < _1 ; _0 ++",
        "_0 . prices [ _1 ] = price ( _0 , _1 )",
        "return nil",
    ]


def test_statements_know_their_lines() -> None:
    lines = [(s.first, s.last) for s in parsed(PLAIN).statements]
    assert lines == [(4, 4), (5, 5), (6, 6), (8, 8), (9, 9), (11, 11)]


ALIKE = {
    "shifted lines": PLAIN.replace("package p", "package p\n\n// new\nvar x = 1\n"),
    "comments": PLAIN.replace("return nil", "return nil // done").replace(
        "for i", "/* each\n of them */ for i"
    ),
    "renamed locals": PLAIN.replace("item, ok", "found, has")
    .replace("!ok", "!has")
    .replace("item.", "found.")
    .replace("(item", "(found"),
    "a renamed receiver and parameters": PLAIN.replace("(s *", "(store *")
    .replace("s.items", "store.items")
    .replace("id", "key"),
    "blank lines": PLAIN.replace("\tfor", "\n\n\tfor"),
    "no gofmt": PLAIN.replace("\t", "  ").replace("i < n", "i<n").replace("nil\n}", "nil;\n}"),
    "a type of generics": PLAIN.replace("*Store", "*Store[T]"),
}


@pytest.mark.parametrize("changed", ALIKE.values(), ids=ALIKE.keys())
def test_what_does_not_change_what_a_statement_does_leaves_its_text_alone(changed: str) -> None:
    assert changed != PLAIN
    assert texts(changed, "Store.Add") == texts(PLAIN)


def test_what_a_statement_does_is_in_its_text() -> None:
    for one, other in (("s.items", "s.prices"), ("price(", "cost("), ("i < n", "i <= n")):
        assert texts(PLAIN.replace(one, other)) != texts(PLAIN)


def test_a_field_of_a_literal_is_no_local_even_if_it_is_called_like_one() -> None:
    source = "package p\nfunc f(id int) T {\n    return T{id: id, n: 1}\n}\n"
    assert texts(source) == ["return T { id : _0 , n : 1 }"]


def test_each_branch_of_an_else_if_is_a_statement() -> None:
    source = """
        package p
        func f(x int) {
            if x == 1 {
                one()
            } else if x == 2 {
                two()
            } else {
                three()
            }
        }
        """
    assert texts(source) == [
        "if _0 == 1 else",
        "one ( )",
        "if _0 == 2 else",
        "two ( )",
        "three ( )",
    ]


def test_cases_of_switch_and_select_are_statements() -> None:
    source = """
        package p
        func f(x any, c chan int) {
            switch v := x.(type) {
            case int:
                a(v)
            case string, error:
                b(v)
            default:
                d()
            }
            switch {
            case x == nil:
                panic(x)
            }
            select {
            case n := <-c:
                e(n)
            case c <- 1:
            default:
            }
        }
        """
    found = texts(source)
    for wanted in (
        *("switch _0 := _1 . ( type ) { }", "case int :", "a ( _0 )", "case string , error :"),
        *("b ( _0 )", "default :", "d ( )", "case _0 == nil :", "panic ( _0 )", "_0 := <- _1"),
        *("e ( _0 )", "_0 <- 1"),
    ):
        assert wanted in found, (wanted, found)
    assert found.index("a ( _0 )") < found.index("case string , error :") < found.index("d ( )")


def test_statements_in_a_closure_are_statements() -> None:
    source = """
        package p
        func f(id string) {
            defer func() {
                if r := recover(); r != nil {
                    panic(r)
                }
            }()
            each(func(n int) bool {
                return n > len(id)
            })
        }
        """
    found = texts(source)
    assert "panic ( _0 )" in found
    assert "return _0 > len ( _1 )" in found


def test_equal_statements_are_all_there_in_their_order() -> None:
    source = "package p\nfunc f(a, b *T) {\n    a.n++\n    b.n++\n    a.n++\n}\n"
    statements = parsed(source).statements
    assert [(s.text, s.first) for s in statements] == [("_0 . n ++", n) for n in (3, 4, 5)]


# ---- likeness


def test_a_function_is_itself_and_nothing_else() -> None:
    one = parsed(PLAIN)
    renamed = parsed(PLAIN.replace("item", "x").replace("Add", "Add"))
    other = parsed("package p\nfunc g(c chan int) {\n    for range c {\n    close(c)\n    }\n}\n")
    assert likeness(one, one) == 1.0
    assert likeness(one, renamed) > 0.7
    assert likeness(one, other) < 0.2
    assert likeness(one, other) == likeness(other, one)


def test_nothing_is_like_nothing() -> None:
    assert similarity(frozenset(), frozenset()) == 1.0
    assert similarity(frozenset((1,)), frozenset()) == 0.0


def test_shapes_are_of_the_names_and_of_the_kinds() -> None:
    one = shape_of(parsed(PLAIN))
    other = shape_of(parsed(PLAIN.replace("s.items", "s.things").replace("price(", "cost(")))
    assert one.bare == other.bare
    assert one.named != other.named


# ---- bounded


@pytest.mark.parametrize("depth", [200, 2000])
@pytest.mark.parametrize(
    ("opening", "closing"),
    [
        ("if x > 0 {\n", " }\n"),
        ("{\n", " }\n"),
        ("f(func() {\n", " })\n"),
        ("for {\n", " }\n"),
        ("switch x {\n case 1:\n", " }\n"),
        ("select {\n case <-c:\n", " }\n"),
    ],
    ids=["if", "block", "closure", "for", "switch", "select"],
)
def test_deep_nesting_does_not_raise(opening: str, closing: str, depth: int) -> None:
    source = f"package p\nfunc f(x int) {{\n{opening * depth}panic(x)\n{closing * depth}}}\n"
    function = parsed(source.encode())
    assert function.statements
    shape_of(function)


def test_a_chain_of_a_thousand_branches_is_read_whole() -> None:
    """Generated code has them; each `else if` stands in the one before."""
    body = "".join(f"\t}} else if x == {n} {{\n\t\tg({n})\n" for n in range(1000))
    function = parsed(f"package p\nfunc f(x int) {{\n\tif x < 0 {{\n{body}\t}}\n}}\n".encode())
    assert len(function.statements) == 2001
    assert function.statements[-1].text == "g ( 999 )"


def test_a_huge_function_is_read_in_part() -> None:
    function = parsed(b"package p\nfunc f(x int) {\n" + b"\tx++\n" * 80_000 + b"}\n")
    assert 10_000 < len(function.statements) < 60_000


def test_a_statement_of_megabytes_keeps_its_first_tokens() -> None:
    function = parsed(b'package p\nfunc f() {\n\tx := "' + b"a" * 400_000 + b'"\n\tg(x)\n}\n')
    assert len(function.statements[0].text) < 300
    assert function.statements[1].text == "g ( _0 )"
