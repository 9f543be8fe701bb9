"""Requests of the line protocol, read back by evtui's own server side, and what cannot be written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evtui.backends.remote.line_requests import line_request
from evtui.codecs.jsonvalue import Json, Members
from evtui.core.errors import BadParamsError, UnsupportedError
from evtui.mi.protocol.line_protocol import parse_arguments, parse_datagram

TEXTS = st.text(st.characters(codec="utf-8"), max_size=40).map(lambda text: text if text.strip() else "x")


def test_a_request_is_written_for_datagrams_and_for_the_fifo() -> None:
    request = line_request("event_subscribe", ["E_ONE", "udp:127.0.0.1:9", 60])
    assert request.body == b":event_subscribe:\nE_ONE\nudp:127.0.0.1:9\n60\n"
    assert request.fifo(b"reply") == b":event_subscribe:reply\nE_ONE\nudp:127.0.0.1:9\n60\n\n"


def test_the_items_of_a_list_are_arguments() -> None:
    assert line_request("get_statistics", [["core:", "load"]]).body == b":get_statistics:\ncore:\nload\n"


@given(
    st.lists(
        st.text(st.characters(codec="utf-8"), min_size=1, max_size=40).map(lambda text: text if text.strip() else "x")
    )
)
def test_arguments_are_read_back(texts: list[str]) -> None:
    readable = [text for text in texts if "\\" not in text]  # the protocol has no way to write a backslash
    request = parse_datagram(line_request("c", list[Json](readable)).body)
    assert [argument.value for argument in parse_arguments(request.arguments)] == readable


def test_a_socket_that_looks_like_a_name_is_quoted() -> None:
    assert line_request("c", ["udp:[::1]:9"]).body == b':c:\n"udp:[::1]:9"\n'


@pytest.mark.parametrize("method", ["raise_event", "evi:raise"])
def test_raising_is_said_to_be_impossible(method: str) -> None:
    with pytest.raises(UnsupportedError, match=r"only its script does, with raise_event\(\); nothing was sent"):
        line_request(method, ["E_ONE"])


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("c", Members((("event", "E"),))),
        ("c", [""]),
        ("c", ["  "]),
        ("c", [None]),
        ("c", [Members()]),
        ("c", ["x" * 1000]),
        ("c", ["\ud800"]),
        ("c\n", []),
        ("a:b", []),
    ],
)
def test_what_cannot_be_written_is_refused(method: str, params: Members | list[Json]) -> None:
    with pytest.raises(BadParamsError):
        line_request(method, params)
