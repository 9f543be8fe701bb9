"""The errors of evtui: one base, four families. Each builds its own message and keeps its parts.

RequestError: the request is wrong. DeliveryError: one notification failed. BackendError: the engine cannot be reached,
refused or was too slow. BadMessageError: a peer sent a message that cannot be understood.
"""

from collections.abc import Sequence
from typing import ClassVar

from evtui.core.redact import redact_listed, redact_scheme, redact_words


class EvtuiError(Exception):
    """Any error that evtui raises on purpose."""

    @property
    def lines(self) -> Sequence[str]:
        """Return the message in the lines to print; a line end inside a quoted text does not start a new one."""
        return (str(self),)


class RequestError(EvtuiError):
    """The request is wrong: an MI error, a message in the console, exit status 2 on the command line."""


class UnknownEventError(RequestError):
    """No event of this name is published."""

    def __init__(self, name: str) -> None:
        super().__init__(f"unknown event {name!r}: events_list shows the published ones")
        self.name = name


class UnknownServerError(RequestError):
    """A fleet has no server of this name."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(f"there is no server {name!r}: the fleet has {', '.join(known) or 'none'}")
        self.name = name


class NoSubscriberError(RequestError):
    """A socket is not subscribed to an event."""

    def __init__(self, event: str, socket: str) -> None:
        self.socket = redact_listed(socket)
        super().__init__(f"{self.socket} is not subscribed to {event!r}: subscribers_list shows who is")
        self.event = event


class BadEventNameError(RequestError):
    """A name that is empty or has more than 64 bytes (`MAX_EVENT_NAME` of OpenSIPS), or a wildcard that is too long."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"bad event name {name!r}: {why}")
        self.name = name
        self.why = why


class UnknownSchemeError(RequestError):
    """The text before the first colon of a socket is the scheme of no transport."""

    def __init__(self, scheme: str, known: tuple[str, ...]) -> None:
        self.scheme = redact_scheme(scheme)
        super().__init__(f"unknown transport {self.scheme!r}: known are {', '.join(known)}")
        self.known = known


class BadSocketError(RequestError):
    """A socket of a known scheme with a wrong address: `part` names the wrong part, `why` says what would be right."""

    def __init__(self, socket: str, part: str, why: str) -> None:
        socket = redact_words(socket)
        super().__init__(f"bad socket {socket!r}: {part}: {why}")
        self.socket = socket
        self.part = part
        self.why = why


class UnresolvedError(BadSocketError):
    """The host of a socket does not resolve now; it may later."""


class BadExpireError(RequestError):
    """An expiry that is not a whole number of seconds, 0 or more."""

    def __init__(self, expire: object, why: str = "whole seconds, 0 or more (0 unsubscribes)") -> None:
        super().__init__(f"bad expire {expire!r}: {why}")
        self.expire = expire


class TooManyError(RequestError):
    """There is no room for more of `what`: the setting `engine.WHAT` bounds all of them together."""

    def __init__(self, what: str, count: int, more: int, limit: int) -> None:
        super().__init__(
            f"too many {what}: there are {count:,}, {more:,} more were asked for, and engine.{what} allows {limit:,}"
        )
        self.what = what
        self.limit = limit


class BadParamsError(RequestError):
    """Attributes and values that cannot be the parameters of an event."""

    def __init__(self, why: str) -> None:
        super().__init__(f"bad parameters: {why}")
        self.why = why


class BadFilterError(RequestError):
    """A text that is not a filter: `column`, from 1, is where it is wrong, `why` says what is wrong there."""

    what: ClassVar[str] = "filter"

    def __init__(self, column: int, why: str) -> None:
        super().__init__(f"bad {self.what}: column {column}: {why}")
        self.column = column
        self.why = why


class BadRuleError(BadFilterError):
    """A text that is not a watch rule."""

    what = "rule"


class NestingError(RequestError):
    """An event was raised inside 100 nested raises: it is dropped, as by `MAX_REC_LEV` of OpenSIPS."""

    def __init__(self, name: str, limit: int) -> None:
        super().__init__(f"event {name!r} not raised: more than {limit:,} nested raises")
        self.name = name
        self.limit = limit


class ReadOnlyError(RequestError):
    """The backend was opened read-only and refuses each change."""

    def __init__(self, action: str) -> None:
        super().__init__(f"read-only: {action} is refused")
        self.action = action


class UnsupportedError(RequestError):
    """The server has no way to do what was asked, or did something else; the text says which."""


class BadSettingError(RequestError):
    """A setting that does not exist or has a wrong value: its dotted `path`, and the `origin` that named it."""

    def __init__(self, path: str, why: str, origin: str) -> None:
        why = redact_words(why)  # it may repeat what was given
        super().__init__(f"bad setting {path} ({origin}): {why}")
        self.path = path
        self.why = why
        self.origin = origin


class DeliveryError(EvtuiError):
    """One notification failed. The engine records a failed delivery; the caller that raises never sees this error."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SpoolError(EvtuiError):
    """The spool cannot be read or written: the disk is full, the file is damaged, or another process uses it."""

    def __init__(self, path: str, why: str, *, may_pass: bool = False) -> None:
        super().__init__(f"spool {path}: {why}")
        self.path = path
        self.why = why
        self.may_pass = may_pass
        """Whether it may pass by itself, as a full disk does."""


class RecordingError(EvtuiError):
    """A recording cannot be written or read: a full disk, a path that cannot be used, a file of another kind."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"recording {path}: {why}")
        self.path = path
        self.why = why


class BackendError(EvtuiError):
    """The engine cannot be reached, refused, or was too slow."""


class AwayError(BackendError):
    """The server cannot be reached at its address."""

    def __init__(self, address: str, why: str) -> None:
        super().__init__(f"{address}: {why}")
        self.address = address
        self.why = why


class EngineClosedError(BackendError):
    """The engine was used after it was closed."""

    def __init__(self) -> None:
        super().__init__("the engine is closed")


class ServerError(BackendError):
    """The server answered with an error: its code, message and data as the server sent them."""

    def __init__(self, code: int, message: str, data: str | None = None) -> None:
        super().__init__(f"{code} {message}" + (f": {data}" if data else ""))
        self.code = code
        self.message = message
        self.data = data


class BadMessageError(EvtuiError):
    """A peer sent a message that cannot be understood: `code` as in JSON-RPC, `id` of the request if known."""

    def __init__(self, why: str, code: int = -32700, id: object = None) -> None:  # noqa: A002 - the field's own name
        super().__init__(why)
        self.why = why
        self.code = code
        self.id = id
