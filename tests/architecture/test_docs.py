"""What the README and the pages in docs/ say is true today."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from evtui.config.chosen_profile import ChosenProfile
from evtui.config.config_loader import combine_settings
from evtui.config.setting_sources import from_file_tree
from evtui.mi.commands.command_table import COMMANDS
from tests.doc_tables import DOC_TABLES, SCHEMA_FILE, DocTable, recording_schema
from tests.limits import HANG
from tests.paths import ROOT

PAGES = [
    *(
        ROOT / name
        for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")
        if (ROOT / name).exists()
    ),
    *sorted((ROOT / "docs").glob("*.md")),
]
BEHAVIOUR = "docs/opensips-behaviour.md"
MAX_README_LINES = 200


def _blocks(language: str) -> Iterator[tuple[Path, str]]:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for block in re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
            yield page, block


def _prose(text: str) -> str:
    """Leave out what stands in examples, but not their line ends."""
    return re.sub(r"^ *```.*?^ *```$", lambda found: "\n" * found[0].count("\n"), text, flags=re.DOTALL | re.MULTILINE)


def test_the_readme_can_be_read_in_five_minutes() -> None:
    assert (ROOT / "README.md").read_text(encoding="utf-8").count("\n") <= MAX_README_LINES


def test_no_line_is_longer_than_120_characters() -> None:
    """Lines of tables, of examples and of pictures cannot be broken."""
    found = [
        f"{page.name}:{number}"
        for page in PAGES
        for number, line in enumerate(_prose(page.read_text(encoding="utf-8")).splitlines(), 1)
        if len(line) > 120 and not line.lstrip().startswith(("|", "!["))
    ]
    assert found == []


@pytest.mark.parametrize("table", DOC_TABLES, ids=lambda table: table.page)
def test_a_table_is_that_of_the_program(table: DocTable) -> None:
    text = (ROOT / table.page).read_text(encoding="utf-8")
    assert table.fill(text) == text, "run `uv run --group dev just doc-tables`"


def test_the_schema_of_recordings_is_that_of_the_program() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == recording_schema(), "run `uv run --group dev just doc-tables`"


def test_every_picture_file_and_page_that_is_linked_exists() -> None:
    missing: list[str] = []
    seen = 0
    for page in PAGES:
        text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            path = target.partition("#")[0]
            if path and "://" not in path:
                seen += 1
                if not (page.parent / path).exists():
                    missing.append(f"{page.name}: {target}")
    assert seen
    assert missing == []


def test_every_path_that_is_named_exists() -> None:
    named = [
        (page, path)
        for page in ("docs/architecture.md", "docs/glossary.md", "CONTRIBUTING.md")
        for path in re.findall(r"`([a-z_.]+/[a-z_./]*)`", (ROOT / page).read_text(encoding="utf-8"))
    ]
    assert named
    assert [one for one in named if not any((base / one[1]).exists() for base in (ROOT, ROOT / "evtui"))] == []


def test_every_test_that_holds_a_promise_exists() -> None:
    text = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:unit|contract|property|functional|hostile)/[a-z_/]+\.py)`", text)
    assert named
    assert [path for path in named if not (ROOT / "tests" / path).exists()] == []


def test_every_page_is_linked_from_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [page.name for page in (ROOT / "docs").glob("*.md") if f"(docs/{page.name})" not in readme] == []


def test_every_python_example_runs() -> None:
    examples = list(_blocks("python"))
    assert examples
    for _, example in examples:
        command = [sys.executable, "-W", "error", "-c", example]
        ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=HANG, cwd=ROOT)
        assert (ran.returncode, ran.stderr) == (0, "")


def test_every_setting_it_shows_exists() -> None:
    examples = list(_blocks("toml"))
    assert examples
    for page, example in examples:
        tree = tomllib.loads(example)
        for name in ("default", *tree.get("profile", {})):
            combine_settings(from_file_tree(tree, page.name, ChosenProfile(name)))


def test_every_option_it_names_is_an_option() -> None:
    lines = [line.partition("#")[0] for _, block in _blocks("sh") for line in block.splitlines()]
    used = {option for line in lines if "evtui" in line for option in re.findall(r" (--[a-z-]+)", line)}
    commands = [
        "",
        "serve",
        "events",
        "subscribers",
        "subscribe",
        "unsubscribe",
        "raise",
        "replay",
        "tail",
        "mi",
        "sessions",
        "queues",
        "statistics",
        "open",
        "script check",
        "script run",
    ]
    assert used
    assert used - {option for command in commands for option in _options(command)} - {"--group"} == set()


def test_every_command_of_just_that_it_names_exists() -> None:
    recipes = set(
        re.findall(r"^([a-z][a-z-]*)\b[^:\n]*:(?!=)", (ROOT / "justfile").read_text(encoding="utf-8"), re.MULTILINE)
    )
    named = {
        name
        for page in PAGES
        for name in re.findall(r"\bjust ([a-z][a-z-]+)", _code_of(page.read_text(encoding="utf-8")))
    }
    assert named
    assert named - recipes == set()


def test_every_command_of_the_management_interface_is_described() -> None:
    page = (ROOT / "docs/management-interface.md").read_text(encoding="utf-8")
    assert [command.name for command in COMMANDS if f"`{command.name}`" not in page] == []


def test_every_rule_that_is_cited_is_a_section_of_the_page() -> None:
    page = (ROOT / BEHAVIOUR).read_text(encoding="utf-8")
    sections = set(re.findall(r"^#{2,3} ([0-9.]+) ", page, re.MULTILINE))
    cited = set(_citations())
    assert cited
    assert cited - sections == set()
    inner = {section for section in sections if any(other.startswith(f"{section}.") for other in sections)}
    assert {section for section in sections - inner if not _is_cited(section, cited)} == set()


def _is_cited(section: str, cited: set[str]) -> bool:
    return any(section == one or section.startswith(f"{one}.") for one in cited)


def _citations() -> Iterator[str]:
    files = [path for folder in ("evtui", "tests") for path in (ROOT / folder).rglob("*")]
    for path in files:
        if path.suffix in {".py", ".lark"}:
            text = re.sub(r"\s+(?:#|//)?\s*", " ", path.read_text(encoding="utf-8"))
            for group in re.findall(
                rf"{BEHAVIOUR} ((?:[0-9][0-9.]*[0-9]|[0-9])(?:(?:, | and )[0-9](?:[0-9.]*[0-9])?)*)", text
            ):
                yield from re.findall(r"[0-9](?:[0-9.]*[0-9])?", group)


def _code_of(text: str) -> str:
    return "\n".join(
        [*re.findall(r"`([^`\n]+)`", text), *re.findall(r"^```sh\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)]
    )


def _options(command: str) -> list[str]:
    asked = [sys.executable, "-m", "evtui", *command.split(), "--help"]
    shown = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=HANG, cwd=ROOT)
    return re.findall(r"--[a-z-]+", shown.stdout)
