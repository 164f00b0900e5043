"""DBSCAN of the dual-mode distance, one fingerprint at a time, in tables: the clusters of the whole set at once.

In: a State, a fingerprinted crash. Out: its cluster, the points that change theirs, the changed rows. Insert only: core
points stay core, clusters only grow together. Points of different blocks are infinitely far from each other.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from streams.core.cluster.dense_block import TABLES, Block, Node, version_of
from streams.core.cluster.placement import Placement
from streams.core.similarity.dual import Shape
from streams.model.events import Fingerprinted
from streams.model.identity import ClusterId, content_id
from streams.model.step import State

__all__ = ["TABLES", "dense_id", "place"]


def dense_id(block: str, fingerprint: str) -> ClusterId:
    """The cluster whose smallest core point this is; of noise: its own."""
    return ClusterId(content_id("dense", block, fingerprint))


def _never(_label: int) -> bool:
    return False


class _Growth:
    """What one new look of a fingerprint does to the clusters of its block."""

    def __init__(self, block: Block, eps: float, min_samples: int) -> None:
        self.block = block
        self._eps = eps
        self._min_samples = min_samples
        self._before: dict[int, ClusterId] = {}

    def cluster(self, head: int) -> ClusterId:
        """The cluster of a point as it is now."""
        node = self.block.node(head)
        core = head if self._is_core(node) else node.owner
        root = head if core < 0 else self.block.root(core)
        return dense_id(self.block.key, self.block.node(root).fingerprint)

    def moved(self, new: int | None) -> Iterator[tuple[str, str, str]]:
        """Points whose cluster is another now; `new` was in none before."""
        for head, old in self._before.items():
            now = self.cluster(head)
            if head != new and now != old:
                yield self.block.node(head).fingerprint, old, now

    def _is_core(self, node: Node) -> bool:
        return node.near >= self._min_samples

    def _fingerprint(self, head: int) -> str:
        return self.block.node(head).fingerprint

    def _note(self, head: int) -> None:
        """Remember the cluster of a point that is about to change."""
        if head not in self._before:
            self._before[head] = self.cluster(head)

    def _ring(self, root: int) -> Iterator[int]:
        """The core points of a component."""
        head = root
        while True:
            yield head
            head = self.block.node(head).next
            if head == root:
                return

    def join(self, one: int, other: int) -> None:
        """Make the components of two core points one; its root is the smaller root."""
        roots = {self.block.root(one), self.block.root(other)}
        if len(roots) == 1:
            return
        winner, loser = sorted(roots, key=self._fingerprint)
        for head in self._ring(loser):
            self._note(head)
            for border in self.block.node(head).owned:
                self._note(border)
        kept, lost = self.block.node(winner), self.block.node(loser)
        self.block.update(winner, msgspec.structs.replace(kept, next=lost.next))
        self.block.update(loser, msgspec.structs.replace(lost, next=kept.next, parent=winner))

    def _offer(self, border: int, core: int) -> None:
        """A core point within eps of a border point: it owns it if no smaller one does."""
        node = self.block.node(border)
        if core == node.owner or (
            node.owner >= 0 and self._fingerprint(node.owner) <= self._fingerprint(core)
        ):
            return
        self._note(border)
        self._release(border)
        self.block.update(border, msgspec.structs.replace(self.block.node(border), owner=core))
        owner = self.block.node(core)
        self.block.update(core, msgspec.structs.replace(owner, owned=(*owner.owned, border)))

    def _release(self, border: int) -> None:
        """A border point has no owner for the moment."""
        node = self.block.node(border)
        if node.owner < 0:
            return
        owner = self.block.node(node.owner)
        owned = tuple(each for each in owner.owned if each != border)
        self.block.update(node.owner, msgspec.structs.replace(owner, owned=owned))
        self.block.update(border, msgspec.structs.replace(node, owner=-1))

    def _neighbours(self, head: int, without: int | None = None) -> set[int]:
        """All points within eps of a point, by any of its looks but one."""
        point = self.block.point(self._fingerprint(head))
        looks = () if point is None else (each for each in point.nodes if each != without)
        near = (
            each
            for look in looks
            for each in self.block.near(self.block.shape(look), self._eps, _never)
        )
        return {*near} - {head}

    def connect(self, head: int, shape: Shape) -> None:
        """min_samples 1: every point is core. One neighbour of each component is enough."""
        touched = {self.block.root(head)}
        for near in self.block.near(shape, self._eps, lambda label: self._root(label) in touched):
            touched.add(self._root(near))
        for root in touched - {head}:
            self.join(head, root)

    def _root(self, label: int) -> int:
        return self.block.root(self.block.node(label).head)

    def count(self, head: int, number: int) -> None:
        """min_samples > 1: the neighbours are counted, and whoever becomes core by it joins what is near."""
        near = self._neighbours(head)
        fresh = near - self._neighbours(head, without=number) if number != head else near
        turned = [each for each in (head, *sorted(fresh)) if self._gains(each, head, fresh)]
        for core in turned:
            self._release(core)
        for core in turned:
            self._reach(core, near if core == head else self._neighbours(core))
        if head not in turned:
            self._reach(head, fresh)

    def _gains(self, head: int, new: int, fresh: set[int]) -> bool:
        """Count the new neighbours of a point; whether they make it core."""
        node = self.block.node(head)
        near = node.near + (len(fresh) if head == new else 1)
        turns = node.near < self._min_samples <= near
        if turns:
            self._note(head)
        self.block.update(head, msgspec.structs.replace(node, near=near))
        return turns

    def _reach(self, head: int, near: set[int]) -> None:
        """Join or own what is near a core point; offer a point that is not core to the core points near it."""
        for each in sorted(near):
            cores = (self._is_core(self.block.node(head)), self._is_core(self.block.node(each)))
            if cores == (True, True):
                self.join(head, each)
            elif cores == (True, False):
                self._offer(each, head)
            elif cores == (False, True):
                self._offer(head, each)


def place(state: State, event: Fingerprinted, eps: float, min_samples: int) -> Placement:
    """The cluster of a crash by the distinct fingerprints of its block, its own included.

    A fingerprint that was seen like this before changes nothing and is found by its key. Seen with another version of
    its root function it is one point still, as near to another as the nearest of its looks is.
    `eps` and `min_samples` must be those that the rows were made with.
    """
    block = Block(state, event.block)
    growth = _Growth(block, eps, min_samples)
    known = block.point(event.fingerprint)
    version = version_of(event.frames, event.trees)
    if known is not None and version in _versions(known.versions):
        return Placement(growth.cluster(known.nodes[0]))
    number = block.add(event.fingerprint, event.frames, event.trees)
    head = block.node(number).head
    if min_samples <= 1:
        growth.connect(head, block.shape(number))
    else:
        growth.count(head, number)
    block.close(number)
    moved = tuple(sorted(growth.moved(number if number == head else None)))
    return Placement(growth.cluster(head), moved, tuple(block.changes()))


def _versions(data: bytes) -> Iterator[bytes]:
    return (data[at : at + 8] for at in range(0, len(data), 8))
