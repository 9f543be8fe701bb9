"""The classic text is read back, and what is not a classic text is refused with what is missing."""

import pytest

from evtui.codecs import text
from evtui.core.errors import BadMessageError
from evtui.core.values import Params


@pytest.mark.parametrize(
    ("raw", "params"),
    [
        (b"E_T\n\n", Params()),
        (b"E_T\none\n\n", Params(("one",))),
        (b"E_T\na::1\nb::\n\n", Params(("1", ""), ("a", "b"))),
        (b'E_T\np::"a\n\nb"\n\n', Params(("a\n\nb",), ("p",))),
        (b'E_T\na::"say \\"hi\\"\nnow"\nb::"\\"\n\\""\n\n', Params(('say "hi"\nnow', '"\n"'), ("a", "b"))),
        (b'E_T\na::say "hi"\nb::"x"\n\n', Params(('say "hi"', '"x"'), ("a", "b"))),
        (b"E_T\na::1\nbare\n\n", Params(("a::1", "bare"))),
        (b"E_T\na::\xff\n\n", Params(("\udcff",), ("a",))),
    ],
)
def test_what_the_server_sends_is_read(raw: bytes, params: Params) -> None:
    assert text.decode(raw) == ("E_T", params)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "the first line"),
        (b"\n\n", "the first line"),
        (b"E_T", "the first line"),
        (b"E_T\n", "empty line at the end"),
        (b"E_T\na::1", "empty line at the end"),
        (b"E_T\na::1\n", "empty line at the end"),
        (b'E_T\na::"x\ny\n\n', "a quoted value does not end"),
    ],
)
def test_what_is_missing_is_said(raw: bytes, why: str) -> None:
    with pytest.raises(BadMessageError, match=why):
        text.decode(raw)
