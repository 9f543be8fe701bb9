"""What the settings of several transports have in common: the outbox, a list of addresses, a time in milliseconds.

A transport's settings are one frozen class in its folder. The configuration uses it as it is: the names, types and
defaults of its fields are those of its table in `evtui.toml`, and the description in `Meta` says what a right value is.
Times are in the unit of the setting. A property converts them where the code needs another one.
"""

from typing import Annotated, Any, Final, TypeAlias, get_args

from msgspec import Meta, Struct

from evtui.core.transport import OutboxPolicy, Overflow
from evtui.transports.address_classes import AddressClass

Allowed: TypeAlias = Annotated[
    tuple[AddressClass, ...],
    Meta(description="address classes allowed, a list of " + ", ".join(f'"{name}"' for name in get_args(AddressClass))),
]
Milliseconds: TypeAlias = Annotated[int, Meta(ge=1, description="milliseconds, a whole number from 1")]


def check_absolute(path: str) -> None:
    """Check that a path is absolute. raises ValueError: it is not."""
    if not path.startswith("/") or "\0" in path:
        raise ValueError(f"{path!r} is not an absolute path")


ABSOLUTE_PATHS: Final[dict[str, Any]] = {"check": check_absolute}
"""Put as `extra` into the `Meta` of a list of directories: the configuration checks each of them when it is read."""


SECRET: Final[dict[str, Any]] = {"secret": True}
"""Put as `extra` into the `Meta` of a password or token: its value is never shown."""


class OutboxSettings(Struct, frozen=True):
    """The outbox of each destination of a queued transport: its bounds, its retries, and whether it is durable."""

    queue_count: Annotated[int, Meta(ge=1, description="notifications that may wait for one destination")] = 100_000
    queue_bytes: Annotated[int, Meta(ge=1024, description="bytes of payloads that may wait for one destination")] = (
        64 * 1024 * 1024
    )
    overflow: Annotated[
        Overflow, Meta(description='"drop-oldest", "drop-newest" or "refuse": what happens when it is full')
    ] = "drop-oldest"
    max_age: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(description="seconds after which what was not delivered is dropped; left out: never"),
    ] = None
    retries: Annotated[
        Annotated[int, Meta(ge=0)] | None,
        Meta(description="attempts after the first before a notification has failed; left out: for ever"),
    ] = None
    backoff: Annotated[
        float, Meta(gt=0, description="seconds of the first pause between attempts, doubled each time")
    ] = 0.1
    max_backoff: Annotated[float, Meta(gt=0, description="seconds of the longest pause between attempts")] = 10.0
    durable: Annotated[
        bool, Meta(description="true or false: true keeps what was accepted over a restart and kill -9, in the spool")
    ] = False

    @property
    def batch_timeout(self) -> float | None:
        """Return the seconds that one batch may take; None when the sender has time limits of its own."""
        return None

    def policy(self, *, durable: bool | None = None, batch_timeout: float | None = None) -> OutboxPolicy:
        """Return the bounds of an outbox; what a socket says of itself wins over the settings."""
        return OutboxPolicy(
            max_count=self.queue_count,
            max_bytes=self.queue_bytes,
            overflow=self.overflow,
            max_age=self.max_age,
            retries=self.retries,
            backoff=self.backoff,
            max_backoff=self.max_backoff,
            timeout=self.batch_timeout if batch_timeout is None else batch_timeout,
            durable=self.durable if durable is None else durable,
        )


class ScriptModule(Struct, frozen=True):
    """A module of OpenSIPS whose work a transport does, with the parameters that `modparam` may set."""

    name: str
    settings: tuple[str, ...] = ()
    """Parameters that are settings of the transport, by the same name."""
    ignored: tuple[str, ...] = ()
    """Parameters that OpenSIPS knows, in any version, and that mean nothing here."""
    octal: tuple[str, ...] = ()
    """Settings whose number is written in octal."""
    texts: tuple[str, ...] = ()
    """Settings whose number is written as text."""
    unlimited: tuple[str, ...] = ()
    """Settings for which a script's 0 means no limit. There is always one here, so the default stays."""
