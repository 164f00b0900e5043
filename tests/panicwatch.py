"""Programs of go/ that tests run: panicwatch, crasher that dies in the way it is told, live that goes on.

In: nothing. Out: paths of binaries, built once a run from this tree; none needs a library.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests.symbolize.toolchains import GO

_GO: Final = Path(__file__).resolve().parents[1] / "go"


def built(folder: Path, package: str) -> Path:
    """The program of a package below go/, in a folder."""
    name = folder / Path(package).name
    done = subprocess.run(
        [GO, "build", "-o", str(name), "."],
        cwd=_GO / package,
        env={**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "", "GOWORK": "off"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return name


@pytest.fixture(scope="session")
def panicwatch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The supervisor, as it is in this tree."""
    return built(tmp_path_factory.mktemp("panicwatch"), "panicwatch")


@pytest.fixture(scope="session")
def crasher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """go/panicwatch/testdata/crasher."""
    return built(tmp_path_factory.mktemp("crasher"), "panicwatch/testdata/crasher")


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """go/fixtures/live."""
    return built(tmp_path_factory.mktemp("live"), "fixtures/live")
