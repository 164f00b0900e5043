"""journald's export format: the crashes of `-o json`, wherever the text is cut; what is no entry is lines."""

from __future__ import annotations

import struct
from itertools import pairwise
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.parse import exported
from streams.core.parse.assemble import close, feed
from streams.core.parse.exported import HELD, Entries
from streams.core.parse.record import Assembled, AssemblerState
from streams.core.parse.resume import Resume, first_above, first_needed, resumed
from streams.core.parse.shipped import unjoined
from streams.model.events import LogLines
from streams.model.text import from_bytes
from tests.embedded import run
from tests.golden.cases import texts

PLAIN = tuple(text for text in texts() if not (text.wrapped or text.name.startswith("shape-")))
CRASH = (
    "panic: assignment to entry in nil map\n\ngoroutine 7 [running]:\nmain.add(0x1)\n\t/src/a.go:7 +0x1d\n"
    "main.main()\n\t/src/a.go:20 +0x2a\n"
)
# An empty line is no value in a journal.
LINES = [line for line in CRASH.splitlines() if line]
SHOWN = "".join(f"{line}\n" for line in LINES)
FIRST_MICROSECOND = 1_793_955_600_000_000


def fields(unit: str, number: int) -> dict[str, bytes]:
    named = {
        "__CURSOR": f"s=1;i={number:x}",
        "__REALTIME_TIMESTAMP": str(FIRST_MICROSECOND + number),
        "_BOOT_ID": "6b2c8a1de3f04d0fa8d96d2f5f5c1e1a",
        "_HOSTNAME": "node-7",
        "_SYSTEMD_UNIT": f"{unit}.service",
        "SYSLOG_IDENTIFIER": unit,
        "_PID": "4711",
    }
    return {name: value.encode() for name, value in named.items()}


def value(name: str, data: bytes, *, length: int | None = None) -> bytes:
    """A field as it is written where its value is not clean."""
    size = len(data) if length is None else length
    return name.encode() + b"\n" + struct.pack("<Q", size) + data + b"\n"


def entry(
    text: bytes | str, number: int, *, unit: str = "shop", at: int = 7, binary: bool = False
) -> bytes:
    """An entry with its text as the field at this place, behind the two that are always the first."""
    data = text.encode() if isinstance(text, str) else text
    message = value("MESSAGE", data) if binary else b"MESSAGE=" + data + b"\n"
    made = [name.encode() + b"=" + item + b"\n" for name, item in fields(unit, number).items()]
    return b"".join((*made[:at], message, *made[at:], b"\n"))


def entries(lines: list[str], **how: object) -> bytes:
    return b"".join(entry(line, n, **how) for n, line in enumerate(lines))  # type: ignore[arg-type]  # of entry


def as_json(lines: list[str], unit: str = "shop") -> list[str]:
    made = []
    for number, line in enumerate(lines):
        named = {name: item.decode() for name, item in fields(unit, number).items()}
        made.append(orjson.dumps({**named, "MESSAGE": line}).decode())
    return made


def found_in(*runs: str, name: str = "") -> list[Assembled]:
    """The records of an input in runs of whole lines."""
    state, number, found = AssemblerState(), 1, list[object]()
    for data in runs:
        read = feed(state, LogLines(input="a", data=data, line=number, format=name))
        state, number = read.state, number + read.lines
        found += read.found
    _, rest = close(state, resumable=False)
    return [each for each in (*found, *rest) if isinstance(each, Assembled)]


def records(data: bytes, name: str = "") -> list[Assembled]:
    return found_in(from_bytes(data), name=name)


def told(found: list[Assembled]) -> list[tuple[object, ...]]:
    """All but the numbers of the lines."""
    return [(one.text, one.origin, one.message, one.context) for one in found]


def divided(data: bytes, cuts: list[int]) -> list[str]:
    lines = from_bytes(data).split("\n")
    kept = [f"{line}\n" for line in lines[:-1]] + [line for line in lines[-1:] if line]
    edges = sorted({0, len(kept), *(cut % (len(kept) + 1) for cut in cuts)})
    return ["".join(kept[a:b]) for a, b in pairwise(edges)]


