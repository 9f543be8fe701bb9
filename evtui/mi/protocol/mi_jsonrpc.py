"""JSON-RPC requests and replies, as OpenSIPS 3.x reads and writes them, and batches of them."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeAlias, cast

import orjson
from msgspec import UNSET, Struct, UnsetType

from evtui.codecs.byte_escapes import escape_surrogates
from evtui.codecs.jsonvalue import Json, Members, decode_text
from evtui.core.errors import BadMessageError
from evtui.mi.protocol.c_json import scan_c_json
from evtui.mi.protocol.plain_json import read_request
from evtui.mi.protocol.results import Listing, LongResult, Result

Id: TypeAlias = int | float | str | None
"""What an id may be. The reply repeats it; a whole float loses its `.0`, as in OpenSIPS."""

PARSE_ERROR: Final = -32700
INVALID_REQUEST: Final = -32600
METHOD_NOT_FOUND: Final = -32601
INVALID_PARAMS: Final = -32602
METHOD_AMBIGUOUS: Final = -32001
INTERNAL_ERROR: Final = -32603
SERVER_ERROR: Final = -32000

MAX_BATCH: Final = 256
"""Requests that a batch may have unless said otherwise."""

_WHITE = "".join(map(chr, range(1, 33)))
"""Space and all characters below it but NUL, which cJSON skips."""

_MEMBERS: Final = frozenset(("jsonrpc", "method", "params", "id"))
_PLAIN: Final = frozenset((str, int))

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class Request(Struct, frozen=True):
    """A request that can be served."""

    method: str
    params: list[Json] | Members
    id: Id
    notification: bool
    """The client wants no reply."""


class Invalid(Struct, frozen=True):
    """JSON that is not a request; `id` is its id when that is valid."""

    id: Id = None


class Batch(Struct, frozen=True):
    """One or more requests in an array."""

    requests: tuple[Request | Invalid, ...]


class OversizedBatch(Struct, frozen=True):
    """An array of more requests than a batch may have."""


def parse_request(body: bytes, max_batch: int = MAX_BATCH) -> Request | Invalid | Batch | OversizedBatch:
    """Read the first JSON value of a body as a request; text behind it is ignored, as OpenSIPS does.

    The names of members may be written in any case. raises BadMessageError: it does not begin with JSON.
    """
    plain = read_request(body)
    if plain is None:
        return parse_any(body, max_batch)
    given = cast("dict[str, Json] | list[Json] | UnsetType", plain.params)
    params: list[Json] | Members = []
    if isinstance(given, dict):
        params = Members(given.items())
    elif isinstance(given, list):
        params = given
    return Request(plain.method, params, None if plain.id is UNSET else plain.id, plain.id is UNSET)


def parse_any(body: bytes, max_batch: int = MAX_BATCH) -> Request | Invalid | Batch | OversizedBatch:
    """Do what `parse_request` does without its quick way: for what is not plain, and as its oracle."""
    value = scan_c_json(decode_text(body).lstrip(_WHITE))
    if isinstance(value, list) and value:
        if len(value) > max_batch:
            return OversizedBatch()
        return Batch(tuple(_parse_one(item) for item in value))
    return _parse_one(value)


def result_reply(id_: Id, result: Result) -> bytes:
    """Write the reply of a command: compact, members in the order of OpenSIPS."""
    reply: dict[str, Result] = {"jsonrpc": "2.0", "result": result, "id": id_}
    if type(id_) is int and _is_plain(result):
        try:
            return orjson.dumps(reply)  # of text and whole numbers it makes the same bytes, in a fraction of the time
        except orjson.JSONEncodeError:  # a surrogate, or a number past 64 bits
            pass
    return _dump(reply)


def _is_plain(result: Result) -> bool:
    if isinstance(result, dict):
        return _PLAIN.issuperset(map(type, result.values()))  # pyright: ignore[reportUnknownArgumentType]
    return type(result) is str


def result_pieces(id_: Id, result: LongResult) -> Iterator[bytes]:
    """Write the reply of a command as `result_reply` does, piece by piece: one for each page of a listing."""
    yield b'{"jsonrpc":"2.0","result":'
    yield from _pieces(result.result)
    yield b',"id":' + _dump(id_) + b"}"


def error_reply(id_: Id, code: int, message: str, data: str | None = None) -> bytes:
    """Write a refusal; `data` is left out when there is none."""
    error: dict[str, Result] = {"code": code, "message": message}
    if data is not None:
        error["data"] = data
    return _dump({"jsonrpc": "2.0", "error": error, "id": id_})


def batch_reply(replies: Sequence[bytes]) -> bytes | None:
    """Put the replies of a batch in one array; None when there are none, because the client wants no replies."""
    if not replies:
        return None
    first, *others = replies
    return b"".join((b"[", first, *(piece for reply in others for piece in (b",", reply)), b"]"))  # copied once


def _parse_one(value: Json) -> Request | Invalid:
    if not isinstance(value, Members):
        return Invalid()
    members: dict[str, Json] = dict(value)
    if len(members) < len(value) or not members.keys() <= _MEMBERS:
        members = {}
        for name, item in value:
            members.setdefault(name.lower(), item)
    try:
        id_ = _read_id(members.get("id"))
    except BadMessageError:
        return Invalid()
    method, params = members.get("method"), members.get("params", [])
    if members.get("jsonrpc") != "2.0" or not isinstance(method, str) or not isinstance(params, (list, Members)):
        return Invalid(id_)
    return Request(method, params, id_, "id" not in members)


def _read_id(value: Json) -> Id:
    """Read an id. A boolean, an array or an object is not one; OpenSIPS sends no proper reply to them."""
    if type(value) is int or type(value) is str:  # the usual ones
        return value
    match value:
        case bool() | list() | Members():
            raise BadMessageError("an id is text, a number or null", code=INVALID_REQUEST)
        case float():
            if not math.isfinite(value):
                raise BadMessageError("the id is too big a number", code=INVALID_REQUEST)
            return int(value) if value.is_integer() else value
        case _:
            return value


def _dump(value: Result) -> bytes:
    text = _ENCODER.encode(value)
    try:
        return text.encode()
    except UnicodeEncodeError:  # bytes that are not UTF-8: every client must be able to decode the reply
        return escape_surrogates(text, r"\\").encode()


def _pieces(value: Result) -> Iterator[bytes]:
    match value:
        case Listing():
            opening = b"["
            for page in value.pages():
                yield (opening + _dump(page)[1:-1]) if page else b""
                opening = b"," if page else opening
            yield b"]" if opening == b"," else b"[]"
        case Mapping():
            opening = b"{"
            for name, item in value.items():
                yield opening + _dump(name) + b":"
                yield from _pieces(item)
                opening = b","
            yield b"}"
        case list() if any(isinstance(item, Mapping) for item in value):
            opening = b"["
            for item in value:
                yield opening
                yield from _pieces(item)
                opening = b","
            yield b"]"
        case _:
            yield _dump(value)
