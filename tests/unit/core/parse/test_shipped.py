"""Records of Vector and Fluent Bit: whose line it is, and crashes through them, line by line, joined, in turn."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import orjson
import pytest

from streams.core.parse.assemble import close, feed
from streams.core.parse.prefix import every_line, split_prefix
from streams.core.parse.record import Assembled, AssemblerState, InputObject
from streams.core.parse.shipped import joined, looks_shipped, read_shipped, unjoined
from streams.core.parse.traceback import parse_traceback
from streams.model.events import LogLines
from tests.golden.cases import texts
from tests.shipping import (
    IMAGE,
    OTHER_WRAPS,
    PARTS,
    WRAPS,
    Container,
    Part,
    Wrap,
    azure,
    docker_fluentd,
    fluent_bit,
    loki,
    otlp,
    time_of,
    vector,
    vector_docker,
)

ONE, TWO = Container("c0ffee0000000001"), Container("c0ffee0000000002")
LOG = "2026/11/23 08:45:46 INFO request done path=/cart status=200"
PLAIN = tuple(text for text in texts() if not (text.wrapped or text.name.startswith("shape-")))
SHAPED = tuple(text for text in texts() if text.name.startswith("shape-"))
every_other_wrap = pytest.mark.parametrize("wrap", OTHER_WRAPS.values(), ids=OTHER_WRAPS)
every_part = pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)
every_wrap = pytest.mark.parametrize("wrap", WRAPS.values(), ids=WRAPS)


def records(lines: list[str]) -> list[Assembled]:
    """The records of an input with these lines."""
    data = "".join(line + "\n" for line in lines)
    read = feed(AssemblerState(), LogLines(input="a", data=data))
    _, rest = close(read.state, resumable=False)
    return [found for found in (*read.found, *rest) if isinstance(found, Assembled)]


def wrapped(wrap: Wrap, container: Container, text: str, end: str = "") -> list[str]:
    return [wrap(container, line + end, n) for n, line in enumerate(text.splitlines())]


@every_wrap
def test_a_record_says_whose_line_it_is(wrap: Wrap) -> None:
    (line,) = read_shipped(wrap(ONE, "panic: x", 7))
    assert (line.payload, line.stream, line.output) == ("panic: x", ONE.stream, "stderr")
    assert line.container == "checkout"
    unlabelled = wrap in (docker_fluentd, azure)
    assert line.service == ("checkout" if unlabelled else "shop")
    assert line.host == (None if wrap is docker_fluentd else "node-7")
    alone = wrap in (vector_docker, docker_fluentd)
    assert (line.pod, line.namespace) == ((None, None) if alone else (ONE.pod, ONE.namespace))
    assert line.image == (None if wrap in (docker_fluentd, azure) else IMAGE)
    assert line.trace == ("5b8efff798038103d269b633813fc60c" if wrap is otlp else None)


def test_all_shippers_name_one_container_and_its_times_alike() -> None:
    lines = [split_prefix(wrap(ONE, "x", 1)) for wrap in WRAPS.values()]
    assert {line.stream for line in lines} == {ONE.stream}
    assert {line.time for line in lines} == {time_of(1), ""}


def test_a_pod_without_a_container_id_is_told_by_its_uid_and_the_name_of_the_container() -> None:
    value = orjson.loads(vector(ONE, "x", 1))
    del value["kubernetes"]["container_id"]
    (line,) = read_shipped(orjson.dumps(value).decode())
    assert line.stream == f"{ONE.uid}/checkout/stderr"


def test_without_labels_the_service_is_the_container() -> None:
    value = orjson.loads(fluent_bit(ONE, "x", 1))
    del value["kubernetes"]["labels"]
    (line,) = read_shipped(orjson.dumps(value).decode())
    assert line.service == "checkout"


def test_a_time_as_a_number_is_kept_as_it_was_written() -> None:
    value = orjson.loads(fluent_bit(ONE, "x", 1))
    del value["time"]
    value["@timestamp"] = 1795514706.123457
    (line,) = read_shipped(orjson.dumps(value).decode())
    assert line.time == "1795514706.123457"


@pytest.mark.parametrize(
    "line",
    [
        "panic: x",
        "{}",
        '{"message":"panic: x"}',
        '{"message":"panic: x","kubernetes":{}}',
        '{"message":7,"kubernetes":{"container_id":"c"}}',
        '{"message":"x","kubernetes":"c"}',
        '{"log":"panic: x","stream":"stderr"}',
        '{"log":"panic: x","stream":"main","time":"t"}',
        '{"message":"panic: x","file":"main.go","source_type":"app"}',
        '{"streams":[{"stream":{},"values":[["1"],7]}]}',
        '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"intValue":1}}]}]}]}',
        '{"MESSAGE":[1,"x"],"CONTAINER_NAME":"a"}',
        '{"message":"panic: x","container_id":""}',
        '{"message":"panic: x","container_id":"c"',
        '["kubernetes"]',
        '{"kubernetes":{"docker_id":7},"log":"x"}',
    ],
)
def test_what_names_no_container_is_no_record_of_a_shipper(line: str) -> None:
    assert read_shipped(line) == ()
    assert split_prefix(line).shape == "plain"


@every_wrap
def test_every_golden_text_is_the_same_through_a_shipper_line_by_line(wrap: Wrap) -> None:
    """Whatever the shipper leaves of the line's end."""
    ends = itertools.cycle(("", "\n", "\r\n", "\r"))
    for text, end in zip(PLAIN, ends, strict=False):
        plain = text.data.decode("utf-8", "replace")
        expected = [record.text for record in records(plain.splitlines())]
        found = records(wrapped(wrap, ONE, plain, end))
        assert [record.text for record in found] == expected, text.name
        assert {record.origin.stream for record in found} <= {ONE.stream}


