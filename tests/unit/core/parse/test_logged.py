"""What the lines above a goroutine block say of the panic."""

from __future__ import annotations

import pytest

from streams.core.parse.logged import read_logged


@pytest.mark.parametrize(
    ("before", "value"),
    [
        (["panic recovered: boom"], "boom"),
        (["2026/11/23 08:26:41 recovered: runtime error: x"], "runtime error: x"),
        (["[PANIC] boom"], "boom"),
        (["[PANIC RECOVER] boom"], "boom"),
        (["[recovery] panic recovered: GET /cart", "&{22 acme}"], "&{22 acme}"),
        (["recovered from panic: a", "b"], "a\nb"),
        (['E1123 08:38:29.1 1 panic.go:336] "Observed a panic" panic="a \\"b\\""'], 'a "b"'),
        (["panic, error=boom"], "boom"),
        (["a panic button"], None),
        (["connection refused"], None),
        ([], None),
    ],
)
def test_the_value_is_found_where_the_line_states_one(before: list[str], value: str | None) -> None:
    assert read_logged(before).value == value


def test_without_a_word_of_panic_the_last_line_is_the_message() -> None:
    assert read_logged(["a", "2026/11/23 08:26:41 dumping stacks", ""]).line == "dumping stacks"
