"""Errors of the standard library that a program wraps: of which kind they are.

In: what stands behind the user's own part of an error's text. Out: the name of a kind. The texts are those of Go 1.26.
"""

from __future__ import annotations

import re
from typing import Final

from streams.core.fingerprint.normalize import failure_class

# `strconv.Atoi: parsing ...`, `encoding/hex: invalid byte`, `sql: no rows in result set`.
_PACKAGE: Final = re.compile(
    r"(?:encoding/)?(strconv|json|xml|hex|base32|base64|csv|gob|asn1|pem|binary|gzip|zlib|flate|lzw|tar|zip|sql|http|tls"
    r"|x509|template|mime|multipart|bufio|bytes|strings|big|flag|exec|netip|mail|png|jpeg|gif|image)(?:\.\w+)?: "
)
# How those begin, or end, that do not say their package.
_UNSAID: Final = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("json", r"invalid character |unexpected end of JSON input"),
        ("time", r"parsing time "),
        ("csv", r"record on line |parse error on line "),
        ("url", r"parse \""),
        ("regexp", r"error parsing regexp: "),
        ("eof", r"(?:unexpected )?EOF$"),
        ("timeout", r"(?:.*: )?i/o timeout$|context deadline exceeded"),
        ("canceled", r"context canceled"),
        (
            "closed",
            r"(?:.*: )?(?:use of closed network connection|file already closed)$|io: read/write on closed pipe",
        ),
        ("missing", r"(?:.*: )?(?:file does not exist|no such file or directory)$"),
        ("permission", r"(?:.*: )?permission denied$"),
    )
)


def kind_of_foreign(text: str) -> str:
    """The package that made an error, what kind it is, or the class of failure of a panic that became one; else empty.

    One place fails in one way for one reason: an error of another kind behind it is another mistake.
    """
    package = _PACKAGE.match(text)
    if package is not None:
        return package[1]
    said = (name for name, begins in _UNSAID if begins.match(text))
    return next(said, "") or failure_class(text, None, "")
