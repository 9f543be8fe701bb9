"""What the README says is true today."""

import re
import subprocess
import sys
import tomllib

from evtui.config.load import combine, from_tree
from tests.architecture.source import ROOT
from tests.readme_keys import START, with_key_tables

README = (ROOT / "README.md").read_text(encoding="utf-8")


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


def test_the_key_tables_are_those_of_the_console() -> None:
    assert START in README
    assert with_key_tables(README) == README, "run `uv run --group dev just keys`"


def test_every_picture_and_file_it_shows_exists() -> None:
    targets = [target.partition("#")[0] for target in re.findall(r"\]\(([^)]+)\)", README)]
    local = [target for target in targets if target and "://" not in target]
    assert local
    assert [target for target in local if not (ROOT / target).exists()] == []


def test_every_python_example_runs() -> None:
    examples = _blocks("python")
    assert examples
    for example in examples:
        command = [sys.executable, "-W", "error", "-c", example]
        ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
        assert (ran.returncode, ran.stderr) == (0, "")


def test_every_setting_it_shows_exists() -> None:
    examples = _blocks("toml")
    assert examples
    for example in examples:
        combine([*from_tree(tomllib.loads(example), "README.md")])


def test_every_option_it_names_is_an_option() -> None:
    lines = [line.partition("#")[0] for block in _blocks("sh") for line in block.splitlines()]
    used = {option for line in lines if "evtui" in line for option in re.findall(r" (--[a-z-]+)", line)}
    commands = [
        "",
        "serve",
        "events",
        "subscribers",
        "subscribe",
        "unsubscribe",
        "raise",
        "tail",
        "mi",
        "queues",
        "script check",
        "script run",
    ]
    assert used
    assert used - {option for command in commands for option in _options(command)} == set()


def _options(command: str) -> list[str]:
    asked = [sys.executable, "-m", "evtui", *command.split(), "--help"]
    shown = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=30, cwd=ROOT)
    return re.findall(r"--[a-z-]+", shown.stdout)
