"""The source of one release.

In: a plan. Out: files with their text, and the lines of the crashing statements.
"""

from __future__ import annotations

import random
import re
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Final

from benchmarks.clusters.names import NOUNS, STRINGS, TAILS, chance, dice
from benchmarks.clusters.skeleton import MAIN, RACER
from benchmarks.clusters.template import PLACEHOLDER, Code, shape
from benchmarks.clusters.world import Instance, Link, Package, Path, State, World

_STANDARD_TEXT: Final = (
    "bufio bytes container/heap container/list context crypto/sha1 encoding/binary encoding/csv "
    "encoding/hex encoding/json errors fmt io log log/slog math net net/http net/url os path "
    "runtime runtime/debug slices sort strconv strings sync sync/atomic testing text/template time "
    "unicode/utf8 "
)
_STANDARD: Final = {name.rsplit("/", 1)[-1]: name for name in _STANDARD_TEXT.split()}
_REFERENCE: Final = re.compile(r"@(\w+)([.:])(\w+)")
_PAD: Final = re.compile(r"^(\t+)//\+(c?)$", re.MULTILINE)
_MARK: Final = re.compile(r"\s*//!(\S+)$", re.MULTILINE)
_LITERAL: Final = re.compile(r'"(?:[^"\\\n]|\\.)*"|`[^`]*`|//[^\n]*')
_SELECTOR: Final = re.compile(r"(?<![\w.])([a-z]\w*)\.[A-Z]")


@dataclass(frozen=True)
class Block:
    """Top-level declarations."""

    package: Package
    file: str
    text: str
    key: str
    """Decides the place in the file."""


@dataclass
class Source:
    """A release."""

    files: dict[str, str]
    marks: dict[tuple[str, str], list[str]]
    """By instance and mark: `folder/file.go:LINE`."""


def source(world: World, release: int) -> Source:
    """The files of a release."""
    blocks = [block for instance in world.everything for block in _pieces(world, instance, release)]
    blocks += [
        block
        for path in world.paths
        if path.since <= release
        for block in _way(world, path, release)
    ]
    blocks += _tables(world, release)
    grouped: dict[tuple[Package, str], list[Block]] = {}
    for block in blocks:
        grouped.setdefault((block.package, block.file), []).append(block)
    files = {
        f"{package.folder}/{file}.go": _assemble(world, release, of)
        for (package, file), of in grouped.items()
    }
    files.update(_modules(world, release))
    return _marked(_formatted(files))


def _pieces(world: World, instance: Instance, release: int) -> Iterable[Block]:
    state = instance.at(release)
    for code in shape(instance.template, state.variant)[0]:
        file = state.files.get(code.name, state.files[str(code.package or "")])
        text = _text(world, instance, state, code, release)
        yield Block(state.packages[code.package], file, text, f"{instance.id}/{code.name}")


def _text(world: World, instance: Instance, state: State, code: Code, release: int) -> str:
    text = PLACEHOLDER.sub(lambda found: _name(state, found[1]), code.text)
    text = _MARK.sub(lambda found: f" //!{instance.id}/{found[1]}", text)
    return expand(world, text, f"{instance.id}/{code.name}", release, state.packages[code.package])


def _name(state: State, placeholder: str) -> str:
    if placeholder.rstrip("0123456789") == "P":
        return state.packages[int(placeholder[1:] or 0)].name
    return state.names[placeholder]


def expand(world: World, text: str, key: str, release: int, package: Package) -> str:
    """References and pads resolved."""
    text = _REFERENCE.sub(lambda found: _refer(world, found, release, package), text)
    count = 0

    def pad(found: re.Match[str]) -> str:
        nonlocal count
        count += 1
        return _pad(world, f"{key}/{count}", found, release, package)

    return _PAD.sub(pad, text)


def _refer(world: World, found: re.Match[str], release: int, package: Package) -> str:
    state = world.helpers[found[1]].at(release)
    name = state.names.get(found[3], found[3])
    return (
        name
        if found[2] == ":" or state.packages[0] == package
        else f"{state.packages[0].name}.{name}"
    )