@pytest.mark.parametrize("binary", [False, True], ids=["text", "length"])
@pytest.mark.parametrize("at", [2, 5, 7])
def test_every_golden_text_is_the_same_in_both_formats(*, binary: bool, at: int) -> None:
    for text in PLAIN:
        lines = [line for line in text.data.decode("utf-8", "replace").splitlines() if line]
        whole = records(entries(lines, at=at, binary=binary))
        assert told(whole) == told(found_in("".join(f"{x}\n" for x in as_json(lines)))), text.name


@pytest.mark.parametrize("name", ["", "journald-export"])
def test_an_entry_says_whose_line_it_is(name: str) -> None:
    (found,) = records(entries(LINES), name)
    assert (found.text, found.line, found.last) == (SHOWN, 1, 9 * len(LINES))
    assert (found.origin.stream, found.origin.source.service) == ("shop/4711/node-7", "shop")
    assert found.origin.time == "2026-11-06T09:00:00.000000000Z"
    assert found.origin.source.host == "node-7"


def test_the_format_that_was_named_is_the_only_one() -> None:
    assert records(entries(LINES), "journald-json") == []
    assert found_in("".join(f"{x}\n" for x in as_json(LINES)), name="journald-export") == []


def test_lines_of_a_program_that_come_in_parts_are_joined() -> None:
    more = b"CONTAINER_NAME=/shop\nCONTAINER_PARTIAL_MESSAGE=true\n\n"
    text = f"panic: {'z' * 20_000}"
    first = entry(text[:16_384], 0).removesuffix(b"\n") + more
    rest = entry(text[16_384:], 1).removesuffix(b"\n") + b"CONTAINER_NAME=/shop\n\n"
    data = first + rest
    for cut in range(1, data.count(b"\n")):
        (found,) = found_in(*divided(data, [cut]))
        assert (found.text, found.line, found.last) == (f"{text}\n", 1, 21)
        assert found.origin.source.container == "shop"


def test_colours_carriage_returns_and_foreign_bytes_are_read_by_their_length() -> None:
    painted = [f"\x1b[31m{line}\x1b[0m\r" for line in LINES]
    assert [one.text for one in records(entries(painted, binary=True))] == [SHOWN]
    (found,) = records(
        entry(b"panic: \xff\xc3\n\ngoroutine 1 [running]:\nmain.f()", 1, binary=True)
    )
    assert found.text.startswith(from_bytes(b"panic: \xff\xc3\n"))


