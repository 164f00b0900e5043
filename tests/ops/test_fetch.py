"""ops/debian/fetch: the cache answers alone, what is missing is named. tests/kafka/test_rsyslog.py fetches for real."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.debian import FETCH


def _run(folder: Path, *words: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = {"DEBIAN_FETCH_DIR": str(folder), "PATH": path or "/nowhere"}
    return subprocess.run(
        [sys.executable, FETCH, *words],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def _unpacked(folder: Path) -> Path:
    tree = folder / "trees" / "hello+world"
    (tree / "usr" / "bin").mkdir(parents=True)
    library = tree / "usr" / "lib" / "x86_64-linux-gnu" / "libhello.so.1"
    library.parent.mkdir(parents=True)
    library.touch()
    (tree / ".complete").touch()
    return tree


def test_what_was_fetched_is_found_without_apt_in_any_order_of_names(tmp_path: Path) -> None:
    tree = _unpacked(tmp_path)
    for words in (("hello", "world"), ("world", "hello", "world")):
        done = _run(tmp_path, *words)
        assert (done.returncode, done.stdout.strip()) == (0, str(tree)), done.stderr


def test_the_environment_names_programs_and_libraries(tmp_path: Path) -> None:
    tree = _unpacked(tmp_path)
    assert _run(tmp_path, "--env", "hello", "world").stdout.splitlines() == [
        f"PATH={tree}/usr/bin:/nowhere",
        f"LD_LIBRARY_PATH={tree}/usr/lib/x86_64-linux-gnu",
    ]


def test_a_system_without_apt_is_told_so(tmp_path: Path) -> None:
    done = _run(tmp_path, "hello")
    assert done.returncode == 3
    assert "apt-get is not here" in done.stderr


def test_half_a_tree_is_no_tree(tmp_path: Path) -> None:
    (_unpacked(tmp_path) / ".complete").unlink()
    assert _run(tmp_path, "hello", "world").returncode == 3


def test_a_name_that_no_package_can_have_never_reaches_apt(tmp_path: Path) -> None:
    for name in ("-oAPT::Thing=1", "../../etc", "two words"):
        done = _run(tmp_path, "--", name, path="/usr/bin:/bin")
        assert done.returncode == 2
        assert "is no name of a Debian package" in done.stderr
