"""Where cores, programs and references stand, in a store and in a spool; names that a file may have.

In: URIs, names. Out: paths. Imports next to nothing: the handler is started by the kernel.

    store    NAME.core.zst  NAME.core.json (when it is sent)  binaries/ID.zst
    spool    NAME.core.json (to be sent)  NAME.core.zst, binaries/ID.zst (where the store is away, or not a folder)
"""

from __future__ import annotations

from hashlib import blake2b
from os import fsdecode
from pathlib import Path
from typing import Final
from urllib.parse import unquote_to_bytes

REFERENCE: Final = ".core.json"
BINARIES: Final = "binaries"
_LONGEST: Final = 80


def folder_of(uri: str) -> Path | None:
    """The folder of a store, None where the store is no folder."""
    if uri.startswith("file:"):
        rest = uri.removeprefix("file:")
        rest = rest.removeprefix("//localhost").removeprefix("//")
        return Path(fsdecode(unquote_to_bytes(rest)))
    return None if "://" in uri else Path(uri)


def file_name(text: str) -> str:
    """As much of a name as may stand in a file's."""
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "._") else "_" for c in text)
    return kept[:_LONGEST].lstrip(".") or "program"


def binary_path(folder: Path, build_id: str) -> Path:
    """Where a program is kept. Go's own build IDs have slashes, and are long."""
    return folder / BINARIES / binary_name(build_id)


def binary_name(build_id: str) -> str:
    """The file name of a program."""
    if len(build_id) <= _LONGEST and build_id.isascii() and build_id.isalnum():
        return f"{build_id}.zst"
    return f"{blake2b(build_id.encode(), digest_size=20).hexdigest()}.zst"
