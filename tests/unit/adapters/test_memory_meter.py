"""Counters of one run."""

from __future__ import annotations

from streams.adapters.memory_meter import MemoryMeter


def test_counts_add_up_per_name_and_labels() -> None:
    meter = MemoryMeter()
    assert meter.total("panictrail_crashes_total") == 0
    meter.add("panictrail_crashes_total", 2, ("signal",))
    meter.add("panictrail_crashes_total", 3, ("panic",))
    meter.add("panictrail_crashes_total", 4, ("panic",))
    meter.add("panictrail_lines_read_total", 5, ())
    assert meter.total("panictrail_crashes_total") == 9
    assert meter.total("panictrail_lines_read_total") == 5


def test_counts_are_shown_by_their_first_label_in_its_order() -> None:
    meter = MemoryMeter()
    meter.add("panictrail_crashes_total", 2, ("signal",))
    meter.add("panictrail_crashes_total", 3, ("panic",))
    assert list(meter.by_label("panictrail_crashes_total").items()) == [("panic", 3), ("signal", 2)]
    meter.add("panictrail_lines_read_total", 5, ())
    assert meter.by_label("panictrail_lines_read_total") == {}
