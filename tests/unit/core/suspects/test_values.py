"""How a value flows to what failed: through shared memory, numbered constants, types, channels, tables and data."""

from __future__ import annotations

import pytest

from streams.core.suspects.data import reshaped, settings
from streams.core.suspects.lines import numbers_of
from streams.model.cause import Caused
from tests.unit.core.suspects.history import MODULE, Past, crash, frame, line_of

PATH = "cart/cart.go"


def first(found: Caused) -> str:
    return found.suspects[0].commit if found.suspects else ""


def handled(
    past: Past, failure: str, *places: tuple[str, str], numbers: tuple[int, ...] = ()
) -> Caused:
    """Who is suspect; `places`: functions of PATH with a text of their line, innermost first."""
    frames = [frame(name, PATH, line_of(past, PATH, text)) for name, text in places]
    return past.suspects(crash(failure, frames, numbers))


LIMITS = (
    'package limits\n\nimport "slices"\n\n// Under is what is not above the limit.\n'
    "func Under(xs []int, top int) []int {\n"
    "	above := func(x int) bool { return x > top }\n	return slices.DeleteFunc(slices.Clone(xs), above)\n}\n"
)
SHARES = (
    f'package cart\n\nimport "{MODULE}/limits"\n\n'
    "func Handle(order *Order) int {\n	few := limits.Under(order.Parts, order.Top)\n"
    "	return sum(few) + all(order.Parts)\n}\n\n"
    "func sum(xs []int) int {\n	total := 0\n	for _, x := range xs {\n"
    "		total += x\n	}\n	return total\n}\n\n"
    "func all(xs []int) int {\n	total := 0\n	for _, x := range xs {\n"
    "		total += 100 / x\n	}\n	return total\n}\n"
)


def test_a_callee_that_no_longer_copies_changes_what_its_caller_holds() -> None:
    history = Past({PATH: SHARES, "limits/limits.go": LIMITS})
    guilty = history.edit("one allocation less", "limits/limits.go", "slices.Clone(xs)", "xs")
    history.edit("finer", PATH, "100 / x", "1000 / x")
    found = handled(history, "divide-by-zero", ("all", "1000 / x"), ("Handle", "all(order.Parts)"))
    assert first(found) == guilty
    assert found.suspects[0].confidence > 0.5
    assert "no longer copies" in found.suspects[0].evidence[0].detail


def test_a_callee_that_only_reads_what_it_is_handed_is_not_suspect() -> None:
    reading = LIMITS.replace("slices.DeleteFunc(slices.Clone(xs), above)", "filter(xs, above)") + (
        "\nfunc filter(xs []int, above func(int) bool) []int {\n	out := []int{}\n	for _, x := range xs {\n"
        "		if !above(x) {\n			out = append(out, x)\n		}\n	}\n	return out\n}\n"
    )
    history = Past({PATH: SHARES, "limits/limits.go": reading})
    history.edit("the limit too", "limits/limits.go", "x > top", "x >= top")
    found = handled(history, "divide-by-zero", ("all", "100 / x"), ("Handle", "all(order.Parts)"))
    assert found.none > 0.5


LEVELS = "package level\n\n// Level is how urgent it is.\ntype Level int\n\nconst (\n	Low Level = iota\n	High\n)\n\n"
OF = "// Of is the level of a size.\nfunc Of(n int) Level {\n	if n > 100 {\n		return High\n	}\n	return Low\n}\n"
NAMES = (
    f'package cart\n\nimport "{MODULE}/level"\n\nvar names = [...]string{{"low", "high"}}\n\n'
    "func Handle(n int) string {\n	found := level.Of(n)\n	return name(found)\n}\n\n"
    "func name(of level.Level) string {\n	return names[of]\n}\n"
)


def test_a_constant_put_in_before_others_gives_them_other_numbers() -> None:
    history = Past({PATH: NAMES, "level/level.go": LEVELS, "level/of.go": OF})
    guilty = history.edit(
        "a level between", "level/level.go", "	High\n", "	Middle\n	High\n"
    )
    history.edit("sooner", "level/of.go", "n > 100", "n > 80")
    found = handled(
        history,
        "index-out-of-range",
        ("name", "names[of]"),
        ("Handle", "name(found)"),
        numbers=(2,),
    )
    assert first(found) == guilty


