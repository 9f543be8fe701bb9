"""What a running console takes of another profile, and what it says of the rest."""

from pathlib import Path

import pytest

from evtui.config.chosen_profile import ChosenProfile
from evtui.config.config_loader import LoadedConfig, load_config
from evtui.core.errors import BadSettingError
from evtui.persistence.profile_switch import Profiles, ProfileSwitch

FILE = """
events = ["E_MINE"]
[profile.look]
filters = { slow = "latency>5ms" }
rules = { failing = "failed > 3 in 10 s" }
[profile.look.ui]
theme = "evtui-light"
keys = { raise = "ctrl+e" }
[profile.look.alert]
bell = false
[profile.lab]
events = ["E_LAB"]
servers = ["edge=unix:/run/edge.sock"]
[profile.lab.mi]
http_token = "secret"
[profile.wrong]
read_only = "perhaps"
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "evtui.toml"
    path.write_text(FILE)
    return path


def switch(config: Path, *, keeps_source: bool = True, prepared: list[str] | None = None) -> ProfileSwitch:
    def read(name: str) -> LoadedConfig:
        return load_config(file=config, profile=ChosenProfile(name))

    def prepare(loaded: LoadedConfig) -> LoadedConfig:
        if prepared is not None:
            prepared.append(loaded.profile.name)
        return loaded

    profiles = Profiles(lambda: ["look", "lab", "wrong"], read)
    return ProfileSwitch(read("default"), profiles, prepare, keeps_source=keeps_source)


def test_settings_of_the_console_count_at_once(config: Path) -> None:
    profiles = switch(config)
    profiles.choose("look")
    taken = profiles.take()
    assert taken is not None
    assert (taken.config.ui.theme, taken.config.alert.bell) == ("evtui-light", False)
    assert (profiles.current, profiles.notices) == ("look", [])
    assert profiles.take() is None


def test_settings_of_the_engine_are_named_and_never_their_values(config: Path) -> None:
    profiles = switch(config)
    profiles.choose("lab")
    assert profiles.take_kept() is not None
    (notice,) = profiles.notices
    assert notice == "profile lab: from the next start of evtui on: events, servers, mi.http_token"
    profiles.choose("default")
    profiles.take()
    assert profiles.notices == []


def test_a_wrong_profile_changes_nothing(config: Path) -> None:
    prepared: list[str] = []
    profiles = switch(config, prepared=prepared)
    with pytest.raises(BadSettingError, match="read_only"):
        profiles.choose("wrong")
    assert (profiles.is_chosen, profiles.current, prepared) == (False, "default", [])


def test_where_the_source_ends_with_the_console_the_profile_waits_for_the_end(config: Path) -> None:
    profiles = switch(config, keeps_source=False)
    profiles.choose("look")
    assert profiles.is_chosen
    assert profiles.take_kept() is None
    taken = profiles.take()
    assert taken is not None
    assert taken.profile.name == "look"


def test_the_file_is_read_again_when_the_same_profile_is_chosen(config: Path) -> None:
    profiles = switch(config)
    config.write_text(FILE.replace('"E_MINE"', '"E_MINE", "E_NEW"'))
    profiles.choose("default")
    profiles.take()
    assert profiles.notices == ["profile default: from the next start of evtui on: events"]
