"""The table of topics: name, message, key, who writes, how partitioned and kept.

Both drivers, schemas/, `topics` commands and the reference page read this one table.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from streams.model import crash, events, report
from streams.model.message import Message

Retention = Literal["short", "30 days", "unlimited", "compacted", "not stored"]


class Topic(msgspec.Struct, frozen=True, kw_only=True):
    """One topic. `single` = one partition (low volume, several keys must meet in one table).

    `broadcast` = every partition gets a copy (whoever waits may be anywhere).
    """

    name: str
    message: type[Message]
    schema: str
    key: str
    made_by: str
    retention: Retention
    public: bool
    single: bool = False
    broadcast: bool = False


TOPICS: tuple[Topic, ...] = (
    Topic(
        name="logs.lines",
        message=events.LogLines,
        schema="log-lines.v1",
        key="any; best: container",
        made_by="log shippers, collect http",
        retention="short",
        public=True,
    ),
    Topic(
        name="panics.raw",
        message=events.RawPanic,
        schema="raw-panic.v1",
        key="any",
        made_by="collect, producers",
        retention="30 days",
        public=True,
    ),
    Topic(
        name="cores.refs",
        message=events.CoreRef,
        schema="core-ref.v1",
        key="any",
        made_by="collect",
        retention="30 days",
        public=True,
    ),
    Topic(
        name="crashes.symbolized",
        message=crash.Crash,
        schema="crash.v1",
        key="crash id, or id of its text",
        made_by="symbolize",
        retention="short",
        public=False,
    ),
    Topic(
        name="crashes.fingerprinted",
        message=events.Fingerprinted,
        schema="fingerprinted.v1",
        key="cluster block",
        made_by="fingerprint",
        retention="short",
        public=False,
    ),
    Topic(
        name="crashes.placed",
        message=events.Placed,
        schema="placed.v1",
        key="id of the process's number, or of its mark",
        made_by="fingerprint",
        retention="short",
        public=False,
    ),
    Topic(
        name="clusters.changed",
        message=events.ClusterChanged,
        schema="cluster-changed.v1",
        key="cluster id",
        made_by="cluster",
        retention="short",
        public=False,
    ),
    Topic(
        name="clusters.rates",
        message=events.ClusterRate,
        schema="cluster-rate.v1",
        key="cluster id",
        made_by="cluster",
        retention="short",
        public=False,
    ),
    Topic(
        name="services.seen",
        message=events.ServiceSeen,
        schema="service-seen.v1",
        key="service",
        made_by="cluster",
        retention="compacted",
        public=False,
        single=True,
    ),
    Topic(
        name="git.pushed",
        message=events.GitPush,
        schema="git-push.v1",
        key="repository",
        made_by="webhook gateway",
        retention="unlimited",
        public=True,
        single=True,
    ),
    Topic(
        name="ci.finished",
        message=events.CiBuild,
        schema="ci-build.v1",
        key="repository",
        made_by="webhook gateway",
        retention="unlimited",
        public=True,
        single=True,
    ),
    Topic(
        name="deploys.changed",
        message=events.Deploy,
        schema="deploy.v1",
        key="service",
        made_by="webhook gateway",
        retention="unlimited",
        public=True,
        single=True,
    ),
    Topic(
        name="links.changed",
        message=events.LinkChanged,
        schema="link-changed.v1",
        key="link id",
        made_by="link",
        retention="compacted",
        public=False,
    ),
    Topic(
        name="attribution.requests",
        message=events.AttributionRequest,
        schema="attribution-request.v1",
        key="cluster id",
        made_by="link",
        retention="short",
        public=False,
    ),
    Topic(
        name="cluster.commands",
        message=events.ClusterCommand,
        schema="cluster-command.v1",
        key="cluster id",
        made_by="people, API",
        retention="unlimited",
        public=True,
        single=True,
    ),
    Topic(
        name="clusters.decided",
        message=events.ClusterDecided,
        schema="cluster-decided.v1",
        key="cluster id",
        made_by="decide",
        retention="short",
        public=False,
        broadcast=True,
    ),
    Topic(
        name="decisions.made",
        message=events.DecisionMade,
        schema="decision-made.v1",
        key="decision id",
        made_by="decide",
        retention="compacted",
        public=False,
    ),
    Topic(
        name="clusters.redirected",
        message=events.ClusterRedirected,
        schema="cluster-redirected.v1",
        key="former cluster id",
        made_by="cluster",
        retention="compacted",
        public=False,
    ),
    Topic(
        name="clusters.variants",
        message=events.ClusterVariant,
        schema="cluster-variant.v1",
        key="cluster id and fingerprint",
        made_by="cluster",
        retention="compacted",
        public=False,
    ),
    Topic(
        name="reports.root_cause",
        message=report.Report,
        schema="report.v1",
        key="cluster id",
        made_by="attribute",
        retention="compacted",
        public=True,
    ),
    Topic(
        name="notifications",
        message=events.Notice,
        schema="notification.v1",
        key="notification id",
        made_by="notify",
        retention="30 days",
        public=True,
        single=True,
    ),
    Topic(
        name="pipeline.generations",
        message=events.Generation,
        schema="generation.v1",
        key="name",
        made_by="replay adopt",
        retention="compacted",
        public=True,
        single=True,
    ),
    Topic(
        name="deadletter",
        message=events.DeadLetter,
        schema="deadletter.v1",
        key="source topic",
        made_by="every stage",
        retention="unlimited",
        public=True,
    ),
    Topic(
        name="ticks",
        message=events.Tick,
        schema="tick.v1",
        key="input",
        made_by="drivers",
        retention="not stored",
        public=False,
    ),
    Topic(
        name="facts.arrived",
        message=events.FactArrived,
        schema="fact-arrived.v1",
        key="fact",
        made_by="whoever brings the fact",
        retention="short",
        public=False,
        broadcast=True,
    ),
)

BY_NAME: dict[str, Topic] = {topic.name: topic for topic in TOPICS}
BY_MESSAGE: dict[type[Message], Topic] = {topic.message: topic for topic in TOPICS}

# `kind` of an input event maps one to one to its topic (docs/reference: input events).
TOPIC_OF_KIND: dict[str, str] = {
    "git.push": "git.pushed",
    "ci.build": "ci.finished",
    "deploy": "deploys.changed",
}
