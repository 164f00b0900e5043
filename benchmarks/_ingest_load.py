"""Crashes for the benchmark of HTTP ingest: what a shop prints as it crashes, in the forms that it is posted in.

In: a form, numbers. Out: requests, each of other crashes; how many crashes one has.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

import msgspec

from tests.unit.drivers.http.serving import request

_FRAMES: Final = 14
_BATCH: Final = 50
_FEW: Final = 10


class Form(msgspec.Struct, frozen=True):
    """A way to post: `crashes` of them in each request."""

    name: str
    path: str
    kind: str
    crashes: int


FORMS: Final = (
    Form("a text each", "/v1/crashes", "text/plain", 1),
    Form("a JSON event each", "/v1/crashes", "application/json", 1),
    Form(f"{_BATCH} events, a line each", "/v1/crashes", "application/x-ndjson", _BATCH),
    Form("the log lines of one", "/v1/lines", "application/x-ndjson", 1),
    Form(f"the log lines of {_FEW}", "/v1/lines", "application/x-ndjson", _FEW),
)


def text(number: int) -> str:
    """A nil dereference below a handler: about 1.6 KB, the mean of our golden cases."""
    frames = "".join(
        f"example.com/acme/shop/internal/cart.(*Store).Step{n}(0xc{number:09x}, 0x{n:x})\n"
        f"\t/src/shop/internal/cart/step_{n}.go:{10 + (number + n) % 300} +0x{n:x}d\n"
        for n in range(_FRAMES)
    )
    return (
        "panic: runtime error: invalid memory address or nil pointer dereference\n"
        f"[signal SIGSEGV: segmentation violation code=0x1 addr=0x{number:x} pc=0x49e140]\n\n"
        f"goroutine {number} [running]:\n{frames}main.main()\n\t/src/shop/main.go:21 +0x125\n"
    )


def _event(number: int) -> bytes:
    found = {
        "text": text(number),
        "at": f"2026-11-23T08:{number // 60 % 60:02d}:{number % 60:02d}Z",
        "service": "cart",
        "container": f"{number % 10:064x}",
        "pod": f"cart-{number % 10}",
        "stream": "stderr",
    }
    return json.dumps(found).encode()


def _lines(number: int) -> bytes:
    """As Vector writes them."""
    moment = f"2026-11-23T08:{number // 60 % 60:02d}:{number % 60:02d}"
    about = {
        "container_id": f"containerd://{number % 10:064x}",
        "container_name": "cart",
        "pod_name": f"cart-{number % 10}",
        "pod_namespace": "shop",
        "pod_labels": {"app": "cart"},
        "pod_node_name": "node-7",
    }
    rows = (
        {
            "message": line,
            "stream": "stderr",
            "timestamp": f"{moment}.{n:09d}Z",
            "kubernetes": about,
        }
        for n, line in enumerate(text(number).splitlines())
    )
    return "\n".join(map(json.dumps, rows)).encode()


def body(form: Form, number: int) -> bytes:
    """The body of a request; no two numbers give the same crash."""
    if form.kind == "text/plain":
        return text(number).encode()
    one = _lines if form.path == "/v1/lines" else _event
    first = number * form.crashes
    return b"\n".join(one(first + each) for each in range(form.crashes))


def requests(form: Form, count: int) -> Sequence[bytes]:
    """Whole requests."""
    return [
        request(form.path, body(form, number), Content_Type=form.kind) for number in range(count)
    ]
