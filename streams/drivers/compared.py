"""Two ways of grouping the same crashes, compared: how many go from which cluster to which, where former ids lead.

In: for each way what is kept of the crashes, and where each is. Out: Compared, and what is shown of it. Reads only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec

from streams.core.cluster.assign import cluster_id_of
from streams.core.cluster.difference import Flows, flows_of, heirs
from streams.drivers.cluster_facts import follow
from streams.drivers.whereabouts import counted, order_of
from streams.model.events import ClusterRedirected, Fingerprinted
from streams.model.regrouping import ExampleCrash
from streams.model.view import PRINTS, REDIRECTS, REPORTS, VARIANTS
from streams.ports.reader import Reader


class At(msgspec.Struct, frozen=True):
    """Where a stack is: the cluster that it was grouped into, that decisions put it into, that people see."""

    grouped: str
    part: str
    shown: str


Where = Callable[[Fingerprinted], At]


class Compared(msgspec.Struct, frozen=True):
    """`leads`: where ids lead that were shown or led somewhere, and are nothing by themselves now.

    `missing`: crashes that are only in the first.
    """

    flows: Flows
    leads: dict[str, str]
    missing: int

    def redirects(self) -> Iterator[ClusterRedirected]:
        """Former ids as readers are told of them."""
        for name, to in sorted(self.leads.items()):
            yield ClusterRedirected(cluster=name, to=to)


def compared(before: tuple[Reader, Where], after: tuple[Reader, Where]) -> Compared:
    """Compare every crash that both have."""
    parts: list[tuple[str, str]] = []
    missing = 0

    def placed() -> Iterator[tuple[str, str, tuple[bool, int, str]]]:
        nonlocal missing
        for old in counted(before[0]):
            row = after[0].get(PRINTS, old.crash)
            if row is None:
                missing += 1
                continue
            here, there = before[1](old), after[1](row.event).shown
            if here.part != here.shown:
                parts.append((here.part, there))
            yield here.shown, there, order_of(old)

    flows = flows_of(placed())
    return Compared(flows, _former(before[0], after[0], flows, parts), missing)


def _former(
    before: Reader, after: Reader, flows: Flows, parts: Iterable[tuple[str, str]]
) -> dict[str, str]:
    found = heirs(flows_of((part, there, (False, 0, "")) for part, there in parts))
    found.update(heirs(flows))
    for name, row in before.scan(REDIRECTS):
        to = follow(before, row.to)
        if name not in found:
            found[name] = found.get(to, to)
    return {
        name: to
        for name, to in found.items()
        if name != to and after.get(REPORTS, name) is None and after.get(REDIRECTS, name) is None
    }


def by_stack(look: Where) -> Where:
    """Looks once for each stack."""
    known: dict[tuple[str, str], At] = {}

    def where(event: Fingerprinted) -> At:
        name = (event.block, event.fingerprint)
        if name not in known:
            known[name] = look(event)
        return known[name]

    return where


def seen_in(reader: Reader) -> Where:
    """Where each crash is, as far as a view tells."""
    parts = {(row.block, row.fingerprint): row.cluster for _, row in reader.scan(VARIANTS)}

    def look(event: Fingerprinted) -> At:
        usual = cluster_id_of(event)
        part = parts.get((event.block, event.fingerprint), usual)
        return At(usual, part, follow(reader, part))

    return by_stack(look)


def example_of(reader: Reader, crash: str) -> ExampleCrash:
    """A crash as an example of those that go where it goes."""
    row = reader.get(PRINTS, crash)
    if row is None:
        raise AssertionError(crash)
    event, cause = row.event, row.event.root_cause
    place = cause.function
    if place and cause.file:
        place += f" at {cause.file}" + (f":{cause.line}" if cause.line else "")
    return ExampleCrash(
        crash=crash, title=event.title, place=place, rule=cause.rule, explain=event.explain
    )


def crashes_of(reader: Reader) -> int:
    """Crashes in all reports."""
    return sum(report.occurrences for _, report in reader.scan(REPORTS))
