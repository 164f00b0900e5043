"""The pipeline as data: topics, tables, order; and that steps do what their stage declares."""

from __future__ import annotations

import itertools
from collections import deque
from pathlib import Path

import msgspec
import pytest

from streams.core.cluster.state import POINTS
from streams.core.steps.symbolize import crash_of
from streams.drivers.embedded.position import POSITIONS
from streams.drivers.embedded.tails import TAILS
from streams.model.crash import Source, Told, key_of, process_id
from streams.model.events import ClusterCommand, LogLines, RawPanic, SplitRule, Tick, VariantName
from streams.model.instant import Instant
from streams.model.message import Message
from streams.model.settings import PipelineSettings, ScrubPattern
from streams.model.step import Absent, Done, Emit, Facts, Keep, Put, State, Table, V
from streams.model.topics import BY_MESSAGE, BY_NAME, TOPICS
from streams.topology import STAGES, Stage, secret_patterns, stages
from tests.unit.core.steps.bench import Rows, panic_text

# Made outside of the pipeline: by shippers, producers, drivers, people, or whoever brings a fact.
INPUTS = {"logs.lines", "ticks", "facts.arrived", "cluster.commands"}
# Carried from the first day, read and written by later issues.
LATER = {"pipeline.generations"}
TEXTS = sorted(Path(__file__).parent.parent.glob("golden/*/input.*.txt"))
EVENTS = (
    '{"kind":"git.push","delivery_id":"p","repo":"acme/shop","after":"0123456789"}\n'
    '{"kind":"ci.build","delivery_id":"b","repo":"acme/shop","build_id":"7",'
    '"artifacts":[{"service":"shop"}]}\n'
    '{"kind":"deploy","delivery_id":"d","service":"shop","build_id":"7","version":"1",'
    '"occurred_at":"2026-11-23T08:00:00Z"}\n'
    '{"kind":"deploy","delivery_id":7}\n'
    '{"core":"file:///core.1"}\n'
    '{"text":"all is well"}\n'
    '{"text":"panic: x\\n\\ngoroutine 1 [running]:\\nmain.main()\\n\\t/a.go:1 +0x1\\n",'
    '"at":"2026-11-23T08:00:00Z"}\n'
    '{"text":"panic: y\\n\\ngoroutine 1 [running]:\\nmain.main()\\n\\t/a.go:1 +0x1\\n",'
    '"at":"2026-11-23T08:00:00Z","route":"spool","host":"node-7","pid":7}\n'
) + "".join(
    # In more hours than are kept by minute.
    '{"text":"panic: x\\n\\ngoroutine 1 [running]:\\nmain.main()\\n\\t/a.go:1 +0x1\\n",'
    f'"at":"2026-11-23T{hour:02d}:30:00Z"}}\n'
    for hour in range(9, 16)
)


def test_every_topic_that_a_stage_reads_or_writes_is_known() -> None:
    for stage in STAGES:
        assert set(stage.reads) | set(stage.writes) <= set(BY_NAME), stage.name
        assert len(set(stage.reads)) == len(stage.reads)
        assert len(set(stage.writes)) == len(stage.writes)


def test_every_topic_has_a_maker_or_is_an_input() -> None:
    written = {topic for stage in STAGES for topic in stage.writes}
    assert set(BY_NAME) - written == INPUTS | LATER


def test_every_topic_that_is_written_is_read_or_a_product() -> None:
    written = {topic for stage in STAGES for topic in stage.writes}
    read = {topic for stage in STAGES for topic in stage.reads}
    # What people are told of leaves the pipeline: a sender takes it from there.
    assert written - read == {"notifications"}
    assert read - written == {"logs.lines", "ticks", "cluster.commands"}


def test_stages_stand_in_the_order_in_which_an_event_flows() -> None:
    """What a stage reads was written before it; only the dead letters of all stages end in the view."""
    names = [stage.name for stage in STAGES]
    assert names == [
        "collect",
        "symbolize",
        "fingerprint",
        "decide",
        "cluster",
        "link",
        "attribute",
        "notify",
        "view",
    ]
    for number, stage in enumerate(STAGES):
        later = {topic for other in STAGES[number + 1 :] for topic in other.writes}
        assert set(stage.reads) & later <= {"deadletter"}, stage.name


