"""Depth, deepest package and crash site of a stack."""

from __future__ import annotations

import msgspec
import pytest

from streams.core.features.vector import MOST_FRAMES, looked_at
from streams.core.fingerprint.texts import crash_of_text
from streams.model.crash import Access, Build, Crash, Frame
from streams.model.settings import PipelineSettings
from tests.unit.core.features.stacks import PANIC, SERVER, SHOP, crash, goroutine, lib, own, std

MAPS = std("internal/runtime/maps.(*Map).PutSlotFastStr")
ASSIGN = std("runtime.mapassign_faststr")
ZAP = lib("go.uber.org/zap.(*Logger).Panic")
NATIVE = Frame(function="abort", native=True)


@pytest.mark.parametrize(
    ("frames", "depth"),
    [
        ((PANIC, own("Handler"), *SERVER), 0),
        ((PANIC, own("find"), own("Handler"), *SERVER), 1),
        # What the runtime does for a statement is the statement.
        ((PANIC, MAPS, ASSIGN, own("Handler"), *SERVER), 0),
        # A call into the standard library or a dependency is a call.
        ((PANIC, std("strings.Repeat"), own("Handler")), 1),
        ((PANIC, lib("github.com/lib/pq.(*conn).query"), own("find"), own("Handler")), 2),
        # Inlined frames count.
        ((PANIC, msgspec.structs.replace(own("f"), inlined=True), own("Handler")), 1),
        # Scaffolding between frames of one's own does not.
        ((PANIC, own("Handler"), *SERVER[:2], own("Logged"), *SERVER), 1),
        (
            (PANIC, own("f"), lib("golang.org/x/sync/errgroup.(*Group).Go.func1"), own("g")),
            1,
        ),
        ((PANIC, own("f"), std("sync.(*Once).doSlow"), std("sync.(*Once).Do"), own("g")), 1),
        # A deferred function that panicked again stands above the panic that began it.
        ((own("again"), PANIC, own("deferred"), PANIC, own("f"), own("Handler")), 1),
        # No code of one's own: to the entry of the goroutine.
        ((PANIC, lib("example.com/x/lib.A"), lib("example.com/x/lib.B")), 1),
        ((PANIC, std("os.Exit")), 0),
        ((PANIC,), None),
    ],
)
def test_depth_counts_from_the_crash_site_to_the_handler(
    frames: tuple[Frame, ...], depth: int | None
) -> None:
    assert looked_at(crash(*frames), None).depth == depth


@pytest.mark.parametrize(
    ("frames", "package", "owner", "site"),
    [
        (
            (PANIC, std("encoding/json.Unmarshal"), own("load"), lib("example.com/x/lib.A")),
            SHOP, "own", ("encoding/json.Unmarshal", f"{SHOP}.load"),
        ),
        (
            (PANIC, lib("github.com/lib/pq.(*conn).query"), std("database/sql.(*DB).query"), own("f")),
            "github.com/lib/pq", "dependency", ("github.com/lib/pq.(*conn).query",),
        ),
        # Told to panic, so whoever told it.
        ((ZAP, PANIC, ZAP, own("f")), SHOP, "own", (f"{SHOP}.f",)),
        # A fault in how it is used: two routes that conflict.
        (
            (PANIC, lib("github.com/gin-gonic/gin.(*node).addRoute"), own("main")),
            "github.com/gin-gonic/gin", "dependency", (),
        ),
        # Nothing else.
        ((PANIC, ZAP, std("os.Exit")), "go.uber.org/zap", "dependency", ("os.Exit",)),
        ((PANIC, std("os.Exit")), None, "runtime", ("os.Exit",)),
        ((NATIVE,), None, "runtime", ("abort",)),
        ((), None, "nowhere", ()),
    ],
)  # fmt: skip
def test_the_deepest_package_is_that_of_the_innermost_non_standard_frame(
    frames: tuple[Frame, ...], package: str | None, owner: str, site: tuple[str, ...]
) -> None:
    found = looked_at(crash(*frames), None)
    assert (found.package, found.owner, found.site) == (package, owner, site)


def test_a_frame_of_a_test_file_is_of_a_test() -> None:
    frame = msgspec.structs.replace(own("TestAdd"), file="/src/cart/cart_test.go")
    assert looked_at(crash(PANIC, frame), None).owner == "test"


def test_where_only_the_standard_library_is_left_the_frame_that_it_is_grouped_by_counts() -> None:
    """That of whoever started the goroutine."""
    creator = Frame(function=f"{SHOP}.Start", package=SHOP)
    assert looked_at(crash(PANIC, std("os.Exit")), creator).package == SHOP
    alone = looked_at(Crash(id="e", kind="error", message="m"), creator)
    assert (alone.depth, alone.package) == (0, SHOP)


def test_of_a_race_the_access_counts_that_has_the_frame() -> None:
    first = Access(kind="read", frames=(own("Get"), own("Handler")))
    second = Access(kind="write", frames=(std("sort.Sort"), own("Put", f"{SHOP}/cache")))
    race = Crash(id="e", kind="race", message="data race", accesses=(first, second))
    assert looked_at(race, second.frames[1]).package == f"{SHOP}/cache"
    assert looked_at(race, first.frames[0]).depth == 1
    assert looked_at(race, None).package == SHOP


def test_frames_that_go_left_out_stand_behind_the_innermost_fifty() -> None:
    """traceback.go prints the innermost and the outermost 50 of a long stack."""
    frames = (PANIC, *[own("walk")] * 49, *[own("walk")] * 49, own("main"))
    deep = Crash(id="e", kind="fatal", message="m", goroutines=(goroutine(*frames, elided=900),))
    assert looked_at(deep, None).depth == 98 + 900
    near = (PANIC, own("f"), own("Handler"), *[lib("example.com/x/lib.A")] * 98)
    shallow = Crash(id="e", kind="fatal", message="m", goroutines=(goroutine(*near, elided=900),))
    assert looked_at(shallow, None).depth == 1


def test_of_a_hundred_thousand_frames_the_middle_is_only_counted() -> None:
    frames = tuple(own(f"f{n}") for n in range(100_000))
    assert looked_at(crash(*frames), None).depth == 99_999
    inner = (own("f"), own("Handler"), *[lib("example.com/x/lib.A")] * (2 * MOST_FRAMES))
    assert looked_at(crash(*inner), None).depth == 1


def test_frames_of_a_middleware_without_names_are_told_by_their_package() -> None:
    """As gin prints them where it has no source: a file in place of the function."""
    gin = Frame(function="context.go:192", package="github.com/gin-gonic/gin")
    frames = (own("main.go:18"), gin, gin, own("main.go:47"))
    assert looked_at(crash(*frames), None).depth == 1


def test_a_dump_of_text_is_read_as_the_goroutine_with_code_of_one_s_own() -> None:
    text = (
        "SIGQUIT: quit\nPC=0x1 m=0 sigcode=0\n\ngoroutine 1 [select]:\n"
        "main.run(...)\n\t/src/main.go:3\nmain.main()\n\t/src/main.go:9 +0x1\n"
    )
    found = crash_of_text(text, Build(), PipelineSettings())
    assert found is not None
    assert looked_at(found, None).depth == 1
