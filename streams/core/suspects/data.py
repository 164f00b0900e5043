"""What a commit changed in data that a program reads: settings and embedded files, as keys with values.

In: two texts of a file. Out: Settings that differ: the key, the keys above it, old and new value. JSON, YAML, TOML,
ini, environment files and the like are read line by line, by what they have in common.
"""

from __future__ import annotations

import re
from collections import Counter
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final, NamedTuple

_PAIR: Final = re.compile(
    r"""^(?P<indent>[ \t]*)(?:-[ \t]+|export[ \t]+)?["']?(?P<key>[A-Za-z_][\w.\-/ ]{0,80}?)["']?[ \t]*"""
    r"""(?P<sign>[:=])[ \t]*(?P<value>.*?)[ \t]*,?[ \t]*$"""
)
_SECTION: Final = re.compile(r"^[ \t]*\[+([\w.\-\" ]+)\]+[ \t]*$")
_INLINE: Final = re.compile(
    r"""["']?([A-Za-z_][\w.\-]{0,80})["']?[ \t]*:[ \t]*(\[[^\]]*\]|"[^"]*"|'[^']*'|[^,{}\[\]]+)"""
)
_MOST_LINES: Final = 20_000
# Comparing takes the product of both lengths: in longer texts lines that are everywhere are left out.
_LONG: Final = 4000
_DATA: Final = re.compile(
    r"\.(?:json|jsonc|ya?ml|toml|ini|env|conf|cfg|properties|csv|tsv|tmpl|tpl|gotmpl|html|sql|txt|xml|hcl|graphql|proto|lua|star|cue)$"
    r"|(?:^|/)\.env[\w.]*$",
    re.IGNORECASE,
)
_NO_DATA: Final = re.compile(
    r"(?:^|/)(?:\.github|\.gitlab|\.circleci|\.ci|docs?|testdata|node_modules)/|(?:^|/)(?:\.gitlab-ci\.yml|\.golangci\.ya?ml"
    r"|CHANGELOG[^/]*|LICENSE[^/]*|README[^/]*|package(?:-lock)?\.json)$|_test\.\w+$",
    re.IGNORECASE,
)


class Setting(NamedTuple):
    """A key whose value differs; None: it is not there. `above`: the keys that it is below, outermost first."""

    key: str
    above: tuple[str, ...]
    old: str | None
    new: str | None


def is_data(path: str) -> bool:
    """Whether a file may be data that a program reads: neither code, nor for people or for CI."""
    return bool(_DATA.search(path)) and not _NO_DATA.search(path)


# What a commit made of a file is what the next one found.
@lru_cache(maxsize=16)
def _rows(text: str) -> tuple[tuple[str, tuple[str, ...], str, str], ...]:
    """Key, keys above, value and the line without white space, for each line."""
    found: list[tuple[str, tuple[str, ...], str, str]] = []
    open_keys: list[tuple[int, str]] = []
    section: tuple[str, ...] = ()
    for line in text.splitlines()[:_MOST_LINES]:
        bare = line.strip()
        if not bare or bare.startswith(("#", "//", ";", "<!--")):
            continue
        head = _SECTION.match(line)
        if head is not None:
            section = tuple(part.strip(' "') for part in head[1].split("."))
            open_keys = []
            continue
        if bare.lstrip("- ").startswith("{") and _INLINE.search(bare):
            # `{"name": "a", "steps": [2, 7]}`: an object in one line.
            above = (*section, *(key for _, key in open_keys))
            pairs = ((m[1], m[2].strip().strip("\"'")) for m in _INLINE.finditer(bare))
            found.extend((key, above, value, bare) for key, value in pairs)
            continue
        pair = _PAIR.match(line)
        if pair is None:
            above = (*section, *(key for _, key in open_keys))
            found.append(("", above, bare.rstrip(","), bare))
            continue
        indent = len(pair["indent"].expandtabs(4))
        while open_keys and open_keys[-1][0] >= indent:
            open_keys.pop()
        key, value = pair["key"].strip(), pair["value"]
        above = (*section, *(name for _, name in open_keys))
        parts = key.split(".")
        if len(parts) > 1:
            above, key = (*above, *parts[:-1]), parts[-1]
        found.append((key, above, value.strip().strip("\"'"), bare))
        if not value or value in ("{", "[", "|", ">"):
            open_keys.append((indent, key))
    return tuple(found)


def settings(before: str, after: str) -> list[Setting]:
    """What differs, in the order of the file."""
    old, new = _rows(before), _rows(after)
    one = [(key, above, value) for key, above, value, _ in old]
    two = [(key, above, value) for key, above, value, _ in new]
    matcher = SequenceMatcher(None, one, two, autojunk=len(one) + len(two) > _LONG)
    gone: dict[tuple[str, tuple[str, ...]], str] = {}
    came: dict[tuple[str, tuple[str, ...]], str] = {}
    found: list[Setting] = []
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            continue
        for key, above, value in one[a:b]:
            gone[key or value, above] = value
        for key, above, value in two[c:d]:
            came[key or value, above] = value
    for name in dict.fromkeys((*gone, *came)):
        was, now = gone.get(name), came.get(name)
        if was != now:
            found.append(Setting(name[0], name[1], was, now))
    return found


