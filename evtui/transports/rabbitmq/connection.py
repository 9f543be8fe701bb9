"""A connection to a RabbitMQ broker.

aio-pika's plain connection does the handshake, the login, the heartbeats and the channels. Its robust connection is of
no use here: it reconnects by itself and hides what was lost, while an outbox has to know it and retries by itself.

What is added: a transport factory, which connects to the address that was resolved and checked before, can cut the
connection at once, and gives channels their frames (`broker_stream`); and one reason for each error.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias
from urllib.parse import quote

import anyio
from msgspec import Struct

from evtui.core.errors import DeliveryError
from evtui.transports.address_classes import Ip
from evtui.transports.library_loading import load_library
from evtui.transports.system_errors import reason_of

if TYPE_CHECKING:  # a process that talks to no broker does not pay for the client
    from aio_pika import Connection
    from aio_pika.abc import AbstractChannel

    from evtui.transports.rabbitmq.broker_stream import BrokerStream
    from evtui.transports.rabbitmq.channel import ConfirmChannel

CLOSE_LIMIT: Final = 1.0
"""Seconds a broker may take to answer that a connection or a channel closes."""

BROKER_CLOSED: Final = "the broker closed the connection"
"""The reason when neither the broker nor the system gave one."""

ResolveBroker: TypeAlias = Callable[["Login"], Awaitable[tuple[Ip, int]]]
"""Resolve and check the broker's host: address and IPv6 scope. raises DeliveryError."""


class Login(Struct, frozen=True):
    """A user of a virtual host of a broker. Equal logins share a connection."""

    user: str
    password: str
    host: str
    port: int
    vhost: str
    tls: bool


class Certificates(Struct, frozen=True):
    """The certificates of TLS: of the authority that brokers are checked by, and our own."""

    ca_file: str | None = None
    """The authority's certificates; None for those of the system."""
    cert_file: str | None = None
    key_file: str | None = None
    verify: bool = True
    """Whether a broker's certificate and name are checked."""

    def context(self) -> ssl.SSLContext:
        """Make the context of TLS connections.

        raises OSError: a file cannot be read; the text names it.
        """
        with _naming(self.ca_file):
            context = ssl.create_default_context(cafile=self.ca_file)
        if self.cert_file is not None:
            with _naming(self.cert_file, self.key_file):
                context.load_cert_chain(self.cert_file, self.key_file)
        if not self.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


@contextmanager
def _naming(*files: str | None) -> Generator[None]:
    """Add the names of the files to an error of reading them."""
    try:
        yield
    except OSError as error:
        why = error.strerror or str(error)
        raise OSError(error.errno, f"{why}: {', '.join(filter(None, files))}") from error


class ConnectionSettings(Struct, frozen=True):
    """How connections are made."""

    heartbeat: int = 60
    """Seconds; 0 for none."""
    connect_timeout: float = 5.0
    """Seconds from resolving the name to the open virtual host."""
    tls: Callable[[], ssl.SSLContext] = ssl.create_default_context
    """Make the context of TLS connections. raises OSError: a certificate cannot be read."""


class BrokerConnection:
    """One open connection, and the channel with confirms that all publishers share."""

    def __init__(self, connection: "Connection", stream: "BrokerStream") -> None:
        self.stream = stream
        self._connection = connection
        self._shared: ConfirmChannel | None = None
        self._opening = anyio.Lock()
        self._on_lost: dict[int, Callable[[str], None]] = {}
        self._lost: str | None = None
        self._users = 0
        self._retired = False
        connection.close_callbacks.add(self._on_close)

    @property
    def usable(self) -> bool:
        """Say whether it takes new batches."""
        return self._lost is None and not self._retired and self.stream.open

    @property
    def lost(self) -> str | None:
        """Say why the connection ended; None while it is open."""
        return self._lost

    @property
    def frame_max(self) -> int:
        """Return the bytes of the longest frame that the broker takes; 0 for any."""
        assert self._connection.transport is not None  # set by `connect_broker`
        return self._connection.transport.connection.connection_tune.frame_max

    def enter(self) -> None:
        """Count one more user; every `enter` has its `leave`."""
        self._users += 1

    def leave(self) -> None:
        """Count one user less; a retired connection ends with its last user."""
        self._users -= 1
        if self._retired and not self._users:
            self.abort()

    def retire(self) -> None:
        """Take no new batches, because one was given up without an answer. The batches of others may still end."""
        self._retired = True
        if not self._users:
            self.abort()

    def abort(self) -> None:
        """Cut the connection at once."""
        self.stream.abort()

    async def shared_channel(self) -> "ConfirmChannel":
        """Return the channel that all publishers share; a channel that the broker closed is replaced.

        raises DeliveryError.
        """
        async with self._opening:
            if self._shared is None or self._shared.broken is not None:
                self._shared = await self.confirm_channel()
            return self._shared

    async def confirm_channel(self) -> "ConfirmChannel":
        """Open a channel with confirms.

        raises DeliveryError.
        """
        from evtui.transports.rabbitmq.channel import ConfirmChannel

        return ConfirmChannel(self, await self.open_channel(confirms=True))

    async def open_channel(self, *, confirms: bool) -> "AbstractChannel":
        """Open a channel.

        raises DeliveryError.
        """
        with self.named_errors():
            if self._connection.transport is None:
                raise DeliveryError(self._lost or BROKER_CLOSED)
            return await self._connection.channel(publisher_confirms=confirms)

    async def close_channel(self, channel: "AbstractChannel") -> None:
        """Close a channel; a broker that does not answer is not waited for."""
        if self.stream.open and not channel.is_closed:
            with suppress(DeliveryError), anyio.move_on_after(CLOSE_LIMIT), self.named_errors():
                await channel.close()

    def when_lost(self, channel: int, call: Callable[[str], None] | None) -> None:
        """Call with the reason when the connection is lost, also when it is lost already; None calls no more."""
        if call is None:
            self._on_lost.pop(channel, None)
            return
        self._on_lost[channel] = call
        if self._lost is not None:
            call(self._lost)

    @contextmanager
    def named_errors(self) -> Generator[None]:
        """Turn what the library raises in a request into a reason.

        raises DeliveryError: the request was refused, or the connection or the channel is gone.
        """
        from aio_pika.exceptions import AMQPError

        try:
            yield
        except (AMQPError, OSError, RuntimeError) as error:
            raise DeliveryError(self._lost or error_reason(error)) from error
        except asyncio.CancelledError as error:  # the library cancels what waits when a connection ends
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            raise DeliveryError(self._lost or BROKER_CLOSED) from error

    async def aclose(self) -> None:
        """Close the connection; a broker that does not answer is cut off."""
        self._retired = True
        with anyio.move_on_after(CLOSE_LIMIT, shield=True):
            await self._connection.close()
        self.abort()

    def _on_close(self, _connection: object, error: BaseException | None) -> None:
        self._lost = self.stream.protocol_error or error_reason(error)
        for call in tuple(self._on_lost.values()):
            call(self._lost)


