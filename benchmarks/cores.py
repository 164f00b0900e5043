"""Claims: 10,000 goroutines of a core in half of delve's time and 100 MB, a 1 GB core in 50 MB, 2,000 live ones in 1 s.

In: Go (`--quick`: one round). Out: medians of alternated runs of `panictrail goroutines --json` beside delve
(`goroutines -t` of a script), full stacks of the same core, and peaks of resident memory, which count the pages of the
mapped core, too; exit 1 when a claim does not hold, 2 when delve or a core cannot be had. delve is pinned in
tests/symbolize/delve.py and built through the module proxy; it needs the binary's symbols, we show both.
"""

from __future__ import annotations

import os
import re
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from tests.symbolize import cases, delve
from tests.symbolize.crashes import MODES, CrashError
from tests.symbolize.toolchains import ToolchainError, named
from tests.symbolize.variants import VARIANTS

_ROOT: Final = Path(__file__).resolve().parent.parent
_CACHE: Final = _ROOT / ".cache" / "benchmarks" / "cores"
_COMMAND: Final = (sys.executable, "-m", "streams.cli.main", "goroutines")
_ROUNDS: Final = 5
_GO: Final = "1.26"
_CROWD: Final = 10_000
_LIVE: Final = 2_000
_RATIO: Final = 0.5
_MANY_MB: Final = 100
_LARGE_MB: Final = 50
_LIVE_SECONDS: Final = 1.0
# A stack may go down a thousand frames; those of the crowd have twenty.
_SCRIPT: Final = "goroutines -t 1000\nexit\n"
_LISTED: Final = re.compile(rb"^[* ] Goroutine \d+ ", re.MULTILINE)
# A claim is one of full stacks: less would be a list.
_FRAMES_EACH: Final = 3
_LOOK_SECONDS: Final = 0.005


class FailedError(Exception):
    """A run that did not do its work; the message says what was seen."""


class Run(msgspec.Struct, frozen=True):
    """One process: what it took, its peak of resident memory, and the most of that which is no page of a file."""

    seconds: float
    cpu_seconds: float
    peak_mb: float
    anonymous_mb: float


class _Goroutine(msgspec.Struct):
    id: int
    frames: list[msgspec.Raw] = []


class _Crash(msgspec.Struct):
    goroutines: list[_Goroutine] = []


def _memory(pid: int) -> tuple[int, int]:
    """VmHWM and RssAnon in kB; (0, 0) when it has ended."""
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0, 0
    values = dict(re.findall(r"^(VmHWM|RssAnon):\s+(\d+)", text, re.MULTILINE))
    return int(values.get("VmHWM", 0)), int(values.get("RssAnon", 0))


def _run(name: str, command: tuple[str | Path, ...]) -> tuple[Run, Path]:
    """Run it, its output in a file. The memory is looked at while it runs: wait4 would count ours before exec."""
    out, errors = _CACHE / f"{name}.out", _CACHE / f"{name}.errors"
    # delve writes a configuration.
    environment = {**os.environ, "PYTHONPATH": str(_ROOT), "XDG_CONFIG_HOME": str(_CACHE)}
    peak = anonymous = 0
    with out.open("wb") as stdout, errors.open("wb") as stderr:
        began = time.perf_counter()
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, env=environment
        )
        while not (ended := os.wait4(process.pid, os.WNOHANG))[0]:
            high, now = _memory(process.pid)
            peak, anonymous = max(peak, high), max(anonymous, now)
            time.sleep(_LOOK_SECONDS)
        seconds = time.perf_counter() - began
    _, status, usage = ended
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        said = errors.read_text()[-1000:].strip()
        raise FailedError(f"{' '.join(map(str, command))} ended with {process.returncode}: {said}")
    return Run(
        seconds, usage.ru_utime + usage.ru_stime, peak * 1024 / 1e6, anonymous * 1024 / 1e6
    ), out


def _ours(*words: str | Path, wanted: int, frames_each: int = _FRAMES_EACH) -> Run:
    """`panictrail goroutines`. Raises FailedError where it does not find them all with their stacks."""
    run, out = _run("panictrail", (*_COMMAND, *words, "--json"))
    crash = msgspec.json.decode(out.read_bytes().splitlines()[0], type=_Crash)
    whole = sum(len(each.frames) >= frames_each for each in crash.goroutines)
    if whole < wanted:
        raise FailedError(f"panictrail found {whole} of {wanted} goroutines with their stacks")
    return run


