"""Who looks through a door: a name, a role, an address."""

from typing import Final

from msgspec import Struct

from evtui.codecs.display_text import display_safe
from evtui.core.errors import EvtuiError
from evtui.core.viewers.session_state import Role

MOST_NAME: Final = 60
"""Characters of a name that are shown."""


class Viewer(Struct, frozen=True):
    """A person or a program at a door."""

    name: str
    """As its key or its token is named, safe to show."""
    role: Role
    door: str
    """`ssh` or `web`."""
    address: str
    """Its host, without the port: what a limit for each address counts."""

    @classmethod
    def named(cls, name: str, role: Role, door: str, address: str) -> "Viewer":
        """Make one of a name that may be anything."""
        return cls(display_safe(name, MOST_NAME), role, door, address)

    @property
    def title(self) -> str:
        """Say who it is, for logs and records: `operator alice (ssh)`."""
        return f"{self.role} {self.name} ({self.door})"


class SessionRefusedError(EvtuiError):
    """A door does not let someone in; the text is what that one is told."""

    def __init__(self, cause: str, why: str) -> None:
        """`cause` is the name under which refusals are counted."""
        super().__init__(why)
        self.cause = cause
