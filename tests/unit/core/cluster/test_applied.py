"""Applied ids: each counted once, in shards that stay bounded."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.core.cluster.applied import APPLIED, ID_BYTES, SHARD_IDS, Ledger, bucket_of, short_id
from streams.model.instant import Instant
from tests.unit.core.steps.bench import Rows

MINUTE = 60 * 10**9


def add_all(
    state: Rows, crashes: list[tuple[str, int | None]], shard_ids: int = SHARD_IDS
) -> list[bool]:
    ledger = Ledger(state, shard_ids)
    new = [ledger.add("block", c, None if at is None else Instant(at)) for c, at in crashes]
    state.apply(ledger.changes())
    return new


ids = st.sampled_from([f"{n:032x}" for n in range(40)]) | st.text(max_size=3)
# A crash has one time: the id decides it.
timed = st.lists(ids.map(lambda c: (c, (len(c) % 7) * MINUTE)), max_size=60)


@given(crashes=timed, cut=st.integers(0, 60))
def test_each_id_is_new_once_however_the_batches_are_cut(
    crashes: list[tuple[str, int | None]], cut: int
) -> None:
    state = Rows()
    new = add_all(state, crashes[:cut]) + add_all(state, crashes[cut:])
    seen: set[str] = set()
    expected = [not (c in seen or seen.add(c)) for c, _ in crashes]  # type: ignore[func-returns-value]  # add gives None
    assert new == expected


def test_a_full_shard_is_never_written_again() -> None:
    state = Rows()
    assert all(add_all(state, [(f"{n:032x}", 0) for n in range(10)], 4))
    assert [len(row.ids) // ID_BYTES for _, row in state.scan(APPLIED, "")] == [4, 4, 2]
    ledger = Ledger(state, 4)
    assert ledger.add("block", f"{99:032x}", Instant(0))
    assert len(list(ledger.changes())) == 1
    assert not any(add_all(state, [(f"{n:032x}", 0) for n in range(10)], 4))


def test_a_shard_holds_4096_ids_of_16_bytes() -> None:
    assert (SHARD_IDS, ID_BYTES) == (4096, 16)


def test_ids_of_ours_are_kept_as_they_are_and_others_hashed() -> None:
    own = "0123456789abcdef" * 2
    assert short_id(own).hex() == own
    odd = [own.upper(), own[:-1], own[:-2] + "  ", "order-7", "\ud800"]
    assert len({short_id(text) for text in [*odd, own]}) == len(odd) + 1
    assert {len(short_id(text)) for text in odd} == {ID_BYTES}


def test_the_bucket_is_a_minute_of_event_time() -> None:
    assert bucket_of(None) == "-"
    assert bucket_of(Instant(MINUTE - 1)) == bucket_of(Instant(0)) != bucket_of(Instant(MINUTE))