@every_wrap
@pytest.mark.parametrize("end", ["", "\n"])
def test_an_event_that_the_shipper_joined_gives_the_same(
    wrap: Wrap, end: str, every_text: dict[str, str]
) -> None:
    for name, text in every_text.items():
        expected = [record.text for record in records(text.splitlines())]
        found = records([wrap(ONE, text.removesuffix("\n") + end, 1)])
        assert [record.text for record in found] == expected, name
        assert {record.line for record in found} == {1}


@every_wrap
def test_a_crash_that_was_joined_in_part_is_whole(
    wrap: Wrap, crash_text: Callable[[str], str]
) -> None:
    """What the Go rule of Fluent Bit makes of a generic frame: the head joined, the rest line by line."""
    lines = crash_text("generic").splitlines(keepends=True)
    head = wrap(ONE, "".join(lines[:3]), 1)
    rest = wrapped(wrap, ONE, "".join(lines[3:]))
    (record,) = records([head, *rest])
    assert record.text == crash_text("generic")


def test_a_recovered_panic_is_found_with_the_log_line_above_it(
    crash_text: Callable[[str], str],
) -> None:
    """In the same event, in the event before, and with lines of other containers in between."""
    text = crash_text("middleware")
    lines = text.splitlines()
    others = [vector(TWO, LOG, n) for n in range(10)]
    mixed = [line for own in wrapped(vector, ONE, text) for line in (own, *others)]
    expected = [record.text for record in records(lines)]
    assert [record.text for record in records([vector(ONE, text, 1)])] == expected
    halves = [vector(ONE, "\n".join(half), 1) for half in (lines[:1], lines[1:])]
    assert [record.text for record in records(halves)] == expected
    assert [record.text for record in records(mixed)] == expected


def test_containers_in_turn_are_told_apart_and_their_outputs_too(
    every_text: dict[str, str],
) -> None:
    names = [Container(f"c0ffee{n:08x}") for n in range(len(every_text))]
    queues = [
        wrapped(tuple(WRAPS.values())[n % len(WRAPS)], name, text)
        for n, (name, text) in enumerate(zip(names, every_text.values(), strict=True))
    ]
    stdout = [vector(Container(name.id, output="stdout"), LOG, n) for n, name in enumerate(names)]
    mixed = [
        line
        for row in itertools.zip_longest(*queues)
        for n, line in enumerate(row)
        if line is not None
        for line in (line, stdout[n])
    ]
    found = {record.origin.stream: record.text for record in records(mixed)}
    for name, text in zip(names, every_text.values(), strict=True):
        assert found[name.stream] == records(text.splitlines())[-1].text


