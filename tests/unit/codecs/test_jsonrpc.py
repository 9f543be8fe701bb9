"""A notification is read, and what is none is refused with the JSON-RPC code that belongs to it."""

import pytest

from evtui.codecs import jsonrpc
from evtui.core.errors import BadMessageError
from evtui.core.values import NO_PARAMS, Params


@pytest.mark.parametrize(
    ("raw", "params"),
    [
        (b'{"jsonrpc":"2.0","method":"E"}', NO_PARAMS),
        (b'{"jsonrpc":"2.0","method":"E","params":null}', NO_PARAMS),
        (b' {"id":null,"params":{"a":1,"a":2},"method":"E","jsonrpc":"2.0"} \r\n', Params((1, 2), ("a", "a"))),
        (b'{"jsonrpc":"2.0","method":"E","params":[true,{"x":[1]},1.5]}', Params(("true", '{"x":[1]}', 1.5))),
    ],
)
def test_what_a_server_sends_is_read(raw: bytes, params: Params) -> None:
    assert jsonrpc.decode_notification(raw) == ("E", params)


@pytest.mark.parametrize(
    ("raw", "code", "why"),
    [
        (b"", -32700, "column 1"),
        (b"{", -32700, "column 2"),
        (b'{"jsonrpc":"2.0","method":"E"} x', -32700, "column 32"),
        (b'{"jsonrpc":"2.0","method":"E","params":[Infinity]}', -32700, "Infinity is not JSON"),
        (b'{"jsonrpc":"2.0","method":"E","params":[1e999]}', -32700, "too large for a float"),
        (b"[" * 100_000, -32700, "nested too deep"),
        (b"[]", -32600, "a notification is a JSON object"),
        (b'{"method":"E"}', -32600, '"jsonrpc":"2.0"'),
        (b'{"jsonrpc":"2.0","method":5}', -32600, 'textual "method"'),
        (b'{"jsonrpc":"2.0","method":"E","params":"x"}', -32600, "an array or an object"),
    ],
)
def test_what_is_wrong_is_said_with_its_code(raw: bytes, code: int, why: str) -> None:
    with pytest.raises(BadMessageError) as refusal:
        jsonrpc.decode_notification(raw)
    assert refusal.value.code == code
    assert why in refusal.value.why


def test_the_name_of_an_event_may_be_bytes_that_are_no_text() -> None:
    encode = jsonrpc.notification_encoder("E_\udcff")
    assert encode(Params((1,), ("a",)), {"a": 1}) == jsonrpc.encode_plainly("E_\udcff", Params((1,), ("a",)))
