"""The bodies of messages: JSON-RPC or the classic text with or without its end."""

import pytest

from evtui.backends.seen.notification_body import decode_body
from evtui.codecs import text
from evtui.core.errors import BadMessageError
from evtui.core.values import NO_PARAMS, Params


def test_a_notification_is_read() -> None:
    body = b'{"jsonrpc":"2.0","method":"E_A","params":{"x":1}}'
    assert decode_body(body) == ("E_A", Params((1,), ("x",)), "jsonrpc")


@pytest.mark.parametrize(
    ("body", "params"),
    [
        (b"E_A", NO_PARAMS),
        (b"E_A\na::1\nb::two", Params(("1", "two"), ("a", "b"))),
        (b"E_A\none\ntwo", Params(("one", "two"))),
        (b'E_A\na::"x\ny"', Params(("x\ny",), ("a",))),
        (b"E_A\na::", Params(("",), ("a",))),
    ],
)
def test_the_classic_text_of_a_broker_has_no_blank_line_at_its_end(body: bytes, params: Params) -> None:
    assert decode_body(body) == ("E_A", params, "text")


@pytest.mark.parametrize("params", [NO_PARAMS, Params(("1",), ("a",)), Params(("x\ny", "z"))])
def test_the_classic_text_of_datagrams_is_read_too(params: Params) -> None:
    assert decode_body(text.encode("E_A", params)) == ("E_A", params, "text")


@pytest.mark.parametrize(
    "body",
    [
        b"", b"\n", b"two words", b"\x00\x01", b"[1,2]", b"<xml/>", b"\xff\xfe", b'{"a":1}', b"{", b"{}" * 10,
        b"x" * 65,
        b'{"jsonrpc":"2.0","id":1,"result":"ok"}', b'E_A\na::"open', b"E A\n\n",
    ],
)  # fmt: skip
def test_anything_else_is_refused(body: bytes) -> None:
    with pytest.raises(BadMessageError):
        decode_body(body)
