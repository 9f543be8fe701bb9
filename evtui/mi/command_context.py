"""What a command works with."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeAlias

from msgspec import Struct

from evtui.core.ports import Backend
from evtui.mi.commands.about import About
from evtui.mi.listener_statistics import ListenerStatistics

Rotate: TypeAlias = Callable[[str], Awaitable[None]]
"""Rotate the flat file of a path now. raises RequestError: no subscription writes it. DeliveryError: the disk."""


class ScriptControl(Protocol):
    """The routing script of this process, as MI reaches it."""

    async def reload(self) -> str | None:
        """Read its files anew; returns why that failed, or None. raises ReadOnlyError."""
        ...

    def shown_statistics(self) -> dict[str, int]:
        """List what `$stat` shows beyond the counters of the engine, as `group:name`."""
        ...

    def give_statistic(self, name: str, value: int) -> None:
        """Let `$stat(name)` be this from now on. raises ReadOnlyError."""
        ...


class CommandContext(Struct, frozen=True):
    """The backend, the process it runs in, and the listeners' counters."""

    backend: Backend
    about: About
    statistics: ListenerStatistics
    rotate: Rotate | None = None
    """None when there are no flat files here."""
    script: ScriptControl | None = None
