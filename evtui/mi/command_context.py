"""The context of an MI command: the backend, this process, the listeners' counters, flat files and script."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeAlias

from msgspec import Struct, field

from evtui.core.viewers.session_state import SessionControl
from evtui.mi.commands.about import About
from evtui.mi.listener_statistics import FeedStatistics, ListenerStatistics
from evtui.mi.served_backend import ServedBackend

Rotate: TypeAlias = Callable[[str], Awaitable[None]]
"""Rotate the flat file at a path now.

raises RequestError: no subscription writes to it. DeliveryError: the file cannot be opened.
"""


class ScriptCache(Protocol):
    """The cache of the routing script, as MI commands use it."""

    def fetch(self, system: str, key: str) -> str | None:
        """Return the text of a key; None when it is not there. raises RequestError: there is no such cache."""
        ...

    def store(self, system: str, key: str, value: str, expire: int) -> None:
        """Store a text for `expire` seconds, 0 for ever. raises RequestError: there is no such cache, or it is full."""
        ...

    def remove(self, system: str, key: str) -> None:
        """Remove a key, if it is there. raises RequestError: there is no such cache."""
        ...


class ScriptControl(Protocol):
    """The routing script of this process, as MI commands control it."""

    @property
    def cache(self) -> ScriptCache:
        """The cache of the script that runs."""
        ...

    async def reload(self) -> str | None:
        """Read the files of the script again. Returns why that failed, or None.

        raises ReadOnlyError.
        """
        ...

    def shown_statistics(self) -> dict[str, int]:
        """List the statistics that only scripts have, by `group:name`."""
        ...

    def give_statistic(self, name: str, value: int) -> None:
        """Set the value of `$stat(name)`.

        raises ReadOnlyError.
        """
        ...


class FeedPlaces(Struct, frozen=True):
    """Where the watch feed of this process is read."""

    instance: str
    """The name of this run of the process."""
    unix: str = ""
    """The path of its UNIX socket; empty without one."""
    http: str = ""
    """Its path at the HTTP listener; empty without one."""
    place: Callable[[], int] = lambda: 0
    """Return the place of the last record that there is."""
    statistics: FeedStatistics = field(default_factory=FeedStatistics)


class CommandContext(Struct, frozen=True):
    """What a command may use."""

    backend: ServedBackend
    about: About
    statistics: ListenerStatistics
    rotate: Rotate | None = None
    """None when this process writes no flat files."""
    script: ScriptControl | None = None
    """None when no script is loaded."""
    feed: FeedPlaces | None = None
    """None when this process has no watch feed."""
    sessions: SessionControl | None = None
    """None when this process lets no viewers in."""
