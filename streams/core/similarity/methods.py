"""Named methods over a whole set at once, to compare the default with. Benchmarks and `cluster --method` use them.

In: samples. Out: a key for each, equal for those of one cluster. Nothing here is incremental; the quadratic ones refuse
more than MOST_STACKS distinct stacks (ValueError).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Final, Literal

import msgspec

from streams.core.similarity.dbscan import dbscan, neighbourhoods
from streams.core.similarity.dual import Shape, distance
from streams.core.similarity.linkage import average_link
from streams.model.identity import content_id

BatchMethod = Literal["top1", "plain1", "dual1", "dual-global", "tfidf1", "align1"]
METHODS: Final[tuple[BatchMethod, ...]] = (
    "top1",
    "plain1",
    "dual1",
    "dual-global",
    "tfidf1",
    "align1",
)
MOST_STACKS: Final = 5000
DEFAULT_EPS: Final = 0.3
# Where average link stops joining; chosen on corpus/clusters (docs/reference/methods.md).
TFIDF_CUT: Final = 0.9
ALIGN_CUT: Final = 0.7


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One crash for the methods. `frames`: normalised functions of the user's own code, innermost first.

    `top`: the innermost of them as it was printed. `plain`: its key by `plain1`. `stack`, `trees`: as in Fingerprinted.
    """

    id: str
    block: str
    fingerprint: str
    frames: tuple[str, ...]
    top: str
    plain: str
    stack: bytes
    trees: bytes = b""


class Variant(msgspec.Struct, frozen=True):
    """A distinct fingerprint of a block with one of its looks."""

    block: str
    fingerprint: str
    shape: Shape

    @classmethod
    def of(cls, block: str, fingerprint: str, frames: bytes, trees: bytes) -> Variant:
        """From what an event says."""
        return cls(block, fingerprint, Shape(frames, trees))


def variants_dbscan(
    variants: Iterable[Variant], eps: float, min_samples: int
) -> dict[tuple[str, str], str]:
    """The cluster of each (block, fingerprint) by DBSCAN inside its block: the same ids as core/cluster/dense.py.

    Several variants of one fingerprint are one point, as near to another as the nearest of its looks is.
    """
    blocks: dict[str, dict[str, list[Shape]]] = {}
    for variant in variants:
        looks = blocks.setdefault(variant.block, {}).setdefault(variant.fingerprint, [])
        looks.append(variant.shape)
    found: dict[tuple[str, str], str] = {}
    for block, points in blocks.items():
        names, looks_of = list(points), list(points.values())
        near = neighbourhoods(len(names), _nearness(looks_of, eps))
        for name, cluster in zip(names, dbscan(names, near, min_samples), strict=True):
            found[block, name] = content_id("dense", block, cluster)
    return found


def _nearness(looks: Sequence[Sequence[Shape]], eps: float) -> Callable[[int, int], bool]:
    def near(one: int, other: int) -> bool:
        return any(distance(a, b, eps) <= eps for a in looks[one] for b in looks[other])

    return near


def _top(samples: Sequence[Sample]) -> list[str]:
    return [sample.top for sample in samples]


def _plain(samples: Sequence[Sample]) -> list[str]:
    return [sample.plain for sample in samples]


def _dual(samples: Sequence[Sample], eps: float, min_samples: int, *, blocks: bool) -> list[str]:
    """By block, or with all samples in one."""
    keys = [
        (sample.block, sample.fingerprint)
        if blocks
        else ("", f"{sample.stack.hex()} {sample.trees.hex()}")
        for sample in samples
    ]
    looks = {
        (block, name, sample.stack, sample.trees)
        for (block, name), sample in zip(keys, samples, strict=True)
    }
    _refuse(len(looks))
    clusters = variants_dbscan([Variant.of(*look) for look in sorted(looks)], eps, min_samples)
    return [clusters[key] for key in keys]


