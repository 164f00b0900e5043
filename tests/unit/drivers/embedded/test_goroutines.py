"""Goroutines of a dump are those that its lines say one by one, whatever was taken out of them before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import orjson
import pytest

from streams.core.report.goroutines import Found
from streams.drivers.embedded.goroutines import Detail, Reading
from streams.drivers.embedded.inputs import find_inputs
from streams.drivers.embedded.session import Options, Session
from streams.drivers.embedded.state import open_state
from streams.model.crash import Crash
from streams.model.message import Message, encode
from streams.model.settings import PipelineSettings
from streams.topology import stages
from tests.chaos.crashes import dice
from tests.fuzz.inputs import change

TEXTS = Path(__file__).parents[2] / "core" / "parse" / "texts"
PARKED = (TEXTS / "parkinglot.txt").read_text()
BLOCKS = PARKED.rstrip("\n").split("\n\n")
# Every state and stack of the dump is in its first blocks.
FEW = "\n\n".join(BLOCKS[:40]) + "\n"
GOLDEN = sorted(Path(__file__).parents[3].glob("golden/*/input*.txt"))
SETTINGS = PipelineSettings()
PANIC = "panic: no more\n\ngoroutine 99 [running]:\nmain.f(0x1)\n\t/a/b.go:1 +0x12\n\n"
Skim = Callable[[str], list[Found]]


def parsed(path: Path, chunk: int = 1 << 20) -> list[Crash]:
    """The records as `parse` makes them."""
    crashes: list[Message] = []
    chosen = (stage for stage in stages(SETTINGS) if stage.name in ("collect", "symbolize"))
    with open_state(None) as store:
        session = Session(chosen, store, Options(chunk_bytes=chunk))
        session.engine.sinks["crashes.symbolized"] = crashes.append
        session.read(find_inputs((str(path),))[0][0])
        session.finish()
    found = [crash for crash in crashes if isinstance(crash, Crash)]
    return sorted(found, key=lambda crash: crash.source.line or 0)


def read(path: Path, chunk: int = 1 << 20, detail: Detail = "all") -> tuple[list[Found], int]:
    """The same with blocks taken out, and how many goroutines were in those."""
    reading = Reading(SETTINGS, {str(path): 0}, detail)
    with open_state(None) as store:
        session = Session((reading.stage,), store, Options(chunk_bytes=chunk))
        reading.listen(session)
        session.read(find_inputs((str(path),))[0][0])
        session.finish()
        found = list(reading.found())
    return found, sum(len(part.goroutines) for each in found for part in each.parts)


def whole(found: Found) -> Crash:
    return msgspec.structs.replace(found.crash, goroutines=tuple(found.whole()))


def crashed_first(crash: Crash) -> Crash:
    ordered = sorted(crash.goroutines, key=lambda one: not one.crashed)
    return msgspec.structs.replace(crash, goroutines=tuple(ordered))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take out what is shorter than is worth the while."""
    monkeypatch.setattr("streams.core.parse.skim._LEAST_CHARS", 300)


def same(text: str, tmp_path: Path, chunk: int = 1 << 20) -> int:
    """Compare both ways of reading a text; how many goroutines went the short way."""
    path = tmp_path / "dump.txt"
    path.write_text(text)
    expected = [encode(crashed_first(crash)) for crash in parsed(path)]
    found, skimmed = read(path, chunk)
    assert [encode(whole(each)) for each in found] == expected
    assert all(len(each) == len(whole(each).goroutines) for each in found)
    bare, _ = read(path, chunk, "creators")
    for full, each in zip(found, bare, strict=True):
        assert [g.id for g in each.bare()] == [g.id for g in full.whole()]
        assert [g.created_by for g in each.bare()] == [g.created_by for g in full.whole()]
    stacks, _ = read(path, chunk, "stacks")
    assert [each.groups() for each in stacks] == [Found(whole(each)).groups() for each in found]
    return skimmed


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(("chunk", "more_than"), [(700, 3), (5000, 30)])
@pytest.mark.parametrize("before", ["", PANIC, "log line\n" + PANIC, "fatal error: x\n\n"])
@pytest.mark.parametrize("behind", ["", "\nexit status 2\n", "\nrax    0x0\n", "\n" + PANIC])
def test_a_dump_says_what_its_lines_say(
    tmp_path: Path, before: str, behind: str, chunk: int, more_than: int
) -> None:
    assert same(before + FEW + behind, tmp_path, chunk) > more_than


