"""Turn arguments of the line protocol into parameters of a command: one function for each kind of command."""

import re
from collections.abc import Sequence

from evtui.codecs.jsonvalue import Json, Members
from evtui.mi.protocol.line_protocol import Argument
from evtui.mi.refusals import TOO_FEW_OR_MANY, RefusedError, invalid_params

_EXPIRE = re.compile(r"[0-9]{1,18}")


def nothing(_arguments: Sequence[Argument]) -> list[Json]:
    """Ignore the arguments, as OpenSIPS 2.4 does for commands that take none."""
    return []


def values(arguments: Sequence[Argument]) -> list[Json]:
    """Take the values in their order; names are ignored, as 2.4 does."""
    return [argument.value for argument in arguments]


def subscription(arguments: Sequence[Argument]) -> list[Json]:
    """Take event, socket and maybe expire. As in 2.4, further arguments are ignored, and an expire is digits only.

    raises RefusedError: there are too few, or the expire is not a whole number.
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
    """Take an event and its values, with attributes when all of them are `name::value`. 2.4 has no such command.

    raises RefusedError: there is no event, or only some values have names.
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
