"""How a notification looks to a receiver: signed, bounded, and nothing in it is read as markup."""

from __future__ import annotations

import json

import pytest

from streams.core.notify.render import posting, summary_of
from streams.core.webhooks.signature import refusal
from streams.model.events import Notice
from streams.model.instant import Instant
from streams.model.message import decode
from streams.model.notifying import Channel, ChannelKind
from tests.unit.core.notify.notices import notice

NOW = Instant(1_790_000_000 * 10**9)
HOSTILE = "<!channel> &amp; *bold* <https://evil.example|x> \x1b[31m\u202e\n" + "A" * 5_000_000
LINK = "https://crashes.example.com/clusters/{cluster}"


def channel(kind: ChannelKind, secret: str | None = None) -> Channel:
    return Channel(name="it", kind=kind, url="http://127.0.0.1:9/x", secret=secret)


@pytest.mark.parametrize("secret", ["plain", "whsec_c2VjcmV0"])
def test_a_webhook_is_signed_so_that_standard_webhooks_and_github_checks_hold(secret: str) -> None:
    made = posting(notice(), channel("webhook", secret), NOW)
    headers = {name.lower(): value for name, value in made.headers.items()}
    assert refusal("plain", secret, headers, made.body, NOW) is None
    assert refusal("plain", secret, headers, made.body + b"x", NOW) is not None
    assert refusal("plain", secret, {**headers, "webhook-id": "other"}, made.body, NOW) is not None
    later = Instant(NOW.ns + 600 * 10**9)
    assert refusal("plain", secret, headers, made.body, later) is not None
    github = {"x-hub-signature-256": headers["x-panictrail-signature"]}
    assert refusal("github", secret, github, made.body, NOW) is None
    assert decode(made.body, Notice) == notice()


def test_without_a_secret_it_says_nothing_of_who_sent_it() -> None:
    made = posting(notice(), channel("webhook"), NOW)
    assert not {name for name in made.headers if "ignature" in name}


def test_the_body_is_the_same_at_every_attempt() -> None:
    later = Instant(NOW.ns + 10**9)
    one, other = (posting(notice(), channel("webhook", "s"), at) for at in (NOW, later))
    assert one.body == other.body
    assert one.headers["webhook-id"] == other.headers["webhook-id"]


def test_nothing_that_a_crash_says_is_markup_in_slack() -> None:
    made = posting(notice(title=HOSTILE), channel("slack"), NOW, LINK)
    value = json.loads(made.body)
    assert len(made.body) < 10_000
    assert "<" not in value["text"]
    assert "&lt;!channel&gt;" in value["text"]
    texts = [value["blocks"][0]["text"], *value["blocks"][1]["fields"]]
    assert {each["type"] for each in texts} == {"plain_text"}
    assert all(0 < len(each["text"]) <= 2000 for each in texts)
    assert not {"\x1b", "\u202e"} & set(made.body.decode())


def test_an_alert_has_labels_that_do_not_change_while_it_lasts() -> None:
    made = posting(notice("storm", title=HOSTILE), channel("alertmanager"), NOW, LINK)
    assert made.url == "http://127.0.0.1:9/x/api/v2/alerts"
    (alert,) = json.loads(made.body)
    assert alert["labels"] == {
        "alertname": "PanictrailCrashStorm",
        "cluster_id": "c1",
        "severity": "warning",
        "service": "shop",
        "kind": "panic",
    }
    assert alert["generatorURL"] == "https://crashes.example.com/clusters/c1"
    assert len(made.body) < 10_000


def test_many_services_are_counted_and_not_listed() -> None:
    services = tuple(f"s{n}" for n in range(500))
    assert "and 490 more" in summary_of(notice(services=services))
