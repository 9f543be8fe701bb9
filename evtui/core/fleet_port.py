"""What a fleet is asked besides what every backend is asked: how each server stands, and requests to one of them."""

from collections.abc import Sequence
from typing import Final, Literal, Protocol, TypeAlias, get_args

from msgspec import Struct

from evtui.core.delivery_report import DeliveryReport
from evtui.core.records import Raised, SubscriberTest
from evtui.core.values import Params, Subscription

Light: TypeAlias = Literal["live", "starting", "silent", "retry"]
"""How a server of a fleet stands: it answers; it was not reached yet; a question has had no answer for a while; it
cannot be reached, and is tried again."""

ServerColour: TypeAlias = Literal["blue", "cyan", "green", "magenta", "red", "yellow"]
SERVER_COLOURS: Final[tuple[ServerColour, ...]] = get_args(ServerColour)
"""The colours that a server may be given."""


class ServerState(Struct, frozen=True):
    """One server of a fleet."""

    name: str
    address: str
    """As it is shown, without a password."""
    light: Light = "starting"
    detail: str = ""
    """Why it is not live."""
    read_only: bool = False
    version: str = ""
    """What it says that it is; empty until that is known."""
    colour: ServerColour | None = None
    can_raise: bool = True
    can_be_permanent: bool = True
    subscriptions: int | None = None
    """Its subscriptions without viewers, as it told last; None before that."""
    events: int | None = None
    """The events of its catalogue, as it told last."""
    received: int = 0
    """Records that came from it."""
    tells_all: bool = True
    """Whether it tells outcomes, and what was before: an evtui whose watch feed is followed."""


class ServerRequests(Protocol):
    """The requests of `core.ports.Backend` that are for one server, or for several of a fleet."""

    async def subscribe(self, event: str, socket: str, expire: int | None = None) -> tuple[Subscription, ...]:
        """Subscribe, refresh or end a socket, as `Backend.subscribe`."""
        ...

    async def raise_event(self, event: str, params: Params) -> Raised | None:
        """Raise an event, as `Backend.raise_event`."""
        ...

    async def test_subscriber(self, event: str, socket: str, params: Params) -> SubscriberTest:
        """Send one notification to one subscriber alone, as `Backend.test_subscriber`."""
        ...

    async def report_delivery(self, event: str, socket: str = "") -> DeliveryReport:
        """Say why a socket got an event or did not, as `Backend.report_delivery`."""
        ...


class Fleet(Protocol):
    """Several servers that are shown as one backend."""

    @property
    def servers(self) -> Sequence[ServerState]:
        """Return how each server stands, in the order in which they were named."""
        ...

    def at(self, server: str) -> ServerRequests:
        """Return the requests to one server, by its name.

        raises UnknownServerError: there is none of that name.
        """
        ...
