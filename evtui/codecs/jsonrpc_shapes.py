"""The JSON-RPC notifications of stream transports: with a method and an event parameter, as 3.1+ or as 2.4 wrote them.

Options: `method` (else the event's name is it), `event_param` (the name of an extra first parameter with the event's
name; 3.1+ adds it only to an event that has parameters), `id=null` (the shape of 2.4 and 3.0: `"id":null` first,
`params` always there).
"""

from collections.abc import Callable, Mapping

from evtui.codecs.jsonrpc import encode_notification
from evtui.core.values import Params

_NULL_ID = b'{"id":null,'


def shape(options: Mapping[str, str]) -> Callable[[str, Params], bytes]:
    """Make the encoder of a codec's options; without options it writes the plain notification."""
    method, event_param = options.get("method"), options.get("event_param")
    null_id = options.get("id") == "null"
    if not (method or event_param or null_id):
        return encode_notification

    def encode(event: str, params: Params) -> bytes:
        given = _with_event(event, params, event_param) if event_param and (params.values or null_id) else params
        payload = encode_notification(event, given, method)
        return _as_2_4(payload, empty=not given.values) if null_id else payload

    return encode


def numbered(payload: bytes, number: int) -> bytes:
    """Make a request of a notification: the same with an id, which stands first as in OpenSIPS."""
    return b'{"id":%d,' % number + (payload[len(_NULL_ID) :] if payload.startswith(_NULL_ID) else payload[1:])


def _with_event(event: str, params: Params, name: str) -> Params:
    return Params((event, *params.values), (name, *params.names) if params.names or not params.values else ())


def _as_2_4(payload: bytes, *, empty: bool) -> bytes:
    body = payload[:-1] + b',"params":{}}' if empty else payload
    return _NULL_ID + body[1:]
