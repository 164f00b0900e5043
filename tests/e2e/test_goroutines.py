"""`panictrail goroutines` as people run it. Every run is a real process; panicparse is asked for its groups too."""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import os
import signal
import subprocess
import sys
import termios
from array import array
from collections import Counter
from functools import cache, partial
from pathlib import Path
from typing import IO

import jsonschema
import orjson
import pytest
import zstandard

from tests.symbolize.toolchains import GO, local
from tests.waiting import until

PANICTRAIL = str(Path(sys.executable).with_name("panictrail"))
ROOT = Path(__file__).resolve().parents[2]
PARKED = ROOT / "tests" / "unit" / "core" / "parse" / "texts" / "parkinglot.txt"
GOLDEN = ROOT / "tests" / "golden"
PEERS = ROOT / "benchmarks" / "goroutines" / "peers"
BLOCKS = PARKED.read_text().rstrip("\n").split("\n\n")


def goroutines(
    *arguments: object, stdin: bytes = b"", **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """Run the command to its end."""
    return subprocess.run(
        [PANICTRAIL, "goroutines", *map(str, arguments)],
        input=stdin,
        capture_output=True,
        check=False,
        env={**os.environ, **environment},
        timeout=120,
    )


@cache
def of_parked(*options: str) -> subprocess.CompletedProcess[bytes]:
    """The same of the parked dump; once."""
    return goroutines(PARKED, *options)


def objects(run: subprocess.CompletedProcess[bytes], schema: str) -> list[dict[str, object]]:
    """What a run printed, which is of the schema."""
    assert not run.stderr, run.stderr
    validator = jsonschema.Draft202012Validator(
        orjson.loads((ROOT / "schemas" / f"{schema}.json").read_bytes())
    )
    found = [orjson.loads(line) for line in run.stdout.splitlines()]
    for each in found:
        validator.validate(each)
    return found


def large(path: Path, goroutines_count: int = 4000) -> Path:
    """The same few stacks again and again: more than a pipe takes."""
    bodies = [block.partition("\n") for block in BLOCKS[1:]]
    with path.open("w") as out:
        out.write(f"{BLOCKS[0]}\n")
        for number in range(2, goroutines_count + 1):
            header, _, body = bodies[number % len(bodies)]
            state = header[header.index("[") :]
            out.write(f"\ngoroutine {number} {state}\n{body}\n")
    return path


def test_groups_fold_identical_stacks_and_count_states() -> None:
    run = of_parked("--group")
    lines = run.stdout.decode().splitlines()
    assert (run.returncode, run.stderr) == (0, b"")
    assert lines[1] == (
        "121 goroutines (14 stacks): 24 chan receive, 24 select, 24 sync.Cond.Wait, "
        "24 sync.Mutex.Lock, 12 sleep, 11 semacquire, 1 IO wait, 1 running"
    )
    assert "    … 4 frames of internal/sync and sync" in lines
    assert "\x1b" not in run.stdout.decode()


def test_without_groups_every_goroutine_has_all_its_frames_the_crashed_one_first() -> None:
    path = GOLDEN / "concurrent-map-writes" / "input.go1.26.txt"
    lines = goroutines(path).stdout.decode().splitlines()
    heads = [line for line in lines if line.startswith("goroutine ")]
    assert heads[0].endswith(", crashed")
    assert len(heads) == path.read_text().count("\ngoroutine ")
    assert sum("main.go:" in line for line in lines) == path.read_text().count("main.go:")


def test_json_is_the_record_that_parse_prints_the_crashed_goroutine_first() -> None:
    path = GOLDEN / "concurrent-map-writes" / "input.go1.26.txt"
    (record,) = objects(goroutines(path, "--json"), "crash.v1")
    parsed = subprocess.run(
        [PANICTRAIL, "parse", path, "--json"], capture_output=True, check=True
    ).stdout
    expected = orjson.loads(parsed)
    expected["goroutines"].sort(key=lambda one: not one["crashed"])
    assert record == expected
    assert expected["goroutines"][0]["crashed"]


def test_json_groups_have_their_own_schema() -> None:
    groups = objects(of_parked("--group", "--json"), "goroutine-group.v1")
    assert sum(int(str(group["count"])) for group in groups) == 121
    (record,) = objects(of_parked("--json"), "crash.v1")
    assert {group["crash"] for group in groups} == {record["id"]}


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstandard.compress])
def test_standard_input_and_compressed_files_are_read_as_they_are(
    pack: object, tmp_path: Path
) -> None:
    assert callable(pack)
    path = tmp_path / "dump"
    path.write_bytes(pack(PARKED.read_bytes()))
    expected = of_parked("--group").stdout.split(b"\n", 1)[1]
    assert goroutines(path, "--group").stdout.split(b"\n", 1)[1] == expected
    piped = goroutines("-", "--group", stdin=path.read_bytes())
    assert piped.stdout.split(b"\n", 1)[1] == expected