def _of_core(case: Path, mode: str, wanted: int) -> Run:
    return _ours("--core", case / "cores" / mode / "core", "--binary", case / "bin", wanted=wanted)


def _delve(case: Path, mode: str, wanted: int) -> Run:
    script = _CACHE / "script"
    script.write_text(_SCRIPT)
    command = (
        *(delve.program(), "core", case / "bin", case / "cores" / mode / "core"),
        *("--check-go-version=false", "--allow-non-terminal-interactive=true", "--init", script),
    )
    run, out = _run("delve", command)
    found = len(_LISTED.findall(out.read_bytes()))
    if found < wanted:
        raise FailedError(f"delve found {found} of {wanted} goroutines")
    return run


def _show(name: str, runs: list[Run]) -> None:
    columns = (
        statistics.median(getattr(run, field) for run in runs)
        for field in ("seconds", "cpu_seconds", "peak_mb", "anonymous_mb")
    )
    print("{:38}{:8.2f} s{:8.2f} s{:8.1f} MB{:8.1f} MB".format(name, *columns))


def _case(variant: str) -> Path:
    modes = [MODES["many"], MODES["overflow-1gb"]]
    return cases.make(_CACHE, named(_GO), VARIANTS[variant], modes)


@contextmanager
def _alive(binary: Path) -> Iterator[int]:
    """The id of a process with so many goroutines."""
    with subprocess.Popen(
        [binary, "wait", str(_LIVE)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        try:
            if not process.stdout or process.stdout.readline() != b"ready\n":
                raise FailedError(f"{binary} did not get ready")
            yield process.pid
        finally:
            process.send_signal(signal.SIGKILL)


def _measured(rounds: int) -> list[tuple[str, float, float, str]]:
    """Claim, figure, bar, unit; prints the runs."""
    whole, stripped = _case("default"), _case("stripped")
    ours, theirs, bare = [], [], []
    for _ in range(rounds):
        ours.append(_of_core(whole, "many", _CROWD))
        theirs.append(_delve(whole, "many", _CROWD))
        bare.append(_of_core(stripped, "many", _CROWD))
    large = [_of_core(stripped, "overflow-1gb", 1) for _ in range(min(rounds, 3))]
    print(f"{'medians':38}      wall       CPU       peak  no file's")
    _show(f"{_CROWD:,} goroutines of a core", ours)
    _show(f"the same by delve {delve.VERSION}", theirs)
    _show("the same, stripped binary", bare)
    core = (stripped / "cores" / "overflow-1gb" / "core").stat()
    blocks = core.st_blocks * 512 / 1e6
    _show(f"core of {core.st_size / 1e6:,.0f} MB ({blocks:,.0f} on disk)", large)
    peak = statistics.median(max(a.peak_mb, b.peak_mb) for a, b in zip(ours, bare, strict=True))
    ratio = statistics.median(a.seconds / b.seconds for a, b in zip(ours, theirs, strict=True))
    return [
        ("time beside delve", ratio, _RATIO, "x"),
        ("peak of 10,000 goroutines", peak, _MANY_MB, "MB"),
        ("peak of a 1 GB core", statistics.median(run.peak_mb for run in large), _LARGE_MB, "MB"),
    ]


def _live(rounds: int) -> tuple[str, float, float, str]:
    with _alive(_case("stripped") / "bin") as pid:
        runs = [_ours("--pid", str(pid), wanted=_LIVE) for _ in range(rounds)]
    _show(f"{_LIVE:,} goroutines of a live process", runs)
    return "a live process", statistics.median(run.seconds for run in runs), _LIVE_SECONDS, "s"


def main(arguments: list[str]) -> int:
    """Measure, print, judge."""
    rounds = 1 if "--quick" in arguments else _ROUNDS
    _CACHE.mkdir(parents=True, exist_ok=True)
    print(f"load {os.getloadavg()}")
    failures: list[str] = []
    rows: list[tuple[str, float, float, str]] = []
    try:
        rows += _measured(rounds)
    except (CrashError, ToolchainError) as missing:
        print(missing, file=sys.stderr)
        return 2
    except FailedError as failed:
        failures.append(str(failed))
    try:
        rows.append(_live(rounds))
    except FailedError as failed:
        failures.append(str(failed))
    print()
    missed = 0
    for name, value, bar, unit in rows:
        missed += value > bar
        print(
            f"{name:38}{value:9.2f} {unit:3} at most {bar:6} {'ok' if value <= bar else 'MISSED'}"
        )
    for failure in failures:
        print(failure, file=sys.stderr)
    print(f"load {os.getloadavg()}")
    return 1 if missed or failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
