"""`panictrail collect lines` on a real broker: crashes across batches, kills and hand-overs; silence; other topics."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from base64 import b64decode
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from streams.drivers.embedded.inputs import find_inputs
from streams.drivers.embedded.session import Options, Session
from streams.drivers.embedded.state import open_state
from streams.drivers.kafka.names import Names
from streams.model.events import DeadLetter, GitPush, RawPanic
from streams.model.message import Message, decode
from streams.topology import STAGES
from tests.golden.cases import texts
from tests.kafka.processes import (
    Running,
    cluster_of,
    collector,
    create_topics,
    environment,
)
from tests.kafka.traffic import read_until, send
from tests.kafka_broker import Broker
from tests.shipping import Container, fluent_bit, vector
from tests.unit.core.steps.bench import panic_text
from tests.waiting import until

ONE, TWO = Container("c0ffee0000000001"), Container("c0ffee0000000002", output="stdout")
# Crashes end by silence, or (whatever the machine is busy with) only by this line.
QUIET = {"PANICTRAIL_QUIET_SECONDS": "1"}
PATIENT = {"PANICTRAIL_QUIET_SECONDS": "600"}
END = "exit status 2\n"


def write(
    broker: Broker, names: Names, lines: Iterable[str | bytes], key: str = "c", topic: str = ""
) -> None:
    """Lines to one partition of a topic."""
    values = (line.encode() if isinstance(line, str) else line for line in lines)
    rows = ((topic or "logs.lines", key, value) for value in values)
    prefixed = Names() if topic else names
    asyncio.run(send(cluster_of(broker), prefixed, rows))


def panics(broker: Broker, names: Names, count: int) -> list[RawPanic]:
    """The raw panics, once there are `count`; in order of their partition."""
    topic = names.topic("panics.raw")
    found = read_until(cluster_of(broker), topic, lambda records: len(records) >= count, 60)
    return [decode(value, RawPanic) for _, value in asyncio.run(found) if value is not None]


def lines_read(running: Running) -> int:
    """How many lines a collector has read."""
    found = re.search(
        r"^panictrail_lines_read_total (\S+)", running.get("/metrics")[1], re.MULTILINE
    )
    return int(float(found[1])) if found else 0


def has_read(running: Running, count: int) -> None:
    until(lambda: lines_read(running) >= count, f"{count} lines read")


def wrapped(container: Container, text: str) -> list[str]:
    return [vector(container, line, n) for n, line in enumerate(text.splitlines())]


def test_plain_lines_json_lines_and_joined_events_become_raw_panics(
    broker: Broker, names: Names, tmp_path: Path
) -> None:
    """Two containers line by line in turn, a joined event, plain lines, an event of another kind, a broken one."""
    create_topics(broker, names, 2)
    texts = {name: panic_text(message=name) for name in ("one", "two", "joined", "plain")}
    turns = zip(
        wrapped(ONE, texts["one"]),
        [fluent_bit(TWO, line, n) for n, line in enumerate(texts["two"].splitlines())],
        strict=True,
    )
    lines = ["all is well", *(line for turn in turns for line in turn)]
    lines.append(vector(Container("c0ffee0000000003"), texts["joined"], 9))
    lines += ['{"kind":"git.push","delivery_id":"d1","repo":"shop"}', '{"kind":"deploy","service":']
    with collector(broker, names, tmp_path, **QUIET) as running:
        write(broker, names, lines, key="a")
        write(broker, names, texts["plain"].splitlines(), key="b")
        found = panics(broker, names, 4)
        assert running.process.poll() is None
        cluster = cluster_of(broker)
        (push,) = asyncio.run(read_until(cluster, names.topic("git.pushed"), bool))
        (letter,) = asyncio.run(read_until(cluster, names.topic("deadletter"), bool))
    assert {raw.text for raw in found} == set(texts.values())
    places = {(raw.service, raw.container, raw.pod, raw.stream) for raw in found}
    assert ("shop", "checkout", ONE.pod, "stderr") in places
    assert ("shop", "checkout", TWO.pod, "stdout") in places
    assert decode(push[1] or b"", GitPush).delivery_id == "d1"
    dead = decode(letter[1] or b"", DeadLetter)
    assert (dead.topic, dead.offset, dead.stage) == ("logs.lines", len(lines) - 1, "collect")
    assert b64decode(dead.bytes_base64).startswith(b'{"kind":"deploy"')


@contextmanager
def killed_afterwards(broker: Broker, names: Names, folder: Path) -> Iterator[Running]:
    """A collector that ends by kill -9."""
    settings = {**environment(broker, names), **PATIENT}
    running = Running(["collect", "lines"], folder, settings)
    try:
        running.wait_ready()
        yield running
    finally:
        running.process.kill()
        running.process.wait()


def test_a_crash_that_is_killed_amid_is_found_once_and_whole(
    broker: Broker, names: Names, tmp_path: Path
) -> None:
    """Killed while the record is open, and again when it was published; the last has no local copy."""
    create_topics(broker, names, 1)
    first, second = panic_text(message="first") + END, panic_text(message="second") + END
    lines = wrapped(ONE, first)
    with killed_afterwards(broker, names, tmp_path / "1") as running:
        write(broker, names, lines[:4])
        has_read(running, 4)
    with killed_afterwards(broker, names, tmp_path / "1"):
        write(broker, names, lines[4:])
        assert [raw.text for raw in panics(broker, names, 1)] == [first]
    with collector(broker, names, tmp_path / "2", **PATIENT):
        write(broker, names, wrapped(TWO, second))
        found = panics(broker, names, 2)
    assert [raw.text for raw in found] == [first, second]
    assert [raw.continues for raw in found] == [None, None]


@pytest.mark.timeout(180)
def test_a_collector_that_joins_amid_a_crash_takes_it_over(
    broker: Broker, names: Names, tmp_path: Path
) -> None:
    """Half of the lines, a second collector, the other half: each crash once, whoever has its partition then."""
    create_topics(broker, names, 2)
    texts = {key: panic_text(message=f"crash {key}") + END for key in ("a", "b", "c", "d")}
    halves = {key: wrapped(Container(f"c0ffee00000000{key}"), text) for key, text in texts.items()}
    with collector(broker, names, tmp_path / "1", **PATIENT) as first:
        for key, lines in halves.items():
            write(broker, names, lines[:4], key)
        has_read(first, 16)
        with collector(broker, names, tmp_path / "2", **PATIENT) as second:
            for key, lines in halves.items():
                write(broker, names, lines[4:], key)
            found = panics(broker, names, 4)
            assert lines_read(second) > 0
        write(broker, names, wrapped(ONE, panic_text(message="last") + END), "a")
        everything = panics(broker, names, 5)
    assert sorted(raw.text for raw in found) == sorted(texts.values())
    assert len(everything) == 5


def test_what_is_kept_on_the_broker_and_on_disk_holds_no_text_of_an_open_crash(
    broker: Broker, names: Names, tmp_path: Path
) -> None:
    create_topics(broker, names, 1)
    lines = panic_text(message="password=hunter2-the-second").splitlines()
    with collector(broker, names, tmp_path, **PATIENT) as running:
        write(broker, names, lines[:4])
        has_read(running, 4)
    changelog = asyncio.run(read_until(cluster_of(broker), names.changelog("collect"), bool))
    kept = b"".join((key or b"") + (value or b"") for key, value in changelog)
    assert b"driver.resume" in kept
    disk = b"".join(path.read_bytes() for path in (tmp_path / "data").rglob("*") if path.is_file())
    for secret in (b"hunter2", b"goroutine", b"cart.go"):
        assert secret not in kept
        assert secret not in disk


def test_a_topic_of_a_shippers_own_is_read_beside_ours(
    broker: Broker, names: Names, tmp_path: Path
) -> None:
    own = f"{names.prefix}shop.logs"
    create_topics(broker, names, 1)
    asyncio.run(broker.create(own, 3))
    words = ("--topic", own, "--topic", "logs.lines", "--service", "shop")
    with collector(broker, names, tmp_path, *words, **QUIET):
        write(broker, names, panic_text(message="own").splitlines(), key="k", topic=own)
        write(broker, names, panic_text(message="ours").splitlines())
        found = panics(broker, names, 2)
    assert {raw.service for raw in found} == {"shop"}
    assert {(raw.path or "").rpartition("/")[0] for raw in found} == {own, "logs.lines"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--topic", "no.such"), "no topic no.such at"),
        (("--topic", "panics.raw"), "holds no log lines"),
        (("--listen", "nowhere"), "want HOST:PORT"),
    ],
)
def test_wrong_usage_ends_with_2_and_the_next_step(
    words: tuple[str, ...], said: str, broker: Broker, names: Names, tmp_path: Path
) -> None:
    create_topics(broker, names, 1)
    command = [sys.executable, "-m", "streams.cli.main", "collect", "lines", *words]
    done = subprocess.run(
        [*command, "--data", str(tmp_path)],
        env={**os.environ, **environment(broker, names)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr


def test_without_topics_it_says_how_to_make_them(
    broker: Broker, names: Names, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "streams.cli.main", "collect", "lines", "--data", str(tmp_path)],
        env={**os.environ, **environment(broker, names)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "panictrail topics create" in done.stderr


def test_a_format_that_is_named_is_that_of_every_line(
    broker: Broker, names: Names, tmp_path: Path
) -> None:
    """Named `plain`, a record of a shipper is a line that says nothing; `vector`, it is the line inside."""
    create_topics(broker, names, 1)
    with collector(broker, names, tmp_path, "--format", "plain", **QUIET) as running:
        write(broker, names, wrapped(ONE, panic_text(message="not seen") + END))
        write(broker, names, panic_text(message="plain").splitlines())
        (found,) = panics(broker, names, 1)
        has_read(running, 8)
    assert (found.text.partition("\n")[0], found.container) == ("panic: plain", None)


def test_what_shippers_write_gives_the_crashes_that_the_embedded_driver_finds(
    broker: Broker, names: Names, tmp_path: Path
) -> None:
    """Every golden shape that names its container; law 2: the same ids, however it was read."""
    chosen = [
        text
        for text in texts()
        # Without a container's name an identity is of the file or topic.
        if text.name.startswith("shape-")
        and not text.name.startswith(("shape-cri", "shape-docker/"))
    ]
    expected: set[str | None] = set()
    for text in chosen:
        with open_state(None) as store:
            session = Session(STAGES, store, Options())
            crashes: list[Message] = []
            session.engine.sinks["panics.raw"] = crashes.append
            session.read(find_inputs((str(text.path),))[0][0])
            session.finish()
        expected |= {crash.event_id for crash in crashes if isinstance(crash, RawPanic)}
    assert len(expected) > 10
    create_topics(broker, names, 3)
    with collector(broker, names, tmp_path, **QUIET):
        for text in chosen:
            write(broker, names, text.data.splitlines(), key=text.name)
        # The formats of one journal are the same lines: in one partition they come twice, and count once.
        found = panics(broker, names, len(expected))
        until(
            lambda: {raw.event_id for raw in panics(broker, names, len(found))} >= expected,
            "all of them",
        )
    assert {raw.event_id for raw in panics(broker, names, len(expected))} == expected
