"""A receiver of notifications: a real HTTP server that keeps what it is posted, and answers as a test wants.

In: an answer for each request. Out: requests as they came, with their headers.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec

from tests.waiting import until


class Request(msgspec.Struct, frozen=True):
    """One POST; header names are in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        """The body, an object."""
        found: dict[str, Any] = json.loads(self.body)
        return found

    @property
    def alerts(self) -> list[dict[str, Any]]:
        """The body, a list."""
        found: list[dict[str, Any]] = json.loads(self.body)
        return found


class Reply(msgspec.Struct, frozen=True):
    """What is answered; `hold`: not before this is set."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    hold: threading.Event | None = None


class Receiver:
    """Listens on a free port of this machine. `answer`: what the request with a number (from 0) gets."""

    def __init__(self, answer: Callable[[int, Request], Reply] = lambda _n, _r: Reply()) -> None:
        self.requests: list[Request] = []
        self._answer = answer
        self._lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                headers = {name.lower(): value for name, value in self.headers.items()}
                outer._take(self, Request(self.path, headers, body))

            def log_request(self, *_words: object) -> None:
                """Nothing is printed."""

        class Server(ThreadingHTTPServer):
            def handle_error(self, *_words: object) -> None:
                """A client that went away before it was answered is what a test wanted."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def _take(self, handler: BaseHTTPRequestHandler, request: Request) -> None:
        with self._lock:
            number = len(self.requests)
            self.requests.append(request)
        reply = self._answer(number, request)
        if reply.hold is not None:
            reply.hold.wait()
        handler.send_response(reply.status)
        for name, value in reply.headers:
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(reply.body)))
        handler.end_headers()
        handler.wfile.write(reply.body)

    def wait(self, number: int) -> list[Request]:
        """The requests, when there are so many."""
        until(lambda: len(self.requests) >= number, f"{number} requests")
        return list(self.requests)


@contextmanager
def receiving(
    answer: Callable[[int, Request], Reply] = lambda _n, _r: Reply(),
) -> Iterator[Receiver]:
    """A receiver while the block lasts."""
    receiver = Receiver(answer)
    try:
        yield receiver
    finally:
        receiver.server.shutdown()
        receiver.server.server_close()
