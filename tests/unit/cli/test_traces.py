"""TRACES.jsonl: rows in order, or which line is wrong and what is wanted."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from streams.cli.traces import Trace, read_traces
from streams.model.crash import Build
from streams.model.errors import BadInput

ROWS = b'{"id":1,"text":"panic: x"}\n\n{"id":"b","text":"\xe2\x80\xa8","build":{"version":"v1"}}'


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(data)


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstd], ids=["plain", "gzip", "zstd"])
def test_rows_are_read_in_order_from_plain_and_compressed_files(
    pack: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    path = tmp_path / "traces.jsonl"
    path.write_bytes(pack(ROWS))
    assert list(read_traces(str(path))) == [
        Trace(id=1, text="panic: x"),
        Trace(id="b", text="\u2028", build=Build(version="v1")),
    ]


@pytest.mark.parametrize(
    "line", ["not json", "[]", '{"id":1}', '{"text":"t"}', '{"id":[],"text":"t"}']
)
def test_a_bad_line_is_named_with_what_is_wanted(line: str, tmp_path: Path) -> None:
    path = tmp_path / "traces.jsonl"
    path.write_text('{"id":1,"text":"t"}\n' + line + "\n")
    with pytest.raises(BadInput) as raised:
        list(read_traces(str(path)))
    assert str(raised.value).startswith(f"{path}:2: ")
    assert 'want {"id": …, "text": …} on each line' in str(raised.value)


@pytest.mark.parametrize("pack", [gzip.compress, zstd], ids=["gzip", "zstd"])
def test_a_cut_off_file_is_named(pack: Callable[[bytes], bytes], tmp_path: Path) -> None:
    path = tmp_path / "traces.jsonl.z"
    path.write_bytes(pack(ROWS)[:-3])
    with pytest.raises(BadInput) as raised:
        list(read_traces(str(path)))
    assert str(raised.value).startswith(f"{path}: compressed input is cut off: name a readable")


def test_a_file_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"gone: No such file or directory: name a readable file"):
        list(read_traces(str(tmp_path / "gone")))