def test_several_crashes_are_shown_one_after_another() -> None:
    path = GOLDEN / "two-crashes" / "input.go1.26.txt"
    text = goroutines(path).stdout.decode()
    assert text.count(f"{path}:") == 2
    assert len(objects(goroutines(path, "--json"), "crash.v1")) == 2


def test_a_dump_behind_a_shipper_is_read_like_any_other(tmp_path: Path) -> None:
    path = tmp_path / "cri.log"
    stamp = "2026-11-23T08:00:00.123456789Z stderr F "
    path.write_text("".join(f"{stamp}{line}\n" for line in PARKED.read_text().splitlines()))
    assert (
        goroutines(path, "--group").stdout.split(b"\n")[1:]
        == of_parked("--group").stdout.split(b"\n")[1:]
    )


@pytest.mark.parametrize("options", [(), ("--group",), ("--json",), ("--group", "--json")])
@pytest.mark.parametrize("content", [b"", b"GET / 200\n", bytes(range(256)) * 100])
def test_where_nothing_is_found_it_says_so_and_ends_with_2(
    tmp_path: Path, content: bytes, options: tuple[str, ...]
) -> None:
    path = tmp_path / "calm"
    path.write_bytes(content)
    run = goroutines(path, *options)
    assert (run.returncode, run.stdout) == (2, b"")
    assert b"panictrail goroutines: no goroutines in " in run.stderr


def test_no_dump_and_a_missing_one_are_named(tmp_path: Path) -> None:
    run = goroutines()
    assert run.returncode == 2
    assert run.stderr.startswith(b"panictrail goroutines: name a DUMP: ")
    run = goroutines(tmp_path / "absent", PARKED, "--group")
    assert run.returncode == 2
    assert b"absent: No such file or directory" in run.stderr
    assert b"121 goroutines" in run.stdout


def test_a_dump_that_was_cut_off_says_so(tmp_path: Path) -> None:
    path = tmp_path / "cut"
    path.write_text(PARKED.read_text()[:20_000] + "\nmain.rest(0x1, {0x5")
    lines = goroutines(path, "--group").stdout.decode().splitlines()
    assert "  The crash text ends early: frames or goroutines may be missing." in lines


def test_three_thousand_stacks_are_three_thousand_groups(tmp_path: Path) -> None:
    path = tmp_path / "distinct"
    path.write_text(
        "\n\n".join(
            f"goroutine {n} [select]:\nmain.f{n}(0x1)\n\t/src/a.go:{n} +0x1d"
            for n in range(1, 3001)
        )
        + "\n"
    )
    assert goroutines(path, "--group", "--json").stdout.count(b"\n") == 3000
    assert goroutines(path, "--group").stdout.count(b"\n1 goroutine [select]: ") == 3000


def test_a_stack_without_end_is_one_goroutine(tmp_path: Path) -> None:
    frames = "".join(f"main.f(0x{n:x})\n\t/src/a.go:{n % 50} +0x1d\n" for n in range(5000))
    path = tmp_path / "deep"
    path.write_text(f"fatal error: stack overflow\n\ngoroutine 1 [running]:\n{frames}")
    (group,) = map(orjson.loads, goroutines(path, "--group", "--json").stdout.splitlines())
    assert len(group["frames"]) == 5000
    shown = goroutines(path, "--group").stdout.decode()
    assert "    … 4,900 more frames\n" in shown


