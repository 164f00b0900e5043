"""Which channels a notification goes to."""

from __future__ import annotations

from streams.core.notify.routing import fitting
from streams.model.events import Notice
from streams.model.notifying import Channel
from tests.unit.core.notify.notices import notice

CHANNELS = (
    Channel(name="all", url="http://a"),
    Channel(name="pay", url="http://a", services=("pay-*",), owners=("@acme/pay",)),
    Channel(name="pager", url="http://a", severity="critical", events=("storm", "summary")),
    Channel(name="alerts", kind="alertmanager", url="http://a"),
)


def names(told: Notice) -> list[str]:
    return [channel.name for channel in fitting(told, CHANNELS)]


def test_every_condition_that_is_stated_has_to_hold() -> None:
    mine = ("pay-eu", "shop")
    assert names(notice()) == ["all", "alerts"]
    assert names(notice(services=mine)) == ["all", "alerts"]
    assert names(notice(services=mine, owners=("@acme/pay",))) == ["all", "pay", "alerts"]
    assert names(notice("storm", severity="critical")) == ["all", "pager", "alerts"]
    assert names(notice("storm", severity="warning")) == ["all", "alerts"]


def test_a_summary_follows_its_message_whatever_the_severity_and_is_no_alert() -> None:
    assert names(notice("summary", severity="info")) == ["all", "pager"]
