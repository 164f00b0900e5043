"""A receiver of panictrail's notifications: checks who sent each, answers, takes each id once, prints it.

Run: PANICTRAIL_NOTIFY_WEBHOOK_SECRET=… python receive_notifications.py [PORT]. Only the standard library is used.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import sys
import time
from base64 import b64decode, b64encode
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer

TOLERANCE_SECONDS = 300
MOST_BYTES = 8 * 1024 * 1024


def is_ours(secret: str, headers: Mapping[str, str], body: bytes, now: float) -> bool:
    """Whether somebody who knows the secret sent exactly this body, under this id, within the last minutes."""
    name, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not at.isascii() or not at.isdigit() or abs(now - int(at)) > TOLERANCE_SECONDS:
        return False
    key = (
        b64decode(secret.removeprefix("whsec_")) if secret.startswith("whsec_") else secret.encode()
    )
    signed = b".".join((name.encode(), at.encode(), body))
    wanted = "v1," + b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    given = headers.get("webhook-signature", "").split()
    return any(hmac.compare_digest(wanted.encode(), each.encode()) for each in given)


class Handler(BaseHTTPRequestHandler):
    """Prints one line for each notification."""

    secret = ""
    # What was taken; a real receiver keeps this where a restart does not forget it.
    seen: set[str] = set()

    def do_POST(self) -> None:
        """Check, take, answer."""
        length = int(self.headers.get("Content-Length", "0"))
        body = self.rfile.read(min(length, MOST_BYTES))
        headers = {name.lower(): value for name, value in self.headers.items()}
        if length > MOST_BYTES or not is_ours(self.secret, headers, body, time.time()):
            self._answer(401)
            return
        told = json.loads(body)
        if told["id"] not in self.seen:
            self.seen.add(told["id"])
            print(told["event"], told["severity"], ascii(told["title"]), flush=True)
        self._answer(204)

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.end_headers()


def main() -> None:
    """Listen on loopback."""
    Handler.secret = os.environ["PANICTRAIL_NOTIFY_WEBHOOK_SECRET"]
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 9000
    server = HTTPServer(("127.0.0.1", port), Handler)
    print(f"listening on http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
