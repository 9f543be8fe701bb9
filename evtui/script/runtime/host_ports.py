"""What a script may do to the world: two small Protocols, which bootstrap satisfies.

A host that raises ends the run that asked, with an error and never more. Every method may block the script: the host
lets others run meanwhile.
"""

from collections.abc import Callable
from typing import Final, Protocol

from evtui.core.values import Params
from evtui.script.runtime.message_scope import Scope
from evtui.script.syntax.expressions import Place
from evtui.script.syntax.tree import Route

ALERT: Final = -3
CRITICAL: Final = -2
ERROR: Final = -1
WARNING: Final = 1
NOTICE: Final = 2
INFO: Final = 3
DEBUG: Final = 4
"""The levels of xlog and log, as the reference numbers them; a smaller one is worse."""


class Host(Protocol):
    """The world but its events."""

    def now(self) -> float:
        """Tell the wall time: seconds since 1970."""
        ...

    def log(self, level: int, text: str, place: Place, route: Route | None) -> None:
        """Take one line of a script's log; only what its levels let through comes here.

        `route` is the one that runs, wherever the file with the statement is included; None before it has begun.
        """
        ...

    def statistic(self, name: str) -> int | None:
        """Tell the value of a statistic, by `name` or `group:name`; None when there is none of that name."""
        ...

    def reply(self, code: int, reason: str, scope: Scope) -> int:
        """Send a reply to `scope.message` with the headers in `scope.reply_headers`; returns 1, or -1 when it cannot.

        The same for a SIP message and for none: a run without a real message gets -1.
        """
        ...

    def pause(self, seconds: float = 0.0) -> None:
        """Let others run, for so many seconds; called now and then by loops: here a run that is too long is ended.

        Whatever is raised here ends the run with that error.
        """
        ...

    def spawn(self, work: Callable[[], object]) -> None:
        """Run a piece of work beside the script that asks (`launch`); it never raises."""
        ...


class Events(Protocol):
    """The events, as a script reaches them."""

    def raise_event(self, name: str, params: Params, scope: Scope) -> int:
        """Raise an event: 1, or -1 when it was refused or could not be sent to someone at once.

        `scope` is what a sync event route shares with its raiser. No subscribers: 1 (docs/opensips-behaviour.md 2.1).
        """
        ...

    def has_subscribers(self, name: str) -> bool:
        """Say whether an event has subscribers; without any, the reference does not even look at its parameters."""
        ...

    def subscribe_event(self, event: str, socket: str, expire: int | None) -> int:
        """Subscribe a socket for so many seconds, None for ever: 1, or -1 when event or socket are wrong."""
        ...

    def wait(self, event: str, accept: Callable[[Params], bool], timeout: float | None) -> Params | None:
        """Block until an event comes whose parameters are accepted; None when the time (seconds) is over.

        raises RequestError: the event does not exist.
        """
        ...

    def notify(
        self, event: str, accept: Callable[[Params], bool], timeout: float | None, handle: Callable[[Params], object]
    ) -> None:
        """Call `handle` beside the script for each event that is accepted, for so many seconds (None: for ever).

        It is listed as `routing:EVENT`. raises RequestError: the event does not exist.
        """
        ...
