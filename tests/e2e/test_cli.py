"""The command as people run it: outputs, exit codes, bad input, signals. Every run is a real process."""

from __future__ import annotations

import gzip
import os
import pty
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import orjson
import pytest
import zstandard

from tests.kept import kept

PANICTRAIL = str(Path(sys.executable).with_name("panictrail"))

CRASH = b"""\
2026/11/23 08:00:00 listening on :8080
panic: runtime error: index out of range [5] with length 3

goroutine 1 [running]:
example.com/acme/shop/cart.Totals(...)
\t/src/shop/cart/totals.go:14
main.main()
\t/src/shop/main.go:9 +0x1d
exit status 2
"""
OTHER = CRASH.replace(b"cart.Totals", b"stock.Reserve").replace(b"cart/totals", b"stock/stock")


def panictrail(
    *arguments: object, stdin: bytes = b"", cwd: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """Run the command to its end."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("PANICTRAIL_")}
    return subprocess.run(
        [PANICTRAIL, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        check=False,
        cwd=cwd,
        env={**inherited, **environment},
        timeout=120,
    )


def reports(run: subprocess.CompletedProcess[bytes]) -> list[dict[str, object]]:
    """The reports that a run printed."""
    return [orjson.loads(line) for line in run.stdout.splitlines()]


def total(run: subprocess.CompletedProcess[bytes]) -> int:
    """All occurrences of all reports."""
    return sum(int(str(report["occurrences"])) for report in reports(run))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """One crash in a file."""
    path = tmp_path / "app.log"
    path.write_bytes(CRASH)
    return path


def test_the_report_names_what_broke_and_where_and_uses_no_colour_in_a_pipe(log: Path) -> None:
    run = panictrail("analyze", log)
    text = run.stdout.decode()
    assert run.returncode == 0
    assert not run.stderr
    assert "index out of range [5] with length 3 in cart.Totals" in text
    assert "/src/shop/cart/totals.go:14" in text
    assert "\x1b" not in text
    assert max(map(len, text.splitlines())) <= 80


def test_html_markdown_and_json_come_from_the_same_run(log: Path, tmp_path: Path) -> None:
    page = tmp_path / "out" / "report.html"
    run = panictrail("analyze", log, "--markdown", "--html", page)
    assert run.returncode == 0
    assert b"cart.Totals" in run.stdout
    assert "cart.Totals" in page.read_text()
    assert "http://" not in page.read_text().replace("http://www.w3.org", "")


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress], ids=["gzip", "zstd"])
def test_compressed_input_is_read_as_it_is_from_file_and_stdin(
    pack: object, tmp_path: Path
) -> None:
    assert callable(pack)
    path = tmp_path / "app.log.packed"
    path.write_bytes(pack(CRASH) + pack(OTHER))
    assert total(panictrail("analyze", "--json", path)) == 2
    assert total(panictrail("analyze", "--json", "-", stdin=path.read_bytes())) == 2


def test_standard_input_may_be_a_file_a_pipe_or_empty(log: Path) -> None:
    with log.open("rb") as stream:
        run = subprocess.run(
            [PANICTRAIL, "analyze", "-", "--json"], stdin=stream, capture_output=True, check=True
        )
    assert total(run) == 1
    assert total(panictrail("analyze", "-", "--json", stdin=CRASH)) == 1
    assert panictrail("analyze", "-", "--json").returncode == 0


def test_a_run_that_finds_nothing_says_what_it_read_and_what_to_try(tmp_path: Path) -> None:
    path = tmp_path / "calm.log"
    path.write_text("GET / 200\nrecovered from panic in checkout, see dump\nGET / 200\n")
    run = panictrail("analyze", path)
    text = run.stdout.decode()
    assert run.returncode == 0
    assert "1 file" in text
    assert "3 lines" in text
    assert "calm.log:2" in text
    assert "panictrail analyze -" in text


def test_state_makes_runs_incremental(log: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    first = panictrail("analyze", log, "--state", state, "--json")
    again = panictrail("analyze", log, "--state", state, "--json")
    assert first.stdout == again.stdout
    with log.open("ab") as out:
        out.write(OTHER)
    assert total(panictrail("analyze", log, "--state", state, "--json")) == 2
    moved = log.rename(tmp_path / "app.log.1")
    assert total(panictrail("analyze", moved, "--state", state, "--json")) == 2


def test_a_rotated_file_is_read_whole_and_what_was_open_is_kept(log: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    log.write_bytes(CRASH[:-15])
    panictrail("analyze", log, "--state", state)
    log.write_bytes(OTHER)
    assert total(panictrail("analyze", log, "--state", state, "--json")) == 2
    assert total(panictrail("analyze", log, "--state", state, "--json")) == 2


def test_a_file_that_is_not_named_again_keeps_its_crashes(log: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.log"
    other.write_bytes(OTHER)
    state = tmp_path / "state"
    panictrail("analyze", log, "--state", state)
    log.unlink()
    assert total(panictrail("analyze", other, "--state", state, "--json")) == 2


def test_no_raw_text_is_in_the_state_folder(tmp_path: Path) -> None:
    """A crash at the very end of a file is still open: law 8 holds for it too."""
    path = tmp_path / "app.log"
    path.write_bytes(CRASH[:-15].replace(b"with length 3", b"password=hunter2-the-second"))
    panictrail("analyze", path, "--state", tmp_path / "state")
    found = kept(tmp_path / "state")
    assert b"index out of range" in found
    assert b"hunter2-the-second" not in found


def test_a_missing_file_is_named_and_the_others_are_read(log: Path, tmp_path: Path) -> None:
    run = panictrail("analyze", tmp_path / "absent.log", log, "--json")
    assert run.returncode == 2
    assert b"absent.log: No such file or directory: check the name" in run.stderr
    assert total(run) == 1


def test_a_file_that_fails_while_it_is_read_is_named_and_the_others_are_read(log: Path) -> None:
    """/proc/self/mem is a file whose first byte cannot be read."""
    run = panictrail("analyze", "/proc/self/mem", log, "--json")
    assert run.returncode == 2
    assert b"/proc/self/mem: cannot be read: " in run.stderr
    assert total(run) == 1


def test_damaged_compressed_input_is_named_and_what_came_before_is_kept(
    log: Path, tmp_path: Path
) -> None:
    path = tmp_path / "cut.gz"
    path.write_bytes(gzip.compress(CRASH + b"ordinary\n" * 200_000)[:-20])
    run = panictrail("analyze", path, log, "--json")
    assert run.returncode == 2
    assert b"cut.gz: cannot be read: " in run.stderr
    assert total(run) >= 1


def test_an_empty_folder_is_named(tmp_path: Path) -> None:
    run = panictrail("analyze", tmp_path)
    assert run.returncode == 2
    assert b"the folder holds no files: name the folder that holds the logs" in run.stderr


def test_binary_garbage_is_searched_and_said(log: Path, tmp_path: Path) -> None:
    path = tmp_path / "garbage.bin"
    path.write_bytes(bytes(range(256)) * 5000 + b"\n" + CRASH.replace(b"14", b"15"))
    run = panictrail("analyze", path, log, "--json")
    assert run.returncode == 0
    assert b"garbage.bin: not text" in run.stderr
    assert total(run) == 2


def test_a_binary_is_recognised(tmp_path: Path) -> None:
    path = tmp_path / "true"
    path.write_bytes(Path("/bin/true").read_bytes())
    run = panictrail("analyze", path)
    assert b"an ELF file (a binary or a core): this version reads crash text only" in run.stderr


def test_a_very_long_line_is_read_in_parts_and_said(tmp_path: Path) -> None:
    path = tmp_path / "long.log"
    path.write_bytes(b"x" * 20_000_000 + b"\n" + CRASH)
    run = panictrail("analyze", path, "--json")
    assert run.returncode == 0
    assert b"long.log:1: a line longer than 8 MiB, searched in parts" in run.stderr
    assert total(run) == 1


def test_invalid_utf_8_is_shown_as_replacement_and_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "latin1.log"
    one, two = (CRASH.replace(b"length 3", b"length " + byte) for byte in (b"\xe4", b"\xf6"))
    path.write_bytes(one + two)
    run = panictrail("analyze", path, "--json")
    (report,) = reports(run)
    assert report["occurrences"] == 2
    assert "\ufffd" in str(report["title"])


def test_a_crash_that_never_ends_is_cut_kept_and_marked(tmp_path: Path) -> None:
    path = tmp_path / "endless.log"
    frame = b"main.f(" + b"0xc000012345, " * 200 + b"0x1)\n\t/src/main.go:9 +0x1d\n"
    path.write_bytes(CRASH[:-15] + b"\ngoroutine 2 [running]:\n" + frame * 7_000)
    run = panictrail("parse", path, "--json")
    records = [orjson.loads(line) for line in run.stdout.splitlines()]
    assert run.returncode == 0
    assert records[0]["truncated"]
    assert all(record["continues"] == records[0]["id"] for record in records[1:])
    assert len(records) == 2
    assert total(panictrail("analyze", path, "--json")) == 1


def test_a_state_folder_of_a_newer_version_is_refused(log: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    panictrail("analyze", log, "--state", state)
    with sqlite3.connect(state / "panictrail.sqlite") as db:
        db.execute("PRAGMA user_version=99")
    run = panictrail("analyze", log, "--state", state)
    assert run.returncode == 2
    assert b"written by a newer panictrail" in run.stderr


def test_a_page_that_cannot_be_written_is_said(log: Path) -> None:
    run = panictrail("analyze", log, "--html", "/dev/full")
    assert run.returncode == 2
    assert b"/dev/full: No space left on device" in run.stderr


def test_a_report_that_cannot_be_written_is_said(log: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        run = subprocess.run(
            [PANICTRAIL, "analyze", str(log)], stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert run.returncode == 2
    assert b"cannot write the result: No space left on device" in run.stderr


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    path = tmp_path / "many.log"
    path.write_bytes(b"".join(CRASH.replace(b"[5]", b"[%d]" % n) for n in range(3000)))
    command = f"{PANICTRAIL} parse --json {path} | head -c 1000"
    run = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], capture_output=True, check=False
    )
    assert run.returncode == 0
    assert not run.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_live_run_cleanly_with_what_was_read(
    number: signal.Signals, tmp_path: Path
) -> None:
    """The state is polled until the first crash is in it: then the process waits for more input."""
    state = tmp_path / "state"
    with subprocess.Popen(
        [PANICTRAIL, "analyze", "-", "--json", "--state", str(state)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        process.stdin.write(CRASH)
        process.stdin.flush()
        while not _has_row(state, "view.reports"):
            assert process.poll() is None
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert orjson.loads(out)["occurrences"] == 1
    assert b"Traceback" not in err


def _has_row(state: Path, table: str) -> bool:
    path = state / "panictrail.sqlite"
    if not path.exists():
        return False
    try:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
            return db.execute("SELECT 1 FROM rows WHERE tbl=?", (table,)).fetchone() is not None
    except sqlite3.OperationalError:
        return False


def test_a_live_input_that_is_quiet_ends_its_crash_and_later_lines_continue_it(
    tmp_path: Path,
) -> None:
    """The two halves come with a pause that the state shows, not one that the test guesses."""
    head, tail = CRASH[: CRASH.index(b"main.main")], CRASH[CRASH.index(b"main.main") :]
    state = tmp_path / "state"
    with subprocess.Popen(
        [PANICTRAIL, "analyze", "-", "--json", "--state", str(state)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PANICTRAIL_QUIET_SECONDS": "0.05"},
    ) as process:
        assert process.stdin is not None
        process.stdin.write(head)
        process.stdin.flush()
        while not _has_row(state, "view.reports"):
            assert process.poll() is None
        out, _ = process.communicate(tail, timeout=60)
    assert orjson.loads(out)["occurrences"] == 1


def test_kill_9_while_a_file_is_read_loses_and_doubles_nothing(tmp_path: Path) -> None:
    path = tmp_path / "big.log"
    block = b"GET /cart 200\n" * 2000
    path.write_bytes(b"".join(CRASH.replace(b"[5]", b"[%d]" % n) + block for n in range(600)))
    whole = panictrail("analyze", path, "--json")
    state = tmp_path / "state"
    for table in ("cluster.applied", "driver.positions"):
        with subprocess.Popen(
            [PANICTRAIL, "analyze", str(path), "--state", str(state)], stdout=subprocess.DEVNULL
        ) as process:
            while not _has_row(state, table):
                assert process.poll() is None
            process.kill()
    assert panictrail("analyze", path, "--state", state, "--json").stdout == whole.stdout


def test_a_state_folder_in_use_is_refused_and_the_first_process_goes_on(
    log: Path, tmp_path: Path
) -> None:
    state = tmp_path / "state"
    with subprocess.Popen(
        [PANICTRAIL, "analyze", "-", "--json", "--state", str(state)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        process.stdin.write(CRASH)
        process.stdin.flush()
        while not _has_row(state, "driver.positions") and not (state / "lock").exists():
            assert process.poll() is None
        while not (state / "lock").read_bytes():
            assert process.poll() is None
        run = panictrail("analyze", log, "--state", state)
        out, _ = process.communicate(timeout=60)
    assert run.returncode == 2
    assert f"is in use by process {process.pid}".encode() in run.stderr
    assert orjson.loads(out)["occurrences"] == 1


def test_progress_is_shown_on_a_terminal_and_nowhere_else(tmp_path: Path) -> None:
    path = tmp_path / "long.log"
    path.write_bytes(b"GET / 200\n" * 4_000_000)
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [PANICTRAIL, "analyze", str(path)], stdout=subprocess.PIPE, stderr=theirs
    ) as process:
        os.close(theirs)
        out = process.communicate(timeout=60)[0]
        shown = os.read(ours, 65536)
        os.close(ours)
    assert b"% " in shown
    assert b"of 38 MiB read" in shown
    assert b"MiB read" not in out
    assert panictrail("analyze", path).stderr == b""


def test_fail_on_crash_is_for_pipelines(log: Path, tmp_path: Path) -> None:
    calm = tmp_path / "calm.log"
    calm.write_text("GET / 200\n")
    assert panictrail("analyze", log, "--fail-on", "crash").returncode == 1
    assert panictrail("analyze", calm, "--fail-on", "crash").returncode == 0


def test_usage_errors_name_the_next_step() -> None:
    for arguments in ([], ["analyse"], ["analyze"], ["analyze", "x", "--colour"]):
        run = panictrail(*arguments)
        assert run.returncode == 2
        assert b"panictrail" in run.stderr + run.stdout
        assert b"Traceback" not in run.stderr


def test_cluster_and_explain_agree(tmp_path: Path) -> None:
    traces = tmp_path / "traces.jsonl"
    texts = {"a": CRASH, "b": CRASH.replace(b"[5]", b"[7]"), "c": OTHER}
    rows = [orjson.dumps({"id": k, "text": v.decode()}) for k, v in texts.items()]
    traces.write_bytes(b"\n".join(rows))
    run = panictrail("cluster", traces, "--json")
    a, b, c = (orjson.loads(line) for line in run.stdout.splitlines())
    assert [row["id"] for row in (a, b, c)] == ["a", "b", "c"]
    assert a["cluster"] == b["cluster"] != c["cluster"]
    assert panictrail("explain", traces, "a", "b").stdout.startswith(b"one cluster: ")
    assert b"normalised function" in panictrail("explain", traces, "a", "c").stdout
    assert panictrail("explain", traces, "a", "x").returncode == 2


def test_explain_reads_a_state_folder(log: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.log"
    other.write_bytes(OTHER)
    state = tmp_path / "state"
    found = reports(panictrail("analyze", log, other, "--state", state, "--json"))
    run = panictrail("explain", found[0]["cluster"], found[1]["representative"], "--state", state)
    assert run.stdout.startswith(b"two clusters: normalised function differ")
    assert panictrail("explain", "ffff", "eeee", "--state", state).returncode == 2


def test_dead_letters_are_listed_shown_and_replayed(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text(
        '{"kind":"deploy","batch":"b1","note":"password=hunter2-the-second"}\n{"core":"file:///c"}\n'
    )
    state = tmp_path / "state"
    panictrail("analyze", path, "--state", state)
    listed = panictrail("deadletter", "list", "--state", state, "--json")
    letters = [orjson.loads(line) for line in listed.stdout.splitlines()]
    assert {letter["reason"] for letter in letters} == {"invalid", "core-absent"}
    shown = panictrail("deadletter", "show", "--state", state).stdout
    assert b"b1" in shown
    assert b"hunter2" not in shown
    assert (
        b"0 of 2 went through, 2 kept"
        in panictrail("deadletter", "replay", "--state", state).stdout
    )
    again = panictrail("deadletter", "list", "--state", state, "--json")
    assert [orjson.loads(line)["attempt"] for line in again.stdout.splitlines()] == [2, 2]


def test_every_line_of_an_events_file_that_is_no_event_is_a_dead_letter(
    log: Path, tmp_path: Path
) -> None:
    events = tmp_path / "events.jsonl"
    events.write_bytes(
        b'garbage\n{"kind":"nope"}\n{"kind":"deploy"}\n\xff\xfe\n\n{"text":5}\n{"text":"panic: br'
    )
    state = tmp_path / "state"
    for _ in range(2):
        run = panictrail("analyze", log, "--events", events, "--state", state)
        assert b"6 records could not be processed" in run.stdout
    assert len(panictrail("deadletter", "list", "--state", state).stdout.splitlines()) == 6


def test_what_nearly_was_a_crash_is_shown_scrubbed(tmp_path: Path) -> None:
    path = tmp_path / "calm.log"
    path.write_text(f"saw panic: password=hunter2-one\npanic {'x' * 100} token=abcdef0123456789\n")
    run = panictrail("analyze", path, "--html", tmp_path / "page.html")
    assert b"calm.log:1" in run.stdout
    for shown in (run.stdout, (tmp_path / "page.html").read_bytes()):
        assert b"hunter2" not in shown
        assert b"token=abc" not in shown


def test_an_event_id_that_looks_like_a_secret_is_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "raw.jsonl"
    event_id = "ghp_abcdefghijklmnopqrstuvwxyz0123456780"
    path.write_bytes(orjson.dumps({"text": CRASH.decode(), "event_id": event_id}))
    run = panictrail("analyze", path, "--json")
    assert total(run) == 1
    assert event_id.encode() not in run.stdout


def test_a_crash_with_timestamps_after_one_without_is_found(tmp_path: Path) -> None:
    path = tmp_path / "both.log"
    timed = b"".join(b"2026-11-23T08:00:00Z " + line for line in OTHER.splitlines(keepends=True))
    path.write_bytes(CRASH.removesuffix(b"exit status 2\n") + timed.partition(b"\n")[2])
    assert total(panictrail("analyze", path, "--json")) == 2


def test_events_alone_fill_a_state(tmp_path: Path) -> None:
    """Which commit ran where is a table of its own; docs/trace-link.md has what it answers."""
    events = tmp_path / "events.jsonl"
    events.write_text(
        '{"kind":"deploy","delivery_id":"d","service":"shop","batch":"b-1","build_id":"7","occurred_at":"2026-11-23T08:00:00Z"}\n'
        '{"kind":"ci.build","delivery_id":"c","repo":"acme/shop","build_id":"7","commit":"4f2a","status":"success"}\n'
    )
    for _ in range(2):
        assert panictrail("analyze", "--events", events, "--state", tmp_path / "s").returncode == 0
    with closing(sqlite3.connect(tmp_path / "s" / "panictrail.sqlite")) as link:
        found = link.execute(
            "SELECT deploy_batch, commit_sha, timestamp FROM trace_link"
        ).fetchall()
    assert found == [("b-1", "4f2a", "2026-11-23T08:00:00Z")]
    run = panictrail("analyze", "--state", tmp_path / "s")
    assert (run.returncode, run.stdout) == (2, b"")
    assert b"nothing to read: name a log" in run.stderr


def test_doctor_names_each_value_with_its_origin(tmp_path: Path) -> None:
    (tmp_path / "panictrail.toml").write_text('service = "shop"\nquiet_seconds = 3\n')
    run = panictrail(
        "doctor", "--state", tmp_path / "s", cwd=tmp_path, PANICTRAIL_QUIET_SECONDS="5"
    )
    text = run.stdout.decode()
    assert run.returncode == 0
    assert "panictrail.toml" in next(line for line in text.splitlines() if "service" in line)
    assert "environment" in next(line for line in text.splitlines() if "quiet" in line)
    assert "flag" in next(line for line in text.splitlines() if line.startswith("  state"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("service = ", b"not TOML"),
        ("servce = 'x'", b"unknown setting 'servce': known are"),
        ("quiet_seconds = 'long'", b"panictrail.toml: Expected"),
        ("[[scrub_patterns]]\nname = 'x'\nregex = '('", b"x"),
    ],
)
def test_a_bad_configuration_is_named(content: str, said: bytes, tmp_path: Path, log: Path) -> None:
    (tmp_path / "panictrail.toml").write_text(content)
    run = panictrail("analyze", log, cwd=tmp_path)
    assert run.returncode == 2
    assert said in run.stderr
    assert b"Traceback" not in run.stderr