@pytest.mark.usefixtures("small")
def test_nearly_all_of_a_dump_is_taken_out(tmp_path: Path) -> None:
    assert same(PARKED, tmp_path) == 119


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    ("block", "at_least"),
    [
        ("goroutine 5 [running]:\n\tgoroutine running on other thread; stack unavailable", 30),
        ("goroutine 5 gp=0xc000 m=3 mp=0xc001 [select]:\nmain.f(0x1)\n\t/a/b.go:1 +0x12", 30),
        ('goroutine 5 [select labels:{"a": "b"}]:\nmain.f(0x1)\n\t/a/b.go:1 +0x12', 30),
        (
            'goroutine 5 [select labels:{"password": "hunter2-the-2nd"}]:\nmain.f(0x1)\n\t/a.go:1',
            30,
        ),
        ("goroutine 5 [select]:\nmain.é(0x1)\n\t/a/b.go:1 +0x12", 30),
        ("goroutine 5 [select]:\nmain.f(0x1)\n\t/a/b.go:1 +0x12\nwhat is this", 0),
        ("goroutine 5 [select]:\nmain.f(0x1)", 0),
        ("goroutine 5 [select]:\n\nmain.f(0x1)\n\n\t/a/b.go:1 +0x12", 0),
        ("goroutine 5 [select]:\nmain.f(0x1)\r\n\t/a/b.go:1 +0x12\r", 0),
        (
            "goroutine 5 [select]:\nmain.f(0x1)\n\t/a/b.go:1 +0x12\n...additional frames elided...",
            0,
        ),
        (
            "-----\n\nSIGQUIT: quit\nPC=0x47a2f1 m=0 sigcode=0\n\ngoroutine 5 [syscall]:\nmain.f()",
            0,
        ),
        ("2026/11/23 08:00:00 something else", 0),
    ],
)
@pytest.mark.parametrize("before", ["", PANIC])
def test_a_block_that_needs_looking_at_is_looked_at(
    tmp_path: Path, before: str, block: str, at_least: int
) -> None:
    text = "\n\n".join((*BLOCKS[:20], block, *BLOCKS[20:40])) + "\n"
    assert same(before + text, tmp_path) >= at_least
    assert same(before + text, tmp_path, 3000) > 20


@pytest.mark.usefixtures("small")
def test_goroutines_inside_a_panic_value_are_not_of_the_crash(tmp_path: Path) -> None:
    crash = "goroutine 99 [running]:\nmain.f(0x1)\n\t/a/b.go:1 +0x12\n\n"
    text = f"panic: x\n\n{PARKED}\n{crash}" + "\n\n".join(BLOCKS[1:40]) + "\n"
    path = tmp_path / "dump.txt"
    path.write_text(text)
    (expected,), ((found,), _) = parsed(path), read(path)
    assert expected.faults[0].reason.startswith("121 block(s) above the running goroutine")
    assert [encode(g) for g in found.whole()] == [encode(g) for g in expected.goroutines]


@pytest.mark.usefixtures("small")
def test_texts_that_nobody_wrote_say_what_their_lines_say(tmp_path: Path) -> None:
    lines = PARKED[:8_000].split("\n")
    skimmed = 0
    for number in range(40):
        thrown, changed = dice(("goroutines", number)), list(lines)
        for _ in range(thrown.randrange(1, 3)):
            change(thrown, changed)
        text = "\n".join(changed).encode("utf-8", "replace").decode()
        skimmed += same(text, tmp_path, thrown.choice((900, 4000, 1 << 20)))
    assert skimmed > 150


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_golden_text_has_the_goroutines_that_parse_finds(path: Path) -> None:
    found, _ = read(path)
    expected = [encode(crashed_first(crash)) for crash in parsed(path)]
    assert [encode(whole(each)) for each in found] == expected


@pytest.mark.parametrize("prefix", ["", "2026-11-23T08:00:00.123456789Z stderr F "])
def test_a_record_beyond_the_limit_is_whole_and_has_the_id_of_its_first_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prefix: str
) -> None:
    path = tmp_path / "dump.txt"
    path.write_text("".join(f"{prefix}{line}\n" for line in FEW.splitlines()))
    (expected,) = parsed(path)
    for most in range(7_000, 7_400, 29):
        for module in ("reassemble", "record", "skim"):
            monkeypatch.setattr(f"streams.core.parse.{module}.MAX_RECORD_CHARS", most)
        monkeypatch.setattr("streams.drivers.embedded.goroutines.MAX_RECORD_CHARS", most)
        monkeypatch.setattr("streams.core.parse.skim._LEAST_CHARS", 300)
        first, *others = parsed(path)
        assert others
        assert all(other.continues == first.id for other in others)
        (found,), _ = read(path)
        assert found.crash.id == first.id
        # The last part may be as large as the limit allows: reassembly cannot know that nothing follows.
        assert found.crash.truncated == (bool(prefix) and others[-1].truncated)
        assert [encode(g) for g in found.whole()] == [encode(g) for g in expected.goroutines]


def test_a_large_dump_of_a_shipper_is_decoded_as_late(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streams.drivers.embedded.goroutines.LARGE_CHARS", 1000)
    path = tmp_path / "dump.json"
    line = {"level": "error", "msg": "x", "stack": PARKED}
    path.write_bytes(orjson.dumps(line) + b"\n")
    (found,), lazily = read(path)
    (expected,) = parsed(path)
    assert lazily > 100
    assert encode(whole(found)) == encode(expected)
