"""What is said once for a whole page: the head line, notes, shared unknowns, and what to try.

In: a Page. Out: plain texts and small values that text, HTML and Markdown write each in its way.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from streams.core.report.batches import Batch
from streams.core.report.history import Times, Variant
from streams.core.report.run import Miss, Page, RunSummary, Shown
from streams.core.report.trace import place
from streams.core.report.words import (
    clip,
    count,
    day,
    listing,
    moment,
    number,
    percent,
    size,
    span,
    visible,
    when,
)
from streams.model.crash import Crash
from streams.model.message import Value
from streams.model.report import Explanation, Introduced, Report, Suspect, Unknown

DEFAULT_COMMAND: Final = "panictrail analyze"
_SHA_SHOWN: Final = 12
_BUILD_SHOWN: Final = 80
_WAY_SHOWN: Final = 4
_MINUTE: Final = 60
_BARS: Final = "▁▂▃▄▅▆▇█"
_SHA: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}", re.ASCII)


class Advice(Value, frozen=True, kw_only=True):
    """Something to try: the command as typed, and the reason."""

    command: str
    why: str


def headline(page: Page) -> str:
    """`3 crashes in 2 clusters from 4 files (1,234 lines)`."""
    run = page.run
    read = f"{count(run.files, 'file')} ({count(run.lines, 'line')})" if run.files else ""
    if not page.shown:
        return f"No Go crash found in {read}" if read else "No Go crash found"
    crashes = run.crashes or sum(shown.report.occurrences for shown in page.shown)
    found = f"{count(crashes, 'crash')} in {count(len(page.shown), 'cluster')}"
    return f"{found} from {read}" if read else found


def shared_unknowns(page: Page) -> tuple[Unknown, ...]:
    """What no report of the page knows, in the first one's order; nothing for a single report."""
    first, *others = page.shown or (None,)
    if first is None or not others:
        return ()
    return tuple(u for u in first.unknown if all(u in other.unknown for other in others))


def own_unknowns(shown: Shown, shared: tuple[Unknown, ...]) -> tuple[Unknown, ...]:
    """What this report does not know and another one does."""
    return tuple(unknown for unknown in shown.unknown if unknown not in shared)


class Way(Value, frozen=True, kw_only=True):
    """Something that reports leave open and the way to learn it, said once for a whole page.

    `why` is empty where the reports give different reasons; `everywhere`: no report knows it.
    """

    what: str
    why: str
    how: str
    everywhere: bool


def ways_to_know(page: Page) -> tuple[Way, ...]:
    """Every distinct (what, how) of a page with several reports, in order of first mention."""
    if len(page.shown) < 2:  # noqa: PLR2004 - a single report says everything in its own place
        return ()
    reasons: dict[tuple[str, str], list[str]] = {}
    for shown in page.shown:
        for unknown in shown.unknown:
            reasons.setdefault((unknown.what, unknown.how), []).append(unknown.why)
    return tuple(
        Way(
            what=what,
            why=whys[0] if len(set(whys)) == 1 else "",
            how=how,
            everywhere=len(whys) == len(page.shown),
        )
        for (what, how), whys in reasons.items()
    )


def marked_unknowns(shown: Shown, ways: Sequence[Way]) -> str:
    """What a report leaves open, each with the number of the way to learn it; not what all leave open."""
    parts = []
    for unknown in shown.unknown:
        number = next(
            n for n, w in enumerate(ways, 1) if (w.what, w.how) == (unknown.what, unknown.how)
        )
        if not ways[number - 1].everywhere:
            parts.append(f"{visible(unknown.what)} [{number}]")
    return "; ".join(parts)


def unknown_words(unknown: Unknown) -> str:
    """`what: why`, harmless."""
    return f"{visible(unknown.what)}: {visible(unknown.why)}"


def report_place(report: Report) -> str | None:
    """`file:line` of the place that the report names, harmless; None where the text shows none."""
    where = place(report.root_cause.file, report.root_cause.line)
    return None if where is None else visible(where)


def seen(report: Report) -> str:
    """`17 times since …, last …`; `once at …`; `17 times, unknown time`."""
    times = when(report.first_seen, report.last_seen)
    often = "once" if report.occurrences == 1 else count(report.occurrences, "time")
    return f"{often}, {times}" if times == "unknown time" else f"{often} {times}"


def over_time(times: Times) -> str:
    """`in steps of 5 minutes from 2026-11-23 08:10 to 12:10 UTC, at most 3`."""
    end = times.at(len(times.counts))
    text = f"in steps of {_step(times.step_seconds)}, {span(times.start, end)}"
    text += f", at most {number(max(times.counts))}"
    return f"{text}; {number(times.untimed)} at unknown times" if times.untimed else text


