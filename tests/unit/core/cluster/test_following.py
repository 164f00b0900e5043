"""Decisions about clusters that another way of grouping does not have: they follow their crashes, and come back."""

from __future__ import annotations

from streams.core.cluster.decisions import fold
from streams.core.cluster.following import Kept, Whereabouts, followed
from streams.core.cluster.rules import part_id
from streams.model.events import ClusterCommand, SplitRule, VariantName
from streams.model.instant import Instant


def command(kind: str, cluster: str, at: int = 1, **more: object) -> ClusterCommand:
    """A command of a time."""
    fields = {"command": kind, "cluster": cluster, "at": Instant(at), **more}
    return ClusterCommand(**fields)  # type: ignore[arg-type]  # fields of a command


def stack(name: str) -> VariantName:
    """A stack."""
    return VariantName(block="b", fingerprint=name)


def kept(*commands: ClusterCommand) -> dict[str, Kept]:
    """Commands as they were made."""
    return {f"d{number}": Kept(each, each) for number, each in enumerate(commands)}


def test_an_id_that_is_there_stays_and_another_is_followed() -> None:
    where = Whereabouts(present=frozenset("a"), heirs={"a": "x", "b": "y"})
    found = followed(
        kept(command("ignore", "a"), command("merge", "b", other="a"), command("ignore", "z")),
        where,
    )
    assert found["d0"].cluster == "a"
    assert (found["d1"].cluster, found["d1"].other) == ("y", "a")
    assert found["d2"].cluster == "z"


def test_what_was_followed_returns_with_its_id() -> None:
    first, now = command("ignore", "a"), command("ignore", "x")
    both = {"d": Kept(first, now)}
    assert followed(both, Whereabouts(present=frozenset("ax")))["d"].cluster == "a"
    assert followed(both, Whereabouts(present=frozenset("x")))["d"].cluster == "x"
    assert followed(both, Whereabouts(heirs={"x": "y"}))["d"].cluster == "y"


def test_pinned_stacks_are_those_of_the_same_crashes() -> None:
    made = command("pin", "a", variants=(stack("p1"), stack("p2")))
    where = Whereabouts(
        heirs={"a": "x"},
        stacks={stack("p1"): (stack("q1"), stack("q2")), stack("p2"): (stack("q2"),)},
    )
    found = followed(kept(made), where)["d0"]
    assert found.variants == (stack("q1"), stack("q2"))
    again = Whereabouts(present=frozenset("a"), known=frozenset((stack("p1"), stack("p2"))))
    assert followed({"d0": Kept(made, found)}, again)["d0"] == made


def test_what_was_split_off_is_still_named_and_a_rule_of_stacks_is_translated() -> None:
    rule = SplitRule(on="variant", values=("p1",))
    part = part_id("a", rule)
    where = Whereabouts(heirs={"a": "x"}, stacks={stack("p1"): (stack("q1"),)})
    found = followed(kept(command("split", "a", 1, rule=rule), command("ignore", part, 2)), where)
    new = SplitRule(on="variant", values=("q1",))
    assert (found["d0"].cluster, found["d0"].rule) == ("x", new)
    assert found["d1"].cluster == part_id("x", new)
    decided = fold(found).decided
    assert decided[part_id("x", new)].ignored
    assert not decided["x"].ignored
    # And back.
    both = {
        name: Kept(original.original, found[name])
        for name, original in kept(
            command("split", "a", 1, rule=rule), command("ignore", part, 2)
        ).items()
    }
    back = Whereabouts(present=frozenset("a"), known=frozenset((stack("p1"),)))
    assert followed(both, back) == {name: each.original for name, each in both.items()}


def test_a_rule_that_a_merge_taught_to_another_cluster_is_followed_there() -> None:
    rule = SplitRule(on="frame", values=("f",))
    made = (
        command("merge", "a", 1, other="b"),
        command("split", "a", 2, rule=rule),
        command("resolve", part_id("b", rule), 3),
    )
    found = followed(kept(*made), Whereabouts(heirs={"a": "x", "b": "y"}))
    assert found["d2"].cluster == part_id("y", rule)
    assert fold(found).decided[part_id("x", rule)].resolved_at == Instant(3)


def test_an_undo_takes_back_what_it_took_back_though_clusters_became_one() -> None:
    made = (command("ignore", "a", 1), command("resolve", "b", 2), command("undo", "a", 3))
    found = followed(kept(*made), Whereabouts(heirs={"a": "x", "b": "x"}))
    decided = fold(found).decided["x"]
    assert (decided.ignored, decided.resolved_at) == (False, Instant(2))
