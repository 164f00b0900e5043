"""Which secrets were replaced, how often, in which fields and services: record by record, then as rows and text.

In: kept crash records and dead letters as JSON values. Out: MaskedPattern by number, lines for people. Pure; its size
is bounded by the number of patterns.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from streams.core.report.words import count, number, visible
from streams.core.scrub.where import fields_with_markers
from streams.model.masked import MaskedPattern

# Where a record has no place for it any more: lines of the text around the crash.
ELSEWHERE: Final = "…"
_MOST_NAMES: Final = 64
_SHOWN: Final = 8
# Words for people; other fields are named by their path.
_WORDS: Final = {
    ELSEWHERE: "lines that the record does not keep",
    "panics.value": "panic value",
    "errors.message": "error",
    "goroutines.frames.args": "frame argument",
    "goroutines.frames.function": "frame",
    "goroutines.labels": "goroutine label",
    "context.last_events": "last events",
}
_SERVICES: Final = {"": "none stated", ELSEWHERE: "all others"}


class Tally:
    """What was replaced in the records so far."""

    def __init__(self) -> None:
        """Nothing was seen yet."""
        self._secrets = Counter[str]()
        self._crashes = Counter[str]()
        self._letters = Counter[str]()
        self._fields = defaultdict[str, Counter[str]](Counter)
        self._services = defaultdict[str, Counter[str]](Counter)

    def crash(self, record: Mapping[str, object]) -> None:
        """Count a crash record."""
        counts = _counts(record.get("scrubbed"))
        found = fields_with_markers(record, counts) if counts else set()
        placed = {name for name, _ in found}
        found |= {(name, ELSEWHERE) for name in counts if name not in placed}
        source = record.get("source")
        service = source.get("service") if isinstance(source, dict) else None
        for name, secrets in counts.items():
            self._secrets[name] += secrets
            self._crashes[name] += 1
            _add(self._services[name], str(service or ""))
        for name, field in found:
            _add(self._fields[name], field)

    def letter(self, counts: Mapping[str, int], body: object) -> None:
        """Count a dead letter: what was replaced in it, and in the event that it holds before that."""
        inside = body.get("scrubbed") if isinstance(body, dict) else None
        for name in {*counts, *_counts(inside)}:
            self._letters[name] += 1

    def rows(self, own: Iterable[str]) -> tuple[MaskedPattern, ...]:
        """By number, the user's own patterns that found nothing at the end. `own`: their names."""
        mine = set(own)
        names = {*self._crashes, *self._letters, *mine}
        made = (
            MaskedPattern(
                pattern=name,
                own=name in mine,
                secrets=self._secrets[name],
                crashes=self._crashes[name],
                dead_letters=self._letters[name],
                fields=_sorted(self._fields[name]),
                services=_sorted(self._services[name]),
            )
            for name in names
        )
        return tuple(sorted(made, key=lambda row: (-row.secrets, -row.dead_letters, row.pattern)))


def _counts(value: object) -> dict[str, int]:
    if not isinstance(value, dict):
        return {}
    return {str(k): v for k, v in value.items() if isinstance(v, int) and v > 0}


def _add(counter: Counter[str], name: str) -> None:
    """One more of a name, of which a hostile producer may have any number."""
    counter[name if name in counter or len(counter) < _MOST_NAMES else ELSEWHERE] += 1


def _sorted(counter: Counter[str]) -> dict[str, int]:
    return dict(sorted(counter.items(), key=lambda item: (-item[1], item[0])))


def lines(rows: Sequence[MaskedPattern]) -> Iterator[str]:
    """For people, without anything that acts in a terminal."""
    seen = [row for row in rows if row.crashes or row.dead_letters]
    if not seen:
        yield "nothing was masked in what is kept"
    for row in seen:
        whose = " (yours)" if row.own else ""
        where = []
        if row.crashes:
            where.append(f"{count(row.secrets, 'secret')} in {count(row.crashes, 'crash')}")
        if row.dead_letters:
            where.append(count(row.dead_letters, "dead letter"))
        yield f"{visible(row.pattern)}{whose}  {', '.join(where)}"
        if row.fields:
            yield f"  fields    {_list(row.fields, _WORDS)}"
        if row.services:
            yield f"  services  {_list(row.services, _SERVICES)}"
    idle = [visible(row.pattern) for row in rows if row.own and row not in seen]
    if idle:
        yield f"patterns of yours that found nothing: {', '.join(idle)}"


def _list(found: Mapping[str, int], word: Mapping[str, str]) -> str:
    items = [f"{visible(word.get(name, name))} {number(many)}" for name, many in found.items()]
    more = f", and {number(len(items) - _SHOWN)} more" if len(items) > _SHOWN else ""
    return ", ".join(items[:_SHOWN]) + more
