"""Profiles: which settings count, which commands know them, and whose memory is used."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import jsonschema
import pytest

from evtui.cli.commands import app
from tests.functional.cli.test_cli_config import write_default_file
from tests.functional.processes.evtui_process import Evtui

FILE = """
payload = "text"
filters = { slow = "latency>5ms", calls = "event~CALL" }
[journal]
records = 10
bytes = 8192
[profile.lab]
filters = { calls = "event~CALL_END" }
[profile.lab.journal]
records = 20
[profile.prod]
read_only = true
"""
KNOWN = "has default, lab, prod"


def leaves(group: click.Group, *path: str) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        yield from leaves(command, *path, name) if isinstance(command, click.Group) else [(*path, name)]


def test_a_profile_overrides_the_file_and_is_overridden_by_environment_and_options(evtui: Evtui) -> None:
    file = write_default_file(evtui, FILE)
    shown = evtui.run("--profile", "lab", "config", "show", "--json", EVTUI_JOURNAL_BYTES="9000").json
    of_profile = f"file:{file} [profile.lab]"
    assert shown["journal.records"] == {"value": 20, "origin": of_profile}
    assert shown["journal.bytes"] == {"value": 9000, "origin": "environment EVTUI_JOURNAL_BYTES"}
    assert shown["payload"] == {"value": "text", "origin": f"file:{file}"}
    joined = {"slow": "latency>5ms", "calls": "event~CALL_END"}
    assert shown["filters"] == {"value": joined, "origin": of_profile}
    assert not shown["read_only"]["value"]


@pytest.mark.parametrize(
    ("words", "variable", "records"),
    [
        (("config", "show", "--profile", "lab"), "prod", 20),
        (("config", "--profile", "lab", "show"), "", 20),
        (("--profile=lab", "config", "show"), "", 20),
        (("config", "show"), "lab", 20),
        (("config", "show", "--profile", "default"), "lab", 10),
        (("config", "show"), "", 10),
    ],
)
def test_the_option_counts_more_than_the_variable(
    evtui: Evtui, words: tuple[str, ...], variable: str, records: int
) -> None:
    write_default_file(evtui, FILE)
    assert evtui.run(*words, "--json", EVTUI_PROFILE=variable).json["journal.records"]["value"] == records


@pytest.mark.parametrize("command", [(), *leaves(app)], ids=" ".join)
def test_every_command_refuses_an_unknown_profile_and_lists_the_known_ones(
    evtui: Evtui, command: tuple[str, ...]
) -> None:
    write_default_file(evtui, FILE)
    if command == ("config", "edit"):
        return  # it is how to mend the file
    for words in ((*command, "--profile", "nope"), ("--profile", "nope", *command)):
        refused = evtui.run(*words)
        assert refused.status == (1 if command == ("doctor",) else 2)
        assert f"no profile 'nope'; {evtui.directory}/config/evtui/evtui.toml {KNOWN}" in refused.out + refused.err


def test_the_variable_is_named_when_it_is_wrong(evtui: Evtui) -> None:
    refused = evtui.run("config", "show", EVTUI_PROFILE="nope")
    assert (refused.status, refused.out) == (2, "")
    assert "(environment EVTUI_PROFILE): there is no profile 'nope'" in refused.err
    assert "which does not exist, has default" in refused.err
    assert evtui.run("version", EVTUI_PROFILE="default").status == 0


def test_a_profile_is_looked_for_in_the_file_that_is_named_behind_it(evtui: Evtui) -> None:
    other = evtui.directory / "other.toml"
    other.write_text("[profile.only-here]\npayload = 'text'")
    shown = evtui.run("config", "show", "--profile", "only-here", "--config", str(other), "--json").json
    assert shown["payload"]["value"] == "text"


@pytest.mark.parametrize(
    ("toml", "wrong"),
    [
        ("profile = 3", "it is a table of profiles: write [profile.NAME]"),
        ("[profile]\nlab = 3", "write [profile.lab]"),
        ("[profile.default]", "the settings above all profiles are the default"),
        ('[profile."../up"]', "a name has letters of ASCII, digits, - and _"),
        ("[profile.lab]\npaylod = 'text'", "[profile.lab]): no such setting; did you mean payload?"),
        ("[profile.lab.journal]\nrecords = 0", "[profile.lab]): 0 is wrong"),
        ("[profile.lab.profile.inner]", "[profile.lab]): no such setting"),
    ],
)
def test_check_finds_what_is_wrong_with_any_profile(evtui: Evtui, toml: str, wrong: str) -> None:
    write_default_file(evtui, toml)
    checked = evtui.run("config", "check")
    assert (checked.status, checked.out) == (2, "")
    assert wrong in checked.err


def test_a_mistake_in_another_profile_does_not_stop_a_run(evtui: Evtui) -> None:
    write_default_file(evtui, FILE + "[profile.broken]\npayload = 'xml'")
    assert evtui.run("config", "check", "--profile", "lab").status == 0
    assert evtui.run("config", "check").status == 2
    assert evtui.run("config", "check", "--profile", "broken").status == 2


def test_the_path_lists_the_profiles(evtui: Evtui) -> None:
    write_default_file(evtui, FILE)
    told = evtui.run("config", "path", "--profile", "lab", "--json").json
    assert (told["profile"], told["profiles"]) == ("lab", ["default", "lab", "prod"])


def test_the_schema_knows_profiles(evtui: Evtui) -> None:
    validator = jsonschema.Draft202012Validator(evtui.run("config", "schema").json)
    trees: list[tuple[Any, bool]] = [
        ({"profile": {"lab": {"payload": "text", "ui": {"fps": 2}}}}, True),
        ({"profile": {"lab": {"ui": {"fps": 99}}}}, False),
        ({"profile": {"lab": {"paylod": "text"}}}, False),
        ({"profile": {"a/b": {}}}, False),
        ({"profile": {"default": {}}}, False),
    ]
    for tree, right in trees:
        assert validator.is_valid(tree) is right, tree  # pyright: ignore[reportUnknownMemberType]


def test_each_profile_has_a_history_of_raises(evtui: Evtui) -> None:
    write_default_file(evtui, FILE)
    state = evtui.directory / "state" / "evtui"
    for place, event in ((state, "E_DEFAULT"), (state / "profiles" / "lab", "E_LAB")):
        place.mkdir(parents=True)
        line = {"event": event, "line": "", "at": 0.0, "redacted": False}
        Path(place, "raise-history.jsonl").write_text(json.dumps(line) + "\n")
    assert "E_DEFAULT" in evtui.run("raise", "--history").out
    assert "E_LAB" in evtui.run("raise", "--history", "--profile", "lab").out
    assert evtui.run("--profile", "prod", "raise", "--history").out == ""


@pytest.mark.parametrize("fps", ["1", "31", "x"])
def test_a_number_of_draws_that_is_out_of_range_is_refused(evtui: Evtui, fps: str) -> None:
    refused = evtui.run("--fps", fps)
    assert refused.status == 2
    assert "2 to 30" in refused.err or "is not a valid integer" in refused.err
