"""How the arguments of the line protocol become the parameters of a command, a function for each kind of command."""

import re
from collections.abc import Sequence

from evtui.codecs.jsonvalue import Json, Members
from evtui.mi.protocol.line_protocol import Argument
from evtui.mi.refusals import TOO_FEW_OR_MANY, RefusedError, invalid_params

_EXPIRE = re.compile(r"[0-9]{1,18}")


def nothing(_arguments: Sequence[Argument]) -> list[Json]:
    """Ignore the arguments, as 2.4 does with commands that take none."""
    return []


def values(arguments: Sequence[Argument]) -> list[Json]:
    """Take the values in their order; names are ignored, as 2.4 does."""
    return [argument.value for argument in arguments]


def subscription(arguments: Sequence[Argument]) -> list[Json]:
    """Take event, socket and maybe expire; 2.4 ignores what follows, and takes no expire but digits.

    raises RefusedError: there are too few, or the expire is no whole number.
    """
    if len(arguments) < 2:
        raise invalid_params(TOO_FEW_OR_MANY)
    given = values(arguments[:3])
    if len(given) == 3 and not _EXPIRE.fullmatch(arguments[2].value):
        raise RefusedError(400, "Bad parameter value")
    return given


def statistics(arguments: Sequence[Argument]) -> list[Json]:
    """Take all arguments as one array.

    raises RefusedError: there are none.
    """
    if not arguments:
        raise invalid_params(TOO_FEW_OR_MANY)
    return [values(arguments)]


def event_and_params(arguments: Sequence[Argument]) -> list[Json]:
    """Take an event, then its values, or its attributes and values when all of them are `name::value`.

    raises RefusedError: there is no event, or some values have names and some have none. 2.4 has no such command.
    """
    if not arguments:
        raise invalid_params(TOO_FEW_OR_MANY)
    event, params = arguments[0], arguments[1:]
    if not params:
        return [event.value]
    named = [(argument.name, argument.value) for argument in params if argument.name is not None]
    if named and len(named) < len(params):
        raise RefusedError(400, "Bad Params")
    return [event.value, Members(named) if named else values(params)]
