"""Rules of grouping on recorded crashes, with the source of the programs at hand: which crashes are one, and where."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.core.cluster.assign import cluster_id_of
from streams.core.fingerprint.texts import crash_of_text, fingerprinted
from streams.drivers.places import PlaceFacts
from streams.model.crash import Build
from streams.model.events import Fingerprinted
from streams.model.settings import PipelineSettings
from tests.golden.cases import HERE

# The place that all recordings of a case have, as function and beginning of its statement.
PLACES = {
    "once-value": ("main.init", "found[fields[0]] = fields[1]"),
    "conc-pool": ("main.price", 'return strings.Split(row, ",")[1]'),
    "sigquit-convoy": ("main.stock.reserve", "s.mu.Lock()"),
    "pool-created": ("main.refresh", "go done.Done()"),
    "rpc-method": ("main.Stock.Put", "s.left[sku]++"),
    "logged-error": ("main.write", 'return fmt.Errorf("write %q: %w", name, errFull)'),
    "panic-chain": ("main.commit", 'panic("commit: connection reset")'),
    "repanic-same": ("main.main", 'panic(errors.New("queue is gone"))'),
    "repanic-other": ("main.main", "prices[3]++"),
    "stack-overflow": ("main.category.path", 'return c.parent.path() + "/" + c.name'),
    "concurrent-map-writes": ("main.count", "visits[i%64]++"),
    "mutual-recursion": ("main.even", "return odd(n.next, depth+1)"),
    "data-race": ("main.visits.add", "v.total += n"),
    "go-test-timeout": ("main.next", "return <-jobs"),
    "deadlock": ("main.main", "done.Wait()"),
    "http-recovered": ("main.catalog.price", 'fmt.Fprintf(w, "%d\\n", c[sku].cents)'),
    "middleware-debugstack": ("main.stock.reserve", 's.reserved[r.FormValue("sku")]++'),
}


@pytest.fixture(params=PLACES)
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[Fingerprinted]]:
    """The crashes of a case, fingerprinted with its source; the module stands where record.py builds it."""
    name = str(request.param)
    folder = tmp_path / name
    folder.mkdir()
    for file in (HERE / name).glob("*.go"):
        shutil.copy(file, folder)
    (folder / "go.mod").write_text(f"module example.com/acme/{name}\n\ngo 1.21\n")
    places = PlaceFacts({name: folder})
    settings = PipelineSettings(repositories=(name,))
    found = []
    for path in sorted((HERE / name).glob("input.*.txt")):
        text, build = path.read_text(), Build(module=f"example.com/acme/{name}")
        crash = crash_of_text(text, build, settings)
        assert crash is not None, path.name
        found.append(fingerprinted(crash, settings, places.resolve))
    yield found
    places.close()


def test_recordings_of_one_program_are_one_cluster_at_the_place_that_failed(
    case: list[Fingerprinted], request: pytest.FixtureRequest
) -> None:
    function, statement = PLACES[request.node.callspec.params["case"]]
    assert {event.by for event in case} == {"source"}
    assert len({cluster_id_of(event) for event in case}) == 1
    assert {event.block for event in case} == {function}
    assert any(statement in reason.detail for event in case for reason in event.explain)
