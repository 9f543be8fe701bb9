"""The configuration file of the host: below all others, and only from those who may write it."""

import os
from pathlib import Path

import pytest

from evtui.config.system_file import SYSTEM_VARIABLE, SystemSettings, read_system_file
from evtui.core.errors import BadSettingError
from evtui.scripting.program_config import read_config


@pytest.fixture
def host(tmp_path: Path) -> Path:
    folder = tmp_path / "etc"
    folder.mkdir(0o755)
    file = folder / "evtui.toml"
    file.write_text(
        'events = ["E_HOST"]\npayload = "text"\nfilters = { a = "event=E_A" }\n[profile.lab]\nread_only = true'
    )
    file.chmod(0o644)
    return file


def _environ(host: Path, tmp_path: Path, own: str = "") -> dict[str, str]:
    mine = tmp_path / "mine.toml"
    mine.write_text(own)
    return {SYSTEM_VARIABLE: str(host), "EVTUI_CONFIG": str(mine)}


def test_it_counts_less_than_the_users_file_and_more_than_nothing(host: Path, tmp_path: Path) -> None:
    loaded = read_config(None, _environ(host, tmp_path, 'payload = "jsonrpc"'), ())
    assert (loaded.config.events, loaded.config.payload) == (("E_HOST",), "jsonrpc")
    assert loaded.origin("events") == f"file:{host}"
    assert loaded.origin("payload") == f"file:{tmp_path / 'mine.toml'}"


def test_variables_and_options_count_more(host: Path, tmp_path: Path) -> None:
    loaded = read_config(None, _environ(host, tmp_path) | {"EVTUI_PAYLOAD": "jsonrpc"}, ())
    assert loaded.origin("payload") == "environment EVTUI_PAYLOAD"


def test_tables_of_names_are_joined(host: Path, tmp_path: Path) -> None:
    loaded = read_config(None, _environ(host, tmp_path, 'filters = { b = "event=E_B" }'), ())
    assert set(loaded.config.filters) == {"a", "b"}


def test_a_profile_may_stand_in_either_file_and_counts_more_than_both(host: Path, tmp_path: Path) -> None:
    own = "read_only = false\n[profile.lab]\npayload = 'jsonrpc'\n[profile.own]\npayload = 'jsonrpc'"
    lab = read_config(None, _environ(host, tmp_path, own), (), "lab").config
    assert (lab.read_only, lab.payload) == (True, "jsonrpc")
    assert read_config(None, _environ(host, tmp_path, own), (), "own").config.payload == "jsonrpc"
    with pytest.raises(BadSettingError, match=r"there is no profile 'none'; .*has default, lab, own"):
        read_config(None, _environ(host, tmp_path, own), (), "none")


def test_the_same_file_named_as_the_users_is_read_once(host: Path) -> None:
    loaded = read_config(host, {SYSTEM_VARIABLE: str(host)}, ())
    assert loaded.config.events == ("E_HOST",)


def test_one_that_does_not_exist_or_is_switched_off_is_none(tmp_path: Path) -> None:
    missing = tmp_path / "none" / "evtui.toml"
    assert read_system_file({SYSTEM_VARIABLE: str(missing)}) == SystemSettings(missing)
    assert read_system_file({SYSTEM_VARIABLE: ""}) == SystemSettings()


@pytest.mark.parametrize("mode", [0o664, 0o646, 0o666])
def test_one_that_others_may_write_is_refused(host: Path, mode: int) -> None:
    host.chmod(mode)
    with pytest.raises(BadSettingError, match=f"its mode is {mode:04o}: only its owner may write it"):
        read_system_file({SYSTEM_VARIABLE: str(host)})


def test_one_in_a_directory_that_others_may_write_is_refused(host: Path) -> None:
    host.parent.chmod(0o777)
    with pytest.raises(BadSettingError, match=r"etc .*its mode is 0777"):
        read_system_file({SYSTEM_VARIABLE: str(host)})
    host.parent.chmod(0o1777)  # there only owners replace files, as in /tmp
    assert read_system_file({SYSTEM_VARIABLE: str(host)}).tree is not None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")
def test_one_of_another_user_is_refused(host: Path) -> None:
    os.chown(host, 12345, 0)
    with pytest.raises(BadSettingError, match="it belongs to user 12345"):
        read_system_file({SYSTEM_VARIABLE: str(host)})


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user for a moment")
def test_one_that_may_not_be_read_is_left_out_with_a_notice(host: Path) -> None:
    host.chmod(0o600)
    os.seteuid(12345)
    try:
        loaded = read_config(None, {SYSTEM_VARIABLE: str(host), "EVTUI_CONFIG": "/dev/null"}, ())
    finally:
        os.seteuid(0)
    assert loaded.notices == (f"{host}: Permission denied: its settings do not count",)
    assert loaded.config.events == ()


@pytest.mark.parametrize(("text", "why"), [("events = [", "it is not TOML"), ("evnts = []", "no such setting")])
def test_what_is_wrong_in_it_is_named_with_its_path(host: Path, tmp_path: Path, text: str, why: str) -> None:
    host.write_text(text)
    with pytest.raises(BadSettingError, match=why) as refused:
        read_config(None, _environ(host, tmp_path), ())
    assert str(host) in str(refused.value)
