# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false
"""Find every regular expression of the program, and texts on which an expression that is not linear takes long."""

import ast
import dataclasses
import importlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

import msgspec

from tests.paths import ROOT

METHODS: Final = frozenset(("search", "match", "fullmatch", "findall", "finditer", "sub", "subn", "split"))
constants: Any = importlib.import_module("re._constants")
parser: Any = importlib.import_module("re._parser")
_CANDIDATES: Final = "a0 \t\n\r\"'\\=:;,.<>[](){}/@?&$#%*+-_~!|^\0\x7f\u00e9\udc80"
_CATEGORIES: Final = {"CATEGORY_SPACE": " ", "CATEGORY_DIGIT": "0", "CATEGORY_WORD": "a"}
MAX_UNITS: Final = 60
_IMPORTS: Final = re.compile(r"\bimport\b.*\bre\b")


@dataclass(frozen=True)
class UsedPattern:
    """An expression and how the program applies it: the name of a method, with `@` when it is applied at a place."""

    where: str
    pattern: "re.Pattern[Any]"
    method: str

    def work(self, text: str) -> Callable[[], object]:
        """Return the work of applying it to a text, as the program does."""
        subject: Any = text.encode("utf-8", "surrogateescape") if isinstance(self.pattern.pattern, bytes) else text
        empty: Any = b"" if isinstance(subject, bytes) else ""
        match self.method:
            case "match@":
                return lambda: _match_all(self.pattern, subject)
            case "sub" | "subn":
                return lambda: self.pattern.sub(empty, subject)
            case "finditer":
                return lambda: sum(1 for _ in self.pattern.finditer(subject))
            case other:
                return lambda: getattr(self.pattern, other.rstrip("@"))(subject)


def used_patterns() -> list[UsedPattern]:
    """Return every expression of the package with each method that its module calls."""
    found: dict[tuple[str, str, str], UsedPattern] = {}
    for path in sorted((ROOT / "evtui").rglob("*.py")):
        for used in _of_module(path):
            found[used.where, str(used.pattern.pattern), used.method] = used
    return list(found.values())


