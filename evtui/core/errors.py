"""The errors of evtui: one base, four families; each builds its own message and keeps its parts.

RequestError: the asker is wrong. DeliveryError: one notification failed. BackendError: the engine is gone, refused or
too slow. BadMessageError: a peer sent nonsense.
"""

from collections.abc import Sequence

from evtui.core.redact import redact_scheme


class EvtuiError(Exception):
    """Any error evtui raises on purpose."""

    @property
    def lines(self) -> Sequence[str]:
        """The lines a person reads; line ends that are no more than part of a text from outside part nothing."""
        return (str(self),)


class RequestError(EvtuiError):
    """The asker is wrong: an MI error, a toast, exit status 2 on the command line."""


class UnknownEventError(RequestError):
    """Nobody published an event of this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"unknown event {name!r}: events_list shows the published ones")
        self.name = name


class BadEventNameError(RequestError):
    """A name that cannot be published: empty, or more than 64 bytes (`MAX_EVENT_NAME` of the reference)."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"bad event name {name!r}: {why}")
        self.name = name
        self.why = why


class UnknownSchemeError(RequestError):
    """No transport answers to the text before the first colon of a socket."""

    def __init__(self, scheme: str, known: tuple[str, ...]) -> None:
        self.scheme = redact_scheme(scheme)
        super().__init__(f"unknown transport {self.scheme!r}: known are {', '.join(known)}")
        self.known = known


class BadSocketError(RequestError):
    """A socket whose scheme is known but whose rest is wrong: `part` names what, `why` says what would be right."""

    def __init__(self, socket: str, part: str, why: str) -> None:
        super().__init__(f"bad socket {socket!r}: {part}: {why}")
        self.socket = socket
        self.part = part
        self.why = why


class BadExpireError(RequestError):
    """An expiry that is not a whole number of seconds, 0 or more."""

    def __init__(self, expire: object, why: str = "whole seconds, 0 or more (0 unsubscribes)") -> None:
        super().__init__(f"bad expire {expire!r}: {why}")
        self.expire = expire


class BadParamsError(RequestError):
    """Attributes and values that cannot be an event's parameters."""

    def __init__(self, why: str) -> None:
        super().__init__(f"bad parameters: {why}")
        self.why = why


class NestingError(RequestError):
    """An event raised while 100 raises are under way: dropped, as the reference's `MAX_REC_LEV` does."""

    def __init__(self, name: str, limit: int) -> None:
        super().__init__(f"event {name!r} not raised: more than {limit} nested raises")
        self.name = name
        self.limit = limit


class ReadOnlyError(RequestError):
    """The backend was opened read-only and refuses to change anything."""

    def __init__(self, action: str) -> None:
        super().__init__(f"read-only: {action} is refused")
        self.action = action


class BadSettingError(RequestError):
    """A setting that does not exist or has a wrong value: its dotted `path`, and the `origin` it comes from."""

    def __init__(self, path: str, why: str, origin: str) -> None:
        super().__init__(f"bad setting {path} ({origin}): {why}")
        self.path = path
        self.why = why
        self.origin = origin


class DeliveryError(EvtuiError):
    """One notification failed: becomes a failed delivery in the record and goes no further."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SpoolError(EvtuiError):
    """The spool cannot be read or written: the disk is full, the file is damaged or somebody else's."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"spool {path}: {why}")
        self.path = path
        self.why = why


class BackendError(EvtuiError):
    """The engine is gone, refused or too slow."""


class AwayError(BackendError):
    """Nobody can be reached at a server's address."""

    def __init__(self, address: str, why: str) -> None:
        super().__init__(f"{address}: {why}")
        self.address = address
        self.why = why


class EngineClosedError(BackendError):
    """An engine was asked for something after it was closed."""

    def __init__(self) -> None:
        super().__init__("the engine is closed")


class ServerError(BackendError):
    """A server answered with an error: its code, message and data as it sent them."""

    def __init__(self, code: int, message: str, data: str | None = None) -> None:
        super().__init__(f"{code} {message}" + (f": {data}" if data else ""))
        self.code = code
        self.message = message
        self.data = data


class BadMessageError(EvtuiError):
    """A peer sent nonsense; `code` is the JSON-RPC code of the complaint, `id` the request's if it could be read."""

    def __init__(self, why: str, code: int = -32700, id: object = None) -> None:  # noqa: A002 - the field's own name
        super().__init__(why)
        self.why = why
        self.code = code
        self.id = id
