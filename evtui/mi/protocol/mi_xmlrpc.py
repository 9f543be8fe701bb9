"""XML-RPC calls and replies, as mi_xmlrpc_ng of OpenSIPS 3.x reads and writes them."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from evtui.codecs.jsonvalue import Json, Members
from evtui.codecs.xml_values import escape, local, parse, read_value, write_float, write_text
from evtui.core.errors import BadMessageError
from evtui.mi.protocol.mi_jsonrpc import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    PARSE_ERROR,
)
from evtui.mi.protocol.results import Listing, LongResult, Result

if TYPE_CHECKING:  # the parser is loaded at the first document
    from xml.etree.ElementTree import Element

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\r\n<methodResponse>\r\n'
_TAIL = "</methodResponse>\r\n"
_OPENING = f"{_HEAD}<params><param>\r\n"
_CLOSING = f"</param></params>\r\n{_TAIL}"

FAULTS: Final[Mapping[int, str]] = MappingProxyType(
    {
        PARSE_ERROR: "parse error. not well formed",
        INVALID_REQUEST: "server error. invalid xml-rpc. not conforming to spec",
        METHOD_NOT_FOUND: "server error. requested method not found",
        INVALID_PARAMS: "server error. invalid method parameters",
        INTERNAL_ERROR: "server error. internal xml-rpc error",
    }
)
"""The texts of XML-RPC servers for these codes (specification for fault code interoperability)."""


class XmlrpcCall(Struct, frozen=True):
    """A call that can be served."""

    method: str
    params: list[Json] | Members
    """By position, or by name when the only parameter was a struct."""


def parse_call(body: bytes) -> XmlrpcCall:
    """Read a call.

    raises BadMessageError: it is not XML (code -32700), or is XML but not a call (-32600).
    """
    root = parse(body)
    method = root.find("{*}methodName")
    if local(root) != "methodCall" or method is None or len(method):
        raise BadMessageError("no methodCall with a methodName", code=INVALID_REQUEST)
    params = [_read_param(param) for param in root.findall("{*}params/{*}param")]
    name = (method.text or "").strip()
    if len(params) == 1 and isinstance(params[0], Members):
        return XmlrpcCall(name, params[0])
    return XmlrpcCall(name, params)


def result_reply(result: Result) -> bytes:
    """Write a reply, byte for byte as OpenSIPS does."""
    return f"{_OPENING}{_write(result)}{_CLOSING}".encode()


def result_pieces(result: LongResult) -> Iterator[bytes]:
    """Write a reply as `result_reply` does, piece by piece: one for each page of a listing."""
    yield _OPENING.encode()
    for piece in _pieces(result.result):
        yield piece.encode()
    yield _CLOSING.encode()


def fault_reply(code: int, message: str, data: str | None = None) -> bytes:
    """Write a refusal. A fault has no place for `data`, so it follows the message."""
    text = FAULTS.get(code, message) + (f": {data}" if data else "")
    members = (("faultCode", f"<int>{code}</int>"), ("faultString", f"<string>{escape(text)}</string>"))
    lines = [f"<member>\r\n<name>{name}</name>\r\n<value>{value}</value>\r\n</member>\r\n" for name, value in members]
    return f"{_HEAD}<fault><value>\r\n<struct>\r\n{''.join(lines)}</struct>\r\n</value>\r\n</fault>\r\n{_TAIL}".encode()


def _read_param(param: "Element") -> Json:
    if len(param) != 1:
        raise BadMessageError("a param has one value", code=INVALID_REQUEST)
    return read_value(param[0])


def _write(result: Result) -> str:
    return f"<value>{_write_type(result)}</value>"


def _write_type(result: Result) -> str:
    match result:
        case None:
            return "<nil/>"
        case str():
            return write_text(result)
        case int():
            kind = "boolean" if isinstance(result, bool) else "int"
            return f"<{kind}>{result:d}</{kind}>"
        case float():
            return write_float(result)
        case Mapping():
            members = (f"<member><name>{escape(name)}</name>{_write(item)}</member>" for name, item in result.items())
            return f"<struct>{''.join(members)}</struct>"
        case Sequence():
            return f"<array><data>{''.join(map(_write, result))}</data></array>"
        case Listing() | LongResult():
            raise AssertionError("written by result_pieces")


def _pieces(result: Result) -> Iterator[str]:
    match result:
        case Listing():
            yield "<value><array><data>"
            for page in result.pages():
                yield "".join(map(_write, page))
            yield "</data></array></value>"
        case LongResult():
            yield from _pieces(result.result)
        case Mapping():
            yield "<value><struct>"
            for name, item in result.items():
                yield f"<member><name>{escape(name)}</name>"
                yield from _pieces(item)
                yield "</member>"
            yield "</struct></value>"
        case list() if any(isinstance(item, Mapping) for item in result):
            yield "<value><array><data>"
            for item in result:
                yield from _pieces(item)
            yield "</data></array></value>"
        case _:
            yield _write(result)
