"""The JSON-RPC notification of OpenSIPS 3.1 and later: one line, no spaces, members in the order of its wire.

`{"jsonrpc":"2.0","method":EVENT,"params":[…]|{…}}`, `params` left out when there are none. Escapes are OpenSIPS's:
`\\" \\\\ \\n \\r \\t \\b \\f` and `\\u0001`, everything else raw; only bytes that are not UTF-8 differ (see jsonvalue).
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final, TypeAlias

import orjson

from evtui.codecs.jsonvalue import Json, Members, decode_text, dump_bytes, loads, to_params
from evtui.core.errors import BadMessageError
from evtui.core.values import NO_PARAMS, Params, Value

Pairs: TypeAlias = dict[str, Value]
"""Parameters that have names, none twice."""

_Values: TypeAlias = tuple[Value, ...]


def _pairs(names: tuple[str, ...], values: _Values) -> Pairs:
    return dict(zip(names, values))  # noqa: B905 - Params has as many names as values


def _two(names: tuple[str, ...], values: _Values) -> Pairs:
    (a, b), (x, y) = names, values
    return {a: x, b: y}


def _three(names: tuple[str, ...], values: _Values) -> Pairs:
    (a, b, c), (x, y, z) = names, values
    return {a: x, b: y, c: z}


_PAIRS: Final = {2: _two, 3: _three}
"""Make the mapping of few parameters in half of the time."""


def encode_notification(event: str, params: Params, method: str | None = None) -> bytes:
    """Write an event as a notification; the method is the event's name unless the socket names another."""
    names, values = params.names, params.values
    try:
        if not values:
            return _head(method or event)[:-10] + b"}"
        if not names:
            return _head(method or event) + orjson.dumps(values) + b"}"
        pairs = _PAIRS.get(len(names), _pairs)(names, values)
        if len(pairs) == len(values):
            return _head(method or event) + orjson.dumps(pairs) + b"}"
    except orjson.JSONEncodeError:
        pass  # a surrogate or an int past 64 bits: the plain writer below knows both
    return encode_plainly(event, params, method)


@lru_cache(maxsize=1024)
def _head(method: str) -> bytes:
    """What stands before the parameters: the same for every notification of a method."""
    return b'{"jsonrpc":"2.0","method":' + orjson.dumps(method) + b',"params":'


def notification_encoder(event: str) -> Callable[[Params, Pairs | None], bytes]:
    """Return what `encode_notification` does for one event, for a caller that may have the parameters as a mapping."""
    try:
        head, dumps = _head(event), orjson.dumps
    except orjson.JSONEncodeError:  # a surrogate in the name
        return lambda params, _: encode_plainly(event, params)

    def encode(params: Params, pairs: Pairs | None) -> bytes:
        if pairs is None:
            names = params.names
            pairs = _PAIRS.get(len(names), _pairs)(names, params.values)
            if len(pairs) != len(params.values):  # without names, or one of them twice
                return encode_notification(event, params)
        if pairs:
            try:
                return head + dumps(pairs) + b"}"
            except orjson.JSONEncodeError:
                pass
        return encode_notification(event, params)

    return encode


def notifications_encoder(event: str) -> Callable[[Sequence[Params]], list[bytes]]:
    """Return what `notification_encoder` does, for a caller that has the parameters of many raises."""
    encode, dumps = notification_encoder(event), orjson.dumps

    def encode_all(many: Sequence[Params]) -> list[bytes]:
        names = many[0].names
        if len(set(names)) == len(names) == 3 and [params.names for params in many].count(names) == len(many):
            a, b, c = names  # the usual case, without a call for each
            try:
                head = _head(event)
                return [head + dumps({a: x, b: y, c: z}) + b"}" for x, y, z in [params.values for params in many]]
            except orjson.JSONEncodeError:
                pass
        return [encode(params, None) for params in many]

    return encode_all


def encode_plainly(event: str, params: Params, method: str | None = None) -> bytes:
    """Write the same bytes without the fast library: duplicate names, surrogates, big ints; the fast path's oracle."""
    members: list[tuple[str, Json]] = [("jsonrpc", "2.0"), ("method", method or event)]
    if params.names:
        members.append(("params", Members(zip(params.names, params.values, strict=True))))
    elif params.values:
        members.append(("params", list(params.values)))
    return dump_bytes(Members(members))


def decode_notification(raw: bytes) -> tuple[str, Params]:
    """Read a notification back: the method and the parameters.

    raises BadMessageError: it is not JSON, or not a JSON-RPC 2.0 request object.
    """
    message = loads(decode_text(raw))
    if not isinstance(message, Members):
        raise BadMessageError("a notification is a JSON object", code=-32600)
    members = dict(message)
    method, params = members.get("method"), members.get("params")
    if members.get("jsonrpc") != "2.0" or not isinstance(method, str):
        raise BadMessageError('a notification has "jsonrpc":"2.0" and a textual "method"', code=-32600)
    match params:
        case None:
            return method, NO_PARAMS
        case list() | Members():
            return method, to_params(params)
        case _:
            raise BadMessageError('"params" is an array or an object', code=-32600)
