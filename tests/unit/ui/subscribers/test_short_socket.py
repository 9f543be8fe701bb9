"""Sockets in narrow cells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from evtui.transports import INFOS
from evtui.ui.subscribers.short_socket import short_socket


@pytest.mark.parametrize(
    ("room", "shown"),
    [
        (40, "udp:127.0.0.1:9000?payload=text"),
        (30, "127.0.0.1:9000?payload=text"),
        (20, "127.0.0.1:9000"),
        (14, "127.0.0.1:9000"),
        (11, "127.0…:9000"),
    ],
)
def test_the_port_is_the_last_to_be_cut(room: int, shown: str) -> None:
    assert short_socket("udp:127.0.0.1:9000?payload=text", room, INFOS) == shown


@pytest.mark.parametrize(
    ("room", "shown"), [(30, "unix:/run/billing/events.sock"), (24, "/run/billing/events.sock"), (14, "…/events.sock")]
)
def test_the_name_of_a_file_is_the_last_to_be_cut(room: int, shown: str) -> None:
    assert short_socket("unix:/run/billing/events.sock", room, INFOS) == shown


def test_a_scheme_that_says_more_than_its_address_stays() -> None:
    assert short_socket("rabbitmq:192.0.2.1:5672/events", 30, INFOS) == "rabbitmq:192.0.2.1:5672/events"


@given(st.text(st.characters(exclude_categories=["C"]), max_size=40), st.integers(0, 30))
def test_a_short_socket_has_room_in_its_cell(text: str, room: int) -> None:
    assert cell_len(short_socket(text, room, INFOS)) <= room


@pytest.mark.parametrize(
    ("room", "shown"),
    [
        (60, "tcp:127.0.0.1:40329/archive?reliable=true"),
        (30, "tcp:127.0.0.1:40329/archive"),
        (25, "127.0.0.1:40329/archive"),
        (16, "127.0.0.1:40329"),
        (12, "127.0…:40329"),
    ],
)
def test_a_host_and_a_port_outlive_scheme_and_method(room: int, shown: str) -> None:
    assert short_socket("tcp:127.0.0.1:40329/archive?reliable=true", room, INFOS) == shown


@pytest.mark.parametrize(
    ("room", "shown"),
    [
        (60, "rabbitmq:joe@127.0.0.1:5672/exchange=events?E_PIKE_BLOCKED"),
        (45, "127.0.0.1:5672/exchange=events?E_PIKE_BLOCKED"),
        (40, "127.0.0.1:5672/…E_PIKE_BLOCKED"),
        (20, "…/E_PIKE_BLOCKED"),
        (12, "…/E_P…LOCKED"),
    ],
)
def test_a_brokers_routing_key_is_the_last_to_be_cut(room: int, shown: str) -> None:
    assert short_socket("rabbitmq:joe@127.0.0.1:5672/exchange=events?E_PIKE_BLOCKED", room, INFOS) == shown
