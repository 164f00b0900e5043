"""Spools as people use them: `spool`, `analyze`, `serve --spool`, over what the real panicwatch writes."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from urllib.request import urlopen

import orjson

from streams.adapters.sqlite_store import SqliteStore
from streams.drivers.embedded.reading import reports
from tests.e2e.test_cli import PANICTRAIL, panictrail
from tests.e2e.test_serve import Serving, serving
from tests.spool_writer import at, crash, record, write
from tests.tiny_go import Tiny
from tests.waiting import until

MODES = ("panic", "nil", "nested", "deadlock", "goexit")


def died(panicwatch: Path, program: Path, folder: Path, mode: str) -> tuple[int, bytes]:
    """When a program that the supervisor ran died, and what it wrote to its standard error."""
    command = [str(panicwatch), "--spool", str(folder), "--", str(program), mode]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
        assert process.stderr is not None
        first = process.stderr.read(1)
        began = time.time_ns()
        return began, first + process.stderr.read()


def occurrences(lines: bytes) -> int:
    """Of all reports."""
    return sum(orjson.loads(line)["occurrences"] for line in lines.splitlines())


def container_lines(began: int, text: bytes) -> list[bytes]:
    """What a container runtime makes of it (CRI: time, stream, F, the line)."""
    found = []
    for number, line in enumerate(text.splitlines()):
        seconds, rest = divmod(began + number * 1000, 10**9)
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
        found.append(f"{stamp}.{rest:09d}Z stderr F ".encode() + line + b"\n")
    return found


def test_what_the_supervisor_kept_is_what_the_runtime_wrote(
    panicwatch: Path, tiny: Tiny, tmp_path: Path
) -> None:
    spool = tmp_path / "spool"
    told = [died(panicwatch, tiny.binary(), spool, mode)[1] for mode in MODES]
    assert panictrail("spool", "cat", spool).stdout == b"".join(told)
    rows = [
        orjson.loads(line)
        for line in panictrail("spool", "list", spool, "--json").stdout.splitlines()
    ]
    assert [row["raw"].encode() for row in rows] == told
    assert {row["exit"]["code"] for row in rows} == {2}
    assert [row["command"][1] for row in rows] == list(MODES)
    listed = panictrail("spool", "list", spool)
    assert listed.returncode == 0
    assert len(listed.stdout.splitlines()) == len(MODES)


def test_crashes_by_both_routes_count_once(panicwatch: Path, tiny: Tiny, tmp_path: Path) -> None:
    spool, log = tmp_path / "spool", tmp_path / "app.log"
    for mode in MODES * 3:
        began, text = died(panicwatch, tiny.binary(), spool, mode)
        with log.open("ab") as out:
            out.writelines(container_lines(began, text))
    alone = panictrail("analyze", spool, "--json").stdout
    both = panictrail("analyze", log, spool, "--json").stdout
    assert occurrences(alone) == occurrences(both) == 3 * len(MODES)
    assert occurrences(panictrail("analyze", spool, log, "--json").stdout) == 3 * len(MODES)


def test_a_spool_is_gone_on_with_where_it_was(tmp_path: Path) -> None:
    spool, state = tmp_path / "spool", tmp_path / "state"
    write(spool, record(crash(1)), record(crash(2), at=at(1)))
    first = panictrail("analyze", spool, "--state", state, "--json")
    assert occurrences(first.stdout) == 2
    assert panictrail("analyze", spool, "--state", state, "--json").stdout == first.stdout
    write(spool, record(crash(3), at=at(2)), number=1)
    with (next(iter(spool.iterdir()))).open("ab") as stream:
        stream.write(record(crash(4), at=at(3)))
    assert occurrences(panictrail("analyze", spool, "--state", state, "--json").stdout) == 4
    said = panictrail("analyze", spool, "--state", state).stdout
    assert b"4 crashes" in said


def test_a_killed_process_is_shown_with_its_last_events(tmp_path: Path) -> None:
    ended = {"code": None, "signal": 9, "core": False, "oom": True}
    ring = b"GET /cart 200\nPOST /pay begun\n"
    write(tmp_path / "spool", record(b"", ring=ring, source="ring", exit=ended))
    said = panictrail("analyze", tmp_path / "spool").stdout.decode()
    assert "killed by SIGKILL, out of memory: shopd" in said
    assert "POST /pay begun" in said
    page = tmp_path / "page.html"
    panictrail("analyze", tmp_path / "spool", "--html", page)
    assert "POST /pay begun" in page.read_text()
    assert (
        "POST /pay begun" in panictrail("analyze", tmp_path / "spool", "--markdown").stdout.decode()
    )


def test_damage_is_said_with_its_place_and_the_rest_goes_on(tmp_path: Path) -> None:
    one = record(crash(1))
    path = write(tmp_path, one, b"\xf5PS1 no record", record(crash(2), at=at(1)))
    for kind in ("list", "cat"):
        found = panictrail("spool", kind, tmp_path)
        assert found.returncode == 0
        assert f"{path}: 14 bytes from offset {len(one)} on" in found.stderr.decode()
    assert panictrail("spool", "cat", tmp_path).stdout == crash(1) + crash(2)
    analyzed = panictrail("analyze", tmp_path, "--json")
    assert occurrences(analyzed.stdout) == 2
    assert f"offset {len(one)}" in analyzed.stderr.decode()


def test_a_spool_that_is_not_there_is_bad_input(tmp_path: Path) -> None:
    for words in (("spool", "list"), ("spool", "cat"), ("collect", "spool", "--spool")):
        found = panictrail(*words, tmp_path / "none")
        assert found.returncode == 2
        assert "No such file" in found.stderr.decode()
    (tmp_path / "empty").mkdir()
    assert panictrail("spool", "list", tmp_path / "empty").returncode == 0


def test_a_spool_without_a_crash_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "lost.txt").write_bytes(b"\0" * 4096)
    assert panictrail("analyze", tmp_path, "--json").returncode == 0


def test_a_log_of_that_name_is_a_log(tmp_path: Path) -> None:
    (tmp_path / "lost.txt").write_bytes(crash(1))
    (tmp_path / "other.log").write_bytes(b"nothing\n")
    assert occurrences(panictrail("analyze", tmp_path, "--json").stdout) == 1


def test_serve_follows_a_spool_and_its_state_is_the_same(tmp_path: Path) -> None:
    spool, state = tmp_path / "spool", tmp_path / "state"
    write(spool, *(record(crash(n % 5), at=at(n)) for n in range(40)))
    with serving(state, "--spool", str(spool)) as it:
        until(lambda: "panictrail_spool_records_total 40" in page(it), "40 records")
        write(spool, record(crash(9), at=at(90)), number=1)
        until(lambda: "panictrail_spool_records_total 41" in page(it), "41 records")
    with SqliteStore(state) as store:
        assert sum(report.occurrences for report in reports(store)) == 41
    with serving(state, "--spool", str(spool)) as again:
        until(lambda: "panictrail_spool_bytes 0" in page(again), "a look at the spool")
        assert "panictrail_spool_records_total 0" in page(again)
    assert occurrences(panictrail("analyze", spool, "--state", state, "--json").stdout) == 41


def page(it: Serving) -> str:
    """What /metrics says."""
    with urlopen(f"http://127.0.0.1:{it.port}/metrics", timeout=30) as found:
        text: str = found.read().decode()
        return text


def test_nothing_that_is_stored_has_a_secret_of_the_spool(tmp_path: Path) -> None:
    secret = b"hunter2-the-second"
    text = (
        b"panic: login with password="
        + secret
        + b"\n\ngoroutine 1 [running]:\nmain.main()\n\t/src/main.go:5 +0x1d\n"
    )
    write(
        tmp_path / "spool",
        record(text, ring=b"POST /login password=" + secret + b"\n"),
        record(b'{"text":"password=' + secret + b'"}', at=at(5)),
    )
    found = panictrail("analyze", tmp_path / "spool", "--state", tmp_path / "state", "--json")
    assert secret not in found.stdout + found.stderr
    assert all(
        secret not in path.read_bytes()
        for path in (tmp_path / "state").rglob("*")
        if path.is_file()
    )
    letters = subprocess.run(
        [PANICTRAIL, "deadletter", "list", "--state", str(tmp_path / "state")],
        capture_output=True,
        check=True,
    )
    assert secret not in letters.stdout
    assert b"no-crash-in-text" in letters.stdout
