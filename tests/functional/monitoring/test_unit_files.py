"""The files for systemd and for containers: what their own tools say of them, and that evtui takes what they name."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from evtui.config.config_loader import load_config
from evtui.config.setting_tree import all_settings
from tests.functional.processes.evtui_process import Evtui
from tests.limits import HANG
from tests.paths import ROOT

FOLDER: Final = ROOT / "docs/service"
UNIT: Final = FOLDER / "evtui.service"
EXPOSURE: Final = 20
"""Tenths of the exposure of `systemd-analyze security`, 0 to 100, that the unit may have: 2.0 is OK."""

PROGRAM: Final = "/usr/local/bin/evtui"


def _tool(name: str) -> str:
    if (path := shutil.which(name)) is None:
        pytest.skip(f"no {name} here")
    return path


def _run(*command: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=HANG)


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """A copy of the unit for the evtui of this environment."""
    text = UNIT.read_text()
    assert f"ExecStart={PROGRAM} serve" in text
    copy = tmp_path / "evtui.service"
    copy.write_text(text.replace(PROGRAM, str(Path(sys.executable).with_name("evtui"))))
    return copy


def test_systemd_finds_no_fault_in_the_unit(unit: Path) -> None:
    checked = _run(_tool("systemd-analyze"), "verify", str(unit))
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def test_systemd_finds_a_fault_that_is_there(unit: Path) -> None:
    unit.write_text(unit.read_text().replace("Type=notify", "Type=notfy"))
    checked = _run(_tool("systemd-analyze"), "verify", str(unit))
    assert "notfy" in checked.stderr


def test_the_unit_is_hardened(unit: Path) -> None:
    analyze = _tool("systemd-analyze")
    if "--offline" not in _run(analyze, "--help").stdout:
        pytest.skip("this systemd-analyze rates no unit that is not installed")
    checked = _run(analyze, "security", "--no-pager", "--offline=true", f"--threshold={EXPOSURE}", str(unit))
    assert checked.returncode == 0, checked.stdout


def test_the_user_of_the_unit_is_made_by_sysusers() -> None:
    made = _run(_tool("systemd-sysusers"), "--dry-run", str(FOLDER / "evtui.sysusers.conf"))
    assert made.returncode == 0, made.stderr
    user = re.search(r"^User=(\w+)$", UNIT.read_text(), re.MULTILINE)
    assert user is not None
    assert re.search(rf"^u {user[1]} ", (FOLDER / "evtui.sysusers.conf").read_text(), re.MULTILINE)


def test_the_first_configuration_is_right() -> None:
    loaded = load_config(file=FOLDER / "evtui.toml")
    assert loaded.config.service.http == "127.0.0.1:9464"


@pytest.mark.parametrize("name", ["evtui.service", "Containerfile"])
def test_every_variable_that_is_set_is_a_setting(name: str) -> None:
    named = set(re.findall(r"\b(EVTUI_[A-Z_]+)=", (FOLDER / name).read_text()))
    assert named
    assert named - {setting.variable for setting in all_settings()} == set()


@pytest.mark.parametrize("name", ["evtui.service", "Containerfile"])
def test_a_server_starts_with_what_the_file_sets_and_keeps_its_files_where_it_says(evtui: Evtui, name: str) -> None:
    """The directories stand below one of the test, as if it were the root of the file system."""
    text = (FOLDER / name).read_text()
    for folder in ("run", "var/lib/evtui"):
        (evtui.directory / folder).mkdir(0o700, parents=True, exist_ok=True)
    settings = dict(re.findall(r"\b((?:XDG|EVTUI)_[A-Z_]+)=(\S+)", text))
    below = {key: f"{evtui.directory}{value}" if value.startswith("/") else value for key, value in settings.items()}
    below.pop("EVTUI_SERVICE_HTTP", None)
    words = re.search(r"^ExecStart=\S+ (.*)$", text, re.MULTILINE)
    arguments = words[1].split() if words else ["serve", "--log-format", "json"]
    if not words:
        assert 'CMD ["serve", "--log-format", "json"]' in text
    with evtui.serving(*arguments[1:], **below) as server:
        assert server.place("unix") == f"unix:{evtui.directory}/run/evtui/mi.sock"
        assert evtui.run("subscribe", "E_PIKE_BLOCKED", "rabbitmq:u:p@127.0.0.1:1/durable?k", **below).status == 0
        assert server.stop().status == 0
    assert {"state", "spool.db.lock"} <= {path.name for path in (evtui.directory / "var/lib/evtui").iterdir()}


def test_the_image_is_made_of_files_that_exist_and_answers_where_its_check_asks() -> None:
    text = (FOLDER / "Containerfile").read_text()
    assert re.search(r"^EXPOSE 9464$", text, re.MULTILINE)
    assert "EVTUI_SERVICE_HTTP=0.0.0.0:9464" in text
    assert "http://127.0.0.1:9464/healthz" in text
    assert "[metrics]" in text
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE)
    assert copied
    assert [name for names in copied for name in names.split() if not (ROOT / name).exists()] == []
    assert re.search(r"^USER evtui$", text, re.MULTILINE)