def plausible(setting: Setting, failure: str) -> tuple[float, str]:  # noqa: PLR0911 - a table of cases
    """How well a value fits what failed, 0..1, and why."""
    new, old = setting.new, setting.old
    lost = form_lost(setting)
    if lost:
        return 1.0, lost
    number = _number(new)
    empty = new is None or new.lower() in ("", "null", "~", "none", "[]", "{}", "nil")
    if failure == "divide-by-zero":
        if number == 0 or empty:
            return 1.0, "it is zero now"
        return 0.12, "it is not zero"
    if failure in ("makeslice", "out-of-memory", "negative-shift"):
        if number is not None and (number < 0 or number > 1 << 20):
            return 1.0, "no size is like that"
        return 0.4, ""
    if failure in ("index-out-of-range", "slice-out-of-range", "slice-to-array"):
        if empty or (number is not None and number <= 0):
            return 1.0, "it is empty, zero or negative now"
        return 0.7, ""
    if failure in ("nil-dereference", "nil-map-write"):
        return (1.0, "it is empty or gone") if empty else (0.55, "")
    if failure == "type-assertion":
        same = (number is None) == (_number(old) is None)
        return (0.4, "") if same and not empty else (1.0, "it is of another type now")
    return (0.6, "")


# https://pkg.go.dev/time#ParseDuration: no days, no weeks.
_DURATION: Final = re.compile(r"[-+]?(?:0|(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)")
# Beside what https://pkg.go.dev/strconv#ParseBool reads, what YAML 1.1 does.
_BOOL: Final = re.compile(r"true|false|t|f|1|0|yes|no|on|off|y|n", re.IGNORECASE)
_SAYS_BOOL: Final = ("true", "false")


def form_lost(setting: Setting) -> str:
    """What a value is no longer, so that whoever reads it as that finds none; or nothing.

    A program that takes it for a number, a duration or a truth value has an error now, or goes on with zero.
    """
    if setting.old is None or setting.new is None:
        return ""
    old, new = setting.old.strip("\"' "), setting.new.strip("\"' ")
    if _number(old) is not None:
        return "it is no number any more" if _number(new) is None else ""
    if _DURATION.fullmatch(old):
        return "" if _DURATION.fullmatch(new) else "it is no duration any more"
    if old.lower() in _SAYS_BOOL and not _BOOL.fullmatch(new):
        return "it is neither true nor false any more"
    return ""


def _number(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        return float(text.strip("\"' "))
    except ValueError:
        return None


def undone(before: str, after: str, now: str) -> bool:
    """Whether all that differed after an edit is by now as it was before it, line by line."""
    old, new, last = (Counter(text.splitlines()[:_MOST_LINES]) for text in (before, after, now))
    gone, came = old - new, new - old
    return bool(gone or came) and not came & last and gone <= last


def reshaped(before: str, after: str) -> float:
    """How much the lines of a file changed in shape, 0..1: parts that are gone, empty, zero, or of another type."""
    old, new = before.splitlines()[:_MOST_LINES], after.splitlines()[:_MOST_LINES]
    widths = Counter(len(_SPLITS.split(line.strip())) for line in new if line.strip())
    usual = max(widths, key=lambda width: (widths[width], width), default=0)
    matcher = SequenceMatcher(None, old, new, autojunk=len(old) + len(new) > _LONG)
    best = 0.0
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            continue
        for one, two in zip(old[a:b], new[c:d], strict=False):
            parts = [len(_SPLITS.split(line.strip())) for line in (one, two)]
            if parts[0] < parts[1] == usual and _KEY.search(two) is None:
                # A row that lacked something is as the others are.
                best = max(best, _AS_OTHERS)
            else:
                best = max(best, 0.5, _reshaped(one, two))
        if b - a != d - c or tag == "insert":
            best = max(best, 0.7 if tag == "delete" else 0.5)
    return best


_AS_OTHERS: Final = 0.2
_SPLITS: Final = re.compile(r"[,;|\t=: ]+")
_KEY: Final = re.compile(r"""["']?([A-Za-z_][\w.\-]*)["']?\s*[:=]""")


def _reshaped(old: str, new: str) -> float:
    gone = set(_KEY.findall(old)) - set(_KEY.findall(new))
    if gone and _KEY.search(new):
        # Whoever asks for it by its name finds nothing.
        return 1.0
    one, two = _SPLITS.split(old.strip()), _SPLITS.split(new.strip())
    if len(one) < len(two) and "[" in old and _KEY.search(old):
        # A list in a line with keys that got longer: each element is as those were.
        return 0.5
    if len(one) != len(two):
        return 1.0
    worst = 0.4
    for was, now in zip(one, two, strict=True):
        if was != now and (
            not now or _number(now) == 0 or (_number(was) is None) != (_number(now) is None)
        ):
            worst = 1.0
    return worst
