"""What /proc says, by files as Linux writes them."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from streams.adapters.proc import Proc, exists

STATUS = """\
Name:\tshop
Umask:\t0022
State:\tS (sleeping)
Tgid:\t41
Pid:\t41
TracerPid:\t0
Uid:\t1000\t1001\t1002\t1003
NSpid:\t41\t7\t1
"""
STAT = "41 (sh) op) S 1 41 41 0 -1 4194560 100 0"
SMAPS = """\
55d0c0000000-55d0c0001000 r-xp 00001000 fd:01 4711                       /srv/my shop (v2)
Size:                  4 kB
Anonymous:             0 kB
VmFlags: rd ex mr mw me
7f0000000000-7f0000200000 rw-p 00000000 00:00 0\x20
Anonymous:          1024 kB
AnonHugePages:         0 kB
VmFlags: rd wr mr mw me ac dd
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A /proc with process 41, and us as `self`."""
    for name in ("41/ns", "41/task/41", "self/ns", "sys/kernel/yama"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "41/status").write_text(STATUS)
    (tmp_path / "41/stat").write_text(STAT)
    (tmp_path / "41/smaps").write_text(SMAPS)
    (tmp_path / "41/maps").write_text("".join(SMAPS.splitlines(keepends=True)[::4][:1]))
    (tmp_path / "self/mounts").write_text("proc /proc proc rw,nosuid 0 0\n")
    (tmp_path / "self/status").write_text("CapEff:\t0000000000080000\n")
    return tmp_path


def test_a_status_has_the_ids_of_both_namespaces(root: Path) -> None:
    status = Proc(str(root)).status(41)
    assert (status.name, status.state, status.process, status.own_id) == ("shop", "S", 41, 1)
    assert (status.uids, status.tracer, status.kernel) == ((1000, 1001, 1002, 1003), 0, False)


def test_a_thread_of_the_kernel_is_known_by_its_flag(root: Path) -> None:
    (root / "41/stat").write_text(STAT.replace("4194560", str(0x00208040)))
    assert Proc(str(root)).status(41).kernel


def test_mappings_have_names_with_blanks_sizes_and_flags(root: Path) -> None:
    proc = Proc(str(root))
    file, heap = proc.areas(41, sizes=True)
    assert (file.path, file.offset, file.access) == ("/srv/my shop (v2)", 0x1000, "r-xp")
    assert (heap.end - heap.start, heap.path) == (0x200000, "")
    assert (heap.anonymous, "dd" in heap.flags) == (1 << 20, True)
    (alone,) = proc.areas(41)
    assert alone.path == file.path


def test_all_mappings_of_our_own_are_read() -> None:
    ours = list(Proc().areas(os.getpid(), sizes=True))
    assert any(area.path == "[stack]" for area in ours)
    assert all(area.start < area.end for area in ours)


def test_parents_ids_and_words(root: Path) -> None:
    (root / "41/cmdline").write_bytes(b"/srv/my shop\0--name=\xff\0\0")
    proc = Proc(str(root))
    assert proc.parent(41) == 1
    assert proc.ids(41) == (41, 7, 1)
    assert proc.command(41) == ("/srv/my shop", "--name=\ufffd", "")


def test_open_files_and_the_terminals_that_they_are_the_other_end_of(root: Path) -> None:
    (root / "41/fd").mkdir()
    (root / "41/fdinfo").mkdir()
    for number, target in ((2, "/dev/pts/5"), (7, "pipe:[4711]"), (9, "/dev/pts/ptmx")):
        (root / f"41/fd/{number}").symlink_to(target)
        (root / f"41/fdinfo/{number}").write_text("pos:\t0\nflags:\t0100002\n")
    (root / "41/fdinfo/9").write_text("pos:\t0\nmnt_id:\t24\ntty-index:\t5\n")
    proc = Proc(str(root))
    assert proc.open_files(41) == {2: "/dev/pts/5", 7: "pipe:[4711]", 9: "/dev/pts/ptmx"}
    assert (proc.terminal(41, 9), proc.terminal(41, 7)) == (5, None)


def test_children_are_listed(root: Path) -> None:
    (root / "41/task/41/children").write_text("50 51 ")
    assert Proc(str(root)).children(41) == (50, 51)
    assert Proc(str(root)).children(42) == ()


@pytest.mark.parametrize(
    ("lines", "path"),
    [("0::/kube/pod1\n", "/kube/pod1"), ("3:memory:/docker/9\n2:cpu,cpuacct:/x\n", "/docker/9")],
)
def test_the_control_group_is_that_of_the_hierarchy_in_use(
    root: Path, lines: str, path: str
) -> None:
    (root / "41/cgroup").write_text(lines)
    assert Proc(str(root)).control_group(41) == path


class TestClock:
    """The monotonic clock of another time namespace."""

    def test_of_a_kernel_without_time_namespaces_it_is_ours(self, root: Path) -> None:
        now = Proc(str(root)).monotonic(41)
        assert now is not None
        assert 0 <= time.clock_gettime_ns(time.CLOCK_MONOTONIC) - now < 60 * 10**9

    def test_it_differs_by_the_offsets_of_both(self, root: Path) -> None:
        for name, seconds in (("41", 86_400), ("self", -100)):
            (root / name / "timens_offsets").write_text(f"monotonic {seconds} 5\nboottime 1 1\n")
            for kind in ("time", "time_for_children"):
                (root / name / "ns" / kind).symlink_to(f"time:[{name}]")
        now = Proc(str(root)).monotonic(41)
        assert now is not None
        ahead = now - time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        assert 0 <= 86_500 * 10**9 - ahead < 60 * 10**9

    def test_of_one_whose_children_have_another_it_is_not_known(self, root: Path) -> None:
        (root / "41/timens_offsets").write_text("monotonic 1 0\n")
        (root / "41/ns/time").symlink_to("time:[1]")
        (root / "41/ns/time_for_children").symlink_to("time:[2]")
        assert Proc(str(root)).monotonic(41) is None


@pytest.mark.parametrize(
    ("options", "found"),
    [("rw,hidepid=2", "hidepid=2"), ("rw,hidepid=ptraceable,gid=7", "hidepid=ptraceable"),
     ("rw,hidepid=0", None), ("rw,hidepid=off", None), ("rw", None)],
)  # fmt: skip
def test_what_hides_processes_is_named(root: Path, options: str, found: str | None) -> None:
    (root / "self/mounts").write_text(
        f"proc /elsewhere proc hidepid=1 0 0\nproc {root} proc {options} 0 0\n"
    )
    assert Proc(str(root)).hidden() == found


def test_the_capability_and_the_scope_of_tracing_are_read(root: Path) -> None:
    proc = Proc(str(root))
    assert proc.may_trace()
    (root / "self/status").write_text("CapEff:\t0000000000000000\n")
    assert not proc.may_trace()
    assert proc.trace_scope() is None
    (root / "sys/kernel/yama/ptrace_scope").write_text("1\n")
    assert proc.trace_scope() == 1


def test_a_process_exists_or_not() -> None:
    assert exists(os.getpid())
    assert not exists(1 << 22)
    assert not exists(1 << 70)