def test_tables_have_names_of_their_own_that_begin_with_their_stage() -> None:
    tables = [(stage.name, table.name) for stage in STAGES for table in stage.tables]
    assert len({name for _, name in tables}) == len(tables)
    assert all(name.startswith(f"{stage}.") for stage, name in tables)
    drivers = {TAILS.name, POSITIONS.name}
    assert not drivers & {name for _, name in tables}
    assert all(name.startswith("driver.") for name in drivers)


def test_topics_whose_keys_meet_in_one_table_have_one_partition() -> None:
    alone = [stage for stage in STAGES if stage.key == "one partition"]
    assert [stage.name for stage in alone] == ["decide", "link"]
    reads = {topic for stage in alone for topic in stage.reads}
    single = {topic.name for topic in TOPICS if topic.single}
    # What readers follow, and what people are told of, no stage reads.
    assert single - {"pipeline.generations", "notifications"} == reads


def test_only_open_input_is_volatile() -> None:
    """Rows that hold raw text never leave memory (law 8); all others must survive a restart."""
    volatile = {table.name for stage in STAGES for table in stage.tables if table.volatile}
    assert volatile == {"collect.inputs"}


class Own:
    """The state as one stage may see it: only its own tables."""

    def __init__(self, state: Rows, tables: tuple[str, ...]) -> None:
        self._state = state
        self._tables = tables

    def get(self, table: Table[V], key: str) -> V | None:
        assert table.name in self._tables, table.name
        return self._state.get(table, key)

    def scan(self, table: Table[V], prefix: str) -> object:
        assert table.name in self._tables, table.name
        return self._state.scan(table, prefix)


def worked_out(stage: Stage, state: object, event: Message) -> Done:
    """What a step does that has to do without every fact; it asks only for those that its stage names."""
    made = stage.step(state, event, {})  # type: ignore[arg-type] # narrower on purpose
    while not isinstance(made, Done):
        assert {request.kind for request in made.requests} <= set(stage.needs), stage.name
        facts = {request: Absent("none") for request in made.requests}
        made = stage.step(state, event, facts)  # type: ignore[arg-type] # narrower on purpose
    return made


def decisions(state: Rows) -> list[Emit]:
    """Something of everything that people decide, on the clusters that are there."""
    (_, one), (_, other) = itertools.islice(state.all(POINTS).items(), 2)
    stacks = tuple(
        VariantName(block=each.summary.block, fingerprint=each.fingerprint) for each in (one, other)
    )
    rule = SplitRule(on="variant", values=(one.fingerprint, other.fingerprint))
    merge = ClusterCommand(command="merge", cluster=one.cluster, other=other.cluster)
    commands = (
        merge,
        ClusterCommand(command="split", cluster=one.cluster, rule=rule, at=Instant(1)),
        ClusterCommand(command="pin", cluster=one.cluster, variants=stacks, at=Instant(2)),
        ClusterCommand(command="merge", cluster=one.cluster),
    )
    return [Emit("cluster.commands", "", command) for command in commands]


def core_of_a_process() -> Emit:
    """What SYMBOLIZE makes of a core whose process is known."""
    crash = crash_of(RawPanic(text=panic_text(), event_id="ab" * 16), PipelineSettings())
    assert crash is not None
    source = Source(host="node-7", at=Instant(1))
    told = Told(route="core", text=process_id(9), pid=9)
    event = msgspec.structs.replace(crash, source=source, told=told)
    return Emit("crashes.symbolized", key_of(event), event)


