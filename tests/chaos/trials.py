"""Short runs with a mutation, each with the one deed that makes it hurt: the checker has to see it.

In: the name of a mutation. Out: the setup of its run.
"""

from __future__ import annotations

from typing import Final

from tests.chaos.plan import Act, Crew, Order, Wanted
from tests.chaos.setup import Setup

# Without `view`: what is to be seen is on the broker.
_STAGES: Final = ("symbolize", "fingerprint", "decide", "cluster", "link", "attribute", "notify")
# Alone, a worker gets its own partitions back, with the store that it left behind.
_ALONE: Final = (Crew("all", _STAGES, ("a",)),)
_TWO: Final = (Crew("all", _STAGES, ("a", "b")),)


def _deed(at: float, order: Order) -> Act:
    return Act(at=at, kind="order", worker="all-a", order=order)


_PLANS: Final[dict[str, tuple[tuple[Crew, ...], tuple[Act, ...]]]] = {
    # Dies when its position is committed and its outputs are not: they are lost.
    "position outside the transaction": (_ALONE, (_deed(0.4, Order("kill", "between", 4)),)),
    # Sleeps with a batch computed while another worker does it, then commits it once more.
    "no fencing": (_TWO, (_deed(0.4, Order("stop", "computed", 4)),)),
    # Dies when its store is written and its transaction is not committed: it goes on behind what was lost.
    "store before commit": (_ALONE, (_deed(0.4, Order("kill", "sent", 4)),)),
}


def trial(mutation: str, seed: int = 1, *, broken: bool = True) -> Setup:
    """The run of a mutation; not `broken`: the same deed to the exact layer as it is, which must do no harm."""
    crews, acts = _PLANS[mutation]
    return Setup(
        crashes=800,
        rate=80.0,
        seed=seed,
        wanted=Wanted(kills=0),
        crews=crews,
        plan=acts,
        mutation=mutation if broken else None,
        quiet_seconds=20.0,
    )