def _pad(world: World, key: str, found: re.Match[str], release: int, package: Package) -> str:
    """What was put there since some release: a comment, counters, a closure."""
    rng = dice(f"{world.seed}/{key}")
    if release < rng.randint(1, 8):
        return ""
    word = f"{rng.choice(NOUNS)}.{rng.choice(STRINGS)}".lower()
    if package.kit or package.name == "obs" or chance(rng, 0.2):
        lines = [
            f"// {word.replace('.', ' ')}: see the note of {rng.choice(STRINGS)}."
        ] * rng.randint(1, 2)
    elif found[2]:
        lines = ["obs.Do(func() {", f'\tobs.Count("{word}")', "})"]
    else:
        lines = rng.choice(
            (
                [f'obs.Count("{word}")'],
                [f'if obs.On("{word}") {{', f'\tobs.Count("{word}.on")', "}"],
                [f'defer obs.Span("{word}")()'],
                [f"// The {word.replace('.', ' ')} comes first.", f'obs.Count("{word}")', ""],
            )
        )
    return "\n".join(found[1] + line if line else "" for line in lines)


# ------------------------------------------------------------------------------------------- the ways to the bugs


def _call(path: Path, release: int) -> str:
    """The expression that reaches the bug of a path, with its names."""
    state = path.instance.at(release)
    call = shape(path.instance.template, state.variant)[1][path.call].expression
    return PLACEHOLDER.sub(lambda found: _name(state, found[1]), call)


def _way(world: World, path: Path, release: int) -> Iterable[Block]:
    """The entry and the links of a path."""
    call = _call(path, release)
    key = f"{path.slug}/{path.instance.id}"
    for number, link in reversed(list(enumerate(path.links))):
        text, call = _link(link, call, release)
        text = expand(world, text, f"{key}/{number}", release, link.layer)
        yield Block(link.layer, link.files[release - 1], text, f"{key}/{number}")
    yield from _entry(world, path, call, release)


def _link(link: Link, call: str, release: int) -> tuple[str, str]:
    """Its text, and how it is called."""
    name, style = link.names[release - 1], link.styles[release - 1]
    receiver, called = "", f"{link.layer.name}.{name}(in)"
    body = f"\treturn {call}"
    match style:
        case "wrap":
            body = (
                f"\tif err := {call}; err != nil {{\n"
                f'\t\treturn fmt.Errorf("{link.word}: %w", err)\n\t}}\n\treturn nil'
            )
        case "closure":
            body = f'\treturn @obs.Timed("{link.word}", func() error {{\n\t\treturn {call}\n\t}})'
        case "method":
            receiver, called = (
                f"(*{name}Service) ",
                f"new({link.layer.name}.{name}Service).{name}(in)",
            )
        case "span":
            body = f'\tdefer @obs.Span("{link.word}")()\n\treturn {call}'
        case "retry":
            body = (
                "\tvar err error\n\tfor k := 0; k < 2; k++ {\n"
                f"\t\tif err = {call}; err == nil {{\n\t\t\tbreak\n\t\t}}\n"
                "\t}\n\treturn err"
            )
    kind = f"// {name}Service does it.\ntype {name}Service struct{{}}\n\n" if receiver else ""
    text = f"{kind}// {name} is a step.\nfunc {receiver}{name}(in @in.Input) error {{\n\t//+\n\t//+\n{body}\n}}\n"
    return text, called


_ENTRIES: Final = {
    **dict.fromkeys(("http", "mw", "slog", "log", "hquit"), "http"),
    **dict.fromkeys(("cli", "group", "quit"), "cmd"),
    **dict.fromkeys(("worker", "wlog", "zlog", "joblog", "wquit"), "jobs"),
    **dict.fromkeys(("test", "timeout"), "test"),
    "race": "race",
}


def where(world: World, entry: str) -> Package:
    """The package of an entry."""
    main = {"cmd": world.service, "race": f"{world.service}race"}
    if entry in main:
        return Package(main[entry], main=True)
    return Package({"http": "httpapi", "jobs": "jobs", "test": "regress"}[entry])


