"""What the page shows: a list of clusters, one cluster, or why there is nothing to show.

In: nothing. Out: values that the templates write. `drivers/http/pages.py` reads what they are made of.
"""

from __future__ import annotations

from streams.core.page.asked import Asked
from streams.core.page.commands import Command
from streams.core.page.matrix import Matrix
from streams.core.report.run import Shown
from streams.model.cluster_facts import MessageTemplate, StackVariant
from streams.model.events import ClusterRate, DecisionMade
from streams.model.listing import Span
from streams.model.message import Value
from streams.model.report import Report


class ListRow(Value, frozen=True, kw_only=True):
    """A cluster in a list. `bars`: its crashes in each step of the list's span; empty where no times are known."""

    report: Report
    bars: tuple[int, ...] = ()


class ListPage(Value, frozen=True, kw_only=True):
    """One page of the list. `most`: a bar stands for so many crashes at most; `services`: to choose from."""

    asked: Asked
    rows: tuple[ListRow, ...]
    total: int
    span: Span | None = None
    most: int = 0
    services: tuple[str, ...] = ()

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.total // self.asked.query.limit))

    @property
    def first(self) -> int:
        """The number of the first row, from 1 on."""
        return self.asked.query.offset + 1


class ClusterPage(Value, frozen=True, kw_only=True):
    """One cluster. `raw`: its crash as printed; `where`: which store was read, in words; `held`: it is locked by it.

    `removed`: retention removed the text of the crash that stands for it. `rates`: its services against what is usual.
    """

    shown: Shown
    matrix: Matrix | None = None
    rates: tuple[ClusterRate, ...] = ()
    more_rates: int = 0
    messages: MessageTemplate = MessageTemplate(text="")
    variants: tuple[StackVariant, ...] = ()
    more_variants: int = 0
    former: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    decisions: tuple[DecisionMade, ...] = ()
    commands: tuple[Command, ...] = ()
    raw: tuple[str, ...] = ()
    more_raw: bool = False
    counted: int = 0
    held: bool = False
    removed: bool = False


class Notice(Value, frozen=True, kw_only=True):
    """Why something is not there, and what to do. `near`: clusters that may be meant."""

    status: int
    title: str
    text: str
    near: tuple[Report, ...] = ()
