"""Changes as statements: the same order for everybody, nothing that cannot be written."""

from __future__ import annotations

import msgspec
import pytest

from streams.adapters.postgres_tables import Row, shape_of, value_of, work_of
from streams.model.events import Fingerprinted
from streams.model.message import encode
from streams.model.report import Report
from streams.model.step import Change, Keep, Put, Table, put
from streams.model.view import CRASHES, DEAD, PRINTS, REPORTS, CrashRow
from tests.view_rows import LETTER, REPORT, everything


def cluster_of(event: Fingerprinted) -> str:
    return f"cluster of {event.crash}"


def work(*changes: Change) -> list[tuple[str, list[Row]]]:
    """Statements by their first words, with rows."""
    found = work_of(changes, cluster_of)
    return [(" ".join(text.split("(")[0].split()[:3]), rows) for text, rows in found]


def test_tables_and_keys_are_written_in_one_order_whatever_the_order_of_changes() -> None:
    """Of two owners that write the same rows, one waits and none is shut out as a deadlock."""
    letters = tuple(put(DEAD, key, LETTER) for key in ("b", "c", "a"))
    removed = (put(DEAD, "z", None), put(DEAD, "y", None))
    one = work(*everything(), *letters, *removed)
    other = work(*reversed((*everything(), *letters, *removed)))
    assert one == other
    assert [(text, [row[0] for row in rows]) for text, rows in one] == [
        ("INSERT INTO blobs", ["0" * 64]),
        ("INSERT INTO crashes", ["crash-1"]),
        ("INSERT INTO fingerprints", ["crash-1"]),
        ("INSERT INTO reports", ["c1"]),
        ("INSERT INTO redirects", ["c0"]),
        ("INSERT INTO variants", ["c1\x1ffp1:1"]),
        ("INSERT INTO decisions", ["k1"]),
        ("INSERT INTO trace_link", ["l1"]),
        ("INSERT INTO rates", ["c1\x1fshop"]),
        ("DELETE FROM dead_letters", ["y", "z"]),
        ("INSERT INTO dead_letters", ["a", "b", "c", "d1"]),
    ]


def test_nothing_to_do_is_no_work() -> None:
    assert work() == []


def test_a_blob_is_compressed() -> None:
    ((_, ((name, data),)),) = work(Keep("f" * 64, b"x" * 10_000))
    assert name == "f" * 64
    assert isinstance(data, bytes)
    assert len(data) < 100


def test_a_value_of_another_kind_is_refused() -> None:
    with pytest.raises(TypeError, match="no table of the view holds a RootCause"):
        work(Put(REPORTS, "c1", REPORT.root_cause))
    with pytest.raises(ValueError, match=r"keeps no table other\.rows"):
        work(put(Table("other.rows", Report), "c1", REPORT))


def test_numbers_beyond_a_bigint_are_in_the_message_alone() -> None:
    far = msgspec.structs.replace(REPORT, occurrences=2**63, hosts=-(2**63), revision=2**63 - 1)
    ((_, (row,)),) = work(put(REPORTS, "c1", far))
    cells = dict(zip(shape_of(REPORTS).columns, row, strict=True))
    assert (cells["occurrences"], cells["hosts"], cells["revision"]) == (None, -(2**63), 2**63 - 1)
    assert cells["message"] == encode(far).decode()


@pytest.mark.parametrize("table", [CRASHES, PRINTS, REPORTS, DEAD], ids=lambda table: table.name)
def test_a_row_becomes_its_value_again(table: Table[CrashRow]) -> None:
    (change,) = (c for c in everything() if isinstance(c, Put) and c.table == table)
    ((_, (row,)),) = work(change)
    cells = dict(zip(shape_of(table).columns, row, strict=True))
    assert value_of(table, cells) == change.value