def _entry(world: World, path: Path, call: str, release: int) -> Iterable[Block]:
    """The function by which the service comes in."""
    kind, name = _ENTRIES[path.route], path.names[release - 1]
    package, key = where(world, kind), f"{path.slug}/entry"
    if kind == "http":
        if not path.closure:
            text = f"func (s *Server) handle{name}(w http.ResponseWriter, r *http.Request) {{\n{_handler(call)}}}\n"
            text = expand(world, text, key, release, package)
            yield Block(package, f"handlers{int(path.label[1:]) % 3}", text, key)
        return
    if kind == "test":
        text = _test(name, call, closure=path.closure)
        file = "regress_test"
    else:
        name = {"cmd": "cmd", "jobs": "run", "race": "race"}[kind] + name
        text = f"func {name}(in @in.Input) error {{\n\t//+\n\treturn {call}\n}}\n"
        file = f"{kind}{int(path.label[1:]) % 3}"
    yield Block(package, file, expand(world, text, key, release, package), key)


def _test(name: str, call: str, *, closure: bool) -> str:
    """A test, or one with a subtest."""
    body = f"\t//+\n\tif err := {call}; err != nil {{\n\t\tt.Fatal(err)\n\t}}\n"
    if closure:
        body = f'\tt.Run("case", func(t *testing.T) {{\n{body}\t}})\n'
    given = '\tin := @in.FromArgs(strings.Fields(os.Getenv("INPUT")))\n'
    return f"func Test{name}(t *testing.T) {{\n{given}{body}}}\n"


def _handler(call: str) -> str:
    return (
        "\tin := @in.FromValues(r.URL.Query())\n\t//+\n"
        f"\tif err := {call}; err != nil {{\n\t\ts.fail(w, r, err)\n\t\treturn\n"
        "\t}\n\tw.WriteHeader(http.StatusNoContent)\n"
    )


def _tables(world: World, release: int) -> Iterable[Block]:
    """Routes, commands, tasks, and the programs."""
    paths = [path for path in world.paths if path.since <= release]
    yield Block(where(world, "http"), "routes", _routes(world, paths, release), "")
    text = "func TestMain(m *testing.M) {\n\tos.Exit(m.Run())\n}\n"
    yield Block(where(world, "test"), "main_test", text, "")
    rows = dict.fromkeys(("cmd", "jobs", "race"), "")
    for path in sorted(paths, key=lambda path: path.slug):
        kind = _ENTRIES[path.route]
        if kind in rows:
            prefix = {"cmd": "cmd", "jobs": "run", "race": "race"}[kind]
            rows[kind] += f'\t"{path.slug}": {prefix}{path.names[release - 1]},\n'
    yield Block(
        where(world, "jobs"),
        "tasks",
        f"// Tasks are all tasks.\nvar Tasks = map[string]Task{{\n{rows['jobs']}}}\n",
        "",
    )
    for kind, program in (("cmd", MAIN), ("race", RACER)):
        package = where(world, kind)
        text = expand(world, program, f"program/{kind}", release, package)
        table = f"var commands = map[string]func(@in.Input) error{{\n{rows[kind]}}}\n"
        yield Block(
            package, "main", f"{text}\n{expand(world, table, 'table', release, package)}", ""
        )


def _routes(world: World, paths: list[Path], release: int) -> str:
    """One function with all closures: what comes in between renumbers those behind it."""
    text = "func (s *Server) routes() {\n"
    for path in sorted(paths, key=lambda path: path.slug):
        if _ENTRIES[path.route] != "http":
            continue
        way = {"mw": "guarded", "slog": "audited"}.get(path.route, "plain")
        if path.closure:
            call = _call(path, release)
            for link in reversed(path.links):
                call = _link(link, call, release)[1]
            body = "\n".join(f"\t{line}" if line else line for line in _handler(call).splitlines())
            text += f'\ts.{way}("{path.slug}", func(w http.ResponseWriter, r *http.Request) {{\n{body}\n\t}})\n'
        else:
            text += f'\ts.{way}("{path.slug}", s.handle{path.names[release - 1]})\n'
    return expand(world, text + "}\n", "routes", release, where(world, "http"))


# ---------------------------------------------------------------------------------------------------------- files


