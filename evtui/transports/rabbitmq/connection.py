"""A connection to a RabbitMQ broker.

aiormq's plain connection does the handshake, the login and the heartbeats. aio-pika's robust one is of no use here:
it reconnects by itself and keeps what nobody waits for, while an outbox has to know what was lost, and retries itself.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast
from urllib.parse import quote

import anyio
from msgspec import Struct

from evtui.core.errors import DeliveryError
from evtui.transports.resolver import Ip
from evtui.transports.system_errors import reason_of

if TYPE_CHECKING:  # a process that talks to no broker does not pay for the client
    from aiormq import Connection
    from aiormq.connection import TransportFactory

    from evtui.transports.rabbitmq.channel import ConfirmChannel

CLOSE_LIMIT: Final = 1.0
"""Seconds a broker may take to say goodbye."""

Where: TypeAlias = Callable[["Login"], Awaitable[tuple[Ip, int]]]
"""Resolve and check the broker's host: address and IPv6 scope. raises DeliveryError."""


class Login(Struct, frozen=True):
    """Who talks to which broker: equal ones share a connection."""

    user: str
    password: str
    host: str
    port: int
    vhost: str
    tls: bool


class Certificates(Struct, frozen=True):
    """What proves a broker to us, and us to it."""

    ca_file: str | None = None
    """The certificates that sign the brokers'; None for the system's."""
    cert_file: str | None = None
    key_file: str | None = None
    verify: bool = True
    """Whether a broker's certificate and name are checked."""

    def context(self) -> ssl.SSLContext:
        """Make the context of TLS connections.

        raises OSError: one of them cannot be read, named.
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
    """Name the files in an error of reading them, of which the library says only what is wrong."""
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
    """One open connection, and the channel that all share."""

    def __init__(self, connection: "Connection", transport: asyncio.WriteTransport) -> None:
        self.connection = connection
        self._transport = transport
        self._shared: ConfirmChannel | None = None
        self._opening = anyio.Lock()
        self._channels: dict[int, ConfirmChannel] = {}
        self._lost: str | None = None
        self._users = 0
        self._retired = False
        connection.closing.add_done_callback(self._on_closing)  # pyright: ignore[reportUnknownMemberType] - aiormq does not say what it holds

    @property
    def usable(self) -> bool:
        """Say whether it takes new batches."""
        return self._lost is None and not self._retired and not self._transport.is_closing()

    @property
    def transport(self) -> asyncio.WriteTransport:
        """Return what carries it: a consumer reads it by itself."""
        return self._transport

    def enter(self) -> None:
        """Start to use it; every `enter` has its `leave`."""
        self._users += 1

    def leave(self) -> None:
        """Use it no longer; a retired link ends with its last user."""
        self._users -= 1
        if self._retired and not self._users:
            self.abort()

    def retire(self) -> None:
        """Take no new batches: one was given up without an answer. What others have on their way may still end."""
        self._retired = True
        if not self._users:
            self.abort()

    def abort(self) -> None:
        """Cut the connection at once."""
        self._transport.abort()

    async def shared(self) -> "ConfirmChannel":
        """Return the channel for all; one that the broker closed is replaced.

        raises DeliveryError.
        """
        async with self._opening:
            if self._shared is None or self._shared.broken is not None:
                self._shared = await self.channel()
            return self._shared

    async def channel(self) -> "ConfirmChannel":
        """Open a channel with confirms.

        raises DeliveryError.
        """
        from evtui.transports.rabbitmq.channel import ConfirmChannel

        if self._lost is not None:
            raise DeliveryError(self._lost)
        number = next(number for number in range(1, 1 << 16) if number not in self.connection.channels)
        self._channels[number] = channel = ConfirmChannel(self.connection, number)
        await channel.open()
        return channel

    async def aclose(self) -> None:
        """Say goodbye and close; a broker that does not answer is left."""
        self._retired = True
        with anyio.move_on_after(CLOSE_LIMIT, shield=True):
            await self.connection.close()
        self.abort()

    def _on_closing(self, closing: "asyncio.Future[Any]") -> None:
        error = None if closing.cancelled() else closing.exception()
        self._lost = said(error)
        for channel in self._channels.values():
            channel.lose(self._lost)


async def open_link(login: Login, where: Where, settings: ConnectionSettings) -> BrokerConnection:
    """Connect and log in.

    raises DeliveryError.
    """
    from aiormq import connect
    from aiormq.exceptions import AMQPError

    door = _Door(login, where, settings)
    attempt = connect(
        _url(login, settings.heartbeat),
        transport_factory=door.factory,
        client_properties={"product": "evtui", "connection_name": "evtui"},
    )
    attempt.connection.vhost = login.vhost  # its URL cannot say every name
    opened = False
    try:
        with anyio.fail_after(settings.connect_timeout):
            connection = await attempt
        opened = True
    except TimeoutError as error:
        raise DeliveryError(f"no connection in {settings.connect_timeout:g} s") from error
    except (AMQPError, OSError, EOFError, StopAsyncIteration) as error:
        raise DeliveryError(said(error, login)) from error
    finally:
        if not opened:
            door.abort()
    return BrokerConnection(connection, door.transport)


class _Door:
    """Connects to the address that was checked, and keeps what can cut the connection."""

    def __init__(self, login: Login, where: Where, settings: ConnectionSettings) -> None:
        self._where = where
        self._login = login
        self._settings = settings
        self._writer: asyncio.StreamWriter | None = None

    @property
    def factory(self) -> "TransportFactory":
        """Return what aiormq calls; it asks for no more than `create`, and its class costs the import."""
        return cast("TransportFactory", self)

    @property
    def transport(self) -> asyncio.WriteTransport:
        """Return the open transport."""
        assert self._writer is not None  # asked for once it is connected
        return self._writer.transport

    async def create(self, _url: object, **_options: object) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect.

        raises DeliveryError.
        """
        login = self._login
        ip, scope = await self._where(login)
        try:
            context = await anyio.to_thread.run_sync(self._settings.tls) if login.tls else None
            reader, self._writer = await asyncio.open_connection(
                f"{ip}%{scope}" if scope else str(ip),
                login.port,
                ssl=context,
                server_hostname=login.host if context else None,
            )
        except OSError as error:
            raise DeliveryError(system_said(error)) from error
        return reader, self._writer

    def abort(self) -> None:
        """Cut what is there."""
        if self._writer is not None:
            self._writer.transport.abort()


