"""Code that is written anew in part: a statement is followed by what says that it is the same, not by chance."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from streams.core.source.blame import OWN, guilt
from tests.unit.core.source.revisions import statement_of, was

MATRIX = """
package grid

func Sum(cells map[string][]int, from Range, extra []int) int {
    total := cells[from.name][from.low] + extra[0]
    return total
}
"""


def test_a_local_that_is_indexed_twice_is_a_local() -> None:
    """The parser takes `cells[from.name][from.low]` for a generic type."""
    new = MATRIX.replace("cells", "rows").replace("from", "part")
    assert was({"grid/sum.go": MATRIX}, {"grid/sum.go": new}, "total :=") == (
        "grid/sum.go Sum: total := cells[from.name][from.low] + extra[0]"
    )


def test_an_index_behind_another_is_an_operand() -> None:
    function, statement, line = statement_of(
        """
        package grid

        func At(cells [][]int, at, to Point) int {
            return cells[at.y][to.x] // CRASH
        }
        """
    )
    found = guilt(function, statement, line, "index-out-of-range")
    assert found == OWN, "a field of a parameter of a type of its own: what the function is about"


SHIP = """
package depot

func Ship(order Order) error {
    boxes := pack(order.Lines)
    if order.Weight > limit {
        return fmt.Errorf("order %d is too heavy for a van", order.ID)
    }
    return load(boxes[order.Van])
}
"""
SENT = """
package depot

func Send(order Order, vans []Van) error {
    log.Print(order.ID)
    for _, van := range vans {
        if van.Free() < order.Weight {
            return fmt.Errorf("order %d is too heavy for a van", order.ID)
        }
    }
    return load(pack(order.Lines)[order.Van])
}
"""
OTHER = """
package depot

func Weigh(order Order) error {
    return fmt.Errorf("order %d is too heavy for a van", order.Weight)
}
"""
TEXT = 'fmt.Errorf("order %d is too heavy for a van", order.ID)'


def test_a_function_is_known_by_a_text_that_no_other_has() -> None:
    old, new = {"depot/ship.go": SHIP}, {"depot/send.go": SENT}
    assert was(old, new, TEXT) == f"depot/ship.go Ship: return {TEXT}"


def test_a_text_that_several_functions_have_tells_nothing() -> None:
    old = {"depot/ship.go": SHIP, "depot/weigh.go": OTHER}
    new = {"depot/send.go": SENT.replace("log.Print(order.ID)", "log.Print(vans)")}
    assert was({**old, "depot/van.go": OTHER.replace("Weigh", "Van")}, new, TEXT) != (
        f"depot/weigh.go Weigh: return {TEXT}"
    )


def test_a_type_that_moves_takes_its_methods_along() -> None:
    cabin = """
    package cabins

    type Cabin struct{ beds []int }

    func (c *Cabin) bed(k int) int {
        return c.beds[k]
    }
    """
    moved = cabin.replace("package cabins", "package rooms").replace("bed(k", "place(k")
    old, new = {"cabins/cabin.go": cabin}, {"rooms/room.go": moved.replace("cabins", "rooms")}
    assert was(old, new, "return c.beds[k]") is None, "Cabin is a name like any"
    old = {"cabins/cabin.go": cabin.replace("Cabin", "SleepingCar")}
    new = {"rooms/room.go": moved.replace("Cabin", "SleepingCar")}
    assert was(old, new, "return c.beds[k]") == "cabins/cabin.go SleepingCar.bed: return c.beds[k]"


COUNTED = """
package visits

var seen = map[int]int{}

func Count(in Input) {
    var done sync.WaitGroup
    for k := 0; k < in.N; k++ {
        done.Add(1)
        go func(n int) {
            defer done.Done()
            seen[n%97+in.ID]++
        }(k)
    }
    done.Wait()
}
"""
COUNTER = """
package visits

type counter struct{ seen map[int]int }

func (c *counter) add(k int) {
    c.seen[k]++
}

func Count(in Input) {
    c := &counter{map[int]int{}}
    var done sync.WaitGroup
    for k := 0; k < in.N; k++ {
        done.Add(1)
        go func(n int) {
            defer done.Done()
            c.add(n%97 + in.ID)
        }(k)
    }
    done.Wait()
}
"""


@pytest.mark.parametrize(
    ("old", "new", "text", "expected"),
    [
        (COUNTED, COUNTER, "c.seen[k]++", "visits/count.go Count: seen[n%97+in.ID]++"),
        (COUNTER, COUNTED, "seen[n%97", "visits/count.go counter.add: c.seen[k]++"),
    ],
    ids=["cut out", "put in"],
)
def test_arguments_take_the_place_of_parameters(
    old: str, new: str, text: str, expected: str
) -> None:
    assert was({"visits/count.go": old}, {"visits/count.go": new}, text) == expected


LABEL = """
package parcels

func Label(parcel Parcel) error {
    address, err := parse(parcel.To)
    if err != nil {
        return err
    }
    return errors.New("no route to " + address.Town)
}
"""
TOWN = """
package parcels

func Label(parcel Parcel) error {
    return errors.New("no route to " + town(parcel.To))
}

func town(text string) string {
    address, _ := parse(text)
    return address.Town
}
"""


SEEK = """
package routes

