"""What a commit changed, as edits of declarations: statements taken out and put in, lines of types and constants.

In: a Change and a reader of contents. Out: Edits, without what cannot matter: comments, formatting, consistent renames
of locals, moves of whole functions, imports, tests. Of a merge only what no parent has.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, Literal, NamedTuple

import msgspec

from streams.core.source.lineage import folder_of
from streams.core.source.nodes import text_of
from streams.core.source.syntax import (
    Declared,
    Function,
    declarations,
    function_of,
    package_name,
)
from streams.core.suspects.code import Read, is_test
from streams.core.suspects.compare import MOST_STATEMENTS, Hunk, Part, compared, part_of
from streams.core.suspects.lines import declared_lines, line_of, named_by, numbers_of
from streams.core.suspects.renames import declared as names_declared
from streams.core.suspects.renames import renamed, rewrite
from streams.core.suspects.rewritten import branches_swapped
from streams.model.change import Change, FileChange

_SAME_CODE: Final = 0.75
_INIT: Final = "init"
# Shorter statements are everywhere.
_TELLING: Final = 10

_SYNCHRONISES: Final = re.compile(
    r"defer |go |(?:close \(|[\w. ]* \. (?:R?Lock|R?Unlock|Wait|Done|Add|Close|Stop|Cancel) \()|.* <- "
)

Kind = Literal["function", "variable", "type", "constant"]


class Edit(NamedTuple):
    """What a commit did to one declaration. `before`, `after`: the function, None where there is none."""

    path: str
    folder: str
    name: str
    kind: Kind
    removed: tuple[Part, ...]
    added: tuple[Part, ...]
    before: Function | None = None
    after: Function | None = None
    names: frozenset[str] = frozenset()
    package: str = ""
    # Constants of `iota` groups that got another number.
    numbered: frozenset[str] = frozenset()


class _Whole(NamedTuple):
    """A function, or the variables, of a version of a file."""

    file: FileChange
    declared: Declared
    data: bytes

    def function(self) -> Function:
        return function_of(self.data, self.declared)

    def text(self) -> bytes:
        return self.data[self.declared.start : self.declared.end]


def names_of(change: Change, read: Read) -> Mapping[bytes, bytes]:
    """The names that a commit gave to what others use, by the names that these had."""
    pairs = [
        (read(f.before[0]) if f.before[0] else b"", read(f.after) if f.after else b"")
        for f in change.files
        if _is_code(f)
    ]
    names = renamed(pairs)
    shared = names_declared(before for before, _ in pairs) if names else set()
    return {old: new for old, new in names.items() if old in shared}


def edited(
    change: Change, read: Read, later: Mapping[bytes, bytes], paths: Mapping[str, str]
) -> tuple[Edit, ...]:
    """The edits of a commit's Go files as if all had the names and paths that later commits gave them.

    `later`: names by those that commits of the range knew; `paths`: where files are later.
    """
    files = [f for f in change.files if _is_code(f)]
    own = renamed(
        (
            rewrite(read(f.before[0]), later) if f.before[0] else b"",
            rewrite(read(f.after), later) if f.after else b"",
        )
        for f in files
    )

    def before_of(blob: str) -> bytes:
        return rewrite(rewrite(read(blob), later), own)

    def after_of(blob: str) -> bytes:
        return rewrite(read(blob), later)

    moved = msgspec.structs.replace(
        change,
        files=tuple(msgspec.structs.replace(f, path=paths.get(f.path, f.path)) for f in files),
    )
    return edits_of(moved, before_of, after_of)


def _is_code(file: FileChange) -> bool:
    return bool(file.plain and file.before and file.path.endswith(".go") and not is_test(file.path))


def edits_of(change: Change, before_of: Read, after_of: Read) -> tuple[Edit, ...]:
    """The edits of a commit's Go files; empty where nothing in them can matter."""
    found: list[Edit] = []
    born: list[_Whole] = []
    gone: list[_Whole] = []
    for file in change.files:
        if not _is_code(file):
            continue
        after = after_of(file.after) if file.after else b""
        before = before_of(file.before[0]) if file.before[0] else b""
        if (file.after and not after) or (file.before[0] and not before):
            continue
        others = [before_of(blob) if blob else b"" for blob in file.before[1:]]
        born.extend(_only(file, after, before))
        gone.extend(_only(file, before, after))
        found.extend(_functions(file, before, after, others))
        found.extend(_others(file, before, after, others))
    found.extend(_moved(born, gone))
    return tuple(edit for edit in without_moves(found) if edit.removed or edit.added)


