"""How kafka sockets are described, and their settings."""

from typing import Annotated, Final

from msgspec import Meta

from evtui.core.transport import TransportInfo
from evtui.transports.common_settings import Allowed, Milliseconds, OutboxSettings, ScriptModule

INFOS: Final = (
    TransportInfo(
        "kafka",
        "kafka:HOST:PORT,HOST:PORT/TOPIC[?OPTIONS]",
        "kafka:127.0.0.1:9092/events",
        "one message a notification to a topic of Kafka, acknowledged; needs the extra evtui[kafka]",
        (
            "key=NAME: the parameter whose value is the message's key",
            "t.acks=all|1|0: which brokers have to acknowledge",
            "t.compression.type=gzip|snappy|lz4|zstd",
            "g.PROPERTY=VALUE: client.id, security.protocol, sasl.*, ssl.* as librdkafka has them",
            "durable: what was accepted outlives a crash",
        ),
        form="endpoints",
    ),
)
MODULES: Final = (ScriptModule("event_kafka", ignored=("broker_id",)),)


class KafkaSettings(OutboxSettings, frozen=True):
    """Kafka brokers."""

    timeout: Milliseconds = 10_000
    key: Annotated[str | None, Meta(description="the parameter whose value is the key of a message")] = None
    allow: Allowed = ()

    @property
    def timeout_s(self) -> float:
        """Return the seconds of one request."""
        return self.timeout / 1000

    @property
    def batch_timeout(self) -> float | None:
        """Return the seconds of one batch: it connects, learns where the topic is and is answered, a request each."""
        return 3 * self.timeout_s
