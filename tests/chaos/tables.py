"""The figures of runs as one table, for the terminal and the documents.

In: results. Out: lines of Markdown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.chaos.setup import Result


def lines(results: Sequence[Result]) -> Iterator[str]:
    """One row per figure, one column per run."""
    heads = [f"seed {result.setup.seed}" for result in results]
    yield f"| figure | wanted | {' | '.join(heads)} |"
    yield f"|---|---|{'---|' * len(results)}"
    names = dict.fromkeys(figure.name for result in results for figure in result.figures)
    for name in names:
        found = [next((f for f in r.figures if f.name == name), None) for r in results]
        wanted = next((f.wanted for f in found if f is not None), None)
        cells = ["-" if f is None else f"**{f.value}**" if f.wrong else str(f.value) for f in found]
        yield f"| {name} | {'' if wanted is None else wanted} | {' | '.join(cells)} |"
