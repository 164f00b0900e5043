"""Kinds of mistakes, each with an edit beside it that is none: who is named first."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from streams.core.suspects.edits import edited
from streams.model.cause import Caused, CauseFrame
from streams.model.change import Change, FileChange
from tests.unit.core.suspects.history import MODULE, Past, blob, crash, frame, line_of
from tests.unit.core.suspects.programs import (
    AGAIN,
    CODECS,
    EVENTS,
    INDICES,
    MONTHS,
    PAGES,
    PARTS,
    PATTERNS,
    SEARCHES,
    STORED,
    STORES,
    TREES,
)
from tests.unit.core.suspects.programs_held import (
    COUNTED,
    HELD,
    OUTPUTS,
    ROOMS,
    SHEETS,
    SLOTS,
    WORKS,
)
from tests.unit.core.suspects.programs_met import (
    CHOSEN,
    CLEANED,
    COPIED,
    FOUND,
    JOBS,
    KEPT,
    LETTERS,
    NOTES,
    RENDERED,
    SHARED_OUT,
    STATS,
    STEPS,
    SWITCHED,
    TAGGED,
    TALLY,
    WORDS,
)

PATH = "shelf/shelf.go"


class Kind(NamedTuple):
    """`text`: the file that ran well; `guilty`, `beside`: texts that are replaced by others.

    `places`: functions with a text of their line, innermost first.
    """

    text: str
    failure: str
    guilty: tuple[str, str]
    beside: tuple[str, str]
    places: tuple[tuple[str, str], ...]
    message: str = ""
    numbers: tuple[int, ...] = ()


def asked(kind: Kind, *edits: tuple[str, str]) -> tuple[list[str], Caused]:
    """The ids of edits, and who is suspect after all of them."""
    past = Past({PATH: kind.text})
    made = [past.edit(f"edit {n}", PATH, *edit) for n, edit in enumerate(edits)]
    frames = [frame(name, PATH, line_of(past, PATH, text)) for name, text in kind.places]
    return made, past.suspects(crash(kind.failure, frames, kind.numbers, kind.message))


KINDS = {
    "a lock to read where something is written": Kind(
        COUNTED, "concurrent-map",
        ("	s.mu.Lock()\n	defer s.mu.Unlock()\n", "	s.mu.RLock()\n	defer s.mu.RUnlock()\n"),
        ("if n != nil {\n		return *n\n	}\n	return other", "if n == nil {\n		return other\n	}\n	return *n"),
        (("(*shelf).count", "s.seen[key]++"), ("Handle.func1", "s.count(i)")),
    ),
    "a lock that is given back before it is needed": Kind(
        HELD, "concurrent-map",
        ("	t.sum[name] = was + n*2\n	t.mu.Unlock()\n", "	t.mu.Unlock()\n	t.sum[name] = was + n*2\n"),
        ("len(name))", "len(name)+1)"),
        (("(*till).add", "t.sum[name] = was"), ("Handle.func1", "t.add(")),
    ),
    "a second goroutine that closes": Kind(
        WORKS, "closed-channel",
        ("	w.start()\n", "	w.start()\n	if n > 4 {\n		w.start()\n	}\n"),
        ("w.seen = 1", "w.seen = 2"),
        (("(*work).run", "close(w.done)"), ("(*work).start", "go w.run()")),
    ),
    "a place that is not given back": Kind(
        SLOTS, "deadlock",
        (
            "slots <- struct{}{}\n",
            "slots <- struct{}{}\n		if x < 0 {\n			out <- 0\n			continue\n		}\n",
        ),
        ("all(xs, 3)", "all(xs, 2)"),
        (("all", "slots <- struct{}{}"), ("Handle", "all(xs,")),
    ),
    "what is closed where it was opened": Kind(
        SHEETS, "nil-dereference",
        (
            "	return &sheet{text: new(strings.Builder), size: len(name)}\n",
            "	s := &sheet{text: new(strings.Builder), size: len(name)}\n	defer s.shut()\n	return s\n",
        ),
        ("s.size++", "s.size += 2"),
        (("(*sheet).put", "s.text.WriteString"), ("Handle", "s.put(x)")),
    ),
    "an entry that is kept": Kind(
        ROOMS, "nil-dereference",
        ("		delete(h.guests, n)\n", ""),
        ("&hall{map[int]*guest{}}", "&hall{make(map[int]*guest, len(xs))}"),
        (("(*guest).hear", "g.says.WriteString"), ("(*hall).tell", "g.hear(word)"), ("Handle", "h.tell(word)")),
    ),
    "a loop that asks again": Kind(
        AGAIN, "index-out-of-range",
        ("i < 1 &&", "i < 3 &&"),
        ("len(buf)>>9", "len(buf)>>8"),
        (("size", "int(buf[0])"), ("next", "size(buf"), ("Handle", "next(r)")),
        numbers=(0,),
    ),
    "an index that another list gives": Kind(
        MONTHS, "index-out-of-range",
        ("[]int{n}", "[]int{n - 1, n}"),
        ("31, 28, 31", "31, 29, 31"),
        (("days", "lengths[at]"), ("Handle", "days(x)")),
    ),
    "another way to a bound": Kind(
        PAGES, "slice-out-of-range",
        ("max(n, 1)\n", 'max(n, 1)\n	if which == "last" {\n		at = last(xs)\n	}\n'),
        ("min((number-1)*page, len(xs))", "min(len(xs), (number-1)*page)"),
        (("paged", "xs[start:"), ("Handle", "paged(xs, at)")),
    ),
    "a registration that is taken away": Kind(
        CODECS, "nil-dereference",
        ('func init() {\n	codecs["octal"] = octal\n}\n\n', ""),
        ('n) + "."', 'n) + "!"'),
        (("coded", "by(n)"), ("Handle", "coded(codecs")),
    ),
    "nodes that are not marked as seen": Kind(
        TREES, "stack-overflow",
        ("	seen[n.id] = true\n", ""),
        ("total := 1", "total := 2"),
        (("walk", "walk(x, seen)"), ("walk", "walk(x, seen)"), ("Handle", "walk(n, map")),
    ),
    "arguments of one type that are swapped": Kind(
        PARTS, "divide-by-zero",
        ("return scaled(xs, width, from)", "return scaled(xs, from, width)"),
        ("from) * 2", "from) * 3"),
        (("spread", "x / width"), ("scaled", "spread(xs"), ("Handle", "scaled(xs")),
    ),
    "an error that is not said any more": Kind(
        STORES, "nil-dereference",
        ('return nil, errors.New("no such item")', "return nil, nil"),
        ("priced(it, 2)", "priced(it, 3)"),
        (("priced", "it.price"), ("Handle", "priced(it")),
    ),
    "a field that is not set": Kind(
        STORED, "nil-map-write",
        ("	b.parts = map[int]string{}\n", ""),
        ("b.parts[n+1]", "b.parts[n+2]"),
        (("(*box).put", "b.parts[n"), ("Handle", "b.put(n, name)")),
    ),
    "what is put off, in another order": Kind(
        OUTPUTS, "nil-dereference",
        ("	defer o.shut()\n	defer o.flush()\n", "	defer o.flush()\n	defer o.shut()\n"),
        ("len(xs) + 1", "len(xs) + 2"),
        (("(*out).flush", "o.buf.Len()"), ("Handle", "return len(xs)")),
    ),
    "a type that an encoder has no use for": Kind(
        EVENTS, "json: unsupported type: chan int",
        ("	Size int\n", "	Size int\n	Done chan int\n"),
        ('n}) + "."', 'n}) + "!"'),
        (("text", "panic(err)"), ("Handle", "text(event")),
        message="json: unsupported type: chan int",
    ),
    "an integer that became narrower": Kind(
        INDICES, "index-out-of-range",
        ("int(uint16(n))", "int(int8(n))"),
        ("len(xs)-1) + 1", "len(xs)-1) + 2"),
        (("at", "xs[i]"), ("Handle", "at(xs")),
        numbers=(128,),
    ),
    "a condition that decides what fails": Kind(
        SEARCHES, "nil-dereference",
        ("if x < n.value", "if x > n.value"),
        ("value + 1", "value + 2"),
        (("find", "for n.value != x"), ("Handle", "find(n, x)")),
    ),
    "a mark that a pattern is refused for": Kind(
        PATTERNS, "regexp: Compile",
        ('before = "("', 'before = "(("'),
        ('name != "."', 'name != ","'),
        (("matched", "regexp.MustCompile"), ("Handle", "matched(name)")),
        message="regexp: Compile(`((shelf`): error parsing regexp: missing closing ): `((shelf`",
    ),
    "a local that all calls share": Kind(
        LETTERS, "concurrent-map",
        ("func letters(x string) int {\n	seen := map[rune]int{}\n",
         "var seen = map[rune]int{}\n\nfunc letters(x string) int {\n"),
        ("range x {", "range x + x {"),
        (("letters", "seen[r]++"), ("Handle.func1", "letters(x)")),
    ),
    "a receiver that is copied with its lock": Kind(
        TALLY, "concurrent-map",
        ("func (t *tally) add", "func (t tally) add"),
        ("range n {", "range n + 1 {"),
        (("tally.add", "t.m[n]++"),),
    ),
    "a channel with less room": Kind(
        STEPS, "deadlock",
        ("room = 4", "room = 2"),
        ("return 0\n", "return 1\n"),
        (("walk", "taken <- struct"), ("walk", "walk(n-1"), ("Handle", "walk(n, taken)")),
    ),
    "a map that is handed out itself": Kind(
        STATS, "concurrent-map",
        (COPIED, "	return s.by\n"),
        ("sum += v", "sum += v * 2"),
        (("Handle", "range s.all()"),),
    ),
    "a call that runs beside its caller": Kind(
        WORDS, "concurrent-map",
        ("		x.put(k)\n", "		go x.put(k)\n"),
        ("return len(x.m)", "return len(x.m) + 1"),
        (("(*index).put", "x.m[k]"),),
    ),
    "a wait for one more": Kind(
        NOTES, "deadlock",
        ("wg.Add(len(xs))", "wg.Add(len(xs) + 1)"),
        ("return x }", "return x * 2 }"),
        (("Handle", "wg.Wait()"),),
    ),
    "what is kept, handed out without a copy": Kind(
        KEPT, "index-out-of-range",
        ("return append([]int(nil), xs...)", "return xs"),
        ("xs[0] = 9", "xs[0] = 8"),
        (("at", "xs[xs[0]"), ("Handle", "at(load")),
        numbers=(8, 3),
    ),
    "nothing, where something was returned": Kind(
        CHOSEN, "nil-dereference",
        ('	default:\n		return &codec{"text"}\n	}\n', "	}\n	return nil\n"),
        ('&codec{"json"}', '&codec{"JSON"}'),
        (("show", "c.name"), ("Handle", "show(of")),
    ),
    "a field that a template asks for": Kind(
        RENDERED, "template: p:1:12",
        ("	Owner string\n", "	Author string\n"),
        ("return b.String()", 'return b.String() + "."'),
        (("render", "panic(err)"), ("Handle", "render(")),
        message='template: p:1:12: executing "p" at <.Owner>: can\'t evaluate field Owner in type shelf.page',
    ),
    "a switch that is on": Kind(
        SWITCHED, "index-out-of-range",
        ("deep: false", "deep: true"),
        ("return len(xs)\n", "return len(xs) + 1\n"),
        (("below", "xs[n]"), ("Handle", "below(xs")),
        numbers=(2,),
    ),
    "less of a text": Kind(
        CLEANED, "slice-out-of-range",
        ("strings.ToLower(s)", "strings.TrimSpace(strings.ToLower(s))"),
        ("	s = clean(s)\n	return head(s)", "	c := clean(s)\n	return head(c)"),
        (("head", "s[:3]"), ("Handle", "head(")),
        numbers=(3, 2),
    ),
    "an error that nobody looks at": Kind(
        FOUND, "nil-dereference",
        ("	it, err := find(m, k)\n	if err != nil {\n		return 0\n	}\n", "	it, _ := find(m, k)\n"),
        ('errors.New("none")', 'errors.New("nothing")'),
        (("cost", "it.n"), ("Handle", "cost(it)")),
    ),
    "a divisor from outside": Kind(
        SHARED_OUT, "divide-by-zero",
        ("		a.size = v\n	}\n", '		a.size = v\n	}\n	if v, ok := m["per"]; ok {\n		a.per = v\n	}\n'),
        ("return a.size / a.per", "return (a.size + 1) / a.per"),
        (("pages", "a.per"), ("Handle", "pages(")),
        numbers=(0,),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_the_edit_that_brought_it_is_named_first(name: str) -> None:
    kind = KINDS[name]
    for edits in ((kind.guilty, kind.beside), (kind.beside, kind.guilty)):
        made, found = asked(kind, *edits)
        assert found.suspects[0].commit == made[edits.index(kind.guilty)], name
        assert found.suspects[0].confidence > 0.5


def test_a_new_way_to_an_old_function_that_cannot_bear_it_is_named() -> None:
    past = Past({PATH: JOBS})
    past.edit("another way to ask", PATH, "jobs[name]", "jobs[strings.ToLower(name)]")
    new = past.edit("tags", PATH, '	"cut": cut,\n}\n', TAGGED)
    past.edit("says more", PATH, 'return ""', 'return "none"')
    places = (("last", "parts[len"), ("tag", "last(strings.Fields(after)"), ("Handle", "j(s)"))
    frames = [frame(name, PATH, line_of(past, PATH, text)) for name, text in places]
    best = past.suspects(crash("index-out-of-range", frames, (0,))).suspects[0]
    assert (best.commit, best.confidence > 0.5) == (new, True)


@pytest.mark.parametrize("name", KINDS)
def test_what_is_beside_it_is_not_named_alone(name: str) -> None:
    kind = KINDS[name]
    _, found = asked(kind, kind.beside)
    assert not found.suspects or found.suspects[0].confidence < 0.5


BESIDE = {
    "a text without the mark that a pattern is refused for": Kind(
        PATTERNS.replace('"("', '"^"'), "regexp: Compile",
        ("", ""),
        ('before = "^"', 'before = ".*"'),
        (("matched", "regexp.MustCompile"), ("Handle", "matched(name)")),
        message="regexp: Compile(`.*a(b`): error parsing regexp: missing closing ): `.*a(b`",
    ),
    "branches that are swapped": KINDS["a lock to read where something is written"],
    "other elements of the list that was indexed": KINDS["an index that another list gives"],
    "an empty map with room": KINDS["an entry that is kept"],
    "bounds in another order": KINDS["another way to a bound"],
}  # fmt: skip


@pytest.mark.parametrize("name", BESIDE)
def test_what_cannot_have_brought_it_weighs_next_to_nothing(name: str) -> None:
    kind = BESIDE[name]
    _, found = asked(kind, kind.beside)
    assert found.none > 0.9


def test_a_table_to_which_both_sides_of_a_merge_added_is_no_edit_of_the_merge() -> None:
    table = 'package p\n\nvar all = map[string]func(){\n	"a": a,\n%s}\n'
    ours, theirs, both = (
        table % rows for rows in ('	"b": b,\n', '	"c": c,\n', '	"b": b,\n	"c": c,\n')
    )
    texts = {blob(t): t.encode() for t in (ours, theirs, both)}
    for merged, edits in ((both, 0), (both.replace('"a": a', '"a": c'), 1)):
        texts[blob(merged)] = merged.encode()
        file = FileChange("p/x.go", (blob(ours), blob(theirs)), blob(merged))
        change = Change("m", ("o", "t"), "", "", 0, 0, "", (file,))
        assert len(edited(change, lambda name: texts.get(name, b""), {}, {})) == edits


VENDORED = "package atlas\n\nfunc Walk(xs []*int, do func(*int)) {\n	for _, x := range xs {\n		do(x)\n	}\n}\n"
WALKS = (
    'package shelf\n\nimport "atlas.example/atlas"\n\nfunc Handle(xs []*int) int {\n	total := 0\n'
    "	atlas.Walk(xs, func(x *int) {\n		total += *x\n	})\n	return total\n}\n"
)


def test_of_two_new_versions_of_a_module_the_one_is_named_whose_vendored_code_matters() -> None:
    mod, path = (
        f"module {MODULE}\n\nrequire atlas.example/atlas %s\n",
        "vendor/atlas.example/atlas/atlas.go",
    )
    past = Past({"go.mod": mod % "v1.3.0", PATH: WALKS, path: VENDORED})
    nil = VENDORED.replace("		do(x)\n	}\n", "		do(x)\n	}\n	do(nil)\n")
    guilty = past.then("1.4.0", {"go.mod": mod % "v1.4.0", path: nil})
    named = nil + '\nfunc Version() string { return "patched" }\n'
    past.then("1.4.1", {"go.mod": mod % "v1.4.1", path: named})
    atlas = "atlas.example/atlas"
    walk = CauseFrame(
        f"{atlas}.Walk",
        f"{atlas}@v1.4.1/atlas.go",
        line_of(past, path, "do(nil)"),
        atlas,
        own=False,
    )
    frames = [
        frame("Handle.func1", PATH, line_of(past, PATH, "total += *x")),
        walk,
        frame("Handle", PATH, line_of(past, PATH, "atlas.Walk")),
    ]
    found = past.suspects(crash("nil-dereference", frames))
    assert found.suspects[0].commit == guilty
