"""The laws of the design on the embedded driver: 1, 2, 3, 5, 8 and 9.

Inputs are texts that our own Go programs printed (tests/golden); what varies is how they arrive.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import orjson
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from streams.adapters.packing import unpacked
from streams.adapters.sqlite_store import SqliteStore
from streams.core.parse.assemble import close, feed
from streams.core.parse.record import Assembled, AssemblerState
from streams.drivers.cluster_facts import crash_of
from streams.drivers.embedded.chunks import GZIP_MAGIC, ZSTD_MAGIC
from streams.drivers.embedded.inputs import find_inputs
from streams.drivers.embedded.reading import dead_letters, reports
from streams.drivers.embedded.session import Options, Session
from streams.model.events import LogLines
from streams.topology import STAGES
from tests.embedded import content, run
from tests.golden.cases import Text, texts

TEXTS = tuple(texts())
SHORT = tuple(text for text in TEXTS if len(text.data) < 8_000)
PREFIXED = tuple(text for text in SHORT if text.wrapped)
# These are cut at every tenth byte; the others at ten places (a run per cut, each with its own commit).
SHORTEST = sorted(SHORT, key=lambda text: len(text.data))[:8]
PLAIN = tuple(text for text in SHORT if not text.wrapped)
NAMED = {text.name: text for text in PLAIN}

# As COLLECT's: microseconds or finer.
FINE = re.compile(r"\.\d{6}")

some_texts = st.lists(st.sampled_from(SHORT), min_size=1, max_size=5)


@contextmanager
def folder() -> Iterator[Path]:
    """A fresh folder per example (tmp_path is one per test)."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def write(place: Path, parts: list[bytes]) -> list[Path]:
    """One file per part."""
    paths = []
    for number, data in enumerate(parts):
        path = place / f"{number}.log"
        path.write_bytes(data)
        paths.append(path)
    return paths


@settings(max_examples=25, deadline=None)
@given(chosen=some_texts, chunk=st.integers(1, 3000))
def test_law_1_the_same_in_gives_the_same_out_however_it_is_read(
    chosen: list[Text], chunk: int
) -> None:
    data = b"".join(text.data for text in chosen)
    with folder() as place:
        (path,) = write(place, [data])
        assert run([path], chunk_bytes=chunk) == run([path])


def sent_again(data: bytes) -> int:
    """How many crashes of a text are, where it stands twice, ones that a shipper sent twice.

    Those whose lines name a stream and a time to the microsecond: no stream writes two in one.
    """
    read = feed(AssemblerState(), LogLines(input="0.log", data=data.decode(errors="replace")))
    found = (*read.found, *close(read.state, resumable=False)[1])
    origins = [each.origin for each in found if isinstance(each, Assembled)]
    return sum(bool(each.stream and FINE.search(each.time)) for each in origins)


@settings(max_examples=25, deadline=None)
@given(chosen=st.lists(st.sampled_from(PLAIN), min_size=1, max_size=4))
@example(chosen=[NAMED["main-goexit/go1.26"]])  # one line is all of it: two were read as one crash
@example(chosen=[NAMED["shape-cri/containerd-1.7"]])
def test_law_2_a_renamed_file_counts_nothing_and_repeats_in_a_file_count(
    chosen: list[Text],
) -> None:
    data = [text.data for text in chosen]
    with folder() as place:
        paths = write(place, data)
        once = run(paths, place / "state")
        for path in paths:
            path.rename(path.with_suffix(".log.1"))
        again = run([path.with_suffix(".log.1") for path in paths], place / "state")
        assert again == once
        (doubled,) = write(place, [data[0] + b"ordinary line\n" + data[0]])
        first = sum(
            orjson.loads(line)["occurrences"] for line in run([paths[0].with_suffix(".log.1")])
        )
        both = sum(orjson.loads(line)["occurrences"] for line in run([doubled]))
        assert both == 2 * first - sent_again(data[0])


@settings(max_examples=20, deadline=None)
@given(chosen=some_texts, again=st.lists(st.integers(0, 4), max_size=6))
def test_law_3_replaying_any_part_changes_nothing(chosen: list[Text], again: list[int]) -> None:
    with folder() as place:
        paths = write(place, [text.data for text in chosen])
        once = run(paths, place / "state")
        for number in again:
            assert run([paths[number % len(paths)]], place / "state") == once
        copies = [path.with_name(f"copy-{path.name}") for path in paths]
        for path, copy in zip(paths, copies, strict=True):
            copy.write_bytes(path.read_bytes())
        assert run(copies, place / "state") == once