async def connect_broker(login: Login, resolve: ResolveBroker, settings: ConnectionSettings) -> BrokerConnection:
    """Connect and log in.

    raises DeliveryError.
    """
    await load_library("aio_pika", "evtui.transports.rabbitmq.broker_client", "evtui.transports.rabbitmq.channel")
    from aio_pika.exceptions import AMQPError

    from evtui.transports.rabbitmq.broker_client import broker_client
    from evtui.transports.rabbitmq.broker_stream import BrokerStream

    if "%2F" in login.vhost:  # written for a slash by the library, whatever the URL says
        raise DeliveryError("vhost: a virtual host with %2F in its name cannot be reached; rename it")
    stream = BrokerStream(
        partial(resolve, login),
        login.port,
        server_hostname=login.host,
        tls=settings.tls if login.tls else None,
        reason_of=system_error_reason,
    )
    client = broker_client(_url(login, settings.heartbeat), stream)
    opened = False
    try:
        with anyio.fail_after(settings.connect_timeout):
            await client.connect()
        opened = True
    except TimeoutError as error:
        raise DeliveryError(f"no connection in {settings.connect_timeout:g} s") from error
    except (AMQPError, OSError, EOFError, StopAsyncIteration) as error:
        raise DeliveryError(stream.protocol_error or error_reason(error, login)) from error
    finally:
        if not opened:
            stream.abort()
            await client.close()
    return BrokerConnection(client, stream)


def _url(login: Login, heartbeat: int) -> str:
    user, password = quote(login.user, safe=""), quote(login.password, safe="")
    host = f"[{login.host}]" if ":" in login.host else login.host
    scheme = "amqps" if login.tls else "amqp"
    vhost = quote(login.vhost, safe="")
    return f"{scheme}://{user}:{password}@{host}:{login.port}/{vhost}?heartbeat={heartbeat}"


def error_reason(error: BaseException | None, login: Login | None = None) -> str:
    """Say why a connection or a channel ended: the broker's reason, or else the system's."""
    from aio_pika.exceptions import (
        AMQPError,
        ChannelClosed,
        ConnectionClosed,
        InvalidFrameError,
        ProbableAuthenticationError,
    )

    user = repr(login.user) if login else "the user"
    match error:
        case ProbableAuthenticationError():
            return f"ACCESS_REFUSED: wrong password for {user}, or no such user"
        case InvalidFrameError() if login is not None and "Connection.OpenOk" in str(error):
            return f"NOT_ALLOWED: no virtual host {login.vhost!r}, or none for {user}"
        case ConnectionClosed() | ChannelClosed() | InvalidFrameError() if error.args and error.args[-1]:
            return str(error.args[-1])
        case AMQPError() if isinstance(error.__cause__, OSError):
            return system_error_reason(error.__cause__)
        case OSError() if not isinstance(error, AMQPError):
            return system_error_reason(error)
        case _:
            return BROKER_CLOSED


def system_error_reason(error: OSError) -> str:
    """Say a system error, or what is wrong with a certificate."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"TLS: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"TLS: {error.reason or error}"
    return reason_of(error)
