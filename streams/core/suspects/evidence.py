"""What speaks for and against one commit: its edits against what the crash depends on.

In: a Change, its edits, a Dependence, the code before and after the range. Out: Signals with a weight 0..1 and the
reason, one for each edit that may matter. What is undone at the revision that crashed, or only brings back what ran
well before, weighs next to nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Final, NamedTuple

import msgspec
from rapidfuzz import fuzz

from streams.core.source.lineage import folder_of
from streams.core.source.syntax import Function, declarations, function_of
from streams.core.suspects.beside import NOTHING_WITHIN, Beside
from streams.core.suspects.checks import bounded
from streams.core.suspects.closeness import Closeness
from streams.core.suspects.compare import said
from streams.core.suspects.content import RUNTIME, Content, Seen, content_of, is_concurrent
from streams.core.suspects.divisors import divides_by_less
from streams.core.suspects.edits import Edit, edited, names_of
from streams.core.suspects.fit import fit_of, other_side, shown, wrapped
from streams.core.suspects.joining import Met, joins
from streams.core.suspects.literal import (
    complains_of_other,
    names_type,
    only_elements,
    only_indexed,
    other_elements,
)
from streams.core.suspects.nature import nature_of
from streams.core.suspects.pairs import Pair, paired
from streams.core.suspects.renames import combined, rewrite
from streams.core.suspects.scene import UNDONE, Scene, Signal
from streams.model.change import Change

_THROUGH_CALLS: Final = 0.85
_ELEMENTS: Final = 0.2
_COMPLAINS: Final = 0.1
# So near is the other side of what goroutines do together, in a package of the stack; and what leads to the stack now.
_OTHER_SIDE: Final = 0.75
_BESIDE_STACK: Final = 0.5
_OPENS: Final = 0.8
_AGAIN: Final = 0.9
_NEW_WAY: Final = 0.95
_SWITCHES: Final = 0.8
_NAMES: Final = 0.85
_SHOWN: Final = 0.75
_WRAPPED: Final = 0.85
_CERTAIN: Final = 0.9


class _Born(NamedTuple):
    """What a commit declared that was not there; `first`: it ran in the revision that crashed first."""

    names: frozenset[str]
    first: bool


class Weighing:
    """Weighs commits for one crash."""

    def __init__(self, scene: Scene) -> None:
        """Nothing is read yet."""
        self._scene = scene
        key = scene.key
        self._closeness = Closeness(
            scene.dependence, key.failure, key.kind, scene.code.function_names
        )
        self._beside = Beside(scene)
        # Ids of contents before the range of a commit, by path and the number of its steps.
        self._bases: dict[int, dict[str, str]] = {}
        # Names and paths that later commits gave; commits are weighed from the newest to the oldest.
        self._names: dict[bytes, bytes] = {}
        self._edits: dict[str, tuple[Edit, ...]] = {}
        self._paths: dict[str, str] = {}
        self._by_folder: dict[str, frozenset[str]] = {}

    def prepare(self, changes: Sequence[Change], bases: Mapping[int, Mapping[str, str]]) -> None:
        """Read what commits edited, the newest first, all with the names and paths that the last of them has.

        `bases`: ids of contents before a range, by its number of steps and path.
        """
        for change in changes:
            for file in change.files:
                if file.old and file.status == "R":
                    self._paths.setdefault(file.old, self._paths.get(file.path, file.path))
        self._bases = {
            steps: {self._paths.get(path, path): blob for path, blob in base.items()}
            for steps, base in bases.items()
        }
        relevant = [(change.sha, self._relevant(change)) for change in changes]
        for _, change in relevant:
            self._names = combined(names_of(change, self._scene.read), self._names)
        for sha, change in relevant:
            if change.files:
                self._edits[sha] = edited(change, self._scene.read, self._names, self._paths)

    def weigh(self, change: Change, steps: int) -> list[Signal]:
        """Signals of a commit that was prepared, the strongest first. `steps`: of its range."""
        base = self._bases[steps]
        edits = self._edits.get(change.sha, ())
        names = frozenset(e.name.rpartition(".")[2] for e in edits if e.before is None)
        signals = (self._edit(edit, _Born(names, steps == 0), base) for edit in edits)
        found = [signal for signal in signals if signal is not None]
        vendors = any(_is_vendored(f.path) for f in change.files)
        beside = vendors and not self._vendored(edits, found)
        if vendors:
            found = self._beside.within(change, found)
        for file in change.files:
            for signal in self._beside.signals(file, base):
                if signal.rule == "dependency" and beside:
                    found.append(signal._replace(weight=signal.weight * NOTHING_WITHIN))
                else:
                    found.append(signal)
        return sorted(found, key=lambda s: (-s.weight, s.path, s.detail))

    def _vendored(self, edits: Sequence[Edit], found: Sequence[Signal]) -> bool:
        """Whether what it edits of vendored code is on the stack, or matters otherwise."""
        foreign = {
            frame.function.rpartition(".")[2] for frame in self._scene.key.frames if not frame.own
        }
        return any(s.weight >= _MATTERS for s in found if _is_vendored(s.path)) or any(
            edit.name.rpartition(".")[2] in foreign
            for edit in edits
            if edit.before is not None and _is_vendored(edit.path)
        )

    def _relevant(self, change: Change) -> Change:
        """The commit with those Go files that may matter: of packages that the crash depends on."""
        files = tuple(
            f
            for f in change.files
            if f.path.endswith(".go")
            and not self._folders.isdisjoint(
                (folder_of(f.path), folder_of(self._paths.get(f.path, f.path)), folder_of(f.old))
            )
        )
        return msgspec.structs.replace(change, files=files)

    @cached_property
    def _folders(self) -> frozenset[str]:
        """Packages that the crash depends on."""
        dependence = self._scene.dependence
        named = (folder for folder, _ in (*dependence.functions, *dependence.idents))
        return frozenset((*dependence.folders, *named))

    def _edit(self, edit: Edit, born: _Born, base: Mapping[str, str]) -> Signal | None:
        scene = self._scene
        content = content_of(edit, scene.stands)
        if not content.removed and not content.added:
            return None
        near, why, certain, standing = self._near(edit, content, born)
        if near <= 0:
            return None
        use = scene.dependence.functions.get((edit.folder, edit.name))
        on_stack = use is not None and use.level is not None
        nature = nature_of(Seen(edit, content, scene.key.failure, scene.key.numbers, on_stack))
        fit, fitting = (1.0, certain) if certain else self._fit(edit, content)
        weight = max(nature.weight, _CERTAIN) if certain else nature.weight
        beside = nature.kind == "clamp-added" and use is not None and not bounded(use.at)
        if standing and (beside or nature.kind in {"added", "changed"}):
            # A bound that stands beside what it wrote is none of that.
            weight = 1.0
        alive = self._alive(edit, content, base)
        spoken = self._spoken(content)
        total = max(near, 0.9 if spoken else 0.0) * weight * fit * alive
        if spoken:
            why = "it writes the text of the message"
        parts = [why, nature.why, fitting]
        if alive < 1:
            parts.append("little of it is left in the revision that crashed, or new in it")
        detail = f"{edit.name}: " + "; ".join(p for p in parts if p)
        return Signal(nature.kind, _KINDS.get(nature.kind, "proximity"), total, detail, edit.path)

    def _near(self, edit: Edit, content: Content, born: _Born) -> tuple[float, str, str, bool]:
        """How near an edit is, why, what of it tells for certain, and whether it wrote what the stack stands on."""
        key = self._scene.key
        near, why, standing = self._closeness.of(edit, content)
        certain = other_side(content, key.failure)
        beside = self._scene.dependence.folders.get(edit.folder, 0.0) >= _BESIDE_STACK
        if certain and beside:
            near = max(near, _OTHER_SIDE)
        certain = certain if near >= _OTHER_SIDE else ""
        for floor, reason in self._ways(edit, content, born, about=near > 0 or beside):
            near, certain = max(near, floor), reason
        for floor, reason in self._shown(edit, content, about=near > 0):
            near, certain = max(near, floor), reason or certain
        return near, why, certain, standing

    def _ways(
        self, edit: Edit, content: Content, born: _Born, *, about: bool
    ) -> Iterator[tuple[float, str]]:
        """How the stack is reached since, or by whom at once, each with how near that is. `about`: it is no other's."""
        way = self._new_way(edit, content, born)
        if way:
            yield way, f"the stack goes through {edit.name}, which is new"
        switch = self._switches(content) if about else ""
        if switch:
            yield _SWITCHES, f"whether the stack is reached depends on {switch}"
        met = joins(edit, content, born.names, self._met(edit.folder)) if about else ""
        if met:
            yield _AGAIN, met
        again = self._closeness.again(content) if edit.before is not None else ""
        beside = self._scene.dependence.folders.get(edit.folder, 0.0) >= _BESIDE_STACK
        if again and again not in born.names and beside:
            yield _AGAIN, f"it calls {again} once more, and goroutines met"
        opened = self._closeness.opens(content) if edit.before is not None else ""
        if opened and opened not in born.names:
            yield _OPENS, f"since it {opened} is reached from there"

    def _shown(self, edit: Edit, content: Content, *, about: bool) -> Iterator[tuple[float, str]]:
        """What the crash shows of an edit."""
        key = self._scene.key
        if not about:
            return
        named = names_type(content, key.message)
        if named:
            yield _NAMES, f"the message says {named}, which it puts in"
        lost = self._beside.said(content.out - content.put) if edit.kind == "type" else ""
        if lost:
            yield _NAMES, f"the message says {lost}, which it takes away"
        narrow = wrapped(content, key.numbers)
        if narrow:
            yield _WRAPPED, f"the crash shows the largest value of {narrow}"
        if edit.kind == "constant" and shown(content, key.failure, key.numbers):
            yield _SHOWN, ""
        grown = edit.kind == "variable" and edit.before is not None
        if grown and shown(content, key.failure, key.numbers):
            # What is put into a table is an element; a constant may be a bound as well.
            yield _SHOWN, "the crash shows a number that it puts in"

    def _new_way(self, edit: Edit, content: Content, born: _Born) -> float:
        """How near a function of the stack is that a commit made, on the way to an older one where it failed.

        One that is made of statements which stood elsewhere before is none, nor one that ran here before.
        """
        if not born.first:
            return 0.0
        functions = self._scene.dependence.functions
        use = functions.get((edit.folder, edit.name))
        if edit.kind != "function" or edit.before is not None or use is None or not use.level:
            return 0.0
        failed = (name for (_, name), other in functions.items() if other.level == 0)
        wrote = bool(use.at) and any(part.text == use.at for part in content.added)
        older = not any(name.rpartition(".")[2] in born.names for name in failed)
        return use.near * _NEW_WAY if wrote and older else 0.0

    def _switches(self, content: Content) -> str:
        """The name that is true now and was false, or the other way round, and that a condition around the stack is."""
        for pair in paired(content.removed, content.added):
            change = pair.differs()
            if {change.gone, change.came} == {("true",), ("false",)}:
                found = (change.keys or change.left) & self._scene.dependence.gates
                if found:
                    return min(found)
        return ""

    def _met(self, folder: str) -> Met:
        code = self._scene.code
        sources = [code.read(path) for path in code.sources(folder)]
        key = self._scene.key
        return Met(key.failure, key.kind, sources, self._closeness.standing)

    def _fit(self, edit: Edit, content: Content) -> tuple[float, str]:
        key = self._scene.key
        fit, fitting = fit_of(content, key.failure, key.kind)
        if is_concurrent(key.failure, key.kind) and fit < _THROUGH_CALLS:
            # A call that stays, with another argument, does of what is shared what it did.
            calls = (content.out ^ content.put) & self._scene.code.sharing(edit.folder)
            if calls:
                why = f"{min(calls)} does what goroutines share, and they met"
                return _THROUGH_CALLS, why
        if key.failure == "divide-by-zero" and edit.kind == "constant":
            standing = self._scene.dependence.functions.items()
            own = [u.function for (f, _), u in standing if f == edit.folder and u.function]
            if divides_by_less(content.removed, content.added, own):
                return _ELEMENTS, "it divides by less than before, which makes no zero"
        measured = self._scene.dependence.measured
        if self._indexes_other(edit, content):
            return _ELEMENTS, "it puts other elements into a list, and their number failed"
        if complains_of_other(content, key.message):
            return _COMPLAINS, "what the message complains about is not in it"
        if measured and only_elements(paired(content.removed, content.added)):
            return _ELEMENTS, "it puts other elements in, and their number failed"
        return fit, fitting

    def _indexes_other(self, edit: Edit, content: Content) -> bool:
        """Whether it only gives the list that was indexed other elements."""
        dependence = self._scene.dependence
        if edit.kind != "variable" or not other_elements(content):
            return False
        indexed = [name for name in edit.names if (edit.folder, name) in dependence.indexed]
        functions = [
            use.function
            for (folder, _), use in dependence.functions.items()
            if folder == edit.folder and use.function is not None
        ]
        return len(indexed) == 1 and only_indexed(indexed[0], functions)

    def _alive(self, edit: Edit, content: Content, base: Mapping[str, str]) -> float:
        """How much of an edit is in the revision that crashed and was not before the range, 0.04..1.

        What was edited again since is taken to be alive: only what is clearly undone, or was there before, is not.
        """
        if edit.kind not in ("function", "variable"):
            return 1.0
        now = self._scene.code.function(edit.folder, edit.name)
        was = self._before(edit, base)
        if now is None and edit.after is None:
            return 1.0
        now_texts = Counter(said(s) for s in now.statements) if now else Counter[str]()
        was_texts = Counter(said(s) for function in was for s in function.statements)
        after = Counter(said(s) for s in edit.after.statements) if edit.after else Counter[str]()
        effects = [
            self._effect(pair, now_texts, was_texts, edit, after)
            for pair in paired(content.removed, content.added)
            if not any(part.moved or part.node is None for part in pair if part is not None)
        ]
        return max(UNDONE, sum(effects) / len(effects)) if effects else 1.0

    def _effect(
        self, pair: Pair, now: Counter[str], was: Counter[str], edit: Edit, after: Counter[str]
    ) -> float:
        old = pair.old.text if pair.old else ""
        new = pair.new.text if pair.new else ""
        # Once more is not the same as before: a second call does something else.
        often = max(1, after[new]) if new else 0
        restores = was[new] >= often and (not old or not was[old])
        if restores and was:
            return 0.0
        if new and not now[new]:
            if old:
                return float(not now[old])
            # A statement that is gone, or edited, or cut out into a function of its own.
            telling = len(new) > _TELLING
            if telling and new in self._texts(edit.folder):
                return 1.0
            alike = max((fuzz.ratio(new, text) for text in now), default=0.0) if telling else 0.0
            return 1.0 if alike >= _EDITED else 0.0
        if not new and now[old] >= max(1, was[old]):
            return 0.0
        return 1.0

    def _texts(self, folder: str) -> frozenset[str]:
        """Statements of the functions of a package that the crash depends on."""
        if folder not in self._by_folder:
            self._by_folder[folder] = frozenset(
                said(statement)
                for (own, _), use in self._scene.dependence.functions.items()
                if own == folder and use.function is not None
                for statement in use.function.statements
            )
        return self._by_folder[folder]

    def _before(self, edit: Edit, base: Mapping[str, str]) -> list[Function]:
        """The declarations of a name before the range: one, but of `init` there may be several."""
        blob = base.get(edit.path)
        data = rewrite(self._scene.read(blob), self._names) if blob else b""
        return [function_of(data, d) for d in declarations(data) if d.name == edit.name]

    def _spoken(self, content: Content) -> bool:
        """Whether what is added has the text that the crash says, by a literal of some length."""
        message = self._scene.key.message
        if message.startswith("runtime error") or self._scene.key.failure in RUNTIME:
            return False
        for part in content.added:
            for word in part.words:
                if word[:1] in '"`' and len(word) > _TELLING:
                    pieces = [
                        p
                        for p in re.split(r"%[-+# 0-9.*]*[a-zA-Z]", word[1:-1])
                        if len(p) >= _PIECE
                    ]
                    if pieces and all(piece.strip() in message for piece in pieces):
                        return True
        return False


def _is_vendored(path: str) -> bool:
    return path.endswith(".go") and ("vendor" in path.split("/"))


# A weight from which on an edit of vendored code says that the new version matters.
_MATTERS: Final = 0.1
_TELLING: Final = 8
_PIECE: Final = 4
# So alike are two versions of one statement.
_EDITED: Final = 70.0
_KINDS: Final = {
    "check-removed": "deletion",
    "lock-removed": "deletion",
    "removed": "deletion",
    "clamp-removed": "deletion",
    "goroutine-added": "concurrency",
    "lock-added": "concurrency",
}
