"""The refusals of MI commands, with the codes and texts of OpenSIPS."""

from evtui.core.errors import (
    BackendError,
    BadExpireError,
    BadSocketError,
    EvtuiError,
    NestingError,
    ReadOnlyError,
    RequestError,
    TooManyError,
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
    """A command that was refused: code, message and data of the reply."""

    def __init__(self, code: int, message: str, data: str | None = None) -> None:
        super().__init__(f"{code} {message}" + (f": {data}" if data else ""))
        self.code = code
        self.message = message
        self.data = data


TOO_FEW_OR_MANY = "Too few or too many parameters"


def method_not_found() -> RefusedError:
    """No command has this name."""
    return RefusedError(METHOD_NOT_FOUND, "Method not found")


def method_ambiguous(names: list[str]) -> RefusedError:
    """Several commands have this name behind their colon; the text is that of 4.0."""
    return RefusedError(METHOD_AMBIGUOUS, "Method ambiguous", f"supported names: {', '.join(names)}")


def internal_error() -> RefusedError:
    """The command failed because of an error in evtui."""
    return RefusedError(INTERNAL_ERROR, "Internal error")


def invalid_params(data: str) -> RefusedError:
    """The parameters do not fit the command."""
    return RefusedError(INVALID_PARAMS, "Invalid params", data)


def refusal_of(error: EvtuiError) -> RefusedError:
    """Turn a backend's error into a refusal of OpenSIPS; details that it never sends go into `data`."""
    if isinstance(error, RefusedError):
        return error
    code, message, data = _reply_to(error)
    return RefusedError(code, message, data)


def _reply_to(error: EvtuiError) -> tuple[int, str, str]:
    refusal = 400, "Bad parameter value", str(error)
    match error:
        case BadExpireError():
            refusal = INVALID_PARAMS, "Invalid params", str(error)
        case BadSocketError():
            # The socket is left out: it may hold a password.
            refusal = 400, "Bad parameter value", f"socket: {error.part}: {error.why}"
        case UnknownSchemeError():
            known = ", ".join(error.known)
            refusal = 400, "Bad parameter value", f"socket: no transport {error.scheme!r}; known are {known}"
        case NestingError():
            refusal = 500, "Cannot Raise Event", str(error)
        case TooManyError():
            refusal = 500, f"Too many {error.what}", str(error)
        case ReadOnlyError():
            refusal = 403, "Forbidden", str(error)
        case BackendError():
            refusal = SERVER_ERROR, "Server error", str(error)
        case _:
            pass
    return refusal
