"""Source lines for the reports of a run, from repositories that the user named.

In: `NAME=PATH` arguments, reports with their crashes. Out: Sources by cluster. Reads only; repositories are looked at
while reports are rendered, so that nothing of them is stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from streams.adapters.sources import Sources as SourceFacts
from streams.core.join.excerpts import excerpts
from streams.core.report.source import Sources
from streams.drivers.interpret import MAX_ROUNDS
from streams.model.crash import Crash
from streams.model.errors import BadInput
from streams.model.report import Report
from streams.model.settings import SourceSettings
from streams.model.step import Fact, Request
from streams.ports.facts import Resolver


def named_repos(arguments: Iterable[str]) -> dict[str, Path]:
    """Folders by name. Raises BadInput for what is no `NAME=PATH` of a folder, or a name given twice."""
    found: dict[str, Path] = {}
    for argument in arguments:
        name, equals, text = argument.partition("=")
        path = Path(text)
        if not equals or not name.strip() or not text:
            message = f"--repo {argument}: want NAME=PATH, such as acme/shop=."
            raise BadInput(message)
        if name in found:
            message = f"--repo {argument}: {name} is given twice: name each repository once"
            raise BadInput(message)
        if not path.is_dir():
            message = (
                f"--repo {argument}: {text} is no folder: name a clone, or an unpacked release"
            )
            raise BadInput(message)
        found[name] = path
    return found


def sources_of(
    reports: Iterable[Report],
    crashes: Mapping[str, Crash],
    repos: Mapping[str, Path],
    settings: SourceSettings,
) -> dict[str, Sources]:
    """What each report shows of the source, by cluster."""
    if not repos:
        return {}
    with SourceFacts(repos) as resolver:
        return {
            report.cluster: source_of(
                report, crashes[report.representative], repos, settings, resolver
            )
            for report in reports
            if report.representative in crashes
        }


def source_of(
    report: Report,
    crash: Crash,
    repos: Iterable[str],
    settings: SourceSettings,
    resolver: Resolver,
) -> Sources:
    """What one report shows of the source."""
    facts: dict[Request, Fact] = {}
    revision = report.root_cause.revision
    if revision is not None and not crash.build.revision:
        # Builds and deploys say what the crash does not.
        build = msgspec.structs.replace(crash.build, revision=revision)
        crash = msgspec.structs.replace(crash, build=build)
    for _ in range(MAX_ROUNDS):
        found = excerpts(crash, report.root_cause, repos, settings.substitute, facts)
        if isinstance(found, Sources):
            return found
        facts.update((request, resolver.resolve(request)) for request in found.requests)
    message = "excerpts asked for facts again and again"
    raise AssertionError(message)
