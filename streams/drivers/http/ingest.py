"""POST /v1/crashes, /v1/lines, /loki/api/v1/push, /v1/logs: known sender, read, durable, then answered.

In: requests. Out: crashes in the inbox, scrubbed, and lines in the inbox of lines; answers with counts. What of a body
cannot be used is kept as dead letters, scrubbed; where nothing can be, the sender is told and nothing is kept.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Final, Literal

import msgspec
from aiohttp import web

from streams.core.ingest.crashes import emits, ids, looks_json, read_events, read_text
from streams.core.ingest.lines import read_lines
from streams.core.ingest.pushes import read_loki, read_otlp
from streams.core.ingest.said import NOTHING, Said, said_by
from streams.core.ingest.taken import Crashes, Line, Lines
from streams.core.steps.deadletters import dead_letter
from streams.core.webhooks.delivery import Bad, UnreadableError
from streams.core.webhooks.documents import documents
from streams.drivers.http.answers import RefusedError, answer
from streams.drivers.http.delivered import packed
from streams.drivers.http.intake import Intake
from streams.drivers.http.lined import LineInbox
from streams.model.errors import Reason
from streams.model.identity import content_id
from streams.model.instant import Instant
from streams.model.message import DecodeError, loads
from streams.model.step import Emit

STAGE: Final = "http"
Kind = Literal["crashes", "lines", "loki", "otlp"]
KINDS: Final[tuple[Kind, ...]] = ("crashes", "lines", "loki", "otlp")
PATHS: Final[Mapping[Kind, str]] = {
    "crashes": "/v1/crashes",
    "lines": "/v1/lines",
    "loki": "/loki/api/v1/push",
    "otlp": "/v1/logs",
}
_JSON: Final = ("application/json", "application/x-ndjson", "application/ndjson", "application/jsonl",
                "application/x-jsonlines", "application/json-lines", "text/json")  # fmt: skip
# What programs say that do not look at what they send: curl's default is that of a form.
_UNSAID: Final = ("", "application/octet-stream", "application/x-www-form-urlencoded")
# systemd-journal-upload's, and of the gateway's `journalctl -o export`.
_JOURNAL: Final = "application/vnd.fdo.journal"
_PROTOBUF: Final = (
    "application/x-protobuf",
    "application/protobuf",
    "application/vnd.google.protobuf",
)
# What to set instead, by who sends protobuf.
_INSTEAD: Final[Mapping[Kind, str]] = {
    "loki": "protobuf with snappy is not read: push JSON (Vector: compression gzip or none), or send OTLP as JSON "
    "(Alloy: otelcol.exporter.otlphttp with encoding json)",
    "otlp": "protobuf is not read: send OTLP as JSON (Collector: exporter otlphttp with encoding json; SDKs: "
    "OTEL_EXPORTER_OTLP_LOGS_PROTOCOL=http/json)",
}
_MOST_IDS: Final = 100


class Ingest:
    """The handlers of one listener."""

    def __init__(self, intake: Intake, lines: LineInbox) -> None:
        """`intake`: shared with other routes."""
        self._intake = intake
        self._lines = lines

    def routes(self) -> tuple[web.RouteDef, ...]:
        """One for each kind of body."""
        takers: Mapping[Kind, _Taker] = {
            "crashes": self._crashes,
            "lines": self._log_lines,
            "loki": self._loki,
            "otlp": self._otlp,
        }
        return tuple(
            web.post(PATHS[kind], partial(self._post, kind, take)) for kind, take in takers.items()
        )

    async def _post(self, kind: Kind, take: _Taker, request: web.Request) -> web.Response:
        headers = {key.lower(): value for key, value in request.headers.items()}
        try:
            self._intake.access.check_token(headers)
            form = _form(kind, headers)
            self._intake.check_room()
            async with self._intake.body(request) as body:
                names = _names(kind, request.query_string, body)
                if await self._intake.is_stored(names):
                    self._intake.count(kind, "duplicate")
                    return _answer(kind, 0, (), duplicate=True)
                said = said_by(request.query) if request.query_string else NOTHING
                sender = f"http/{request.remote or '-'}"
                return await take(_Post(body, form, said, sender, names))
        except UnreadableError as error:
            self._intake.count(kind, "refused")
            raise RefusedError(400, error.error, error.where) from None
        except RefusedError:
            self._intake.count(kind, "refused")
            raise

    async def _crashes(self, post: _Post) -> web.Response:
        unsaid = post.form == "unsaid"
        is_json = looks_json(post.body) if unsaid else post.form == "json"
        read = read_events if is_json else read_text
        found: Crashes = read(post.body, post.said, self._intake.patterns)
        events = [*emits(found), *self._letters("crashes", "panics.raw", found.bad)]
        await self._intake.keep(post.names, events)
        count = len(found.crashes) + len(found.others)
        self._count("crashes", count, found.bad)
        more = {"ids": ids(found.crashes[:_MOST_IDS])}
        return _answer("crashes", count, found.bad, more=more)

    async def _log_lines(self, post: _Post) -> web.Response:
        found = read_lines(post.body, post.said, post.sender, json=post.form == "json")
        return await self._keep("lines", post, found)

    async def _loki(self, post: _Post) -> web.Response:
        return await self._keep("loki", post, _pushes(post, read_loki))

    async def _otlp(self, post: _Post) -> web.Response:
        return await self._keep("otlp", post, _pushes(post, read_otlp))

    async def _keep(self, kind: Kind, post: _Post, found: Lines) -> web.Response:
        if not found.lines and found.bad:
            raise UnreadableError(found.bad[0].error, found.bad[0].where)
        if found.lines:
            letters = packed((), self._letters(kind, "logs.lines", found.bad)) if found.bad else b""
            put = self._lines.put(
                found.lines, post.names, at_ms=time.time_ns() // 1_000_000, letters=letters
            )
            await self._intake.storing(post.names, put)
            self._intake.note(post.names)
        self._count(kind, found.count, found.bad)
        return _answer(kind, found.count, found.bad)

    def _letters(self, kind: Kind, topic: str, bad: Iterable[Bad]) -> list[Emit]:
        now = Instant(time.time_ns())
        return [
            dead_letter(
                topic=topic,
                stage=STAGE,
                reason=Reason.INVALID if _is_json(each.text) else Reason.UNDECODABLE,
                error=each.error,
                text=each.text,
                place=f"{PATHS[kind]} {each.where}",
                at=now,
                patterns=self._intake.patterns,
            )
            for each in bad
        ]

    def _count(self, kind: Kind, count: int, bad: tuple[Bad, ...]) -> None:
        self._intake.count(kind, "accepted", count)
        self._intake.count(kind, "dead-letter", len(bad))


Form = Literal["json", "text", "unsaid"]


class _Post(msgspec.Struct, frozen=True):
    """A body whose sender is known. `sender`: an identity for lines without one. `names`: it is known by these."""

    body: bytes
    form: Form
    said: Said
    sender: str
    names: tuple[str, ...]


_Taker = Callable[[_Post], Awaitable[web.Response]]


def _form(kind: Kind, headers: Mapping[str, str]) -> Form:
    """What the content type says. Raises RefusedError (415) for one that is not read, by its name."""
    said = headers.get("content-type", "").partition(";")[0].strip().lower()
    where = "header Content-Type"
    if said in _PROTOBUF:
        raise RefusedError(415, _INSTEAD.get(kind, f"{said} is not read: send JSON"), where)
    if said in _JSON:
        return "json"
    if said in _UNSAID or (said == _JOURNAL and kind == "lines"):
        return "unsaid"
    if said.startswith("text/") and kind in ("crashes", "lines"):
        return "text"
    wanted = "text/plain, application/json or application/x-ndjson"
    if kind in ("loki", "otlp"):
        wanted = "application/json"
    raise RefusedError(415, f"want {wanted}", where)


def _names(kind: Kind, query: str, body: bytes) -> tuple[str, ...]:
    """An id by content: shippers send the same bytes again where they did not see the answer.

    None for a single plain line, which the next crash may well have, too.
    """
    if kind == "lines" and not body.lstrip().startswith((b"{", b"[")) and b"\n" not in body.strip():
        return ()
    return (content_id("body", kind, query, body.decode("latin-1")),)


def _pushes(post: _Post, read: Callable[[object, str], Lines]) -> Lines:
    """The lines of a body; several bodies may stand in one, a line each."""
    lines: list[Line] = []
    bad: list[Bad] = []
    count = 0
    for document in documents(post.body, many=True):
        if isinstance(document, Bad):
            bad.append(document)
            continue
        found = read(document.value, post.sender)
        lines += found.lines
        bad += found.bad
        count += found.count
    return Lines(tuple(lines), count, tuple(bad))


def _is_json(text: str) -> bool:
    try:
        loads(text)
    except DecodeError:
        return False
    return True


def _answer(
    kind: Kind,
    accepted: int,
    bad: Sequence[Bad],
    *,
    duplicate: bool = False,
    more: Mapping[str, object] | None = None,
) -> web.Response:
    """Counts; to Loki's clients 204 where there is nothing to tell, as Loki does (some take nothing else)."""
    if kind == "loki" and not bad:
        return web.Response(status=204)
    told: dict[str, object] = {
        "accepted": accepted,
        "dead_letters": len(bad),
        "duplicate": duplicate,
        **(more or {}),
    }
    if kind == "otlp" and bad:
        # opentelemetry-proto, ExportLogsPartialSuccess; int64 is a string in its JSON.
        told["partialSuccess"] = {
            "rejectedLogRecords": str(len(bad)),
            "errorMessage": bad[0].error,
        }
    return answer(told)
