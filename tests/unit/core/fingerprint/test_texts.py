"""One text to one crash, as `cluster` and `explain` read it."""

from __future__ import annotations

from streams.core.fingerprint.texts import crash_of_text, fingerprint_of_text
from streams.core.scrub.patterns import load_patterns
from streams.model.crash import Build
from streams.model.settings import PipelineSettings
from tests.unit.core.steps.bench import crashed, panic_text

SETTINGS = PipelineSettings()
LOG = "2026/11/23 08:45:46 INFO request done path=/cart status=200\n"


def test_log_lines_around_a_crash_do_not_matter() -> None:
    found = fingerprint_of_text(LOG + panic_text() + LOG * 3, Build(), SETTINGS)
    assert found is not None
    assert found.fingerprint == crashed(panic_text()).fingerprint


def test_line_prefixes_of_a_collector_do_not_matter() -> None:
    text = "".join(f"shop-1  | {line}" for line in panic_text().splitlines(keepends=True))
    found = fingerprint_of_text(text, Build(), SETTINGS)
    assert found is not None
    assert found.fingerprint == crashed(panic_text()).fingerprint


def test_the_first_record_with_goroutines_is_the_crash() -> None:
    text = "panic: cut\n" + LOG + panic_text() + LOG * 20 + panic_text(message="second")
    found = crash_of_text(text, Build(), SETTINGS)
    assert found is not None
    assert found.message == "assignment to entry in nil map"


def test_without_goroutines_the_first_record_is() -> None:
    found = crash_of_text("panic: one\n\npanic: two\n", Build(), SETTINGS)
    assert found is not None
    assert found.message == "one"


def test_a_text_that_is_no_log_is_read_as_a_whole() -> None:
    """An issue that quotes only the frames: no record starts, the parser still knows them."""
    found = crash_of_text("fatal error", Build(), SETTINGS)
    assert found is None
    assert fingerprint_of_text("hello", Build(), SETTINGS) is None
    assert crash_of_text("", Build(), SETTINGS) is None


def test_the_text_is_scrubbed_also_by_the_users_patterns_unless_that_is_off() -> None:
    text = panic_text(message="password=hunter2-the-second ORD-7")
    patterns = load_patterns([{"name": "order", "regex": "ORD-[0-9]+"}])
    for chosen, secrets in (((), ["ORD-7"]), (patterns, []), (None, ["hunter2", "ORD-7"])):
        found = crash_of_text(text, Build(), SETTINGS, chosen)
        assert found is not None
        assert [s for s in ("hunter2", "ORD-7") if s in repr(found)] == secrets


def test_the_build_and_the_users_lists_mark_the_frames() -> None:
    settings = PipelineSettings(third_party=("example.com/acme/shop/cart",))
    found = fingerprint_of_text(panic_text(), Build(), settings)
    assert found is not None
    assert found.block == "main.main"
    build = Build(module="example.com/other")
    found = fingerprint_of_text(panic_text(), build, SETTINGS)
    assert found is not None
    assert found.block == "main.main"