def test_secrets_in_labels_are_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "labels"
    path.write_text(
        "\n\n".join(
            f'goroutine {n} [select labels:{{"password": "hunter2-the-second"}}]:\nmain.f(0x1)\n\t/a.go:1'
            for n in range(1, 400)
        )
        + "\n"
    )
    for options in ((), ("--group",), ("--json",), ("--group", "--json")):
        run = goroutines(path, *options)
        assert b"hunter2" not in run.stdout
        assert b"[scrubbed:password]" in run.stdout


def test_a_reader_that_goes_away_and_a_full_disk_are_no_stack_trace(tmp_path: Path) -> None:
    path = large(tmp_path / "dump")
    for options in ("", "--json", "--group"):
        done = subprocess.run(
            [
                "bash",
                "-c",
                f"set -o pipefail; {PANICTRAIL} goroutines {path} {options} | head -c 100",
            ],
            capture_output=True,
            check=False,
            timeout=60,
        )
        assert (done.returncode, done.stderr) == (0, b""), options
    with Path("/dev/full").open("wb") as full:
        run = subprocess.run(
            [PANICTRAIL, "goroutines", PARKED], stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert run.returncode == 2
    assert run.stderr.startswith(b"panictrail: cannot write the result: ")


def test_interrupted_it_shows_what_was_read_until_then() -> None:
    with subprocess.Popen(
        [PANICTRAIL, "goroutines", "-", "--group"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin
        process.stdin.write(PARKED.read_bytes())
        process.stdin.flush()
        until(lambda: not waiting_bytes(process.stdin), "the program reads what is in the pipe")
        process.send_signal(signal.SIGINT)
        out, err = process.stdout.read() if process.stdout else b"", process.stderr
        assert process.wait(60) == 130
        assert b"goroutines" in out
        assert err is not None
        assert b"Traceback" not in err.read()


def waiting_bytes(pipe: IO[bytes] | None) -> int:
    """How much of what was written to a pipe nobody has read yet."""
    count = array("i", [0])
    fcntl.ioctl(pipe or -1, termios.FIONREAD, count)
    return count[0]


@pytest.fixture(scope="session")
def panicparse() -> Path:
    """The peer, pinned in its go.mod; built once for this Go and these sources, by the worker that asks first."""
    digest = hashlib.sha256(local().encode())
    for path in sorted(PEERS.iterdir()):
        digest.update(path.read_bytes())
    program = ROOT / ".cache" / "goroutine-peers" / digest.hexdigest()[:16]
    program.parent.mkdir(parents=True, exist_ok=True)
    with program.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not program.exists():
            fresh = program.with_suffix(".new")
            subprocess.run([GO, "build", "-o", fresh, "."], cwd=PEERS, check=True)
            fresh.rename(program)
    return program


@pytest.mark.parametrize(
    "path",
    [
        PARKED,
        GOLDEN / "sigquit-states" / "input.go1.26.txt",
        GOLDEN / "minutes-waiting" / "input.go1.26.txt",
        GOLDEN / "concurrent-map-writes" / "input.go1.26.txt",
        GOLDEN / "deadlock" / "input.go1.26.txt",
    ],
    ids=lambda path: path.parent.name,
)
def test_panicparse_counts_the_same_stacks(panicparse: Path, path: Path) -> None:
    """Its buckets are also told apart by state and creator, so those of one stack are added up."""
    asked = subprocess.run([panicparse, "groups", path], capture_output=True, text=True, check=True)
    theirs: Counter[tuple[str, ...]] = Counter()
    for line in asked.stdout.splitlines():
        count, *frames = line.split("\t")
        theirs[tuple(frames)] += int(count)
    ours: Counter[tuple[str, ...]] = Counter()
    run = of_parked if path == PARKED else partial(goroutines, path)
    groups = run("--group", "--json").stdout.splitlines()
    for group in map(orjson.loads, groups):
        stack = (f"{f['function']} {f['file']}:{f['line']}" for f in group["frames"])
        ours[tuple(stack)] += group["count"]
    assert ours == theirs