def bar_words(times: Times, at: int) -> str:
    """`3 from 2026-11-23 08:10 UTC on`."""
    start = times.at(at)
    return (
        f"{number(times.counts[at])} from {moment(start, seconds=times.step_seconds < _MINUTE)} on"
    )


def _step(seconds: int) -> str:
    for unit, name in ((86_400, "day"), (3600, "hour"), (_MINUTE, "minute")):
        if seconds % unit == 0:
            return count(seconds // unit, name)
    return count(seconds, "second")


def bars(times: Times) -> str:
    """The counts as a row of bars: `▂▁·█`; a dot where there was none."""
    most = max(times.counts)
    return "".join(_BARS[-(-n * len(_BARS) // most) - 1] if n else "·" for n in times.counts)


def variant_words(variant: Variant, report: Report) -> str:
    """`3 times: title at file:line (build v2, last 09:12 UTC)`; what the cluster itself says is left out."""
    text = count(variant.occurrences, "time")
    here = variant.where in (None, place(report.root_cause.file, report.root_cause.line))
    if variant.title != report.title:
        text += f": {clip(variant.title, 200)}"
    elif here:
        text += " as above"
    if not here:
        text += f" at {visible(variant.where or '')}"
    named = []
    if variant.services and variant.services != report.services:
        named.append(listing(variant.services))
    if variant.builds and variant.builds != report.builds:
        named.append(f"build {listing([build_name(b) for b in variant.builds])}")
    if variant.last_seen and variant.last_seen != report.last_seen:
        named.append(f"last {moment(variant.last_seen)}")
    return f"{text} ({', '.join(named)})" if named else text


def variant_way(variant: Variant) -> str:
    """`cart.(*Store).Add ← api.(*Server).handleAdd`; empty where nothing is known."""
    return clip(" ← ".join(variant.way[:_WAY_SHOWN]), 400)


def surroundings(report: Report) -> str:
    """Services, builds and hosts in one line; empty where nothing is known of any."""
    parts = []
    if report.services:
        parts.append(listing(report.services))
    if report.builds:
        parts.append(f"{'build' if len(report.builds) == 1 else 'builds'} {builds(report)}")
    if report.hosts:
        parts.append(count(report.hosts, "host"))
    return " · ".join(parts)


def builds(report: Report, most: int = 3) -> str:
    """`v1.4.2, 4f2a1c9d0e11 and 3 more`."""
    return listing([build_name(build) for build in report.builds], most)


def build_name(build: str) -> str:
    """A build as people say it: a full hash shortened, anything else whole."""
    return build[:_SHA_SHOWN] if _SHA.fullmatch(build) else clip(build, _BUILD_SHOWN)


def grouped(report: Report) -> str:
    """`cluster 9f2c…, 2 fingerprints`."""
    text = f"cluster {visible(report.cluster)}"
    if report.fingerprints > 1:
        text += f", {count(report.fingerprints, 'fingerprint')}"
    return text


def reason(explanation: Explanation) -> str:
    """`rule: detail`, with the distance where it is not 0."""
    text = f"{visible(explanation.rule)}: {clip(explanation.detail, 400)}"
    return f"{text} (distance {explanation.distance:.2f})" if explanation.distance else text


def reasons(report: Report) -> tuple[str, ...]:
    """Why the crashes are one cluster, else the rule that found the place."""
    if report.explain:
        return tuple(map(reason, report.explain))
    rule = report.root_cause.rule
    return (f"rule {visible(rule)}",) if rule else ()


def introduced_words(introduced: Introduced) -> str:
    """`since build b2, release v2, deploy batch 7; last good build b1`; empty when unknown."""
    parts = [
        f"{word} {visible(build_name(value))}"
        for word, value in (
            ("build", introduced.build_id),
            ("release", introduced.release),
            ("deploy batch", introduced.deploy_batch),
        )
        if value
    ]
    text = ", ".join(parts)
    if introduced.last_good_build:
        good = f"last good build {visible(build_name(introduced.last_good_build))}"
        text = f"{text}; {good}" if text else good
    return text


def batch_words(batch: Batch) -> str:
    """`eu-west d12, 2026-11-22 08:00 UTC (4f2a1c9d0e11): 0 times before, 17 after`."""
    where = " ".join(filter(None, (batch.place.env, batch.place.region)))
    name = " ".join(filter(None, (visible(where), visible(clip(batch.batch, _BUILD_SHOWN)))))
    what = batch.commit or batch.build_id
    built = f" ({visible(build_name(what))})" if what else ""
    return (
        f"{name}, {moment(batch.began)}{built}: {count(batch.before, 'time')} before, "
        f"{number(batch.after)} after"
    )


def suspect_words(suspect: Suspect) -> str:
    """`83 % 4f2a1c9d0e11 by Ada, 2026-11-22: subject`."""
    return f"{percent(suspect.confidence)} {suspect_name(suspect)}"


def suspect_name(suspect: Suspect) -> str:
    """`4f2a1c9d0e11 by Ada, 2026-11-22: subject`."""
    text = visible(suspect.commit[:_SHA_SHOWN])
    if suspect.author:
        text += f" by {clip(suspect.author, 80)}"
    if suspect.at:
        text += f", {day(suspect.at)}"
    return f"{text}: {clip(suspect.subject, 200)}" if suspect.subject else text


def evidence_words(suspect: Suspect) -> tuple[str, ...]:
    """The suspect's evidence, heaviest first: `blame: last changed line 41 (0.40)`."""
    heaviest_first = sorted(suspect.evidence, key=lambda evidence: -evidence.weight)
    return tuple(
        f"{visible(e.kind)}: {clip(e.detail, 400)} ({e.weight:.2f})" for e in heaviest_first
    )


def caveats(crash: Crash) -> tuple[str, ...]:
    """What makes the crash's record less than whole: cut short, lines not understood."""
    return tuple(_caveats(crash))


def _caveats(crash: Crash) -> Iterable[str]:
    if crash.truncated:
        yield "The crash text ends early: frames or goroutines may be missing."
    # What was read from memory has no lines.
    yield from (clip(fault.reason, 200) for fault in crash.faults[:3] if not fault.line)
    misread = tuple(fault for fault in crash.faults if fault.line)
    if misread:
        first = misread[0]
        lines = count(len(misread), "line")
        why = clip(first.reason, 200)
        yield f"{lines} of it not understood, first its line {number(first.line)}: {why}"


def notes(page: Page, command: str = DEFAULT_COMMAND) -> tuple[str, ...]:
    """What else the run has to say, one sentence each: cut short, repeated, masked, refused."""
    return tuple(_notes(page.run, program(command), found=bool(page.shown)))


def _notes(run: RunSummary, name: str, *, found: bool) -> Iterable[str]:
    if run.interrupted:
        yield "Interrupted: this is what was read until then."
    if run.duplicates:
        yield f"{count(run.duplicates, 'crash')} seen before, not counted again."
    if run.events:
        yield f"{count(run.events, 'event')} from git, CI or deploys read."
    if run.scrubbed:
        masked = listing([f"{number(n)} {kind}" for kind, n in _largest(run.scrubbed)], 8)
        yield f"Secrets masked: {masked}."
    if run.dead_letters:
        state = shlex.quote(visible(run.state)) if run.state else "DIR"
        letters = count(run.dead_letters, "record")
        yield f"{letters} could not be processed: {name} deadletter list --state {state}"
    if run.problems:
        yield f"{count(len(run.problems), 'problem')} with the input, see standard error."
    if found and run.misses:
        yield _missed(run.misses)


def _missed(misses: Sequence[Miss]) -> str:
    first = f"{visible(misses[0].path)}:{misses[0].line}"
    were = "was" if len(misses) == 1 else "were"
    why = clip(misses[0].why, 200)
    lines = count(len(misses), "line")
    return f"{lines} looked like a crash and {were} none, first {first}: {why}"


def _largest(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def program(command: str) -> str:
    """`panictrail` of `panictrail analyze`."""
    return command.rpartition(" ")[0] or command


def what_was_read(run: RunSummary) -> str:
    """`3 files, 1,234 lines, 56 kB: 900 lines of plain, 334 of docker-json`."""
    if not run.files:
        return "nothing"
    read = ", ".join((count(run.files, "file"), count(run.lines, "line"), size(run.bytes)))
    formats = [f"{count(n, 'line')} of {name}" for name, n in _largest(run.formats)]
    return f"{read}: {listing(formats, 6)}" if formats else read


def advice(run: RunSummary, command: str = DEFAULT_COMMAND) -> tuple[Advice, ...]:
    """What to try where nothing was found, most likely first."""
    return tuple(_advice(run, command))


def _advice(run: RunSummary, command: str) -> Iterable[Advice]:
    if run.files and not run.bytes:
        yield Advice(
            command=f"./program 2>&1 | {command} -",
            why="The input was empty. Go writes crashes to standard error, not to standard output.",
        )
    yield Advice(
        command=f"kubectl logs POD --previous | {command} -",
        why="After a restart the crash is in the log of the container before.",
    )
    if not run.files or run.bytes:
        yield Advice(
            command=f"docker logs CONTAINER 2>&1 | {command} -",
            why="Is it stderr? Go writes crashes there; a log of standard output alone has none.",
        )
    yield Advice(
        command="GOTRACEBACK=all ./program 2> crash.txt",
        why="With GOTRACEBACK=none or 0 a crash prints no stack; all prints every goroutine.",
    )
    if run.misses or run.lines:
        yield Advice(
            command=f"{program(command)} parse INPUT --format NAME",
            why="If it is a crash in a shape that was not recognised: name the shape.",
        )
