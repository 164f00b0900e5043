"""Who is to blame, by a table of snippets: the parameters whose value was at fault, or the function itself."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from streams.core.source.blame import guilt, guilt_of_call
from streams.core.source.handed import handed, may_call
from streams.core.source.parameters import RECEIVER, parameters, plain_types
from tests.unit.core.source.revisions import go, parsed, statement_of

NIL = "nil-dereference"
INDEX = "index-out-of-range"
SLICE = "slice-out-of-range"


class Case(NamedTuple):
    """A function, how its marked line failed, and the positions of the parameters that are at fault."""

    name: str
    failure: str
    source: str
    guilty: set[int]
    zeros: str = ""


OTHERS = (
    Case(
        "a reader that is asked for more than it was handed",
        SLICE,
        """
        func (r *Reader) Text(n int) string {
            text := string(r.data[r.at : r.at+n]) // CRASH
            r.at += n
            return text
        }""",
        {RECEIVER},
    ),
    Case(
        "a reader that reads on",
        INDEX,
        """
        func (r *ByteReader) Byte() byte {
            b := r.data[r.at] // CRASH
            r.at++
            return b
        }""",
        {RECEIVER},
    ),
    Case(
        "a store that is no reader: what it holds is its own affair",
        INDEX,
        """
        func (s *Store) First() Item {
            k := s.at
            return s.items[k] // CRASH
        }""",
        set(),
    ),
    Case(
        "a type whose name only ends like that of a reader",
        INDEX,
        """
        func (a *Arrows) Next() Arrow {
            b := a.data[a.at] // CRASH
            return b
        }""",
        set(),
    ),
    Case(
        "a column of rows that is of another type than was asked for",
        "type-assertion",
        """
        func Col[T any](r *Rows, k int) T {
            cell := r.cells[r.at][k]
            return cell.(T) // CRASH
        }""",
        {1},
    ),
    Case(
        "an explicit panic for the sake of a parameter",
        "panic",
        """
        func OK(ok bool, what string) {
            if !ok {
                panic(what) // CRASH
            }
        }""",
        {0},
    ),
    Case(
        "an explicit panic with an error that was handed in",
        "panic:errors.errorString",
        """
        func NoError(err error) {
            if err != nil {
                panic(err) // CRASH
            }
        }""",
        {0},
    ),
    Case(
        "a condition on what options have set",
        "panic",
        """
        func New(options ...Option) *Dialer {
            d := &Dialer{tries: 1}
            for _, option := range options {
                option(d)
            }
            if d.host == "" {
                panic("no host") // CRASH
            }
            return d
        }""",
        {0},
    ),
    Case(
        "a condition on what a method has set by options",
        "panic",
        """
        func New(options ...Option) *Dialer {
            d := &Dialer{spec{tries: 1}}
            d.apply(options)
            if err := d.validate(); err != nil {
                panic(err) // CRASH
            }
            return d
        }""",
        {0},
    ),
    Case(
        "an option that is nil",
        NIL,
        """
        func New(options ...Option) *Dialer {
            d := &Dialer{}
            for _, option := range options {
                option(d) // CRASH
            }
            return d
        }""",
        {0},
    ),
    Case(
        "an option that is nil, by its index",
        NIL,
        """
        func (d *Dialer) apply(options []Option) {
            for k := range options {
                options[k](&d.spec) // CRASH
            }
        }""",
        {0},
    ),
    Case(
        "a condition on what was computed of a parameter",
        "panic:fmt.wrapError",
        """
        func MustParse(text string) int {
            n, err := strconv.Atoi(text)
            if err != nil {
                panic(fmt.Errorf("parse: %w", err)) // CRASH
            }
            return n
        }""",
        {0},
    ),
    Case(
        "a switch on a parameter",
        "panic",
        """
        func Name(kind int) string {
            switch kind {
            case 1:
                return "one"
            default:
                panic("kind") // CRASH
            }
        }""",
        {0},
    ),
    Case(
        "log.Panicf behind a condition on a parameter",
        "panic",
        """
        func Positive(n int) {
            if n <= 0 {
                log.Panicf("%d is not positive", n) // CRASH
            }
        }""",
        {0},
    ),
    Case(
        "a nil receiver, as the printed arguments say",
        NIL,
        """
        func (s *Store) Add(id string) {
            s.items[id] = 1 // CRASH
        }""",
        {RECEIVER},
        "0",
    ),
    Case(
        "a nil pointer that was handed in",
        NIL,
        """
        func Total(order *Order) int {
            return order.sum // CRASH
        }""",
        {0},
    ),
    Case(
        "a field of what was handed in",
        NIL,
        """
        func Street(order *Order) string {
            return order.Address.Street // CRASH
        }""",
        {0},
    ),
    Case(
        "a nil function that was handed in",
        NIL,
        """
        func Each(n int, do func(int)) {
            for i := 0; i < n; i++ {
                do(i) // CRASH
            }
        }""",
        {1},
    ),
    Case(
        "an index that was handed in",
        INDEX,
        """
        func At(items []int, index int) int {
            return items[index] // CRASH
        }""",
        {1},
    ),
    Case(
        "a slice too short for a fixed index",
        INDEX,
        """
        func Second(items []int) int {
            return items[1] // CRASH
        }""",
        {0},
    ),
    Case(
        "bounds that were handed in",
        SLICE,
        """
        func Cut(text string, from, to int) string {
            return text[from:to] // CRASH
        }""",
        {1, 2},
    ),
    Case(
        "a parameter under another name",
        INDEX,
        """
        func At(items []int, index int) int {
            i := index
            return items[i] // CRASH
        }""",
        {1},
    ),
    Case(
        "a divisor that was handed in",
        "divide-by-zero",
        """
        func Ratio(a, b int) int {
            return a / b // CRASH
        }""",
        {1},
    ),
    Case(
        "a size that was handed in",
        "makeslice",
        """
        func Make(size int) []byte {
            return make([]byte, size) // CRASH
        }""",
        {0},
    ),
    Case(
        "a nil map that was handed in",
        "nil-map-write",
        """
        func Count(seen map[string]int, id string) {
            seen[id] = 1 // CRASH
        }""",
        {0},
    ),
    Case(
        "a channel that was handed in",
        "closed-channel",
        """
        func Send(to chan int, n int) {
            to <- n // CRASH
        }""",
        {0},
    ),
    Case(
        "a generic container that is empty",
        INDEX,
        """
        func (s *Stack[T]) Pop() T {
            item := s.items[len(s.items)-1] // CRASH
            return item
        }""",
        {RECEIVER},
    ),
    Case(
        "a decoder that was asked for a key of another type",
        "type-assertion",
        """
        func String(values map[string]any, key string) string {
            return values[key].(string) // CRASH
        }""",
        {1},
    ),
    Case(
        "a type assertion of what was handed in",
        "type-assertion",
        """
        func Text(value any) string {
            return value.(string) // CRASH
        }""",
        {0},
    ),
)

OWN = (
    Case(
        "an index of a loop of its own",
        INDEX,
        """
        func Sum(items []int) (sum int) {
            for i := 0; i <= len(items); i++ {
                sum += items[i] // CRASH
            }
            return sum
        }""",
        set(),
    ),
    Case(
        "a nil that it looked up itself",
        NIL,
        """
        func (s *Store) Add(id string) {
            item := s.find(id)
            item.count++ // CRASH
        }""",
        set(),
        "1",
    ),
    Case(
        "a panic on its own state",
        "panic",
        """
        func Next() int {
            if closed {
                panic("closed") // CRASH
            }
            return 1
        }""",
        set(),
    ),
    Case(
        "a panic in a closure, of what the closure was handed",
        "panic",
        """
        func Watch(names []string) {
            each(func(name string) {
                if name == "" {
                    panic("no name") // CRASH
                }
            })
        }""",
        set(),
    ),
    Case(
        "a nil dereference in a closure",
        NIL,
        """
        func Watch(order *Order) {
            go func(order *Order) {
                println(order.sum) // CRASH
            }(find(order))
        }""",
        set(),
    ),
    Case(
        "a map that it never made",
        "nil-map-write",
        """
        func Index(ids []string) map[string]int {
            var seen map[string]int
            for i, id := range ids {
                seen[id] = i // CRASH
            }
            return seen
        }""",
        set(),
    ),
    Case(
        "a panic that recover took, raised anew",
        "panic",
        """
        func Guard(name string) {
            defer func() {
                if r := recover(); r != nil {
                    panic(r) // CRASH
                }
            }()
            run(name)
        }""",
        set(),
    ),
)


MISJUDGED = (
    Case(
        "a panic behind a guard that leaves",
        "panic",
        """
        func OK(ok bool) {
            if ok {
                return
            }
            panic("not ok") // CRASH
        }""",
        {0},
    ),
    Case(
        "a local that hides a parameter",
        "panic",
        """
        func Load(id string) {
            if id := next(); id == "" {
                panic("no id") // CRASH
            }
        }""",
        set(),
    ),
)


# Computed of plain parameters and constants: whoever handed them in is blamed; of what is indexed alone: nobody else.
ARITHMETIC = (
    Case(
        "a helper that computes the wrong index of what it was handed",
        INDEX,
        """
        func Last(items []int) int {
            n := len(items)
            n = n + 1
            return items[n] // CRASH
        }""",
        set(),
    ),
    Case(
        "a parameter that was assigned anew",
        INDEX,
        """
        func At(items []int, index int) int {
            index = index + 1
            return items[index] // CRASH
        }""",
        {1},
    ),
    Case(
        "one of two operands has a constant in it",
        SLICE,
        """
        func Tail(text string, from int) string {
            end := from + 10
            return text[from:end] // CRASH
        }""",
        {1},
    ),
)


@pytest.mark.parametrize("case", ARITHMETIC, ids=lambda case: case.name)
def test_arithmetic_on_parameters_alone_is_the_callers(case: Case) -> None:
    test_blame(case)


def test_a_panic_behind_a_guard_that_leaves_is_on_its_condition() -> None:
    test_blame(MISJUDGED[0])


@pytest.mark.xfail(reason="names are taken for variables, whatever their scope", strict=True)
def test_a_local_that_hides_a_parameter_is_the_functions_own() -> None:
    test_blame(MISJUDGED[1])


@pytest.mark.parametrize("case", [*OTHERS, *OWN], ids=lambda case: case.name)
def test_blame(case: Case) -> None:
    function, statement, line = statement_of("package p\n" + go(case.source))
    found = guilt(function, statement, line, case.failure, case.zeros)
    assert set(found.params) == case.guilty, found
    assert found.why
    assert not found.always


def test_a_function_that_does_nothing_but_panic_leaves_the_question_to_its_caller() -> None:
    function, statement, line = statement_of(
        """
        package p
        func fail(format string, args ...any) {
            panic(fmt.Sprintf(format, args...)) // CRASH
        }
        """
    )
    assert guilt(function, statement, line, "panic").always
    caller, call, _ = statement_of(
        """
        package p
        func Check(ok bool) {
            if !ok {
                fail("not %v", ok) // CRASH
            }
        }
        """
    )
    assert guilt_of_call(caller, call, "fail").params == {0}
    assert guilt_of_call(caller, call, "other").params == frozenset()


def test_a_nil_receiver_that_the_arguments_do_not_show_may_be_a_field_of_it() -> None:
    source = """
        package p
        func (s *Store) Add(id string) {
            s.count++ // CRASH
        }
        """
    function, statement, line = statement_of(source)
    assert guilt(function, statement, line, NIL, "0").why == "the receiver s is nil"
    value, of_value, at = statement_of(source.replace("*Store", "Store"))
    assert guilt(value, of_value, at, NIL, "0").why != "the receiver s is nil"


def test_parameters_have_positions_whether_they_share_a_type_or_have_no_name() -> None:
    function = parsed("package p\nfunc (s *T) F(a, b int, _ string, c ...any) {\n}\n")
    assert parameters(function) == {"s": RECEIVER, "a": 0, "b": 1, "c": 3}
    unnamed = parsed("package p\nfunc F(int, string) {\n}\n")
    assert parameters(unnamed) == {}


def test_types_that_are_nobodys_in_particular() -> None:
    function = parsed(
        "package p\nfunc (s *Set[K]) F(a int, b *Order, c []K, d any, e Order, f func(Order)) {\n}\n"
    )
    assert plain_types(function) == {RECEIVER, 0, 2, 3, 5}
    assert plain_types(parsed("package p\nfunc (s *Set) F(a *int) {\n}\n")) == frozenset()
    times = parsed("package p\nfunc F(a, b time.Time, c time.Duration, d *time.Timer) {\n}\n")
    assert plain_types(times) == {0, 1, 2}


@pytest.mark.parametrize(
    ("call", "listed", "may"),
    [
        ("s.Find(a, b)", "a, b int", True),
        ("s.Find(a)", "a, b int", False),
        ("s.Find(a, b)", "a int, b string, c bool", False),
        # One call gives all arguments; any number of them; names of no type.
        ("s.Find(load(a))", "a, b int", True),
        ("s.Find(a, b, c)", "a int, b ...string", True),
        ("s.Find(a, b)", "int, string", True),
        ("s.Find()", "", True),
        ("other(a)", "a, b int", True),
    ],
)
def test_a_call_hands_a_function_as_many_arguments_as_it_takes(
    call: str, listed: str, *, may: bool
) -> None:
    _, statement, _ = statement_of(CALLER % call)
    found = may_call(statement, parsed(f"package p\nfunc (s *Set) Find({listed}) {{\n}}\n"))
    assert found == may


CALLER = """
    package p
    func Load(id string, n int) {
        text := read(id)
        %s // CRASH
    }
    """


@pytest.mark.parametrize(
    ("call", "made", "passed", "of"),
    [
        ("must.Parse(text)", {0}, set(), set()),
        ("must.Parse(id)", set(), {0}, set()),
        ("must.Parse(id + text)", {0}, set(), set()),
        ("must.Parse(id + id)", {0}, set(), {0}),
        ("must.Parse(limits[n])", {0}, set(), {1}),
        ("must.Parse(config.limit)", {0}, set(), set()),
        ("must.Parse[string](id)", set(), {0}, set()),
        ("must.Other(id)", {0}, set(), set()),
    ],
)
def test_how_a_caller_came_by_what_it_handed_on(
    call: str, made: set[int], passed: set[int], of: set[int]
) -> None:
    function, statement, _ = statement_of(CALLER % call)
    found = handed(function, statement, "Parse", frozenset((0,)))
    assert (set(found.made), set(found.passed), set(found.of)) == (made, passed, of)
    assert found.call == ("Other" not in call)


def test_the_receiver_is_handed_as_what_the_method_is_called_on() -> None:
    function, statement, _ = statement_of(CALLER % "n.Add(id)")
    assert handed(function, statement, "Add", frozenset((RECEIVER,))).passed == {1}


def test_what_a_closure_handed_on_came_from_elsewhere() -> None:
    function, statement, _ = statement_of(CALLER % "go func(id string) { must.Parse(id) }(text)")
    inner = next(s for s in function.statements if s.text.startswith("must"))
    assert handed(function, inner, "Parse", frozenset((0,))).made == {0}
    assert statement.first == inner.first


@pytest.mark.parametrize("failure", [NIL, INDEX, SLICE, "panic", "type-assertion", "nil-map-write"])
def test_a_statement_of_thousands_of_operands_is_judged(failure: str) -> None:
    many = " + ".join(f"a[x.b[{n}:y].(int)]" for n in range(800))
    function, statement, line = statement_of(
        f"package p\nfunc F(a []int, x *T, y int) {{\n\tpanic({many}) // CRASH\n}}\n"
    )
    assert guilt(function, statement, line, failure).why


@pytest.mark.parametrize("failure", [NIL, "panic"])
def test_a_panic_nested_in_a_thousand_conditions_is_judged(failure: str) -> None:
    depth = 1000
    function, statement, line = statement_of(
        "package p\nfunc F(x int) {\n"
        + "if x > 0 {\n" * depth
        + "panic(x) // CRASH\n"
        + " }\n" * depth
        + "}\n"
    )
    assert guilt(function, statement, line, failure).why
