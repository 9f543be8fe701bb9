"""The SIP socket on loopback."""

import socket
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing

import anyio
import pytest

from evtui.scripting.sip.listener import Send, SipListener, SipListenError
from evtui.scripting.sip.reply import reply_address, write_reply
from evtui.scripting.sip.sip_message import SipMessage
from evtui.scripting.sip.sip_statistics import SipStatistics
from tests.limits import HANG

OPTIONS = (
    b"OPTIONS sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK%d;rport\r\nFrom: <sip:a@h>;tag=1\r\n"
    b"To: <sip:x@h>\r\nCall-ID: c%d\r\nCSeq: 1 OPTIONS\r\n\r\n"
)


async def answer(message: SipMessage, send: Send) -> None:
    send(write_reply(message, 200, "OK", salt=b"x"), reply_address(message))


@asynccontextmanager
async def listening(statistics: SipStatistics, host: str = "127.0.0.1") -> AsyncGenerator[SipListener]:
    listener = SipListener(host, 0, answer, statistics, time.monotonic)
    async with anyio.create_task_group() as tasks:
        await tasks.start(listener.run)
        yield listener
        tasks.cancel_scope.cancel()


def client(listener: SipListener) -> socket.socket:
    sock = socket.socket(socket.AF_INET6 if ":" in listener.local[0] else socket.AF_INET, socket.SOCK_DGRAM)
    sock.setblocking(False)
    sock.connect(listener.local)
    return sock


async def received(sock: socket.socket) -> bytes:
    with anyio.fail_after(HANG):
        await anyio.wait_readable(sock)
        return sock.recv(65535)


async def test_requests_are_answered_in_the_order_they_came() -> None:
    statistics = SipStatistics()
    async with listening(statistics) as listener:
        with closing(client(listener)) as sock:
            for number in range(100):
                sock.send(OPTIONS % (number, number))
            for number in range(100):
                assert b"Call-ID: c%d\r\n" % number in await received(sock)
    assert (statistics.requests, statistics.sent) == (100, 100)


async def test_a_datagram_that_is_not_sip_is_counted_and_the_next_request_is_answered() -> None:
    statistics = SipStatistics()
    async with listening(statistics) as listener:
        with closing(client(listener)) as sock:
            for rubbish in (b"\r\n\r\n", b"", b"rubbish", b"\xff" * 60000, b"INVITE sip:x SIP/2.0\r\n\r\n"):
                sock.send(rubbish)
            sock.send(OPTIONS % (1, 1))
            assert (await received(sock)).startswith(b"SIP/2.0 200 OK\r\n")
    assert (statistics.keepalives, statistics.malformed, statistics.requests) == (2, 3, 1)


async def test_an_address_in_use_is_refused() -> None:
    async with listening(SipStatistics()) as listener:
        with pytest.raises(SipListenError, match=f"udp:127.0.0.1:{listener.local[1]}: .*in use"):
            SipListener("127.0.0.1", listener.local[1], answer, SipStatistics(), time.monotonic)
