"""A server whose certificate has expired, or is for another host, is asked nothing: the reason is said instead."""

import asyncio
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from evtui.backends.remote.mi_address import HttpAddress
from evtui.backends.remote.mi_client import MiClient
from evtui.core.errors import BackendError, DeliveryError
from evtui.transports.rabbitmq.settings import RabbitmqSettings
from evtui.transports.rabbitmq.transport import RabbitmqTransport
from tests.functional.processes.waiting import deliver, notifications
from tests.functional.transports.rabbit_sockets import sender_at
from tests.functional.transports.tls_files import TlsFiles

REPLY = b'{"jsonrpc":"2.0","result":{"WD":"/"},"id":1}'
EXPIRED, OTHER_HOST = "certificate has expired", "Hostname mismatch"


class TlsServer:
    """Answers each request over TLS, and keeps what it was sent."""

    def __init__(self) -> None:
        self.port = 0
        self.got = b""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.got += await reader.read(1 << 16)
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
        writer.write(head + b"Content-Length: %d\r\n\r\n" % len(REPLY) + REPLY)
        await writer.drain()
        writer.close()


@asynccontextmanager
async def _serving(files: TlsFiles) -> AsyncGenerator[TlsServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.server, files.server_key)
    made = TlsServer()
    async with await asyncio.start_server(made.serve, "127.0.0.1", 0, ssl=context) as listening:
        made.port = listening.sockets[0].getsockname()[1]
        yield made


def _files(folder: Path, why: str | None) -> TlsFiles:
    name = "other.example" if why == OTHER_HOST else "localhost"
    ends = timedelta(minutes=-1) if why == EXPIRED else timedelta(days=1)
    return TlsFiles(folder, name=name, address=None if why == OTHER_HOST else "127.0.0.1", ends=ends)


@pytest.mark.parametrize("why", [None, EXPIRED, OTHER_HOST])
async def test_a_server_over_https_is_asked_only_when_its_certificate_is_right(
    why: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = _files(tmp_path, why)
    monkeypatch.setenv("SSL_CERT_FILE", str(files.ca))
    async with _serving(files) as server:
        client = MiClient(HttpAddress("localhost", server.port, "/mi", True), token="a-token")
        if why is None:
            await client.call("pwd")
            assert b"a-token" in server.got
            return
        with pytest.raises(BackendError, match=why):
            await client.call("pwd")
        assert server.got == b""


@pytest.mark.parametrize("why", [EXPIRED, OTHER_HOST])
async def test_a_broker_gets_no_login_when_its_certificate_is_wrong(why: str, tmp_path: Path) -> None:
    files = _files(tmp_path, why)
    async with _serving(files) as server:
        transport = RabbitmqTransport(RabbitmqSettings(ca_file=str(files.ca)))
        async with sender_at(transport, f"localhost:{server.port}/tls?q") as sender:
            with pytest.raises(DeliveryError, match=f"^TLS: {why}"):
                await deliver(sender, notifications([1]))
        assert server.got == b""
