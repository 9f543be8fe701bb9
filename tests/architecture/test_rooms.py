"""Rules that let a newcomer find a way through the package: few siblings, unique names, the field's words."""

import ast
import re
from collections import Counter, defaultdict
from pathlib import Path, PurePosixPath

from tests.architecture.source import modules
from tests.paths import ROOT

MAX_SIBLINGS = 20
"""Modules and rooms in one folder, `__init__` left out."""
ROOT_ROOM = PurePosixPath("evtui/bootstrap")
MAX_BOOTSTRAP_LINES = 1450
BOOTSTRAP = {
    "console.py", "console_sources.py", "engine_setup.py", "listeners.py", "logs.py",
    "serve.py", "transports.py",
    "amqp_source.py", "real_clocks.py", "remote_server.py", "script_trial_setup.py",
    "doors.py", "fleet_setup.py",
}  # fmt: skip
"""The modules of the composition root. What behaves belongs to a layer below, where a test can hold its clock."""
BUILDERS = {"ExpressionBuilder", "StatementBuilder"}
"""lark calls one object for all rules of a grammar: the rules of expressions, statements and items stand in a module
each, as their trees and their printers do."""
SIBLING_PARTS = {"grammar.py", "settings.py", "transport.py", "sender.py", "connection.py", "backend.py", "__init__.py"}
"""File names that stand for the same part of sibling rooms."""
PRIVATE_LANGUAGE = re.compile(r"courier|carrier|prong|\bdesk\b|stranded|\bfates?\b|lanes\b|tally", re.IGNORECASE)
"""Words that stood for a term of docs/glossary.md, which is to be used instead."""
RIDDLES = re.compile(
    r"\b(?:nobody|somebody|anybody|everybody|whoever|ours|theirs|nonsense|leftovers?)\b(?!\.sock)"
    r"|of our own|none of ours|\bthe reference\b|(?<!there )\b(?:is|are|was|were) no (?!longer|more|such|use)[a-z]",
    re.IGNORECASE,
)
"""Words that leave open who or what is meant, and `is no name` for `is not a name`."""
ANOTHER_MEANING = re.compile(r"carrier-pigeon|\"carrier\"|'carrier'")
"""An unknown scheme, and the member of the recorded captures that names a transport."""
TEXT_FILES = {".py", ".json", ".lark", ".md"}
THIS_FILE = Path(__file__)


def _paths() -> list[PurePosixPath]:
    return [PurePosixPath(module.path) for module in modules()]


def test_no_folder_has_too_many_modules_to_see_at_once() -> None:
    """Those of the tests too; the rooms in a folder count as its modules do."""
    files = [path.relative_to(ROOT) for top in ("evtui", "tests") for path in (ROOT / top).rglob("*.py")]
    rooms = {room for path in files for room in path.parents if len(room.parts) > 1}
    siblings = Counter(path.parent for path in {*files, *rooms} if path.name != "__init__.py")
    assert {str(folder): number for folder, number in siblings.items() if number > MAX_SIBLINGS} == {}


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


def test_no_class_is_cut_in_two_by_a_base_of_its_own() -> None:
    """A base with one subclass that nothing else makes is half of a class: a part of its own would do that work."""
    subclasses: defaultdict[str, set[str]] = defaultdict(set)
    own: set[str] = set()
    made: set[str] = set()
    for module in modules():
        for node in ast.walk(module.tree):
            match node:
                case ast.ClassDef(name=name, bases=bases):
                    if not {_last_name(base) for base in bases} & {"Protocol", "Exception"}:
                        own.add(name)
                    for base in bases:
                        subclasses[_last_name(base)].add(name)
                case ast.Call(func=called):
                    made.add(_last_name(called))
                case _:
                    pass
    halves = {name for name in own if len(subclasses[name]) == 1 and name not in made}
    assert halves == BUILDERS


def _last_name(node: ast.expr) -> str:
    """Name a class as it is written in a base or a call: `textual.Screen[None]` is Screen."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(value=value):
            return _last_name(value)
        case _:
            return ""


def test_the_package_speaks_no_private_language() -> None:
    assert _lines_with(PRIVATE_LANGUAGE, "evtui", "tests", "docs") == []


def test_no_sentence_leaves_open_who_or_what_is_meant() -> None:
    assert _lines_with(RIDDLES, "evtui", "docs") == []


def _lines_with(words: re.Pattern[str], *folders: str) -> list[str]:
    files = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in TEXT_FILES]
    files += [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
    return [
        f"{path.relative_to(ROOT)}:{number} {line.strip()}"
        for path in files
        if path != THIS_FILE and ROOT / "tests/data" not in path.parents
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if words.search(ANOTHER_MEANING.sub("", line))
    ]


def test_the_words_are_found() -> None:
    assert PRIVATE_LANGUAGE.search("a Courier")
    assert RIDDLES.search("it is no name")
    assert not RIDDLES.search("there is no name, and it is no longer there")


def test_the_composition_root_only_composes() -> None:
    lines = {
        path.name: module.lines for module in modules() if (path := PurePosixPath(module.path)).parent == ROOT_ROOM
    }
    assert set(lines) - {"__init__.py"} == BOOTSTRAP
    assert sum(lines.values()) <= MAX_BOOTSTRAP_LINES
