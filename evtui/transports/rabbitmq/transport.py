"""RabbitMQ: messages published to an exchange with a routing key, each confirmed by the broker.

Two sockets are the same when user, host, port, exchange, key and the named parameters are; the password does not count.
Queues and exchanges are never declared. A message that no queue takes comes back and counts as failed, unless the
socket says `mandatory=false`.
"""

from functools import partial
from typing import Final

from evtui.codecs.payload import codec
from evtui.core.errors import BadSocketError, DeliveryError
from evtui.core.transport import Queued, Target, TransportInfo
from evtui.core.values import Socket
from evtui.transports.address_classes import Ip
from evtui.transports.name_lookups import look_up
from evtui.transports.rabbitmq.connection import Certificates, ConnectionSettings, Login
from evtui.transports.rabbitmq.connection_pool import BrokerPool
from evtui.transports.rabbitmq.grammar import DEFAULT_PASSWORD, AmqpSocket, parse
from evtui.transports.rabbitmq.publisher import PublishTarget, RabbitmqPublisher
from evtui.transports.rabbitmq.settings import INFOS, RabbitmqSettings
from evtui.transports.resolver import is_numeric, resolve

_CONTENT_TYPES: Final = {"jsonrpc": "application/json", "text": "text/plain"}


class RabbitmqTransport:
    """The RabbitMQ transport: sockets of one broker, virtual host and user share a connection and a channel."""

    def __init__(self, settings: RabbitmqSettings | None = None, *, payload: str = "jsonrpc") -> None:
        """`payload` is what a socket without the parameter gets."""
        self._settings = settings = settings or RabbitmqSettings()
        self._payload = payload
        self._certificates = Certificates(settings.ca_file, settings.cert_file, settings.key_file, settings.verify)
        connections = ConnectionSettings(settings.heartbeat, settings.connect_timeout_s, self._certificates.context)
        self._pool = BrokerPool(self._resolve_broker, connections)

    @property
    def infos(self) -> tuple[TransportInfo, ...]:
        """Describe rabbitmq."""
        return INFOS

    def parse(self, scheme: str, address: str, *, trusted: bool) -> Target:  # noqa: ARG002 - it reaches hosts, no files
        """Understand a socket.

        raises BadSocketError.
        """
        found = parse(scheme, address, tls=self._settings.use_tls)
        return Target(
            Socket(scheme, found.shown),
            self._codec(found),
            partial(self._open, f"{scheme}:{found.shown}", found),
            blocks=not is_numeric(found.host),
            text=f"{scheme}:{found.full}",
            secret=found.password,
            peers=((found.host, found.port),),
        )

    def close(self) -> None:
        """Do nothing: a connection closes with its last publisher."""

    def _codec(self, found: AmqpSocket) -> str:
        payload = found.parameters.get("payload", self._payload)
        return codec("text", end="bare") if payload == "text" else payload

    def _open(self, text: str, found: AmqpSocket) -> Queued:
        settings = self._settings
        self._resolve(text, found.host, found.port)
        if found.tls:
            self._check_tls(text)
        login = Login(
            user=found.user,
            password=found.password or DEFAULT_PASSWORD,
            host=found.host,
            port=found.port,
            vhost=found.parameters.get("vhost", settings.vhost),
            tls=found.tls,
        )
        destination = PublishTarget(
            exchange=found.exchange,
            key=found.key,
            content_type=_CONTENT_TYPES[found.parameters.get("payload", self._payload)],
            persistent=found.flag("persistent", settings.persistent),
            mandatory=found.flag("mandatory", settings.mandatory),
        )
        policy = settings.policy(durable=found.flag("durable", settings.durable))
        return Queued(RabbitmqPublisher(self._pool, login, destination), policy)

    async def _resolve_broker(self, login: Login) -> tuple[Ip, int]:
        text = f"rabbitmq:{login.host}"
        try:
            if is_numeric(login.host):
                return self._resolve(text, login.host, login.port)
            return await look_up(text, partial(self._resolve, text, login.host, login.port))
        except BadSocketError as error:
            raise DeliveryError(f"{error.part}: {error.why}") from error

    def _resolve(self, text: str, host: str, port: int) -> tuple[Ip, int]:
        return resolve(text, host, port, self._settings.allow, "transports.rabbitmq.allow")

    def _check_tls(self, text: str) -> None:
        try:
            self._certificates.context()
        except OSError as error:
            why = f"the certificates of transports.rabbitmq cannot be used: {error.strerror or error}"
            raise BadSocketError(text, "tls", why) from error
