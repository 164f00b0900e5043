"""Words of services, and names made of them.

In: a random number generator of one repository. Out: names that are used once in it.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Final


def listed(text: str) -> tuple[str, ...]:
    """The words of a text."""
    return tuple(text.split())


VERBS: Final = listed(
    """
    align attach blend bundle chart collect compile condense cover deduce digest draft expand filter fold gauge
    gather graft  harvest index inspect join level list locate mark merge outline pack pick place plan prune
    quote rank read rebuild  reduce resolve rotate sample scan score settle shape sift slice sort spread stage
    stitch sum survey sweep tally trace  trim tune unfold verify walk weave weight
    """
)
NOUNS: Final = listed(
    """
    anchor arc band basin batch beacon bin block board bound branch bridge bucket cell chain channel chart chunk
    circle clip  column crate cycle deck digest draft edge entry epoch facet field figure flag floor form frame
    gap gate grid group hash  heap hint horizon hour key knot label lane layer leaf ledge level limit lot margin
    mark mesh mode month node notch  offset order outline pair panel part patch path peak phase pile plot point
    pool portion profile quota range rate ratio  region ring root round route row rule run sample scale scope
    seal segment series shape share shard sheet shift side  slot span spread stage stamp step stock strand
    stretch stripe suffix sum sweep tab tag term tier token trace track  tray turn unit vault view wall ward
    wave week weight width window wing zone
    """
)
LOCALS: Final = listed(
    """
    all best chosen count current each end entry extra first found given head held hits items known last left
    made mark  mid names next one open part pos prev rest right seen size start step tail taken text top total
    upto used wanted
    """
)
METHODS: Final = listed(
    "apply check close describe fill find grow lay load next push put render reset run score take write"
)
SUFFIXES: Final = ("Set", "Plan", "Table", "State", "Info", "Spec", "View", "Log", "Book", "Map")
WORDS: Final = listed(
    """
    amber birch cedar copper coral dune ember fern flint frost garnet hazel heron indigo ivory jade kelp larch
    lilac maple  moss oak onyx opal pearl pine quartz raven reed ruby sage sand slate spruce stone teal thorn
    topaz willow
    """
)

_PAIRS: Final[Mapping[str, tuple[Sequence[str], Sequence[str]]]] = {
    "H": (VERBS, NOUNS),
    "F": (VERBS, NOUNS),
    "T": (NOUNS, SUFFIXES),
    "M": (METHODS, NOUNS),
    "A": (WORDS, NOUNS),
    "G": (WORDS, NOUNS),
    "C": (WORDS, NOUNS),
}
"""Kinds of names that are two words, exported or not."""
_PLAIN: Final = 0.4
"""How many locals are one word."""


def dice(seed: str) -> random.Random:
    """A generator of its own for everything that a seed names."""
    return random.Random(zlib.crc32(seed.encode()))  # noqa: S311 - no secret: repeatable histories


def title(word: str) -> str:
    """The word with a capital."""
    return word[:1].upper() + word[1:]


class Names:
    """Draws names; a name comes once per repository."""

    def __init__(self, rng: random.Random, taken: frozenset[str]) -> None:
        self._rng = rng
        self._taken = set(taken)

    def once(self, words: Sequence[str]) -> str:
        """One of the words that nobody has, or one with a number."""
        free = [word for word in words if word not in self._taken]
        name = self._rng.choice(free) if free else f"{self._rng.choice(words)}{len(self._taken)}"
        self._taken.add(name)
        return name

    def draw(self, kind: str) -> str:
        """A name for a placeholder whose first letter is `kind`. Raises KeyError where there is no such kind."""
        rng = self._rng
        simple: dict[str, Callable[[], str]] = {
            "v": self._local,
            "S": lambda: rng.choice(WORDS),
            "K": lambda: f"{rng.choice(WORDS)}.{rng.choice(NOUNS)}",
            "D": lambda: str(rng.randint(3, 9)),
            "E": lambda: (
                "Err" + self._pair(rng.choice(WORDS), title(rng.choice(NOUNS)), upper=True)
            ),
        }
        if kind in simple:
            return simple[kind]()
        left, right = _PAIRS[kind.upper()]
        return self._pair(rng.choice(left), title(rng.choice(right)), upper=kind.isupper())

    def _local(self) -> str:
        plain = self._rng.random() < _PLAIN
        return self._rng.choice(LOCALS) + ("" if plain else title(self._rng.choice(NOUNS)))

    def _pair(self, left: str, right: str, *, upper: bool) -> str:
        name = left + right
        name = title(name) if upper else name
        if name.lower() in self._taken:
            name += str(len(self._taken) % 97)
        if name.lower() in self._taken:
            name += "x"
        self._taken.add(name.lower())
        return name
