"""Bytes that are not UTF-8 are printed so that every client can decode and repeat them."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from evtui.codecs.byte_escapes import escape_bytes, unescape_bytes


@given(st.binary() | st.lists(st.sampled_from([b"\\", b"x", b"5c", b"ff", b"\xff", b"\xc3\xa9", b"/"])).map(b"".join))
@example(rb"\xff")
@example(b"\\\xff")
def test_what_is_printed_is_utf_8_and_reads_back(raw: bytes) -> None:
    text = raw.decode("utf-8", "surrogateescape")
    printed = escape_bytes(text)
    printed.encode()
    assert unescape_bytes(printed) == text
    assert unescape_bytes(text).encode("utf-8", "surrogateescape") is not None


@pytest.mark.parametrize("text", ["unix:/tmp/a", "unix:/tmp/é", r"a\b", r"\x41", "\\", ""])
def test_ordinary_text_is_printed_as_it_is(text: str) -> None:
    assert escape_bytes(text) == text
    assert unescape_bytes(text) == text


def test_a_byte_is_printed_in_hexadecimal() -> None:
    assert escape_bytes("unix:/tmp/\udcff\udcfe") == r"unix:/tmp/\xff\xfe"
    assert escape_bytes(r"\xff") == r"\x5cxff"
