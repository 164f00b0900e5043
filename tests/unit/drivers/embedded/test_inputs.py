"""Arguments to inputs: every file once, in a fixed order; nothing that would block or loop."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from streams.drivers.embedded.inputs import Input, find_inputs, open_file, open_live, shown


def names(*arguments: object) -> list[str]:
    inputs, problems = find_inputs(tuple(map(str, arguments)))
    assert problems == ()
    return [item.name for item in inputs]


def test_a_folder_gives_its_files_in_name_order_with_subfolders_below(tmp_path: Path) -> None:
    for name in ("b.log", "a.log", "sub/c.log", "sub/deep/d.log", "alpha/z.log"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * len(name))
    inputs, problems = find_inputs((str(tmp_path),))
    assert problems == ()
    assert [(item.name.removeprefix(f"{tmp_path}/"), item.size) for item in inputs] == [
        ("a.log", 5),
        ("b.log", 5),
        ("alpha/z.log", 11),
        ("sub/c.log", 9),
        ("sub/deep/d.log", 14),
    ]
    assert all(item.resumable for item in inputs)


def test_hidden_files_and_folders_are_left_out_but_may_be_named(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git/log").write_text("x")
    (tmp_path / ".swp").write_text("x")
    (tmp_path / "a.log").write_text("x")
    assert names(tmp_path) == [f"{tmp_path}/a.log"]
    assert names(tmp_path / ".swp") == [f"{tmp_path}/.swp"]


def test_links_that_loop_pipes_and_dangling_links_in_a_folder_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("x")
    (tmp_path / "up").symlink_to(tmp_path)
    (tmp_path / "self").symlink_to(tmp_path / "self")
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "fifo")
    assert names(tmp_path) == [f"{tmp_path}/a.log"]


def test_a_link_to_a_file_is_read_as_kubernetes_writes_its_logs(tmp_path: Path) -> None:
    (tmp_path / "pods").mkdir()
    (tmp_path / "pods/0.log").write_text("x")
    (tmp_path / "containers").mkdir()
    (tmp_path / "containers/shop.log").symlink_to(tmp_path / "pods/0.log")
    assert names(tmp_path / "containers") == [f"{tmp_path}/containers/shop.log"]


def test_an_input_that_is_named_twice_is_read_once_in_the_order_given(tmp_path: Path) -> None:
    for name in ("a.log", "b.log"):
        (tmp_path / name).write_text("x")
    b, a = tmp_path / "b.log", tmp_path / "a.log"
    assert names("-", b, tmp_path, "-", b) == ["-", str(b), str(a)]


@pytest.mark.parametrize(
    ("argument", "what"),
    [("missing.log", "No such file or directory"), ("a.log/b", "Not a directory")],
)
def test_what_cannot_be_found_is_a_problem_and_the_rest_is_read(
    argument: str, what: str, tmp_path: Path
) -> None:
    (tmp_path / "a.log").write_text("x")
    bad, good = f"{tmp_path}/{argument}", f"{tmp_path}/a.log"
    inputs, (problem,) = find_inputs((bad, good))
    assert [item.name for item in inputs] == [good]
    assert (problem.thing, problem.what, problem.fatal) == (bad, what, True)
    assert problem.next_step


def test_a_folder_without_files_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / ".hidden").write_text("x")
    inputs, (problem,) = find_inputs((str(tmp_path),))
    assert inputs == ()
    assert (problem.thing, problem.what) == (str(tmp_path), "the folder holds no files")


def test_stdin_and_pipes_cannot_be_resumed(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    inputs, _ = find_inputs(("-", str(tmp_path / "fifo")))
    assert [(item.resumable, item.path is None) for item in inputs] == [
        (False, True),
        (False, False),
    ]


def test_an_events_file_is_marked_as_such(tmp_path: Path) -> None:
    (tmp_path / "e.jsonl").write_text("{}")
    (item,), _ = find_inputs((str(tmp_path / "e.jsonl"),), events=True)
    assert item == Input(str(tmp_path / "e.jsonl"), tmp_path / "e.jsonl", 2, events=True)


def test_a_name_that_is_no_text_can_be_shown() -> None:
    assert shown(Path(os.fsdecode(b"caf\xe9.log"))) == "caf\ufffd.log"


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(data)


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstd], ids=["plain", "gzip", "zstd"])
@pytest.mark.parametrize("size", [0, 1, 3, 10, 300_000])
def test_a_file_is_opened_as_what_it_holds(
    pack: Callable[[bytes], bytes], size: int, tmp_path: Path
) -> None:
    data = os.urandom(size)
    path = tmp_path / "file"
    path.write_bytes(pack(data) + pack(b"second"))
    with open_file(path) as stream:
        found = b""
        while block := stream.read(1000):
            assert len(block) <= 1000
            found += block
    assert found == data + b"second"
    assert stream.closed


@pytest.mark.parametrize("pack", [gzip.compress, zstd], ids=["gzip", "zstd"])
def test_a_cut_off_file_gives_what_can_be_read_before_it_says_so(
    pack: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    data = os.urandom(400_000)
    path = tmp_path / "file"
    packed = pack(data)
    path.write_bytes(packed[: len(packed) * 3 // 4])
    found = b""
    with open_file(path) as stream:
        for _ in range(1000):
            found += stream.read(1024 * 1024) if len(found) < 250_000 else b""
        with pytest.raises(EOFError, match="cut off"):
            stream.read()
    assert len(found) >= 250_000
    assert data.startswith(found)


def test_a_file_that_is_gone_is_an_oserror(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        open_file(tmp_path / "gone")


def test_a_pipe_is_opened_unbuffered(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    writer = os.open(fifo, os.O_RDWR)
    try:
        with open_live(Input(str(fifo), fifo)) as stream:
            os.write(writer, b"line\n")
            assert stream.read(100) == b"line\n"
    finally:
        os.close(writer)
