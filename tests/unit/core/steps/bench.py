"""A state in memory and small crash texts, for tests of steps.

In: changes of steps. Out: rows. Texts are what Go 1.26 prints, with names and numbers chosen by the test.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator

from streams.core.fingerprint.explain import fingerprint
from streams.core.steps.symbolize import crash_of
from streams.model.crash import Build
from streams.model.events import Fingerprinted, RawPanic
from streams.model.instant import Instant
from streams.model.message import Message, Value
from streams.model.report import Report
from streams.model.settings import PipelineSettings
from streams.model.step import Change, Done, Emit, Facts, Need, Put, State, Table, V
from streams.topology import STAGES

Step = Callable[[State, Message, Facts], Done | Need]


class Rows:
    """The reading half of a store (model/step.py State), and `apply`."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Value]] = {}

    def get(self, table: Table[V], key: str) -> V | None:
        """The value under `key`, or None."""
        value = self.rows.get(table.name, {}).get(key)
        return value if isinstance(value, table.value) else None

    def scan(self, table: Table[V], prefix: str) -> Iterator[tuple[str, V]]:
        """All rows whose key begins with `prefix`, in key order."""
        for key, value in sorted(self.rows.get(table.name, {}).items()):
            if key.startswith(prefix) and isinstance(value, table.value):
                yield key, value

    def apply(self, changes: Iterable[Change]) -> None:
        """Take the changes of a step."""
        for change in changes:
            if not isinstance(change, Put):
                continue
            rows = self.rows.setdefault(change.table.name, {})
            if change.value is None:
                rows.pop(change.key, None)
            else:
                rows[change.key] = change.value
            if not rows:
                del self.rows[change.table.name]

    def all(self, table: Table[V]) -> dict[str, V]:
        """Every row of a table."""
        return dict(self.scan(table, ""))


def done(step: Step, state: State, event: Message) -> Done:
    """What a step does that needs no facts."""
    result = step(state, event, {})
    assert isinstance(result, Done)
    return result


class Line:
    """Some stages over one state, in the order of topology; other topics are only kept in `sent`."""

    def __init__(self, *names: str) -> None:
        self.state = Rows()
        self.sent: list[Emit] = []
        self._stages = [stage for stage in STAGES if stage.name in names]
        assert len(self._stages) == len(names)

    def submit(self, topic: str, event: Message) -> None:
        """One event and all that follows from it."""
        queue = deque([Emit(topic, "", event)])
        while queue:
            sent = queue.popleft()
            self.sent.append(sent)
            for stage in self._stages:
                if sent.topic in stage.reads and sent.event is not None:
                    made = done(stage.step, self.state, sent.event)
                    self.state.apply(made.changes)
                    queue.extend(made.outputs)

    def reports(self) -> dict[str, Report]:
        """The last report of each cluster."""
        return {s.event.cluster: s.event for s in self.sent if isinstance(s.event, Report)}


def panic_text(  # noqa: PLR0913 - what a text may vary in, all named
    function: str = "example.com/acme/shop/cart.(*Store).Add",
    *,
    message: str = "assignment to entry in nil map",
    goroutine: int = 1,
    address: str = "0xc000012345",
    file: str = "/src/shop/cart/cart.go",
    line: int = 6,
) -> str:
    """A panic in `function`."""
    return (
        f"panic: {message}\n\n"
        f"goroutine {goroutine} [running]:\n"
        f"{function}({address}, 0x2)\n"
        f"\t{file}:{line} +0x1d\n"
        "main.main()\n"
        "\t/src/shop/main.go:27 +0x88\n"
    )


def crashed(  # noqa: PLR0913 - what a crash may vary in, all named
    text: str,
    *,
    event_id: str | None = None,
    at: int | None = None,
    service: str | None = None,
    host: str | None = None,
    build: str | None = None,
    continues: str | None = None,
) -> Fingerprinted:
    """The fingerprinted crash of a text."""
    raw = RawPanic(
        text=text,
        event_id=event_id,
        at=None if at is None else Instant(at),
        service=service,
        host=host,
        build=Build(version=build),
        continues=continues,
    )
    crash = crash_of(raw, PipelineSettings())
    assert crash is not None
    found = fingerprint(crash)
    assert isinstance(found, Fingerprinted)
    return found
