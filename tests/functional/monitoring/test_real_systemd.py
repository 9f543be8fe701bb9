"""The unit as it is, with its user and its hardening, under a real systemd: start, reload, hang, stop, start again."""

import os
import subprocess
from collections.abc import Generator
from pathlib import Path
from typing import Final

import pytest

from tests.functional.monitoring.systemd_world import SystemdWorld, systemd_world, wait_until, why_no_systemd
from tests.limits import HANG
from tests.paths import ROOT
from tests.pythons import VERSIONS
from tests.uv import UV

FOLDER: Final = ROOT / "docs/service"
QUEUED: Final = "rabbitmq:u:p@127.0.0.1:1/durable?k"
SETTINGS: Final = f"""events = ["E_X"]
subscribe = ["E_X udp:127.0.0.1:9000", "E_X {QUEUED}"]
log_file = "/var/lib/evtui/log"
[service]
http = "127.0.0.1:9464"
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install evtui for a Python of the system: the unit hides home directories, where others may be."""
    pythons = [python for version in VERSIONS if (python := Path(f"/usr/bin/python{version}")).exists()]
    if not pythons or not Path(UV).exists():
        pytest.skip("no Python of the system, or no uv here")
    made = tmp_path_factory.mktemp("unit") / "v"
    for command in (
        ("venv", "--quiet", "--no-project", "--relocatable", "--python", str(pythons[0]), str(made)),
        ("pip", "install", "--quiet", "--python", str(made / "bin/python"), f"{ROOT}[metrics]"),
    ):
        ran = subprocess.run([UV, *command], capture_output=True, text=True, check=False, timeout=4 * HANG)
        if ran.returncode:
            pytest.skip(f"evtui cannot be installed: {ran.stderr.strip()[-200:]}")
    return made


@pytest.fixture
def world(environment: Path) -> Generator[SystemdWorld]:
    if os.geteuid() != 0:
        pytest.skip("only root can make the namespaces")
    if why := why_no_systemd():
        pytest.skip(why)
    with systemd_world(f"evtui-test-{os.getpid()}", environment) as made:
        unit = (FOLDER / "evtui.service").read_text().replace("WatchdogSec=30", "WatchdogSec=3")
        # Without the targets of a whole system.
        made.put("/etc/systemd/system/evtui.service", unit.replace("[Unit]", "[Unit]\nDefaultDependencies=no"))
        made.done("mkdir", "-p", "/etc/evtui", "/etc/sysusers.d")
        made.put("/etc/sysusers.d/evtui.conf", (FOLDER / "evtui.sysusers.conf").read_text())
        made.done("systemd-sysusers")
        made.put("/etc/evtui/evtui.toml", SETTINGS, "0640", "evtui")
        made.done("systemctl", "daemon-reload")
        yield made


def _evtui(world: SystemdWorld, *arguments: str) -> str:
    return world.done("env", "EVTUI_MI=unix:/run/evtui/mi.sock", "/usr/local/bin/evtui", *arguments)


def test_the_whole_life_of_the_unit(world: SystemdWorld) -> None:
    world.done("systemctl", "start", "evtui")
    assert world.state("evtui", "ActiveState") == "active"
    assert world.state("evtui", "StatusText") == "2 subscriptions, 0 raised, 0 wait"
    pid = world.state("evtui", "MainPID")
    assert world.done("stat", "-c", "%U", f"/proc/{pid}").strip() == "evtui"
    _evtui(world, "raise", "E_X", "n:=1")
    _evtui(world, "raise", "E_X", "n:=2", "--mi", "fifo:/run/evtui/mi.fifo")  # its reply FIFO is in /tmp
    health = world.done("curl", "-s", "http://127.0.0.1:9464/healthz")
    assert '"ready":true' in health
    metrics = world.done("curl", "-s", "http://127.0.0.1:9464/metrics")
    assert 'evtui_deliveries_total{outcome="sent",transport="udp"} 2.0' in metrics
    assert "process_cpu_seconds_total" in metrics

    world.put("/etc/evtui/evtui.toml", SETTINGS.replace('["E_X"]', '["E_X", "E_NEW"]'), "0640", "evtui")
    world.done("systemctl", "reload", "evtui")
    wait_until(lambda: "E_NEW" in _evtui(world, "events"), "the new event is not there")
    world.wait_for("evtui", "ActiveState", "active")
    world.put("/etc/evtui/evtui.toml", "evnts = []", "0640", "evtui")
    assert world.run("systemctl", "reload", "evtui").returncode != 0
    assert world.state("evtui", "ActiveState") == "active"
    assert world.state("evtui", "MainPID") == pid

    world.put("/etc/evtui/evtui.toml", SETTINGS, "0640", "evtui")
    world.done("kill", "-STOP", pid)
    world.wait_for("evtui", "NRestarts", "1")
    world.wait_for("evtui", "ActiveState", "active")
    assert world.state("evtui", "MainPID") != pid
    assert "2" in next(line for line in _evtui(world, "queues").splitlines() if "durable" in line)

    world.done("systemctl", "stop", "evtui")
    assert world.state("evtui", "Result") == "success"
    log = world.done("cat", "/var/lib/evtui/log")
    assert "<6>evtui.persistence.server_signals: SIGTERM: stopping" in log
    assert "2 notifications wait in the spool for the next start" in log
    assert world.run("ls", "/run/evtui").returncode != 0
