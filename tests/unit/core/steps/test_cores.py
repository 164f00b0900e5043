"""SYMBOLIZE, cores: what it asks for, in which order, and what it does without."""

from __future__ import annotations

from base64 import b64decode

import msgspec
import pytest

from streams.core.scrub.patterns import load_patterns
from streams.core.steps.cores import SEPARATOR
from streams.core.steps.symbolize import symbolize
from streams.model.crash import Build, Crash, Frame, Goroutine, Panic, Told, key_of
from streams.model.errors import Reason
from streams.model.events import CoreRef, DeadLetter
from streams.model.identity import content_id
from streams.model.instant import Instant
from streams.model.message import decode, encode
from streams.model.settings import PipelineSettings
from streams.model.step import Absent, Done, Fact, Need, Present, Request
from streams.model.symbols import BinaryHead, CoreHead
from tests.unit.core.steps.bench import Rows

URI = "file:///cores/core.7"
REF = CoreRef(core=URI, service="shop", at=Instant(5), cgroup=f"/docker/{'ab' * 32}")
HEAD = CoreHead(content="c0ffee", build_ids=("gnu-1", "go/1"), files=("/app/shop", "/lib/libc.so"))
HELD = Crash(
    id="",
    kind="panic",
    message="key sk_live_4eC39HqLyjWDarjtT1zdp7dc is bad",
    panics=(Panic(value="key sk_live_4eC39HqLyjWDarjtT1zdp7dc is bad"),),
    goroutines=(
        Goroutine(
            id=1,
            state="running",
            crashed=True,
            frames=(Frame(function="main.main", package="main", file="/app/main.go", line=3),),
        ),
    ),
    build=Build(module="example.com/shop"),
)
STEP = symbolize(PipelineSettings(), load_patterns(()))

CORE = Request("core", URI)
BINARY = Request("binary", "gnu-1")
OTHER = Request("binary", "go/1")
POST = Request("postmortem", SEPARATOR.join((URI, "gnu-1")))
KNOWN: dict[Request, Fact] = {
    CORE: Present(encode(HEAD)),
    BINARY: Present(encode(BinaryHead(build=Build(go="1.26.8")))),
    OTHER: Absent("not by this name"),
    POST: Present(encode(HELD)),
}


def after(*requests: Request, **other: Fact) -> Done | Need:
    """The step's answer when these facts are known."""
    kinds = {"core": CORE, "binary": BINARY, "post": POST}
    known = {request: KNOWN[request] for request in requests}
    known |= {kinds[name]: fact for name, fact in other.items()}
    if BINARY in known:
        known[OTHER] = Absent("not by this name")
    return STEP(Rows(), REF, known)


def letter(answer: Done | Need) -> DeadLetter:
    """The dead letter of an answer."""
    assert isinstance(answer, Done)
    (sent,) = answer.outputs
    assert isinstance(sent.event, DeadLetter)
    return sent.event


def crash(answer: Done | Need) -> Crash:
    """The crash of an answer."""
    assert isinstance(answer, Done)
    (sent,) = answer.outputs
    assert isinstance(sent.event, Crash)
    assert (sent.topic, sent.key) == ("crashes.symbolized", key_of(sent.event))
    return sent.event


def test_it_asks_for_the_core_then_its_binary_then_what_it_held() -> None:
    assert after() == Need((CORE,))
    assert after(CORE) == Need((BINARY, OTHER))
    assert after(CORE, BINARY) == Need((POST,))
    assert crash(after(CORE, BINARY, POST)).kind == "panic"


def test_the_record_says_where_the_core_came_from_and_what_is_in_app() -> None:
    made = crash(after(CORE, BINARY, POST))
    assert (made.source.service, made.source.at) == ("shop", Instant(5))
    assert made.source.container == "ab" * 32
    assert made.goroutines[0].frames[0].in_app


def by(event: CoreRef, head: CoreHead = HEAD) -> Crash:
    """The crash of a reference to the same core."""
    facts: dict[Request, Fact] = {
        Request("core", event.core): Present(encode(head)),
        BINARY: KNOWN[BINARY],
        OTHER: Absent("not by this name"),
        Request("postmortem", SEPARATOR.join((event.core, "gnu-1"))): KNOWN[POST],
    }
    return crash(STEP(Rows(), event, facts))


