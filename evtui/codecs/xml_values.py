"""The values of XML-RPC: read from and written to `<value>` elements, by the rules of its specification.

What XML 1.0 cannot say (control characters, bytes that are not UTF-8) is written as `<base64>` of the bytes, so that
nothing is lost and the document stays well-formed.
"""

import math
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from evtui.codecs.jsonvalue import Json, Members, decode_text
from evtui.core.errors import BadMessageError

if TYPE_CHECKING:  # the parser itself is defusedxml's, loaded at the first document
    from xml.etree.ElementTree import Element

MAX_DEPTH = 64
"""Values inside values that are read."""

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_INT = re.compile(r"[+-]?[0-9]{1,19}")
_ESCAPES = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;", ord("\r"): "&#13;"}


def is_sayable(text: str) -> bool:
    """Say whether XML 1.0 has all characters of a text."""
    return _ILLEGAL.search(text) is None


def escape(text: str) -> str:
    """Write text between tags; what XML cannot say becomes U+FFFD. A carriage return survives as `&#13;`."""
    return _ILLEGAL.sub("\ufffd", text).translate(_ESCAPES)


def write_text(text: str) -> str:
    """Write a text with its type: `<string>`, or `<base64>` of its bytes when XML cannot say it."""
    if is_sayable(text):
        return f"<string>{text.translate(_ESCAPES)}</string>"
    return f"<base64>{b64encode(_to_bytes(text)).decode('ascii')}</base64>"


def write_float(number: float) -> str:
    """Write a number with a fraction; XML-RPC knows no exponent."""
    return f"<double>{Decimal(repr(number)):f}</double>"


def parse(body: bytes) -> "Element":
    """Parse a document; one with a DTD or entities of its own is refused.

    raises BadMessageError.
    """
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    try:
        root: Element = fromstring(body, forbid_dtd=True)
    except DefusedXmlException as error:
        raise BadMessageError("XML with a document type or entities is refused") from error
    except (ParseError, ValueError, LookupError) as error:  # the others: an encoding that is none, or not known
        raise BadMessageError(f"not XML: {error}") from error
    return root


def local(element: "Element") -> str:
    """Return an element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def read_value(value: "Element", depth: int = 0) -> Json:
    """Read what a `<value>` holds; text without a type is a string. Bytes become text, a date stays its text.

    raises BadMessageError: it is no value, or they are nested deeper than 64.
    """
    if local(value) != "value":
        raise BadMessageError(f"<{local(value)[:32]}> where <value> belongs", code=-32600)
    if depth > MAX_DEPTH:
        raise BadMessageError("nested too deep", code=-32600)
    if not len(value):
        return value.text or ""
    kind = local(value[0])
    if kind == "array":
        data = value[0].find("{*}data")
        return [read_value(item, depth + 1) for item in (() if data is None else data)]
    if kind == "struct":
        return Members(_read_member(member, depth + 1) for member in value[0])
    if kind not in _SCALARS:
        raise BadMessageError(f"no type <{kind[:32]}>", code=-32600)
    return _SCALARS[kind](value[0].text or "")


def _read_member(member: "Element", depth: int) -> tuple[str, Json]:
    name, value = member.find("{*}name"), member.find("{*}value")
    if name is None or value is None:
        raise BadMessageError("a member of a struct has a name and a value", code=-32600)
    return name.text or "", read_value(value, depth)


def _read_int(text: str) -> int:
    if not _INT.fullmatch(text.strip()):
        raise BadMessageError(f"{text[:24]!r} is no int", code=-32600)
    return int(text)


def _read_double(text: str) -> float:
    try:
        number = float(text)
    except ValueError as error:
        raise BadMessageError(f"{text[:24]!r} is no double", code=-32600) from error
    if not math.isfinite(number):
        raise BadMessageError(f"{text[:24]!r} is no finite double", code=-32600)
    return number


def _read_boolean(text: str) -> bool:
    if text.strip() not in {"0", "1"}:
        raise BadMessageError(f"{text[:24]!r} is no boolean: 0 or 1", code=-32600)
    return text.strip() == "1"


def _read_base64(text: str) -> str:
    try:
        return decode_text(b64decode(text))
    except ValueError as error:
        raise BadMessageError("what is in <base64> is none", code=-32600) from error


def _read_nil(_text: str) -> None:
    """There is nothing in it."""


def _to_bytes(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half a pair that stands for no byte
        return text.encode("utf-8", "replace")


_SCALARS: Final[Mapping[str, Callable[[str], Json]]] = MappingProxyType(
    {
        "string": str,
        "int": _read_int,
        "i4": _read_int,
        "i8": _read_int,
        "double": _read_double,
        "boolean": _read_boolean,
        "nil": _read_nil,
        "base64": _read_base64,
        "dateTime.iso8601": str,
    }
)
