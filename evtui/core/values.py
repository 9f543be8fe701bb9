"""The values that all other modules use: parameters, events, sockets and subscriptions."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import force_setattr

from evtui.core.errors import BadEventNameError, BadParamsError

_KNOWN_NAMES: dict[tuple[str, ...], tuple[tuple[str, ...], int]] = {}
"""Names of parameters that were checked, and their number of characters: most raises have those of an earlier one."""
_MAX_KNOWN, _MAX_KNOWN_CHARACTERS = 500, 1_000
"""How many are kept, and the characters of the longest."""

MAX_EVENT_NAME = 64
"""Bytes of the longest name that can be published (`MAX_EVENT_NAME` of OpenSIPS)."""

DEFAULT_EXPIRE = 3600
"""Seconds a subscription over MI lasts when it names no expiry."""

Value: TypeAlias = int | float | str | None
"""The value of a parameter. Text may hold surrogate escapes (PEP 383) for bytes that were not UTF-8."""


class Params(Struct, frozen=True, gc=False):
    """The parameters of one raise, in order: all have names or none has; names may repeat.

    raises BadParamsError: the counts differ, or a value is not an int, a finite float, a str or None.
    """

    values: tuple[Value, ...] = ()
    names: tuple[str, ...] = ()
    text_size: int = 0
    """The characters of its texts and names: what it adds to the memory of a record without a payload. Found out here,
    whatever is given, because each value is looked at here anyway."""

    def __post_init__(self) -> None:
        values, names = self.values, self.names
        if type(values) is not tuple or type(names) is not tuple:  # pyright: ignore[reportUnnecessaryComparison] - as above
            raise BadParamsError("values and names are tuples; Params.of takes other sequences")
        size = 0
        for value in values:  # on the raise path: for the usual types without a call
            kind = type(value)
            if kind is str:
                size += len(value)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
            elif kind is not int and value is not None:
                _check_values(values)
                size = sum([len(value) for value in values if type(value) is str])
                break
        if names:
            try:
                known = _KNOWN_NAMES.get(names)
            except TypeError:  # a name cannot be hashed, so it is not text
                known = None
            if known is None or len(names) != len(values):
                _check_names(names, len(values))
                size += sum(map(len, names))
            else:
                size += known[1]
        force_setattr(self, "text_size", size)

    @classmethod
    def of(cls, params: "ParamsLike") -> "Params":
        """Take a mapping, a sequence of values, Params or None as parameters.

        raises BadParamsError: it is of another type, or holds a value of another type.
        """
        if isinstance(params, dict):  # the usual case; testing for any Mapping costs more than all the rest
            return cls(tuple(params.values()), shared_names(tuple(params))) if params else NO_PARAMS
        if isinstance(params, Params):
            return params
        if params is None:
            return NO_PARAMS
        if isinstance(params, Mapping):
            return cls(tuple(params.values()), tuple(params)) if params else NO_PARAMS
        if isinstance(params, str | bytes | bytearray | memoryview) or not isinstance(params, Sequence):  # pyright: ignore[reportUnnecessaryIsInstance] - a caller may pass anything
            raise BadParamsError(f"a mapping, a sequence of values, Params or None, not {type(params).__name__}")
        return cls(tuple(params))

    def pairs(self) -> Iterator[tuple[str | None, Value]]:
        """Walk (name, value); the name is None when the values are unnamed."""
        if self.names:
            return zip(self.names, self.values, strict=True)
        return ((None, value) for value in self.values)

    def __len__(self) -> int:
        return len(self.values)


def shared_names(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of an earlier raise when they are equal: records that share them hold less memory.

    A name that cannot be hashed is left to `Params` to refuse.
    """
    try:
        known = _KNOWN_NAMES.get(names)
    except TypeError:
        return names
    return names if known is None else known[0]


ParamsLike: TypeAlias = Params | Mapping[str, Value] | Sequence[Value] | None

NO_PARAMS = Params()


class Parameter(Struct, frozen=True, gc=False):
    """One documented parameter of a static event."""

    name: str
    """Its attribute, or a placeholder for attributes that the server's configuration names: `<evi_extra...>`."""
    description: str = ""

    @property
    def is_placeholder(self) -> bool:
        """Say whether it only hints at parameters: no event is raised with its name."""
        return self.name.startswith("<")


class Event(Struct, frozen=True, gc=False):
    """A published event: its id (from 0, in order of publication), its name, and its documentation."""

    id: int
    name: str
    module: str | None = None
    """The OpenSIPS module that publishes it; None for a dynamic event."""
    description: str = ""
    parameters: tuple[Parameter, ...] = ()

    @property
    def dynamic(self) -> bool:
        """Say whether a user or a script published it, not a module."""
        return self.module is None


class Socket(Struct, frozen=True, gc=False):
    """The address of a subscriber. Equal sockets are the same subscriber; `str()` is for listings, without secrets."""

    scheme: str
    address: str
    server: str = ""
    """The server of a fleet that it is a subscriber of; empty where there is one server."""

    def __str__(self) -> str:
        return f"{self.scheme}:{self.address}"


class Subscription(Struct, frozen=True, gc=False):
    """One socket gets the notifications of one event, until a deadline or for ever."""

    event: str
    socket: Socket
    expire: int | None = None
    """The seconds that the subscriber requested; None when permanent."""
    expires_at: float | None = None
    """The monotonic second at which it ends; None when permanent."""
    pattern: str | None = None
    """The wildcard that made it; None when it was subscribed by the name of its event."""

    @property
    def server(self) -> str:
        """Name the server of a fleet where it is; empty where there is one server."""
        return self.socket.server


def is_wildcard(event: str) -> bool:
    """Say whether a name is a pattern as in a shell, for all events that match: it holds `*` or `?`."""
    return "*" in event or "?" in event


def check_event_name(name: str) -> str:
    """Return the name if it can be published.

    raises BadEventNameError: it is empty or longer than 64 bytes. Every byte is allowed, as in OpenSIPS.
    """
    if not isinstance(name, str):  # pyright: ignore[reportUnnecessaryIsInstance] - a caller may pass anything
        raise BadEventNameError(name, "it is not text")
    size = len(name.encode("utf-8", "surrogateescape"))
    if not size:
        raise BadEventNameError(name, "it is empty")
    if size > MAX_EVENT_NAME:
        raise BadEventNameError(name, f"{size:,} bytes, at most {MAX_EVENT_NAME:,}")
    return name


def _check_values(values: Sequence[object]) -> None:
    for place, value in enumerate(values, 1):
        _check_value(place, value)


def _check_value(place: int, value: object) -> None:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise BadParamsError(f"value {place} is an int, a float, text or null, not {type(value).__name__}")
    if isinstance(value, float) and not math.isfinite(value):
        raise BadParamsError(f"value {place} is {value}, which JSON cannot say")


def _check_names(names: tuple[str, ...], values: int) -> None:
    if len(names) != values:
        raise BadParamsError(f"{len(names):,} names for {values:,} values")
    for place, name in enumerate(names, 1):
        if not isinstance(name, str):  # pyright: ignore[reportUnnecessaryIsInstance] - a caller may pass anything
            raise BadParamsError(f"name {place} is text, not {type(name).__name__}")
    if all(type(name) is str for name in names):
        _keep_names(names)


def _keep_names(names: tuple[str, ...]) -> None:
    size = sum(map(len, names))
    if size <= _MAX_KNOWN_CHARACTERS:
        if len(_KNOWN_NAMES) >= _MAX_KNOWN:
            _KNOWN_NAMES.clear()
        _KNOWN_NAMES[names] = names, size