func Seek(in Input) bool {
    steps := []int{10, 25, 40, 90}
    if departure(steps, in.After, in.Zone, true) == in.After {
        return true
    }
    return false
}

func departure(steps []int, after int, zone string, exact bool) int {
    at := sort.SearchInts(steps, after)
    return steps[at]
}
"""
SOUGHT = """
package routes

func Seek(in Input) bool {
    steps := []int{10, 25, 40, 90}
    at := sort.SearchInts(steps, in.After)
    if steps[at] == in.After {
        return true
    }
    return false
}
"""


def test_what_a_function_returns_stood_where_it_is_called() -> None:
    assert was({"parcels/label.go": LABEL}, {"parcels/label.go": TOWN}, "return address") == (
        'parcels/label.go Label: return errors.New("no route to " + address.Town)'
    )


def test_what_stands_where_a_function_was_called_is_what_it_returned() -> None:
    assert was({"routes/seek.go": SEEK}, {"routes/seek.go": SOUGHT}, "if steps[at]") == (
        "routes/seek.go departure: return steps[at]"
    )


def test_what_is_called_still_was_not_put_in() -> None:
    """Fields were renamed in both functions: each statement is what it was in its own."""
    old = """
    package limits

    func Check(unit *Unit, most int) error {
        if unit.used.code > most {
            return errors.New("too much: first")
        }
        if over(unit, most) {
            return errors.New("too much: second")
        }
        return nil
    }

    func over(unit *Unit, most int) bool {
        return unit.used.used.code > most
    }
    """
    new = old.replace("used", "cap").replace("code", "left")
    files = {"limits/check.go": old}, {"limits/check.go": new}
    assert was(*files, "if unit.cap.left") == "limits/check.go Check: if unit.used.code > most {"
    assert was(*files, "return unit.cap") == (
        "limits/check.go over: return unit.used.used.code > most"
    )


METHOD = """
package units

type unit struct {
    above *unit
    name  string
}

func (u *unit) path() string {
    return u.above.path() + "/" + u.name
}

func Show(name string) string {
    top := &unit{name: name}
    top.above = top
    return "unit " + top.path()
}
"""
FUNCTION = """
package units

type unit struct {
    above *unit
    name  string
}

func joined(u *unit, between string) string {
    return joined(u.above, between) + between + u.name
}

func Show(name string) string {
    top := &unit{name: name}
    top.above = top
    return "unit " + joined(top, "/")
}
"""


def test_a_function_that_is_called_in_the_place_of_another_is_that_one() -> None:
    assert was({"units/unit.go": METHOD}, {"units/unit.go": FUNCTION}, "return joined(u.above") == (
        'units/unit.go unit.path: return u.above.path() + "/" + u.name'
    )


def test_of_two_functions_that_are_called_newly_neither_is_the_other() -> None:
    two = FUNCTION.replace('joined(top, "/")', 'joined(top, "/") + depth(top)')
    two += "\nfunc depth(u *unit) string {\n    return depth(u.above)\n}\n"
    assert was({"units/unit.go": METHOD}, {"units/unit.go": two}, "return joined(u.above") is None


def test_the_only_statement_that_makes_a_call_is_one() -> None:
    old = {
        "s/s.go": "package s\n\nfunc Find(in Input) int {\n    return pick(in.Items).Unwrap()\n}\n"
    }
    new = {
        "s/s.go": """
        package s

        func Find(in Input) int {
            best, found := pick(in.Items), false
            if best.Unwrap() > in.Least {
                found = true
            }
            return score(found)
        }
        """
    }
    assert was(old, new, "best.Unwrap()") == "s/s.go Find: return pick(in.Items).Unwrap()"


def test_a_renamed_function_is_no_piece_of_a_caller_that_says_the_same() -> None:
    """Whoever called: the answer is that of the function."""
    save = """
    package store

    func Save(row Row) (err error) {
        tx := begin(row)
        defer tx.Abort()
        if err = tx.Put(row.Key, row.Value); err != nil {
            return fmt.Errorf("store: %w", err)
        }
        return tx.Commit()
    }

    func Import(row Row) error {
        if err := Save(row); err != nil {
            return fmt.Errorf("store: %w", err)
        }
        return nil
    }
    """
    new = save.replace("Save(row", "Keep(row").replace(
        'err != nil {\n            return fmt.Errorf("store: %w", err)\n        }\n        return nil',
        "err != nil {\n            return err\n        }\n        return nil",
    )
    files: Mapping[str, str] = {"store/save.go": save}
    assert was(files, {"store/save.go": new}, 'return fmt.Errorf("store: %w", err)') == (
        'store/save.go Save: return fmt.Errorf("store: %w", err)'
    )


def test_a_list_made_of_a_parameter_is_indexed_by_what_was_made_of_it() -> None:
    function, statement, line = statement_of(
        """
        package stats

        func Median(items []int) int {
            sorted := append([]int(nil), items...)
            middle := len(sorted)/2 + len(sorted)%2
            rest := sorted[middle:]
            return rest[len(rest)/2+len(sorted)/2] // CRASH
        }
        """
    )
    assert guilt(function, statement, line, "index-out-of-range") == OWN
