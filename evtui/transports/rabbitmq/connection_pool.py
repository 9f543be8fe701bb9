"""The connections to brokers: one for each broker, user and virtual host, shared by all its publishers."""

import anyio

from evtui.core.errors import DeliveryError
from evtui.transports.rabbitmq.connection import (
    BrokerConnection,
    ConnectionSettings,
    Login,
    ResolveBroker,
    connect_broker,
)


class PooledConnection:
    """The place of one connection. The first publisher that needs the connection opens it for all."""

    def __init__(self, login: Login, resolve: ResolveBroker, settings: ConnectionSettings) -> None:
        self.login = login
        self.users = 0
        self._resolve = resolve
        self._settings = settings
        self._connection: BrokerConnection | None = None
        self._opening = anyio.Lock()
        self._failures = 0
        self._failure = ""

    async def connection(self) -> BrokerConnection:
        """Return the connection; one that was lost is replaced. Callers that wait for one attempt share its failure.

        raises DeliveryError.
        """
        if self._connection is not None and self._connection.usable:
            return self._connection
        failures = self._failures
        async with self._opening:
            if failures != self._failures:
                raise DeliveryError(self._failure)
            if self._connection is None or not self._connection.usable:
                self._connection = await self._open()
            return self._connection

    async def aclose(self) -> None:
        """Close the connection. A later `connection` opens it again."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            await connection.aclose()

    async def _open(self) -> BrokerConnection:
        try:
            return await connect_broker(self.login, self._resolve, self._settings)
        except DeliveryError as error:
            self._failures += 1
            self._failure = error.reason
            raise


class BrokerPool:
    """The connections in use."""

    def __init__(self, resolve: ResolveBroker, settings: ConnectionSettings) -> None:
        self._resolve = resolve
        self._settings = settings
        self._connections: dict[Login, PooledConnection] = {}

    def enter(self, login: Login) -> PooledConnection:
        """Use the connection of a login; every `enter` has its `leave`."""
        pooled = self._connections.get(login)
        if pooled is None:
            pooled = self._connections[login] = PooledConnection(login, self._resolve, self._settings)
        pooled.users += 1
        return pooled

    async def leave(self, pooled: PooledConnection) -> None:
        """Use it no longer: the last user closes the connection."""
        pooled.users -= 1
        if not pooled.users:
            if self._connections.get(pooled.login) is pooled:
                del self._connections[pooled.login]
            await pooled.aclose()