def _refuse(stacks: int) -> None:
    if stacks > MOST_STACKS:
        message = (
            f"{stacks} distinct stacks: this method compares all with all and takes at most {MOST_STACKS}: "
            "give it a sample, or choose locus1 or plain1"
        )
        raise ValueError(message)


def _by_stack(
    samples: Sequence[Sample],
    cut: float,
    measure: Callable[[Sequence[tuple[str, ...]], Counter[str]], Callable[[int, int], float]],
) -> list[str]:
    """Average link over the distinct stacks; each weighs as one."""
    stacks = sorted({sample.frames for sample in samples})
    _refuse(len(stacks))
    having = Counter(frame for stack in stacks for frame in set(stack))
    groups = average_link(len(stacks), measure(stacks, having), cut)
    names = {stack: str(group) for stack, group in zip(stacks, groups, strict=True)}
    return [names[sample.frames] for sample in samples]


def _rarity(having: Counter[str], stacks: int) -> dict[str, float]:
    """Inverse document frequency, smoothed: never 0, so a frame of every stack still counts a little."""
    return {frame: math.log((1 + stacks) / (1 + df)) + 1 for frame, df in having.items()}


def _cosine(stacks: Sequence[tuple[str, ...]], having: Counter[str]) -> Callable[[int, int], float]:
    """1 - cosine of the TF-IDF vectors of two stacks."""
    rarity = _rarity(having, len(stacks))
    vectors: list[dict[str, float]] = []
    for stack in stacks:
        vector = {frame: times * rarity[frame] for frame, times in Counter(stack).items()}
        norm = math.sqrt(sum(value * value for value in vector.values()))
        vectors.append({frame: value / norm for frame, value in vector.items()})

    def far(one: int, other: int) -> float:
        small, large = sorted((vectors[one], vectors[other]), key=len)
        if not small:
            return 0.0 if not large else 1.0
        return 1 - sum(value * large.get(frame, 0.0) for frame, value in small.items())

    return far


def _alignment(
    stacks: Sequence[tuple[str, ...]], having: Counter[str]
) -> Callable[[int, int], float]:
    """Weighted edit distance of two stacks / the weight of both: a frame left out or replaced costs its weight.

    A frame weighs less the farther it is from the crash, and the more stacks have it (as in TraceSim).
    """
    rarity = _rarity(having, len(stacks))
    weights = [
        [rarity[frame] / (1 + position) for position, frame in enumerate(stack)] for stack in stacks
    ]

    def far(one: int, other: int) -> float:
        total = sum(weights[one]) + sum(weights[other])
        if not total:
            return 0.0
        cost = _edit_cost(stacks[one], weights[one], stacks[other], weights[other])
        return cost / total

    return far


def _edit_cost(
    one: tuple[str, ...], own: list[float], other: tuple[str, ...], its: list[float]
) -> float:
    """The cheapest way from one to the other; a match costs the difference of the two weights."""
    above = [0.0]
    for weight in its:
        above.append(above[-1] + weight)
    for frame, weight in zip(one, own, strict=True):
        row = [above[0] + weight]
        for column, (name, its_weight) in enumerate(zip(other, its, strict=True)):
            change = abs(weight - its_weight) if frame == name else weight + its_weight
            row.append(
                min(above[column] + change, above[column + 1] + weight, row[column] + its_weight)
            )
        above = row
    return above[-1]


def batch(
    method: BatchMethod,
    samples: Sequence[Sample],
    eps: float = DEFAULT_EPS,
    min_samples: int = 1,
) -> list[str]:
    """A cluster key for each sample; keys of different methods mean nothing to each other.

    Raises ValueError where a method that compares all with all is given too many distinct stacks.
    """
    match method:
        case "top1":
            return _top(samples)
        case "plain1":
            return _plain(samples)
        case "dual1":
            return _dual(samples, eps, min_samples, blocks=True)
        case "dual-global":
            return _dual(samples, eps, min_samples, blocks=False)
        case "tfidf1":
            return _by_stack(samples, TFIDF_CUT, _cosine)
        case "align1":
            return _by_stack(samples, ALIGN_CUT, _alignment)
