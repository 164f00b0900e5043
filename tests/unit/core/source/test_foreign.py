"""Errors of the standard library by the package that made them."""

from __future__ import annotations

import pytest

from streams.core.source.foreign import kind_of_foreign


@pytest.mark.parametrize(
    ("wrapped", "kind"),
    [
        ("encoding/hex: invalid byte: U+006C 'l'", "hex"),
        ("json: cannot unmarshal string into Go struct field .Amount of type int", "json"),
        ("invalid character 'c' looking for beginning of value", "json"),
        ('strconv.Atoi: parsing "x": invalid syntax', "strconv"),
        ('strconv.ParseUint: parsing "1-2": value out of range', "strconv"),
        ('parsing time "2025-29-04": month out of range', "time"),
        ("dial tcp 10.0.0.7:5432: i/o timeout", "timeout"),
        ("read tcp 10.0.0.7:5432: use of closed network connection", "closed"),
        ("open /etc/x.toml: no such file or directory", "missing"),
        ("unexpected EOF", "eof"),
        ("runtime error: index out of range [7] with length 3", "index-out-of-range"),
        ("assignment to entry in nil map", "nil-map-write"),
        ("price list is not available", ""),
        ("EOF of the day", ""),
        ("template of the house is gone", ""),
        ("", ""),
    ],
)
def test_foreign_errors_are_known_by_the_package_that_made_them(wrapped: str, kind: str) -> None:
    """As Go 1.26 prints them; the first part of a line of an own error is no package."""
    assert kind_of_foreign(wrapped) == kind