def _url(login: Login, heartbeat: int) -> str:
    user, password = quote(login.user, safe=""), quote(login.password, safe="")
    host = f"[{login.host}]" if ":" in login.host else login.host
    scheme = "amqps" if login.tls else "amqp"
    return f"{scheme}://{user}:{password}@{host}:{login.port}/?heartbeat={heartbeat}"


def said(error: BaseException | None, login: Login | None = None) -> str:
    """Say why a connection ended: what the broker said, or else the system."""
    from aiormq.exceptions import AMQPError, ConnectionClosed, InvalidFrameError, ProbableAuthenticationError

    user = repr(login.user) if login else "the user"
    match error:
        case ProbableAuthenticationError():
            return f"ACCESS_REFUSED: wrong password for {user}, or no such user"
        case InvalidFrameError() if login is not None and "Connection.OpenOk" in str(error):
            return f"NOT_ALLOWED: no virtual host {login.vhost!r}, or none for {user}"
        case ConnectionClosed() | InvalidFrameError() if error.args:
            return str(error.args[-1])
        case AMQPError() if isinstance(error.__cause__, OSError):
            return system_said(error.__cause__)
        case OSError() if not isinstance(error, AMQPError):
            return system_said(error)
        case _:
            return "the broker closed the connection"


def system_said(error: OSError) -> str:
    """Say a system error, or what is wrong with a certificate."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"TLS: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"TLS: {error.reason or error}"
    return reason_of(error)
