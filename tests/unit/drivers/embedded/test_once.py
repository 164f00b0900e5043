"""A crash is grouped once, whatever the settings of the run that meets it again."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.drivers.embedded.inputs import find_inputs
from streams.drivers.embedded.reading import fingerprints, reports
from streams.drivers.embedded.session import Session
from streams.drivers.embedded.state import State
from streams.model.events import RawPanic
from streams.model.settings import Method, PipelineSettings
from streams.topology import stages
from tests.unit.core.steps.test_decided import TEXTS


def session_of(store: State, method: Method) -> Session:
    """A run by a method, though the store may be by another."""
    return Session(stages(PipelineSettings(method=method)), store)


def analyze(store: State, method: Method, *paths: Path) -> None:
    """Read files to their ends."""
    found, _ = find_inputs(tuple(map(str, paths)))
    session = session_of(store, method)
    for item in found:
        session.read(item)
    session.finish()


def counted(store: State) -> int:
    """Crashes in all reports."""
    return sum(report.occurrences for report in reports(store))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Three crashes, the last of which is open."""
    path = tmp_path / "app.log"
    path.write_text("\nok\n".join((TEXTS[0], TEXTS[4], TEXTS[8])))
    return path


def test_a_log_that_is_read_again_under_another_name_counts_nothing(log: Path) -> None:
    with State(None) as store:
        analyze(store, "plain1", log)
        before = [*reports(store)]
        analyze(store, "locus1", log.rename(log.with_suffix(".1")))
        assert [*reports(store)] == before
        assert counted(store) == 3


def test_the_open_end_of_a_file_stays_in_its_cluster_when_others_work_on_the_state(
    log: Path,
) -> None:
    with State(None) as store:
        analyze(store, "plain1", log)
        before = [*reports(store)]
        session_of(store, "locus1").finish()
        assert [*reports(store)] == before
        assert {event.fingerprint.partition(":")[0] for event in fingerprints(store)} == {"plain1"}


def test_the_same_id_with_another_text_is_the_crash_that_was_counted() -> None:
    with State(None) as store:
        session = session_of(store, "locus1")
        for text in (TEXTS[0], TEXTS[4]):
            session.engine.submit("panics.raw", "", RawPanic(text=text, event_id="e"))
        assert counted(store) == 1
