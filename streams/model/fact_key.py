"""The key of a fact as a struct: the text of a Request, and back.

In: a kind of fact, the struct of its keys. Out: what makes requests of keys; equal keys give equal requests.
"""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

from streams.model.step import FactKind, Request

K = TypeVar("K")


class FactKey(Generic[K]):
    """Requests of one kind."""

    def __init__(self, kind: FactKind, form: object) -> None:
        """`form`: the struct of a key, or a union of tagged ones."""
        self._kind: FactKind = kind
        self._decoder: msgspec.json.Decoder[K] = msgspec.json.Decoder(form)

    def request(self, key: K) -> Request:
        """The request for a fact."""
        return Request(self._kind, msgspec.json.encode(key).decode("utf-8", "surrogatepass"))

    def key(self, request: Request) -> K:
        """The key of a request that `request` made. Raises ValueError for any other."""
        try:
            return self._decoder.decode(request.key)
        except msgspec.DecodeError as error:
            raise ValueError(str(error)) from None