def without_moves(edits: Sequence[Edit]) -> list[Edit]:
    """Edits without statements that only went from one function to another: cut out, or put in where it was called."""
    # Per function what is in it once more, or once less.
    out: Counter[str] = Counter()
    put: Counter[str] = Counter()
    for name in sorted({(e.path, e.name) for e in edits}):
        own = [e for e in edits if (e.path, e.name) == name]
        gone = Counter(p.text for e in own for p in e.removed if len(p.text) >= _TELLING)
        came = Counter(p.text for e in own for p in e.added if len(p.text) >= _TELLING)
        out += gone - came
        put += came - gone
    both = out & put
    # Who closes, locks or waits, and when, is the change, unless a whole function was cut out or put in.
    if all(edit.before is not None and edit.after is not None for edit in edits):
        both = Counter({text: n for text, n in both.items() if not _SYNCHRONISES.match(text)})
    if not both:
        return list(edits)
    left = [
        edit._replace(
            removed=tuple(p for p in edit.removed if p.moved or not both[p.text]),
            added=tuple(p for p in edit.added if p.moved or not both[p.text]),
        )
        for edit in edits
    ]
    # A function that is made of what was elsewhere, or went there: calls of it stand for its statements.
    cut: set[str] = set()
    for before, after in zip(edits, left, strict=True):
        whole = before.before is None or before.after is None
        size = len(before.removed) + len(before.added)
        rest = [p for p in (*after.removed, *after.added) if not p.text.startswith("return")]
        if whole and size and len(rest) * 3 <= size:
            cut.add(before.name.rpartition(".")[2])
    if not cut:
        return left
    calls = re.compile(r"\b(?:" + "|".join(re.escape(name) for name in sorted(cut)) + r") \(")
    return [
        edit._replace(removed=(), added=())
        if edit.name.rpartition(".")[2] in cut
        else edit._replace(
            removed=tuple(p for p in edit.removed if not calls.search(p.text)),
            added=tuple(p for p in edit.added if not calls.search(p.text)),
        )
        for edit in left
    ]


def _by_name(data: bytes) -> dict[str, Declared]:
    return {declared.name: declared for declared in declarations(data)}


def _only(file: FileChange, data: bytes, other: bytes) -> list[_Whole]:
    """What is declared in a version of a file, and not in the other."""
    there = _by_name(other)
    return [_Whole(file, d, data) for name, d in _by_name(data).items() if name not in there]


def _functions(
    file: FileChange, before: bytes, after: bytes, others: Sequence[bytes]
) -> Iterator[Edit]:
    """Edits of what both versions of a file declare."""
    yield from _inits(file, before, after)
    old = _by_name(before)
    for name, declared in _by_name(after).items():
        was = old.get(name) if name != _INIT else None
        if was is None:
            continue
        if before[was.start : was.end] == after[declared.start : declared.end]:
            continue
        one, two = function_of(before, was), function_of(after, declared)
        theirs = [
            compared(function_of(other, third), two)
            for other in others
            for third in declarations(other)
            if third.name == name
        ]
        hunks = compared(one, two)
        out, put = ([p for hunk in hunks for p in hunk[side]] for side in (0, 1))
        if branches_swapped(out, put):
            continue
        for hunk in hunks:
            own = _of_merge(hunk, theirs)
            if own.removed or own.added:
                yield _edit(_Whole(file, declared, after), own, one, two)


def _inits(file: FileChange, before: bytes, after: bytes) -> Iterator[Edit]:
    """Edits of `init`, of which a file may have several: those that are as they were do not count."""
    old = [_Whole(file, d, before) for d in declarations(before) if d.name == _INIT]
    new = [_Whole(file, d, after) for d in declarations(after) if d.name == _INIT]
    if not old or not new:
        return
    kept = Counter(whole.text() for whole in old) & Counter(whole.text() for whole in new)
    one = list(_without(old, kept))
    two = list(_without(new, kept))
    for was, now in zip(one, two, strict=False):
        for hunk in compared(was.function(), now.function()):
            yield _edit(now, hunk, was.function(), now.function())
    for whole in one[len(two) :]:
        function = whole.function()
        yield _edit(whole, Hunk(_parts(function), ()), function, None)
    for whole in two[len(one) :]:
        function = whole.function()
        yield _edit(whole, Hunk((), _parts(function)), None, function)


def _without(wholes: Sequence[_Whole], kept: Counter[bytes]) -> Iterator[_Whole]:
    left = Counter(kept)
    for whole in wholes:
        if left[whole.text()]:
            left[whole.text()] -= 1
        else:
            yield whole


def _of_merge(hunk: Hunk, theirs: Sequence[Sequence[Hunk]]) -> Hunk:
    """Of a merge: what the other side has so is no change of the merge."""
    removed, added = hunk
    for hunks in theirs:
        out = Counter(part.text for other in hunks for part in other.removed)
        put = Counter(part.text for other in hunks for part in other.added)
        removed = tuple(part for part in removed if out[part.text])
        added = tuple(part for part in added if put[part.text])
        if _of_either(*hunk, hunks):
            return Hunk((), ())
    return Hunk(removed, added)


