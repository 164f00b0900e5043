"""Which change is named: each of these is a way in which a change brings a crash, beside changes that cannot."""

from __future__ import annotations

from streams.core.suspects.ancestry import reach
from streams.model.cause import Caused
from tests.unit.core.suspects.history import Past, crash, frame, line_of

CART = """package cart

import "strings"

// Handle serves a request.
func Handle(text string, page int) string {
	parts := split(text)
	size := Size(parts)
	return Pick(parts, page) + strings.Repeat("-", size)
}

// Pick is one part.
func Pick(parts []string, page int) string {
	if page >= len(parts) {
		return ""
	}
	chosen := parts[page]
	return chosen
}

func split(text string) []string {
	return strings.Split(text, ",")
}

// Size is how many there are.
func Size(parts []string) int { return len(parts) }
"""
PATH = "cart/cart.go"


def past() -> Past:
    return Past({PATH: CART, "docs/notes.md": "hello\n"})


def out_of_range(past: Past, numbers: tuple[int, ...] = (3, 1)) -> Caused:
    """`index out of range [3] with length 1` in Pick, called by Handle."""
    frames = (
        frame("Pick", PATH, line_of(past, PATH, "parts[page]")),
        frame("Handle", PATH, line_of(past, PATH, "Pick(parts, page) +")),
    )
    return past.suspects(crash("index-out-of-range", frames, numbers))


def first(found: Caused) -> str:
    return found.suspects[0].commit if found.suspects else ""


GUARD = '	if page >= len(parts) {\n		return ""\n	}\n'


def test_a_check_that_was_taken_away_is_named_before_checks_that_were_added() -> None:
    history = past()
    history.edit(
        "limit",
        PATH,
        "	size := Size(parts)",
        "	if page < 0 {\n		return text\n	}\n	size := Size(parts)",
    )
    guilty = history.edit("less code", PATH, GUARD, "")
    history.edit(
        "log",
        PATH,
        "	size := Size(parts)",
        '	log.Printf("%d", page)\n	size := Size(parts)',
    )
    found = out_of_range(history)
    assert first(found) == guilty
    assert found.suspects[0].confidence > 0.9
    assert found.suspects[0].evidence[0].kind == "deletion"


def test_a_limit_far_beyond_the_sizes_of_the_crash_explains_nothing() -> None:
    history = past()
    history.edit(
        "cap",
        PATH,
        "	parts := split(text)",
        "	if len(text) > 4096 {\n		text = text[:4096]\n	}\n	parts := split(text)",
    )
    found = out_of_range(history)
    assert not found.suspects or found.suspects[0].confidence < 0.5
    assert found.none > 0.5


def test_who_makes_the_value_that_failed_is_named_though_not_on_the_stack() -> None:
    history = Past({PATH: CART.replace(GUARD, "")})
    guilty = history.edit("other sign", PATH, 'strings.Split(text, ",")', "strings.Fields(text)")
    history.edit("size", PATH, "{ return len(parts) }", "{ return len(parts) + 1 }")
    assert first(out_of_range(history)) == guilty


def test_arguments_that_changed_places_are_a_change() -> None:
    files = {
        PATH: "package cart\n\nfunc Cut(xs []int, from, to int) []int {\n	return xs[from:to]\n}\n\n"
        "func Handle(xs []int) []int {\n	low, high := 1, len(xs)\n	return Cut(xs, low, high)\n}\n"
    }
    history = Past(files)
    guilty = history.edit("order", PATH, "Cut(xs, low, high)", "Cut(xs, high, low)")
    frames = (frame("Cut", PATH, 4), frame("Handle", PATH, 9))
    assert first(history.suspects(crash("slice-out-of-range", frames, (4, 1)))) == guilty


def test_names_comments_and_formatting_that_changed_later_hide_nobody() -> None:
    text = (
        "package cart\n\ntype share struct {\n	total int\n	heads int\n}\n\n"
        "func (s share) each() int {\n	part := s.total / (s.heads + 1)\n	return part\n}\n\n"
        "func Handle(n int) int {\n	top := share{total: 7, heads: n}\n	return top.each()\n}\n"
    )
    history = Past({PATH: text})
    guilty = history.edit("not the house", PATH, "/ (s.heads + 1)", "/ s.heads")
    renamed = history.revisions[-1][PATH]
    for old, new in (("share", "portion"), ("heads", "guests"), ("part", "result")):
        renamed = renamed.replace(old, new)
    history.then("better names", {PATH: renamed})
    history.edit(
        "say more", PATH, "func Handle", "// Handle is the result of a portion.\nfunc Handle"
    )
    frames = (
        frame("portion.each", PATH, line_of(history, PATH, "/ s.guests")),
        frame("Handle", PATH, line_of(history, PATH, "top.each()")),
    )
    assert first(history.suspects(crash("divide-by-zero", frames))) == guilty


def test_a_function_that_was_cut_out_of_another_is_not_what_brought_the_crash() -> None:
    history = past()
    guilty = history.edit("less code", PATH, GUARD, "")
    history.edit(
        "cut out",
        PATH,
        "	chosen := parts[page]\n",
        "	return nth(parts, page)\n}\n\nfunc nth(parts []string, page int) string {\n	chosen := parts[page]\n",
    )
    frames = (
        frame("nth", PATH, line_of(history, PATH, "parts[page]")),
        frame("Pick", PATH, line_of(history, PATH, "nth(parts, page)")),
        frame("Handle", PATH, line_of(history, PATH, "Pick(parts, page) +")),
    )
    assert first(history.suspects(crash("index-out-of-range", frames, (3, 1)))) == guilty


