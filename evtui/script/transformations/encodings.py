"""The functions of `{s.…}` that work on bytes: digests, base 64, hexadecimal, escapes."""

import binascii
import hashlib
import hmac
import re
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable
from itertools import cycle
from typing import Final

from evtui.script.runtime.script_values import ScriptFault, Value, from_bytes, to_bytes
from evtui.script.transformations.transformation import Transform, parameter, without_parameters

_USER: Final = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.!~*'()&=+$,;?/")
"""Bytes that need no escape in the user of a SIP URI (RFC 3261, 25.1)."""
_PARAM: Final = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.!~*'()[]/:&+$")
_HEX_PAIR: Final = re.compile(rb"%([0-9A-Fa-f]{2})")
_COMMON_ESCAPES: Final = {ord("'"): r"\'", ord('"'): r"\"", ord("\\"): r"\\", 0: r"\0"}
_DIGESTS: Final = ("sha1", "sha224", "sha256", "sha384", "sha512")


def _digest(name: str) -> Callable[[str], Value]:
    return lambda text: hashlib.new(name, to_bytes(text), usedforsecurity=False).hexdigest()


def _signature(name: str) -> Transform:
    return lambda text, parameters: hmac.new(to_bytes(parameter(parameters, 0)), to_bytes(text), name).hexdigest()


def _percent_encode(allowed: frozenset[int]) -> Callable[[str], Value]:
    written = {byte: f"%{byte:02x}" for byte in range(256) if byte not in allowed}
    return lambda text: to_bytes(text).decode("latin-1").translate(written)


def _percent_decode(text: str) -> Value:
    return from_bytes(_HEX_PAIR.sub(lambda found: bytes([int(found[1], 16)]), to_bytes(text)))


def _xor(text: str, parameters: tuple[str, ...]) -> Value:
    secret = to_bytes(parameter(parameters, 0))
    if not secret:
        raise ScriptFault("xor: no secret")
    return from_bytes(bytes(one ^ other for one, other in zip(to_bytes(text), cycle(secret), strict=False)))


def _from_hex(text: str) -> Value:
    try:
        return from_bytes(binascii.unhexlify(to_bytes(text)))
    except binascii.Error:
        raise ScriptFault(f"not hexadecimal text: {text[:40]!r}") from None


def _from_base64(text: str) -> Value:
    try:
        return from_bytes(b64decode(to_bytes(text)))
    except binascii.Error:
        raise ScriptFault(f"not base 64: {text[:40]!r}") from None


def _escape_common(text: str) -> Value:
    return text.translate(_COMMON_ESCAPES)


def _unescape_common(text: str) -> Value:
    return re.sub(r"\\(['\"\\0])", lambda found: "\0" if found[1] == "0" else str(found[1]), text)


_PLAIN: Final[dict[str, Callable[[str], Value]]] = {
    "crc32": lambda text: zlib.crc32(to_bytes(text)),
    "encode.hexa": lambda text: to_bytes(text).hex(),
    "decode.hexa": _from_hex,
    "b64encode": lambda text: b64encode(to_bytes(text)).decode("ascii"),
    "b64decode": _from_base64,
    "escape.common": _escape_common,
    "unescape.common": _unescape_common,
    "escape.user": _percent_encode(_USER),
    "unescape.user": _percent_decode,
    "escape.param": _percent_encode(_PARAM),
    "unescape.param": _percent_decode,
}

ENCODINGS: Final[dict[str, Transform]] = (
    {name: without_parameters(work) for name, work in _PLAIN.items()}
    | {name: without_parameters(_digest(name)) for name in ("md5", *_DIGESTS)}
    | {f"{name}_hmac": _signature(name) for name in _DIGESTS}
    | {"xor": _xor}
)
