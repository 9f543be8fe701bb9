import pytest

from evtui.core.errors import BadMessageError
from evtui.serve.web.page_messages import Ack, End, Hello, PageRefused, Size, Welcome, parse_message, write_message


def test_each_message_of_a_page_is_read() -> None:
    hello = parse_message('{"is": "hello", "columns": 80, "lines": 24, "token": "x"}')
    assert hello == Hello(80, 24, "x")
    assert parse_message('{"is": "hello", "resume": "y"}') == Hello(resume="y")
    assert parse_message('{"is": "size", "columns": 60, "lines": 20}') == Size(60, 20)
    assert parse_message('{"is": "ack", "bytes": 5}') == Ack(5)


@pytest.mark.parametrize(
    "text",
    [
        "", "{}", "[]", "null", '"hello"', '{"is": "welcome"}', '{"is": "ack"}', '{"is": "ack", "bytes": -1}',
        '{"is": "ack", "bytes": 1e999}', '{"is": "ack", "bytes": "5"}', '{"is": "size", "columns": 1}',
        '{"is": "size", "columns": 10001, "lines": 1}', '{"is": "hello", "more": 1}',
        '{"is": "hello", "token": "' + "x" * 1025 + '"}', "[" * 30_000, '{"is": "hello", "token": "\ud800"}',
    ],
)  # fmt: skip
def test_what_no_page_sends_is_an_error_that_does_not_repeat_it(text: str) -> None:
    with pytest.raises(BadMessageError) as error:
        parse_message(text)
    assert str(error.value) == "no message of a console's page"


def test_the_messages_of_the_door_name_what_they_are() -> None:
    assert write_message(Welcome("key", "viewer", 30.0, again=False)) == (
        '{"is":"welcome","resume":"key","role":"viewer","grace":30.0,"again":false}'
    )
    assert write_message(PageRefused("token", "the token is wrong")) == (
        '{"is":"refused","cause":"token","why":"the token is wrong"}'
    )
    assert write_message(End("why")) == '{"is":"end","why":"why"}'
