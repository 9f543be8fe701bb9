"""The priorities of `--log-format journal`, as a real journald reads them. It runs in a mount namespace of its own."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.functional.processes.evtui_process import Evtui, free_port
from tests.limits import HANG

_JOURNALD = Path("/lib/systemd/systemd-journald")

_BEGIN = """
set -e
mount -t tmpfs none /run
[ ! -d /var/log/journal ] || mount -t tmpfs none /var/log/journal
mkdir -p /run/systemd/journal
"""

_WORLD = (
    _BEGIN
    + """
"$JOURNALD" > /dev/null 2>&1 &
journald=$!
trap 'kill $journald' EXIT
until [ -S /run/systemd/journal/stdout ]; do kill -0 $journald; sleep 0.05; done
systemd-cat -t evtui-test "$@" &
server=$!
until [ -S "$SOCK" ]; do kill -0 $server; sleep 0.05; done
kill -TERM $server
wait $server || true
until journalctl --no-pager -t evtui-test | grep -q 'SIGTERM: stopping'; do sleep 0.05; done
journalctl --no-pager -t evtui-test -o json
"""
)


def _why_not() -> str | None:
    missing = [name for name in ("systemd-cat", "journalctl", "unshare") if shutil.which(name) is None]
    if missing or not _JOURNALD.exists():
        return f"not installed: {', '.join(missing or ['systemd-journald'])}"
    if os.getuid():
        return "only root may make a mount namespace"
    if not Path("/etc/machine-id").exists():
        return "journald needs /etc/machine-id"
    done = subprocess.run(["unshare", "-m", "sh", "-c", _BEGIN], capture_output=True, check=False, timeout=HANG)
    return f"no mount namespace: {done.stderr.decode(errors='replace').strip()}" if done.returncode else None


def test_journald_takes_the_priority_of_each_line_and_shows_none_of_its_signs(evtui: Evtui) -> None:
    if (why := _why_not()) is not None:
        pytest.skip(why)
    sock = evtui.directory / "mi.sock"
    words = ["--log-format", "journal", "--datagram", f"unix:{sock}", "--datagram", f"udp:0.0.0.0:{free_port()}"]
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", _WORLD, "sh", sys.executable, "-m", "evtui", "serve", *words],
        env={**evtui.environ, "SOCK": str(sock), "JOURNALD": str(_JOURNALD)}, capture_output=True, text=True,
        check=False, timeout=HANG,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = {entry["MESSAGE"]: entry["PRIORITY"] for entry in map(json.loads, done.stdout.splitlines())}
    (warning,) = (text for text in found if "is reachable from other hosts" in text)
    (stopping,) = (text for text in found if text.endswith("SIGTERM: stopping"))
    assert (found[warning], found[stopping], found["ready"]) == ("4", "6", "6")
    assert not [text for text in found if text.startswith("<")]
