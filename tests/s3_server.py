"""A real S3 server for tests: SeaweedFS, a program that a wheel brings, on loopback, with signatures checked.

In: a folder. Out: an endpoint and credentials, by the environment, and a bucket. One server per worker; tests are kept
apart by prefixes. What it has is gone with the folder.
"""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Final
from uuid import uuid4

import orjson
import pytest

from tests.waiting import until

BUCKET: Final = "cores"
_KEY: Final = "panictrail-tests"
_SECRET: Final = "of-no-worth-outside-these-tests"  # noqa: S105 - made up here, for a server that ends with the tests
_WEED: Final = Path(sys.executable).with_name("weed")
# weed adds so much to find its gRPC ports.
_GRPC: Final = 10_000
_PORTS: Final = ("master", "volume", "filer", "s3")


class S3Server:
    """A server that can be started and ended."""

    def __init__(self, folder: Path) -> None:
        """It is not started yet."""
        config = folder / "s3.json"
        identity = {
            "name": "tests",
            "credentials": [{"accessKey": _KEY, "secretKey": _SECRET}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        }
        config.write_bytes(orjson.dumps({"identities": [identity]}))
        self._ports = dict(zip(_PORTS, _free_ports(len(_PORTS)), strict=True))
        self._folder = folder
        self._words = [
            str(_WEED), "-logtostderr=true", "server", f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1",
            "-filer", "-s3", f"-s3.config={config}", "-s3.port.iceberg=0", "-s3.port.lance=0",
            f"-s3.localSocket={folder / 's3.sock'}", "-volume.max=8", "-master.volumeSizeLimitMB=64",
            *(f"-{name}.port={port}" for name, port in self._ports.items()),
            *(f"-{name}.port.grpc={port + _GRPC}" for name, port in self._ports.items()),
        ]  # fmt: skip
        self._process: subprocess.Popen[bytes] | None = None
        self._has_bucket = False

    @property
    def environment(self) -> Mapping[str, str]:
        """What a client is told."""
        return {
            "AWS_ACCESS_KEY_ID": _KEY,
            "AWS_SECRET_ACCESS_KEY": _SECRET,
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self._ports['s3']}",
        }

    def start(self) -> None:
        """Start it with what it has; it has the bucket then."""
        with (self._folder / "log.txt").open("ab") as log:
            self._process = subprocess.Popen(
                self._words, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=self._folder
            )
        until(self._answers, f"the S3 server; see {self._folder}/log.txt")
        if self._has_bucket:
            return
        self._has_bucket = True
        words = [str(_WEED), "shell", f"-master=127.0.0.1:{self._ports['master']}"]
        subprocess.run(
            [*words, f"-filer=127.0.0.1:{self._ports['filer']}"],
            input=f"s3.bucket.create -name {BUCKET}\n".encode(),
            capture_output=True,
            check=True,
            cwd=self._folder,
        )

    def stop(self) -> None:
        """End it; what it has is still there."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _answers(self) -> bool:
        """Whether it refuses who states no key: it knows its users then."""
        connection = http.client.HTTPConnection("127.0.0.1", self._ports["s3"], timeout=5)
        with closing(connection), suppress(OSError):
            connection.request("GET", "/")
            return connection.getresponse().status == http.client.FORBIDDEN
        return False


def _free_ports(count: int) -> list[int]:
    """Below those that the system gives to clients, and free with their partners."""
    found: list[int] = []
    port = 12_000 + 16 * (os.getpid() % 500)
    while len(found) < count:
        port += 1
        if all(_is_free(one) for one in (port, port + _GRPC)):
            found.append(port)
    return found


def _is_free(port: int) -> bool:
    with socket.socket() as sock:
        try:
            sock.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@contextmanager
def running(folder: Path) -> Iterator[S3Server]:
    """A server with a bucket."""
    with ExitStack() as opened:
        opened.callback(shutil.rmtree, folder, ignore_errors=True)
        server = S3Server(folder)
        opened.callback(server.stop)
        server.start()
        yield server


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """One for all tests of a worker."""
    with running(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture
def bucket(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> str:
    """A place of this test's own in the server, whose credentials are in the environment."""
    for name, value in s3_server.environment.items():
        monkeypatch.setenv(name, value)
    return f"s3://{BUCKET}/{uuid4().hex}"
