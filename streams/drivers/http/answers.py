"""Answers in JSON: what was accepted, or `{"error", "where"}`.

In: values. Out: responses of aiohttp. An answer never quotes the body of a request.
"""

from __future__ import annotations

import math
from http import HTTPStatus

import orjson
from aiohttp import web

_JSON = "application/json"


class RefusedError(Exception):
    """A request that is not taken; raised by handlers, answered in one place."""

    def __init__(
        self,
        status: int,
        error: str,
        where: str,
        *,
        retry_after_seconds: float | None = None,
        accepted: str | None = None,
    ) -> None:
        """`accepted`: the encodings of a body that are read, where another one was sent."""
        super().__init__(error)
        self.status = status
        self.error = error
        self.where = where
        self.retry_after_seconds = retry_after_seconds
        self.accepted = accepted


def answer(value: object, status: int = 200) -> web.Response:
    """A value as JSON."""
    return web.Response(body=orjson.dumps(value), status=status, content_type=_JSON)


def refusal(refused: RefusedError) -> web.Response:
    """Why a request is not taken."""
    made = answer({"error": refused.error, "where": refused.where}, refused.status)
    if refused.retry_after_seconds is not None:
        made.headers["Retry-After"] = str(math.ceil(refused.retry_after_seconds))
    if refused.accepted is not None:
        # RFC 9110, 12.5.3: in an answer it speaks of requests.
        made.headers["Accept-Encoding"] = refused.accepted
    if refused.status == HTTPStatus.UNAUTHORIZED:
        # RFC 9110: it comes with a challenge.
        made.headers["WWW-Authenticate"] = "Bearer"
    return made
