"""The bodies that servers publish to RabbitMQ or Kafka: a JSON-RPC notification (3.1 and later), or the classic text.

The classic text of RabbitMQ has no newline at its end, that of datagrams has two; evtui publishes the latter.
"""

import re

from evtui.codecs import jsonrpc, text
from evtui.core.errors import BadMessageError
from evtui.core.values import Params

_NAME = re.compile(rb"[A-Za-z_][A-Za-z0-9_.:/-]{0,63}(?=\n|\Z)")


def decode_body(raw: bytes) -> tuple[str, Params, str]:
    """Read a message: event, parameters, and the codec: `jsonrpc` or `text`.

    Nearly any text has the classic form, so its first line must be a possible name of an event.
    raises BadMessageError: it is not a notification.
    """
    if raw[:1] == b"{":
        return *jsonrpc.decode_notification(raw), "jsonrpc"
    if _NAME.match(raw) is None:
        raise BadMessageError("it is not a JSON object, and its first line is not the name of an event")
    return *text.decode(raw if raw.endswith(b"\n\n") else raw + b"\n\n"), "text"
