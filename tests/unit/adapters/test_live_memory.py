"""Memory of processes that live: our own, and one that ends while it is read."""

from __future__ import annotations

import ctypes
import os
import subprocess
from pathlib import Path

import pytest

from streams.adapters.live_memory import LiveMemory
from streams.model.errors import BadInput

PAGE = 4096


def buffer(text: bytes) -> tuple[ctypes.Array[ctypes.c_char], int]:
    """Some memory of ours, and where it is."""
    made = ctypes.create_string_buffer(text, len(text))
    return made, ctypes.addressof(made)


def test_the_bytes_at_an_address_are_those_that_stand_there() -> None:
    _kept, address = buffer(b"what stands here")
    with LiveMemory(os.getpid()) as memory:
        found = b""
        while len(found) < 16:
            found += bytes(memory.view(address + len(found), 16 - len(found)))
    assert found == b"what stands here"


def test_a_view_ends_with_its_page() -> None:
    _kept, address = buffer(bytes(2 * PAGE))
    with LiveMemory(os.getpid()) as memory:
        assert len(memory.view(address, 2 * PAGE)) == PAGE - address % PAGE
        assert len(memory.view(address, 1)) == 1


def test_what_was_read_stays_until_it_is_let_go_of() -> None:
    made, address = buffer(b"before")
    with LiveMemory(os.getpid()) as memory:
        assert bytes(memory.view(address, 1)) == b"b"
        made[0] = b"a"
        assert bytes(memory.view(address, 1)) == b"b"
        memory.release()
        assert bytes(memory.view(address, 1)) == b"a"


def test_of_many_pages_the_first_are_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.adapters.live_memory._KEPT", 2)
    made, address = buffer(b"x" * 8 * PAGE)
    with LiveMemory(os.getpid()) as memory:
        for page in range(8):
            assert bytes(memory.view(address + page * PAGE, 1)) == b"x"
        made[0] = b"y"
        assert bytes(memory.view(address, 1)) == b"y"


@pytest.mark.parametrize("address", [0, 8, 1 << 47, (1 << 63) - 8, 1 << 63, (1 << 64) - 8])
def test_where_nothing_is_mapped_there_is_nothing(address: int) -> None:
    with LiveMemory(os.getpid()) as memory:
        assert len(memory.view(address, 8)) == 0


def test_a_process_that_ends_while_it_is_read_is_said() -> None:
    with subprocess.Popen(["sleep", "60"]) as process:
        stack = Path(f"/proc/{process.pid}/maps").read_text().splitlines()[0]
        address = int(stack.partition("-")[0], 16)
        with LiveMemory(process.pid) as memory:
            assert len(memory.view(address, 8)) == 8
            process.kill()
            process.wait()
            memory.release()
            with pytest.raises(BadInput, match=rf"process {process.pid} ended while it was read"):
                memory.view(address, 8)


def test_no_process_is_an_error_of_the_system() -> None:
    with pytest.raises(FileNotFoundError):
        LiveMemory(1 << 22)
