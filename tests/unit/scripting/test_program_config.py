"""The configuration of the program: which source wins, with the module parameters of the script below all others."""

from pathlib import Path

import pytest

from evtui.config.setting_sources import GivenSetting
from evtui.core.errors import BadSettingError
from evtui.scripting.program_config import combine_with_script, read_config

SCRIPT = 'modparam("event_virtual", "failover_timeout", 11)\nroute { exit; }\n'


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """A script with a module parameter that is a setting."""
    path = tmp_path / "script.cfg"
    path.write_text(SCRIPT)
    return path


def test_options_win_over_the_environment_over_the_file_over_the_script(tmp_path: Path, script: Path) -> None:
    setting = "transports.virtual.failover_timeout"
    bare, full = tmp_path / "bare.toml", tmp_path / "full.toml"
    bare.write_text(f'[script]\nfiles = ["{script}"]\n')
    full.write_text(f"{bare.read_text()}[transports.virtual]\nfailover_timeout = 22\n")
    environ = {"EVTUI_TRANSPORTS_VIRTUAL_FAILOVER_TIMEOUT": "33"}
    option = GivenSetting(setting, 44, "command line")
    read = [
        read_config(bare, {}, ()), read_config(full, {}, ()), read_config(full, environ, ()),
        read_config(full, environ, [option]),
    ]  # fmt: skip
    assert [loaded.config.transports.virtual.failover_timeout for loaded in read] == [11, 22, 33, 44]
    assert [loaded.origin(setting).partition(" ")[0].partition(":")[0] for loaded in read][1:] == [
        "file", "environment", "command",
    ]  # fmt: skip


def test_a_named_file_wins_over_that_of_the_environment_and_must_exist(tmp_path: Path) -> None:
    one, other = tmp_path / "one.toml", tmp_path / "other.toml"
    one.write_text('payload = "text"\n')
    other.write_text("read_only = true\n")
    environ = {"EVTUI_CONFIG": str(other)}
    assert (read_config(one, environ, ()).config.payload, read_config(one, environ, ()).config.read_only) == (
        "text", False,
    )  # fmt: skip
    assert read_config(None, environ, ()).config.read_only
    with pytest.raises(BadSettingError):
        read_config(None, {"EVTUI_CONFIG": str(tmp_path / "none.toml")}, ())


def test_a_keyword_wins_over_the_script_too(script: Path) -> None:
    given = [
        GivenSetting("transports.virtual.failover_timeout", 5, "keyword"),
        GivenSetting("script.files", [str(script)], "keyword"),
    ]
    assert combine_with_script(given).config.transports.virtual.failover_timeout == 5
    assert combine_with_script(given[1:]).config.transports.virtual.failover_timeout == 11
