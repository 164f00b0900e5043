"""What is remembered of a stack says for the next crash what would have been found of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.fingerprint import explain
from streams.core.fingerprint.alike import Kept, likeness
from streams.model.crash import Build, Context, Crash, CreatedBy, Frame, Goroutine, Panic
from streams.model.events import Fingerprinted
from streams.model.settings import Method, PipelineSettings
from tests.unit.core.features.stacks import PANIC, SERVER, crash, lib, own, std

BASE = crash(PANIC, own("must"), own("(*Store).Add.func1"), lib("example.org/mux.Serve"), *SERVER)


def goroutine(found: Crash, **changed: object) -> Crash:
    first = msgspec.structs.replace(found.goroutines[0], **changed)
    return msgspec.structs.replace(found, goroutines=(first, *found.goroutines[1:]))


def frame(found: Crash, number: int, **changed: object) -> Crash:
    frames = list(found.goroutines[0].frames)
    number = min(number, len(frames) - 1)
    frames[number] = msgspec.structs.replace(frames[number], **changed)
    return goroutine(found, frames=tuple(frames))


def changed(**values: object) -> Callable[[Crash], Crash]:
    return lambda found: msgspec.structs.replace(found, **values)


CHANGES: tuple[Callable[[Crash], Crash], ...] = (
    changed(id="another"),
    changed(message="index out of range [7] with length 3", panics=()),
    changed(message="no money", panics=(Panic(value="no money", type="pay.Error"),)),
    changed(kind="fatal", message="stack overflow"),
    changed(kind="error", message="pay: no money"),
    changed(build=Build(module="example.com/acme/shop", go="go1.25.1", version="v1.2.3")),
    changed(context=Context(http_status=401)),
    lambda found: goroutine(found, id=4711),
    lambda found: goroutine(found, state=""),
    lambda found: goroutine(found, elided=900),
    lambda found: goroutine(found, created_by=CreatedBy(function="main.work", file="/m.go", line=3)),
    lambda found: goroutine(found, frames=found.goroutines[0].frames[:1]),
    lambda found: frame(found, 1, args="0x0, 0x1"),
    lambda found: frame(found, 1, line=99),
    lambda found: frame(found, 1, in_app=False),
    lambda found: frame(found, 1, package="example.com/other/auth"),
    lambda found: frame(found, 1, file="/src/x_test.go"),
    lambda found: frame(found, 1, native=True, line=None, offset="0x1d"),
    lambda found: frame(found, 3, std=True),
    lambda found: goroutine(found, frames=(msgspec.structs.replace(own("x"), function=".func1"),)),
    changed(panics=(Panic(value="m", type="main.T"),)),
    changed(panics=(Panic(value="m", type="main.T[" + "a" * 5000 + "]"),)),
    lambda found: frame(found, 2, function="example.com/acme/shop/cart." + "long" * 2000),
    lambda found: msgspec.structs.replace(
        found, goroutines=(*found.goroutines, Goroutine(id=9, state="select", frames=(std("runtime.gopark"),)))
    ),
)  # fmt: skip


def anew(found: Crash, settings: PipelineSettings) -> Fingerprinted:
    """The fingerprint by itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(explain, "_KNOWN", Kept())
        made = explain.fingerprint(found, settings)
    assert isinstance(made, Fingerprinted)
    return made


@given(
    picked=st.lists(st.lists(st.sampled_from(CHANGES), max_size=3), min_size=2, max_size=6),
    method=st.sampled_from(get_args(Method)),
)
def test_a_crash_is_grouped_as_if_no_other_had_been_seen(
    picked: Sequence[Sequence[Callable[[Crash], Crash]]], method: Method
) -> None:
    settings = PipelineSettings(method=method)
    crashes = []
    for changes in picked:
        found = BASE
        for change in changes:
            found = change(found)
        crashes.append(found)
    expected = [anew(found, settings) for found in crashes]
    assert [explain.fingerprint(found, settings) for found in crashes] == expected
    # All of them are known now, as far as they are remembered.
    assert [explain.fingerprint(found, settings) for found in reversed(crashes)] == expected[::-1]


def test_what_differs_between_two_processes_makes_no_other_likeness() -> None:
    other = frame(
        goroutine(changed(id="another")(BASE), id=4711), 1, args="0xc000012345", pc="0x47a2f1"
    )
    assert likeness(other, "panic", "locus1") == likeness(BASE, "panic", "locus1") is not None


def test_the_oldest_goes_first_and_names_that_no_program_has_are_not_kept() -> None:
    kept = Kept[int]()
    for number in range(1500):
        kept.put(number, BASE, number)
    assert (kept.get(0), kept.get(1499)) == (None, 1499)
    long = frame(BASE, 0, function="f" * 5000)
    kept.put("long", long, 1)
    assert kept.get("long") is None


def test_a_frame_of_each_kind_is_looked_at() -> None:
    """A field that a frame gets has to be judged, whether grouping without source is blind to it."""
    blind = {"args", "pc", "in_app_by", "extra"}
    seen = {"function", "package", "file", "line", "offset", "std", "native", "in_app", "inlined"}
    assert set(Frame.__struct_fields__) == blind | seen


def test_a_frame_without_a_name_leaves_it_to_what_the_crash_says() -> None:
    nameless = goroutine(BASE, frames=(msgspec.structs.replace(own("x"), function=".func1"),))
    blocks = []
    for message in ("first", "second", "first"):
        found = msgspec.structs.replace(nameless, message=message, panics=(Panic(value=message),))
        made = explain.fingerprint(found, PipelineSettings())
        assert isinstance(made, Fingerprinted)
        blocks.append(made.block)
    assert blocks == ["?first", "?second", "?first"]


def test_a_type_that_no_program_has_is_not_taken_for_its_beginning() -> None:
    made = []
    for name in ("main.T", "main.T[" + "a" * 5000 + "]"):
        found = msgspec.structs.replace(BASE, panics=(Panic(value="m", type=name),))
        made.append(explain.fingerprint(found, PipelineSettings()))
    one, other = made
    assert isinstance(one, Fingerprinted)
    assert isinstance(other, Fingerprinted)
    assert one.locus != other.locus
