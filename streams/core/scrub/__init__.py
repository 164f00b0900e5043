"""Secrets stop here (law 8): crash texts, log lines and their context in, the same without secrets out.

In: texts and JSON values. Out: scrubbed ones with counts by kind. Never touches frames; never does I/O.
"""

from streams.core.scrub.patterns import PATTERNS, Pattern, load_patterns
from streams.core.scrub.scrub import Scrubbed, scrub
from streams.core.scrub.value import ScrubbedValue, scrub_value

__all__ = [
    "PATTERNS",
    "Pattern",
    "Scrubbed",
    "ScrubbedValue",
    "load_patterns",
    "scrub",
    "scrub_value",
]
