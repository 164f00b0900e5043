"""Programs from Debian packages for tests, by ops/debian/fetch: nothing is installed, no service of the system is used.

In: names of packages. Out: the folder they are unpacked in, and the environment that their programs need. A system
without apt, or a mirror that does not answer, is a failure that says so.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

import pytest

FETCH: Final = Path(__file__).resolve().parents[1] / "ops" / "debian" / "fetch"


def tree(*packages: str) -> Path:
    """The folder with the unpacked packages and what they need beyond this system."""
    return Path(_fetch(*packages).strip())


def environment(*packages: str) -> dict[str, str]:
    """PATH and LD_LIBRARY_PATH for programs of the packages."""
    lines = _fetch("--env", *packages).splitlines()
    return dict(line.split("=", 1) for line in lines)


def _fetch(*words: str) -> str:
    done = subprocess.run([FETCH, *words], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(done.stderr.strip(), pytrace=False)
    return done.stdout