def test_a_step_touches_its_own_tables_and_topics_only() -> None:
    """Real texts through the whole pipeline; what each step does is held against its stage."""
    # With repositories a crash asks for more, and more of it is remembered.
    chosen = stages(PipelineSettings(repositories=("shop",)))
    state = Rows()
    used: dict[str, set[str]] = {stage.name: set() for stage in chosen}
    changed: set[str] = set()
    data = "".join(path.read_text("utf-8", "replace") for path in TEXTS[::4])
    prefixed = "".join(f"shop-1  | {line}" for line in panic_text().splitlines(keepends=True))
    queue = deque(
        [
            Emit("logs.lines", "a", LogLines(input="a", data=EVENTS + data)),
            Emit("logs.lines", "a", LogLines(input="b", data=prefixed + EVENTS)),
            Emit("ticks", "a", Tick(input="a", end_of_input=True)),
            Emit("ticks", "b", Tick(input="b", end_of_input=True)),
            Emit("logs.lines", "a", LogLines(input="c", data=EVENTS.replace('"d"', '"e"'))),
            core_of_a_process(),
        ]
    )
    decided = False
    while queue:
        sent = queue.popleft()
        if not queue and not decided:
            decided = True
            queue.extend(decisions(state))
        if sent.event is None:
            continue
        assert BY_MESSAGE[type(sent.event)].name == sent.topic
        for stage in chosen:
            if sent.topic not in stage.reads:
                continue
            tables = tuple(table.name for table in stage.tables)
            made = worked_out(stage, Own(state, tables), sent.event)
            assert {emit.topic for emit in made.outputs} <= set(stage.writes), stage.name
            puts = [change for change in made.changes if isinstance(change, Put)]
            assert {change.table.name for change in puts} <= set(tables), stage.name
            assert all(isinstance(c.value, c.table.value) for c in puts if c.value is not None)
            assert all(isinstance(change, (Put, Keep)) for change in made.changes)
            used[stage.name] |= {emit.topic for emit in made.outputs}
            changed |= {change.table.name for change in puts}
            state.apply(made.changes)
            queue.extend(made.outputs)
    assert used == {stage.name: set(stage.writes) for stage in chosen}
    assert changed == {table.name for stage in chosen for table in stage.tables}


def test_a_step_is_a_function_of_state_event_and_facts() -> None:
    """The same event over the same state gives the same, and changes nothing by itself."""
    state, facts = Rows(), dict[object, object]()
    event = LogLines(input="a", data=panic_text() + "exit status 2\n" + EVENTS)
    collect = STAGES[0]
    one = collect.step(_state(state), event, _facts(facts))
    other = collect.step(_state(state), event, _facts(facts))
    assert one == other
    assert state.rows == {}


def _state(state: Rows) -> State:
    return state


def _facts(facts: dict[object, object]) -> Facts:
    assert facts == {}
    return {}


def test_settings_reach_the_steps() -> None:
    settings = PipelineSettings(
        scrub_patterns=(ScrubPattern(name="order", regex="ORD-([0-9]+)", group=1),)
    )
    event = LogLines(input="a", data=panic_text(message="ORD-77") + "exit status 2\n")
    for chosen, text in (
        (settings, "ORD-[scrubbed:order]"),
        (None, "ORD-77"),
        (PipelineSettings(scrub=False), "ORD-77"),
    ):
        made = stages(chosen)[0].step(_state(Rows()), event, {})
        assert isinstance(made, Done)
        assert f"panic: {text}\n" in repr(made.outputs[0].event).replace("\\n", "\n")


def test_patterns_are_none_only_when_scrubbing_is_off() -> None:
    assert secret_patterns(PipelineSettings()) == ()
    assert secret_patterns(PipelineSettings(scrub=False)) is None
    pattern = ScrubPattern(name="x", regex="a+")
    (loaded,) = secret_patterns(PipelineSettings(scrub_patterns=(pattern,))) or ()
    assert loaded.name == "x"


def test_a_pattern_that_is_no_regular_expression_is_named() -> None:
    bad = PipelineSettings(scrub_patterns=(ScrubPattern(name="mine", regex="("),))
    with pytest.raises(ValueError, match="mine"):
        stages(bad)
