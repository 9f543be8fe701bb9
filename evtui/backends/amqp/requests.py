"""The requests of a consumer, as frames that the library sends.

aio-pika's `declare_queue`, `bind` and `consume` refuse names that brokers take: of exchanges and queues they let pass
letters, digits and `-_.:@#,/+ ` only, of exchanges at most 127 bytes. RabbitMQ takes any 255 bytes of UTF-8. The check
is in the frames' own class of pamqp; the frames here are the same without it, sent by the library's channel.
"""

from pamqp import commands

CONSUMER_TAG = "evtui"


class _ExchangeDeclare(commands.Exchange.Declare):
    def validate(self) -> None:
        """Take any name."""


class _QueueDeclare(commands.Queue.Declare):
    def validate(self) -> None:
        """Take any name."""


class _QueueBind(commands.Queue.Bind):
    def validate(self) -> None:
        """Take any name."""


class _Consume(commands.Basic.Consume):
    def validate(self) -> None:
        """Take any name."""


def find_exchange(name: str) -> commands.Exchange.Declare:
    """Ask whether an exchange is there; its type does not matter."""
    return _ExchangeDeclare(exchange=name, exchange_type="", passive=True)


def find_queue(name: str) -> commands.Queue.Declare:
    """Ask whether a queue is there."""
    return _QueueDeclare(queue=name, passive=True)


def make_queue(name: str, *, durable: bool) -> commands.Queue.Declare:
    """Make a queue that stays; no name makes one for this connection only, which the broker names and removes."""
    if name:
        return _QueueDeclare(queue=name, durable=durable)
    return _QueueDeclare(exclusive=True, auto_delete=True)


def bind(queue: str, exchange: str, key: str) -> commands.Queue.Bind:
    """Bind a queue to an exchange."""
    return _QueueBind(queue=queue, exchange=exchange, routing_key=key)


def consume(queue: str) -> commands.Basic.Consume:
    """Ask for a queue's messages, each to be acknowledged."""
    return _Consume(queue=queue, consumer_tag=CONSUMER_TAG)