@dataclass(frozen=True)
class Attack:
    """A text that repeats a unit."""

    head: str
    unit: str
    tail: str

    def text(self, characters: int) -> str:
        """Return the text with about so many characters."""
        return self.times(characters // len(self.unit))

    def times(self, count: int) -> str:
        """Return the text with so many units."""
        return self.head + self.unit * count + self.tail


def attacks(pattern: "re.Pattern[Any]") -> list[Attack]:
    """Return texts made of the expression's parts: the start of a match, then some characters again and again."""
    raw = pattern.pattern
    tree = parser.parse(
        raw.decode("latin-1") if isinstance(raw, bytes) else raw, pattern.flags & ~re.UNICODE & ~re.DEBUG
    )
    characters = _characters(tree)
    samples = {_sample(tree, repeats, branch) for repeats in (0, 1) for branch in (0, -1)}
    heads = list(dict.fromkeys(["", *(sample[:end] for sample in sorted(samples) for end in _ends(sample))]))
    tails = ["", "\x01", *_refusals(tree)[:1]]
    units = [*characters, *(one + other for one, other in product(characters, characters) if one != other)][:MAX_UNITS]
    found = [Attack(*parts) for parts in product(heads, units, tails)]
    edges = ["", *characters[:6]]
    found += [
        Attack("", before + head + after, tail) for head, before, after, tail in product(heads[1:], edges, edges, tails)
    ]
    ends = dict.fromkeys(sample[start:] for sample in sorted(samples) for start in range(1, min(len(sample), 16)))
    return found + [Attack(head, end, tail) for head, end, tail in product(heads[:2], ends, tails)]


def _ends(sample: str) -> list[int]:
    """Return where to cut a sample: its first places, and its end."""
    return sorted({*range(1, min(len(sample), 7) + 1), min(len(sample), 30)} - {0})


def _of_module(path: Any) -> Iterator[UsedPattern]:
    text = path.read_text(encoding="utf-8")
    if _IMPORTS.search(text) is None:  # most modules: to parse them all takes a third of each collection of the tests
        return
    tree = ast.parse(text)
    if "re" not in {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}:
        return
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    module = importlib.import_module(name)
    for constant, value in vars(module).items():
        for part in _held_in(value):
            yield UsedPattern(f"{name}.{constant}", part, "search")
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        owner, method = node.func.value, node.func.attr
        if method not in METHODS or not isinstance(owner, ast.Name):
            continue
        if owner.id == "re" and node.args and isinstance(node.args[0], ast.Constant):
            written: Any = node.args[0].value
            yield UsedPattern(f"{name}:{node.lineno}", re.compile(written, re.DOTALL), method)
        elif isinstance(owned := getattr(module, owner.id, None), re.Pattern):
            yield UsedPattern(f"{name}.{owner.id}", owned, method + "@" * (len(node.args) > 1 and method == "match"))


def _held_in(value: Any) -> Iterator["re.Pattern[Any]"]:
    """Return the expressions in a table, which a module applies by another name than the table's."""
    for part in value if isinstance(value, tuple | list) else ():
        if isinstance(part, re.Pattern):
            yield part
        elif isinstance(part, msgspec.Struct):
            yield from _held_in(msgspec.structs.astuple(part))
        elif dataclasses.is_dataclass(part):
            yield from _held_in([getattr(part, field.name) for field in dataclasses.fields(part)])
        else:
            yield from _held_in(part)


def _match_all(pattern: "re.Pattern[Any]", subject: Any) -> None:
    """Apply `match` where the last match ended, as a tokenizer does."""
    at = 0
    while at < len(subject) and (found := pattern.match(subject, at)):
        at = max(found.end(), at + 1)


def _characters(tree: Any) -> list[str]:
    """Return characters that the expression names or accepts, the most telling first."""
    found = dict.fromkeys(character for operation in tree for character in _named(operation))
    return list(found)[:14]


def _named(operation: Any) -> Iterator[str]:
    code, argument = operation
    if code in {constants.LITERAL, constants.NOT_LITERAL, constants.IN, constants.ANY, constants.RANGE}:
        yield from _accepted(operation)[:3]
        yield from _refused(operation)
        return
    for part in argument if isinstance(argument, tuple | list) else (argument,):
        if isinstance(part, parser.SubPattern):
            for inner in part:
                yield from _named(inner)
        elif isinstance(part, list):
            for branch in part:
                for inner in branch if isinstance(branch, parser.SubPattern) else ():
                    yield from _named(inner)


def _accepted(operation: Any) -> list[str]:
    """Return some characters that one place of the expression accepts."""
    code, argument = operation
    if code is constants.LITERAL:
        return [chr(argument)]
    if code is constants.NOT_LITERAL:
        return [character for character in _CANDIDATES if ord(character) != argument][:2]
    if code is constants.ANY:
        return ["a", " "]
    negated = any(kind is constants.NEGATE for kind, _ in argument)
    named: list[str] = []
    for kind, value in argument:
        if kind is constants.LITERAL:
            named.append(chr(value))
        elif kind is constants.RANGE:
            named += [character for character in ("a", "0") if value[0] <= ord(character) <= value[1]] or [
                chr(value[0])
            ]
        elif kind is constants.CATEGORY:
            named += [character for word, character in _CATEGORIES.items() if str(value).endswith(word)]
    if not negated:
        return list(dict.fromkeys(named))
    return [character for character in _CANDIDATES if character not in named and not _excluded(character, argument)][:3]


def _refused(operation: Any) -> list[str]:
    """Return the characters that a place names to refuse them: most often what ends a part."""
    code, argument = operation
    if code is constants.NOT_LITERAL:
        return [chr(argument)]
    if code is not constants.IN or (constants.NEGATE, None) not in argument:
        return []
    return [chr(value) for kind, value in argument if kind is constants.LITERAL][:4]


def _excluded(character: str, members: Any) -> bool:
    return any(
        (kind is constants.RANGE and value[0] <= ord(character) <= value[1])
        or (kind is constants.CATEGORY and str(value).endswith("CATEGORY_SPACE") and character.isspace())
        for kind, value in members
    )


def _refusals(tree: Any) -> list[str]:
    """Return the characters that the expression's own classes refuse."""
    found: list[str] = []

    def look(operation: Any) -> None:
        code, argument = operation
        if code in {constants.IN, constants.NOT_LITERAL}:
            found.extend(_refused(operation))
            return
        for part in argument if isinstance(argument, tuple | list) else (argument,):
            for inner in part if isinstance(part, parser.SubPattern | list) else ():
                for one in inner if isinstance(inner, parser.SubPattern) else [inner]:
                    look(one)

    for operation in tree:
        look(operation)
    return list(dict.fromkeys(reversed(found)))


def _sample(tree: Any, repeats: int, branch: int) -> str:
    """Return a text that the expression may match, with optional parts left out (0) or present once (1)."""
    return "".join(_sample_of(operation, repeats, branch) for operation in tree)


def _sample_of(operation: Any, repeats: int, branch: int) -> str:
    code, argument = operation
    if code in {constants.LITERAL, constants.NOT_LITERAL, constants.IN, constants.ANY}:
        return "".join(_accepted(operation)[:1]) or "a"
    if code in {constants.MAX_REPEAT, constants.MIN_REPEAT, constants.POSSESSIVE_REPEAT}:
        least, most, inner = argument
        count: int = max(least, min(repeats, most))
        return _sample(inner, repeats, branch) * count
    if code is constants.SUBPATTERN:
        return _sample(argument[-1], repeats, branch)
    if code is constants.ATOMIC_GROUP:
        return _sample(argument, repeats, branch)
    if code is constants.BRANCH:
        return _sample(argument[1][branch], repeats, branch)
    return ""
