"""A real systemd, in namespaces of its own: processes, mounts, network. It sees copies of /etc and /usr/local."""

import shutil
import subprocess
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from tests.limits import HANG

SYSTEMD: Final = Path("/lib/systemd/systemd")

_GROUPS: Final = (Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup/unified"))

_TARGET: Final = "[Unit]\nDefaultDependencies=no\n"

_PROBE: Final = """
set -e
mount -t cgroup2 none /mnt
mount -t tmpfs none /run
mkdir /run/upper /run/work
mount -t overlay none -o lowerdir=/etc,upperdir=/run/upper,workdir=/run/work /etc
"""

_BEGIN: Final = """
set -e
mount --make-rprivate /
umount -R /sys/fs/cgroup
mount -t cgroup2 none /sys/fs/cgroup
mkdir -p "/sys/fs/cgroup/$1"
echo 1 > "/sys/fs/cgroup/$1/cgroup.procs"
mount -t tmpfs none /run
mkdir -p /run/world/etc /run/world/etc.work /run/world/local /run/world/local.work
mount -t overlay none -o lowerdir=/etc,upperdir=/run/world/etc,workdir=/run/world/etc.work /etc
mount -t overlay none -o lowerdir=/usr/local,upperdir=/run/world/local,workdir=/run/world/local.work /usr/local
mount -t tmpfs none /var/lib
mount -t tmpfs -o mode=0755 none /opt
mkdir /opt/evtui
mount --bind "$2" /opt/evtui
ln -sf /opt/evtui/bin/evtui /usr/local/bin/evtui
rm -rf /etc/systemd/system
mkdir -p /etc/systemd/system
printf '%s' "$3" > /etc/systemd/system/world.target
exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin container=evtui \\
    "$4" --system --unit=world.target --log-target=null --show-status=false
"""


class SystemdWorld:
    """Commands run beside the systemd, as root."""

    def __init__(self, pid: int) -> None:
        self._pid = pid

    def run(self, *command: str) -> "subprocess.CompletedProcess[str]":
        """Run a command in the world."""
        enter = ["nsenter", "--target", str(self._pid), "--all", *command]
        return subprocess.run(enter, capture_output=True, text=True, check=False, timeout=HANG)

    def done(self, *command: str) -> str:
        """Run a command that must succeed; return what it printed."""
        ran = self.run(*command)
        assert ran.returncode == 0, (command, ran.stdout, ran.stderr)
        return ran.stdout

    def state(self, unit: str, name: str) -> str:
        """Return a property of a unit."""
        return self.done("systemctl", "show", unit, "--property", name, "--value").strip()

    def wait_for(self, unit: str, name: str, value: str) -> None:
        """Wait until a property of a unit has a value."""
        wait_until(lambda: self.state(unit, name) == value, f"{unit}: {name} does not become {value}")

    def put(self, path: str, text: str, mode: str = "0644", group: str = "root") -> None:
        """Write a file."""
        self.done(
            "sh", "-c", 'printf "%s" "$2" > "$1" && chmod "$3" "$1" && chgrp "$4" "$1"', "-", path, text, mode, group
        )


def wait_until(holds: Callable[[], bool], wrong: str) -> None:
    """Wait until something holds; `wrong` says what it is when it does not."""
    end = time.monotonic() + HANG
    while not holds():
        assert time.monotonic() < end, wrong
        time.sleep(0.1)


def why_no_systemd() -> str:
    """Say why there can be no systemd of its own; empty when there can be one."""
    missing = [name for name in ("unshare", "nsenter", "systemctl", "ip", "curl") if shutil.which(name) is None]
    if not SYSTEMD.exists() or missing:
        return "no systemd here"
    if Path("/run/systemd/system").exists():
        return "a systemd runs this host, and is left alone"
    probe = ["unshare", "--mount", "--pid", "--fork", "--net", "--uts", "--ipc", "--mount-proc", "sh", "-c", _PROBE]
    tried = subprocess.run(probe, capture_output=True, text=True, check=False, timeout=HANG)
    return "" if tried.returncode == 0 else f"no namespaces here: {tried.stderr.strip()}"


@contextmanager
def systemd_world(name: str, environment: Path) -> Generator[SystemdWorld]:
    """Run a systemd until the block ends; `environment` is a relocatable one with evtui, and is at /opt/evtui."""
    command = [
        "unshare", "--mount", "--pid", "--fork", "--kill-child", "--net", "--uts", "--ipc", "--mount-proc",
        "bash", "-c", _BEGIN, "-", name, str(environment), _TARGET, str(SYSTEMD),
    ]  # fmt: skip
    unshare = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        world = SystemdWorld(_first_process(unshare))
        _wait_until_it_answers(unshare, world)
        world.done("ip", "link", "set", "lo", "up")
        yield world
    finally:
        unshare.kill()
        unshare.communicate(timeout=HANG)
        _remove_group(name)


def _first_process(unshare: "subprocess.Popen[str]") -> int:
    children, end = Path(f"/proc/{unshare.pid}/task/{unshare.pid}/children"), time.monotonic() + HANG
    while not (found := children.read_text().split()):
        assert time.monotonic() < end, "unshare started nothing"
        time.sleep(0.02)
    return int(found[0])


def _wait_until_it_answers(unshare: "subprocess.Popen[str]", world: SystemdWorld) -> None:
    end = time.monotonic() + HANG
    while world.run("systemctl", "list-units").returncode:
        assert unshare.poll() is None, unshare.communicate(timeout=HANG)[1]
        assert time.monotonic() < end, "systemd does not answer"
        time.sleep(0.1)


def _remove_group(name: str) -> None:
    """Remove the control groups that are left, wherever this host has mounted them, when their processes have gone."""
    end = time.monotonic() + HANG
    while left := [root / name for root in _GROUPS if (root / name).is_dir()]:
        assert time.monotonic() < end, f"processes are left in {left}"
        for top in left:
            for group in (*sorted((each for each in top.rglob("*") if each.is_dir()), reverse=True), top):
                with suppress(OSError):
                    group.rmdir()
        time.sleep(0.05)