def test_a_constant_put_behind_the_others_leaves_their_numbers() -> None:
    before = numbers_of(LEVELS.encode())
    after = numbers_of(LEVELS.replace("	High\n", "	High // most\n	Urgent\n").encode())
    assert before["High"] == after["High"]
    assert {number.type for number in after.values()} == {"Level"}
    moved = numbers_of(
        LEVELS.replace("	High\n", "\n	// between\n	Middle\n	High\n").encode()
    )
    assert moved["High"] != before["High"]


@pytest.mark.parametrize("rule", ["1 << iota", "iota + 1"])
def test_another_rule_gives_other_numbers(rule: str) -> None:
    assert (
        numbers_of(LEVELS.replace("= iota", f"= {rule}").encode())["High"]
        != numbers_of(LEVELS.encode())["High"]
    )


def test_constants_without_iota_are_not_numbered() -> None:
    assert numbers_of(b"package p\n\nconst (\n	A = iota\n	B = 7\n	C\n)\n").keys() == {"A"}


def test_a_type_that_became_narrower_is_named() -> None:
    count = (
        "package count\n\n// Count is how many there are.\ntype Count int\n"
        "\n// Of counts.\nfunc Of(xs []int) Count { return Count(len(xs)) }\n"
    )
    text = (
        f'package cart\n\nimport "{MODULE}/count"\n\nfunc Handle(xs []int) int {{\n	total := 0\n'
        "	for i := count.Of(xs) - 1; i >= 0; i-- {\n		total = total*3 + xs[i]\n	}\n	return total\n}\n"
    )
    history = Past({PATH: text, "count/count.go": count})
    guilty = history.edit("two bytes", "count/count.go", "type Count int", "type Count uint16")
    history.edit("base", PATH, "total*3", "total*7")
    found = handled(history, "index-out-of-range", ("Handle", "xs[i]"), numbers=(65535, 2))
    assert first(found) == guilty
    assert "uint16" in found.suspects[0].evidence[0].detail


def test_who_closes_a_channel_now_is_named_though_the_statement_only_moved() -> None:
    text = (
        "package cart\n\nfunc Handle(xs []int) {\n	out := make(chan int, 9)\n	for _, x := range xs {\n"
        "		send(out, x)\n	}\n	close(out)\n	drain(out)\n}\n\n"
        "func send(out chan<- int, x int) {\n	out <- x\n}\n\n"
        "func drain(in <-chan int) {\n	for range in {\n	}\n}\n"
    )
    history = Past({PATH: text})
    guilty = history.then(
        "by its sender",
        {
            PATH: text.replace("	close(out)\n", "").replace(
                "	out <- x\n", "	out <- x\n	close(out)\n"
            ),
        },
    )
    found = handled(history, "closed-channel", ("send", "out <- x"), ("Handle", "send(out, x)"))
    assert first(found) == guilty
    assert found.suspects[0].confidence > 0.9


def test_a_channel_without_room_is_the_other_side_of_a_deadlock() -> None:
    text = (
        'package cart\n\nimport "sync"\n\nfunc Handle(xs []int) {\n	var wg sync.WaitGroup\n	out := answers(len(xs))\n'
        "	for _, x := range xs {\n		wg.Add(1)\n		go func() {\n"
        "			defer wg.Done()\n			out <- x * 2\n		}()\n	}\n"
        "	wg.Wait()\n}\n\nfunc answers(n int) chan int {\n	return make(chan int, n)\n}\n"
    )
    history = Past({PATH: text})
    guilty = history.edit("no room", PATH, "make(chan int, n)", "make(chan int)")
    history.edit("more work", PATH, "x * 2", "x * 3")
    assert first(handled(history, "deadlock", ("Handle", "wg.Wait()"))) == guilty


def test_a_literal_divisor_is_not_what_was_zero() -> None:
    text = (
        "package cart\n\nfunc Handle(n, m int) int {\n	return part(n, m)\n}\n\n"
        "func part(some, whole int) int {\n	return 100 * some / whole\n}\n"
    )
    history = Past({PATH: text})
    guilty = history.edit(
        "both", PATH, "	return part(n, m)\n", "	return part(n, m) + part(m, n)\n"
    )
    history.edit("nearest", PATH, "100 * some / whole", "(100*some + whole/2) / whole")
    found = handled(history, "divide-by-zero", ("part", "whole/2"), ("Handle", "part(n, m)"))
    assert first(found) == guilty


