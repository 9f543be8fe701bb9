"""Requests and parameters that are read in a fraction of the time, because every parser of JSON reads the same in them.

Most are such. The others are left to `scan_c_json`, which reads what is plain as the same, only slower. Plain is an
object whose values are of the types below, in which no name stands twice, and without escapes of characters by number.
"""

from typing import Final, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Struct, UnsetType

Plain: TypeAlias = str | int | bool | None

_UNREAD: Final = (msgspec.MsgspecError, ValueError)
"""Not JSON, of another type, not UTF-8, or a number with more digits than Python converts."""


class PlainRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """The members of a request, as they are written."""

    jsonrpc: Literal["2.0"]
    method: str
    params: dict[str, Plain | list[Plain]] | list[Plain | list[Plain]] | UnsetType = UNSET
    id: int | str | UnsetType | None = UNSET


_decode_request: Final = msgspec.json.Decoder(PlainRequest).decode
_decode_values: Final = msgspec.json.Decoder(dict[str, str | int | None]).decode
_encode: Final = msgspec.json.Encoder().encode


def read_request(body: bytes) -> PlainRequest | None:
    """Read a request; None where it is not plain."""
    if b"\\u" in body:
        return None
    try:
        request = _decode_request(body)
    except _UNREAD:
        return None
    return request if _encode(request).count(b":") == body.count(b":") else None


def read_values(text: str) -> dict[str, str | int | None] | None:
    """Read an object of text, whole numbers and null; None where it is not plain."""
    if "\\u" in text:
        return None
    try:
        values = _decode_values(text)
    except _UNREAD:
        return None
    # The decoder keeps one of two members with the same name. Each colon stands for itself, in a text or behind a name:
    # where a member is missing there are fewer in what is kept.
    colons = text.count(":")
    return values if colons == len(values) or colons == _encode(values).count(b":") else None
