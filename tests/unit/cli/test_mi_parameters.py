"""The parameters of `evtui mi`."""

import pytest

from evtui.cli.mi_parameters import parse_call
from evtui.codecs.jsonvalue import Json, Members
from evtui.core.errors import BadParamsError


@pytest.mark.parametrize(
    ("words", "params"),
    [
        ([], []),
        (["a", ""], ["a", ""]),
        ([":=3", ":=[1,2]", "=a=b"], [3, [1, 2], "a=b"]),
        (["event=E", "expire:=60"], Members([("event", "E"), ("expire", 60)])),
        (["udp:127.0.0.1:9000?payload=text"], ["udp:127.0.0.1:9000?payload=text"]),
        (["a=x=y\nz"], Members([("a", "x=y\nz")])),
    ],
)
def test_words_are_named_or_positional(words: list[str], params: Json) -> None:
    assert parse_call("which", words) == params


@pytest.mark.parametrize(("words", "part"), [(["a=1", "b"], "some arguments"), (["x", "a:={"], "argument 2: not JSON")])
def test_the_wrong_one_is_named(words: list[str], part: str) -> None:
    with pytest.raises(BadParamsError, match=part):
        parse_call("which", words)


@pytest.mark.parametrize(
    ("method", "words", "params"),
    [
        ("get_statistics", ["all"], [["all"]]),
        ("statistics:get", ["evi:", "mi:"], [["evi:", "mi:"]]),
        ("get_statistics", [':=["all"]'], [["all"]]),
        ("get_statistics", ["statistics=evi: 'two words'"], Members([("statistics", ["evi:", "two words"])])),
        ("get_statistics", ['statistics:=["all"]'], Members([("statistics", ["all"])])),
        ("list_statistics", [], []),
        ("raise_event", ["E_X"], ["E_X"]),
        ("raise_event", ["E_X", "a", ":=3"], ["E_X", ["a", 3]]),
        ("evi:raise", ["E_X", ':={"a":1}'], ["E_X", Members([("a", 1)])]),
        ("raise_event", ["event=E_X", "params=a b"], Members([("event", "E_X"), ("params", ["a", "b"])])),
    ],
)
def test_text_where_a_command_takes_an_array_becomes_one(method: str, words: list[str], params: Json) -> None:
    assert parse_call(method, words) == params


def test_a_quote_that_does_not_end_is_named() -> None:
    with pytest.raises(BadParamsError, match="'statistics': no closing quotation"):
        parse_call("get_statistics", ["statistics='evi:"])
