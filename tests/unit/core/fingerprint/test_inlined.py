"""A closure is the function's that it was written in, wherever the compiler inlined that one.

The texts are of `inlined/main.go.txt` and `web.go.txt`, Go 1.26.8, built as it is and with `-gcflags=all=-l`; the
folder of the source was renamed.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.core.fingerprint.inlined import own_name
from streams.core.fingerprint.texts import fingerprint_of_text
from streams.model.crash import Build, Crash, Frame, Goroutine
from streams.model.events import Fingerprinted
from streams.model.settings import PipelineSettings

HERE = Path(__file__).parent / "inlined"


def printed(name: str) -> Fingerprinted:
    text = (HERE / f"{name}.txt").read_text("utf-8")
    found = fingerprint_of_text(text, Build(), PipelineSettings())
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("way", "key"), [("func", "web.Counted"), ("method", "web.Limits.Limited")]
)
def test_inlined_or_not_with_trimpath_or_not_it_is_one_crash(way: str, key: str) -> None:
    builds = [
        f"{build}{trimpath}-{way}"
        for build in ("plain", "noinline")
        for trimpath in ("", "-trimpath")
    ]
    found = [printed(name) for name in builds]
    assert {event.block for event in found} == {f"example.com/acme/shop/{key}"}
    assert len({event.locus for event in found}) == 1
    assert {event.root_cause.function for event in found} > {
        "main.main.Counted.func3"
    } or way == "method"


def crash(*frames: Frame) -> Crash:
    return Crash(
        id="c",
        kind="panic",
        message="m",
        goroutines=(Goroutine(id=1, state="running", crashed=True, frames=frames),),
    )


def closure(function: str, file: str) -> Frame:
    return Frame(function=function, package=function.partition(".")[0], file=file, line=3)


@pytest.mark.parametrize(
    ("function", "file", "own"),
    [
        ("main.main.F.func1", "/src/lib/a.go", "example.com/lib.F"),
        ("main.main.F.(*T).Do.func1.2", "/src/lib/a.go", "example.com/lib.(*T).Do"),
        ("main.main.F.gowrap1", "/src/lib/a.go", "example.com/lib.F"),
        ("main.main.F-range1", "/src/lib/a.go", "example.com/lib.F"),
        # A method with a value receiver reads alike, but its file is of its own package.
        ("main.T.Do.func1", "/src/main/main.go", None),
        ("main.main.func1", "/src/lib/a.go", None),  # what was inlined, Go < 1.21 does not say
        ("main.main.F", "/src/lib/a.go", None),
        ("main.main.F.func1", "/elsewhere/a.go", None),
        # With -trimpath package main stands in a folder with another name than its own.
        ("main.T.Do.func1", "example.com/acme/cmd/shop/main.go", None),
        ("a.run.F.func1", "example.com/dep@v1.2.3/deep/a.go", "example.com/dep/deep.F"),
        ("a.run.F.func1", "/home/x/go/pkg/mod/example.com/dep@v1.2.3/a.go", "example.com/dep.F"),
        (
            "github.com/BurntSushi/toml.Outer.Inner.func1",
            "/go/pkg/mod/github.com/!burnt!sushi/toml@v1.2.0/x.go",
            None,
        ),
        ("gopkg.in/yaml%2ev3.A.B.func1", "/go/pkg/mod/gopkg.in/yaml.v3@v3.0.1/x.go", None),
        ("example.com/x.Outer.Inner.func1", "/home/me@vault/x/x.go", None),
        ("a.run.F.func1", r"C:\src\lib\a.go", None),
    ],
)
def test_the_file_says_whose_a_closure_is(function: str, file: str, own: str | None) -> None:
    below = Frame(
        function="example.com/lib.Run", package="example.com/lib", file="/src/lib/run.go", line=1
    )
    first = Frame(function="main.main", package="main", file="/src/main/main.go", line=9)
    frame = closure(function, file)
    assert own_name(frame, crash(frame, below, first)) == own
