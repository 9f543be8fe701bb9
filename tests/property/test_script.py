"""Parsing any text gives a tree or an error with a place, and a printed tree parses to the same tree."""

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from evtui.script.check.findings import KnownNames
from evtui.script.check.script_check import check
from evtui.script.syntax.expressions import (
    Arithmetic,
    BareWord,
    Binary,
    BinaryOperator,
    CallExpression,
    Expression,
    Null,
    Number,
    Text,
    Unary,
    Variable,
)
from evtui.script.syntax.format_strings import parse_format
from evtui.script.syntax.parse import parse
from evtui.script.syntax.printer import print_script
from evtui.script.syntax.script_errors import ScriptError
from evtui.script.syntax.tree import (
    Assign,
    Block,
    Break,
    CallStatement,
    Case,
    Exit,
    If,
    Return,
    Route,
    Script,
    Statement,
    Switch,
    While,
)
from tests.paths import TEST_DATA

DATA = TEST_DATA
CORPUS = [file.read_text() for place in ("scripts", "corpus") for file in sorted((DATA / place).glob("*.cfg"))]
BITS = [
    *"{}()\"'$;,[]=!-\\\n#.:",
    *("/*", "*/", "==", "$(", "$avp(", "{s.", "if", "else", "route", "case", "::", "0x", "9" * 30, "//", "\0", "é"),
    "\udc80",
]  # fmt: skip
NOTHING_KNOWN = KnownNames(frozenset(), frozenset(), frozenset(), {})


def _read(text: str) -> None:
    """Read, print, read and check a text that may be anything."""
    read = _parsed(text)
    if isinstance(read, ScriptError):
        lines = text.split("\n")
        assert read.file == "f.cfg"
        assert 1 <= read.line <= len(lines)
        assert 1 <= read.column <= len(lines[read.line - 1]) + 1
        return
    assert parse(print_script(read), "f.cfg") == read
    check({"f.cfg": read}, NOTHING_KNOWN)


def _parsed(text: str) -> Script | ScriptError:
    try:
        return parse(text, "f.cfg")
    except ScriptError as error:
        return error


@given(st.text(st.characters(), max_size=200))
def test_garbage_is_refused_with_a_place(text: str) -> None:
    _read(text)


@given(st.lists(st.sampled_from([*BITS, " ", "x", "1", '"a"', "$var(x)", "route {", "}"]), max_size=40))
def test_tokens_of_the_language_in_any_order_are_a_script_or_refused(bits: list[str]) -> None:
    _read("".join(bits))
    _read("route { " + " ".join(bits))


@given(st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_configurations_cut_and_changed_are_a_script_or_refused(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(CORPUS))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        gone = data.draw(st.integers(0, 12))
        put = data.draw(st.sampled_from(["", *BITS]))
        text = text[:start] + put + text[start + gone :]
    if data.draw(st.booleans()):
        text = text[: data.draw(st.integers(0, len(text)))]
    _read(text)


@given(st.text(st.sampled_from("$()[]{}<>.,*-ax1 \n"), max_size=60))
def test_a_text_with_variables_is_read_or_refused(text: str) -> None:
    try:
        pieces = parse_format(text)
    except ScriptError:
        return
    assert all(pieces)


_numbers = st.integers(0, 2**63).map(Number)
_texts = st.builds(Text, st.text(st.characters(codec="utf-8"), max_size=8))
_variables = st.builds(
    Variable, st.sampled_from(["ru", "var", "avp"]), st.none() | st.sampled_from(["x", "i:3", "$ru"])
)
_leaves: st.SearchStrategy[Expression] = st.one_of(
    _numbers,
    _texts,
    _variables,
    st.builds(Null),
    st.builds(BareWord, st.sampled_from(["uri", "exit", "L_ERR", "127.0.0.1"])),
)
_operators: st.SearchStrategy[BinaryOperator] = st.sampled_from(
    ["and", "or", "==", "=~", "<", "+", "-", "*", "%", "&", "|", "^", "<<"]
)


def _larger(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    return st.one_of(
        st.builds(Binary, _operators, inner, inner),
        st.builds(Unary, st.sampled_from(["not", "~"]), inner),
        st.builds(Arithmetic, inner),
        st.builds(CallExpression, st.sampled_from(["f", "route"]), st.tuples(inner, st.none() | inner)),
    )


_expressions = st.recursive(_leaves, _larger, max_leaves=12)
_simple: st.SearchStrategy[Statement] = st.one_of(
    st.builds(Assign, _variables, st.sampled_from(["=", ":=", "+="]), _expressions),
    st.builds(CallStatement, st.builds(CallExpression, st.just("f"), st.tuples(_expressions))),
    st.builds(Return, st.lists(_expressions, max_size=2).map(tuple)),
    st.builds(Exit, st.booleans()),
    st.builds(Break),
)


def _blocks(inner: st.SearchStrategy[Statement]) -> st.SearchStrategy[Block]:
    return st.builds(Block, st.lists(inner, max_size=3).map(tuple))


def _compound(inner: st.SearchStrategy[Statement]) -> st.SearchStrategy[Statement]:
    cases = st.builds(Case, st.none() | _leaves, st.lists(inner, max_size=2).map(tuple))
    return st.one_of(
        _blocks(inner),
        st.builds(If, _expressions, _blocks(inner), st.none() | _blocks(inner)),
        st.builds(While, _expressions, _blocks(inner)),
        st.builds(Switch, _expressions, st.lists(cases, max_size=2).map(tuple)),
    )


_statements = st.recursive(_simple, _compound, max_leaves=6)


def _returned(text: str) -> Block:
    return Block((Return((Text(text),)),))


@given(_blocks(_statements))
@example(_returned("\0`"))
@example(_returned("#!\0"))
@example(_returned("\x01" * 40 + "`"))
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_printed_tree_parses_to_the_same_tree(body: Block) -> None:
    script = Script((Route("route", body=body),))
    assert parse(print_script(script)) == script
