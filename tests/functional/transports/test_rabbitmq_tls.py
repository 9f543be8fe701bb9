"""The RabbitMQ transport over TLS. The broker wants a client certificate too."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from evtui.core.errors import BadSocketError, DeliveryError
from evtui.transports.rabbitmq.connection import Certificates
from evtui.transports.rabbitmq.settings import RabbitmqSettings
from evtui.transports.rabbitmq.transport import RabbitmqTransport
from tests.functional.processes.waiting import deliver, notifications
from tests.functional.transports.rabbit_client import client, read
from tests.functional.transports.rabbit_node import RabbitNode
from tests.functional.transports.rabbit_sockets import sender_at, sender_to
from tests.functional.transports.tls_files import TlsFiles


def transport(
    files: TlsFiles, *, ca: Path | None = None, certificate: bool = True, verify: bool = True
) -> RabbitmqTransport:
    """Make a transport that trusts the authority of the broker, or another."""
    return RabbitmqTransport(
        RabbitmqSettings(
            ca_file=str(ca or files.ca),
            cert_file=str(files.client) if certificate else None,
            key_file=str(files.client_key) if certificate else None,
            verify=verify,
        )
    )


@pytest.mark.parametrize("parameters", ["tls", "tls_domain=sip;persistent"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_messages_arrive_over_tls_with_a_client_certificate(
    rabbit: RabbitNode, tls_files: TlsFiles, parameters: str, host: str
) -> None:
    address = f"{host}:{rabbit.tls_port}/{parameters}?evtui.tls"
    async with client(rabbit) as channel, sender_at(transport(tls_files), address) as sender:
        queue = await channel.declare_queue("evtui.tls", exclusive=True)
        assert (await deliver(sender, notifications(range(2000)))).delivered == list(range(2000))
        await read(queue, 2000)


async def test_an_unknown_authority_is_refused(rabbit: RabbitNode, tls_files: TlsFiles) -> None:
    stranger = transport(tls_files, ca=tls_files.other_ca)
    async with sender_to(rabbit, "tls?q", transport=stranger, port=rabbit.tls_port) as sender:
        with pytest.raises(DeliveryError, match=r"^TLS: .*certificate"):
            await deliver(sender, notifications([1]))


async def test_a_certificate_for_another_name_is_refused_whatever_the_address(
    rabbit: RabbitNode, tls_files: TlsFiles
) -> None:
    async with sender_at(transport(tls_files), f"127.1:{rabbit.tls_port}/tls?q") as sender:
        with pytest.raises(DeliveryError, match=r"^TLS: Hostname mismatch"):
            await deliver(sender, notifications([1]))


async def test_without_verification_any_certificate_will_do(rabbit: RabbitNode, tls_files: TlsFiles) -> None:
    trusting = transport(tls_files, ca=tls_files.other_ca, verify=False)
    async with (
        client(rabbit) as channel,
        sender_to(rabbit, "tls?evtui.any", transport=trusting, port=rabbit.tls_port) as sender,
    ):
        await channel.declare_queue("evtui.any", exclusive=True)
        assert (await deliver(sender, notifications([1]))).delivered == [0]


async def test_a_broker_that_wants_a_client_certificate_refuses_a_client_without_one(
    rabbit: RabbitNode, tls_files: TlsFiles
) -> None:
    nameless = transport(tls_files, certificate=False)
    async with sender_to(rabbit, "tls?q", transport=nameless, port=rabbit.tls_port) as sender:
        with pytest.raises(DeliveryError, match=r"^(TLS: |the broker closed|ECONN)"):
            await deliver(sender, notifications([1]))


async def test_tls_to_a_port_without_tls_is_a_named_error(rabbit: RabbitNode, tls_files: TlsFiles) -> None:
    async with sender_to(rabbit, "tls?q", transport=transport(tls_files)) as sender:
        with pytest.raises(DeliveryError, match=r"^TLS: "):
            await deliver(sender, notifications([1]))


def test_a_certificate_that_cannot_be_read_is_an_error_when_a_socket_is_opened(tls_files: TlsFiles) -> None:
    missing = transport(tls_files, ca=Path("/nonexistent/ca.pem"))
    with pytest.raises(BadSocketError, match=r"tls: the certificates of transports\.rabbitmq cannot be used: No such"):
        missing.parse("rabbitmq", "127.0.0.1/tls?q", trusted=True).open()
    missing.parse("rabbitmq", "127.0.0.1/q", trusted=True).open()


@pytest.mark.parametrize("missing", ["ca_file", "cert_file", "key_file"])
def test_a_certificate_that_cannot_be_read_is_named(tls_files: TlsFiles, tmp_path: Path, missing: str) -> None:
    whole = Certificates(str(tls_files.ca), str(tls_files.client), str(tls_files.client_key))
    broken = replace(whole, **{missing: str(tmp_path / "gone.pem")})
    with pytest.raises(OSError, match=rf"No such file or directory: .*{tmp_path}/gone\.pem"):
        broken.context()
