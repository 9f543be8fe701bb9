"""What OpenSIPS makes of the parameters of a `raise_event` over MI, measured beside 3.6.8 and 4.0.1.

Its integers have 32 bits and it has no other numbers. Values without names become texts, and so does a null.
"""

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from evtui.core.values import Params, Value

_LEAST: Final = -(1 << 31)
_MOST: Final = (1 << 31) - 1


class ServerRaise(Struct, frozen=True):
    """A raise as OpenSIPS sends it on."""

    params: Params
    notes: tuple[str, ...] = ()
    """In what `params` differ from what is written, a sentence for each."""
    refusal: str = ""
    """Why OpenSIPS refuses it; empty when it does not."""


def opensips_raise(params: Params) -> ServerRaise:
    """Return the parameters that subscribers get when OpenSIPS raises an event with `params`."""
    if refusal := next(_refusals(params), ""):
        return ServerRaise(params, refusal=refusal)
    if not params.names:
        sent = tuple(str(_sent(value)) for value in params.values)
        whole = tuple(value for value in params.values if not isinstance(value, str))
        notes = (*_changes(params), *((_TEXTS,) if whole else ()), *((_EMPTY_NAMES,) if sent else ()))
        return ServerRaise(Params(sent), notes)
    sent_named = Params(tuple(_sent(value) for value in params.values), params.names)
    return ServerRaise(sent_named, (*_changes(params), *((_NO_NAME,) if not params.names[0] else ())))


_TEXTS: Final = "values without names are sent as texts"
_EMPTY_NAMES: Final = 'values without names may also be sent with empty names, {"":…}'
_NO_NAME: Final = "when the first name is empty, the parameters may also be sent as an array"


def _sent(value: Value) -> Value:
    if value is None:
        return "null"
    return value if isinstance(value, str) else max(_LEAST, min(_MOST, int(value)))


def _refusals(params: Params) -> Iterator[str]:
    for label, value in _labelled(params):
        if "\0" in label or (isinstance(value, str) and "\0" in value):
            yield f"{label}: OpenSIPS refuses a text with a null character"
        elif value is None and not params.names:
            yield f"{label}: OpenSIPS refuses a null without a name"


def _changes(params: Params) -> Iterator[str]:
    for label, value in _labelled(params):
        if value is None:
            yield f'{label} is sent as the text "null"'
        elif not isinstance(value, str):
            sent = _sent(value)
            if not _LEAST <= value < _MOST + 1:
                yield f"{label} is sent as {sent}: OpenSIPS has integers of 32 bits"
            elif sent != value:
                yield f"{label} is sent as {sent}: OpenSIPS has no fractions"


def _labelled(params: Params) -> Iterator[tuple[str, Value]]:
    for place, (name, value) in enumerate(params.pairs(), 1):
        yield name or f"value {place}", value
