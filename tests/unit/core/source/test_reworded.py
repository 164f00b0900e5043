"""Texts worded anew, variables that come and go, functions put in again: a statement keeps the past of its own."""

from __future__ import annotations

from tests.unit.core.source.revisions import was

RATES = """
package rates

func check(k, n int, column string) error {
    if n > 9 {
        return fmt.Errorf("row %d: rate %d above the cap of the slot view", k, n)
    }
    return fmt.Errorf("row %d: no column %q", k, column)
}
"""
JOINED = """
package rates

func Import(in Input) (all []error) {
    for k, n := range in.Items {
        if n > 9 {
            all = append(all, fmt.Errorf("line %d: rate of %d is above the cap of the slot view", k+1, n))
        }
    }
    return all
}
"""


def test_an_error_that_is_worded_anew_elsewhere_is_the_same_error() -> None:
    found = was({"rates/rates.go": RATES}, {"rates/rates.go": JOINED}, "above the cap")
    assert found is not None
    assert found.startswith("rates/rates.go check: return fmt.Errorf(")
    assert "above the cap" in found


def test_of_two_texts_that_are_as_much_alike_neither_is_it() -> None:
    twice = RATES + RATES.replace("check(", "verify(").replace("package rates", "")
    assert was({"rates/rates.go": twice}, {"rates/rates.go": JOINED}, "above the cap") is None


def test_another_text_is_another_error() -> None:
    other = JOINED.replace("rate of %d is above the cap of the slot view", "currency %d unknown")
    assert was({"rates/rates.go": RATES}, {"rates/rates.go": other}, "currency") is None


PUT_IN = """
package price

func Quote(in Input) error {
    rows := load(in)
    return fmt.Errorf("track %s", rows.Must(in.Items[3]))
}
"""
BY_METHOD = """
package price

type quote struct {
    rows Rows
    keys []int
}

func (q quote) bring() string {
    return q.rows.Must(q.keys[3])
}

func Quote(in Input) error {
    q := quote{load(in), in.Items}
    return fmt.Errorf("track %s", q.bring())
}
"""


def test_a_value_that_a_function_returned_stands_now_where_it_was_called() -> None:
    """Though what it stands in was there before, and says the rest of what it said."""
    old, new = {"price/quote.go": BY_METHOD}, {"price/quote.go": PUT_IN}
    assert was(old, new, "rows.Must(") == (
        "price/quote.go quote.bring: return q.rows.Must(q.keys[3])"
    )


AT_ONCE = """
package price

func Sum(in Input) error {
    rows := load(in)
    return fmt.Errorf("sum %d of %s", in.N, rows.Must(in.Items[3]))
}
"""
BY_VARIABLE = """
package price

func Sum(in Input) error {
    rows := load(in)
    name := rows.Must(in.Items[3])
    log.Print(name)
    return fmt.Errorf("sum %d of %s", in.N, name)
}
"""


def test_a_value_that_has_a_variable_of_its_own_now_is_where_it_stood() -> None:
    old, new = {"price/sum.go": AT_ONCE}, {"price/sum.go": BY_VARIABLE}
    text = 'return fmt.Errorf("sum %d of %s", in.N, rows.Must(in.Items[3]))'
    assert was(old, new, "name := rows.Must") == f"price/sum.go Sum: {text}"


def test_a_value_that_has_no_variable_any_more_is_what_set_it() -> None:
    old, new = {"price/sum.go": BY_VARIABLE}, {"price/sum.go": AT_ONCE}
    assert was(old, new, "rows.Must(") == "price/sum.go Sum: name := rows.Must(in.Items[3])"


FORMATTED = """
package pay

func failed(what string, id int, err error) error {
    if err == nil {
        return nil
    }
    return fmt.Errorf("pay: %s %d failed: %w", what, id, err)
}

func Charge(in Input) error {
    _, err := hex.DecodeString(in.S)
    return failed("charge", in.ID, err)
}
"""
CLOSURE = """
package pay

func within(what string, in Input, f func(Input) error) error {
    if err := f(in); err != nil {
        return fmt.Errorf("pay: %s %d failed: %w", what, in.ID, err)
    }
    return nil
}

func Charge(in Input) error {
    return within("charge", in, func(in Input) error {
        _, err := hex.DecodeString(in.S)
        return err
    })
}
"""


def test_what_says_the_same_goes_before_what_stood_at_the_call() -> None:
    old, new = {"pay/pay.go": CLOSURE}, {"pay/pay.go": FORMATTED}
    found = was(old, new, "failed: %w")
    assert found is not None
    assert found.startswith("pay/pay.go within: return fmt.Errorf(")


