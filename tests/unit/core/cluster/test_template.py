"""What messages have in common: constant text and examples, bounded, blind to order."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.cluster.template import MAX_CHARS, template
from streams.model.cluster_facts import Varying


def test_numbers_that_vary_are_examples() -> None:
    found = template(f"index out of range [{n}] with length {n - 1}" for n in range(1, 9))
    assert found.text == "index out of range [{1}] with length {2}"
    assert [each.distinct for each in found.varying] == [8, 8]
    assert found.varying[0].examples == ("1", "2", "3")
    assert found.messages == 8


def test_names_and_what_is_missing_in_some_vary_too() -> None:
    found = template(
        [
            "open shop: permission denied",
            "open cart: permission denied",
            "open cart: permission denied for now",
        ]
    )
    assert found.text == "open {1}: permission denied{2}"
    assert found.varying[-1] == Varying(examples=(" for now",), distinct=2)


def test_one_message_is_itself_and_none_is_empty() -> None:
    assert template(["boom"]).text == template(["boom", "boom"]).text == "boom"
    assert template([]).text == template([""]).text == ""
    assert template(["boom"]).varying == ()


def test_a_message_that_says_something_else_does_not_dissolve_the_rest() -> None:
    alike = [f"cart {n} is not there" for n in range(5)]
    assert template([*alike, "x"]).text == template(alike).text == "cart {1} is not there"


def test_long_messages_are_cut_and_many_are_sampled() -> None:
    rnd = Random(1)  # noqa: S311 - test data
    huge = [f"id {n} " + "x" * 1_000_000 for n in range(3)]
    assert len(template(huge).text) < MAX_CHARS + len("{1}")
    many = [" ".join(rnd.choices("abcdefgh", k=60)) for _ in range(400)]
    assert template(many).messages == 200


@settings(deadline=None)
@given(st.lists(st.text("ab 1.", max_size=12), max_size=8), st.randoms(use_true_random=False))
def test_the_order_does_not_matter_and_examples_fill_the_gaps(
    messages: list[str], random: Random
) -> None:
    found = template(messages)
    random.shuffle(messages)
    assert template(messages) == found
    assert len(found.varying) == found.text.count("{")
