"""How much memory this process uses and may use, from the files of the system."""

from pathlib import Path

import pytest

from evtui.mi.process_memory import ProcessMemory

HUGE = 1 << 60
"""More than any host has."""


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    proc = tmp_path / "proc"
    proc.mkdir()
    (proc / "status").write_text("Name:\tevtui\nVmHWM:\t    9000 kB\nVmRSS:\t    8000 kB\nThreads:\t1\n")
    return proc


def _limit(proc: Path, groups: Path) -> int:
    use = ProcessMemory(proc, groups).use()
    assert use is not None
    return use.limit


def test_the_resident_memory_and_its_peak_are_told(proc: Path, tmp_path: Path) -> None:
    use = ProcessMemory(proc, tmp_path).use()
    assert use is not None
    assert (use.used, use.peak) == (8000 << 10, 9000 << 10)


def test_without_a_limit_it_is_the_memory_of_the_host(proc: Path, tmp_path: Path) -> None:
    host = _limit(proc, tmp_path)
    assert 0 < host < HUGE
    (proc / "cgroup").write_text("0::/a\n")
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "memory.max").write_text("max\n")
    assert _limit(proc, tmp_path) == host


@pytest.mark.parametrize("place", ["a/b", "a", "."])
def test_the_limit_of_the_group_or_of_one_around_it_counts(proc: Path, tmp_path: Path, place: str) -> None:
    groups = tmp_path / "groups"
    (groups / "a" / "b").mkdir(parents=True)
    (groups / place / "memory.max").write_text("20000000\n")
    (tmp_path / "memory.max").write_text("5\n")  # above the groups: it is none
    (proc / "cgroup").write_text("1:name=systemd:/x\n0::/a/b\n")
    assert _limit(proc, groups) == 20_000_000


def test_groups_of_version_1_have_a_limit_too(proc: Path, tmp_path: Path) -> None:
    (tmp_path / "memory" / "a").mkdir(parents=True)
    (tmp_path / "memory" / "memory.limit_in_bytes").write_text(f"{HUGE}\n")
    (tmp_path / "memory" / "a" / "memory.limit_in_bytes").write_text("30000000\n")
    (proc / "cgroup").write_text("4:memory:/a\n3:cpu,cpuacct:/a\n0::/\n")
    assert _limit(proc, tmp_path) == 30_000_000


def test_where_the_system_does_not_tell_there_is_nothing(tmp_path: Path) -> None:
    assert ProcessMemory(tmp_path, tmp_path).use() is None


def test_the_memory_of_this_process_is_told() -> None:
    use = ProcessMemory().use()
    if use is None:
        assert not Path("/proc/self/status").exists()
    else:
        assert 1 << 20 < use.used <= use.peak
        assert use.used <= use.limit
