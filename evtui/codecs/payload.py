"""The payloads of notifications by the text that names them: a family, and its options as a query.

`jsonrpc` (3.1 and later; with options also that of 2.4), `text` (1.7 to 3.0), `xmlrpc`. The text stands in records,
listings and spools, so that a payload can be written again where it is shown.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import TypeAlias
from urllib.parse import parse_qsl, urlencode

from evtui.codecs import flat, jsonrpc_shapes, text, xmlrpc
from evtui.codecs.jsonrpc import Pairs, encode_notification, notification_encoder, notifications_encoder
from evtui.core.values import Params

Encoder: TypeAlias = Callable[[str, Params], bytes]
"""Write the notification of an event with parameters."""

EventEncoder: TypeAlias = Callable[[Params, Pairs | None], bytes]
"""Write the notification of one event; the second argument is the same as a mapping, if its caller has one."""

ManyEncoder: TypeAlias = Callable[[Sequence[Params]], list[bytes]]
"""Write the notifications of one event, at least one."""

Family: TypeAlias = Callable[[Mapping[str, str]], Encoder]
"""Make an encoder of a codec's options."""


FAMILIES: Mapping[str, Family] = MappingProxyType(
    {"jsonrpc": jsonrpc_shapes.shape, "text": text.family, "xmlrpc": xmlrpc.family, "flat": flat.family}
)
"""The list of families; each understands its own options and ignores others."""


def codec(family: str, **options: str) -> str:
    """Name a codec: `codec("xmlrpc", method="m")` is `xmlrpc?method=m`; options without a text are left out."""
    query = urlencode({name: value for name, value in options.items() if value}, errors="surrogateescape")
    return f"{family}?{query}" if query else family


@lru_cache(1024)
def encoder(name: str) -> Encoder:
    """Return the encoder of a codec's name.

    raises KeyError: there is no such family.
    """
    family, _, query = name.partition("?")
    return FAMILIES[family](dict(parse_qsl(query, keep_blank_values=True, errors="surrogateescape")))


def event_encoder(name: str, event: str) -> EventEncoder:
    """Return the encoder of a codec's name for one event.

    raises KeyError: there is no such family.
    """
    encode = encoder(name)
    if encode is encode_notification:
        return notification_encoder(event)
    return lambda params, _: encode(event, params)


def many_encoder(name: str, event: str) -> ManyEncoder:
    """Return the encoder of a codec's name for many notifications of one event.

    raises KeyError: there is no such family.
    """
    encode = encoder(name)
    if encode is encode_notification:
        return notifications_encoder(event)
    return lambda many: [encode(event, params) for params in many]
