"""A notification for tests of what is made of it."""

from __future__ import annotations

from streams.model.events import Notice, NoticeEvent, Severity
from streams.model.report import Report


def notice(  # noqa: PLR0913 - what a test may vary, all named
    event: NoticeEvent = "new",
    *,
    name: str = "id-1",
    title: str = "boom",
    severity: Severity = "warning",
    services: tuple[str, ...] = ("shop",),
    owners: tuple[str, ...] = (),
) -> Notice:
    """One about a small cluster."""
    report = Report(
        cluster="c1",
        title=title,
        kind="panic",
        occurrences=7,
        services=services,
        owners=owners,
        representative="1",
    )
    return Notice(
        id=name,
        event=event,
        cluster="c1",
        title=title,
        severity=severity,
        services=services,
        owners=owners,
        report=report,
    )
