"""Panics that were recovered in one goroutine and raised anew in another: the first stack is in the value."""

from __future__ import annotations

from textwrap import indent

import pytest

from streams.core.fingerprint.embedded import first_told
from streams.core.fingerprint.explain import fingerprint
from streams.core.fingerprint.texts import crash_of_text
from streams.model.crash import Build, Crash
from streams.model.events import Fingerprinted
from streams.model.settings import PipelineSettings

SHOP = "example.com/acme/shop/"
LOCUS = PipelineSettings(method="locus1")
INNER = (
    "goroutine 9 [running]:\n"
    "runtime/debug.Stack()\n\t/usr/local/go/src/runtime/debug/stack.go:26 +0x5e\n"
    "example.com/lib/group.(*Group).Go.func1.1()\n\t/root/go/pkg/mod/example.com/lib@v1.0.0/group.go:20 +0x4f\n"
    "panic({0x4a2b00?, 0xc000012345?})\n\t/usr/local/go/src/runtime/panic.go:792 +0x132\n"
    f"{SHOP}cart.(*Store).Add(0x0)\n\t/src/shop/cart/store.go:7 +0x1d\n"
    f"{SHOP}api.Post.func1()\n\t/src/shop/api/api.go:12 +0x2e\n"
)


def raised_anew(value: str) -> Crash:
    text = (
        f"panic: {value}\n\ngoroutine 1 [running]:\n"
        "example.com/lib/group.(*Group).Wait(0xc00001)\n\t/root/go/pkg/mod/example.com/lib@v1.0.0/group.go:40 +0x1d\n"
        f"{SHOP}api.Post(0x1)\n\t/src/shop/api/api.go:20 +0x88\nmain.main()\n\t/src/shop/main.go:9 +0x88\n"
    )
    crash = crash_of_text(text, Build(module="example.com/acme/shop"), LOCUS)
    assert crash is not None
    return crash


def block(crash: Crash, method: str = "locus1") -> str:
    pipeline = PipelineSettings(method="plain1" if method == "plain1" else "locus1")
    found = fingerprint(crash, pipeline)
    assert isinstance(found, Fingerprinted)
    return found.block


@pytest.mark.parametrize("margin", ["", "\t", "    "])
def test_the_stack_that_the_value_tells_is_the_stack(margin: str) -> None:
    crash = raised_anew("recovered: no price\n\n" + indent(INNER, margin))
    told = first_told(crash, LOCUS)
    assert len(told.goroutines) == 1
    goroutine = told.goroutines[0]
    assert goroutine.crashed
    own = [f.function for f in goroutine.frames if f.in_app]
    assert own[0] == f"{SHOP}cart.(*Store).Add"
    assert block(crash) == f"{SHOP}cart.Store.Add"


def test_the_record_and_the_plain_method_stay_as_they_are() -> None:
    crash = raised_anew("recovered: no price\n\n" + INNER)
    told = first_told(crash, LOCUS)
    assert (told.message, told.panics, told.id) == (crash.message, crash.panics, crash.id)
    assert block(crash, "plain1") == f"{SHOP}api.Post"


@pytest.mark.parametrize(
    "value",
    [
        "no price",
        "goroutine 7 is stuck",
        "goroutine 7 [running]:",
        "goroutine 7 [running]:\nnot a stack\nat all",
        "goroutine 7 [running]:\nruntime.goexit()\n\t/usr/local/go/src/runtime/asm.s:1 +0x1",
    ],
)
def test_a_value_that_tells_no_stack_of_ones_own_changes_nothing(value: str) -> None:
    crash = raised_anew(value)
    assert first_told(crash, LOCUS) is crash


def test_a_value_of_megabytes_of_stacks_is_read_in_part() -> None:
    crash = raised_anew("x")
    panic = crash.panics[0]
    for text in (INNER * 4000, "goroutine 1 [running]:\n" * 100_000, "goroutine 1 [" * 200_000):
        huge = type(panic)(value=text, type=panic.type)
        first_told(type(crash)(id="e", kind="panic", message="m", panics=(huge,)), LOCUS)
