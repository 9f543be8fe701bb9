"""The manual page: whole, right for the programs that show it, and with every command and option."""

import re
import shutil
import subprocess

import click
import pytest

from evtui.cli.commands import app
from tests.functional.processes.evtui_process import Evtui
from tests.limits import HANG


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    return Evtui(tmp_path_factory.mktemp("man")).run("man").out


def mandoc(page: str, *options: str) -> "subprocess.CompletedProcess[str]":
    if shutil.which("mandoc") is None:
        pytest.skip("mandoc is not installed")
    return subprocess.run(["mandoc", *options], input=page, capture_output=True, text=True, timeout=HANG, check=False)


def test_a_formatter_finds_no_fault(page: str) -> None:
    checked = mandoc(page, "-T", "lint", "-W", "warning")
    assert [line for line in checked.stdout.splitlines() if "missing date" not in line] == []


def test_it_is_shown_with_every_command_and_option(page: str) -> None:
    shown = mandoc(page, "-T", "utf8", "-O", "width=200").stdout
    text = re.sub(".\b", "", shown)  # bold is written twice
    for name, command in _all(app):
        assert f"evtui {name}" in text
        for parameter in command.params:
            for option in parameter.opts if isinstance(parameter, click.Option) else ():
                assert re.search(rf"^ *(?:\S+, )?{option}\b", text, re.MULTILINE), option


def test_no_line_is_read_as_a_macro_by_mistake(page: str) -> None:
    macros = {"TH", "SH", "SS", "TP", "PP", "B"}
    assert {line[1:].split()[0] for line in page.splitlines() if line.startswith((".", "'"))} <= macros


def _all(group: click.Group, before: str = "") -> list[tuple[str, click.Command]]:
    found: list[tuple[str, click.Command]] = []
    for name, command in group.commands.items():
        words = before + name
        found += _all(command, f"{words} ") if isinstance(command, click.Group) else [(words, command)]
    return found
