"""FINGERPRINT: the step around `fingerprint`."""

from __future__ import annotations

from streams.core.steps.fingerprint import fingerprinting
from streams.core.steps.symbolize import crash_of
from streams.model.events import RawPanic
from streams.model.settings import PipelineSettings
from streams.model.step import Done, Emit
from tests.unit.core.steps.bench import Rows, crashed, done, panic_text

step = fingerprinting(PipelineSettings())


def test_a_crash_becomes_its_fingerprint_keyed_by_its_block() -> None:
    crash = crash_of(RawPanic(text=panic_text(), event_id="e"), PipelineSettings())
    assert crash is not None
    made = done(step, Rows(), crash)
    assert made.changes == ()
    key = "example.com/acme/shop/cart.Store.Add"
    event = crashed(panic_text(), event_id="e")
    assert made.outputs == (Emit("crashes.fingerprinted", key, event),)


def test_other_messages_are_none_of_its_business() -> None:
    assert done(step, Rows(), RawPanic(text=panic_text())) == Done()