def test_what_was_undone_before_the_crash_is_not_named() -> None:
    history = past()
    undone = history.edit("less code", PATH, GUARD, "")
    restored = history.edit(
        "back", PATH, "	chosen := parts[page]", GUARD + "	chosen := parts[page]"
    )
    found = out_of_range(history)
    confident = {s.commit for s in found.suspects if s.confidence >= 0.5}
    assert not confident & {undone, restored}


def test_a_commit_that_was_pushed_after_the_crash_is_never_named() -> None:
    history = past()
    guilty = history.edit("less code", PATH, GUARD, "")
    frames = (frame("Pick", PATH, line_of(history, PATH, "parts[page]")),)
    key = crash("index-out-of-range", frames)
    assert first(history.suspects(key)) == guilty
    future = type(key)(**{f: getattr(key, f) for f in key.__struct_fields__} | {"later": (guilty,)})
    assert first(history.suspects(future)) != guilty


def test_a_dependency_is_suspect_where_what_failed_is_made_with_it() -> None:
    text = (
        CART.replace('import "strings"', 'import (\n	"strings"\n\n	"example.org/textkit"\n)')
        .replace('strings.Split(text, ",")', "textkit.Split(text)")
        .replace(GUARD, "")
    )
    mod = "module example.org/shop\n\nrequire (\n	example.org/textkit v1.2.0\n"
    mod += "	example.org/other v1.0.0\n)\n"
    history = Past({PATH: text, "go.mod": mod})
    history.edit("bump other", "go.mod", "other v1.0.0", "other v1.1.0")
    guilty = history.edit("bump textkit", "go.mod", "textkit v1.2.0", "textkit v1.3.0")
    found = out_of_range(history)
    assert first(found) == guilty
    assert found.suspects[0].evidence[0].kind == "dependency"


def test_a_setting_is_suspect_by_the_keys_that_the_code_reads_and_by_its_value() -> None:
    text = (
        'package cart\n\nfunc Share(n int) int {\n	shards := setting("cart", "shards")\n	return n / shards\n}\n\n'
        "func setting(section, key string) int { return 0 }\n"
    )
    conf = '{\n  "cart": {\n    "shards": 4,\n    "timeout": 3\n  },\n  "mail": {\n    "shards": 2\n  }\n}\n'
    history = Past({PATH: text, "config/app.json": conf})
    history.edit("mail", "config/app.json", '"shards": 2', '"shards": 0')
    history.edit("slower", "config/app.json", '"timeout": 3', '"timeout": 0')
    guilty = history.edit("auto", "config/app.json", '"shards": 4', '"shards": 0')
    found = history.suspects(crash("divide-by-zero", (frame("Share", PATH, 5),)))
    assert first(found) == guilty
    assert found.suspects[0].evidence[0].kind == "config"


def test_of_goroutines_that_meet_the_lock_that_is_gone_is_suspect() -> None:
    text = (
        'package cart\n\nimport "sync"\n\ntype Board struct {\n	mu sync.Mutex\n	marks map[string]int\n}\n\n'
        "func (b *Board) Set(key string) {\n	b.mu.Lock()\n	defer b.mu.Unlock()\n	b.marks[key]++\n}\n"
    )
    history = Past({PATH: text})
    history.edit(
        "trim",
        PATH,
        "	b.mu.Lock()",
        '	if key == "" {\n		key = "-"\n	}\n	b.mu.Lock()',
    )
    guilty = history.edit("fast", PATH, "	b.mu.Lock()\n	defer b.mu.Unlock()\n", "")
    line = line_of(history, PATH, "b.marks[key]++")
    found = history.suspects(crash("concurrent-map", (frame("(*Board).Set", PATH, line),)))
    assert first(found) == guilty


def test_a_constructor_that_no_longer_sets_a_field_is_suspect() -> None:
    text = (
        "package cart\n\ntype Cache struct {\n	hits map[string]int\n	size int\n}\n\n"
        "func New(size int) *Cache {\n	return &Cache{hits: make(map[string]int), size: size}\n}\n\n"
        "func (c *Cache) Put(key string) {\n	c.hits[key]++\n}\n"
    )
    history = Past({PATH: text})
    history.edit("size", PATH, "size: size}", "size: size + 1}")
    guilty = history.edit("lazy", PATH, "hits: make(map[string]int), ", "")
    line = line_of(history, PATH, "c.hits[key]++")
    found = history.suspects(crash("nil-map-write", (frame("(*Cache).Put", PATH, line),)))
    assert first(found) == guilty


def test_nothing_is_named_where_no_frame_is_in_the_repository() -> None:
    history = past()
    history.edit("less code", PATH, GUARD, "")
    found = history.suspects(crash("index-out-of-range", (frame("Other", "other/x.go", 3),)))
    assert all(s.confidence < 0.5 for s in found.suspects)
    assert "where the crash stands in the source" in {what for what, _, _ in found.unknown}


def test_an_older_range_is_less_suspect_than_the_one_that_crashed() -> None:
    history = past()
    guilty = history.edit("less code", PATH, GUARD, "")
    frames = (frame("Pick", PATH, line_of(history, PATH, "parts[page]")),)
    key = crash("index-out-of-range", frames)
    fields = {f: getattr(key, f) for f in key.__struct_fields__}
    late = type(key)(**fields | {"good": (guilty, Past.sha(0)), "ran": (Past.sha(0), guilty)})
    now, then = history.suspects(key).suspects[0], history.suspects(late).suspects[0]
    assert (now.commit, now.steps, then.commit, then.steps) == (guilty, 0, guilty, 1)
    assert then.confidence < now.confidence
    assert then.ran == (1,)


def test_commits_that_can_be_reached() -> None:
    graph = {"d": ("b", "c"), "c": ("a",), "b": ("a",), "a": ("older",)}
    assert reach(graph, ("d",)) == {"a", "b", "c", "d"}
    assert reach(graph, ("x",)) == set()
