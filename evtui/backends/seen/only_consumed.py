"""The refusal of what a source cannot do: it is only read."""

from typing import Protocol

from evtui.core.errors import ReadOnlyError, RequestError


class Source(Protocol):
    """What is consumed."""

    @property
    def place(self) -> str:
        """Write where it is."""
        ...


class OnlyConsumedError(ReadOnlyError):
    """A subscription or a raise was asked of a source that can only be read."""

    def __init__(self, action: str, source: Source) -> None:
        RequestError.__init__(self, f"read-only: {action} at a server that publishes to {source.place}, not here")
        self.action = action
