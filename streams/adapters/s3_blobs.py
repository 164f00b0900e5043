"""A bucket of S3, or of what speaks its protocol, as a store of blobs.

By obstore (MIT), which is the object_store of Apache Arrow: it imports in 30 ms, and needs no other package.

In: s3://BUCKET/PREFIX, names, files. Out: the blobs port. Credentials, region and endpoint come from the environment,
as everywhere: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION, AWS_ENDPOINT_URL, web identity,
container and instance metadata. Large files go up in parts, few at a time, each with its checksum; what is not
complete is not there.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import S3Store

from streams.model.errors import BadInput, PassingTrouble
from streams.ports.blobs import Blob

_PART_BYTES: Final = 8 * 1024 * 1024
_PARTS_AT_ONCE: Final = 2
_CHUNK_BYTES: Final = 1024 * 1024
_RETRY_SECONDS: Final = 10
_CONNECT_SECONDS: Final = 5
# Of a whole request; a part of 8 MiB goes up in that time at 70 kB/s.
_REQUEST_SECONDS: Final = 120
_SHOWN: Final = 300


class S3Blobs:
    """Implements the blobs port."""

    def __init__(self, uri: str) -> None:
        """Nothing is asked yet. Raises BadInput for a URI that names no bucket."""
        bucket, _, prefix = uri.removeprefix("s3://").rstrip("/").partition("/")
        if not uri.startswith("s3://") or not bucket:
            raise BadInput(f"core_store = {uri[:_SHOWN]!r}: want s3://BUCKET/PREFIX")
        self._root = f"s3://{bucket}/" + (f"{prefix}/" if prefix else "")
        endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
        # An endpoint that is named by http:// is meant so.
        plain = bool(endpoint and endpoint.startswith("http://"))
        try:
            self._store = S3Store(
                bucket,
                prefix=prefix or None,
                config={"endpoint": endpoint} if endpoint else {},
                client_options={
                    "allow_http": plain,
                    "connect_timeout": timedelta(seconds=_CONNECT_SECONDS),
                    "timeout": timedelta(seconds=_REQUEST_SECONDS),
                },
                retry_config={
                    "max_retries": 3,
                    "retry_timeout": timedelta(seconds=_RETRY_SECONDS),
                },
            )
        except BaseError as error:
            raise BadInput(f"{self._root}: {_said(error)}") from error

    def uri(self, name: str) -> str:
        """`s3://…`."""
        return self._root + name

    def name_of(self, uri: str) -> str | None:
        """Of a URI below the prefix."""
        name = uri.removeprefix(self._root)
        return name if uri.startswith(self._root) and ".." not in name.split("/") else None

    def put(self, name: str, source: Path) -> None:
        """In parts, where it is large."""
        with source.open("rb") as stream, self._trouble():
            obstore.put(
                self._store,
                name,
                stream,
                use_multipart=None,
                chunk_size=_PART_BYTES,
                max_concurrency=_PARTS_AT_ONCE,
            )

    def look(self, name: str) -> Blob | None:
        """What is there."""
        try:
            with self._trouble():
                found = obstore.head(self._store, name)
        except KeyError:
            return None
        return Blob(name, found["size"], found["last_modified"].timestamp())

    def read(self, name: str) -> Iterator[bytes]:
        """Its bytes as they come."""
        with self._trouble():
            found = obstore.get(self._store, name)
        return self._chunks(found)

    def _chunks(self, found: obstore.GetResult) -> Iterator[bytes]:
        with self._trouble():
            for data in found.stream(min_chunk_size=_CHUNK_BYTES):
                yield bytes(data)

    def listed(self) -> Iterator[Blob]:
        """All below the prefix."""
        with self._trouble():
            for page in obstore.list(self._store):
                for found in page:
                    yield Blob(found["path"], found["size"], found["last_modified"].timestamp())

    def remove(self, name: str) -> None:
        """Delete it."""
        try:
            with self._trouble():
                obstore.delete(self._store, name)
        except KeyError:
            return

    @contextmanager
    def _trouble(self) -> Iterator[None]:
        try:
            yield
        except (NotFoundError, FileNotFoundError) as error:
            if "NoSuchBucket" in str(error):
                raise PassingTrouble(f"{self._root}: there is no such bucket: make it") from error
            raise KeyError(str(error)) from error
        except (BaseError, OSError) as error:
            step = "see the endpoint (AWS_ENDPOINT_URL), the credentials and what they allow"
            raise PassingTrouble(f"{self._root}: {_said(error)}: {step}") from error


def _said(error: Exception) -> str:
    """The first line of what the client says, which may quote a whole answer."""
    return " ".join(str(error).partition("Debug source")[0].split())[:_SHOWN]
