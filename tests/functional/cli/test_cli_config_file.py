"""`evtui config path`, `check`, `edit` and `schema`, and options before a command."""

import json
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from evtui.config.setting_tree import all_settings
from tests.functional.cli.test_cli_config import write_default_file
from tests.functional.processes.evtui_process import Evtui
from tests.paths import ROOT


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return Evtui(tmp_path_factory.mktemp("schema")).run("config", "schema").json


def test_the_path_says_which_rule_chose_it(evtui: Evtui) -> None:
    default = evtui.directory / "config" / "evtui" / "evtui.toml"
    assert evtui.run("config", "path").out == f"{default}\n"
    assert "it does not exist" in evtui.run("config", "path").err
    write_default_file(evtui, "")
    assert evtui.run("config", "path").err == ""
    no_host = {"host": {"path": None, "counts": False, "notice": ""}}
    no_profiles = {"profile": "default", "profiles": ["default"], **no_host}
    told = evtui.run("config", "path", "--json", EVTUI_CONFIG="/other.toml").json
    assert told == {"path": "/other.toml", "origin": "EVTUI_CONFIG", "exists": False, **no_profiles}
    told = evtui.run("--config", "/third.toml", "--json", "config", "path", EVTUI_CONFIG="/other.toml").json
    assert told == {"path": "/third.toml", "origin": "--config", "exists": False, **no_profiles}


@pytest.mark.parametrize(
    ("toml", "wrong"),
    [
        ('payload = "xml"', "payload"),
        ("[journal]\nrecord = 10", "did you mean journal.records?"),
        ("payload =", "it is not TOML"),
        ('subscribe = ["E_PIKE_BLOCKED pigeon:home"]', "pigeon"),
        ('[ui]\ntheme = "none"', "ui.theme"),
        ('[script]\nfiles = ["/nonexistent.cfg"]', "/nonexistent.cfg"),
    ],
)
def test_a_wrong_file_is_named_with_its_wrong_part(evtui: Evtui, toml: str, wrong: str) -> None:
    file = write_default_file(evtui, toml)
    checked = evtui.run("config", "check")
    assert (checked.status, checked.out) == (2, "")
    assert wrong in checked.err
    told = evtui.run("config", "check", "--json")
    assert (told.status, told.json["ok"], told.json["path"]) == (2, False, str(file))
    assert wrong in " ".join(told.json["errors"])


def test_a_right_file_is_said_to_be_right(evtui: Evtui) -> None:
    assert "all defaults" in evtui.run("config", "check").out
    file = write_default_file(evtui, 'payload = "text"')
    assert evtui.run("config", "check").out == f"{file}: right\n"
    assert evtui.run("config", "check", "--json").json == {"path": str(file), "ok": True, "errors": []}


def test_the_editor_gets_a_file_with_every_setting(evtui: Evtui) -> None:
    """The example file sets nothing; without its # each default is the value that it stands for."""
    edited = evtui.run("config", "edit", EDITOR="true")
    file = evtui.directory / "config" / "evtui" / "evtui.toml"
    assert (edited.status, file.stat().st_mode & 0o777) == (0, 0o600)
    assert "right" in edited.err
    text = file.read_text()
    assert all(f"# {setting.path.rpartition('.')[2]} = " in text for setting in all_settings())
    assert evtui.run("config", "check").status == 0
    file.write_text("\n".join(line.removeprefix("# ") for line in text.splitlines() if _gives_default(line)))
    shown = evtui.run("config", "show", "--json").json
    for setting in all_settings():
        if setting.default is not None:
            assert shown[setting.path] == {"value": json.loads(json.dumps(setting.default)), "origin": f"file:{file}"}


def _gives_default(line: str) -> bool:
    """Say whether a line names a table, or a setting with its default value."""
    name, sign, _ = line.removeprefix("# ").partition(" = ")
    return line.startswith("[") or (sign != "" and name.isidentifier() and not line.endswith('= ""'))


def test_what_was_edited_wrong_is_said(evtui: Evtui) -> None:
    file = write_default_file(evtui, 'payload = "jsonrpc"\n')
    edited = evtui.run("config", "edit", EDITOR="sed -i s/jsonrpc/xml/")
    assert edited.status == 2
    assert "payload" in edited.err
    assert file.read_text() == 'payload = "xml"\n', "what was typed stays"


def test_an_editor_that_is_missing_is_said(evtui: Evtui) -> None:
    refused = evtui.run("config", "edit", EDITOR="/nonexistent/editor")
    assert refused.status == 1
    assert "/nonexistent/editor" in refused.err
    assert "Traceback" not in refused.err


def test_the_schema_takes_the_example_and_refuses_what_evtui_refuses(schema: Any) -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    example = tomllib.loads(page.partition("```toml\n")[2].partition("```")[0])
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    validator.validate(example)  # pyright: ignore[reportUnknownMemberType]
    for wrong in (
        {"payload": "xml"},
        {"journal": {"records": 0}},
        {"journal": {"record": 1}},
        {"mi": {"listen": "yes"}},
        {"transports": {"datagram": {"allow": ["all"]}}},
        {"script": {"as": "9"}},
    ):
        assert not validator.is_valid(wrong), wrong  # pyright: ignore[reportUnknownMemberType]


def test_the_schema_has_every_setting_with_its_default_and_hides_no_secret(schema: Any) -> None:
    for setting in all_settings():
        part = schema
        for name in setting.path.split("."):
            part = part["properties"][name]
        assert part["description"] == setting.expected
        assert part.get("writeOnly", False) is setting.is_secret


def test_options_may_stand_before_the_command(evtui: Evtui) -> None:
    file = evtui.directory / "mine.toml"
    file.write_text('payload = "text"')
    for words in (
        ("--config", str(file), "config", "show", "--json"),
        (f"--config={file}", "--json", "config", "show"),
        ("config", "--config", str(file), "show", "--json"),
    ):
        assert evtui.run(*words).json["payload"] == {"value": "text", "origin": f"file:{file}"}


def test_what_follows_a_command_is_not_read_as_an_option_before_it(evtui: Evtui) -> None:
    """The value of an option may be spelled as a command is."""
    refused = evtui.run("--config", "events", "config", "show")
    assert "events: No such file or directory" in refused.err
    file = Path("why")
    assert f"{file}: No such file or directory" in evtui.run("--config", "why", "serve").err