@settings(max_examples=25, deadline=None)
@given(
    chosen=st.lists(st.sampled_from(SHORT), min_size=2, max_size=5, unique=True), seed=st.randoms()
)
def test_law_4_the_order_of_inputs_does_not_matter(chosen: list[Text], seed: Random) -> None:
    with folder() as place:
        paths = write(place, [text.data for text in chosen])
        forward = content(run(paths))
        seed.shuffle(paths)
        assert content(run(paths)) == forward


@pytest.mark.parametrize("text", SHORT, ids=lambda text: text.name)
def test_law_9_a_file_cut_anywhere_and_grown_later_gives_what_it_gives_in_one_go(
    text: Text, tmp_path: Path
) -> None:
    data = text.data
    path = tmp_path / "app.log"
    path.write_bytes(data)
    whole = run([path])
    steps = 10 if text in SHORTEST else max(10, len(data) // 10)
    for cut in range(10, len(data), steps):
        path.write_bytes(data[:cut])
        run([path], tmp_path / "state")
    path.write_bytes(data)
    assert run([path], tmp_path / "state") == whole


GARBAGE = st.lists(
    st.one_of(
        st.sampled_from(
            [
                b'{"kind":"git.push"',
                b'{"kind":"deploy","service":3}',
                b'{"kind":"git.push","delivery_id":"d","repo":"r"}',
                b'{"text":"no crash here"}',
                b'{"core":"file:///core.1"}',
                b"panic: ",
                b"goroutine 1 [running]:",
                b"main.main()",
                b"\t/src/main.go:1 +0x1",
                b"\xff\xfe\x00",
            ]
        ),
        st.binary(max_size=40).map(lambda data: data.replace(b"\n", b" ")),
    ),
    max_size=20,
)


@settings(max_examples=60, deadline=None)
@example([b"\x1f\x8b", b'{"kind":"git.push","delivery_id":"d","repo":"r"}'])
@given(lines=GARBAGE)
def test_law_5_nothing_is_dropped_in_silence(lines: list[bytes]) -> None:
    """Every line that claims to be an event is stored as one, or is a dead letter; nothing raises."""
    claims = {line for line in lines if line.startswith((b'{"kind"', b'{"text"', b'{"core"'))}
    good = {line for line in claims if b'"delivery_id"' in line}
    # What begins as compressed data is read as such, and said to be damaged: test_chunks.py.
    assume(not b"\n".join(lines).startswith((GZIP_MAGIC, ZSTD_MAGIC)))
    with folder() as place:
        (path,) = write(place, [b"\n".join(lines) + b"\n"])
        inputs, _ = find_inputs((str(path),))
        with SqliteStore(None) as store:
            session = Session(STAGES, store, Options())
            session.read(inputs[0])
            session.finish()
            letters = dead_letters(store)
            pushes = next(s for s in STAGES if s.name == "link").tables[0]
            assert len(list(store.scan(pushes))) == len(good)
            assert len({letter.bytes_base64 for letter in letters.values()}) >= len(claims - good)
            assert len(letters) == session.tally.total("panictrail_dead_letters_total")


SECRETS = (
    "password=hunter2-the-second",
    "Authorization: Bearer abcdefghijklmnop0123456789",
    "jane.doe@customer.example",
    "4111 1111 1111 1111",
    "AKIAIOSFODNN7EXAMPLE",
)


@settings(max_examples=20, deadline=None)
@given(secret=st.sampled_from(SECRETS), chosen=st.sampled_from(PLAIN), bad=st.booleans())
def test_law_8_no_secret_is_in_state_reports_or_dead_letters(
    secret: str, chosen: Text, *, bad: bool
) -> None:
    value = secret.encode()
    crash = b"panic: login failed: " + value + b"\n\ngoroutine 1 [running]:\n"
    crash += b"main.login()\n\t/src/login.go:10 +0x1d\n"
    tail = b'{"kind":"deploy","service":7,"note":"' + value + b'"}\n' if bad else b""
    needle = value.split(b"=")[-1].split(b" ", 2)[-1] if b"Bearer" in value else value
    with folder() as place:
        (path,) = write(place, [crash + tail + chosen.data])
        inputs, _ = find_inputs((str(path),))
        with SqliteStore(place / "state") as store:
            session = Session(STAGES, store, Options())
            session.read(inputs[0])
            session.finish()
            shown = b"".join(
                orjson.dumps(repr((report, crash_of(store, report.representative))))
                for report in reports(store)
            )
            assert b"scrubbed:" in shown
            assert needle not in shown
            assert all(needle.decode() not in repr(x) for x in dead_letters(store).values())
            rows = store._db.execute("SELECT value FROM rows WHERE tbl NOT LIKE 'collect.%'")  # noqa: SLF001 - looks at what is really on disk
            assert all(needle not in unpacked(row[0]) for row in rows)
