"""The parameters of `evtui mi`."""

import pytest

from evtui.cli.words import parse_call
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
    assert parse_call(words) == params


@pytest.mark.parametrize(("words", "part"), [(["a=1", "b"], "some arguments"), (["x", "a:={"], "argument 2: not JSON")])
def test_the_wrong_one_is_named(words: list[str], part: str) -> None:
    with pytest.raises(BadParamsError, match=part):
        parse_call(words)
