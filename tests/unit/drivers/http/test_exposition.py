"""The text that Prometheus reads, read by Prometheus's own parser."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from streams.adapters.memory_meter import MemoryMeter
from streams.drivers.http.exposition import exposition


def test_what_was_counted_is_read_as_it_was_counted() -> None:
    meter = MemoryMeter()
    odd = 'a "b" \\ c\nd'
    meter.add("panictrail_deliveries_total", 3, ("github", "accepted"))
    meter.add("panictrail_deliveries_total", 1, (odd, "refused"))
    meter.add("panictrail_crashes_total", 2, ("panic",))
    meter.set("panictrail_inbox_bytes", 1.5, ())
    meter.observe("panictrail_transaction_seconds", 1.0, ("link",))
    families = {family.name: family for family in text_string_to_metric_families(exposition(meter))}
    found = {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in families.values()
        for sample in family.samples
    }
    assert found["panictrail_deliveries_total", ("github", "accepted")] == 3
    assert found["panictrail_deliveries_total", (odd, "refused")] == 1
    assert found["panictrail_crashes_total", ("panic",)] == 2
    assert found["panictrail_inbox_bytes", ()] == 1.5
    assert found["panictrail_reports_total", ()] == 0
    assert "panictrail_transaction_seconds" not in families
    assert families["panictrail_inbox_bytes"].type == "gauge"
