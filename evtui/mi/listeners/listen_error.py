"""Why a listener could not start."""

from evtui.core.errors import RequestError


class ListenError(RequestError):
    """The management interface cannot listen at this place: `fifo:PATH`, `unix:PATH`, `udp:HOST:PORT` or a URL."""

    def __init__(self, place: str, why: str, *, taken: bool = False) -> None:
        """`taken`: whether another server has the place."""
        super().__init__(f"cannot listen on {place}: {why}")
        self.place = place
        self.why = why
        self.taken = taken
