"""The connections to brokers, one for each broker, user and virtual host, whoever uses it."""

import anyio

from evtui.core.errors import DeliveryError
from evtui.transports.rabbitmq.connection import BrokerConnection, ConnectionSettings, Login, Where, open_link


class PooledConnection:
    """The place of one connection: the first who needs it opens it for all."""

    def __init__(self, login: Login, where: Where, settings: ConnectionSettings) -> None:
        self.login = login
        self.users = 0
        self._where = where
        self._settings = settings
        self._link: BrokerConnection | None = None
        self._opening = anyio.Lock()
        self._failures = 0
        self._failure = ""

    async def link(self) -> BrokerConnection:
        """Return the connection; one that was lost is replaced. Those who wait for one attempt share its failure.

        raises DeliveryError.
        """
        if self._link is not None and self._link.usable:
            return self._link
        failures = self._failures
        async with self._opening:
            if failures != self._failures:
                raise DeliveryError(self._failure)
            if self._link is None or not self._link.usable:
                self._link = await self._open()
            return self._link

    async def aclose(self) -> None:
        """Close the connection. A later `link` opens it again."""
        if self._link is not None:
            link, self._link = self._link, None
            await link.aclose()

    async def _open(self) -> BrokerConnection:
        try:
            return await open_link(self.login, self._where, self._settings)
        except DeliveryError as error:
            self._failures += 1
            self._failure = error.reason
            raise


class BrokerPool:
    """The brokers in use."""

    def __init__(self, where: Where, settings: ConnectionSettings) -> None:
        self._where = where
        self._settings = settings
        self._brokers: dict[Login, PooledConnection] = {}

    def enter(self, login: Login) -> PooledConnection:
        """Use a broker; every `enter` has its `leave`."""
        broker = self._brokers.get(login)
        if broker is None:
            broker = self._brokers[login] = PooledConnection(login, self._where, self._settings)
        broker.users += 1
        return broker

    async def leave(self, broker: PooledConnection) -> None:
        """Use it no longer: the last one closes the connection."""
        broker.users -= 1
        if not broker.users:
            if self._brokers.get(broker.login) is broker:
                del self._brokers[broker.login]
            await broker.aclose()
