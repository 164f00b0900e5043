"""Incremental DBSCAN in tables is DBSCAN of the set, in any order; the index misses nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.adapters.sqlite_store import SqliteStore
from streams.core.cluster import dense_block
from streams.core.cluster.dense import dense_id, place
from streams.core.cluster.placement import Placement
from streams.core.similarity.dual import Shape, distance
from streams.core.similarity.methods import Variant, variants_dbscan
from streams.model.events import Features, Fingerprinted
from streams.model.report import RootCause

Look = tuple[str, bytes, bytes]  # fingerprint, frames, trees


def packed(numbers: Sequence[int], width: int) -> bytes:
    return b"".join(number.to_bytes(width, "little") for number in numbers)


def look(frames: Sequence[int], trees: Sequence[int] = (), name: str | None = None) -> Look:
    stack = packed(frames, 8)
    return name or f"f{hash_of(stack)}", stack, packed(sorted(set(trees)), 4)


def hash_of(stack: bytes) -> str:
    return str(dense_id("", stack.hex()))[:8]


def event(found: Look, block: str = "shop.Add") -> Fingerprinted:
    name, frames, trees = found
    return Fingerprinted(
        crash=name,
        block=block,
        fingerprint=name,
        frames=frames,
        trees=trees,
        title="",
        kind="panic",
        root_cause=RootCause(function=block, rule="dual1"),
        features=Features(panic_type="x"),
    )


class Told:
    """Clusters as somebody knows them who only hears placements."""

    def __init__(self, eps: float, min_samples: int) -> None:
        self.store = SqliteStore(None)
        self.clusters: dict[str, str] = {}
        self.eps, self.min_samples = eps, min_samples

    def place(self, found: Look, block: str = "shop.Add") -> Placement:
        placed = place(self.store, event(found, block), self.eps, self.min_samples)
        for fingerprint, old, new in placed.moved:
            assert self.clusters[fingerprint] == old != new
            self.clusters[fingerprint] = new
        assert self.clusters.setdefault(found[0], placed.cluster) == placed.cluster
        self.store.apply(placed.changes)
        return placed


def incremental(looks: Sequence[Look], eps: float, min_samples: int) -> dict[str, str]:
    told = Told(eps, min_samples)
    for found in looks:
        told.place(found)
    return told.clusters


def brute_force(looks: Sequence[Look], eps: float, min_samples: int) -> dict[str, str]:
    """Written from the definition, unlike the one under test: fixpoints over sets of names."""
    shapes: dict[str, list[Shape]] = {}
    for name, frames, trees in looks:
        shapes.setdefault(name, []).append(Shape(frames, trees))
    near = {
        one: {
            other
            for other in shapes
            if one == other
            or any(distance(a, b) <= eps for a in shapes[one] for b in shapes[other])
        }
        for one in shapes
    }
    core = {name for name in shapes if len(near[name]) >= min_samples}
    smallest = {name: name for name in core}
    while True:
        better = {name: min(smallest[each] for each in near[name] & core) for name in core}
        if better == smallest:
            break
        smallest = better
    found: dict[str, str] = {}
    for name in shapes:
        owners = {name} if name in core else near[name] & core
        found[name] = dense_id("shop.Add", smallest[min(owners)] if owners else name)
    return found


frames_of = st.lists(st.integers(0, 5), max_size=7)
looks_of = st.lists(
    st.builds(look, frames_of, st.one_of(st.just([]), st.lists(st.integers(0, 6), max_size=6))),
    max_size=24,
)
eps_of = st.sampled_from((0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0))


@settings(max_examples=150, deadline=None)
@given(
    looks=looks_of,
    eps=eps_of,
    min_samples=st.integers(1, 4),
    shuffled=st.randoms(use_true_random=False),
    scanned=st.sampled_from((0, 3, 32)),
    few=st.sampled_from((1, 8)),
)
def test_any_order_gives_the_clusters_of_the_whole_set(  # noqa: PLR0913, PLR0917 - what is drawn
    looks: list[Look], eps: float, min_samples: int, shuffled: Random, scanned: int, few: int
) -> None:
    expected = brute_force(looks, eps, min_samples)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dense_block, "SCAN_NODES", scanned)
        patch.setattr(dense_block, "_TAIL", 2)
        patch.setattr(dense_block, "_FEW", few)
        patch.setattr(dense_block, "_WORTH", 10**6)
        patch.setattr(dense_block, "_SEGMENT", 4)
        assert incremental(looks, eps, min_samples) == expected
        order = list(looks)
        shuffled.shuffle(order)
        assert incremental(order, eps, min_samples) == expected
    variants = [Variant.of("shop.Add", *found) for found in looks]
    batch = variants_dbscan(variants, eps, min_samples)
    assert {name: batch["shop.Add", name] for name in expected} == expected


def walks(seed: int, count: int) -> Iterator[Look]:
    """Stacks as routes through a call graph reach one function."""
    random = Random(seed)  # noqa: S311 - seeded, not secret
    for _ in range(count):
        depth = random.randint(3, 9)
        callers = [level * 100 + random.randrange(2 + level) for level in range(1, depth)]
        trees = [random.randrange(3), *range(10, 30)] if random.random() < 0.3 else ()
        yield look([0, *callers], trees)


def corners(seed: int, length: int, share: float) -> Iterator[Look]:
    """Stacks of two possible functions at each position: components meet all the time, borders lie between them."""
    random = Random(seed)  # noqa: S311 - seeded, not secret
    numbers = random.sample(range(2**length), int(share * 2**length))
    for number in numbers:
        yield look([2 * at + (number >> at & 1) for at in range(length)], (5, 6) * (number % 2))


@pytest.mark.parametrize("min_samples", [1, 3, 4])
@pytest.mark.parametrize("eps", [0.13, 0.2, 0.3])
@pytest.mark.parametrize("looks", [list(walks(7, 300)), list(corners(1, 8, 0.6))])
def test_a_block_with_an_index_is_the_batch_too(
    looks: list[Look], eps: float, min_samples: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dense_block, "_TAIL", 8)
    monkeypatch.setattr(dense_block, "_SEGMENT", 32)
    batch = variants_dbscan([Variant.of("shop.Add", *each) for each in looks], eps, min_samples)
    found = incremental(looks, eps, min_samples)
    assert {("shop.Add", name): cluster for name, cluster in found.items()} == batch


def test_a_known_fingerprint_changes_nothing() -> None:
    told = Told(0.3, 1)
    first = told.place(look([1, 2, 3]))
    again = told.place(look([1, 2, 3]))
    assert first.changes
    assert again == Placement(first.cluster)


def test_what_is_equal_in_another_block_is_another_cluster() -> None:
    told = Told(1.0, 1)
    one = told.place(look([1, 2, 3], name="a"), "shop.Add")
    other = told.place(look([1, 2, 3], name="b"), "shop.Remove")
    assert one.cluster != other.cluster
    assert other.moved == ()


def test_a_point_between_two_clusters_joins_them_and_says_what_moved() -> None:
    told = Told(0.35, 1)
    left = told.place(look([1, 2, 3, 4, 5, 6, 7, 8], name="c"))
    right = told.place(look([9, 10, 11, 4, 5, 6, 7, 8], name="b"))
    assert left.cluster != right.cluster
    between = told.place(look([1, 10, 3, 4, 5, 6, 7, 8], name="z"))
    assert between.cluster == left.cluster
    bridge = told.place(look([1, 10, 11, 4, 5, 6, 7, 8], name="a"))
    assert bridge.cluster == dense_id("shop.Add", "a")
    assert {name for name, _, _ in bridge.moved} == {"b", "c", "z"}


def test_a_border_point_goes_to_the_smallest_core_point_whenever_that_comes() -> None:
    looks = [look([1, 2, 3, number], name=f"m{number}") for number in range(3)]
    for order in (looks, looks[::-1]):
        found = incremental(order, 0.5, 3)
        assert set(found.values()) == {dense_id("shop.Add", "m0")}


def test_another_version_of_the_root_function_is_the_same_point() -> None:
    """Two releases of the function, far apart; the stack is the same, so it joins what is near either."""
    told = Told(0.3, 1)
    told.place(look([1, 2], [1, 2, 3], name="old"))
    told.place(look([1, 2], [7, 8, 9], name="new"))
    assert len(set(told.clusters.values())) == 2
    told.place(look([1, 2], [1, 2, 3], name="both"))
    told.place(look([1, 2], [7, 8, 9], name="both"))
    assert set(told.clusters.values()) == {dense_id("shop.Add", "both")}


def test_rows_survive_the_codec() -> None:
    told = Told(0.3, 1)
    for found in walks(3, 100):
        told.place(found)
    told.store.commit()
    row = told.store.get(dense_block.BLOCKS, "shop.Add")
    assert row is not None
    assert row.indexed
    assert told.store.count(dense_block.NODES) == row.nodes
    assert msgspec.structs.asdict(row)["nodes"] == row.nodes
