"""The refusals of the management interface, with the codes and texts of the reference."""

from evtui.core.errors import (
    BackendError,
    BadExpireError,
    BadSocketError,
    EvtuiError,
    NestingError,
    ReadOnlyError,
    RequestError,
    UnknownSchemeError,
)
from evtui.mi.protocol.mi_jsonrpc import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    METHOD_AMBIGUOUS,
    METHOD_NOT_FOUND,
    SERVER_ERROR,
)


class RefusedError(RequestError):
    """A command that is not carried out: what the reply says."""

    def __init__(self, code: int, message: str, data: str | None = None) -> None:
        super().__init__(f"{code} {message}" + (f": {data}" if data else ""))
        self.code = code
        self.message = message
        self.data = data


class ListenError(RequestError):
    """A place where the management interface cannot listen."""

    def __init__(self, place: str, why: str) -> None:
        super().__init__(f"cannot listen on {place}: {why}")
        self.place = place
        self.why = why


TOO_FEW_OR_MANY = "Too few or too many parameters"


def method_not_found() -> RefusedError:
    """No command has this name."""
    return RefusedError(METHOD_NOT_FOUND, "Method not found")


def method_ambiguous(names: list[str]) -> RefusedError:
    """Several commands have this name after their colon, as 4.0 says it."""
    return RefusedError(METHOD_AMBIGUOUS, "Method ambiguous", f"supported names: {', '.join(names)}")


def internal_error() -> RefusedError:
    """The command failed for a reason that is ours."""
    return RefusedError(INTERNAL_ERROR, "Internal error")


def invalid_params(data: str) -> RefusedError:
    """The parameters do not fit the command."""
    return RefusedError(INVALID_PARAMS, "Invalid params", data)


def refusal_of(error: EvtuiError) -> RefusedError:
    """Say a backend's error as the reference would; what it has no words for goes into `data`."""
    if isinstance(error, RefusedError):
        return error
    code, message, data = _words_for(error)
    return RefusedError(code, message, data)


def _words_for(error: EvtuiError) -> tuple[int, str, str]:
    said = 400, "Bad parameter value", str(error)
    match error:
        case BadExpireError():
            said = INVALID_PARAMS, "Invalid params", str(error)
        case BadSocketError():
            # Without the socket itself, which may hold a password.
            said = 400, "Bad parameter value", f"socket: {error.part}: {error.why}"
        case UnknownSchemeError():
            known = ", ".join(error.known)
            said = 400, "Bad parameter value", f"socket: no transport {error.scheme!r}; known are {known}"
        case NestingError():
            said = 500, "Cannot Raise Event", str(error)
        case ReadOnlyError():
            said = 403, "Forbidden", str(error)
        case BackendError():
            said = SERVER_ERROR, "Server error", str(error)
        case _:
            pass
    return said
