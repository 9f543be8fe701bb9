"""The configuration file of the host, as the commands `config …` and `doctor` and a server tell of it."""

from pathlib import Path

import pytest

from tests.functional.processes.evtui_process import Evtui


@pytest.fixture
def host(evtui: Evtui) -> Path:
    folder = evtui.directory / "etc"
    folder.mkdir(0o755)
    file = folder / "evtui.toml"
    file.write_text('events = ["E_HOST"]\n[profile.lab]\nread_only = true\n')
    file.chmod(0o644)
    evtui.environ["EVTUI_SYSTEM_CONFIG"] = str(file)
    return file


def test_a_server_has_its_settings_and_show_tells_where_they_come_from(evtui: Evtui, host: Path) -> None:
    shown = evtui.run("config", "show", "--json").json
    assert shown["events"] == {"value": ["E_HOST"], "origin": f"file:{host}"}
    with evtui.serving():
        assert "E_HOST" in [event["name"] for event in evtui.run("events", "--json").json]


def test_path_and_check_name_it(evtui: Evtui, host: Path) -> None:
    told = evtui.run("config", "path")
    assert told.out == f"{evtui.directory / 'config/evtui/evtui.toml'}\n"
    assert f"{host}: settings of the host, which count less" in told.err
    assert evtui.run("config", "path", "--json").json["host"] == {"path": str(host), "counts": True, "notice": ""}
    assert evtui.run("config", "path", "--json").json["profiles"] == ["default", "lab"]
    checked = evtui.run("config", "check")
    assert (checked.status, f"{host}: settings of the host" in checked.err) == (0, True)
    assert evtui.run("--profile", "lab", "config", "check").status == 0
    assert f"{host} of the host" in evtui.run("doctor").out


def test_one_that_others_may_write_stops_a_server_and_is_said_by_every_command(evtui: Evtui, host: Path) -> None:
    host.chmod(0o666)
    why = "its mode is 0666: only its owner may write it"
    for command in (("serve",), ("config", "check"), ("config", "show")):
        refused = evtui.run(*command)
        assert (refused.status, why in refused.err) == (2, True), command
    assert why in evtui.run("config", "check", "--json").json["errors"][0]
    assert f"✗ configuration: bad setting {host}" in evtui.run("doctor").out


def test_a_server_without_one_says_nothing_of_it(evtui: Evtui) -> None:
    told = evtui.run("config", "path", "--json").json
    assert told["host"] == {"path": None, "counts": False, "notice": ""}
    assert "of the host" not in evtui.run("config", "check").err
