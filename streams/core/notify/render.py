"""A notification as a receiver takes it: our signed JSON, a Slack message, an alert.

In: a notification, a channel, the time of sending. Out: a Posting. What crashes say is bounded and escaped; nothing
of it is read as markup. Sources: standard-webhooks 1.0.0; api.slack.com, Formatting text for app surfaces (escape
& < >) and Block Kit limits; Alertmanager's openapi.yaml, POST /api/v2/alerts.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from typing import Final
from urllib.parse import quote

import msgspec

from streams.core.report.words import visible
from streams.core.webhooks.signature import standard_keys
from streams.model.events import Notice
from streams.model.instant import Instant
from streams.model.message import encode
from streams.model.notifying import Channel, Posting

_NS: Final = 10**9
_AGENT: Final = "panictrail"
_MOST_TITLE: Final = 300
_MOST_NAMES: Final = 10
_MOST_VALUE: Final = 200
_ALERTS_PATH: Final = "/api/v2/alerts"
_WORDS: Final = {
    "new": "New crash",
    "regressed": "Regression",
    "storm": "Crash storm",
    "summary": "Crash storm, summary",
}
_ALERT_NAMES: Final = {
    "new": "PanictrailNewCluster",
    "regressed": "PanictrailRegression",
    "storm": "PanictrailCrashStorm",
    "summary": "PanictrailCrashStorm",
}


def posting(notice: Notice, channel: Channel, now: Instant, link: str | None = None) -> Posting:
    """What is posted; the same id however often."""
    page = link.replace("{cluster}", quote(notice.cluster, safe="")) if link else None
    if channel.kind == "slack":
        return _json(channel.url, _slack(notice, page))
    if channel.kind == "alertmanager":
        base = channel.url.rstrip("/")
        url = base if base.endswith(_ALERTS_PATH) else base + _ALERTS_PATH
        return _json(url, [_alert(notice, page)])
    return _webhook(notice, channel, now)


def _json(url: str, value: object) -> Posting:
    headers = {"Content-Type": "application/json", "User-Agent": _AGENT}
    return Posting(url=url, headers=headers, body=msgspec.json.encode(value))


def _webhook(notice: Notice, channel: Channel, now: Instant) -> Posting:
    body = encode(notice)
    at = str(now.ns // _NS)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": _AGENT,
        "webhook-id": notice.id,
        "webhook-timestamp": at,
        "X-Panictrail-Id": notice.id,
        "X-Panictrail-Event": notice.event,
    }
    if channel.secret:
        plain = hmac.new(channel.secret.encode(), body, hashlib.sha256).hexdigest()
        headers["X-Panictrail-Signature"] = f"sha256={plain}"
        signed = b".".join((notice.id.encode(), at.encode(), body))
        key = standard_keys(channel.secret)[0]
        whole = b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        headers["webhook-signature"] = f"v1,{whole}"
    return Posting(url=channel.url, headers=headers, body=body)


def _line(text: str, most: int = _MOST_VALUE) -> str:
    """One visible line of at most so many characters."""
    plain = " ".join(visible(text[: most * 2]).split())
    return plain if len(plain) <= most else plain[: most - 1] + "…"


def _names(names: tuple[str, ...]) -> str:
    shown = ", ".join(_line(name, 80) for name in names[:_MOST_NAMES])
    more = len(names) - _MOST_NAMES
    return f"{shown} and {more} more" if more > 0 else shown or "unknown"


def summary_of(notice: Notice) -> str:
    """What happened, in one line."""
    words, services = _WORDS[notice.event], _names(notice.services)
    line = f"{words} in {services}: {_line(notice.title, _MOST_TITLE)}"
    storm = notice.storm
    if notice.event == "summary":
        since = f" since {storm.began}" if storm else ""
        return f"{line} ({notice.crashes:,} crashes{since})"
    if storm is not None:
        return f"{line} ({storm.crashes:,} crashes by {storm.last})"
    return line


def _facts(notice: Notice) -> dict[str, str]:
    """What is shown beside the title, as far as it is known."""
    report = notice.report
    place = report.root_cause
    where = place.function or ""
    if place.file:
        where += f" ({place.file}:{place.line})" if place.line else f" ({place.file})"
    brought = report.introduced
    suspect = report.suspects[0] if report.suspects else None
    facts = {
        "Where": where,
        "Occurrences": f"{report.occurrences:,}",
        "First seen": str(report.first_seen or ""),
        "Build": brought.release or brought.build_id or "",
        "Deploy": brought.deploy_batch or "",
        "Suspect": (
            f"{suspect.commit[:12]} {suspect.subject or ''} ({suspect.confidence:.0%})"
            if suspect
            else ""
        ),
        "Owners": _names(notice.owners) if notice.owners else "",
        "Cluster": notice.cluster,
    }
    return {name: _line(value) for name, value in facts.items() if value}


def _escaped(text: str) -> str:
    """As Slack wants it in `text`: no mention, link or channel can come of what a crash says."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _slack(notice: Notice, page: str | None) -> dict[str, object]:
    line = summary_of(notice)
    facts = _facts(notice)
    if page:
        facts["Page"] = page
    # Only plain_text: Slack reads no markup in it.
    fields = [
        {"type": "plain_text", "text": f"{name}: {value}", "emoji": False}
        for name, value in facts.items()
    ]
    return {
        "text": _escaped(line),
        "blocks": [
            {"type": "section", "text": {"type": "plain_text", "text": line, "emoji": False}},
            {"type": "section", "fields": fields[:10]},
        ],
    }


def _alert(notice: Notice, page: str | None) -> dict[str, object]:
    """Labels say which alert it is, so they hold nothing that changes while it lasts."""
    labels = {
        "alertname": _ALERT_NAMES[notice.event],
        "cluster_id": notice.cluster,
        "severity": notice.severity,
        "service": _line(notice.report.services[0] if notice.report.services else "unknown"),
        "kind": notice.report.kind,
    }
    annotations = {"summary": summary_of(notice), "notification": notice.id}
    annotations.update(
        (name.lower().replace(" ", "_"), value) for name, value in _facts(notice).items()
    )
    alert: dict[str, object] = {"labels": labels, "annotations": annotations}
    if page:
        alert["generatorURL"] = page
    return alert
