"""`collect cores` and `serve --cores` as programs: killed and started again, nothing is lost, nothing counts twice."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from functools import partial
from pathlib import Path
from urllib.request import urlopen

import orjson
import pytest

from streams.adapters.sqlite_store import SqliteStore
from streams.drivers.embedded.reading import reports
from tests.cores import DIED, PANICTRAIL, Machine, words
from tests.e2e.test_serve import Serving, serving
from tests.tiny_go import Tiny
from tests.waiting import until


def lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


def has_more_lines(path: Path, before: int) -> bool:
    return lines(path) > before


def occurrences(*arguments: object) -> list[int]:
    done = subprocess.run(
        [PANICTRAIL, *map(str, arguments), "--json"],
        capture_output=True,
        check=True,
        env=os.environ,
    )
    return [orjson.loads(line)["occurrences"] for line in done.stdout.splitlines()]


def test_killed_again_and_again_it_takes_each_core_once(tiny: Tiny, tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    folder = tmp_path / "crashes"
    folder.mkdir()
    modes = ("panic", "nil", "nested", "error")
    for kill, mode in enumerate(modes):
        shutil.copyfile(tiny.core(mode), folder / f"core.{kill}")
        os.utime(folder / f"core.{kill}", (DIED, DIED))
        with tiny.core(mode).open("rb") as core:
            assert machine.handle(core, words(pid=4_000_000 + kill)).returncode == 0
        running = subprocess.Popen(machine.collecting("--folder", folder, "--delete"))
        until(partial(has_more_lines, machine.refs, lines(machine.refs)), "a reference")
        running.send_signal(signal.SIGKILL)
        running.wait()
    done = machine.collect("--folder", folder, "--delete")
    assert (done.returncode, done.stdout) == (0, "")
    assert list(folder.iterdir()) == []
    assert machine.waiting() == []
    cores = machine.cores()
    assert len(cores) == 2 * len(modes)
    assert {Path(ref.core.removeprefix("file://")) for ref in machine.sent()} == set(cores)
    # A core by two ways is one crash, and so is a reference that came twice.
    assert sum(occurrences("analyze", machine.refs, "--binary", tiny.binary("stripped"))) == 4


def test_one_collector_has_the_spool(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    with subprocess.Popen(machine.collecting()) as running:
        until((machine.spool / "lock").exists, "the first one")
        until(lambda: (machine.spool / "lock").read_text() == str(running.pid), "its lock")
        done = machine.collect()
        running.terminate()
        assert running.wait() == 0
    assert done.returncode == 2
    assert f"in use by process {running.pid}" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("--folder", "/no/such/folder"),
            "/no/such/folder: No such file or directory: name a folder",
        ),
        (
            ("--store", "ftp://x"),
            "--core-store: core_store = 'ftp://x': want file:///FOLDER or s3://",
        ),
        (("--core-spool", "relative"), "want the whole path of a folder"),
    ],
)
def test_mistakes_are_said_with_the_next_step(
    arguments: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    done = Machine(tmp_path).collect(*arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_store_that_is_away_leaves_everything_in_the_spool(tiny: Tiny, tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.store.write_text("no folder")
    with tiny.core("panic").open("rb") as core:
        assert machine.handle(core).returncode == 0
    done = machine.collect()
    assert done.returncode == 3
    assert "cores wait in" in done.stderr
    assert len(machine.waiting()) == 1
    machine.store.unlink()
    done = machine.collect()
    assert done.returncode == 0, done.stderr
    (ref,) = machine.sent()
    assert ref.core.startswith(machine.store.as_uri())
    assert machine.waiting() == []


def test_from_s3_to_the_report(tiny: Tiny, tmp_path: Path, bucket: str) -> None:
    """The handler has no credentials: the collector brings the core to the store, and `analyze` reads it there."""
    machine = Machine(tmp_path, store=bucket)
    folder = tmp_path / "crashes"
    folder.mkdir()
    shutil.copyfile(tiny.core("nil"), folder / "core")
    with tiny.core("panic").open("rb") as core:
        assert machine.handle(core).returncode == 0
    assert len(machine.cores()) == 1
    done = machine.collect("--folder", folder)
    assert done.returncode == 0, done.stderr
    assert machine.cores() == []
    assert all(ref.core.startswith(bucket) for ref in machine.sent())
    assert occurrences("analyze", machine.refs, "--binary", tiny.binary("stripped")) == [1, 1]
    # The program of one of them is in the store, too.
    assert [ref.binary for ref in machine.sent() if ref.binary] == [
        f"{bucket}/binaries/{ref.build_id}.zst" for ref in machine.sent() if ref.binary
    ]


def test_serve_follows_the_handler_and_folders(tiny: Tiny, tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    folder, state = tmp_path / "crashes", tmp_path / "state"
    folder.mkdir()
    shutil.copyfile(tiny.core("nil"), folder / "core")
    with tiny.core("panic").open("rb") as core:
        assert machine.handle(core).returncode == 0
    words = (
        "--config", str(machine.config), "--cores", "--folder", str(folder),
        "--binary", str(tiny.binary("stripped")),
    )  # fmt: skip
    with serving(state, *words) as it:
        until(lambda: 'panictrail_cores_total{state="whole"} 2' in page(it), "both cores")
    with SqliteStore(state) as store:
        assert [report.occurrences for report in reports(store)] == [1, 1]
    assert machine.waiting() == []
    assert (folder / "core").exists()
    with serving(state, *words) as again:
        until(lambda: "panictrail_core_spool_bytes 0" in page(again), "a look")
        assert 'panictrail_cores_total{state="whole"}' not in page(again)


def page(it: Serving) -> str:
    """What /metrics says."""
    with urlopen(f"http://127.0.0.1:{it.port}/metrics", timeout=30) as found:
        text: str = found.read().decode()
        return text
