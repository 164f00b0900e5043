"""Frames in Go files of a test, and where they are placed.

In: files by their paths, the text of a line. Out: requests, answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from streams.drivers.places import PlaceFacts
from streams.model.crash import Build
from streams.model.message import decode
from streams.model.place import Placed, PlaceFrame, PlaceKey, place_request
from streams.model.step import Present, Request

MODULE = "example.com/shop"


def frame(files: Mapping[str, str], path: str, function: str, text: str) -> PlaceFrame:
    """A frame of a build elsewhere: the line that holds the text."""
    line = files[path][: files[path].index(text)].count("\n") + 1
    package = f"{MODULE}/{path.rpartition('/')[0]}"
    return PlaceFrame(f"{package}.{function}", f"/build/shop/{path}", line, package)


def asked(
    *frames: PlaceFrame, failure: str = "nil-dereference", build: Build | None = None
) -> Request:
    return place_request(PlaceKey(build or Build(), failure, "panic", frames))


@contextmanager
def facts(*paths: Path) -> Iterator[PlaceFacts]:
    with closing(PlaceFacts({path.name: path for path in paths})) as found:
        yield found


def placed(places: PlaceFacts, request: Request) -> Placed:
    fact = places.resolve(request)
    assert isinstance(fact, Present), fact
    return decode(fact.data, Placed)


def write(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder
