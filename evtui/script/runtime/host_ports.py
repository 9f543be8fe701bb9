"""What a script reaches outside itself: two Protocols, which scripting satisfies.

An exception of the host ends the run that called it, with an error, and nothing else. Every method may block the
script; the host lets others run meanwhile.
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
"""The levels of xlog and log as OpenSIPS numbers them; a smaller number is more severe."""


class Host(Protocol):
    """Everything outside a script except events."""

    def now(self) -> float:
        """Return the wall time in seconds since 1970."""
        ...

    def log(self, level: int, text: str, place: Place, route: Route | None) -> None:
        """Take one line of a script's log; lines that the log level hides do not come here.

        `route` is the running route, even when the statement stands in an included file; None before it has begun.
        """
        ...

    def statistic(self, name: str) -> int | None:
        """Return the value of a statistic, by `name` or `group:name`; None when there is none."""
        ...

    def random(self) -> float:
        """Return a random number from 0 up to 1."""
        ...

    def environment(self, name: str) -> str | None:
        """Return a variable of the process's environment; None when there is none."""
        ...

    def reply(self, code: int, reason: str, scope: Scope) -> int:
        """Send a reply to `scope.message` with the headers in `scope.reply_headers`.

        Returns 1, or -1 when it cannot be sent, as for a run without a SIP message.
        """
        ...

    def pause(self, seconds: float = 0.0) -> None:
        """Let others run, for `seconds`; loops call it now and then. The host may end a run that is too long here.

        Any exception raised here ends the run with that error.
        """
        ...

    def spawn(self, work: Callable[[], object]) -> None:
        """Run `work` beside the script (`launch`). `work` never raises."""
        ...


class Events(Protocol):
    """The events of the engine."""

    def raise_event(self, name: str, params: Params, scope: Scope) -> int:
        """Raise an event; return 1, or -1 when it was refused or a direct transport could not send it.

        A sync event route shares `scope` with its raiser. An event without subscribers gives 1
        (docs/opensips-behaviour.md 2.1).
        """
        ...

    def raise_unread(self, name: str, params: Params, scope: Scope) -> int:
        """Raise an event as `raise_event` does, where the script does not read the code.

        The notifications may leave together with those of the next raises. A failed delivery gives 1 then.
        """
        ...

    def refuse_raise(self, name: str, why: str) -> None:
        """Record that the script raised an event with parameters that do not fit together."""
        ...

    def has_subscribers(self, name: str) -> bool:
        """Return whether an event has subscribers. OpenSIPS does not evaluate the parameters when there are none."""
        ...

    def subscribe_event(self, event: str, socket: str, expire: int | None) -> int:
        """Subscribe a socket for `expire` seconds, None for ever.

        Returns 1, or -1 when the event or the socket is wrong.
        """
        ...

    def wait(self, event: str, accept: Callable[[Params], bool], timeout: float | None) -> Params | None:
        """Block until an event comes whose parameters are accepted; return None after `timeout` seconds.

        raises RequestError: the event does not exist.
        """
        ...

    def notify(
        self, event: str, accept: Callable[[Params], bool], timeout: float | None, handle: Callable[[Params], object]
    ) -> None:
        """Call `handle` beside the script for each accepted event, for `timeout` seconds (None: for ever).

        The subscription is listed as `routing:EVENT`. raises RequestError: the event does not exist.
        """
        ...
