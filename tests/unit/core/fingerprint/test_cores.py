"""Cores that are kept by the mark of their process: which one is taken back."""

from __future__ import annotations

from streams.core.fingerprint.cores import placed
from streams.core.fingerprint.told import CORES
from streams.model.events import Features, Fingerprinted, Placed
from streams.model.instant import Instant
from streams.model.report import RootCause
from tests.unit.core.steps.bench import Rows

START = 1_764_273_600
MARK = "0x1234"


def _text(name: str, seconds: int) -> Placed:
    return Placed(crash=name, mark=MARK, at=Instant((START + seconds) * 10**9), story="s")


def _core(name: str, reference: str, seconds: int) -> Placed:
    sent = Fingerprinted(
        crash=f"{name}1",
        block="b",
        locus="l",
        fingerprint="f",
        title="t",
        kind="panic",
        root_cause=RootCause(),
        features=Features(panic_type="panic", depth=0),
    )
    at = Instant((START + seconds) * 10**9)
    return Placed(crash=reference, mark=MARK, at=at, story="s", core=name, sent=sent)


def test_a_core_that_leaves_its_text_to_another_one_is_not_taken_back_for_it() -> None:
    """A process may leave two: `snapshot --core` of it, and the kernel's. By another time A has another text than B."""
    rows = Rows()
    back = []
    for event in (
        _core("A", "A1", 0),
        _text("T1", 5),
        _core("B", "B1", 5),
        _text("T2", 25),
        _core("A", "A2", 20),
    ):
        done = placed(rows, event)
        rows.apply(done.changes)
        back += [sent.event for sent in done.outputs]
    taken = [(e.crash, e.twin) for e in back if isinstance(e, Fingerprinted) and e.taken_back]
    assert {crash for crash, _ in taken} == {"A1", "B1"}
    kept = {row.sent.crash: row for _, row in rows.all(CORES).items()}
    assert kept["A1"].told == ("A1", "A2")
    assert kept["B1"].told == ("B1",)