def test_the_same_core_under_another_name_is_the_same_crash() -> None:
    moved = msgspec.structs.replace(REF, core="file:///elsewhere/core")
    assert by(moved).id == crash(after(CORE, BINARY, POST)).id


@pytest.mark.parametrize("pid", [None, 7])
def test_references_that_state_other_times_and_places_meet_and_are_told_apart(
    pid: int | None,
) -> None:
    """Whatever they say of the process: the core itself knows that."""
    head = msgspec.structs.replace(HEAD, pid=pid)
    others = (
        REF,
        msgspec.structs.replace(REF, at=Instant(6), pid=4711),
        msgspec.structs.replace(REF, at=None, nspid=9),
        msgspec.structs.replace(REF, host="node-7"),
        msgspec.structs.replace(REF, service=None, cgroup=None),
    )
    made = [by(each, head) for each in others]
    assert len({each.id for each in made}) == len(others)
    assert len({key_of(each) for each in made}) == 1
    for each in made:
        assert isinstance(each.told, Told)
        assert each.told.core == content_id("core", HEAD.content)
        assert each.told.pid == (msgspec.UNSET if pid is None else pid)
    other = msgspec.structs.replace(head, content="another")
    assert by(REF, other).id not in {each.id for each in made}


def test_a_secret_in_a_panic_value_stops_here() -> None:
    answer = after(CORE, BINARY, POST)
    made = crash(answer)
    assert "4eC39HqLyjWDarjtT1zdp7dc" not in encode(made).decode()
    assert sum(made.scrubbed.values()) > 0
    assert isinstance(answer, Done)
    scrubbed = [each for each in answer.counts if each.name == "panictrail_secrets_scrubbed_total"]
    assert sum(count.value for count in scrubbed) == sum(made.scrubbed.values())


def test_without_scrubbing_the_value_stays() -> None:
    step = symbolize(PipelineSettings(scrub=False), None)
    assert "sk_live" in crash(step(Rows(), REF, KNOWN)).message


@pytest.mark.parametrize(
    ("facts", "absent", "reason", "said"),
    [
        ((), "core", Reason.CORE_ABSENT, "no such file"),
        ((CORE,), "binary", Reason.BINARY_ABSENT, "its binary gnu-1: no such file; it maps"),
        ((CORE, BINARY), "post", Reason.CORE_UNREADABLE, "no such file"),
    ],
)
def test_what_is_missing_is_said_and_waited_for(
    facts: tuple[Request, ...], absent: str, reason: Reason, said: str
) -> None:
    answer = after(*facts, **{absent: Absent("no such file")})
    made = letter(answer)
    assert (made.topic, made.reason, made.place, made.at) == ("cores.refs", reason, URI, Instant(5))
    assert said in made.error
    assert decode(b64decode(made.bytes_base64), CoreRef) == REF
    assert isinstance(answer, Done)
    assert answer.waits


def test_a_binary_is_looked_for_by_every_name_that_it_may_have() -> None:
    """A path of another machine, an id of the deployment in capitals, then what the core itself states."""
    event = CoreRef(core=URI, binary="file:///app/shop", build_id="IMG-7")
    asked: list[str] = []
    facts: dict[Request, Fact] = {CORE: KNOWN[CORE]}
    while isinstance(answer := STEP(Rows(), event, facts), Need):
        asked += (request.key for request in answer.requests)
        facts |= {request: KNOWN.get(request, Absent("none")) for request in answer.requests}
    assert asked == ["file:///app/shop", "IMG-7", "img-7", "gnu-1", "go/1", POST.key]
    assert crash(answer).kind == "panic"


def test_a_reason_with_braces_is_a_reason() -> None:
    made = letter(after(CORE, binary=Absent("{0} {name}")))
    assert "{0} {name}" in made.error


def test_a_core_without_a_build_id_needs_a_reference_that_names_its_binary() -> None:
    bare = {CORE: Present(encode(CoreHead(content="x", files=("/app/shop",))))}
    made = letter(STEP(Rows(), REF, bare))
    assert made.reason == Reason.BINARY_ABSENT
    assert "/app/shop" in made.error
    named = CoreRef(core=URI, binary="file:///bin/shop")
    assert STEP(Rows(), named, bare) == Need((Request("binary", "file:///bin/shop"),))
