"""Goroutines of one stack are one group; what differs between them is counted; nothing is lost."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from streams.core.parse.dump import Goroutines, read_rows, without_bodies
from streams.core.report.goroutines import Found, Part, states
from streams.core.report.goroutines_text import render_goroutines, render_groups
from streams.model.crash import Crash, CreatedBy, Frame, Goroutine
from streams.model.goroutines import CreatorCount, LabelCount, StateCount, WaitMinutes
from tests.unit.core.report.samples import CRASH, GO, frame, idle

PARK = frame("runtime.gopark", f"{GO}/runtime/proc.go", 398)
RECEIVE = frame("runtime.chanrecv", f"{GO}/runtime/chan.go", 583)
WORK = frame("example.com/acme/shop/queue.(*Worker).Run", "/src/queue/worker.go", 77)
DEAD = Goroutine(id=9, state="running", crashed=True, frames=(WORK,))


def dump(*goroutines: Goroutine) -> Found:
    return Found(Crash(id="c1", kind="dump", message="", goroutines=goroutines))


def waiting(number: int, minutes: int | None = None, state: str = "chan receive") -> Goroutine:
    return Goroutine(id=number, state=state, wait_minutes=minutes, frames=(PARK, RECEIVE, WORK))


def text(lines: Iterator[str]) -> str:
    return "\n".join(lines) + "\n"


def test_arguments_offsets_and_pcs_do_not_tell_stacks_apart() -> None:
    one = replace(WORK, args="0x1", offset="0x1d", pc="0x47a2f1")
    other = replace(WORK, args="0x2", offset="0x2e")
    (group,) = dump(
        Goroutine(id=1, state="select", frames=(one,)),
        Goroutine(id=2, state="select", frames=(other,)),
    ).groups()
    assert (group.count, group.ids, group.frames) == (2, (1, 2), (WORK,))


def test_a_line_a_file_a_function_and_frames_left_out_do() -> None:
    others = (
        (replace(WORK, line=78),),
        (replace(WORK, file="/src/queue/other.go"),),
        (replace(WORK, function="main.main"),),
        (WORK, WORK),
        (),
    )
    found = [Goroutine(id=n, state="select", frames=frames) for n, frames in enumerate(others)]
    elided = Goroutine(id=8, state="select", frames=(WORK,), elided=7)
    groups = dump(*found, elided, replace(elided, id=9, elided=0)).groups()
    assert [group.count for group in groups] == [1] * 7


def test_the_crashed_group_comes_first_then_the_most_numerous_then_by_stack() -> None:
    rare = tuple(
        Goroutine(id=n, state="select", frames=(frame(f"main.{name}", "/src/a.go", 1),))
        for n, name in ((30, "b"), (31, "a"))
    )
    groups = dump(*rare, *map(waiting, range(3)), DEAD).groups()
    assert [(group.count, group.crashed, group.ids) for group in groups] == [
        (1, True, (9,)),
        (3, False, (0, 1, 2)),
        (1, False, (31,)),
        (1, False, (30,)),
    ]


def test_states_waits_creators_labels_and_locks_are_counted() -> None:
    main = CreatedBy(function="main.main", file="/src/main.go", line=7, goroutine=1)
    other = CreatedBy(function="main.init", file=None, line=None)
    (group,) = dump(
        replace(waiting(1, 14), created_by=main, labels={"tenant": "acme"}),
        replace(waiting(2, 2, "select"), created_by=main, labels={"tenant": "acme", "a": "b"}),
        replace(waiting(3), created_by=other, locked=True),
        replace(waiting(4), created_by=replace(main, goroutine=2)),
        waiting(5),
    ).groups()
    assert group.states == (
        StateCount(state="chan receive", count=4),
        StateCount(state="select", count=1),
    )
    assert group.wait_minutes == WaitMinutes(least=2, most=14, stated=2)
    assert group.created_by == (
        CreatorCount(function="main.main", file="/src/main.go", line=7, count=3),
        CreatorCount(function="main.init", count=1),
    )
    assert group.labels == (
        LabelCount(key="tenant", value="acme", count=2),
        LabelCount(key="a", value="b", count=1),
    )
    assert group.locked == 1


def test_only_the_first_ids_are_kept() -> None:
    (group,) = dump(*map(waiting, range(100))).groups()
    assert (group.count, group.ids) == (100, tuple(range(10)))


def test_states_of_all_groups_are_added_up() -> None:
    groups = dump(DEAD, waiting(1), waiting(2), waiting(3, state="select")).groups()
    assert [(each.count, each.state) for each in states(groups)] == [
        (2, "chan receive"),
        (1, "running"),
        (1, "select"),
    ]


def blocks(numbers: range) -> str:
    return "".join(
        f"\n\ngoroutine {n} [select, {n % 7 + 1} minutes]:\nmain.f({n:#x})\n\t/src/a.go:{n % 3} +0x1d\n"
        f"created by main.main in goroutine {n + 1}\n\t/src/main.go:7 +0x2"
        for n in numbers
    )


def parts(*ranges: range) -> tuple[Part, ...]:
    found = [read_rows(blocks(numbers)) for numbers in ranges]
    return tuple(
        Part(before, Goroutines(rows), lambda one: one)
        for before, rows in enumerate(found, 1)
        if rows is not None
    )


def test_columns_are_grouped_as_the_goroutines_that_they_stand_for() -> None:
    own = (waiting(900), DEAD, waiting(902))
    crash = Crash(id="c1", kind="panic", message="", goroutines=own)
    found = Found(crash, parts(range(10, 60), range(60, 90)))
    decoded = tuple(found.whole())
    assert [g.id for g in decoded] == [9, 900, *range(10, 90), 902]
    assert [replace(g, frames=()) for g in found.bare()] == [replace(g, frames=()) for g in decoded]
    assert len(found) == len(decoded) == 83
    expected = Found(replace(crash, goroutines=decoded)).groups()
    assert found.groups() == expected
    light = tuple(
        Part(p.before, Goroutines(without_bodies(p.goroutines.rows)), p.mark) for p in found.parts
    )
    assert Found(crash, light).groups() == expected


names = st.sampled_from(["main.a", "main.b", "runtime.gopark", "net/http.(*conn).serve"])
stacks = st.lists(st.builds(Frame, function=names, line=st.none() | st.integers(1, 2)), max_size=3)
goroutines = st.lists(
    st.builds(
        Goroutine,
        id=st.integers(1, 99),
        state=st.sampled_from(["select", "running", "\x1b[31m"]),
        wait_minutes=st.none() | st.integers(0, 9),
        frames=stacks.map(tuple),
        elided=st.integers(0, 1),
        created_by=st.none() | st.builds(CreatedBy, function=names, file=st.none() | names),
        labels=st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=2),
    ),
    max_size=12,
)


@given(goroutines)
def test_nothing_is_lost_and_the_order_of_goroutines_does_not_matter(
    found: list[Goroutine],
) -> None:
    groups = dump(*found).groups()
    assert sum(group.count for group in groups) == len(found)
    assert sum(each.count for each in states(groups)) == len(found)
    again = dump(*reversed(found)).groups()
    assert [replace(g, ids=()) for g in again] == [replace(g, ids=()) for g in groups]


@given(goroutines)
def test_no_control_character_reaches_a_terminal(found: list[Goroutine]) -> None:
    for render in (render_groups, render_goroutines):
        assert text(render(dump(*found))).replace("\n", "").isprintable()


def test_a_group_is_a_head_a_folded_stack_and_who_started_it() -> None:
    created = CreatedBy(function="main.main", file="/src/main.go", line=7, goroutine=1)
    many = tuple(
        replace(waiting(n, n % 3 + 2), created_by=created, labels={"tenant": "acme"})
        for n in range(10, 1210)
    )
    crash = replace(CRASH, goroutines=(DEAD, *many, waiting(5000, state="select")))
    assert (
        text(render_groups(Found(crash)))
        == f"""\
{crash.source.path}:{crash.source.line}  panic  {crash.message}  id crash-1
1,202 goroutines (2 stacks): 1,200 chan receive, 1 running, 1 select

