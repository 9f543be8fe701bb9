"""aio-pika's connection over evtui's own byte stream. Imported on first use, as the library is."""

from typing import TYPE_CHECKING

from aio_pika import Connection
from aio_pika.abc import ConnectionParameter
from yarl import URL

if TYPE_CHECKING:
    from evtui.transports.rabbitmq.broker_stream import BrokerStream


class BrokerClient(Connection):
    """A connection that is not open yet. It passes the named parameters to the library below aio-pika."""

    PARAMETERS = (
        *Connection.PARAMETERS,
        ConnectionParameter("transport_factory", lambda value: value, is_kwarg=True),
    )


def broker_client(url: str, stream: "BrokerStream") -> BrokerClient:
    """Make a client of the broker; the parts of the URL are taken as they are written."""
    return BrokerClient(
        URL(url, encoded=True),
        client_properties={"product": "evtui", "connection_name": "evtui"},
        transport_factory=stream,
    )