def _of_either(removed: Sequence[Part], added: Sequence[Part], hunks: Sequence[Hunk]) -> bool:
    """Whether what differs between commas does so against one side alone: a table that both sides added to."""
    if not removed or not added:
        return False
    out, put = _pieces(removed), _pieces(added)
    other_out = _pieces(part for hunk in hunks for part in hunk.removed)
    other_put = _pieces(part for hunk in hunks for part in hunk.added)
    return not ((put - out) & (other_put - other_out)) and not (
        (out - put) & (other_out - other_put)
    )


def _pieces(parts: Iterable[Part]) -> Counter[str]:
    return Counter(piece for part in parts for piece in " ".join(part.words).split(" , "))


def _moved(born: Sequence[_Whole], gone: Sequence[_Whole]) -> Iterator[Edit]:
    """Functions that are new, each against the one of a commit that is gone and is alike; the rest as they are."""
    left = list(gone)
    for new in born:
        function = new.function()
        best, most = None, _SAME_CODE
        for item in left:
            named = item.declared.name == new.declared.name
            if named and folder_of(item.file.path) == folder_of(new.file.path):
                # A package has one function of a name.
                best, most = item, float("inf")
                break
            alike = _alike(function, item.function(), same_name=named)
            if alike >= most:
                best, most = item, alike
        if best is None:
            yield _edit(new, Hunk((), _parts(function)), None, function)
            continue
        left.remove(best)
        was = best.function()
        for hunk in compared(was, function):
            yield _edit(new, hunk, was, function)
    for old in left:
        function = old.function()
        yield _edit(old, Hunk(_parts(function), ()), function, None)


def _alike(one: Function, other: Function, *, same_name: bool) -> float:
    a, b = Counter(s.text for s in one.statements), Counter(s.text for s in other.statements)
    total = max(a.total(), b.total())
    shared = (a & b).total() / total if total else 0.0
    return shared + 0.3 if same_name else shared


def _edit(at: _Whole, hunk: Hunk, before: Function | None, after: Function | None) -> Edit:
    """`at`: where the function is, or was where it is gone."""
    path, name = at.file.path, at.declared.name
    kind: Kind = "variable" if name.startswith("var ") else "function"
    names = frozenset((name.removeprefix("var "),))
    if name == "var (":
        names = frozenset(
            text_of(n)
            for function in (before, after)
            if function is not None
            for statement in function.statements
            for n in statement.node.children_by_field_name("name")
            if any(statement.text == p.text for p in (*hunk.removed, *hunk.added))
        )
    package = package_name(at.data)
    return Edit(path, folder_of(path), name, kind, *hunk, before, after, names, package)


def _parts(function: Function) -> tuple[Part, ...]:
    return tuple(part_of(function, s) for s in function.statements[:MOST_STATEMENTS])


def _others(
    file: FileChange, before: bytes, after: bytes, others: Sequence[bytes]
) -> Iterator[Edit]:
    """Types and constants whose lines changed, without comments and white space."""
    old, new = declared_lines(before), declared_lines(after)
    theirs = [declared_lines(data) for data in others]
    one_numbers, two_numbers = numbers_of(before), numbers_of(after)
    two_types = {name: number.type for name, number in two_numbers.items()}
    numbered = frozenset(
        name
        for name, number in two_numbers.items()
        if one_numbers.get(name, number) != number
        and all(numbers_of(data).get(name, number) != number for data in others)
    )
    for key in sorted({*old, *new, *(("const (",) if numbered else ())}):
        one, two = old.get(key, {}), new.get(key, {})
        out = [line for line in one if line not in two]
        put = [line for line in two if line not in one]
        for third in theirs:
            out = [line for line in out if line in third.get(key, {})]
            put = [line for line in put if line not in third.get(key, {})]
        shifted = numbered if key == "const (" else frozenset[str]()
        of_types = frozenset(t for n in shifted if (t := two_types.get(n)))
        if shifted and not out and not put:
            out = put = [line for line in two if line.split()[0] in shifted]
        if not out and not put:
            continue
        kind: Kind = "type" if key.startswith("type") else "constant"
        names = frozenset((*(named_by(key, out)), *(named_by(key, put)), *shifted, *of_types))
        yield Edit(
            file.path,
            folder_of(file.path),
            key,
            kind,
            tuple(line_of(text) for text in out),
            tuple(line_of(text) for text in put),
            names=names,
            package=package_name(after or before),
            numbered=shifted,
        )
