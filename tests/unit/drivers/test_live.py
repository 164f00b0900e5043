"""Why a process cannot be looked at: each reason with what is missing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from streams.adapters.proc import Proc, Status
from streams.drivers.live import find_target, refusal
from streams.model.errors import BadInput

NO_CAPABILITY = "CapEff:\t0000000000000000\n"
ALL = "CapEff:\t000001ffffffffff\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A /proc with process 41, and us without capabilities."""
    for name in ("41/ns", "self/ns", "sys/kernel/yama"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "self/status").write_text(NO_CAPABILITY)
    (tmp_path / "self/mounts").write_text("")
    return tmp_path


def status(**changed: object) -> Status:
    """A process of ours that waits."""
    plain: dict[str, object] = {
        "name": "shop", "state": "S", "process": 41, "own_id": 41, "tracer": 0, "uids": (os.geteuid(),) * 4,
        "kernel": False,
    }  # fmt: skip
    return Status(**{**plain, **changed})  # type: ignore[arg-type]  # fields by name


def said(root: Path, **changed: object) -> str:
    """Why the process may not be read."""
    return refusal(41, status(**changed), Proc(str(root)))


def test_the_process_of_another_user_needs_that_user_or_the_capability(root: Path) -> None:
    other = os.geteuid() + 1
    found = said(root, uids=(other,) * 4)
    assert f"belongs to user {other}, we are {os.geteuid()}" in found
    assert "CAP_SYS_PTRACE" in found


@pytest.mark.parametrize(
    ("scope", "who"), [(1, "only its ancestors"), (2, "nobody"), (3, "nobody")]
)
def test_yama_is_named_where_it_forbids(root: Path, scope: int, who: str) -> None:
    (root / "sys/kernel/yama/ptrace_scope").write_text(f"{scope}\n")
    found = said(root)
    assert f"kernel.yama.ptrace_scope is {scope}: {who}" in found
    assert "CAP_SYS_PTRACE" in found


def test_what_is_not_dumpable_is_said_to_be_so(root: Path) -> None:
    (root / "sys/kernel/yama/ptrace_scope").write_text("0\n")
    assert "is not dumpable" in said(root)


def test_with_the_capability_another_user_namespace_or_a_module_forbids(root: Path) -> None:
    (root / "self/status").write_text(ALL)
    assert "a security module (AppArmor, SELinux)" in said(root)
    for name in ("41", "self"):
        (root / name / "ns/user").symlink_to(f"user:[{name}]")
    assert "is in another user namespace" in said(root)


def fill(root: Path, **changed: str) -> None:
    """Files of process 41."""
    rows = {"Name": "shop", "State": "S (sleeping)", "Tgid": "41", "Pid": "41", "TracerPid": "0"}
    rows |= {"Uid": "0 0 0 0", **changed}
    (root / "41/status").write_text("".join(f"{key}:\t{value}\n" for key, value in rows.items()))
    flags = 0x00200000 if changed.get("Name") == "kthreadd" else 0
    (root / "41/stat").write_text(f"41 (shop) S 1 41 41 0 -1 {flags} 0")


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"State": "Z (zombie)"}, "has ended; its parent has not asked"),
        ({"Name": "kthreadd"}, "is a thread of the kernel (kthreadd)"),
        ({"Tgid": "40"}, "is a thread of process 40 (shop): name that"),
    ],
)
def test_what_has_no_memory_of_its_own_is_named(
    root: Path, changed: dict[str, str], why: str
) -> None:
    fill(root, **changed)
    with pytest.raises(BadInput) as problem:
        find_target(41, Proc(str(root)))
    assert why in str(problem.value)


def test_no_process_names_the_pid_that_is_wanted(root: Path) -> None:
    with pytest.raises(BadInput, match=r"there is none with this PID.*not the container's own"):
        find_target(1 << 22, Proc(str(root)))


def test_a_process_that_is_hidden_names_the_mount_option(root: Path) -> None:
    (root / "self/mounts").write_text(f"proc {root} proc rw,hidepid=2 0 0\n")
    with pytest.raises(BadInput, match=r"exists, but .* is mounted with hidepid=2, which hides it"):
        find_target(os.getpid(), Proc(str(root)))
