"""Names of a made code base, drawn by a seed.

In: a random source. Out: Go identifiers by category; what must be unique in the code base is unique.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final


def _words(text: str) -> list[str]:
    return text.split()


VERBS: Final = _words(
    """
    Accrue Adjust Admit Allot Amend Annex Apply Archive Assign Balance Bind Blend Book Bundle Carve Charge Clip
    Collate Commit Compact Convert Credit Debit Derive Detach Dispatch Divide Drain Enlist Enrich Escrow Expand
    Expire Export Extend Fill Flatten Fold Forward Freeze Gather Grade Graft Hold Hydrate Import Issue Join
    Label Ladder Lease Lift Link Lock Map Mark Match Merge Migrate Nest Offset Pack Park Patch Peel Place Plan
    Plot Prime Probe Prune Purge Quote Rank Rate Rebase Recall Reckon Redeem Refill Reissue Release Remit Renew
    Repair Replay Reroute Rescale Reserve Resolve Restock Retire Revise Rotate Route Sample Scale Seal Settle
    Shard Shift Sieve Slice Sort Split Stage Stamp Stow Sweep Tag Tally Trace Trim Tune Unpack Unwind Verify
    Void Weigh Widen
    """
)
NOUNS: Final = _words(
    """
    Account Address Agent Airway Allowance Anchor Asset Auction Award Badge Basin Batch Beacon Berth Bid Bond
    Box Branch Broker Bucket Cabin Campaign Cargo Carrier Cell Channel Claim Clause Cohort Contract Convoy
    Corridor Coupon Crate Cursor Deal Depot Digest Docket Driver Duty Edge Envelope Estate Exhibit Fare Feed
    Fence Fleet Folio Freight Gate Grant Grid Harbor Hub Invoice Itinerary Journal Kiosk Lane Layer Ledger Lien
    Locker Lot Mandate Manifest Margin Meter Mission Node Notice Offer Order Outlet Pallet Parcel Partner Patron
    Payout Pier Policy Pool Portal Premium Profile Quota Ramp Receipt Region Relay Rider Roster Route Rule
    Sector Segment Shelf Shipment Signal Site Slot Stake Station Stock Strip Supplier Tariff Tenant Ticket Toll
    Track Tranche Transit Trip Vault Vendor Vessel Voucher Wagon Waiver Ward Wing Yard Zone
    """
)
TAILS: Final = _words(
    """
    Set Page Row Plan Span Group Range View Queue Tree Index Chart Sheet Frame Block Chain Entry Draft State Cut
    """
)
FIELDS: Final = _words(
    """
    amount area bounds bucket cap center chunk code count cost cover delta depth edge extent factor fee head
    height inner kids label last left level limit load mass next note owner parent peak price quota rate ready
    ref right root score seat size stage stamp state step tail tier total units used value weight width
    """
)
LOCALS: Final = _words(
    """
    acc alpha atom base bit bound bump cand chosen cur dest diff elem entry first found got grain hand hit idx
    input item kept kind lead left loc lower made mid most mult nth num other outer own part piece place prev
    probe pt quant rest res right row seen side slot some spare src start sub sum sure tall tmp top tot unit
    upper val was wide
    """
)
METHODS: Final = _words(
    """
    advance announce arrange ask attach bring carry check choose collect combine consume count cross descend
    drop emit enter fetch finish flush grow handle inspect keep leave load lookup measure move next offer open
    part pass pop post pull push put reach read recount refresh report run scan send settle show sink spin step
    store sum sweep take touch trip turn visit walk write
    """
)
STRINGS: Final = _words(
    """
    north south east west central inner outer upper lower alpha bravo delta echo gamma kilo lima oscar papa
    quebec sierra tango victor zulu amber cobalt copper coral crimson indigo ivory jade ochre olive pearl ruby
    saffron silver teal umber violet
    """
)
DOMAINS: Final = _words(
    """
    billing bookings catalog claims contracts courier custody customs dispatch disputes escrow fares fleet fraud
    freight funding geofence grants insure intake inventory invoices itinerary ledgers lending loyalty mailroom
    markets metering onboard orders payouts permits pickup planner policies pricing quotes rebates referral
    returns roster sailing schedule shipping sourcing stocks storage subsidy tariffs taxes ticketing tolls
    trading transit underwrite vault vendors vouchers warehouse weighing yards
    """
)
LAYERS: Final = _words("flows usecase service actions process engine ops facade")
ORGS: Final = _words(
    "acme arbor brightlane corvid driftwood elmgrove foxglove halyard ironbark juniper kestrel"
)
SERVICES: Final = _words(
    """
    portd shipd tradeserv cargod farehub berthd lotserv tolld yardd claimd quoted depotd
    """
)
_KEYWORDS: Final = frozenset(_words("range map go type func var select case chan next"))


class Names:
    """Draws; remembers what it gave where a name must be unique."""

    def __init__(self, rng: random.Random) -> None:
        """Everything is drawn from this source."""
        self.rng = rng
        self._used: set[str] = set()

    def draw(self, placeholder: str, taken: frozenset[str] = frozenset()) -> str:
        """A name for a placeholder: its first letter says the category. None of those taken in the instance."""
        while True:
            name = self._draw(placeholder[0])
            if name not in taken and name not in _KEYWORDS:
                return name

    def _draw(self, category: str) -> str:
        choose = self.rng.choice
        unique: dict[str, Callable[[], str]] = {
            "F": lambda: choose(VERBS) + choose(NOUNS) + self._tail(0.4),
            "f": lambda: _lower(choose(VERBS) + choose(NOUNS) + self._tail(0.3)),
            "T": lambda: choose(NOUNS) + choose(TAILS),
            "t": lambda: _lower(choose(NOUNS) + choose(TAILS)),
            "g": lambda: _lower(choose(NOUNS) + choose(TAILS)),
            "E": lambda: "Err" + choose(NOUNS) + self._tail(0.5),
            "W": lambda: _lower(f"{choose(NOUNS)} {choose(TAILS)}").lower(),
        }
        others: dict[str, Callable[[], str]] = {
            "M": lambda: choose(METHODS).capitalize(),
            "m": lambda: choose(METHODS),
            "a": lambda: choose(FIELDS),
            "A": lambda: choose(FIELDS).capitalize(),
            "v": lambda: choose(LOCALS),
            "S": lambda: f"{choose(STRINGS)}-{choose(NOUNS).lower()}",
            "D": lambda: str(self.rng.randint(2, 9)),
        }
        return self.unique(unique[category]) if category in unique else others[category]()

    def _tail(self, share: float) -> str:
        return self.rng.choice(TAILS) if chance(self.rng, share) else ""

    def unique(self, draw: Callable[[], str]) -> str:
        """The first drawn that was not given yet, whatever its case."""
        while True:
            name = draw()
            if name.lower() not in self._used:
                self._used.add(name.lower())
                return name

    def slug(self) -> str:
        """A unique name of a command, route or job."""
        choose = self.rng.choice
        return self.unique(lambda: _lower(f"{choose(VERBS)}-{choose(NOUNS)}").lower())


def dice(seed: str) -> random.Random:
    """Numbers that are the same for the same seed."""
    return random.Random(seed)  # noqa: S311 - a set must be made again from its seed; nothing is secret


def chance(rng: random.Random, share: float) -> bool:
    """True in that share of cases."""
    return rng.random() < share


def _lower(name: str) -> str:
    return name[0].lower() + name[1:]
