"""Servers that are posted to for a benchmark, each a process: what they use, and what is left after kill -9.

In: the name of a server (benchmarks/_webhook_servers.py, or `serve`), whole requests. Out: numbers of requests that
were answered, CPU seconds of the server, seconds of the clock.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from benchmarks._process import cpu_seconds
from benchmarks._webhook_load import CONNECTIONS, SECRET, VARIABLE, post
from streams.drivers.inbox import kept

_PANICTRAIL: Final = str(Path(sys.executable).with_name("panictrail"))
_KILL_AFTER_SECONDS: Final = 0.5


@contextmanager
def _server(name: str, folder: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A process and its port; killed at the end, where it still runs."""
    if name == "serve":
        words = [_PANICTRAIL, "serve", "--listen", "127.0.0.1:0", "--state", str(folder / "state")]
    else:
        words = [sys.executable, "-m", "benchmarks._webhook_servers", name, str(folder)]
    environment = {**os.environ, VARIABLE: SECRET}
    process = subprocess.Popen(
        words,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if name == "serve" else None,
    )
    try:
        stdout = process.stdout
        if stdout is None:
            raise AssertionError
        yield process, int(stdout.readline().rpartition(":")[2])
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _end(process: subprocess.Popen[str]) -> float:
    """CPU seconds of a server that was told to stop, until it ended."""
    process.send_signal(signal.SIGTERM)
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    return usage.ru_utime + usage.ru_stime


def measure(
    name: str, requests: Sequence[bytes], warm: int, connections: int = CONNECTIONS
) -> tuple[float, float]:
    """Requests per CPU second of the server, and per second of the clock; the first `warm` are not measured."""
    with tempfile.TemporaryDirectory() as place, _server(name, Path(place)) as (process, port):
        asyncio.run(post(port, 0, requests[:warm], connections))
        began, used = time.monotonic(), cpu_seconds(process.pid)
        answered = asyncio.run(post(port, warm, requests[warm:], connections))
        took = time.monotonic() - began
        # What a pipeline has yet to do is its work too: an orderly end does all of it.
        whole = _end(process) if name == "serve" else cpu_seconds(process.pid)
    if len(answered) != len(requests) - warm:
        message = f"{name}: {len(requests) - warm - len(answered)} were not answered with 200"
        raise SystemExit(message)
    return len(answered) / (whole - used), len(answered) / took


def killed(
    requests: Sequence[bytes], connections: int = CONNECTIONS
) -> tuple[set[int], list[bytes]]:
    """Requests that were answered before kill -9 in the midst of them, and the records that the inbox has then."""

    async def kill_in_the_midst(process: subprocess.Popen[str], port: int) -> set[int]:
        posting = asyncio.create_task(post(port, 0, requests, connections))
        await asyncio.sleep(_KILL_AFTER_SECONDS)
        process.kill()
        return await posting

    with tempfile.TemporaryDirectory() as place:
        with _server("endpoint", Path(place)) as (process, port):
            answered = asyncio.run(kill_in_the_midst(process, port))
        return answered, list(kept(Path(place) / "inbox"))
