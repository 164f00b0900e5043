"""Names and failure classes, a line of the table at a time."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.fingerprint.normalize import (
    FAILURE_RULES,
    NAME_RULES,
    failure_class,
    function_key,
    without_closures,
)

# As Go prints them (runtime/traceback.go, cmd/compile closure names) and what stays of them.
NAMES = (
    ("main.main", "main.main"),
    ("example.com/acme/shop/cart.Totals", "example.com/acme/shop/cart.Totals"),
    # the linker's escape for dots of the last path element
    ("gopkg.in/yaml%2ev3.Unmarshal", "gopkg.in/yaml.v3.Unmarshal"),
    ("gopkg.in/yaml%2Ev3.Unmarshal", "gopkg.in/yaml.v3.Unmarshal"),
    # type arguments
    ("p.Map[...]", "p.Map"),
    ("p.(*Tree[...]).Insert", "p.Tree.Insert"),
    ("p.Map[go.shape.int,go.shape.string]", "p.Map"),
    ("p.Map[go.shape.int,go.shape.[]uint8]", "p.Map"),
    ("p.Map[go.shape.map[string][]uint8].func1", "p.Map"),
    ("p.(*Tree[example.com/a/v2.Key[int]]).Insert", "p.Tree.Insert"),
    ("p.Map[...].func1.2", "p.Map"),
    # method values and receivers
    ("p.(*T).Close-fm", "p.T.Close"),
    ("p.T.Close-fm", "p.T.Close"),
    ("p.(*T).Close", "p.T.Close"),
    # closures
    ("p.F.func1", "p.F"),
    ("p.F.func1.2", "p.F"),
    ("p.F.func12.3.4", "p.F"),
    ("p.F.func1.gowrap1", "p.F"),
    ("p.F.gowrap1", "p.F"),
    ("p.F.deferwrap2", "p.F"),
    ("p.(*T).Run.func1", "p.T.Run"),
    ("p.Outer.(*T).Method.func1", "p.Outer.T.Method"),
    ("p.F-range1", "p.F"),
    ("p.F.func1-range2", "p.F"),
    ("p.F-range1.func2", "p.F"),
    ("p.glob..func1", "p.init"),
    ("p.init.func1", "p.init"),
    ("p.init.0", "p.init"),
    ("p.init.0.func2", "p.init"),
    # module versions, vendoring, external tests
    ("example.com/lib/v2.F", "example.com/lib.F"),
    ("example.com/lib/v2/inner.F", "example.com/lib/inner.F"),
    ("example.com/shop/vendor/example.com/lib.F", "example.com/lib.F"),
    ("example.com/shop/vendor/example.com/lib/v3.(*T).F.func1", "example.com/lib.T.F"),
    ("example.com/shop/cart_test.TestAdd", "example.com/shop/cart.TestAdd"),
    # what only looks like one of these
    ("p.function1", "p.function1"),
    ("p.funcs.func1x", "p.funcs.func1x"),
    ("p.initial", "p.initial"),
    ("example.com/vendors/lib.F", "example.com/vendors/lib.F"),
    ("example.com/v2x/lib.F", "example.com/v2x/lib.F"),
    ("example.com/my_testing.F", "example.com/my_testing.F"),
    ("p.[", "p.["),
)


@pytest.mark.parametrize(("printed", "key"), NAMES)
def test_a_name_is_the_same_in_every_build(printed: str, key: str) -> None:
    assert function_key(printed) == key


def test_every_name_rule_is_needed_by_some_name_of_the_table() -> None:
    for rule in NAME_RULES:

        def without(name: str, left_out: object = rule) -> str:
            for other in NAME_RULES:
                if other is not left_out:
                    name = other.pattern.sub(other.replacement, name)
            return name

        assert any(without(printed) != key for printed, key in NAMES), rule.why


PACKAGES = st.sampled_from(
    ["main", "example.com/acme/shop/cart", "gopkg.in/yaml%2ev3", "x/v2", "x"]
)
RECEIVERS = st.sampled_from(["", "T.", "(*T).", "(*T[...]).", "T[go.shape.[]int]."])
ENDS = st.lists(st.sampled_from([".func1", ".func2.1", "-range1", ".gowrap3"]), max_size=3)


@given(PACKAGES, RECEIVERS, ENDS.map("".join))
def test_a_key_is_its_own_key_and_closures_do_not_matter(
    package: str, receiver: str, end: str
) -> None:
    key = function_key(f"{package}.{receiver}Do{end}")
    assert function_key(key) == key
    assert key == function_key(f"{package}.{receiver}Do")
    assert key.endswith(".Do")


@given(st.text(alphabet="p.[]()*-fmfunc1/v2%e_test", max_size=40))
def test_any_text_has_a_key(text: str) -> None:
    assert len(function_key(text)) <= len(text) + 5


@pytest.mark.parametrize("bracket", ["[", "[a", "[a]", "[[", "]", "[a["])
def test_a_hostile_name_takes_no_more_than_linear_time(bracket: str) -> None:
    """The timeout of the test run is the judge: backtracking over this would take hours."""
    function_key("p.F" + bracket * 3_000 + "x")


# Texts of runtime/error.go, runtime/panic.go, runtime/map.go, runtime/chan.go, sync, testing.
FAILURES = (
    ("runtime error: invalid memory address or nil pointer dereference", "nil-dereference"),
    ("value method main.Price.Cents called using nil *Price pointer", "nil-dereference"),
    ("runtime error: index out of range [5] with length 3", "index-out-of-range"),
    ("runtime error: index out of range [-1]", "index-out-of-range"),
    ("runtime error: slice bounds out of range [:5] with capacity 3", "slice-out-of-range"),
    (
        "runtime error: cannot convert slice with length 2 to array or pointer to array with length 4",
        "slice-to-array",
    ),
    ("runtime error: makeslice: len out of range", "makeslice"),
    ("makechan: size out of range", "makeslice"),
    ("runtime error: integer divide by zero", "divide-by-zero"),
    ("assignment to entry in nil map", "nil-map-write"),
    ("interface conversion: interface {} is string, not int", "type-assertion"),
    ("runtime error: hash of unhashable type []int", "unhashable"),
    ("runtime error: comparing uncomparable type []int", "uncomparable"),
    ("send on closed channel", "closed-channel"),
    ("close of closed channel", "closed-channel"),
    ("close of nil channel", "closed-channel"),
    ("runtime error: negative shift amount", "negative-shift"),
    ("sync: negative WaitGroup counter", "negative-waitgroup"),
    ("concurrent map writes", "concurrent-map"),
    ("concurrent map read and map write", "concurrent-map"),
    ("concurrent map iteration and map write", "concurrent-map"),
    ("all goroutines are asleep - deadlock!", "deadlock"),
    ("no goroutines (main called runtime.Goexit) - deadlock!", "deadlock"),
    ("stack overflow", "stack-overflow"),
    ("runtime: goroutine stack exceeds 1000000000-byte limit", "stack-overflow"),
    ("sync: unlock of unlocked mutex", "unlock-of-unlocked"),
    ("sync: RUnlock of unlocked RWMutex", "unlock-of-unlocked"),
    ("runtime: out of memory", "out-of-memory"),
    ("runtime: cannot allocate memory", "out-of-memory"),
    ("unexpected fault address 0x7f0000000000", "unexpected-fault"),
    ("fault", "unexpected-fault"),
    ("panic called with nil argument (use GODEBUG=panicnil=1 to disable)", "nil-panic"),
    ("test timed out after 1s", "test-timeout"),
    ("no price by default", None),
    ("boom", None),
    ("", None),
)


@pytest.mark.parametrize(("message", "name"), FAILURES)
def test_a_message_names_its_class_of_failure(message: str, name: str | None) -> None:
    assert failure_class(message, None, "panic") == (name or "panic")


def test_every_failure_rule_has_a_message_in_the_table() -> None:
    assert {name for _, name in FAILURES if name} == {rule.name for rule in FAILURE_RULES}


def test_names_of_classes_are_plain_tokens() -> None:
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.name) for rule in FAILURE_RULES)


@pytest.mark.parametrize(
    ("value_type", "name"),
    [
        (None, "panic"),
        ("main.E", "panic:main.E"),
        ("*main.E", "panic:main.E"),
        ("(*main.E)", "panic:main.E"),
        ("*errors.errorString", "panic:errors.errorString"),
        ("main.E[int]", "panic:main.E"),
        ("example.com/lib/v2.E", "panic:example.com/lib.E"),
    ],
)
def test_a_value_of_its_own_type_is_a_class_by_that_type(value_type: str | None, name: str) -> None:
    assert failure_class("boom", value_type, "panic") == name


def test_a_message_of_the_runtime_wins_over_the_type() -> None:
    assert failure_class("assignment to entry in nil map", "main.E", "panic") == "nil-map-write"


def test_kinds_are_kept_apart() -> None:
    assert failure_class("boom", None, "fatal") == "fatal"
    assert failure_class("boom", "main.E", "error") == "error:main.E"


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "part",
    [
        ".func1",
        "-range1",
        ".func1.1",
        "(*",
        "(*a)",
        "[",
        "[]",
        ".init.1",
        "/vendor",
        "/v2",
        "_test",
        "%2e",
    ],
)
def test_names_that_repeat_a_part_a_hundred_thousand_times_take_no_time(part: str) -> None:
    """What a hostile log can hold: a search that begins anew at every part would take minutes."""
    for end in ("", "x", ".func1"):
        name = "p.F" + part * 100_000 + end
        assert function_key(name) == function_key(name)
        assert len(without_closures(name)) <= len(name)
