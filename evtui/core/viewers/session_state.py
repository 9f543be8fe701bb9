"""A session of a viewer, as it is listed: the console of a person at a door, or a command."""

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol, TypeAlias

from msgspec import Struct

Role: TypeAlias = Literal["viewer", "operator"]
"""A viewer changes nothing. An operator may raise and subscribe, as a client of the management interface may."""


class SessionState(Struct, frozen=True):
    """A session."""

    number: int
    name: str
    """Who it is of, as the key is named."""
    role: Role
    door: str
    """`ssh`."""
    address: str
    """Its host, without the port."""
    what: str
    """`console`, or the command that runs."""
    began: float
    """Wall seconds."""
    idle: float
    """Seconds since something was typed."""


class SessionControl(Protocol):
    """The sessions of viewers, as front ends list and end them."""

    def states(self) -> Sequence[SessionState]:
        """List the sessions, the oldest first."""
        ...

    def counters(self) -> Mapping[str, int]:
        """Return what is counted, as `viewers:NAME`: sessions now, opened, refused, and refused by cause."""
        ...

    def end(self, number: int, why: str) -> bool:
        """End a session; returns whether there is one of that number."""
        ...
