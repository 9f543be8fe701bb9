"""The files of the SSH door: the key by which clients recognise it, and the keys that may come in."""

import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import cast

import asyncssh
import pytest

from evtui.serve.ssh.authorized_keys import AuthorizedKeys, own_keys
from evtui.serve.ssh.door_errors import SshDoorError
from evtui.serve.ssh.host_key import host_key
from tests.functional.processes.evtui_process import Evtui, free_port


def _public(name: str = "alice") -> str:
    make = cast("Callable[..., asyncssh.SSHKey]", asyncssh.generate_private_key)  # pyright: ignore[reportUnknownMemberType]
    return make("ssh-ed25519", comment=name).export_public_key("openssh").decode()


def test_a_host_key_is_made_once_for_its_user_alone(tmp_path: Path) -> None:
    path = tmp_path / "state" / "key"
    made = host_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert host_key(path).public_data == made.public_data
    assert [each.name for each in path.parent.iterdir()] == ["key"]


def test_of_several_that_make_a_host_key_at_once_all_use_the_same(tmp_path: Path) -> None:
    path, found = tmp_path / "key", list[bytes]()
    threads = [threading.Thread(target=lambda: found.append(host_key(path).public_data)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_a_host_key_that_others_may_read_or_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "key"
    host_key(path)
    path.chmod(0o644)
    with pytest.raises(SshDoorError, match=r"others may read it \(mode 0644\): chmod 600"):
        host_key(path)
    path.chmod(0o600)
    path.write_text("no key")
    with pytest.raises(SshDoorError, match=r"host key .*: "):
        host_key(path)
    (tmp_path / "link").symlink_to(path)
    with pytest.raises(SshDoorError, match="host key"):
        host_key(tmp_path / "link")
    os.mkfifo(tmp_path / "fifo", 0o600)
    with pytest.raises(SshDoorError, match="it is not a file"):
        host_key(tmp_path / "fifo")


def test_authorized_keys_that_others_may_write_or_with_a_wrong_line_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text(_public())
    path.chmod(0o664)
    with pytest.raises(SshDoorError, match="others may write it"):
        AuthorizedKeys(path, {})
    path.chmod(0o600)
    path.write_text(f"{_public()}ssh-ed25519 AAAA broken\n")
    with pytest.raises(SshDoorError, match="keys, line 2: its key cannot be read"):
        AuthorizedKeys(path, {})
    with pytest.raises(SshDoorError, match="No such file"):
        AuthorizedKeys(tmp_path / "none", {})


def test_own_keys_are_those_of_the_public_files_and_come_in_as_an_operator(tmp_path: Path) -> None:
    (tmp_path / "id_ed25519.pub").write_text(_public("me@here"))
    (tmp_path / "odd.pub").write_text("no key at all")
    (tmp_path / "known_hosts").write_text("x")
    keys = AuthorizedKeys(None, own_keys(tmp_path))
    assert len(keys) == 1
    (line,) = own_keys(tmp_path).values()
    assert (line.name, line.role, line.commands) == ("me@here", "operator", True)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--ssh", "127.0.0.1:{port}"), "no one could come in: name a file, --authorized-keys FILE"),
        (("--ssh", "127.0.0.1:{port}", "--ssh-me"), "has no public key (*.pub)"),
        (("--ssh", "0.0.0.0:{port}"), "0.0.0.0 is reachable from other hosts: name the keys that may come in"),
        (("--ssh", "0.0.0.0:{port}", "--ssh-me"), "--ssh-me (ssh.me) is for loopback only"),
        (("--ssh", "127.0.0.1:{port}", "--authorized-keys", "none"), "authorized keys none: No such file"),
        (("--ssh", "here"), "bad setting ssh.listen"),
    ],
)
def test_a_door_that_no_one_or_that_anyone_could_come_through_is_not_opened(
    tmp_path: Path, options: tuple[str, ...], why: str
) -> None:
    ran = Evtui(tmp_path).run("serve", *(option.format(port=free_port()) for option in options))
    assert ran.status in {1, 2}
    assert why in ran.err


def test_a_demo_of_one_command_says_what_to_type(tmp_path: Path) -> None:
    evtui, port = Evtui(tmp_path), free_port()
    (tmp_path / ".ssh").mkdir(mode=0o700)
    (tmp_path / ".ssh" / "id_ed25519.pub").write_text(_public())
    with evtui.serving("--ssh", f"127.0.0.1:{port}", "--ssh-me") as server:
        assert f"to see the console: ssh -p {port} 127.0.0.1" in server.places
        assert any(place.startswith(f"ssh:127.0.0.1:{port}, host key SHA256:") for place in server.places)
    key = tmp_path / "state" / "evtui" / "ssh_host_ed25519_key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
