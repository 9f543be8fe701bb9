"""Consumers of what servers publish to RabbitMQ, with the certificates of address and settings."""

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from evtui.backends.amqp.address import AmqpAddress
from evtui.backends.amqp.backend import AmqpBackend, open_amqp
from evtui.backends.amqp.consumer import Consumer, Receive
from evtui.bootstrap.real_clocks import REAL_CLOCKS
from evtui.core.error_groups import unwrap_lone_error
from evtui.core.errors import BadSocketError
from evtui.engine.journal import WHOLE_JOURNAL, JournalBounds
from evtui.transports.rabbitmq.connection import Certificates, ConnectionSettings
from evtui.transports.rabbitmq.settings import RabbitmqSettings


@asynccontextmanager
async def consume(
    address: AmqpAddress, config: RabbitmqSettings, bounds: JournalBounds = WHOLE_JOURNAL
) -> AsyncGenerator[AmqpBackend]:
    """Open the backend of a source.

    raises BadSocketError: its certificates cannot be used.
    """
    settings = _connection_settings(address, config)
    with unwrap_lone_error():
        async with open_amqp(
            address, settings, clock=REAL_CLOCKS.monotonic, wall=REAL_CLOCKS.wall, bounds=bounds
        ) as backend:
            yield backend


def make_consumer(address: AmqpAddress, config: RabbitmqSettings, receive: Receive) -> Consumer:
    """Make a consumer of a source; run it in a task group.

    raises BadSocketError: its certificates cannot be used.
    """
    return Consumer(
        address, _connection_settings(address, config), receive, clock=REAL_CLOCKS.monotonic, wall=REAL_CLOCKS.wall
    )


def _connection_settings(address: AmqpAddress, config: RabbitmqSettings) -> ConnectionSettings:
    # evtui logs the same once, without the library's stack traces.
    for library in ("aio_pika", "aiormq"):
        logging.getLogger(library).setLevel(logging.CRITICAL)

    certificates = _certificates(address, config)
    if address.tls:
        try:
            certificates.context()
        except OSError as error:
            why = f"the certificates cannot be used: {error.strerror or error}"
            raise BadSocketError(str(address), "ca_file, cert_file or key_file", why) from error
    return ConnectionSettings(address.heartbeat, config.connect_timeout_s, certificates.context)


def _certificates(address: AmqpAddress, config: RabbitmqSettings) -> Certificates:
    """Take the certificates that the address names, else those of the settings."""
    own = address if address.cert_file is not None else config
    verify = config.verify if address.verify is None else address.verify
    return Certificates(address.ca_file or config.ca_file, own.cert_file, own.key_file, verify)
