"""Parse the text of a routing script into its tree."""

from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from evtui.script.syntax.item_builder import ItemBuilder
from evtui.script.syntax.lexer import Lexeme, Lexer
from evtui.script.syntax.mistakes.error_hints import explain
from evtui.script.syntax.mistakes.expected_tokens import describe_tokens
from evtui.script.syntax.mistakes.other_files import name_other_file, remarks_of_other_file
from evtui.script.syntax.mistakes.wrong_token import WrongToken, read_until
from evtui.script.syntax.parser_driver import ParserDriver, ParseTables, make_tables
from evtui.script.syntax.script_errors import ScriptError
from evtui.script.syntax.source import LinePlaces, ScriptSource
from evtui.script.syntax.tree import Block, Include, LoadModule, ModParam, Remark, Route, Script
from evtui.script.syntax.tree_depth import DEEPEST, find_too_deep

if TYPE_CHECKING:
    from lark import Lark

_START: Final = ("start", "part")
"""The grammar's start rules: for a file of its own, and for one included within a block."""
_TOO_DEEP: Final = f"more than {DEEPEST} statements or expressions within each other"


def parse(text: str, file: str = "", places: LinePlaces | None = None) -> Script:
    """Parse a file; `file` is its name in places. `places` tells where the lines of a rendered text come from.

    raises ScriptError, and no other exception, whatever the text is.
    """
    source = ScriptSource(text, file, places)
    script: Script = _parsed(Lexer(source))
    has_routes = any(isinstance(item, Route | LoadModule | ModParam | Include) for item in script.items)
    if script.remarks or "#!" in text or "`" in text or not has_routes:
        remarks = remarks_of_other_file(source, has_routes=has_routes)
        script = replace(script, remarks=(*remarks, *script.remarks))
    if place := find_too_deep(item.body for item in script.items if isinstance(item, Route)):
        raise source.error_at(place, _TOO_DEEP)
    return script


def parse_part(text: str, file: str = "", places: LinePlaces | None = None) -> tuple[Block, tuple[Remark, ...]]:
    """Parse a file that is included within a block; return its statements and the remarks about them.

    raises ScriptError, and no other exception.
    """
    source = ScriptSource(text, file, places)
    block, remarks = _parsed(Lexer(source, inside=True))
    if place := find_too_deep([block]):
        raise source.error_at(place, _TOO_DEEP)
    return block, remarks


def _parsed(lexer: Lexer) -> Any:
    try:
        return _result(lexer)
    except ScriptError as error:
        other = name_other_file(lexer.source, error)
        if other is None:
            raise
        raise other from error


def _result(lexer: Lexer) -> Any:
    builder = ItemBuilder(lexer.source, lexer.skipped)
    driver = _driver(builder, _START[lexer.inside])
    for token in lexer.tokens():
        if not driver.feed(token):
            raise _unexpected(lexer, token)
    end = Lexeme("$END", "", len(lexer.source.text.rstrip()))
    if not driver.feed(end):
        raise _unexpected(lexer, end)
    return driver.result


def _driver(builder: ItemBuilder, start: str) -> ParserDriver:
    """Return a driver that calls the methods of `builder` for completed rules."""
    tables, rules = _tables(start)
    made = _tree_builder().create_callback(builder)
    return ParserDriver(tables, [made.get(rule) for rule in rules])


@cache
def _tree_builder() -> Any:
    """Find out once what becomes of the parts of each rule: that takes as long as parsing a short script."""
    from lark import Tree
    from lark.parse_tree_builder import ParseTreeBuilder

    lark: Any = _grammar()
    tree_builder: Any = ParseTreeBuilder
    return tree_builder(lark.rules, Tree, maybe_placeholders=True)


@cache
def _tables(start: str) -> tuple[ParseTables, list[Any]]:
    lark: Any = _grammar()
    return make_tables(lark.parse_interactive("", start).parser_state.parse_conf.parse_table, start)


@cache
def _grammar() -> "Lark":
    """Load the grammar once: making its tables takes longer than parsing most scripts."""
    from lark import Lark
    from lark.lexer import Lexer as LarkLexer

    class FedLexer(LarkLexer):
        """Satisfy lark's lexer interface without a text: the tokens are fed to the parser."""

        def __init__(self, _: object) -> None:
            pass

        def lex(self, lexer_state: object, parser_state: object) -> Any:  # noqa: ARG002 - lark names them
            return iter(())

    text = files("evtui.script.syntax").joinpath("grammar.lark").read_text(encoding="utf-8")
    return Lark(text, start=list(_START), parser="lalr", lexer=FedLexer, maybe_placeholders=True)


def _unexpected(lexer: Lexer, token: Lexeme) -> ScriptError:
    """Return the error of an unexpected token: what was found, and what is possible there."""
    wrong = WrongToken(lexer.source, token, lexer.inside)
    wrong.accepted = _accepted(lexer, wrong)
    what, expected = explain(wrong)
    at = wrong.opened[-1] if token.type == "$END" and wrong.opened else token
    return lexer.source.error(at.offset, what, describe_tokens(wrong.accepted) if expected is None else expected)


def _accepted(lexer: Lexer, wrong: WrongToken) -> frozenset[str]:
    """Parse again up to the wrong token; return the types that could follow."""
    lark: Any = _grammar()
    parser = lark.parse_interactive("", _START[lexer.inside])
    state = parser.parser_state
    state.parse_conf.callbacks = {}
    for token in read_until(wrong, Lexer(lexer.source, lexer.inside).tokens()):
        state.feed_token(token)
    return frozenset(parser.accepts())
