"""Write a notification as an XML-RPC call, as event_xmlrpc does but escaped, and read the reply.

The first `<param>` is the event's name, and one follows for each parameter. Names stand in `<name>` beside `<value>`,
which XML-RPC does not allow. With structs the call is strictly valid: each parameter is a struct of one member, as
`use_struct_param` of event_xmlrpc sends them, or all are members of one struct.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Literal, TypeAlias

from msgspec import Struct

from evtui.codecs.jsonvalue import Members
from evtui.codecs.xml_values import escape, local, parse, read_value, write_float, write_text
from evtui.core.errors import BadMessageError
from evtui.core.values import Params, Value

StructUse: TypeAlias = Literal["", "true", "each"]
"""Where named parameters stand: beside their names, all in one struct, or each in a struct of its own."""

MAX_REASON = 200
"""Characters of a fault's text that are kept."""

_INT_MIN, _INT_MAX = -(2**31), 2**31 - 1


class XmlrpcFault(Struct, frozen=True):
    """The peer's refusal of a call."""

    code: str
    text: str


def family(options: Mapping[str, str]) -> Callable[[str, Params], bytes]:
    """Make the encoder for the options `method` (without it, the event's name) and `struct` (`true` or `each`)."""
    method, given = options.get("method"), options.get("struct")
    struct: StructUse = "true" if given == "true" else "each" if given == "each" else ""

    def encode(event: str, params: Params) -> bytes:
        return encode_call(method or event, event, params, struct=struct)

    return encode


def encode_call(method: str, event: str, params: Params, *, struct: StructUse = "") -> bytes:
    """Write an event as a call. Without structs, an empty name is left out.

    In one struct, a name that comes again begins another one. With structs, an int of more than 32 bits is a string,
    because XML-RPC has no longer ints. Null is always an empty string.
    """
    lines = ['<?xml version="1.0"?>', "<methodCall>", f"<methodName>{escape(method)}</methodName>", "<params>"]
    lines += ["<param>", f"<value>{write_text(event)}</value>", "</param>"]
    for body in _structs(params, struct) if struct and params.names else _plain(params, strict=bool(struct)):
        lines += ["<param>", body, "</param>"]
    return "\n".join([*lines, "</params>", "</methodCall>"]).encode()


def decode_reply(body: bytes) -> XmlrpcFault | None:
    """Read a reply: None when the call was accepted, whatever it returned.

    raises BadMessageError: it is not an XML-RPC reply.
    """
    root = parse(body)
    if local(root) == "methodResponse" and len(root):
        match local(root[0]):
            case "params":
                return None
            case "fault" if len(root[0]):
                return _read_fault(read_value(root[0][0]))
            case _:
                pass
    raise BadMessageError("no methodResponse with params or a fault")


def _plain(params: Params, *, strict: bool) -> Iterator[str]:
    for name, value in params.pairs():
        written = f"<value>{_write(value, strict=strict)}</value>"
        yield f"<name>{escape(name)}</name>\n{written}" if name else written


def _structs(params: Params, use: StructUse) -> Iterator[str]:
    """Write the structs of the parameters. Names in one struct differ: one that comes again begins another struct."""
    members: dict[str, str] = {}
    for name, value in zip(params.names, params.values, strict=True):
        shown = escape(name)
        if shown in members or (members and use == "each"):
            yield _struct(members)
            members = {}
        members[shown] = f"<member>\n<name>{shown}</name>\n<value>{_write(value, strict=True)}</value>\n</member>"
    yield _struct(members)


def _struct(members: Mapping[str, str]) -> str:
    return f"<value><struct>{''.join(members.values())}</struct></value>"


def _write(value: Value, *, strict: bool) -> str:
    match value:
        case None:
            return "<string></string>"
        case int() if strict and not _INT_MIN <= value <= _INT_MAX:
            return f"<string>{value}</string>"
        case int():
            return f"<int>{value}</int>"
        case float():
            return write_float(value)
        case _:
            return write_text(value)


def _read_fault(value: object) -> XmlrpcFault:
    members = dict(value) if isinstance(value, Members) else {}
    code, text = members.get("faultCode"), members.get("faultString")
    shown = str(text if text is not None else "")
    return XmlrpcFault(str(code), shown if len(shown) <= MAX_REASON else shown[: MAX_REASON - 1] + "…")