def test_ordinary_lines_of_others_are_passed_over_while_a_record_is_open() -> None:
    """They are counted, and the format is said; a mark in the raw line is all that is looked for."""
    lines = [vector(ONE, "panic: x", 1), *(vector(TWO, LOG, n) for n in range(500))]
    data = "".join(line + "\n" for line in lines)
    read = feed(AssemblerState(), LogLines(input="a", data=data))
    assert (read.lines, read.formats) == (501, {"vector": 501})
    assert set(read.state.open) == {ONE.stream}


def test_a_json_log_line_inside_a_record_gives_its_crash_and_its_context() -> None:
    stack = "goroutine 7 [running]:\nmain.f()\n\t/src/main.go:9 +0x1\n"
    inner = orjson.dumps({"level": "error", "err": "boom", "stack": stack, "path": "/cart"})
    (record,) = records([fluent_bit(ONE, inner.decode() + "\n", 1)])
    assert (record.text, record.message, record.origin.stream) == (stack, "boom", ONE.stream)
    assert record.context.http_path == "/cart"
    assert record.origin.source.pod == ONE.pod


def test_a_record_whose_log_was_merged_keeps_its_container() -> None:
    """Fluent Bit with Merge_Log and without Keep_Log."""
    value = orjson.loads(fluent_bit(ONE, "", 1))
    del value["log"]
    stack = "goroutine 7 [running]:\nmain.f()\n\t/src/main.go:9 +0x1\n"
    (record,) = records([orjson.dumps({**value, "msg": "boom", "stack": stack}).decode()])
    assert (record.text, record.origin.stream) == (stack, ONE.stream)


def test_an_input_event_that_a_program_printed_is_one() -> None:
    event = '{"kind":"git.push","delivery_id":"d","repo":"r"}'
    data = vector(TWO, LOG, 1) + "\n" + vector(ONE, event, 2) + "\n"
    (found,) = feed(AssemblerState(), LogLines(input="a", data=data)).found
    assert isinstance(found, InputObject)
    assert (found.topic, found.line) == ("git.pushed", 2)


@pytest.mark.parametrize("text", ["a\nb", "", "\n", 'q"uo\\te\n\u2028', "\U0010fe80\n\0"])
def test_lines_that_arrived_as_one_come_back(text: str) -> None:
    line = joined(text)
    assert "\n" not in line
    assert looks_shipped(line)
    assert unjoined(line) == text
    assert [part.payload for part in every_line(line)] == [
        part.rstrip("\r") for part in text.split("\n")
    ]


@pytest.mark.parametrize(
    "line", ["", "panic", '{"panictrail.joined":7}', '{"panictrail.joined":"x","y":1}']
)
def test_other_lines_are_not_joined_ones(line: str) -> None:
    assert unjoined(line) is None


def test_joined_lines_may_be_records_of_shippers_themselves() -> None:
    inside = "\n".join((vector(ONE, "one", 1), fluent_bit(TWO, "two\nthree", 1), "four"))
    assert [(line.stream, line.payload) for line in every_line(joined(inside))] == [
        (ONE.stream, "one"),
        (TWO.stream, "two"),
        (TWO.stream, "three"),
        ("", "four"),
    ]


@every_wrap
def test_what_is_parsed_is_the_same(wrap: Wrap, every_text: dict[str, str]) -> None:
    for name, text in every_text.items():
        (record, *_) = records(wrapped(wrap, ONE, text))
        (plain, *_) = records(text.splitlines())
        assert parse_traceback(record.text).goroutines == parse_traceback(plain.text).goroutines, (
            name
        )