1 goroutine [running], crashed: 9
  > example.com/acme/shop/queue.(*Worker).Run  /src/queue/worker.go:77

1,201 goroutines [1,200 chan receive, 1 select, up to 4 minutes]: 10, 11, 12, 13, 14 and 1,196 more
    … 2 frames of runtime
  > example.com/acme/shop/queue.(*Worker).Run  /src/queue/worker.go:77
    started by main.main  /src/main.go:7  (1,200)
    labels tenant=acme (1,200)
"""
    )


def test_a_goroutine_is_its_header_all_frames_and_its_creator() -> None:
    one = replace(idle(20), wait_minutes=3, locked=True, elided=2, labels={"tenant": "acme"})
    lines = text(render_goroutines(dump(one, DEAD))).splitlines()
    assert lines == [
        "dump  id c1",
        "2 goroutines: 1 running, 1 select",
        "",
        "goroutine 9 [running], crashed",
        "  > example.com/acme/shop/queue.(*Worker).Run  /src/queue/worker.go:77",
        "",
        "goroutine 20 [select, 3 minutes, locked to thread] {tenant=acme}",
        f"    runtime.gopark  {GO}/runtime/proc.go:398",
        "  > example.com/acme/shop/queue.(*Worker).Run  /src/queue/worker.go:77",
        "    … 2 frames left out by the runtime",
        "    started by main.main in goroutine 1  /src/main.go:40",
    ]


def test_many_states_and_creators_are_summed_up() -> None:
    found = tuple(
        replace(
            waiting(n, state=f"state {n}"), created_by=CreatedBy(function=f"main.f{n:02}", line=n)
        )
        for n in range(12)
    )
    shown = text(render_groups(dump(*found)))
    assert "state 0, 1 state 1, " in shown
    assert " and 4 in 4 other states\n" in shown
    assert " and 8 in 8 other states]: " in shown
    assert "    … 7 started at 7 more places\n" in shown
    assert len(re.findall("started by", shown)) == 5


def test_waits_say_what_is_known() -> None:
    def head(*minutes: int | None) -> str:
        found = (waiting(n, each) for n, each in enumerate(minutes))
        return text(render_groups(dump(*found))).splitlines()[3]

    assert head(3, 3) == "2 goroutines [chan receive, 3 minutes]: 0 and 1"
    assert head(1, 3) == "2 goroutines [chan receive, 1 to 3 minutes]: 0 and 1"
    assert head(1, None) == "2 goroutines [chan receive, up to 1 minute]: 0 and 1"
    assert head(None) == "1 goroutine [chan receive]: 0"


def test_colour_is_for_what_is_the_users() -> None:
    shown = text(render_groups(dump(waiting(1)), color=True))
    assert "\x1b[1m  > example.com/acme/shop/queue" in shown
    assert "\n    … 2 frames of runtime\n" in shown


def test_a_crash_without_goroutines_says_so() -> None:
    assert text(render_groups(dump())).splitlines() == ["dump  id c1", "no goroutines"]


def test_a_very_deep_stack_is_cut_in_groups_and_said() -> None:
    deep = tuple(frame(f"main.f{n}", "/src/a.go", n) for n in range(5000))
    shown = text(render_groups(dump(Goroutine(id=1, state="running", frames=deep))))
    assert "    … 4,900 more frames\n" in shown
    assert len(shown.splitlines()) < 120
