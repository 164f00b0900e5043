"""What the messages of a cluster have in common, and what varies.

In: messages. Out: a template with examples. Bounded: so many messages, chosen by hash, each cut. Sees no order.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from hashlib import blake2b
from typing import Final

from streams.model.cluster_facts import MessageTemplate, Varying

MAX_MESSAGES: Final = 200
MAX_CHARS: Final = 400
EXAMPLES: Final = 3
# Words and numbers with the marks inside of them, so that an address or a name varies as a whole.
_TOKEN: Final = re.compile(r"\w+(?:[.\-:/]\w+)*|\s+|.", re.DOTALL)
# A message of which less than so much is common says something else; with it the template would be all gaps.
_LEAST_COMMON: Final = 0.4


def _rank(message: str) -> bytes:
    return blake2b(message.encode("utf-8", "surrogatepass"), digest_size=8).digest()


def _common(one: Sequence[str], other: Sequence[str]) -> list[str]:
    """The longest run of blocks that two messages have in common, in order."""
    blocks = SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()
    return [token for block in blocks for token in one[block.a : block.a + block.size]]


def _says(tokens: Iterable[str]) -> int:
    """How much there is to read in tokens."""
    return sum(len(token) for token in tokens if not token.isspace())


def _gaps(kept: Sequence[str], tokens: Sequence[str]) -> list[str]:
    """What stands before, between and after the tokens that are kept."""
    gaps, at = [], 0
    for block in _places(kept, tokens):
        gaps.append("".join(tokens[at:block]))
        at = block + 1
    gaps.append("".join(tokens[at:]))
    return gaps


def _places(kept: Sequence[str], tokens: Sequence[str]) -> list[int]:
    blocks = SequenceMatcher(None, kept, tokens, autojunk=False).get_matching_blocks()
    places = [block.b + n for block in blocks for n in range(block.size)]
    if len(places) == len(kept):
        return places
    # The matcher takes the longest block first, which may leave no room for the rest: then the first place of each.
    found, at = [], 0
    for token in kept:
        at = tokens.index(token, at)
        found.append(at)
        at += 1
    return found


def template(messages: Iterable[str]) -> MessageTemplate:
    """The template of messages; of those that share little with most, the text of the first one stands."""
    cut = {message[:MAX_CHARS] for message in messages if message}
    chosen = sorted(sorted(cut, key=_rank)[:MAX_MESSAGES])
    if not chosen:
        return MessageTemplate(text="")
    tokens = [_TOKEN.findall(message) for message in chosen]
    kept, alike = tokens[0], [tokens[0]]
    for each in tokens[1:]:
        common = _common(kept, each)
        if _says(common) >= _LEAST_COMMON * max(_says(kept), 1):
            kept = common
            alike.append(each)
    return _written(kept, [_gaps(kept, each) for each in alike], len(chosen))


def _written(kept: Sequence[str], rows: Sequence[Sequence[str]], number: int) -> MessageTemplate:
    text: list[str] = []
    varying: list[Varying] = []
    for at in range(len(kept) + 1):
        seen = sorted({row[at] for row in rows})
        if seen != [""]:
            shown = tuple(value for value in seen if value)[:EXAMPLES]
            varying.append(Varying(examples=shown, distinct=len(seen)))
            text.append(f"{{{len(varying)}}}")
        if at < len(kept):
            text.append(kept[at])
    return MessageTemplate(text="".join(text), varying=tuple(varying), messages=number)
