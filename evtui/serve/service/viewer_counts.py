"""How many sessions of viewers each door has now."""

from collections.abc import Callable, Mapping


class ViewerCounts:
    """Asks the doors that let viewers in; a door is a word such as `ssh`."""

    def __init__(self) -> None:
        self._doors: dict[str, Callable[[], int]] = {}

    def add(self, door: str, sessions: Callable[[], int]) -> None:
        """Ask `sessions` for the number of open sessions of a door from now on."""
        self._doors[door] = sessions

    def sessions(self) -> Mapping[str, int]:
        """Return the open sessions by door."""
        return {door: sessions() for door, sessions in self._doors.items()}
