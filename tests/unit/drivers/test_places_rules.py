"""Rules of placing on folders of a few Go files: helpers of one caller, functions that run once."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from streams.drivers.places import PlaceFacts
from streams.model.crash import Build
from streams.model.message import decode
from streams.model.place import Placed, PlaceFrame, PlaceKey, place_request
from streams.model.step import Present

TREE = """\
package tree

func member[T any](node any, key string) T {
\treturn node.(map[string]any)[key].(T)
}

func Show(text string) string {
\tnode := parse(text)
\tname := member[string](node, "name")
\tsize := member[float64](node, "size")
\treturn fmt.Sprint(name, size)
}
"""
PICK = """\
package pick

func at[K comparable, V any](rows map[K][]V, key K, n int) V {
\treturn rows[key][n]
}

func Show(in Input) string {
\tif in.N > 5 {
\t\treturn at(map[int][]string{in.ID: {"a", "b"}}, in.ID, 2+in.N)
\t}
\treturn fmt.Sprint(at(map[string][]int{in.Name: {1}}, in.Name, 1+in.N))
}
"""
ONCE = """\
package rates

var table = sync.OnceValue(func() map[string]int {
\tfields := strings.Fields(text)
\treturn map[string]int{fields[0]: len(fields[1])}
})

var limit = sync.OnceValue(most)

func most() int {
\treturn highest[len(highest)-1]
}

func Quote(country string) int {
\treturn table()[country]
}

func Receipt(country string) int {
\tprices := table()
\treturn prices[country]
}

func Check(count int) bool {
\treturn count < limit()
}
"""


def places(
    folder: Path, text: str, failure: str, *stacks: tuple[tuple[str, str], ...]
) -> list[Placed]:
    """The place of each stack: frames as function and the beginning of the line in the only file."""
    package = text.split()[1]
    (folder / package).mkdir(parents=True)
    (folder / package / "file.go").write_text(text)
    (folder / "go.mod").write_text("module example.com/shop\n\ngo 1.21\n")
    found = []
    with closing(PlaceFacts({"shop": folder})) as facts:
        for stack in stacks:
            frames = tuple(
                PlaceFrame(
                    f"example.com/shop/{package}.{function}",
                    f"/build/shop/{package}/file.go",
                    text[: text.index(line)].count("\n") + 1,
                    f"example.com/shop/{package}",
                )
                for function, line in stack
            )
            fact = facts.resolve(place_request(PlaceKey(Build(), failure, "panic", frames)))
            assert isinstance(fact, Present), fact
            found.append(decode(fact.data, Placed))
    return found


def test_one_caller_that_asks_for_things_by_their_names_uses_a_helper(tmp_path: Path) -> None:
    failed = ("member[...]", "return node")
    name, size = places(
        tmp_path,
        TREE,
        "type-assertion",
        (failed, ("Show", "name :=")),
        (failed, ("Show", "size :=")),
    )
    assert (name.frame, size.frame) == (1, 1)
    assert name.statement != size.statement


def test_one_caller_that_hands_on_what_it_was_handed_uses_a_function_of_its_own(
    tmp_path: Path,
) -> None:
    failed = ("at[...]", "return rows")
    one, other = places(
        tmp_path,
        PICK,
        "index-out-of-range",
        (failed, ("Show", "return at(")),
        (failed, ("Show", "return fmt")),
    )
    assert (one.frame, other.frame) == (0, 0)
    assert one.statement == other.statement


def test_what_runs_once_fails_at_one_place_for_whoever_calls_it_later(tmp_path: Path) -> None:
    first, quote, receipt = places(
        tmp_path,
        ONCE,
        "index-out-of-range",
        (("init.func1", "return map[string]int"), ("Quote", "return table")),
        (("Quote", "return table"),),
        (("Receipt", "prices :="),),
    )
    assert first.statement == quote.statement == receipt.statement
    assert any("runs once" in why for why in receipt.reasons)


def test_a_function_that_a_variable_runs_once_is_the_place(tmp_path: Path) -> None:
    first, later = places(
        tmp_path,
        ONCE,
        "index-out-of-range",
        (("most", "return highest"), ("Check", "return count")),
        (("Check", "return count"),),
    )
    assert first.function == later.function == "example.com/shop/rates.most"
    assert first.statement == later.statement
