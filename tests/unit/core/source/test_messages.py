"""Which format of the source made the innermost part of an error's text, or that it cannot be told."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.source.messages import (
    Format,
    formats_in,
    formats_of,
    made_by,
)
from streams.core.source.syntax import Declared
from tests.unit.core.source.revisions import go

SHOP = {
    "shop/load.go": """
        package shop

        var ErrClosed = errors.New("store is closed")

        func Load(id string) error {
            if err := read(id); err != nil {
                return fmt.Errorf("load %s: %w", id, err)
            }
            return nil
        }

        func read(id string) error {
            if id == "" {
                return errors.New("no id was given")
            }
            if _, err := os.Open(id); err != nil {
                return fmt.Errorf("read: %w", err)
            }
            return fmt.Errorf("row %d of %q has no price", 3, id)
        }
        """,
    "shop/save.go": """
        package shop

        func Save(id string) error {
            if closed {
                return fmt.Errorf("save %q: %w", id, ErrClosed)
            }
            return errors.Wrap(flush(), "flush")
        }

        func Drop(id string) error {
            return fmt.Errorf("drop %q: %w", id, ErrClosed)
        }

        func flush() error {
            return status.Errorf(codes.Internal, `disk "%s" is full`, name)
        }
        """,
    "api/api.go": """
        package api

        type Missing struct{ ID string }

        func (m Missing) Error() string {
            return fmt.Sprintf("item %q is missing", m.ID)
        }

        func Serve() error {
            return fmt.Errorf("serve: %w", shop.Load("x"))
        }
        """,
    "api/api_test.go": """
        package api

        func TestX(t *testing.T) {
            t.Fatal(errors.New("only in a test"))
        }
        """,
}


def formats(files: Mapping[str, str]) -> list[Format]:
    return list(formats_in((path, go(text).encode()) for path, text in files.items()))


def maker(
    message: str, files: Mapping[str, str] = SHOP, shared: frozenset[str] = frozenset()
) -> str | None:
    """The function that made the innermost part, where one is known; calls are those that stand in the source."""
    sources = {path: go(text).encode() for path, text in files.items()}

    def calls(outer: Format, inner: Format) -> bool:
        source = sources[outer.path][outer.declared.start : outer.declared.end]
        return inner.declared.name.removeprefix("var ").encode() in source

    found = made_by(message, formats(files), calls, lambda f: f.declared.name in shared)
    return f"{found.format.declared.name}: {found.format.text}" if found else None


@pytest.mark.parametrize(
    ("message", "made"),
    [
        ("no id was given", "read: no id was given"),
        ("load : no id was given", "read: no id was given"),
        ("serve: load 7: no id was given", "read: no id was given"),
        ('load a b: row 3 of "a: b" has no price', "read: row %d of %q has no price"),
        ('flush: disk "sda" is full', 'flush: disk "%s" is full'),
        ('rpc error: code = Internal desc = disk "sda" is full', 'flush: disk "%s" is full'),
        ('serve: item "x" is missing', "Missing.Error: item %q is missing"),
        # What the standard library made is told by who wrapped it last.
        ("serve: load 7: read: open 7: no such file or directory", "read: read: %w"),
        ("load 7: EOF", "Load: load %s: %w"),
        # A sentinel is one of many: then who wrapped it counts.
        ('save "a": store is closed', "Save: save %q: %w"),
        ('drop "a": store is closed', "Drop: drop %q: %w"),
        ("store is closed", "var ErrClosed: store is closed"),
        # Nothing of the source.
        ("something else entirely", None),
        ("only in a test", None),
        ("", None),
        (": : :", None),
    ],
)
def test_the_innermost_part_tells(message: str, made: str | None) -> None:
    assert maker(message) == made


def test_the_route_does_not_matter() -> None:
    tail = 'row 3 of "x" has no price'
    found = {
        maker(front + tail)
        for front in ("", "load x: ", "serve: load x: ", "other: serve: load y: ")
    }
    assert found == {"read: row %d of %q has no price"}


TWO = {
    "a/a.go": 'package a\n\nfunc A() error {\n    return errors.New("not found")\n}\n'
    '\nfunc RunA() error {\n    return fmt.Errorf("run a: %w", A())\n}\n',
    "b/b.go": 'package b\n\nfunc B() error {\n    return errors.New("not found")\n}\n'
    '\nfunc RunB() error {\n    return fmt.Errorf("run b: %w", B())\n}\n',
}


def test_of_two_that_say_the_same_the_one_whose_caller_wrapped_it() -> None:
    assert maker("run a: not found", TWO) == "A: not found"
    assert maker("run b: not found", TWO) == "B: not found"


def test_of_two_that_say_the_same_neither_where_nobody_wrapped_it() -> None:
    assert maker("not found", TWO) is None
    assert maker("elsewhere: not found", TWO) is None


def test_a_function_that_makes_errors_for_many_is_not_who_failed() -> None:
    files = {
        "e/e.go": 'package e\n\nfunc Invalid(what string) error {\n    return fmt.Errorf("%s is invalid", what)\n}\n',
        "a/a.go": 'package a\n\nfunc Name() error {\n    return fmt.Errorf("name: %w", e.Invalid("x"))\n}\n',
        "b/b.go": 'package b\n\nfunc Mail() error {\n    return fmt.Errorf("mail: %w", e.Invalid("x"))\n}\n',
    }
    many = frozenset(("Invalid",))
    assert maker("name: x is invalid", files, many) == "Name: name: %w"
    assert maker("mail: x is invalid", files, many) == "Mail: mail: %w"
    assert maker("mail: x is invalid", files) == "Invalid: %s is invalid"


def test_errors_that_end_in_a_value_are_not_all_one() -> None:
    files = {
        "p/p.go": """
            package p

            func Load() error {
                if err := a(); err != nil {
                    return fmt.Errorf("load: %w", err)
                }
                return nil
            }

            func a() error {
                return fmt.Errorf("no such user %s", name)
            }

            func b() error {
                return fmt.Errorf("bad path %v", path)
            }
            """
    }
    assert maker("load: no such user bob", files) == "a: no such user %s"
    assert maker("load: bad path /x/y", files) == "b: bad path %v"
    assert maker("load: EOF", files) == "Load: load: %w"
    assert maker("bad path x: y", files) == "b: bad path %v"


@pytest.mark.parametrize(
    ("call", "text", "wraps"),
    [
        ('errors.New("a thing failed")', "a thing failed", False),
        ('fmt.Errorf("open %q: %w", name, err)', "open %q: %w", True),
        ('fmt.Errorf("open: %v", err)', "open: %v", True),
        ('fmt.Errorf("took %d ms", n)', "took %d ms", False),
        ('errors.Wrap(err, "open")', "open: %w", True),
        ('errors.Wrapf(err, "open %s", name)', "open %s: %w", True),
        ('errors.Wrap(err, fmt.Sprintf("open %d", n))', "open %d: %w", True),
        ('errs.Note(err, fmt.Sprintf("open %d", n))', "open %d: %w", True),
        ('xerrors.Errorf("open: %w", err)', "open: %w", True),
        ('status.Error(codes.NotFound, "no item")', "no item", False),
        ('errors.New("say \\"hi\\" \\\\ now")', 'say "hi" \\ now', False),
        ("errors.New(`raw \\n text`)", "raw \\n text", False),
    ],
)
def test_calls_that_make_errors(call: str, text: str, wraps: bool) -> None:  # noqa: FBT001 - a table
    data = go(f"package p\n\nfunc f() error {{\n    return {call}\n}}\n").encode()
    ((found, is_wrapper, line, declared),) = formats_of(data)
    assert (found, is_wrapper, line, declared.name) == (text, wraps, 4, "f")


@pytest.mark.parametrize(
    "call",
    [
        'fmt.Sprintf("no error at all")',
        'errors.New("%d")',
        "errors.New(text)",
        'log.Println("hello you")',
    ],
)
def test_other_calls_make_none(call: str) -> None:
    assert formats_of(go(f"package p\n\nfunc f() {{\n    x := {call}\n}}\n").encode()) == ()


FUNCTION = Declared("f", 0, 0, 1, 1)


def of(*texts: str) -> list[Format]:
    return [
        Format(text, text.endswith("%w"), "p.go", line, FUNCTION) for line, text in enumerate(texts)
    ]


def never(*_: Format) -> bool:
    return False


@pytest.mark.parametrize("verbs", [1, 4, 12, 40])
def test_a_format_of_many_verbs_is_matched_in_bounded_time(verbs: int) -> None:
    """As a regular expression it takes the length of the message to the power of the verbs."""
    formats = of("%s " * verbs + "failed", "%s" * verbs + "failed", "%s " * verbs + "failed: %w")
    message = "x " * 900 + "failed" + " y" * 900
    assert made_by(message, formats, never, never) is None
    made = made_by("x " * 900 + "failed", formats[:1], never, never)
    assert made is not None
    assert made.format == formats[0]


def test_a_message_of_a_megabyte_of_parts_is_read_in_part() -> None:
    formats = of("load: %w", "no id", "%s: %w")
    made_by("load: " * 200_000 + "no id", formats, never, never)
    made = made_by("load: " * 300 + "no id", formats, never, never)
    assert made is not None
    assert made.format == formats[1]


texts = st.text(alphabet="ab :%sd", max_size=12)


@given(st.lists(texts, max_size=6), texts)
def test_no_message_raises_and_a_format_without_verbs_makes_only_itself(
    found: list[str], message: str
) -> None:
    formats = of(*found)
    made = made_by(message, formats, never, never)
    assert made is None or made.format in formats
    if made is not None and "%" not in made.format.text:
        assert message.rstrip().endswith(made.format.text.rstrip())


@given(st.permutations(formats(SHOP)))
def test_the_order_of_the_formats_does_not_matter(shuffled: list[Format]) -> None:
    for message in (
        'save "a": store is closed',
        "serve: load 7: read: EOF",
        'x: row 3 of "a" has no price',
    ):
        assert made_by(message, shuffled, never, never) == made_by(
            message, formats(SHOP), never, never
        )


OWN = {
    "api/codes.go": """
        package api

        func find(id int) error {
            return nil, errs.Coded(41, "seat %d is locked", id)
        }

        func count(id int) string {
            return strings.Repeat("seat", id)
        }
        """,
}


def test_a_constructor_of_the_users_own_is_known_by_what_it_prints() -> None:
    assert maker("cancel by=x: [41] seat 7 is locked", OWN) == "find: seat %d is locked"
    assert maker("seatseat", OWN) is None


def test_what_a_format_wraps_is_told() -> None:
    for message, behind in (
        ("read: EOF", "EOF"),
        ('load a: read: strconv.Atoi: parsing "x": invalid syntax', "strconv.Atoi: "),
        ("no id was given", ""),
    ):
        made = made_by(message, formats(SHOP), never, never)
        assert made is not None
        assert message[made.inner :].startswith(behind)
        assert bool(message[made.inner :]) == bool(behind)


def by(formats: list[Format], message: str) -> str | None:
    """The text of the format that made a message."""
    part = made_by(message, formats, never, never)
    return part.format.text if part else None


def test_what_a_verb_for_numbers_printed_is_a_number() -> None:
    """`step %d` is not who said `step beta gave up`."""
    formats = of("step %d: %w", "day: step %s gave up: %w", "took %d ms")
    assert by(formats, "day: step beta gave up: it broke") == "day: step %s gave up: %w"
    assert by(formats, "took a few ms") is None
    assert by(formats, "took 12 ms") == "took %d ms"
    assert by(formats, "took [1 2] ms") == "took %d ms"
    assert by(formats, "took %!d(string=few) ms") == "took %d ms"


def test_of_wrappers_that_say_as_much_the_most_literal_one() -> None:
    formats = of("entry: %s: %w", "entry: begin of %s: %w")
    assert by(formats, "entry: begin of x: it broke") == "entry: begin of %s: %w"
    assert by(formats, "entry: seats: it broke") == "entry: %s: %w"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("used 100% disk on node", "used 100% disk on node"),
        ("quota 100%% done for %s", "quota 100% done for bob"),
        ("have %d of them", "have map[1:1] of them"),
        ("have %d of them", "have {1 true} of them"),
        ("have %d of them", "have [%!d(string=a)] of them"),
    ],
)
def test_what_looks_like_a_verb_and_is_none(text: str, message: str) -> None:
    assert by(of(text), message) == text
