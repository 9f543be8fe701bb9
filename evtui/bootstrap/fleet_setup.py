"""A fleet: servers over the management interface and RabbitMQ sources, as they are given."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager

from evtui.backends.amqp.address import AmqpAddress
from evtui.backends.amqp.backend import AmqpBackend
from evtui.backends.fleet.backend import FleetBackend
from evtui.backends.fleet.given_servers import GivenServer
from evtui.backends.fleet.running_fleet import BACK, Connections, running_fleet
from evtui.bootstrap.amqp_source import consume
from evtui.bootstrap.real_clocks import REAL_CLOCKS
from evtui.bootstrap.remote_server import AttachedServer, attach
from evtui.config.schema import Config
from evtui.config.server_texts import read_servers
from evtui.engine.journal import JournalBounds


def run_fleet(
    texts: Sequence[str], config: Config, environ: Mapping[str, str], *, back: int = BACK, wanted: str = ""
) -> AbstractAsyncContextManager[FleetBackend]:
    """Open the servers that some texts name as one backend; an evtui sends what is `wanted`. raises BadServerError."""

    def attached(given: GivenServer, back: int, bounds: JournalBounds) -> AbstractAsyncContextManager[AttachedServer]:
        return attach(
            given.address, environ, read_only=config.read_only, back=back, suffix=given.variable, bounds=bounds,
            wanted=wanted,
        )  # fmt: skip

    def consumed(address: AmqpAddress, bounds: JournalBounds) -> AbstractAsyncContextManager[AmqpBackend]:
        return consume(address, config.transports.rabbitmq, bounds)

    return running_fleet(texts, read_servers, Connections(attached, consumed), REAL_CLOCKS, back=back)
