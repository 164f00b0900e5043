"""All goroutines of a process, compared with what its runtime printed when it died."""

from __future__ import annotations

import pytest

from streams.core.symbolize.allgs import Process
from streams.core.symbolize.binary import Binary
from streams.core.symbolize.corefile import Core
from streams.core.symbolize.elf import NotReadable
from streams.core.symbolize.memory import WithText
from streams.drivers.mapped import mapped, open_binary
from tests.fuzz.damage import Edit, Recipe, binary_of, damaged, sample
from tests.made_elf import CORE, WRITE, Func, Go, Part, elf
from tests.tiny_go import Tiny, Variant
from tests.unit.core.symbolize.dying import (
    DEATHS,
    core_of,
    goroutines_of,
    printed_by,
    process_of,
)


@pytest.mark.parametrize(("mode", "variant"), DEATHS)
def test_goroutines_and_their_states_are_those_that_the_runtime_printed(
    tiny: Tiny, mode: str, variant: Variant
) -> None:
    trace = printed_by(tiny, mode, variant)
    found = goroutines_of(tiny, mode, variant)
    printed = {
        one.id: one for one in (*trace.goroutines, *trace.unavailable, *trace.innermost_only)
    }
    assert set(found) == set(printed)
    assert len(found) >= 11
    for one in trace.goroutines:
        assert (found[one.id].state, found[one.id].g.locked) == (one.state, one.locked)
    assert {found[one.id].state for one in trace.unavailable} <= {"running"}


@pytest.mark.parametrize(("mode", "crashed"), [("panic", 1), ("nil", 1), ("nested", 1)])
def test_the_crashed_goroutine_comes_first(tiny: Tiny, mode: str, crashed: int) -> None:
    first, *others = process_of(tiny, mode).goroutines()
    assert (first.g.id, first.crashed) == (crashed, True)
    assert not any(one.crashed for one in others)


def test_who_started_a_goroutine_is_kept(tiny: Tiny) -> None:
    found = goroutines_of(tiny, "panic")
    table = open_binary(tiny.binary("stripped")).table
    own = [
        one
        for one in found.values()
        if (f := table.find(one.g.go_pc)) and f.name == "main.wait.func1"
    ]
    assert len(own) == 6
    assert {one.g.parent for one in own} == {1}


def test_without_a_clock_nobody_waited(tiny: Tiny) -> None:
    assert {one.wait_minutes for one in goroutines_of(tiny, "panic").values()} == {None}


def test_with_a_clock_minutes_are_counted_from_one_on(tiny: Tiny) -> None:
    core, binary = core_of(tiny, "panic"), open_binary(tiny.binary("stripped"))
    memory = WithText(core, binary.elf, 0)
    # The garbage collector notes since when goroutines wait; here somebody did so before.
    plain = Process(binary, memory, 0, core.threads, 0)
    since = max(one.g.wait_since for one in plain.goroutines())
    late = Process(binary, memory, 0, core.threads, since + 3 * 60_000_000_000)
    minutes = {one.wait_minutes for one in late.goroutines() if one.g.wait_since == since and since}
    assert minutes <= {3, None}


def test_a_list_that_is_cut_off_says_what_is_missing(tiny: Tiny) -> None:
    whole = mapped(tiny.core("panic"))
    full = process_of(tiny, "panic")
    binary = open_binary(tiny.binary("stripped"))
    lowest = min(g.g.address for g in full.goroutines())
    elf_file = Core(whole, "whole").elf
    segment = next(s for s in elf_file.loads if s.address <= lowest < s.end)
    core = Core(whole[: segment.offset + lowest - segment.address], "cut")
    with pytest.raises(
        NotReadable, match="no list of goroutines in its memory: the core is cut off"
    ):
        Process(binary, WithText(core, binary.elf, 0), 0, core.threads, None)


def test_a_goroutine_that_is_not_in_the_core_is_counted() -> None:
    good = sample("core")
    nowhere = Edit(place="list", offset=8 * 9, data=(1 << 46).to_bytes(8, "little").hex())
    core = Core(damaged(good, Recipe(sample="core", edits=(nowhere,))), "cut")
    binary = open_binary(binary_of("core"))
    found = Process(binary, WithText(core, binary.elf, 0), 0, core.threads, None)
    assert len(list(found.goroutines())) >= 10
    assert found.faults == ["1 goroutines: their memory is not in the core"]


def test_the_core_of_another_program_has_no_list(tiny: Tiny) -> None:
    core = core_of(tiny, "panic")
    binary = Binary(Go((Func("main.a"),)).file(), "other")
    with pytest.raises(NotReadable, match="or of another program"):
        Process(binary, core, 0, core.threads, None)


def test_a_binary_without_a_version_is_refused() -> None:
    made = Go((Func("main.a"),), version="unknown").file()
    core = Core(elf((Part(b"x", 1, flags=WRITE),), kind=CORE), "made")
    with pytest.raises(NotReadable, match="does not state its Go version"):
        Process(Binary(made, "made"), core, 0, (), None)
