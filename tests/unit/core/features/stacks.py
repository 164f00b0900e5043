"""Frames, goroutines and crashes as the tests of this folder build them."""

from __future__ import annotations

from streams.model.crash import Context, Crash, CrashKind, Frame, Goroutine, Panic

SHOP = "example.com/acme/shop"


def own(name: str, package: str = SHOP) -> Frame:
    """A frame of the user's own code."""
    file = f"/src/{name.lower()}.go"
    function = f"{package}.{name}"
    return Frame(function=function, package=package, file=file, in_app=True, in_app_by="path")


def lib(function: str) -> Frame:
    """A frame of a dependency."""
    folder, _, name = function.rpartition("/")
    return Frame(function=function, package=f"{folder}/{name.partition('.')[0]}".lstrip("/"))


def std(function: str) -> Frame:
    """A frame of the standard library."""
    folder, slash, name = function.rpartition("/")
    return Frame(function=function, package=folder + slash + name.partition(".")[0], std=True)


PANIC = Frame(function="panic", std=True)
SERVER = (
    std("net/http.HandlerFunc.ServeHTTP"),
    std("net/http.(*ServeMux).ServeHTTP"),
    std("net/http.serverHandler.ServeHTTP"),
    std("net/http.(*conn).serve"),
)


def goroutine(
    *frames: Frame, number: int = 1, state: str = "running", crashed: bool = True, elided: int = 0
) -> Goroutine:
    """A goroutine with these frames, innermost first."""
    return Goroutine(id=number, state=state, crashed=crashed, frames=frames, elided=elided)


def crash(
    *frames: Frame, message: str = "m", status: int | None = None, kind: CrashKind = "panic"
) -> Crash:
    """A crash of one goroutine."""
    return Crash(
        id="e",
        kind=kind,
        message=message,
        panics=(Panic(value=message),),
        goroutines=(goroutine(*frames),),
        context=Context(http_status=status),
    )
