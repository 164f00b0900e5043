"""Texts of a set of crashes that are one but for a word: what is data in them no rule can know, the set shows it.

In: texts, each with the releases that said it. Out: the template of each text in which a word varies. A word is data
where it is another one in nearly every text that is else the same: what a text is about comes again in later releases.
Said once or a thousand times is the same.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Final

# So many different words, of letters alone so many: `open config` and `open socket` may be bugs, `west-crate` is data.
_LEAST_VALUES: Final = 3
_LEAST_WORDS: Final = 5
_SHARE: Final = 0.5
# So many words have to stay.
_LEAST_STAY: Final = 2
_MOST_WORDS: Final = 40
_ANY: Final = "*"
_ENDS: Final = ":,;.)}]"
# Signs around a word; data has others inside.
_AROUND: Final = re.compile(r"^\W+|\W+$")


def varying(said: Mapping[str, Collection[str]]) -> dict[str, str]:
    """The template of each text in which words vary."""
    words_of = {text: tuple(text.split(" ")) for text in said}
    same: dict[tuple[str, ...], dict[str, int]] = defaultdict(dict)
    for text, words in words_of.items():
        for at, rest in _rests(words):
            values = same[rest]
            values[words[at]] = values.get(words[at], 0) + len(said[text])
    found: dict[str, str] = {}
    for text, words in words_of.items():
        data = [at for at, rest in _rests(words) if _is_data(same[rest], rest)]
        if data:
            template = list(words)
            for at in data:
                template[at] = _ANY + words[at][len(words[at].rstrip(_ENDS)) :]
            found[text] = " ".join(template)
    return found


def _rests(words: tuple[str, ...]) -> list[tuple[int, tuple[str, ...]]]:
    """The text without each of its words; the place comes first, so that no two rests are one by chance."""
    return [
        (at, (f"{at}", *words[:at], _ANY, *words[at + 1 :]))
        for at in range(min(len(words), _MOST_WORDS))
    ]


def _is_data(values: Mapping[str, int], rest: tuple[str, ...]) -> bool:
    """Whether a place holds another word nearly every time, between enough words that stay."""
    plain = all(_AROUND.sub("", value).isalpha() for value in values)
    return (
        len(values) >= (_LEAST_WORDS if plain else _LEAST_VALUES)
        and len(values) >= _SHARE * sum(values.values())
        and sum(_AROUND.sub("", word).isalpha() for word in rest) >= _LEAST_STAY
    )
