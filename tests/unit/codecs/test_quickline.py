"""The quick line: what it accepts, what it refuses and where, and that it reads back what it writes."""

import json
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evtui.codecs.display_text import display_safe
from evtui.codecs.quickline import BadWordError, format_line, format_words, parse_line, parse_words
from evtui.core.values import NO_PARAMS, Params, Value

# JSON reads a high surrogate before a low one as one character.
TEXT = st.text(
    st.characters() | st.sampled_from("=:\\\"'- \n\t$!0u\x1b\u202e\u0301\udc80\udcff\ud800"), max_size=12
).filter(lambda text: json.loads(json.dumps(text)) == text)
VALUES: st.SearchStrategy[Value] = TEXT | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.none()


def _named(pairs: list[tuple[str, Value]]) -> Params:
    return Params(tuple(value for _, value in pairs), tuple(name for name, _ in pairs))


PARAMS = st.lists(VALUES, max_size=5).map(lambda values: Params(tuple(values))) | st.lists(
    st.tuples(TEXT, VALUES), max_size=5
).map(_named)


@given(PARAMS)
def test_a_line_reads_back_as_it_was_written(params: Params) -> None:
    assert parse_line(format_line(params)) == params


@given(PARAMS)
def test_words_read_back_as_they_were_written_and_never_look_like_options(params: Params) -> None:
    words = format_words(params)
    assert parse_words(words) == params
    assert not any(word.startswith("-") for word in words)


@given(PARAMS)
def test_a_shell_splits_a_written_line_into_the_same_words(params: Params) -> None:
    assert tuple(shlex.split(format_line(params))) == format_words(params)


@given(PARAMS)
def test_a_written_line_is_safe_to_show(params: Params) -> None:
    line = format_line(params)
    assert display_safe(line, len(line) + 1) == line


@given(st.text(st.sampled_from("ab=:\\\"' -1[]{}n"), max_size=20))
def test_any_line_is_read_or_refused_with_a_column_inside_it(line: str) -> None:
    column = 1
    try:
        params = parse_line(line)
        assert parse_line(format_line(params)) == params
    except BadWordError as error:
        column = error.column
    assert 1 <= column <= len(line) + 1


@pytest.mark.parametrize(
    ("line", "params"),
    [
        ("", NO_PARAMS),
        ("   ", NO_PARAMS),
        ("ip=1.2.3.4 count:=3", Params(("1.2.3.4", 3), ("ip", "count"))),
        ('note="two words" x=', Params(("two words", ""), ("note", "x"))),
        ("note='two words'", Params(("two words",), ("note",))),
        ('"note=two words"', Params(("two words",), ("note",))),
        (r"note=two\ words", Params(("two words",), ("note",))),
        ("text 12", Params(("text", "12"))),
        (":=12 =a=b", Params((12, "a=b"))),
        ("uri=sip:a@b;x=y", Params(("sip:a@b;x=y",), ("uri",))),
        ("a:=null b:=1.5 c:=-2", Params((None, 1.5, -2), ("a", "b", "c"))),
        ("a:='\"x\"'", Params(("x",), ("a",))),
        ("a:=true b:=[1,2] c:='{\"x\": 1}'", Params(("true", "[1,2]", '{"x": 1}'), ("a", "b", "c"))),
        (r"'a\:=x' 'a\=b=y'", Params(("x", "y"), ("a:", "a=b"))),
        ("a=1 a=2", Params(("1", "2"), ("a", "a"))),
        ("C:\\\\temp", Params(("C:\\temp",))),
        ('""', Params(("",))),
        ("n=ünïcode", Params(("ünïcode",), ("n",))),
    ],
)
def test_a_line_is_read_as_parameters(line: str, params: Params) -> None:
    assert parse_line(line) == params


@pytest.mark.parametrize(
    ("line", "column", "reason"),
    [
        ("ip=1 two", 6, "'two' has no name and the values before it have"),
        ("one ip=1", 5, "'ip=1' has a name and the values before it have none"),
        ("ip=1 count:=", 13, "a JSON value goes after :="),
        ("ip=1 count:=x", 13, "not JSON: expecting value"),
        ('a="b c:=x', 3, 'the " that opens here is not closed'),
        ("a='b", 3, "the ' that opens here is not closed"),
        ("a:=NaN", 4, "JSON cannot say NaN"),
        ("a:=-Infinity", 4, "JSON cannot say -Infinity"),
        ("a:=1e999", 4, "too large for a float"),
        ("a:=" + "9" * 5000, 4, "too many digits"),
        ("a:=" + "[" * 100_000, 4, "nested too deep"),
        ('a:="x"', 5, "keep them with 'a:=\"x\"'"),
        ('b:=1 a:={"x":1}', 11, "keep them with 'a:={\"x\":1}'"),
        ('a:=""', 6, "keep them with 'a:=\"\"'"),
        ('"a:=x"', 5, "not JSON: expecting value"),
        ("a:=[1;2]", 6, "not JSON"),
        ("'a':='\"x y'", 7, "not JSON: unterminated string"),
    ],
)
def test_a_wrong_line_is_refused_at_its_column(line: str, column: int, reason: str) -> None:
    with pytest.raises(BadWordError) as caught:
        parse_line(line)
    assert (caught.value.column, reason in caught.value.reason) == (column, True), caught.value
    assert f"column {column}: " in str(caught.value)


def test_a_comma_without_a_value_behind_it_is_refused_at_the_comma_or_behind_it() -> None:
    with pytest.raises(BadWordError, match="not JSON") as caught:
        parse_line("a:=[1,]")
    assert caught.value.column in {6, 7}  # Python 3.13 points at the comma, earlier ones behind it


def test_a_wrong_argument_is_refused_by_its_number() -> None:
    with pytest.raises(BadWordError, match=r"bad parameters: argument 2, column 8: not JSON") as caught:
        parse_words(["ip=1", "count:=x"])
    assert (caught.value.word, caught.value.column) == (2, 8)


def test_an_argument_keeps_its_spaces_and_quotes() -> None:
    assert parse_words(['note="two" words', 'j:="x y"']) == Params(('"two" words', "x y"), ("note", "j"))


@pytest.mark.parametrize(
    ("params", "line"),
    [
        (Params(("1.2.3.4", 3), ("ip", "count")), "ip=1.2.3.4 count:=3"),
        (Params(("two words",), ("note",)), 'note="two words"'),
        (Params(('say "hi"',), ("note",)), "'note=say \"hi\"'"),
        (Params(("$(rm)",), ("note",)), "'note=$(rm)'"),
        (Params(("a\nb",), ("note",)), "'note:=\"a\\nb\"'"),
        (Params(("-v", "", "plain", None)), "=-v = plain :=null"),
        (Params(("x",), ("",)), "'\\0=x'"),
        (Params(("x",), ("-v",)), "'\\-v=x'"),
        (
            Params(("\x1b]52;c;x\x07", "\udcff"), ("a\u202eb", "c")),
            "'a\\u202eb:=\"\\u001b]52;c;x\\u0007\"' 'c:=\"\\udcff\"'",
        ),
    ],
)
def test_a_line_is_written_as_a_person_would(params: Params, line: str) -> None:
    assert format_line(params) == line