@every_wrap
def test_files_of_one_shipper_are_read_behind_another(wrap: Wrap) -> None:
    """As of Vector's file source on a node where Docker or containerd writes the files."""
    for text in SHAPED:
        # An entry of many lines is one only in a file of its own.
        if text.name.startswith("shape-journald/export"):
            continue
        plain = text.data.decode()
        expected = records(plain.splitlines())
        found = records(wrapped(wrap, ONE, plain))
        assert [record.text for record in found] == [record.text for record in expected], text.name
        for one, other in zip(expected, found, strict=True):
            assert other.origin.stream.startswith(ONE.stream)
            assert other.origin.source.pod == (one.origin.source.pod or other.origin.source.pod)


# ---- shapes that do not name the container by its id


@every_other_wrap
def test_every_golden_text_is_the_same_in_whatever_shape(wrap: Wrap) -> None:
    for text in PLAIN:
        plain = text.data.decode("utf-8", "replace")
        expected = [record.text for record in records(plain.splitlines())]
        found = records(wrapped(wrap, ONE, plain))
        assert [record.text for record in found] == expected, text.name
        assert len({record.origin.stream for record in found}) <= 1
        assert {record.origin.source.stream for record in found} <= {"stderr", None}


def test_a_push_holds_lines_of_many_streams_in_their_order(
    crash_text: Callable[[str], str],
) -> None:
    """And a dump that arrives in blocks of 128 lines is one."""
    one, two = (crash_text("generic").splitlines(), crash_text("middleware").splitlines())
    bodies = []
    for start in range(0, max(len(one), len(two)), 4):
        streams = []
        for container, lines in ((ONE, one), (Container("c", pod="other"), two)):
            parts = [orjson.loads(loki(container, line, 1)) for line in lines[start : start + 4]]
            values = [part["streams"][0]["values"][0] for part in parts]
            labels = orjson.loads(loki(container, "", 1))["streams"][0]["stream"]
            streams.append({"stream": labels, "values": values})
        bodies.append(orjson.dumps({"streams": streams}).decode())
    found = {record.origin.source.pod: record.text for record in records(bodies)}
    expected = [records(lines)[0].text for lines in (one, two)]
    assert [found[ONE.pod], found["other"]] == expected


