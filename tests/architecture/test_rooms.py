"""What keeps the package one that a newcomer finds a way through: few siblings, unique names, the field's words."""

import ast
import re
from collections import Counter, defaultdict
from pathlib import PurePosixPath

from tests.architecture.source import modules
from tests.paths import ROOT

MAX_SIBLINGS = 20
"""Modules in one folder, `__init__` left out."""
ROOT_ROOM = PurePosixPath("evtui/bootstrap")
MAX_BOOTSTRAP_LINES = 1300
BOOTSTRAP = {
    "console.py", "engine_setup.py", "listeners.py", "logs.py", "paths.py", "serve.py", "transports.py",
    "amqp_source.py", "outside_transports.py", "real_clocks.py", "remote_server.py", "script_trial_setup.py",
}  # fmt: skip
"""The modules of the composition root. What behaves belongs to a layer below, where a test can hold its clock."""
SIBLING_PARTS = {"grammar.py", "settings.py", "transport.py", "sender.py", "connection.py", "backend.py", "__init__.py"}
"""File names that stand for the same part of sibling rooms."""
PRIVATE_LANGUAGE = re.compile(r"courier|carrier|prong|\bdesk\b|stranded|\bfates?\b|lanes\b|tally", re.IGNORECASE)
TEXT_FILES = {".py", ".json", ".lark"}


def _paths() -> list[PurePosixPath]:
    return [PurePosixPath(module.path) for module in modules()]


def test_no_folder_has_more_modules_than_a_person_can_overlook() -> None:
    siblings = Counter(path.parent for path in _paths() if path.name != "__init__.py")
    assert {folder: number for folder, number in siblings.items() if number > MAX_SIBLINGS} == {}


def test_no_two_modules_share_a_file_name_unless_they_are_the_same_part_of_sibling_rooms() -> None:
    names = Counter(path.name for path in _paths() if path.name not in SIBLING_PARTS)
    assert {name for name, number in names.items() if number > 1} == set()


def test_no_class_name_stands_for_two_things() -> None:
    places: defaultdict[str, list[str]] = defaultdict(list)
    for module in modules():
        for node in module.tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(module.path)
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


def test_the_package_speaks_no_private_language() -> None:
    files = [path for path in (ROOT / "evtui").rglob("*") if path.suffix in TEXT_FILES]
    assert files
    found = [
        f"{path.relative_to(ROOT)}:{number} {line.strip()}"
        for path in files
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if PRIVATE_LANGUAGE.search(line)
    ]
    assert found == []


def test_the_composition_root_only_composes() -> None:
    lines = {
        path.name: module.lines for module in modules() if (path := PurePosixPath(module.path)).parent == ROOT_ROOM
    }
    assert set(lines) - {"__init__.py"} == BOOTSTRAP
    assert sum(lines.values()) <= MAX_BOOTSTRAP_LINES
