"""Keys of source facts as texts."""

from __future__ import annotations

import pytest

from streams.model.source import FileKey, LayoutKey, NamedKey, source_key, source_request
from streams.model.step import Request


@pytest.mark.parametrize(
    "key",
    [
        LayoutKey("shop"),
        LayoutKey("shop", ("v1", "e" * 40), "r"),
        NamedKey("shop", "e" * 40, "x.go"),
        FileKey('sh"op', "e" * 40, "a/\x1f ü.go"),
    ],
)
def test_a_key_survives_as_the_text_of_a_request(key: LayoutKey | NamedKey | FileKey) -> None:
    request = source_request(key)
    assert request.kind == "source"
    assert source_key(request) == key


@pytest.mark.parametrize("text", ["", "{}", '{"type":"other"}', '{"type":"file","repo":1}'])
def test_another_text_is_no_key(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        source_key(Request("source", text))
