"""What every store of blobs must do, whichever adapter: a folder, and a real S3 server."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path

import pytest

from streams.drivers.core_store import store_of
from streams.model.errors import BadInput, PassingTrouble
from streams.ports.blobs import Blobs
from tests.s3_server import S3Server

# More than a part of a large upload, and nothing that compresses.
LARGE = os.urandom(20 * 1024 * 1024)


@pytest.fixture(params=["folder", "s3"])
def uri(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "folder":
        return (tmp_path / "store").as_uri()
    found: str = request.getfixturevalue("bucket")
    return found


@pytest.fixture
def store(uri: str) -> Blobs:
    return store_of(uri)


def put(store: Blobs, name: str, data: bytes, folder: Path) -> None:
    source = folder / "source"
    source.write_bytes(data)
    store.put(name, source)
    source.unlink(missing_ok=True)


def test_what_was_put_is_there_whole(store: Blobs, tmp_path: Path) -> None:
    before = time.time()
    for name, data in (("a.core.zst", b"abc"), ("binaries/x.zst", LARGE), ("empty", b"")):
        put(store, name, data, tmp_path)
        assert b"".join(store.read(name)) == data
        found = store.look(name)
        assert found is not None
        assert (found.name, found.size) == (name, len(data))
        assert before - 2 < found.at_seconds < time.time() + 2
    assert {(blob.name, blob.size) for blob in store.listed()} == {
        ("a.core.zst", 3), ("binaries/x.zst", len(LARGE)), ("empty", 0),
    }  # fmt: skip


def test_putting_again_replaces(store: Blobs, tmp_path: Path) -> None:
    put(store, "a", LARGE, tmp_path)
    put(store, "a", b"less", tmp_path)
    assert b"".join(store.read("a")) == b"less"
    assert [blob.size for blob in store.listed()] == [4]


def test_what_is_not_there_is_said_and_may_be_removed(store: Blobs, tmp_path: Path) -> None:
    assert list(store.listed()) == []
    assert store.look("a") is None
    with pytest.raises(KeyError):
        next(store.read("a"))
    store.remove("a")
    put(store, "a", b"1", tmp_path)
    put(store, "b", b"2", tmp_path)
    store.remove("a")
    store.remove("a")
    assert [blob.name for blob in store.listed()] == ["b"]


def test_a_uri_leads_back_to_its_name_and_to_none_elsewhere(
    store: Blobs, uri: str, tmp_path: Path
) -> None:
    put(store, "binaries/x y", b"1", tmp_path)
    assert store.name_of(store.uri("binaries/x y")) == "binaries/x y"
    assert store.uri("a").startswith(uri)
    for other in (uri + "-other/a", "file:///a", "s3://elsewhere/a", "", f"{uri}/../a"):
        assert store.name_of(other) is None


def test_a_source_that_cannot_be_read_leaves_nothing(store: Blobs, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        store.put("a", tmp_path / "none")
    assert list(store.listed()) == []


def test_a_store_that_is_away_is_passing_trouble_with_the_next_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, s3_server: S3Server
) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"1")
    blocked = tmp_path / "blocked"
    blocked.write_bytes(b"no folder")
    for name, value in s3_server.environment.items():
        monkeypatch.setenv(name, value)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{nobody.getsockname()[1]}")
        for store, step in (
            (store_of(f"{blocked.as_uri()}/store"), "mounted"),
            (store_of("s3://cores/x"), "AWS_ENDPOINT_URL"),
        ):
            with pytest.raises(PassingTrouble, match=step):
                store.put("a", source)


def test_wrong_credentials_are_said(
    bucket: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    with pytest.raises(PassingTrouble, match="credentials"):
        put(store_of(bucket), "a", b"1", tmp_path)


@pytest.mark.parametrize("uri", ["s3://", "s3:///x", "relative", "http://x/y", "file:relative"])
def test_what_names_no_store_is_bad_input(uri: str) -> None:
    with pytest.raises(BadInput, match="core_store"):
        store_of(uri)