@pytest.mark.parametrize("size", [10, 13, 0x0A0A, 0xA9C3])
def test_a_length_may_hold_line_ends_and_what_looks_like_letters(size: int) -> None:
    filled = value("COREDUMP_PROC_MAPS", b"\n\xf0\x00=" * (size // 4) + b"\n" * (size % 4))
    data = b"".join(
        entry(line, n).removesuffix(b"\n") + filled + b"\n" for n, line in enumerate(LINES)
    )
    assert [one.text for one in records(data)] == [SHOWN]


def test_a_value_may_hold_what_looks_like_an_entry() -> None:
    inner = value("STDERR", entries(LINES, unit="forged"))
    made = [entry(line, n).removesuffix(b"\n") + inner + b"\n" for n, line in enumerate(LINES)]
    assert {one.origin.stream for one in records(b"".join(made))} == {"shop/4711/node-7"}


def mixed() -> bytes:
    """Every kind of entry between plain lines and records in JSON."""
    plain = CRASH.encode() + b"exit status 2\n"
    parts = [entry(line, n, binary=n % 2 == 0, at=2 + n % 6) for n, line in enumerate(LINES)]
    other = [entry(f"\n\n{line}\r", n, unit="cart", binary=True) for n, line in enumerate(LINES)]
    woven = b"".join(b"".join(pair) for pair in zip(parts, other, strict=True))
    recovered = [
        "worker 7: recovered from panic: no cart", "at work", "goroutine 5 [running]:", "main.f()", "\t/a.go:9 +0x1"
    ]  # fmt: skip
    lying = entry("x", 9).removesuffix(b"\n") + value("A", b"ab", length=400)
    broken = b"__CURSOR=s=1\n__REALTIME_TIMESTAMP=1\nMESSAGE=x\nfree text\n"
    json = "".join(f"{line}\n" for line in as_json(LINES, unit="json")).encode()
    back, late = (entries(recovered, unit=unit) for unit in ("back", "late"))
    return b"".join((plain, woven, back, broken, plain, lying, late, json, plain))


def test_formats_in_one_file_are_all_read() -> None:
    streams = [one.origin.stream for one in records(mixed())]
    units = ("back", "cart", "json", "late", "shop")
    assert sorted(streams) == ["", "", "", *(f"{unit}/4711/node-7" for unit in units)]


def test_runs_may_end_after_any_line_and_nothing_changes() -> None:
    data = mixed()
    whole = records(data)
    for cut in range(data.count(b"\n")):
        assert found_in(*divided(data, [cut])) == whole, cut
    assert found_in(*divided(data, list(range(data.count(b"\n"))))) == whole


def test_a_reader_that_goes_on_from_what_was_kept_finds_the_same() -> None:
    """Of an entry that is not whole no text is kept (law 8): it is read again."""
    lines = from_bytes(mixed()).split("\n")[:-1]
    whole = found_in("".join(f"{line}\n" for line in lines))
    for cut in range(1, len(lines)):
        head = "".join(f"{line}\n" for line in lines[:cut])
        before = feed(AssemblerState(), LogLines(input="a", data=head))
        above = first_above(before.state)
        assert above is not None
        line = first_needed(before.state, above)
        kept = Resume(line=line, done=cut + 1, settled=before.state.settled)
        tail = "".join(f"{each}\n" for each in lines[line - 1 :])
        after = feed(resumed(kept), LogLines(input="a", data=tail, line=line))
        _, rest = close(after.state, resumable=False)
        found = [x for x in (*before.found, *after.found, *rest) if isinstance(x, Assembled)]
        assert told(found) == told(whole), cut
        assert [one.line for one in found] == [one.line for one in whole], cut


def test_bytes_may_be_cut_anywhere(tmp_path: Path) -> None:
    path = tmp_path / "app.journal"
    data = mixed()
    path.write_bytes(data)
    whole = run([path])
    for size in (1, 3, 64, 1000):
        assert run([path], chunk_bytes=size) == whole
    for cut in range(100, len(data), max(1, len(data) // 40)):
        path.write_bytes(data[:cut])
        run([path], tmp_path / "state")
    path.write_bytes(data)
    assert run([path], tmp_path / "state") == whole


PIECES = st.sampled_from(
    [
        "__CURSOR=s=1\n", "__CURSOR=s=1\n__REALTIME_TIMESTAMP=1793955600000000\n", "__REALTIME_TIMESTAMP=7\n", "\n",
        "_HOSTNAME=h\n_PID=1\nSYSLOG_IDENTIFIER=shop\n", "MESSAGE=panic: x\n", "MESSAGE=goroutine 1 [running]:\n",
        "MESSAGE=main.main()\n", "MESSAGE=\t/a.go:1 +0x1\n", "MESSAGE\n", "\x08\0\0\0\0\0\0\0panic: x\n", "\x00\0\0\0",
        "\x0a\0\0\0\0\0\0\0", "\U0010feff\0\0\0\0\0\0\0", "\0\0\0\0\0\0\0\U0010fe80", "panic: x\n", "A=b\n", "A\n",
        "\0\0\n", "goroutine 1 [running]:\nmain.main()\n\t/a.go:1 +0x1\n", "\ud800", "{",
        '{"panictrail_entry":"x","_PID":1}\n',
    ]
)  # fmt: skip


@given(
    pieces=st.lists(PIECES | st.text(max_size=9), max_size=40),
    cuts=st.lists(st.integers(0, 99), max_size=9),
)
@settings(max_examples=400, deadline=None)
def test_no_text_raises_and_every_division_gives_the_same(
    pieces: list[str], cuts: list[int]
) -> None:
    lines = "".join(pieces).split("\n")
    edges = sorted({0, len(lines), *(cut % (len(lines) + 1) for cut in cuts)})
    runs = ["".join(f"{line}\n" for line in lines[a:b]) for a, b in pairwise(edges)]
    assert found_in(*runs) == found_in("".join(runs))


# ---- what is no entry


def read_in_one(data: bytes) -> list[str]:
    """What becomes of lines; those of one that holds several by themselves."""
    reading = Entries(None, ())
    text = from_bytes(data)
    lines = reading.read(text, 1).split("\n")
    assert len(lines) == len(text.split("\n"))
    lines = [*lines[:-1], reading.end(text.count("\n"))]
    given = [line for line in lines if line != HELD]
    return [part for line in given for part in (unjoined(line) or line).split("\n")]


@pytest.mark.parametrize(
    "text",
    [
        "HOME=/root\nPATH=/bin\n\nGOTRACEBACK=crash\n",
        "__CURSOR=s=1\nHOME=/root\n\n",
        "__CURSOR=s=1\n\nHOME=/root\n",
        "__CURSOR=s=1\n__CURSOR=s=1\nx\n",
        "__CURSOR=s=1\n__REALTIME_TIMESTAMP=1\nHOME=/root\nmain.main()\n\n",
        "__CURSOR=s=1\n__REALTIME_TIMESTAMP=1\nHOME=/root\n\nmain.main()\n",
        "__CURSOR=s=1\n__REALTIME_TIMESTAMP=1\nmessage=x\n\n",
        "__CURSOR=s=1\n__REALTIME_TIMESTAMP=1\nMESSAGE\n",
        "__CURSOR=s=1\n__REALTIME_TIMESTAMP=1\nMESSAGE\n\x07\0\0\n",
        " __CURSOR=s=1\n__REALTIME_TIMESTAMP=1\nMESSAGE=x\n\n",
        "__REALTIME_TIMESTAMP=1\nMESSAGE=x\n\n",
    ],
)
def test_what_is_no_entry_is_the_lines_that_it_was(text: str) -> None:
    assert "\n".join(read_in_one(text.encode())).rstrip("\n") == text.rstrip("\n")
    assert [one.text for one in records(text.encode() + CRASH.encode())] == [CRASH]


@pytest.mark.parametrize("length", [0, 1, 5, 200, 10_000, 2**24, 2**31, 2**63, 2**64 - 1])
@pytest.mark.parametrize("after", [0, 1, 40])
def test_a_length_that_lies_hides_no_entry_behind_it(length: int, after: int) -> None:
    lie = entry("panic: hidden", 0).removesuffix(b"\n") + value("A", b"abc", length=length)
    ordinary = b"".join(entry("GET /cart 200", n) for n in range(after))
    data = lie + ordinary + entries(LINES, unit="cart") + CRASH.encode()
    streams = {one.origin.stream: one.text for one in records(data)}
    assert streams["cart/4711/node-7"] == SHOWN
    assert streams[""] == CRASH


def test_the_last_entry_may_lack_its_end() -> None:
    data = entries(LINES)
    assert told(records(data[:-1])) == told(records(data))
    cut = entries(LINES, binary=True)[:-3]
    (found,) = records(cut)
    assert found.text == "".join(f"{line}\n" for line in LINES[:-1])


def test_an_entry_with_a_hundred_thousand_fields_is_given_up_and_read_as_lines() -> None:
    many = b"".join(b"F%d=x\n" % n for n in range(100_000))
    data = entry("x", 0).removesuffix(b"\n") + many + b"\n"
    kept = [line for line in read_in_one(data) if line.startswith("F")]
    assert kept == many.decode().splitlines()
    assert [one.text for one in records(data + entries(LINES))] == [SHOWN]


def test_an_entry_that_never_ends_takes_so_much_memory_and_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(exported, "MAX_RECORD_CHARS", 10_000)
    state, number = AssemblerState(), 1
    for data in (from_bytes(entry("x", 0)[:-1]), *("F=x\n" * 100 for _ in range(90))):
        read = feed(state, LogLines(input="a", data=data, line=number))
        state, number = read.state, number + read.lines
        assert state.entry is None or sum(map(len, state.entry.lines)) <= 10_000
    assert state.entry is None


def test_ordinary_entries_are_counted_and_nothing_else() -> None:
    data = from_bytes(b"".join(entry(f"GET /{n} 200", n) for n in range(1000)))
    read = feed(AssemblerState(), LogLines(input="a", data=data))
    assert (read.found, read.formats) == ((), {"journald-export": 9000})
