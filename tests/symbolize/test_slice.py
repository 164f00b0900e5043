"""A slice of the matrix: this machine's Go, four ways to link, four ways to die; `make matrix` has all of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.symbolize.__main__ import OUT, SLICE_MODES, SLICE_VARIANTS
from tests.symbolize.judge import Row, rows
from tests.symbolize.toolchains import local

ROOT = Path(__file__).resolve().parents[2]


def made() -> None:
    """The cases; what is there from an earlier run is kept."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.symbolize", "--slice"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.timeout(400)
def test_addresses_and_cores_are_what_the_programs_themselves_said() -> None:
    made()
    expected = {f"go{local()}-{variant}" for variant in SLICE_VARIANTS}
    found: list[Row] = [
        row
        for row in rows(OUT, f"go{local()}-*")
        if row.case in expected and row.what in ("addresses", *SLICE_MODES)
    ]
    assert len(found) == len(SLICE_VARIANTS) * (1 + len(SLICE_MODES))
    for row in found:
        assert row.share == 1, str(row)
