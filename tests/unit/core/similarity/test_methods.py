"""The named batch methods on a handful of stacks."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from streams.core.fingerprint.stack import frame_hash
from streams.core.similarity import methods
from streams.core.similarity.methods import METHODS, BatchMethod, Sample, batch


def sample(frames: str, plain: str = "", top: str = "") -> Sample:
    """A frame per letter; the innermost one is the block."""
    return Sample(
        id=frames,
        block=frames[:1],
        fingerprint=frames,
        frames=tuple(frames),
        top=top or frames[:1],
        plain=plain or frames[:1],
        stack=b"".join(frame_hash(letter) for letter in frames),
    )


def groups(method: BatchMethod, samples: Sequence[Sample], eps: float = 0.3) -> list[list[int]]:
    keys = batch(method, samples, eps)
    return [[n for n, key in enumerate(keys) if key == each] for each in dict.fromkeys(keys)]


SAMPLES = [sample("abcdefgh"), sample("abcdefgx"), sample("abcdefgh"), sample("mnopqrst")]


@pytest.mark.parametrize("method", METHODS)
def test_what_is_equal_is_together_and_what_shares_nothing_is_not(method: BatchMethod) -> None:
    assert groups(method, SAMPLES) == [[0, 1, 2], [3]]


@pytest.mark.parametrize("method", METHODS)
def test_the_order_of_the_samples_does_not_matter(method: BatchMethod) -> None:
    assert groups(method, SAMPLES[::-1]) == [[0], [1, 2, 3]]


@pytest.mark.parametrize("method", METHODS)
def test_nothing_gives_nothing(method: BatchMethod) -> None:
    assert batch(method, []) == []


@pytest.mark.parametrize("method", METHODS)
def test_stacks_without_frames_are_one_cluster_of_their_own(method: BatchMethod) -> None:
    assert groups(method, [sample(""), sample("ab"), sample("")]) == [[0, 2], [1]]


def test_dual1_does_not_look_across_blocks_and_dual_global_does() -> None:
    helper = [sample("abcdefgh"), sample("xbcdefgh")]
    assert groups("dual1", helper) == [[0], [1]]
    assert groups("dual-global", helper) == [[0, 1]]


def test_top1_takes_the_name_as_printed() -> None:
    assert groups("top1", [sample("a", top="a.func1"), sample("a", top="a.func2")]) == [[0], [1]]


def test_align1_forgives_the_outer_end_sooner_than_the_inner_one() -> None:
    shared = [sample("abcdefgh"), sample("abcdxyz"), sample("uvwxefgh")]
    assert groups("align1", shared) == [[0, 1], [2]]


@pytest.mark.parametrize("method", ["dual1", "dual-global", "tfidf1", "align1"])
def test_more_stacks_than_all_pairs_can_be_compared_of_are_refused(
    method: BatchMethod, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(methods, "MOST_STACKS", 2)
    with pytest.raises(ValueError, match=r"3 distinct stacks: .* at most 2: "):
        batch(method, [sample("a"), sample("b"), sample("c")])
