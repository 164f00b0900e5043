"""What a sender is told of a body that is refused.

In: a call that raises. Out: the error and its place.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from streams.core.webhooks.delivery import UnreadableError


def refusal(call: Callable[[], object]) -> tuple[str, str]:
    """The error and where it is."""
    with pytest.raises(UnreadableError) as raised:
        call()
    return raised.value.error, raised.value.where
