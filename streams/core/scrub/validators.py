"""Second looks at a candidate: check digits and the shape of credentials.

In: the text that would be replaced. Out: yes or no. Never scans more than it is given.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, Literal

ValidatorName = Literal["card", "opaque", "basic", "mailbox"]

# Issuer ranges with the lengths that they issue (ISO/IEC 7812 and the networks' public tables). They keep out
# epoch times in micro- and nanoseconds, which begin with 1, and most counters.
_ISSUERS: Final = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})"  # Visa
    r"|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}"  # Mastercard
    r"|3[47]\d{13}"  # American Express
    r"|3(?:0[0-5]|[689]\d)\d{11}"  # Diners Club
    r"|6(?:011|4[4-9]\d|5\d\d)\d{12,15}"  # Discover
    r"|35(?:2[89]|[3-8]\d)\d{12,15}"  # JCB
    r"|62\d{14,17}",  # UnionPay
    re.ASCII,
)
_OPAQUE_LENGTH: Final = 24
# fmt: off
_NOT_A_TOP_LEVEL: Final = frozenset((
    "css", "gif", "go", "html", "jpeg", "jpg", "js", "json", "log", "mount", "png",
    "service", "slice", "socket", "svg", "target", "timer", "txt", "yaml", "yml",
))
# fmt: on
_VERSION: Final = re.compile(r"v?\d+\.\d", re.ASCII)


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value  # noqa: PLR2004 - the digit sum of 10..18
    return total % 10 == 0


def is_card(text: str) -> bool:
    """Tell whether a number is a payment card's: issuer range, length and Luhn check digit."""
    digits = text.replace(" ", "").replace("-", "")
    return len(set(digits)) > 1 and bool(_ISSUERS.fullmatch(digits)) and _luhn(digits)


def is_opaque(text: str) -> bool:
    """Tell a credential from a word of prose: it has a digit, or is longer than words are."""
    return len(text) >= _OPAQUE_LENGTH or any(char.isdigit() for char in text)


def is_basic(text: str) -> bool:
    """Tell whether this is the base64 of `user:password`."""
    try:
        return b":" in binascii.a2b_base64(text + "=" * (-len(text) % 4))
    except binascii.Error:
        return False


def is_mailbox(text: str) -> bool:
    """Tell an address from what only looks like one: `mod@v1.2.3`, `git@host`, `icon@2x.png`, `getty@tty1.service`."""
    local, _, domain = text.rpartition("@")
    top = domain.rpartition(".")[2].lower()
    return local != "git" and top not in _NOT_A_TOP_LEVEL and not _VERSION.match(domain)


VALIDATORS: Final[Mapping[ValidatorName, Callable[[str], bool]]] = MappingProxyType(
    {"card": is_card, "opaque": is_opaque, "basic": is_basic, "mailbox": is_mailbox}
)
