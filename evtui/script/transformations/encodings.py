"""The functions of `{s.…}` that work on bytes: digests, base 64, hexadecimal, escapes."""

import binascii
import hashlib
import hmac
import re
import zlib
from base64 import b64encode
from collections.abc import Callable, Sequence
from itertools import cycle
from typing import Final

from evtui.script.runtime.script_values import ScriptFault, Value
from evtui.script.transformations.transformation import (
    Argument,
    ParameterKind,
    TransformRule,
    Transforms,
    always,
    rule_of_text,
)

_USER: Final = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.!~*'()&=+$,;?/")
"""Bytes that need no escape in the user of a SIP URI (RFC 3261, 25.1)."""
_PARAM: Final = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.!~*'()[]/:&+$")
_PRINTABLE: Final = re.compile(r"[ -~]*+")
_HEX_PAIR: Final = re.compile(r"%([0-9A-Fa-f]{2})")
_NO_PRINTABLE: Final = re.compile(r"%(?![2-7][0-9A-Fa-f])|%7[Ff]")
"""A `%` that does not escape a printable character."""
_COMMON_ESCAPES: Final = {ord("'"): r"\'", ord('"'): r"\"", ord("\\"): r"\\", 0: r"\0"}
_COMMON: Final = re.compile(r"\\(['\"\\0])")
_BASE64: Final = re.compile(r"[^A-Za-z0-9+/=]+")
_DIGESTS: Final = ("sha1", "sha224", "sha256", "sha384", "sha512")


def _bytes(text: str) -> bytes:
    return text.encode("latin-1")


def _digest(name: str) -> Callable[[str], Value]:
    return lambda text: hashlib.new(name, _bytes(text), usedforsecurity=False).hexdigest()


def _signature(name: str) -> TransformRule:
    return TransformRule(
        lambda text, arguments: hmac.new(_bytes(str(arguments[0])), _bytes(text), name).hexdigest(),
        (ParameterKind.TEXT,),
    )


def _percent_encode(allowed: frozenset[int]) -> Callable[[str], Value]:
    """Return the encoding that leaves these bytes as they are; NULL for a text that is not all printable ASCII."""
    written = {byte: f"%{byte:02x}" for byte in range(256) if byte not in allowed}
    return lambda text: text.translate(written) if _PRINTABLE.fullmatch(text) else None


def _percent_decode(text: str) -> Value:
    """Replace escapes of printable ASCII; NULL when the text has a `%` that is none."""
    if _NO_PRINTABLE.search(text):
        return None
    return _HEX_PAIR.sub(lambda found: chr(int(found[1], 16)), text)


def _xor(text: str, arguments: Sequence[Argument]) -> Value:
    secret = _bytes(str(arguments[0]))
    if not secret and text:
        raise ScriptFault("xor: no secret: this would end OpenSIPS")
    return bytes(one ^ other for one, other in zip(_bytes(text), cycle(secret), strict=False)).decode("latin-1")


def _from_hex(text: str) -> Value:
    """Decode pairs of hexadecimal digits; a single character behind the last pair is left out."""
    try:
        return binascii.unhexlify(text[: len(text) & ~1]).decode("latin-1")
    except ValueError:  # also a character beyond ASCII
        return None


def _from_base64(text: str) -> Value:
    """Decode base 64, as far as a `=` that fills the third or fourth place of a group; other signs are skipped."""
    first, *more = _BASE64.sub("", text).split("=")
    parts, size = [first], len(first)
    for part in more:
        if size % 4 >= 2:
            break
        parts.append(part)
        size += len(part)
    digits = "".join(parts)[: size - (size % 4 == 1)]
    return binascii.a2b_base64(digits + "=" * (-len(digits) % 4)).decode("latin-1")


_PLAIN: Final[dict[str, Callable[[str], Value]]] = {
    "crc32": lambda text: str(~zlib.crc32(_bytes(text)) & 0xFFFFFFFF),
    "encode.hexa": lambda text: _bytes(text).hex(),
    "decode.hexa": _from_hex,
    "b64encode": lambda text: b64encode(_bytes(text)).decode("ascii"),
    "b64decode": _from_base64,
    "escape.common": lambda text: text.translate(_COMMON_ESCAPES),
    "unescape.common": lambda text: _COMMON.sub(lambda found: "\0" if found[1] == "0" else str(found[1]), text),
    "escape.user": _percent_encode(_USER),
    "unescape.user": _percent_decode,
    "escape.param": _percent_encode(_PARAM),
    "unescape.param": _percent_decode,
}

ENCODINGS: Final[Transforms] = (
    {name: rule_of_text(work) for name, work in _PLAIN.items()}
    | {name: rule_of_text(_digest(name)) for name in ("md5", *_DIGESTS)}
    | {f"{name}_hmac": _signature(name) for name in _DIGESTS}
    | {"xor": TransformRule(_xor, (ParameterKind.TEXT,), keeps_integer=always)}
)