def test_a_stack_in_the_attributes_of_a_log_record_is_a_crash() -> None:
    """As OpenTelemetry's bridges write a recovered panic."""
    stack = "goroutine 7 [running]:\nmain.f()\n\t/src/main.go:9 +0x1\n"
    body = orjson.loads(otlp(ONE, "recovered", 1))
    record = body["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0]
    record["attributes"] += [
        {"key": "exception.stacktrace", "value": {"stringValue": stack}},
        {"key": "exception.message", "value": {"stringValue": "boom"}},
    ]
    (found,) = records([orjson.dumps(body).decode()])
    assert (found.text, found.origin.stream) == (stack, ONE.stream)
    assert found.context.trace_id == "5b8efff798038103d269b633813fc60c"
    assert found.context.attributes["container.image.name"] == IMAGE


# ---- lines in parts


@every_part
def test_a_line_in_parts_is_one_line(part: Part, crash_text: Callable[[str], str]) -> None:
    """Cut where Docker and the CRI cut, amid whole lines of the crash and of another container."""
    long = "panic: payload=" + "x" * 40_000 + "\n"
    text = long + crash_text("generic").split("\n", 1)[1]
    lines: list[str] = []
    for number, line in enumerate(text.splitlines()):
        cut = [line[at : at + 16_384] for at in range(0, len(line), 16_384)] or [""]
        for at, piece in enumerate(cut):
            lines.append(part(ONE, piece, number * 10 + at, last=at == len(cut) - 1))
            lines.append(vector(TWO, LOG, number))
    (found,) = records(lines)
    assert found.text == text
    assert (found.line, found.last) == (1, len(lines) - 1)
    for cut_at in range(1, len(lines), 3):
        first = feed(
            AssemblerState(), LogLines(input="a", data="".join(f"{x}\n" for x in lines[:cut_at]))
        )
        rest = "".join(f"{x}\n" for x in lines[cut_at:])
        second = feed(first.state, LogLines(input="a", data=rest, line=cut_at + 1))
        _, ended = close(second.state, resumable=False)
        assert [*first.found, *second.found, *ended] == [found]


@every_part
def test_a_json_line_in_parts_gives_its_crash(
    part: Part,
) -> None:
    stack = "goroutine 7 [running]:\nmain.f()\n\t/src/main.go:9 +0x1\n"
    line = orjson.dumps({"msg": "boom", "pad": "y" * 17_000, "stack": stack}).decode()
    (found,) = records(
        [part(ONE, line[:16_384], 1, last=False), part(ONE, line[16_384:], 2, last=True)]
    )
    assert found.text == stack


@every_part
def test_a_line_whose_rest_never_comes_is_kept(part: Part) -> None:
    """The disk was full, the node died: there is the beginning of the panic value, and no more."""
    text = "panic: " + "z" * 16_384
    (found,) = records([vector(TWO, LOG, 1), part(ONE, text, 2, last=False)])
    assert (found.text, found.line, found.last) == (f"{text}\n", 2, 2)


# ---- lines that come twice, or in the wrong order

TIMED = {
    name: wrap for name, wrap in {**WRAPS, **OTHER_WRAPS}.items() if wrap is not docker_fluentd
}
every_timed = pytest.mark.parametrize("wrap", TIMED.values(), ids=TIMED)


@every_timed
def test_two_lines_that_changed_places_are_put_back(wrap: Wrap, every_text: dict[str, str]) -> None:
    """Any two neighbours behind the first line of a crash, wherever the state is cut."""
    for name, text in every_text.items():
        lines = wrapped(wrap, ONE, text)
        (expected, *_) = records(lines)
        for at in range(1, min(len(lines), 40) - 1):
            swapped = [*lines[:at], lines[at + 1], lines[at], *lines[at + 2 :]]
            if expected.line > 1 or not text.splitlines()[0].startswith(
                ("panic: ", "fatal error: ")
            ):
                continue
            found = records(swapped)
            assert [record.text for record in found] == [expected.text], (name, at)
            cut = [
                "".join(f"{x}\n" for x in part) for part in (swapped[: at + 1], swapped[at + 1 :])
            ]
            first = feed(AssemblerState(), LogLines(input="a", data=cut[0]))
            second = feed(first.state, LogLines(input="a", data=cut[1], line=at + 2))
            _, ended = close(second.state, resumable=False)
            assert [*first.found, *second.found, *ended] == found


@every_timed
def test_lines_that_a_shipper_sends_again_are_taken_once(
    wrap: Wrap, every_text: dict[str, str]
) -> None:
    """One by one, and as a block."""
    for name, text in every_text.items():
        lines = wrapped(wrap, ONE, text)
        expected = [record.text for record in records(lines)]
        twice = [again for line in lines for again in (line, line)]
        # A line that is a crash by itself comes twice, with one id (law 3).
        once = {(record.origin.time, record.text): record for record in records(twice)}
        assert [record.text for record in once.values()] == expected, name
        if len(expected) == 1 and len(lines) < 2000:
            assert [record.text for record in records([*lines, *lines[1:]])] == expected, name


def test_the_same_line_at_another_time_is_another_line() -> None:
    """A recursion writes the same frames again and again."""
    frame = ["main.f(...)", "\t/src/main.go:9 +0x1"]
    text = [
        "panic: x",
        "",
        "goroutine 1 [running]:",
        *frame * 50,
        "main.main()",
        "\t/src/main.go:3 +0x1",
    ]
    (found,) = records(wrapped(vector, ONE, "\n".join(text)))
    assert found.text.splitlines() == text
    (found,) = records([vector(ONE, "\n".join(text), 1)])
    assert found.text.splitlines() == text


def test_values_nested_without_end_do_no_harm() -> None:
    """Deeper than Python's own stack; and numbers that are no bytes."""
    body = '{"kvlistValue":{"values":[{"key":"a","value":' * 200 + "{}" + "}]}}" * 200
    line = '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":' + body + "}]}]}]}"
    (found,) = read_shipped(line)
    assert found.shape == "otlp"
    assert read_shipped('{"MESSAGE":[1e400,99999999999999999999],"CONTAINER_NAME":"a"}') == ()
    assert (
        read_shipped('{"MESSAGE":[112,97,110,105,99],"CONTAINER_NAME":"a"}')[0].payload == "panic"
    )
