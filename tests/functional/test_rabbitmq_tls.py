"""The RabbitMQ carrier over TLS: the broker here wants a certificate of ours too."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from evtui.core.errors import BadSocketError, DeliveryError
from evtui.transports.rabbitmq.carrier import Rabbitmq, RabbitmqSettings
from evtui.transports.rabbitmq.link import Certificates
from tests.functional.rabbit_client import client, read
from tests.functional.rabbit_node import RabbitNode
from tests.functional.rabbit_sockets import courier_at, courier_to
from tests.functional.tls_files import TlsFiles
from tests.functional.waiting import deliver, letters


def carrier(files: TlsFiles, *, ca: Path | None = None, certificate: bool = True, verify: bool = True) -> Rabbitmq:
    """Make a carrier that trusts the authority of the broker, or another."""
    return Rabbitmq(
        RabbitmqSettings(
            certificates=Certificates(
                str(ca or files.ca),
                str(files.client) if certificate else None,
                str(files.client_key) if certificate else None,
                verify,
            )
        )
    )


@pytest.mark.parametrize("parameters", ["tls", "tls_domain=sip;persistent"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_messages_arrive_over_tls_with_a_certificate_of_ours(
    rabbit: RabbitNode, tls_files: TlsFiles, parameters: str, host: str
) -> None:
    address = f"{host}:{rabbit.tls_port}/{parameters}?evtui.tls"
    async with client(rabbit) as channel, courier_at(carrier(tls_files), address) as courier:
        queue = await channel.declare_queue("evtui.tls", exclusive=True)
        assert (await deliver(courier, letters(range(2000)))).delivered == list(range(2000))
        await read(queue, 2000)


async def test_an_unknown_authority_is_refused(rabbit: RabbitNode, tls_files: TlsFiles) -> None:
    stranger = carrier(tls_files, ca=tls_files.other_ca)
    async with courier_to(rabbit, "tls?q", carrier=stranger, port=rabbit.tls_port) as courier:
        with pytest.raises(DeliveryError, match=r"^TLS: .*certificate"):
            await deliver(courier, letters([1]))


async def test_a_certificate_for_another_name_is_refused_whatever_the_address(
    rabbit: RabbitNode, tls_files: TlsFiles
) -> None:
    async with courier_at(carrier(tls_files), f"127.1:{rabbit.tls_port}/tls?q") as courier:
        with pytest.raises(DeliveryError, match=r"^TLS: Hostname mismatch"):
            await deliver(courier, letters([1]))


async def test_without_verification_any_certificate_will_do(rabbit: RabbitNode, tls_files: TlsFiles) -> None:
    trusting = carrier(tls_files, ca=tls_files.other_ca, verify=False)
    async with (
        client(rabbit) as channel,
        courier_to(rabbit, "tls?evtui.any", carrier=trusting, port=rabbit.tls_port) as courier,
    ):
        await channel.declare_queue("evtui.any", exclusive=True)
        assert (await deliver(courier, letters([1]))).delivered == [0]


async def test_a_broker_that_wants_our_certificate_says_so(rabbit: RabbitNode, tls_files: TlsFiles) -> None:
    nameless = carrier(tls_files, certificate=False)
    async with courier_to(rabbit, "tls?q", carrier=nameless, port=rabbit.tls_port) as courier:
        with pytest.raises(DeliveryError, match=r"^(TLS: |the broker closed|ECONN)"):
            await deliver(courier, letters([1]))


async def test_tls_to_a_port_without_it_is_said(rabbit: RabbitNode, tls_files: TlsFiles) -> None:
    async with courier_to(rabbit, "tls?q", carrier=carrier(tls_files)) as courier:
        with pytest.raises(DeliveryError, match=r"^TLS: "):
            await deliver(courier, letters([1]))


def test_a_certificate_that_cannot_be_read_is_said_when_a_socket_is_opened(tls_files: TlsFiles) -> None:
    missing = carrier(tls_files, ca=Path("/nonexistent/ca.pem"))
    with pytest.raises(BadSocketError, match=r"tls: the certificates of transports\.rabbitmq cannot be used: No such"):
        missing.parse("rabbitmq", "127.0.0.1/tls?q", trusted=True).open()
    missing.parse("rabbitmq", "127.0.0.1/q", trusted=True).open()


@pytest.mark.parametrize("missing", ["ca_file", "cert_file", "key_file"])
def test_a_certificate_that_cannot_be_read_is_named(tls_files: TlsFiles, tmp_path: Path, missing: str) -> None:
    whole = Certificates(str(tls_files.ca), str(tls_files.client), str(tls_files.client_key))
    broken = replace(whole, **{missing: str(tmp_path / "gone.pem")})
    with pytest.raises(OSError, match=rf"No such file or directory: .*{tmp_path}/gone\.pem"):
        broken.context()
