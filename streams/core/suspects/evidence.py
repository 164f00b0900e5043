"""What speaks for and against one commit: its edits against what the crash depends on.

In: a Change, its edits, a Dependence, the code before and after the range. Out: Signals with a weight 0..1 and the
reason, one for each edit that may matter. What is undone at the revision that crashed, or only brings back what ran
well before, weighs next to nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Final, NamedTuple

from rapidfuzz import fuzz

from streams.core.source.lineage import folder_of
from streams.core.source.syntax import Function, declarations, function_of
from streams.core.suspects.closeness import Closeness
from streams.core.suspects.code import Code, embeds_of
from streams.core.suspects.compare import said
from streams.core.suspects.data import is_data, plausible, reshaped, settings
from streams.core.suspects.dependence import Dependence, plain
from streams.core.suspects.edits import Edit, edited, names_of
from streams.core.suspects.fit import fit_of, other_side, shown, wrapped
from streams.core.suspects.modules import Bump, bumps
from streams.core.suspects.nature import (
    Content,
    Crashing,
    content_of,
    is_concurrent,
    nature_of,
)
from streams.core.suspects.pairs import Pair, paired
from streams.core.suspects.renames import combined, rewrite
from streams.core.suspects.shared import only_elements
from streams.model.cause import CauseKey
from streams.model.change import Change, FileChange
from streams.model.text import from_bytes

Read = Callable[[str], bytes]

_THROUGH_CALLS: Final = 0.85
_UNDONE: Final = 0.04
_ELEMENTS: Final = 0.2
# So near is the other side of what goroutines do together, in a package of the stack; and what leads to the stack now.
_OTHER_SIDE: Final = 0.75
_BESIDE_STACK: Final = 0.5
_OPENS: Final = 0.8
_SHOWN: Final = 0.75
_WRAPPED: Final = 0.85
_CERTAIN: Final = 0.9


class Signal(NamedTuple):
    """`weight`: how strongly it speaks for the commit, 0..1. `rule`: which one; `kind`: of report evidence."""

    rule: str
    kind: str
    weight: float
    detail: str
    path: str


class Scene(NamedTuple):
    """What every commit is held against. `base`: contents of files before the range, by path."""

    key: CauseKey
    code: Code
    dependence: Dependence
    read: Read
    stands: frozenset[str]


class Weighing:
    """Weighs commits for one crash."""

    def __init__(self, scene: Scene) -> None:
        """Nothing is read yet."""
        self._scene = scene
        key = scene.key
        self._closeness = Closeness(
            scene.dependence, key.failure, key.kind, scene.code.function_names
        )
        self._base: dict[str, str] = {}
        # Names and paths that later commits gave; commits are weighed from the newest to the oldest.
        self._names: dict[bytes, bytes] = {}
        self._edits: dict[str, tuple[Edit, ...]] = {}
        self._paths: dict[str, str] = {}
        self._by_folder: dict[str, frozenset[str]] = {}

    @cached_property
    def _embedded(self) -> Mapping[str, float]:
        """Files and patterns that packages of the stack embed, with the closeness of the package."""
        code = self._scene.code
        found: dict[str, float] = {}
        dependence = self._scene.dependence
        on_stack = {f for (f, _), use in dependence.functions.items() if use.level is not None}
        for folder, near in dependence.folders.items():
            for path in code.sources(folder):
                for pattern, name in embeds_of(code.read(path)):
                    full = f"{folder}/{pattern}" if folder else pattern
                    ident = dependence.idents.get((folder, name), 0.0)
                    value = max(ident * 0.9, near * 0.35 if folder in on_stack else 0.0)
                    found[full] = max(value, found.get(full, 0.0))
        return found

    def prepare(self, changes: Sequence[Change]) -> None:
        """Read what commits edited, the newest first, all with the names and paths that the last of them has."""
        for change in changes:
            for file in change.files:
                if file.old and file.status == "R":
                    self._paths.setdefault(file.old, self._paths.get(file.path, file.path))
        relevant = [(change.sha, self._relevant(change)) for change in changes]
        for _, change in relevant:
            self._names = combined(names_of(change, self._scene.read), self._names)
        for sha, change in relevant:
            if change.files:
                self._edits[sha] = edited(change, self._scene.read, self._names, self._paths)

    def weigh(self, change: Change, base: Mapping[str, str]) -> list[Signal]:
        """Signals of a commit, the strongest first. `base`: ids of contents before its range, by path."""
        self._base = {self._paths.get(path, path): blob for path, blob in base.items()}
        edits = self._edits.get(change.sha, ())
        born = frozenset(e.name.rpartition(".")[2] for e in edits if e.before is None)
        signals = (self._edit(edit, born) for edit in edits)
        found = [signal for signal in signals if signal is not None]
        for file in change.files:
            name = file.path.rpartition("/")[2]
            if name == "go.mod":
                found.extend(self._modules(file))
            elif file.plain and is_data(file.path):
                found.extend(self._data(file))
                found.extend(self._said(file))
            elif file.plain and not file.path.endswith(".go"):
                found.extend(self._embedded_file(file))
        return sorted(found, key=lambda s: (-s.weight, s.path, s.detail))

    def _relevant(self, change: Change) -> Change:
        """The commit with those Go files that may matter: of packages that the crash depends on."""
        folders = self._scene.dependence.folders
        texts = {folder for folder, _ in self._scene.dependence.functions}
        idents = {folder for folder, _ in self._scene.dependence.idents}
        known = folders.keys() | texts | idents
        files = tuple(
            f
            for f in change.files
            if f.path.endswith(".go")
            and not known.isdisjoint(
                (folder_of(f.path), folder_of(self._paths.get(f.path, f.path)), folder_of(f.old))
            )
        )
        return Change(
            change.sha, change.parents, change.author, change.email, change.authored,
            change.committed, change.message, files,
        )  # fmt: skip

    # ---- code

    def _edit(self, edit: Edit, born: frozenset[str]) -> Signal | None:
        """`born`: functions that the commit made."""
        scene = self._scene
        content = content_of(edit, scene.stands)
        if not content.removed and not content.added:
            return None
        near, why, certain, standing = self._near(edit, content, born)
        if near <= 0:
            return None
        use = scene.dependence.functions.get((edit.folder, edit.name))
        crash = Crashing(scene.key.failure, scene.key.kind, scene.key.numbers)
        on_stack = use is not None and use.level is not None
        nature = nature_of(edit, content, crash, on_stack=on_stack)
        fit, fitting = (1.0, certain) if certain else self._fit(edit, content)
        weight = max(nature.weight, _CERTAIN) if certain else nature.weight
        if standing and nature.kind in {"added", "changed"}:
            weight = 1.0
        alive = self._alive(edit, content)
        spoken = self._spoken(content)
        total = max(near, 0.9 if spoken else 0.0) * weight * fit * alive
        if spoken:
            why = "it writes the text of the message"
        parts = [why, nature.why, fitting]
        if alive < 1:
            parts.append("little of it is left in the revision that crashed, or new in it")
        detail = f"{edit.name}: " + "; ".join(p for p in parts if p)
        return Signal(nature.kind, _KINDS.get(nature.kind, "proximity"), total, detail, edit.path)

    def _near(
        self, edit: Edit, content: Content, born: frozenset[str]
    ) -> tuple[float, str, str, bool]:
        """How near an edit is, why, what of it tells for certain, and whether it wrote what the stack stands on."""
        key = self._scene.key
        near, why, standing = self._closeness.of(edit, content)
        certain = other_side(content, key.failure)
        beside = self._scene.dependence.folders.get(edit.folder, 0.0) >= _BESIDE_STACK
        if certain and beside:
            near = max(near, _OTHER_SIDE)
        certain = certain if near >= _OTHER_SIDE else ""
        opened = self._closeness.opens(content) if edit.before is not None else ""
        if opened and opened not in born:
            near, certain = max(near, _OPENS), f"since it {opened} is reached from there"
        narrow = wrapped(content, key.numbers) if near > 0 else ""
        if narrow:
            near, certain = max(near, _WRAPPED), f"the crash shows the largest value of {narrow}"
        if near > 0 and edit.kind == "constant" and shown(content, key.failure, key.numbers):
            near = max(near, _SHOWN)
        return near, why, certain, standing

    def _fit(self, edit: Edit, content: Content) -> tuple[float, str]:
        key = self._scene.key
        fit, fitting = fit_of(content, key.failure, key.kind)
        if is_concurrent(key.failure, key.kind) and fit < _THROUGH_CALLS:
            calls = (content.out | content.put) & self._scene.code.sharing(edit.folder)
            if calls:
                why = f"{min(calls)} does what goroutines share, and they met"
                return _THROUGH_CALLS, why
        measured = self._scene.dependence.measured
        if measured and only_elements(paired(content.removed, content.added)):
            return _ELEMENTS, "it puts other elements in, and their number failed"
        return fit, fitting

    def _alive(self, edit: Edit, content: Content) -> float:
        """How much of an edit is in the revision that crashed and was not before the range, 0.04..1.

        What was edited again since is taken to be alive: only what is clearly undone, or was there before, is not.
        """
        if edit.kind not in ("function", "variable"):
            return 1.0
        now = self._scene.code.function(edit.folder, edit.name)
        was = self._before(edit)
        if now is None and edit.after is None:
            return 1.0
        now_texts = Counter(said(s) for s in now.statements) if now else Counter[str]()
        was_texts = Counter(said(s) for s in was.statements) if was else Counter[str]()
        effects = [
            self._effect(pair, now_texts, was_texts, edit)
            for pair in paired(content.removed, content.added)
            if not any(part.moved or part.node is None for part in pair if part is not None)
        ]
        return max(_UNDONE, sum(effects) / len(effects)) if effects else 1.0

    def _effect(self, pair: Pair, now: Counter[str], was: Counter[str], edit: Edit) -> float:
        old = pair.old.text if pair.old else ""
        new = pair.new.text if pair.new else ""
        restores = (not new or was[new] > 0) and (not old or not was[old])
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

    def _before(self, edit: Edit) -> Function | None:
        blob = self._base.get(edit.path)
        data = rewrite(self._scene.read(blob), self._names) if blob else b""
        for declared in declarations(data):
            if declared.name == edit.name:
                return function_of(data, declared)
        return None

    def _spoken(self, content: Content) -> bool:
        """Whether what is added has the text that the crash says, by a literal of some length."""
        message = self._scene.key.message
        if message.startswith("runtime error") or self._scene.key.failure in _RUNTIME:
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

    # ---- modules and data

    def _modules(self, file: FileChange) -> list[Signal]:
        read = self._scene.read
        before = from_bytes(read(file.before[0])) if file.before and file.before[0] else ""
        after = from_bytes(read(file.after)) if file.after else ""
        now = self._scene.code.go_mods.get(folder_of(file.path), "")
        held = {bump.module for bump in bumps(after, now)} if now else set()
        was = self._base.get(file.path)
        restored = {b.module for b in bumps(from_bytes(read(was)), after)} if was else None
        return [
            self._bump(bump, file.path, held, restored)
            for bump in bumps(before, after)
            if self._module_near(bump)[0] > 0
        ]

    def _bump(self, bump: Bump, path: str, held: set[str], restored: set[str] | None) -> Signal:
        near, why = self._module_near(bump)
        alive = 1.0
        if restored is not None and bump.module not in restored:
            alive = _UNDONE
        elif bump.module in held:
            alive = 0.5
        what = f"{bump.module} {bump.old or 'none'} -> {bump.new or 'none'}: {why}"
        return Signal("dependency", "dependency", near * 0.95 * alive, what, path)

    def _module_near(self, bump: Bump) -> tuple[float, str]:
        module = bump.module
        for level, frame in enumerate(self._scene.key.frames):
            package = frame.package or ""
            if not frame.own and (package == module or package.startswith(module + "/")):
                return max(0.5, 1.0 - level * 0.05), "it is on the stack"
        best, name = 0.0, ""
        for path, near in self._scene.dependence.modules.items():
            if (path == module or path.startswith(module + "/")) and near > best:
                best, name = near, ", ".join(sorted(self._scene.dependence.uses.get(path, ())))
        return best, f"what failed is made with its {name}" if best else ""

    def _data(self, file: FileChange) -> list[Signal]:
        read = self._scene.read
        before = from_bytes(read(file.before[0])) if file.before and file.before[0] else ""
        after = from_bytes(read(file.after)) if file.after else ""
        blob = self._scene.code.files.get(file.path)
        now = from_bytes(read(blob)) if blob else ""
        was = self._base.get(file.path)
        base = from_bytes(read(was)) if was else ""
        found = settings(before, after)
        since = {(s.key, s.above) for s in settings(base, now)} if was else None
        signals: list[Signal] = []
        best: Signal | None = None
        for setting in found[:400]:
            near, why = self._setting_near(setting.key, setting.above)
            if not near:
                continue
            fit, fitting = plausible(setting, self._scene.key.failure)
            alive = (
                _UNDONE if since is not None and (setting.key, setting.above) not in since else 1
            )
            name = ".".join((*setting.above, setting.key))
            detail = f"{name} = {setting.new if setting.new is not None else 'gone'}: {why}"
            detail = f"{detail}; {fitting}" if fitting else detail
            signal = Signal("setting", "config", near * fit * alive, detail, file.path)
            if best is None or signal.weight > best.weight:
                best = signal
        if best is not None:
            signals.append(best)
        return signals + self._embedded_file(file)

    def _setting_near(self, key: str, above: Sequence[str]) -> tuple[float, str]:
        words = self._scene.dependence.words
        near = words.get(plain(key), 0.0)
        if not near:
            return 0.0, ""
        known = [name for name in above if plain(name) in words]
        # Keys that no code names are structure, or sections of others.
        named = max((words[plain(name)] for name in known), default=0.0)
        share = (
            1.0
            if not above
            else 0.35 + 0.65 * (1.0 if known and plain(above[-1]) in words else named * 0.5)
        )
        return near * share, f"what failed reads {key}"

    def _said(self, file: FileChange) -> list[Signal]:
        """Words of the message that a data file did not have before."""
        words = self._message_words
        if not words:
            return []
        read = self._scene.read
        before = from_bytes(read(file.before[0])) if file.before and file.before[0] else ""
        after = from_bytes(read(file.after)) if file.after else ""
        new = (words & set(re.findall(r"\w+", after))) - set(re.findall(r"\w+", before))
        if not new:
            return []
        detail = f"the message says {', '.join(sorted(new)[:3])}, which it writes"
        return [Signal("message", "message", 0.85, detail, file.path)]

    @cached_property
    def _message_words(self) -> frozenset[str]:
        """Words of the message that a program may have made; those of the runtime are everywhere."""
        if self._scene.key.failure in _RUNTIME:
            return frozenset()
        found = re.findall(r"[A-Za-z_]\w{3,}", self._scene.key.message)
        return frozenset(word for word in found if word.lower() not in _COMMON)

    def _embedded_file(self, file: FileChange) -> list[Signal]:
        """A file that a package of the stack embeds."""
        for pattern, near in self._embedded.items():
            if _covers(pattern, file.path):
                read = self._scene.read
                before = from_bytes(read(file.before[0])) if file.before and file.before[0] else ""
                after = from_bytes(read(file.after)) if file.after else ""
                shape = reshaped(before, after)
                detail = f"a package of the stack embeds {pattern}"
                return [Signal("embedded", "config", near * shape, detail, file.path)]
        return []


_RUNTIME: Final = frozenset(
    ("nil-dereference", "index-out-of-range", "slice-out-of-range", "divide-by-zero", "makeslice", "nil-map-write",
     "closed-channel", "concurrent-map", "deadlock", "negative-waitgroup", "unlock-of-unlocked", "stack-overflow",
     "out-of-memory", "type-assertion", "slice-to-array", "negative-shift", "unexpected-fault")
)  # fmt: skip
_COMMON: Final = frozenset(
    ("panic", "error", "runtime", "fatal", "invalid", "unknown", "template", "executing", "evaluate", "field", "type",
     "cannot", "index", "value", "expected", "found", "line", "file", "nil", "missing", "with", "from", "that", "this",
     "failed", "main", "interface", "string", "open", "such", "directory")
)  # fmt: skip
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


def _covers(pattern: str, path: str) -> bool:
    if pattern == path or path.startswith(pattern.rstrip("/") + "/"):
        return True
    if "*" not in pattern:
        return False
    regular = "[^/]*".join(re.escape(part) for part in pattern.split("*"))
    return re.fullmatch(regular, path) is not None
