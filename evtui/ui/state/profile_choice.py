"""What the palette asks of the profiles of the configuration."""

from collections.abc import Sequence
from typing import Protocol


class ProfileChoice(Protocol):
    """Lets a running console take the settings of another profile."""

    @property
    def current(self) -> str:
        """Return the name of the profile that is used; `default` is the configuration without one."""
        ...

    @property
    def keeps_source(self) -> bool:
        """Say whether what is shown goes on meanwhile: an engine does; a connection to a server is made anew."""
        ...

    def names(self) -> Sequence[str]:
        """List the profiles that the configuration has now. Blocks. raises EvtuiError: it cannot be read."""
        ...

    def choose(self, name: str) -> None:
        """Read the settings of a profile: the next console begins with them when this one has ended. Blocks.

        raises EvtuiError: what is wrong with them; nothing has changed.
        """
        ...