def test_a_number_that_got_a_name_is_no_change() -> None:
    text = (
        "package cart\n\nfunc Handle(xs []int, n int) int {\n	if n > 30 {\n		return 0\n	}\n"
        "	return xs[n]\n}\n"
    )
    history = Past({PATH: text})
    history.edit("name", PATH, "	if n > 30 {", "	const most = 30\n	if n > most {")
    found = handled(history, "index-out-of-range", ("Handle", "xs[n]"), numbers=(3,))
    assert found.none > 0.9


def test_other_elements_explain_no_length() -> None:
    text = (
        "package cart\n\nfunc Handle(words []string) int {\n	var stack []int\n	for _, w := range words {\n"
        "		stack = append(stack, len(w))\n	}\n	return top(stack)\n}\n\n"
        "func top(xs []int) int {\n	last := len(xs) - 1\n	return xs[last]\n}\n"
    )
    history = Past({PATH: text})
    history.edit("heavier", PATH, "append(stack, len(w))", "append(stack, len(w)*len(w))")
    found = handled(
        history, "index-out-of-range", ("top", "xs[last]"), ("Handle", "top(stack)"), numbers=(1,)
    )
    assert found.none > 0.5


def test_a_lower_bound_on_a_length_makes_nothing_too_long() -> None:
    text = (
        'package cart\n\nimport "strings"\n\nfunc Handle(name string, n int) string {\n	if len(name) > 12 {\n'
        "		name = name[:12]\n	}\n	return pad(name)\n}\n\n"
        'func pad(name string) string {\n	return strings.Repeat(" ", 16-len(name)) + name\n}\n'
    )
    history = Past({PATH: text})
    guilty = history.edit(
        "large",
        PATH,
        "	return pad(name)\n",
        '	if n > 50 {\n		name = "LARGE " + name\n	}\n	return pad(name)\n',
    )
    history.then("shorter", {PATH: history.revisions[-1][PATH].replace("12", "11")})
    found = handled(history, "explicit", ("pad", "Repeat"), ("Handle", "pad(name)"), numbers=(17,))
    assert first(found) == guilty


def test_a_new_entry_of_a_table_opens_old_code() -> None:
    text = (
        'package cart\n\nvar commands = map[string]func([]int) int{\n	"sum": sum,\n}\n\n'
        "func Handle(name string, xs []int) int {\n	return commands[name](xs)\n}\n\n"
        "func sum(xs []int) int { return len(xs) }\n\nfunc head(xs []int) int {\n	return xs[0]\n}\n"
    )
    history = Past({PATH: text})
    guilty = history.edit(
        "head too", PATH, '	"sum": sum,\n', '	"sum":  sum,\n	"head": head,\n'
    )
    found = handled(
        history, "index-out-of-range", ("head", "xs[0]"), ("Handle", "commands[name]"), numbers=(0,)
    )
    assert first(found) == guilty
    assert "head is reached" in found.suspects[0].evidence[0].detail


def test_a_function_that_moved_in_its_package_is_compared_with_itself() -> None:
    text = (
        "package cart\n\nfunc Handle(xs []int, n int) int {\n	return at(xs, n)\n}\n\n"
        "func at(xs []int, n int) int {\n	found := 0\n	if n < len(xs) {\n"
        "		found = xs[n]\n	}\n	return found\n}\n"
    )
    history = Past({PATH: text})
    handle = text.partition("func at")[0]
    new = "package cart\n\nfunc at(xs []int, n int) int {\n	found := xs[len(xs)-1-n]\n	return found\n}\n"
    guilty = history.then("from the right", {PATH: handle, "cart/at.go": new})
    frames = (frame("at", "cart/at.go", 4), frame("Handle", PATH, 4))
    found = history.suspects(crash("index-out-of-range", frames, (2, 3)))
    assert first(found) == guilty
    assert found.suspects[0].confidence > 0.9


def test_a_key_that_is_gone_weighs_more_than_one_more_element() -> None:
    line = '[\n  {"name": "rich", "steps": [2, 7]}\n]\n'
    assert reshaped(line, line.replace("steps", "stages")) == 1.0
    assert reshaped(line, line.replace("[2, 7]", "[2, 7, 9]")) < 0.6


def test_objects_in_one_line_are_keys_with_values() -> None:
    line = "plans:\n  - {name: rich, steps: [2, 7]}\n"
    found = {(s.key, s.above, s.old, s.new) for s in settings(line, line.replace("[2, 7]", "[]"))}
    assert found == {("steps", ("plans",), "[2, 7]", "[]")}
