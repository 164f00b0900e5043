"""Code that is put together and taken apart: each statement has the past of its own, and none that of another."""

from __future__ import annotations

from tests.unit.core.source.revisions import was

SEATS = """
package plan

func (p *Plan) Take(n int) {
    p.taken += n
    must.Hold(p.taken <= p.seats, "cabin %d has %d of %d seats taken", n, p.taken, p.seats)
}

func (p *Plan) Free(n int) {
    p.taken -= n
    must.Hold(p.taken >= 0, "cabin %d has %d of %d seats taken", n, p.taken, p.seats)
}
"""
# The helper has another name, too, so that no line says word for word what it said.
BOTH = """
package plan

func (p *Plan) Take(n int, free bool) {
    if free {
        p.taken -= n
        check.Hold(p.taken >= 0, "cabin %d has %d of %d seats taken", n, p.taken, p.seats)
        return
    }
    p.taken += n
    check.Hold(p.taken <= p.seats, "cabin %d has %d of %d seats taken", n, p.taken, p.seats)
}
"""


def test_two_methods_that_become_one_keep_what_each_of_them_said() -> None:
    """That a method names its own type is no call of another method of it."""
    old, new = {"plan/plan.go": SEATS}, {"plan/plan.go": BOTH}
    take, free = was(old, new, "p.taken <= p.seats"), was(old, new, "p.taken >= 0")
    assert take is not None
    assert take.startswith("plan/plan.go Plan.Take: must.Hold(p.taken <= p.seats")
    assert free is not None
    assert free.startswith("plan/plan.go Plan.Free: must.Hold(p.taken >= 0")


LEDGER = """
package ledger

func Book(in Input) error {
    var row Row
    go post(&row, in)
    post(&row, in)
    return row.err
}

func post(row *Row, in Input) {
    if in.N > 5 {
        row.cover += in.ID
        return
    }
    row.state = in.S
}
"""
ROWS = """
package ledger

func Book(in Input) error {
    row := new(Row)
    go func() {
        if in.N > 5 {
            row.add(in.ID)
        }
    }()
    row.rename(in.S)
    return row.err
}

func (r *Row) add(n int) {
    r.cover += n
}

func (r *Row) rename(name string) {
    log.Print(name)
    r.state = name
}
"""


def test_what_is_called_instead_of_a_function_that_is_no_more_has_its_statements() -> None:
    old, new = {"ledger/book.go": LEDGER}, {"ledger/book.go": ROWS}
    assert was(old, new, "r.cover += n") == "ledger/book.go post: row.cover += in.ID"


STACK = """
package graph

func pop(stack []string) []string {
    log.Print(len(stack))
    return stack[:len(stack)-1]
}
"""
TYPED = """
package graph

func (w *walker) enter(task Task) {
    w.path = append(w.path, task.Name)
}

func (w *walker) leave() {
    w.count--
    w.path = w.path[:len(w.path)-1]
}
"""


def test_the_only_statement_of_its_shape_is_followed_where_functions_become_methods() -> None:
    old, new = {"graph/walk.go": STACK}, {"graph/walk.go": TYPED}
    leaves = "w.path = w.path[:len(w.path)-1]"
    assert was(old, new, leaves) == "graph/walk.go pop: return stack[:len(stack)-1]"


def test_of_two_statements_of_one_shape_neither_is_followed() -> None:
    twice = STACK + "\nfunc cut(names []string) []string {\n\treturn names[:len(names)-1]\n}\n"
    old, new = {"graph/walk.go": twice}, {"graph/walk.go": TYPED}
    assert was(old, new, "w.path = w.path[:len(w.path)-1]") is None


RESERVE = """
package stock

func Reserve(in Input) error {
    if err := find(in); err != nil {
        return fmt.Errorf("reserve %d pieces: %w", in.N, err)
    }
    return nil
}
"""
RESERVED = """
package stock

func Reserve(in Input) error {
    return wrapped(in, list(in))
}

func wrapped(in Input, err error) error {
    if err != nil {
        return fmt.Errorf("reserve %d pieces: %w", in.N, err)
    }
    return nil
}

func list(in Input) error {
    return fmt.Errorf("price list %s: %w", in.Name, errMissing)
}
"""


def test_a_statement_has_no_past_that_another_one_says_word_for_word() -> None:
    old, new = {"stock/reserve.go": RESERVE}, {"stock/reserve.go": RESERVED}
    assert was(old, new, "price list") is None
    text = 'return fmt.Errorf("reserve %d pieces: %w", in.N, err)'
    assert was(old, new, "pieces") == f"stock/reserve.go Reserve: {text}"


def test_in_a_package_that_was_generated_anew_nothing_is_the_only_one_of_its_shape() -> None:
    """Each function that came is looked for in the older revision: of thousands that takes minutes."""
    made = "".join(f"func f{k}(n int) int {{ return n + {k} }}\n\n" for k in range(600))
    old, new = {"graph/walk.go": STACK}, {"graph/walk.go": TYPED + made}
    assert was(old, new, "w.path = w.path[:len(w.path)-1]") is None
