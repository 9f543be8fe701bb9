"""Read and write the values of XML-RPC, `<value>` elements, by the rules of its specification.

Text that XML 1.0 cannot express (control characters, bytes that are not UTF-8) is written as `<base64>` of its bytes:
nothing is lost, and the document stays well-formed.
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

if TYPE_CHECKING:  # documents are parsed by defusedxml, which is loaded at the first one
    from xml.etree.ElementTree import Element

MAX_DEPTH = 64
"""The deepest nesting of values that is read."""

_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""All that XML 1.0 has no `Char` for. To compile what it has, and invert that, takes 9 ms of each start of a server."""
_INT = re.compile(r"[+-]?[0-9]{1,19}")
_ESCAPES = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;", ord("\r"): "&#13;"}


def is_xml_text(text: str) -> bool:
    """Return whether XML 1.0 can express all characters of a text."""
    return _ILLEGAL.search(text) is None


def escape(text: str) -> str:
    """Escape text between tags. A character that XML does not allow becomes U+FFFD, a carriage return `&#13;`."""
    return _ILLEGAL.sub("\ufffd", text).translate(_ESCAPES)


def write_text(text: str) -> str:
    """Write a text as `<string>`, or as `<base64>` of its bytes when XML cannot express it."""
    if is_xml_text(text):
        return f"<string>{text.translate(_ESCAPES)}</string>"
    return f"<base64>{b64encode(_to_bytes(text)).decode('ascii')}</base64>"


def write_float(number: float) -> str:
    """Write a float without an exponent, which XML-RPC does not allow."""
    return f"<double>{Decimal(repr(number)):f}</double>"


def parse(body: bytes) -> "Element":
    """Parse a document; a document with a DTD or its own entities is refused.

    raises BadMessageError.
    """
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    try:
        root: Element = fromstring(body, forbid_dtd=True)
    except DefusedXmlException as error:
        raise BadMessageError("XML with a document type or entities is refused") from error
    except (ParseError, ValueError, LookupError) as error:  # the last two: a wrong or an unknown encoding
        raise BadMessageError(f"not XML: {error}") from error
    return root


def local(element: "Element") -> str:
    """Return an element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def read_value(value: "Element", depth: int = 0) -> Json:
    """Read a `<value>`. Text without a type is a string, bytes become text, and a date stays text.

    raises BadMessageError: it is not a value, or values are nested deeper than 64.
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
        raise BadMessageError(f"unknown type <{kind[:32]}>", code=-32600)
    return _SCALARS[kind](value[0].text or "")


def _read_member(member: "Element", depth: int) -> tuple[str, Json]:
    name, value = member.find("{*}name"), member.find("{*}value")
    if name is None or value is None:
        raise BadMessageError("a member of a struct has a name and a value", code=-32600)
    return name.text or "", read_value(value, depth)


def _read_int(text: str) -> int:
    if not _INT.fullmatch(text.strip()):
        raise BadMessageError(f"{text[:24]!r} is not an int", code=-32600)
    return int(text)


def _read_double(text: str) -> float:
    try:
        number = float(text)
    except ValueError as error:
        raise BadMessageError(f"{text[:24]!r} is not a double", code=-32600) from error
    if not math.isfinite(number):
        raise BadMessageError(f"{text[:24]!r} is not a finite double", code=-32600)
    return number


def _read_boolean(text: str) -> bool:
    if text.strip() not in {"0", "1"}:
        raise BadMessageError(f"{text[:24]!r} is not a boolean: 0 or 1", code=-32600)
    return text.strip() == "1"


def _read_base64(text: str) -> str:
    try:
        return decode_text(b64decode(text))
    except ValueError as error:
        raise BadMessageError("the text in <base64> is not base 64", code=-32600) from error


def _read_nil(_text: str) -> None:
    """Return None: the element is empty."""


def _to_bytes(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half a surrogate pair that stands for no byte
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
