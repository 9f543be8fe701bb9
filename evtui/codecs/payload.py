"""The payloads of notifications by the text that names them: a family, and its options as a query.

`jsonrpc` (3.1 and later; with options also that of 2.4), `text` (1.7 to 3.0), `xmlrpc`. The text stands in records,
listings and spools, so that a payload can be written again where it is shown.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import TypeAlias
from urllib.parse import parse_qsl, urlencode

from evtui.codecs import flat, jsonrpc_shapes, text, xmlrpc
from evtui.core.values import Params

Encoder: TypeAlias = Callable[[str, Params], bytes]
"""Write the notification of an event with parameters."""

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
