"""A real nginx with docs/examples/nginx-traces.conf: its log line leads to the crash of the program behind it."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final
from urllib.request import Request, urlopen

import pytest

from streams.adapters.sqlite_finder import SqliteFinder
from tests import debian
from tests.embedded import run
from tests.ports import free_port
from tests.waiting import until

_ROOT: Final = Path(__file__).resolve().parents[2]
_EXAMPLE: Final = _ROOT / "docs" / "examples" / "nginx-traces.conf"
# A program that recovered a panic and logged its stack with slog.
_CRASH: Final = _ROOT / "tests" / "golden" / "slog-json-stack" / "input.go1.26.txt"
TRACE: Final = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT: Final = f"00-{TRACE}-00f067aa0ba902b7-01"

pytestmark = pytest.mark.timeout(300)  # the first run fetches packages


class Program(BaseHTTPRequestHandler):
    """Answers as the program behind the proxy, and remembers what it was told of the request."""

    told: dict[str, str] = {}

    def do_GET(self) -> None:
        self.told.clear()
        self.told.update({key.lower(): value for key, value in self.headers.items()})
        self.send_response(500)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_words: object) -> None:
        """Say nothing."""


@contextmanager
def behind() -> Iterator[int]:
    """The program, listening."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Program) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def nginx(folder: Path, program: int) -> Iterator[int]:
    """The proxy in the foreground, with all that it writes below `folder`."""
    port = free_port()
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;\n"
        f"events {{}}\nhttp {{\n{temporary}include {_EXAMPLE};\n"
        f"access_log {folder}/access.log traces;\n"
        f"server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://127.0.0.1:{program}; }} }}\n}}\n"
    )
    tree, added = debian.tree("nginx-light"), debian.environment("nginx-light")
    command = [tree / "usr/sbin/nginx", "-e", folder / "error.log", "-p", folder]
    words = [str(word) for word in (*command, "-c", folder / "nginx.conf")]
    with subprocess.Popen(words, env={**os.environ, **added}) as process:
        try:
            until(lambda: (folder / "pid").exists() or process.poll() is not None, "nginx runs")
            assert process.poll() is None, (folder / "error.log").read_text()
            yield port
        finally:
            process.terminate()


def status(port: int, **headers: str) -> int:
    opened = Request(f"http://127.0.0.1:{port}/buy?x=%22", headers=headers)
    try:
        with urlopen(opened, timeout=30) as found:  # noqa: S310 - loopback
            return int(found.status)
    except OSError as error:
        return int(getattr(error, "code", 0))


def crash_with(path: Path, number: int, **fields: str) -> None:
    """The program's log: one of its lines about a panic, with what it says of the request."""
    lines = [json.loads(line) for line in _CRASH.read_text().splitlines()]
    line = [line for line in lines if "stack" in line][number]
    path.write_text(json.dumps({**line, **fields}) + "\n")


def test_a_line_of_nginx_names_the_trace_of_the_crash_behind_it(tmp_path: Path) -> None:
    with behind() as program, nginx(tmp_path, program) as port:
        assert status(port, traceparent=PARENT) == 500
        first = dict(Program.told)
        assert status(port) == 500
        second = dict(Program.told)
    lines = [json.loads(line) for line in (tmp_path / "access.log").read_text().splitlines()]
    assert [line["status"] for line in lines] == [500, 500]
    # What the program was told is what the proxy logged.
    assert (first["x-request-id"], first["traceparent"]) == (lines[0]["request_id"], PARENT)
    assert lines[0]["traceparent"] == PARENT
    assert second["x-request-id"] == lines[1]["request_id"] != lines[0]["request_id"]
    assert lines[1]["traceparent"] == ""

    logs = tmp_path / "logs"
    logs.mkdir()
    crash_with(logs / "first.log", 0, traceparent=first["traceparent"])
    crash_with(logs / "second.log", 1, trace_id=second["x-request-id"])
    run(sorted(logs.iterdir()), tmp_path / "state")
    lists = SqliteFinder(tmp_path / "state")
    by_trace = lists.of_trace(lines[0]["traceparent"].split("-")[1], 9)
    by_request = lists.of_trace(lines[1]["request_id"], 9)
    lists.close()
    assert (len(by_trace), len(by_request)) == (1, 1)
    assert by_trace != by_request
