"""What was replaced, as rows and as text."""

from __future__ import annotations

from streams.core.report.masked import ELSEWHERE, Tally, lines


def crash(
    counts: dict[str, int], service: str | None = None, **fields: object
) -> dict[str, object]:
    """A record in which so much was replaced."""
    return {"scrubbed": counts, "source": {"service": service}, **fields}


def test_rows_have_numbers_fields_and_services() -> None:
    tally = Tally()
    tally.crash(crash({"password": 2}, "shop", message="[scrubbed:password]"))
    tally.crash(crash({"password": 1, "email": 1}, message="[scrubbed:email] of [scrubbed:email]"))
    tally.crash(crash({}, "calm", message="[scrubbed:password]"))
    first, second = tally.rows(())
    assert (first.pattern, first.secrets, first.crashes) == ("password", 3, 2)
    assert first.fields == {"message": 1, ELSEWHERE: 1}
    assert first.services == {"": 1, "shop": 1}
    assert (second.pattern, second.secrets, second.fields) == ("email", 1, {"message": 1})


def test_a_dead_letter_counts_once_for_what_it_and_the_event_in_it_had() -> None:
    tally = Tally()
    tally.letter({"token": 3}, None)
    tally.letter({"token": 1}, {"scrubbed": {"token": 1, "email": 1}})
    tally.letter({}, ["scrubbed"])
    assert {row.pattern: row.dead_letters for row in tally.rows(())} == {"token": 2, "email": 1}


def test_patterns_of_the_user_that_found_nothing_are_rows_too() -> None:
    tally = Tally()
    tally.crash(crash({"order": 1}))
    order, idle = tally.rows(("order", "idle"))
    assert (order.own, idle.own, idle.crashes) == (True, True, 0)
    said = list(lines((order, idle)))
    assert said[0] == "order (yours)  1 secret in 1 crash"
    assert said[-1] == "patterns of yours that found nothing: idle"


def test_a_producer_cannot_make_it_large_or_act_in_a_terminal() -> None:
    tally = Tally()
    for n in range(500):
        record = crash({"email": 1}, f"\x1b[31m{n}", context={f"key{n}": "[scrubbed:email]"})
        tally.crash(record)
    (row,) = tally.rows(())
    assert len(row.fields) == len(row.services) == 65
    assert row.fields[ELSEWHERE] == row.services[ELSEWHERE] == 500 - 64
    assert sum(row.fields.values()) == 500
    assert all(line.isprintable() for line in lines((row,)))


def test_what_is_no_count_counts_nothing() -> None:
    tally = Tally()
    tally.crash({"scrubbed": ["email"], "source": None})
    tally.crash({"scrubbed": {"email": "7", "card": 0, "token": -1}})
    assert tally.rows(()) == ()
    assert list(lines(())) == ["nothing was masked in what is kept"]
