"""`evtui doctor` about the doors: addresses, keys that may come in, the key of the SSH door, tokens."""

import shutil
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from evtui.serve.ssh.ssh_setup import HOST_KEY_FILE, KEYS_FILE
from tests.functional.processes.evtui_process import Evtui, free_port
from tests.limits import HANG

needs_keygen = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="not installed: ssh-keygen")

WITHOUT_SSH = """
import runpy, sys
from importlib import util
found = util.find_spec
util.find_spec = lambda name, package=None: None if name == "asyncssh" else found(name, package)
sys.modules["asyncssh"] = None
runpy.run_module("evtui", run_name="__main__")
"""
"""Runs evtui as where asyncssh is not installed."""


def _doctor(evtui: Evtui, status: int, **environ: str) -> Mapping[str, Any]:
    """Run it; return its findings by subject."""
    ran = evtui.run("doctor", "--json", **environ)
    assert (ran.status, ran.err) == (status, "")
    return {finding["subject"]: finding for finding in ran.json}


def _key(path: Path) -> Path:
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "alice", "-f", str(path)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, timeout=HANG)
    return path


def test_without_doors_nothing_is_said_of_them(evtui: Evtui) -> None:
    assert not {"ssh", "ssh host key", "web", "ssh.listen", "web.listen"} & _doctor(evtui, 0).keys()


def test_addresses_of_doors_that_are_taken_are_wrong(evtui: Evtui) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        place = f"127.0.0.1:{other.getsockname()[1]}"
        found = _doctor(evtui, 1, EVTUI_SSH_LISTEN=place, EVTUI_WEB_LISTEN=place)
    for subject in ("ssh.listen", "web.listen"):
        assert (found[subject]["state"], found[subject]["text"]) == ("wrong", f"{place}: Address already in use")


@needs_keygen
def test_the_keys_of_the_ssh_door_are_read_as_at_the_start(evtui: Evtui) -> None:
    place = {"EVTUI_SSH_LISTEN": f"127.0.0.1:{free_port()}"}
    keys = evtui.directory / "config" / "evtui" / KEYS_FILE
    assert "no one could come in" in _doctor(evtui, 1, **place)["ssh"]["text"]
    keys.parent.mkdir(parents=True, exist_ok=True)
    line = _key(evtui.directory / "alice").with_suffix(".pub").read_text()
    keys.write_text(line)
    keys.chmod(0o600)
    found = _doctor(evtui, 0, **place)
    assert (found["ssh"]["state"], found["ssh"]["text"]) == ("ok", "1 key may come in")
    keys.write_text(f'{line}role="guest" {line}')
    found = _doctor(evtui, 1, **place)
    assert f"{keys}, line 2: the option role is" in found["ssh"]["text"]
    keys.chmod(0o666)
    assert f"others may write it (mode 0666): chmod go-w {keys}" in _doctor(evtui, 1, **place)["ssh"]["text"]
    found = _doctor(evtui, 1, **place, EVTUI_SSH_AUTHORIZED_KEYS=str(evtui.directory / "none"))
    assert "No such file or directory" in found["ssh"]["text"]


@needs_keygen
def test_the_key_of_the_door_is_looked_at_and_never_made(evtui: Evtui) -> None:
    key = evtui.directory / "keys" / HOST_KEY_FILE
    place = {"EVTUI_SSH_LISTEN": f"127.0.0.1:{free_port()}", "EVTUI_SSH_HOST_KEY": str(key)}
    found = _doctor(evtui, 1, **place)["ssh host key"]
    assert (found["state"], found["text"]) == ("ok", f"{key} is made at the first start")
    assert not key.parent.exists()
    key.parent.mkdir()
    _key(key)
    fingerprint = subprocess.run(
        ["ssh-keygen", "-lf", str(key)], check=True, capture_output=True, text=True, timeout=HANG
    ).stdout.split()[1]
    assert _doctor(evtui, 1, **place)["ssh host key"]["text"] == f"{key}, {fingerprint}"
    key.chmod(0o644)
    found = _doctor(evtui, 1, **place)["ssh host key"]
    assert (found["state"], "others may read it (mode 0644): chmod 600" in found["text"]) == ("wrong", True)
    place["EVTUI_SSH_HOST_KEY"] = str(key / "below")
    assert _doctor(evtui, 1, **place)["ssh host key"]["text"] == f"host key {key / 'below'}: {key} is not a directory"


def test_a_door_without_its_library_says_what_to_install(evtui: Evtui) -> None:
    environ = {**evtui.environ, "EVTUI_SSH_LISTEN": f"127.0.0.1:{free_port()}"}
    ran = subprocess.run(
        [sys.executable, "-c", WITHOUT_SSH, "doctor"], env=environ, capture_output=True, text=True, check=False,
        timeout=HANG,
    )  # fmt: skip
    assert (ran.returncode, ran.stderr) == (1, "")
    assert "✗ ssh: the SSH door needs asyncssh, which is not installed: pip install 'evtui[ssh]'" in ran.stdout


@pytest.mark.parametrize(
    ("environ", "state", "text"),
    [
        ({}, "ok", "a token is made at each start"),
        ({"EVTUI_WEB_TOKEN": "x" * 20}, "ok", "set: web.token"),
        ({"EVTUI_WEB_TOKEN": "x" * 20, "EVTUI_WEB_OPERATOR_TOKEN": "s3cret"}, "note", "web.operator_token can be"),
        ({"EVTUI_WEB_TOKEN": "x" * 20, "EVTUI_WEB_OPERATOR_TOKEN": "x" * 20}, "note", "every viewer is an operator"),
    ],
)  # fmt: skip
def test_the_tokens_of_the_browser_door_are_judged(
    evtui: Evtui, environ: Mapping[str, str], state: str, text: str
) -> None:
    found = _doctor(evtui, 0, EVTUI_WEB_LISTEN=f"127.0.0.1:{free_port()}", **environ)
    assert (found["web"]["state"], text in found["web"]["text"]) == (state, True)
    assert "s3cret" not in str(found)
    assert "web.hosts" not in found


def test_a_browser_door_for_other_hosts_wants_their_name_for_it(evtui: Evtui) -> None:
    place = {"EVTUI_WEB_LISTEN": f"0.0.0.0:{free_port()}", "EVTUI_WEB_TOKEN": "x" * 20}
    assert _doctor(evtui, 0, **place)["web.hosts"]["state"] == "note"
    assert "web.hosts" not in _doctor(evtui, 0, **place, EVTUI_WEB_HOSTS="events.example.org")
