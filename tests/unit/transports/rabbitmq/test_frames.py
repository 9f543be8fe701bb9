"""The frames of published messages, against those of pamqp, which is the plain version."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pamqp.body import ContentBody
from pamqp.commands import Basic
from pamqp.frame import marshal
from pamqp.header import ContentHeader

from evtui.core.transport import Notification
from evtui.core.values import NO_PARAMS
from evtui.transports.rabbitmq.frames import Publication

AT = 1_700_000_000.75


def notification(serial: int, payload: bytes) -> Notification:
    return Notification("run", serial, AT, "E_T", NO_PARAMS, payload)


def plainly(
    exchange: str, key: str, payload: bytes, *, persistent: bool, mandatory: bool, channel: int = 1, room: int = 1 << 20
) -> bytes:
    properties = Basic.Properties(
        content_type="application/json",
        delivery_mode=2 if persistent else 1,
        message_id="run-7",
        timestamp=datetime.fromtimestamp(int(AT), tz=UTC),
        app_id="evtui",
    )
    frames = [
        marshal(Basic.Publish(exchange=exchange, routing_key=key, mandatory=mandatory), channel),
        marshal(ContentHeader(body_size=len(payload), properties=properties), channel),
    ]
    bodies = [payload[start : start + room] for start in range(0, len(payload), room)]
    return b"".join([*frames, *(marshal(ContentBody(body), channel) for body in bodies)])


def ours(
    exchange: str,
    key: str,
    *payloads: bytes,
    persistent: bool = False,
    mandatory: bool = True,
    channel: int = 1,
    frame_max: int = 0,
) -> list[tuple[int, bytes]]:
    publication = Publication(
        channel,
        frame_max,
        exchange=exchange,
        key=key,
        content_type="application/json",
        persistent=persistent,
        mandatory=mandatory,
    )
    return list(publication.pieces([notification(7, payload) for payload in payloads]))


@given(
    exchange=st.text("abcXYZ019-_.:@#,/+ ", max_size=60),  # pamqp knows no others, brokers do
    key=st.text(max_size=60),
    payload=st.binary(max_size=300),
    persistent=st.booleans(),
    mandatory=st.booleans(),
    channel=st.integers(1, 65535),
)
def test_a_message_is_written_as_pamqp_writes_it(
    exchange: str, key: str, payload: bytes, persistent: bool, mandatory: bool, channel: int
) -> None:
    written = ours(exchange, key, payload, persistent=persistent, mandatory=mandatory, channel=channel)
    plain = plainly(exchange, key, payload, persistent=persistent, mandatory=mandatory, channel=channel)
    assert written == [(1, plain)]


@pytest.mark.parametrize("size", [4087, 4088, 4089, 8176, 8177])
def test_a_body_longer_than_a_frame_is_split(size: int) -> None:
    payload = bytes(range(256)) * 40
    written = ours("", "q", payload[:size], frame_max=4096)
    assert written == [(1, plainly("", "q", payload[:size], persistent=False, mandatory=True, room=4088))]


def test_the_pieces_of_a_batch_hold_every_message_in_order() -> None:
    payloads = [bytes([number]) * 50_000 for number in range(10)]
    written = ours("", "q", *payloads)
    assert [count for count, _ in written] == [3, 3, 3, 1]
    plain = [plainly("", "q", payload, persistent=False, mandatory=True) for payload in payloads]
    assert b"".join(data for _, data in written) == b"".join(plain)


def test_an_empty_body_has_no_frame() -> None:
    assert ours("", "q", b"") == [(1, plainly("", "q", b"", persistent=False, mandatory=True))]