SCOPE = """
package scope

func Serve(in Input) error {
    if err := with(in.Name); err != nil {
        return err
    }
    return nil
}
"""
METHOD = """
package scope

func (s *Scope) limited(limit time.Duration) error {
    ctx, stop := context.WithTimeout(s.ctx, limit)
    defer stop()
    return ctx.Err()
}

func Serve(in Input) error {
    if err := new(Scope).limited(time.Second); err != nil {
        return err
    }
    return nil
}
"""


def test_a_word_that_stands_in_every_statement_is_not_what_one_of_them_was() -> None:
    assert was({"scope/s.go": SCOPE}, {"scope/s.go": METHOD}, "context.WithTimeout") is None


WAITS = """
package hub

func Run(in Input) {
    var wg sync.WaitGroup
    for range in.Items {
        wg.Add(1)
        go work(&wg)
    }
    wg.Wait()
}
"""
CONDS = """
package hub

func (h *Hub) done() {
    for !h.over {
        h.cond.Wait()
    }
}

func gather(in Input) {
    var wg sync.WaitGroup
    for range in.Items {
        wg.Add(1)
        go work(&wg)
    }
    wg.Wait()
}

func Run(in Input) {
    h := start()
    h.done()
    gather(in)
}
"""


def test_a_short_statement_has_no_past_that_another_one_says_word_for_word() -> None:
    old, new = {"hub/hub.go": WAITS}, {"hub/hub.go": CONDS}
    assert was(old, new, "h.cond.Wait()") is None
    assert was(old, new, "wg.Wait()") == "hub/hub.go Run: wg.Wait()"


BUILT = """
package deck

func Board(in Input) error {
    next := plan(in)
    return fmt.Errorf("deck %d", next(in.N))
}
"""
OPTIONS = """
package deck

func (t *Trip) with(all []Option) {
    for _, opt := range all {
        opt(t)
    }
}

func Board(in Input) error {
    t := new(Trip)
    t.with(in.Options)
    return t.err
}
"""


def test_a_call_is_not_every_call() -> None:
    found = was({"deck/deck.go": BUILT}, {"deck/deck.go": OPTIONS}, "opt(t)")
    assert found != 'deck/deck.go Board: return fmt.Errorf("deck %d", next(in.N))'


SHARE = """
package sheet

func (b *Sheet) value(s *Cells) (int, bool) {
    left, right := b.left.value(s), b.right.value(s)
    if b.op == '-' {
        return left - right, true
    }
    share := left / right
    return share, true
}
"""
SWITCH = """
package sheet

func (b *Sheet) value(cells [][]int) int {
    left, right := b.left.value(cells), b.right.value(cells)
    switch b.op {
    case '+':
        return left + right
    case '-':
        return left - right
    default:
        return left / right
    }
}
"""


def test_the_only_division_of_a_function_is_the_only_one_that_it_had() -> None:
    old, new = {"sheet/sheet.go": SHARE}, {"sheet/sheet.go": SWITCH}
    found = was(old, new, "return left / right")
    assert found == "sheet/sheet.go Sheet.value: share := left / right"


HALL = """
package hall

func Book(in Input) {
    if in.N > 9 {
        panic("no seat left for the customer in this hall")
    }
}
"""
HALLS = """
package hall

func Refuse(q Queue) {
    report(q, "no seats are left for the customer in the hall")
}

func Drop(k int, w Wait) {
    w.drop(k, "no seat is left for this customer in the hall")
}
"""


def test_of_two_texts_that_are_worded_anew_one_at_most_is_it() -> None:
    both = [was({"hall/h.go": HALL}, {"hall/h.go": HALLS}, text) for text in ("ts are", "t is")]
    assert None in both


SUMS = """
package sums

func Head(w http.ResponseWriter) {
    w.Header()["Content-Type"] = []string{"application/json"}
}

func Put(s *Sums) {
    log.Print(s)
    compute(s.rows)
    mean := sum(s.rows) / len(s.rows)
    mean.keep()
}
"""
OTHER = """
package sums

func Accept(r *http.Request, all []string) {
    r.Head.Set("Accept", "application/json-patch")
    all[0] = r.URL.Path
}

func Put(s *Sums) {
    log.Print(s)
    owner := s.account.owner
    audit(owner)
    compute(s.allCells)
    totals.add(each, weights[each].share("a / b", func() { done(wanted(each)) }))
}
"""


def test_what_is_no_text_for_people_is_not_worded_anew() -> None:
    assert was({"sums/s.go": SUMS}, {"sums/s.go": OTHER}, "r.Head.Set(") is None


def test_a_variable_for_another_one_is_no_value_that_stood_there() -> None:
    assert was({"sums/s.go": SUMS}, {"sums/s.go": OTHER}, "owner := s.account.owner") is None


def test_a_sign_in_a_string_is_no_division() -> None:
    assert was({"sums/s.go": SUMS}, {"sums/s.go": OTHER}, "totals.add") is None
