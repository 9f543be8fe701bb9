"""The lines of flat files: the server's bytes, what differs on purpose, and that a reader gets everything back."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evtui.codecs import flat, payload
from evtui.codecs.flat import Layout
from evtui.core.errors import BadMessageError, BadSocketError
from evtui.core.values import NO_PARAMS, Params
from evtui.transports.flatstore.grammar import parse_flat
from tests.paths import TEST_DATA
from tests.property.test_codecs import WIRE_TEXT, some_params

RECORDED = TEST_DATA / "captures/payloads_flat.jsonl"

ON_PURPOSE = {
    "quotes": b'E_T,say "hi" it\'s <b>&amp; a/b,back\\\\slash tab\there\n',
    "value 'line1\\nline2\\r\\ttab'": b"E_T,line1\\nline2\\r\ttab\n",
    "value 'a,b;c|d'": b"E_T,a\\,b;c|d\n",
}
"""A backslash, a line end and a delimiter in a value: raw or a space in OpenSIPS, escaped here
(docs/opensips-behaviour.md 7.4).
"""

LAYOUTS = st.builds(
    Layout,
    st.text(st.sampled_from(",;|:n a"), min_size=1, max_size=3).filter(lambda text: text[0] != "n"),
    bare=st.booleans(),
)


@pytest.mark.parametrize("case", [json.loads(line) for line in RECORDED.read_text("utf-8").splitlines()])
def test_a_line_is_what_the_server_wrote_or_differs_on_purpose(case: dict[str, Any]) -> None:
    values, names, line = case["values"], case["names"], case["line"]
    written = flat.encode("E_T", Params(tuple(values), tuple(names)), Layout())
    assert written == ON_PURPOSE.get(str(case["case"]), line.encode())
    assert flat.decode(written, Layout()) == ("E_T", *(str(value) for value in values))


def test_the_options_of_the_reference_give_its_lines() -> None:
    # options.json, `flat files`: delimiter ";", no event name, escape_delimiter "|" (which never took effect there)
    layout = Layout(";", "|", bare=True)
    written = [
        flat.encode("E_T", params, layout)
        for params in (Params(("a;b,c|d",), ("v",)), Params((1, "two", 3)), NO_PARAMS)
    ]
    assert written == [b"a|b,c|d\n", b"1;two;3\n", b"\n"]


def test_a_null_and_an_empty_text_are_empty_fields_and_ints_keep_their_sign() -> None:
    assert flat.encode("E", Params((None, "", -5, 2.5)), Layout()) == b"E,,,-5,2.5\n"


@given(WIRE_TEXT, some_params(), LAYOUTS)
def test_a_reader_gets_every_value_back(event: str, params: Params, layout: Layout) -> None:
    written = flat.encode(event, params, layout)
    assert written.count(b"\n") == 1
    fields = [] if layout.bare else [event]
    fields += ["" if value is None else str(value) for value in params.values]
    assert flat.decode(written, layout) == (tuple(fields) or ("",))


@given(WIRE_TEXT, some_params(), LAYOUTS)
def test_a_codecs_name_makes_the_same_lines(event: str, params: Params, layout: Layout) -> None:
    encode = payload.encoder(payload.codec("flat", **layout.options))
    assert encode(event, params) == flat.encode(event, params, layout)


@given(st.text(st.sampled_from("ab,\\\n:n")))
def test_garbage_is_read_as_fields_or_refused(text: str) -> None:
    for layout in (Layout(), Layout("::")):
        try:
            fields = flat.decode(text.encode(), layout)
        except BadMessageError:
            continue
        assert flat.decode(flat.encode(fields[0], Params(fields[1:]), layout), layout) == fields


@pytest.mark.parametrize("delimiter", ["", "\n", "a\r", "\\", "n", "r;"])
def test_a_delimiter_that_no_reader_could_find_is_refused(delimiter: str) -> None:
    with pytest.raises(ValueError, match="delimits nothing"):
        Layout(delimiter)


@pytest.mark.parametrize("escape", [",", "a,b", "\n", "\\"])
def test_an_escape_that_holds_a_delimiter_or_a_line_end_is_refused(escape: str) -> None:
    with pytest.raises(ValueError, match="stands for no delimiter"):
        Layout(",", escape)


@pytest.mark.parametrize(
    ("address", "part"),
    [
        ("", "path"),
        ("relative", "path"),
        ("/tmp/", "path"),
        ("/tmp/.", "path"),
        ("/tmp/..", "path"),
        ("/a\0b", "path"),
        ("/" + "é" * 2000, "path"),
        ("/\ud800", "path"),
        ("/a?delimiter=", "delimiter"),
        ("/a?delimiter=%0A", "delimiter"),
        ("/a?escape_delimiter=,", "escape_delimiter"),
        ("/a?suppress_event_name=maybe", "suppress_event_name"),
        ("/a?durable=x", "durable"),
        ("/a?colour=red", "colour"),
    ],
)
def test_a_wrong_socket_is_refused_by_its_part(address: str, part: str) -> None:
    with pytest.raises(BadSocketError) as refusal:
        parse_flat(address, Layout())
    assert refusal.value.part == part


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("/var/log/ev.txt", "/var/log/ev.txt"),
        ("//var/./log//ev.txt", "/var/log/ev.txt"),
        ("/a b?c", "/a b?c"),
        ("/a?durable", "/a?durable=true"),
        ("/a?suppress_event_name=1&delimiter=;", "/a?delimiter=%3B&suppress_event_name=true"),
        ("/a\udcff", "/a\udcff"),
    ],
)
def test_a_socket_has_one_spelling_that_is_read_back(written: str, printed: str) -> None:
    found = parse_flat(written, Layout())
    assert found.address == printed
    assert parse_flat(printed, Layout()) == found


def test_options_win_over_the_configured_layout() -> None:
    found = parse_flat("/a?delimiter=;&durable=no", Layout("|", bare=True))
    assert (found.layout, found.durable) == (Layout(";", bare=True), False)
