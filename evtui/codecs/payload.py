"""The payloads a datagram can carry, by the name a person asks for them with."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

from evtui.codecs import jsonrpc, text
from evtui.core.values import Params

Encoder: TypeAlias = Callable[[str, Params], bytes]

ENCODERS: Mapping[str, Encoder] = MappingProxyType({"jsonrpc": jsonrpc.encode_notification, "text": text.encode})
"""`jsonrpc` (3.1 and later) and `text` (1.7 to 3.0)."""
