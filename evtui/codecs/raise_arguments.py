"""The parameters of `raise_event` over MI, as evtui and OpenSIPS 3 and 4 take them."""

from collections.abc import Iterator

from evtui.codecs.jsonvalue import Json, Members, dumps
from evtui.core.values import Params


def raise_arguments(event: str, params: Params) -> Iterator[tuple[str, Json]]:
    """Write the parameters of a request, member by member."""
    yield "event", event
    argument = params_argument(params)
    if argument is not None:
        yield "params", argument


def params_argument(params: Params) -> str | list[Json] | None:
    """Write the parameters of a raise: names and values as the text of an object, values alone as an array.

    As text, because OpenSIPS refuses an object (its issue 2669). None when there are none.
    """
    if params.names:
        return dumps(Members(zip(params.names, params.values, strict=True)))
    return list(params.values) or None
