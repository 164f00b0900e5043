"""Folders of segments: what is found, whether a writer is there, what is left out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from streams.core.spool import Damage, Kept
from streams.drivers.spooled import spool_batches
from streams.drivers.spools import (
    SpoolPosition,
    is_closed,
    lost_lines,
    records,
    segments,
)
from streams.model.errors import BadInput
from tests.spool_writer import crash, name, record, segment, write


def test_segments_of_all_folders_below_oldest_first(tmp_path: Path) -> None:
    later, earlier = write(tmp_path / "a", record(b"x"), number=2), write(tmp_path, record(b"y"))
    aside = earlier.rename(earlier.with_name(earlier.name + ".corrupt"))
    (tmp_path / "app.log").write_text("a log\n")
    (tmp_path / ".crash-1").write_text("being written\n")
    write(tmp_path / ".hidden", record(b"z"))
    assert segments(tmp_path) == (aside, later)


def test_a_folder_that_is_not_there_is_said_with_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="PANICWATCH_SPOOL"):
        segments(tmp_path / "none")


def test_what_is_no_file_is_neither_waited_for_nor_followed(tmp_path: Path) -> None:
    """A container that is taken over may lay anything into its spool."""
    secret = write(tmp_path / "elsewhere", record(crash(1)))
    os.mkfifo(tmp_path / name(1))
    (tmp_path / name(2)).symlink_to(secret)
    os.mkfifo(tmp_path / "lost.txt")
    for number in (1, 2):
        with pytest.raises(OSError, match=r"is no file|symbolic links"):
            list(records(tmp_path / name(number)))
        with pytest.raises(OSError, match=r"is no file|symbolic links"):
            is_closed(tmp_path / name(number))
    assert not list(lost_lines(tmp_path))


def test_a_segment_is_closed_when_its_writer_is_gone(tmp_path: Path) -> None:
    with segment(tmp_path) as stream:
        stream.write(record(crash(1)))
        assert not is_closed(tmp_path / name())
    assert is_closed(tmp_path / name())


def test_a_segment_without_a_byte_may_have_a_writer_soon(tmp_path: Path) -> None:
    assert not is_closed(write(tmp_path))


def test_offsets_are_those_of_the_file(tmp_path: Path) -> None:
    one, other = record(crash(1)), record(crash(2))
    path = write(tmp_path, one, other)
    (found,) = records(path, len(one))
    assert isinstance(found, Kept)
    assert (found.begin, found.after) == (len(one), len(one) + len(other))


def test_half_a_record_is_waited_for_while_its_writer_lives(tmp_path: Path) -> None:
    one, other = record(crash(1)), record(crash(2))
    with segment(tmp_path) as stream:
        stream.write(one + other[:30])
        (batch,) = spool_batches(tmp_path / name(), None, None, ())
        assert (len(batch.events), batch.damages) == (1, ())
        assert batch.position == SpoolPosition(offset=len(one))
        stream.write(other[30:])
        (rest,) = spool_batches(tmp_path / name(), batch.position, None, ())
    assert len(rest.events) == 1


def test_a_record_that_is_ended_while_the_segment_is_read_is_no_damage(tmp_path: Path) -> None:
    one, other = record(crash(1)), record(crash(2))
    with segment(tmp_path) as stream:
        stream.write(one + other[:30])
        found = records(tmp_path / name())
        assert isinstance(next(found), Kept)
        stream.write(other[30:])
    assert [type(each) for each in found] == [Kept]


def test_half_a_record_that_a_kill_left_is_damage(tmp_path: Path) -> None:
    one = record(crash(1))
    path = write(tmp_path, one, one[:30])
    (batch,) = spool_batches(path, None, None, ())
    assert [type(each) for each in batch.damages] == [Damage]
    assert batch.position == SpoolPosition(offset=len(one) + 30, corrupt=30)


def test_a_segment_that_was_cut_is_read_from_its_beginning(tmp_path: Path) -> None:
    path = write(tmp_path, record(crash(1)))
    (batch,) = spool_batches(path, SpoolPosition(offset=10_000), None, ())
    assert len(batch.events) == 1


def test_what_could_not_be_kept_is_told_line_by_line(tmp_path: Path) -> None:
    line = b"2026-11-27T20:00:00Z pid 17 exit 2 148 bytes: no space left on device\n"
    (tmp_path / "lost.txt").write_bytes((b"# what this is\n" + line).ljust(4096, b"\0"))
    assert [text for _, text in lost_lines(tmp_path)] == [line.decode().strip()]
