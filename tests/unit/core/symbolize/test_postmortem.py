"""A core as a crash record, compared with what the runtime printed, and with our parser of that."""

from __future__ import annotations

import pytest

from streams.core.fingerprint.texts import fingerprinted
from streams.core.steps.symbolize import crash_of as crash_of_text
from streams.core.symbolize.postmortem import signal_name
from streams.model.crash import CrashKind
from streams.model.events import RawPanic
from streams.model.settings import PipelineSettings
from tests.symbolize.trace import Frame
from tests.tiny_go import Tiny, Variant
from tests.unit.core.symbolize.dying import DEATHS, crash_of, printed_by


@pytest.mark.parametrize(("mode", "variant"), DEATHS)
def test_every_stack_is_the_one_that_the_runtime_printed(
    tiny: Tiny, mode: str, variant: Variant
) -> None:
    """And who started it, from where."""
    crash = crash_of(tiny, mode, variant)
    found = {one.id: one for one in crash.goroutines}
    printed = printed_by(tiny, mode, variant)
    assert len(printed.goroutines) >= 10
    for one in printed.goroutines:
        ours = [Frame(f.function, f.file or "", f.line or 0) for f in found[one.id].frames]
        if not one.elided:
            assert ours == one.frames
        else:
            assert (ours[:50], ours[-50:]) == (one.frames[:50], one.frames[-50:])
        by = found[one.id].created_by
        assert (by is None) == (one.created_by is None)
        if by is not None and one.created_by is not None:
            assert (by.function, by.file, by.line, by.goroutine) == (
                one.created_by.function, one.created_by.file, one.created_by.line, one.created_by.goroutine,
            )  # fmt: skip


@pytest.mark.parametrize(
    ("mode", "kind", "message"),
    [
        ("panic", "panic", "told"),
        ("nil", "panic", "runtime error: invalid memory address or nil pointer dereference"),
        ("nested", "panic", "second: first"),
        ("deadlock", "fatal", "all goroutines are asleep - deadlock!"),
        ("error", "panic", "told"),
        ("goexit", "panic", "while leaving"),
    ],
)
def test_the_death_is_named(tiny: Tiny, mode: str, kind: CrashKind, message: str) -> None:
    crash = crash_of(tiny, mode)
    assert (crash.kind, crash.message) == (kind, message)
    assert crash.exit is not None
    assert crash.exit.signal == "SIGABRT"
    assert crash.build.module == "example.com/acme/tiny"
    assert not crash.truncated


def test_a_fault_has_its_signal_as_the_runtime_noted_it(tiny: Tiny) -> None:
    signal = crash_of(tiny, "nil", "pie").signal
    assert signal is not None
    assert (
        f"[signal {signal.name}: segmentation violation code={signal.code} addr={signal.addr} pc={signal.pc}]"
        in tiny.trace("nil", "pie")
    )


@pytest.mark.parametrize("mode", ["panic", "nil", "nested", "deep", "error"])
def test_a_core_and_the_log_of_the_same_crash_have_one_fingerprint(tiny: Tiny, mode: str) -> None:
    of_text = crash_of_text(RawPanic(text=tiny.trace(mode)), PipelineSettings())
    assert of_text is not None
    of_core = fingerprinted(crash_of(tiny, mode))
    assert of_core.locus == fingerprinted(of_text).locus
    assert of_core.title == fingerprinted(of_text).title


def test_signals_without_a_name_have_a_number() -> None:
    assert [signal_name(n) for n in (11, 6, 40)] == ["SIGSEGV", "SIGABRT", "signal 40"]
