"""Marks of frames: standard library, own code, dependency, and by what evidence."""

from __future__ import annotations

import pytest

from streams.core.symbolize.marks import mark_frame, mark_goroutines
from streams.model.crash import Ancestor, Build, Frame, Goroutine
from streams.model.settings import PipelineSettings

NONE = PipelineSettings()
UNKNOWN = Build()
SHOP = Build(module="example.com/acme/shop")


def marks(
    package: str | None, file: str | None, build: Build = UNKNOWN, settings: PipelineSettings = NONE
) -> tuple[bool, bool, str | None]:
    """std, in_app, in_app_by of a frame."""
    frame = Frame(function=f"{package}.F", package=package, file=file, line=7)
    marked = mark_frame(frame, build, settings)
    return marked.std, marked.in_app, marked.in_app_by


STD = (True, False, None)
NOTHING = (False, False, None)


@pytest.mark.parametrize(
    ("package", "file", "expected"),
    [
        ("main", "/src/shop/main.go", (False, True, "path")),
        ("main", "example.com/acme/shop/main.go", (False, True, "path")),
        ("main_test", "/src/shop/main_test.go", (False, True, "path")),
        ("example.com/acme/shop/cart", "/src/shop/cart/cart.go", (False, True, "path")),
        ("example.com/acme/shop/cart", None, (False, True, "path")),
        ("net/http", "/usr/local/go/src/net/http/server.go", STD),
        ("internal/runtime/maps", "runtime/panic.go", STD),
        ("net/shop", "/home/me/net/shop/shop.go", (False, True, "path")),
        # the module cache, with its folder and as -trimpath writes it
        ("example.com/lib", "/root/go/pkg/mod/example.com/lib@v1.2.3/lib.go", (False, False, "path")),
        ("example.com/lib", "example.com/lib@v1.2.3/lib.go", (False, False, "path")),
        ("example.com/lib/v2/a", "example.com/lib/v2@v2.0.1-0.2024/a/a.go", (False, False, "path")),
        ("example.com/lib", "C:\\Users\\me\\go\\pkg\\mod\\example.com\\lib@v1.2.3\\lib.go", (False, False, "path")),
        # vendored dependencies
        ("example.com/lib", "/src/shop/vendor/example.com/lib/lib.go", (False, False, "path")),
        ("example.com/lib", "C:\\shop\\vendor\\example.com\\lib\\lib.go", (False, False, "path")),
        ("example.com/vendors/lib", "/src/vendors/lib/lib.go", (False, True, "path")),
        (None, "/usr/include/stdio.h", NOTHING),
    ],
)  # fmt: skip
def test_a_frame_is_marked_by_its_package_and_path(
    package: str | None, file: str | None, expected: tuple[bool, bool, str | None]
) -> None:
    assert marks(package, file) == expected


@pytest.mark.parametrize(
    ("package", "in_app"),
    [
        ("example.com/acme/shop", True),
        ("example.com/acme/shop/cart", True),
        ("example.com/acme/shop_test", True),
        ("example.com/acme/shop/cart_test", True),
        ("example.com/acme/shopping", False),
        ("example.com/acme", False),
        ("example.com/lib", False),
    ],
)
def test_the_module_of_the_build_says_what_is_own_code(package: str, *, in_app: bool) -> None:
    assert marks(package, f"{package}/x.go", SHOP) == (False, in_app, "build")


def test_main_is_own_code_whatever_the_module_and_a_dependency_never() -> None:
    assert marks("main", "/x/main.go", SHOP) == (False, True, "path")
    cached = "/root/go/pkg/mod/example.com/acme/shop@v1.0.0/x.go"
    assert marks("example.com/acme/shop", cached, SHOP) == (False, False, "path")


def test_the_users_lists_win_over_everything_but_the_standard_library() -> None:
    settings = PipelineSettings(modules=("example.com/lib",), third_party=("example.com/acme",))
    cached = "/root/go/pkg/mod/example.com/lib@v1.0.0/x.go"
    assert marks("example.com/lib", cached, SHOP, settings) == (False, True, "config")
    assert marks("example.com/acme/shop", None, SHOP, settings) == (False, False, "config")
    assert marks("example.com/libs", None, SHOP, settings) == (False, False, "build")
    std = PipelineSettings(modules=("net/http",))
    assert marks("net/http", "/usr/local/go/src/net/http/server.go", SHOP, std) == STD


def test_own_modules_win_over_third_party() -> None:
    settings = PipelineSettings(modules=("example.com/acme",), third_party=("example.com/acme",))
    assert marks("example.com/acme/shop", None, Build(), settings) == (False, True, "config")


def test_the_panic_frame_is_standard_although_it_names_no_package() -> None:
    frame = Frame(function="panic", file="/usr/local/go/src/runtime/panic.go", line=860)
    assert mark_frame(frame, Build(), NONE).std


def test_native_frames_are_neither_standard_nor_own() -> None:
    frame = Frame(function="abort", package="main", native=True)
    marked = mark_frame(frame, Build(), NONE)
    assert (marked.std, marked.in_app, marked.in_app_by) == NOTHING


def test_marking_changes_nothing_else_and_reaches_ancestors() -> None:
    frame = Frame(
        function="main.f", package="main", file="/a.go", line=3, args="0x1", offset="0x2", pc="0x3"
    )
    ancestor = Ancestor(id=1, frames=(frame,))
    goroutine = Goroutine(id=7, state="running", frames=(frame, frame), ancestors=(ancestor,))
    (marked,) = mark_goroutines((goroutine,), Build(), NONE)
    expected = Frame(
        function="main.f",
        package="main",
        file="/a.go",
        line=3,
        args="0x1",
        offset="0x2",
        pc="0x3",
        in_app=True,
        in_app_by="path",
    )
    assert marked == Goroutine(
        id=7,
        state="running",
        frames=(expected, expected),
        ancestors=(Ancestor(id=1, frames=(expected,)),),
    )


def test_marking_twice_is_marking_once_and_a_new_build_marks_anew() -> None:
    frame = Frame(function="example.com/lib.F", package="example.com/lib")
    own = mark_frame(frame, Build(), NONE)
    assert mark_frame(own, Build(), NONE) == own
    assert mark_frame(own, SHOP, NONE) == mark_frame(frame, SHOP, NONE) != own
