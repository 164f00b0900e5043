"""The points of one block, and which of them can be near a stack: a union-find and an inverted index in rows.

In: a State and what one step adds to it. Out: candidates that miss no neighbour, and the changed rows.
Layout: docs/reference/methods.md. A block of at most SCAN_NODES points has no index: all of them are looked at.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial
from hashlib import blake2b
from typing import Final

import msgspec

from streams.core.similarity.bounds import may_fit, most_missing, size_of
from streams.core.similarity.dual import (
    Shape,
    blend,
    distance,
    jaccard,
    sequence_distance,
    trees_of,
)
from streams.model.message import Value
from streams.model.step import Change, State, Table, put

SEPARATOR: Final = "\x1f"
SCAN_NODES: Final = 32
# New postings go to a short row; full, it is poured into a long one: few bytes are written, few rows read.
_TAIL: Final = 64
_SEGMENT: Final = 2048
# A node is compared in the time that 64 entries of a list take; below a handful it is not worth asking.
_WORTH: Final = 64
_FEW: Final = 8
# A posting list of every node of a group, for distances that leave nothing to ask for.
_EVERY: Final = "*"


class Point(Value, frozen=True, kw_only=True):
    """A distinct fingerprint: its nodes (the first one is its head), and 8 bytes for what each of them looks like."""

    nodes: tuple[int, ...]
    versions: bytes


class Node(Value, frozen=True, kw_only=True):
    """One look of a fingerprint: its frames, with one version of its root function (`body`; empty: none was seen).

    The rest is of heads: `parent` (union-find, the smallest fingerprint is the root), `next` (a ring through the
    core points of a component), `near` (points within eps, itself included), `owner` (of a border point: the smallest
    core point within eps), `owned` (the border points of a core point).
    """

    fingerprint: str
    frames: bytes
    body: str
    head: int
    parent: int
    next: int
    near: int = 1
    owner: int = -1
    owned: tuple[int, ...] = ()


class Extent(Value, frozen=True, kw_only=True):
    """How many nodes a block has, and whether it has an index."""

    nodes: int = 0
    indexed: bool = False


class Body(Value, frozen=True, kw_only=True):
    """The subtrees of one version of a root function."""

    trees: bytes


class Postings(Value, frozen=True, kw_only=True):
    """Nodes that have a frame, the root of each as it was when the node came (it leads to today's), the size of each.

    4, 4 and 2 bytes each.

    `total`: of the whole list, in its short row only.
    """

    nodes: bytes = b""
    labels: bytes = b""
    sizes: bytes = b""
    total: int = 0


POINTS: Final = Table("cluster.dense", Point)
NODES: Final = Table("cluster.dense_nodes", Node)
BLOCKS: Final = Table("cluster.dense_blocks", Extent)
BODIES: Final = Table("cluster.dense_bodies", Body)
POSTINGS: Final = Table("cluster.dense_postings", Postings)
TABLES: Final = (POINTS, NODES, BLOCKS, BODIES, POSTINGS)

Skip = Callable[[int], bool]
Fits = Callable[[int], bool]
Entry = tuple[int, int, int]


def version_of(frames: bytes, trees: bytes) -> bytes:
    """8 bytes for a look of a fingerprint."""
    digest = blake2b(frames, digest_size=8, person=b"version")
    digest.update(len(frames).to_bytes(8, "big") + trees)
    return digest.digest()


def _numbers(data: bytes, width: str = "I") -> array[int]:
    found = array(width)
    found.frombytes(data)
    return found


def _packed(numbers: Iterable[int], width: str = "I") -> bytes:
    return array(width, numbers).tobytes()


def _joined(one: Postings, other: Postings, total: int = 0) -> Postings:
    return Postings(
        nodes=one.nodes + other.nodes,
        labels=one.labels + other.labels,
        sizes=one.sizes + other.sizes,
        total=total,
    )


def _tokens(shape: Shape) -> Iterator[str]:
    """The lists that a shape is in."""
    yield _EVERY
    for frame in sorted(set(shape.frames)):
        yield f"{frame:016x}"


def _list_key(token: str, *, sourced: bool) -> str:
    return f"{'s' if sourced else '-'}{SEPARATOR}{token}"


class _List:
    """The posting list of one frame."""

    def __init__(self, block: Block, key: str, tail: Postings) -> None:
        self._block = block
        self._tail = tail
        self._all: set[int] | None = None
        self.key = key
        self.size = tail.total

    def segments(self, fits: Fits) -> Iterator[dict[int, int]]:
        """The label of each node whose size fits, a row at a time."""
        for row in self._block.segments(self.key, self._tail):
            nodes, labels, sizes = (
                _numbers(row.nodes),
                _numbers(row.labels),
                _numbers(row.sizes, "H"),
            )
            good = {size for size in set(sizes) if fits(size)}
            yield {
                node: label
                for node, label, size in zip(nodes, labels, sizes, strict=True)
                if size in good
            }

    def nodes(self) -> set[int]:
        """All nodes that have the frame."""
        if self._all is None:
            rows = self._block.segments(self.key, self._tail)
            self._all = set().union(*(_numbers(row.nodes) for row in rows))
        return self._all


def _probe(lists: list[_List], missing: int, fits: Fits, skip: Skip) -> Iterator[int]:
    """Nodes that fit and are in all but `missing` of the lists, at least; those whose label is skipped are left out.

    Every such node is in one of the first `missing` + 1 lists. What is met first in list number i was in none before,
    so it may be missing from `missing` - i of those that follow.
    """
    seen: set[int] = set()
    skipped: set[int] = set()
    for position, each in enumerate(lists[: missing + 1]):
        for label_of in each.segments(fits):
            if skipped.issuperset(label_of.values()):
                continue
            fresh = label_of.keys() - seen
            seen |= fresh
            for number in _kept(fresh, lists[position + 1 :], missing - position):
                label = label_of[number]
                if label in skipped:
                    continue
                if skip(label):
                    skipped.add(label)
                else:
                    yield number


def _kept(nodes: set[int], lists: list[_List], missing: int) -> Iterator[int]:
    """Nodes that are in all but `missing` of the lists, those that miss fewest first; stops where asking costs more."""
    levels = [nodes] + [set() for _ in range(missing)]
    for each in lists:
        left = sum(map(len, levels))
        if left < _FEW or each.size > _WORTH * left:
            break
        there = each.nodes()
        levels = [
            (level & there) | (levels[missed - 1] - there if missed else set())
            for missed, level in enumerate(levels)
        ]
    for level in levels:
        yield from sorted(level)


class Block:
    """One block as a step sees it, with what the step changed."""

    def __init__(self, state: State, key: str) -> None:
        """Nothing is read but how large the block is."""
        self._state = state
        self.key = key
        self.extent = state.get(BLOCKS, key) or Extent()
        self._nodes: dict[int, Node] = {}
        self._shapes: dict[int, Shape] = {}
        self._bodies: dict[str, frozenset[int]] = {}
        self._changed: dict[tuple[Table[Value], str], Value] = {}

    def _put(self, table: Table[Value], key: str, value: Value) -> None:
        self._changed[table, f"{self.key}{SEPARATOR}{key}"] = value

    def changes(self) -> Iterator[Change]:
        """Every row that changed."""
        for (table, key), value in self._changed.items():
            yield put(table, key, value)

    # ---- points and nodes

    def point(self, fingerprint: str) -> Point | None:
        """What is known of a fingerprint."""
        key = f"{self.key}{SEPARATOR}{fingerprint}"
        changed = self._changed.get((POINTS, key))
        return changed if isinstance(changed, Point) else self._state.get(POINTS, key)

    def node(self, number: int) -> Node:
        """A node that exists."""
        found = self._nodes.get(number)
        if found is None:
            found = self._state.get(NODES, f"{self.key}{SEPARATOR}{number:x}")
            if found is None:
                message = f"cluster.dense_nodes: node {number} of block {self.key} is missing"
                raise LookupError(message)
            self._nodes[number] = found
        return found

    def update(self, number: int, node: Node) -> None:
        """Replace a node."""
        self._nodes[number] = node
        self._put(NODES, f"{number:x}", node)

    def root(self, number: int) -> int:
        """The smallest core point of a core point's component."""
        while (parent := self.node(number).parent) != number:
            number = parent
        return number

    def shape(self, number: int) -> Shape:
        """What the distance sees of a node."""
        if number not in self._shapes:
            node = self.node(number)
            self._shapes[number] = Shape(node.frames, self._trees(node.body))
        return self._shapes[number]

    def _trees(self, body: str) -> frozenset[int]:
        if body not in self._bodies:
            row = self._state.get(BODIES, f"{self.key}{SEPARATOR}{body}") if body else None
            self._bodies[body] = trees_of(row.trees) if row else frozenset()
        return self._bodies[body]

    def _body(self, trees: bytes) -> str:
        """The name of a version of the root function, which is kept if it is new."""
        if not trees:
            return ""
        body = blake2b(trees, digest_size=16, person=b"body").hexdigest()
        if self._state.get(BODIES, f"{self.key}{SEPARATOR}{body}") is None:
            self._put(BODIES, body, Body(trees=trees))
        self._bodies[body] = trees_of(trees)
        return body

    def add(self, fingerprint: str, frames: bytes, trees: bytes) -> int:
        """A new look of a fingerprint, in no component yet where the fingerprint is new; its number."""
        number = self.extent.nodes
        known = self.point(fingerprint) or Point(nodes=(), versions=b"")
        node = Node(
            fingerprint=fingerprint,
            frames=frames,
            body=self._body(trees),
            head=known.nodes[0] if known.nodes else number,
            parent=number,
            next=number,
        )
        self.update(number, node)
        versions = known.versions + version_of(frames, trees)
        self._put(POINTS, fingerprint, Point(nodes=(*known.nodes, number), versions=versions))
        self.extent = msgspec.structs.replace(self.extent, nodes=number + 1)
        return number

    def close(self, number: int) -> None:
        """Index the node that was added last, once it has its component; the whole block when it has become large."""
        if self.extent.indexed:
            self._index(number)
        elif self.extent.nodes > SCAN_NODES:
            self.extent = msgspec.structs.replace(self.extent, indexed=True)
            self._build()
        self._changed[BLOCKS, self.key] = self.extent

    # ---- the index

    def _tail(self, *, sourced: bool, token: str) -> tuple[str, Postings]:
        """The short row of a frame's list: nodes with source have lists of their own."""
        key = _list_key(token, sourced=sourced)
        return key, self._postings(key)

    def _postings(self, key: str) -> Postings:
        whole = f"{self.key}{SEPARATOR}{key}"
        row = self._changed.get((POSTINGS, whole)) or self._state.get(POSTINGS, whole)
        return row if isinstance(row, Postings) else Postings()

    def _index(self, number: int) -> None:
        node, shape = self.node(number), self.shape(number)
        entry = (number, self.root(node.head), size_of(shape))
        for token in _tokens(shape):
            self._append(token, entry, sourced=bool(node.body))

    def _build(self) -> None:
        """The index of a block that had none; its lists are short."""
        lists: dict[tuple[bool, str], list[Entry]] = {}
        for number in range(self.extent.nodes):
            node, shape = self.node(number), self.shape(number)
            entry = (number, self.root(node.head), size_of(shape))
            for token in _tokens(shape):
                lists.setdefault((bool(node.body), token), []).append(entry)
        for (sourced, token), entries in lists.items():
            nodes, labels, sizes = zip(*entries, strict=True)
            row = Postings(
                nodes=_packed(nodes),
                labels=_packed(labels),
                sizes=_packed(sizes, "H"),
                total=len(entries),
            )
            self._put(POSTINGS, _list_key(token, sourced=sourced), row)

    def _append(self, token: str, entry: Entry, *, sourced: bool) -> None:
        key, tail = self._tail(sourced=sourced, token=token)
        total = tail.total
        if len(tail.nodes) >= 4 * _TAIL:
            place = f"{key}{SEPARATOR}{(total - 1) // _SEGMENT:x}"
            self._put(POSTINGS, place, _joined(self._postings(place), tail))
            tail = Postings()
        number, label, size = entry
        added = Postings(
            nodes=_packed((number,)), labels=_packed((label,)), sizes=_packed((size,), "H")
        )
        self._put(POSTINGS, key, _joined(tail, added, total=total + 1))

    def segments(self, key: str, tail: Postings) -> Iterator[Postings]:
        """The rows of a posting list, the latest first."""
        yield tail
        stored = tail.total - len(tail.nodes) // 4
        for segment in reversed(range(-(-stored // _SEGMENT))):
            yield self._postings(f"{key}{SEPARATOR}{segment:x}")

    def _lists(self, shape: Shape, missing: int, *, sourced: bool) -> list[_List]:
        """The posting lists of a shape's frames, the rarest first; that of every node where it may lack them all."""
        frames = {f"{frame:016x}" for frame in shape.frames}
        tokens = (_EVERY,) if missing >= len(frames) else frames
        lists = [_List(self, *self._tail(sourced=sourced, token=token)) for token in tokens]
        return sorted(lists, key=lambda each: (each.size, each.key))

    def _candidates(self, shape: Shape, eps: float, skip: Skip) -> Iterator[int]:
        """Nodes that may be near; those whose label is skipped are left out."""
        if not self.extent.indexed:
            for number in range(self.extent.nodes):
                if not skip(self.node(number).head):
                    yield number
            return
        for sourced in (False, True):
            # Where both have source, the set part may be 0: all of eps is left for the sequences.
            grams = not (sourced and shape.has_source)
            missing = most_missing(shape, eps, grams=grams)
            lists = self._lists(shape, missing, sourced=sourced)
            fits = cache(partial(may_fit, size_of(shape), eps=eps, grams=grams))
            yield from _probe(lists, min(missing, len(lists) - 1), fits, skip)

    def near(self, shape: Shape, eps: float, skip: Skip) -> Iterator[int]:
        """Heads of nodes within `eps` of a shape; may name one more than once."""
        bodies: dict[str, float] = {}
        for number in self._candidates(shape, eps, skip):
            node, other = self.node(number), self.shape(number)
            if not (node.body and shape.has_source):
                if distance(shape, other, eps) <= eps:
                    yield node.head
                continue
            if node.body not in bodies:
                bodies[node.body] = jaccard(shape.trees, other.trees)
            sets = bodies[node.body]
            if blend(0.0, sets) <= eps and blend(sequence_distance(shape, other), sets) <= eps:
                yield node.head
