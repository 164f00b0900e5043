"""The plan of a set: which bugs, under which names, where, and what each release changes.

In: a seed, templates. Out: instances with their state per release, and the paths by which each bug is reached.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from benchmarks.clusters.names import (
    DOMAINS,
    LAYERS,
    LOCALS,
    NOUNS,
    ORGS,
    SERVICES,
    Names,
    chance,
    dice,
)
from benchmarks.clusters.template import PLACEHOLDER, Template, shape

RELEASES: Final = 5
_FILES: Final = 3  # of a package, until something moves to one of its own
_SHARED: Final = 0.4  # of the bugs, the share that is behind shared helpers
_STYLES: Final = ("plain", "plain", "wrap", "closure", "method", "span", "retry")


@dataclass(frozen=True, order=True)
class Package:
    """Where a package is."""

    name: str
    kit: bool = False
    main: bool = False

    @property
    def folder(self) -> str:
        """Below the root of the repository."""
        if self.main:
            return f"cmd/{self.name}"
        return f"third_party/kit/{self.name}" if self.kit else f"internal/{self.name}"


@dataclass
class State:
    """An instance in one release."""

    variant: str
    names: dict[str, str]
    packages: tuple[Package, ...]
    files: dict[str, str]
    """By name of the piece; "" is that of all others."""

    def copy(self) -> State:
        """To be changed."""
        return State(self.variant, dict(self.names), self.packages, dict(self.files))


@dataclass
class Instance:
    """A template with names."""

    id: str
    template: Template
    states: list[State]
    events: list[str] = field(default_factory=list)

    def at(self, release: int) -> State:
        """In release 1..5."""
        return self.states[release - 1]


@dataclass
class Link:
    """A function on the way from an entry to the code with the bug."""

    layer: Package
    names: list[str]
    files: list[str]
    styles: list[str]
    word: str


@dataclass
class Path:
    """A way to run into a bug."""

    slug: str
    route: str
    label: str
    instance: Instance
    call: int
    links: list[Link]
    names: list[str]
    """Of the entry function, by release."""
    closure: bool
    since: int
    """The first release that has it."""


@dataclass
class World:
    """All that is planned."""

    seed: str
    names: Names
    organisation: str
    service: str
    domains: list[Package]
    layers: list[Package]
    v2_from: int
    helpers: dict[str, Instance] = field(default_factory=dict)
    instances: list[Instance] = field(default_factory=list)
    paths: list[Path] = field(default_factory=list)
    labels: dict[tuple[str, str], str] = field(default_factory=dict)
    files: dict[Package, list[str]] = field(default_factory=dict)

    def module(self, release: int) -> str:
        """The module path."""
        return f"example.com/{self.organisation}/{self.service}" + (
            "/v2" if release >= self.v2_from else ""
        )

    @property
    def kit(self) -> str:
        """The module path of the dependency."""
        return f"example.com/{self.organisation}/kit"

    @property
    def everything(self) -> list[Instance]:
        """Helpers and bugs."""
        return [*self.helpers.values(), *self.instances]

    def import_path(self, package: Package, release: int) -> str:
        """What an import says."""
        return (
            f"{self.kit}/{package.name}"
            if package.kit
            else f"{self.module(release)}/{package.folder}"
        )


def plan(seed: str, helpers: Sequence[Template], templates: Sequence[Template], bugs: int) -> World:
    """About that many bugs."""
    rng = dice(seed)
    names = Names(rng)
    reserved = {name for template in (*helpers, *templates) for name in template.packages}
    domains = rng.sample([name for name in DOMAINS if name not in reserved], 12)
    layers = rng.sample(
        [name for name in LAYERS if name not in reserved and name not in domains], 3
    )
    world = World(
        seed,
        names,
        rng.choice(ORGS),
        rng.choice(SERVICES),
        [Package(name) for name in domains],
        [Package(name) for name in layers],
        rng.randint(3, 5),
    )
    if hidden := set(LOCALS) & (reserved | set(domains) | set(layers)):
        raise ValueError(f"locals would hide packages: {sorted(hidden)}")
    for template in helpers:
        world.helpers[template.name] = _instance(world, template, f"h{len(world.helpers):02}")
    _choose(world, templates, bugs)
    _alike(world)
    _swap(world)
    _label(world)
    _connect(world)
    return world


def _choose(world: World, templates: Sequence[Template], bugs: int) -> None:
    """Callers of shared helpers and others, each once in drawn order, then the copies, until there are enough bugs."""
    rng = world.names.rng
    queues: tuple[list[Template], list[Template]] = ([], [])
    for number in range(max(template.copies for template in templates)):
        fresh = [template for template in templates if template.copies > number]
        rng.shuffle(fresh)
        for template in fresh:
            queues[template.shares].append(template)
    had = 0
    while had < bugs and any(queues):
        queue = queues[chance(rng, _SHARED)]
        template = (queue or queues[0] or queues[1]).pop(0)
        world.instances.append(_instance(world, template, f"i{len(world.instances):03}"))
        had += len({call.bug for call in shape(template, "")[1]})


def _instance(world: World, template: Template, identity: str) -> Instance:
    rng = world.names.rng
    first = rng.choice(["", *template.variants]) if not template.fixed else ""
    state = State(first, {}, _packages(world, template), {})
    for placeholder, choices in template.names.items():
        state.names[placeholder] = choices[0] if template.fixed else rng.choice(choices)
    for text in (template.base, *template.variants.values()):
        for placeholder in PLACEHOLDER.findall(text):
            if placeholder not in state.names and placeholder.rstrip("0123456789") != "P":
                state.names[placeholder] = world.names.draw(
                    placeholder, frozenset(state.names.values())
                )
    state.files = {
        str(place or ""): _file(world, package) for place, package in enumerate(state.packages)
    }
    instance = Instance(identity, template, [state])
    while len(instance.states) < RELEASES:
        instance.states.append(state := state.copy())
        if not template.fixed:
            _change(world, instance, state, len(instance.states))
    return instance


def _packages(world: World, template: Template) -> tuple[Package, ...]:
    rng = world.names.rng
    if template.packages:
        name = template.packages[0] if template.fixed else rng.choice(template.packages)
        return (Package(name, template.kit), *rng.sample(world.domains, template.across - 1))
    return tuple(rng.sample(world.domains, template.across))


def _file(world: World, package: Package, *, fresh: bool = False) -> str:
    """A file of the package: a few hold all, until something moves to one of its own."""
    rng = world.names.rng
    files = world.files.setdefault(package, [])
    if fresh or len(files) < _FILES:
        name = (
            f"{rng.choice(NOUNS)}_{rng.choice(NOUNS)}".lower()
            if chance(rng, 0.5)
            else rng.choice(NOUNS).lower()
        )
        if name not in files:
            files.append(name)
        return name
    return rng.choice(files)


def _change(world: World, instance: Instance, state: State, release: int) -> None:
    """What this release does to it: nothing, or one or two things."""
    rng = world.names.rng
    template = instance.template
    for _ in range(rng.choice((0, 1, 1, 1, 2))):
        kinds = ["rename", "rename", "locals", "locals", "types", "file", "split"]
        kinds += [] if template.kit else ["package"]
        kinds += ["variant"] * 6 if template.variants else []
        kind = rng.choice(kinds)
        if kind == "variant":
            state.variant = rng.choice(
                [name for name in ("", *template.variants) if name != state.variant]
            )
            kind = f"variant {state.variant or 'base'}"
        elif kind == "package":
            _move(world, template, state)
        elif kind == "file":
            state.files = _own(state) | {"": _file(world, state.packages[0], fresh=True)}
        elif kind == "split":
            code = shape(template, state.variant)[0]
            state.files[rng.choice(code).name] = _file(
                world, state.packages[0], fresh=chance(rng, 0.5)
            )
        else:
            _rename(
                world, template, state, {"rename": "FfMm", "locals": "v", "types": "TtaAg"}[kind]
            )
        instance.events.append(f"r{release} {kind}")


def _move(world: World, template: Template, state: State) -> None:
    rng = world.names.rng
    if template.packages:
        first = Package(rng.choice(template.packages), template.kit)
        state.packages = (first, *state.packages[1:])
    else:
        others = [package for package in world.domains if package not in state.packages]
        state.packages = (rng.choice(others), *state.packages[1:])
    state.files = _own(state) | {"": _file(world, state.packages[0], fresh=chance(rng, 0.3))}


def _own(state: State) -> dict[str, str]:
    """The files of the other packages stay."""
    return {key: file for key, file in state.files.items() if key.isdigit()}


def _rename(world: World, template: Template, state: State, categories: str) -> None:
    rng = world.names.rng
    for placeholder, choices in template.names.items():
        if "F" in categories and chance(rng, 0.4):
            state.names[placeholder] = rng.choice(choices)
    for placeholder in state.names:
        if placeholder in template.names or placeholder[0] not in categories:
            continue
        if placeholder[0] not in "Ff" or chance(rng, 0.7):
            others = frozenset(name for key, name in state.names.items() if key != placeholder)
            state.names[placeholder] = world.names.draw(placeholder, others)


def _alike(world: World) -> None:
    """In different packages, functions of one name."""
    rng = world.names.rng
    candidates = [instance for instance in world.instances if _single(instance)]
    rng.shuffle(candidates)
    for one, other in list(zip(candidates[::2], candidates[1::2], strict=False))[
        : len(candidates) // 6
    ]:
        states = list(zip(one.states, other.states, strict=True))
        if all(mine.packages != its.packages for mine, its in states):
            for mine, its in states:
                its.names["Fa"] = mine.names["Fa"]
            one.events.append(f"named as {other.id}")
            other.events.append(f"named as {one.id}")


def _single(instance: Instance) -> bool:
    """Whether it is a function in one package."""
    template = instance.template
    return template.across == 1 and not template.packages and "Fa" in instance.states[0].names


def _swap(world: World) -> None:
    """In some releases a function is renamed, and another one takes its old name."""
    rng = world.names.rng
    candidates = [
        instance
        for instance in world.instances
        if _single(instance) and not any("named as" in event for event in instance.events)
    ]
    rng.shuffle(candidates)
    pairs = list(zip(candidates[::2], candidates[1::2], strict=False))
    for old, new in pairs[: max(3, len(pairs) // 6)]:
        release = rng.randint(2, RELEASES)
        name = old.at(release - 1).names["Fa"]
        fresh = world.names.draw("Fa")
        for later in range(release, RELEASES + 1):
            new.at(later).names["Fa"] = name
            old.at(later).names["Fa"] = fresh
        _together(old, new, release)
        old.events.append(f"r{release} renamed, and {new.id} takes the name")
        new.events.append(f"r{release} takes the name of {old.id}")


def _together(old: Instance, new: Instance, release: int) -> None:
    """Into one package, for that is where names are confused."""
    for later in range(1, RELEASES + 1):
        source = old.at(min(later, release))
        state = new.at(later)
        state.packages = source.packages
        state.files = dict(state.files) if later > 1 else {"": source.files[""]}


def _label(world: World) -> None:
    keys = [
        (instance.id, bug)
        for instance in world.everything
        for bug in sorted({call.bug for call in shape(instance.template, "")[1]})
    ]
    numbers = list(range(1, len(keys) + 1))
    world.names.rng.shuffle(numbers)
    world.labels = {key: f"k{number:03}" for key, number in zip(keys, numbers, strict=True)}


def _connect(world: World) -> None:
    """Two to five ways to each bug; every call of the template is on one at least."""
    rng = world.names.rng
    for instance in world.everything:
        calls = shape(instance.template, "")[1]
        for bug in sorted({call.bug for call in calls}):
            own = [number for number, call in enumerate(calls) if call.bug == bug]
            chosen = own + [rng.choice(own) for _ in range(max(0, rng.randint(2, 5) - len(own)))]
            for number in chosen:
                world.paths.append(_path(world, instance, number, bug))


def _path(world: World, instance: Instance, number: int, bug: str) -> Path:
    rng = world.names.rng
    routes = shape(instance.template, "")[1][number].routes
    used = {path.route for path in world.paths if path.instance is instance}
    fresh = [route for route in routes if route not in used]
    route = rng.choice(fresh or routes)
    layers = [layer for layer in world.layers if chance(rng, 0.5)] if route != "race" else []
    return Path(
        world.names.slug(),
        route,
        world.labels[instance.id, bug],
        instance,
        number,
        [_link(world, layer) for layer in layers],
        _history(world, lambda: world.names.draw("F"), 0.15),
        chance(rng, 0.4),
        rng.choice((1, 1, 1, 2, 3)),
    )


def _link(world: World, layer: Package) -> Link:
    rng = world.names.rng
    return Link(
        layer,
        _history(world, lambda: world.names.draw("F"), 0.15),
        _history(world, lambda: _file(world, layer), 0.1),
        _history(world, lambda: rng.choice(_STYLES), 0.15),
        world.names.draw("W"),
    )


def _history(world: World, draw: Callable[[], str], share: float) -> list[str]:
    """A value by release: now and then a new one."""
    values = [draw()]
    while len(values) < RELEASES:
        values.append(draw() if chance(world.names.rng, share) else values[-1])
    return values
