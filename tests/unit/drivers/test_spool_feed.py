"""Following spools: everything arrives, nothing is removed before it did, and what is wrong is kept aside."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from streams.adapters.memory_meter import MemoryMeter
from streams.config import Settings
from streams.drivers.spool_feed import SpoolFeed
from streams.model.errors import BadInput
from streams.model.events import RawPanic
from tests.spool_writer import at, crash, name, record, segment, write

_ROOT = Path(__file__).resolve().parents[3]


class BrokenError(Exception):
    """The sink did not take it."""


class Feeding:
    """A feed over one folder, and what its sink was given."""

    def __init__(self, folder: Path, *, delete: bool = False) -> None:
        self.folder = folder / "spool"
        self.folder.mkdir(exist_ok=True)
        self._kept = folder / "data" / "positions.json"
        self._delete = delete
        self.taken: list[RawPanic] = []
        self.meter = MemoryMeter()
        self.breaks_after = -1
        self.start()

    def start(self) -> None:
        """As after a kill: only the file of positions is left."""
        self.feed = SpoolFeed(
            (self.folder,),
            self._kept,
            Settings(service="shop"),
            self.meter,
            delete=self._delete,
        )

    async def _sink(self, events: Sequence[RawPanic]) -> None:
        if self.breaks_after == 0:
            raise BrokenError
        self.breaks_after -= 1
        self.taken.extend(events)

    def look(self) -> list[str]:
        """Once through all spools; the ids that came."""
        before = len(self.taken)
        asyncio.run(self.feed.once(self._sink))
        return [event.event_id or "" for event in self.taken[before:]]


def test_records_come_once_also_after_a_start(tmp_path: Path) -> None:
    it = Feeding(tmp_path)
    write(it.folder, *(record(crash(n), at=at(n)) for n in range(3)))
    assert len(it.look()) == 3
    assert it.look() == []
    it.start()
    assert it.look() == []
    write(it.folder, record(crash(9), at=at(9)), number=1)
    assert len(it.look()) == 1
    assert it.meter.total("panictrail_spool_records_total") == 4
    assert {event.service for event in it.taken} == {"shop"}


def test_a_growing_segment_is_followed(tmp_path: Path) -> None:
    it = Feeding(tmp_path, delete=True)
    with segment(it.folder) as stream:
        for number in range(5):
            stream.write(record(crash(number), at=at(number)))
            assert len(it.look()) == 1
        assert (it.folder / name()).exists()
    it.look()
    assert not (it.folder / name()).exists()


def test_only_what_was_taken_is_removed(tmp_path: Path) -> None:
    it = Feeding(tmp_path, delete=True)
    path = write(it.folder, record(crash(1)))
    it.breaks_after = 0
    for _ in range(2):
        with pytest.raises(BrokenError):
            it.look()
        it.start()
    assert path.exists()
    it.breaks_after = -1
    assert len(it.look()) == 1
    assert not path.exists()


def test_a_sink_that_breaks_costs_nothing(tmp_path: Path) -> None:
    it = Feeding(tmp_path)
    write(it.folder, *(record(crash(n), at=at(n)) for n in range(450)))
    it.breaks_after = 2
    with pytest.raises(BrokenError):
        it.look()
    assert len(it.taken) == 400
    it.start()
    it.breaks_after = -1
    it.look()
    assert Counter(Counter(event.event_id for event in it.taken).values()) == {1: 450}


def test_without_its_positions_everything_comes_again_under_the_same_ids(tmp_path: Path) -> None:
    """As after a kill between the sink and the file."""
    it = Feeding(tmp_path)
    write(it.folder, *(record(crash(n), at=at(n)) for n in range(3)))
    first = it.look()
    (tmp_path / "data" / "positions.json").unlink()
    it.start()
    assert it.look() == first


def test_a_damaged_segment_is_kept_aside_and_the_rest_of_it_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    it = Feeding(tmp_path)
    one = record(crash(1))
    path = write(it.folder, one, b"\xf5PS1 no record", record(crash(2), at=at(2)))
    assert len(it.look()) == 2
    assert not path.exists()
    assert path.with_name(path.name + ".corrupt").exists()
    assert f"14 bytes from offset {len(one)} on" in caplog.text
    assert it.meter.total("panictrail_spool_corrupt_bytes_total") == 14
    assert it.look() == []


def test_a_segment_that_its_writer_removed_is_forgotten(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    it = Feeding(tmp_path)
    path = write(it.folder, record(crash(1)))
    it.look()
    path.unlink()
    it.look()
    assert "was removed before" not in caplog.text
    with segment(it.folder, 1) as stream:
        stream.write(record(crash(2)) + b"\xf5PS1half")
        it.look()
    (it.folder / name(1)).unlink()
    it.look()
    assert "was removed before 8 bytes" in caplog.text


def test_a_segment_that_was_cut_is_said_and_read_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    it = Feeding(tmp_path)
    one = record(crash(1))
    path = write(it.folder, one, record(crash(2), at=at(2)))
    (first, _) = it.look()
    os.truncate(path, len(one))
    assert it.look() == [first]
    assert "was cut from" in caplog.text


def test_bytes_that_wait_are_a_gauge(tmp_path: Path) -> None:
    it = Feeding(tmp_path)
    with segment(it.folder) as stream:
        stream.write(record(crash(1)) + b"\xf5PS1half")
        it.look()
    assert it.meter.gauges["panictrail_spool_bytes", ()] == 8


def test_a_folder_that_is_missing_is_said_at_once(tmp_path: Path) -> None:
    it = Feeding(tmp_path)
    it.folder.rmdir()
    with pytest.raises(BadInput, match="No such file"):
        it.start()


def test_a_folder_that_goes_away_is_said_once_and_waited_for(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    it = Feeding(tmp_path)
    it.folder.rmdir()
    it.look()
    it.look()
    assert caplog.text.count("No such file") == 1
    write(it.folder, record(crash(1)))
    assert len(it.look()) == 1


def test_positions_that_cannot_be_read_say_what_to_do(tmp_path: Path) -> None:
    it = Feeding(tmp_path)
    write(it.folder, record(crash(1)))
    it.look()
    (tmp_path / "data" / "positions.json").write_text("{")
    with pytest.raises(BadInput, match="remove it"):
        it.start()


def test_nothing_raw_reaches_the_sink(tmp_path: Path) -> None:
    it = Feeding(tmp_path)
    write(it.folder, record(crash(1, "password=hunter2-the-second")))
    it.look()
    assert "hunter2" not in repr(it.taken)
    assert "hunter2" not in (tmp_path / "data" / "positions.json").read_text()


def test_what_is_no_file_is_said_and_the_rest_goes_on(tmp_path: Path) -> None:
    it = Feeding(tmp_path)
    elsewhere = write(tmp_path / "elsewhere", record(crash(1)))
    (it.folder / name(1)).symlink_to(elsewhere)
    os.mkfifo(it.folder / name(2))
    write(it.folder, record(crash(2), at=at(1)), number=3)
    assert len(it.look()) == 1
    assert it.look() == []


_READ_ONLY = """
import sys
from pathlib import Path
from tests.unit.drivers.test_spool_feed import Feeding
it = Feeding(Path(sys.argv[1]), delete=True)
print(len(it.look()), len(it.look()))
"""


def test_a_folder_that_cannot_be_written_is_read(tmp_path: Path) -> None:
    """With --delete what is sent stays, and is not sent again."""
    path = write(tmp_path / "spool", record(crash(1)))
    script = 'mount --bind -o ro "$1" "$1" && exec "$2" -c "$3" "${1%/spool}"'
    words = ("sh", "-c", script, "sh", str(path.parent), sys.executable, _READ_ONLY)
    done = subprocess.run(
        ["unshare", "--mount", *words], capture_output=True, text=True, check=False, cwd=_ROOT
    )
    assert done.stdout == "1 0\n", done.stderr
    assert f"{path}: stays where it is: Read-only file system" in done.stderr
    assert path.exists()
