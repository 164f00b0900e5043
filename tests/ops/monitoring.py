"""Servers of a real installation for tests: serve, Prometheus, Alertmanager, VictoriaMetrics, and who is called.

In: a folder, configurations of ops/ with what a test must change. Out: processes on free ports of loopback, ended with
the block; what was posted to a receiver, in order.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Final, Self
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import yaml

from tests.debian import tree
from tests.ports import free_port
from tests.waiting import until

OPS: Final = Path(__file__).resolve().parents[2] / "ops"
PACKAGES: Final = ("prometheus", "prometheus-alertmanager", "victoria-metrics")
# Debian's Alertmanager reads its templates below /usr/share: there is, for it alone, what was unpacked. No root needed.
_WITH_TEMPLATES: Final = (
    "unshare",
    "--map-root-user",
    "--mount",
    "sh",
    "-c",
    'mount --bind "$1" /usr/share && shift && exec "$@"',
    "sh",
)
# Scrapes, evaluations and messages come so often in tests.
OFTEN: Final = "1s"


@cache
def program(name: str) -> Path:
    """A program of the Debian packages."""
    return tree(*PACKAGES) / "usr" / "bin" / name


def run(name: str, *words: str | Path, given: bytes = b"") -> tuple[int, str]:
    """Run a program to its end: its exit code, and all that it printed."""
    done = subprocess.run(
        [program(name), *words],
        input=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        timeout=100,
    )
    return done.returncode, done.stdout.decode()


class Server:
    """A process with an address."""

    def __init__(self, port: int, pid: int) -> None:
        """Where it is, and which process."""
        self.port = port
        self.pid = pid

    def get(self, path: str, accept: str = "*/*", **asked: str) -> bytes:
        """The body of a page."""
        query = f"?{urlencode(asked)}" if asked else ""
        url = f"http://127.0.0.1:{self.port}{path}{query}"
        with urlopen(Request(url, headers={"Accept": accept}), timeout=30) as found:
            return bytes(found.read())

    def json(self, path: str, **asked: str) -> Any:  # noqa: ANN401 - whatever it is, tests compare it
        """The body of a page as a value."""
        return json.loads(self.get(path, **asked))

    def post(self, path: str, body: bytes, kind: str) -> Any:  # noqa: ANN401 - as above
        """What is answered to a POST."""
        url = f"http://127.0.0.1:{self.port}{path}"
        asked = Request(url, body, {"Content-Type": kind}, method="POST")
        with urlopen(asked, timeout=30) as found:  # noqa: S310 - loopback
            return json.load(found)

    def query(self, expression: str) -> dict[tuple[tuple[str, str], ...], float]:
        """An instant vector: by labels the value."""
        rows = self.json("/api/v1/query", query=expression)["data"]["result"]
        return {
            tuple(sorted(row["metric"].items())): float(row["value"][1])
            for row in rows
            if row["value"]
        }


@contextmanager
def started(name: str, command: Sequence[str | Path], folder: Path, ready: str) -> Iterator[Server]:
    """A server that is ready inside the block; `PORT` in its words is its port."""
    port, log = free_port(), folder / f"{name}.log"
    words = [str(word).replace("PORT", str(port)) for word in command]
    with log.open("wb") as said:
        process = subprocess.Popen(words, stdout=said, stderr=subprocess.STDOUT, cwd=folder)
    server = Server(port, process.pid)

    def answers() -> bool:
        assert process.poll() is None, log.read_text()
        try:
            server.get(ready)
        except (URLError, OSError):
            return False
        return True

    try:
        until(answers, f"{name} is ready")
        yield server
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def serving(folder: Path, *words: str | Path, **settings: str) -> Iterator[Server]:
    """`panictrail serve` with a state of its own; further words and settings."""
    command = (sys.executable, "-m", "streams.cli.main", "serve", "--listen", "127.0.0.1:PORT")
    given = ("env", *(f"{name}={value}" for name, value in settings.items()))
    every = (*given, *command, "--state", folder / "state", *words)
    with started("serve", every, folder, "/readyz") as server:
        yield server


def rules(folder: Path, *, shipped: bool = False) -> None:
    """The rules of ops/ in a folder; as `shipped`, or with seconds for the minutes that they wait."""
    for path in sorted((OPS / "prometheus").glob("*.yml")):
        config = yaml.safe_load(path.read_text())
        for group in () if shipped else config.get("groups", ()):
            group.pop("interval", None)
            for rule in group["rules"]:
                if "for" in rule:
                    rule["for"] = "3s"
        (folder / path.name).write_text(yaml.safe_dump(config, sort_keys=False))


@contextmanager
def prometheus(
    folder: Path,
    scraped: int,
    alertmanager: int,
    *others: int,
    often: str = OFTEN,
    shipped: bool = False,
) -> Iterator[Server]:
    """Prometheus as ops/ configures it, of one process or some; rules as `shipped`, or in seconds for minutes."""
    rules(folder, shipped=shipped)
    path = folder / "prometheus.yml"
    config = yaml.safe_load(path.read_text())
    config["global"] = {"scrape_interval": often, "evaluation_interval": often}
    config["alerting"]["alertmanagers"] = [_at(alertmanager)]
    (job,) = (each for each in config["scrape_configs"] if each["job_name"] == "panictrail")
    config["scrape_configs"] = [{"job_name": job["job_name"], **_at(scraped, *others)}]
    path.write_text(yaml.safe_dump(config))
    command = (
        program("prometheus"),
        f"--config.file={path}",
        f"--storage.tsdb.path={folder / 'tsdb'}",
        "--web.listen-address=127.0.0.1:PORT",
        "--enable-feature=exemplar-storage",
    )
    with started("prometheus", command, folder, "/-/ready") as server:
        yield server


@contextmanager
def victoria(folder: Path, scraped: int) -> Iterator[Server]:
    """VictoriaMetrics, which scrapes one process."""
    path = folder / "scrape.yml"
    scrape = {"job_name": "panictrail", "scrape_interval": OFTEN, **_at(scraped)}
    path.write_text(yaml.safe_dump({"scrape_configs": [scrape]}))
    command = (
        program("victoria-metrics"),
        f"-promscrape.config={path}",
        f"-storageDataPath={folder / 'victoria'}",
        "-httpListenAddr=127.0.0.1:PORT",
        # It answers of half a minute ago unless told otherwise.
        "-search.latencyOffset=0s",
        "-memory.allowedBytes=64MB",
    )
    with started("victoria", command, folder, "/health") as server:
        yield server


@contextmanager
def alertmanager(folder: Path, webhook: str, *, shipped: bool = False) -> Iterator[Server]:
    """Alertmanager as ops/ configures it, with a receiver on this machine; in seconds for minutes, unless `shipped`."""
    config = yaml.safe_load((OPS / "alertmanager" / "alertmanager.yml").read_text())
    slack = folder / "slack-url"
    slack.write_text(f"{webhook}/slack")
    config["global"]["slack_api_url_file"] = str(slack)
    for route in () if shipped else (config["route"], *config["route"]["routes"]):
        route.update(group_wait="2s", group_interval="2s")
    for receiver in config["receivers"]:
        for each in receiver["webhook_configs"]:
            each["url"] = f"{webhook}/{receiver['name']}"
    path = folder / "alertmanager.yml"
    path.write_text(yaml.safe_dump(config))
    command = (
        *_WITH_TEMPLATES,
        tree(*PACKAGES) / "usr" / "share",
        program("prometheus-alertmanager"),
        f"--config.file={path}",
        f"--storage.path={folder / 'alertmanager'}",
        "--web.listen-address=127.0.0.1:PORT",
        "--cluster.listen-address=",
    )
    with started("alertmanager", command, folder, "/-/ready") as server:
        yield server


def _at(*ports: int) -> dict[str, list[dict[str, list[str]]]]:
    return {"static_configs": [{"targets": [f"127.0.0.1:{port}" for port in ports]}]}


class Receiver:
    """Takes what is posted; paths and bodies, in order."""

    def __init__(self) -> None:
        """Nothing came yet."""
        self.posted: list[tuple[str, Mapping[str, Any]]] = []
        taken = self.posted

        class _Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                size = int(self.headers.get("Content-Length", 0))
                taken.append((self.path, json.loads(self.rfile.read(size))))
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_words: object) -> None:
                """Nobody reads it."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def to(self, path: str) -> list[Mapping[str, Any]]:
        """What came to a path."""
        return [body for where, body in self.posted if where == path]

    def __enter__(self) -> Self:
        """Take what comes."""
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        """Take no more."""
        self._server.shutdown()
        self._server.server_close()
