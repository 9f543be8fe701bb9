"""What this program knows of the schemes of sockets without opening an engine: evtui's own, then those from outside."""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

from evtui.core.transport import TransportInfo


class KnownSchemes:
    """Describes schemes one after the other. Packages from outside are looked for when evtui's own do not suffice."""

    def __iter__(self) -> Iterator[TransportInfo]:
        """Yield what is known of each scheme."""
        from evtui.transports import INFOS  # on first use: many client commands need none of them

        yield from INFOS
        # Imported here: it takes longer to look for packages than to start a client command.
        from evtui.config.outside_settings import outside_infos

        yield from chain.from_iterable(outside_infos().infos.values())


KNOWN_SCHEMES: Final[Iterable[TransportInfo]] = KnownSchemes()
