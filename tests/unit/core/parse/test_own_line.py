"""Lines of our own Go packages: builds, and who tells of a panic twice. The texts are real (own/README.md)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from streams.core.parse.assemble import close, feed
from streams.core.parse.own_line import build_of, retold
from streams.core.parse.record import Assembled, AssemblerState
from streams.core.parse.structured import read_log_line
from streams.core.parse.traceback import parse_traceback
from streams.model.crash import Build
from streams.model.events import LogLines

_TEXTS = Path(__file__).with_name("own")


def _records(name: str) -> list[Assembled]:
    data = (_TEXTS / name).read_text()
    read = feed(AssemblerState(), LogLines(input="i", data=data, line=1))
    _, ended = close(read.state, resumable=False)
    found = [each for each in (*read.found, *ended) if isinstance(each, Assembled)]
    return sorted(found, key=lambda each: each.line)


def test_a_panic_that_went_on_is_told_by_the_middleware_and_by_the_server_in_the_same_words() -> (
    None
):
    told = [retold(record.text) for record in _records("repanic.txt")]
    assert [each.by for each in told if each] == ["middleware", "server"] * 2
    first, again, second, second_again = (each.common for each in told if each)
    assert first == again
    assert second == second_again
    assert first != second
    # The frames from the handler on, with the goroutine that they are of.
    assert first.splitlines()[1].startswith(
        "main.ship panictrail.dev/go/crashhook/testdata/web/main.go:"
    )
    assert first.splitlines()[0].isdecimal()


def test_what_is_printed_of_arguments_does_not_count() -> None:
    line, server, *_ = _records("repanic.txt")
    moved = server.text.replace("(0x", "(0x1")
    assert moved != server.text
    assert getattr(retold(moved), "common", "") == getattr(retold(line.text), "common", None)


def test_a_panic_that_ended_the_program_is_told_once() -> None:
    _, server, *_ = _records("repanic.txt")
    stack = server.text[server.text.index("goroutine ") :]
    for head in ("panic: x [recovered, repanicked]\n\n", "fatal error: x\n\n"):
        assert retold(head + stack) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "goroutine 1 [running]:\nmain.main()\n\t/src/main.go:1 +0x1\n",
        "the package /httpmw. is in it",
        "goroutine 1 [running]:\na/httpmw.(*middleware).ServeHTTP()\n\t/src/a.go:1 +0x1\n",
        "goroutine 1 [running]:\npanic({0x1, 0x2})\n\t/p.go:1 +0x1\na/httpmw.panicAgain(0x1)\n\t/src/a.go:1 +0x1\n",
    ],
)
def test_other_texts_are_no_half_of_a_pair(text: str) -> None:
    assert retold(text) is None


def test_a_line_states_its_build() -> None:
    (record,) = _records("answer.txt")
    build = record.build
    assert (build.module, build.goarch, build.mode, build.trimpath) == (
        "panictrail.dev/go", "amd64", "exe", True,
    )  # fmt: skip
    assert build.go is not None
    assert build.go.startswith("1.26")


@pytest.mark.parametrize(
    "value",
    [
        {"build": {"go": "1.26"}},
        {"panictrail": 1},
        {"panictrail": 1, "build": 17},
        {"panictrail": 1, "build": {"go": 17, "modified": "yes", "label": "x"}},
    ],
)
def test_what_states_no_build(value: dict[str, object]) -> None:
    assert build_of(value) == Build()


def test_the_chain_stands_beside_the_stack_of_a_panic() -> None:
    (record,) = _records("answer.txt")
    assert [(link.type, link.message) for link in record.errors] == [
        ("*fmt.wrapError", "ship order 17: open /labels/17: permission denied"),
        ("*fs.PathError", "open /labels/17: permission denied"),
        ("*errors.errorString", "permission denied"),
    ]


def test_a_stack_with_the_labels_of_go_1_27_is_found_in_its_field() -> None:
    line, server = _records("labels-go1.27.txt")
    labels = {"request_id": "r-17", "trace_id": "0af7651916cd43dd8448eb211c80319c"}
    for record in (line, server):
        (goroutine,) = parse_traceback(record.text, record.message).goroutines
        assert goroutine.labels == labels
        assert "main.ship" in [frame.function for frame in goroutine.frames]
    assert getattr(retold(line.text), "common", "") == getattr(retold(server.text), "common", None)


@pytest.mark.parametrize("state", ['[running labels:{"a": "1"}]', '[running] {a: "b c"}'])
def test_labels_do_not_hide_a_stack_in_a_value_of_logfmt(state: str) -> None:
    stack = f"goroutine 7 {state}:\nmain.main()\n\t/src/main.go:1 +0x1\n"
    found = read_log_line(f"level=error msg=m stack={json.dumps(stack)}")
    assert found is not None
    assert found.text == stack
