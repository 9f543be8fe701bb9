"""How rabbitmq sockets are described, and their settings."""

from typing import Annotated, Final

from msgspec import Meta

from evtui.core.transport import TransportInfo
from evtui.transports.common_settings import Allowed, Milliseconds, OutboxSettings, ScriptModule

INFOS: Final = (
    TransportInfo(
        "rabbitmq",
        "rabbitmq:[USER[:PASSWORD]@]HOST[:PORT]/[PARAMETER;…?]ROUTING_KEY",
        "rabbitmq:guest:guest@127.0.0.1/exchange=opensips;persistent?E_EVENT",
        "a message to an exchange, confirmed by the broker; with no exchange the routing key is the name of a queue. "
        "EXCHANGE?ROUTING_KEY is understood too, and %XX in all parts",
        (
            "exchange=NAME: the exchange to publish to",
            "vhost=NAME: the virtual host",
            "persistent[=true|false]: the broker keeps the messages on disk",
            "mandatory[=true|false]: a message that no queue takes is a failure",
            "tls[=true|false]: TLS, port 5671 when none is named",
            "tls_domain=NAME: TLS; the certificates are those of transports.rabbitmq",
            "payload=text|jsonrpc: the body of the messages",
            "durable[=true|false]: what was accepted outlives a restart",
        ),
        form="broker",
        opensips_expiry="permanent",
    ),
)
MODULES: Final = (
    ScriptModule(
        "event_rabbitmq",
        ("heartbeat", "connect_timeout", "timeout", "use_tls"),
        ignored=("sync_mode", "server_id"),
        unlimited=("timeout",),
    ),
)


class RabbitmqSettings(OutboxSettings, frozen=True):
    """RabbitMQ brokers: how they are reached, and what a socket gets for each parameter that it leaves out."""

    heartbeat: Annotated[int, Meta(ge=0, le=65535, description="seconds between heartbeats, 0 for none")] = 60
    connect_timeout: Milliseconds = 5000
    timeout: Annotated[int, Meta(ge=1, description="milliseconds a batch may wait for its confirms")] = 10_000
    use_tls: Annotated[bool, Meta(description="true or false: TLS for sockets that do not say")] = False
    ca_file: Annotated[str | None, Meta(description="a path: the certificates that sign the brokers'")] = None
    cert_file: Annotated[str | None, Meta(description="a path: evtui's certificate, when brokers ask for one")] = None
    key_file: Annotated[str | None, Meta(description="a path: the key of evtui's certificate")] = None
    verify: Annotated[bool, Meta(description="true or false: check a broker's certificate and name")] = True
    vhost: Annotated[str, Meta(description='the virtual host of sockets that name none, "/"')] = "/"
    persistent: Annotated[bool, Meta(description="true or false: ask brokers to keep messages on disk")] = False
    mandatory: Annotated[
        bool, Meta(description="true or false: a message that no queue takes comes back, which is a failure")
    ] = True
    allow: Allowed = ()

    @property
    def connect_timeout_s(self) -> float:
        """Return the seconds from resolving the name to the open virtual host."""
        return self.connect_timeout / 1000

    @property
    def batch_timeout(self) -> float | None:
        """Return the seconds a batch may wait for its confirms."""
        return self.timeout / 1000