def _assemble(world: World, release: int, blocks: list[Block]) -> str:
    """A file: its imports, its blocks in some order that holds over releases, fillers between."""
    package = blocks[0].package
    parts: list[str] = []
    for block in sorted(blocks, key=lambda block: _place(world, block)):
        parts += _filler(world, block, release)
        parts.append(block.text)
    body = "\n".join(parts)
    imports = _imports(world, release, body, package)
    head = "import (\n" + "".join(f'\t"{name}"\n' for name in imports) + ")\n\n" if imports else ""
    return f"package {'main' if package.main else package.name}\n\n{head}{body}"


def _place(world: World, block: Block) -> float:
    return dice(f"{world.seed}/{block.key}").random()


def _filler(world: World, block: Block, release: int) -> list[str]:
    """Functions that nothing calls, here since some release."""
    rng = dice(f"{world.seed}/{block.key}/{block.file}/filler")
    texts: list[str] = []
    for _ in range(rng.choice((0, 0, 1, 1, 2))):
        since = rng.randint(1, 7)
        name = f"{rng.choice(STRINGS)}{rng.choice(NOUNS)}{rng.choice(NOUNS)}{rng.choice(TAILS)}"
        lines = [_filled(rng) for _ in range(rng.randint(1, 6))]
        if since <= release and block.key:
            body = "\n".join(lines)
            texts.append(f"func {name}(value string) string {{\n{body}\n\treturn value\n}}\n")
    return texts


def _filled(rng: random.Random) -> str:
    word, other = rng.choice(STRINGS), rng.choice(NOUNS).lower()
    return rng.choice(
        (
            f'\tvalue = strings.ReplaceAll(value, "{word}", "{other}")',
            f'\tvalue = strings.TrimPrefix(value, "{word}-")',
            f'\tif strings.HasPrefix(value, "{word}") {{\n\t\tvalue += "/{other}"\n\t}}',
            f"\tif len(value) > {rng.randint(9, 99)} {{\n\t\treturn strings.ToLower(value)\n\t}}",
            f'\tfor strings.Contains(value, "{word}") {{\n\t\tvalue = strings.Replace(value, "{word}", "", 1)\n\t}}',
            f"\t// The {other} is {word}.",
        )
    )


def _imports(world: World, release: int, body: str, package: Package) -> list[str]:
    plain = _LITERAL.sub('""', body)
    own = {state.name: state for state in _known(world, release)}
    found: set[str] = set()
    for name in {match[1] for match in _SELECTOR.finditer(plain)}:
        if name in own and own[name] != package:
            found.add(world.import_path(own[name], release))
        elif name in _STANDARD and name not in own:
            found.add(_STANDARD[name])
    return sorted(found)


def _known(world: World, release: int) -> Iterable[Package]:
    yield from world.domains
    yield from world.layers
    for instance in world.everything:
        if instance.template.packages:
            yield instance.at(release).packages[0]


def _modules(world: World, release: int) -> dict[str, str]:
    module = (
        f"module {world.module(release)}\n\ngo 1.21\n\nrequire {world.kit} v0.3.0\n\n"
        f"replace {world.kit} => ./third_party/kit\n"
    )
    return {"go.mod": module, "third_party/kit/go.mod": f"module {world.kit}\n\ngo 1.21\n"}


def _formatted(files: dict[str, str]) -> dict[str, str]:
    """As gofmt has it."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = FilePath(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        done = subprocess.run(["gofmt", "-w", folder], capture_output=True, text=True, check=False)
        if done.returncode:
            broken = FilePath(done.stderr.split(":")[0])
            raise ValueError(
                f"gofmt: {done.stderr[:2000]}\n{broken.read_text()[:6000] if broken.exists() else ''}"
            )
        return {name: FilePath(folder, name).read_text() for name in files}


def _marked(files: dict[str, str]) -> Source:
    """Marks out of the text, into a table."""
    marks: dict[tuple[str, str], list[str]] = {}
    clean: dict[str, str] = {}
    for name, text in files.items():
        folder, file = name.split("/")[-2:] if "/" in name else ("", name)
        for number, line in enumerate(text.split("\n"), 1):
            if found := _MARK.search(line):
                instance, mark = found[1].split("/")
                for one in mark.split(","):
                    marks.setdefault((instance, one), []).append(f"{folder}/{file}:{number}")
        clean[name] = _MARK.sub("", text)
    return Source(clean, marks)
